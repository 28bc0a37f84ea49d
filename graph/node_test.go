package graph_test

import (
	"context"
	"strings"
	"testing"

	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// TestNodes: every type's id leads back to the object.
func TestNodes(t *testing.T) {
	w := newWorld(t)
	get[any](w, `mutation { reportExport(input: {}) { userErrors { message } } }`)
	finding := string(findings()[0].ID)
	ids := []string{
		id("Workspace", "default"), id("Run", "2"), id("Finding", finding), id("Invoice", "quickbooks:501"), id("ReportFile", "1"),
		id("ProductPair", "mat-1"), id("ProductPair", " product/hubspot/704"), id("CustomerPair", "ann@example.com"), id("CustomerPair", " company/hubspot/704"),
		id("Product", "quickbooks:803"), id("Customer", "hubspot:customers:704"), id("Customer", "hubspot:companies:704"),
		id("Connection", "hubspot"), id("Connection", "quickbooks"), id("Connection", "both"), id("Connection", "x"),
		id("ProductPair", "none"), id("ProductPair", " product/hubspot/701"), id("ProductPair", " 1"), id("CustomerPair", " company/hubspot/702"),
		id("Product", "hubspot:999"), id("Product", "x"), id("Customer", "hubspot:companies:702"), id("Customer", "hubspot:704"),
		id("Run", "99"), id("Run", "x"), id("Run", "-1"), id("Finding", "x"), id("Invoice", "hubspot:999"), id("Invoice", "501"), id("ReportFile", "x"), id("Nothing", "1"),
		id("Workspace", "other"), wire.GlobalID{Type: "Run", Workspace: "other", Local: "2"}.String(), wire.GlobalID{Type: "Finding", Workspace: "other", Local: finding}.String(),
	}
	got := get[struct {
		Nodes []*struct {
			Typename string `json:"__typename"`
			ID       string
			Number   any
		}
	}](w, `query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Job { status } } }`, "ids", ids)
	var types []string
	for n, node := range got.Nodes {
		if node == nil {
			types = append(types, "-")
			continue
		}
		types = append(types, node.Typename)
		if node.ID != ids[n] {
			t.Errorf("asked for %s, got %s", ids[n], node.ID)
		}
	}
	if got := strings.Join(types, " "); got != "Workspace Run Finding Invoice ReportFile ProductPair ProductPair CustomerPair CustomerPair Product Customer Customer Connection Connection"+strings.Repeat(" -", 21) {
		t.Errorf("got %s", got)
	}
	one := get[map[string]any](w, `query($id: ID!) { node(id: $id) { id ... on Invoice { total { amount currencyCode } } } finding(id: "`+id("Finding", finding)+`") { number }
  none: finding(id: "`+id("Run", "1")+`") { number } gone: run(id: "`+id("Run", "99")+`") { number } }`, "id", id("Invoice", "quickbooks:501"))
	if s := jsonText(one); s != `{"finding":{"number":"INV-001"},"gone":null,"node":{"id":"`+id("Invoice", "quickbooks:501")+`","total":{"amount":"125.50","currencyCode":"USD"}},"none":null}` {
		t.Errorf("got %s", s)
	}
	for _, bad := range []string{"", "?", "UnVu", "OmRlZmF1bHQ6MQ"} {
		if a := w.ask(`query($id: ID!) { node(id: $id) { id } }`, "id", bad); a.codes() != "ID_INVALID" {
			t.Errorf("id %q: %s", bad, a.body)
		}
	}
	if a := w.ask(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, "ids", make([]string, 101)); a.codes() != "TOO_MANY_IDS" {
		t.Errorf("101 ids: %s", a.body)
	}
}

// TestFaults: what is not meant for the client does not reach it; the log has it,
// under the request's id.
func TestFaults(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		name, code, logged string
		fault              func() error
	}{
		{"an error of the store", "INTERNAL", "secret detail", func() error { return errBroken }},
		{"a panic", "INTERNAL", "graphql panic", func() error { panic("secret detail") }},
		{"time is up", "TIMEOUT", "", func() error { return context.DeadlineExceeded }},
	} {
		w.log.Reset()
		w.explain = explainFunc(func(context.Context, string) ([]reconcile.Diagnosis, error) { return nil, tt.fault() })
		a := w.ask(`{ viewer { actor } explain(record: "INV-001") { state } }`)
		if a.codes() != tt.code || strings.Contains(a.body, "secret") || len(a.Errors[0].Path) != 1 {
			t.Errorf("%s: %s", tt.name, a.body)
		}
		if tt.code == "INTERNAL" && (a.Errors[0].Extensions.RequestID != "req-1" || !strings.Contains(a.Errors[0].Message, "req-1") || !strings.Contains(w.log.String(), "req-1")) {
			t.Errorf("%s: no request id in %s", tt.name, a.body)
		}
		if !strings.Contains(w.log.String(), tt.logged) || (tt.logged == "" && w.log.Len() > 0) {
			t.Errorf("%s: log %q", tt.name, w.log.String())
		}
		if strings.Contains(w.log.String(), "INV-001") {
			t.Errorf("%s: the log tells what was asked: %s", tt.name, w.log.String())
		}
	}
	w.starter.err = errBroken
	if a := w.ask(startMutation); a.codes() != "INTERNAL" || strings.Contains(a.body, "secret") {
		t.Errorf("a mutation: %s", a.body)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.explain = explainFunc(func(context.Context, string) ([]reconcile.Diagnosis, error) { return nil, ctx.Err() })
	if a := w.ask(`{ explain(record: "1") { state } }`); a.codes() != "TIMEOUT" {
		t.Errorf("cancelled: %s", a.body)
	}
}

// TestEmpty: a workspace without a run answers, with nothing.
func TestEmpty(t *testing.T) {
	w := emptyWorld(t)
	got := get[any](w, `{
  workspace { companies { name } } run { id } runs { nodes { id } } findings { totalCount nodes { id } } findingGroups(by: SKU) { key }
  invoicePairs { nodes { key } } explain(record: "1") { state } controlTotals { totalCount nodes { month } } reportFiles { nodes { id } pageInfo { endCursor } }
  productPairs { totalCount nodes { key } } customerPairs(last: 3) { totalCount nodes { key } pageInfo { startCursor } }
  settings { version history { nodes { version } } }
}`)
	want := `{"controlTotals":{"nodes":[],"totalCount":0},"customerPairs":{"nodes":[],"pageInfo":{"startCursor":null},"totalCount":0},"explain":[],"findingGroups":[],"findings":{"nodes":[],"totalCount":0},"invoicePairs":{"nodes":[]},"productPairs":{"nodes":[],"totalCount":0},` +
		`"reportFiles":{"nodes":[],"pageInfo":{"endCursor":null}},"run":null,"runs":{"nodes":[]},"settings":{"history":{"nodes":[]},"version":0},"workspace":{"companies":[]}}`
	if s := jsonText(got); s != want {
		t.Errorf("got %s", s)
	}
	if a := w.ask(`{ controlTotals(run: "` + id("Run", "99") + `") { nodes { month } } }`); a.codes() != "NOT_FOUND" {
		t.Errorf("totals of no run: %s", a.body)
	}
	export := get[reportExport](w, `mutation { reportExport(input: {}) { reportFile { id } userErrors { code path } } }`).ReportExport
	if export.ReportFile != nil || export.UserErrors.codes() != "NOT_FOUND input/run" {
		t.Errorf("a workbook of nothing: %+v", export)
	}
}
