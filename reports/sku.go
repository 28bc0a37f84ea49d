package reports

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// The report's code and version, as the Cover states them.
const (
	SKUCode    = "SKU"
	SKUVersion = "1"
)

var skuReport = report{
	title: "SKU audit", code: SKUCode, version: SKUVersion,
	summary: "what each catalogue has, how the SKUs match, how much revenue the matches cover",
	schema:  "tieout/sku/" + SKUVersion, settings: "Parameters & dictionary",
}

// SKU is everything a SKU audit workbook is made of.
type SKU struct {
	Ground

	Audit reconcile.SKUAudit
	// Since is the run of the audit before; 0 when this is the first one.
	Since reconcile.RunID
	// Changes are those of the products between the two runs.
	Changes []reconcile.ProductChange
}

// WriteSKU writes the SKU audit workbook.
func WriteSKU(w io.Writer, in SKU) (Summary, error) { return writeSKU(w, in, maxRows) }

func writeSKU(w io.Writer, in SKU, rowsPerSheet int) (sum Summary, err error) {
	b, err := newBook(&in.Ground, skuReport, rowsPerSheet)
	if err == nil {
		k := newSKUBook(b, &in)
		for _, s := range k.sheets {
			b.list(s.name, s.shows)
		}
		sum, err = b.publish(w, k.write)
	}
	if err != nil {
		return Summary{}, fmt.Errorf("SKU audit of run %d: %w", in.Run.ID, err)
	}
	return sum, nil
}

// SKUName returns the file name of the SKU audit of a day in the workspace's zone,
// such as sku-audit-default-2026-11-23.xlsx.
func SKUName(ws reconcile.WorkspaceID, asOf time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	return fmt.Sprintf("sku-audit-%s-%s.xlsx", fileWord(string(ws)), reconcile.DateOf(asOf, zone))
}

// A skuBook is a SKU audit while it is being made.
type skuBook struct {
	*book
	sku        *SKU
	currencies []string // of revenue and of what is blocked
	sheets     []skuSheet
}

// A skuSheet is a list of the audit.
type skuSheet struct {
	name, shows string
	write       func() error
}

func newSKUBook(b *book, in *SKU) *skuBook {
	k := &skuBook{book: b, sku: in, currencies: currenciesOf(&in.Audit)}
	a := &in.Audit
	onlyHubSpot, onlyQuickBooks := k.oneSided(reconcile.HubSpot), k.oneSided(reconcile.QuickBooks)
	k.sheets = []skuSheet{
		sheetOf(k, matrixList(k.currencies), a.Rows),
		sheetOf(k, nearList(k.currencies), a.Near),
		sheetOf(k, oneSidedList(reconcile.HubSpot, k.currencies), onlyHubSpot),
		sheetOf(k, oneSidedList(reconcile.QuickBooks, k.currencies), onlyQuickBooks),
		sheetOf(k, duplicateList(), a.Duplicates),
		sheetOf(k, faultList(), a.Faults),
		sheetOf(k, changeList(in.Since), in.Changes),
	}
	return k
}

// currenciesOf are those that the audit has amounts in, sorted.
func currenciesOf(a *reconcile.SKUAudit) []string {
	seen := map[string]bool{}
	for n := range a.Sides {
		for currency := range a.Sides[n].Revenue {
			seen[currency] = true
		}
	}
	for n := range a.Rows {
		for currency := range a.Rows[n].BlockedAmounts {
			seen[currency] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// write makes all sheets. The Cover comes last, because it counts the others.
func (k *skuBook) write() error {
	for _, s := range k.sheets {
		if err := s.write(); err != nil {
			return err
		}
	}
	for _, next := range []func() error{
		k.writeCompleteness, func() error { return k.parameters(k.writeDictionary) }, k.writeSummary, k.writeCover,
	} {
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// A skuList describes a list of the audit.
type skuList[T any] struct {
	name, table string
	shows       string // one clause, for the Cover
	lead        string // one sentence, under the title
	columns     []column[T]
	id          func(*T) string           // what the hidden sheet calls a row
	blocked     func(*T) map[string]int64 // what a row keeps back, for the control total; or nil
}

func sheetOf[T any](k *skuBook, l skuList[T], rows []T) skuSheet {
	return skuSheet{l.name, l.shows, func() error { return writeSKUList(k.book, &l, rows) }}
}

// writeSKUList writes rows into the sheet of a list, and into as many more as it
// takes.
func writeSKUList[T any](b *book, l *skuList[T], rows []T) error {
	c := b.content(l.name)
	columns := append(slices.Clip(l.columns), star[T]("Decision", 13), star[T]("Comment", 30))
	var t *table[T]
	var sums tally
	begin := func() {
		t, sums = newTable(b.openPart(c, l.lead, widths(columns)), columns), tally{}
	}
	end := func() error {
		last := max(t.s.row, listHead+1)
		t.close(fmt.Sprintf("%s_%d", l.table, c.parts))
		if t.s.err == nil {
			t.s.do(t.dropLists(listHead+1, last))
		}
		return t.foot(sums, "kept back")
	}
	begin()
	for n := range rows {
		if t.s.row >= b.limit-listFooter {
			if err := end(); err != nil {
				return err
			}
			begin()
		}
		t.add(&rows[n])
		b.meta.add(t.s.name, t.s.row, clean(l.id(&rows[n])), t.hash())
		c.rows++
		if err := l.stake(c, sums, &rows[n]); err != nil {
			return fmt.Errorf("sheet %s: %w", l.name, err)
		}
	}
	return end()
}

// stake adds what a row keeps back to the totals of its sheet and of the list.
func (l *skuList[T]) stake(c *content, sums tally, row *T) error {
	if l.blocked == nil {
		return nil
	}
	for currency, minor := range l.blocked(row) {
		m := reconcile.Money{Minor: minor, Currency: currency}
		if err := sums.add(m); err != nil {
			return err
		}
		if err := c.atStake.add(m); err != nil {
			return err
		}
	}
	return nil
}

// writeCover writes the first sheet.
func (k *skuBook) writeCover() error {
	since := "this is the first SKU audit"
	if k.sku.Since != 0 {
		since = fmt.Sprintf("run %d, that of the SKU audit before", k.sku.Since)
	}
	return k.cover(k.verdict(), [2]string{"Changes since", since})
}

// verdict says in words how the catalogues stand.
func (k *skuBook) verdict() verdictRow {
	a := &k.sku.Audit
	open := 0
	for n := range a.Rows {
		if !a.Rows[n].Covered() {
			open++
		}
	}
	switch {
	case k.broken():
		return verdictRow{"UNKNOWN", lookBannerNeutral, "Nothing can be said about whether the two catalogues agree."}
	case len(a.Rows) == 0:
		return verdictRow{"UNKNOWN", lookBannerNeutral, "Neither system has a product: nothing was compared."}
	case open == 0 && len(a.Faults) == 0:
		return verdictRow{"EVERY SKU MATCHES", lookBannerGood, "Every SKU has one exact and active match in the other system, and none is missing or malformed."}
	case open == 0:
		return verdictRow{"EVERY SKU MATCHES, WITH ITEMS", lookBannerCaution, "Every SKU has one exact and active match in the other system; some are malformed."}
	}
	return verdictRow{"SKUS DIFFER", lookBannerBad, fmt.Sprintf(
		"%d of %d keys have no exact match that is active in both systems. They are listed in this workbook, with the invoices that they keep back.", open, len(a.Rows))}
}
