package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/urfave/cli/v3"
	"golang.org/x/sync/errgroup"

	"github.com/tieout/tieout/graph"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
	"github.com/tieout/tieout/reports/deliver"
	"github.com/tieout/tieout/server"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:  "serve",
		Usage: "serve the API, and run what the schedule says",
		Flags: []cli.Flag{listenFlag()},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArgs(c); err != nil {
				return err
			}
			cfg, err := p.config(c)
			if err != nil {
				return err
			}
			l, err := server.Listen(ctx, c.String("listen"))
			if err != nil {
				return err
			}
			s, err := p.open(ctx, cfg)
			if err != nil {
				return errors.Join(err, l.Close())
			}
			if err := p.serveable(ctx, cfg, s); err != nil {
				return errors.Join(err, s.Close(), l.Close())
			}
			fmt.Fprintf(p.stdout, "http://%s\n", l.Addr())
			p.tellWebhooks(cfg)
			return errors.Join(p.serve(ctx, cfg, s, l), s.Close())
		},
	}
}

func listenFlag() cli.Flag {
	return &cli.StringFlag{Name: "listen", Usage: "`ADDR` to listen on; this machine's own only", Value: "127.0.0.1:8080"}
}

// serveable refuses to serve when no run could ever succeed. A system that is not
// connected yet is only warned of where it can be: the server takes the callback.
func (p *program) serveable(ctx context.Context, cfg *config, s *store) error {
	_, err := p.sources(ctx, cfg, s)
	if err == nil {
		return nil
	}
	err = fmt.Errorf("connect: %w", err)
	app := cfg.SignIn[reconcile.HubSpot].ID != "" || cfg.SignIn[reconcile.QuickBooks].ID != ""
	if !app || !errors.Is(err, reconcile.ErrNotConnected) {
		return err
	}
	fmt.Fprintln(p.stderr, "tieout: runs fail until this is mended:", err)
	return nil
}

// serve serves the API on l, and the schedule, until ctx ends.
func (p *program) serve(ctx context.Context, cfg *config, s *store, l net.Listener) error {
	log := p.logger(cfg)
	runs := &batch.Background{
		Base:   ctx,
		Runner: func(a reconcile.Actor) (*batch.Runner, error) { return p.runner(ctx, cfg, s, a, silent{}) },
	}
	defer runs.Wait()
	ticker := &batch.Ticker{Schedules: s, Start: runs.Start, Clock: now, Log: log}
	handler := server.New(server.Config{
		Store:    s.db,
		Version:  version(),
		SignIn:   p.finisher(cfg, s),
		Webhooks: cfg.webhooks(),
		API: graph.Config{
			Repo: s.Repo, Starter: runs, Exporter: exporter{cfg, s}, Explainer: &batch.Explainer{Records: s.Repo, Clock: now},
			Pairs:     &batch.PairLister{Mirror: s.Repo, Journal: s.Repo, Clock: now},
			SignIns:   signIns{cfg, s, ownCallback(l)},
			Workspace: cfg.Workspace, Actor: actor(), Now: now, Log: log,
		},
	})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return ticker.Run(ctx) })
	group.Go(func() error { return server.Serve(ctx, l, handler, log) })
	return group.Wait()
}

// finisher finishes sign-ins that were begun on the store, by whatever process.
func (p *program) finisher(cfg *config, s *store) server.Finisher {
	return func(ctx context.Context, back url.Values) (reconcile.Connection, error) {
		sealer, err := s.vault(ctx, cfg)
		if err != nil {
			return reconcile.Connection{}, err
		}
		return cfg.signIn(sealer, s.Repo).Finish(ctx, back)
	}
}

// silent is the progress of runs in the background: their steps are stored.
type silent struct{}

func (silent) Step(string, int, int) {}
func (silent) Note(string)           {}

// exporter makes workbooks for the API.
type exporter struct {
	cfg   *config
	store *store
}

func (e exporter) Export(ctx context.Context, a reconcile.Actor, kind string, run reconcile.RunID) (reconcile.ReportFile, error) {
	p := publisher(e.cfg, e.store.Repo)
	if kind == deliver.SKU {
		return p.SKU(ctx, a, run, "")
	}
	return p.Mismatches(ctx, a, run, "")
}
