package quickbookssim

import "strings"

// voidedNote is what a void writes into PrivateNote (recorded), before what stands
// there (documented; what is between them is inferred).
const voidedNote = "Voided"

// void takes the amounts out of a transaction, which stays in the books otherwise.
func (p *posting) void(before *object) error {
	if err := p.mayChange(before, before); err != nil {
		return err
	}
	if err := p.unlink(before); err != nil {
		return err
	}
	o := p.find(p.op.table, before.text("Id"))
	for _, l := range o.list("LinkedTxn") { // which let go of it
		removeLink(o, l.text("TxnId"), "Estimate")
	}
	note := o.text("PrivateNote")
	switch {
	case note == "":
		o.set("PrivateNote", voidedNote)
	case !strings.HasPrefix(note, voidedNote):
		o.set("PrivateNote", voidedNote+" - "+note)
	}
	for _, name := range []string{"TotalAmt", "Balance", "UnappliedAmt", "Deposit", "HomeTotalAmt", "HomeBalance"} {
		if o.get(name) != nil {
			o.set(name, number("0"))
		}
	}
	switch p.op.table.kind.name {
	case "Payment", "BillPayment":
		o.set("Line", []any{})
	default:
		emptyLines(o.list("Line"))
		detail := o.child("TxnTaxDetail").clone()
		detail.drop("TaxLine")
		detail.set("TotalTax", number("0"))
		o.set("TxnTaxDetail", detail)
	}
	p.touch(o, true)
	p.put(p.op.table, o, "Void")
	return nil
}

// emptyLines takes the amounts out of lines: no price stays, and no quantity.
func emptyLines(lines []*object) {
	for _, l := range lines {
		if l.get("Amount") != nil {
			l.set("Amount", number("0"))
		}
		detail := l.child("SalesItemLineDetail")
		detail.drop("UnitPrice", "TaxInclusiveAmt")
		if detail.get("Qty") != nil {
			detail.set("Qty", number("0"))
		}
		emptyLines(l.child("GroupLineDetail").list("Line"))
	}
}

// isVoid reports whether a transaction was voided: nothing else says so.
func isVoid(o *object) bool {
	return o.get("TotalAmt") != nil && o.amount("TotalAmt").Sign() == 0 && strings.HasPrefix(o.text("PrivateNote"), voidedNote)
}

// voidedFault refuses to bring back the amounts of what was voided: the API cannot
// undo it. The text is inferred.
func voidedFault() error {
	return businessFault("A voided transaction cannot be changed back.")
}
