package batch

import (
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// start is when the first run of a world begins.
var start = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)

// A world is two vendor systems, a store and a clock.
type world struct {
	hs, qb *source
	store  *memory
	clock  *clock
	heard  *progress
}

// newWorld makes two systems with the same two products and customers.
func newWorld() *world {
	c := &clock{at: start}
	w := &world{clock: c, store: newMemory(c.now), heard: &progress{}}
	w.hs = &source{
		company:   reconcile.Company{System: reconcile.HubSpot, ID: "62515", Currency: "USD", TimeZone: "UTC"},
		rates:     []reconcile.TaxRate{{System: reconcile.HubSpot, ID: "7", Name: "VAT", Active: true}},
		products:  []reconcile.Product{product(reconcile.HubSpot, "1", "A"), product(reconcile.HubSpot, "2", "B")},
		customers: []reconcile.Customer{customer(reconcile.HubSpot, "1", "ann@example.com"), customer(reconcile.HubSpot, "2", "bob@example.com")},
	}
	w.qb = &source{
		company:   reconcile.Company{System: reconcile.QuickBooks, ID: "9130", Currency: "USD", TimeZone: "UTC"},
		products:  []reconcile.Product{product(reconcile.QuickBooks, "1", "A"), product(reconcile.QuickBooks, "2", "B")},
		customers: []reconcile.Customer{customer(reconcile.QuickBooks, "1", "ann@example.com"), customer(reconcile.QuickBooks, "2", "bob@example.com")},
	}
	for _, s := range []*source{w.hs, w.qb} {
		s.hook, s.more, s.breaks = &w.store.hook, map[reconcile.Object]int{}, map[reconcile.Object]breakdown{}
		s.now = func() time.Time { return w.store.now() }
	}
	w.store.set("direction", string(reconcile.HubSpotToQuickBooks))
	return w
}

func product(s reconcile.System, id, sku string) reconcile.Product {
	return reconcile.Product{System: s, ID: id, SKU: sku, Name: "Product " + id, Active: true}
}

func customer(s reconcile.System, id, email string) reconcile.Customer {
	return reconcile.Customer{System: s, ID: id, Name: "Customer " + id, Email: email, Active: true}
}

// bill adds an invoice over one A to a system, changed by edits. The customer is
// the first. Different numbers have dates so far apart that nothing looks twice.
func (s *source) bill(id, number string, edits ...func(*reconcile.Invoice)) {
	i := reconcile.Invoice{
		System: s.company.System, ID: id, Number: number, Status: reconcile.StatusOpen, Date: date("2026-10-01"), DueDate: date("2026-10-31"), Currency: "USD",
		CustomerID: "1", Lines: []reconcile.Line{{ProductID: "1", Quantity: dec("1")}}, CreatedAt: start.AddDate(0, -1, 0),
	}
	priced("100")(&i)
	if n, err := strconv.Atoi(number); err == nil {
		i.Date = date("2026-01-01").AddDays((n % 1000) * 8)
	}
	for _, edit := range edits {
		edit(&i)
	}
	s.invoices = append(s.invoices, i)
}

// priced sets the price of the line and the amounts that follow from it.
func priced(price string) func(*reconcile.Invoice) {
	return func(i *reconcile.Invoice) {
		m, _, err := reconcile.RoundHalfUp(dec(price), i.Currency)
		if err != nil {
			panic(err)
		}
		i.Lines = slices.Clone(i.Lines)
		i.Lines[0].Price, i.Lines[0].Amount, i.Total, i.Balance = dec(price), m.Minor, m.Minor, m.Minor
	}
}

func status(s reconcile.Status) func(*reconcile.Invoice) {
	return func(i *reconcile.Invoice) { i.Status = s }
}

func dated(day string) func(*reconcile.Invoice) {
	return func(i *reconcile.Invoice) { i.Date = date(day) }
}

func created(at time.Time) func(*reconcile.Invoice) {
	return func(i *reconcile.Invoice) { i.CreatedAt = at }
}

func of(customer string) func(*reconcile.Invoice) {
	return func(i *reconcile.Invoice) { i.CustomerID = customer }
}

// both adds an invoice to both systems, with the id in HubSpot and 1000 more in
// QuickBooks.
func (w *world) both(id int, number string, edits ...func(*reconcile.Invoice)) {
	w.hs.bill(fmt.Sprint(id), number, edits...)
	w.qb.bill(fmt.Sprint(id+1000), number, edits...)
}

// mixed adds a pair that agrees, one that does not, and an invoice on either side.
func (w *world) mixed() {
	w.both(1, "1001")
	w.hs.bill("2", "1002")
	w.qb.bill("1002", "1002", priced("90"))
	w.hs.bill("3", "1003", priced("300"))
	w.qb.bill("1004", "1004", priced("400"))
}

// edit changes an invoice of a system.
func (s *source) edit(id string, edits ...func(*reconcile.Invoice)) {
	at := slices.IndexFunc(s.invoices, func(i reconcile.Invoice) bool { return i.ID == id })
	for _, edit := range edits {
		edit(&s.invoices[at])
	}
}

func (s *source) drop(id string) {
	s.invoices = slices.DeleteFunc(s.invoices, func(i reconcile.Invoice) bool { return i.ID == id })
}

func (w *world) runner() *Runner {
	return &Runner{
		Workspace: "test", Sources: map[reconcile.System]connectors.Source{reconcile.HubSpot: w.hs, reconcile.QuickBooks: w.qb},
		Mirror: w.store, Changes: w.store, Findings: w.store, Journal: w.store, Hints: w.store, Clock: w.store.now, Progress: w.heard, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// byHand is the order of a run by hand.
var byHand = Order{Actor: "local:ann"}

// run carries out a run that has to end without an error, an hour after the last.
func (w *world) run(t testing.TB) *journaled {
	t.Helper()
	w.clock.add(time.Hour)
	run, err := w.runner().Run(t.Context(), byHand)
	if err != nil {
		t.Fatalf("run: %v", err)
	}
	return w.stored(t, run)
}

// stored returns what the journal has of a run; it must be what the runner
// returned, with all steps ended.
func (w *world) stored(t testing.TB, run reconcile.Run) *journaled {
	t.Helper()
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	r := w.store.run(run.ID)
	if r.Run != run {
		t.Errorf("stored run %+v\nreturned %+v", r.Run, run)
	}
	for _, s := range r.steps {
		if s.State == reconcile.StepRunning || s.FinishedAt.IsZero() {
			t.Errorf("the run has ended %s, its step has not: %+v", r.State, s)
		}
	}
	return r
}

// progress remembers what it hears.
type progress struct {
	mu    sync.Mutex
	steps map[string][2]int
	notes []string
}

func (p *progress) Step(name string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.steps == nil {
		p.steps = map[string][2]int{}
	}
	p.steps[name] = [2]int{done, total}
}

func (p *progress) Note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.notes = append(p.notes, text)
}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

func date(s string) reconcile.Date {
	d, err := reconcile.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// same compares lists.
func same[T comparable](t testing.TB, what string, got []T, want ...T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v\nwant %v", what, got, want)
	}
}
