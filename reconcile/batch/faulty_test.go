package batch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// TestFaultyRunsLeaveNothing plays random histories to two stores, one of which has runs
// in between that break off anywhere. After a few good runs both say the same. (A finding
// of an invoice that cannot be read any more stays; the other store may never have had
// it.) TIEOUT_CAMPAIGN plays many.
func TestFaultyRunsLeaveNothing(t *testing.T) {
	played := uint64(25)
	if os.Getenv("TIEOUT_CAMPAIGN") != "" {
		played = 1500
	}
	for n := range played {
		h := newHistory(rand.New(rand.NewPCG(99, n)))
		for range 5 {
			for range 1 + h.IntN(2) {
				back := h.masters()
				for range h.IntN(4) {
					h.changeProduct(pick(h, reconcile.HubSpot, reconcile.QuickBooks))
				}
				h.step()
				h.fault(t)
				if h.IntN(2) == 0 {
					h.tell("masters as before")
					back()
				}
			}
			h.step()
			var faulty, good reconcile.Run
			for range 3 { // what is gone is believed after two
				faulty, good = h.carry(t, h.narrowly, byHand), h.carry(t, h.widely, Order{Actor: byHand.Actor, Full: true})
			}
			if got, want := stands(h.narrowly, faulty), stands(h.widely, good); got != want && good.Counts.Unknown == 0 {
				t.Fatalf("history %d: %v\ngot  %s\nwant %s", n, h.told, got, want)
			}
		}
	}
}

func (h *history) carry(t *testing.T, w *world, o Order) reconcile.Run {
	t.Helper()
	run, err := w.runner().Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// masters returns what makes the masters of both worlds what they are now.
func (h *history) masters() (back func()) {
	var backs []func()
	for _, w := range []*world{h.narrowly, h.widely} {
		for _, s := range []*source{w.hs, w.qb} {
			products, customers := slices.Clone(s.products), slices.Clone(s.customers)
			backs = append(backs, func() { s.products, s.customers = products, customers })
		}
	}
	return func() {
		for _, back := range backs {
			back()
		}
	}
}

// fault carries out a run in which a system or the store fails.
func (h *history) fault(t *testing.T) {
	w := h.narrowly
	if h.IntN(3) == 0 {
		o := pick(h, reconcile.ObjectProducts, reconcile.ObjectCustomers, reconcile.ObjectInvoices)
		pick(h, w.hs, w.qb).breaks = map[reconcile.Object]breakdown{o: {h.IntN(3), pick(h, connectors.ErrUnreachable, connectors.ErrDenied)}}
	} else {
		last := len(w.store.calls) + h.IntN(90)
		w.store.fail = func(call string, nth int) error {
			if nth > last && !strings.HasPrefix(call, "SaveRun") && !strings.HasPrefix(call, "SaveStep") {
				return errFault
			}
			return nil
		}
	}
	run, err := w.runner().Run(t.Context(), Order{Actor: byHand.Actor, Full: h.IntN(4) == 0})
	h.tell("run %s: %v", run.State, err)
	w.store.fail, w.hs.breaks, w.qb.breaks = nil, nil, nil
}

// stands is what a world says after a run, but for when it was first said.
func stands(w *world, run reconcile.Run) string {
	var out []string
	for _, f := range w.store.findings {
		if f.State != reconcile.FindingResolved {
			out = append(out, mustJSON(f.Finding))
		}
	}
	slices.Sort(out)
	c := run.Counts
	c.Calls, c.Opened, c.Reopened, c.Resolved = 0, 0, 0, 0
	return fmt.Sprintf("%s %s %+v\n%s\n%s", run.State, run.Verdict, c, mustJSON(w.store.run(run.ID).totals), strings.Join(out, "\n"))
}
