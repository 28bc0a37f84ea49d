package reports

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// sampleSKU is an audit that has something on every sheet.
func sampleSKU(t *testing.T) SKU {
	t.Helper()
	hs, qb := reconcile.HubSpot, reconcile.QuickBooks
	price := decimal.MustParse
	products := []reconcile.Product{
		{System: hs, ID: "9007199254700102947", SKU: "00731", Name: "Chair", Price: price("12.50"), Active: true, UpdatedAt: asOf.AddDate(0, -1, 0)},
		{System: qb, ID: "31", SKU: "00731", Name: "Chair", Kind: "Inventory", Price: price("12.75"), Active: true},
		{System: hs, ID: "2", SKU: "prod-001", Name: "Desk", Price: price("99"), Active: true},
		{System: qb, ID: "32", SKU: "PROD-001 ", Name: "Desk", Kind: "Service", Price: price("99"), Active: true},
		{System: hs, ID: "3", SKU: "=1+1", Name: "=cmd|' /C calc'!A0", Active: true},
		{System: hs, ID: "4", Name: "No SKU", Active: true},
		{System: qb, ID: "33", SKU: "LAMP", Active: true}, {System: qb, ID: "34", SKU: "lamp", Active: true},
		{System: hs, ID: "5", SKU: "LAMP", Active: true},
		{System: qb, ID: "35", SKU: "ONLY\u200bHERE", Active: false},
	}
	invoice := func(id, currency string, lines ...reconcile.Line) reconcile.Invoice {
		return reconcile.Invoice{System: hs, ID: id, Status: reconcile.StatusOpen, Date: mustDate("2026-10-05"), Currency: currency, Total: 50_000, Lines: lines}
	}
	blocked := found(reconcile.InvoiceOnlyInSource, hs, "INV-1", 50_000, "EUR", 3)
	blocked.Record, blocked.Reasons = "2", []reconcile.Reason{{Gate: int(reconcile.GateLines), Code: "SKU_SPACE"}}
	near := found(reconcile.SKUSpace, reconcile.Both, "prod-001", 0, "EUR", 3)
	audit, err := reconcile.AuditSKUs(reconcile.SKUAuditInput{
		Products: products, AsOf: reconcile.DateOf(asOf, berlin),
		Invoices: each(
			invoice("1", "USD", reconcile.Line{ProductID: "9007199254700102947", Amount: 123_456}),
			invoice("2", "EUR", reconcile.Line{ProductID: "2", Amount: 50_000}),
			invoice("3", "JPY", reconcile.Line{SKU: "nowhere", Amount: 700}),
		),
		Findings: each(blocked, near),
	})
	if err != nil {
		t.Fatal(err)
	}
	before := slices.Clone(products[:9])
	before[0].SKU, before[1].Price, before[2].Active = "731", price("12.50"), false
	return SKU{Ground: sample().Ground, Audit: audit, Since: 405, Changes: reconcile.CompareProducts(before, products)}
}

// each streams values.
func each[T any](list ...T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

func writtenSKU(t *testing.T, in SKU, rows int) *written {
	t.Helper()
	var buf bytes.Buffer
	sum, err := writeSKU(&buf, in, rows)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, buf.Bytes(), sum)
}

var skuSheets = []string{
	"Cover", "Summary", "SKU matrix", "Near matches", "Only in HubSpot", "Only in QuickBooks", "Duplicates", "Missing or malformed",
	"Changes since last audit", "Completeness", "Parameters & dictionary", "_meta",
}

func TestSKUSheets(t *testing.T) {
	w := writtenSKU(t, sampleSKU(t), maxRows)
	if got := w.GetSheetList(); !slices.Equal(got, skuSheets) {
		t.Errorf("sheets %q, want %q", got, skuSheets)
	}
	want := map[string]int{
		"SKU matrix": 6, "Near matches": 2, "Only in HubSpot": 1, "Only in QuickBooks": 1, "Duplicates": 1, "Missing or malformed": 4,
		"Changes since last audit": 4, "Completeness": 9, "Parameters & dictionary": 19,
	}
	if !maps.Equal(w.sum.RowCounts, want) {
		t.Errorf("row counts %v, want %v", w.sum.RowCounts, want)
	}
	if got := fmt.Sprint(w.sum.AtStake); got != "map[SKU matrix:[500.00 EUR]]" {
		t.Errorf("at stake %s", got)
	}
	w.find(sheetCover, "A", "SKU audit")
	w.find(sheetCover, "A", "  SKUS DIFFER")
	w.find(sheetCover, "B", "run 405, that of the SKU audit before")
	w.find(sheetCover, "B", "SKU version 1")
	charts := 0
	for _, p := range readParts(t, w.bytes) {
		if strings.HasPrefix(p.name, "xl/charts/chart") {
			charts++
		}
	}
	if charts != 1 {
		t.Errorf("%d charts, want that of the match kinds", charts)
	}
}

func TestSKUCells(t *testing.T) {
	w := writtenSKU(t, sampleSKU(t), maxRows)
	const inline, number = excelize.CellTypeInlineString, excelize.CellTypeUnset
	for _, tt := range []struct {
		sheet, by, row, header, raw string
		kind                        excelize.CellType
	}{
		{"SKU matrix", "Key", "00731", "SKU HubSpot", "00731", inline},
		{"SKU matrix", "Key", "00731", "HubSpot product id", "9007199254700102947", inline},
		{"SKU matrix", "Key", "00731", "Match kind", "EXACT", inline},
		{"SKU matrix", "Key", "00731", "Price HubSpot", "12.5", number},
		{"SKU matrix", "Key", "00731", "Price difference", "-0.25", number},
		{"SKU matrix", "Key", "00731", "Price currency", "USD", inline},
		{"SKU matrix", "Key", "00731", "Type QuickBooks", "Inventory", inline},
		{"SKU matrix", "Key", "00731", "Revenue 12 m HubSpot USD", "1234.56", number},
		{"SKU matrix", "Key", "00731", "Last invoiced HubSpot", "46300", number},
		{"SKU matrix", "Key", "prod-001", "Match kind", "SPACE", inline},
		{"SKU matrix", "Key", "prod-001", "SKU QuickBooks", "PROD-001 ", inline},
		{"SKU matrix", "Key", "prod-001", "Blocked invoices", "1", number},
		{"SKU matrix", "Key", "prod-001", "Blocked amount EUR", "500", number},
		{"SKU matrix", "Key", "prod-001", "Finding codes", "SKU_SPACE", inline},
		{"SKU matrix", "Key", "lamp", "Match kind", "AMBIGUOUS", inline},
		{"SKU matrix", "Key", "lamp", "QuickBooks item id", "33, 34", inline},
		{"SKU matrix", "Key", "=1+1", "Name HubSpot", "=cmd|' /C calc'!A0", inline},
		{"Near matches", "SKU HubSpot", "LAMP", "Proposed change in", "none: several products meet", inline},
		{"Near matches", "SKU HubSpot", "prod-001", "Proposed SKU", "prod-001", inline},
		{"Near matches", "SKU HubSpot", "prod-001", "Difference", "position 1: p (U+0070) in HubSpot, P (U+0050) in QuickBooks; " +
			"position 2: r (U+0072) in HubSpot, R (U+0052) in QuickBooks; position 3: o (U+006F) in HubSpot, O (U+004F) in QuickBooks; " +
			"position 4: d (U+0064) in HubSpot, D (U+0044) in QuickBooks; and 1 more", inline},
		{"Only in HubSpot", "SKU", "=1+1", "Proposed action", "Create it in QuickBooks, or give both the same SKU", inline},
		{"Only in QuickBooks", "QuickBooks id", "35", "SKU", "ONLY‹U+200B›HERE", inline},
		{"Only in QuickBooks", "QuickBooks id", "35", "Active", "inactive", inline},
		{"Duplicates", "Key", "lamp", "Proposed survivor", "33", inline},
		{"Missing or malformed", "Id", "4", "Problem", "No SKU", inline},
		{"Missing or malformed", "Id", "3", "Problem", "Looks like a formula", inline},
		{"Changes since last audit", "Change", "SKU renamed", "Before", "731", inline},
		{"Changes since last audit", "Change", "SKU renamed", "After", "00731", inline},
		{"Changes since last audit", "Change", "price changed", "After", "12.75", number},
		{"Changes since last audit", "Change", "re-activated", "Id", "2", inline},
	} {
		at := fmt.Sprintf("%s%d", w.column(tt.sheet, tt.header), w.find(tt.sheet, w.column(tt.sheet, tt.by), tt.row))
		kind, err := w.GetCellType(tt.sheet, at)
		if got := w.raw(tt.sheet, at); err != nil || got != tt.raw || kind != tt.kind {
			t.Errorf("%s, %s, %s: %q of type %d, %v, want %q of type %d", tt.sheet, tt.row, tt.header, got, kind, err, tt.raw, tt.kind)
		}
	}
}

// TestSKUSummary: the figures, and that what the sheet recounts is the same.
func TestSKUSummary(t *testing.T) {
	w := writtenSKU(t, sampleSKU(t), maxRows)
	for _, tt := range []struct{ words, column, want string }{
		{"Products and items", "B", "5"}, {"Products and items", "C", "5"},
		{"With a SKU", "B", "4"}, {"Blank: without a SKU", "B", "1"}, {"Unique SKUs of active ones", "C", "4"},
		{"SKU coverage by count", "B", "0.5"}, {"SKU coverage by count", "C", "0.5"},
		{"All keys", "B", "6"}, {"EXACT", "B", "1"}, {"AMBIGUOUS", "B", "1"}, {"BLANK", "B", "1"}, {"Near pairs", "B", "2"},
		{"Exact pairs, both active", "B", "2"},
	} {
		if got := w.raw(sheetSummary, fmt.Sprintf("%s%d", tt.column, w.find(sheetSummary, "A", tt.words))); got != tt.want {
			t.Errorf("%s, %s: %s, want %s", tt.words, tt.column, got, tt.want)
		}
	}
	usd := w.find(sheetSummary, "B", "USD")
	if got := w.raw(sheetSummary, address(3, usd)) + " " + w.raw(sheetSummary, address(4, usd)) + " " + w.raw(sheetSummary, address(5, usd)); got != "1234.56 1234.56 1" {
		t.Errorf("revenue in USD %s", got)
	}
	if got := w.raw(sheetSummary, address(6, w.find(sheetSummary, "B", "JPY"))); got != "700" {
		t.Errorf("revenue without a product %s", got)
	}
	theirs := recalculated(t, w.bytes)
	if got, want := strings.Join(theirs.GetSheetList(), "|"), strings.Join(skuSheets, "|"); got != want {
		t.Errorf("LibreOffice has the sheets %s, want %s", got, want)
	}
	for _, words := range append([]string{"All keys"}, kindNames()...) {
		row := theirs.find(sheetSummary, "A", words)
		if said, counted := theirs.raw(sheetSummary, address(2, row)), theirs.raw(sheetSummary, address(3, row)); said != counted || said == "" {
			t.Errorf("%s: the workbook says %q, LibreOffice counts %q", words, said, counted)
		}
	}
}

func kindNames() []string {
	var names []string
	for _, r := range reconcile.SKUKinds {
		names = append(names, string(r.Kind))
	}
	return names
}

func TestSKULocks(t *testing.T) {
	w := writtenSKU(t, sampleSKU(t), maxRows)
	for _, name := range skuSheets[2:9] {
		rows, err := w.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		stars := 0
		for n, header := range rows[listHead-1] {
			id, err := w.GetCellStyle(name, address(n+1, listHead+1))
			if err != nil {
				t.Fatal(err)
			}
			style, err := w.GetStyle(id)
			if err != nil {
				t.Fatal(err)
			}
			star := strings.HasPrefix(header, "★")
			if star {
				stars++
			}
			if open := style.Protection != nil && !style.Protection.Locked; open != star {
				t.Errorf("%s, %s: open %t", name, header, open)
			}
		}
		lists, err := w.GetDataValidations(name)
		if err != nil || stars != 2 || len(lists) != 1 {
			t.Errorf("%s: %d ★ columns, %d drop lists, %v", name, stars, len(lists), err)
		}
		if tables, err := w.GetTables(name); err != nil || len(tables) != 1 {
			t.Errorf("%s: tables %v, %v", name, tables, err)
		}
	}
	for _, name := range w.GetSheetList() {
		if p, err := w.GetSheetProtection(name); err != nil || !p.AutoFilter {
			t.Errorf("sheet %s: protection %+v, %v", name, p, err)
		}
	}
}

func TestSKUSameBytes(t *testing.T) {
	first := writtenSKU(t, sampleSKU(t), maxRows).bytes
	for range 3 {
		if !bytes.Equal(first, writtenSKU(t, sampleSKU(t), maxRows).bytes) {
			t.Fatal("the same run gave other bytes")
		}
	}
}

// TestSKUFormulas: no formula but those that count the matrix again.
func TestSKUFormulas(t *testing.T) {
	made := 0
	for _, p := range readParts(t, writtenSKU(t, sampleSKU(t), maxRows).bytes) {
		if !strings.HasPrefix(p.name, "xl/worksheets/sheet") {
			continue
		}
		for _, m := range formulas.FindAllStringSubmatch(p.body, -1) {
			made++
			if f := m[1]; !strings.HasPrefix(f, "COUNTIF(&#39;SKU matrix&#39;!$D$5:$D$") && !strings.HasPrefix(f, "SUM(C") {
				t.Errorf("%s has the formula %s", p.name, f)
			}
		}
	}
	if want := len(reconcile.SKUKinds) + 1; made != want {
		t.Errorf("%d formulas, want %d", made, want)
	}
}

// TestSKUNothing: two empty catalogues still give a workbook with all its sheets;
// the first audit says that it is the first.
func TestSKUNothing(t *testing.T) {
	audit, err := reconcile.AuditSKUs(reconcile.SKUAuditInput{})
	if err != nil {
		t.Fatal(err)
	}
	w := writtenSKU(t, SKU{Ground: sample().Ground, Audit: audit}, maxRows)
	if got := w.GetSheetList(); !slices.Equal(got, skuSheets) {
		t.Errorf("sheets %q", got)
	}
	for _, name := range skuSheets[2:9] {
		if got := w.raw(name, address(1, listHead+1)); got != nothingFound {
			t.Errorf("sheet %s says %q", name, got)
		}
	}
	w.find(sheetCover, "A", "  UNKNOWN")
	w.find(sheetCover, "B", "this is the first SKU audit")
	w.find("Changes since last audit", "A", "This is the first SKU audit: there is none before to compare with.")
	w.find(sheetCompleteness, "C", "COMPLETE")
	w.find("Parameters & dictionary", "A", "NONE_QBO")
	w.find("Parameters & dictionary", "A", "time_zone")
}

func TestSKUVerdicts(t *testing.T) {
	product := func(s reconcile.System, sku string) reconcile.Product {
		return reconcile.Product{System: s, ID: "1", SKU: sku, Active: true}
	}
	for _, tt := range []struct {
		hs, qb string
		state  reconcile.RunState
		want   string
	}{
		{"A", "A", reconcile.RunComplete, "  EVERY SKU MATCHES"},
		{"A ", "A ", reconcile.RunComplete, "  EVERY SKU MATCHES, WITH ITEMS"},
		{"A", "a", reconcile.RunComplete, "  SKUS DIFFER"},
		{"A", "A", reconcile.RunIncomplete, "  UNKNOWN"},
	} {
		audit, err := reconcile.AuditSKUs(reconcile.SKUAuditInput{Products: []reconcile.Product{product(reconcile.HubSpot, tt.hs), product(reconcile.QuickBooks, tt.qb)}})
		if err != nil {
			t.Fatal(err)
		}
		in := SKU{Ground: sample().Ground, Audit: audit}
		in.Run.State = tt.state
		writtenSKU(t, in, maxRows).find(sheetCover, "A", tt.want)
	}
}

// TestSKUContinues: what does not fit on one sheet goes on on the next, and the
// recount adds them up.
func TestSKUContinues(t *testing.T) {
	var products []reconcile.Product
	for n := range 25 {
		products = append(products, reconcile.Product{System: reconcile.HubSpot, ID: fmt.Sprint(n + 1), SKU: fmt.Sprintf("S-%03d", n), Active: true})
	}
	audit, err := reconcile.AuditSKUs(reconcile.SKUAuditInput{Products: products})
	if err != nil {
		t.Fatal(err)
	}
	w := writtenSKU(t, SKU{Ground: sample().Ground, Audit: audit}, listFooter+listHead+10)
	for n, name := range []string{"SKU matrix", "SKU matrix (2)", "SKU matrix (3)"} {
		if got, want := w.raw(name, "A5"), fmt.Sprintf("s-%03d", 10*n); got != want {
			t.Errorf("%s begins with %s, want %s", name, got, want)
		}
	}
	formula, err := w.GetCellFormula(sheetSummary, fmt.Sprintf("C%d", w.find(sheetSummary, "A", "NONE_QBO")))
	if err != nil || strings.Count(formula, "COUNTIF(") != 3 {
		t.Errorf("recount %s, %v", formula, err)
	}
}

// TestSKUMeta: the hidden sheet names every row of data.
func TestSKUMeta(t *testing.T) {
	in := sampleSKU(t)
	w := writtenSKU(t, in, maxRows)
	rows, err := w.GetRows(sheetMeta, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	want := len(in.Audit.Rows) + len(in.Audit.Near) + 2 + len(in.Audit.Duplicates) + len(in.Audit.Faults) + len(in.Changes)
	if rows[0][1] != "tieout/sku/1" || len(rows)-5 != want {
		t.Errorf("schema %s, %d rows, want %d", rows[0][1], len(rows)-5, want)
	}
	seen := map[string]bool{}
	for _, r := range rows[5:] {
		if name := r[0] + " " + r[2]; seen[name] {
			t.Errorf("%s is named twice", name)
		} else {
			seen[name] = true
		}
	}
}

func TestSKUName(t *testing.T) {
	if got := SKUName("north wind", asOf, berlin); got != "sku-audit-north-wind-2026-11-23.xlsx" {
		t.Error(got)
	}
}
