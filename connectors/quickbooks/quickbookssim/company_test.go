package quickbookssim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox"
)

// noon is the clock of the tests: summer, so Pacific time is -07:00.
var noon = time.Date(2026, 7, 1, 19, 0, 0, 250e6, time.UTC)

const testTime = "2026-07-01T12:00:00.250-07:00"

func testOptions() Options {
	return Options{Open: true, Now: func() time.Time { return noon }}
}

// files are the files of a dataset's quickbooks folder, by name.
type files map[string]string

func (f files) open(t testing.TB) *sandbox.Dataset {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "quickbooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range f {
		if err := os.WriteFile(filepath.Join(dir, "quickbooks", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ds, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// A testServer is a company behind real HTTP.
type testServer struct {
	*Company
	url string
}

func serve(t *testing.T, f files, o Options) testServer {
	t.Helper()
	c, err := New(f.open(t), o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return testServer{c, server.URL}
}

// An answer is what came back of a request.
type answer struct {
	status int
	header http.Header
	body   string
}

func (s testServer) do(t *testing.T, r *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, resp)
}

func readAnswer(t *testing.T, resp *http.Response) answer {
	t.Helper()
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// request makes a request with the token "token" below realm 1.
func (s testServer) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	if !strings.HasPrefix(path, "/v3/") {
		path = "/v3/company/1/" + path
	}
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Accept", "application/json")
	return r
}

func (s testServer) get(t *testing.T, path string) answer {
	t.Helper()
	return s.do(t, s.request(t, http.MethodGet, path, ""))
}

func (s testServer) query(t *testing.T, statement string) answer {
	t.Helper()
	return s.get(t, "query?minorversion=75&query="+url.QueryEscape(statement))
}

// queried are the rows of a page, and what stands beside them.
type queried struct {
	rows []map[string]any
	page map[string]any
}

func (s testServer) rows(t *testing.T, statement string) queried {
	t.Helper()
	a := s.query(t, statement)
	if a.status != http.StatusOK {
		t.Fatalf("%s: status %d: %s", statement, a.status, a.body)
	}
	var body struct{ QueryResponse map[string]json.RawMessage }
	if err := json.Unmarshal([]byte(a.body), &body); err != nil {
		t.Fatal(err)
	}
	q := queried{page: map[string]any{}}
	for name, raw := range body.QueryResponse {
		var into any = new(float64)
		if raw[0] == '[' {
			into = &q.rows
		}
		if err := json.Unmarshal(raw, into); err != nil {
			t.Fatal(err)
		}
		if n, ok := into.(*float64); ok {
			q.page[name] = int(*n)
		}
	}
	return q
}

// ids joins the Ids of the rows.
func (q queried) ids() string {
	ids := make([]string, len(q.rows))
	for i, r := range q.rows {
		ids[i], _ = r["Id"].(string)
	}
	return strings.Join(ids, " ")
}

// faultOf returns code and detail of a normal fault.
func (a answer) faultOf(t *testing.T) (code, detail string) {
	t.Helper()
	var body struct {
		Fault struct {
			Error []struct{ Message, Detail, Code string }
		}
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || len(body.Fault.Error) != 1 {
		t.Fatalf("no fault with one error: %s", a.body)
	}
	return body.Fault.Error[0].Code, body.Fault.Error[0].Detail
}

func TestAdmission(t *testing.T) {
	o := testOptions()
	o.Open, o.Token, o.Realm = false, "token", "1"
	closed, open := serve(t, nil, o), serve(t, nil, testOptions())
	for _, tt := range []struct {
		name          string
		server        testServer
		authorization string
		realm         string
		status        int
		code          string
	}{
		{"right token and realm", closed, "Bearer token", "1", 200, ""},
		{"no token", closed, "", "1", 401, "3200"},
		{"wrong token", closed, "Bearer other", "1", 401, "3200"},
		{"wrong scheme", closed, "Basic token", "1", 401, "3200"},
		{"wrong realm", closed, "Bearer token", "2", 403, "3100"},
		{"wrong token and realm", closed, "Bearer other", "2", 401, "3200"},
		{"open takes any token and realm", open, "Bearer other", "2", 200, ""},
		{"open wants a token all the same", open, "", "1", 401, "3200"},
		{"open wants more than the scheme", open, "Bearer ", "1", 401, "3200"},
		{"open wants the scheme", open, "Basic token", "1", 401, "3200"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := tt.server.request(t, http.MethodGet, "/v3/company/"+tt.realm+"/preferences", "")
			r.Header.Del("Authorization")
			if tt.authorization != "" {
				r.Header.Set("Authorization", tt.authorization)
			}
			a := tt.server.do(t, r)
			if a.status != tt.status {
				t.Fatalf("status %d, want %d: %s", a.status, tt.status, a.body)
			}
			wantChallenge := ""
			if tt.status == 401 {
				wantChallenge = `Bearer realm="Intuit", error="invalid_token"`
			}
			if got := a.header.Get("WWW-Authenticate"); got != wantChallenge {
				t.Errorf("WWW-Authenticate %q, want %q", got, wantChallenge)
			}
			if tt.code != "" && !strings.Contains(a.body, `"code":"`+tt.code+`"`) {
				t.Errorf("code %s is not in %s", tt.code, a.body)
			}
		})
	}
}

func TestForbiddenBody(t *testing.T) {
	o := testOptions()
	o.Open, o.Token, o.Realm = false, "token", "2"
	got := serve(t, nil, o).get(t, "preferences").body
	want := `{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",` +
		`"detail":null,"code":"3100","element":null}],"type":"SERVICE"},"report":null,"queryResponse":null,"batchItemResponse":[],"attachableResponse":[],` +
		`"syncErrorResponse":null,"requestId":null,"time":1782932400250,"status":null,"cdcresponse":[]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestHeaders(t *testing.T) {
	s := serve(t, nil, testOptions())
	seen := map[string]bool{}
	for path, contentType := range map[string]string{
		"preferences":  "application/json;charset=utf-8",
		"invoice/1":    "application/json",
		"nothing/here": "application/json",
	} {
		h := s.get(t, path).header
		if got := h.Get("Content-Type"); got != contentType {
			t.Errorf("%s: Content-Type %q, want %q", path, got, contentType)
		}
		if got, want := h.Get("Cache-Control"), "max-age=0, no-cache, no-store, must-revalidate, private"; got != want {
			t.Errorf("%s: Cache-Control %q", path, got)
		}
		if h.Get("Qbo-Version") != "1988.128" || h.Get("Service-Time") != "total=0, db=0" {
			t.Errorf("%s: Qbo-Version %q, Service-Time %q", path, h.Get("Qbo-Version"), h.Get("Service-Time"))
		}
		tid := h.Get("intuit_tid")
		if len(tid) != 35 || !strings.HasPrefix(tid, "1-") || seen[tid] {
			t.Errorf("%s: intuit_tid %q", path, tid)
		}
		seen[tid] = true
		if got := h.Get("Date"); got != "Wed, 01 Jul 2026 19:00:00 GMT" {
			t.Errorf("%s: Date %q", path, got)
		}
	}
}

func TestOptionsRefused(t *testing.T) {
	_, err := New(files{}.open(t), Options{})
	if err == nil || !strings.Contains(err.Error(), "Token") || !strings.Contains(err.Error(), "Realm") {
		t.Errorf("got %v, want both Token and Realm named", err)
	}
}

func TestLatency(t *testing.T) {
	o := testOptions()
	o.Latency = 30 * time.Millisecond
	s := serve(t, nil, o)
	began := time.Now()
	s.get(t, "preferences")
	if took := time.Since(began); took < o.Latency {
		t.Errorf("answered after %v, want at least %v", took, o.Latency)
	}
}

func TestRequests(t *testing.T) {
	s := serve(t, files{"Invoice.jsonl": `{"Id":"7"}`}, testOptions())
	for _, path := range []string{"invoice/7", "invoice/8", "preferences", "companyinfo/1", "nothing/here"} {
		s.get(t, path)
	}
	for _, statement := range []string{"SELECT * FROM Invoice", "SELECT * FROM invoice", "SELECT COUNT(*) FROM Invoice", "SELECT", "SELECT * FROM Custmoer"} {
		s.query(t, statement)
	}
	want := map[string]int{
		"read.invoice": 2, "preferences": 1, "companyinfo": 1, "unsupported": 1,
		"query.Invoice": 2, "query.Invoice.count": 1, "query.invalid": 2,
	}
	got := s.Requests()
	for kind := range want {
		if got[kind] != want[kind] {
			t.Errorf("%s: %d, want %d", kind, got[kind], want[kind])
		}
	}
	if len(got) != len(want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
