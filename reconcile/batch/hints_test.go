package batch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// A hearsay keeps hints in memory, by system, object and id, each with its filing.
type hearsay struct {
	filings map[reconcile.System]int64
	hints   map[shelved]int64
	most    int // of an object
}

func newHearsay() hearsay {
	return hearsay{filings: map[reconcile.System]int64{}, hints: map[shelved]int64{}, most: 10}
}

// hint files hints about an object's records.
func (m *memory) hint(s reconcile.System, o reconcile.Object, ids ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.filings[s]++
	for _, id := range ids {
		m.hints[shelved{s, string(o), id}] = m.filings[s]
	}
}

func (m *memory) Filings(ctx context.Context, s reconcile.System) (int64, error) {
	if err := m.call(ctx, "Filings %s", s); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.filings[s], nil
}

func (m *memory) HintsAfter(ctx context.Context, s reconcile.System, o reconcile.Object, filing int64) (told reconcile.Hints, err error) {
	if err := m.call(ctx, "HintsAfter %s %s", s, o); err != nil {
		return told, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for at, filed := range m.hints {
		switch {
		case at.system != s || at.shelf != string(o):
		case filed <= filing:
			delete(m.hints, at)
		default:
			told.IDs = append(told.IDs, at.id)
		}
	}
	if len(told.IDs) > m.most {
		return reconcile.Hints{Flooded: true}, nil
	}
	slices.Sort(told.IDs)
	return told, nil
}

// hintable is a world after a complete run, in which the price of an invoice has changed
// since and HubSpot does not tell.
func hintable(t *testing.T) *world {
	t.Helper()
	w := newWorld()
	w.both(1, "1001")
	w.both(2, "1002")
	w.run(t)
	w.run(t) // what changed at the instant of the first is read once more
	w.hs.quiet = true
	w.hs.edit("1", priced("90"))
	w.run(t)
	if found := w.store.list(); len(found) > 0 {
		t.Fatalf("found without a hint: %v", found)
	}
	return w
}

// TestHintIsRead: what an event told of is read, whatever the system tells of changes,
// and once; by its line as well.
func TestHintIsRead(t *testing.T) {
	for _, hint := range []func(*world){
		func(w *world) { w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, "1") },
		func(w *world) {
			w.hs.lines = map[string]string{"77": "1"}
			w.store.hint(reconcile.HubSpot, reconcile.ObjectLineItems, "77")
		},
	} {
		w := hintable(t)
		hint(w)
		run := w.run(t)
		same(t, "findings", w.store.list(), "LINE_PRICE 1001 lines[A].price OPEN")
		c := run.certificate(reconcile.HubSpot, reconcile.ObjectInvoices)
		if c.Hints != 1 || c.Received != 1 || c.Hinted != 1 || c.Mode() != reconcile.PullIncremental || run.State != reconcile.RunComplete {
			t.Errorf("%s %+v", run.State, c)
		}
		if c := w.run(t).certificate(reconcile.HubSpot, reconcile.ObjectInvoices); c.Hints != 0 || c.Received != 0 || len(w.store.hints) != 0 {
			t.Errorf("read again: %+v, %v", c, w.store.hints)
		}
	}
}

// TestHintStays: a hint is taken by a pull that is complete in a run that compared, and
// by no other.
func TestHintStays(t *testing.T) {
	for name, disturb := range map[string]func(*world) (mend func()){
		"failed": func(w *world) func() {
			w.store.fail = func(call string, _ int) error {
				if strings.HasPrefix(call, "See") {
					return errFault
				}
				return nil
			}
			return func() { w.store.fail = nil }
		},
		"incomplete": func(w *world) func() {
			w.hs.breaks[reconcile.ObjectInvoices] = breakdown{1, connectors.ErrUnreachable}
			return func() { delete(w.hs.breaks, reconcile.ObjectInvoices) }
		},
		"refused": func(w *world) func() {
			w.hs.denied = "pull"
			return func() { w.hs.denied = "" }
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := hintable(t)
			w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, "1")
			mend := disturb(w)
			run, err := w.runner().Run(t.Context(), byHand)
			if run.State == reconcile.RunComplete {
				t.Fatalf("the run is COMPLETE, %v: the case proves nothing", err)
			}
			mend()
			if c := w.run(t).certificate(reconcile.HubSpot, reconcile.ObjectInvoices); c.Hints != 1 {
				t.Errorf("hints %d", c.Hints)
			}
			if !slices.Contains(w.store.list(), "LINE_PRICE 1001 lines[A].price OPEN") {
				t.Errorf("found %v", w.store.list())
			}
		})
	}
}

// TestHintDuringThePull: what is filed after a pull has begun is for the next, also where
// the record was read a moment before.
func TestHintDuringThePull(t *testing.T) {
	w := hintable(t)
	w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, "1")
	late := false
	w.store.fail = func(call string, _ int) error {
		if call == "source.Count hubspot invoices" && !late {
			late = true
			w.hs.edit("1", priced("80"))
			w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, "1")
		}
		return nil
	}
	w.run(t)
	if c := w.run(t).certificate(reconcile.HubSpot, reconcile.ObjectInvoices); c.Hints != 1 || c.Changed != 1 {
		t.Errorf("%+v", c)
	}
}

// TestHintsFlooded: where more was told than is kept, everything of the object is read.
func TestHintsFlooded(t *testing.T) {
	w := hintable(t)
	for n := range 11 {
		w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, fmt.Sprint(100+n))
	}
	run := w.run(t)
	same(t, "findings", w.store.list(), "LINE_PRICE 1001 lines[A].price OPEN")
	c := run.certificate(reconcile.HubSpot, reconcile.ObjectInvoices)
	if c.Mode() != reconcile.PullFull || !strings.Contains(c.Reason, "events") {
		t.Errorf("%s: %s", c.Mode(), c.Reason)
	}
	if c := w.run(t).certificate(reconcile.HubSpot, reconcile.ObjectInvoices); c.Mode() != reconcile.PullIncremental || c.Hints != 0 || len(w.store.hints) != 0 {
		t.Errorf("%s, hints %d", c.Mode(), c.Hints)
	}
}

// TestHintsFloodedAndEmptied: a system that tells that its last records were deleted is
// believed, however many events came: a list that is empty would not be.
func TestHintsFloodedAndEmptied(t *testing.T) {
	w := hintable(t)
	w.hs.quiet, w.hs.invoices = false, nil
	for n := range 11 {
		w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, fmt.Sprint(100+n))
	}
	for range 2 {
		if run := w.run(t); run.State != reconcile.RunComplete {
			t.Fatalf("%s: %s", run.State, run.Problem)
		}
	}
	if len(w.store.hints) != 0 {
		t.Errorf("kept: %v", w.store.hints)
	}
}

// TestHintBreaksNothing: where nothing sensible is answered for what was told of, the
// pull goes on without.
func TestHintBreaksNothing(t *testing.T) {
	w := hintable(t)
	w.hs.odd = "666"
	w.hs.quiet = false
	w.hs.edit("2", priced("80"))
	w.store.hint(reconcile.HubSpot, reconcile.ObjectInvoices, "666", "1")
	run := w.run(t)
	if c := run.certificate(reconcile.HubSpot, reconcile.ObjectInvoices); run.State != reconcile.RunComplete || c.Hints != 0 || c.Changed != 1 {
		t.Errorf("%s %+v", run.State, c)
	}
	if w.run(t); len(w.store.hints) != 0 {
		t.Errorf("kept: %v", w.store.hints)
	}
}

// TestHintsChangeNothing plays random histories to two stores. One hears of events that
// are lost, come twice, in another order, late, about records that were never there or
// that nothing happened to, and pulls what has changed; the other hears nothing and pulls
// everything. After every run both say the same. TIEOUT_CAMPAIGN plays many.
func TestHintsChangeNothing(t *testing.T) {
	played := uint64(60)
	if os.Getenv("TIEOUT_CAMPAIGN") != "" {
		played = 5000
	}
	taken := 0
	for n := range played {
		h := newHistory(rand.New(rand.NewPCG(77, n)))
		h.narrowly.store.most = 1 + h.IntN(30)
		for range 6 {
			h.step()
			h.gossip()
			if !h.same(t) {
				t.Fatalf("history %d: %v", n, h.told)
			}
		}
		for _, r := range h.narrowly.store.runs {
			for _, c := range r.certificates {
				taken += c.Hints
			}
		}
	}
	if taken < int(played) {
		t.Errorf("%d hints were taken: the histories prove too little", taken)
	}
}

// gossip files hints about records of any kind and fate.
func (h *history) gossip() {
	for range h.IntN(5) {
		s, o := pick(h, reconcile.HubSpot, reconcile.QuickBooks), pick(h, reconcile.ObjectInvoices, reconcile.ObjectInvoices, reconcile.ObjectProducts, reconcile.ObjectCustomers, reconcile.ObjectLineItems)
		var ids []string
		for range h.IntN(6) {
			ids = append(ids, fmt.Sprint(h.IntN(h.next+5))) // of now, of before and never
		}
		h.tell("%s %s told of: %v", s, o, ids)
		h.narrowly.store.hint(s, o, ids...)
	}
}

// TestHintsChangeNothingInStores plays a history to two real stores, of which one is
// delivered hints: every message once, again, or not before another run.
func TestHintsChangeNothingInStores(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			h := newHistory(rand.New(rand.NewPCG(5, 8)))
			store, hinted := opened(t, address(t))
			plain := open(t, address(t))
			var late []reconcile.Delivery
			for step := range 4 {
				h.step()
				for _, d := range append(late, h.delivery(step)) {
					for range 1 + h.IntN(2) {
						if _, err := store.Deliver(t.Context(), d); err != nil {
							t.Fatal(err)
						}
					}
				}
				late = []reconcile.Delivery{h.delivery(100 + step)}
				a := told(t, h.narrowly, hinted, byHand)
				b := told(t, h.widely, plain, Order{Actor: byHand.Actor, Full: true})
				if a != b {
					t.Fatalf("run %d: %v\nhinted %s\nplain  %s", step+1, h.told, a, b)
				}
			}
			if last, err := hinted.PullHistory(t.Context(), reconcile.HubSpot, reconcile.ObjectInvoices); err != nil || last.Hinted != 6 { // the first came before the portal was known
				t.Errorf("hinted %d: %v", last.Hinted, err)
			}
		})
	}
}

// delivery is a message about invoices, products and customers of any fate, some of them
// of another portal.
func (h *history) delivery(nth int) reconcile.Delivery {
	now := h.narrowly.clock.now()
	d := reconcile.Delivery{System: reconcile.HubSpot, Key: fmt.Sprintf("%064d", nth), At: now, Until: now.Add(time.Hour), Hints: map[string][]reconcile.Hint{}}
	for range 8 {
		portal := pick(h, "62515", "62515", "77")
		d.Hints[portal] = append(d.Hints[portal], reconcile.Hint{
			Object: pick(h, reconcile.ObjectInvoices, reconcile.ObjectInvoices, reconcile.ObjectProducts, reconcile.ObjectCustomers, reconcile.ObjectLineItems),
			ID:     fmt.Sprint(h.IntN(h.next + 3)), At: now,
		})
	}
	return d
}
