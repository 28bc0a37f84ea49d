package quickbookssim

import (
	"fmt"
	"net/http"
)

// wantsLink reports whether a request asks for the link at which an invoice is
// looked at and paid.
func wantsLink(r *http.Request) bool { return r.URL.Query().Get("include") == "invoiceLink" }

// shown is an entity as it is answered, with InvoiceLink where it was asked for:
// invoices have one that can be paid online and have an e-mail address
// (all-entities/invoice). The address is of Intuit's form; nobody answers there.
func (c *Company) shown(t *table, r *row, link bool) []byte {
	if !link || t.kind.name != "Invoice" {
		return r.raw
	}
	var email, online bool
	members(r.raw, 0, func(name []byte, at span) {
		switch value := scalar(at.of(r.raw)); string(name) {
		case "BillEmail":
			email = value != ""
		case "AllowOnlineCreditCardPayment", "AllowOnlineACHPayment", "AllowOnlinePayment":
			online = online || value == "true"
		}
	})
	if !email || !online {
		return r.raw
	}
	return setMember(r.raw, "InvoiceLink", fmt.Sprintf(`"https://connect.intuit.com/t/scs-v1-%s%08s?locale=en_US"`, c.options.Realm, r.id))
}
