package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox/signin"
)

// F-54: another portal or company than the workspace's is refused, and one that another
// workspace has; nothing is changed by either.
func TestConnectAnother(t *testing.T) {
	t.Parallel()
	onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
		before, _, _ := w.stored()
		other := w.signIn(w.repo(w.store), "777")
		_, err := w.consent(other)
		if !errors.Is(err, connectors.ErrRefusedSignIn) || !strings.Contains(err.Error(), "777") || !strings.Contains(err.Error(), w.company()) {
			t.Errorf("tokens of another: %v", err) // the sign-in said one, the tokens open another
		}
		address, _, err := other.Begin(t.Context(), "local:ann", w.system, "http://localhost:1/oauth/callback")
		check(t, err)
		back := w.visit(address)
		if w.system == reconcile.QuickBooks {
			back.Set("realmId", "777")
			_, err = other.Finish(t.Context(), back)
			if err == nil || !strings.Contains(err.Error(), "777") || !strings.Contains(err.Error(), "9130") {
				t.Errorf("another company: %v", err)
			}
		}
		check(t, w.store.EnsureWorkspace(t.Context(), "second"))
		repo, err := w.store.As(t.Context(), "local:bob", "second")
		check(t, err)
		if _, err := w.consent(w.signIn(repo, w.company())); err == nil || !strings.Contains(err.Error(), `workspace "default"`) || !strings.Contains(err.Error(), w.company()) {
			t.Errorf("in another workspace: %v", err)
		}
		if after, _, _ := w.stored(); after.Generation != before.Generation {
			t.Errorf("generation %d after %d", after.Generation, before.Generation)
		}
	})
}

// F-55: 100 days without use, and five years after the consent: warned of ahead, and
// flagged when it has come.
func TestSignInEnds(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	at := func(w *tokenWorld) reconcile.ConnectionState {
		c, _, _ := w.stored()
		return c.At(w.clock.now())
	}
	t.Run("idle", func(t *testing.T) {
		w := newTokenWorld(t, reconcile.QuickBooks, dbtest.SQLite(t), signin.Options{Rotation: signin.RotateDaily})
		w.connect()
		if s := at(w); s != reconcile.Connected {
			t.Errorf("at first: %s", s)
		}
		w.clock.advance(95 * day)
		if s := at(w); s != reconcile.Expiring {
			t.Errorf("after 95 days: %s", s)
		}
		w.live(w.tokens())
		if s := at(w); s != reconcile.Connected {
			t.Errorf("used after 95 days: %s", s)
		}
		w.clock.advance(101 * day)
		if s := at(w); s != reconcile.NeedsReconnect {
			t.Errorf("after 101 days: %s", s)
		}
		w.flagged(w.tokens())
	})
	t.Run("five years", func(t *testing.T) {
		w := newTokenWorld(t, reconcile.QuickBooks, dbtest.SQLite(t), signin.Options{})
		w.connect()
		tokens := w.tokens()
		states := map[reconcile.ConnectionState]int{}
		for range 5*365/5 - 1 {
			w.clock.advance(5 * day)
			w.live(tokens)
			states[at(w)]++
		}
		if states[reconcile.Expiring] != 17 {
			t.Errorf("every five days for five years: %v, want a warning for the last 90 days", states)
		}
		w.clock.advance(5 * day)
		w.flagged(tokens)
	})
}

// F-56: a clock that is wrong by more than a token's life.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
		off := func(by time.Duration) func(*connectors.Keeper) {
			return func(k *connectors.Keeper) { k.Now = func() time.Time { return w.clock.now().Add(by) } }
		}
		ahead := w.tokens(off(3 * time.Hour))
		for range 10 {
			w.live(ahead)
		}
		if n := w.server.Refreshes(); n != 1 {
			t.Errorf("a clock that is ahead: %d refreshes, want 1", n)
		}
		w.expire()
		var calls atomic.Int64
		source := w.source(w.tokens(off(-3*time.Hour)), &calls)
		if _, err := source.Company(t.Context()); err != nil {
			t.Errorf("a clock that is behind: %v", err)
		}
		if n := w.server.Refreshes(); n != 2 {
			t.Errorf("a clock that is behind: %d refreshes in all, want 2", n)
		}
	})
}

// A 401 is no proof that a token has expired: HubSpot is asked, and QuickBooks says so.
// However often a good token is refused, it is not refreshed for that.
func TestRefusedThoughGood(t *testing.T) {
	t.Parallel()
	onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
		const body = `{"fault":{"error":[{"message":"m","code":"3100"}],"type":"AUTHENTICATION"}}`
		refuse := roundTripper(func(*http.Request) (*http.Response, error) {
			r := &http.Response{StatusCode: http.StatusUnauthorized, Header: http.Header{"Content-Type": {"application/json"}}}
			r.Body = http.NoBody
			if w.system == reconcile.QuickBooks {
				r.Body = readCloser{strings.NewReader(body)}
			}
			return r, nil
		})
		options := connectors.Options{Rate: connectors.Unpaced, RoundTripper: refuse}
		var source connectors.Source
		var err error
		if w.system == reconcile.HubSpot {
			source, err = hubspot.New(hubspot.Config{BaseURL: testBase, Tokens: w.tokens(), Transport: options})
		} else {
			source, err = quickbooks.New(quickbooks.Config{BaseURL: testBase, Realm: "9130", Tokens: w.tokens(), Transport: options})
		}
		check(t, err)
		if _, err := source.Company(t.Context()); !errors.Is(err, connectors.ErrDenied) {
			t.Errorf("got %v", err)
		}
		if n := w.server.Refreshes(); n != 0 {
			t.Errorf("%d refreshes", n)
		}
	})
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

// F-113: keys rotated while others work, and keys that are missing.
func TestKeysRotate(t *testing.T) {
	t.Parallel()
	for _, kind := range []func(testing.TB) string{dbtest.SQLite, dbtest.Postgres} {
		w := newTokenWorld(t, reconcile.HubSpot, kind(t), signin.Options{})
		w.connect()
		s := &store{Repo: w.repo(w.store), db: w.store}
		tokens := w.tokens()
		w.live(tokens)
		_, before, _ := w.stored()
		values, dropped, err := rotate(t.Context(), s, w.vault)
		check(t, err)
		if values != 1 || len(dropped) != 1 {
			t.Errorf("%d values, dropped %v", values, dropped)
		}
		if _, after, _ := w.stored(); after != before {
			t.Error("the token is another after the rotation")
		}
		w.expire()
		w.live(tokens) // which had loaded the old keys
		w.live(w.tokens())
		check(t, os.Rename(filepath.Join(w.dir, "tieout.key"), filepath.Join(w.dir, "away")))
		w.expire()
		refreshes := w.server.Refreshes()
		if _, err := w.tokens().Token(t.Context()); err == nil || !strings.Contains(err.Error(), "tieout.key") {
			t.Errorf("without its key file: %v", err)
		}
		if n := w.server.Refreshes() - refreshes; n != 0 {
			t.Errorf("%d refreshes whose answers could not have been sealed", n)
		}
		check(t, os.Rename(filepath.Join(w.dir, "away"), filepath.Join(w.dir, "tieout.key")))
		w.live(w.tokens())
	}
}
