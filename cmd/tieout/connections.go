package main

import (
	"context"
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
)

func (p *program) connectionsCommand() *cli.Command {
	return &cli.Command{
		Name:   "connections",
		Usage:  "how the workspace is signed in to the two systems",
		Flags:  []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}},
		Action: p.connections,
	}
}

// A connectionLine is a connection as -json prints it. The members are stable.
type connectionLine struct {
	reconcile.Connection
	// DaysLeft is how many days are left until somebody has to sign in again, unless
	// the connection is used before; none when it never ends.
	DaysLeft *int `json:"daysLeft,omitempty"`
}

func lineOfConnection(c reconcile.Connection) connectionLine {
	at := now()
	l := connectionLine{Connection: c}
	if days, ends := c.DaysLeft(at); ends {
		l.DaysLeft = &days
	}
	l.State = c.At(at)
	return l
}

func (p *program) connections(ctx context.Context, c *cli.Command) error {
	if err := noArgs(c); err != nil {
		return err
	}
	return p.withStore(ctx, c, func(s *store) error {
		list, err := s.Connections(ctx)
		if err != nil {
			return err
		}
		lines := make([]connectionLine, len(list))
		for n, conn := range list {
			lines[n] = lineOfConnection(conn)
		}
		if c.Bool("json") {
			return json.NewEncoder(p.stdout).Encode(lines)
		}
		return p.connectionTable(lines)
	})
}

func (p *program) connectionTable(lines []connectionLine) error {
	if len(lines) == 0 {
		fmt.Fprintln(p.stdout, "nothing is connected; run tieout connect hubspot and tieout connect quickbooks")
		return nil
	}
	out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "STATE\tSYSTEM\tDAYS LEFT\tLAST REFRESH\tCONNECTED BY\tPROBLEM")
	for _, l := range lines {
		days, last := "-", "-"
		if l.DaysLeft != nil {
			days = fmt.Sprint(*l.DaysLeft)
		}
		if !l.LastRefresh.IsZero() {
			last = l.LastRefresh.UTC().Format("2006-01-02 15:04 MST")
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\n", l.State, told(l.Connection), days, last, l.ConnectedBy, l.Problem)
	}
	return out.Flush()
}
