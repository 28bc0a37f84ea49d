package batch

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

func TestRunTiesOut(t *testing.T) {
	w := newWorld()
	for n := range 5 {
		w.both(n+1, fmt.Sprint(1001+n))
	}
	run := w.run(t)
	if run.Verdict != reconcile.TiedOut || run.Problem != "" || run.Actor != byHand.Actor || !run.AsOf.Equal(w.clock.now()) {
		t.Errorf("run %+v", run.Run)
	}
	same(t, "states", run.states, reconcile.RunPulling, reconcile.RunComparing, reconcile.RunComplete)
	want := reconcile.Counts{HubSpotInvoices: 5, QuickBooksInvoices: 5, InScope: 5, Matched: 5, Calls: run.Counts.Calls}
	if run.Counts != want {
		t.Errorf("counts %+v\nwant %+v", run.Counts, want)
	}
	calls := 0
	for _, c := range run.certificates {
		calls += c.Calls
		if !c.Complete() || c.Claimed != c.Received || c.FinishedAt.IsZero() {
			t.Errorf("certificate %+v", c)
		}
	}
	if run.Counts.Calls != calls || calls != 2+9+13-2 { // who they are, a count each, and a page for every two records
		t.Errorf("calls: %d in the run, %d in the certificates", run.Counts.Calls, calls)
	}
	if sum := reconcile.SumTotals(run.totals); len(run.totals) != 2 || sum.HubSpot.Matched != (reconcile.Tally{Count: 5, Amount: 50000}) || sum.Check(reconcile.HubSpot) != 0 {
		t.Errorf("totals %+v", run.totals)
	}
	same(t, "findings", w.store.list())
	if w.heard.steps["pull/hubspot/invoices"] != [2]int{5, 5} || w.heard.steps["compare"] != [2]int{5, 5} {
		t.Errorf("progress %v", w.heard.steps)
	}
}

// TestSteps: of each system everything that invoices point at is pulled before
// them, both before the comparison, and every step tells how it ended.
func TestSteps(t *testing.T) {
	w := newWorld()
	w.mixed()
	run := w.run(t)
	for _, s := range reconcile.Systems {
		var names, want, pulled []string
		for _, step := range run.steps {
			if step.State != reconcile.StepDone || step.Problem != "" {
				t.Errorf("step %+v", step)
			}
			if strings.HasPrefix(step.Name, "pull/"+string(s)) {
				names = append(names, step.Name)
			}
		}
		for _, o := range reconcile.Objects(s) {
			want = append(want, fmt.Sprintf("pull/%s/%s", s, o))
			pulled = append(pulled, fmt.Sprintf("source.Count %s %s", s, o))
		}
		same(t, "steps", names, want...)
		same(t, "order of pulls", w.store.told("source.Count "+string(s)), pulled...)
	}
	if last := run.steps[len(run.steps)-1]; last.Name != "compare" || last.Records != 4 {
		t.Errorf("last step %+v, want compare of 4 groups", last)
	}
	if calls := w.store.told("Refile"); len(calls) > 0 {
		t.Errorf("invoices were filed twice in one run: %v", calls)
	}
}

func TestVerdicts(t *testing.T) {
	broken := fmt.Errorf("page 2: %w", connectors.ErrBroken)
	for _, tt := range []struct {
		name    string
		arrange func(*world)
		state   reconcile.RunState
		verdict reconcile.Verdict
	}{
		{"agreement", func(w *world) { w.both(1, "1001") }, reconcile.RunComplete, reconcile.TiedOut},
		{"a difference", func(w *world) { w.mixed() }, reconcile.RunComplete, reconcile.NotTiedOut},
		{"pending", func(w *world) { w.both(1, "1001"); w.hs.bill("2", "1002", created(start.Add(50*time.Minute))) }, reconcile.RunComplete, reconcile.TiedOutWithItems},
		{"nothing", func(*world) {}, reconcile.RunComplete, reconcile.VerdictUnknown},
		{"nothing in scope", func(w *world) { w.both(1, "1001", status(reconcile.StatusDraft)) }, reconcile.RunComplete, reconcile.VerdictUnknown},
		{"a pull breaks at once", func(w *world) { w.both(1, "1001"); w.hs.breaks[reconcile.ObjectInvoices] = breakdown{0, broken} }, reconcile.RunIncomplete, reconcile.VerdictUnknown},
		{"a pull breaks later", func(w *world) { w.mixed(); w.qb.breaks[reconcile.ObjectInvoices] = breakdown{1, broken} }, reconcile.RunIncomplete, reconcile.VerdictUnknown},
		{"a pull of masters breaks", func(w *world) { w.both(1, "1001"); w.hs.breaks[reconcile.ObjectCompanies] = breakdown{0, broken} }, reconcile.RunIncomplete, reconcile.VerdictUnknown},
		{"more is claimed", func(w *world) { w.both(1, "1001"); w.qb.more[reconcile.ObjectInvoices] = 1 }, reconcile.RunIncomplete, reconcile.VerdictUnknown},
		{"less is claimed", func(w *world) { w.both(1, "1001"); w.qb.more[reconcile.ObjectInvoices] = -1 }, reconcile.RunComplete, reconcile.TiedOut},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld()
			tt.arrange(w)
			run := w.run(t)
			if run.State != tt.state || run.Verdict != tt.verdict {
				t.Errorf("%s %s, want %s %s\n%v", run.State, run.Verdict, tt.state, tt.verdict, w.store.list())
			}
			if (run.Problem != "") != (run.State == reconcile.RunIncomplete) {
				t.Errorf("%s because of %q", run.State, run.Problem)
			}
		})
	}
}

func TestAcceptedItems(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.run(t)
	for _, f := range w.store.findings {
		f.State = reconcile.FindingAccepted
	}
	if run := w.run(t); run.Verdict != reconcile.TiedOutWithItems || run.Counts.Open != 0 {
		t.Errorf("%s with %d open, want TIED_OUT_WITH_ITEMS", run.Verdict, run.Counts.Open)
	}
}

// TestIncompleteRun: a run that did not see everything resolves nothing, claims of
// nothing that it is not there, and lets the mirror forget only what complete
// pulls did not show.
func TestIncompleteRun(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.hs.bill("2", "1002")
	w.qb.bill("1002", "1002", priced("90"))
	w.both(3, "1003")
	w.run(t)
	same(t, "findings of the first run", w.store.list(), "LINE_PRICE 1002 lines[A].price OPEN")

	w.store.calls = nil
	w.qb.edit("1002", priced("100"))
	w.qb.drop("1003")
	w.qb.bill("1004", "1004")
	w.hs.breaks[reconcile.ObjectInvoices] = breakdown{1, connectors.ErrUnreachable}
	run := w.run(t)
	same(t, "findings of the incomplete run", w.store.list(), "LINE_PRICE 1002 lines[A].price OPEN", "PULL_INCOMPLETE  records OPEN")
	if run.Counts.Resolved != 0 || run.Counts.Opened != 1 || run.Counts.Open != 2 {
		t.Errorf("counts %+v", run.Counts)
	}
	if notes := strings.Join(w.heard.notes, "\n"); strings.Count(notes, "unreachable") != 1 || !strings.Contains(notes, "pull/quickbooks/invoices: 2 changed since 2026-11-01 10:00 UTC, 3 in all") {
		t.Errorf("notes:\n%s", notes)
	}
	closed := append(w.store.told("CloseUnsighted"), w.store.told("CloseMissed")...)
	if len(closed) != 8 || slices.Contains(closed, "CloseUnsighted hubspot invoices") || slices.Contains(closed, "CloseMissed hubspot invoices 0") {
		t.Errorf("closed %v, want all but HubSpot's invoices", closed)
	}
	for _, s := range run.steps {
		if failed := s.Name == "pull/hubspot/invoices"; (s.State == reconcile.StepFailed) != failed || (s.Problem != "") != failed {
			t.Errorf("step %+v", s)
		}
	}

	delete(w.hs.breaks, reconcile.ObjectInvoices)
	run = w.run(t)
	same(t, "findings of the next complete run", w.store.list(), "INVOICE_ONLY_IN_DESTINATION 1004  OPEN",
		"LINE_PRICE 1002 lines[A].price RESOLVED", "PULL_INCOMPLETE  records RESOLVED")
	if run.Counts.Resolved != 2 || run.Counts.Opened != 1 {
		t.Errorf("counts %+v", run.Counts)
	}
	// What is gone was missed by the incomplete run, which does not count.
	w.run(t)
	same(t, "findings of the complete run after it", w.store.list(), "INVOICE_ONLY_IN_DESTINATION 1004  OPEN", "INVOICE_ONLY_IN_SOURCE 1003  OPEN",
		"LINE_PRICE 1002 lines[A].price RESOLVED", "PULL_INCOMPLETE  records RESOLVED")
}

// TestHalfPulled: what is changed in both systems is no difference while only one of
// them has told of it.
func TestHalfPulled(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.run(t)
	w.hs.edit("1", dated("2026-10-02"))
	w.qb.edit("1001", dated("2026-10-02"))
	w.hs.breaks[reconcile.ObjectInvoices] = breakdown{0, connectors.ErrUnreachable}
	w.run(t)
	same(t, "findings of the incomplete run", w.store.list(), "PULL_INCOMPLETE  records OPEN")
	delete(w.hs.breaks, reconcile.ObjectInvoices)
	w.run(t)
	same(t, "findings of the next complete run", w.store.list(), "PULL_INCOMPLETE  records RESOLVED")
}

// TestAbsentSystem: a system that has answered before and does not now makes the run
// incomplete; one that never has, a failure.
func TestAbsentSystem(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.store.fail = func(call string, _ int) error {
		if call == "source.Company quickbooks" {
			return connectors.ErrUnreachable
		}
		return nil
	}
	w.clock.add(time.Hour)
	if run, err := w.runner().Run(t.Context(), byHand); !errors.Is(err, connectors.ErrUnreachable) || run.State != reconcile.RunFailed {
		t.Errorf("the first run is %s: %v", run.State, err)
	}
	absent := w.store.fail
	w.store.fail = nil
	w.run(t)
	w.store.fail = absent
	run := w.run(t)
	if run.State != reconcile.RunIncomplete || strings.Count(run.Problem, "unreachable") != 1 {
		t.Errorf("a later run is %s: %s", run.State, run.Problem)
	}
}

// TestDenied: a system that refuses the credentials answers nothing more, whatever
// it was asked. The run has failed, and what was found before stands.
func TestDenied(t *testing.T) {
	for _, question := range []string{"company", "pull", "count"} {
		t.Run(question, func(t *testing.T) {
			w := newWorld()
			w.mixed()
			w.run(t)
			before := w.store.list()
			w.qb.denied = question
			run, err := w.runner().Run(t.Context(), byHand)
			if !errors.Is(err, connectors.ErrDenied) {
				t.Fatalf("error %v, want ErrDenied", err)
			}
			stored := w.stored(t, run)
			if run.State != reconcile.RunFailed || run.Verdict != reconcile.VerdictUnknown || !strings.Contains(run.Problem, "access denied") || run.FinishedAt.IsZero() {
				t.Errorf("run %+v", run)
			}
			if slices.Contains(stored.states, reconcile.RunComparing) {
				t.Errorf("states %v", stored.states)
			}
			same(t, "findings", w.store.list(), before...)
		})
	}
}

// TestOtherCompany: another portal or company than before is refused before
// anything of it is stored.
func TestOtherCompany(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.run(t)
	before := w.store.list()
	w.store.calls = nil
	w.hs.company.ID, w.hs.invoices = "77", nil
	run, err := w.runner().Run(t.Context(), byHand)
	if err == nil || run.State != reconcile.RunFailed || !strings.Contains(run.Problem, "HubSpot 77 answers; the workspace is of HubSpot 62515") {
		t.Errorf("%s: %v", run.State, err)
	}
	for _, call := range []string{"SetCompany hubspot", "StoreInvoices hubspot", "CloseUnsighted hubspot"} {
		if told := w.store.told(call); len(told) > 0 {
			t.Errorf("%v", told)
		}
	}
	same(t, "findings", w.store.list(), before...)
}

// TestMirrorFails: when our own store fails, so does the run, and its problem is
// stored.
func TestMirrorFails(t *testing.T) {
	full := errors.New("disk is full")
	for _, call := range []string{"StoreMasters quickbooks customers", "StoreInvoices hubspot", "CloseUnsighted hubspot products", "Unseen true", "See"} {
		t.Run(call, func(t *testing.T) {
			w := newWorld()
			w.mixed()
			w.store.fail = func(c string, _ int) error {
				if strings.HasPrefix(c, call) {
					return full
				}
				return nil
			}
			run, err := w.runner().Run(t.Context(), byHand)
			if !errors.Is(err, full) || run.State != reconcile.RunFailed || !strings.Contains(run.Problem, full.Error()) || run.Verdict != reconcile.VerdictUnknown {
				t.Errorf("%+v: %v", run, err)
			}
			w.stored(t, run)
		})
	}
}

// TestRepeatedRecords: rows that move between pages come twice and count once.
func TestRepeatedRecords(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.both(5, "1005")
	once := w.run(t)
	again := newWorld()
	again.mixed()
	again.both(5, "1005")
	again.hs.repeat, again.qb.repeat = true, true
	twice := again.run(t)
	same(t, "findings", again.store.list(), w.store.list()...)
	if diff := cmp.Diff(once.Counts, twice.Counts); diff != "" {
		t.Errorf("counts: %s", diff)
	}
	for n, c := range sortedCertificates(twice) {
		was := sortedCertificates(once)[n]
		if !c.Complete() || c.Hash != was.Hash || c.Received-c.Duplicates != was.Received {
			t.Errorf("%s %s: %+v\nwithout repeats %+v", c.System, c.Object, c, was)
		}
		if c.Object == reconcile.ObjectInvoices && c.Duplicates != 1 {
			t.Errorf("%s invoices: %d duplicates, want 1", c.System, c.Duplicates)
		}
	}
}

func sortedCertificates(run *journaled) []reconcile.Certificate {
	return slices.SortedFunc(slices.Values(run.certificates), func(a, b reconcile.Certificate) int {
		return strings.Compare(string(a.System)+string(a.Object), string(b.System)+string(b.Object))
	})
}

// TestSettingsChange: a run judges by the settings that it finds when it begins to
// work, and files anew what was filed under others.
func TestSettingsChange(t *testing.T) {
	w := newWorld()
	w.qb.customers[0].Email = "Ann@Example.com"
	w.both(1, "1001")
	w.run(t)
	same(t, "findings, exact", w.store.list(), "EMAIL_CASE ann@example.com email OPEN")

	runner := w.runner()
	run, err := runner.Begin(t.Context(), byHand)
	if err != nil {
		t.Fatal(err)
	}
	w.store.set("email_match", "normalized")
	if run, err = runner.Carry(t.Context(), run); err != nil {
		t.Fatal(err)
	}
	if stored := w.stored(t, run); stored.Settings != 2 || stored.Verdict != reconcile.TiedOut {
		t.Errorf("settings version %d, %s; want those in force when the work began", stored.Settings, stored.Verdict)
	}
	same(t, "findings, normalized", w.store.list(), "EMAIL_CASE ann@example.com email RESOLVED")

	w.store.set("email_match", "exact")
	w.run(t)
	same(t, "findings, exact again", w.store.list(), "EMAIL_CASE ann@example.com email OPEN again 1")
}

// TestMasterChange: a product's SKU changes and no invoice does.
func TestMasterChange(t *testing.T) {
	want := []string{"LINE_EXTRA 1001 lines[A] OPEN", "LINE_MISSING 1001 lines[NEW] OPEN", "SKU_NOT_FOUND A sku OPEN", "SKU_NOT_FOUND NEW sku OPEN"}
	w := newWorld()
	w.both(1, "1001")
	w.run(t)
	w.hs.products[0].SKU = "NEW"
	w.run(t)
	same(t, "findings", w.store.list(), want...)

	// An invoice that this run's pull did not reach is filed anew from the mirror.
	w = newWorld()
	w.both(1, "1001")
	w.run(t)
	w.hs.products[0].SKU = "NEW"
	w.hs.breaks[reconcile.ObjectInvoices] = breakdown{0, connectors.ErrThrottled}
	w.run(t)
	same(t, "findings of an incomplete run", w.store.list(), "PULL_INCOMPLETE  records OPEN")
	if told := w.store.told("Refile"); len(told) != 1 {
		t.Errorf("refiled %v, want once", told)
	}
}

// TestLifeCycle follows one finding through its runs.
func TestLifeCycle(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	price := func(p string) func() { return func() { w.qb.edit("1001", priced(p)) } }
	var id reconcile.FindingID
	for n, tt := range []struct {
		change                           func()
		state                            reconcile.FindingState
		open, opened, reopened, resolved int
	}{
		{price("90"), reconcile.FindingOpen, 1, 1, 0, 0},
		{func() {}, reconcile.FindingOpen, 1, 0, 0, 0},
		{price("80"), reconcile.FindingOpen, 1, 0, 0, 0}, // other values, the same finding
		{price("100"), reconcile.FindingResolved, 0, 0, 0, 1},
		{func() {}, reconcile.FindingResolved, 0, 0, 0, 0},
		{price("70"), reconcile.FindingOpen, 1, 0, 1, 0},
	} {
		tt.change()
		run := w.run(t)
		if len(w.store.findings) != 1 {
			t.Fatalf("run %d: findings %v", n+1, w.store.list())
		}
		for got, f := range w.store.findings {
			if id == "" {
				id = got
			}
			if got != id || f.State != tt.state || f.FirstRun != 1 || (f.ResolvedRun != 0) != (tt.state == reconcile.FindingResolved) {
				t.Errorf("run %d: %s %+v, want %s %s", n+1, got, f, id, tt.state)
			}
		}
		if c := run.Counts; c.Open != tt.open || c.Opened != tt.opened || c.Reopened != tt.reopened || c.Resolved != tt.resolved {
			t.Errorf("run %d: counts %+v, want %+v", n+1, c, tt)
		}
	}
}

// TestUnreadableProvesNothing: a pair that cannot be read any more was not seen to
// agree, so that its finding stays open until it can.
func TestUnreadableProvesNothing(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.qb.edit("1001", priced("90"))
	w.run(t)
	before := w.store.list()
	for _, unreadable := range []bool{true, false} {
		w.qb.edit("1001", func(i *reconcile.Invoice) { i.Unreadable = unreadable })
		if run := w.run(t); run.Counts.Resolved != 0 {
			t.Errorf("unreadable %t: %d resolved", unreadable, run.Counts.Resolved)
		}
		same(t, "findings", w.store.list(), before...)
	}
	w.qb.edit("1001", priced("100"))
	if run := w.run(t); run.Counts.Resolved != 1 {
		t.Errorf("the price agrees again: %d resolved, want 1", run.Counts.Resolved)
	}
}

// TestUnreadable: what cannot be read is told, is in no sum, and is no difference.
func TestUnreadable(t *testing.T) {
	w := newWorld()
	w.both(1, "1001")
	w.both(2, "1002", priced("50"))
	w.qb.edit("1002", func(i *reconcile.Invoice) { i.Unreadable, i.Total = true, 0 })
	w.qb.unreadable = []reconcile.Unreadable{{System: reconcile.QuickBooks, Object: "Invoice", ID: "1002", Number: "1002", Field: "total", Problem: "no amount"}}
	run := w.run(t)
	same(t, "findings", w.store.list(), "RECORD_UNREADABLE 1002 total OPEN")
	if run.Counts.Unknown != 1 || run.Counts.Matched != 1 || run.Verdict != reconcile.NotTiedOut {
		t.Errorf("%s, counts %+v", run.Verdict, run.Counts)
	}
	w.qb.edit("1002", func(i *reconcile.Invoice) { i.Unreadable, i.Total = false, 5000 })
	w.qb.unreadable = nil
	if run := w.run(t); run.Verdict != reconcile.TiedOut {
		t.Errorf("%s after the value was mended: %v", run.Verdict, w.store.list())
	}
}

// TestManyFindings has more than one portion of everything that is worked on in
// portions.
func TestManyFindings(t *testing.T) {
	w := newWorld()
	const many = chunk + 20
	for n := range many {
		number := fmt.Sprintf("P%04d", n)
		w.hs.bill(fmt.Sprint(n+1), number)
		w.qb.bill(fmt.Sprint(n+5001), number, priced("90"))
		w.hs.bill(fmt.Sprint(n+10001), "S"+number, dated("2026-08-01"), priced(fmt.Sprint(n+1000)))
	}
	w.hs.bill("90001", "T1", priced("1000"), dated("2026-08-01")) // the same customer, date and total as SP0000
	run := w.run(t)
	c := run.Counts
	if c.Different != many || c.OnlyHubSpot != many+1 || c.Compared != many || c.Open != len(w.store.findings) || c.Opened != c.Open {
		t.Errorf("counts %+v", c)
	}
	codes := map[reconcile.Code]int{}
	for _, f := range w.store.findings {
		codes[f.Code]++
	}
	want := map[reconcile.Code]int{reconcile.LinePrice: many, reconcile.InvoiceOnlyInSource: many + 1, reconcile.InvoiceDuplicate: 3}
	if diff := cmp.Diff(want, codes); diff != "" {
		t.Errorf("findings: %s", diff)
	}
	if w.heard.steps["unpaired"] != [2]int{many + 1, many + 1} {
		t.Errorf("progress %v", w.heard.steps)
	}
}
