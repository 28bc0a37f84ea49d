package reports

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/tieout/tieout/reconcile"
)

// skuFigures are the rows of what was counted of each system.
var skuFigures = []struct {
	words string
	of    func(*reconcile.SKUSide) int
}{
	{"Products and items", func(s *reconcile.SKUSide) int { return s.Products }},
	{"Active", func(s *reconcile.SKUSide) int { return s.Active }},
	{"With a SKU", func(s *reconcile.SKUSide) int { return s.WithSKU }},
	{"Blank: without a SKU", func(s *reconcile.SKUSide) int { return s.Blank }},
	{"Unique SKUs of active ones", func(s *reconcile.SKUSide) int { return s.Unique }},
	{"One-sided products", func(s *reconcile.SKUSide) int { return s.OneSided }},
	{"Keys held several times", func(s *reconcile.SKUSide) int { return s.Duplicates }},
	{"Malformed SKUs", func(s *reconcile.SKUSide) int { return s.Malformed }},
	{"Inactive but used", func(s *reconcile.SKUSide) int { return s.InactiveUsed }},
}

// writeSummary writes the figures: what each catalogue has, how the keys match,
// and how much of it all the exact matches cover.
func (k *skuBook) writeSummary() error {
	columns := []width{{30, false}}
	for len(columns) < 12 {
		columns = append(columns, width{16, false})
	}
	s := k.open(sheetSummary, columns, false)
	v, a := k.verdict(), &k.sku.Audit
	s.add(26, text(sheetSummary).as(lookHeading))
	s.wide(18, 7, text(v.words+". "+v.means).as(lookSubtitle))
	if why := k.loud(); why != "" {
		s.wide(bodyHeight(why, 95), 7, text(why).as(lookLoud))
	}
	s.blank()
	s.heading("What was counted")
	top := s.row
	s.add(18, text("Figure").as(lookHeader), text("HubSpot").as(lookHeaderRight), text("QuickBooks").as(lookHeaderRight))
	for _, f := range skuFigures {
		s.add(0, text(f.words), count(f.of(&a.Sides[0])), count(f.of(&a.Sides[1])))
	}
	s.add(0, text("SKU coverage by count").as(lookTotalText), k.covered(&a.Sides[0]), k.covered(&a.Sides[1]))
	s.blank()
	k.writeKinds(s, top)
	k.writePairs(s)
	k.writeRevenue(s)
	k.content(sheetSummary).parts = 1
	return s.close(paper{wide: 1})
}

// covered is the exact pairs in proportion to a system's unique active SKUs.
func (k *skuBook) covered(side *reconcile.SKUSide) cell {
	return proportion(int64(k.sku.Audit.ExactPairs), int64(side.Unique))
}

// proportion is a part of a whole; of nothing there is none.
func proportion(part, whole int64) cell {
	if whole == 0 {
		return text("nothing to cover").as(lookTextRight)
	}
	return cell{kind: numberCell, number: float64(part) / float64(whole), look: lookPercent}
}

// writeKinds writes the rows of the matrix by kind, counted twice, with their
// picture beside the figures that begin in the row top.
func (k *skuBook) writeKinds(s *sheet, top int) {
	s.heading("SKU matrix by match kind")
	s.add(30, text("Match kind").as(lookHeader), text("Keys").as(lookHeaderRight), text("Recounted by the sheet").as(lookHeaderRight))
	first, kinds := s.row+1, k.sku.Audit.Kinds()
	for _, r := range reconcile.SKUKinds {
		n := kinds[r.Kind]
		s.add(0, text(string(r.Kind)), count(n), count(n).of(k.recount(s.row+1)))
	}
	last := s.row
	all := count(len(k.sku.Audit.Rows)).as(lookTotal)
	s.add(0, text("All keys").as(lookTotalText), all, all.of(fmt.Sprintf("SUM(%s:%s)", address(3, first), address(3, last))))
	if s.err == nil {
		s.do(k.file.AddChart(sheetSummary, address(5, top), barChart("Keys by match kind", first, last)))
	}
	s.blank()
}

// recount is the formula that counts the kind named in column A of a row again, in
// all sheets of the matrix.
func (k *skuBook) recount(row int) string {
	words := ""
	for part := range k.content(sheetMatrix).parts {
		if part > 0 {
			words += "+"
		}
		words += fmt.Sprintf("COUNTIF(%s!$%s$%d:$%s$%d,%s)", quoteSheet(partName(sheetMatrix, part+1)),
			kindColumnOfMatrix, listHead+1, kindColumnOfMatrix, k.limit, address(1, row))
	}
	return words
}

// writePairs writes what the keys are made of.
func (k *skuBook) writePairs(s *sheet) {
	a := &k.sku.Audit
	blocking := 0
	for n := range a.Rows {
		if a.Rows[n].Blocked > 0 {
			blocking++
		}
	}
	s.heading("Pairs and what is kept back")
	for _, row := range []struct {
		words string
		n     int
	}{
		{"Exact pairs, both active", a.ExactPairs},
		{"Near pairs", len(a.Near)},
		{"Keys that keep invoices back", blocking},
		{"Invoices kept back by others", a.Homeless},
		{"Unreadable invoices, left out", a.Unreadable},
	} {
		s.add(0, text(row.words), count(row.n))
	}
	s.blank()
}

// writeRevenue writes how much of the revenue of the last 12 months is on products
// with an exact match.
func (k *skuBook) writeRevenue(s *sheet) {
	s.heading("Coverage by invoiced revenue of the last 12 months")
	s.add(30, text("System").as(lookHeader), text("Currency").as(lookHeader), text("Revenue of lines").as(lookHeaderRight),
		text("On exact matches").as(lookHeaderRight), text("Coverage").as(lookHeaderRight), text("On lines without a product").as(lookHeaderRight))
	none := true
	for n := range k.sku.Audit.Sides {
		side := &k.sku.Audit.Sides[n]
		for _, currency := range slices.Sorted(maps.Keys(side.Revenue)) {
			none = false
			r := side.Revenue[currency]
			in := func(minor int64) cell { return money(reconcile.Money{Minor: minor, Currency: currency}) }
			s.add(0, text(side.System.Title()), text(currency), in(r.Total), in(r.Covered), proportion(r.Covered, r.Total), in(r.NoRecord))
		}
	}
	if none {
		s.add(0, text(nothingFound))
	}
}

// writeDictionary says what the words and figures of the workbook mean.
func (k *skuBook) writeDictionary(s *sheet) {
	entry := func(words, means string) {
		s.add(bodyHeight(means, 150)-4, text(words), wrapped(sentence(means)), styled(lookWrap), styled(lookWrap), styled(lookWrap), styled(lookWrap), styled(lookWrap))
		s.merge(2, 7)
	}
	s.blank()
	s.heading("What the match kinds mean")
	for _, r := range reconcile.SKUKinds {
		entry(string(r.Kind), r.Meaning)
	}
	s.blank()
	s.heading("What the finding codes mean")
	for _, r := range k.in.Rules {
		if r.Family == reconcile.FamilySKU {
			entry(string(r.Code), r.Meaning)
		}
	}
	s.blank()
	s.heading("How the figures are made")
	for _, row := range skuMeanings {
		entry(row[0], row[1])
	}
	entry("Longest SKU", strconv.Itoa(reconcile.LongestSKU)+" characters, which is what QuickBooks keeps")
}

var skuMeanings = [][2]string{
	{"Key", "the SKU without blanks, case folded; products without a SKU have none, and a row each"},
	{"Last 12 months", "invoices dated within the year that ends on the day of the run, that day included; drafts and voided invoices are left out"},
	{"Revenue", "the amounts of invoice lines before discounts, charges and taxes of the whole invoice; each currency by itself"},
	{"Product of a line", "the one that the line points at, else the active one that holds the line's SKU"},
	{"Uses 12 m", "the invoices of the last 12 months that have the product, added up over the products of the row"},
	{"Coverage by count", "exact pairs, both active, in proportion to the unique SKUs of the system's active products"},
	{"Coverage by revenue", "revenue on products of an exact pair, both active, in proportion to all"},
	{"Blocked", "unsynced invoices in scope that a SKU of the key keeps back, each once for each key; the amount is that of their totals"},
	{"Invoices kept back by others", "unsynced invoices with a SKU that no product of either catalogue has, or with a line without one"},
}
