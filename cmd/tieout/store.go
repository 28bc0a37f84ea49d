package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/tieout/tieout/db"
)

// A store is the open database with the repository of the call's actor.
type store struct {
	*db.Repo
	db *db.DB
}

func (s *store) Close() error { return s.db.Close() }

// open opens the store and saves settings that the environment gives. A new
// store gets its schema; one of another version is refused.
func (p *program) open(ctx context.Context, c *config) (*store, error) {
	d, err := db.Open(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	repo, err := p.prepare(ctx, d, c)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &store{repo, d}, nil
}

func (p *program) prepare(ctx context.Context, d *db.DB, c *config) (*db.Repo, error) {
	current, _, err := d.Version(ctx)
	if err != nil {
		return nil, err
	}
	if current == 0 {
		if _, _, err := d.Migrate(ctx); err != nil {
			return nil, err
		}
	}
	if err := d.CheckVersion(ctx); err != nil {
		return nil, err
	}
	if err := d.EnsureWorkspace(ctx, c.Workspace); err != nil {
		return nil, err
	}
	repo, err := d.As(ctx, actor(), c.Workspace)
	if err != nil || len(c.Sync) == 0 {
		return repo, err
	}
	if _, _, err := repo.SetSettings(ctx, c.Sync); err != nil {
		return nil, fmt.Errorf("save the settings of the environment: %w", err)
	}
	return repo, nil
}
