package quickbookssim

import "slices"

// linkEstimates has an invoice close the estimates that it names. What payments say
// of it stays whatever is sent.
func (d *draft) linkEstimates() error {
	o := d.after
	if d.kind.name != "Invoice" {
		o.set("LinkedTxn", d.before.get("LinkedTxn")) // which QuickBooks keeps
		return nil
	}
	links := slices.DeleteFunc(d.before.list("LinkedTxn"), func(l *object) bool {
		return d.sent.has("LinkedTxn") && l.text("TxnType") == "Estimate"
	})
	for _, l := range d.sent.list("LinkedTxn") {
		if l.text("TxnType") != "Estimate" {
			continue
		}
		e := d.aside(d.tables["Estimate"], l.text("TxnId"))
		if e == nil || e.ref("CustomerRef") != o.ref("CustomerRef") {
			return faultOf("620", "")
		}
		addLink(e, o.text("Id"), "Invoice")
		e.set("TxnStatus", "Closed")
		links = append(links, l)
	}
	o.setList("LinkedTxn", links)
	if d.fresh && d.settings().is("SalesFormsPrefs", "AutoApplyPayments") {
		d.drawOnPayments()
	}
	return nil
}

// drawOnPayments applies to a new invoice what payments of the customer have left
// over.
func (d *draft) drawOnPayments() {
	t := d.tables["Payment"]
	customer := t.index["CustomerRef"]
	for _, r := range t.rows {
		if r.textOf(customer) != d.after.ref("CustomerRef") || inBooks(t, r.id).amount("UnappliedAmt").Sign() <= 0 {
			continue
		}
		p := d.aside(t, r.id)
		amount := smaller(p.amount("UnappliedAmt"), d.after.amount("Balance"))
		if amount.Sign() <= 0 {
			return
		}
		payment := &draft{posting: d.posting, kind: t.kind, after: p}
		line := payment.link("Invoice", d.after, amount)
		p.setList("Line", append(p.list("Line"), line))
		p.set("UnappliedAmt", sumOf(minus(p.amount("UnappliedAmt"), amount), digitsOf(p.ref("CurrencyRef"))))
	}
}
