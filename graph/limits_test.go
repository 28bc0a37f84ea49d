package graph_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/tieout/tieout/graph"
)

// TestBombs: documents that would cost too much are refused by name, and at once.
func TestBombs(t *testing.T) {
	w := newWorld(t)
	// numbered repeats a text n times, with its number for #.
	numbered := func(n int, text string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.ReplaceAll(text, "#", strconv.Itoa(i)) + " ")
		}
		return b.String()
	}
	// Each fragment spreads the next one twice: 2^40 fields.
	doubling := "{ run { ...F0 } } fragment F40 on Run { number } "
	for n := range 40 {
		doubling += fmt.Sprintf("fragment F%[1]d on Run { ...F%[2]d ...F%[2]d } ", n, n+1)
	}
	for _, tt := range []struct{ name, query, code string }{
		{"tokens", "{ " + strings.Repeat("viewer { actor } ", 1000) + "}", "TOKEN_LIMIT_EXCEEDED"},
		{"tokens in a comment's shadow", "{ viewer { actor } } " + numbered(700, "fragment A# on Run { id }"), "TOKEN_LIMIT_EXCEEDED"},
		{"aliases", "{ " + numbered(31, "a#: viewer { actor }") + "}", "ALIAS_LIMIT_EXCEEDED"},
		{"aliases of introspection", "{ " + numbered(6, "a#: __schema { types { name } }") + "}", "ALIAS_LIMIT_EXCEEDED"},
		{"aliases within introspection", "{ __schema { types { ...T } } } fragment T on __Type { " + numbered(6, "a#: name") + "}", "ALIAS_LIMIT_EXCEEDED"},
		{"directives", "{ " + strings.Repeat("viewer @include(if: true) { actor } ", 21) + "}", "DIRECTIVE_LIMIT_EXCEEDED"},
		{"directives on fragments", "{ " + strings.Repeat("... @include(if: true) { viewer { actor } } ", 21) + "}", "DIRECTIVE_LIMIT_EXCEEDED"},
		{"the deepest that there is", "{ runs { edges { node { controlTotals { edges { node { hubspot { excluded { invoices { amount { amount } } } } } } } } } } }", ""},
		{"fragments within fragments", doubling, "FIELD_LIMIT_EXCEEDED"},
		{"fragments in a circle", "{ run { ...A } } fragment A on Run { ...B } fragment B on Run { ...A }", "GRAPHQL_VALIDATION_FAILED"},
		{"lists in lists", "{ findings(first: 250) { nodes { timeline(first: 250) { nodes { kind at } } } } }", "COMPLEXITY_LIMIT_EXCEEDED"},
		{"lists by variables", `query($n: Int = 250) { runs(first: $n) { nodes { controlTotals(first: $n) { nodes { month } } } } }`, "COMPLEXITY_LIMIT_EXCEEDED"},
		{"aliases of lists", "{ " + numbered(29, "a#: findings(first: 250) { nodes { id code } edges { cursor } }") + "}", "COMPLEXITY_LIMIT_EXCEEDED"},
		{"braces", strings.Repeat("{", 30000), "TOKEN_LIMIT_EXCEEDED"},
		{"brackets", "{ findings(filter: {or: " + strings.Repeat("[", 30000) + ") { nodes { id } } }", "TOKEN_LIMIT_EXCEEDED"},
		{"a long name", "{ " + strings.Repeat("a", 60000) + " }", "GRAPHQL_VALIDATION_FAILED"},
		{"a long text", `{ explain(record: "` + strings.Repeat("é", 20000) + `") { state } }`, ""},
		{"an open text", `{ explain(record: """`, "GRAPHQL_PARSE_FAILED"},
	} {
		began := time.Now()
		a := w.ask(tt.query)
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: took %s", tt.name, took)
		}
		if a.codes() != tt.code && !strings.HasPrefix(a.codes(), tt.code+" ") {
			t.Errorf("%s: want %q, got %q: %.300s", tt.name, tt.code, a.codes(), a.body)
		}
		if len(a.Errors) > 20 {
			t.Errorf("%s: %d errors", tt.name, len(a.Errors))
		}
	}
}

// TestDepth: no path of the schema is longer than what is allowed, so the limit is
// asked by itself. Introspection may go deeper, as tools do.
func TestDepth(t *testing.T) {
	for levels, want := range map[int]string{graph.MaxDepth: "", graph.MaxDepth + 1: "DEPTH_LIMIT_EXCEEDED"} {
		nested := strings.Repeat("{ a ", levels) + strings.Repeat("}", levels)
		spread := strings.Repeat("{ a ", levels-1) + "{ ...F } " + strings.Repeat("}", levels-1) + " fragment F on A { a }"
		for _, query := range []string{nested, spread} {
			doc, err := parser.ParseQuery(&ast.Source{Input: query})
			if err != nil {
				t.Fatal(err)
			}
			for _, selection := range everySpread(doc.Operations[0].SelectionSet) {
				selection.Definition = doc.Fragments.ForName(selection.Name)
			}
			code := ""
			if fault := graph.Limits.MutateOperationContext(t.Context(), &graphql.OperationContext{Operation: doc.Operations[0]}); fault != nil {
				code, _ = fault.Extensions["code"].(string)
			}
			if code != want {
				t.Errorf("%d levels: got %q, want %q", levels, code, want)
			}
		}
	}
	w := newWorld(t)
	introspection := "{ __schema { types { fields { args { type { " + strings.Repeat("ofType { ", 9) + "name" + strings.Repeat(" }", 9) + " } } } } } }"
	if a := w.ask(introspection); a.codes() != "" {
		t.Errorf("the usual introspection: %s", a.body)
	}
}

// everySpread lists the spreads of fragments in a selection, however deep.
func everySpread(set ast.SelectionSet) []*ast.FragmentSpread {
	var spreads []*ast.FragmentSpread
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			spreads = append(spreads, everySpread(s.SelectionSet)...)
		case *ast.FragmentSpread:
			spreads = append(spreads, s)
		}
	}
	return spreads
}

// TestErrorsAreFew: a document with very many faults does not get an answer that
// is many times its size.
func TestErrorsAreFew(t *testing.T) {
	w := newWorld(t)
	a := w.ask("{ " + strings.Repeat("wrong ", 1500) + "}")
	if len(a.Errors) == 0 || len(a.Errors) > 20 {
		t.Errorf("%d errors", len(a.Errors))
	}
}

// TestCost: the answer says what the request was reckoned to cost, also when it
// was too much.
func TestCost(t *testing.T) {
	w := newWorld(t)
	small := w.ask(`{ findings(first: 10) { nodes { id } } }`).Extensions.Cost
	large := w.ask(`{ findings(first: 100) { nodes { id } } }`).Extensions.Cost
	if small.Requested == 0 || large.Requested < 8*small.Requested || small.Limit != graph.MaxComplexity {
		t.Errorf("ten cost %+v, a hundred %+v", small, large)
	}
	if counted := w.ask(`{ findings(first: 10) { nodes { id } totalCount } }`).Extensions.Cost; counted.Requested <= small.Requested {
		t.Errorf("counting costs nothing: %+v", counted)
	}
	refused := w.ask(`{ findings(first: 250) { nodes { timeline(first: 250) { nodes { kind } } } } }`)
	if refused.Extensions.Cost.Requested <= graph.MaxComplexity {
		t.Errorf("refused at %+v", refused.Extensions.Cost)
	}
}
