package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/connectors/vault"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

// A signInConfig is the app that a system is signed in to with, and where.
type signInConfig struct {
	ID      string
	Secret  connectors.Secret
	AuthURL string
}

func signInText(s reconcile.System, field func(*signInConfig) *string) func(*config, string) error {
	return func(c *config, v string) error { *field(c.SignIn[s]) = v; return nil }
}

func signInSecret(s reconcile.System) func(*config, string) error {
	return func(c *config, v string) error { c.SignIn[s].Secret = connectors.Secret(v); return nil }
}

// app is the app of a system. An address of the API on this machine is a simulator,
// which has its sign-in at the same address.
func (c *config) app(s reconcile.System) *connectors.App {
	in := c.SignIn[s]
	auth := strings.TrimRight(in.AuthURL, "/")
	app := &connectors.App{System: s, ID: in.ID, Secret: in.Secret}
	if s == reconcile.HubSpot {
		base := strings.TrimRight(c.HubSpot.BaseURL, "/")
		switch {
		case auth == "" && local(base):
			auth = base
		case auth == "":
			auth = hubspot.DefaultAuthURL
		}
		app.Endpoint = hubspot.Endpoint(auth, base)
		return app
	}
	if base := strings.TrimRight(c.QuickBooks.BaseURL, "/"); auth == "" && local(base) {
		auth = base
	}
	app.Endpoint = quickbooks.Endpoint()
	if auth != "" {
		app.Endpoint = quickbooks.EndpointAt(auth)
	}
	return app
}

// keyFile is where the sealing keys are: beside the SQLite file.
func (c *config) keyFile() string {
	if c.KeyFile != "" {
		return c.KeyFile
	}
	if path, ok := strings.CutPrefix(c.DB, "sqlite:"); ok {
		return path + ".key"
	}
	return "tieout.key"
}

// vault opens the vault of a store, once.
func (s *store) vault(ctx context.Context, c *config) (*vault.Vault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sealer != nil {
		return s.sealer, nil
	}
	sealed, err := s.db.AnythingSealed(ctx)
	if err != nil {
		return nil, err
	}
	s.sealer, err = vault.Open(c.keyFile(), sealed)
	return s.sealer, err
}

// signedIn returns the tokens of a system that is connected, and its portal or realm
// id: the same tokens for the life of the process, so that they are refreshed once.
func (p *program) signedIn(ctx context.Context, c *config, s *store, system reconcile.System) (connectors.TokenSource, string, error) {
	credential, err := s.Credential(ctx, system)
	if err == nil {
		err = connectable(credential)
	}
	if err != nil {
		return nil, "", err
	}
	app := c.app(system)
	if err := app.Check(); err != nil {
		return nil, "", err
	}
	sealer, err := s.vault(ctx, c)
	if err != nil {
		return nil, "", err
	}
	repo, err := s.db.As(ctx, reconcile.ActorWorker, c.Workspace)
	if err != nil {
		return nil, "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens == nil {
		s.tokens = map[reconcile.System]*connectors.Tokens{}
	}
	if s.tokens[system] == nil {
		s.tokens[system] = connectors.NewTokens(connectors.Keeper{
			Workspace: c.Workspace, App: app, Store: repo, Sealer: sealer, Spill: sealer.Spill(), Log: p.logger(c),
		})
	}
	return s.tokens[system], credential.CompanyID, nil
}

// connectable refuses a system that somebody disconnected. One that needs a reconnect
// is let through: the run tells of it by a finding.
func connectable(c reconcile.Credential) error {
	if c.State == reconcile.Disconnected {
		return c.Usable()
	}
	return nil
}

// signIn wires what connects and disconnects the systems of a workspace.
func (c *config) signIn(sealer connectors.Sealer, repo *db.Repo) *connectors.SignIn {
	apps := map[reconcile.System]*connectors.App{}
	for _, system := range reconcile.Systems {
		apps[system] = c.app(system)
	}
	return &connectors.SignIn{Workspace: c.Workspace, Apps: apps, Store: repo, Sealer: sealer, Identify: c.identify, Now: now}
}

// identify asks a system who it is, with a token that was just given out.
func (c *config) identify(ctx context.Context, s reconcile.System, token connectors.Secret, id string) (reconcile.Company, error) {
	var source connectors.Source
	var err error
	if s == reconcile.HubSpot {
		source, err = hubspot.New(hubspot.Config{BaseURL: c.HubSpot.BaseURL, API: c.HubSpot.API, Token: token, Transport: c.HubSpot.Transport})
	} else {
		source, err = quickbooks.New(quickbooks.Config{BaseURL: c.QuickBooks.BaseURL, Realm: id, Token: token, Transport: c.QuickBooks.Transport})
	}
	if err != nil {
		return reconcile.Company{}, err
	}
	identity, err := source.Company(ctx)
	return identity.Company, err
}

// used lists the stored sign-ins that runs use: those of systems without a token in
// the configuration.
type used struct {
	repo *db.Repo
	c    *config
}

// Connections implements batch.Connections.
func (u used) Connections(ctx context.Context) ([]reconcile.Connection, error) {
	all, err := u.repo.Connections(ctx)
	if err != nil {
		return nil, err
	}
	var list []reconcile.Connection
	for _, conn := range all {
		if u.c.token(conn.System) == "" {
			list = append(list, conn)
		}
	}
	return list, nil
}

// token is the token of the configuration for a system; "" where there is none.
func (c *config) token(s reconcile.System) connectors.Secret {
	if s == reconcile.HubSpot {
		return c.HubSpot.Token
	}
	return c.QuickBooks.Token
}

// systemArg reads the one argument of a command: a system.
func systemArg(name string, args []string) (reconcile.System, error) {
	if len(args) == 1 {
		for _, s := range reconcile.Systems {
			if string(s) == args[0] {
				return s, nil
			}
		}
	}
	return "", errors.New(name + ": want hubspot or quickbooks")
}

// told is a connection in a few words.
func told(c reconcile.Connection) string {
	name := c.CompanyID
	if c.CompanyName != "" {
		name = fmt.Sprintf("%s (%s)", c.CompanyID, c.CompanyName)
	}
	if c.System == reconcile.HubSpot {
		return "HubSpot portal " + name
	}
	return "QuickBooks company " + name
}
