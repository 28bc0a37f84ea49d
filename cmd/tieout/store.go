package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/vault"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

// A store is the open database with the repository of the call's actor.
type store struct {
	*db.Repo
	db *db.DB

	mu     sync.Mutex // of what is made when it is first needed
	sealer *vault.Vault
	tokens map[reconcile.System]*connectors.Tokens
}

func (s *store) Close() error { return s.db.Close() }

// open opens the store for a command that works on it: a new one gets its schema
// and workspace, and settings that the environment gives are saved.
func (p *program) open(ctx context.Context, c *config) (*store, error) {
	return p.with(ctx, c, func(d *db.DB) (*db.Repo, error) {
		if err := p.makeStore(ctx, d, c); err != nil {
			return nil, err
		}
		repo, err := d.As(ctx, actor(), c.Workspace)
		if err != nil {
			return nil, err
		}
		return repo, p.saveSync(ctx, repo, c.Sync)
	})
}

// look opens the store for a command that reads it, and makes nothing.
func (p *program) look(ctx context.Context, c *config) (*store, error) {
	if path, ok := strings.CutPrefix(c.DB, "sqlite:"); ok && path != "" {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no store yet; tieout reconcile makes it: %w", err)
		}
	}
	return p.with(ctx, c, func(d *db.DB) (*db.Repo, error) {
		if err := d.CheckVersion(ctx); err != nil {
			return nil, err
		}
		return d.As(ctx, actor(), c.Workspace)
	})
}

func (p *program) with(ctx context.Context, c *config, prepare func(*db.DB) (*db.Repo, error)) (*store, error) {
	d, err := db.Open(ctx, c.DB)
	if err != nil {
		return nil, err
	}
	repo, err := prepare(d)
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return &store{Repo: repo, db: d}, nil
}

func (p *program) makeStore(ctx context.Context, d *db.DB, c *config) error {
	empty, err := d.Empty(ctx)
	if err != nil {
		return err
	}
	if empty {
		if _, _, err := d.Migrate(ctx); err != nil {
			return err
		}
	}
	if err := d.CheckVersion(ctx); err != nil {
		return err
	}
	return d.EnsureWorkspace(ctx, c.Workspace)
}

// saveSync saves the settings of the environment and the configuration file, and
// tells of those that it changed.
func (p *program) saveSync(ctx context.Context, repo *db.Repo, sync map[string]string) error {
	if len(sync) == 0 {
		return nil
	}
	_, before, err := repo.Settings(ctx)
	if err != nil {
		return err
	}
	_, after, err := repo.SetSettings(ctx, sync)
	if err != nil {
		return fmt.Errorf("save the settings of the environment: %w", err)
	}
	if after != before {
		keys := slices.Sorted(maps.Keys(sync))
		fmt.Fprintf(p.stderr, "settings version %d, from the environment or configuration file: %s\n", after, strings.Join(keys, ", "))
	}
	return nil
}

// withStore opens the store for a command that reads it.
func (p *program) withStore(ctx context.Context, c *cli.Command, do func(*store) error) error {
	return p.use(ctx, c, p.look, do)
}

// onStore opens the store for a command that works on it.
func (p *program) onStore(ctx context.Context, c *cli.Command, do func(*store) error) error {
	return p.use(ctx, c, p.open, do)
}

func (p *program) use(ctx context.Context, c *cli.Command, open func(context.Context, *config) (*store, error), do func(*store) error) error {
	cfg, err := p.config(c)
	if err != nil {
		return err
	}
	s, err := open(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}
