package server_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

// TestStatus: the page says in words how things stand, and never that all is well
// when it is not known.
func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*reconcile.Run)
		want   []string
	}{
		{"nothing yet", nil, []string{"No run has ended yet", "No workbook has been made yet"}},
		{"tied out", func(*reconcile.Run) {}, []string{"<h1>Tied out</h1>", "12 invoices are in scope", "verdict good", "2026-03-10 13:01"}},
		{"not", func(r *reconcile.Run) { r.Verdict, r.Counts.Open = reconcile.NotTiedOut, 1 }, []string{"Not tied out", "1 finding is open", "verdict bad"}},
		{"with items", func(r *reconcile.Run) { r.Verdict = reconcile.TiedOutWithItems }, []string{"Tied out, with open items"}},
		{"nothing in scope", func(r *reconcile.Run) { r.Verdict, r.Counts.InScope = reconcile.VerdictUnknown, 0 }, []string{"Nothing was in scope", "verdict bad"}},
		{"unknown", func(r *reconcile.Run) { r.Verdict = reconcile.VerdictUnknown }, []string{"Nothing can be said"}},
		{"incomplete", func(r *reconcile.Run) {
			r.State, r.Verdict, r.Problem = reconcile.RunIncomplete, reconcile.VerdictUnknown, "3 of <b>4</b> received"
		}, []string{"The last run is incomplete", "3 of &lt;b&gt;4&lt;/b&gt; received"}},
		{"failed", func(r *reconcile.Run) { r.State, r.Problem = reconcile.RunFailed, "no answer" }, []string{"The last run failed", "no answer"}},
		{"cancelled", func(r *reconcile.Run) { r.State = reconcile.RunCancelled }, []string{"The last run was cancelled"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			_, _, err := s.repo.SetSettings(t.Context(), map[string]string{"time_zone": "Europe/Berlin"})
			s.must(err)
			if tt.change != nil {
				s.run(tt.change)
			}
			rec := s.get("/")
			compared := tt.change != nil && tt.name != "failed" && tt.name != "cancelled"
			if figures := strings.Contains(rec.Body.String(), "Open findings"); figures != compared {
				t.Errorf("figures: %t, want %t", figures, compared)
			}
			for _, want := range append(tt.want, "1.2.3", "/graphiql", "/healthz", "Europe/Berlin") {
				if !strings.Contains(rec.Body.String(), want) {
					t.Errorf("want %q in\n%s", want, rec.Body)
				}
			}
			if media := rec.Header().Get("Content-Type"); rec.Code != 200 || media != "text/html; charset=utf-8" {
				t.Errorf("%d %s", rec.Code, media)
			}
		})
	}
}

// TestStatusUnderWay: while a run is under way, the page tells of the last one
// that compared, and of the workbook.
func TestStatusUnderWay(t *testing.T) {
	s := newSite(t)
	s.run(func(*reconcile.Run) {})
	file := s.report("mismatches <1>.xlsx", "x")
	_, err := s.repo.StartRun(t.Context(), reconcile.Run{State: reconcile.RunPulling, AsOf: today, StartedAt: today})
	s.must(err)
	page := s.get("/").Body.String()
	for _, want := range []string{"<h1>Tied out</h1>", "Run 2 is under way (PULLING)", `href="/reports/` + file.ID + `"`, "mismatches &lt;1&gt;.xlsx"} {
		if !strings.Contains(page, want) {
			t.Errorf("want %q in\n%s", want, page)
		}
	}
	s.must(s.store.Close())
	if rec := s.get("/"); rec.Code != 500 || strings.Contains(rec.Body.String(), "closed") {
		t.Errorf("without a store: %d %s", rec.Code, rec.Body)
	}
}

// TestPagesLoadNothing: what the pages name is served here, and nothing in them is
// carried out from their text.
func TestPagesLoadNothing(t *testing.T) {
	s := newSite(t)
	reference := regexp.MustCompile(`(?:src|href|action)="([^"]*)"`)
	for _, path := range []string{"/", "/graphiql"} {
		page := s.get(path).Body.String()
		for _, m := range reference.FindAllStringSubmatch(page, -1) {
			if strings.HasPrefix(m[1], "#") {
				continue
			}
			if !strings.HasPrefix(m[1], "/") || strings.HasPrefix(m[1], "//") {
				t.Errorf("%s loads %s", path, m[1])
			} else if rec := s.get(m[1]); rec.Code != 200 {
				t.Errorf("%s names %s: %d", path, m[1], rec.Code)
			}
		}
		if regexp.MustCompile(`(?i)<script(?:\s[^>]*)?>[^<]|<style|\sstyle=|\son[a-z]+=|javascript:`).MatchString(page) {
			t.Errorf("%s has script or style in its text", path)
		}
	}
	files, err := filepath.Glob("explorer/*")
	if err != nil || len(files) != 4 {
		t.Fatalf("%v %v", files, err)
	}
	elsewhere := regexp.MustCompile(`https?:|//[a-z]+\.|@import|url\(|innerHTML|insertAdjacentHTML|document\.write|eval\(|new Function`)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		s.must(err)
		if found := elsewhere.Find(raw); found != nil {
			t.Errorf("%s: %s", name, found)
		}
	}
}

// TestExamples: every example of the explorer is a document that the API takes.
func TestExamples(t *testing.T) {
	s := newSite(t)
	raw, err := os.ReadFile("explorer/app.js")
	s.must(err)
	text := string(raw)
	examples := regexp.MustCompile("(?s)\": `(.*?)`,\n").FindAllStringSubmatch(text, -1)
	introspection := regexp.MustCompile("(?s)introspection = `(.*?)`;").FindStringSubmatch(text)
	if len(examples) < 8 || introspection == nil {
		t.Fatalf("%d examples", len(examples))
	}
	for _, m := range append(examples, introspection) {
		rec := s.send("POST", "/graphql", `{"query": `+quote(m[1])+`, "variables": {"first": 20, "record": "INV-1001"}}`, "Content-Type", "application/json")
		if regexp.MustCompile(`"code":"(GRAPHQL_|[A-Z]+_(LIMIT|INVALID))`).MatchString(rec.Body.String()) {
			t.Errorf("%s\n%.500s", m[1], rec.Body)
		}
	}
}
