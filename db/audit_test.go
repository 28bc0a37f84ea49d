package db_test

import (
	"testing"

	"github.com/govalues/decimal"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

// TestProductsAt: a run sees the products as it found them, also when later runs
// have changed, removed and added some, and when it changed one twice itself.
func TestProductsAt(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx, hs, qb := t.Context(), reconcile.HubSpot, reconcile.QuickBooks
		page := func(run reconcile.Run, list ...reconcile.Product) {
			t.Helper()
			_, err := repo.StoreMasters(ctx, run.ID, reconcile.Page{System: list[0].System, Object: reconcile.ObjectProducts, Products: list, Pull: &reconcile.Pull{Run: run.ID}})
			must(t, err)
		}
		a := reconcile.Product{System: hs, ID: "1", SKU: "A", Price: decimal.MustParse("1.50"), Active: true}
		b := reconcile.Product{System: hs, ID: "2", SKU: nul, Active: true}
		item := reconcile.Product{System: qb, ID: "1", SKU: "A", Active: true}
		passing, changed, added := a, a, reconcile.Product{System: qb, ID: "9", SKU: "N"}
		passing.SKU, changed.SKU = "never seen at an end", "A2"

		first := start(t, repo, reconcile.Run{})
		page(first, passing, b)
		page(first, a)
		page(first, item)
		miss(t, repo, first, hs, reconcile.ObjectProducts, "2")
		second := nextRun(t, repo, first)
		page(second, changed)
		page(second, item, added)
		closeUnsighted(t, repo, second, hs, reconcile.ObjectProducts)
		third := nextRun(t, repo, second)

		for _, tt := range []struct {
			run  reconcile.RunID
			want []reconcile.Product
		}{
			{first.ID - 1, nil},
			{first.ID, []reconcile.Product{a, b, item}},
			{second.ID, []reconcile.Product{changed, item, added}},
			{third.ID, []reconcile.Product{changed, item, added}},
		} {
			got, err := repo.ProductsAt(ctx, tt.run)
			must(t, err)
			equal(t, got, tt.want)
		}
		must(t, store.EnsureWorkspace(ctx, "other"))
		other, err := store.As(ctx, reconcile.LocalActor("ann"), "other")
		must(t, err)
		got, err := other.ProductsAt(ctx, third.ID)
		must(t, err)
		equal(t, got, nil)
	})
}

// TestInvoicesAt: a run's invoices are streamed as it found them, and a reader may
// stop.
func TestInvoicesAt(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		first := start(t, repo, reconcile.Run{})
		a, b, q := anInvoice(reconcile.HubSpot, "1", "A"), anInvoice(reconcile.HubSpot, "2", "B"), anInvoice(reconcile.QuickBooks, "1", "A")
		storeInvoices(t, repo, first, a, b)
		storeInvoices(t, repo, first, q)
		second := nextRun(t, repo, first)
		changed := a
		changed.Invoice.Total = 99
		storeInvoices(t, repo, second, changed)
		read := func(run reconcile.RunID, most int) []reconcile.Invoice {
			t.Helper()
			var list []reconcile.Invoice
			for i, err := range repo.InvoicesAt(ctx, run) {
				must(t, err)
				if list = append(list, i); len(list) == most {
					break
				}
			}
			return list
		}
		equal(t, read(first.ID, 0), []reconcile.Invoice{a.Invoice, b.Invoice, q.Invoice})
		equal(t, read(second.ID, 0), []reconcile.Invoice{b.Invoice, q.Invoice, changed.Invoice})
		equal(t, read(second.ID, 1), []reconcile.Invoice{b.Invoice})
		for range 20 { // no connection is left behind
			read(second.ID, 1)
		}
	})
}

// TestReportFileBefore: the newest file of the kind, of an earlier run, that was made.
func TestReportFileBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		save := func(kind string, run reconcile.RunID, problem string) reconcile.ReportFile {
			t.Helper()
			f, err := repo.SaveReportFile(ctx, reconcile.ReportFile{Kind: kind, Name: "x", Path: "/x", Run: run, Problem: problem, CreatedAt: day(1)})
			must(t, err)
			return f
		}
		save("sku", 2, "")
		again := save("sku", 2, "")
		save("sku", 1, "")
		save("sku", 3, "the disk is full")
		save("mismatches", 3, "")
		last := save("sku", 5, "")
		for _, tt := range []struct {
			before reconcile.RunID
			want   string
		}{{3, again.ID}, {5, again.ID}, {6, last.ID}} {
			got, err := repo.ReportFileBefore(ctx, "sku", tt.before)
			must(t, err)
			if got.ID != tt.want {
				t.Errorf("before run %d: file %s, want %s", tt.before, got.ID, tt.want)
			}
		}
		_, err := repo.ReportFileBefore(ctx, "sku", 1)
		wantErr(t, err, reconcile.ErrNotFound)
	})
}
