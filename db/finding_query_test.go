package db_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
	"pgregory.net/rapid"
)

// zoo files findings with many equal and many odd values, seen by several runs.
func zoo(t *testing.T, repo *db.Repo) []reconcile.FindingRecord {
	t.Helper()
	pick := func(n int, of ...string) string { return of[n%len(of)] }
	run := start(t, repo, reconcile.Run{})
	for n := range 120 {
		if n%40 == 39 {
			run = nextRun(t, repo, run)
		}
		f := aFinding(reconcile.FindingID(fmt.Sprintf("f%03d", n*7%120)))
		f.Code = reconcile.Code(pick(n, "LINE_PRICE", "TAX_AMOUNT", "SKU_CASE", "INVOICE_ONLY_IN_SOURCE"))
		f.Severity = reconcile.Severity(pick(n/2, "HIGH", "MEDIUM", "LOW"))
		f.System = reconcile.System(pick(n/3, "hubspot", "quickbooks", "both"))
		f.Number = pick(n, "", "a", "A", "ä", "b%_", "\x00", "\x01", "INV-1", "INV-10", strings.Repeat("long", 300)+fmt.Sprint(n%3))
		f.Customer = pick(n/5, "", "ann@example.com", "Ann@example.com")
		f.Field = pick(n, "lines[PROD-1].price", "lines[a]b].quantity", "tax", "sku")
		f.RootCause = pick(n/4, "LINE_PRICE:PROD-1", "SKU_NOT_FOUND:P", "TAX_AMOUNT:1", "")
		f.Amount = reconcile.Money{Minor: int64(n / 10 * 100), Currency: pick(n/2, "USD", "EUR", "")}
		f.Invoices = n % 3
		f.Date = reconcile.DateFromDays(int32(n % 4 * 1000))
		see(t, repo, run, f)
	}
	unseen(t, repo, nextRun(t, repo, run), true)
	see(t, repo, nextRun(t, repo, reconcile.Run{ID: run.ID + 1, AsOf: day(20)}), aFinding("f000"), aFinding("f010"))
	var all []reconcile.FindingRecord
	for f, err := range repo.StreamFindings(t.Context(), db.FindingQuery{}) {
		must(t, err)
		all = append(all, f)
	}
	if len(all) != 120 {
		t.Fatalf("got %d findings, want 120", len(all))
	}
	return all
}

var sortFields = []db.FindingField{
	db.FieldID, db.FieldCode, db.FieldSeverity, db.FieldState, db.FieldSystem, db.FieldNumber, db.FieldRecord, db.FieldField, db.FieldCustomer,
	db.FieldRootCause, db.FieldCurrency, db.FieldAmount, db.FieldInvoices, db.FieldInvoiceDate, db.FieldFirstSeen, db.FieldLastSeen,
	db.FieldFirstRun, db.FieldLastRun, db.FieldSKU,
}

// Whatever the sort and the size of the pages: page after page tells every
// finding once, in the order in which one page would.
func TestPaging(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		all := zoo(t, repo)
		rapid.Check(t, func(rt *rapid.T) {
			q := db.FindingQuery{Limit: rapid.IntRange(1, 50).Draw(rt, "limit")}
			for range rapid.IntRange(0, 4).Draw(rt, "fields") {
				q.Sort = append(q.Sort, db.FindingSort{Field: rapid.SampledFrom(sortFields).Draw(rt, "field"), Desc: rapid.Bool().Draw(rt, "desc")})
			}
			if rapid.Bool().Draw(rt, "filtered") {
				q.Filter = &db.FindingFilter{Terms: []db.FindingTerm{{Field: db.FieldAmount, Op: db.Lt, Values: []string{"900"}}}}
			}
			if rapid.Bool().Draw(rt, "as of") {
				q.AsOf = 3
			}
			want := idsOf(stream(t, repo, withoutLimit(q)))
			if q.Filter == nil && q.AsOf == 0 && len(want) != len(all) {
				rt.Fatalf("a stream told %d of %d findings", len(want), len(all))
			}
			var got []reconcile.FindingID
			for range len(want) + 1 {
				page, err := repo.FindingRecords(t.Context(), q)
				if err != nil {
					rt.Fatal(err)
				}
				got = append(got, idsOf(page)...)
				if len(page) < q.Limit {
					break
				}
				q.After = q.CursorOf(page[len(page)-1])
			}
			if !slices.Equal(got, want) {
				rt.Errorf("pages told %v, one list %v", got, want)
			}
		})
	})
}

func withoutLimit(q db.FindingQuery) db.FindingQuery {
	q.Limit = 0
	return q
}

func stream(t *testing.T, repo *db.Repo, q db.FindingQuery) []reconcile.FindingRecord {
	t.Helper()
	var list []reconcile.FindingRecord
	for f, err := range repo.StreamFindings(t.Context(), q) {
		must(t, err)
		list = append(list, f)
	}
	return list
}

func idsOf(list []reconcile.FindingRecord) []reconcile.FindingID {
	ids := make([]reconcile.FindingID, len(list))
	for n, f := range list {
		ids[n] = f.ID
	}
	return ids
}

func TestDefaultOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		all := zoo(t, repo)
		rank := map[reconcile.Severity]int{reconcile.High: 1, reconcile.Medium: 2, reconcile.Low: 3}
		want := slices.SortedFunc(slices.Values(all), func(a, b reconcile.FindingRecord) int {
			return cmp.Or(rank[a.Severity]-rank[b.Severity], cmp.Compare(b.Amount.Minor, a.Amount.Minor), cmp.Compare(a.ID, b.ID))
		})
		equal(t, idsOf(all), idsOf(want))
	})
}

// Every comparison leaves what it says, on both databases.
func TestFilter(t *testing.T) {
	type finding = reconcile.FindingRecord
	term := func(f db.FindingField, op db.Op, values ...string) db.FindingFilter {
		return db.FindingFilter{Terms: []db.FindingTerm{{Field: f, Op: op, Values: values}}}
	}
	severe := db.FindingFilter{Terms: term(db.FieldSeverity, db.Eq, "HIGH").Terms}
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		all := zoo(t, repo)
		for _, tt := range []struct {
			name   string
			filter db.FindingFilter
			want   func(f finding) bool
		}{
			{"nothing", db.FindingFilter{}, func(finding) bool { return true }},
			{"id", term(db.FieldID, db.Eq, "f007"), func(f finding) bool { return f.ID == "f007" }},
			{"code in", term(db.FieldCode, db.In, "LINE_PRICE", "SKU_CASE"), func(f finding) bool { return f.Code == "LINE_PRICE" || f.Code == "SKU_CASE" }},
			{"in none", term(db.FieldCode, db.In), func(finding) bool { return false }},
			{"not in none", term(db.FieldCode, db.Nin), func(finding) bool { return true }},
			{"code not in", term(db.FieldCode, db.Nin, "LINE_PRICE"), func(f finding) bool { return f.Code != "LINE_PRICE" }},
			{"state", term(db.FieldState, db.Neq, "RESOLVED"), func(f finding) bool { return f.State != "RESOLVED" }},
			{"at least medium", term(db.FieldSeverity, db.Gte, "MEDIUM"), func(f finding) bool { return f.Severity != reconcile.Low }},
			{"less than medium", term(db.FieldSeverity, db.Lt, "MEDIUM"), func(f finding) bool { return f.Severity == reconcile.Low }},
			{"system", term(db.FieldSystem, db.Eq, "both"), func(f finding) bool { return f.System == reconcile.Both }},
			{"number minds case", term(db.FieldNumber, db.Eq, "a"), func(f finding) bool { return f.Number == "a" }},
			{"number NUL", term(db.FieldNumber, db.Eq, "\x00"), func(f finding) bool { return f.Number == "\x00" }},
			{"long number", term(db.FieldNumber, db.Eq, strings.Repeat("long", 300)+"1"), func(f finding) bool { return f.Number == strings.Repeat("long", 300)+"1" }},
			{"empty number", term(db.FieldNumber, db.Null, "true"), func(f finding) bool { return f.Number == "" }},
			{"no wildcard", term(db.FieldNumber, db.Contains, "%"), func(f finding) bool { return strings.Contains(f.Number, "%") }},
			{"contains minds case", term(db.FieldCustomer, db.Contains, "ann@"), func(f finding) bool { return strings.Contains(f.Customer, "ann@") }},
			{"contains NUL", term(db.FieldNumber, db.Contains, "\x00"), func(f finding) bool { return strings.Contains(f.Number, "\x00") }},
			{"starts with", term(db.FieldNumber, db.StartsWith, "INV-1"), func(f finding) bool { return strings.HasPrefix(f.Number, "INV-1") }},
			{"starts with nothing", term(db.FieldNumber, db.StartsWith, ""), func(finding) bool { return true }},
			{"starts with umlaut", term(db.FieldNumber, db.StartsWith, "ä"), func(f finding) bool { return f.Number == "ä" }},
			{"number order", term(db.FieldNumber, db.Gt, "A"), func(f finding) bool { return f.Number > "A" }},
			{"amount", term(db.FieldAmount, db.Gte, "500"), func(f finding) bool { return f.Amount.Minor >= 500 }},
			{"date", term(db.FieldInvoiceDate, db.Lte, reconcile.DateFromDays(2000).String()), func(f finding) bool { return f.Date.Days() <= 2000 }},
			{"no date", term(db.FieldInvoiceDate, db.Null, "true"), func(f finding) bool { return f.Date.IsZero() }},
			{"first seen", term(db.FieldFirstSeen, db.Gt, day(1).Format(time.RFC3339Nano)), func(f finding) bool { return f.FirstSeen.After(day(1)) }},
			{"last run", term(db.FieldLastRun, db.Eq, "1"), func(f finding) bool { return f.LastRun == 1 }},
			{"invoices", term(db.FieldInvoices, db.Null, "false"), func(f finding) bool { return f.Invoices != 0 }},
			{"sku of a line", term(db.FieldSKU, db.Eq, "a]b"), func(f finding) bool { return f.Field == "lines[a]b].quantity" }},
			{"sku of a root cause", term(db.FieldSKU, db.Eq, "P"), func(f finding) bool {
				return f.RootCause == "SKU_NOT_FOUND:P" && !strings.HasPrefix(f.Field, "lines[") && f.Code != "SKU_CASE"
			}},
			{"two terms", db.FindingFilter{Terms: append(term(db.FieldCode, db.Eq, "TAX_AMOUNT").Terms, severe.Terms...)},
				func(f finding) bool { return f.Code == "TAX_AMOUNT" && f.Severity == reconcile.High }},
			{"or", db.FindingFilter{Or: []db.FindingFilter{severe, term(db.FieldAmount, db.Eq, "0")}},
				func(f finding) bool { return f.Severity == reconcile.High || f.Amount.Minor == 0 }},
			{"and, not", db.FindingFilter{And: []db.FindingFilter{severe, term(db.FieldAmount, db.Gt, "0")}, Not: &db.FindingFilter{Or: []db.FindingFilter{
				term(db.FieldCurrency, db.Eq, "EUR"), term(db.FieldRootCause, db.Eq, "")}}},
				func(f finding) bool {
					return f.Severity == reconcile.High && f.Amount.Minor > 0 && f.Amount.Currency != "EUR" && f.RootCause != ""
				}},
		} {
			q := db.FindingQuery{Filter: &tt.filter, Limit: 1000}
			got, err := repo.FindingRecords(t.Context(), q)
			must(t, err)
			var want []reconcile.FindingID
			for _, f := range all {
				if tt.want(f) {
					want = append(want, f.ID)
				}
			}
			if !slices.Equal(idsOf(got), want) {
				t.Errorf("%s: got %v, want %v", tt.name, idsOf(got), want)
			}
			n, err := repo.CountFindings(t.Context(), q)
			if must(t, err); n != len(want) {
				t.Errorf("%s: counted %d, want %d", tt.name, n, len(want))
			}
		}
	})
}

// The findings on an invoice are its own and those of its pair, which name SRC's
// invoice, whatever else has that id in another system or is no invoice.
func TestFindingsOn(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		on := func(id reconcile.FindingID, code reconcile.Code, s reconcile.System, record string) reconcile.Finding {
			f := aFinding(id)
			f.Code, f.System, f.Record = code, s, record
			return f
		}
		see(t, repo, run,
			on("pair", reconcile.LinePrice, reconcile.Both, "1"), on("alone", reconcile.InvoiceOnlyInDestination, reconcile.QuickBooks, "9"),
			on("other pair", reconcile.LinePrice, reconcile.Both, "9"), on("other system", reconcile.InvoiceDuplicate, reconcile.HubSpot, "9"),
			on("product", reconcile.SKUMissing, reconcile.QuickBooks, "9"))
		for _, tt := range []struct {
			system    reconcile.System
			id, srcID string
			want      []reconcile.FindingID
		}{
			{reconcile.HubSpot, "1", "1", []reconcile.FindingID{"pair"}},
			{reconcile.QuickBooks, "9", "1", []reconcile.FindingID{"alone", "pair"}},
			{reconcile.QuickBooks, "9", "", []reconcile.FindingID{"alone"}},
			{reconcile.HubSpot, "2", "2", []reconcile.FindingID{}},
		} {
			list, err := repo.FindingsOn(t.Context(), tt.system, tt.id, tt.srcID)
			must(t, err)
			got := []reconcile.FindingID{}
			for _, f := range list {
				got = append(got, f.ID)
			}
			slices.Sort(got)
			equal(t, got, tt.want)
		}
	})
}

func TestBadQueryIsRefused(t *testing.T) {
	deep := db.FindingFilter{}
	for range 100 {
		deep = db.FindingFilter{And: []db.FindingFilter{deep}}
	}
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		for _, tt := range []struct {
			query db.FindingQuery
			says  string
		}{
			{db.FindingQuery{Sort: []db.FindingSort{{Field: "body"}}}, `"body"`},
			{db.FindingQuery{Filter: filterOf("workspace", db.Eq, "1")}, `"workspace"`},
			{db.FindingQuery{Filter: filterOf(db.FieldAmount, db.Eq, "12.50")}, "whole number"},
			{db.FindingQuery{Filter: filterOf(db.FieldAmount, db.Eq)}, "want one"},
			{db.FindingQuery{Filter: filterOf(db.FieldAmount, db.Contains, "1")}, "no text"},
			{db.FindingQuery{Filter: filterOf(db.FieldAmount, "like", "1")}, "no such comparison"},
			{db.FindingQuery{Filter: filterOf(db.FieldSeverity, db.Eq, "URGENT")}, "MEDIUM"},
			{db.FindingQuery{Filter: filterOf(db.FieldFirstSeen, db.Gt, "yesterday")}, "instant"},
			{db.FindingQuery{Filter: filterOf(db.FieldInvoiceDate, db.Gt, "1.2.2026")}, "YYYY-MM-DD"},
			{db.FindingQuery{Filter: filterOf(db.FieldNumber, db.Null, "maybe")}, "true or false"},
			{db.FindingQuery{Filter: &deep}, "deeper"},
			{db.FindingQuery{After: []string{"x"}}, "another sort"},
			{db.FindingQuery{After: []string{"HIGH", "much", "x"}}, "whole number"},
		} {
			_, err := repo.FindingRecords(t.Context(), tt.query)
			wantText(t, err, tt.says)
			for _, err := range repo.StreamFindings(t.Context(), tt.query) {
				wantText(t, err, tt.says)
			}
		}
	})
}

func filterOf(field db.FindingField, op db.Op, values ...string) *db.FindingFilter {
	return &db.FindingFilter{Terms: []db.FindingTerm{{Field: field, Op: op, Values: values}}}
}

func TestFindingGroups(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		about := func(id, cause, sku, customer, currency string, amount int64, invoices int) reconcile.Finding {
			f := aFinding(reconcile.FindingID(id))
			f.RootCause, f.Field, f.Customer, f.Invoices = cause, "lines["+sku+"]", customer, invoices
			f.Amount = reconcile.Money{Minor: amount, Currency: currency}
			if sku == "" {
				f.Field = "total"
			}
			return f
		}
		see(t, repo, run, about("1", "one", "A", "ann", "USD", 100, 1))
		run = nextRun(t, repo, run)
		see(t, repo, run, about("2", "one", "A", "", "EUR", 900, 2), about("3", "one", "", "ann", "USD", 50, 0), about("4", "two", "B", "bob", "USD", 0, 5))
		key := func(list []reconcile.FindingGroup) (keys []string) {
			for _, g := range list {
				keys = append(keys, fmt.Sprint(g.Key, " ", g.Findings, " ", g.Invoices, " ", g.Amounts, " ", g.Sample.ID))
			}
			return keys
		}
		for _, tt := range []struct {
			by    db.GroupBy
			query db.FindingQuery
			want  []string
		}{
			{db.ByRootCause, db.FindingQuery{}, []string{"one 3 3 [9.00 EUR 1.50 USD] 2", "two 1 5 [] 4"}},
			{db.BySKU, db.FindingQuery{}, []string{"A 2 3 [9.00 EUR 1.00 USD] 2", "B 1 5 [] 4"}},
			{db.ByCustomer, db.FindingQuery{}, []string{"ann 2 1 [1.50 USD] 1", "bob 1 5 [] 4"}},
			{db.ByCode, db.FindingQuery{}, []string{"LINE_PRICE 4 8 [9.00 EUR 1.50 USD] 2"}},
			{db.ByRootCause, db.FindingQuery{Limit: 1}, []string{"one 3 3 [9.00 EUR 1.50 USD] 2"}},
			{db.ByRootCause, db.FindingQuery{Filter: filterOf(db.FieldCurrency, db.Eq, "USD")}, []string{"one 2 1 [1.50 USD] 1", "two 1 5 [] 4"}},
			{db.ByRootCause, db.FindingQuery{AsOf: run.ID - 1}, []string{"one 1 1 [1.00 USD] 1"}},
		} {
			groups, err := repo.FindingGroups(ctx, tt.by, tt.query)
			must(t, err)
			equal(t, key(groups), tt.want)
			if !groups[0].Oldest.Equal(day(1)) {
				t.Errorf("the oldest is from %s", groups[0].Oldest)
			}
		}
		_, err := repo.FindingGroups(ctx, "body", db.FindingQuery{})
		wantText(t, err, "root_cause")
	})
}

// A blocked invoice and what blocks it are one amount of money.
func TestGroupsCountInvoicesOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		of := func(id string, code reconcile.Code, amount int64, invoices int) reconcile.Finding {
			f := aFinding(reconcile.FindingID(id))
			f.Code, f.RootCause, f.Amount, f.Invoices = code, "SKU_NOT_FOUND:A", reconcile.Money{Minor: amount, Currency: "USD"}, invoices
			return f
		}
		run := start(t, repo, reconcile.Run{AsOf: day(1)})
		see(t, repo, run, of("1", reconcile.SKUNotFound, 300, 2), of("2", reconcile.InvoiceOnlyInSource, 100, 0), of("3", reconcile.InvoiceOnlyInSource, 200, 0))
		groups, err := repo.FindingGroups(t.Context(), db.ByRootCause, db.FindingQuery{})
		must(t, err)
		if len(groups) != 1 || groups[0].Findings != 3 || groups[0].Invoices != 2 || len(groups[0].Amounts) != 1 || groups[0].Amounts[0].Minor != 300 {
			t.Errorf("groups %+v: want one of 3 findings, 2 invoices and 3.00 USD", groups)
		}
	})
}
