package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/sandbox"
)

// A served program runs until stop is called; stop returns its exit code.
type served struct {
	t    *testing.T
	url  string
	out  *lockedBuffer
	stop func() int
}

// A lockedBuffer is written by the program and read by the test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve starts a serving command and waits for the address that it prints.
func (c *call) serve(address *regexp.Regexp, args ...string) *served {
	c.t.Helper()
	ctx, cancel := context.WithCancel(c.t.Context())
	s := &served{t: c.t, out: &lockedBuffer{}}
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"tieout"}, args...), c.env, s.out, s.out)
	}()
	s.stop = sync.OnceValue(func() int { cancel(); return <-ended })
	c.t.Cleanup(func() { s.stop() })
	for wait := time.NewTicker(10 * time.Millisecond); ; <-wait.C {
		if m := address.FindStringSubmatch(s.out.String()); m != nil {
			s.url = m[1]
			return s
		}
		select {
		case code := <-ended:
			ended <- code
			c.t.Fatalf("tieout %s ended with %d:\n%s", strings.Join(args, " "), code, s.out)
		default:
		}
	}
}

// query posts a GraphQL document and returns its data.
func (s *served) query(document string, variables map[string]any) map[string]any {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.Post(s.url+"/graphql", "application/json", bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Data   map[string]any
		Errors []any
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		s.t.Fatal(err)
	}
	if len(answer.Errors) > 0 {
		s.t.Fatalf("%s: %v", document, answer.Errors)
	}
	return answer.Data
}

// at walks into an answer: names of members, numbers of elements.
func at(t *testing.T, v any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				t.Fatalf("no member %q in %v", step, v)
			}
			v = m[step]
		case int:
			l, ok := v.([]any)
			if !ok || step >= len(l) {
				t.Fatalf("no element %d in %v", step, v)
			}
			v = l[step]
		}
	}
	return v
}

// TestServe orders a run through the API, waits for its end, reads findings, an
// explanation and control totals, orders the workbook and downloads it.
func TestServe(t *testing.T) {
	t.Parallel()
	truth, dir := world(t, sandbox.Options{Invoices: 300, Seed: 8, Defects: 0.1})
	c := simulated(t, dir, dbtest.SQLite(t))
	c.settings(truth)
	s := c.serve(regexp.MustCompile(`(http://127\.0\.0\.1:\d+)`), "serve", "-listen", "127.0.0.1:0")

	state := s.endOfRun()
	if state != "COMPLETE" {
		t.Fatalf("run ended %v", state)
	}
	found := s.query(`{ findings(first: 250) { totalCount nodes { code number amount { amount currencyCode } } } }`, nil)
	if n := at(t, found, "findings", "totalCount"); n != float64(len(truth.Findings)) {
		t.Errorf("%v findings, want %d", n, len(truth.Findings))
	}
	one := s.query(`{ findings(first: 1, filter: { code: { eq: INVOICE_ONLY_IN_SOURCE } }) { nodes { number } } }`, nil)
	number := at(t, one, "findings", "nodes", 0, "number")
	explained := s.query(`query ($record: String!) { explain(record: $record) { state gates { answer } findings { number } } }`, map[string]any{"record": number})
	if gates, ok := at(t, explained, "explain", 0, "gates").([]any); !ok || len(gates) != 16 {
		t.Errorf("explain %v: %v", number, explained)
	}
	if n := at(t, explained, "explain", 0, "findings", 0, "number"); n != number {
		t.Errorf("explain %v has a finding on %v", number, n)
	}
	book := s.query(`mutation { reportExport(input: {}) { reportFile { name url sha256 bytes } userErrors { code message } } }`, nil)
	s.download(at(t, book, "reportExport", "reportFile"))
	audit := s.query(`mutation { reportExport(input: {kind: sku}) { reportFile { name url sha256 bytes } userErrors { code message } } }`, nil)
	s.download(at(t, audit, "reportExport", "reportFile"))
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, s.out)
	}
}

// endOfRun orders a run and waits until it has ended.
func (s *served) endOfRun() any {
	s.t.Helper()
	s.query(`mutation { runStart(input: {}) { run { id } userErrors { code } } }`, nil)
	for wait := time.NewTicker(20 * time.Millisecond); ; <-wait.C {
		runs := s.query(`{ runs(first: 1) { nodes { state } } }`, nil)
		switch state := at(s.t, runs, "runs", "nodes", 0, "state"); state {
		case "QUEUED", "PULLING", "COMPARING":
		default:
			return state
		}
	}
}

// download fetches a workbook and opens it.
func (s *served) download(file any) {
	s.t.Helper()
	url := fmt.Sprint(at(s.t, file, "url"))
	if strings.HasPrefix(url, "/") {
		url = s.url + url
	}
	resp, err := http.Get(url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s, %v", url, resp.Status, err)
	}
	if n := at(s.t, file, "bytes"); fmt.Sprint(n) != fmt.Sprint(float64(len(body))) {
		s.t.Errorf("%d bytes came, %v were promised", len(body), n)
	}
	book, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	sheets, err := fs.ReadFile(book, "xl/workbook.xml")
	if err != nil || !bytes.Contains(sheets, []byte(`name="Cover"`)) || !bytes.Contains(sheets, []byte(`name="Completeness"`)) {
		s.t.Errorf("the workbook has no Cover or no Completeness: %v", err)
	}
}

// TestDemo wants an address, a verdict and the path of a workbook.
func TestDemo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "demo")
	c := &call{t, nil}
	s := c.serve(regexp.MustCompile(`(?s)status\s+(http://127\.0\.0\.1:\d+).*serving`), "demo", "-dir", dir, "-listen", "127.0.0.1:0")
	out := s.out.String()
	for _, want := range []string{"verdict   NOT_TIED_OUT", "graphiql", filepath.Join(dir, "reports")} {
		if !strings.Contains(out, want) {
			t.Errorf("demo does not print %q:\n%s", want, out)
		}
	}
	status, err := http.Get(s.url + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer status.Body.Close()
	if status.StatusCode != http.StatusOK {
		t.Errorf("GET /: %s", status.Status)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
