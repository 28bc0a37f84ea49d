package batch

import (
	"context"
	"slices"

	"github.com/tieout/tieout/reconcile"
)

// A sighting is what the registry of a memory knows of a record.
type sighting struct {
	sighted, missed reconcile.RunID
	partOf          string
}

// sight notes that a page brings a record.
func (m *memory) sight(page *reconcile.Page, at shelved, partOf string) {
	s := sighting{partOf: partOf}
	if page.Pull != nil {
		s.sighted = page.Pull.Run
	}
	m.registry[at] = s
}

func (m *memory) storeUnreadable(page *reconcile.Page) (changed int) {
	shelf, still := "unreadable "+string(page.Object), map[shelved]bool{}
	pulled := map[string]bool{}
	for _, i := range page.Invoices {
		pulled[i.ID] = true
	}
	for _, p := range page.Products {
		pulled[p.ID] = true
	}
	for _, u := range page.Unreadable {
		of := u.Of
		if of == "" {
			of = u.ID
		}
		pulled[of] = true
		at := shelved{page.System, shelf, u.Object + " " + u.ID + " " + u.Field}
		still[at] = true
		changed += put(m, m.unreadables, page, at, u)
		m.sight(page, at, of)
		if record := (shelved{page.System, string(page.Object), of}); m.registry[record] != (sighting{}) {
			m.sight(page, record, "")
		}
	}
	for at, s := range m.registry {
		if at.system == page.System && at.shelf == shelf && pulled[s.partOf] && !still[at] {
			m.forget(at)
		}
	}
	return changed
}

func (m *memory) storePull(page *reconcile.Page, changed int) {
	at := shelved{page.System, string(page.Object), ""}
	if page.Pull == nil {
		return
	}
	delete(m.pulls, at)
	if page.Pull.Position != "" {
		so := *page.Pull
		so.Certificate.Changed += changed
		m.pulls[at] = so
	}
}

// forget ends the current version of a record.
func (m *memory) forget(at shelved) {
	for _, kept := range []func() (any, bool){
		func() (any, bool) { v, ok := m.products[at]; return v, ok },
		func() (any, bool) { v, ok := m.customers[at]; return v, ok },
		func() (any, bool) { v, ok := m.rates[at]; return v, ok },
	} {
		if before, known := kept(); known {
			m.noteMaster(at, before, true)
		}
	}
	if at.shelf == "invoices" {
		before := m.rows[m.current(at.system, at.id)].filed.Entry
		m.noteEntry(at.system, at.id, &before)
	}
	delete(m.registry, at)
	delete(m.products, at)
	delete(m.customers, at)
	delete(m.rates, at)
	delete(m.unreadables, at)
	if at.shelf == "invoices" {
		m.rows[m.current(at.system, at.id)].current = false
	}
}

func (m *memory) Known(ctx context.Context, s reconcile.System, o reconcile.Object, without []string) (int, error) {
	if err := m.call(ctx, "Known %s %s", s, o); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for at, r := range m.registry {
		if at.system == s && at.shelf == string(o) && r.missed == 0 && !slices.Contains(without, at.id) {
			n++
		}
	}
	return n, nil
}

func (m *memory) Sighted(ctx context.Context, began reconcile.RunID, s reconcile.System, o reconcile.Object) ([]string, error) {
	if err := m.call(ctx, "Sighted %s %s", s, o); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []string
	for at, r := range m.registry {
		if at.system == s && at.shelf == string(o) && r.sighted >= began {
			ids = append(ids, at.id)
		}
	}
	return ids, nil
}

func (m *memory) CloseUnsighted(ctx context.Context, run, began reconcile.RunID, s reconcile.System, o reconcile.Object) (reconcile.Gone, error) {
	if err := m.call(ctx, "CloseUnsighted %s %s", s, o); err != nil {
		return reconcile.Gone{}, err
	}
	return m.closeAbsent(run, s, o, func(r sighting) bool { return r.sighted < began }), nil
}

func (m *memory) CloseMissed(ctx context.Context, run reconcile.RunID, s reconcile.System, o reconcile.Object, deleted []string) (reconcile.Gone, error) {
	if err := m.call(ctx, "CloseMissed %s %s %d", s, o, len(deleted)); err != nil {
		return reconcile.Gone{}, err
	}
	m.mu.Lock()
	for at, r := range m.registry {
		record := at.shelf == string(o) && slices.Contains(deleted, at.id)
		part := at.shelf == "unreadable "+string(o) && slices.Contains(deleted, r.partOf)
		if at.system == s && r.missed == 0 && (record || part) {
			r.missed = run
			m.registry[at] = r
		}
	}
	m.mu.Unlock()
	return m.closeAbsent(run, s, o, func(r sighting) bool { return r.missed != 0 }), nil
}

func (m *memory) closeAbsent(run reconcile.RunID, s reconcile.System, o reconcile.Object, absent func(sighting) bool) (gone reconcile.Gone) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for at, r := range m.registry {
		if at.system != s || !absent(r) || (at.shelf != string(o) && at.shelf != "unreadable "+string(o)) {
			continue
		}
		record := at.shelf == string(o)
		if r.missed != 0 && m.run(r.missed).State == reconcile.RunComplete {
			m.forget(at)
			if record {
				gone.Deleted++
			}
			continue
		}
		r.missed = run
		m.registry[at] = r
		if record {
			gone.Missed++
		}
	}
	return gone
}

func (m *memory) PullHistory(ctx context.Context, s reconcile.System, o reconcile.Object) (reconcile.PullHistory, error) {
	if err := m.call(ctx, "PullHistory %s %s", s, o); err != nil {
		return reconcile.PullHistory{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var h reconcile.PullHistory
	var last reconcile.RunID
	for _, r := range m.runs {
		if r.State != reconcile.RunComplete && r.State != reconcile.RunIncomplete {
			continue
		}
		for _, c := range r.certificates {
			if c.System != s || c.Object != o || !c.Complete() {
				continue
			}
			last, h.Watermark, h.Aside, h.TimeZone, h.Rates, h.Hinted = r.ID, c.Watermark, c.Aside, c.TimeZone, c.Rates, c.Hinted
			if c.Mode() == reconcile.PullFull {
				h.Full = c.Watermark
			}
		}
	}
	if so, under := m.pulls[shelved{s, string(o), ""}]; under && so.Run > last {
		h.Unfinished = &so
	}
	return h, nil
}
