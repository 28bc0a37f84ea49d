package db_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func aFinding(id reconcile.FindingID) reconcile.Finding {
	return reconcile.Finding{
		ID: id, Code: "LINE_PRICE", Severity: reconcile.High, Subject: "pair/" + string(id), System: reconcile.Both, Record: "4711", Number: "INV-1",
		Field: "lines[PROD-001].price", HubSpotID: "4711", QuickBooksID: "9", HubSpot: "12.50", QuickBooks: "12.49",
		Amount: reconcile.Money{Minor: 1, Currency: "USD"}, Customer: "ann@example.com", Date: reconcile.DateFromDays(20000),
		Cause: "c", Message: "m " + nul, RootCause: "LINE_PRICE:PROD-001", Effects: []reconcile.Effect{{Subject: "s", Field: "total"}},
	}
}

func see(t *testing.T, repo *db.Repo, run reconcile.Run, findings ...reconcile.Finding) reconcile.FindingCounts {
	t.Helper()
	counts, err := repo.See(t.Context(), run, findings)
	must(t, err)
	return counts
}

func unseen(t *testing.T, repo *db.Repo, run reconcile.Run, complete bool) reconcile.FindingCounts {
	t.Helper()
	counts, err := repo.Unseen(t.Context(), run, reconcile.Proof{Complete: complete})
	must(t, err)
	return counts
}

func finding(t *testing.T, repo *db.Repo, id reconcile.FindingID) reconcile.FindingRecord {
	t.Helper()
	rec, err := repo.Finding(t.Context(), id)
	must(t, err)
	return rec
}

// A finding is opened, seen, changed, missed by an incomplete run, resolved by a
// complete one and reopened.
func TestFindingLife(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		opened := run
		f := aFinding("f")
		equal(t, see(t, repo, run, f, aFinding("other")), reconcile.FindingCounts{Opened: 2})
		equal(t, finding(t, repo, "f"), reconcile.FindingRecord{Finding: f, State: reconcile.FindingOpen,
			FirstRun: run.ID, LastRun: run.ID, FirstSeen: run.AsOf, LastSeen: run.AsOf})

		run = nextRun(t, repo, run)
		f.RootCause = "another word for the same" // says nothing new, is stored
		equal(t, see(t, repo, run, f, aFinding("other")), reconcile.FindingCounts{})
		equal(t, unseen(t, repo, run, true), reconcile.FindingCounts{})
		equal(t, finding(t, repo, "f").RootCause, f.RootCause)
		equal(t, finding(t, repo, "other").LastRun, run.ID)

		run = nextRun(t, repo, run)
		f.QuickBooks, f.Amount.Minor = "12.40", 10
		equal(t, see(t, repo, run, f, aFinding("other")), reconcile.FindingCounts{Changed: 1})
		seen := run

		run = nextRun(t, repo, run)
		equal(t, see(t, repo, run), reconcile.FindingCounts{})
		equal(t, unseen(t, repo, run, false), reconcile.FindingCounts{})
		open, accepted, err := repo.Tally(ctx)
		must(t, err)
		equal(t, []int{open, accepted}, []int{2, 0})
		equal(t, unseen(t, repo, run, true), reconcile.FindingCounts{Resolved: 2})
		equal(t, unseen(t, repo, run, true), reconcile.FindingCounts{})
		equal(t, finding(t, repo, "f"), reconcile.FindingRecord{Finding: f, State: reconcile.FindingResolved,
			FirstRun: opened.ID, LastRun: seen.ID, FirstSeen: opened.AsOf, LastSeen: seen.AsOf, ResolvedRun: run.ID, ResolvedAt: run.AsOf})
		resolved := run

		run = nextRun(t, repo, run)
		equal(t, see(t, repo, run, f), reconcile.FindingCounts{Reopened: 1})
		equal(t, finding(t, repo, "f"), reconcile.FindingRecord{Finding: f, State: reconcile.FindingOpen, Reopened: 1,
			FirstRun: opened.ID, LastRun: run.ID, FirstSeen: opened.AsOf, LastSeen: run.AsOf})
		open, accepted, err = repo.Tally(ctx)
		must(t, err)
		equal(t, []int{open, accepted}, []int{1, 0})

		events, err := repo.FindingEvents(ctx, "f")
		must(t, err)
		event := func(kind reconcile.EventKind, run reconcile.Run, qb string) reconcile.FindingEvent {
			return reconcile.FindingEvent{Finding: "f", Run: run.ID, Kind: kind, At: run.AsOf, Actor: "local:ann", HubSpot: "12.50", QuickBooks: qb}
		}
		equal(t, events, []reconcile.FindingEvent{event(reconcile.EventOpened, opened, "12.49"), event(reconcile.EventChanged, seen, "12.40"),
			event(reconcile.EventResolved, resolved, "12.40"), event(reconcile.EventReopened, run, "12.40")})
		_, err = repo.FindingEvents(ctx, "none")
		wantErr(t, err, reconcile.ErrNotFound)
		_, err = repo.Finding(ctx, "none")
		wantErr(t, err, reconcile.ErrNotFound)
	})
}

// What makes a finding another one than before, and what does not.
func TestFindingChanges(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		see(t, repo, run, aFinding("f"))
		for _, tt := range []struct {
			name    string
			edit    func(*reconcile.Finding)
			changed int
		}{
			{"nothing", func(*reconcile.Finding) {}, 0},
			{"HubSpot's value", func(f *reconcile.Finding) { f.HubSpot = "1" }, 1},
			{"QuickBooks' value", func(f *reconcile.Finding) { f.QuickBooks = "1" }, 1},
			{"amount", func(f *reconcile.Finding) { f.Amount.Minor = 5 }, 1},
			{"message", func(f *reconcile.Finding) { f.Message = "x" }, 1},
			{"effects", func(f *reconcile.Finding) { f.Effects = nil }, 1},
			{"cause", func(f *reconcile.Finding) { f.Cause = "x" }, 0},
			{"actions", func(f *reconcile.Finding) { f.Actions = []reconcile.ActionVerb{reconcile.Accept} }, 0},
		} {
			see(t, repo, run, aFinding("f"))
			f := aFinding("f")
			tt.edit(&f)
			if got := see(t, repo, run, f).Changed; got != tt.changed {
				t.Errorf("%s: changed %d, want %d", tt.name, got, tt.changed)
			}
			equal(t, finding(t, repo, "f").Finding, f)
		}
	})
}

// More findings than one statement carries, some of them twice.
func TestManyFindings(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		const n = 1234
		var list []reconcile.Finding
		for i := range n {
			list = append(list, aFinding(reconcile.FindingID(fmt.Sprint("f", i))))
		}
		list = append(list, list[:10]...)
		equal(t, see(t, repo, run, list...), reconcile.FindingCounts{Opened: n})
		run = nextRun(t, repo, run)
		equal(t, see(t, repo, run, list[:100]...), reconcile.FindingCounts{})
		equal(t, unseen(t, repo, run, true), reconcile.FindingCounts{Resolved: n - 100})
	})
}

func TestBadFindingIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		bad := aFinding("bad")
		bad.Severity = "URGENT"
		_, err := repo.See(t.Context(), run, []reconcile.Finding{aFinding("good"), bad})
		if err == nil {
			t.Error("a finding without a severity was stored")
		}
		_, err = repo.Finding(t.Context(), "good") // all or nothing
		wantErr(t, err, reconcile.ErrNotFound)
	})
}

// Journals cannot be edited, not even with SQL.
func TestJournalsAreInsertOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := context.Background()
		see(t, repo, start(t, repo, reconcile.Run{}), aFinding("f"))
		_, _, err := repo.SetSettings(ctx, map[string]string{"grace": "2h"})
		must(t, err)
		statements := []string{
			"UPDATE finding_events SET kind = 'RESOLVED'", "DELETE FROM finding_events",
			"UPDATE settings_changes SET value = '3h'", "DELETE FROM settings_changes",
			"UPDATE settings_versions SET actor = 'local:eve'", "DELETE FROM settings_versions",
		}
		if store.Postgres() {
			statements = append(statements, "TRUNCATE finding_events", "TRUNCATE settings_versions CASCADE")
		}
		for _, statement := range statements {
			_, err := store.Raw().ExecContext(ctx, statement)
			if err == nil || !strings.Contains(err.Error(), "insert-only") {
				t.Errorf("%s: got error %v", statement, err)
			}
		}
	})
}

// Every run's findings can be told again as they were then.
func TestFindingsAsOf(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		var then [][]reconcile.FindingRecord
		var runs []reconcile.RunID
		run := start(t, repo, reconcile.Run{})
		for n := range 6 {
			if n > 0 {
				run = nextRun(t, repo, run)
			}
			var list []reconcile.Finding
			for i := range 8 {
				if (i*7+n*3)%4 == 0 { // comes and goes
					continue
				}
				f := aFinding(reconcile.FindingID(fmt.Sprint("f", i)))
				if i%2 == 0 {
					f.QuickBooks, f.Amount.Minor = fmt.Sprint(n), int64(n)
				}
				list = append(list, f)
			}
			see(t, repo, run, list...)
			unseen(t, repo, run, true)
			records, err := repo.FindingRecords(ctx, db.FindingQuery{})
			must(t, err)
			then, runs = append(then, records), append(runs, run.ID)
		}
		for n, id := range runs {
			q := db.FindingQuery{AsOf: id}
			got, err := repo.FindingRecords(ctx, q)
			must(t, err)
			equal(t, got, then[n])
			count, err := repo.CountFindings(ctx, q)
			must(t, err)
			equal(t, count, len(then[n]))
			var streamed []reconcile.FindingRecord
			for f, err := range repo.StreamFindings(ctx, q) {
				must(t, err)
				streamed = append(streamed, f)
			}
			equal(t, streamed, then[n])
		}
		_, err := repo.FindingRecords(ctx, db.FindingQuery{AsOf: 999})
		wantErr(t, err, reconcile.ErrNotFound)
	})
}
