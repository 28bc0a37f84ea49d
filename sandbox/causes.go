package sandbox

import "slices"

// kinds is the catalogue of what can be planted, the most common first.
//
// What each of them must lead to is taken from the product's description and
// docs/findings.md, never from the code that compares.
func kinds() []kind {
	return slices.Concat(commonKinds(), presenceKinds(), headerKinds(), amountKinds(), lineKinds(),
		skuKinds(), catalogueKinds(), emailKinds(), taxKinds(), unreadableKinds())
}

// commonKinds are those that even the smallest world should have.
func commonKinds() []kind {
	return []kind{
		{name: "invoice_missing_in_destination", note: "never synced", slots: 1,
			edit: func(d *doc, _ int) { d.alone(d.w.src) }},
		{name: "price_changed", note: "a unit price was changed in one system", slots: 1, want: want{open: true, plain: true}, edit: priceChanged},
		{name: "sku_case", note: "the SKU differs in case, on a paired invoice", slots: 1, want: want{open: true}, plant: skuCase},
		{name: "sku_not_found", note: "the product is in SRC only and its invoice unsynced", slots: 1, plant: skuNotFound},
		{name: "email_missing_in_hubspot", note: "a contact without e-mail, two invoices", slots: 2, want: want{dollars: true}, plant: emailMissingInHubSpot},
		{name: "paid_one_side", note: "paid in one system, open in the other", slots: 1, want: want{open: true}, edit: paidOneSide},
		{name: "tax_changed", note: "some cents more tax in DST", slots: 1, want: want{dollars: true, open: true, taxed: true},
			edit: func(d *doc, n int) { d.dst().tax += int64(1 + n*n%97); d.differ("TAX_AMOUNT", "tax") }},
		{name: "invoice_missing_in_source", note: "in DST only", slots: 1,
			edit: func(d *doc, _ int) { d.alone(d.w.dst) }},
		{name: "line_missing", note: "a line is missing in DST", slots: 1, want: want{open: true, plain: true}, edit: lineMissing},
		{name: "quantity_changed", note: "a quantity was changed in DST", slots: 1, want: want{open: true, plain: true}, edit: quantityChanged},
		{name: "date_changed", note: "the date was moved in DST", slots: 1, edit: dateChanged},
	}
}

func presenceKinds() []kind {
	return []kind{
		{name: "duplicate_number_in_hubspot", note: "the number was given twice in HubSpot", slots: 1,
			edit: func(d *doc, n int) { d.sameNumber(hubspot, n) }},
		{name: "duplicate_number_in_quickbooks", note: "the number was given twice in QuickBooks", slots: 1,
			edit: func(d *doc, n int) { d.sameNumber(quickbooks, n) }},
		{name: "duplicate_customer_date_total", note: "the invoice again under another number", slots: 1,
			edit: func(d *doc, n int) { d.again(system(n%2), "-B") }},
		{name: "duplicate_without_number", note: "the invoice again without a number", slots: 1,
			edit: func(d *doc, n int) { d.again(system(n%2), "") }},
		{name: "twin", note: "the number was retyped in DST", slots: 1, edit: twin},
		{name: "twin_too_late", note: "another number in DST, more than a week later", slots: 1, edit: twinTooLate},
	}
}

// copyOf adds a copy of an invoice beside it, in the same system.
func (d *doc) copyOf(s system) *side {
	c := d.sides[s].clone()
	c.id = d.w.ids.invoice.id(d.w.opt.Invoices + d.slot)
	if s == quickbooks {
		c.id = d.w.ids.transaction.id(d.slot*transactions + transactionCopy)
		c.payment = d.w.ids.transaction.id(d.slot*transactions + transactionCopyPayment)
	}
	c.source = "CRM_UI"
	d.extra = append(d.extra, c)
	return c
}

// lower is the one of two invoices with the lower id: a finding on several
// records names that one.
func lower(a, b *side) *side {
	if b.id < a.id {
		return b
	}
	return a
}

// sameNumber adds an invoice of the same number. As the other system holds the
// number too, the group is ambiguous and nothing else is said about it.
func (d *doc) sameNumber(s system, n int) {
	a := d.sides[s]
	d.sides[hubspot].source = "CRM_UI" // unpaired now: an integration's would be out of scope
	b := d.copyOf(s)
	if n%4 >= 2 {
		b.date, b.due = b.date+1, b.due+1
	}
	d.w.on(s, "INVOICE_DUPLICATE", a.number, lower(a, b).id, "number")
}

// again adds the same invoice under another number, or none. The copy has no
// partner.
func (d *doc) again(s system, suffix string) {
	a := d.sides[s]
	b := d.copyOf(s)
	if b.number += suffix; suffix == "" {
		b.number = ""
	}
	first := lower(a, b)
	d.w.on(s, "INVOICE_DUPLICATE", first.number, first.id, "total")
	d.oneSided(b)
}

// retyped writes a number as a careless person would.
func retyped(number string, n int) string {
	switch n % 4 {
	case 0:
		return number + "-1"
	case 1:
		return "#" + number
	case 2:
		return ""
	}
	return number + " "
}

// twin gives the DST invoice another number, and mostly another date: neither
// is paired, but they look alike.
func twin(d *doc, n int) {
	d.dst().number = retyped(d.dst().number, n)
	d.dst().date += day(n * 3 % 8)
	d.sides[hubspot].source = "CRM_UI"
	d.oneSided(d.src())
	d.oneSided(d.dst())
	d.differ("INVOICE_TWIN_CANDIDATE", "number")
}

// twinTooLate is a twin but for the week that may lie between the dates.
func twinTooLate(d *doc, n int) {
	d.dst().number = retyped(d.dst().number, n)
	d.dst().date += 8
	d.sides[hubspot].source = "CRM_UI"
	d.oneSided(d.src())
	d.oneSided(d.dst())
}
