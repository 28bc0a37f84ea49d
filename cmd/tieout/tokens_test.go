package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/connectors/vault"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

// A clock tells a time of its own; whoever sleeps moves it on, and sleeps of several
// overlap as they do in life.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func (c *clock) sleep(ctx context.Context, d time.Duration) error {
	until := c.now().Add(d)
	time.Sleep(100 * time.Microsecond) // others have something to do meanwhile
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.Before(until) {
		c.at = until
	}
	return ctx.Err()
}

// inProcess carries requests to a handler. One that aborts breaks the connection.
type inProcess struct{ http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			resp, err = nil, io.ErrUnexpectedEOF
		}
	}()
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Result(), nil
}

// A tokenWorld is one connected system: its simulator, its store, and the time.
type tokenWorld struct {
	t      *testing.T
	clock  *clock
	system reconcile.System
	vendor http.Handler
	server *signin.Server
	app    *connectors.App
	store  *db.DB
	vault  *vault.Vault
	log    *lockedBuffer
	dir    string
}

const testBase = "http://127.0.0.1:9"

// newTokenWorld makes a simulator and an empty store. options are the sign-in's; the
// app and the consent are filled in.
func newTokenWorld(t *testing.T, system reconcile.System, address string, options signin.Options) *tokenWorld {
	t.Helper()
	w := &tokenWorld{t: t, system: system, clock: &clock{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}, log: &lockedBuffer{}, dir: t.TempDir()}
	options.ClientID, options.ClientSecret, options.Consent = "app", "canary-client-secret", signin.ConsentAuto
	empty := t.TempDir()
	check(t, os.Mkdir(filepath.Join(empty, string(system)), 0o700))
	ds, err := sandbox.Open(empty)
	check(t, err)
	w.app = &connectors.App{System: system, ID: options.ClientID, Secret: connectors.Secret(options.ClientSecret)}
	if system == reconcile.HubSpot {
		portal, err := hubspotsim.New(ds, hubspotsim.Options{OAuth: &hubspotsim.OAuth{Options: options}, Now: w.clock.now})
		check(t, err)
		w.vendor, w.server, w.app.Endpoint = portal, portal.SignIn(), hubspot.Endpoint(testBase, testBase)
	} else {
		company, err := quickbookssim.New(ds, quickbookssim.Options{OAuth: &quickbookssim.OAuth{Options: options}, Realm: "9130", Now: w.clock.now})
		check(t, err)
		w.vendor, w.server, w.app.Endpoint = company, company.SignIn(), quickbooks.EndpointAt(testBase)
	}
	w.app.RoundTripper = inProcess{w.vendor}
	t.Cleanup(w.silent)
	w.store = w.open(address)
	_, _, err = w.store.Migrate(t.Context())
	check(t, err)
	check(t, w.store.EnsureWorkspace(t.Context(), reconcile.DefaultWorkspace))
	w.vault, err = vault.Open(filepath.Join(w.dir, "tieout.key"), false)
	check(t, err)
	return w
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (w *tokenWorld) open(address string) *db.DB {
	w.t.Helper()
	store, err := db.Open(w.t.Context(), address)
	check(w.t, err)
	w.t.Cleanup(func() { check(w.t, store.Close()) })
	return store
}

func (w *tokenWorld) repo(store *db.DB) *db.Repo {
	w.t.Helper()
	repo, err := store.As(w.t.Context(), reconcile.ActorWorker, reconcile.DefaultWorkspace)
	check(w.t, err)
	return repo
}

// signIn is the sign-in of the world's workspace; its system says that it is company.
func (w *tokenWorld) signIn(repo *db.Repo, company string) *connectors.SignIn {
	return &connectors.SignIn{
		Workspace: reconcile.DefaultWorkspace, Apps: map[reconcile.System]*connectors.App{w.system: w.app}, Store: repo, Sealer: w.vault, Now: w.clock.now,
		Identify: func(_ context.Context, s reconcile.System, _ connectors.Secret, _ string) (reconcile.Company, error) {
			return reconcile.Company{System: s, ID: company}, nil
		},
	}
}

// company is what the simulator is.
func (w *tokenWorld) company() string {
	if w.system == reconcile.HubSpot {
		return "62515"
	}
	return "9130"
}

// connect signs the world's system in.
func (w *tokenWorld) connect() {
	w.t.Helper()
	_, err := w.consent(w.signIn(w.repo(w.store), w.company()))
	check(w.t, err)
}

// consent goes the way of a person: to the vendor, and back.
func (w *tokenWorld) consent(in *connectors.SignIn) (reconcile.Connection, error) {
	w.t.Helper()
	address, _, err := in.Begin(w.t.Context(), "local:ann", w.system, "http://localhost:8766/oauth/callback")
	check(w.t, err)
	return in.Finish(w.t.Context(), w.visit(address))
}

// visit gives the consent, and returns what comes back.
func (w *tokenWorld) visit(address string) url.Values {
	w.t.Helper()
	answer, err := inProcess{w.vendor}.RoundTrip(httptest.NewRequest(http.MethodGet, address, nil))
	check(w.t, err)
	back, err := url.Parse(answer.Header.Get("Location"))
	check(w.t, err)
	return back.Query()
}

// tokens returns tokens of their own, as another process has them.
func (w *tokenWorld) tokens(change ...func(*connectors.Keeper)) *connectors.Tokens {
	k := connectors.Keeper{
		Workspace: reconcile.DefaultWorkspace, App: w.app, Store: w.repo(w.store), Sealer: w.vault, Spill: w.vault.Spill(),
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: w.clock.now, Sleep: w.clock.sleep,
	}
	for _, c := range change {
		c(&k)
	}
	return connectors.NewTokens(k)
}

// stored returns the credential of the store, and its refresh tokens.
func (w *tokenWorld) stored() (c reconcile.Credential, current, previous string) {
	w.t.Helper()
	c, err := w.repo(w.store).Credential(w.t.Context(), w.system)
	check(w.t, err)
	return c, w.refreshOf(c.Current), w.refreshOf(c.Previous)
}

// refreshOf opens a sealed pair.
func (w *tokenWorld) refreshOf(s reconcile.Sealed) string {
	w.t.Helper()
	if s.Empty() {
		return ""
	}
	plain, err := w.vault.Open(s, reconcile.Binding{Workspace: reconcile.DefaultWorkspace, System: w.system, Purpose: reconcile.PurposeTokens})
	check(w.t, err)
	_, rest, _ := strings.Cut(string(plain), `"refresh":"`)
	token, _, _ := strings.Cut(rest, `"`)
	return token
}

// live fails the test unless a token can be had and is good.
func (w *tokenWorld) live(tokens *connectors.Tokens) connectors.Secret {
	w.t.Helper()
	token, err := tokens.Token(w.t.Context())
	if err != nil {
		w.t.Fatalf("token: %v\n%s", err, w.log)
	}
	if !w.server.Live(token.Reveal()) {
		w.t.Fatalf("the token is not good\n%s", w.log)
	}
	return token
}

// flagged fails the test unless the tokens say that somebody has to connect again, and
// the store does.
func (w *tokenWorld) flagged(tokens *connectors.Tokens) {
	w.t.Helper()
	_, err := tokens.Token(w.t.Context())
	if !errors.Is(err, reconcile.ErrNotConnected) || !strings.Contains(err.Error(), "tieout connect "+string(w.system)) {
		w.t.Fatalf("token: %v, want ErrNotConnected", err)
	}
	if c, _, _ := w.stored(); c.State != reconcile.NeedsReconnect || c.Problem == "" {
		w.t.Fatalf("stored: %s %q", c.State, c.Problem)
	}
}

// expire ends the access token that is stored.
func (w *tokenWorld) expire() { w.clock.advance(w.life()) }

func (w *tokenWorld) life() time.Duration {
	if w.system == reconcile.HubSpot {
		return 30 * time.Minute
	}
	return time.Hour
}

// silent fails the test if a log line, of any level, or a spilled file holds a secret.
func (w *tokenWorld) silent() {
	said := w.log.String()
	for _, path := range w.spills() {
		content, err := os.ReadFile(path)
		check(w.t, err)
		said += string(content)
	}
	for _, secret := range append(w.server.Issued(), w.app.Secret.Reveal()) {
		if strings.Contains(said, secret) {
			w.t.Errorf("%.12s… was logged or spilled", secret)
		}
	}
}

// spills lists the files that hold what the store did not take.
func (w *tokenWorld) spills() []string {
	w.t.Helper()
	files, err := os.ReadDir(w.dir)
	check(w.t, err)
	var list []string
	for _, f := range files {
		if strings.Contains(f.Name(), ".spill-") {
			list = append(list, filepath.Join(w.dir, f.Name()))
		}
	}
	return list
}
