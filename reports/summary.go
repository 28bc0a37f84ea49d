package reports

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// summaryColumns is how many columns of the Summary have a width of their own.
const summaryColumns = 24

// writeSummary writes the figures: what was counted, what is open, how the two
// systems tie out in each currency, and what would clear the most money.
func (b *book) writeSummary() error {
	columns := []width{{28, false}}
	for len(columns) < summaryColumns {
		columns = append(columns, width{15, false})
	}
	s := b.open(sheetSummary, columns, false)
	v := b.verdict()
	s.add(26, text(sheetSummary).as(lookHeading))
	s.wide(18, 7, text(v.words+". "+v.means).as(lookSubtitle))
	if why := b.loud(); why != "" {
		s.wide(bodyHeight(why, 95), 7, text(why).as(lookLoud))
	} else if b.in.Run.Counts.InScope == 0 {
		s.wide(bodyHeight(nothingInScope, 95), 7, text(nothingInScope).as(lookLoud))
	}
	s.blank()
	b.writeFigures(s)
	b.writeFamilies(s)
	b.writeTotals(s)
	b.writeRootCauses(s)
	b.content(sheetSummary).parts = 1
	return s.close(paper{wide: 1})
}

// writeFigures writes what the run counted.
func (b *book) writeFigures(s *sheet) {
	c := &b.in.Run.Counts
	s.heading("What was counted")
	for _, row := range []struct {
		words string
		n     int
	}{
		{"Invoices in HubSpot", c.HubSpotInvoices},
		{"Invoices in QuickBooks", c.QuickBooksInvoices},
		{"In scope: pairs and single ones", c.InScope},
		{"Matched pairs", c.Matched},
		{"Pairs that differ", c.Different},
		{"Only in HubSpot", c.OnlyHubSpot},
		{"Only in QuickBooks", c.OnlyQuickBooks},
		{"Ambiguous", c.Ambiguous},
		{"Pending", c.Pending},
		{"Unknown", c.Unknown},
		{"Excluded", c.Excluded},
	} {
		s.add(0, text(row.words), count(row.n))
	}
	s.add(0, text("Match rate").as(lookTotalText), matchRate(c))
	s.blank()
}

// matchRate is matched pairs in proportion to all in scope; of nothing there is none.
func matchRate(c *reconcile.Counts) cell {
	if c.InScope == 0 {
		return text("nothing in scope").as(lookTextRight)
	}
	return cell{kind: numberCell, number: float64(c.Matched) / float64(c.InScope), look: lookPercent}
}

// writeFamilies writes the open findings by family, with their picture beside.
func (b *book) writeFamilies(s *sheet) {
	head := s.row + 1
	s.add(18, text("Open findings by family").as(lookHeader), text("Findings").as(lookHeaderRight))
	for _, family := range b.families() {
		s.add(0, text(orWord(string(family), "no family")), count(b.openBy[family]))
	}
	if s.row == head {
		s.add(0, text(nothingFound), count(0))
	}
	if s.err == nil {
		s.do(b.file.AddChart(sheetSummary, address(4, head-15), barChart("Open findings by family", head+1, s.row)))
	}
	s.blank()
}

// families are those of the catalogue, in its order.
func (b *book) families() []reconcile.Family {
	var families []reconcile.Family
	for _, r := range b.in.Rules {
		if !slices.Contains(families, r.Family) {
			families = append(families, r.Family)
		}
	}
	return families
}

// barChart shows the figures in column B of the Summary under the words in column A;
// the header stands in the row before.
func barChart(title string, first, last int) *excelize.Chart {
	span := func(column string) string {
		return fmt.Sprintf("%s!$%s$%d:$%s$%d", sheetSummary, column, first, column, last)
	}
	gap := uint(60)
	return &excelize.Chart{
		Type: excelize.Bar,
		Series: []excelize.ChartSeries{{
			Name: sheetSummary + "!$B$" + fmt.Sprint(first-1), Categories: span("A"), Values: span("B"),
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{navy}},
		}},
		Title:     excelize.ChartTitle{Paragraph: []excelize.RichTextRun{{Text: title, Font: &excelize.Font{Size: 12, Bold: true, Color: navy}}}},
		Legend:    excelize.ChartLegend{Position: "none"},
		PlotArea:  excelize.ChartPlotArea{ShowVal: true},
		XAxis:     excelize.ChartAxis{ReverseOrder: true, Font: excelize.Font{Size: 9, Color: ink}},
		YAxis:     excelize.ChartAxis{None: true},
		Dimension: excelize.ChartDimension{Width: 640, Height: 380},
		GapWidth:  &gap,
		Format:    excelize.GraphicOptions{AltText: "Bar chart: " + strings.ToLower(title)},
	}
}

// topCauses is how many root causes of each currency are shown.
const topCauses = 5

// writeRootCauses writes, for each currency, the groups of findings that one task
// would clear, most money first. Amounts of two currencies are never compared.
func (b *book) writeRootCauses(s *sheet) {
	s.heading("Top root causes by money at stake")
	s.add(18, text("Root cause").as(lookHeader), text("Currency").as(lookHeader), text("Money at stake").as(lookHeaderRight),
		text("Findings").as(lookHeaderRight), text("Invoices").as(lookHeaderRight), text("Open since").as(lookHeader),
		text("For example").as(lookHeader), styled(lookHeader), styled(lookHeader), styled(lookHeader))
	s.merge(7, 10)
	top := b.topRootCauses()
	for _, c := range top {
		g := c.group
		example := orNone(g.Sample.Message)
		s.add(lineHeight*float64(max(linesOf(example, 62), linesOf(g.Key, 28))), wrapped(g.Key), text(c.amount.Currency), money(c.amount), count(g.Findings), count(g.Invoices),
			b.dayOf(g.Oldest), wrapped(example), styled(lookWrap), styled(lookWrap), styled(lookWrap))
		s.merge(7, 10)
	}
	if len(top) == 0 {
		s.add(0, text(nothingFound))
	}
}

// dayOf is the day of an instant by the calendar of the zone.
func (b *book) dayOf(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return day(reconcile.DateOf(t, b.zone))
}

// A rootCause is a group of findings by its money in one currency.
type rootCause struct {
	group  *reconcile.FindingGroup
	amount reconcile.Money
}

func (b *book) topRootCauses() []rootCause {
	var all []rootCause
	for n := range b.mismatches.RootCauses {
		for _, m := range b.mismatches.RootCauses[n].Amounts {
			if !m.IsZero() {
				all = append(all, rootCause{&b.mismatches.RootCauses[n], m})
			}
		}
	}
	slices.SortFunc(all, func(x, y rootCause) int {
		return cmp.Or(cmp.Compare(x.amount.Currency, y.amount.Currency), cmp.Compare(y.amount.Minor, x.amount.Minor), cmp.Compare(x.group.Key, y.group.Key))
	})
	var top []rootCause
	taken := map[string]int{}
	for _, c := range all {
		if taken[c.amount.Currency]++; taken[c.amount.Currency] <= topCauses {
			top = append(top, c)
		}
	}
	return top
}
