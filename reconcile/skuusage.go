package reconcile

import (
	"fmt"
	"slices"
)

// finding notes the code on the row that a finding is about, and the invoices
// that SKUs keep back.
func (x *skuAuditor) finding(f *FindingRecord) {
	switch f.Code {
	case InvoiceOnlyInSource:
		if slices.ContainsFunc(f.Reasons, func(r Reason) bool { return Gate(r.Gate) == GateLines }) {
			x.blocked[productID{f.System, f.Record}] = true
		}
		return
	case SKUMissing:
		x.code(x.homes[productID{f.System, f.Record}], f.Code)
	default:
		x.code(x.rows[NearKey(f.Number)], f.Code)
	}
}

func (x *skuAuditor) code(row *SKURow, code Code) {
	if row != nil && !slices.Contains(row.Codes, code) {
		row.Codes = append(row.Codes, code)
		slices.Sort(row.Codes)
	}
}

// invoice counts an invoice as use of its products and, where SKUs keep it back,
// against them.
func (x *skuAuditor) invoice(i *Invoice) error {
	switch {
	case i.Unreadable:
		x.audit.Unreadable++
		return nil
	case x.blocked[productID{i.System, i.ID}]:
		if err := x.block(i); err != nil {
			return err
		}
	}
	if i.Status != StatusOpen && i.Status != StatusPaid {
		return nil
	}
	recent := !i.Date.Before(x.from) && !x.to.Before(i.Date)
	used := map[*AuditedProduct]bool{}
	for n := range i.Lines {
		p := x.product(i.System, &i.Lines[n])
		if p != nil && !used[p] {
			used[p] = true
			if p.LastInvoiced.Before(i.Date) {
				p.LastInvoiced = i.Date
			}
			if recent {
				p.Invoices++
			}
		}
		if recent {
			if err := x.revenue(i, p, i.Lines[n].Amount); err != nil {
				return err
			}
		}
	}
	return nil
}

// product is the one that a line points at, else the one that holds its SKU, the
// active one with the lowest id first; nil when there is none.
func (x *skuAuditor) product(s System, l *Line) *AuditedProduct {
	if p := x.of[productID{s, l.ProductID}]; p != nil {
		return p
	}
	if isBlank(l.SKU) {
		return nil
	}
	all := x.m.sides[s].bySKU.exact[l.SKU]
	if live := x.m.sides[s].bySKU.live(l.SKU); len(live) > 0 {
		all = live
	}
	if len(all) == 0 {
		return nil
	}
	return x.of[productID{s, all[0].ID}]
}

func (x *skuAuditor) revenue(i *Invoice, p *AuditedProduct, amount int64) (err error) {
	side := x.audit.Side(i.System)
	r := side.Revenue[i.Currency]
	if r.Total, err = addUp(r.Total, amount); err != nil {
		return fmt.Errorf("%s revenue in %s: %w", i.System.Title(), i.Currency, err)
	}
	switch {
	case p == nil:
		r.NoRecord, err = addUp(r.NoRecord, amount)
	case p.Active && x.exactPair(p.SKU):
		r.Covered, err = addUp(r.Covered, amount)
	}
	if err == nil && p != nil {
		p.Revenue[i.Currency], err = addUp(p.Revenue[i.Currency], amount)
	}
	side.Revenue[i.Currency] = r
	return err
}

// exactPair reports whether one active product in each system holds a SKU.
func (x *skuAuditor) exactPair(sku string) bool {
	return len(x.m.sides[HubSpot].bySKU.live(sku)) == 1 && len(x.m.sides[QuickBooks].bySKU.live(sku)) == 1
}

// addUp refuses a sum beyond 64 bits rather than return a wrong one.
func addUp(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, fmt.Errorf("%d + %d: sum out of range", a, b)
	}
	return sum, nil
}

// blocks reports whether a line's SKU keeps an unsynced invoice back: the other
// system has no one active match, and none will be made.
func (x *skuAuditor) blocks(s System, sku string) bool {
	other := &x.m.sides[s.Other()].bySKU
	if len(other.exact[sku]) == 0 && len(other.nearOf(sku, NearKey)) == 0 {
		return !x.m.Settings.CreateProducts
	}
	return len(other.live(sku)) != 1
}

// block counts an invoice against every row whose SKU keeps it back.
func (x *skuAuditor) block(i *Invoice) error {
	rows, homeless := map[*SKURow]bool{}, false
	for n := range i.Lines {
		l := &i.Lines[n]
		sku := x.m.sku(i.System, l)
		if sku == "" {
			if row := x.homes[productID{i.System, l.ProductID}]; row != nil {
				rows[row] = true
			} else {
				homeless = true
			}
			continue
		}
		if !x.blocks(i.System, sku) {
			continue
		}
		if row := x.rows[NearKey(sku)]; row != nil {
			rows[row] = true
		} else {
			homeless = true
		}
	}
	if homeless {
		x.audit.Homeless++
	}
	for row := range rows {
		row.Blocked++
		sum, err := addUp(row.BlockedAmounts[i.Currency], i.Total)
		if err != nil {
			return fmt.Errorf("blocked by %q in %s: %w", row.Key, i.Currency, err)
		}
		row.BlockedAmounts[i.Currency] = sum
	}
	return nil
}
