package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
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
