package sandbox

func unreadableKinds() []kind {
	return []kind{
		{name: "unreadable_total_in_hubspot", note: `the total is "12,50"`, slots: 1,
			edit: func(d *doc, _ int) { d.unreadable(hubspot, "hs_amount_billed", "12,50", "total") }},
		{name: "unreadable_date_in_hubspot", note: `the date is "yesterday"`, slots: 1,
			edit: func(d *doc, _ int) { d.unreadable(hubspot, "hs_invoice_date", "yesterday", "date") }},
		{name: "unreadable_price_in_hubspot", note: `the unit price of a line is "ten"`, slots: 1, edit: unreadablePriceInHubSpot},
		{name: "unreadable_total_in_quickbooks", note: `the total is the text "abc"`, slots: 1,
			edit: func(d *doc, _ int) { d.unreadable(quickbooks, "TotalAmt", `"abc"`, "total") }},
		{name: "unreadable_price_in_quickbooks", note: `the unit price of a line is the text "abc"`, slots: 1, edit: unreadablePriceInQuickBooks},
	}
}

// unreadable replaces one value of an invoice. The pair is then not compared,
// and as the number can be read, its partner is not one-sided.
func (d *doc) unreadable(s system, property, value, field string) {
	a := d.sides[s]
	a.bad = map[string]string{property: value}
	d.sides[hubspot].source = "CRM_UI"
	d.w.on(s, "RECORD_UNREADABLE", a.number, a.id, field)
}

// unreadablePriceInHubSpot spoils a line item, which is a record of its own.
func unreadablePriceInHubSpot(d *doc, _ int) {
	a := d.sides[hubspot]
	l := a.lines[0]
	l.bad, l.id = "ten", d.w.lineID()
	d.w.on(hubspot, "RECORD_UNREADABLE", a.number, l.id, "price")
}

func unreadablePriceInQuickBooks(d *doc, _ int) {
	b := d.sides[quickbooks]
	b.lines[0].bad, b.lines[0].bare = `"abc"`, false
	d.w.on(quickbooks, "RECORD_UNREADABLE", b.number, b.id, "lines[#1].price")
}
