package batch

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// explaining is the work on one record. What it asks the gate chain has to be what
// a run asks it, so that both give the same reasons.
type explaining struct {
	records  Records
	asOf     time.Time
	settings reconcile.Settings
	filed    reconcile.Filed
	problem  string
	told     map[int64]bool // rows that have their answer
	partner  *reconcile.Invoice
	paired   reconcile.PairState // empty without a partner
	toSettle bool                // paired says that there is a partner, not yet whether it agrees
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
	data, err := e.records.MastersFor(ctx, invoices)
	if err != nil {
		return reconcile.Diagnosis{}, err
	}
	m := reconcile.NewMasters(data, e.settings)
	m.Resolve(&e.filed.Invoice)
	if e.partner != nil {
		m.Resolve(e.partner)
	}
	if e.toSettle {
		e.settle(m)
	}
	return m.Diagnose(reconcile.Case{
		Invoice: &e.filed.Invoice, Partner: e.partner, Paired: e.paired, Rivals: e.rivals, PullProblem: e.problem, AsOf: e.asOf,
	}), nil
}

// pair finds the group of the invoice, its partner or its rivals.
func (e *explaining) pair(ctx context.Context) error {
	e.told[e.filed.Entry.Row] = true
	w, err := e.weigh(ctx, &e.filed.Entry)
	if err != nil || holds(w.Dropped, &e.filed.Entry) {
		return err
	}
	if w.State == reconcile.Ambiguous || w.State == reconcile.OneSided {
		e.crowd(&w)
		return nil
	}
	other := w.Side(e.filed.Invoice.System.Other())[0]
	e.told[other.Row] = true
	switch w.PairState() {
	case reconcile.Unknown:
		e.paired = reconcile.Unknown
	default:
		e.paired, e.toSettle = reconcile.Matched, true
	}
	loaded, err := e.records.Invoices(ctx, []int64{other.Row})
	if err != nil {
		return err
	}
	e.partner = &loaded[0]
	return nil
}

// settle says whether a pair agrees. The digests do not tell: they may have been
// made under other settings.
func (e *explaining) settle(m *reconcile.Masters) {
	hs, qb := &e.filed.Invoice, e.partner
	if hs.System == reconcile.QuickBooks {
		hs, qb = qb, hs
	}
	if v := m.ComparePair(hs, qb); len(v.Differences)+len(v.Covered) > 0 {
		e.paired = reconcile.Different
	}
}

// weigh loads and weighs the group of an entry.
func (e *explaining) weigh(ctx context.Context, of *reconcile.Entry) (reconcile.Weighed, error) {
	g := reconcile.Group{Key: of.MatchKey}
	if g.Key == "" { // never pairs
		if of.System == reconcile.HubSpot {
			g.HubSpot = []reconcile.Entry{*of}
		} else {
			g.QuickBooks = []reconcile.Entry{*of}
		}
		return e.settings.Weigh(g), nil
	}
	var err error
	if g.HubSpot, err = e.records.EntriesByKey(ctx, reconcile.HubSpot, g.Key); err != nil {
		return reconcile.Weighed{}, err
	}
	if g.QuickBooks, err = e.records.EntriesByKey(ctx, reconcile.QuickBooks, g.Key); err != nil {
		return reconcile.Weighed{}, err
	}
	return e.settings.Weigh(g), nil
}

func holds(list []reconcile.Entry, e *reconcile.Entry) bool {
	return slices.ContainsFunc(list, func(x reconcile.Entry) bool { return x.Row == e.Row })
}

// crowd takes the other invoices of the number for rivals. Those of one system
// that are out of scope count only where they keep an invoice from pairing.
func (e *explaining) crowd(w *reconcile.Weighed) {
	if w.State == reconcile.Ambiguous {
		e.paired = reconcile.Ambiguous
	}
	for _, x := range slices.Concat(w.HubSpot, w.QuickBooks) {
		if x.Row != e.filed.Entry.Row && (w.State == reconcile.Ambiguous || isRival(standing(&e.settings, w, &x, e.asOf))) {
			e.rivals = append(e.rivals, fmt.Sprintf("%s invoice %s with the same number", x.System.Title(), x.ID))
		}
	}
	for _, x := range w.Dropped {
		if x.System != e.filed.Invoice.System {
			e.rivals = append(e.rivals, fmt.Sprintf("%s invoice %s with the same number, which is out of scope", x.System.Title(), x.ID))
		}
	}
}

// twins finds invoices of the same customer, currency and total: of the same
// date in the same system, unpaired and within a week in the other.
func (e *explaining) twins(ctx context.Context) error {
	own := &e.filed.Entry
	if own.Twin == 0 {
		return nil
	}
	for _, s := range reconcile.Systems {
		list, err := e.records.TwinEntries(ctx, s, own.Twin)
		if err != nil {
			return err
		}
		for _, t := range list {
			if !e.near(&t) {
				continue
			}
			w, err := e.weigh(ctx, &t)
			if err != nil {
				return err
			}
			e.twin(&t, standing(&e.settings, &w, &t, e.asOf))
		}
	}
	return nil
}

// near reports whether an invoice of the same customer, currency and total has a
// date by which it may be the same. Those of the own number are a crowd already;
// blank numbers are no number.
func (e *explaining) near(t *reconcile.Entry) bool {
	own := &e.filed.Entry
	if t.System != own.System {
		return reconcile.NearInTime(t.Date, own.Date)
	}
	return t.Row != own.Row && t.Date == own.Date && (t.MatchKey == "" || t.MatchKey != own.MatchKey)
}

func (e *explaining) twin(t *reconcile.Entry, state reconcile.PairState) {
	switch {
	case t.System == e.filed.Invoice.System && isRival(state):
		e.rivals = append(e.rivals, fmt.Sprintf("%s invoice %s (%s) with the same customer, date and total", t.System.Title(), t.Number(), t.ID))
	case t.System != e.filed.Invoice.System && state == reconcile.OneSided:
		e.rivals = append(e.rivals, fmt.Sprintf("%s invoice %s (%s)", t.System.Title(), t.Number(), t.ID))
	}
}

// isRival reports whether an invoice of that state is in scope and readable.
func isRival(state reconcile.PairState) bool {
	return state != reconcile.Excluded && state != reconcile.Unknown
}

// standing is the state of an invoice of a weighed group, as far as entries tell.
func standing(s *reconcile.Settings, w *reconcile.Weighed, e *reconcile.Entry, asOf time.Time) reconcile.PairState {
	switch {
	case holds(w.Dropped, e):
		return reconcile.Excluded
	case w.State == reconcile.OneSided || w.State == reconcile.Ambiguous:
		return s.AloneState(e, w.State == reconcile.Ambiguous, asOf)
	}
	return w.State
}
