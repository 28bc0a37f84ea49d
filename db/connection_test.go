package db_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

var connectedAt = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func sealedText(s string) reconcile.Sealed { return reconcile.Sealed{Key: "k1", Body: []byte(s)} }

// aCredential is a HubSpot sign-in that was just made.
func aCredential(pair string) reconcile.Credential {
	return reconcile.Credential{
		Connection: reconcile.Connection{
			System: reconcile.HubSpot, CompanyID: "62515", ConnectedAt: connectedAt, LastRefresh: connectedAt, AccessExpires: connectedAt.Add(time.Hour),
		},
		Current: sealedText(pair),
	}
}

func connected(t *testing.T, repo *db.Repo) reconcile.Credential {
	t.Helper()
	must(t, repo.Connect(t.Context(), aCredential("A"), "local:ann"))
	c, err := repo.Credential(t.Context(), reconcile.HubSpot)
	must(t, err)
	return c
}

// next is what a refresh of c brings.
func next(c reconcile.Credential, pair string) reconcile.Credential {
	c.Current, c.LastRefresh = sealedText(pair), c.LastRefresh.Add(time.Hour)
	return c
}

func pairs(t *testing.T, repo *db.Repo) string {
	t.Helper()
	c, err := repo.Credential(t.Context(), reconcile.HubSpot)
	must(t, err)
	return fmt.Sprintf("%d %s %s", c.Generation, c.Current.Body, c.Previous.Body)
}

const lasting = time.Minute

// One holder at a time, until its lease runs out by the database's clock; one that is
// too late throws nothing away and displaces nothing.
func TestRefreshLease(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx, hs := t.Context(), reconcile.HubSpot
		c := connected(t, repo)
		if _, _, err := repo.BeginRefresh(ctx, hs, "first", c.Generation+1, lasting); !errors.Is(err, reconcile.ErrMoved) {
			t.Errorf("of another generation: %v", err)
		}
		before, first, err := repo.BeginRefresh(ctx, hs, "first", c.Generation, lasting)
		must(t, err)
		if now, err := repo.Credential(ctx, hs); err != nil || !before.RefreshStarted.IsZero() || now.RefreshStarted.IsZero() {
			t.Errorf("started %s before, %s after, %v", before.RefreshStarted, now.RefreshStarted, err)
		}
		if _, _, err := repo.BeginRefresh(ctx, hs, "second", c.Generation, lasting); !errors.Is(err, reconcile.ErrLeased) {
			t.Errorf("while another has the right: %v", err)
		}
		if _, longer, err := repo.BeginRefresh(ctx, hs, "first", c.Generation, lasting); err != nil || longer.Epoch <= first.Epoch {
			t.Errorf("for longer: %+v, %v", longer, err)
		}
		_, err = store.Raw().ExecContext(ctx, "UPDATE connections SET lease_until = 1")
		must(t, err)
		again, second, err := repo.BeginRefresh(ctx, hs, "second", c.Generation, lasting)
		must(t, err)
		if again.RefreshStarted.IsZero() {
			t.Error("nothing tells that a refresh was started before")
		}
		must(t, repo.EndRefresh(ctx, first, true)) // not its own any more
		if _, _, err := repo.BeginRefresh(ctx, hs, "third", c.Generation, lasting); !errors.Is(err, reconcile.ErrLeased) {
			t.Errorf("a late holder gave the right of another back: %v", err)
		}
		if err := repo.FlagReconnect(ctx, first, c.Generation, "refused"); !errors.Is(err, reconcile.ErrMoved) {
			t.Errorf("a late holder flagged: %v", err)
		}
		savedAs(t, repo, second, next(c, "B"), "2 B A")
		savedAs(t, repo, second, next(c, "B"), "2 B A") // nobody heard of the commit
		savedAs(t, repo, first, next(c, "late"), "2 B late")
		savedAs(t, repo, reconcile.Lease{System: hs, Epoch: -1}, next(c, "spilled"), "2 B spilled")
	})
}

func savedAs(t *testing.T, repo *db.Repo, l reconcile.Lease, c reconcile.Credential, want string) {
	t.Helper()
	_, err := repo.SaveRefreshed(t.Context(), l, c)
	must(t, err)
	if got := pairs(t, repo); got != want {
		t.Errorf("stored %s, want %s", got, want)
	}
}

// A pair that came too late heals a flag; one of another consent, or after a
// disconnect, is dropped.
func TestLatePair(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx, hs := t.Context(), reconcile.HubSpot
		c := connected(t, repo)
		_, l, err := repo.BeginRefresh(ctx, hs, "first", c.Generation, lasting)
		must(t, err)
		must(t, repo.FlagReconnect(ctx, l, c.Generation, "refused"))
		if _, _, err := repo.BeginRefresh(ctx, hs, "second", c.Generation, lasting); !errors.Is(err, reconcile.ErrNotConnected) {
			t.Errorf("flagged: %v", err)
		}
		savedAs(t, repo, reconcile.Lease{System: hs, Epoch: l.Epoch - 1}, next(c, "B"), "2 B A")
		if now, err := repo.Credential(ctx, hs); err != nil || now.Usable() != nil {
			t.Errorf("healed: %v, %v", now.Usable(), err)
		}
		must(t, repo.Connect(ctx, aCredential("C"), "local:ann"))
		if _, err := repo.SaveRefreshed(ctx, l, next(c, "D")); !errors.Is(err, reconcile.ErrMoved) {
			t.Errorf("of another consent: %v", err)
		}
		must(t, repo.Disconnect(ctx, hs, ""))
		now, err := repo.Credential(ctx, hs)
		must(t, err)
		if _, err := repo.SaveRefreshed(ctx, l, next(now, "E")); !errors.Is(err, reconcile.ErrMoved) {
			t.Errorf("after a disconnect: %v", err)
		}
		if !now.Current.Empty() || !now.Previous.Empty() || now.State != reconcile.Disconnected || now.CompanyID != "62515" {
			t.Errorf("disconnected: %+v", now)
		}
		events, err := repo.ConnectionEvents(ctx, hs, 0)
		must(t, err)
		var kinds []string
		for _, e := range slices.Backward(events) {
			kinds = append(kinds, string(e.Kind)+" "+string(e.Actor))
		}
		want := "CONNECTED local:ann, NEEDS_RECONNECT local:ann, REFRESHED local:ann, RECONNECTED local:ann, DISCONNECTED local:ann"
		if got := strings.Join(kinds, ", "); got != want {
			t.Errorf("journal: %s", got)
		}
	})
}

// A portal is of one workspace, whether it is known from a connection or from a run.
func TestConnectIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "1"}))
		if err := repo.Connect(ctx, aCredential("A"), "local:ann"); err == nil || !strings.Contains(err.Error(), "62515") || !strings.Contains(err.Error(), "HubSpot 1:") {
			t.Errorf("another than the mirror's: %v", err)
		}
		must(t, store.EnsureWorkspace(ctx, "second"))
		other, err := store.As(ctx, "local:bob", "second")
		must(t, err)
		connected(t, other)
		must(t, store.EnsureWorkspace(ctx, "third"))
		third, err := store.As(ctx, "local:eve", "third")
		must(t, err)
		if err := third.Connect(ctx, aCredential("A"), "local:eve"); err == nil || !strings.Contains(err.Error(), `"second"`) {
			t.Errorf("another workspace's: %v", err)
		}
		if list, err := third.Connections(ctx); err != nil || len(list) != 0 {
			t.Errorf("third sees %v, %v", list, err)
		}
		must(t, other.Disconnect(ctx, reconcile.HubSpot, ""))
		must(t, third.Connect(ctx, aCredential("A"), "local:eve"))
	})
}

// A sign-in that was begun is finished once, in its workspace, in time.
func TestAuthorization(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, store.EnsureWorkspace(ctx, "second"))
		other, err := store.As(ctx, "local:bob", "second")
		must(t, err)
		hash := func(s string) string { return strings.Repeat(s, 64) }
		for _, s := range []string{"a", "b"} {
			must(t, repo.SaveAuthorization(ctx, reconcile.Authorization{
				System: reconcile.QuickBooks, StateHash: hash(s), Verifier: sealedText("v"), RedirectURI: "http://localhost/", Actor: "local:ann", Expires: connectedAt.Add(time.Minute),
			}, connectedAt))
		}
		for _, tt := range []struct {
			repo  *db.Repo
			state string
			at    time.Time
			want  error
		}{
			{other, "a", connectedAt, reconcile.ErrNotFound},
			{repo, "c", connectedAt, reconcile.ErrNotFound},
			{repo, "a", connectedAt, nil},
			{repo, "a", connectedAt, reconcile.ErrNotFound},
			{repo, "b", connectedAt.Add(time.Minute), reconcile.ErrNotFound},
		} {
			a, err := tt.repo.TakeAuthorization(ctx, hash(tt.state), tt.at)
			if !errors.Is(err, tt.want) || (err == nil && (a.System != reconcile.QuickBooks || string(a.Verifier.Body) != "v" || a.Actor != "local:ann")) {
				t.Errorf("%s: %+v, %v", tt.state, a, err)
			}
		}
	})
}

// Sealing anew changes everything or nothing, and keeps others from storing what only a
// retired key opens.
func TestReseal(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx, hs := t.Context(), reconcile.HubSpot
		c := connected(t, repo)
		_, l, err := repo.BeginRefresh(ctx, hs, "first", c.Generation, lasting)
		must(t, err)
		savedAs(t, repo, l, next(c, "B"), "2 B A")
		must(t, repo.SaveAuthorization(ctx, reconcile.Authorization{
			System: hs, StateHash: strings.Repeat("a", 64), Verifier: sealedText("v"), RedirectURI: "http://localhost/", Actor: "local:ann", Expires: connectedAt.Add(time.Minute),
		}, connectedAt))
		calls := 0
		seal := func(stop int) func(reconcile.Sealed, reconcile.Binding) (reconcile.Sealed, error) {
			return func(s reconcile.Sealed, b reconcile.Binding) (reconcile.Sealed, error) {
				if calls++; calls == stop {
					return reconcile.Sealed{}, errors.New("killed")
				}
				if b.Workspace != reconcile.DefaultWorkspace || b.System != hs || (b.Purpose == reconcile.PurposeVerifier) != (string(s.Body) == "v") {
					t.Errorf("%s is bound to %+v", s.Body, b)
				}
				return reconcile.Sealed{Key: "k2", Body: append([]byte("2"), s.Body...)}, nil
			}
		}
		begin := func() ([]string, error) { return []string{"k1"}, nil }
		if _, err := store.Reseal(ctx, begin, seal(2)); err == nil {
			t.Error("no error")
		}
		if got := pairs(t, repo); got != "2 B A" {
			t.Errorf("after half of it: %s", got)
		}
		calls = 0
		if n, err := store.Reseal(ctx, begin, seal(0)); err != nil || n != 3 {
			t.Errorf("%d values, %v", n, err)
		}
		if got := pairs(t, repo); got != "2 2B 2A" {
			t.Errorf("after all of it: %s", got)
		}
		must(t, store.WithKeysInUse(ctx, func(keys []string) error {
			if !slices.Equal(keys, []string{"k2"}) {
				t.Errorf("keys in use: %v", keys)
			}
			return nil
		}))
		now, err := repo.Credential(ctx, hs)
		must(t, err)
		_, l, err = repo.BeginRefresh(ctx, hs, "first", now.Generation, lasting)
		must(t, err)
		if _, err := repo.SaveRefreshed(ctx, l, next(now, "C")); !errors.Is(err, reconcile.ErrKeyRetired) {
			t.Errorf("sealed with a retired key: %v", err)
		}
		if got := pairs(t, repo); got != "2 2B 2A" {
			t.Errorf("after a refused pair: %s", got)
		}
	})
}

func TestConnectionJournalIsInsertOnly(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		connected(t, repo)
		statements := []string{"UPDATE connection_events SET kind = 'REFRESHED'", "DELETE FROM connection_events"}
		if store.Postgres() {
			statements = append(statements, "TRUNCATE connection_events")
		}
		for _, statement := range statements {
			if _, err := store.Raw().ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "insert-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
	})
}
