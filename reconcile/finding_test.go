package reconcile

import (
	"slices"
	"strings"
	"testing"
)

// TestIdentity: workspace, code, subject and field make the id, and how they are
// cut apart counts.
func TestIdentity(t *testing.T) {
	ids := map[FindingID]string{}
	for _, parts := range [][4]string{
		{"w", "INVOICE_DATE", "pair/hubspot/1", "date"}, {"v", "INVOICE_DATE", "pair/hubspot/1", "date"}, {"w", "INVOICE_DUE_DATE", "pair/hubspot/1", "date"},
		{"w", "INVOICE_DATE", "pair/hubspot/2", "date"}, {"w", "INVOICE_DATE", "pair/hubspot/1", "due_date"}, {"w", "INVOICE_DATE", "pair/hubspot/1d", "ate"},
		{"", "", "", ""}, {"wI", "NVOICE_DATE", "pair/hubspot/1", "date"},
	} {
		id := Identify(WorkspaceID(parts[0]), Code(parts[1]), parts[2], parts[3])
		if other, twice := ids[id]; twice {
			t.Errorf("%q and %s have the id %s", parts, other, id)
		}
		ids[id] = strings.Join(parts[:], " ")
		if len(id) != 24 || strings.ToLower(string(id)) != string(id) {
			t.Errorf("id %q", id)
		}
	}
	// Ids are kept in databases: they must never change.
	if got, want := Identify("default", InvoiceTotal, "pair/hubspot/1", "total"), FindingID("timpng4fneuis5p41s7d5vcd"); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
}

// TestValuesAreNotIdentity: other amounts, dates and names next week, the same
// findings; and the direction does not enter what a pair's findings are about.
func TestValuesAreNotIdentity(t *testing.T) {
	ids := func(d Direction, hs, qb string) []FindingID {
		w := &world{settings: with(DefaultSettings(), "direction", string(d))}
		w.read(t, HubSpot, `{"invoices":[{"id":"101","number":"A-1",`+hs+`},{"id":"102","number":"A-2","total":77}]}`)
		w.read(t, QuickBooks, `{"invoices":[{"id":"201","number":"A-1",`+qb+`}]}`)
		var list []FindingID
		for _, f := range w.compare().findings {
			if f.HubSpotID == "101" {
				list = append(list, f.ID)
			}
		}
		slices.Sort(list)
		return list
	}
	one := `"date":"2026-10-01","tax":500,"lines":[{"price":10}],"status":"open"`
	two := `"date":"2026-10-04","tax":700,"lines":[{"price":12,"quantity":3}],"total":4444,"balance":1,"status":"paid"`
	three := `"date":"2026-10-09","tax":701,"lines":[{"price":13,"quantity":4}],"total":4445,"balance":7,"status":"paid"`
	first := ids(HubSpotToQuickBooks, one, two)
	if len(first) != 7 {
		t.Fatalf("%d findings, want date, price, quantity, tax, total, balance and status", len(first))
	}
	for name, other := range map[string][]FindingID{
		"the same again":      ids(HubSpotToQuickBooks, one, two),
		"other values":        ids(HubSpotToQuickBooks, one, three),
		"values swapped":      ids(HubSpotToQuickBooks, two, one),
		"the other direction": ids(QuickBooksToHubSpot, one, two),
	} {
		if !slices.Equal(first, other) {
			t.Errorf("%s: ids %v, want %v", name, other, first)
		}
	}
}

// TestSubjectsCanBeStored: databases take no NUL in a text, and subjects of
// different pairs of keys stay apart.
func TestSubjectsCanBeStored(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range [][2]string{{"a/B", "A/b"}, {"a/", "A/"}, {"x", "X"}, {`x"`, `X"`}, {`x"/"x`, `X"/"X`}} {
		w := &world{settings: DefaultSettings()}
		w.data.Products = []Product{{System: HubSpot, ID: "1", SKU: p[0], Active: true}, {System: QuickBooks, ID: "2", SKU: p[1], Active: true}}
		found := w.compare().findings
		if len(found) != 1 || found[0].Code != SKUCase || strings.Contains(found[0].Subject, "\x00") || seen[found[0].Subject] {
			t.Fatalf("%q: %+v", p, found)
		}
		seen[found[0].Subject] = true
	}
}

func TestAdvance(t *testing.T) {
	type row struct {
		before                  FindingState
		seen, changed, complete bool
		after                   FindingState
		event                   EventKind
	}
	for _, r := range []row{
		{"", true, false, true, FindingOpen, EventOpened},
		{"", true, true, false, FindingOpen, EventOpened},
		{"", false, false, true, "", ""},
		{FindingOpen, true, false, true, FindingOpen, ""},
		{FindingOpen, true, true, true, FindingOpen, EventChanged},
		{FindingOpen, true, true, false, FindingOpen, EventChanged},
		{FindingOpen, false, false, true, FindingResolved, EventResolved},
		{FindingOpen, false, false, false, FindingOpen, ""}, // an incomplete run proves nothing
		{FindingPlanned, true, false, true, FindingPlanned, ""},
		{FindingPlanned, true, true, true, FindingPlanned, EventChanged},
		{FindingPlanned, false, false, true, FindingResolved, EventResolved},
		{FindingPlanned, false, false, false, FindingPlanned, ""},
		{FindingAwaitingProof, true, false, true, FindingOpen, EventChanged}, // the proof failed
		{FindingAwaitingProof, false, false, true, FindingResolved, EventResolved},
		{FindingAwaitingProof, false, false, false, FindingAwaitingProof, ""},
		{FindingAccepted, true, false, true, FindingAccepted, ""},
		{FindingAccepted, true, true, true, FindingAccepted, EventChanged},
		{FindingAccepted, false, false, true, FindingResolved, EventResolved},
		{FindingAccepted, false, false, false, FindingAccepted, ""},
		{FindingResolved, true, false, true, FindingOpen, EventReopened},
		{FindingResolved, true, true, false, FindingOpen, EventReopened},
		{FindingResolved, false, false, true, FindingResolved, ""},
		{FindingResolved, false, false, false, FindingResolved, ""},
	} {
		after, event := Advance(r.before, r.seen, r.changed, r.complete)
		if after != r.after || event != r.event {
			t.Errorf("%+v: %s %s", r, after, event)
		}
	}
}

func TestRulesAreTheContract(t *testing.T) {
	seen := map[Code]bool{}
	for _, r := range Rules {
		if seen[r.Code] || r.Meaning == "" || r.Family == "" || (r.Severity != High && r.Severity != Medium && r.Severity != Low) {
			t.Errorf("%+v", r)
		}
		seen[r.Code] = true
		if got, ok := RuleOf(r.Code); !ok || got.Code != r.Code {
			t.Errorf("RuleOf(%s) is %+v", r.Code, got)
		}
	}
	if _, ok := RuleOf("NO_SUCH_CODE"); ok {
		t.Error("an unknown code has a rule")
	}
	for _, code := range []Code{InvoiceOnlyInSource, InvoiceOnlyInDestination, InvoiceTwinCandidate, SKUNotFound, EmailNotFound} {
		if r, _ := RuleOf(code); !r.Absence {
			t.Errorf("%s claims that something is not there", code)
		}
	}
}

// TestFindingSKU: filters and groups by SKU have one answer to which SKU a finding
// is about.
func TestFindingSKU(t *testing.T) {
	for _, tt := range []struct {
		finding Finding
		want    string
	}{
		{Finding{Code: LinePrice, Field: "lines[A].price"}, "A"},
		{Finding{Code: LineMissing, Field: "lines[A]"}, "A"},
		{Finding{Code: LineMissing, Field: "lines[A].]x[]"}, "A].]x["},
		{Finding{Code: LineMissing, Field: "lines[]"}, ""},
		{Finding{Code: RecordUnreadable, Field: "lines[#2].price"}, ""},
		{Finding{Code: SKUNotFound, Number: "A", RootCause: "SKU_NOT_FOUND:A"}, "A"},
		{Finding{Code: SKUMissing, Record: "7", RootCause: "SKU_MISSING:7"}, ""},
		{Finding{Code: InvoiceOnlyInSource, Number: "INV-1", RootCause: "SKU_CASE:A:B"}, "A:B"},
		{Finding{Code: InvoiceOnlyInSource, Number: "INV-1", RootCause: "SKU_MISSING:7"}, ""},
		{Finding{Code: InvoiceOnlyInSource, Number: "INV-1", RootCause: "EMAIL_MISSING:7"}, ""},
	} {
		if got := tt.finding.SKU(); got != tt.want {
			t.Errorf("%s %s %s: SKU %q, want %q", tt.finding.Code, tt.finding.Field, tt.finding.RootCause, got, tt.want)
		}
	}
}
