package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
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
			listen := server.Listen
			if !c.IsSet("listen") {
				listen = p.listenNear
			}
			return p.demo(ctx, cfg, c.String("dir"), func() (net.Listener, error) { return listen(ctx, c.String("listen")) })
		},
	}
}

func (p *program) demo(ctx context.Context, cfg *config, dir string, listen func() (net.Listener, error)) error {
	if err := checkDemo(ctx, dir); err != nil {
		return err
	}
	l, err := listen()
	if err != nil {
		return err
	}
	s, err := p.demoStore(ctx, cfg, dir, l.Addr().String())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	run, err := p.carry(ctx, cfg, s, batch.Order{Actor: actor()})
	if err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	p.tell(run)
	book, err := publisher(cfg, s.Repo).Mismatches(ctx, actor(), run.ID, "")
	if err != nil {
		return errors.Join(err, l.Close(), s.Close())
	}
	fmt.Fprintf(p.stdout, "\nworkbook  %s\nstatus    http://%s        API explorer  http://%s/graphiql\nverdict   %s\n\nserving until interrupted (Ctrl-C)\n", book.Path, l.Addr(), l.Addr(), run.Verdict)
	return errors.Join(p.serve(ctx, cfg, s, l), s.Close())
}

// demoMark is the file that says that a directory is a demo's, and where the demo
// serves.
const demoMark = ".tieout-demo"

// checkDemo refuses a directory that is not a demo's own, or whose demo still runs.
func checkDemo(ctx context.Context, dir string) error {
	addr, err := os.ReadFile(filepath.Join(dir, demoMark))
	if errors.Is(err, os.ErrNotExist) {
		files, err := os.ReadDir(dir)
		if err == nil && len(files) > 0 {
			return fmt.Errorf("demo: %s is not empty and not a demo's directory; name another one with -dir", dir)
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	}
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", string(addr))
	if err != nil {
		return nil //nolint:nilerr // nobody answers: that demo is over
	}
	return errors.Join(fmt.Errorf("demo: %s belongs to a demo that runs at http://%s; end it first, or name another one with -dir", dir, addr), conn.Close())
}

// demoStore makes the demo's world, serves it, and opens a new store for it. It
// replaces what an earlier demo left in dir, and nothing else.
func (p *program) demoStore(ctx context.Context, cfg *config, dir, addr string) (*store, error) {
	world, data := filepath.Join(dir, "world"), filepath.Join(dir, "tieout.db")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, demoMark), []byte(addr), 0o600); err != nil {
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
func (p *program) listenNear(ctx context.Context, addr string) (net.Listener, error) {
	l, err := server.Listen(ctx, addr)
	if !errors.Is(err, syscall.EADDRINUSE) {
		return l, err
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(p.stderr, "%s is in use; another port is taken\n", addr)
	return server.Listen(ctx, net.JoinHostPort(host, "0"))
}
