package reconcile

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"
)

// streamed makes a stream of a list.
func streamed[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, v := range list {
			if !yield(v, nil) {
				return
			}
		}
	}
}

// items makes active products of a system, with ids from 1; a SKU that begins with
// ! is of an inactive one.
func items(s System, skus ...string) []Product {
	list := make([]Product, len(skus))
	for n, sku := range skus {
		bare, inactive := strings.CutPrefix(sku, "!")
		list[n] = Product{System: s, ID: fmt.Sprint(n + 1), SKU: bare, Active: !inactive}
	}
	return list
}

func audited(t *testing.T, in SKUAuditInput) SKUAudit {
	t.Helper()
	a, err := AuditSKUs(in)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSKUKinds(t *testing.T) {
	for _, tt := range []struct {
		name    string
		hs, qb  []string
		want    string // kinds of the rows
		covered int
		exact   int
		near    int
		twice   int // keys with duplicates
	}{
		{"equal", []string{"A"}, []string{"A"}, "EXACT", 1, 1, 0, 0},
		{"case", []string{"a"}, []string{"A"}, "CASE", 0, 0, 1, 0},
		{"blanks", []string{"A 1"}, []string{"A1 "}, "SPACE", 0, 0, 1, 0},
		{"blanks and case", []string{"a 1"}, []string{"A1"}, "SPACE", 0, 0, 1, 0},
		{"only in HubSpot", []string{"A"}, nil, "NONE_QBO", 0, 0, 0, 0},
		{"only in QuickBooks", nil, []string{"A"}, "NONE_HS", 0, 0, 0, 0},
		{"held twice", []string{"A"}, []string{"A", "A"}, "AMBIGUOUS", 0, 0, 0, 1},
		{"held twice, one of them inactive", []string{"A"}, []string{"A", "!A"}, "EXACT", 1, 1, 0, 0},
		{"equal but inactive", []string{"A"}, []string{"!A"}, "EXACT", 0, 0, 0, 0},
		{"two exact pairs under one key", []string{"a", "A"}, []string{"A", "a"}, "EXACT", 1, 2, 0, 0},
		{"one exact, one near", []string{"a", "A"}, []string{"A"}, "AMBIGUOUS", 0, 1, 1, 1},
		{"one-sided and twice", []string{"A", "a"}, nil, "NONE_QBO", 0, 0, 0, 1},
		{"blank ones never meet", []string{"", " "}, []string{""}, "BLANK BLANK BLANK", 0, 0, 0, 0},
		{"blank ones come last", []string{"", "B"}, []string{"A"}, "NONE_HS NONE_QBO BLANK", 0, 0, 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := audited(t, SKUAuditInput{Products: append(items(HubSpot, tt.hs...), items(QuickBooks, tt.qb...)...)})
			var kinds []string
			covered := 0
			for n := range a.Rows {
				kinds = append(kinds, string(a.Rows[n].Kind))
				if a.Rows[n].Covered() {
					covered++
				}
			}
			if got := strings.Join(kinds, " "); got != tt.want || covered != tt.covered {
				t.Errorf("kinds %s, %d covered, want %s, %d", got, covered, tt.want, tt.covered)
			}
			if a.ExactPairs != tt.exact || len(a.Near) != tt.near || len(a.Duplicates) != tt.twice {
				t.Errorf("%d exact, %d near, %d duplicates, want %d, %d, %d", a.ExactPairs, len(a.Near), len(a.Duplicates), tt.exact, tt.near, tt.twice)
			}
			near, twice := 0, 0
			for n := range a.Rows {
				pair := paired(&a.Rows[n])
				if pair.Kind != a.Rows[n].Kind || pair.Key != a.Rows[n].Key || pair.Covered() != a.Rows[n].Covered() {
					t.Errorf("row %+v is a pair %+v", a.Rows[n], pair)
				}
				near += len(pair.Near)
				for _, side := range []MasterSide[Product]{pair.HubSpot, pair.QuickBooks} {
					if side.Duplicate {
						twice++
					}
				}
			}
			if near != tt.near || twice != tt.twice {
				t.Errorf("as pairs %d near, %d duplicates, want %d, %d", near, twice, tt.near, tt.twice)
			}
		})
	}
}

// paired judges the products of a row by themselves.
func paired(row *SKURow) ProductPair {
	var products []Product
	for _, s := range Systems {
		for _, p := range row.Side(s) {
			products = append(products, p.Product)
		}
	}
	return PairProducts(products)
}

// TestSKUUse: usage is of the last 12 months, of invoices that count, by product.
func TestSKUUse(t *testing.T) {
	sold := func(id string, day string, status Status, lines ...Line) Invoice {
		return Invoice{System: HubSpot, ID: id, Status: status, Date: date(day), Currency: "USD", Total: 1000, Lines: lines}
	}
	first, second := Line{ProductID: "1", Amount: 300}, Line{SKU: "B", Amount: 50}
	broken := sold("9", "2026-11-01", StatusOpen, first)
	broken.Unreadable = true
	in := SKUAuditInput{
		Products: append(items(HubSpot, "A", "B", "!OLD", ""), items(QuickBooks, "A", "b")...),
		AsOf:     date("2026-11-23"),
		Invoices: streamed([]Invoice{
			sold("1", "2025-11-24", StatusOpen, first, first, second), // the first day that counts
			sold("2", "2025-11-23", StatusPaid, first),                // a day too old
			sold("3", "2026-11-23", StatusPaid, first, Line{ProductID: "3", Amount: 7}, Line{SKU: "X", Amount: 11}),
			sold("4", "2026-11-24", StatusOpen, first), // tomorrow
			sold("5", "2026-11-22", StatusDraft, first), sold("6", "2026-11-22", StatusVoided, first), broken,
			sold("7", "2026-11-20", StatusOpen, second, Line{ProductID: "4", SKU: "", Amount: 1}), sold("8", "2026-11-20", StatusOpen, Line{SKU: "X"}),
		}),
		Findings: streamed([]FindingRecord{
			{Finding: Finding{Code: InvoiceOnlyInSource, System: HubSpot, Record: "7", Reasons: []Reason{{Gate: int(GateLines)}}}},
			{Finding: Finding{Code: InvoiceOnlyInSource, System: HubSpot, Record: "8", Reasons: []Reason{{Gate: int(GateLines)}}}},
			{Finding: Finding{Code: InvoiceOnlyInSource, System: HubSpot, Record: "3", Reasons: []Reason{{Gate: int(GateCustomer)}}}},
			{Finding: Finding{Code: SKUCase, System: Both, Record: "2", Number: "B"}},
			{Finding: Finding{Code: SKUMissing, System: HubSpot, Record: "4"}},
		}),
	}
	a := audited(t, in)
	row := func(sku string) *SKURow {
		return &a.Rows[slices.IndexFunc(a.Rows, func(r SKURow) bool { return r.Key == NearKey(sku) })]
	}
	if p := row("A").HubSpot[0]; p.Invoices != 2 || p.Revenue["USD"] != 900 || p.LastInvoiced != date("2026-11-24") {
		t.Errorf("A is used %+v", p)
	}
	if r := row("B"); r.HubSpot[0].Invoices != 2 || r.Blocked != 1 || r.BlockedAmounts["USD"] != 1000 || !slices.Equal(r.Codes, []Code{SKUCase}) {
		t.Errorf("B is %+v", r)
	}
	if r := row(""); r.Kind != KindBlank || r.Blocked != 1 || !slices.Equal(r.Codes, []Code{SKUMissing}) {
		t.Errorf("the product without a SKU is %+v", r)
	}
	want := SKURevenue{Total: 900 + 100 + 7 + 11 + 1, Covered: 900, NoRecord: 11}
	if got := a.Sides[0].Revenue["USD"]; got != want {
		t.Errorf("revenue %+v, want %+v", got, want)
	}
	if a.Unreadable != 1 || a.Homeless != 1 || a.Sides[0].InactiveUsed != 1 {
		t.Errorf("%d unreadable, %d homeless, %d inactive but used", a.Unreadable, a.Homeless, a.Sides[0].InactiveUsed)
	}
}

// TestCreatedProductsBlockNothing: what will be created keeps no invoice back.
func TestCreatedProductsBlockNothing(t *testing.T) {
	for _, create := range []bool{false, true} {
		a := audited(t, SKUAuditInput{
			Products: append(items(HubSpot, "A", "B"), items(QuickBooks, "b")...), CreateProducts: create,
			Invoices: streamed([]Invoice{{System: HubSpot, ID: "1", Status: StatusOpen, Lines: []Line{{SKU: "A"}, {SKU: "B"}}}}),
			Findings: streamed([]FindingRecord{{Finding: Finding{Code: InvoiceOnlyInSource, System: HubSpot, Record: "1", Reasons: []Reason{{Gate: int(GateLines)}}}}}),
		})
		if got := fmt.Sprint(a.Rows[0].Blocked, a.Rows[1].Blocked); got != map[bool]string{false: "1 1", true: "0 1"}[create] {
			t.Errorf("create %t: A and B keep back %s", create, got)
		}
	}
}

func TestBrokenSKUStreams(t *testing.T) {
	lost := errors.New("lost")
	if _, err := AuditSKUs(SKUAuditInput{Invoices: func(yield func(Invoice, error) bool) { yield(Invoice{}, lost) }}); !errors.Is(err, lost) {
		t.Errorf("invoices: %v", err)
	}
	if _, err := AuditSKUs(SKUAuditInput{Findings: func(yield func(FindingRecord, error) bool) { yield(FindingRecord{}, lost) }}); !errors.Is(err, lost) {
		t.Errorf("findings: %v", err)
	}
	huge := Invoice{System: HubSpot, Status: StatusOpen, Lines: []Line{{Amount: 1<<63 - 1}, {Amount: 1}}}
	if _, err := AuditSKUs(SKUAuditInput{AsOf: date("2026-11-23"), Invoices: streamed([]Invoice{huge})}); err != nil {
		t.Errorf("an invoice without a date counts: %v", err)
	}
	huge.Date = date("2026-11-01")
	if _, err := AuditSKUs(SKUAuditInput{AsOf: huge.Date, Invoices: streamed([]Invoice{huge})}); err == nil || !strings.Contains(err.Error(), "out of range") {
		t.Errorf("a sum out of range: %v", err)
	}
}

// TestSKUAuditFoots: every product is in exactly one row, under its own key, and
// all counts add up, whatever the catalogues hold.
func TestSKUAuditFoots(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := newDice(t, 7)
		var products []Product
		for _, s := range Systems {
			list, _ := randomMasters(d, s)
			products = append(products, list...)
		}
		var invoices []Invoice
		for n := range 12 {
			invoices = append(invoices, randomInvoice(d, pick(d, HubSpot, QuickBooks), n+1))
		}
		a, err := AuditSKUs(SKUAuditInput{Products: products, AsOf: date("2026-11-23"), Invoices: streamed(invoices)})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[productID]int{}
		keys := map[string]bool{}
		covered := map[string]int64{}
		for n := range a.Rows {
			r := &a.Rows[n]
			if r.Key != "" && keys[r.Key] {
				t.Fatalf("two rows of %q", r.Key)
			}
			keys[r.Key] = true
			for _, s := range Systems {
				for _, p := range r.Side(s) {
					seen[productID{s, p.ID}]++
					if NearKey(p.SKU) != r.Key || p.System != s {
						t.Fatalf("%+v is in row %q", p.Product, r.Key)
					}
					for currency, minor := range p.Revenue {
						covered[string(s)+currency] += minor
					}
				}
			}
		}
		for _, p := range products {
			if seen[productID{p.System, p.ID}] != 1 {
				t.Fatalf("%s %s is in %d rows", p.System, p.ID, seen[productID{p.System, p.ID}])
			}
		}
		kinds := 0
		for _, r := range SKUKinds {
			kinds += a.Kinds()[r.Kind]
		}
		if kinds != len(a.Rows) {
			t.Fatalf("%d rows by kind, %d in all", kinds, len(a.Rows))
		}
		for n := range a.Sides {
			side := &a.Sides[n]
			if side.Products != 5 || side.Blank+side.WithSKU != side.Products || side.Active > side.Products || a.ExactPairs > side.Unique {
				t.Fatalf("side %+v", side)
			}
			for currency, r := range side.Revenue {
				if r.Total != r.NoRecord+covered[string(side.System)+currency] {
					t.Fatalf("%s %s: revenue %+v, its products have %d", side.System, currency, r, covered[string(side.System)+currency])
				}
			}
		}
	})
}

func TestSpellOut(t *testing.T) {
	for _, tt := range []struct{ hs, qb, want string }{
		{"PROD-a", "PROD-A", "position 6: a (U+0061) in HubSpot, A (U+0041) in QuickBooks"},
		{"A ", "A", "trailing blank (U+0020) in HubSpot"},
		{"A", "\u00a0A", "leading blank (U+00A0) in QuickBooks"},
		{"A B", "AB", "position 2: blank (U+0020) in HubSpot"},
		{"A B", "A\u00a0B", "position 2: U+0020 in HubSpot, U+00A0 in QuickBooks"},
		{"a b", "A  B", "position 1: a (U+0061) in HubSpot, A (U+0041) in QuickBooks; position 3: blank (U+0020) in QuickBooks; position 3: b (U+0062) in HubSpot, B (U+0042) in QuickBooks"},
		{"abcdef", "ABCDEF", "position 1: a (U+0061) in HubSpot, A (U+0041) in QuickBooks; position 2: b (U+0062) in HubSpot, B (U+0042) in QuickBooks; position 3: c (U+0063) in HubSpot, C (U+0043) in QuickBooks; position 4: d (U+0064) in HubSpot, D (U+0044) in QuickBooks; and 2 more"},
		{"stra\u00dfe", "STRASSE", "they differ in upper and lower case only"},
	} {
		if got := SpellOut(tt.hs, tt.qb); got != tt.want {
			t.Errorf("%q, %q: %s\nwant %s", tt.hs, tt.qb, got, tt.want)
		}
	}
}

func TestSKUProblems(t *testing.T) {
	for _, tt := range []struct{ sku, want string }{
		{"PROD-001", ""}, {"KIT 1 BLUE", ""},
		{"", "no SKU"}, {" \t", "nothing but blanks"},
		{" A", "leading blank"}, {"A ", "trailing blank"}, {"A  B", "several blanks in a row"},
		{"A\u200bB", "control or invisible character"}, {"A\x00", "control or invisible character"}, {"A\u00a0B", "control or invisible character"},
		{strings.Repeat("é", 100), ""}, {strings.Repeat("é", 101), "longer than the 100 characters of QuickBooks"},
		{"=1+1", "looks like a formula"}, {"-A", "looks like a formula"}, {"A=1", ""}, {"A\xff", "bytes that are no text"},
	} {
		if got := strings.Join(SKUProblems(tt.sku), "; "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.sku, got, tt.want)
		}
	}
}

// TestNearProposal: the destination of the change is QuickBooks, unless what
// HubSpot has is what is malformed.
func TestNearProposal(t *testing.T) {
	for _, tt := range []struct {
		hs, qb string
		change System
		to     string
	}{{"a", "A", QuickBooks, "a"}, {"A ", "A", HubSpot, "A"}, {"A", "A ", QuickBooks, "A"}, {"A ", " A", QuickBooks, "A "}} {
		a := audited(t, SKUAuditInput{Products: append(items(HubSpot, tt.hs), items(QuickBooks, tt.qb)...)})
		if n := a.Near[0]; n.Change != tt.change || n.To() != tt.to {
			t.Errorf("%q, %q: change %s to %q", tt.hs, tt.qb, n.Change, n.To())
		}
	}
}

// TestNoNearProposal: where several products meet, a change could make a duplicate.
func TestNoNearProposal(t *testing.T) {
	a := audited(t, SKUAuditInput{Products: append(items(HubSpot, "a"), items(QuickBooks, "A", "a")...)})
	if n := a.Near[0]; len(a.Near) != 1 || n.Change != "" || n.To() != "" {
		t.Errorf("%d pairs, change %q to %q", len(a.Near), n.Change, n.To())
	}
}

func TestSurvivor(t *testing.T) {
	use := func(id string, day string) Invoice {
		return Invoice{System: HubSpot, ID: id, Status: StatusOpen, Date: date(day), Lines: []Line{{ProductID: id}}}
	}
	for _, tt := range []struct {
		name     string
		hs, qb   []string
		invoices []Invoice
		want     string
	}{
		{"the oldest", []string{"A", "A"}, nil, nil, "1"},
		{"the one that the other system has", []string{"A", "a"}, []string{"a"}, nil, "2"},
		{"the one that invoices point at", []string{"A", "a", "A"}, []string{"a"}, []Invoice{use("3", "2026-11-01")}, "3"},
		{"the one last invoiced", []string{"A", "A"}, nil, []Invoice{use("1", "2020-01-01"), use("2", "2021-01-01")}, "2"},
	} {
		a := audited(t, SKUAuditInput{AsOf: date("2026-11-23"), Products: append(items(HubSpot, tt.hs...), items(QuickBooks, tt.qb...)...), Invoices: streamed(tt.invoices)})
		if len(a.Duplicates) != 1 || a.Duplicates[0].Survivor != tt.want {
			t.Errorf("%s: %+v, want %s", tt.name, a.Duplicates, tt.want)
		}
	}
}

func TestCompareProducts(t *testing.T) {
	was := items(HubSpot, "A", "B", "C")
	is := []Product{was[0], was[1], {System: QuickBooks, ID: "3", SKU: "C", Name: "new", Active: true}}
	is[0].SKU, is[0].Name, is[0].Active = "A2", "renamed", false
	is[1].Price = decimal.MustParse("1.50")
	var got []string
	for _, c := range CompareProducts(was, is) {
		got = append(got, fmt.Sprintf("%s %s %s %q %q", c.System, c.ID, c.Kind, c.Before, c.After))
	}
	want := []string{
		`hubspot 1 SKU "A" "A2"`, `hubspot 1 NAME "" "renamed"`, `hubspot 1 DEACTIVATED "active" "inactive"`, `hubspot 2 PRICE "0" "1.50"`,
		`hubspot 3 REMOVED "C, (none), 0" ""`, `quickbooks 3 ADDED "" "C, new, 0"`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if again := CompareProducts(is, is); len(again) != 0 {
		t.Errorf("against itself: %v", again)
	}
	if back := CompareProducts(is[:1], was[:1]); len(back) != 3 || back[2].Kind != ProductActivated {
		t.Errorf("back again: %v", back)
	}
}
