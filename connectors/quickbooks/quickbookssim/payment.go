package quickbookssim

import (
	"math/big"
	"slices"
)

// Payments, and what they are applied to.

// linkable are the kinds that a payment's lines name, with what each does to the
// money that there is: invoices take it, credit memos bring it.
var linkable = map[string]int64{"Invoice": 1, "CreditMemo": -1}

func (d *draft) completePayment() error {
	o := d.after
	switch {
	case o.ref("CustomerRef") == "":
		return missing("CustomerRef")
	case o.get("TotalAmt") == nil:
		return missing("TotalAmt")
	}
	if err := d.mayChange(d.before, o); err != nil {
		return err
	}
	o.fill("TxnDate", d.today())
	o.fill("ProcessPayment", false)
	o.fill("DepositToAccountRef", refTo(d.undeposited().text("value"), ""))
	customer := d.find(d.tables["Customer"], o.ref("CustomerRef"))
	if customer == nil {
		customer = &object{}
	}
	if err := d.completeTransactionCurrency(customer.ref("CurrencyRef")); err != nil {
		return err
	}
	if !d.sent.has("Line") && d.before.get("Line") != nil { // all lines or none: none leaves them
		o.set("Line", cloneValue(d.before.get("Line")))
	}
	digits := digitsOf(o.ref("CurrencyRef"))
	total := rounded(o.amount("TotalAmt"), digits)
	if total.Sign() > 0 && isVoid(d.before) {
		return voidedFault()
	}
	o.set("TotalAmt", sumOf(total, digits))
	if err := d.unlink(d.before); err != nil {
		return err
	}
	left, err := d.apply(total)
	if err != nil {
		return err
	}
	if left.Sign() > 0 && d.settings().is("SalesFormsPrefs", "AutoApplyPayments") {
		left = d.applyToOldest(left)
	}
	if left.Sign() < 0 {
		return businessFault("The amount applied is more than the payment.")
	}
	o.set("UnappliedAmt", sumOf(left, digits))
	return nil
}

// apply applies the lines of a payment and returns what is left of its money. The
// invoice's open balance is the most that it takes.
func (d *draft) apply(left *big.Rat) (*big.Rat, error) {
	lines := d.after.list("Line")
	var kept []*object
	for _, l := range lines {
		if len(l.list("LinkedTxn")) != 1 {
			return nil, missing("LinkedTxn")
		}
		if l.get("Amount") == nil {
			return nil, missing("Amount")
		}
		link := l.list("LinkedTxn")[0]
		sign, ok := linkable[link.text("TxnType")]
		if !ok {
			return nil, faultOf("620", "")
		}
		target := d.aside(d.tables[link.text("TxnType")], link.text("TxnId"))
		switch {
		case target == nil:
			return nil, faultOf("620", "")
		case !d.fits(target) && !d.options.UnfitLinkFaults:
			continue // it stays unapplied
		case !d.fits(target), target.amount("Balance").Sign() <= 0:
			return nil, faultOf("620", "")
		}
		amount := smaller(rounded(l.amount("Amount"), digitsOf(d.after.ref("CurrencyRef"))), target.amount("Balance"))
		switch amount.Sign() {
		case -1:
			return nil, faultOf("2290", "")
		case 0:
			continue
		}
		left = minus(left, times(amount, ratOf(sign)))
		kept = append(kept, d.link(link.text("TxnType"), target, amount))
	}
	d.after.setList("Line", kept)
	return left, nil
}

// fits reports whether a payment's customer is that of a transaction, or of the same
// family.
func (d *draft) fits(target *object) bool {
	return d.family(target.ref("CustomerRef")) == d.family(d.after.ref("CustomerRef")) &&
		(target.ref("CurrencyRef") == d.after.ref("CurrencyRef") || !d.settings().manyCurrencies())
}

// leavesPayments reports whether a sale goes to another family than its payments are
// of. That this is refused is inferred: such a payment could not be linked to it.
func (d *draft) leavesPayments() bool {
	return slices.ContainsFunc(d.before.list("LinkedTxn"), func(l *object) bool { return l.text("TxnType") == "Payment" }) &&
		d.family(d.before.ref("CustomerRef")) != d.family(d.after.ref("CustomerRef"))
}

// family returns the customer at the top.
func (d *draft) family(id string) string {
	for range maxLevel {
		o := d.find(d.tables["Customer"], id)
		if o == nil || o.ref("ParentRef") == "" {
			break
		}
		id = o.ref("ParentRef")
	}
	return id
}

// link takes an amount off what is open of a transaction, says so on it, and returns
// the payment's line.
func (d *draft) link(kind string, target *object, amount *big.Rat) *object {
	digits := digitsOf(target.ref("CurrencyRef"))
	line, link := &object{}, &object{}
	link.set("TxnId", target.text("Id"))
	link.set("TxnType", kind)
	line.set("Amount", sumOf(amount, digits))
	line.setList("LinkedTxn", []*object{link})
	line.set("LineEx", lineEx("txnId", target.text("Id"), "txnOpenBalance", string(sumOf(target.amount("Balance"), digits)), "txnReferenceNumber", target.text("DocNumber")))
	d.setOpen(kind, target, minus(target.amount("Balance"), amount))
	addLink(target, d.after.text("Id"), "Payment")
	return line
}

// lineEx makes the name-values that come with a payment's line, of names and values
// by turns.
func lineEx(pairs ...string) *object {
	const namespace = "{http://schema.intuit.com/finance/v3}NameValue"
	var list []any
	for i := 0; i < len(pairs); i += 2 {
		v := &object{members: []member{{"Name", pairs[i]}, {"Value", pairs[i+1]}}}
		list = append(list, &object{members: []member{
			{"name", namespace}, {"declaredType", "com.intuit.schema.finance.v3.NameValue"}, {"scope", "javax.xml.bind.JAXBElement$GlobalScope"},
			{"value", v}, {"nil", false}, {"globalScope", true}, {"typeSubstituted", false},
		}})
	}
	return &object{members: []member{{"any", list}}}
}

func addLink(o *object, id, kind string) {
	links := o.list("LinkedTxn")
	if !slices.ContainsFunc(links, func(l *object) bool { return l.text("TxnId") == id && l.text("TxnType") == kind }) {
		links = append(links, &object{members: []member{{"TxnId", id}, {"TxnType", kind}}})
	}
	o.setList("LinkedTxn", links)
}

func removeLink(o *object, id, kind string) {
	links := slices.DeleteFunc(o.list("LinkedTxn"), func(l *object) bool {
		return l.text("TxnId") == id && l.text("TxnType") == kind
	})
	if o.has("LinkedTxn") {
		o.setList("LinkedTxn", links)
	}
}

// unlink takes back what a transaction did to others. One that payments are applied
// to cannot be taken back itself.
func (p *posting) unlink(o *object) error {
	switch p.op.table.kind.name {
	case "Payment":
		for _, l := range o.list("Line") {
			for _, link := range l.list("LinkedTxn") {
				p.release(link.text("TxnType"), link.text("TxnId"), o.text("Id"), l.amount("Amount"))
			}
		}
	case "Deposit":
		return p.bank(o, false)
	case "Estimate":
		for _, l := range o.list("LinkedTxn") {
			if i := p.aside(p.tables["Invoice"], l.text("TxnId")); i != nil && l.text("TxnType") == "Invoice" {
				removeLink(i, o.text("Id"), "Estimate")
			}
		}
	case "Invoice", "CreditMemo":
		for _, l := range o.list("LinkedTxn") {
			switch l.text("TxnType") {
			case "Payment", "CreditMemo", "Invoice":
				return p.linked()
			case "Estimate":
				if e := p.aside(p.tables["Estimate"], l.text("TxnId")); e != nil {
					removeLink(e, o.text("Id"), "Invoice")
					e.set("TxnStatus", "Accepted")
				}
			}
		}
	}
	return nil
}

// linked refuses to void, delete or hand on what is paid. Of a void the code is one
// of two (Options.SettledFault); the text of 6000 is inferred.
func (p *posting) linked() error {
	if p.op.verb == verbVoid && p.options.SettledFault {
		return faultOf("6450", "")
	}
	return businessFault("The transaction is linked to others. Unlink or delete these first.")
}

// release gives back to a transaction what a payment had applied to it.
func (p *posting) release(kind, id, payment string, amount *big.Rat) {
	t := p.tables[kind]
	if t == nil || linkable[kind] == 0 {
		return
	}
	if target := p.aside(t, id); target != nil {
		p.setOpen(kind, target, plus(target.amount("Balance"), amount))
		removeLink(target, payment, "Payment")
	}
}

// applyToOldest applies money that no line speaks of to the oldest open invoices.
func (d *draft) applyToOldest(left *big.Rat) *big.Rat {
	t := d.tables["Invoice"]
	open, customer := t.index["Balance"], t.index["CustomerRef"]
	var rows []*row
	for _, r := range t.rows {
		if r.textOf(customer) == d.after.ref("CustomerRef") && r.textOf(open) != "0" {
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b *row) int {
		return t.compare.compare(date, t.valueOf(a, t.index["TxnDate"]), t.valueOf(b, t.index["TxnDate"]))
	})
	lines := d.after.list("Line")
	for _, r := range rows {
		target := d.aside(t, r.id)
		amount := smaller(left, target.amount("Balance"))
		if amount.Sign() <= 0 || !d.fits(target) {
			continue
		}
		lines = append(lines, d.link("Invoice", target, amount))
		left = minus(left, amount)
	}
	d.after.setList("Line", lines)
	return left
}
