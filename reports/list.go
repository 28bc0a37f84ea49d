package reports

import (
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// A list is a sheet of findings.
type list struct {
	name    string // of the sheet
	table   string // of the table object
	shows   string // one clause, for the Cover
	lead    string // one sentence, under the title
	columns []column[reconcile.FindingRecord]
}

// lists are the sheets of findings in reading order. The last one takes whatever
// no other one does, so that no finding is left out.
var lists = []list{
	{
		"Only in one system", "OnlyInOneSystem", "invoices without a partner, duplicates and possible twins",
		"Invoices that one system has and the other has not, why they were not synced, and invoices that may be the same.",
		oneSidedColumns,
	},
	{
		"Matched but different", "MatchedButDifferent", "invoices on both sides that differ, a row for each difference",
		"Invoices that both systems have, with every field in which they differ. Differences are source less destination.",
		differentColumns,
	},
	{
		"Customers & e-mails", "Customers", "customers that keep invoices from matching",
		"Customers with invoices whose e-mail is missing, differs or is not unique.",
		customerColumns,
	},
	{
		"SKU blockers", "SkuBlockers", "SKUs that keep invoices from syncing",
		"Products and SKUs that keep invoices from syncing, with what each of them blocks.",
		skuColumns,
	},
	{
		"Tax", "Tax", "tax rates without a usable mapping",
		"Tax rates in use for which the mapping gives no tax code.",
		taxColumns,
	},
	{
		"Unreadable & incomplete", "UnreadableIncomplete", "records that could not be read, pulls that broke off",
		"Records whose values could not be understood, pulls that are not complete, and whatever has no sheet of its own.",
		unreadableColumns,
	},
}

const (
	listOneSided = iota
	listDifferent
	listCustomers
	listSKUs
	listTax
	listUnreadable
)

// listOf says which list shows a rule's findings: what compares a pair belongs to
// the pairs, the rest follows its family.
func listOf(r reconcile.Rule) int {
	if _, ok := pairClasses[r.Code]; ok {
		return listDifferent
	}
	switch r.Family {
	case reconcile.FamilyUnsynced:
		return listOneSided
	case reconcile.FamilyContent:
		return listDifferent
	case reconcile.FamilyCustomer:
		return listCustomers
	case reconcile.FamilySKU:
		return listSKUs
	case reconcile.FamilyTax:
		return listTax
	}
	return listUnreadable
}

// codes are those of the catalogue whose findings the list shows.
func (l *list) codes(rules []reconcile.Rule) []reconcile.Code {
	var codes []reconcile.Code
	for _, r := range rules {
		if lists[listOf(r)].name == l.name {
			codes = append(codes, r.Code)
		}
	}
	return codes
}

// listFooter is how many rows a list keeps free below its table: a blank one, the
// number of rows, and a control total for each currency there may be.
const listFooter = 200

// A listPart is one sheet of a list.
type listPart struct {
	*table[reconcile.FindingRecord]
	name  string
	first int // row of data
	sums  tally
}

// writeList streams the findings of a list into its sheet, and into as many more
// as it takes.
func (b *book) writeList(l *list) error {
	c := b.content(l.name)
	p := b.beginPart(l, c)
	if codes := l.codes(b.in.Rules); len(codes) > 0 && b.mismatches.Findings != nil {
		for f, err := range b.mismatches.Findings(codes) {
			if err != nil {
				return fmt.Errorf("sheet %s: findings: %w", l.name, err)
			}
			if p.s.row >= b.limit-listFooter {
				if err := p.end(l, c); err != nil {
					return err
				}
				p = b.beginPart(l, c)
			}
			if err := b.addFinding(p, c, &f); err != nil {
				return fmt.Errorf("sheet %s: %w", l.name, err)
			}
		}
	}
	return p.end(l, c)
}

func (b *book) addFinding(p *listPart, c *content, f *reconcile.FindingRecord) error {
	p.add(f)
	b.meta.add(p.name, p.s.row, string(f.ID), p.hash())
	if p.s.err != nil {
		return p.s.err
	}
	c.rows++
	if isOpen(f.State) {
		b.openBy[b.rules[f.Code].Family]++
	}
	if err := p.sums.add(f.Amount); err != nil {
		return err
	}
	return c.atStake.add(f.Amount)
}

// isOpen leaves out what is settled for now.
func isOpen(s reconcile.FindingState) bool {
	return s != reconcile.FindingResolved && s != reconcile.FindingAccepted
}

// beginPart starts the list's next sheet, right after the one before.
func (b *book) beginPart(l *list, c *content) *listPart {
	s := b.openPart(c, l.lead, widths(l.columns))
	p := &listPart{name: s.name, sums: tally{}, table: newTable(s, l.columns)}
	p.first = s.row + 1
	return p
}

// openPart opens the next sheet of what the Cover lists as one, down to the
// header of its table.
func (b *book) openPart(c *content, lead string, columns []width) *sheet {
	c.parts++
	name := partName(c.name, c.parts)
	var made error
	if c.parts > 1 {
		made = b.insertSheet(name, b.after(c.name))
	}
	s := b.open(name, columns, true)
	s.do(made)
	if s.err == nil {
		s.freeze(1, listHead)
	}
	s.add(26, text(name).as(lookHeading))
	s.add(16, text(lead).as(lookSubtitle))
	s.add(16, text(fmt.Sprintf("Run %d, as of %s. Rows and control totals stand below the last row and on the Cover. "+
		"Columns with a ★ are yours to fill in.", b.in.Run.ID, b.asOf)).as(lookSubtitle))
	return s
}

// listHead is the row of a list's header.
const listHead = 4

func partName(name string, part int) string {
	if part == 1 {
		return name
	}
	return fmt.Sprintf("%s (%d)", name, part)
}

// insertSheet makes a sheet before another.
func (b *book) insertSheet(name, before string) error {
	if _, err := b.file.NewSheet(name); err != nil {
		return err
	}
	return b.file.MoveSheet(name, before)
}

// after returns the sheet that the book lists after another.
func (b *book) after(name string) string {
	at := slices.IndexFunc(b.contents, func(c *content) bool { return c.name == name })
	return b.contents[at+1].name
}

// end completes the part: table, drop lists, footer.
func (p *listPart) end(l *list, c *content) error {
	last := max(p.s.row, p.first)
	p.close(fmt.Sprintf("%s_%d", l.table, c.parts))
	if p.s.err == nil {
		p.s.do(p.dropLists(p.first, last))
	}
	return p.foot(p.sums, "at stake")
}

// foot ends the sheet of a list: rows and control totals below the table.
func (t *table[T]) foot(sums tally, of string) error {
	t.s.blank()
	t.total("Rows", count(t.rows).as(lookTotal), "")
	for _, m := range sums.list() {
		t.total("Control total", totalled(m), m.Currency+" "+of)
	}
	if t.s.links == maxLinks {
		t.s.add(0, text(fmt.Sprintf("The first %d ids can be clicked; the others are the same ids without a link.", maxLinks)).as(lookSubtitle))
	}
	return t.s.close(paper{titles: fmt.Sprintf("$A:$A,$%[1]d:$%[1]d", listHead), wide: 2})
}

// total writes a row below the table; the figure takes two columns.
func (t *table[T]) total(words string, figure cell, unit string) {
	t.s.add(0, text(words).as(lookTotalText), figure, styled(lookTotalText), text(unit).as(lookTotalText))
	t.s.merge(2, 3)
}

// totalled is an amount in a row of totals.
func totalled(m reconcile.Money) cell {
	c := money(m)
	if c.kind == numberCell {
		return c.as(c.look - lookNumber + lookTotal)
	}
	return c.as(lookTotalText)
}

// dropLists helps to fill in the ★ columns.
func (t *table[T]) dropLists(first, last int) error {
	for n, c := range t.columns {
		var v *excelize.DataValidation
		var err error
		switch c.header {
		case starDecision:
			v = excelize.NewDataValidation(true)
			err = v.SetDropList(decisions)
			v.SetError(excelize.DataValidationErrorStyleStop, "Decision", "Fix, Accept or Investigate")
		case starDue:
			v = excelize.NewDataValidation(true)
			err = v.SetRange("DATE(2000,1,1)", "DATE(9999,12,31)", excelize.DataValidationTypeDate, excelize.DataValidationOperatorBetween)
			v.SetError(excelize.DataValidationErrorStyleStop, "Due", "a date")
		}
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		v.SetSqref(address(n+1, first) + ":" + address(n+1, last))
		if err := t.s.b.file.AddDataValidation(t.s.name, v); err != nil {
			return err
		}
	}
	return nil
}
