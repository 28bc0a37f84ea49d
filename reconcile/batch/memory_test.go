package batch

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A memory keeps the contracts of Mirror and Records in memory, without history;
// ledger adds those of Findings, Journal and Schedules.
type memory struct {
	ledger

	companies   map[reconcile.System]reconcile.Company
	registry    map[shelved]sighting
	pulls       map[shelved]reconcile.Pull // by system and object
	products    map[shelved]reconcile.Product
	customers   map[shelved]reconcile.Customer
	rates       map[shelved]reconcile.TaxRate
	unreadables map[shelved]reconcile.Unreadable
	rows        []row // by row number, from 1
	changes
	hearsay
}

// A row is one version of an invoice.
type row struct {
	filed   reconcile.Filed
	current bool
}

// A shelved record is found by where it is kept and its id.
type shelved struct {
	system reconcile.System
	shelf  string
	id     string
}

func newMemory(now Clock) *memory {
	return &memory{
		ledger:    newLedger(now),
		companies: map[reconcile.System]reconcile.Company{}, registry: map[shelved]sighting{}, pulls: map[shelved]reconcile.Pull{}, products: map[shelved]reconcile.Product{},
		customers: map[shelved]reconcile.Customer{}, rates: map[shelved]reconcile.TaxRate{}, unreadables: map[shelved]reconcile.Unreadable{},
		changes: newChanges(), hearsay: newHearsay(),
	}
}

// A hook is asked before every call of a port. Its error is the call's.
type hook struct {
	mu    sync.Mutex
	calls []string
	fail  func(call string, nth int) error
}

func (h *hook) call(ctx context.Context, format string, args ...any) error {
	h.mu.Lock()
	h.calls = append(h.calls, fmt.Sprintf(format, args...))
	name, nth, fail := h.calls[len(h.calls)-1], len(h.calls), h.fail
	h.mu.Unlock()
	if fail != nil {
		if err := fail(name, nth); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// told returns the calls so far that begin with a word.
func (h *hook) told(word string) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []string
	for _, c := range h.calls {
		if len(c) >= len(word) && c[:len(word)] == word {
			out = append(out, c)
		}
	}
	return out
}

func (m *memory) StoreMasters(ctx context.Context, _ reconcile.RunID, page reconcile.Page) (int, error) {
	if err := m.call(ctx, "StoreMasters %s %s", page.System, page.Object); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	changed := 0
	for _, p := range page.Products {
		changed += put(m, m.products, &page, shelved{page.System, "products", p.ID}, p)
	}
	for _, c := range page.Customers {
		at := shelved{page.System, "customers", c.ID}
		if c.Company {
			at.shelf = "companies"
		}
		changed += put(m, m.customers, &page, at, c)
	}
	for _, r := range page.TaxRates {
		changed += put(m, m.rates, &page, shelved{page.System, "tax_rates", r.ID}, r)
	}
	changed += m.storeUnreadable(&page)
	m.storePull(&page, changed)
	return changed, nil
}

func put[T any](m *memory, in map[shelved]T, page *reconcile.Page, at shelved, record T) int {
	m.sight(page, at, "")
	before, known := in[at]
	if known && reflect.DeepEqual(before, record) {
		return 0
	}
	m.noteMaster(at, before, known)
	in[at] = record
	return 1
}

func (m *memory) StoreInvoices(ctx context.Context, _ reconcile.RunID, page reconcile.Page, filed []reconcile.Filed) (int, error) {
	if err := m.call(ctx, "StoreInvoices %s", page.System); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	changed := 0
	for _, f := range filed {
		m.sight(&page, shelved{page.System, "invoices", f.Invoice.ID}, "")
		if at := m.current(page.System, f.Invoice.ID); at >= 0 {
			before := m.rows[at].filed.Entry
			if mustJSON(m.rows[at].filed.Invoice) == mustJSON(f.Invoice) {
				m.file(at, f.Entry, f.Basis)
				if m.rows[at].filed.Entry != before {
					m.noteEntry(before.System, before.ID, &before)
				}
				continue
			}
			m.noteEntry(before.System, before.ID, &before)
			m.rows[at].current = false
		} else {
			m.noteEntry(page.System, f.Invoice.ID, nil)
		}
		changed++
		m.rows = append(m.rows, row{f, true})
		m.file(len(m.rows)-1, f.Entry, f.Basis)
	}
	changed += m.storeUnreadable(&page)
	m.storePull(&page, changed)
	return changed, nil
}

func (m *memory) file(at int, e reconcile.Entry, basis reconcile.BasisHash) {
	e.Row = int64(at + 1)
	m.rows[at].filed.Entry, m.rows[at].filed.Basis = e, basis
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (m *memory) current(s reconcile.System, id string) int {
	return slices.IndexFunc(m.rows, func(r row) bool {
		return r.current && r.filed.Invoice.System == s && r.filed.Invoice.ID == id
	})
}

func (m *memory) SetCompany(ctx context.Context, c reconcile.Company) error {
	if err := m.call(ctx, "SetCompany %s", c.System); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.companies[c.System] = c
	return nil
}

func (m *memory) Company(ctx context.Context, s reconcile.System) (reconcile.Company, error) {
	if err := m.call(ctx, "Company %s", s); err != nil {
		return reconcile.Company{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c, known := m.companies[s]
	if !known {
		return c, fmt.Errorf("company of %s: %w", s, reconcile.ErrNotFound)
	}
	return c, nil
}

func (m *memory) Masters(ctx context.Context) (reconcile.MasterData, error) {
	if err := m.call(ctx, "Masters"); err != nil {
		return reconcile.MasterData{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data := reconcile.MasterData{Products: sorted(m.products), Customers: sorted(m.customers), TaxRates: sorted(m.rates)}
	for n, s := range reconcile.Systems {
		data.Companies[n] = m.companies[s]
	}
	return data, nil
}

func sorted[T any](in map[shelved]T) []T {
	var out []T
	for _, at := range slices.SortedFunc(maps.Keys(in), func(a, b shelved) int {
		return cmp.Or(cmp.Compare(a.system, b.system), cmp.Compare(a.shelf, b.shelf), cmp.Compare(a.id, b.id))
	}) {
		out = append(out, in[at])
	}
	return out
}

// MastersFor returns more than is asked for, which is allowed.
func (m *memory) MastersFor(ctx context.Context, _ []reconcile.Invoice, _ ...reconcile.Locus) (reconcile.MasterData, error) {
	return m.Masters(ctx)
}

func (m *memory) Unreadable(ctx context.Context) ([]reconcile.Unreadable, error) {
	if err := m.call(ctx, "Unreadable"); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return sorted(m.unreadables), nil
}

func (m *memory) Stale(ctx context.Context, s reconcile.System, basis reconcile.BasisHash) iter.Seq2[reconcile.StaleInvoice, error] {
	stale := m.filed(func(f *reconcile.Filed) bool { return f.Invoice.System == s && f.Basis != basis })
	return func(yield func(reconcile.StaleInvoice, error) bool) {
		for _, f := range stale {
			if err := m.call(ctx, "Stale %s", s); err != nil {
				yield(reconcile.StaleInvoice{}, err)
				return
			}
			if !yield(reconcile.StaleInvoice{Row: f.Entry.Row, Invoice: f.Invoice}, nil) {
				return
			}
		}
	}
}

func (m *memory) Refile(ctx context.Context, _ reconcile.RunID, entries []reconcile.Entry, basis reconcile.BasisHash) error {
	if err := m.call(ctx, "Refile %d", len(entries)); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, e := range entries {
		before := m.rows[e.Row-1].filed.Entry
		m.noteEntry(before.System, before.ID, &before)
		m.file(int(e.Row-1), e, basis)
	}
	return nil
}

// filed returns the current invoices that a condition leaves, by match key and id.
func (m *memory) filed(which func(*reconcile.Filed) bool) []reconcile.Filed {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []reconcile.Filed
	for n := range m.rows {
		if m.rows[n].current && which(&m.rows[n].filed) {
			out = append(out, m.rows[n].filed)
		}
	}
	slices.SortFunc(out, func(a, b reconcile.Filed) int {
		return cmp.Or(cmp.Compare(a.Entry.System, b.Entry.System), cmp.Compare(a.Entry.MatchKey, b.Entry.MatchKey), cmp.Compare(a.Entry.ID, b.Entry.ID))
	})
	return out
}

func (m *memory) Entries(ctx context.Context, s reconcile.System, from string) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		list := m.filed(func(f *reconcile.Filed) bool { return f.Entry.System == s && f.Entry.MatchKey >= from })
		for _, f := range list {
			if err := m.call(ctx, "Entries %s", s); err != nil {
				yield(reconcile.Entry{}, err)
				return
			}
			if !yield(f.Entry, nil) {
				return
			}
		}
	}
}

func (m *memory) Invoices(ctx context.Context, rows []int64) ([]reconcile.Invoice, error) {
	if err := m.call(ctx, "Invoices %d", len(rows)); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make([]reconcile.Invoice, len(rows))
	for n, at := range rows {
		if at < 1 || at > int64(len(m.rows)) {
			return nil, fmt.Errorf("row %d: %w", at, reconcile.ErrNotFound)
		}
		out[n] = m.rows[at-1].filed.Invoice
	}
	return out, nil
}

func (m *memory) InvoicesByNumber(ctx context.Context, number string) ([]reconcile.Filed, error) {
	if err := m.call(ctx, "InvoicesByNumber"); err != nil {
		return nil, err
	}
	return m.filed(func(f *reconcile.Filed) bool { return f.Invoice.Number == number }), nil
}

func (m *memory) InvoiceByID(ctx context.Context, s reconcile.System, id string) (reconcile.Filed, error) {
	if err := m.call(ctx, "InvoiceByID"); err != nil {
		return reconcile.Filed{}, err
	}
	for _, f := range m.filed(func(f *reconcile.Filed) bool { return f.Entry.System == s && f.Invoice.ID == id }) {
		return f, nil
	}
	return reconcile.Filed{}, reconcile.ErrNotFound
}

func (m *memory) EntriesByKey(ctx context.Context, s reconcile.System, matchKey string) ([]reconcile.Entry, error) {
	return m.entries(ctx, "EntriesByKey", func(e *reconcile.Entry) bool { return e.System == s && e.MatchKey == matchKey })
}

func (m *memory) TwinEntries(ctx context.Context, s reconcile.System, twin uint64) ([]reconcile.Entry, error) {
	return m.entries(ctx, "TwinEntries", func(e *reconcile.Entry) bool { return e.System == s && e.Twin == twin && twin != 0 })
}

func (m *memory) entries(ctx context.Context, call string, which func(*reconcile.Entry) bool) ([]reconcile.Entry, error) {
	if err := m.call(ctx, "%s", call); err != nil {
		return nil, err
	}
	var out []reconcile.Entry
	for _, f := range m.filed(func(f *reconcile.Filed) bool { return which(&f.Entry) }) {
		out = append(out, f.Entry)
	}
	return out, nil
}

// The ports that the fakes stand in for.
var (
	_ Mirror    = (*memory)(nil)
	_ Records   = (*memory)(nil)
	_ Changes   = (*memory)(nil)
	_ Hints     = (*memory)(nil)
	_ Findings  = (*ledger)(nil)
	_ Journal   = (*memory)(nil)
	_ Schedules = (*ledger)(nil)
)

// A clock is set by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func (c *clock) add(d time.Duration) { c.set(c.now().Add(d)) }
