package connectors

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/tieout/tieout/reconcile"
)

// A ConnectionStore keeps the sign-ins of one workspace, begun and finished.
type ConnectionStore interface {
	CredentialStore
	// SaveAuthorization stores a sign-in that was begun; TakeAuthorization returns
	// it once, before it expires: reconcile.ErrNotFound.
	SaveAuthorization(ctx context.Context, a reconcile.Authorization, now time.Time) error
	TakeAuthorization(ctx context.Context, stateHash string, now time.Time) (reconcile.Authorization, error)
	// Connect stores a finished sign-in in place of the one before. Another portal or
	// company than the workspace's is refused, and one that another workspace has.
	Connect(ctx context.Context, c reconcile.Credential, by reconcile.Actor) error
	// Disconnect forgets the tokens and keeps the history.
	Disconnect(ctx context.Context, s reconcile.System, detail string) error
}

// A SignIn connects systems to a workspace, and disconnects them.
type SignIn struct {
	Workspace reconcile.WorkspaceID
	Apps      map[reconcile.System]*App
	Store     ConnectionStore
	Sealer    Sealer
	// Identify asks a system who it is. id is what the sign-in said, which QuickBooks
	// has to be asked by.
	Identify func(ctx context.Context, s reconcile.System, token Secret, id string) (reconcile.Company, error)
	Now      func() time.Time
}

// AuthorizationLife is how long a sign-in that was begun can be finished.
const AuthorizationLife = 10 * time.Minute

// ErrRefusedSignIn: the person, or the vendor, did not agree to the sign-in, or it was
// not begun here.
var ErrRefusedSignIn = errors.New("sign-in refused")

// Begin begins a sign-in: it returns the address to send a person to, and the state
// that comes back from there. The state is good for one use within
// AuthorizationLife.
func (s *SignIn) Begin(ctx context.Context, by reconcile.Actor, system reconcile.System, redirect string) (address, state string, err error) {
	app, err := s.app(system)
	if err != nil {
		return "", "", err
	}
	state = rand.Text() + rand.Text() // 256 bits
	verifier := oauth2.GenerateVerifier()
	a := reconcile.Authorization{
		System: system, StateHash: hashOf(state), RedirectURI: redirect, Actor: by, Expires: s.Now().Add(AuthorizationLife),
	}
	if app.Endpoint.PKCE {
		if a.Verifier, err = s.Sealer.Seal([]byte(verifier), s.binding(system, reconcile.PurposeVerifier)); err != nil {
			return "", "", err
		}
	}
	if err := s.Store.SaveAuthorization(ctx, a, s.Now()); err != nil {
		return "", "", err
	}
	return app.address(redirect, state, verifier), state, nil
}

func (s *SignIn) app(system reconcile.System) (*App, error) {
	app := s.Apps[system]
	if app == nil {
		return nil, fmt.Errorf("there is no system %q; want hubspot or quickbooks", system)
	}
	return app, app.Check()
}

func (s *SignIn) binding(system reconcile.System, p reconcile.Purpose) reconcile.Binding {
	return reconcile.Binding{Workspace: s.Workspace, System: system, Purpose: p}
}

func hashOf(state string) string {
	sum := sha256.Sum256([]byte(state))
	return hex.EncodeToString(sum[:])
}

// Finish finishes a sign-in with what came back from the vendor: it takes tokens for
// the code, asks the system who it is, and stores the connection. Nothing is stored
// for another portal or company than the workspace's.
func (s *SignIn) Finish(ctx context.Context, back url.Values) (reconcile.Connection, error) {
	a, err := s.Store.TakeAuthorization(ctx, hashOf(back.Get("state")), s.Now())
	if errors.Is(err, reconcile.ErrNotFound) {
		return reconcile.Connection{}, fmt.Errorf("%w: it was not begun here, is older than %s, or was finished before; begin again", ErrRefusedSignIn, AuthorizationLife)
	}
	if err != nil {
		return reconcile.Connection{}, err
	}
	code := back.Get("code")
	if problem := back.Get("error"); problem != "" || code == "" {
		return reconcile.Connection{}, fmt.Errorf("%w by %s: %s", ErrRefusedSignIn, a.System.Title(), clean(problem))
	}
	app, err := s.app(a.System)
	if err != nil {
		return reconcile.Connection{}, err
	}
	var verifier []byte
	if !a.Verifier.Empty() {
		if verifier, err = s.Sealer.Open(a.Verifier, s.binding(a.System, reconcile.PurposeVerifier)); err != nil {
			return reconcile.Connection{}, err
		}
	}
	got, err := app.exchange(ctx, code, a.RedirectURI, string(verifier))
	if err != nil {
		return reconcile.Connection{}, err
	}
	return s.connect(ctx, a, got, back.Get("realmId"))
}

// connect asks the system who it is and stores the connection.
func (s *SignIn) connect(ctx context.Context, a reconcile.Authorization, got granted, realm string) (reconcile.Connection, error) {
	said := got.company
	if said == "" {
		said = realm
	}
	company, err := s.Identify(ctx, a.System, got.access, said)
	if err != nil {
		return reconcile.Connection{}, fmt.Errorf("ask %s who it is: %w", a.System.Title(), err)
	}
	if said != company.ID {
		return reconcile.Connection{}, fmt.Errorf("%w: %s signed in to %q, and its tokens open %q", ErrRefusedSignIn, a.System.Title(), said, company.ID)
	}
	now := s.Now()
	c := reconcile.Credential{Connection: reconcile.Connection{
		System: a.System, State: reconcile.Connected, CompanyID: company.ID, CompanyName: company.Name, ConnectedBy: a.Actor, ConnectedAt: now,
	}}
	for attempt := 0; ; attempt++ {
		sealed, err := sealPair(s.Sealer, s.Workspace, a.System, got)
		if err != nil {
			return reconcile.Connection{}, err
		}
		c = credentialOf(c, got, sealed, now)
		err = s.Store.Connect(ctx, c, a.Actor)
		if errors.Is(err, reconcile.ErrKeyRetired) && attempt == 0 {
			continue
		}
		return c.Connection, err
	}
}

// disconnectLease is how long a refresh under way is waited for.
const disconnectLease = 10 * time.Second

// forgetTime bounds forgetting the tokens, which goes on when the caller has given up.
const forgetTime = 30 * time.Second

// Disconnect ends the consent at the vendor and forgets the tokens. It forgets them
// also when the vendor cannot be reached, or not before ctx ends: unrevoked then says
// why, and the person has to remove the app there.
func (s *SignIn) Disconnect(ctx context.Context, system reconcile.System) (unrevoked, err error) {
	c, err := s.Store.Credential(ctx, system)
	if err != nil {
		return nil, err
	}
	if c.State == reconcile.Disconnected {
		return nil, fmt.Errorf("%w: %s is disconnected already", reconcile.ErrNotConnected, system.Title())
	}
	c = s.quiet(ctx, c)
	unrevoked = s.revoke(ctx, c)
	detail := ""
	if unrevoked != nil {
		detail = "not revoked at the vendor: " + unrevoked.Error()
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
	defer cancel()
	return unrevoked, s.Store.Disconnect(ctx, system, detail)
}

// quiet waits until nobody refreshes the credential, and returns it as it is then.
// After disconnectLease it goes on all the same.
func (s *SignIn) quiet(ctx context.Context, c reconcile.Credential) reconcile.Credential {
	holder := rand.Text()
	for deadline := s.Now().Add(disconnectLease); s.Now().Before(deadline); {
		fresh, _, err := s.Store.BeginRefresh(ctx, c.System, holder, c.Generation, refreshLease)
		switch {
		case errors.Is(err, reconcile.ErrMoved):
			c = fresh
			continue
		case !errors.Is(err, reconcile.ErrLeased) || sleep(ctx, leasePoll) != nil:
			return c
		}
	}
	return c
}

// revoke ends the consent of a credential at the vendor.
func (s *SignIn) revoke(ctx context.Context, c reconcile.Credential) error {
	app, err := s.app(c.System)
	if err != nil {
		return err
	}
	_, refresh, err := openPair(s.Sealer, s.Workspace, c.System, c.Current)
	if err != nil {
		return err
	}
	return app.revoke(ctx, refresh)
}
