package db_test

import (
	"sync"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func TestSpend(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		spend := func(r *db.Repo, s reconcile.System, month string, n, want int) {
			t.Helper()
			got, err := r.Spend(ctx, s, month, n)
			must(t, err)
			equal(t, got, want)
		}
		spend(repo, reconcile.QuickBooks, "2026-11", 0, 0)
		spend(repo, reconcile.QuickBooks, "2026-11", 3, 3)
		spend(repo, reconcile.QuickBooks, "2026-11", 0, 3)
		spend(repo, reconcile.QuickBooks, "2026-12", 1, 1)
		spend(repo, reconcile.HubSpot, "2026-11", 5, 5)
		var work sync.WaitGroup
		for range 8 {
			work.Go(func() {
				for range 10 {
					if _, err := repo.Spend(ctx, reconcile.QuickBooks, "2026-11", 2); err != nil {
						t.Error(err)
					}
				}
			})
		}
		work.Wait()
		spend(repo, reconcile.QuickBooks, "2026-11", 0, 163)

		must(t, store.EnsureWorkspace(ctx, "other"))
		other, err := store.As(ctx, reconcile.ActorWorker, "other")
		must(t, err)
		spend(other, reconcile.QuickBooks, "2026-11", 0, 0)
		for _, month := range []string{"", "November"} {
			_, err := repo.Spend(ctx, reconcile.QuickBooks, month, 1)
			wantText(t, err, "requests of quickbooks")
		}
	})
}
