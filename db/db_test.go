package db_test

import (
	"os"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// A story is a test of what a store does, told on both databases.
type story func(t *testing.T, store *db.DB)

// onBoth runs a story on a migrated store of each kind.
func onBoth(t *testing.T, run story) {
	t.Helper()
	for _, kind := range []struct {
		name    string
		address func(testing.TB) string
	}{{"SQLite", dbtest.SQLite}, {"PostgreSQL", dbtest.Postgres}} {
		t.Run(kind.name, func(t *testing.T) { run(t, open(t, kind.address(t))) })
	}
}

// open opens and migrates a store with the default workspace.
func open(t *testing.T, address string) *db.DB {
	t.Helper()
	store, err := db.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, _, err := store.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := store.EnsureWorkspace(t.Context(), reconcile.DefaultWorkspace); err != nil {
		t.Fatal(err)
	}
	return store
}

// as returns the repository of the default workspace.
func as(t *testing.T, store *db.DB) *db.Repo {
	t.Helper()
	repo, err := store.As(reconcile.LocalActor("ann"), reconcile.DefaultWorkspace)
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got returns a value whose making must not fail.
func got[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
