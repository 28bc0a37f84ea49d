package graph_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tieout/tieout/graph"
)

const asJSON, asGraphQL = "application/json; charset=utf-8", "application/graphql-response+json; charset=utf-8"

// TestMedia: what goes in is JSON by POST, what comes out is what the client
// takes.
func TestMedia(t *testing.T) {
	w := newWorld(t)
	const good = `{"query": "{ viewer { actor } }"}`
	const bad = `{"query": "{ nothing }"}`
	for _, tt := range []struct {
		name, body    string
		headers       []string
		status        int
		media, code   string
		dataIsLeftOut bool
	}{
		{"plain", good, nil, 200, asJSON, "", false},
		{"charset", good, []string{"Content-Type", "application/json; charset=UTF-8"}, 200, asJSON, "", false},
		{"new type", good, []string{"Accept", "application/graphql-response+json"}, 200, asGraphQL, "", false},
		{"first that is named", good, []string{"Accept", "text/html, application/graphql-response+json, application/json;q=0.5"}, 200, asGraphQL, "", false},
		{"older type first", good, []string{"Accept", "application/json, application/graphql-response+json"}, 200, asJSON, "", false},
		{"refused by weight", good, []string{"Accept", "application/graphql-response+json;q=0, */*"}, 200, asJSON, "", false},
		{"anything", good, []string{"Accept", "*/*"}, 200, asJSON, "", false},
		{"a bad document, older type", bad, nil, 200, asJSON, "GRAPHQL_VALIDATION_FAILED", true},
		{"a bad document, new type", bad, []string{"Accept", "application/graphql-response+json"}, 400, asGraphQL, "GRAPHQL_VALIDATION_FAILED", true},
		{"no document", `{"query": "{"}`, nil, 200, asJSON, "GRAPHQL_PARSE_FAILED", true},
		{"form", "query=%7Bviewer%7Bactor%7D%7D", []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, asJSON, "UNSUPPORTED_MEDIA_TYPE", true},
		{"text", good, []string{"Content-Type", "text/plain"}, 415, asJSON, "UNSUPPORTED_MEDIA_TYPE", true},
		{"multipart", good, []string{"Content-Type", "multipart/form-data; boundary=x"}, 415, asJSON, "UNSUPPORTED_MEDIA_TYPE", true},
		{"no type", good, []string{"Content-Type", ""}, 415, asJSON, "UNSUPPORTED_MEDIA_TYPE", true},
		{"another charset", good, []string{"Content-Type", "application/json; charset=utf-16"}, 415, asJSON, "UNSUPPORTED_MEDIA_TYPE", true},
		{"a list of operations", "[" + good + "]", nil, 400, asJSON, "BAD_REQUEST", true},
		{"no query", `{}`, nil, 400, asJSON, "BAD_REQUEST", true},
		{"null", `null`, nil, 400, asJSON, "BAD_REQUEST", true},
		{"no JSON", `query`, nil, 400, asJSON, "BAD_REQUEST", true},
		{"nothing", ``, nil, 400, asJSON, "BAD_REQUEST", true},
		{"more after it", good + "{}", nil, 400, asJSON, "BAD_REQUEST", true},
		{"variables that are none", `{"query": "{ viewer { actor } }", "variables": [1]}`, nil, 400, asJSON, "BAD_REQUEST", true},
		{"null variables", `{"query": "{ viewer { actor } }", "variables": null, "operationName": null, "extensions": null}`, nil, 200, asJSON, "", false},
		{"an operation that is not there", `{"query": "query A { viewer { actor } }", "operationName": "B"}`, nil, 200, asJSON, "GRAPHQL_VALIDATION_FAILED", true},
		{"large", `{"query": "{ viewer { actor } } #` + strings.Repeat("x", graph.MaxBody) + `"}`, nil, 413, asJSON, "BODY_TOO_LARGE", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := w.post(tt.body, append([]string{"Content-Type", "application/json"}, tt.headers...)...)
			if a.status != tt.status || a.media != tt.media || a.codes() != tt.code {
				t.Errorf("got %d %s %q, want %d %s %q: %s", a.status, a.media, a.codes(), tt.status, tt.media, tt.code, a.body)
			}
			if leftOut := a.Data == nil; leftOut != tt.dataIsLeftOut {
				t.Errorf("data: %s", a.body)
			}
		})
	}
}

// TestMethods: nothing but POST, so that no link and no picture asks anything.
func TestMethods(t *testing.T) {
	w := newWorld(t)
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodDelete, http.MethodOptions, http.MethodTrace} {
		rec := httptest.NewRecorder()
		w.handler.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), method, "/graphql?query={viewer{actor}}", nil))
		if rec.Code != http.StatusMethodNotAllowed || rec.Header().Get("Allow") != "POST" {
			t.Errorf("%s: %d, Allow %q", method, rec.Code, rec.Header().Get("Allow"))
		}
	}
}
