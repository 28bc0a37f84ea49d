package quickbookssim

import (
	"math/big"
	"slices"
	"strconv"
)

// Bills, purchases, deposits, journal entries and transfers: kept with their sums,
// without a ledger behind them.

// completeEntry has the rules of the transactions that have none of their own: a
// date, a currency, and the sum of the lines.
func (d *draft) completeEntry() error {
	o := d.after
	if err := d.mayChange(d.before, o); err != nil {
		return err
	}
	o.fill("TxnDate", d.today())
	if err := d.completeTransactionCurrency(""); err != nil {
		return err
	}
	if d.kind.name == "Transfer" || d.kind.name == "BillPayment" {
		return nil
	}
	if len(o.list("Line")) == 0 {
		return missing("Line")
	}
	total := new(big.Rat)
	for n, l := range o.list("Line") {
		l.fill("Id", strconv.Itoa(n+1))
		amount := rounded(l.amount("Amount"), 2)
		l.set("Amount", sumOf(amount, 2))
		if l.child("JournalEntryLineDetail").text("PostingType") != "Credit" {
			total = plus(total, amount)
		}
	}
	o.set("TotalAmt", sumOf(total, 2))
	if d.kind.name == "Bill" || d.kind.name == "VendorCredit" {
		o.set("Balance", sumOf(total, 2))
	}
	if d.kind.name == "Deposit" {
		if err := d.unlink(d.before); err != nil {
			return err
		}
		return d.bank(o, true)
	}
	return nil
}

// bankable are the kinds that a deposit takes to the bank.
var bankable = []string{"Payment", "SalesReceipt"}

// bank has the money that a deposit's lines name say that it is on it, or no more.
func (p *posting) bank(deposit *object, banked bool) error {
	for _, l := range deposit.list("Line") {
		for _, link := range l.list("LinkedTxn") {
			t := p.tables[link.text("TxnType")]
			if t == nil || !slices.Contains(bankable, t.kind.name) {
				continue
			}
			o := p.aside(t, link.text("TxnId"))
			switch {
			case o == nil && banked:
				return faultOf("620", "")
			case o == nil:
			case banked:
				addLink(o, deposit.text("Id"), "Deposit")
			default:
				removeLink(o, deposit.text("Id"), "Deposit")
			}
		}
	}
	return nil
}
