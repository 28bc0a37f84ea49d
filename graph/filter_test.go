package graph_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// find returns the value of the first key of that name, however deep.
func find(v any, key string) any {
	switch v := v.(type) {
	case map[string]any:
		if found, ok := v[key]; ok {
			return found
		}
		for _, inner := range v {
			if found := find(inner, key); found != nil {
				return found
			}
		}
	case []any:
		for _, inner := range v {
			if found := find(inner, key); found != nil {
				return found
			}
		}
	}
	return nil
}

func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// TestFilters: the seeded findings are, by number: 1 LINE_PRICE HIGH 125.50 USD,
// 2 INVOICE_TOTAL HIGH 4000 JPY, 3 SKU_NOT_FOUND MEDIUM 999.99 USD, 4 INVOICE_DATE
// LOW without money and date, 5 LINE_PRICE HIGH 0.01 USD, resolved; all are dated
// 2026-02-0N and were seen ten days ago, 5 not since.
func TestFilters(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ filter, want string }{
		{`{}`, "1 2 5 3 4"},
		{`{code: {eq: LINE_PRICE}}`, "1 5"},
		{`{code: {neq: LINE_PRICE}}`, "2 3 4"},
		{`{code: {in: [SKU_NOT_FOUND, INVOICE_DATE]}}`, "3 4"},
		{`{code: {nin: [SKU_NOT_FOUND, INVOICE_DATE]}}`, "1 2 5"},
		{`{code: {in: []}}`, ""},
		{`{severity: {neq: HIGH}}`, "3 4"},
		{`{state: {eq: RESOLVED}}`, "5"},
		{`{system: {eq: both}}`, "1 2 5 3 4"},
		{`{system: {in: [hubspot]}}`, ""},
		{`{number: {eq: "INV-003"}}`, "3"},
		{`{number: {contains: "V-00"}, code: {eq: LINE_PRICE}}`, "1 5"},
		{`{number: {startsWith: "INV-00"}, severity: {eq: LOW}}`, "4"},
		{`{sku: {eq: "PROD-002"}}`, "5"},
		{`{sku: {null: true}}`, "2 4"},
		{`{record: {eq: "1003"}}`, "3"},
		{`{field: {startsWith: "lines["}}`, "1 5"},
		{`{customerEmail: {eq: "ann@example.com"}, number: {nin: ["INV-001", "INV-005"]}}`, "2 3 4"},
		{`{rootCause: {eq: "LINE_PRICE"}}`, "1 5"},
		{`{currency: {eq: "JPY"}}`, "2"},
		{`{currency: {null: true}}`, "4"},
		{`{amount: {gt: "125.50"}}`, "2 3"},
		{`{amount: {gte: "125.50"}}`, "1 2 3"},
		{`{amount: {gt: 125, lt: "126"}}`, "1"},
		{`{amount: {gt: "125.499"}}`, "1 2 3"},
		{`{amount: {lte: "125.509"}}`, "1 5"},
		{`{amount: {lt: "0.015"}}`, "5"},
		{`{amount: {eq: "4000"}}`, "2"},
		{`{amount: {eq: "0.005"}}`, ""},
		{`{amount: {neq: "0.005"}}`, "1 2 5 3"},
		{`{amount: {neq: "125.5"}}`, "2 5 3"},
		{`{amount: {gte: -1}}`, "1 2 5 3"},
		{`{invoiceDate: {eq: "2026-02-02"}}`, "2"},
		{`{invoiceDate: {lt: "2026-02-03"}}`, "1 2"},
		{`{invoiceDate: {gte: "2026-02-03"}}`, "5 3"},
		{`{invoiceDate: {null: true}}`, "4"},
		{`{invoiceDate: {gte: "-P35D"}}`, "5 3"}, // 2026-02-03
		{`{firstSeen: {gte: "-P10D"}}`, "1 2 5 3 4"},
		{`{firstSeen: {gt: "-P10D"}}`, ""},
		{`{lastSeen: {lt: "-PT24H30M"}}`, "5"},
		{`{lastSeen: {gte: "2026-03-09T12:00:00Z"}}`, "1 2 3 4"},
		{`{ageDays: {eq: 10}}`, "1 2 5 3 4"},
		{`{ageDays: {neq: 10}}`, ""},
		{`{ageDays: {gt: 9, lt: 11}}`, "1 2 5 3 4"},
		{`{ageDays: {gte: 11}}`, ""},
		{`{ageDays: {lte: 9}}`, ""},
		{`{ageDays: {gt: 10}}`, ""},
		{`{ageDays: {lt: 10}}`, ""},
		{`{run: {eq: "` + id("Run", "1") + `"}}`, "5"},
		{`{run: {in: ["` + id("Run", "1") + `", "` + id("Run", "2") + `"]}}`, "1 2 5 3 4"},
		{`{or: [{code: {eq: INVOICE_DATE}}, {severity: {eq: MEDIUM}}]}`, "3 4"},
		{`{and: [{code: {eq: LINE_PRICE}}, {state: {eq: OPEN}}]}`, "1"},
		{`{not: {severity: {eq: HIGH}}}`, "3 4"},
		{`{code: {eq: LINE_PRICE}, or: [{state: {eq: OPEN}}, {number: {eq: "INV-003"}}], not: {number: {eq: "INV-009"}}}`, "1"},
	} {
		got := get[findingPage](w, `{ findings(filter: `+tt.filter+`) { edges { node { number } } } }`).numbers()
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.filter, got, tt.want)
		}
	}
}

// TestZones: a duration in a date filter is counted from the workspace's own
// today.
func TestZones(t *testing.T) {
	w := newWorld(t)
	_, _, err := w.repo.SetSettings(t.Context(), map[string]string{"time_zone": "Pacific/Kiritimati"}) // 14 hours ahead: the 11th already
	w.must(err)
	got := get[findingPage](w, `{ findings(filter: {invoiceDate: {gte: "-P35D"}}) { edges { node { number } } } }`).numbers()
	if got != "5" {
		t.Errorf("35 days before 2026-03-11 is 2026-02-04, got findings %q", got)
	}
}

// TestFilterFaults: what cannot be meant is refused by its code.
func TestFilterFaults(t *testing.T) {
	w := newWorld(t)
	deep := strings.Repeat("{not: ", 7) + "{}" + strings.Repeat("}", 7)
	for _, tt := range []struct{ filter, code string }{
		{`{amount: {gt: "much"}}`, "FILTER_INVALID"},
		{`{amount: {gt: 1.5}}`, "FILTER_INVALID"},
		{`{amount: {gt: "1e17"}}`, "FILTER_INVALID"},
		{`{amount: {gt: "9999999999999999"}}`, "FILTER_INVALID"},
		{`{invoiceDate: {eq: "2026-02-30"}}`, "FILTER_INVALID"},
		{`{invoiceDate: {eq: "-PT1H"}}`, "FILTER_INVALID"},
		{`{invoiceDate: {eq: 5}}`, "FILTER_INVALID"},
		{`{firstSeen: {gt: "yesterday"}}`, "FILTER_INVALID"},
		{`{firstSeen: {gt: "P"}}`, "FILTER_INVALID"},
		{`{firstSeen: {gt: "P1DT"}}`, "FILTER_INVALID"},
		{`{firstSeen: {gt: "-P99999999D"}}`, "FILTER_INVALID"},
		{`{ageDays: {gt: -2}}`, "FILTER_INVALID"},
		{`{ageDays: {eq: 9999999}}`, "FILTER_INVALID"},
		{`{run: {eq: "x"}}`, "ID_INVALID"},
		{`{run: {eq: "` + id("Finding", "1") + `"}}`, "NOT_FOUND"},
		{deep, "FILTER_INVALID"},
		{`{or: [` + strings.Repeat("{},", 100) + `]}`, "FILTER_INVALID"},
		{`{number: {in: [` + strings.Repeat(`"",`, 251) + `]}}`, "FILTER_INVALID"},
		{`{code: {eq: NO_SUCH_CODE}}`, "GRAPHQL_VALIDATION_FAILED"},
		{`{colour: {eq: "red"}}`, "GRAPHQL_VALIDATION_FAILED"},
	} {
		if a := w.ask(`{ findings(filter: ` + tt.filter + `) { nodes { id } } }`); a.codes() != tt.code {
			t.Errorf("%s: want %s: %s", tt.filter, tt.code, a.body)
		}
	}
	if a := w.ask(`{ findings(sort: [` + strings.Repeat("{field: CODE},", 8) + `]) { nodes { id } } }`); a.codes() != "FILTER_INVALID" {
		t.Errorf("eight fields to sort by: %s", a.body)
	}
}

// TestAsOf: the store tells how things stood after any run.
func TestAsOf(t *testing.T) {
	w := newWorld(t)
	w.run(today, nil) // agreement everywhere
	const open = `query($run: ID) { findings(filter: {state: {eq: OPEN}}, asOf: $run) { totalCount } findingGroups(by: CODE, asOf: $run) { key findings } }`
	for run, want := range map[string]int{"1": 5, "2": 4, "3": 0} {
		got := get[struct {
			Findings      struct{ TotalCount int }
			FindingGroups []struct{ Findings int }
		}](w, open, "run", id("Run", run))
		sum := 0
		for _, g := range got.FindingGroups {
			sum += g.Findings
		}
		if got.Findings.TotalCount != want || sum != want {
			t.Errorf("after run %s: %d open, %d in groups, want %d", run, got.Findings.TotalCount, sum, want)
		}
	}
	if a := w.ask(open, "run", id("Run", "99")); a.codes() != "NOT_FOUND NOT_FOUND" {
		t.Errorf("as of a run that is not there: %s", a.body)
	}
}

// TestPeriods: months are months, however long.
func TestPeriods(t *testing.T) {
	w := newWorld(t)
	w.run(time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC), []reconcile.Finding{findings()[0]})
	got := get[findingPage](w, `{ findings(filter: {lastSeen: {gt: "P2W"}}) { edges { node { number } } } }`).numbers()
	if got != "1" {
		t.Errorf("seen more than two weeks ahead: %q", got)
	}
	if got := get[findingPage](w, `{ findings(filter: {lastSeen: {gt: "P1Y2M3DT4H5M6S"}}) { edges { node { number } } } }`).numbers(); got != "" {
		t.Errorf("seen more than a year ahead: %q", got)
	}
}
