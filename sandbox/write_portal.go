package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

func (w *world) writeHubSpotMasters(out *output) {
	w.writeAccount(out)
	for _, r := range w.rates {
		w.writeHubSpotRate(out, r)
	}
	for _, c := range w.customers {
		w.writeContacts(out, c)
	}
	for _, p := range w.products {
		if p.in(hubspot) {
			w.writeProduct(out, p)
		}
	}
	w.writeDealLines(out)
}

func (w *world) writeAccount(out *output) {
	out.reset()
	out.int("portalId", 20_771_043)
	out.str("accountType", "STANDARD")
	out.str("timeZone", w.portal.String())
	out.str("companyCurrency", "USD")
	out.raw("additionalCurrencies", `["EUR","JPY"]`)
	out.str("utcOffset", "-05:00")
	out.int("utcOffsetMilliseconds", -18_000_000)
	out.str("uiDomain", "app.hubspot.com")
	out.str("dataHostingLocation", "na1")
	out.put("hubspot/account.json")
}

func (w *world) writeHubSpotRate(out *output, r *rate) {
	at := instant((w.first - 500).midnight())
	out.reset()
	out.str("id", strconv.FormatInt(r.id, 10))
	out.str("name", r.name)
	out.str("label", r.label)
	out.raw("percentageRate", decimal(r.percent(), 3, 0))
	out.bool("active", r.active)
	out.str("createdAt", at)
	out.str("updatedAt", at)
	out.put("hubspot/tax_rates.jsonl")
}

func (w *world) writeContacts(out *output, c *customer) {
	if c.contact != 0 {
		w.writeContact(out, c, contact{id: c.contact, first: c.first, last: c.last, email: c.email[hubspot], created: c.created})
	}
	for _, o := range c.others {
		w.writeContact(out, c, o)
	}
	if c.company == 0 {
		return
	}
	out.record(c.company)
	out.str("name", c.firm[hubspot])
	out.str("domain", fmt.Sprintf("firm%05d.example", c.n))
	out.str("createdate", instant(c.created))
	out.str("hs_lastmodifieddate", instant(c.created))
	out.stamps(c.created, c.created)
	out.put("hubspot/companies.jsonl")
}

func (w *world) writeContact(out *output, c *customer, o contact) {
	out.record(o.id)
	out.null("email", o.email)
	out.str("firstname", o.first)
	out.str("lastname", o.last)
	out.str("company", c.firm[hubspot])
	out.str("createdate", instant(o.created))
	out.str("lastmodifieddate", instant(o.created))
	out.stamps(o.created, o.created)
	if c.company != 0 {
		out.begin("associations")
		out.ids("companies", []int64{c.company})
		out.end()
	}
	out.put("hubspot/contacts.jsonl")
}

func (w *world) writeProduct(out *output, p *product) {
	created := (w.first - 450).midnight().Add(time.Duration(p.n) * time.Minute)
	out.record(p.id[hubspot])
	out.str("name", p.name[hubspot])
	out.null("hs_sku", p.sku[hubspot])
	out.str("price", decimal(p.price, 2, p.n%3))
	out.null("description", []string{"", `Sold "as is"`, "Größe M\\L"}[p.n%3])
	out.str("hs_product_type", []string{"inventory", "non_inventory", "service"}[p.n%3])
	out.str("createdate", instant(created))
	out.str("hs_lastmodifieddate", instant(created))
	out.stamps(created, created)
	out.put("hubspot/products.jsonl")
}

// writeDealLines writes line items of deals, which are of no invoice: whatever
// is wrong with them is not ours to find.
func (w *world) writeDealLines(out *output) {
	created := w.first.midnight()
	for n := range 3 + w.opt.Invoices/100 {
		out.record(w.lineID())
		out.str("name", fmt.Sprintf("Offer %d", n))
		out.null("hs_sku", []string{fmt.Sprintf("OFFER-%05d", n), "", " "}[n%3])
		out.null("hs_product_id", "")
		out.null("quantity", "")
		out.str("price", "15.0")
		out.str("amount", "15.00")
		out.str("createdate", instant(created))
		out.str("hs_lastmodifieddate", instant(created))
		out.stamps(created, created)
		out.begin("associations")
		out.ids("deals", []int64{7_000_000 + int64(n)})
		out.end()
		out.put("hubspot/line_items.jsonl")
	}
}
