package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// changed is a world after complete runs and a change of everything that a run
// has to notice: a finding to open, one to resolve, one to keep, a record that is
// missed, one that was missed before, one that cannot be read any more, and a SKU
// under an invoice that did not change.
func changed(t *testing.T) *world {
	w := newWorld()
	w.mixed()
	w.both(5, "1005")
	w.both(6, "1006", func(i *reconcile.Invoice) { i.Lines[0].ProductID = "2" })
	w.both(7, "1007")
	w.run(t)
	w.qb.drop("1007")
	w.run(t)
	w.qb.edit("1002", priced("100"))
	w.qb.edit("1001", priced("80"))
	w.qb.drop("1005")
	w.qb.products[1].SKU = "b"
	w.hs.unreadable = []reconcile.Unreadable{{System: reconcile.HubSpot, Object: "line_items", ID: "77", Of: "3", Number: "1003", Field: "lines[#1].price", Problem: "no number"}}
	w.store.calls = nil
	return w
}

// cutOff is a world in which the pulls of invoices broke off.
func cutOff(t *testing.T) *world {
	w := many()
	w.qb.breaks[reconcile.ObjectInvoices] = breakdown{1, connectors.ErrUnreachable}
	w.hs.breaks[reconcile.ObjectInvoices] = breakdown{2, connectors.ErrUnreachable}
	w.run(t)
	w.hs.breaks, w.qb.breaks = nil, nil
	w.store.calls = nil
	return w
}

// died is a world in which the first run failed when everything was pulled.
func died(t *testing.T) *world {
	w := many()
	w.store.fail = func(call string, _ int) error {
		if call == "Unreadable" {
			return errFault
		}
		return nil
	}
	if run, err := w.runner().Run(t.Context(), byHand); err == nil {
		t.Fatalf("%+v", run)
	}
	w.store.fail, w.store.calls = nil, nil
	return w
}

var errFault = errors.New("disk is full")

// TestFaults makes one call of a port after the other fail, in runs that pull
// changes, everything, and the rest of what broke off. The run then says so, resolves
// nothing before everything else is written, and the next run ends like an undisturbed
// one.
func TestFaults(t *testing.T) {
	for _, kind := range []struct {
		name    string
		arrange func(*testing.T) *world
		order   Order
	}{
		{"changes", changed, byHand},
		{"everything", changed, Order{Actor: byHand.Actor, Full: true}},
		{"resumed", cutOff, byHand},
		{"resumed at the end", died, byHand},
	} {
		t.Run(kind.name, func(t *testing.T) {
			undisturbed := kind.arrange(t)
			want := undisturbed.end(t, kind.order)
			calls := len(undisturbed.store.calls)
			if calls < 60 {
				t.Fatalf("an undisturbed run makes %d calls: %v", calls, undisturbed.store.calls)
			}
			for n := 1; n <= calls; n++ {
				w := kind.arrange(t)
				failed := ""
				w.store.fail = func(call string, nth int) error {
					if nth != n {
						return nil
					}
					w.store.mu.Lock()
					failed = call
					w.store.mu.Unlock()
					return errFault
				}
				t.Run(fmt.Sprintf("call %d", n), func(t *testing.T) { checkFault(t, w, kind.order, &failed, want) })
			}
		})
	}
}

func checkFault(t *testing.T, w *world, order Order, failed *string, want outcome) {
	w.clock.add(time.Hour)
	before, resolved := len(w.store.runs), w.store.resolved()
	run, err := w.runner().Run(t.Context(), order)
	stored := &journaled{}
	if len(w.store.runs) > before {
		stored = w.store.runs[before]
	}
	vendor := strings.HasPrefix(*failed, "source.Pull") || strings.HasPrefix(*failed, "source.Count") || strings.HasPrefix(*failed, "source.Deleted")
	switch {
	case *failed == "":
		t.Fatal("the fault did not happen")
	case vendor && strings.HasPrefix(*failed, "source.Pull") && err == nil && run.State == reconcile.RunComplete:
		for _, c := range stored.certificates { // it had no answer for where a pull broke off
			if c.Resumed == 0 && strings.HasSuffix(*failed, fmt.Sprintf("%s %s", c.System, c.Object)) {
				return
			}
		}
		t.Errorf("%s: the run is complete", *failed)
	case vendor:
		if err != nil || run.State != reconcile.RunIncomplete || stored.State != reconcile.RunIncomplete {
			t.Errorf("%s: run is %s, stored as %s: %v", *failed, run.State, stored.State, err)
		}
	case !errors.Is(err, errFault):
		t.Errorf("%s: error %v", *failed, err)
	case run.ID == 0 && len(w.store.runs) == before: // it did not begin
	case *failed == "SaveRun COMPLETE":
		if stored.State != reconcile.RunComparing {
			t.Errorf("%s: stored as %s", *failed, stored.State)
		}
	case run.State != reconcile.RunFailed || stored.State != reconcile.RunFailed || !strings.Contains(stored.Problem, errFault.Error()):
		t.Errorf("%s: run is %s, stored as %s %q", *failed, run.State, stored.State, stored.Problem)
	}
	switch *failed {
	case "Tally", "SaveStep compare DONE", "SaveRun COMPLETE": // after Unseen
	default:
		same(t, *failed+": resolved by the disturbed run", w.store.resolved(), resolved...)
	}
	got := w.end(t, order) // an hour later, when the run that could not store its end counts as dead
	if vendor {            // what the incomplete run pulled need not be pulled again
		got.pulls, want.pulls = nil, nil
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(outcome{}), cmpopts.IgnoreUnexported(reconcile.Certificate{})); diff != "" {
		t.Errorf("%s: the next run ends otherwise than an undisturbed one (-undisturbed +got):\n%s", *failed, diff)
	}
}

// An outcome is all that a run leaves behind by which it can be told from another.
type outcome struct {
	findings []string
	totals   []reconcile.ControlTotal
	invoices []string // with the missed ones marked
	pulls    []reconcile.Certificate
}

// end carries out an order and tells how it ended. How many requests it took, what it
// closed and what was new to the mirror depends on what runs before it have done.
func (w *world) end(t *testing.T, order Order) outcome {
	t.Helper()
	w.clock.add(time.Hour)
	run, err := w.runner().Run(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	stored := w.stored(t, run)
	// An incomplete run before it told so, and that is over.
	e := outcome{findings: without(w.store.list(), "PULL_INCOMPLETE  records RESOLVED"), totals: stored.totals}
	for _, c := range sortedCertificates(stored) {
		c.Calls, c.Changed, c.Deleted, c.Resumed, c.Reason = 0, 0, 0, 0, ""
		c.StartedAt, c.FinishedAt, c.Watermark = time.Time{}, time.Time{}, time.Time{}
		e.pulls = append(e.pulls, c)
	}
	for _, f := range w.store.filed(func(*reconcile.Filed) bool { return true }) {
		at := shelved{f.Invoice.System, "invoices", f.Invoice.ID}
		e.invoices = append(e.invoices, fmt.Sprintf("%s missed=%t", mustJSON(f.Invoice), w.store.registry[at].missed != 0))
	}
	return e
}

// resolved lists the findings that are resolved.
func (l *ledger) resolved() (ids []reconcile.FindingID) {
	for id, f := range l.findings {
		if f.State == reconcile.FindingResolved {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func without(list []string, line string) []string {
	var out []string
	for _, l := range list {
		if l != line {
			out = append(out, l)
		}
	}
	return out
}

// TestStepOfAFailedRun: the step at which a run failed tells why.
func TestStepOfAFailedRun(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.store.fail = func(call string, _ int) error {
		if call == "SaveTotals" {
			return errFault
		}
		return nil
	}
	run, _ := w.runner().Run(t.Context(), byHand)
	stored := w.stored(t, run)
	last := stored.steps[len(stored.steps)-1]
	if last.Name != "compare" || last.State != reconcile.StepFailed || last.Problem != "compare: disk is full" || last.Records != 4 {
		t.Errorf("step %+v", last)
	}
}

// TestCancel: a run whose caller gives up is stored as CANCELLED, wherever it is
// and whatever the store calls the interruption.
func TestCancel(t *testing.T) {
	interrupted := errors.New("interrupted (9)")
	for _, at := range []string{"SetCompany hubspot", "source.Pull quickbooks products", "source.Count hubspot invoices", "StoreInvoices quickbooks", "SaveRun COMPARING", "Entries quickbooks", "See"} {
		for _, err := range []error{nil, interrupted} {
			t.Run(fmt.Sprintf("%s %v", at, err), func(t *testing.T) {
				w := newWorld()
				w.mixed()
				ctx, cancel := context.WithCancel(t.Context())
				w.store.fail = func(call string, _ int) error {
					if strings.HasPrefix(call, at) {
						cancel()
						return err
					}
					return nil
				}
				run, err := w.runner().Run(ctx, byHand)
				if err == nil || run.State != reconcile.RunCancelled || !strings.HasPrefix(run.Problem, "cancelled") || run.Verdict != reconcile.VerdictUnknown {
					t.Errorf("%s %q: %v", run.State, run.Problem, err)
				}
				stored := w.stored(t, run)
				for _, s := range stored.steps {
					if s.State == reconcile.StepFailed && !strings.HasPrefix(s.Problem, "cancelled") {
						t.Errorf("step %+v", s)
					}
				}
			})
		}
	}
}

// TestVendorSaysCancelled: only the caller cancels a run.
func TestVendorSaysCancelled(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.qb.breaks[reconcile.ObjectInvoices] = breakdown{1, fmt.Errorf("stream reset: %w", context.Canceled)}
	if run := w.run(t); run.State != reconcile.RunIncomplete {
		t.Errorf("%s %s", run.State, run.Problem)
	}
	w.store.fail = func(call string, _ int) error {
		if call == "Masters" {
			return fmt.Errorf("connection closed: %w", context.Canceled)
		}
		return nil
	}
	if run, _ := w.runner().Run(t.Context(), byHand); run.State != reconcile.RunFailed {
		t.Errorf("%s %s", run.State, run.Problem)
	}
}

// TestOneSystemFails: the failure of one system ends the pull of the other, and is
// the one that is told.
func TestOneSystemFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.store.now = time.Now
		w.mixed()
		w.hs.denied = "company"
		w.store.fail = func(call string, _ int) error {
			if call == "source.Company quickbooks" {
				time.Sleep(time.Second) // the other has failed by then
			}
			return nil
		}
		run, err := w.runner().Run(t.Context(), byHand)
		if !errors.Is(err, connectors.ErrDenied) || run.State != reconcile.RunFailed {
			t.Errorf("%s: %v", run.State, err)
		}
		if told := w.store.told("source.Pull quickbooks"); len(told) > 0 {
			t.Errorf("%v", told)
		}
	})
}

// slow is a world by the clock of a bubble, for runs that take their time.
func slow() *world {
	w := newWorld()
	w.store.now = time.Now
	w.mixed()
	return w
}

// TestHeartbeat: a long run shows that it lives often enough, and a beat that
// fails now and then does no harm.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slow()
		beats := 0
		w.store.fail = func(call string, _ int) error {
			switch call {
			case "Heartbeat":
				if beats++; beats%3 != 0 { // two in a row fail
					return errFault
				}
			case "source.Pull hubspot products":
				time.Sleep(3 * time.Minute)
			}
			return nil
		}
		run, err := w.runner().Run(t.Context(), byHand)
		if err != nil || run.State != reconcile.RunComplete {
			t.Fatalf("%s: %v", run.State, err)
		}
		if stored := w.stored(t, run); stored.beats < 5 {
			t.Errorf("%d beats in %s", stored.beats, run.FinishedAt.Sub(run.StartedAt))
		}
	})
}

// TestTakenForDead: a run that cannot show that it lives gives up before another
// may start beside it.
func TestTakenForDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slow()
		w.store.fail = func(call string, _ int) error {
			switch call {
			case "Heartbeat":
				return errFault
			case "source.Pull hubspot products":
				time.Sleep(75 * time.Second)
			}
			return nil
		}
		run, err := w.runner().Run(t.Context(), byHand)
		if !errors.Is(err, errFault) || run.State != reconcile.RunFailed || !strings.Contains(run.Problem, "given up after 3 heartbeats") {
			t.Errorf("%s %q: %v", run.State, run.Problem, err)
		}
		if took := run.FinishedAt.Sub(run.StartedAt); took >= 2*time.Minute {
			t.Errorf("given up after %s", took)
		}
		if told := w.store.told("StoreMasters hubspot products"); len(told) > 0 {
			t.Errorf("written after the run was given up: %v", told)
		}
	})
}

// TestTakenForDeadAlready: a run that slept and was taken for dead gives up at its
// first heartbeat: another is under way beside it.
func TestTakenForDeadAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slow()
		w.store.fail = func(call string, _ int) error {
			if call == "source.Pull hubspot products" {
				w.store.mu.Lock()
				w.store.runs[0].State, w.store.runs[0].Problem = reconcile.RunFailed, "the process ended before the run did"
				w.store.mu.Unlock()
				time.Sleep(75 * time.Second)
			}
			return nil
		}
		run, err := w.runner().Run(t.Context(), byHand)
		if !errors.Is(err, reconcile.ErrEnded) || !strings.Contains(run.Problem, "given up: ") {
			t.Errorf("%s %q: %v", run.State, run.Problem, err)
		}
		if told := w.store.told("Heartbeat"); len(told) != 1 {
			t.Errorf("%d heartbeats, want 1", len(told))
		}
		if told := w.store.told("StoreMasters hubspot products"); len(told) > 0 {
			t.Errorf("written after the run was given up: %v", told)
		}
	})
}

// TestTakenOver: a run that another has already taken the place of changes
// nothing of its end.
func TestTakenOver(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.store.fail = func(call string, _ int) error {
		if call == "source.Count quickbooks invoices" {
			w.store.mu.Lock()
			defer w.store.mu.Unlock()
			w.store.runs[0].State, w.store.runs[0].Problem = reconcile.RunFailed, "the process ended before the run did"
		}
		return nil
	}
	_, err := w.runner().Run(t.Context(), byHand)
	if !errors.Is(err, reconcile.ErrEnded) {
		t.Errorf("error %v, want ErrEnded", err)
	}
	if told := w.store.told("See"); len(told) > 0 {
		t.Errorf("findings of a run that has ended: %v", told)
	}
	if got := w.store.runs[0].State; got != reconcile.RunFailed {
		t.Errorf("stored as %s", got)
	}
}
