package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

// sources connects to both systems: by the token of the configuration, or else by the
// stored sign-in. All faults are told at once.
func (p *program) sources(ctx context.Context, c *config, s *store) (map[reconcile.System]connectors.Source, error) {
	var faults []error
	hsConfig, qbConfig := c.HubSpot, c.QuickBooks
	if c.HubSpot.Token == "" {
		tokens, _, err := p.signedIn(ctx, c, s, reconcile.HubSpot)
		faults = append(faults, toldWithToken(err, reconcile.HubSpot, "TIEOUT_HUBSPOT_TOKEN to a service key or private-app token"))
		hsConfig.Tokens = tokens
	}
	if c.QuickBooks.Token == "" {
		tokens, realm, err := p.signedIn(ctx, c, s, reconcile.QuickBooks)
		faults = append(faults, toldWithToken(err, reconcile.QuickBooks, "TIEOUT_QUICKBOOKS_TOKEN to an access token and TIEOUT_QUICKBOOKS_REALM to its realm id"))
		if c.QuickBooks.Realm != "" && realm != "" && c.QuickBooks.Realm != realm {
			faults = append(faults, fmt.Errorf("the stored sign-in is to QuickBooks company %s, and TIEOUT_QUICKBOOKS_REALM says %s: unset it, or set TIEOUT_QUICKBOOKS_TOKEN as well", realm, c.QuickBooks.Realm))
		}
		qbConfig.Tokens, qbConfig.Realm = tokens, realm
	} else if c.QuickBooks.Realm == "" {
		faults = append(faults, errors.New("no QuickBooks company; set TIEOUT_QUICKBOOKS_REALM to its realm id"))
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	hs, hsErr := hubspot.New(hsConfig)
	qb, qbErr := quickbooks.New(qbConfig)
	if err := errors.Join(hsErr, qbErr); err != nil {
		return nil, err
	}
	return map[reconcile.System]connectors.Source{reconcile.HubSpot: hs, reconcile.QuickBooks: qb}, nil
}

// toldWithToken adds to a system that was never connected the other way to reach it.
func toldWithToken(err error, s reconcile.System, set string) error {
	if !errors.Is(err, reconcile.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%w: no sign-in to %s: run tieout connect %s, or set %s", reconcile.ErrNotConnected, s.Title(), s, set)
}

// metered is the configuration with QuickBooks' reads counted in a repository, and
// with somebody who hears when a month is nearly used.
func (c *config) metered(repo *db.Repo, log *slog.Logger, progress batch.Progress) *config {
	m := *c
	m.QuickBooks.Transport.Budget = &connectors.Budget{Ledger: repo, Limit: c.Budget, Warn: func(text string) {
		log.Warn(text)
		progress.Note(text)
	}}
	return &m
}

// runner wires a runner for one actor.
func (p *program) runner(ctx context.Context, c *config, s *store, a reconcile.Actor, progress batch.Progress) (*batch.Runner, error) {
	repo, err := s.db.As(ctx, a, c.Workspace)
	if err != nil {
		return nil, err
	}
	log := p.logger(c)
	sources, err := p.sources(ctx, c.metered(repo, log, progress), s)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &batch.Runner{
		Workspace: c.Workspace, Sources: sources, Mirror: repo, Changes: repo, Findings: repo, Journal: repo, Connections: used{repo, c}, Hints: repo,
		Clock: now, Progress: progress, Log: log,
	}, nil
}
