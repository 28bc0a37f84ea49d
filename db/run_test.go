package db_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func TestRunLife(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		_, err := repo.LatestRun(ctx)
		wantErr(t, err, reconcile.ErrNotFound)
		run := start(t, repo, reconcile.Run{State: reconcile.RunQueued, StartedAt: day(1), Settings: 0})
		if run.ID == 0 || run.Actor != "local:ann" || run.Workspace != reconcile.DefaultWorkspace {
			t.Errorf("started %+v", run)
		}
		got, err := repo.Run(ctx, run.ID)
		must(t, err)
		equal(t, got, run)

		run.State, run.Verdict, run.Problem, run.Settings = reconcile.RunComparing, reconcile.VerdictUnknown, nul, 3
		run.Counts = reconcile.Counts{HubSpotInvoices: 7, Calls: 9}
		must(t, repo.SaveRun(ctx, run))
		got, err = repo.Run(ctx, run.ID)
		must(t, err)
		equal(t, got, run)
		_, err = repo.LatestRun(ctx)
		wantErr(t, err, reconcile.ErrNotFound)
		must(t, repo.Heartbeat(ctx, run.ID))

		run.State, run.Verdict, run.FinishedAt = reconcile.RunComplete, reconcile.TiedOut, day(2)
		must(t, repo.SaveRun(ctx, run))
		run.Counts.Calls++
		must(t, repo.SaveRun(ctx, run)) // its figures may still be corrected
		back := run
		back.State = reconcile.RunPulling
		wantErr(t, repo.SaveRun(ctx, back), reconcile.ErrEnded)
		wantErr(t, repo.Heartbeat(ctx, run.ID), reconcile.ErrEnded)
		wantErr(t, repo.Heartbeat(ctx, 999), reconcile.ErrNotFound)
		got, err = repo.LatestRun(ctx)
		must(t, err)
		equal(t, got, run)
		_, err = repo.Run(ctx, 999)
		wantErr(t, err, reconcile.ErrNotFound)
	})
}

func TestOneRunUnderWay(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		_, err := repo.StartRun(ctx, reconcile.Run{AsOf: day(1)})
		wantErr(t, err, reconcile.ErrRunning)
		finish(t, repo, run, reconcile.RunIncomplete)

		var wg sync.WaitGroup
		results := make(chan error, 8)
		for range cap(results) {
			wg.Go(func() {
				_, err := repo.StartRun(ctx, reconcile.Run{AsOf: day(2)})
				results <- err
			})
		}
		wg.Wait()
		started := 0
		for range cap(results) {
			if err := <-results; err == nil {
				started++
			} else {
				wantErr(t, err, reconcile.ErrRunning)
			}
		}
		if started != 1 {
			t.Errorf("%d of %d runs started, want 1", started, cap(results))
		}
		_, err = store.Raw().NewRaw("UPDATE runs SET state = 'PULLING'").Exec(ctx)
		if err == nil {
			t.Error("the schema allows two runs under way")
		}
	})
}

// A run whose process died does not stop the next one for long.
func TestDeadRun(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		age := func(d time.Duration) {
			_, err := store.Raw().NewRaw("UPDATE runs SET heartbeat_at = heartbeat_at - ?", d.Microseconds()).Exec(ctx)
			must(t, err)
		}
		dead := start(t, repo, reconcile.Run{})
		age(time.Minute)
		_, err := repo.StartRun(ctx, reconcile.Run{AsOf: day(1)})
		wantErr(t, err, reconcile.ErrRunning)
		for _, alive := range []func() error{
			func() error { return repo.SaveRun(ctx, dead) },
			func() error {
				return repo.SaveStep(ctx, dead.ID, reconcile.Step{Name: "pull", State: reconcile.StepRunning})
			},
			func() error { return repo.Heartbeat(ctx, dead.ID) },
		} {
			must(t, alive())
			age(110 * time.Second)
			_, err = repo.StartRun(ctx, reconcile.Run{AsOf: day(1)})
			wantErr(t, err, reconcile.ErrRunning)
		}
		age(30 * time.Second)
		next := start(t, repo, reconcile.Run{AsOf: day(2)})
		got, err := repo.Run(ctx, dead.ID)
		must(t, err)
		if got.State != reconcile.RunFailed || got.Problem != "the process ended before the run did" || got.FinishedAt.IsZero() {
			t.Errorf("the dead run is %+v", got)
		}
		dead.State = reconcile.RunComplete // it was only slow
		wantText(t, repo.SaveRun(ctx, dead), "ended", "the process ended")
		wantErr(t, repo.SaveStep(ctx, dead.ID, reconcile.Step{Name: "compare", State: reconcile.StepRunning}), reconcile.ErrEnded)
		// Nothing that it still has in hand is mixed with its successor's.
		page := reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectProducts}
		_, err = repo.StoreMasters(ctx, dead.ID, page)
		wantErr(t, err, reconcile.ErrEnded)
		_, err = repo.StoreInvoices(ctx, dead.ID, page, nil)
		wantErr(t, err, reconcile.ErrEnded)
		_, err = repo.CloseUnsighted(ctx, dead.ID, dead.ID, reconcile.HubSpot, reconcile.ObjectProducts)
		wantErr(t, err, reconcile.ErrEnded)
		_, err = repo.See(ctx, dead, []reconcile.Finding{aFinding("late")})
		wantErr(t, err, reconcile.ErrEnded)
		_, err = repo.Unseen(ctx, dead, reconcile.Proof{Complete: true})
		wantErr(t, err, reconcile.ErrEnded)
		wantErr(t, repo.SaveTotals(ctx, dead.ID, nil), reconcile.ErrEnded)
		wantErr(t, repo.Refile(ctx, dead.ID, nil, reconcile.BasisHash{9}), reconcile.ErrEnded)
		wantErr(t, repo.SaveCertificate(ctx, dead.ID, reconcile.Certificate{System: reconcile.HubSpot, Object: reconcile.ObjectProducts}), reconcile.ErrEnded)
		if next.ID <= dead.ID {
			t.Errorf("run %d follows run %d", next.ID, dead.ID)
		}
	})
}

// What a run could not judge it does not resolve.
func TestUnjudgedStaysOpen(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{AsOf: day(1)})
		judged, unjudged := aFinding("a"), aFinding("b")
		judged.Subject, unjudged.Subject = "pair/hubspot/1", "pair/hubspot/2"
		see(t, repo, run, judged, unjudged)
		run = nextRun(t, repo, run)
		counts, err := repo.Unseen(t.Context(), run, reconcile.Proof{Complete: true, Unjudged: map[string]reconcile.Locus{"pair/hubspot/2": "k:n2"}})
		must(t, err)
		if counts.Resolved != 1 || finding(t, repo, "a").State != reconcile.FindingResolved || finding(t, repo, "b").State != reconcile.FindingOpen {
			t.Errorf("%+v: want a resolved and b open", counts)
		}
	})
}

func TestScheduledRunsAreUnique(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		date := func(n int) reconcile.Date { return reconcile.DateOf(day(n), time.UTC) }
		nightly := func(n int) reconcile.Run { return reconcile.Run{Schedule: "nightly", Date: date(n), AsOf: day(n)} }
		run := start(t, repo, nightly(1))
		_, err := repo.StartRun(ctx, nightly(1))
		wantErr(t, err, reconcile.ErrAlreadyRan)
		_, err = repo.StartRun(ctx, nightly(2))
		wantErr(t, err, reconcile.ErrRunning)
		finish(t, repo, run, reconcile.RunFailed)
		_, err = repo.StartRun(ctx, nightly(1)) // also after a failure: run it by hand
		wantErr(t, err, reconcile.ErrAlreadyRan)

		told, err := repo.MissDate(ctx, "nightly", date(2))
		if must(t, err); !told {
			t.Error("a missed date was not new")
		}
		for _, n := range []int{1, 2} {
			told, err = repo.MissDate(ctx, "nightly", date(n))
			if must(t, err); told {
				t.Errorf("date %d got a second row", n)
			}
		}
		_, err = repo.StartRun(ctx, nightly(2))
		wantErr(t, err, reconcile.ErrAlreadyRan)
		finish(t, repo, start(t, repo, reconcile.Run{Schedule: "weekly", Date: date(1)}), reconcile.RunComplete)
		finish(t, repo, start(t, repo, nightly(3)), reconcile.RunComplete)
		dates, err := repo.ScheduleDates(ctx, "nightly", 2)
		must(t, err)
		if len(dates) != 2 || dates[0].Date != date(3) || dates[0].State != reconcile.DateRan || dates[0].Run == 0 || dates[0].RunState != reconcile.RunComplete ||
			dates[1].Date != date(2) || dates[1].State != reconcile.DateMissed || dates[1].Run != 0 || dates[1].RunState != "" || dates[1].At.IsZero() {
			t.Errorf("got dates %+v", dates)
		}
		if _, err := repo.StartRun(ctx, reconcile.Run{Schedule: "nightly", AsOf: day(1)}); err == nil || errors.Is(err, reconcile.ErrAlreadyRan) {
			t.Errorf("a scheduled run without a date: %v", err)
		}
	})
}

// TestOneRowPerDate: of several that miss and start the same date at the same time
// one wins, and the date has its row.
func TestOneRowPerDate(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		const dates, tickers = 5, 4
		var won atomic.Int32
		var all sync.WaitGroup
		for n := range dates * tickers {
			date := reconcile.DateFromDays(int32(20000 + n%dates))
			all.Go(func() {
				missed, err := repo.MissDate(t.Context(), "nightly", date)
				if err != nil {
					t.Error(err)
				}
				if missed {
					won.Add(1)
				}
			})
			all.Go(func() {
				run, err := repo.StartRun(t.Context(), reconcile.Run{Schedule: "nightly", Date: date, State: reconcile.RunPulling, AsOf: day(1)})
				switch {
				case err == nil:
					won.Add(1)
					finish(t, repo, run, reconcile.RunComplete)
				case !errors.Is(err, reconcile.ErrAlreadyRan) && !errors.Is(err, reconcile.ErrRunning):
					t.Error(err)
				}
			})
		}
		all.Wait()
		rows, err := repo.ScheduleDates(t.Context(), "nightly", 0)
		must(t, err)
		runs, err := repo.Runs(t.Context(), db.RunQuery{})
		must(t, err)
		ran := 0
		for _, d := range rows {
			if d.State == reconcile.DateRan {
				ran++
			}
		}
		if len(rows) != dates || won.Load() != dates || ran != len(runs) {
			t.Errorf("%d rows and %d winners for %d dates, %d of them ran; %d runs", len(rows), won.Load(), dates, ran, len(runs))
		}
	})
}

// TestSchedules saves a schedule on one day after the other: it is set up anew when
// it is changed or enabled again.
func TestSchedules(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		_, err := repo.Schedule(ctx, "noon")
		wantErr(t, err, reconcile.ErrNotFound)
		noon := reconcile.Schedule{Name: "noon", Since: day(30)}
		for n, step := range []struct {
			at      string
			enabled bool
			since   int
		}{{"12:00", true, 1}, {"12:00", true, 1}, {"12:30", true, 3}, {"12:30", false, 3}, {"12:30", true, 5}} {
			noon.At, noon.Enabled = step.at, step.enabled
			saved, err := repo.SaveSchedule(ctx, noon, day(n+1))
			must(t, err)
			stored, err := repo.Schedule(ctx, "noon")
			must(t, err)
			equal(t, saved, reconcile.Schedule{Name: "noon", At: step.at, Enabled: step.enabled, Since: day(step.since)})
			equal(t, stored, saved)
			noon = saved
		}
		for _, s := range []reconcile.Schedule{{Name: "x", At: "25:00"}, {Name: "x", At: "2:30"}, {Name: "x"}, {At: "12:00"}, {Name: "a/b", At: "12:00"}} {
			if _, err := repo.SaveSchedule(ctx, s, day(1)); err == nil {
				t.Errorf("schedule %+v was saved", s)
			}
		}

		run := start(t, repo, reconcile.Run{Schedule: "noon", Date: reconcile.DateFromDays(20000)})
		_, err = repo.MissDate(ctx, "noon", reconcile.DateFromDays(20001))
		must(t, err)
		histories, err := repo.ScheduleHistories(ctx, 9)
		must(t, err)
		if len(histories) != 2 || len(histories[0].Dates) != 0 || len(histories[1].Dates) != 2 || histories[1].Dates[0].State != reconcile.DateMissed ||
			histories[1].Dates[1].Run != run.ID || histories[1].Dates[1].RunState != reconcile.RunPulling {
			t.Errorf("histories %+v", histories)
		}
		equal(t, []reconcile.Schedule{histories[0].Schedule, histories[1].Schedule}, []reconcile.Schedule{reconcile.Nightly, noon})
		if histories, err = repo.ScheduleHistories(ctx, 1); err != nil || len(histories[1].Dates) != 1 {
			t.Errorf("histories of one date %+v, %v", histories, err)
		}
	})
}

// TestBeginSchedule: the schedule that a workspace starts with counts from when it
// is first kept, whoever comes later; one that somebody has set up, since then.
func TestBeginSchedule(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		_, err := repo.SaveSchedule(ctx, reconcile.Schedule{Name: "noon", At: "12:00", Enabled: true}, day(1))
		must(t, err)
		disabled := reconcile.Nightly
		disabled.Enabled = false
		saved, err := repo.SaveSchedule(ctx, disabled, day(2))
		must(t, err)
		equal(t, saved, disabled) // not begun by that
		for _, n := range []int{5, 6} {
			must(t, repo.BeginSchedule(ctx, "nightly", day(n)))
			must(t, repo.BeginSchedule(ctx, "noon", day(n)))
			must(t, repo.BeginSchedule(ctx, "none", day(n)))
		}
		disabled.Since = day(5)
		schedules, err := repo.Schedules(ctx)
		must(t, err)
		equal(t, schedules, []reconcile.Schedule{disabled, {Name: "noon", At: "12:00", Enabled: true, Since: day(1)}})
	})
}

// TestDeleteSchedule: what became of a deleted schedule stays; made again it is set
// up anew.
func TestDeleteSchedule(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, store.EnsureWorkspace(ctx, "other"))
		other, err := store.As(ctx, reconcile.ActorSchedule, "other")
		must(t, err)
		_, err = repo.MissDate(ctx, "nightly", reconcile.DateFromDays(20000))
		must(t, err)
		must(t, repo.DeleteSchedule(ctx, "nightly"))
		wantErr(t, repo.DeleteSchedule(ctx, "nightly"), reconcile.ErrNotFound)
		_, err = repo.Schedule(ctx, "nightly")
		wantErr(t, err, reconcile.ErrNotFound)
		_, err = other.Schedule(ctx, "nightly")
		must(t, err)
		must(t, store.EnsureWorkspace(ctx, reconcile.DefaultWorkspace))
		if schedules, err := repo.Schedules(ctx); err != nil || len(schedules) > 0 {
			t.Errorf("schedules %+v, %v", schedules, err)
		}
		saved, err := repo.SaveSchedule(ctx, reconcile.Nightly, day(3))
		must(t, err)
		if dates, err := repo.ScheduleDates(ctx, "nightly", 9); err != nil || len(dates) != 1 || !saved.Since.Equal(day(3)) {
			t.Errorf("made again: %+v, dates %+v, %v", saved, dates, err)
		}
	})
}

func TestRuns(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		states := []reconcile.RunState{reconcile.RunComplete, reconcile.RunFailed, reconcile.RunIncomplete, reconcile.RunComplete, reconcile.RunCancelled}
		var ids []reconcile.RunID
		for _, state := range states {
			run := start(t, repo, reconcile.Run{})
			finish(t, repo, run, state)
			ids = append(ids, run.ID)
		}
		latest, err := repo.LatestRun(t.Context())
		if must(t, err); latest.ID != ids[3] {
			t.Errorf("the latest run that compared is %d, want %d", latest.ID, ids[3])
		}
		for _, tt := range []struct {
			query db.RunQuery
			want  []reconcile.RunID
		}{
			{db.RunQuery{}, []reconcile.RunID{ids[4], ids[3], ids[2], ids[1], ids[0]}},
			{db.RunQuery{Limit: 2}, []reconcile.RunID{ids[4], ids[3]}},
			{db.RunQuery{Limit: 2, Before: ids[3]}, []reconcile.RunID{ids[2], ids[1]}},
			{db.RunQuery{States: []reconcile.RunState{reconcile.RunComplete, reconcile.RunFailed}}, []reconcile.RunID{ids[3], ids[1], ids[0]}},
		} {
			runs, err := repo.Runs(t.Context(), tt.query)
			must(t, err)
			var got []reconcile.RunID
			for _, r := range runs {
				got = append(got, r.ID)
			}
			equal(t, got, tt.want)
		}
	})
}

func TestStepsCertificatesTotals(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		steps := []reconcile.Step{
			{Name: "pull/hubspot/invoices", State: reconcile.StepRunning, StartedAt: day(1)},
			{Name: "compare", State: reconcile.StepWaiting},
		}
		for _, s := range steps {
			must(t, repo.SaveStep(ctx, run.ID, s))
		}
		steps[0].State, steps[0].Records, steps[0].Problem, steps[0].FinishedAt = reconcile.StepFailed, 12, nul, day(2)
		must(t, repo.SaveStep(ctx, run.ID, steps[0]))
		gotSteps, err := repo.Steps(ctx, run.ID)
		must(t, err)
		equal(t, gotSteps, steps)

		certificates := []reconcile.Certificate{
			{System: reconcile.HubSpot, Object: reconcile.ObjectTaxRates, Claimed: 1, Received: 1, Hash: "x"},
			{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Claimed: 2, Problem: nul, Sums: map[string]int64{"USD": 5}, StartedAt: day(1)},
			{System: reconcile.QuickBooks, Object: reconcile.ObjectProducts},
		}
		for _, n := range []int{2, 1, 0, 1} {
			must(t, repo.SaveCertificate(ctx, run.ID, certificates[n]))
		}
		gotCertificates, err := repo.Certificates(ctx, run.ID)
		must(t, err)
		equal(t, gotCertificates, certificates)

		totals := []reconcile.ControlTotal{
			{Currency: "EUR", Month: "", Differences: map[reconcile.DifferenceClass]int64{reconcile.ClassTax: -3}},
			{Currency: "EUR", Month: "2026-03", HubSpot: reconcile.SideTotal{InScope: reconcile.Tally{Count: 2, Amount: 9}}},
			{Currency: "USD", Month: "2026-01"},
		}
		must(t, repo.SaveTotals(ctx, run.ID, []reconcile.ControlTotal{{Currency: "GBP"}, totals[0]}))
		must(t, repo.SaveTotals(ctx, run.ID, []reconcile.ControlTotal{totals[2], totals[0], totals[1]}))
		gotTotals, err := repo.Totals(ctx, run.ID)
		must(t, err)
		equal(t, gotTotals, totals)
		if repo.SaveTotals(ctx, 999, totals) == nil {
			t.Error("control totals of no run were saved")
		}
	})
}
