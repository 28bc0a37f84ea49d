package quickbookssim

import (
	"math/big"
	"slices"
	"strings"
	"time"
)

// Invoices, estimates, credit memos and receipts: one class in Intuit's schema, and
// one set of rules with few exceptions.

// A sale is a draft of a sales document while its sums are made.
type sale struct {
	*draft
	digits   int       // of the currency
	lines    []*object // those that have Ids, in order
	bases    []taxBase
	subtotal *big.Rat // of the lines before shipping, without tax
	gross    *big.Rat // the same with the tax that is in the prices, subtotal where none is
	shipping *big.Rat
	discount *big.Rat
	tax      *big.Rat
	nextLine int

	identified map[string]bool // the Ids of lines so far
}

func (d *draft) completeSale() error {
	o := d.after
	receipt := d.kind.name == "SalesReceipt" || d.kind.name == "RefundReceipt"
	switch {
	case !receipt && o.ref("CustomerRef") == "":
		return missing("CustomerRef")
	case len(o.list("Line")) == 0:
		return missing("Line")
	case d.fresh && d.settings().manyCurrencies() && d.sent.ref("CurrencyRef") == "" && !d.options.CurrencyOptional:
		return missing("CurrencyRef")
	case d.fresh && !d.settings().american() && o.get("GlobalTaxCalculation") == nil && !d.options.TaxCalculationOptional:
		return missing("GlobalTaxCalculation")
	case o.text("EmailStatus") == "NeedToSend" && o.child("BillEmail").text("Address") == "":
		return missing("BillEmail")
	}
	for _, name := range []string{"BillEmail", "BillEmailCc", "BillEmailBcc"} {
		if err := checkEmail(o.child(name)); err != nil {
			return err
		}
	}
	if err := d.completeSaleHead(receipt); err != nil {
		return err
	}
	if err := d.mayChange(d.before, o); err != nil {
		return err
	}
	if d.leavesPayments() {
		return d.linked()
	}
	if d.countsAnew() {
		s := &sale{draft: d, digits: digitsOf(o.ref("CurrencyRef")), identified: map[string]bool{}}
		if err := s.count(); err != nil {
			return err
		}
	}
	if err := d.numberDocument(); err != nil {
		return err
	}
	return d.linkEstimates()
}

// countsAnew reports whether the sums are made anew: a sparse update that says
// nothing of them leaves them as they are.
func (d *draft) countsAnew() bool {
	return d.fresh || d.whole || slices.ContainsFunc(
		[]string{"Line", "TxnTaxDetail", "CustomerRef", "TxnDate", "GlobalTaxCalculation", "ApplyTaxAfterDiscount", "Deposit", "ExchangeRate"}, d.sent.has)
}

// completeSaleHead fills in what a sale has beside its lines, as recorded.
func (d *draft) completeSaleHead(receipt bool) error {
	o := d.after
	if d.kind.name == "Invoice" {
		for _, f := range paylessFields {
			o.fill(f.name, false)
		}
		o.fill("LinkedTxn", []any{})
	}
	if d.kind.name == "Estimate" {
		o.fill("TxnStatus", "Pending")
	}
	o.fill("TxnDate", d.today())
	o.fill("ApplyTaxAfterDiscount", false)
	o.fill("PrintStatus", "NeedToPrint")
	o.fill("EmailStatus", "NotSet")
	if receipt {
		o.fill("DepositToAccountRef", d.undeposited())
	}
	customer := d.find(d.tables["Customer"], o.ref("CustomerRef"))
	if customer == nil {
		customer = &object{}
	}
	if d.fresh || d.whole {
		for _, name := range []string{"BillAddr", "ShipAddr"} {
			if a := customer.child(name); len(a.members) > 0 {
				o.fill(name, a.clone())
			}
		}
	}
	d.numberAddresses("BillAddr", "ShipAddr", "ShipFromAddr")
	if err := d.completeCustomFields(); err != nil {
		return err
	}
	if d.kind.name == "Invoice" {
		if err := d.completeDueDate(customer); err != nil {
			return err
		}
	}
	return d.completeTransactionCurrency(customer.ref("CurrencyRef"))
}

// undeposited is where money goes that no account is named for.
func (d *draft) undeposited() *object {
	t := d.tables["Account"]
	for _, r := range t.rows {
		if r.textOf(t.index["AccountSubType"]) == "UndepositedFunds" {
			return refTo(r.id, r.textOf(t.index["Name"]))
		}
	}
	return refTo("4", "Undeposited Funds") // that of the recorded company
}

// completeDueDate reckons a due date from the terms sent or the customer's, 30 days
// without (recorded).
func (d *draft) completeDueDate(customer *object) error {
	o := d.after
	if o.get("DueDate") != nil && !(d.sent.has("SalesTermRef") && !d.sent.has("DueDate")) {
		return nil
	}
	days := 30
	term := o.ref("SalesTermRef")
	if term == "" && d.fresh {
		if term = customer.ref("SalesTermRef"); term != "" {
			o.set("SalesTermRef", refTo(term, ""))
		}
	}
	if t := d.find(d.tables["Term"], term); t != nil && t.get("DueDays") != nil {
		days = int(t.amount("DueDays").Num().Int64())
	}
	from, err := time.Parse(time.DateOnly, o.text("TxnDate"))
	if err != nil {
		return err // cannot be: it was checked, or is today
	}
	o.set("DueDate", from.AddDate(0, 0, days).Format(time.DateOnly))
	return nil
}

// completeTransactionCurrency gives a transaction the currency of whom it is with.
func (d *draft) completeTransactionCurrency(theirs string) error {
	o, home := d.after, d.settings().homeCurrency()
	if !d.settings().manyCurrencies() {
		o.set("CurrencyRef", currencyRef(home))
		o.drop("ExchangeRate")
		return nil
	}
	if theirs == "" {
		theirs = home
	}
	if sent := d.sent.ref("CurrencyRef"); sent != "" && sent != theirs {
		return businessFault("The currency of the transaction is not that of the customer or vendor.")
	}
	o.set("CurrencyRef", currencyRef(theirs))
	if theirs == home {
		o.set("ExchangeRate", number("1"))
	}
	o.fill("ExchangeRate", number("1"))
	return nil
}

// completeCustomFields lists the fields that the company has given a name to
// (Preferences.SalesFormsPrefs.CustomField), with the words of the document.
func (d *draft) completeCustomFields() error {
	var fields []*object
	words := map[string]string{}
	for _, f := range d.after.list("CustomField") {
		words[f.text("DefinitionId")] = f.text("StringValue")
	}
	for _, group := range d.settings().preferences.child("SalesFormsPrefs").list("CustomField") {
		for _, f := range group.list("CustomField") {
			id, ok := strings.CutPrefix(f.text("Name"), "SalesFormsPrefs.SalesCustomName")
			if !ok || f.text("StringValue") == "" {
				continue
			}
			field := &object{members: []member{{"DefinitionId", id}, {"Name", f.text("StringValue")}, {"Type", "StringType"}}}
			if words[id] != "" {
				field.set("StringValue", words[id])
			}
			delete(words, id)
			fields = append(fields, field)
		}
	}
	if len(words) > 0 {
		if d.sent.has("CustomField") {
			return faultOf("3000", "")
		}
		return nil // of a dataset whose preferences do not name its fields
	}
	d.after.setList("CustomField", fields)
	return nil
}

// mayChange refuses to change what is in closed books or on a deposit.
func (p *posting) mayChange(before, after *object) error {
	closed := p.settings().booksClosed()
	for _, o := range []*object{before, after} {
		if date := o.text("TxnDate"); date != "" && date <= closed {
			return faultOf("6200", "")
		}
	}
	for _, l := range before.list("LinkedTxn") {
		if l.text("TxnType") == "Deposit" {
			return faultOf("6540", "")
		}
	}
	return nil
}
