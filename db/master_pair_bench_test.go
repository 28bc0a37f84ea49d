package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// BenchmarkPairs times pages of 50 of 20,000 products and of 100,000 customers a side,
// and what is counted of all. One in fifty differs in case, one in a hundred is in one
// system only, one in two hundred has no key or is held twice; one in twenty has a
// finding.
func BenchmarkPairs(b *testing.B) {
	for _, kind := range []struct {
		name    string
		address func(testing.TB) string
	}{{"SQLite", dbtest.SQLite}, {"PostgreSQL", dbtest.Postgres}} {
		repo := as(b, open(b, kind.address(b)))
		run := start(b, repo, reconcile.Run{})
		manyProducts(b, repo, run, 20_000)
		manyCustomers(b, repo, run, 100_000)
		for _, s := range reconcile.Systems {
			_, err := repo.CloseUnsighted(b.Context(), run.ID, run.ID, s, reconcile.ObjectProducts) // looks at the tables
			must(b, err)
		}
		for _, q := range pairQueries() {
			b.Run(kind.name+"/products/"+q.name, func(b *testing.B) {
				for b.Loop() {
					list, err := repo.ProductPairs(b.Context(), q.query)
					if must(b, err); len(list) != q.query.Limit {
						b.Fatalf("%d pairs", len(list))
					}
				}
			})
			b.Run(kind.name+"/customers/"+q.name, func(b *testing.B) {
				q.query.After = strings.Replace(q.query.After, "product/", "customer/", 1)
				for b.Loop() {
					list, err := repo.CustomerPairs(b.Context(), reconcile.EmailExact, q.query)
					if must(b, err); len(list) != q.query.Limit {
						b.Fatalf("%d pairs", len(list))
					}
				}
			})
			b.Run(kind.name+"/products/count "+q.name, func(b *testing.B) {
				for b.Loop() {
					_, err := repo.CountProductPairs(b.Context(), q.query)
					must(b, err)
				}
			})
			b.Run(kind.name+"/customers/count "+q.name, func(b *testing.B) {
				for b.Loop() {
					_, err := repo.CountCustomerPairs(b.Context(), reconcile.EmailExact, q.query)
					must(b, err)
				}
			})
		}
	}
}

type pairQuery struct {
	name  string
	query db.PairQuery
}

func pairQueries() []pairQuery {
	yes, no := true, false
	list := []pairQuery{
		{"all", db.PairQuery{}},
		{"all from the middle", db.PairQuery{After: "key-10000"}},
		{"all backwards from the end", db.PairQuery{Backwards: true}},
		{"without a key", db.PairQuery{Kinds: []reconcile.MatchKind{blank}}},
		{"exact", db.PairQuery{Kinds: []reconcile.MatchKind{exactly}}},
		{"in case", db.PairQuery{Kinds: []reconcile.MatchKind{inCase}}},
		{"in HubSpot only", db.PairQuery{Kinds: []reconcile.MatchKind{noneQB}}},
		{"several", db.PairQuery{Kinds: []reconcile.MatchKind{ambiguous}}},
		{"duplicates", db.PairQuery{Duplicates: &yes}},
		{"that start with a text", db.PairQuery{Keys: []db.KeyTerm{{Op: db.StartsWith, Value: "KEY-15"}}}},
		{"that contain a text", db.PairQuery{Keys: []db.KeyTerm{{Op: db.Contains, Value: "99"}}}},
		{"with findings", db.PairQuery{Findings: &yes}},
		{"without findings", db.PairQuery{Findings: &no}},
	}
	for n := range list {
		list[n].query.Limit = 50
	}
	return list
}

// manyKeys gives records of both systems keys and files them in pages.
func manyKeys(count int, file func(s reconcile.System, from int, keys []string)) {
	const page = 1000
	for _, s := range reconcile.Systems {
		for from := 0; from < count; from += page {
			keys := make([]string, page)
			for i := range keys {
				n := from + i
				switch {
				case n%200 == 199:
				case n%200 == 99:
					keys[i] = fmt.Sprintf("key-%05d", n+1) // held by the next one as well
				case n%100 == 50:
					keys[i] = fmt.Sprintf("key-%05d-%s", n, s)
				case n%50 == 1 && s == reconcile.HubSpot:
					keys[i] = fmt.Sprintf("KEY-%05d", n)
				default:
					keys[i] = fmt.Sprintf("key-%05d", n)
				}
			}
			file(s, from, keys)
		}
	}
}

func manyProducts(b *testing.B, repo *db.Repo, run reconcile.Run, count int) {
	b.Helper()
	manyKeys(count, func(s reconcile.System, from int, keys []string) {
		page := reconcile.Page{System: s, Object: reconcile.ObjectProducts}
		for n, sku := range keys {
			page.Products = append(page.Products, reconcile.Product{
				System: s, ID: fmt.Sprint(from + n), SKU: sku, Name: "A product of usual length", Description: strings.Repeat("It does this and that. ", 8), Active: true, UpdatedAt: day(1),
			})
		}
		_, err := repo.StoreMasters(b.Context(), run.ID, page)
		must(b, err)
	})
	manyFindings(b, repo, run, reconcile.SKUCase, count)
}

func manyCustomers(b *testing.B, repo *db.Repo, run reconcile.Run, count int) {
	b.Helper()
	manyKeys(count, func(s reconcile.System, from int, keys []string) {
		page := reconcile.Page{System: s, Object: reconcile.ObjectCustomers}
		for n, email := range keys {
			page.Customers = append(page.Customers, reconcile.Customer{
				System: s, ID: fmt.Sprint(from + n), Email: email, Name: "A customer of usual length", Active: true, CreatedAt: day(1), UpdatedAt: day(1),
			})
		}
		_, err := repo.StoreMasters(b.Context(), run.ID, page)
		must(b, err)
	})
	manyFindings(b, repo, run, reconcile.EmailCase, count)
}

func manyFindings(b *testing.B, repo *db.Repo, run reconcile.Run, code reconcile.Code, count int) {
	b.Helper()
	var list []reconcile.Finding
	for n := 1; n < count; n += 20 {
		number := fmt.Sprintf("key-%05d", n)
		list = append(list, reconcile.Finding{
			ID: reconcile.Identify(reconcile.DefaultWorkspace, code, number, "key"), Code: code, Severity: reconcile.High, Subject: number, System: reconcile.Both,
			Number: number, RootCause: string(code) + ":" + number, Invoices: 2, Amount: reconcile.Money{Minor: 100, Currency: "USD"},
		})
	}
	_, err := repo.See(b.Context(), run, list)
	must(b, err)
}
