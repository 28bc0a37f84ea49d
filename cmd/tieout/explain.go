package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

func (p *program) explainCommand() *cli.Command {
	return &cli.Command{
		Name:      "explain",
		Usage:     "say why an invoice is or is not synced: the whole gate chain",
		ArgsUsage: "RECORD",
		Description: "RECORD is an invoice number or a vendor's id; hubspot:ID and quickbooks:ID name the system.\n" +
			"With -json one object for each invoice is printed.",
		Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Len() != 1 || c.Args().First() == "" {
				return errors.New("explain: want one invoice number or id")
			}
			return p.withStore(ctx, c, func(s *store) error {
				list, err := (&batch.Explainer{Records: s.Repo, Clock: now}).Explain(ctx, c.Args().First())
				if err != nil {
					return err
				}
				for n := range list {
					if err := p.diagnosis(&list[n], c.Bool("json")); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
}

func (p *program) diagnosis(d *reconcile.Diagnosis, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(p.stdout).Encode(d)
	}
	i := &d.Invoice
	fmt.Fprintf(p.stdout, "%s invoice %s (%s): %s\n", i.System.Title(), i.Number, i.ID, d.State)
	fmt.Fprintf(p.stdout, "  %s, %s, %s, %s\n", i.Date, i.Status, i.Money(i.Total), d.Email)
	if d.Partner != nil {
		fmt.Fprintf(p.stdout, "  partner: %s invoice %s, %s\n", d.Partner.System.Title(), d.Partner.ID, d.Partner.Money(d.Partner.Total))
	}
	out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, g := range d.Gates {
		fmt.Fprintf(out, "  %d\t%s\t%s\t%s\t%s\t%s\n", g.Gate, g.Name, g.Answer, g.Setting, g.Record, g.Text)
		if g.Fix != "" {
			fmt.Fprintf(out, "\t\t\t\t\tfix: %s\n", g.Fix)
		}
	}
	if err := out.Flush(); err != nil {
		return err
	}
	for _, f := range d.Findings {
		fmt.Fprintf(p.stdout, "  finding %s: %s\n", f.Code, f.Message)
	}
	return nil
}
