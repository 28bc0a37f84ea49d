package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// Records finds single records of a mirror, for explanations.
type Records interface {
	// InvoicesByNumber returns the current invoices of both systems with a number,
	// InvoiceByID one by the vendor's id, or reconcile.ErrNotFound.
	InvoicesByNumber(ctx context.Context, number string) ([]reconcile.Filed, error)
	InvoiceByID(ctx context.Context, s reconcile.System, id string) (reconcile.Filed, error)
	// EntriesByKey and TwinEntries return a system's current entries with a match
	// key, and with a twin hash.
	EntriesByKey(ctx context.Context, s reconcile.System, matchKey string) ([]reconcile.Entry, error)
	TwinEntries(ctx context.Context, s reconcile.System, twin uint64) ([]reconcile.Entry, error)
	Invoices(ctx context.Context, rows []int64) ([]reconcile.Invoice, error)
	// MastersFor returns what the gate chain needs for these invoices only.
	MastersFor(ctx context.Context, invoices []reconcile.Invoice, loci ...reconcile.Locus) (reconcile.MasterData, error)
	Settings(ctx context.Context) (reconcile.Settings, int, error)
	// LatestRun returns the newest ended run that compared, or
	// reconcile.ErrNotFound.
	LatestRun(ctx context.Context) (reconcile.Run, error)
	Certificates(ctx context.Context, run reconcile.RunID) ([]reconcile.Certificate, error)
	// FindingsOn returns the unresolved findings on an invoice, and those on a pair,
	// which name SRC's invoice of it; srcID is empty where there is no such invoice.
	FindingsOn(ctx context.Context, s reconcile.System, id, srcID string) ([]reconcile.FindingRecord, error)
}

// An Explainer answers why an invoice is or is not synced, from the mirror alone.
type Explainer struct {
	Records Records
	Clock   Clock
}

// Explain asks the gate chain about a record: an invoice number, a vendor's id,
// or "hubspot:ID" and "quickbooks:ID". Where both halves of a pair are found they
// are one answer, given for the source's invoice. Nothing found is
// reconcile.ErrNotFound.
func (x *Explainer) Explain(ctx context.Context, record string) ([]reconcile.Diagnosis, error) {
	settings, _, err := x.Records.Settings(ctx)
	if err != nil {
		return nil, err
	}
	filed, err := x.find(ctx, record)
	if err != nil {
		return nil, err
	}
	problem, err := x.pullProblem(ctx)
	if err != nil {
		return nil, err
	}
	var out []reconcile.Diagnosis
	told := map[int64]bool{}
	for _, f := range bySource(filed, settings.Source()) {
		if told[f.Entry.Row] {
			continue
		}
		e := explaining{records: x.Records, asOf: x.Clock(), settings: settings, filed: f, problem: problem, told: told}
		d, err := e.diagnose(ctx)
		if err == nil {
			d.Findings, err = x.Records.FindingsOn(ctx, d.Invoice.System, d.Invoice.ID, sourceID(&d, settings.Source()))
		}
		if err != nil {
			return nil, fmt.Errorf("explain %s: %w", record, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// sourceID is the id of SRC's invoice of an answer, or nothing.
func sourceID(d *reconcile.Diagnosis, src reconcile.System) string {
	switch {
	case d.Invoice.System == src:
		return d.Invoice.ID
	case d.Partner != nil:
		return d.Partner.ID
	}
	return ""
}

// bySource puts the source's invoices first, so that they answer for their pairs.
func bySource(filed []reconcile.Filed, src reconcile.System) []reconcile.Filed {
	var first, second []reconcile.Filed
	for _, f := range filed {
		if f.Invoice.System == src {
			first = append(first, f)
		} else {
			second = append(second, f)
		}
	}
	return append(first, second...)
}

// find returns the invoices that a record may mean.
func (x *Explainer) find(ctx context.Context, record string) ([]reconcile.Filed, error) {
	if system, id, ok := strings.Cut(record, ":"); ok && (system == string(reconcile.HubSpot) || system == string(reconcile.QuickBooks)) {
		f, err := x.Records.InvoiceByID(ctx, reconcile.System(system), id)
		if err != nil {
			return nil, fmt.Errorf("%s invoice %s: %w", reconcile.System(system).Title(), id, err)
		}
		return []reconcile.Filed{f}, nil
	}
	filed, err := x.Records.InvoicesByNumber(ctx, record)
	if err != nil || len(filed) > 0 {
		return filed, err
	}
	for _, system := range reconcile.Systems {
		f, err := x.Records.InvoiceByID(ctx, system, record)
		switch {
		case err == nil:
			filed = append(filed, f)
		case !errors.Is(err, reconcile.ErrNotFound):
			return nil, err
		}
	}
	if len(filed) == 0 {
		return nil, fmt.Errorf("no invoice has the number or id %q in the mirror; a run of reconcile brings new ones in: %w", record, reconcile.ErrNotFound)
	}
	return filed, nil
}

// pullProblem says why the mirror cannot be trusted: the newest run that compared
// was not complete, or there is none.
func (x *Explainer) pullProblem(ctx context.Context) (string, error) {
	run, err := x.Records.LatestRun(ctx)
	if errors.Is(err, reconcile.ErrNotFound) {
		return "no run has ended yet", nil
	}
	if err != nil {
		return "", err
	}
	list, err := x.Records.Certificates(ctx, run.ID)
	if err != nil {
		return "", err
	}
	var problems []string
	for _, c := range list {
		if !c.Complete() {
			problems = append(problems, c.Problem)
		}
	}
	return strings.Join(problems, "; "), nil
}
