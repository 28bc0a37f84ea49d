package connectors

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tieout/tieout/reconcile"
)

const (
	// refreshAttempts is how often a refresh token is sent while it is not clear what
	// became of it.
	refreshAttempts = 5
	refreshWait     = time.Second // after the first attempt; then twice as long each time
	// saveAttempts is how often a new pair is offered to the store before it goes to
	// the spill.
	saveAttempts = 3
	saveWait     = 100 * time.Millisecond
)

// refresh gets a new pair for a generation. reconcile.ErrMoved means that somebody
// else has, ErrLeased that somebody is about to.
func (t *Tokens) refresh(ctx context.Context, generation int) (*held, error) {
	c, lease, err := t.k.Store.BeginRefresh(ctx, t.k.App.System, t.holder, generation, refreshLease)
	if err != nil {
		return nil, err
	}
	_, refresh, err := openPair(t.k.Sealer, t.k.Workspace, t.k.App.System, c.Current)
	if err != nil {
		return nil, errors.Join(err, t.k.Store.EndRefresh(ctx, lease, true))
	}
	u, err := t.ask(ctx, c, lease, refresh)
	switch {
	case err == nil:
		return t.save(ctx, u)
	case refusedGrant(err):
		return t.refused(ctx, u, refresh, err)
	}
	return nil, errors.Join(err, t.k.Store.EndRefresh(ctx, u.lease, !u.unclear))
}

// ask sends a refresh token, and sends it again as long as it is not clear what became
// of it. Beside an error the answer tells the lease as it is then, and whether the vendor
// may have given out a pair all the same.
func (t *Tokens) ask(ctx context.Context, c reconcile.Credential, lease reconcile.Lease, refresh Secret) (u *unsaved, err error) {
	u = &unsaved{before: c, lease: lease}
	for n := 1; ; n++ {
		u.granted, err = t.k.App.use(ctx, refresh)
		u.at = t.k.Now()
		if !unclear(err) {
			return u, err
		}
		u.unclear = true
		t.k.Log.Warn("refresh unclear: the same refresh token is sent again", "system", t.k.App.System, "generation", c.Generation, "attempt", n, "error", err)
		if n == refreshAttempts {
			return u, err
		}
		if stop := t.k.Sleep(ctx, max(u.wait, refreshWait<<(n-1))); stop != nil {
			return u, errors.Join(err, stop)
		}
		if _, u.lease, err = t.k.Store.BeginRefresh(ctx, t.k.App.System, t.holder, c.Generation, refreshLease); err != nil {
			return u, err
		}
	}
}

// refused looks for another token when the vendor does not accept the current one:
// one that somebody stored meanwhile, one that could not be stored, then the one
// before, once. When there is none, somebody has to connect the system again.
func (t *Tokens) refused(ctx context.Context, u *unsaved, refresh Secret, refusal error) (*held, error) {
	started := u.before.RefreshStarted
	if u.unclear && started.IsZero() {
		started = u.at
	}
	if err := t.settle(ctx); err != nil { // it may be the one that works
		return nil, errors.Join(err, t.k.Store.EndRefresh(ctx, u.lease, false))
	}
	c, lease, err := t.k.Store.BeginRefresh(ctx, t.k.App.System, t.holder, u.before.Generation, refreshLease)
	if err != nil {
		return nil, err
	}
	if !c.Previous.Empty() && t.k.Now().Before(c.PreviousUntil) {
		_, previous, err := openPair(t.k.Sealer, t.k.Workspace, t.k.App.System, c.Previous)
		if err != nil {
			return nil, errors.Join(err, t.k.Store.EndRefresh(ctx, lease, false))
		}
		if previous != refresh {
			u, err := t.ask(ctx, c, lease, previous)
			switch lease = u.lease; {
			case err == nil:
				return t.save(ctx, u)
			case !refusedGrant(err):
				return nil, errors.Join(err, t.k.Store.EndRefresh(ctx, lease, false))
			}
		}
	}
	problem := t.k.App.System.Title() + " does not accept the stored sign-in any more (" + reasonOf(refusal) + ")"
	if !started.IsZero() {
		problem += fmt.Sprintf("; the answer to a refresh that was started at %s never came", started.UTC().Format(time.RFC3339))
	}
	if err := t.k.Store.FlagReconnect(ctx, lease, c.Generation, problem); err != nil {
		return nil, err
	}
	t.k.Log.Error("needs reconnect", "system", t.k.App.System, "generation", c.Generation, "problem", problem)
	c.State, c.Problem = reconcile.NeedsReconnect, problem
	return nil, c.Usable()
}

// reasonOf is the code and text of a refusal.
func reasonOf(err error) string {
	var e *APIError
	if !errors.As(err, &e) {
		return err.Error()
	}
	if e.Message == "" {
		return e.Code
	}
	return e.Code + ": " + e.Message
}

// save stores a new pair before anybody uses it. Where the store does not take it, it
// goes to the spill, and stays in memory until the store has it.
func (t *Tokens) save(ctx context.Context, u *unsaved) (*held, error) {
	t.mu.Lock()
	t.unsaved = u
	t.mu.Unlock()
	var failed error
	for n := range saveAttempts {
		var h *held
		if h, failed = t.put(ctx, u); failed == nil || errors.Is(failed, reconcile.ErrMoved) {
			return h, failed
		}
		if errors.Is(failed, reconcile.ErrKeyRetired) {
			u.sealed = reconcile.Sealed{} // the next attempt seals with the new key
			continue
		}
		if err := t.k.Sleep(ctx, saveWait<<n); err != nil {
			break
		}
	}
	t.spill(u, failed)
	return t.hold(u.before.Generation+1, u.access, u.at, u.at.Add(u.accessIn)), nil //nolint:nilerr // the pair is held; the next refresh offers it again
}

// offer is the credential that a new pair makes, sealed once: the store knows it
// again by that.
func (t *Tokens) offer(u *unsaved) (reconcile.Credential, error) {
	if u.sealed.Empty() {
		var err error
		if u.sealed, err = sealPair(t.k.Sealer, t.k.Workspace, t.k.App.System, u.granted); err != nil {
			return reconcile.Credential{}, err
		}
	}
	return credentialOf(u.before, u.granted, u.sealed, u.at), nil
}

// spill keeps a pair outside of the store, which does not take it.
func (t *Tokens) spill(u *unsaved, why error) {
	c, err := t.offer(u)
	if err == nil {
		err = t.k.Spill.Save(t.k.Workspace, c)
	}
	u.spilled = err == nil
	t.k.Log.Error("the store does not take a refreshed token", "system", t.k.App.System, "generation", c.Generation+1, "error", errors.Join(why, err), "spilled", u.spilled)
}

// put offers a new pair to the store.
func (t *Tokens) put(ctx context.Context, u *unsaved) (*held, error) {
	offered, err := t.offer(u)
	if err != nil {
		return nil, err
	}
	stored, err := t.k.Store.SaveRefreshed(ctx, u.lease, offered)
	if err != nil && !errors.Is(err, reconcile.ErrMoved) {
		return nil, err
	}
	t.mu.Lock()
	t.unsaved = nil
	t.mu.Unlock()
	if u.spilled {
		if err := t.k.Spill.Remove(t.k.Workspace, t.k.App.System); err != nil {
			return nil, err
		}
	}
	switch {
	case err != nil:
		return nil, err
	case string(stored.Current.Body) != string(offered.Current.Body):
		return t.adopt(stored) // somebody was faster, and this pair is kept as the previous one
	}
	return t.hold(stored.Generation, u.access, u.at, u.at.Add(u.accessIn)), nil
}

// settle stores what could not be stored before: of this process, or from the spill,
// of any. It is an error that there is such a thing and the store still does not
// take it.
func (t *Tokens) settle(ctx context.Context) error {
	t.mu.Lock()
	u := t.unsaved
	t.mu.Unlock()
	if u != nil {
		if _, err := t.put(ctx, u); err != nil && !errors.Is(err, reconcile.ErrMoved) {
			return err
		}
	}
	ws, system := t.k.Workspace, t.k.App.System
	c, found, err := t.k.Spill.Load(ws, system)
	if err != nil || !found {
		return err
	}
	_, err = t.k.Store.SaveRefreshed(ctx, reconcile.Lease{System: system, Epoch: -1}, c)
	if errors.Is(err, reconcile.ErrKeyRetired) {
		access, refresh, opened := openPair(t.k.Sealer, ws, system, c.Current)
		if opened != nil {
			return opened
		}
		if c.Current, err = sealPair(t.k.Sealer, ws, system, granted{access: access, refresh: refresh}); err != nil {
			return err
		}
		_, err = t.k.Store.SaveRefreshed(ctx, reconcile.Lease{System: system, Epoch: -1}, c)
	}
	if err != nil && !errors.Is(err, reconcile.ErrMoved) {
		return err
	}
	t.k.Log.Warn("a spilled credential was stored", "system", system, "generation", c.Generation+1)
	return t.k.Spill.Remove(ws, system)
}
