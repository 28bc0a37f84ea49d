package server_test

import (
	"net/http"
	"strings"
	"testing"
)

const ask = `{"query": "{ viewer { actor } }"}`

// TestHeaders: every route says of itself that it is neither stored, framed,
// guessed at nor fed from elsewhere.
func TestHeaders(t *testing.T) {
	s := newSite(t)
	file := s.report("a.xlsx", "content")
	for _, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/", 200},
		{"GET", "/graphiql", 200},
		{"GET", "/graphiql/app.js", 200},
		{"GET", "/graphiql/app.css", 200},
		{"GET", "/graphiql/theme.css", 200},
		{"GET", "/healthz", 200},
		{"GET", "/readyz", 200},
		{"GET", "/reports/" + file.ID, 200},
		{"GET", "/reports/99", 404},
		{"GET", "/graphql", 405},
		{"POST", "/graphql", 200},
		{"GET", "/nothing", 404},
		{"TRACE", "/", 405},
		{"DELETE", "/reports/" + file.ID, 405},
	} {
		rec := s.send(tt.method, tt.path, ask, "Content-Type", "application/json")
		if rec.Code != tt.status {
			t.Errorf("%s %s: %d, want %d", tt.method, tt.path, rec.Code, tt.status)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := rec.Header().Get(name); got != want {
				t.Errorf("%s %s: %s is %q", tt.method, tt.path, name, got)
			}
		}
		policy := rec.Header().Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s %s: policy %q", tt.method, tt.path, policy)
		}
		if len(rec.Header().Get("X-Request-Id")) != 16 {
			t.Errorf("%s %s: request id %q", tt.method, tt.path, rec.Header().Get("X-Request-Id"))
		}
	}
}

// TestHosts: a name that is made to mean this machine is not answered.
func TestHosts(t *testing.T) {
	s := newSite(t)
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "127.0.0.1:8080": 200, "127.9.9.9": 200, "[::1]:8080": 200, "[::1]": 200,
		"evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "192.168.0.1:8080": 421, "": 421, "0.0.0.0:8080": 421,
	} {
		if got := s.get("/healthz", "Host", host).Code; got != want {
			t.Errorf("host %q: %d, want %d", host, got, want)
		}
	}
}

// TestOrigins: pages of another origin order nothing; a client that is no browser
// may.
func TestOrigins(t *testing.T) {
	s := newSite(t)
	for _, tt := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"no browser", nil, 200},
		{"our own page", []string{"Sec-Fetch-Site", "same-origin", "Origin", "http://localhost:8080"}, 200},
		{"typed into the address bar", []string{"Sec-Fetch-Site", "none"}, 200},
		{"another site", []string{"Sec-Fetch-Site", "cross-site", "Origin", "https://evil.example"}, 403},
		{"another port of this machine", []string{"Sec-Fetch-Site", "same-site", "Origin", "http://localhost:3000"}, 403},
		{"an older browser", []string{"Origin", "https://evil.example"}, 403},
		{"a sandboxed frame", []string{"Origin", "null"}, 403},
	} {
		rec := s.send(http.MethodPost, "/graphql", ask, append([]string{"Content-Type", "application/json"}, tt.headers...)...)
		if rec.Code != tt.want {
			t.Errorf("%s: %d, want %d: %s", tt.name, rec.Code, tt.want, rec.Body)
		}
		if tt.want == 403 && !strings.Contains(rec.Body.String(), `"code":"CROSS_ORIGIN_REFUSED"`) {
			t.Errorf("%s: %s", tt.name, rec.Body)
		}
	}
}

// TestLog: one line a request with its id and route, and never what was asked.
func TestLog(t *testing.T) {
	s := newSite(t)
	rec := s.send(http.MethodPost, "/graphql", `{"query": "{ explain(record: \"ann@example.com\") { state } }"}`, "Content-Type", "application/json")
	s.get("/reports/ann@example.com?token=ann@example.com")
	lines := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "request="+rec.Header().Get("X-Request-Id")) || !strings.Contains(lines[0], "route=/graphql") ||
		!strings.Contains(lines[0], "status=200") || !strings.Contains(lines[1], `route="GET /reports/{id}"`) {
		t.Errorf("log: %s", s.log.String())
	}
	// A panic is answered and logged, without what it was about.
	rec = s.send(http.MethodPost, "/graphql", `{"query": "mutation { runStart(input: {}) { clientMutationId } }"}`, "Content-Type", "application/json")
	if rec.Code != 200 || !strings.Contains(rec.Body.String(), `"code":"INTERNAL"`) || !strings.Contains(rec.Body.String(), rec.Header().Get("X-Request-Id")) {
		t.Errorf("a panic: %d %s", rec.Code, rec.Body)
	}
	if strings.Contains(s.log.String(), "ann@") {
		t.Errorf("the log tells too much: %s", s.log.String())
	}
}
