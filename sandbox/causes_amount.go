package sandbox

func amountKinds() []kind {
	return []kind{
		{name: "open_though_settled", note: "HubSpot calls it open though nothing is due", slots: 1, want: want{settled: true}, edit: openThoughSettled},
		{name: "partial_payment_one_side", note: "partly paid in DST, not at all in SRC", slots: 1, want: want{open: true}, edit: partialPayment},
		{name: "total_off_in_hubspot", note: "HubSpot's total is off", slots: 1, want: want{open: true},
			edit: func(d *doc, n int) { d.totalOff(hubspot, n) }},
		{name: "total_off_in_quickbooks", note: "QuickBooks' total is off", slots: 1, want: want{open: true},
			edit: func(d *doc, n int) { d.totalOff(quickbooks, n) }},
		{name: "discount_changed", note: "another order-level discount in DST", slots: 1, want: want{open: true, discount: true}, edit: discountChanged},
		{name: "discount_lost", note: "the order-level discount is missing in DST", slots: 1, want: want{open: true, discount: true},
			edit: func(d *doc, _ int) { d.dst().setDiscount(0); d.differ("INVOICE_DISCOUNT", "discount") }},
		{name: "tax_zeroed", note: "SRC taxes, DST has no tax", slots: 1, want: want{dollars: true, open: true, taxed: true},
			edit: func(d *doc, _ int) { d.dst().untax(); d.differ("TAX_ZEROED", "tax") }},
		{name: "tax_added", note: "DST taxes, SRC has no tax", slots: 1, want: want{dollars: true, open: true, taxed: true},
			edit: func(d *doc, _ int) { d.src().untax(); d.differ("TAX_ZEROED", "tax") }},
		{name: "several_changes", note: "a price, the discount, the tax and the date at once", slots: 1,
			want: want{dollars: true, open: true, taxed: true, discount: true}, edit: severalChanges},
	}
}

// paidOneSide pays the invoice in one of the systems.
func paidOneSide(d *doc, n int) {
	d.sides[n%2].status = "paid"
	d.differ("INVOICE_STATUS", "status")
	d.differ("INVOICE_BALANCE", "balance")
}

// openThoughSettled leaves HubSpot's status behind: nothing is due, but the
// invoice is called open. The balances agree.
func openThoughSettled(d *doc, _ int) {
	a := d.sides[hubspot]
	a.status, a.paid = "open", a.total
	d.differ("INVOICE_STATUS", "status")
}

func partialPayment(d *doc, n int) {
	d.dst().paid = d.dst().total / int64(2+n%3)
	d.differ("INVOICE_BALANCE", "balance")
}

// totalOff puts the total off by something that no part of the invoice
// explains. The balance follows it.
func (d *doc) totalOff(s system, n int) {
	d.sides[s].off = []int64{1, 100, -1, 9999, -100}[n%5]
	d.differ("INVOICE_TOTAL", "total")
}

func (s *side) setDiscount(amount int64) { s.discount, s.percent = amount, 0 }

func discountChanged(d *doc, n int) {
	b := d.dst()
	b.setDiscount(b.discount + int64(1+n%40))
	d.differ("INVOICE_DISCOUNT", "discount")
}

func severalChanges(d *doc, n int) {
	d.reprice(d.dst(), n)
	d.dst().setDiscount(d.dst().discount + 1)
	d.dst().tax += 2
	d.dst().date++
	d.differ("LINE_PRICE", d.first()+".price")
	d.differ("INVOICE_DISCOUNT", "discount")
	d.differ("TAX_AMOUNT", "tax")
	d.differ("INVOICE_DATE", "date")
}
