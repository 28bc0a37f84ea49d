package batch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// certificate returns a run's certificate of an object.
func (r *journaled) certificate(s reconcile.System, o reconcile.Object) *reconcile.Certificate {
	at := slices.IndexFunc(r.certificates, func(c reconcile.Certificate) bool { return c.System == s && c.Object == o })
	return &r.certificates[at]
}

// invoices returns a run's certificate of QuickBooks' invoices.
func (r *journaled) invoices() *reconcile.Certificate {
	return r.certificate(reconcile.QuickBooks, reconcile.ObjectInvoices)
}

// TestChanges: a run after a complete one asks for what has changed since that began,
// all objects of a system since the same instant, and tax rates as a whole.
func TestChanges(t *testing.T) {
	w := newWorld()
	for n := range 5 {
		w.both(n+1, fmt.Sprint(1001+n))
	}
	first := w.run(t)
	began := w.clock.now()
	w.qb.edit("1003", priced("90"))
	w.qb.bill("1006", "1006")
	run := w.run(t)
	for _, c := range run.certificates {
		want := reconcile.PullIncremental
		if c.Object == reconcile.ObjectTaxRates {
			want = reconcile.PullFull
		}
		if c.Mode() != want || (want == reconcile.PullIncremental && !c.Since.Equal(began)) || (c.Reason == "") != (want == reconcile.PullIncremental) || !c.Complete() {
			t.Errorf("%s %s: %s since %s %q %q", c.System, c.Object, c.Mode(), c.Since, c.Reason, c.Problem)
		}
		if !c.Watermark.Equal(w.clock.now()) || c.Known+c.Aside != c.Claimed {
			t.Errorf("%s %s: %+v", c.System, c.Object, c)
		}
	}
	if c := run.invoices(); c.Received != 5+1 || c.Claimed != 6 || c.Known != 6 || c.Changed != 2 || c.Calls != 3+1 || c.Missed+c.Deleted != 0 {
		t.Errorf("%+v", c) // what was made at the instant of the first run is read again
	}
	if c := first.invoices(); c.Changed != 5 || c.Known != 5 || c.Reason != "there is no complete pull before" {
		t.Errorf("%+v", c)
	}
	if run = w.run(t); run.invoices().Received != 2 || run.invoices().Changed != 0 {
		t.Errorf("%+v", run.invoices())
	}
	if run = w.run(t); run.invoices().Received != 0 || run.invoices().Calls != 1 || !run.invoices().Complete() {
		t.Errorf("%+v", run.invoices())
	}
	same(t, "findings", w.store.list(), "INVOICE_ONLY_IN_DESTINATION 1006  OPEN", "LINE_PRICE 1003 lines[A].price OPEN")
}

// TestWholePulls: what makes a run read everything, and what the certificate then
// says of it.
func TestWholePulls(t *testing.T) {
	for _, tt := range []struct {
		name    string
		arrange func(*world)
		order   Order
		whole   int // pulls of everything, beside tax rates
		reason  string
	}{
		{"nothing", func(*world) {}, byHand, 0, ""},
		{"asked for", func(*world) {}, Order{Actor: byHand.Actor, Full: true}, 7, "the run was asked for everything"},
		{"a week", func(w *world) { w.clock.add(7*24*time.Hour - time.Hour) }, byHand, 7, "everything was last read 2026-11-01T10:00:00Z"},
		{"less than a week", func(w *world) { w.clock.add(7*24*time.Hour - time.Hour - time.Second) }, byHand, 0, ""},
		{"too long ago for the system", func(w *world) { w.qb.tooOld = true }, byHand, 3, "QuickBooks does not tell any more what has changed since 2026-11-01T10:00:00Z"},
		{"more claimed", func(w *world) { w.qb.more[reconcile.ObjectCustomers] = 1 }, byHand, 1, "QuickBooks claims 3 customers, with what has changed the mirror has 2"},
		{"fewer claimed", func(w *world) { w.qb.more[reconcile.ObjectCustomers] = -1 }, byHand, 1, "QuickBooks claims 1 customers, with what has changed the mirror has 2"},
		{"deletions not told", func(w *world) { w.qb.mute = true; w.qb.drop("1001") }, byHand, 1, "QuickBooks claims 3 invoices, with what has changed the mirror has 4"},
		{"another tax rate", func(w *world) { w.hs.rates[0].Percent = dec("21") }, byHand, 1, "the tax rates are not those of the last pull"},
		{"another tax code", func(w *world) { w.qb.rates = []reconcile.TaxRate{{System: reconcile.QuickBooks, ID: "9", Name: "New"}} }, byHand, 0, ""},
		{"another time zone", func(w *world) { w.hs.company.TimeZone = "Asia/Tokyo" }, byHand, 1, "the time zone is Asia/Tokyo now; at the last pull it was UTC"},
		{"deletions told", func(w *world) { w.qb.drop("1001") }, byHand, 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			w.mixed()
			w.both(5, "1005")
			w.run(t)
			tt.arrange(w)
			w.clock.add(time.Hour)
			run, err := w.runner().Run(t.Context(), tt.order)
			if err != nil {
				t.Fatal(err)
			}
			whole := 0
			for _, c := range w.stored(t, run).certificates {
				if c.Object == reconcile.ObjectTaxRates || c.Mode() == reconcile.PullIncremental {
					continue
				}
				whole++
				if c.Reason != tt.reason {
					t.Errorf("%s %s: because %q, want %q", c.System, c.Object, c.Reason, tt.reason)
				}
			}
			if whole != tt.whole || run.Full != tt.order.Full {
				t.Errorf("%d pulls of everything, want %d; full: %t", whole, tt.whole, run.Full)
			}
			if told := strings.Contains(strings.Join(w.heard.notes, "\n"), tt.reason); strings.Contains(tt.reason, "claims") && !told {
				t.Errorf("notes %q", w.heard.notes)
			}
		})
	}
}

// TestMadeMeanwhile: a record that is made between the changes and the count is found
// by asking once more.
func TestMadeMeanwhile(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.run(t)
	made := false
	w.store.fail = func(call string, _ int) error {
		if call == "source.Pull quickbooks invoices" && !made {
			made = true
			w.qb.bill("1005", "1005")
		}
		return nil
	}
	c := w.run(t).invoices()
	if c.Mode() != reconcile.PullIncremental || !c.Complete() || c.Changed != 1 || c.Known != 4 {
		t.Errorf("%+v", c)
	}
}

// TestUnequalChanges: where changes are not enough, the calls of all three pulls count
// and the record that was not told is there.
func TestUnequalChanges(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.run(t)
	w.qb.lag = 2 * time.Hour
	w.qb.bill("1005", "1005")
	run := w.run(t)
	c := run.invoices()
	if c.Mode() != reconcile.PullFull || !c.Complete() || c.Received != 4 || c.Changed != 1 || c.Calls != 1+1+2+1 {
		t.Errorf("%+v", c)
	}
	if run.Counts.QuickBooksInvoices != 4 {
		t.Errorf("counts %+v", run.Counts)
	}
}

// TestAside: what a system counts and brings no record of is known from the last pull
// of everything, and does not make every pull one.
func TestAside(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.qb.aside = []string{"70", "71"}
	for n, want := range []reconcile.Certificate{
		{Claimed: 4, Received: 4, Known: 2, Aside: 2},
		{Claimed: 4, Received: 4, Known: 2, Aside: 2}, // all changed at the instant of the first
		{Claimed: 4, Received: 0, Known: 2, Aside: 2},
		{Claimed: 5, Received: 5, Known: 2, Aside: 3, Reason: "QuickBooks claims 5 products, with what has changed the mirror has 4"},
		{Claimed: 5, Received: 1, Known: 2, Aside: 3},
	} {
		if n == 3 {
			w.qb.aside = append(w.qb.aside, "72")
		}
		c := w.run(t).certificate(reconcile.QuickBooks, reconcile.ObjectProducts)
		got := reconcile.Certificate{Claimed: c.Claimed, Received: c.Received, Known: c.Known, Aside: c.Aside}
		if n > 0 {
			got.Reason = c.Reason
		}
		if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(want)); diff != "" || !c.Complete() {
			t.Errorf("run %d: %s%s", n+1, diff, c.Problem)
		}
	}
}

// TestDeleted: a record is gone when two complete runs did not show it. Until then
// it stays as it is, and is there again if it is shown again.
func TestDeleted(t *testing.T) {
	for _, order := range []Order{byHand, {Actor: byHand.Actor, Full: true}} {
		t.Run(fmt.Sprintf("full=%t", order.Full), func(t *testing.T) {
			w := newWorld()
			w.both(1, "1001")
			w.both(2, "1002")
			w.run(t)
			kept := slices.Clone(w.qb.invoices)
			run := func(missed, deleted, known int, findings ...string) {
				t.Helper()
				w.clock.add(time.Hour)
				run, err := w.runner().Run(t.Context(), order)
				if err != nil {
					t.Fatal(err)
				}
				c := w.stored(t, run).invoices()
				if c.Missed != missed || c.Deleted != deleted || c.Known != known || !c.Complete() {
					t.Errorf("run %d: %d missed, %d deleted, %d known, %q", run.ID, c.Missed, c.Deleted, c.Known, c.Problem)
				}
				same(t, "findings", w.store.list(), findings...)
			}
			w.qb.drop("1002")
			run(1, 0, 1)
			w.qb.invoices = kept // a read error
			run(0, 0, 2)
			w.qb.drop("1002")
			run(1, 0, 1)
			run(0, 1, 1, "INVOICE_ONLY_IN_SOURCE 1002  OPEN")
			run(0, 0, 1, "INVOICE_ONLY_IN_SOURCE 1002  OPEN")
		})
	}
}

// TestMissedByAFailedRun: only complete runs count as sightings that a record is gone.
func TestMissedByAFailedRun(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.both(2, "1002")
	w.run(t)
	w.qb.drop("1002")
	w.store.fail = func(call string, _ int) error {
		if call == "SaveTotals" {
			return errFault
		}
		return nil
	}
	for range 3 {
		w.clock.add(time.Hour)
		if _, err := w.runner().Run(t.Context(), byHand); !errors.Is(err, errFault) {
			t.Fatal(err)
		}
	}
	w.store.fail = nil
	if c := w.run(t).invoices(); c.Missed != 1 || c.Deleted != 0 {
		t.Errorf("%+v", c)
	}
	if c := w.run(t).invoices(); c.Missed != 0 || c.Deleted != 1 {
		t.Errorf("%+v", c)
	}
}

// TestEmptied: a system that had records and says that it has none is not believed,
// however often it says so, unless the run was asked for everything.
func TestEmptied(t *testing.T) {
	for _, changes := range []bool{true, false} {
		w := newWorld()
		w.mixed()
		w.run(t)
		w.qb.mute, w.qb.tooOld = changes, !changes
		w.qb.invoices = nil
		for range 3 {
			if run := w.run(t); run.State != reconcile.RunIncomplete || !strings.Contains(run.invoices().Problem, "QuickBooks answers that it has no invoices; the mirror has 3") {
				t.Fatalf("%s %q", run.State, run.invoices().Problem)
			}
		}
		full := Order{Actor: byHand.Actor, Full: true}
		for n, want := range []reconcile.Gone{{Missed: 3}, {Deleted: 3}, {}} {
			w.clock.add(time.Hour)
			run, err := w.runner().Run(t.Context(), full)
			if err != nil || run.State != reconcile.RunComplete {
				t.Fatalf("%+v: %v", run, err)
			}
			if c := w.stored(t, run).invoices(); c.Missed != want.Missed || c.Deleted != want.Deleted {
				t.Errorf("run %d: %+v", n, c)
			}
			full.Full = n > 0 // the second need not be asked
		}
	}
}

// TestReadableAgain: what could not be read and can be now is told no more, when its
// record is brought by a pull of changes.
func TestReadableAgain(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.both(2, "1002")
	part := reconcile.Unreadable{System: reconcile.QuickBooks, Object: "Line", ID: "77", Of: "1001", Number: "1001", Field: "lines[#1].price", Problem: "no number"}
	other := part
	other.Field = "lines[#1].quantity"
	w.qb.unreadable = []reconcile.Unreadable{part, other}
	w.run(t)
	w.run(t)
	both := []string{"RECORD_UNREADABLE 1001 lines[#1].price OPEN", "RECORD_UNREADABLE 1001 lines[#1].quantity OPEN"}
	w.run(t)
	same(t, "findings while it is not brought again", w.store.list(), both...)
	w.qb.unreadable = w.qb.unreadable[:1]
	w.run(t)
	same(t, "findings after one value was mended", w.store.list(), both[0], "RECORD_UNREADABLE 1001 lines[#1].quantity RESOLVED")
	w.qb.unreadable = nil
	if run := w.run(t); run.Verdict != reconcile.TiedOut || run.invoices().Mode() != reconcile.PullIncremental {
		t.Errorf("%s %+v", run.Verdict, run.invoices())
	}
}

// TestLag: a change that the system's index shows late is brought by a later run.
func TestLag(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.run(t)
	w.qb.lag = 90 * time.Minute
	w.run(t)
	w.qb.edit("1001", priced("90"))
	w.run(t)
	same(t, "findings", w.store.list())
	w.run(t)
	w.run(t)
	same(t, "findings", w.store.list(), "LINE_PRICE 1001 lines[A].price OPEN")
}

// TestBrokenChanges: a pull of changes that breaks off is incomplete, and what it
// did not bring is asked for again.
func TestBrokenChanges(t *testing.T) {
	w := newWorld()
	w.mixed()
	first := w.run(t)
	w.run(t)
	w.qb.edit("1001", priced("80"))
	w.qb.breaks[reconcile.ObjectInvoices] = breakdown{0, connectors.ErrUnreachable}
	since := w.clock.now()
	for range 2 {
		c := w.run(t).invoices()
		if c.Complete() || c.Mode() != reconcile.PullIncremental || !c.Since.Equal(since) {
			t.Errorf("%+v", c)
		}
	}
	delete(w.qb.breaks, reconcile.ObjectInvoices)
	run := w.run(t)
	if c := run.invoices(); !c.Complete() || !c.Since.Equal(since) || c.Received != 1 || c.Changed != 1 {
		t.Errorf("%+v", c)
	}
	if c := run.certificate(reconcile.HubSpot, reconcile.ObjectInvoices); !c.Since.After(since) {
		t.Errorf("what was complete is asked for again: %+v", c)
	}
	if first.Counts.Calls <= run.Counts.Calls {
		t.Errorf("%d calls for changes, %d for everything", run.Counts.Calls, first.Counts.Calls)
	}
}

// TestClockAhead: where this machine's clock is ahead of a system's, what changes there
// next has a time that this machine takes for past. It is read all the same.
func TestClockAhead(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.qb.slow = 3 * time.Hour
	w.run(t)
	if notes := strings.Join(w.heard.notes, "\n"); !strings.Contains(notes, "this machine's clock is 3h0m0s ahead of QuickBooks's") {
		t.Errorf("notes:\n%s", notes)
	}
	for _, c := range w.store.runs[0].certificates {
		want := w.clock.now()
		if c.System == reconcile.QuickBooks {
			want = want.Add(-3 * time.Hour)
		}
		if !c.Watermark.Equal(want) {
			t.Errorf("%s %s: the next run asks for what is later than %s, want %s", c.System, c.Object, c.Watermark, want)
		}
	}
}
