package reports

import (
	"maps"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A certificateColumn is a column of the list of pulls.
type certificateColumn = column[reconcile.Certificate]

var certificateColumns = []certificateColumn{
	{header: "System", width: 13, value: func(_ *book, c *reconcile.Certificate) cell { return text(c.System.Title()) }},
	{header: "Object", width: 13, value: func(_ *book, c *reconcile.Certificate) cell { return text(string(c.Object)) }},
	{header: "Status", width: 14, value: func(_ *book, c *reconcile.Certificate) cell { return completenessCell(c) }},
	{header: "Read", width: 20, value: func(b *book, c *reconcile.Certificate) cell { return text(readWords(c, b.zone)) }},
	{header: "Claimed by the system", width: 12, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Claimed) }},
	{header: "Received", width: 11, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Received) }},
	{header: "Pages", width: 9, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Pages) }},
	{header: "Duplicates dropped", width: 11, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Duplicates) }},
	{header: "Known afterwards", width: 11, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Known) }},
	{header: "Missed", width: 9, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Missed) }},
	{header: "Deleted since", width: 9, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Deleted) }},
	{header: "Unreadable", width: 11, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Unreadable) }},
	{header: "First change (%)", width: 18, value: func(b *book, c *reconcile.Certificate) cell { return stamp(c.FirstChange, b.zone) }},
	{header: "Last change (%)", width: 18, value: func(b *book, c *reconcile.Certificate) cell { return stamp(c.LastChange, b.zone) }},
	{header: "First change (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, c *reconcile.Certificate) cell { return iso(c.FirstChange) }},
	{header: "Last change (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, c *reconcile.Certificate) cell { return iso(c.LastChange) }},
	{header: "Pull finished (%)", width: 18, value: func(b *book, c *reconcile.Certificate) cell { return stamp(c.FinishedAt, b.zone) }},
	{header: "Pull finished (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, c *reconcile.Certificate) cell { return iso(c.FinishedAt) }},
	{header: "Calls", width: 9, figure: true, value: func(_ *book, c *reconcile.Certificate) cell { return count(c.Calls) }},
	{header: "SHA-256 of the canonical rows", width: 38, value: func(_ *book, c *reconcile.Certificate) cell { return wrapped(c.Hash) }},
	{header: "Problem", width: 44, value: func(_ *book, c *reconcile.Certificate) cell { return wrapped(c.Problem) }},
}

// readWords says what a pull asked for: with changes only, fewer records are received
// than the system claims to have.
func readWords(c *reconcile.Certificate, zone *time.Location) string {
	if c.Mode() == reconcile.PullFull {
		return "everything"
	}
	return "changes since " + c.Since.In(zone).Format("2006-01-02 15:04")
}

func completenessCell(c *reconcile.Certificate) cell {
	if c.Complete() {
		return text("COMPLETE").as(lookGood)
	}
	return text("INCOMPLETE").as(lookBad)
}

// writeCompleteness writes what each pull received, and the sums of the invoices
// received, by which a reader ties the pulls to the systems' own reports.
func (b *book) writeCompleteness() error {
	s := b.open(sheetCompleteness, widths(certificateColumns), true)
	if s.err == nil {
		s.freeze(2, 3)
	}
	s.add(26, text(sheetCompleteness).as(lookHeading))
	s.add(16, text("What each pull received, against what the system says it has; where only changes were read, what is known afterwards stands against it. Findings are resolved only by runs whose pulls are all complete.").as(lookSubtitle))
	t := newTable(s, certificateColumns)
	for n := range b.in.Certificates {
		t.add(&b.in.Certificates[n])
	}
	t.close("Completeness")
	c := b.content(sheetCompleteness)
	c.rows, c.parts = t.rows, 1
	b.writeSums(s)
	return s.close(paper{titles: "$3:$3", wide: 1})
}

func (b *book) writeSums(s *sheet) {
	s.blank()
	s.heading("Invoice totals received, by currency")
	s.add(0, text("System").as(lookHeader), text("Currency").as(lookHeader), text("Sum of totals").as(lookHeaderRight), styled(lookHeader), text("Of").as(lookHeader))
	s.merge(3, 4)
	none := true
	for _, c := range b.in.Certificates {
		for _, currency := range slices.Sorted(maps.Keys(c.Sums)) {
			none = false
			sum := money(reconcile.Money{Minor: c.Sums[currency], Currency: currency})
			s.add(0, text(c.System.Title()), text(currency), sum, styled(lookText), text(readWords(&c, b.zone)))
			s.merge(3, 4)
		}
	}
	if none {
		s.add(0, text(nothingFound))
	}
}
