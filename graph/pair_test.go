package graph_test

import (
	"strings"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

const pairFields = `{ pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { key } } totalCount }`

type pairPage struct {
	Pairs struct {
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       string
		}
		Edges []struct {
			Cursor string
			Node   struct{ Key string }
		}
		TotalCount int
	}
}

func (p pairPage) keys() string {
	var keys []string
	for _, e := range p.Pairs.Edges {
		keys = append(keys, strings.TrimSuffix(e.Node.Key, "@example.com"))
	}
	return strings.Join(keys, " ")
}

// TestMasterPairPages walks both lists in both directions: every pair comes once, in
// the order of the whole list.
func TestMasterPairPages(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		list, kind string
		vars       []any
		want       string
	}{
		{"productPairs", "Product", nil, "case-2 inv-003 mat-1 only-9 sev-5 "},
		{"productPairs", "Product", []any{"sort", []any{map[string]any{"field": "KEY", "direction": "DESC"}}}, " sev-5 only-9 mat-1 inv-003 case-2"},
		{"productPairs", "Product", []any{"filter", map[string]any{"state": map[string]any{"nin": []string{"AMBIGUOUS", "BLANK"}}}}, "case-2 inv-003 mat-1 only-9"},
		{"productPairs", "Product", []any{"filter", map[string]any{"state": map[string]any{"eq": "NONE_HS"}, "sku": map[string]any{"contains": " Y- "}}}, "only-9"},
		{"productPairs", "Product", []any{"filter", map[string]any{"state": map[string]any{"eq": "CASE", "neq": "CASE"}}}, ""},
		{"customerPairs", "Customer", nil, "ann bob cid dan none several  "},
		{"customerPairs", "Customer", []any{"filter", map[string]any{"email": map[string]any{"eq": " Bob@Example.com"}, "hasFindings": false}}, "bob"},
		{"customerPairs", "Customer", []any{"filter", map[string]any{"state": map[string]any{"eq": "BLANK"}}}, " "},
	} {
		head := `($filter: ` + tt.kind + `PairFilter, $sort: [PairSort!], $n: Int, $at: String) { pairs: ` + tt.list + `(filter: $filter, sort: $sort, `
		forward, backward := `query`+head+`first: $n, after: $at) `+pairFields+` }`, `query`+head+`last: $n, before: $at) `+pairFields+` }`
		var ahead, back []string
		var at any
		for {
			page := get[pairPage](w, forward, append([]any{"n", 2, "at", at}, tt.vars...)...)
			if total := len(strings.Split(tt.want, " ")); tt.want != "" && page.Pairs.TotalCount != total {
				t.Errorf("%v: %d in total, want %d", tt.vars, page.Pairs.TotalCount, total)
			}
			if page.Pairs.PageInfo.HasPreviousPage != (at != nil) {
				t.Errorf("%v: at %v: %+v", tt.vars, at, page.Pairs.PageInfo)
			}
			ahead = append(ahead, page.keys())
			if at = page.Pairs.PageInfo.EndCursor; !page.Pairs.PageInfo.HasNextPage {
				break
			}
		}
		for at = nil; ; {
			page := get[pairPage](w, backward, append([]any{"n", 2, "at", at}, tt.vars...)...)
			if page.Pairs.PageInfo.HasNextPage != (at != nil) {
				t.Errorf("%v: before %v: %+v", tt.vars, at, page.Pairs.PageInfo)
			}
			back = append([]string{page.keys()}, back...)
			if at = page.Pairs.PageInfo.StartCursor; !page.Pairs.PageInfo.HasPreviousPage {
				break
			}
		}
		if got := strings.Join(ahead, " "); got != tt.want {
			t.Errorf("%s %v: walked %q, want %q", tt.list, tt.vars, got, tt.want)
		}
		if got := strings.Join(back, " "); got != tt.want {
			t.Errorf("%s %v: walked back %q, want %q", tt.list, tt.vars, got, tt.want)
		}
	}
}

// TestMasterPairFaults: what cannot be asked is refused by name.
func TestMasterPairFaults(t *testing.T) {
	w := newWorld(t)
	cursor := get[pairPage](w, `{ pairs: productPairs(first: 1) `+pairFields+` }`).Pairs.PageInfo.EndCursor
	for _, tt := range []struct{ args, code string }{
		{"first: 0", "PAGE_SIZE_INVALID"},
		{"last: 251", "PAGE_SIZE_INVALID"},
		{"first: 1, last: 1", "PAGE_SIZE_INVALID"},
		{`last: 1, after: "` + cursor + `"`, "PAGE_SIZE_INVALID"},
		{`after: "` + cursor + `"`, ""},
		{`before: "` + cursor + `"`, ""},
		{`after: "nonsense"`, "CURSOR_INVALID"},
		{`after: "` + cursor + `", filter: { hasFindings: true }`, "CURSOR_INVALID"},
		{`after: "` + cursor + `", sort: [{ direction: DESC }]`, "CURSOR_INVALID"},
		{"sort: [{ direction: DESC }, {}]", "FILTER_INVALID"},
		{`filter: { sku: { contains: " " } }`, "FILTER_INVALID"},
		{`filter: { sku: { startsWith: "" } }`, "FILTER_INVALID"},
		{`filter: { state: { eq: MATCHED } }`, "GRAPHQL_VALIDATION_FAILED"},
	} {
		if a := w.ask(`{ productPairs(` + tt.args + `) { nodes { key } } }`); a.codes() != tt.code {
			t.Errorf("%s: %s, want %s", tt.args, a.body, tt.code)
		}
	}
	if a := w.ask(`{ customerPairs(after: "` + cursor + `") { nodes { key } } }`); a.codes() != "CURSOR_INVALID" {
		t.Errorf("the cursor of another list: %s", a.body)
	}
	// A page of everything that a screen shows is within the limits.
	all := `{ productPairs(first: 50) { totalCount nodes { id key state hubspot { skus count products { id externalId name sku price { amount currencyCode } active } }
  quickbooks { skus count products { id externalId name sku price { amount currencyCode } active } } near { difference } findings { id code message } blockedInvoices blockedAmounts { amount currencyCode } } } }`
	if a := w.ask(all); len(a.Errors) > 0 {
		t.Errorf("a whole screen: %s", a.body)
	}
}

// TestEmailMatch: e-mails meet as the setting in force says.
func TestEmailMatch(t *testing.T) {
	w := newWorld(t)
	state := func() string {
		return jsonText(get[any](w, `{ customerPairs(filter: { email: { eq: "bob@example.com" } }) { nodes { state near { kind } } } node(id: "`+id("CustomerPair", "bob@example.com")+`") { ... on CustomerPair { state } } }`))
	}
	if got := state(); got != `{"customerPairs":{"nodes":[{"near":[{"kind":"CASE"}],"state":"CASE"}]},"node":{"state":"CASE"}}` {
		t.Errorf("exact: %s", got)
	}
	_, _, err := w.repo.SetSettings(t.Context(), map[string]string{"email_match": "normalized"})
	w.must(err)
	if got := state(); got != `{"customerPairs":{"nodes":[{"near":[],"state":"EXACT"}]},"node":{"state":"EXACT"}}` {
		t.Errorf("normalized: %s", got)
	}
}

// TestPairFindings: findings of all pairs of a page are theirs, and no other's.
func TestPairFindings(t *testing.T) {
	w := newWorld(t)
	emails := findings()[:4]
	for n, number := range []string{"BOB@example.com", "cid@example.com"} {
		f := reconcile.Finding{
			Code: []reconcile.Code{reconcile.EmailCase, reconcile.EmailNotFound}[n], Severity: reconcile.High, Subject: number, System: reconcile.Both, Number: number,
			Field: "email", Invoices: n + 1, Amount: reconcile.Money{Minor: 100, Currency: "USD"}, RootCause: "x:" + number,
		}
		f.ID = reconcile.Identify(reconcile.DefaultWorkspace, f.Code, f.Subject, f.Field)
		emails = append(emails, f)
	}
	missing := reconcile.Finding{
		Code: reconcile.EmailMissing, Severity: reconcile.High, Subject: "company/hubspot/704", System: reconcile.HubSpot, Record: "704", Field: "email", RootCause: "x:704",
	}
	missing.ID = reconcile.Identify(reconcile.DefaultWorkspace, missing.Code, missing.Subject, missing.Field)
	w.run(today, append(emails, missing))
	got := jsonText(get[any](w, `{ customerPairs(filter: { hasFindings: true }) { totalCount nodes {
  hubspot { customers { externalId company } } findings { code } findingCount blockedInvoices blockedAmounts { amount currencyCode }
} } }`))
	want := `{"customerPairs":{"nodes":[` +
		`{"blockedAmounts":[{"amount":"1.00","currencyCode":"USD"}],"blockedInvoices":1,"findingCount":1,"findings":[{"code":"EMAIL_CASE"}],"hubspot":{"customers":[{"company":false,"externalId":"702"}]}},` +
		`{"blockedAmounts":[{"amount":"1.00","currencyCode":"USD"}],"blockedInvoices":2,"findingCount":1,"findings":[{"code":"EMAIL_NOT_FOUND"}],"hubspot":{"customers":[{"company":false,"externalId":"703"}]}},` +
		`{"blockedAmounts":[],"blockedInvoices":0,"findingCount":1,"findings":[{"code":"EMAIL_MISSING"}],"hubspot":{"customers":[{"company":true,"externalId":"704"}]}}` +
		`],"totalCount":3}}`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
