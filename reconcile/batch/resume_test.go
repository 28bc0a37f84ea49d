package batch

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// many is a world with several pages of everything, and some findings.
func many() *world {
	w := newWorld()
	w.hs.bill("20", "1020", priced("300"))
	for n := range 9 {
		w.both(n+1, fmt.Sprint(1001+n))
	}
	for n := range 5 {
		w.qb.products = append(w.qb.products, product(reconcile.QuickBooks, fmt.Sprint(10+n), fmt.Sprint("X", n)))
		w.hs.products = append(w.hs.products, product(reconcile.HubSpot, fmt.Sprint(10+n), fmt.Sprint("X", n)))
	}
	w.qb.edit("1004", priced("90"))
	return w
}

// TestResume cuts a pull after each of its pages, by a refusal that ends the run, by
// an error that leaves it incomplete and by a store that fails: the next run goes on
// there, and its certificates say what undisturbed ones do.
func TestResume(t *testing.T) {
	whole := many()
	want := whole.run(t)
	for _, o := range []reconcile.Object{reconcile.ObjectProducts, reconcile.ObjectInvoices} {
		for after := 1; after <= 3; after++ {
			for _, why := range []error{connectors.ErrDenied, connectors.ErrThrottled, errFault} {
				t.Run(fmt.Sprintf("%s/%d/%s", o, after, why), func(t *testing.T) {
					w := many()
					w.qb.breaks[o] = breakdown{after, why}
					if errors.Is(why, errFault) { // ours
						delete(w.qb.breaks, o)
						stored := 0
						w.store.fail = func(call string, _ int) error {
							if call != "StoreMasters quickbooks products" && call != "StoreInvoices quickbooks" || (o == reconcile.ObjectInvoices) != (call == "StoreInvoices quickbooks") {
								return nil
							}
							if stored++; stored > after {
								return why
							}
							return nil
						}
					}
					began := w.clock.now()
					if _, err := w.runner().Run(t.Context(), byHand); (err != nil) == errors.Is(why, connectors.ErrThrottled) {
						t.Fatal(err)
					}
					w.qb.breaks, w.store.fail, w.store.calls = nil, nil, nil
					run := w.run(t)
					got := run.certificate(reconcile.QuickBooks, o)
					if got.Resumed != 1 || !got.Watermark.Equal(began) || !got.StartedAt.Equal(began) {
						t.Errorf("%+v", got)
					}
					for n, c := range sortedCertificates(run) {
						if c.Object == reconcile.ObjectTaxRates || errors.Is(why, connectors.ErrThrottled) && c.Resumed == 0 {
							continue // never resumed; complete in the run before, which compared
						}
						if diff := cmp.Diff(sortedCertificates(want)[n], c, cmpopts.IgnoreUnexported(c),
							cmpopts.IgnoreFields(c, "Calls", "Resumed", "StartedAt", "FinishedAt", "Watermark")); diff != "" {
							t.Errorf("%s %s: %s", c.System, c.Object, diff)
						}
					}
					pages := (len(w.qb.invoices)+1)/2 - after
					if o == reconcile.ObjectProducts {
						pages = (len(w.qb.products)+1)/2 - after
					}
					if told := w.store.told(fmt.Sprintf("source.Pull quickbooks %s", o)); len(told) != pages+1 {
						t.Errorf("%d pages asked for, want %d", len(told)-1, pages)
					}
					if sum := w.store.told("source."); run.Counts.Calls != len(sum)-pulls(w) {
						t.Errorf("%d calls in the run, %d were made", run.Counts.Calls, len(sum)-pulls(w))
					}
					same(t, "findings", without(w.store.list(), "PULL_INCOMPLETE  records RESOLVED"), whole.store.list()...)
				})
			}
		}
	}
}

// pulls is how often a world was asked for a page that there was not: the end of a
// pull takes no request.
func pulls(w *world) int { return len(w.store.told("source.Count")) }

// TestResumeOnce: what was completed is not gone on with.
func TestResumeOnce(t *testing.T) {
	w := many()
	w.run(t)
	w.clock.add(7 * 24 * time.Hour)
	for _, c := range w.run(t).certificates {
		if c.Resumed != 0 || c.Mode() != reconcile.PullFull {
			t.Errorf("%+v", c)
		}
	}
}

// TestResumeTooLate: a pull that broke off a day ago begins anew.
func TestResumeTooLate(t *testing.T) {
	for _, tt := range []struct {
		later   time.Duration
		resumed reconcile.RunID
	}{{24*time.Hour - time.Second, 1}, {24 * time.Hour, 0}} {
		w := many()
		w.qb.breaks[reconcile.ObjectInvoices] = breakdown{2, connectors.ErrUnreachable}
		if _, err := w.runner().Run(t.Context(), byHand); err != nil {
			t.Fatal(err)
		}
		w.qb.breaks = nil
		w.clock.add(tt.later - time.Hour)
		if c := w.run(t).invoices(); c.Resumed != tt.resumed || c.Received != 9 || !c.Complete() {
			t.Errorf("%s later: %+v", tt.later, c)
		}
	}
}

// TestResumeAstray: a system that does not go on where it was told to, or has no answer
// for it, is read from the beginning, and nothing is counted twice. A record that is
// missing is not made up for by one that came twice.
func TestResumeAstray(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"begins anew": func(w *world) { w.qb.restless = true },
		"no answer": func(w *world) {
			refused := false // asked and set by QuickBooks' pull alone
			w.store.fail = func(call string, _ int) error {
				if call == "source.Pull quickbooks invoices" && !refused {
					refused = true
					return connectors.ErrBroken
				}
				return nil
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := many()
			w.qb.breaks[reconcile.ObjectInvoices] = breakdown{3, connectors.ErrUnreachable}
			if _, err := w.runner().Run(t.Context(), byHand); err != nil {
				t.Fatal(err)
			}
			w.qb.breaks = nil
			w.qb.drop("1009")
			w.qb.more = map[reconcile.Object]int{reconcile.ObjectInvoices: 1}
			spoil(w)
			run := w.run(t)
			if c := run.invoices(); c.Complete() || c.Resumed != 0 || c.Distinct() != 8 || c.Claimed != 9 {
				t.Errorf("%+v", c)
			}
			w.qb.more = nil
			if c := w.run(t).invoices(); !c.Complete() || c.Distinct() != 8 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// TestResumeShort: a list whose end was reached with less than the system claims is
// read from the beginning by the next run, not looked at behind its end again and again.
func TestResumeShort(t *testing.T) {
	w := many()
	left := w.qb.invoices[1] // out by the list, and counted
	w.qb.drop(left.ID)
	w.qb.more = map[reconcile.Object]int{reconcile.ObjectInvoices: 1}
	if c := w.run(t).invoices(); c.Complete() || c.Received != 8 {
		t.Fatalf("%+v", c)
	}
	w.qb.more, w.qb.invoices = nil, append([]reconcile.Invoice{left}, w.qb.invoices...)
	if c := w.run(t).invoices(); !c.Complete() || c.Resumed != 0 || c.Received != 9 {
		t.Errorf("%+v", c)
	}
}
