package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// onBothSystems runs a test for each vendor, connected.
func onBothSystems(t *testing.T, options signin.Options, run func(t *testing.T, w *tokenWorld)) {
	t.Helper()
	for _, system := range reconcile.Systems {
		t.Run(string(system), func(t *testing.T) {
			w := newTokenWorld(t, system, dbtest.SQLite(t), options)
			w.connect()
			run(t, w)
		})
	}
}

// dies makes tokens that die at a point, waits until they have, and lets their lease
// run out.
func (w *tokenWorld) dies(point killPoint) {
	w.t.Helper()
	m := &mortal{CredentialStore: w.repo(w.store), Spill: w.vault.Spill(), next: inProcess{w.vendor}, point: point, died: make(chan struct{})}
	app := *w.app
	app.RoundTripper = m
	tokens := w.tokens(func(k *connectors.Keeper) { k.App, k.Store, k.Spill = &app, m, m })
	ctx, cancel := context.WithCancel(w.t.Context())
	go func() { _, _ = tokens.Token(ctx) }() // it never returns
	<-m.died
	cancel()
	check(w.t, m.CredentialStore.EndRefresh(w.t.Context(), m.lease, false))
}

// F-48: a crash after the vendor's answer, before it is stored.
func TestCrashAfterTokenAnswer(t *testing.T) {
	t.Parallel()
	for _, grace := range []time.Duration{0, time.Minute, 24 * time.Hour} {
		t.Run(grace.String(), func(t *testing.T) {
			onBothSystems(t, signin.Options{Grace: grace}, func(t *testing.T, w *tokenWorld) {
				w.expire()
				w.dies(afterAnswer)
				next := w.tokens()
				if grace > 0 {
					w.live(next)
					return
				}
				w.flagged(next)
				if c, _, _ := w.stored(); !strings.Contains(c.Problem, "never came") {
					t.Errorf("the problem does not say what happened: %s", c.Problem)
				}
				requests := w.server.Requests()
				w.flagged(next) // and asks nobody any more
				if got := w.server.Requests(); got != requests {
					t.Errorf("%d more requests for tokens after the flag", got-requests)
				}
				w.connect()
				w.live(next)
			})
		})
	}
}

// A paused way to the vendor holds answers to refreshes back until it is let go.
type paused struct {
	inProcess
	reached, letGo chan struct{}
}

func (p paused) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.inProcess.RoundTrip(r)
	close(p.reached)
	<-p.letGo
	return resp, err
}

// F-49: many workers at once make one refresh; whose lease ran out while it waited for
// the answer loses nothing.
func TestWorkersRefreshAtOnce(t *testing.T) {
	t.Parallel()
	onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
		w.expire()
		workers := make([]*connectors.Tokens, 8)
		for n := range workers {
			workers[n] = w.tokens()
		}
		var racing sync.WaitGroup
		got := make([]connectors.Secret, 4*len(workers))
		for n := range got {
			racing.Go(func() { got[n], _ = workers[n%len(workers)].Token(t.Context()) })
		}
		racing.Wait()
		for n, token := range got {
			if token != got[0] || !w.server.Live(token.Reveal()) {
				t.Errorf("worker %d has another token, or none", n)
			}
		}
		if n := w.server.Refreshes(); n != 1 {
			t.Errorf("%d refreshes, want 1", n)
		}
	})
	t.Run("lease runs out", func(t *testing.T) {
		w := newTokenWorld(t, reconcile.HubSpot, dbtest.SQLite(t), signin.Options{Grace: time.Minute})
		w.connect()
		w.expire()
		slow := paused{inProcess{w.vendor}, make(chan struct{}), make(chan struct{})}
		m := &mortal{CredentialStore: w.repo(w.store)}
		late := w.tokens(func(k *connectors.Keeper) {
			app := *w.app
			app.RoundTripper, k.App, k.Store = slow, &app, m
		})
		done := make(chan connectors.Secret)
		go func() { token, _ := late.Token(t.Context()); done <- token }()
		<-slow.reached
		check(t, m.CredentialStore.EndRefresh(t.Context(), m.lease, false))
		w.live(w.tokens())
		second, _, _ := w.stored()
		close(slow.letGo)
		token := <-done
		c, current, previous := w.stored()
		if !w.server.Live(token.Reveal()) || c.Generation != second.Generation || !w.server.Honours(current) || !w.server.Honours(previous) {
			t.Errorf("generation %d after %d; current pair good: %t, late pair kept: %t", c.Generation, second.Generation, w.server.Honours(current), w.server.Honours(previous))
		}
	})
}

// F-49: a holder whose lease ran out before it even asked: the pair that it then gets is
// the vendor's newest, and comes too late to be the current one. It is found again.
func TestLateCall(t *testing.T) {
	t.Parallel()
	w := newTokenWorld(t, reconcile.HubSpot, dbtest.SQLite(t), signin.Options{Grace: time.Minute})
	w.connect()
	w.expire()
	reached, letGo := make(chan struct{}), make(chan struct{})
	m := &mortal{CredentialStore: w.repo(w.store)}
	app := *w.app
	app.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
		close(reached)
		<-letGo
		return inProcess{w.vendor}.RoundTrip(r)
	})
	late := w.tokens(func(k *connectors.Keeper) { k.App, k.Store = &app, m })
	done := make(chan error)
	go func() { _, err := late.Token(t.Context()); done <- err }()
	<-reached
	check(t, m.CredentialStore.EndRefresh(t.Context(), m.lease, false))
	w.live(w.tokens())
	close(letGo)
	check(t, <-done)
	w.expire()
	_, current, previous := w.stored()
	if w.server.Honours(current) || !w.server.Honours(previous) {
		t.Fatal("the late pair is not the one that works: the test is about nothing")
	}
	w.live(w.tokens())
	if _, current, _ := w.stored(); !w.server.Honours(current) {
		t.Error("what works is not current")
	}
}

// sent notes the refresh tokens that are sent.
type sent struct {
	inProcess
	mu   sync.Mutex
	list []string
}

func (s *sent) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := r.GetBody()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	_, err = text.ReadFrom(body)
	s.mu.Lock()
	s.list = append(s.list, text.String())
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return s.inProcess.RoundTrip(r)
}

// F-50: the token endpoint fails, having done what it was asked or not: the same
// refresh token is sent again, and no other.
func TestTokenEndpointFails(t *testing.T) {
	t.Parallel()
	for fault := signin.LostRequest; fault <= signin.CutAnswer; fault++ {
		t.Run(fmt.Sprint(fault), func(t *testing.T) {
			onBothSystems(t, signin.Options{Grace: time.Minute, Fault: func(n int) signin.Fault {
				if n == 2 || n == 3 { // 1 is the connect
					return fault
				}
				return signin.NoFault
			}}, func(t *testing.T, w *tokenWorld) {
				w.expire()
				s := &sent{inProcess: inProcess{w.vendor}}
				app := *w.app
				app.RoundTripper = s
				w.live(w.tokens(func(k *connectors.Keeper) { k.App = &app }))
				if len(s.list) != 3 || s.list[0] != s.list[1] || s.list[1] != s.list[2] {
					t.Errorf("%d requests, want three times the same", len(s.list))
				}
				if c, _, _ := w.stored(); c.Generation != 2 || !c.RefreshStarted.IsZero() {
					t.Errorf("stored generation %d, started %s", c.Generation, c.RefreshStarted)
				}
			})
		})
	}
	t.Run("for good", func(t *testing.T) {
		var down atomic.Bool
		w := newTokenWorld(t, reconcile.HubSpot, dbtest.SQLite(t), signin.Options{Fault: func(int) signin.Fault {
			if down.Load() {
				return signin.Unavailable
			}
			return signin.NoFault
		}})
		w.connect()
		tokens := w.tokens()
		w.clock.advance(w.life() - 4*time.Minute)
		down.Store(true)
		w.live(tokens) // the one before is good for some minutes more
		w.expire()
		if _, err := tokens.Token(t.Context()); !errors.Is(err, connectors.ErrBroken) {
			t.Errorf("got %v", err)
		}
		c, _, _ := w.stored()
		if c.State != reconcile.Connected {
			t.Errorf("state %s", c.State)
		}
		if _, _, err := w.repo(w.store).BeginRefresh(t.Context(), w.system, "another", c.Generation, 0); err != nil {
			t.Errorf("the lease was not given back: %v", err)
		}
		down.Store(false)
		w.live(tokens)
	})
}

// F-51: invalid_grant because somebody else has refreshed meanwhile: the newer pair is
// adopted.
func TestRefusedBecauseAnotherWasFaster(t *testing.T) {
	t.Parallel()
	onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
		w.expire()
		m := &mortal{CredentialStore: w.repo(w.store)}
		before := make(chan struct{})
		app := *w.app
		app.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
			<-before
			return inProcess{w.vendor}.RoundTrip(r)
		})
		late := w.tokens(func(k *connectors.Keeper) { k.App, k.Store = &app, m })
		done := make(chan error)
		go func() { _, err := late.Token(t.Context()); done <- err }()
		for c, _, _ := w.stored(); c.RefreshStarted.IsZero(); c, _, _ = w.stored() {
			time.Sleep(time.Millisecond)
		}
		repo := w.repo(w.store)
		check(t, repo.EndRefresh(t.Context(), reconcile.Lease{System: w.system, Epoch: 2}, false)) // 1 was the connect
		w.live(w.tokens())
		close(before)
		if err := <-done; err != nil {
			t.Fatalf("the late one: %v", err)
		}
		w.live(late)
		if c, _, _ := w.stored(); c.State != reconcile.Connected || c.Generation != 2 {
			t.Errorf("%s, generation %d", c.State, c.Generation)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// broken is a store that takes no new pair.
type broken struct {
	connectors.CredentialStore
	whole atomic.Bool
}

func (b *broken) SaveRefreshed(ctx context.Context, l reconcile.Lease, c reconcile.Credential) (reconcile.Credential, error) {
	if b.whole.Load() {
		return b.CredentialStore.SaveRefreshed(ctx, l, c)
	}
	return reconcile.Credential{}, errors.New("disk full")
}

// F-52: the store does not take the new pair: it is used from memory, kept sealed in a
// file, and stored by this process or the next.
func TestStoreDoesNotTakeTokens(t *testing.T) {
	t.Parallel()
	for _, survives := range []bool{true, false} {
		t.Run(fmt.Sprintf("survives=%t", survives), func(t *testing.T) {
			onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
				w.expire()
				store := &broken{CredentialStore: w.repo(w.store)}
				tokens := w.tokens(func(k *connectors.Keeper) { k.Store = store })
				first := w.live(tokens)
				files := w.spills()
				if len(files) != 1 {
					t.Fatalf("spilled: %v", files)
				}
				info, err := os.Stat(files[0])
				check(t, err)
				content, err := os.ReadFile(files[0])
				check(t, err)
				if info.Mode().Perm() != 0o600 || bytes.Contains(content, []byte(first.Reveal()[:20])) {
					t.Errorf("mode %o, or the token can be read", info.Mode().Perm())
				}
				check(t, w.repo(w.store).EndRefresh(t.Context(), reconcile.Lease{System: w.system, Epoch: 2}, false)) // it runs out
				if survives {
					store.whole.Store(true)
				} else {
					tokens = w.tokens()
				}
				w.clock.advance(w.life() - time.Minute)
				w.live(tokens)
				c, current, _ := w.stored()
				if c.State != reconcile.Connected || c.Generation != 3 || !w.server.Honours(current) || len(w.spills()) != 0 {
					t.Errorf("%s, generation %d, spilled %v\n%s", c.State, c.Generation, w.spills(), w.log)
				}
			})
		})
	}
}

// source is the system's connector, counting the calls that it makes.
func (w *tokenWorld) source(tokens connectors.TokenSource, calls *atomic.Int64) connectors.Source {
	w.t.Helper()
	options := connectors.Options{Rate: connectors.Unpaced, RoundTripper: roundTripper(func(r *http.Request) (*http.Response, error) {
		calls.Add(1)
		return inProcess{w.vendor}.RoundTrip(r)
	})}
	var source connectors.Source
	var err error
	if w.system == reconcile.HubSpot {
		source, err = hubspot.New(hubspot.Config{BaseURL: testBase, Tokens: tokens, Transport: options})
	} else {
		source, err = quickbooks.New(quickbooks.Config{BaseURL: testBase, Realm: "9130", Tokens: tokens, Transport: options})
	}
	check(w.t, err)
	return source
}

// F-53: the app is uninstalled while a run is under way: one call is refused, none is
// made after it, and the journal says so.
func TestRevokedByTheUser(t *testing.T) {
	t.Parallel()
	onBothSystems(t, signin.Options{}, func(t *testing.T, w *tokenWorld) {
		var calls atomic.Int64
		source := w.source(w.tokens(), &calls)
		_, err := source.Company(t.Context())
		check(t, err)
		w.server.RevokeAll()
		before := calls.Load()
		for range 10 {
			if _, err := source.Company(t.Context()); !errors.Is(err, reconcile.ErrNotConnected) {
				t.Fatalf("got %v", err)
			}
		}
		if n := calls.Load() - before; n != 1 {
			t.Errorf("%d calls after the consent was revoked, want 1", n)
		}
		events, err := w.repo(w.store).ConnectionEvents(t.Context(), 0)
		check(t, err)
		if events[0].Kind != reconcile.EventNeedsReconnect || events[0].Actor != reconcile.ActorWorker || events[0].Detail == "" {
			t.Errorf("journal: %+v", events)
		}
	})
}

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
