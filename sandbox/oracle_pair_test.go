package sandbox

import (
	"math/big"
	"strings"
)

// compare compares a pair.
func (f *finder) compare(a, b *bill) {
	if !f.inScope(a) || b.badRecord != "" {
		return
	}
	differ := func(code, field string, differs bool) {
		if differs {
			f.add(code, both, a.number, a.id, field)
		}
	}
	differ("INVOICE_DATE", "date", a.date != b.date)
	differ("INVOICE_DUE_DATE", "due_date", a.due != b.due)
	differ("INVOICE_CUSTOMER", "customer", fold(a.customer.email) != fold(b.customer.email) &&
		!(a.customer.id != "" && a.customer.email == "") && !(b.customer.id != "" && b.customer.email == ""))
	voided := b.status == "voided"
	differ("VOID_ONE_SIDE", "status", voided)
	differ("INVOICE_STATUS", "status", !voided && a.status != b.status && !(a.total.Sign() == 0 && b.total.Sign() == 0))
	differ("INVOICE_CURRENCY", "currency", a.currency != b.currency)
	if voided || a.currency != b.currency {
		return
	}
	explained := f.compareLines(a, b, differ)
	differ("INVOICE_DISCOUNT", "discount", a.discount.Cmp(b.discount) != 0)
	taxes := a.tax.Cmp(b.tax) != 0
	differ("TAX_AMOUNT", "tax", taxes && a.tax.Sign() != 0 && b.tax.Sign() != 0)
	differ("TAX_ZEROED", "tax", taxes && (a.tax.Sign() == 0 || b.tax.Sign() == 0))
	explained.Add(explained, minus(b.discount, a.discount)).Add(explained, minus(a.tax, b.tax))
	totals := minus(a.total, b.total)
	differ("INVOICE_TOTAL", "total", totals.Cmp(explained) != 0)
	balances := minus(a.balance, b.balance)
	differ("INVOICE_BALANCE", "balance", balances.Sign() != 0 && balances.Cmp(totals) != 0)
}

func minus(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }

// compareLines returns the difference of the amounts of all lines.
func (f *finder) compareLines(a, b *bill, differ func(code, field string, differs bool)) *big.Rat {
	theirs := map[string]map[string]*big.Rat{}
	for sku, prices := range b.lines {
		for as := range strings.SplitSeq(f.pairs[sku], "\n") {
			if _, ok := a.lines[as]; ok && as != "" && a.lines[sku] == nil {
				sku = as
			}
		}
		theirs[sku] = prices
	}
	f.coverBlank(a.lines, theirs)
	for sku := range union(a.lines, theirs) {
		ours, others := a.lines[sku], theirs[sku]
		only, extra := 0, 0
		for price, qty := range ours {
			if others[price] == nil {
				only++
			} else if others[price].Cmp(qty) != 0 {
				differ("LINE_QUANTITY", path(sku)+".quantity", true)
			}
		}
		for price := range others {
			if ours[price] == nil {
				extra++
			}
		}
		differ("LINE_PRICE", path(sku)+".price", only > 0 && extra > 0)
		differ("LINE_QUANTITY", path(sku)+".quantity", only == 1 && extra == 1 && quantity(ours, others).Cmp(quantity(others, ours)) != 0)
		differ("LINE_MISSING", path(sku), only > 0 && extra == 0)
		differ("LINE_EXTRA", path(sku), only == 0 && extra > 0)
	}
	return minus(a.lineSum, b.lineSum)
}

// quantity is that of the one price of ours that the others do not have.
func quantity(ours, others map[string]*big.Rat) *big.Rat {
	for price, qty := range ours {
		if others[price] == nil {
			return qty
		}
	}
	return nil
}

func union(a, b map[string]map[string]*big.Rat) map[string]bool {
	keys := map[string]bool{}
	for k := range a {
		keys[k] = true
	}
	for k := range b {
		keys[k] = true
	}
	return keys
}

// coverBlank takes lines without SKU on one side for the only SKU that is
// left over on the other: a SKU_MISSING finding explains the difference.
func (f *finder) coverBlank(a, b map[string]map[string]*big.Rat) {
	for _, x := range [][2]map[string]map[string]*big.Rat{{a, b}, {b, a}} {
		if x[0][""] == nil || x[1][""] != nil {
			continue
		}
		for sku := range x[1] {
			if x[0][sku] == nil {
				x[0][sku] = x[0][""]
				delete(x[0], "")
				break
			}
		}
	}
}
