package reports

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tieout/tieout/reconcile"
)

// A totalsColumn is one column of control totals: a figure of each month.
type totalsColumn struct {
	group  string
	header string
	// count is set for numbers of invoices, amount for money.
	count  func(*reconcile.ControlTotal) int
	amount func(*reconcile.ControlTotal) int64
}

// A totalsBlock is the control totals of one currency: first what was pulled and
// what counts, then how that ties out. Both have a row for each month, a row of
// totals, and a row in which the sheet itself adds up.
type totalsBlock struct {
	b        *book
	s        *sheet
	currency string
	months   []reconcile.ControlTotal
	sum      reconcile.ControlTotal
	exact    bool // every amount fits a number, so that formulas can be made
	scope    scopeRows
}

// scopeRows are where the first half of a block states the amounts in scope.
type scopeRows struct {
	first  int // row of the first month
	column map[reconcile.System]int
}

// writeTotals writes a block for each currency.
func (b *book) writeTotals(s *sheet) {
	by := map[string][]reconcile.ControlTotal{}
	for _, t := range b.mismatches.Totals {
		by[t.Currency] = append(by[t.Currency], t)
	}
	for _, currency := range slices.Sorted(maps.Keys(by)) {
		months := slices.Clone(by[currency])
		slices.SortStableFunc(months, func(x, y reconcile.ControlTotal) int { return compareMonths(x.Month, y.Month) })
		block := totalsBlock{b: b, s: s, currency: currency, months: months, sum: reconcile.SumTotals(months)}
		block.sum.Currency = currency
		block.write()
	}
	if len(by) == 0 {
		s.heading("Control totals")
		s.wide(0, 7, text("There are no invoices to add up.").as(lookBody))
		s.blank()
	}
}

// compareMonths puts invoices without a date last.
func compareMonths(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "" || (b != "" && a > b):
		return 1
	}
	return -1
}

func (t *totalsBlock) write() {
	columns := slices.Concat(t.sideColumns(reconcile.HubSpot), t.sideColumns(reconcile.QuickBooks))
	t.exact = t.fits(columns) && t.fits(t.tieColumns())
	t.s.heading("Control totals in " + orWord(t.currency, "no currency"))
	t.writeScope(columns)
	t.s.blank()
	t.writeTie()
	t.s.blank()
}

func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return clean(s)
}

// sideColumns are a system's population, what of it is excluded and why, and what
// is in scope. Reasons that exclude nothing get no column.
func (t *totalsBlock) sideColumns(system reconcile.System) []totalsColumn {
	var columns []totalsColumn
	pair := func(words string, of func(*reconcile.SideTotal) reconcile.Tally) {
		columns = append(columns,
			totalsColumn{group: system.Title(), header: words + ", count", count: func(c *reconcile.ControlTotal) int { return of(c.Side(system)).Count }},
			totalsColumn{group: system.Title(), header: words + ", amount", amount: func(c *reconcile.ControlTotal) int64 { return of(c.Side(system)).Amount }},
		)
	}
	pair("Population", func(s *reconcile.SideTotal) reconcile.Tally { return s.Population })
	for _, reason := range reconcile.ExclusionReasons {
		if t.sum.Side(system).Excluded[reason].Count > 0 {
			pair("Excluded: "+exclusionWords[reason], func(s *reconcile.SideTotal) reconcile.Tally { return s.Excluded[reason] })
		}
	}
	if t.sum.Side(system).Unreadable > 0 {
		columns = append(columns, totalsColumn{group: system.Title(), header: "Unreadable, count", count: func(c *reconcile.ControlTotal) int {
			return c.Side(system).Unreadable
		}})
	}
	pair("In scope", func(s *reconcile.SideTotal) reconcile.Tally { return s.InScope })
	return columns
}

var exclusionWords = map[reconcile.ExclusionReason]string{
	reconcile.ExcludedByStartDate:   "before start date",
	reconcile.ExcludedByStatus:      "status filter",
	reconcile.ExcludedByIntegration: "made by an integration",
	reconcile.ExcludedByPartner:     "partner out of scope",
}

// writeScope writes the first half and notes where the amounts in scope stand.
func (t *totalsBlock) writeScope(columns []totalsColumn) {
	t.header(columns, "Pulled and in scope")
	t.scope = scopeRows{first: t.s.row + 1, column: map[reconcile.System]int{}}
	for n, c := range columns {
		if c.header == "In scope, amount" {
			t.scope.column[systemTitled(c.group)] = n + 2
		}
	}
	for n := range t.months {
		t.s.add(0, t.row(monthCell(t.months[n].Month), columns, &t.months[n])...)
	}
	t.s.add(0, totalRow(t.row(text("Total"), columns, &t.sum))...)
	t.recompute(t.row(text("Recomputed"), columns, &t.sum))
}

func systemTitled(title string) reconcile.System {
	if title == reconcile.QuickBooks.Title() {
		return reconcile.QuickBooks
	}
	return reconcile.HubSpot
}

// header writes the two rows of headers, groups merged.
func (t *totalsBlock) header(columns []totalsColumn, corner string) {
	groups, heads := []cell{text(corner).as(lookGroup)}, []cell{text("Invoice month").as(lookHeader)}
	for _, c := range columns {
		groups = append(groups, text(c.group).as(lookGroup))
		heads = append(heads, text(c.header).as(lookHeaderRight))
	}
	t.s.add(28, groups...)
	for from := 0; from < len(columns); {
		to := from
		for to+1 < len(columns) && columns[to+1].group == columns[from].group {
			to++
		}
		if to > from {
			t.s.merge(from+2, to+2)
		}
		from = to + 1
	}
	t.s.add(44, heads...)
}

func monthCell(month string) cell { return text(orWord(month, "no date")) }

func (t *totalsBlock) row(label cell, columns []totalsColumn, c *reconcile.ControlTotal) []cell {
	cells := []cell{label}
	for _, column := range columns {
		if column.count != nil {
			cells = append(cells, count(column.count(c)))
			continue
		}
		cells = append(cells, t.money(column.amount(c)))
	}
	return cells
}

func (t *totalsBlock) money(minor int64) cell {
	return money(reconcile.Money{Minor: minor, Currency: t.currency})
}

// fits reports whether all amounts of the columns are numbers to a sheet.
func (t *totalsBlock) fits(columns []totalsColumn) bool {
	for _, c := range columns {
		if c.amount == nil {
			continue
		}
		for n := range t.months {
			if t.money(c.amount(&t.months[n])).kind != numberCell {
				return false
			}
		}
		if t.money(c.amount(&t.sum)).kind != numberCell {
			return false
		}
	}
	return true
}

// totalRow gives a row the look of totals.
func totalRow(cells []cell) []cell { return relook(cells, lookTotal, lookTotalText) }

func relook(cells []cell, numbers, words look) []cell {
	for n := range cells {
		switch {
		case cells[n].look == lookGood || cells[n].look == lookBad || cells[n].look == lookNeutral:
		case cells[n].kind == numberCell:
			cells[n].look = cells[n].look - lookNumber + numbers
		default:
			cells[n].look = words
		}
	}
	return cells
}

// recompute writes under a row of totals what the sheet makes of the months.
func (t *totalsBlock) recompute(cells []cell) {
	if !t.exact {
		t.s.add(0, text("Amounts of more than 15 digits are text here; the sheet cannot add them up.").as(lookFaintText))
		return
	}
	first := t.s.row - len(t.months)
	for n := range cells {
		if cells[n].kind == numberCell {
			cells[n] = cells[n].of(fmt.Sprintf("ROUND(SUM(%s:%s),%d)", address(n+1, first), address(n+1, t.s.row-1), t.digits()))
		}
	}
	t.s.add(0, relook(cells, lookFaint, lookFaintText)...)
}

func (t *totalsBlock) digits() int { return reconcile.MinorDigits(t.currency) }
