package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
	"pgregory.net/rapid"
)

// background is the context of what is called from rapid's functions.
var background = context.Background()

func (w *world) lister() *PairLister {
	return &PairLister{Mirror: w.store, Journal: w.store, Clock: w.store.now}
}

// every adds an invoice of every state that a list can tell, in the order of keys.
func (w *world) every() {
	w.hs.bill("9", "", priced("900"))
	w.qb.bill("1009", "", priced("910"))
	w.both(1, "1001")
	w.hs.bill("2", "1002")
	w.qb.bill("1002", "1002", priced("90"))
	w.hs.bill("3", "1003")
	w.qb.bill("1004", "1004")
	w.group()
	w.both(7, "1007", status(reconcile.StatusDraft))
	w.hs.bill("8", "1008", status(reconcile.StatusDraft))
	w.hs.bill("10", "1010", created(start.Add(50*time.Minute)))
	w.both(11, "1011", func(i *reconcile.Invoice) { i.Unreadable = i.System == reconcile.HubSpot })
	w.hs.bill("12", "1012", func(i *reconcile.Invoice) { i.Unreadable = true })
	w.both(13, "1013")
	w.hs.bill("14", "1013", status(reconcile.StatusVoided)) // leaves the others to pair
}

var everyRow = []string{
	"> ONE_SIDED 9 -", "> ONE_SIDED - 1009", ">n1001 MATCHED 1 1001", ">n1002 DIFFERENT 2 1002", ">n1003 ONE_SIDED 3 -", ">n1004 ONE_SIDED - 1004",
	">n1005 AMBIGUOUS 5 -", ">n1005 AMBIGUOUS 6 -", ">n1005 AMBIGUOUS - 1005", ">n1007 MATCHED 7 1007", ">n1008 EXCLUDED 8 -", ">n1010 PENDING 10 -",
	">n1011 UNKNOWN 11 1011", ">n1012 UNKNOWN 12 -", ">n1013 MATCHED 13 1013", ">n1013 EXCLUDED 14 -",
}

func printed(rows []Pair) []string {
	out := make([]string, len(rows))
	for n, r := range rows {
		out[n] = fmt.Sprintf("%s %s %s %s", r.Key, r.State, idOf(r.HubSpot), idOf(r.QuickBooks))
	}
	return out
}

func idOf(e *reconcile.Entry) string {
	if e == nil {
		return "-"
	}
	return e.ID
}

func TestPairs(t *testing.T) {
	w := newWorld()
	w.every()
	w.run(t)
	filtered := func(states ...reconcile.PairState) (out []string) {
		for _, row := range everyRow {
			for _, s := range states {
				if strings.Fields(row)[1] == string(s) {
					out = append(out, row)
				}
			}
		}
		return out
	}
	for _, tt := range []struct {
		name string
		ask  PairQuery
		want []string
		more bool
	}{
		{"all", PairQuery{Limit: 100}, everyRow, false},
		{"exactly all", PairQuery{Limit: len(everyRow)}, everyRow, false},
		{"the first key, though it has two rows", PairQuery{Limit: 1}, everyRow[:2], true},
		{"without a limit, as with 1", PairQuery{}, everyRow[:2], true},
		{"behind blank numbers", PairQuery{After: ">", Limit: 2}, everyRow[2:4], true},
		{"a group is not cut", PairQuery{After: ">n1004", Limit: 1}, everyRow[6:9], true},
		{"behind a key that is gone", PairQuery{After: ">n1006", Limit: 1}, everyRow[9:10], true},
		{"behind the last", PairQuery{After: ">n1013", Limit: 5}, nil, false},
		{"behind everything", PairQuery{After: ">z", Limit: 5}, nil, false},
		{"one state", PairQuery{States: []reconcile.PairState{reconcile.OneSided}, Limit: 100}, filtered(reconcile.OneSided), false},
		{"two states", PairQuery{States: []reconcile.PairState{reconcile.Matched, reconcile.Unknown}, Limit: 3}, filtered(reconcile.Matched, reconcile.Unknown)[:3], true},
		{"the last of a state", PairQuery{States: []reconcile.PairState{reconcile.Matched}, Limit: 3}, filtered(reconcile.Matched), false},
		{"a state that none has", PairQuery{States: []reconcile.PairState{reconcile.Blocked}, Limit: 3}, nil, false},
		{"a number", PairQuery{Number: "1005", Limit: 1}, everyRow[6:9], false},
		{"a number and a state", PairQuery{Number: "1013", States: []reconcile.PairState{reconcile.Excluded}, Limit: 9}, everyRow[15:], false},
		{"a number, behind it", PairQuery{Number: "1005", After: ">n1005", Limit: 9}, nil, false},
		{"a number that begins others", PairQuery{Number: "100", Limit: 9}, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rows, more, err := w.lister().Pairs(t.Context(), tt.ask)
			if err != nil || more != tt.more {
				t.Errorf("more %t, want %t: %v", more, tt.more, err)
			}
			same(t, "rows", printed(rows), tt.want...)
		})
	}
}

func TestPairsFail(t *testing.T) {
	w := newWorld()
	w.every()
	w.run(t)
	w.store.calls = nil
	if _, _, err := w.lister().Pairs(t.Context(), PairQuery{Limit: 100}); err != nil {
		t.Fatal(err)
	}
	for n := range w.store.calls {
		w.store.calls = nil
		w.store.fail = func(_ string, nth int) error {
			if nth == n+1 {
				return errFault
			}
			return nil
		}
		if rows, more, err := w.lister().Pairs(t.Context(), PairQuery{Limit: 100}); !errors.Is(err, errFault) || rows != nil || more {
			t.Errorf("call %d fails: %d rows, more %t, %v", n+1, len(rows), more, err)
		}
	}
}

// few draws small things, so that much of a random world meets.
func few[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

func randomWorld(t *rapid.T) *world {
	w := newWorld()
	w.store.set("direction", few(t, "direction", string(reconcile.HubSpotToQuickBooks), string(reconcile.QuickBooksToHubSpot), ""))
	w.store.set("status_filter", few(t, "filter", "open,paid", "open", "draft,open,paid,voided"))
	w.store.set("start_date", few(t, "start", "", "", "2026-10-02"))
	w.store.set("skip_integration_source", few(t, "skip", "true", "false"))
	w.store.set("email_match", few(t, "match", "exact", "normalized"))
	w.store.set("invoices_enabled", few(t, "enabled", "true", "false"))
	w.qb.customers[1].Email = few(t, "email", "bob@example.com", "BOB@example.com", "")
	w.qb.products[1].SKU = few(t, "sku", "B", "b", "", "C")
	for _, s := range []*source{w.hs, w.qb} {
		for id := range rapid.IntRange(0, 8).Draw(t, "invoices") {
			s.bill(fmt.Sprint(id+7), few(t, "number", "", " ", "A", "A", "B", "C", "b"), func(i *reconcile.Invoice) {
				i.Status = few(t, "status", reconcile.StatusOpen, reconcile.StatusOpen, reconcile.StatusPaid, reconcile.StatusDraft, reconcile.StatusVoided)
				i.Date = few(t, "date", date("2026-10-01"), date("2026-10-03"), date("2026-10-11"))
				i.CustomerID = few(t, "customer", "1", "1", "2", "99", "")
				i.Lines[0].ProductID = few(t, "product", "1", "2", "99")
				i.Lines[0].TaxRateID = few(t, "rate", "", "", "7")
				i.Integration = few(t, "integration", false, false, true)
				i.Unreadable = few(t, "unreadable", false, false, false, false, true)
				i.CreatedAt = few(t, "created", start.AddDate(0, -1, 0), start.AddDate(0, -1, 0), start.Add(50*time.Minute), time.Time{})
			}, priced(few(t, "price", "100", "100", "90")))
		}
	}
	return w
}

// TestPagesJoin: pages of any size, one behind the other, are the whole list; no
// page ends within a key or is shorter than asked for, but the last; and the whole
// list has every invoice once.
func TestPagesJoin(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := randomWorld(r)
		w.run(t)
		all, more, err := w.lister().Pairs(background, PairQuery{Limit: 1000})
		if err != nil || more {
			r.Fatalf("all: more %t, %v", more, err)
		}
		once := map[string]int{}
		for _, row := range all {
			for _, e := range []*reconcile.Entry{row.HubSpot, row.QuickBooks} {
				if e != nil {
					once[string(e.System)+e.ID]++
				}
			}
		}
		for id, n := range once {
			if n != 1 {
				r.Errorf("%s is listed %d times", id, n)
			}
		}
		if len(once) != len(w.hs.invoices)+len(w.qb.invoices) {
			r.Errorf("%d invoices are listed, want %d", len(once), len(w.hs.invoices)+len(w.qb.invoices))
		}
		states := few(r, "states", nil, []reconcile.PairState{reconcile.OneSided}, []reconcile.PairState{reconcile.Ambiguous, reconcile.Matched, reconcile.Excluded})
		checkPages(r, w, states)
	})
}

func checkPages(r *rapid.T, w *world, states []reconcile.PairState) {
	whole, _, err := w.lister().Pairs(background, PairQuery{States: states, Limit: 1000})
	if err != nil {
		r.Fatal(err)
	}
	var joined []Pair
	after := ""
	for more := true; more; {
		limit := rapid.IntRange(1, 6).Draw(r, "limit")
		var page []Pair
		if page, more, err = w.lister().Pairs(background, PairQuery{States: states, After: after, Limit: limit}); err != nil {
			r.Fatal(err)
		}
		if more && len(page) < limit {
			r.Fatalf("a page of %d rows, not the last, for a limit of %d", len(page), limit)
		}
		if len(page) > 0 && page[0].Key == after {
			r.Fatalf("key %q is cut", after)
		}
		joined = append(joined, page...)
		if more {
			after = page[len(page)-1].Key
		}
	}
	got, want := strings.Join(printed(joined), "\n"), strings.Join(printed(whole), "\n")
	if got != want {
		r.Errorf("joined pages:\n%s\nthe whole:\n%s", got, want)
	}
}
