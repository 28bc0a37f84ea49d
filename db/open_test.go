package db_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// TestEmpty: a store is empty until it has a workspace.
func TestEmpty(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			store, err := db.Open(t.Context(), address(t))
			must(t, err)
			defer func() { must(t, store.Close()) }()
			for _, prepare := range []func(){
				func() {},
				func() { _, _, err := store.Migrate(t.Context()); must(t, err) },
			} {
				prepare()
				empty, err := store.Empty(t.Context())
				if must(t, err); !empty {
					t.Error("without a workspace the store is not empty")
				}
			}
			must(t, store.EnsureWorkspace(t.Context(), reconcile.DefaultWorkspace))
			empty, err := store.Empty(t.Context())
			if must(t, err); empty {
				t.Error("with a workspace the store is empty")
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		address string
		says    []string
	}{
		{"", []string{`""`, "sqlite:PATH", "postgres://"}},
		{"tieout.db", []string{`"tieout.db"`, "sqlite:PATH", "postgres://"}},
		{"mysql://ann:secret@host/x", []string{"mysql://ann:xxxxx@host/x", "sqlite:PATH"}},
		{"host=h password=secret user=ann", []string{"user=ann", "postgres://"}},
		{"my%zz://ann:secret@host/x", []string{"@host/x", "postgres://"}},
		{"sqlite:", []string{"sqlite:PATH"}},
		{"sqlite::memory:", []string{"sqlite:PATH"}},
		{"sqlite:" + filepath.Join(dir, "none", "x.db"), []string{"directory", filepath.Join(dir, "none")}},
		{"sqlite:" + dir, []string{"is a directory"}},
		{"postgres://ann:secret@host:notaport/x", []string{"postgres://"}},
		{"postgres://ann:secret@127.0.0.1:1/x?connect_timeout=2", []string{"postgres://ann:xxxxx@127.0.0.1:1/x"}},
		{"postgresql://ann@127.0.0.1:1/x?password=secret", []string{"postgresql://ann@127.0.0.1:1/x"}},
	} {
		t.Run(tt.address, func(t *testing.T) {
			store, err := db.Open(t.Context(), tt.address)
			if err == nil {
				must(t, store.Close())
			}
			wantText(t, err, tt.says...)
			if err != nil && strings.Contains(err.Error(), "secret") {
				t.Errorf("the password is told: %v", err)
			}
		})
	}
}

// A path is a path, whatever characters it has.
func TestOpenOddPath(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c%20d 'é'.db")
	open(t, "sqlite:"+path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestMigrate(t *testing.T) {
	for name, address := range map[string]string{"SQLite": dbtest.SQLite(t), "PostgreSQL": dbtest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			store, err := db.Open(ctx, address)
			must(t, err)
			defer func() { must(t, store.Close()) }()
			current, latest, err := store.Version(ctx)
			if must(t, err); current != 0 || latest < 1 {
				t.Errorf("got version %d of %d before migrating", current, latest)
			}
			wantText(t, store.CheckVersion(ctx), "tieout migrate")
			_, err = store.As(t.Context(), reconcile.ActorSchedule, reconcile.DefaultWorkspace)
			wantText(t, err, "tieout migrate")
			wantText(t, store.EnsureWorkspace(ctx, "x"), "tieout migrate")

			from, to, err := store.Migrate(ctx)
			if must(t, err); from != 0 || to != latest {
				t.Errorf("migrated from %d to %d, want 0 to %d", from, to, latest)
			}
			must(t, store.CheckVersion(ctx))
			from, to, err = store.Migrate(ctx)
			if must(t, err); from != latest || to != latest {
				t.Errorf("migrated again from %d to %d", from, to)
			}
		})
	}
}

func TestNewerSchemaIsRefused(t *testing.T) {
	for name, address := range map[string]string{"SQLite": dbtest.SQLite(t), "PostgreSQL": dbtest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			store := open(t, address)
			_, err := store.Raw().NewRaw("INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, ?)", true).Exec(ctx)
			must(t, err)
			again, err := db.Open(ctx, address)
			must(t, err)
			defer func() { must(t, again.Close()) }()
			wantText(t, again.CheckVersion(ctx), "newer", "9999")
			_, _, err = again.Migrate(ctx)
			wantText(t, err, "newer", "9999")
		})
	}
}

// Several processes may start at once: all of them find the store migrated.
func TestConcurrentStarters(t *testing.T) {
	for name, address := range map[string]string{"SQLite": dbtest.SQLite(t), "PostgreSQL": dbtest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			errs := make(chan error, 6)
			var wg sync.WaitGroup
			for n := range cap(errs) {
				wg.Go(func() { errs <- startUp(t, address, reconcile.WorkspaceID(fmt.Sprint("w", n%2))) })
			}
			wg.Wait()
			for range cap(errs) {
				must(t, <-errs)
			}
			workspaces, err := open(t, address).Workspaces(t.Context())
			must(t, err)
			equal(t, workspaces, []reconcile.WorkspaceID{"default", "w0", "w1"})
		})
	}
}

func startUp(t *testing.T, address string, ws reconcile.WorkspaceID) error {
	store, err := db.Open(t.Context(), address)
	if err != nil {
		return err
	}
	defer func() { must(t, store.Close()) }()
	if _, _, err := store.Migrate(t.Context()); err != nil {
		return err
	}
	if err := store.EnsureWorkspace(t.Context(), ws); err != nil {
		return err
	}
	_, err = store.As(t.Context(), reconcile.ActorSchedule, ws)
	return err
}

func TestAs(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, _ *db.Repo) {
		_, err := store.As(t.Context(), "", reconcile.DefaultWorkspace)
		wantText(t, err, "actor")
		_, err = store.As(t.Context(), "somebody", reconcile.DefaultWorkspace)
		wantText(t, err, "actor")
		_, err = store.As(t.Context(), reconcile.ActorSchedule, "other")
		wantErr(t, err, reconcile.ErrNotFound)
		wantText(t, err, `"other"`)
		must(t, store.EnsureWorkspace(t.Context(), "other"))
		must(t, store.EnsureWorkspace(t.Context(), "other"))
		repo, err := store.As(t.Context(), reconcile.ActorSchedule, "other")
		must(t, err)
		schedules, err := repo.Schedules(t.Context())
		must(t, err)
		equal(t, schedules, []reconcile.Schedule{reconcile.Nightly})
	})
}

// What one workspace stores, another does not see.
func TestWorkspacesAreApart(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, store.EnsureWorkspace(ctx, "other"))
		other, err := store.As(t.Context(), reconcile.ActorSchedule, "other")
		must(t, err)
		run := start(t, repo, reconcile.Run{})
		storeInvoices(t, repo, run, anInvoice(reconcile.HubSpot, "1", "A"))
		_, err = repo.See(ctx, run, []reconcile.Finding{aFinding("f")})
		must(t, err)
		_, _, err = repo.SetSettings(ctx, map[string]string{"grace": "2h"})
		must(t, err)

		row := entries(t, repo, reconcile.HubSpot, "")[0].Row
		_, err = other.Invoices(ctx, []int64{row})
		wantErr(t, err, reconcile.ErrNotFound)
		theirs := start(t, other, reconcile.Run{})
		must(t, other.Refile(ctx, theirs.ID, []reconcile.Entry{{Row: row, MatchKey: "nSTOLEN"}}, reconcile.BasisHash{9}))
		finish(t, other, theirs, reconcile.RunFailed)
		equal(t, entries(t, repo, reconcile.HubSpot, "")[0].MatchKey, "nA")
		_, err = other.Run(ctx, run.ID)
		wantErr(t, err, reconcile.ErrNotFound)
		wantErr(t, other.SaveRun(ctx, run), reconcile.ErrNotFound)
		_, err = other.Finding(ctx, "f")
		wantErr(t, err, reconcile.ErrNotFound)
		_, version, err := other.Settings(ctx)
		if must(t, err); version != 0 {
			t.Errorf("the other workspace has settings %d", version)
		}
		start(t, other, reconcile.Run{}) // the run under way is not its own
	})
}
