package batch

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// storedHistories is how many histories each database follows.
const storedHistories = 3

// TestNarrowIsWideInStores plays histories to real stores.
func TestNarrowIsWideInStores(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			for n := range uint64(storedHistories) {
				h := newHistory(rand.New(rand.NewPCG(n, 7)))
				narrow, wide := open(t, address(t)), open(t, address(t))
				for step := range 8 {
					h.step()
					a := told(t, h.narrowly, narrow, byHand)
					b := told(t, h.widely, wide, Order{Actor: byHand.Actor, Full: true})
					if a != b {
						t.Fatalf("history %d, run %d: %v\nnarrow %s\nwide   %s", n, step+1, h.told, a, b)
					}
				}
			}
		})
	}
}

// TestThereAndBack changes a product, has a run file its invoices anew without coming to
// a complete comparison, and takes the change back: the findings stay.
func TestThereAndBack(t *testing.T) {
	for name, address := range map[string]func(testing.TB) string{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			w, repo := newWorld(), open(t, address(t))
			w.both(1, "1001")
			sku := func(to string) {
				w.hs.products = slices.Clone(w.hs.products)
				w.hs.products[0].SKU = to
				w.clock.add(time.Hour)
			}
			sku("X")
			told(t, w, repo, byHand)
			sku("A") // they agree; the run does not know whether
			w.qb.breaks[reconcile.ObjectProducts] = breakdown{0, connectors.ErrUnreachable}
			told(t, w, repo, byHand)
			delete(w.qb.breaks, reconcile.ObjectProducts)
			sku("X")
			if all := told(t, w, repo, byHand); !strings.Contains(all, `"different":1,`) {
				t.Error(all)
			}
		})
	}
}

func open(t *testing.T, address string) *db.Repo {
	t.Helper()
	_, repo := opened(t, address)
	return repo
}

// opened is open for those who need the store as well.
func opened(t *testing.T, address string) (*db.DB, *db.Repo) {
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
	if err := store.EnsureWorkspace(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	repo, err := store.As(t.Context(), byHand.Actor, "test")
	if err != nil {
		t.Fatal(err)
	}
	return store, repo
}

// told carries out a run on a store and returns all that it has to say after it.
func told(t *testing.T, w *world, repo *db.Repo, o Order) string {
	t.Helper()
	settings := map[string]string{}
	for _, key := range []string{"direction", "status_filter", "email_match"} {
		value, err := w.store.settings.Get(reconcile.SettingKey(key))
		if err != nil {
			t.Fatal(err)
		}
		settings[key] = value
	}
	if _, _, err := repo.SetSettings(t.Context(), settings); err != nil {
		t.Fatal(err)
	}
	r := w.runner()
	r.Mirror, r.Changes, r.Findings, r.Journal, r.Hints = repo, repo, repo, repo, repo
	run, err := r.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	totals, err := repo.Totals(t.Context(), run.ID)
	if err != nil {
		t.Fatal(err)
	}
	run.Full, run.Counts.Calls = false, 0
	parts := []any{run, totals}
	for f, err := range repo.StreamFindings(t.Context(), db.FindingQuery{}) {
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, f)
	}
	out := make([]string, len(parts))
	for n, part := range parts {
		b, err := json.Marshal(part)
		if err != nil {
			t.Fatal(err)
		}
		out[n] = string(b)
	}
	return strings.Join(out, "\n")
}
