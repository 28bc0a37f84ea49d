package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox/signin"
)

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
		events, err := w.repo(w.store).ConnectionEvents(t.Context(), w.system, 0)
		check(t, err)
		if events[0].Kind != reconcile.EventNeedsReconnect || events[0].Actor != reconcile.ActorWorker || events[0].Detail == "" {
			t.Errorf("journal: %+v", events)
		}
	})
}
