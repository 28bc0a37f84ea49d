package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

// listedRuns is how many runs tieout runs lists.
const listedRuns = 20

func (p *program) runsCommand() *cli.Command {
	return &cli.Command{
		Name:        "runs",
		Usage:       "the newest runs, with what became of them",
		Description: fmt.Sprintf("The newest %d, newest first. Their ids are what -run takes.", listedRuns),
		Flags:       []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON, one object a line"}},
		Action:      p.runs,
	}
}

func (p *program) runs(ctx context.Context, c *cli.Command) error {
	if err := noArgs(c); err != nil {
		return err
	}
	return p.withStore(ctx, c, func(s *store) error {
		runs, err := s.Runs(ctx, db.RunQuery{Limit: listedRuns})
		if err != nil {
			return err
		}
		if c.Bool("json") {
			out := json.NewEncoder(p.stdout)
			for _, r := range runs {
				if err := out.Encode(r); err != nil {
					return err
				}
			}
			return nil
		}
		return p.runTable(runs)
	})
}

func (p *program) runTable(runs []reconcile.Run) error {
	if len(runs) == 0 {
		fmt.Fprintln(p.stdout, "there was no run yet; tieout reconcile makes one")
		return nil
	}
	out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "RUN\tSTARTED\tBY\tSTATE\tVERDICT\tOPEN\tREQUESTS\tPROBLEM")
	for _, r := range runs {
		by := string(r.Actor)
		if r.Schedule != "" {
			by = r.Schedule + " of " + r.Date.String()
		}
		fmt.Fprintf(out, "%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n", r.ID, r.StartedAt.UTC().Format("2006-01-02 15:04 MST"), by, r.State, r.Verdict, r.Counts.Open, r.Counts.Calls, r.Problem)
	}
	return out.Flush()
}
