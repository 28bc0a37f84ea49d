package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/server"
)

// The demo's world: two companies of a few hundred invoices with every kind of
// cause planted.
const (
	demoInvoices = 400
	demoSeed     = 2026
	demoDefects  = 0.1
)

func (p *program) demoCommand() *cli.Command {
	return &cli.Command{
		Name:  "demo",
		Usage: "the five-minute start: simulators with two companies, one run, workbook and API",
		Flags: []cli.Flag{
			listenFlag(),
			&cli.StringFlag{Name: "dir", Usage: "`DIR` of the demo's data, made anew each time", Value: "demo"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArgs(c); err != nil {
				return err
			}
			cfg, err := p.config(c)
			if err != nil {
				return err
			}
			return p.demo(ctx, cfg, c.String("dir"), c.String("listen"))
		},
	}
}

func (p *program) demo(ctx context.Context, cfg *config, dir, addr string) error {
	l, err := listenNear(ctx, addr)
	if err != nil {
		return err
	}
	s, err := p.demoStore(ctx, cfg, dir)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	run, err := p.carry(ctx, cfg, s)
	if err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	p.tell(run)
	book, err := publisher(cfg, s.Repo).Mismatches(ctx, actor(), run.ID, "")
	if err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	fmt.Fprintf(p.stdout, "\nworkbook  %s\nconsole   http://%s        API explorer  http://%s/graphiql\nverdict   %s\n\nserving until interrupted (Ctrl-C)\n", book.Path, l.Addr(), l.Addr(), run.Verdict)
	return errors.Join(p.serve(ctx, cfg, s, l), s.Close())
}

// demoStore makes the demo's world, serves it, and opens a new store for it. It
// replaces what an earlier demo left in dir, and nothing else.
func (p *program) demoStore(ctx context.Context, cfg *config, dir string) (*store, error) {
	world, data := filepath.Join(dir, "world"), filepath.Join(dir, "tieout.db")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(data + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	truth, err := sandbox.Generate(world, sandbox.Options{Invoices: demoInvoices, Seed: demoSeed, Defects: demoDefects})
	if err != nil {
		return nil, err
	}
	hs, qb, err := simulators(world, true, false)
	if err != nil {
		return nil, err
	}
	hsAddr, err := serve(ctx, "127.0.0.1:0", hs)
	if err != nil {
		return nil, err
	}
	qbAddr, err := serve(ctx, "127.0.0.1:0", qb)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.stdout, "HubSpot simulator http://%s, QuickBooks simulator http://%s: %d planted causes\n", hsAddr, qbAddr, len(truth.Causes))
	cfg.DB, cfg.ReportsDir, cfg.Workspace = "sqlite:"+data, filepath.Join(dir, "reports"), reconcile.DefaultWorkspace
	cfg.HubSpot.BaseURL, cfg.HubSpot.Token = "http://"+hsAddr.String(), sandboxToken
	cfg.QuickBooks.BaseURL, cfg.QuickBooks.Token, cfg.QuickBooks.Realm = "http://"+qbAddr.String(), sandboxToken, sandboxRealm
	unpaceLocal(&cfg.HubSpot.Transport, cfg.HubSpot.BaseURL)
	unpaceLocal(&cfg.QuickBooks.Transport, cfg.QuickBooks.BaseURL)
	cfg.Sync = truth.Settings
	if cfg.Sync == nil {
		cfg.Sync = map[string]string{}
	}
	cfg.Sync["direction"] = truth.Direction
	return p.open(ctx, cfg)
}

// listenNear listens on addr, or on any free port when that one is taken.
func listenNear(ctx context.Context, addr string) (net.Listener, error) {
	l, err := server.Listen(ctx, addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	return server.Listen(ctx, net.JoinHostPort(host, "0"))
}
