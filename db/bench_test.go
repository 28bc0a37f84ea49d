package db_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// BenchmarkMirror times what a run does with the invoices of one system: load
// them, sight them again, stream their entries, file them under another basis.
// Each reports invoices a second.
func BenchmarkMirror(b *testing.B) {
	for _, kind := range []struct {
		name    string
		address func(testing.TB) string
	}{{"SQLite", dbtest.SQLite}, {"PostgreSQL", dbtest.Postgres}} {
		b.Run(kind.name, func(b *testing.B) {
			for b.Loop() {
				benchmarkMirror(b, kind.address(b))
			}
		})
	}
}

func benchmarkMirror(b *testing.B, address string) {
	const n, page = 100_000, 1000
	repo := as(b, open(b, address))
	run := start(b, repo, reconcile.Run{})
	timed(b, "load/s", n, func() {
		for from := 0; from < n; from += page {
			storeInvoices(b, repo, run, manyInvoices(from, page, 1)...)
		}
	})
	timed(b, "sight/s", n, func() {
		for from := 0; from < n; from += page {
			storeInvoices(b, repo, run, manyInvoices(from, page, 1)...)
		}
	})
	timed(b, "entries/s", n, func() {
		for _, err := range repo.Entries(b.Context(), reconcile.HubSpot, "") {
			must(b, err)
		}
	})
	timed(b, "refile/s", n, func() {
		must(b, refileAll(b, repo, run, reconcile.BasisHash{2}))
	})
}

func timed(b *testing.B, unit string, n int, work func()) {
	began := time.Now()
	work()
	b.ReportMetric(float64(n)/time.Since(began).Seconds(), unit)
}

// manyInvoices makes invoices as large as usual ones, with three lines.
func manyInvoices(from, n int, basis byte) []reconcile.Filed {
	filed := make([]reconcile.Filed, n)
	for i := range filed {
		id := from + i
		f := anInvoice(reconcile.HubSpot, fmt.Sprint(10_000_000+id*7919%1_000_003), fmt.Sprintf("INV-%07d", id))
		for len(f.Invoice.Lines) < 3 {
			f.Invoice.Lines = append(f.Invoice.Lines, f.Invoice.Lines[0])
		}
		f.Entry.Twin, f.Basis = uint64(id+1)*0x9E3779B97F4A7C15, reconcile.BasisHash{basis}
		filed[i] = f
	}
	return filed
}

// refileAll files all stale HubSpot invoices under a basis while they are read.
func refileAll(tb testing.TB, repo *db.Repo, run reconcile.Run, basis reconcile.BasisHash) error {
	var batch []reconcile.Entry
	flush := func() error {
		err := repo.Refile(tb.Context(), run.ID, batch, basis)
		batch = batch[:0]
		return err
	}
	for stale, err := range repo.Stale(tb.Context(), reconcile.HubSpot, basis) {
		if err != nil {
			return err
		}
		batch = append(batch, entryOf(stale.Row, stale.Invoice))
		if len(batch) == 1000 {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
