package graph_test

import (
	"encoding/base64"
	"strings"
	"testing"
)

const pageQuery = `query($filter: FindingFilter, $sort: [FindingSort!], $first: Int!, $after: String, $asOf: ID) {
  findings(filter: $filter, sort: $sort, first: $first, after: $after, asOf: $asOf) {
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { number } }
  }
}`

type findingPage struct {
	Findings struct {
		PageInfo struct {
			HasNextPage, HasPreviousPage bool
			StartCursor, EndCursor       string
		}
		Edges []struct {
			Cursor string
			Node   struct{ Number string }
		}
	}
}

func (p findingPage) numbers() string {
	var numbers []string
	for _, e := range p.Findings.Edges {
		numbers = append(numbers, strings.TrimPrefix(e.Node.Number, "INV-00"))
	}
	return strings.Join(numbers, " ")
}

// TestPages walks lists by their cursors: every item comes once, in the order of
// the whole list.
func TestPages(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name string
		vars []any
		want string
	}{
		{"the usual order", nil, "1 2 5 3 4"},
		{"by amount", []any{"sort", []any{map[string]any{"field": "AMOUNT", "direction": "DESC"}}}, "3 1 2 5 4"},
		{"by severity, then number backwards", []any{"sort", []any{map[string]any{"field": "SEVERITY"}, map[string]any{"field": "NUMBER", "direction": "DESC"}}}, "5 2 1 3 4"},
		{"filtered", []any{"filter", map[string]any{"state": map[string]any{"eq": "OPEN"}}}, "1 2 3 4"},
		{"as the first run left them", []any{"asOf", id("Run", "1")}, "1 2 5 3 4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			whole := get[findingPage](w, pageQuery, append([]any{"first", 250}, tt.vars...)...)
			if whole.numbers() != tt.want || whole.Findings.PageInfo.HasNextPage || whole.Findings.PageInfo.HasPreviousPage {
				t.Fatalf("whole list: %q %+v, want %q", whole.numbers(), whole.Findings.PageInfo, tt.want)
			}
			var walked []string
			var after any
			for {
				page := get[findingPage](w, pageQuery, append([]any{"first", 2, "after", after}, tt.vars...)...)
				walked = append(walked, page.numbers())
				if page.Findings.PageInfo.HasPreviousPage != (after != nil) {
					t.Errorf("hasPreviousPage is %v on page %d", page.Findings.PageInfo.HasPreviousPage, len(walked))
				}
				if !page.Findings.PageInfo.HasNextPage {
					break
				}
				after = page.Findings.PageInfo.EndCursor
			}
			if got := strings.Join(walked, " "); got != tt.want {
				t.Errorf("walked %q, want %q", got, tt.want)
			}
		})
	}
}

// TestPairPages: pages cut through the rows of one key, which the lister never
// does.
func TestPairPages(t *testing.T) {
	w := newWorld(t)
	type pairs struct {
		InvoicePairs struct {
			PageInfo struct {
				HasNextPage bool
				EndCursor   string
			}
			Nodes []struct{ Hubspot struct{ ExternalID string } }
		}
	}
	var ids []string
	var after any
	for {
		page := get[pairs](w, `query($after: String) { invoicePairs(first: 3, after: $after) { pageInfo { hasNextPage endCursor } nodes { hubspot { externalId } } } }`, "after", after)
		if len(page.InvoicePairs.Nodes) > 3 {
			t.Fatalf("%d rows on a page of 3", len(page.InvoicePairs.Nodes))
		}
		for _, n := range page.InvoicePairs.Nodes {
			ids = append(ids, n.Hubspot.ExternalID)
		}
		if !page.InvoicePairs.PageInfo.HasNextPage {
			break
		}
		after = page.InvoicePairs.PageInfo.EndCursor
	}
	if got := strings.Join(ids, " "); got != "510 511 512 513 501 502" {
		t.Errorf("walked %q", got)
	}
}

// TestOtherPages walks the lists that are smaller.
func TestOtherPages(t *testing.T) {
	w := newWorld(t)
	w.must(func() error {
		_, _, err := w.repo.SetSettings(t.Context(), map[string]string{"grace": "2h"})
		return err
	}())
	for range 2 {
		get[any](w, `mutation { reportExport(input: {}) { userErrors { message } } }`)
	}
	finding := id("Finding", string(findings()[4].ID))
	for _, tt := range []struct{ name, query, want string }{
		{"runs", `{ list: runs(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { is: number } } }`, "2 1"},
		{"settings", `{ settings { list: history(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { is: version } } } }`, "2 1"},
		{"timeline", `{ finding(id: "` + finding + `") { list: timeline(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { is: kind } } } }`, "OPENED RESOLVED"},
		{"totals", `{ list: controlTotals(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { is: currencyCode } } }`, "EUR USD"},
		{"reports", `{ list: reportFiles(first: 1, after: $after) { pageInfo { hasNextPage endCursor } nodes { is: url } } }`, "/reports/2 /reports/1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var walked []string
			var after any
			for range 3 {
				list := find(get[map[string]any](w, "query($after: String) "+tt.query, "after", after), "list").(map[string]any)
				for _, n := range list["nodes"].([]any) {
					walked = append(walked, strings.Trim(jsonText(n.(map[string]any)["is"]), `"`))
				}
				info := list["pageInfo"].(map[string]any)
				if info["hasNextPage"] == false {
					break
				}
				after = info["endCursor"]
			}
			if got := strings.Join(walked, " "); got != tt.want {
				t.Errorf("walked %q, want %q", got, tt.want)
			}
		})
	}
}

// TestCursors: a cursor is good for its own list only, and for no other text.
func TestCursors(t *testing.T) {
	w := newWorld(t)
	open := map[string]any{"state": map[string]any{"eq": "OPEN"}}
	cursor := get[findingPage](w, pageQuery, "first", 1, "filter", open).Findings.PageInfo.EndCursor
	for _, tt := range []struct {
		name string
		vars []any
	}{
		{"of another filter", []any{"after", cursor}},
		{"of another order", []any{"after", cursor, "filter", open, "sort", []any{map[string]any{"field": "CODE"}}}},
		{"of another point in time", []any{"after", cursor, "filter", open, "asOf", id("Run", "1")}},
		{"of another list", []any{"after", get[struct {
			Runs struct{ PageInfo struct{ EndCursor string } }
		}](w, `{ runs(first: 1) { pageInfo { endCursor } } }`).Runs.PageInfo.EndCursor}},
		{"changed", []any{"after", strings.Replace(cursor, cursor[10:12], "AA", 1), "filter", open}},
		{"no base64", []any{"after", "?", "filter", open}},
		{"no JSON", []any{"after", base64.RawURLEncoding.EncodeToString([]byte("{")), "filter", open}},
		{"forged without a sum", []any{"after", base64.RawURLEncoding.EncodeToString([]byte(`{"k":["HIGH","1","x"]}`)), "filter", open}},
		{"empty", []any{"after", "", "filter", open}},
	} {
		a := w.ask(pageQuery, append([]any{"first", 1}, tt.vars...)...)
		if a.codes() != "CURSOR_INVALID" {
			t.Errorf("a cursor %s: %s", tt.name, a.body)
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("a client's mistake was logged: %s", w.log.String())
	}
}

// TestPageSizes: beyond the largest page, and below the smallest, is an error in
// every list.
func TestPageSizes(t *testing.T) {
	w := newWorld(t)
	for _, list := range []string{
		"runs(first: N) { nodes { id } }", "findings(first: N) { nodes { id } }", "findingGroups(by: CODE, first: N) { key }",
		"invoicePairs(first: N) { nodes { key } }", "controlTotals(first: N) { nodes { month } }", "reportFiles(first: N) { nodes { id } }",
		"settings { history(first: N) { nodes { version } } }", "run { controlTotals(first: N) { nodes { month } } }",
	} {
		for _, n := range []string{"0", "-1", "251", "99999999999"} {
			if a := w.ask("{ " + strings.Replace(list, "N", n, 1) + " }"); a.codes() != "PAGE_SIZE_INVALID" {
				t.Errorf("%s with %s: %s", list, n, a.body)
			}
		}
		if a := w.ask("{ " + strings.Replace(list, "N", "250", 1) + " }"); len(a.Errors) > 0 {
			t.Errorf("%s with 250: %s", list, a.body)
		}
	}
}
