package batch

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// Records finds single records of a mirror, for explanations.
type Records interface {
	InvoicesByNumber(ctx context.Context, number string) ([]reconcile.Filed, error)
	InvoiceByID(ctx context.Context, s reconcile.System, id string) (reconcile.Filed, error)
	EntriesByKey(ctx context.Context, s reconcile.System, matchKey string) ([]reconcile.Entry, error)
	TwinEntries(ctx context.Context, s reconcile.System, twin uint64) ([]reconcile.Entry, error)
	Invoices(ctx context.Context, rows []int64) ([]reconcile.Invoice, error)
	// MastersFor returns what the gate chain needs for these invoices only.
	MastersFor(ctx context.Context, invoices []reconcile.Invoice) (reconcile.MasterData, error)
	Settings(ctx context.Context) (reconcile.Settings, int, error)
	// LatestRun returns the newest ended run that compared, or
	// reconcile.ErrNotFound.
	LatestRun(ctx context.Context) (reconcile.Run, error)
	Certificates(ctx context.Context, run reconcile.RunID) ([]reconcile.Certificate, error)
}

// An Explainer answers why an invoice is or is not synced, from the mirror alone.
type Explainer struct {
	Records Records
	Clock   Clock
}

// Explain asks the gate chain about a record: an invoice number, a vendor's id,
// or "hubspot:ID" and "quickbooks:ID". Both halves of a pair are one answer, given
// for the source's invoice. Nothing found is reconcile.ErrNotFound.
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
		e := explaining{x: x, settings: settings, filed: f, problem: problem, told: told}
		d, err := e.diagnose(ctx)
		if err != nil {
			return nil, fmt.Errorf("explain %s: %w", record, err)
		}
		out = append(out, d)
	}
	return out, nil
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

// explaining is the work on one record.
type explaining struct {
	x        *Explainer
	settings reconcile.Settings
	filed    reconcile.Filed
	problem  string
	told     map[int64]bool
	partner  *reconcile.Invoice
	paired   reconcile.PairState
	rivals   []string
}

func (e *explaining) diagnose(ctx context.Context) (reconcile.Diagnosis, error) {
	if err := e.pair(ctx); err != nil {
		return reconcile.Diagnosis{}, err
	}
	if e.paired == "" {
		if err := e.twins(ctx); err != nil {
			return reconcile.Diagnosis{}, err
		}
	}
	invoices := []reconcile.Invoice{e.filed.Invoice}
	if e.partner != nil {
		invoices = append(invoices, *e.partner)
	}
	data, err := e.x.Records.MastersFor(ctx, invoices)
	if err != nil {
		return reconcile.Diagnosis{}, err
	}
	m := reconcile.NewMasters(data, e.settings)
	m.Resolve(&e.filed.Invoice)
	if e.partner != nil {
		m.Resolve(e.partner)
		e.compare(m)
	}
	return m.Diagnose(reconcile.Case{
		Invoice: &e.filed.Invoice, Partner: e.partner, Paired: e.paired, Rivals: e.rivals, PullProblem: e.problem, AsOf: e.asOf(),
	}), nil
}

func (e *explaining) asOf() time.Time { return e.x.Clock() }

// pair finds the group of the invoice, its partner or its rivals.
func (e *explaining) pair(ctx context.Context) error {
	e.told[e.filed.Entry.Row] = true
	if e.filed.Entry.MatchKey == "" {
		return nil
	}
	group := reconcile.Group{Key: e.filed.Entry.MatchKey}
	var err error
	if group.HubSpot, err = e.x.Records.EntriesByKey(ctx, reconcile.HubSpot, group.Key); err != nil {
		return err
	}
	if group.QuickBooks, err = e.x.Records.EntriesByKey(ctx, reconcile.QuickBooks, group.Key); err != nil {
		return err
	}
	w := e.settings.Weigh(group)
	if e.in(w.Dropped) {
		return nil
	}
	if w.State == reconcile.Ambiguous || w.State == reconcile.OneSided {
		e.crowd(&w)
		return nil
	}
	other := w.Side(e.filed.Invoice.System.Other())[0]
	e.told[other.Row] = true
	e.paired = w.State
	if w.State == reconcile.Excluded {
		e.paired = reconcile.Matched // scope is the gates' answer
	}
	loaded, err := e.x.Records.Invoices(ctx, []int64{other.Row})
	if err != nil {
		return err
	}
	e.partner = &loaded[0]
	return nil
}

func (e *explaining) in(list []reconcile.Entry) bool {
	for _, x := range list {
		if x.Row == e.filed.Entry.Row {
			return true
		}
	}
	return false
}

func (e *explaining) crowd(w *reconcile.Weighed) {
	if w.State == reconcile.Ambiguous {
		e.paired = reconcile.Ambiguous
	}
	for _, s := range reconcile.Systems {
		for _, x := range w.Side(s) {
			if x.Row != e.filed.Entry.Row {
				e.rivals = append(e.rivals, fmt.Sprintf("%s invoice %s with the same number", s.Title(), x.ID))
			}
		}
	}
}

// twins finds invoices of the same customer, currency and total: of the same
// date in the same system, unpaired and within a week in the other.
func (e *explaining) twins(ctx context.Context) error {
	own := e.filed.Entry
	if own.Twin == 0 {
		return nil
	}
	for _, s := range reconcile.Systems {
		list, err := e.x.Records.TwinEntries(ctx, s, own.Twin)
		if err != nil {
			return err
		}
		for _, t := range list {
			rival, err := e.rival(ctx, s, &t)
			if err != nil {
				return err
			}
			if rival != "" {
				e.rivals = append(e.rivals, rival)
			}
		}
	}
	return nil
}

func (e *explaining) rival(ctx context.Context, s reconcile.System, t *reconcile.Entry) (string, error) {
	own := &e.filed.Entry
	if s == e.filed.Invoice.System {
		if t.Row != own.Row && t.Date == own.Date && t.MatchKey != own.MatchKey {
			return fmt.Sprintf("%s invoice %s (%s) with the same customer, date and total", s.Title(), t.Number(), t.ID), nil
		}
		return "", nil
	}
	if !reconcile.NearInTime(t.Date, own.Date) {
		return "", nil
	}
	if t.MatchKey != "" {
		partners, err := e.x.Records.EntriesByKey(ctx, s.Other(), t.MatchKey)
		if err != nil || len(partners) > 0 {
			return "", err
		}
	}
	return fmt.Sprintf("%s invoice %s (%s)", s.Title(), t.Number(), t.ID), nil
}

// compare says whether a pair that is not settled by its digests agrees after all.
func (e *explaining) compare(m *reconcile.Masters) {
	if e.paired != reconcile.Different {
		return
	}
	hs, qb := &e.filed.Invoice, e.partner
	if hs.System == reconcile.QuickBooks {
		hs, qb = qb, hs
	}
	if v := m.ComparePair(hs, qb); len(v.Differences) == 0 && len(v.Covered) == 0 {
		e.paired = reconcile.Matched
	}
}
