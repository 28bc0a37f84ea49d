package db_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/govalues/decimal"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

const nul = "N\x00U\x01L 'quoted' \\ \"é\" ?0 $1"

// masterPage is a page with everything that masters can be.
func masterPage() reconcile.Page {
	hs := reconcile.HubSpot
	return reconcile.Page{System: hs, Object: reconcile.ObjectCustomers,
		Products: []reconcile.Product{
			{System: hs, ID: "p1", SKU: "PROD-001", Name: nul, Price: decimal.MustParse("12.500"), Active: true, UpdatedAt: day(1)},
			{System: hs, ID: "p2", SKU: nul, Active: true},
			{System: hs, ID: "p3", Active: true},
		},
		Customers: []reconcile.Customer{
			{System: hs, ID: "c1", Email: "ann@example.com", Name: nul, Active: true, CreatedAt: day(1)},
			{System: hs, ID: "c1", Company: true, Name: "a company with the id of a contact", Active: true},
		},
		TaxRates: []reconcile.TaxRate{{System: hs, ID: "t1", Name: nul, Percent: decimal.MustParse("6.25"), Active: true}},
		Unreadable: []reconcile.Unreadable{
			{System: hs, Object: "contacts", ID: "c9", Field: "email", Problem: nul, Raw: []byte("\x00\xff{")},
			{System: hs, Object: "contacts", ID: "c9", Field: strings.Repeat("long", 2000), Problem: "no", Raw: nil},
		},
	}
}

func TestMasters(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run, page := start(t, repo, reconcile.Run{}), masterPage()
		n, err := repo.StoreMasters(ctx, run.ID, page)
		if must(t, err); n != 8 {
			t.Errorf("stored %d new records, want 8", n)
		}
		n, err = repo.StoreMasters(ctx, run.ID, page)
		if must(t, err); n != 0 {
			t.Errorf("stored %d changed records the second time, want none", n)
		}
		m, err := repo.Masters(ctx)
		must(t, err)
		equal(t, m.Products, page.Products)
		equal(t, m.Customers, page.Customers)
		equal(t, m.TaxRates, page.TaxRates)
		unreadable, err := repo.Unreadable(ctx)
		must(t, err)
		equal(t, unreadable, page.Unreadable)

		page.Products[0].Name, page.Customers[1].Name, page.Unreadable[0].Raw = "renamed", "renamed", []byte("{")
		n, err = repo.StoreMasters(ctx, run.ID, page)
		if must(t, err); n != 3 {
			t.Errorf("stored %d changed records, want 3", n)
		}
		m, err = repo.Masters(ctx)
		must(t, err)
		equal(t, m.Products, page.Products)
		equal(t, m.Customers, page.Customers)
	})
}

func TestCloseUnsighted(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		first, page := start(t, repo, reconcile.Run{}), masterPage()
		page.Pull = &reconcile.Pull{Run: first.ID}
		_, err := repo.StoreMasters(ctx, first.ID, page)
		must(t, err)
		miss(t, repo, first, reconcile.HubSpot, reconcile.ObjectProducts, "p2", "p3")
		second := nextRun(t, repo, first)
		page.Pull = &reconcile.Pull{Run: second.ID}
		page.Products, page.Unreadable = page.Products[:1], page.Unreadable[:1] // the other value of c9 can be read now
		_, err = repo.StoreMasters(ctx, second.ID, page)
		must(t, err)
		for _, tt := range []struct {
			object reconcile.Object
			closed int
		}{{reconcile.ObjectProducts, 2}, {reconcile.ObjectProducts, 0}, {reconcile.ObjectCustomers, 0}, {reconcile.ObjectCompanies, 0}, {reconcile.ObjectTaxRates, 0}} {
			if gone := closeUnsighted(t, repo, second, reconcile.HubSpot, tt.object); gone != (reconcile.Gone{Deleted: tt.closed}) {
				t.Errorf("%s: %+v, want %d deleted", tt.object, gone, tt.closed)
			}
		}
		_, err = repo.CloseUnsighted(ctx, second.ID, second.ID, reconcile.QuickBooks, reconcile.ObjectCompanies)
		wantText(t, err, "companies")
		m, err := repo.Masters(ctx)
		must(t, err)
		equal(t, m.Products, page.Products)
		equal(t, m.Customers, page.Customers)
		unreadable, err := repo.Unreadable(ctx)
		must(t, err)
		equal(t, unreadable, page.Unreadable)

		// What was closed is history, and may come back.
		versions, err := store.Raw().NewSelect().Table("products").Where("from_run = ? AND to_run = ?", first.ID, second.ID).Count(ctx)
		if must(t, err); versions != 2 {
			t.Errorf("%d products lived from run %d to %d, want 2", versions, first.ID, second.ID)
		}
		page.Products = masterPage().Products
		n, err := repo.StoreMasters(ctx, second.ID, page)
		if must(t, err); n != 2 {
			t.Errorf("%d products came back, want 2", n)
		}
	})
}

func TestCompany(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		_, err := repo.Company(ctx, reconcile.HubSpot)
		wantErr(t, err, reconcile.ErrNotFound)
		hs := reconcile.Company{System: reconcile.HubSpot, ID: "4711", Name: nul, TimeZone: "Europe/Berlin", Currency: "EUR"}
		must(t, repo.SetCompany(ctx, hs))
		hs.Currency = "USD"
		must(t, repo.SetCompany(ctx, hs))
		got, err := repo.Company(ctx, reconcile.HubSpot)
		must(t, err)
		equal(t, got, hs)
		m, err := repo.Masters(ctx)
		must(t, err)
		equal(t, m.Companies, [2]reconcile.Company{hs, {}})

		must(t, store.EnsureWorkspace(ctx, "other"))
		other, err := store.As(t.Context(), reconcile.ActorSchedule, "other")
		must(t, err)
		wantText(t, other.SetCompany(ctx, hs), "4711", `workspace "default"`)
		if err := repo.SetCompany(ctx, reconcile.Company{System: reconcile.Both}); err == nil {
			t.Error("a company of both systems was stored")
		}
	})
}

// MastersFor brings what the lines and customers of an invoice point at, and what
// of both systems nearly matches it.
func TestMastersFor(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		hs, qb := reconcile.HubSpot, reconcile.QuickBooks
		_, err := repo.StoreMasters(ctx, run.ID, reconcile.Page{System: hs, Object: reconcile.ObjectProducts,
			Products: []reconcile.Product{{System: hs, ID: "1", SKU: "A-1"}, {System: hs, ID: "2", SKU: "other"}, {System: hs, ID: "3"}, {System: hs, ID: "4", SKU: "a-1 "}},
			Customers: []reconcile.Customer{
				{System: hs, ID: "1", Email: "Ann@Example.com"}, {System: hs, ID: "1", Company: true}, {System: hs, ID: "2", Email: "bob@example.com"}},
			TaxRates: []reconcile.TaxRate{{System: hs, ID: "1"}}})
		must(t, err)
		_, err = repo.StoreMasters(ctx, run.ID, reconcile.Page{System: qb, Object: reconcile.ObjectProducts,
			Products:  []reconcile.Product{{System: qb, ID: "1", SKU: "a-1"}, {System: qb, ID: "2", SKU: "A\u00a0-1"}, {System: qb, ID: "3", SKU: "own"}, {System: qb, ID: "4"}},
			Customers: []reconcile.Customer{{System: qb, ID: "7", Email: "ann@example.com"}, {System: qb, ID: "8"}},
			TaxRates:  []reconcile.TaxRate{{System: qb, ID: "NON"}}})
		must(t, err)
		m, err := repo.MastersFor(ctx, []reconcile.Invoice{{System: hs, CustomerID: "1", Lines: []reconcile.Line{{ProductID: "1"}, {SKU: " OWN"}, {ProductID: "gone"}, {SKU: " "}}}})
		must(t, err)
		var names []string
		for _, p := range m.Products {
			names = append(names, string(p.System)+" "+p.ID)
		}
		for _, c := range m.Customers {
			names = append(names, string(c.System)+" customer "+c.ID)
		}
		equal(t, names, []string{"hubspot 1", "hubspot 4", "quickbooks 1", "quickbooks 2", "quickbooks 3", "hubspot customer 1", "quickbooks customer 7"})
		if len(m.TaxRates) != 2 || slices.ContainsFunc(m.Customers, func(c reconcile.Customer) bool { return c.Company }) {
			t.Errorf("got tax rates %v, customers %v", m.TaxRates, m.Customers)
		}
		m, err = repo.MastersFor(ctx, []reconcile.Invoice{{System: hs, CustomerID: "1", OnCompany: true}})
		must(t, err)
		equal(t, m.Customers, []reconcile.Customer{{System: hs, ID: "1", Company: true}})
	})
}
