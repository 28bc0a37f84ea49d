package db_test

import (
	"sync"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func TestSettings(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		settings, version, err := repo.Settings(ctx)
		must(t, err)
		equal(t, settings, reconcile.DefaultSettings())
		equal(t, version, 0)

		first, version, err := repo.SetSettings(ctx, map[string]string{"direction": "hubspot_to_quickbooks", "grace": "2h", "sync_void": "propose"})
		must(t, err)
		equal(t, version, 1)
		equal(t, first.Direction, reconcile.HubSpotToQuickBooks)
		_, version, err = repo.SetSettings(ctx, map[string]string{"grace": "120m"}) // the same in other words
		must(t, err)
		equal(t, version, 1)
		_, _, err = repo.SetSettings(ctx, map[string]string{"grace": "never", "no_such": "1", "direction": ""})
		wantText(t, err, "grace", "no_such")
		worker, err := store.As(t.Context(), reconcile.ActorWorker, reconcile.DefaultWorkspace)
		must(t, err)
		_, version, err = worker.SetSettings(ctx, map[string]string{"grace": "1h", "tax_mapping": "1=NON"})
		must(t, err)
		equal(t, version, 2)

		settings, version, err = repo.Settings(ctx)
		must(t, err)
		equal(t, version, 2)
		equal(t, settings.TaxMapping, map[string]string{"1": "NON"})
		history, err := repo.SettingsHistory(ctx)
		must(t, err)
		if len(history) != 2 || history[0].At.IsZero() || history[1].At.After(history[0].At) {
			t.Fatalf("got history %+v", history)
		}
		equal(t, history[0].Changes, map[string]string{"grace": "1h", "tax_mapping": "1=NON"})
		equal(t, history[0].Actor, reconcile.ActorWorker)
		equal(t, history[1].Changes, map[string]string{"direction": "hubspot_to_quickbooks", "grace": "2h"})

		at, err := repo.SettingsAt(ctx, 1)
		must(t, err)
		equal(t, at, first)
		at, err = repo.SettingsAt(ctx, 0)
		must(t, err)
		equal(t, at, reconcile.DefaultSettings())
		for _, version := range []int{-1, 3} {
			_, err = repo.SettingsAt(ctx, version)
			wantErr(t, err, reconcile.ErrNotFound)
		}
		values, err := repo.SettingValues(ctx, 1)
		must(t, err)
		for _, v := range values {
			changed := v.Key == "direction" || v.Key == "grace"
			if changed != (v.ChangedBy == "local:ann") || changed == v.ChangedAt.IsZero() || changed == v.IsDefault {
				t.Errorf("value %+v", v)
			}
		}
	})
}

// Versions have no gaps and no doubles, whoever saves at once.
func TestSettingsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		var wg sync.WaitGroup
		errs := make(chan error, 6)
		for n := range cap(errs) {
			wg.Go(func() {
				_, _, err := repo.SetSettings(t.Context(), map[string]string{"retry_attempts": string(rune('1' + n))})
				errs <- err
			})
		}
		wg.Wait()
		for range cap(errs) {
			must(t, <-errs)
		}
		history, err := repo.SettingsHistory(t.Context())
		must(t, err)
		for n, v := range history {
			equal(t, v.Version, len(history)-n)
		}
		equal(t, len(history), cap(errs))
	})
}

func TestReportFiles(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		file := reconcile.ReportFile{Kind: "mismatches", Name: "m.xlsx", Path: "/reports/m.xlsx", Run: 3, SHA256: "ab", Bytes: 12,
			RowCounts: map[string]int{"Summary": 2}, CreatedAt: day(1)}
		first, err := repo.SaveReportFile(ctx, file)
		must(t, err)
		want := file
		want.ID, want.CreatedBy = first.ID, "local:ann"
		equal(t, first, want)
		first.Problem, first.Bytes = nul, 13
		_, err = repo.SaveReportFile(ctx, first)
		must(t, err)
		got, err := repo.ReportFile(ctx, first.ID)
		must(t, err)
		equal(t, got, first)

		second, err := repo.SaveReportFile(ctx, file)
		must(t, err)
		third, err := repo.SaveReportFile(ctx, file)
		must(t, err)
		list, err := repo.ReportFiles(ctx, 2, "")
		must(t, err)
		equal(t, list, []reconcile.ReportFile{third, second})
		list, err = repo.ReportFiles(ctx, 0, second.ID)
		must(t, err)
		equal(t, list, []reconcile.ReportFile{first})
		for _, id := range []string{"999", "x", ""} {
			_, err = repo.ReportFile(ctx, id)
			wantErr(t, err, reconcile.ErrNotFound)
		}
		gone := first
		gone.ID = "999"
		_, err = repo.SaveReportFile(ctx, gone)
		wantErr(t, err, reconcile.ErrNotFound)
	})
}
