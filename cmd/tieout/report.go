package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reports/deliver"
)

func (p *program) reportCommand() *cli.Command {
	return &cli.Command{
		Name:  "report",
		Usage: "make workbooks",
		Commands: []*cli.Command{{
			Name:  "mismatches",
			Usage: "the weekly mismatch workbook of a run",
			Flags: []cli.Flag{
				&cli.StringFlag{Name: "o", Usage: "`FILE` to write; else a file below reports-dir"},
				&cli.Int64Flag{Name: "run", Usage: "the run's `ID`; else the latest"},
			},
			Action: p.reportMismatches,
		}},
	}
}

func (p *program) reportMismatches(ctx context.Context, c *cli.Command) error {
	if err := noArgs(c); err != nil {
		return err
	}
	cfg, err := p.config(c)
	if err != nil {
		return err
	}
	s, err := p.look(ctx, cfg)
	if err != nil {
		return err
	}
	f, err := publisher(cfg, s.Repo).Mismatches(ctx, actor(), reconcile.RunID(c.Int64("run")), c.String("o"))
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s\n", f.Path)
	return nil
}

func publisher(c *config, store deliver.Store) *deliver.Publisher {
	environment := "production"
	if c.HubSpot.Transport.Rate < 0 || c.QuickBooks.Transport.Rate < 0 {
		environment = "simulator"
	}
	return &deliver.Publisher{
		Store: store, Workspace: c.Workspace, Dir: c.ReportsDir, Version: version(), Environment: environment,
		Clock: now,
	}
}
