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
		Commands: []*cli.Command{
			p.workbookCommand("mismatches", "the weekly mismatch workbook of a run", (*deliver.Publisher).Mismatches),
			p.workbookCommand("sku", "the SKU audit of a run: both catalogues joined, what differs, what it blocks", (*deliver.Publisher).SKU),
		},
	}
}

// A publish method makes one workbook of a run and files it.
type publish func(*deliver.Publisher, context.Context, reconcile.Actor, reconcile.RunID, string) (reconcile.ReportFile, error)

func (p *program) workbookCommand(name, usage string, book publish) *cli.Command {
	return &cli.Command{
		Name:  name,
		Usage: usage,
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "o", Usage: "`FILE` to write; else a file below reports-dir"},
			&cli.Int64Flag{Name: "run", Usage: "the run's `ID`; else the latest"},
		},
		Action: func(ctx context.Context, c *cli.Command) error { return p.workbook(ctx, c, book) },
	}
}

func (p *program) workbook(ctx context.Context, c *cli.Command, book publish) error {
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
	f, err := book(publisher(cfg, s.Repo), ctx, actor(), reconcile.RunID(c.Int64("run")), c.String("o"))
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
