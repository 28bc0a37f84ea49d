package connectors

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/tieout/tieout/reconcile"
)

// A Keeper is what Tokens are made from. All fields but Now and Sleep have to be set.
type Keeper struct {
	Workspace reconcile.WorkspaceID
	App       *App
	Store     CredentialStore
	Sealer    Sealer
	Spill     Spill
	Log       *slog.Logger
	// Now tells the time, Sleep waits; nil is this machine's clock.
	Now   func() time.Time
	Sleep func(context.Context, time.Duration) error
}

// Tokens keep one system of a workspace signed in. They are a TokenSource.
//
// Any number of them, in any number of processes, may work on one stored
// credential: who refreshes has the right to it by a lease, looks again at what is
// stored after getting it, and stores the new pair before anybody uses it. What the
// vendor gave out is not lost while there is a place to put it: in the store, in the
// pair before (kept two days), in memory, or in a sealed file. An answer that did
// not come means that the same refresh token is sent again, never another.
type Tokens struct {
	k      *Keeper // pointers, so that printing Tokens cannot show one
	holder string
	flight singleflight.Group

	mu      sync.Mutex
	held    *held
	unsaved *unsaved
}

// held is a pair in use.
type held struct {
	generation int
	access     Secret
	renewAt    time.Time
	expires    time.Time
}

// unsaved is a pair that the store has not taken yet.
type unsaved struct {
	before reconcile.Credential
	lease  reconcile.Lease
	granted
	at      time.Time
	sealed  reconcile.Sealed // empty before it was sealed
	spilled bool
	unclear bool // a request may have been carried out whose answer did not come
}

var _ TokenSource = (*Tokens)(nil)

// NewTokens returns the tokens of a connected system. It asks nobody anything yet.
func NewTokens(k Keeper) *Tokens {
	if k.Now == nil {
		k.Now = time.Now // with its monotonic part: a clock that is set does not change how long a token lasts
	}
	if k.Sleep == nil {
		k.Sleep = sleep
	}
	return &Tokens{k: &k, holder: rand.Text()}
}

const (
	// renewBefore is how long before its end an access token is renewed, unless its
	// life is so short that a quarter of it is less.
	renewBefore = 5 * time.Minute
	// refreshLease is how long the right to refresh lasts. Should its holder die, the
	// next one comes soon enough for a vendor that accepts a replaced refresh token
	// for a minute.
	refreshLease = 30 * time.Second
	// leasePoll is how often one looks whether another has finished.
	leasePoll = 50 * time.Millisecond
	// refreshTime bounds a refresh with all its waits.
	refreshTime = 2 * time.Minute
)

// hold makes a pair the one in use. at is when it was given out.
func (t *Tokens) hold(generation int, access Secret, at, expires time.Time) *held {
	margin := min(renewBefore, expires.Sub(at)/4)
	h := &held{generation: generation, access: access, renewAt: expires.Add(-margin), expires: expires}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = h
	return h
}

func (t *Tokens) current() *held {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held
}

func (t *Tokens) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held = nil
}

// Token returns an access token that lasts for a while, by refreshing it if need be.
// While somebody else refreshes, the one before is good enough as long as it lasts.
// reconcile.ErrNotConnected means that somebody has to connect the system.
func (t *Tokens) Token(ctx context.Context) (Secret, error) {
	h := t.current()
	if h != nil && t.k.Now().Before(h.renewAt) {
		return h.access, nil
	}
	fresh, _, err := t.once(ctx, func(ctx context.Context) (*held, error) { return t.renew(ctx, "") })
	if err == nil {
		return fresh.access, nil
	}
	switch h = t.current(); {
	case h != nil && !errors.Is(err, reconcile.ErrNotConnected) && t.k.Now().Before(h.expires):
		return h.access, nil
	}
	return "", err
}

// Renew is told that the vendor refused an access token. If it is still the stored
// one and, where the vendor tells, has expired, it is refreshed.
func (t *Tokens) Renew(ctx context.Context, refused Secret) (Secret, error) {
	if h := t.current(); h != nil && h.access != refused {
		return h.access, nil
	}
	for range 2 {
		fresh, shared, err := t.once(ctx, func(ctx context.Context) (*held, error) { return t.renew(ctx, refused) })
		switch {
		case err != nil:
			return "", err
		case fresh.access != refused:
			return fresh.access, nil
		case !shared:
			return "", nil
		}
		// What was shared may have been asked for by Token, which knows of no refusal.
	}
	return "", nil
}

// once does what several ask for at the same time once, and to its end: a caller that
// gives up takes nothing with it. shared says that several had the same answer.
func (t *Tokens) once(ctx context.Context, do func(context.Context) (*held, error)) (h *held, shared bool, err error) {
	done := t.flight.DoChan("", func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTime)
		defer cancel()
		return do(ctx)
	})
	select {
	case <-ctx.Done():
		return nil, false, ctx.Err()
	case r := <-done:
		h, _ = r.Val.(*held) // nil beside an error
		return h, r.Shared, r.Err
	}
}

// renew returns a pair other than the one whose access token was refused, or, with
// "", one that lasts. It returns the refused one where the vendor says that it is
// good.
func (t *Tokens) renew(ctx context.Context, refused Secret) (*held, error) {
	for {
		if err := t.settle(ctx); err != nil { // nothing is refreshed before that
			if h := t.current(); h != nil && refused == "" && t.k.Now().Before(h.expires) {
				return h, nil
			}
			return nil, err
		}
		h, err := t.stored(ctx)
		switch {
		case err != nil:
			return nil, err
		case refused == "" && t.k.Now().Before(h.renewAt), refused != "" && h.access != refused:
			return h, nil
		case refused != "" && t.k.App.Endpoint.Introspect != "":
			if active, err := t.k.App.introspect(ctx, refused); err != nil || active {
				return h, nil //nolint:nilerr // nothing says that it has expired: the refusal stands
			}
		}
		fresh, err := t.refresh(ctx, h.generation)
		switch {
		case errors.Is(err, reconcile.ErrMoved):
			continue // look again at what is stored
		case errors.Is(err, reconcile.ErrLeased) && (refused != "" || !t.k.Now().Before(h.expires)):
			if err := t.k.Sleep(ctx, leasePoll); err != nil {
				return nil, err
			}
			continue
		case errors.Is(err, reconcile.ErrNotConnected):
			t.drop()
		}
		return fresh, err
	}
}

// stored takes what is stored into use.
func (t *Tokens) stored(ctx context.Context) (*held, error) {
	c, err := t.k.Store.Credential(ctx, t.k.App.System)
	if err == nil {
		err = c.Usable()
	}
	if err != nil {
		t.drop()
		return nil, err
	}
	if h := t.current(); h != nil && h.generation == c.Generation {
		return h, nil
	}
	return t.adopt(c)
}

// adopt takes a stored credential into use.
func (t *Tokens) adopt(c reconcile.Credential) (*held, error) {
	access, _, err := openPair(t.k.Sealer, t.k.Workspace, t.k.App.System, c.Current)
	if err != nil {
		return nil, err
	}
	return t.hold(c.Generation, access, c.LastRefresh, c.AccessExpires), nil
}
