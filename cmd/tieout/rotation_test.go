package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox/signin"
)

// A killPoint is where a worker dies.
type killPoint int

const (
	alive        killPoint = iota
	beforeCall             // the refresh is noted, nothing was sent
	afterAnswer            // the vendor has answered, nothing is stored
	beforeCommit           // about to store
	afterCommit            // stored, nobody has heard of it
	afterSpill             // the store took nothing, the spill did
	killPoints
)

// mortal is a worker's store, spill and way to the vendor. At its kill point it ends the
// goroutine, as the process would end; nothing of it goes on.
type mortal struct {
	connectors.CredentialStore
	connectors.Spill
	next http.RoundTripper

	point killPoint
	died  chan struct{}
	lease reconcile.Lease // the last that it took
}

func (m *mortal) at(p killPoint) {
	if m.point == p {
		close(m.died)
		runtime.Goexit()
	}
}

func (m *mortal) BeginRefresh(ctx context.Context, s reconcile.System, holder string, generation int, lasting time.Duration) (reconcile.Credential, reconcile.Lease, error) {
	c, l, err := m.CredentialStore.BeginRefresh(ctx, s, holder, generation, lasting)
	if err == nil {
		m.lease = l
		m.at(beforeCall)
	}
	return c, l, err
}

func (m *mortal) SaveRefreshed(ctx context.Context, l reconcile.Lease, c reconcile.Credential) (reconcile.Credential, error) {
	if l.Epoch < 0 { // a spilled one: of somebody who has died
		return m.CredentialStore.SaveRefreshed(ctx, l, c)
	}
	m.at(beforeCommit)
	if m.point == afterSpill {
		return reconcile.Credential{}, errors.New("disk full")
	}
	stored, err := m.CredentialStore.SaveRefreshed(ctx, l, c)
	m.at(afterCommit)
	return stored, err
}

func (m *mortal) Save(ws reconcile.WorkspaceID, c reconcile.Credential) error {
	err := m.Spill.Save(ws, c)
	m.at(afterSpill)
	return err
}

func (m *mortal) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.next.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusOK {
		m.at(afterAnswer)
	}
	return resp, err
}

// A rotation is the model: workers that race for each new pair, in rounds.
type rotation struct {
	*tokenWorld
	rand    *rand.Rand
	grace   time.Duration
	workers [4]*connectors.Tokens
	mortals [4]*mortal

	mu    sync.Mutex
	fault map[int]bool // numbers of requests whose answers were lost after the effect
	odds  float64      // of a fault at the token endpoint

	struck int // in a row

	flags, losses, kills int
}

// strikes draws what becomes of a request to the token endpoint.
func (r *rotation) strikes(n int) signin.Fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rand.Float64() >= r.odds || r.struck == 3 { // one that never ends is another test's
		r.struck = 0
		return signin.NoFault
	}
	r.struck++
	f := signin.Fault(1 + r.rand.IntN(int(signin.CutAnswer)))
	if f == signin.LostAnswer || f == signin.UnavailableAfter || f == signin.CutAnswer {
		r.fault[n] = true
	}
	return f
}

func newRotation(t *testing.T, address string, seed uint64, grace time.Duration) *rotation {
	r := &rotation{rand: rand.New(rand.NewPCG(seed, uint64(grace))), grace: grace, fault: map[int]bool{}}
	r.tokenWorld = newTokenWorld(t, reconcile.HubSpot, address, signin.Options{Grace: grace, Fault: r.strikes})
	r.connect()
	for n := range r.workers {
		r.workers[n] = r.worker(n, address)
	}
	return r
}

// worker makes a worker, on connections of its own where that is another store.
func (r *rotation) worker(n int, address string) *connectors.Tokens {
	store := r.store
	if n > 0 && address != "" {
		store = r.open(address)
	}
	return r.born(n, &mortal{CredentialStore: r.repo(store)})
}

func (r *rotation) born(n int, m *mortal) *connectors.Tokens {
	m.Spill, m.next, m.died = r.vault.Spill(), inProcess{r.vendor}, make(chan struct{})
	app := *r.app
	app.RoundTripper = m
	r.mortals[n] = m
	return r.tokens(func(k *connectors.Keeper) { k.App, k.Store, k.Spill = &app, m, m })
}

// round lets time pass until the access token ends, and all workers ask for one, until
// each has one or it is known that there is none. It reports whether a pair was lost
// that the vendor does not accept the one before of any more.
func (r *rotation) round() (failure error) {
	r.odds = 0.08
	clear(r.fault)
	for n := range r.mortals {
		r.mortals[n].point = alive
		if r.rand.Float64() < 0.15 {
			r.mortals[n].point = killPoint(1 + r.rand.IntN(int(killPoints)-1))
		}
	}
	r.clock.advance(r.life() - 4*time.Minute)
	var racing sync.WaitGroup
	var lost, unusable bool // under mu
	errs := make([]error, len(r.workers))
	for n := range r.workers {
		racing.Go(func() {
			for {
				m := r.mortals[n]
				ctx, cancel := context.WithCancel(r.t.Context())
				go func() {
					select {
					case <-m.died:
						cancel()
					case <-ctx.Done():
					}
				}()
				token, err := r.workers[n].Token(ctx)
				killed := false
				select {
				case <-m.died:
					killed = true
				default:
				}
				cancel()
				switch {
				case killed:
					r.mu.Lock()
					r.kills++
					lost = lost || m.point == afterAnswer || m.point == beforeCommit
					r.mu.Unlock()
					// Its lease runs out, and another process takes its place.
					if err := m.CredentialStore.EndRefresh(r.t.Context(), m.lease, false); err != nil {
						errs[n] = err
						return
					}
					r.workers[n] = r.born(n, &mortal{CredentialStore: m.CredentialStore})
					continue
				case errors.Is(err, reconcile.ErrNotConnected):
					r.mu.Lock()
					unusable = true
					r.mu.Unlock()
					return
				case err != nil: // unclear for too long: the next request asks again
					continue
				}
				if !r.server.Live(token.Reveal()) {
					errs[n] = fmt.Errorf("worker %d has a token that is not good", n)
				}
				return
			}
		})
	}
	racing.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return r.judge(lost || len(r.fault) > 0, unusable)
}

// judge holds what the store says against what the vendor would accept.
func (r *rotation) judge(lost, unusable bool) error {
	c, current, previous := r.stored()
	usable := r.server.Honours(current) || r.server.Honours(previous)
	if lost {
		r.losses++
	}
	switch {
	case c.State == reconcile.Connected && unusable:
		return errors.New("a worker was told to connect again, and the store says that it is connected")
	case c.State == reconcile.Connected && !usable:
		return errors.New("lost, and nobody says so")
	case c.State == reconcile.Connected:
		return nil
	case usable:
		return fmt.Errorf("flagged while the vendor accepts a stored token: %s", c.Problem)
	case len(r.spills()) > 0:
		return fmt.Errorf("flagged while there is a spilled pair: %s", c.Problem)
	case r.grace > 0:
		return fmt.Errorf("lost although the vendor leaves %s: %s", r.grace, c.Problem)
	case !lost:
		return fmt.Errorf("flagged although no answer was lost: %s", c.Problem)
	}
	r.flags++
	r.odds = 0
	r.connect()
	return nil
}

// TestRotations rotates with workers that race and die, and a token endpoint that
// fails: nothing is lost while the vendor accepts a replaced token for a while, and
// where it does not every loss is told in the same round. TIEOUT_CAMPAIGN makes ten
// thousand rotations of each kind on SQLite and a thousand on PostgreSQL.
func TestRotations(t *testing.T) {
	t.Parallel()
	sqlite, postgres := 150, 25
	if number(t, "TIEOUT_CAMPAIGN", 0) > 0 {
		sqlite, postgres = 10_000, 1000
	}
	seed := number(t, "TIEOUT_SEED", rand.Uint64N(1<<40))
	for _, kind := range []struct {
		name    string
		address func(testing.TB) string
		rounds  int
	}{{"SQLite", dbtest.SQLite, sqlite}, {"PostgreSQL", dbtest.Postgres, postgres}} {
		for _, grace := range []time.Duration{0, time.Minute, 24 * time.Hour} {
			t.Run(fmt.Sprintf("%s,grace=%s", kind.name, grace), func(t *testing.T) {
				t.Logf("seed %d", seed)
				r := newRotation(t, kind.address(t), seed, grace)
				began := time.Now()
				for n := range kind.rounds {
					if err := r.round(); err != nil {
						t.Fatalf("seed %d, round %d: %v\n%s", seed, n, err, r.log)
					}
				}
				if kind.rounds >= sqlite && (r.kills == 0 || r.losses == 0 || (grace == 0) != (r.flags > 0)) {
					t.Errorf("%d kills, %d rounds with a lost answer, %d flags: too tame", r.kills, r.losses, r.flags)
				}
				t.Logf("%d rounds, %d refreshes, %d kills, %d rounds with a lost answer, %d flags in %s", kind.rounds, r.server.Refreshes(), r.kills, r.losses, r.flags, time.Since(began).Round(time.Millisecond))
			})
		}
	}
}
