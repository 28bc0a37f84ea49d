package batch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
	"pgregory.net/rapid"
)

func (w *world) explainer() *Explainer { return &Explainer{Records: w.store, Clock: w.store.now} }

// explain prints the answers about a record: whose it is, its partner, its state
// and the reasons.
func (w *world) explain(t testing.TB, record string) []string {
	t.Helper()
	list, err := w.explainer().Explain(t.Context(), record)
	if err != nil {
		t.Fatalf("explain %s: %v", record, err)
	}
	out := make([]string, len(list))
	for n, d := range list {
		if len(d.Gates) != 16 {
			t.Errorf("explain %s: %d gates", record, len(d.Gates))
		}
		out[n] = fmt.Sprintf("%s:%s", d.Invoice.System, d.Invoice.ID)
		if d.Partner != nil {
			out[n] += "=" + d.Partner.ID
		}
		out[n] += " " + string(d.State)
		for _, r := range d.Reasons {
			if r.Code != "SYNC_DISABLED" {
				out[n] += " " + r.Code
			}
		}
	}
	return out
}

// group adds a number that stands twice in HubSpot and once in QuickBooks.
func (w *world) group() {
	w.both(5, "1005")
	w.hs.bill("6", "1005", priced("60"))
}

func TestExplain(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.group()
	w.hs.bill("7", "1007", priced("700"))
	w.qb.bill("1099", "1099", priced("700"), dated("2026-03-03")) // 1007 is of 2026-02-26
	w.hs.bill("8", "1008", status(reconcile.StatusDraft))
	w.hs.bill("9", "", priced("900"))
	w.hs.bill("77", "1077", priced("770"))
	w.qb.bill("77", "1078", priced("780"))
	w.run(t)
	for _, tt := range []struct {
		record string
		want   []string
	}{
		{"1003", []string{"hubspot:3 ONE_SIDED"}},
		{"1004", []string{"quickbooks:1004 ONE_SIDED DIRECTION_OTHER"}},
		{"hubspot:3", []string{"hubspot:3 ONE_SIDED"}},
		{"3", []string{"hubspot:3 ONE_SIDED"}},
		{"77", []string{"hubspot:77 ONE_SIDED", "quickbooks:77 ONE_SIDED DIRECTION_OTHER"}},
		{"quickbooks:77", []string{"quickbooks:77 ONE_SIDED DIRECTION_OTHER"}},
		{"1001", []string{"hubspot:1=1001 MATCHED"}},
		{"1002", []string{"hubspot:2=1002 DIFFERENT"}},
		{"2", []string{"hubspot:2=1002 DIFFERENT"}},
		{"quickbooks:1002", []string{"quickbooks:1002=2 DIFFERENT"}},
		{"1005", []string{"hubspot:5 AMBIGUOUS AMBIGUOUS", "hubspot:6 AMBIGUOUS AMBIGUOUS", "quickbooks:1005 AMBIGUOUS AMBIGUOUS"}},
		{"1007", []string{"hubspot:7 BLOCKED POSSIBLE_DUPLICATE"}},
		{"1099", []string{"quickbooks:1099 BLOCKED POSSIBLE_DUPLICATE DIRECTION_OTHER"}},
		{"1008", []string{"hubspot:8 EXCLUDED STATUS_NOT_SELECTED"}},
		{"hubspot:9", []string{"hubspot:9 BLOCKED NUMBER_MISSING"}},
	} {
		same(t, "explain "+tt.record, w.explain(t, tt.record), tt.want...)
	}
	if list, _ := w.explainer().Explain(t.Context(), "hubspot:6"); len(list) == 1 {
		text := list[0].Reasons[0].Text
		if !strings.Contains(text, "HubSpot invoice 5") || !strings.Contains(text, "QuickBooks invoice 1005") {
			t.Errorf("the others of the number are not named: %s", text)
		}
	}
	w.store.set("direction", string(reconcile.QuickBooksToHubSpot))
	same(t, "a pair is told of the source's invoice", w.explain(t, "1002"), "quickbooks:1002=2 DIFFERENT")
}

// TestExplainFindings: an answer has the findings on its invoice and its pair, also
// when it is given for the destination's invoice, and none of another invoice that
// has the same id in the other system.
func TestExplainFindings(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.hs.bill("1002", "1009", priced("90")) // the id of 1002's invoice in QuickBooks
	w.qb.bill("1009", "1009", priced("91"))
	w.run(t)
	for record, want := range map[string][]string{
		"1001":            nil,
		"hubspot:2":       {"LINE_PRICE 2"},
		"quickbooks:1002": {"LINE_PRICE 2"},
		"hubspot:1002":    {"LINE_PRICE 1002"},
		"quickbooks:1004": {"INVOICE_ONLY_IN_DESTINATION 1004"},
	} {
		list, err := w.explainer().Explain(t.Context(), record)
		if err != nil || len(list) != 1 {
			t.Fatalf("explain %s: %d answers, %v", record, len(list), err)
		}
		var got []string
		for _, f := range list[0].Findings {
			got = append(got, string(f.Code)+" "+f.Record)
		}
		same(t, "findings on "+record, got, want...)
	}
}

func TestExplainNotFound(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.run(t)
	for record, words := range map[string]string{"4711": "4711", "quickbooks:2": "QuickBooks invoice 2", "hubspot:": "HubSpot invoice", "": "number or id"} {
		list, err := w.explainer().Explain(t.Context(), record)
		if !errors.Is(err, reconcile.ErrNotFound) || !strings.Contains(err.Error(), words) || list != nil {
			t.Errorf("%q: %v %v", record, list, err)
		}
	}
}

// TestExplainWithoutPull: as long as the last pull is not complete nothing can be
// said (gate 2).
func TestExplainWithoutPull(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.store.fail = func(call string, _ int) error {
		if call == "Unseen true" {
			return errFault
		}
		return nil
	}
	if _, err := w.runner().Run(t.Context(), byHand); err == nil {
		t.Fatal("the run did not fail")
	}
	w.store.fail = nil
	same(t, "before the first run", w.explain(t, "1003"), "hubspot:3 UNKNOWN PULL_INCOMPLETE")
	w.run(t)
	same(t, "after a complete run", w.explain(t, "1003"), "hubspot:3 ONE_SIDED")
	w.qb.breaks[reconcile.ObjectCustomers] = breakdown{0, connectors.ErrThrottled}
	w.run(t)
	list, err := w.explainer().Explain(t.Context(), "1003")
	if err != nil || list[0].State != reconcile.Unknown || !strings.Contains(list[0].Reasons[0].Text, "rate limit") {
		t.Errorf("after an incomplete run: %+v %v", list, err)
	}
	w.qb.denied = "company"
	if _, err := w.runner().Run(t.Context(), byHand); err == nil {
		t.Fatal("the run did not fail")
	}
	same(t, "a failed run says nothing of the mirror", w.explain(t, "1003"), "hubspot:3 UNKNOWN PULL_INCOMPLETE")
}

// TestExplainUnderOtherSettings: the settings in force answer, also where the last
// run filed under others.
func TestExplainUnderOtherSettings(t *testing.T) {
	w := newWorld()
	w.qb.customers[0].Email = "ANN@example.com"
	w.both(1, "1001")
	w.run(t)
	same(t, "exact", w.explain(t, "1001"), "hubspot:1=1001 DIFFERENT")
	w.store.set("email_match", "normalized")
	same(t, "normalized", w.explain(t, "1001"), "hubspot:1=1001 MATCHED")
	w.run(t)
	w.store.set("email_match", "exact")
	same(t, "exact again", w.explain(t, "1001"), "hubspot:1=1001 DIFFERENT")
	w.store.set("status_filter", "paid")
	same(t, "out of scope, and still a pair", w.explain(t, "1001"), "hubspot:1=1001 DIFFERENT")
}

// TestExplainRivals: what could be the same invoice counts as a run counts it.
func TestExplainRivals(t *testing.T) {
	for _, tt := range []struct {
		name    string
		arrange func(*world)
		want    string
	}{
		{"the number twice in one system", func(w *world) { w.hs.bill("2", "1001", priced("50")) }, "BLOCKED POSSIBLE_DUPLICATE"},
		{"the other out of scope", func(w *world) { w.hs.bill("2", "1001", status(reconcile.StatusDraft)) }, "ONE_SIDED"},
		{"partners, both out of scope", func(w *world) {
			w.qb.bill("1001", "1001", status(reconcile.StatusVoided))
			w.qb.bill("1002", "1001", status(reconcile.StatusDraft))
		}, "BLOCKED POSSIBLE_DUPLICATE"},
		{"same customer, date and total", func(w *world) { w.hs.bill("2", "A", dated("2026-01-09")) }, "BLOCKED POSSIBLE_DUPLICATE"},
		{"the same, out of scope", func(w *world) { w.hs.bill("2", "A", dated("2026-01-09"), status(reconcile.StatusDraft)) }, "ONE_SIDED"},
		{"the same in a pair", func(w *world) { w.both(2, "A", dated("2026-01-09")) }, "BLOCKED POSSIBLE_DUPLICATE"},
		{"the same on another day", func(w *world) { w.hs.bill("2", "A", dated("2026-01-10")) }, "ONE_SIDED"},
		{"another customer", func(w *world) { w.hs.bill("2", "A", dated("2026-01-09"), of("2")) }, "ONE_SIDED"},
		{"unpaired in the other system, a week off", func(w *world) { w.qb.bill("2", "A", dated("2026-01-16")) }, "BLOCKED POSSIBLE_DUPLICATE"},
		{"unpaired, eight days off", func(w *world) { w.qb.bill("2", "A", dated("2026-01-17")) }, "ONE_SIDED"},
		{"unpaired, out of scope", func(w *world) { w.qb.bill("2", "A", dated("2026-01-16"), status(reconcile.StatusVoided)) }, "ONE_SIDED"},
		{"unpaired, within the grace", func(w *world) { w.qb.bill("2", "A", dated("2026-01-16"), created(start.Add(50*time.Minute))) }, "ONE_SIDED"},
		{"paired in the other system", func(w *world) { w.both(2, "A", dated("2026-01-16")) }, "ONE_SIDED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.hs.bill("1", "1001") // of 2026-01-09
			tt.arrange(w)
			w.run(t)
			same(t, "explain", w.explain(t, "hubspot:1"), "hubspot:1 "+tt.want)
			checkExplained(t, w)
		})
	}
	t.Run("blank numbers", func(t *testing.T) {
		w := newWorld()
		w.hs.bill("1", "")
		w.hs.bill("2", " ")
		w.run(t)
		same(t, "explain", w.explain(t, "hubspot:1"), "hubspot:1 BLOCKED POSSIBLE_DUPLICATE NUMBER_MISSING")
		checkExplained(t, w)
	})
}

// TestExplainAgreesWithRun: in any world every invoice is explained with the state
// and the reasons that the run gave it.
func TestExplainAgreesWithRun(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := randomWorld(r)
		w.run(t)
		checkExplained(r, w)
	})
}

// A failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func checkExplained(t failer, w *world) {
	t.Helper()
	found := map[string]string{} // the reasons of unpaired invoices
	for _, f := range w.store.findings {
		if f.Code == reconcile.InvoiceOnlyInSource || f.Code == reconcile.InvoiceOnlyInDestination {
			found[string(f.System)+":"+f.Record] = codesOf(f.Reasons)
		}
	}
	rows, _, err := w.lister().Pairs(background, PairQuery{Limit: 1000})
	if err != nil {
		t.Fatalf("pairs: %v", err)
	}
	for _, row := range rows {
		for _, e := range []*reconcile.Entry{row.HubSpot, row.QuickBooks} {
			if e == nil {
				continue
			}
			record := string(e.System) + ":" + e.ID
			list, err := w.explainer().Explain(background, record)
			if err != nil || len(list) != 1 {
				t.Fatalf("explain %s: %d answers, %v", record, len(list), err)
			}
			d := list[0]
			reasons, unsynced := found[record]
			switch {
			case !agree(row.State, &d):
				t.Errorf("%s is listed as %s and explained as %s", record, row.State, d.State)
			case unsynced != (row.State == reconcile.OneSided):
				t.Errorf("%s is listed as %s; found to be unsynced: %t", record, row.State, unsynced)
			case unsynced && reasons != codesOf(d.Reasons):
				t.Errorf("%s: the run's reasons are %s, explained are %s: %+v", record, reasons, codesOf(d.Reasons), d.Reasons)
			}
		}
	}
}

// agree reports whether a state by entries alone may turn out to be another. Of a
// pair that cannot be read in full the gates judge one invoice, the list judges both.
func agree(listed reconcile.PairState, d *reconcile.Diagnosis) bool {
	switch {
	case listed == reconcile.OneSided && d.State == reconcile.Blocked:
	case listed == reconcile.Different && d.State == reconcile.Matched:
	case listed == reconcile.Unknown && d.State == reconcile.Excluded, listed == reconcile.Excluded && d.State == reconcile.Unknown:
		return d.Partner != nil && (d.Invoice.Unreadable || d.Partner.Unreadable)
	default:
		return listed == d.State
	}
	return true
}

func codesOf(reasons []reconcile.Reason) string {
	var out []string
	for _, r := range reasons {
		out = append(out, fmt.Sprintf("%d %s", r.Gate, r.Code))
	}
	return strings.Join(out, ", ")
}

// TestExplainFaults: an error of any call is the answer.
func TestExplainFaults(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.hs.bill("7", "1007", priced("700"))
	w.qb.bill("1099", "1099", priced("700"), dated("2026-03-03"))
	w.run(t)
	for _, record := range []string{"1007", "1002", "hubspot:3", "3"} {
		w.store.calls, w.store.fail = nil, nil
		w.explain(t, record)
		calls := slices.Clone(w.store.calls)
		for n := range calls {
			w.store.calls = nil
			w.store.fail = func(_ string, nth int) error {
				if nth == n+1 {
					return errFault
				}
				return nil
			}
			if list, err := w.explainer().Explain(t.Context(), record); !errors.Is(err, errFault) || list != nil {
				t.Errorf("explain %s, %s fails: %v %v", record, calls[n], list, err)
			}
		}
	}
}
