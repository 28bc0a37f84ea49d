package batch

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/tieout/tieout/reconcile"
)

// changes keep the contract of Changes in memory.
type changes struct {
	compared  *reconcile.Compared
	entries0  map[shelved]*reconcile.Entry // as they were at the last comparison; nil: not there
	masters0  map[shelved]any
	again     map[shelved]bool // masters that changed more than once
	standings map[reconcile.Locus]reconcile.Standing
}

func newChanges() changes {
	return changes{entries0: map[shelved]*reconcile.Entry{}, masters0: map[shelved]any{}, again: map[shelved]bool{}, standings: map[reconcile.Locus]reconcile.Standing{}}
}

func (m *memory) noteEntry(s reconcile.System, id string, before *reconcile.Entry) {
	at := shelved{s, "invoices", id}
	if _, noted := m.entries0[at]; !noted && m.compared != nil {
		m.entries0[at] = before
	}
}

func (m *memory) noteMaster(at shelved, before any, known bool) {
	if _, noted := m.masters0[at]; noted {
		m.again[at] = true
		return
	}
	if m.compared == nil && !slices.ContainsFunc(m.rows, func(r row) bool { return r.filed.Invoice.System == at.system }) {
		return
	}
	if !known {
		before = nil
	}
	m.masters0[at] = before
}

func (m *memory) CountChanges(ctx context.Context) (int, error) {
	if err := m.call(ctx, "CountChanges"); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.entries0) + len(m.masters0), nil
}

func (m *memory) ChangedEntries(ctx context.Context) ([]reconcile.EntryChange, error) {
	if err := m.call(ctx, "ChangedEntries"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []reconcile.EntryChange
	for at, before := range m.entries0 {
		c := reconcile.EntryChange{Before: before}
		if n := m.current(at.system, at.id); n >= 0 {
			after := m.rows[n].filed.Entry
			c.After = &after
		}
		list = append(list, c)
	}
	return list, nil
}

func (m *memory) ChangedMasters(ctx context.Context) (reconcile.MasterChanges, error) {
	if err := m.call(ctx, "ChangedMasters"); err != nil {
		return reconcile.MasterChanges{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var again []reconcile.MasterID
	for at := range m.again {
		again = append(again, reconcile.MasterID{System: at.system, Object: reconcile.Object(at.shelf), ID: at.id})
	}
	return reconcile.MasterChanges{
		Again:    again,
		Products: changedIn(m, m.products, "products"), TaxRates: changedIn(m, m.rates, "tax_rates"),
		Customers: append(changedIn(m, m.customers, "customers"), changedIn(m, m.customers, "companies")...),
	}, nil
}

func changedIn[T any](m *memory, in map[shelved]T, shelf string) []reconcile.Change[T] {
	var list []reconcile.Change[T]
	for at, before := range m.masters0 {
		if at.shelf != shelf {
			continue
		}
		var c reconcile.Change[T]
		if v, was := before.(T); was {
			c.Before = &v
		}
		if v, is := in[at]; is {
			c.After = &v
		}
		if c.Before != nil || c.After != nil {
			list = append(list, c)
		}
	}
	return list
}

func (m *memory) Pointing(ctx context.Context, s reconcile.System, o reconcile.Object, ids []string) ([]int64, error) {
	if err := m.call(ctx, "Pointing %s %s", s, o); err != nil {
		return nil, err
	}
	var rows []int64
	for _, f := range m.filed(func(f *reconcile.Filed) bool { return f.Entry.System == s }) {
		at := []string{f.Invoice.CustomerID}
		if o == reconcile.ObjectProducts {
			at = f.Invoice.SKUsFrom()
		}
		if slices.ContainsFunc(at, func(id string) bool { return slices.Contains(ids, id) }) {
			rows = append(rows, f.Entry.Row)
		}
	}
	return rows, nil
}

func (m *memory) EntriesAt(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Entry, error) {
	return m.entries(ctx, "EntriesAt", func(e *reconcile.Entry) bool { return slices.Contains(loci, e.Locus()) })
}

func (m *memory) EntriesOfTwins(ctx context.Context, twins []uint64) ([]reconcile.Entry, error) {
	return m.entries(ctx, "EntriesOfTwins", func(e *reconcile.Entry) bool { return e.Twin != 0 && slices.Contains(twins, e.Twin) })
}

func (m *memory) Compared(ctx context.Context) (reconcile.Compared, error) {
	if err := m.call(ctx, "Compared"); err != nil {
		return reconcile.Compared{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.compared == nil || m.run(m.compared.Run).State != reconcile.RunComplete {
		return reconcile.Compared{}, fmt.Errorf("last comparison: %w", reconcile.ErrNotFound)
	}
	return *m.compared, nil
}

func (m *memory) ForgetCompared(ctx context.Context, _ reconcile.RunID) error {
	if err := m.call(ctx, "ForgetCompared"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.compared = nil
	return nil
}

func (m *memory) SaveCompared(ctx context.Context, c reconcile.Compared, judged map[reconcile.Locus]bool, standings iter.Seq[reconcile.Standing]) error {
	if err := m.call(ctx, "SaveCompared"); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.standings, func(at reconcile.Locus, _ reconcile.Standing) bool { return judged == nil || judged[at] })
	for s := range standings {
		m.standings[s.Locus] = s
	}
	m.compared = &c
	clear(m.entries0)
	clear(m.masters0)
	clear(m.again)
	return nil
}

func (m *memory) StandingsAt(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Standing, error) {
	if err := m.call(ctx, "StandingsAt"); err != nil {
		return nil, err
	}
	return m.standingsWith(func(s *reconcile.Standing) bool { return slices.Contains(loci, s.Locus) }), nil
}

func (m *memory) Touching(ctx context.Context, loci []reconcile.Locus, counted bool) ([]reconcile.Locus, error) {
	if err := m.call(ctx, "Touching"); err != nil {
		return nil, err
	}
	touches := func(s *reconcile.Standing) bool {
		of := s.Touched
		if counted {
			of = s.Counted
		}
		return slices.ContainsFunc(of, func(at reconcile.Locus) bool { return slices.Contains(loci, at) })
	}
	return lociOf(m.standingsWith(touches)), nil
}

func (m *memory) Waiting(ctx context.Context) ([]reconcile.Locus, error) {
	if err := m.call(ctx, "Waiting"); err != nil {
		return nil, err
	}
	return lociOf(m.standingsWith(func(s *reconcile.Standing) bool { return s.Pending })), nil
}

func (m *memory) standingsWith(which func(*reconcile.Standing) bool) []reconcile.Standing {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []reconcile.Standing
	for _, s := range m.standings {
		if which(&s) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b reconcile.Standing) int { return cmp.Compare(a.Locus, b.Locus) })
	return list
}

func lociOf(list []reconcile.Standing) []reconcile.Locus {
	out := make([]reconcile.Locus, len(list))
	for n, s := range list {
		out[n] = s.Locus
	}
	return out
}
