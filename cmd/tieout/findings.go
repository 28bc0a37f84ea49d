package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func (p *program) findingsCommand() *cli.Command {
	return &cli.Command{
		Name:  "findings",
		Usage: "list findings",
		Description: "Open findings, the most severe and expensive first; -state asks for others.\n" +
			"With -json one object a line. What each column says: docs/findings.md.",
		Flags: []cli.Flag{
			&cli.StringSliceFlag{Name: "code", Usage: "only this code (may be given several times)"},
			&cli.StringFlag{Name: "state", Usage: "OPEN, PLANNED, AWAITING_PROOF, RESOLVED, ACCEPTED or all", Value: string(reconcile.FindingOpen)},
			&cli.BoolFlag{Name: "json", Usage: "print one JSON object a line"},
			&cli.BoolFlag{Name: "csv", Usage: "print CSV"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArgs(c); err != nil {
				return err
			}
			q, err := findingQuery(c.StringSlice("code"), c.String("state"))
			if err != nil {
				return err
			}
			write := p.findingsTable
			switch {
			case c.Bool("json") && c.Bool("csv"):
				return errors.New("findings: -json and -csv exclude each other")
			case c.Bool("json"):
				write = p.findingsJSON
			case c.Bool("csv"):
				write = p.findingsCSV
			}
			return p.withStore(ctx, c, func(s *store) error {
				// Without a run an empty list would look like good news.
				run, err := s.LatestRun(ctx)
				switch {
				case errors.Is(err, reconcile.ErrNotFound):
					return errors.New("findings: no run has compared anything in this store yet; tieout reconcile does")
				case err != nil:
					return err
				case run.State != reconcile.RunComplete:
					fmt.Fprintf(p.stderr, "tieout: the latest run, %d, is %s: findings may be missing, and none was resolved by it\n", run.ID, run.State)
				}
				return write(s.StreamFindings(ctx, q))
			})
		},
	}
}

var findingStates = []reconcile.FindingState{reconcile.FindingOpen, reconcile.FindingPlanned, reconcile.FindingAwaitingProof, reconcile.FindingResolved, reconcile.FindingAccepted}

func findingQuery(codes []string, state string) (db.FindingQuery, error) {
	var filter db.FindingFilter
	for _, code := range codes {
		if _, ok := reconcile.RuleOf(reconcile.Code(code)); !ok {
			return db.FindingQuery{}, fmt.Errorf("findings: no code %q; the codes are in docs/findings.md", code)
		}
	}
	if len(codes) > 0 {
		filter.Terms = append(filter.Terms, db.FindingTerm{Field: db.FieldCode, Op: db.In, Values: codes})
	}
	if state != "all" {
		if !slices.Contains(findingStates, reconcile.FindingState(state)) {
			return db.FindingQuery{}, fmt.Errorf("findings: no state %q; want one of %s, or all", state, strings.Trim(fmt.Sprint(findingStates), "[]"))
		}
		filter.Terms = append(filter.Terms, db.FindingTerm{Field: db.FieldState, Op: db.Eq, Values: []string{state}})
	}
	return db.FindingQuery{Filter: &filter}, nil
}

// A findingLine is a finding as -json prints it. The members are stable.
type findingLine struct {
	ID         reconcile.FindingID    `json:"id"`
	Code       reconcile.Code         `json:"code"`
	Severity   reconcile.Severity     `json:"severity"`
	State      reconcile.FindingState `json:"state"`
	System     reconcile.System       `json:"system"`
	Number     string                 `json:"number"`
	Record     string                 `json:"record"`
	Field      string                 `json:"field"`
	HubSpot    string                 `json:"hubspot"`
	QuickBooks string                 `json:"quickbooks"`
	Amount     string                 `json:"amount"` // exact decimal, not negative
	Currency   string                 `json:"currency"`
	Cause      string                 `json:"cause"`
	Message    string                 `json:"message"`
	Invoices   int                    `json:"invoices"`
	RootCause  string                 `json:"rootCause"`
	FirstRun   reconcile.RunID        `json:"firstRun"`
	LastRun    reconcile.RunID        `json:"lastRun"`
}

func lineOf(f *reconcile.FindingRecord) findingLine {
	return findingLine{
		f.ID, f.Code, f.Severity, f.State, f.System, f.Number, f.Record, f.Field, f.HubSpot, f.QuickBooks,
		f.Amount.Amount(), f.Amount.Currency, f.Cause, f.Message, f.Invoices, f.RootCause, f.FirstRun, f.LastRun,
	}
}

func (p *program) findingsJSON(list iter.Seq2[reconcile.FindingRecord, error]) error {
	out := json.NewEncoder(p.stdout)
	out.SetEscapeHTML(false)
	for f, err := range list {
		if err != nil {
			return err
		}
		if err := out.Encode(lineOf(&f)); err != nil {
			return err
		}
	}
	return nil
}

func (p *program) findingsCSV(list iter.Seq2[reconcile.FindingRecord, error]) error {
	out := csv.NewWriter(p.stdout)
	if err := out.Write([]string{"id", "code", "severity", "state", "system", "number", "record", "field", "hubspot", "quickbooks", "amount", "currency", "cause", "message"}); err != nil {
		return err
	}
	for f, err := range list {
		if err != nil {
			return err
		}
		l := lineOf(&f)
		row := []string{string(l.ID), string(l.Code), string(l.Severity), string(l.State), string(l.System), l.Number, l.Record, l.Field, l.HubSpot, l.QuickBooks}
		for n := range row {
			row[n] = inert(row[n])
		}
		if err := out.Write(append(row, l.Amount, l.Currency, inert(l.Cause), inert(l.Message))); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// inert keeps a spreadsheet from taking text for a formula (OWASP ASVS 1.2.10).
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(s)[0]) {
		return "'" + s
	}
	return s
}

func (p *program) findingsTable(list iter.Seq2[reconcile.FindingRecord, error]) error {
	out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "SEVERITY\tCODE\tAMOUNT\tMESSAGE")
	count := 0
	for f, err := range list {
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", f.Severity, f.Code, f.Amount, f.Message)
		count++
	}
	if err := out.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%d findings\n", count)
	return nil
}
