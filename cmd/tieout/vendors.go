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

// sources connects to both systems. All faults are told at once.
func (c *config) sources() (map[reconcile.System]connectors.Source, error) {
	var faults []error
	if c.HubSpot.Token == "" {
		faults = append(faults, errors.New("no HubSpot token; set TIEOUT_HUBSPOT_TOKEN to a service key or private-app token"))
	}
	if c.QuickBooks.Token == "" {
		faults = append(faults, errors.New("no QuickBooks token; set TIEOUT_QUICKBOOKS_TOKEN to an access token"))
	}
	if c.QuickBooks.Realm == "" {
		faults = append(faults, errors.New("no QuickBooks company; set TIEOUT_QUICKBOOKS_REALM to its realm id"))
	}
	if len(faults) > 0 {
		return nil, errors.Join(faults...)
	}
	hs, hsErr := hubspot.New(c.HubSpot)
	qb, qbErr := quickbooks.New(c.QuickBooks)
	if err := errors.Join(hsErr, qbErr); err != nil {
		return nil, err
	}
	return map[reconcile.System]connectors.Source{reconcile.HubSpot: hs, reconcile.QuickBooks: qb}, nil
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
func (p *program) runner(ctx context.Context, c *config, d *db.DB, a reconcile.Actor, progress batch.Progress) (*batch.Runner, error) {
	repo, err := d.As(ctx, a, c.Workspace)
	if err != nil {
		return nil, err
	}
	log := p.logger(c)
	sources, err := c.metered(repo, log, progress).sources()
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	return &batch.Runner{
		Workspace: c.Workspace, Sources: sources, Mirror: repo, Changes: repo, Findings: repo, Journal: repo,
		Clock: now, Progress: progress, Log: log,
	}, nil
}
