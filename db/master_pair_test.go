package db_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

const (
	exactly   = reconcile.KindExact
	inCase    = reconcile.KindCase
	inSpace   = reconcile.KindSpace
	ambiguous = reconcile.KindAmbiguous
	noneHS    = reconcile.KindNoneHubSpot
	noneQB    = reconcile.KindNoneQuickBooks
	blank     = reconcile.KindBlank
)

var longSKU = strings.Repeat("long ", 200)

// catalogues files products of every kind, as system, id, SKU, and activity.
func catalogues(tb testing.TB, repo *db.Repo, run reconcile.Run) {
	tb.Helper()
	hs, qb := reconcile.HubSpot, reconcile.QuickBooks
	pages := map[reconcile.System][]reconcile.Product{}
	add := func(s reconcile.System, id, sku string, active bool) {
		pages[s] = append(pages[s], reconcile.Product{System: s, ID: id, SKU: sku, Name: "n" + id, Active: active})
	}
	add(hs, "1", "A-1", true)
	add(qb, "1", "A-1", true)
	add(hs, "2", "B-2", true)
	add(qb, "2", "b-2", true)
	add(hs, "3", "C 3", true)
	add(qb, "3", "C3", true)
	add(hs, "4", "D-4", true)
	add(hs, "40", "d-4", true)
	add(qb, "4", "D-4", true)
	add(qb, "5", "E-5", true)
	add(qb, "50", "E-5", true) // a duplicate that is in one system only
	add(hs, "6", "F-6", true)
	add(hs, "7", "G-7", true)
	add(qb, "7", "G-7", false)
	add(qb, "70", "g-7", false) // of inactive ones all count
	add(hs, "8", "", true)
	add(hs, "80", " \t", false)
	add(qb, "8", "\u00a0", true)
	add(hs, "9", nul, true)
	add(qb, "9", longSKU, true)
	add(hs, "90", longSKU+"x", true)
	for s, list := range pages {
		_, err := repo.StoreMasters(tb.Context(), run.ID, reconcile.Page{System: s, Object: reconcile.ObjectProducts, Products: list})
		must(tb, err)
	}
	skuFinding := func(code reconcile.Code, subject, number string, invoices int, minor int64, currency string) reconcile.Finding {
		return reconcile.Finding{
			ID: reconcile.Identify(reconcile.DefaultWorkspace, code, subject, "sku"), Code: code, Severity: reconcile.High, Subject: subject, System: hs,
			Record: "r", Number: number, Field: "sku", RootCause: string(code), Invoices: invoices, Amount: reconcile.Money{Minor: minor, Currency: currency},
		}
	}
	_, err := repo.See(tb.Context(), run, []reconcile.Finding{
		skuFinding(reconcile.SKUCase, "sku/B", "B -2", 2, 300, "USD"), // no product is written like that
		skuFinding(reconcile.SKUDuplicate, "sku/b", "b-2", 1, 70, "EUR"),
		skuFinding(reconcile.SKUNotFound, "sku/E", "E-5", 0, 0, ""),
		skuFinding(reconcile.SKUNotFound, "sku/L", longSKU+"x", 4, 400, "USD"),
		skuFinding(reconcile.SKUMissing, "product/hubspot/8", "", 5, 500, "USD"),
		skuFinding(reconcile.EmailNotFound, "customer/hubspot/1", "a-1", 1, 1, "USD"), // about no product
	})
	must(tb, err)
}

// shown lists pairs by name and kind.
func shown[T any](pairs []reconcile.MasterPair[T]) string {
	var list []string
	for _, p := range pairs {
		name := strings.NewReplacer(strings.TrimSpace(strings.ReplaceAll(longSKU, " ", "")), "long", reconcile.NearKey(nul), "NUL").Replace(p.Name)
		list = append(list, name+" "+string(p.Kind))
	}
	return strings.Join(list, ", ")
}

const (
	keyedPairs = "a-1 EXACT, b-2 CASE, c3 SPACE, d-4 AMBIGUOUS, e-5 NONE_HS, f-6 NONE_QBO, g-7 AMBIGUOUS, long NONE_HS, longx NONE_QBO, NUL NONE_QBO"
	blankPairs = " product/hubspot/8 BLANK,  product/hubspot/80 BLANK,  product/quickbooks/8 BLANK"
	allPairs   = keyedPairs + ", " + blankPairs
)

// TestProductPairs asks for the pairs of a small catalogue in every way, page by page
// in both directions, and counts them.
func TestProductPairs(t *testing.T) {
	yes, no := true, false
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		catalogues(t, repo, start(t, repo, reconcile.Run{}))
		must(t, store.EnsureWorkspace(t.Context(), "other"))
		other, err := store.As(t.Context(), reconcile.ActorSchedule, "other")
		must(t, err)
		for _, tt := range []struct {
			query db.PairQuery
			want  string
		}{
			{db.PairQuery{}, allPairs},
			{db.PairQuery{Kinds: []reconcile.MatchKind{exactly}}, "a-1 EXACT"},
			{db.PairQuery{Kinds: []reconcile.MatchKind{inCase, inSpace}}, "b-2 CASE, c3 SPACE"},
			{db.PairQuery{Kinds: []reconcile.MatchKind{inSpace}}, "c3 SPACE"},
			{db.PairQuery{Kinds: []reconcile.MatchKind{ambiguous}}, "d-4 AMBIGUOUS, g-7 AMBIGUOUS"},
			{db.PairQuery{Kinds: []reconcile.MatchKind{noneHS}}, "e-5 NONE_HS, long NONE_HS"},
			{db.PairQuery{Kinds: []reconcile.MatchKind{noneQB}}, "f-6 NONE_QBO, longx NONE_QBO, NUL NONE_QBO"},
			{db.PairQuery{Kinds: []reconcile.MatchKind{blank}}, blankPairs},
			{db.PairQuery{Kinds: []reconcile.MatchKind{blank, inCase}}, "b-2 CASE, " + blankPairs},
			{db.PairQuery{Kinds: []reconcile.MatchKind{}}, ""},
			{db.PairQuery{Keys: []db.KeyTerm{{db.Eq, "C 3"}}}, "c3 SPACE"},
			{db.PairQuery{Keys: []db.KeyTerm{{db.Eq, longSKU}}}, "long NONE_HS"},
			{db.PairQuery{Keys: []db.KeyTerm{{db.Contains, "-"}, {db.StartsWith, "B"}}}, "b-2 CASE"},
			{db.PairQuery{Keys: []db.KeyTerm{{db.Contains, " - "}}}, "a-1 EXACT, b-2 CASE, d-4 AMBIGUOUS, e-5 NONE_HS, f-6 NONE_QBO, g-7 AMBIGUOUS"},
			{db.PairQuery{Keys: []db.KeyTerm{{db.StartsWith, "LONG"}}}, "long NONE_HS, longx NONE_QBO"},
			{db.PairQuery{Keys: []db.KeyTerm{{db.StartsWith, nul}}}, "NUL NONE_QBO"},
			{db.PairQuery{Keys: []db.KeyTerm{{db.Contains, "%"}}}, ""},
			{db.PairQuery{Findings: &yes}, "b-2 CASE, e-5 NONE_HS, longx NONE_QBO,  product/hubspot/8 BLANK"},
			{db.PairQuery{Findings: &yes, Kinds: []reconcile.MatchKind{blank, noneHS}}, "e-5 NONE_HS,  product/hubspot/8 BLANK"},
			{db.PairQuery{Findings: &no, Kinds: []reconcile.MatchKind{blank, inCase, exactly}}, "a-1 EXACT,  product/hubspot/80 BLANK,  product/quickbooks/8 BLANK"},
			{db.PairQuery{Duplicates: &yes}, "d-4 AMBIGUOUS, e-5 NONE_HS"},
			{db.PairQuery{Duplicates: &no, Kinds: []reconcile.MatchKind{ambiguous, noneHS, blank}}, "g-7 AMBIGUOUS, long NONE_HS, " + blankPairs},
		} {
			list, err := repo.ProductPairs(t.Context(), tt.query)
			must(t, err)
			if got := shown(list); got != tt.want {
				t.Errorf("%+v:\n got %s\nwant %s", tt.query, got, tt.want)
			}
			if n, err := repo.CountProductPairs(t.Context(), tt.query); err != nil || n != len(list) {
				t.Errorf("%+v: %d counted, %v; want %d", tt.query, n, err, len(list))
			}
			for _, size := range []int{1, 3} {
				tt.query.Limit = size
				if got := shown(paged(t, repo, tt.query)); got != tt.want {
					t.Errorf("%+v, pages of %d:\n got %s\nwant %s", tt.query, size, got, tt.want)
				}
				tt.query.Backwards = true
				back := paged(t, repo, tt.query)
				slices.Reverse(back)
				if got := shown(back); got != tt.want {
					t.Errorf("%+v, pages of %d backwards:\n got %s\nwant %s", tt.query, size, got, tt.want)
				}
				tt.query.Backwards = false
			}
			if list, err := other.ProductPairs(t.Context(), tt.query); err != nil || len(list) > 0 {
				t.Errorf("another workspace has %s, %v", shown(list), err)
			}
		}
	})
}

// paged walks a list by its pages.
func paged(tb testing.TB, repo *db.Repo, q db.PairQuery) []reconcile.ProductPair {
	tb.Helper()
	var all []reconcile.ProductPair
	for {
		page, err := repo.ProductPairs(tb.Context(), q)
		must(tb, err)
		if len(page) > q.Limit {
			tb.Fatalf("%d pairs on a page of %d", len(page), q.Limit)
		}
		if all = append(all, page...); len(page) < q.Limit {
			return all
		}
		q.After = page[len(page)-1].Name
	}
}

// TestProductPairByName: every pair is found by its name; a product that has got a
// SKU is no longer under its own name.
func TestProductPairByName(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		catalogues(t, repo, run)
		list, err := repo.ProductPairs(t.Context(), db.PairQuery{})
		must(t, err)
		for _, want := range list {
			got, err := repo.ProductPair(t.Context(), want.Name)
			must(t, err)
			equal(t, got, want)
		}
		for _, name := range []string{"", " ", "A-1", "none", " product", " product/hubspot/1", " product/hubspot/99", " product/nowhere/8"} {
			_, err := repo.ProductPair(t.Context(), name)
			wantErr(t, err, reconcile.ErrNotFound)
		}
		p, err := repo.ProductByID(t.Context(), reconcile.HubSpot, "9")
		if must(t, err); p.SKU != nul {
			t.Errorf("product 9 is %+v", p)
		}
		_, err = repo.ProductByID(t.Context(), reconcile.QuickBooks, "80")
		wantErr(t, err, reconcile.ErrNotFound)
	})
}

// TestPairFindings: findings are those of the pair's key, whatever way their SKU is
// written; resolved ones are none.
func TestPairFindings(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx, run := t.Context(), start(t, repo, reconcile.Run{})
		catalogues(t, repo, run)
		long := reconcile.NearKey(longSKU) + "x"
		names := []string{"a-1", "b-2", "e-5", "g-7", long, " product/hubspot/8"}
		found, err := repo.FindingsOnPairs(ctx, reconcile.FamilySKU, names)
		must(t, err)
		var got []string
		for _, name := range names {
			for _, f := range found[name] {
				got = append(got, fmt.Sprintf("%.20s %s", name, f.Code))
			}
		}
		equal(t, got, []string{"b-2 SKU_CASE", "b-2 SKU_DUPLICATE", "e-5 SKU_NOT_FOUND", "longlonglonglonglong SKU_NOT_FOUND", " product/hubspot/8 SKU_MISSING"})
		tallies, err := repo.TallyPairs(ctx, reconcile.FamilySKU, names)
		must(t, err)
		equal(t, tallies, map[string]reconcile.PairTally{
			"b-2":                {Findings: 2, Invoices: 3, Amounts: []reconcile.Money{{Minor: 70, Currency: "EUR"}, {Minor: 300, Currency: "USD"}}},
			"e-5":                {Findings: 1},
			long:                 {Findings: 1, Invoices: 4, Amounts: []reconcile.Money{{Minor: 400, Currency: "USD"}}},
			" product/hubspot/8": {Findings: 1, Invoices: 5, Amounts: []reconcile.Money{{Minor: 500, Currency: "USD"}}},
		})
		run = nextRun(t, repo, run)
		_, err = repo.Unseen(ctx, run, reconcile.Proof{Complete: true})
		must(t, err)
		if found, err = repo.FindingsOnPairs(ctx, reconcile.FamilySKU, names); err != nil || len(found) > 0 {
			t.Errorf("all are resolved: %v, %v", found, err)
		}
		yes := true
		if list, err := repo.ProductPairs(ctx, db.PairQuery{Findings: &yes}); err != nil || len(list) > 0 {
			t.Errorf("pairs with findings: %s, %v", shown(list), err)
		}
	})
}

// TestCustomerPairs: e-mails match as the setting says; contacts and companies with
// the same id are apart.
func TestCustomerPairs(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		customer := func(s reconcile.System, id, email string) reconcile.Customer {
			return reconcile.Customer{System: s, ID: id, Email: email, Active: true}
		}
		firm := customer(reconcile.HubSpot, "1", "")
		firm.Company = true
		for s, list := range map[reconcile.System][]reconcile.Customer{
			reconcile.HubSpot: {
				customer(reconcile.HubSpot, "1", ""), firm, customer(reconcile.HubSpot, "2", "a@x.io"), customer(reconcile.HubSpot, "3", "B@x.io"),
				customer(reconcile.HubSpot, "4", "c@x.io"), customer(reconcile.HubSpot, "5", "d d@x.io"),
			},
			reconcile.QuickBooks: {
				customer(reconcile.QuickBooks, "1", "a@x.io"), customer(reconcile.QuickBooks, "2", "b@x.io "), customer(reconcile.QuickBooks, "3", "c@x.io"),
				customer(reconcile.QuickBooks, "4", "C@x.io"), customer(reconcile.QuickBooks, "5", "dd@x.io"), // a blank within is another address
			},
		} {
			_, err := repo.StoreMasters(t.Context(), run.ID, reconcile.Page{System: s, Object: reconcile.ObjectCustomers, Customers: list})
			must(t, err)
		}
		const rest = "d d@x.io NONE_QBO, dd@x.io NONE_HS,  company/hubspot/1 BLANK,  customer/hubspot/1 BLANK"
		for match, want := range map[reconcile.EmailMatch]string{
			reconcile.EmailExact:      "a@x.io EXACT, b@x.io SPACE, c@x.io AMBIGUOUS, " + rest,
			reconcile.EmailNormalized: "a@x.io EXACT, b@x.io EXACT, c@x.io AMBIGUOUS, " + rest,
		} {
			list, err := repo.CustomerPairs(t.Context(), match, db.PairQuery{})
			must(t, err)
			if got := shown(list); got != want {
				t.Errorf("%s:\n got %s\nwant %s", match, got, want)
			}
			var walked []reconcile.CustomerPair
			for q := (db.PairQuery{Limit: 1}); ; q.After = walked[len(walked)-1].Name {
				page, err := repo.CustomerPairs(t.Context(), match, q)
				must(t, err)
				if walked = append(walked, page...); len(page) == 0 {
					break
				}
			}
			equal(t, walked, list)
			for _, p := range list {
				got, err := repo.CustomerPair(t.Context(), match, p.Name)
				must(t, err)
				equal(t, got, p)
			}
			if n, err := repo.CountCustomerPairs(t.Context(), match, db.PairQuery{}); err != nil || n != len(list) {
				t.Errorf("%d counted, %v", n, err)
			}
			exact, err := repo.CountCustomerPairs(t.Context(), match, db.PairQuery{Kinds: []reconcile.MatchKind{exactly}})
			if must(t, err); exact != strings.Count(want, "EXACT") {
				t.Errorf("%d are exact", exact)
			}
		}
		c, err := repo.CustomerByID(t.Context(), reconcile.HubSpot, true, "1")
		if must(t, err); !c.Company {
			t.Errorf("company 1 is %+v", c)
		}
	})
}

// An observer notes the questions that are asked.
type observer struct{ asked []string }

func (o *observer) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (o *observer) AfterQuery(_ context.Context, e *bun.QueryEvent) {
	o.asked = append(o.asked, e.Query)
}

// TestPairsByIndex: no page reads the whole catalogue: SQLite finds every record
// through the index of keys, or of records without one, and sorts nothing.
func TestPairsByIndex(t *testing.T) {
	store := open(t, dbtest.SQLite(t))
	var o observer
	store.Observe(&o)
	repo := as(t, store)
	catalogues(t, repo, start(t, repo, reconcile.Run{}))
	yes := true
	for _, tt := range []struct {
		query db.PairQuery
		asks  int
	}{
		{db.PairQuery{Limit: 3}, 2},
		{db.PairQuery{Limit: 3, After: "b-2"}, 2},
		{db.PairQuery{Limit: 3, After: "f-6", Backwards: true}, 2},
		{db.PairQuery{Limit: 2, After: " product/hubspot/8"}, 1},
		{db.PairQuery{Limit: 2, Backwards: true}, 1},
		{db.PairQuery{Limit: 1, Kinds: []reconcile.MatchKind{inCase}}, 2},
		{db.PairQuery{Limit: 1, Findings: &yes}, 2},
		{db.PairQuery{Limit: 2, Keys: []db.KeyTerm{{db.StartsWith, "long"}}}, 2},
	} {
		o.asked = nil
		_, err := repo.ProductPairs(t.Context(), tt.query)
		must(t, err)
		if len(o.asked) != tt.asks {
			t.Errorf("%+v asks %d times: %q", tt.query, len(o.asked), o.asked)
		}
		for _, query := range slices.Clone(o.asked) {
			for _, line := range plan(t, store, query) {
				if strings.Contains(line, " m") && !strings.Contains(line, "products_near") && !strings.Contains(line, "products_blank") ||
					strings.Contains(line, " f") && !strings.Contains(line, "findings_pair") || strings.Contains(line, "TEMP B-TREE FOR ORDER") {
					t.Errorf("%s: %s", query, line)
				}
			}
		}
	}
}

// plan is what SQLite does for a query.
func plan(t *testing.T, store *db.DB, query string) []string {
	t.Helper()
	rows, err := store.Stream().QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
	must(t, err)
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var a, b, c int
		var line string
		must(t, rows.Scan(&a, &b, &c, &line))
		lines = append(lines, line)
	}
	must(t, rows.Err())
	return lines
}
