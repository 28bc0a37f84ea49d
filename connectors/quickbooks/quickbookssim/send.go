package quickbookssim

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/tieout/tieout/sandbox/control"
)

// A reading is how a request wants to read.
type reading struct {
	link bool // with the link at which an invoice is looked at and paid
	late bool // as things were before their last change (control.Stale)
}

func readingOf(r *http.Request) reading {
	return reading{r.URL.Query().Get("include") == "invoiceLink", control.IsStale(r.Context())}
}

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

// mailed are the entities that are sent by e-mail and printed as PDF
// (all-entities, "Send" and "Get as PDF" of each).
var mailed = []string{"Invoice", "Estimate", "SalesReceipt", "CreditMemo", "RefundReceipt", "PurchaseOrder", "Payment"}

// serveDocument answers what there is of one entity beside itself: POST
// /invoice/ID/send and GET /invoice/ID/pdf.
func (c *Company) serveDocument(w http.ResponseWriter, r *http.Request, realm string, path []string) {
	t, id := c.byPath[path[0]], path[1]
	switch {
	case t == nil || !slices.Contains(mailed, t.kind.name):
	case path[2] == "send" && r.Method == http.MethodPost:
		c.answerOnce(w, r, realm, t, func(w http.ResponseWriter, r *http.Request) { c.serveSend(w, r, t, id) })
		return
	case path[2] == "pdf" && r.Method == http.MethodGet:
		c.servePDF(w, t, id)
		return
	}
	c.counts.add("unsupported")
	c.writeFault(w, unsupported(r.URL.Path))
}

// serveSend answers POST /invoice/ID/send?sendTo=….
func (c *Company) serveSend(w http.ResponseWriter, r *http.Request, t *table, id string) {
	c.counts.add("send." + strings.ToLower(t.kind.name))
	query := r.URL.Query()
	raw, err := c.send(t, id, query.Get("sendTo"), query.Get("requestid"))
	if err != nil {
		c.writeFault(w, err)
		return
	}
	c.writeEnvelope(w, t.kind.name, raw)
}

// send has a document say that it was sent, where to and when; nothing is sent. That
// this makes a new version of it is inferred, and so is the fault for one that has
// no address.
func (c *Company) send(t *table, id, to, requestID string) ([]byte, error) {
	c.books.Lock()
	defer c.books.Unlock()
	o := inBooks(t, id)
	switch {
	case !isNumber(id):
		return nil, invalidID(id)
	case o == nil:
		return nil, objectNotFound()
	case to != "":
		o.set("BillEmail", &object{members: []member{{"Address", to}}})
	}
	if o.child("BillEmail").text("Address") == "" {
		return nil, missing("BillEmail")
	}
	if err := checkEmail(o.child("BillEmail")); err != nil {
		return nil, err
	}
	p := c.newPosting(operation{table: t})
	o.set("EmailStatus", "EmailSent")
	o.set("DeliveryInfo", &object{members: []member{{"DeliveryType", "Email"}, {"DeliveryTime", p.stamp()}}})
	p.touch(o, true)
	p.put(t, o, "Emailed")
	if err := p.commit(); err != nil {
		return nil, err
	}
	c.control.Wrote(control.Write{At: p.at, Verb: "send", Object: t.kind.name, ID: id, RequestID: requestID})
	return t.byID[id].raw, nil
}

// servePDF answers with a document of one page that names the entity.
func (c *Company) servePDF(w http.ResponseWriter, t *table, id string) {
	c.counts.add("pdf." + strings.ToLower(t.kind.name))
	r := c.row(t, id, reading{})
	switch {
	case !isNumber(id):
		c.writeFault(w, invalidID(id))
		return
	case r == nil:
		c.writeFault(w, objectNotFound())
		return
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Write(pdf(t.kind.name + " " + r.id)) // an error means that the client is gone
}

// pdf is the smallest document that readers take, with one line of plain letters.
func pdf(line string) []byte {
	content := "BT /F1 24 Tf 72 720 Td (" + line + ") Tj ET"
	objects := []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
		fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(content), content),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
	}
	var b, places bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	for n, o := range objects {
		fmt.Fprintf(&places, "%010d 00000 n \n", b.Len())
		fmt.Fprintf(&b, "%d 0 obj%s\nendobj\n", n+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %[1]d\n0000000000 65535 f \n%[2]strailer<</Size %[1]d/Root 1 0 R>>\nstartxref\n%[3]d\n%%%%EOF\n", len(objects)+1, places.String(), start)
	return b.Bytes()
}
