package sandbox

func headerKinds() []kind {
	return []kind{
		{name: "due_date_changed", note: "the due date was moved in DST", slots: 1,
			edit: func(d *doc, n int) { d.dst().due += day(1 + n%10); d.differ("INVOICE_DUE_DATE", "due_date") }},
		{name: "date_off_by_zone", note: "the HubSpot instant is the day before in the portal's zone, though its UTC date agrees", slots: 1, edit: dateOffByZone},
		{name: "due_date_off_by_zone", note: "the same for the due date", slots: 1, edit: dueDateOffByZone},
		{name: "currency_changed", note: "HubSpot has another currency", slots: 1, want: want{dollars: true, untaxed: true}, edit: currencyChanged},
		{name: "customer_changed", note: "the QuickBooks invoice is another customer's", slots: 1, plant: customerChanged},
		{name: "missing_customer", note: "the HubSpot invoice names nobody", slots: 1, edit: missingCustomer},
		{name: "void_one_side", note: "voided in DST", slots: 1, want: want{open: true},
			edit: func(d *doc, _ int) { d.void(d.w.dst); d.differ("VOID_ONE_SIDE", "status") }},
	}
}

func dateChanged(d *doc, n int) {
	d.dst().date += day(1 + n%6)
	d.differ("INVOICE_DATE", "date")
}

// dateOffByZone makes the HubSpot instant one of the next day in UTC, in the
// evening or at midnight sharp, and gives QuickBooks the UTC date.
func dateOffByZone(d *doc, n int) {
	a := d.sides[hubspot]
	a.dateAt = a.date.in(d.w.portal, 20+n%4, 15, 0)
	if n%2 == 0 {
		a.dateAt = (a.date + 1).midnight()
	}
	d.sides[quickbooks].date = a.date + 1
	d.differ("INVOICE_DATE", "date")
}

func dueDateOffByZone(d *doc, _ int) {
	a := d.sides[hubspot]
	a.dueAt = (a.due + 1).midnight()
	d.sides[quickbooks].due = a.due + 1
	d.differ("INVOICE_DUE_DATE", "due_date")
}

// currencyChanged lets HubSpot call the same figures euros.
func currencyChanged(d *doc, _ int) {
	d.sides[hubspot].currency = "EUR"
	d.differ("INVOICE_CURRENCY", "currency")
}

// customerChanged moves the QuickBooks invoice to a customer of its own that
// both systems know by the same e-mail.
func customerChanged(p *planting) {
	c := p.w.addCustomer(p.currency())
	p.edit(0, func(d *doc) {
		d.sides[quickbooks].customer = c
		d.differ("INVOICE_CUSTOMER", "customer")
	})
}

func missingCustomer(d *doc, _ int) {
	d.sides[hubspot].customer = nil
	d.differ("INVOICE_CUSTOMER", "customer")
}
