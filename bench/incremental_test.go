package bench

import (
	"context"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

// maxIncremental is what a comparison of 0.1 % changed may take of one of everything.
const maxIncremental = 0.05

// BenchmarkIncremental compares a mirror of TIEOUT_BENCH_INVOICES invoices a side
// (100,000 unless set; make bench-incremental sets a million) as a whole, and then what
// one invoice in a thousand changed, on the same SQLite store. Both say the same of
// every finding: TestNarrowIsWide. What is timed is the step compare of the run.
func BenchmarkIncremental(b *testing.B) {
	n := 100_000
	if given, err := strconv.Atoi(os.Getenv("TIEOUT_BENCH_INVOICES")); err == nil {
		n = given
	}
	for b.Loop() {
		w := openMirror(b, dbtest.SQLite(b), n)
		w.run("load")
		var fulls, narrows, narrowers []time.Duration
		for round := range 5 {
			w.set("retry_attempts", strconv.Itoa(round+1)) // nothing goes by it, but the premises are others: everything is compared
			fulls = append(fulls, w.run("full"))
			w.change(n / 1000)
			narrows = append(narrows, w.run("0.1 % changed"))
			w.change(n / 10000)
			narrowers = append(narrowers, w.run("0.01 % changed"))
		}
		full, narrow, narrower := median(fulls), median(narrows), median(narrowers)
		ratio := narrow.Seconds() / full.Seconds()
		b.ReportMetric(ratio, "ratio")
		fmt.Fprintf(os.Stdout, "bench-incremental ratio %.3f (0.1 %% of %d changed %s, full %s); 0.01 %% %.4f; %.0f µs a changed invoice\n",
			ratio, n, narrow, full, narrower.Seconds()/full.Seconds(), float64(narrow.Microseconds())/float64(n/1000))
		if ratio > maxIncremental {
			b.Errorf("ratio %.3f, want at most %.2f", ratio, maxIncremental)
		}
	}
}

func median(list []time.Duration) time.Duration {
	slices.Sort(list)
	return list[len(list)/2].Round(time.Millisecond)
}

// A mirror is a store that follows two generated systems.
type mirror struct {
	b       *testing.B
	repo    *db.Repo
	systems map[reconcile.System]*generated
	at      time.Time
	edits   int
}

func openMirror(b *testing.B, address string, n int) *mirror {
	b.Helper()
	ctx := b.Context()
	store, err := db.Open(ctx, address)
	if err == nil {
		_, _, err = store.Migrate(ctx)
	}
	if err == nil {
		err = store.EnsureWorkspace(ctx, "bench")
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	w := &mirror{b: b, at: time.Date(2026, 11, 1, 2, 0, 0, 0, time.UTC), systems: map[reconcile.System]*generated{}}
	if w.repo, err = store.As(ctx, "local:bench", "bench"); err != nil {
		b.Fatal(err)
	}
	for _, s := range reconcile.Systems {
		w.systems[s] = &generated{system: s, invoices: n, edited: map[int]int{}}
	}
	w.set("direction", string(reconcile.HubSpotToQuickBooks))
	return w
}

func (w *mirror) now() time.Time { return w.at }

func (w *mirror) set(key, value string) {
	w.b.Helper()
	if _, _, err := w.repo.SetSettings(w.b.Context(), map[string]string{key: value}); err != nil {
		w.b.Fatal(err)
	}
}

// change edits so many invoices, half of them in each system: both halves of pairs in
// the same way, so that as many differ, and are unsynced, as of all.
func (w *mirror) change(count int) {
	w.edits++
	for n := range count / 2 {
		for _, g := range w.systems {
			g.edited[(n*7919+w.edits)%g.invoices], g.round = w.edits, w.edits
		}
	}
}

// run carries out a run a night later and returns what its comparison took.
func (w *mirror) run(name string) time.Duration {
	w.b.Helper()
	w.at = w.at.Add(24 * time.Hour)
	r := batch.Runner{
		Workspace: "bench", Mirror: w.repo, Changes: w.repo, Findings: w.repo, Journal: w.repo, Clock: w.now, Progress: silent{},
		Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
		Sources: map[reconcile.System]connectors.Source{reconcile.HubSpot: w.systems[reconcile.HubSpot], reconcile.QuickBooks: w.systems[reconcile.QuickBooks]},
	}
	began := time.Now()
	var compared time.Duration
	r.Clock = func() time.Time { return w.at.Add(time.Since(began)) }
	run, err := r.Run(w.b.Context(), batch.Order{Actor: "local:bench"})
	if err != nil {
		w.b.Fatal(err)
	}
	steps, err := w.repo.Steps(w.b.Context(), run.ID)
	if err != nil {
		w.b.Fatal(err)
	}
	for _, s := range steps {
		if s.Name == "compare" {
			compared = s.FinishedAt.Sub(s.StartedAt)
			fmt.Fprintf(os.Stdout, "%s: run %s, compare %s of %d groups, %d open, %d opened, %d resolved\n", name,
				time.Since(began).Round(time.Millisecond), compared.Round(time.Millisecond), s.Records, run.Counts.Open, run.Counts.Opened, run.Counts.Resolved)
		}
	}
	return compared
}

type silent struct{}

func (silent) Step(string, int, int) {}
func (silent) Note(string)           {}

// generated is a system of so many invoices, a tenth as many customers and at most
// 20,000 products. Some differ: about 1.4 %.
type generated struct {
	system   reconcile.System
	invoices int
	edited   map[int]int // by which round of edits
	round    int         // the last
}

func (g *generated) System() reconcile.System { return g.system }

func (g *generated) Company(context.Context) (connectors.Identity, error) {
	return connectors.Identity{Company: reconcile.Company{System: g.system, ID: "1", TimeZone: "UTC", Currency: "USD"}, Calls: 1}, nil
}

func (g *generated) size(o reconcile.Object) int {
	switch o {
	case reconcile.ObjectInvoices:
		return g.invoices
	case reconcile.ObjectCustomers:
		return g.invoices / 10
	case reconcile.ObjectProducts:
		return min(g.invoices/5, 20_000)
	}
	return 0
}

func (g *generated) Count(_ context.Context, o reconcile.Object) (claimed, calls int, err error) {
	return g.size(o), 1, nil
}

func (g *generated) Deleted(context.Context, reconcile.Object, time.Time) ([]string, int, error) {
	return nil, 1, nil
}

func (g *generated) Pull(_ context.Context, w connectors.Want) iter.Seq2[reconcile.Page, error] {
	return func(yield func(reconcile.Page, error) bool) {
		var numbers []int
		switch {
		case w.Since.IsZero() || w.Object == reconcile.ObjectTaxRates:
			for n := range g.size(w.Object) {
				numbers = append(numbers, n)
			}
		case w.Object == reconcile.ObjectInvoices:
			for n, round := range g.edited {
				if round == g.round {
					numbers = append(numbers, n)
				}
			}
		}
		for from := 0; from < len(numbers); from += 1000 {
			p := reconcile.Page{System: g.system, Object: w.Object, Calls: 1}
			for _, n := range numbers[from:min(from+1000, len(numbers))] {
				p.Received++
				g.put(&p, n)
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func (g *generated) put(p *reconcile.Page, n int) {
	id := strconv.Itoa(n + 1)
	switch p.Object {
	case reconcile.ObjectProducts:
		p.Products = append(p.Products, reconcile.Product{System: g.system, ID: id, SKU: fmt.Sprintf("PROD-%05d", n), Name: "Product " + id, Active: true})
	case reconcile.ObjectCustomers:
		p.Customers = append(p.Customers, reconcile.Customer{System: g.system, ID: id, Name: "Customer " + id, Email: fmt.Sprintf("billing@customer-%06d.example", n), Active: true})
	case reconcile.ObjectInvoices:
		p.Invoices = append(p.Invoices, g.invoice(n))
	}
}

func (g *generated) invoice(n int) reconcile.Invoice {
	i := reconcile.Invoice{
		System: g.system, ID: strconv.Itoa(n + 1), Number: fmt.Sprintf("INV-%07d", n), Status: reconcile.StatusOpen, Currency: "USD",
		Date: reconcile.DateFromDays(int32(20000 + n%700)), CustomerID: strconv.Itoa(n%g.size(reconcile.ObjectCustomers) + 1),
		CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), UpdatedAt: time.Date(2026, 1, 1, 0, 0, g.edited[n], 0, time.UTC),
	}
	i.DueDate = i.Date.AddDays(30)
	for l := range 3 {
		price := int64(1000 + n%977 + 100*l)
		if l == 0 && g.system == reconcile.QuickBooks && n%97 == 0 {
			price++ // one in a hundred differs
		}
		price += int64(g.edited[n])
		line := reconcile.Line{ProductID: strconv.Itoa((n+l)%g.size(reconcile.ObjectProducts) + 1), Quantity: decimal.MustNew(2, 0), Price: decimal.MustNew(price, 2), Amount: 2 * price}
		i.Lines = append(i.Lines, line)
		i.Total += line.Amount
	}
	if n%251 == 0 && g.system == reconcile.QuickBooks {
		i.Number += "X" // and some are unsynced
	}
	i.Balance = i.Total
	return i
}
