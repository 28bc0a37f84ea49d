package reports

import (
	"fmt"

	"github.com/tieout/tieout/reconcile"
)

// The groups of the second half of a block.
const (
	groupScope       = "In scope"
	groupMatched     = "Matched"
	groupOneSided    = "Only here"
	groupPending     = "Of these pending"
	groupDifferences = "Differences, source less destination"
	groupTie         = "Tie-out"
)

// tieColumns are what the difference between the two systems is made of. Classes
// without a difference get no column.
func (t *totalsBlock) tieColumns() []totalsColumn {
	var columns []totalsColumn
	sides := func(group string, of func(*reconcile.SideTotal) int64) {
		for _, system := range reconcile.Systems {
			columns = append(columns, totalsColumn{group: group, header: system.Title(), amount: func(c *reconcile.ControlTotal) int64 { return of(c.Side(system)) }})
		}
	}
	sides(groupScope, func(s *reconcile.SideTotal) int64 { return s.InScope.Amount })
	sides(groupMatched, func(s *reconcile.SideTotal) int64 { return s.Matched.Amount })
	sides(groupOneSided, func(s *reconcile.SideTotal) int64 { return s.OnlyHere.Amount })
	if t.sum.HubSpot.Pending.Count+t.sum.QuickBooks.Pending.Count > 0 {
		sides(groupPending, func(s *reconcile.SideTotal) int64 { return s.Pending.Amount })
	}
	for _, class := range reconcile.DifferenceClasses {
		if t.occurs(class) {
			columns = append(columns, totalsColumn{group: groupDifferences, header: sentence(string(class)), amount: func(c *reconcile.ControlTotal) int64 {
				return c.Differences[class]
			}})
		}
	}
	return append(columns,
		totalsColumn{group: groupDifferences, header: "Σ differences", amount: (*reconcile.ControlTotal).SumDifferences},
		totalsColumn{group: groupTie, header: "Check, as the sheet computes it", amount: t.check},
		totalsColumn{group: groupTie, header: "Check, as Tieout computed it", amount: t.check},
	)
}

// occurs reports a class with a difference in some month: months can cancel out
// in the total.
func (t *totalsBlock) occurs(class reconcile.DifferenceClass) bool {
	for n := range t.months {
		if t.months[n].Differences[class] != 0 {
			return true
		}
	}
	return false
}

func (t *totalsBlock) check(c *reconcile.ControlTotal) int64 { return c.Check(t.b.src) }

// tieHeads are the columns after the amounts.
var tieHeads = []totalsColumn{{group: groupTie, header: "Both checks are zero"}, {group: groupTie, header: "Unexplained"}}

// writeTie writes the second half: what is in scope on each side, what of it is
// matched or one-sided, the differences by class, and the check that nothing is
// left over.
func (t *totalsBlock) writeTie() {
	columns := t.tieColumns()
	t.header(append(columns, tieHeads...), "Ties out")
	for n := range t.months {
		t.s.add(0, t.tieRow(monthCell(t.months[n].Month), columns, &t.months[n], t.scope.first+n)...)
	}
	total := t.scope.first + len(t.months)
	t.s.add(0, totalRow(t.tieRow(text("Total"), columns, &t.sum, total))...)
	if t.exact {
		ticks := len(columns) + 2
		t.s.alarm(address(ticks, t.s.row-len(t.months))+":"+address(ticks, t.s.row), "OK")
	}
}

// tieRow is one row of the second half; scope is the row of the first half that
// states the same month's amounts in scope.
func (t *totalsBlock) tieRow(label cell, columns []totalsColumn, c *reconcile.ControlTotal, scope int) []cell {
	cells := t.row(label, columns, c)
	if t.exact {
		t.formulas(cells, columns, scope)
	}
	checks := len(columns) // column of the check as Tieout computed it; the label comes first
	verdict := "OK"
	if t.check(c) != 0 {
		verdict = "NOT ZERO"
	}
	tick := text(verdict).as(lookGood)
	if verdict != "OK" {
		tick = tick.as(lookBad)
	}
	if t.exact {
		live, written := address(checks, t.s.row+1), address(checks+1, t.s.row+1)
		tick = tick.of(fmt.Sprintf(`IF(%[1]s<>%[2]s,"DIFFERS",IF(%[1]s=0,"OK","NOT ZERO"))`, live, written))
	}
	return append(cells, tick, t.money(c.Unexplained()))
}

// formulas let the sheet compute what is made of other cells.
func (t *totalsBlock) formulas(cells []cell, columns []totalsColumn, scope int) {
	row := t.s.row + 1
	at := map[string]string{} // group and header to address
	firstClass := 0
	for n, c := range columns {
		at[c.group+"/"+c.header] = address(n+2, row)
		if c.group == groupDifferences && firstClass == 0 {
			firstClass = n + 2
		}
	}
	src, dst := t.b.src.Title(), t.b.src.Other().Title()
	for n, c := range columns {
		switch {
		case c.group == groupScope:
			cells[n+1] = cells[n+1].of(address(t.scope.column[systemTitled(c.header)], scope))
		case c.header == "Σ differences" && firstClass < n+2:
			cells[n+1] = cells[n+1].of(fmt.Sprintf("ROUND(SUM(%s:%s),%d)", address(firstClass, row), address(n+1, row), t.digits()))
		case c.header == "Check, as the sheet computes it":
			cells[n+1] = cells[n+1].of(fmt.Sprintf("ROUND((%s-%s)-((%s-%s)+%s),%d)",
				at[groupScope+"/"+src], at[groupScope+"/"+dst], at[groupOneSided+"/"+src], at[groupOneSided+"/"+dst],
				at[groupDifferences+"/Σ differences"], t.digits()))
		}
	}
}
