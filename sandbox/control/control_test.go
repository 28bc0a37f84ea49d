package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A till is a vendor: POST adds what the body says and GET tells the sum, to those
// who have the token.
type till struct {
	*Control
	url string

	mu     sync.Mutex
	sum    int
	bodies []string
	dead   bool
}

// total is the sum, and whether the token is dead.
func (s *till) total() (sum int, dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sum, s.dead
}

func newTill(t *testing.T) *till {
	t.Helper()
	s := &till{}
	s.Control = New(Vendor{
		Serve: s.serve,
		Refuse: func(w http.ResponseWriter, r *http.Request, status int, code string) {
			w.WriteHeader(status)
			fmt.Fprintf(w, "refused %s %s", r.URL.Path, code)
		},
		Check: func(_ int, code string) error {
			if len(code) != 1 {
				return fmt.Errorf("code %q: want one letter", code)
			}
			return nil
		},
		Kill: func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.dead = true
		},
		Revive: func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.dead = false
		},
		Requests: func() map[string]int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return map[string]int{"add": len(s.bodies)}
		},
	})
	server := httptest.NewServer(s)
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *till) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what is cut is no number
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.sum
	switch {
	case s.dead:
		w.WriteHeader(http.StatusUnauthorized)
		return
	case r.Method == http.MethodPost:
		var n int
		_, _ = fmt.Sscan(string(body), &n) // likewise
		s.sum += n
		s.bodies = append(s.bodies, string(body))
		s.Wrote(Write{Verb: "create", Object: "sum", ID: "1", Body: json.RawMessage(body)})
		sum = s.sum
	case IsStale(r.Context()):
		sum = -1
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"sum":%d}`, sum)
}

// An answer is what came back; err tells that nothing or not all came.
type answer struct {
	status      int
	body, media string
	header      http.Header
	err         error
}

func (s *till) send(t *testing.T, method, path, body string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	// Without connections that are kept: on those a client sends again by itself.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(raw), resp.Header.Get("Content-Type"), resp.Header, err}
}

func (s *till) strikes(t *testing.T, r Rule) {
	t.Helper()
	s.Clear()
	if _, err := s.Strike(r); err != nil {
		t.Fatal(err)
	}
}

func TestEffects(t *testing.T) {
	const json = "application/json"
	for _, tt := range []struct {
		rule    Rule
		want    answer
		lost    bool // the connection breaks
		added   int
		tokened bool // the token is dead
	}{
		{rule: Rule{Effect: Delay, Delay: 1}, want: answer{status: 200, body: `{"sum":7}`, media: json}, added: 7},
		{rule: Rule{Effect: Drop}, lost: true},
		{rule: Rule{Effect: DropAfter}, lost: true, added: 7},
		{rule: Rule{Effect: Refuse, Status: 409, Code: "X"}, want: answer{status: 409, body: "refused /add X", media: "text/plain; charset=utf-8"}},
		{rule: Rule{Effect: Refuse}, want: answer{status: 503, body: "refused /add ", media: "text/plain; charset=utf-8"}},
		{rule: Rule{Effect: RefuseAfter, Status: 500}, want: answer{status: 500, body: "refused /add ", media: "text/plain; charset=utf-8"}, added: 7},
		{rule: Rule{Effect: Cut}, want: answer{status: 200, body: `{"su`, media: json}, lost: true, added: 7},
		{rule: Rule{Effect: HTML, Status: 502}, want: answer{status: 502, body: "<html><body><h1>Service Unavailable</h1></body></html>\n", media: "text/html"}},
		{rule: Rule{Effect: HTML, Status: 200}, want: answer{status: 200, body: "<html><body><h1>Service Unavailable</h1></body></html>\n", media: "text/html"}},
		{rule: Rule{Effect: WrongType}, want: answer{status: 200, body: `{"sum":7}`, media: "text/plain"}, added: 7},
		{rule: Rule{Effect: Twice}, want: answer{status: 200, body: `{"sum":14}`, media: json}, added: 14},
		{rule: Rule{Effect: Stale}, want: answer{status: 200, body: `{"sum":7}`, media: json}, added: 7},
		{rule: Rule{Effect: DeadToken}, want: answer{status: 401}, tokened: true},
	} {
		t.Run(string(tt.rule.Effect), func(t *testing.T) {
			s := newTill(t)
			s.strikes(t, tt.rule)
			got := s.send(t, "POST", "/add", "7")
			if (got.err != nil) != tt.lost {
				t.Errorf("the connection: %v", got.err)
			}
			if got.status != tt.want.status || got.body != tt.want.body || got.media != tt.want.media {
				t.Errorf("got %d %q %q", got.status, got.body, got.media)
			}
			if sum, dead := s.total(); sum != tt.added || dead != tt.tokened {
				t.Errorf("%d was added, the token is dead: %v", sum, dead)
			}
			if f := s.Faults(); len(f) != 1 || f[0].Hits != 1 {
				t.Errorf("the rule: %+v", f)
			}
		})
	}
}

func TestStaleReads(t *testing.T) {
	s := newTill(t)
	s.strikes(t, Rule{Effect: Stale, Method: "GET", Times: 1})
	if got := s.send(t, "GET", "/sum", "").body; got != `{"sum":-1}` {
		t.Errorf("struck: %s", got)
	}
	if got := s.send(t, "GET", "/sum", "").body; got != `{"sum":0}` {
		t.Errorf("not struck: %s", got)
	}
}

// A static token is renewed by nobody: it works again when the rules end.
func TestClearRevives(t *testing.T) {
	s := newTill(t)
	s.strikes(t, Rule{Effect: DeadToken, Times: 1})
	for range 2 {
		if got := s.send(t, "GET", "/sum", "").status; got != http.StatusUnauthorized {
			t.Errorf("dead: %d", got)
		}
	}
	s.send(t, "DELETE", "/_sandbox/faults", "")
	if got := s.send(t, "GET", "/sum", "").status; got != http.StatusOK {
		t.Errorf("cleared: %d", got)
	}
}

func TestRetryAfter(t *testing.T) {
	s := newTill(t)
	s.strikes(t, Rule{Effect: Refuse, Status: 429, RetryAfter: 7})
	if got := s.send(t, "GET", "/sum", "").header.Get("Retry-After"); got != "7" {
		t.Errorf("got %q", got)
	}
	s.strikes(t, Rule{Effect: Refuse, Status: 429})
	if got := s.send(t, "GET", "/sum", "").header; got.Get("Retry-After") != "" {
		t.Errorf("got %v", got)
	}
}

func TestDelay(t *testing.T) {
	s := newTill(t)
	s.strikes(t, Rule{Effect: Refuse, Delay: Duration(40 * time.Millisecond)})
	began := time.Now()
	s.send(t, "GET", "/sum", "")
	if took := time.Since(began); took < 40*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

// A rule strikes what its method and path fit, after Skip of these and Times of
// them; the first that has something to do strikes.
func TestWhatIsStruck(t *testing.T) {
	s := newTill(t)
	for _, r := range []Rule{
		{Method: "POST", Path: `^/add\?.*kind=void`, Skip: 1, Times: 2, Effect: Refuse, Status: 418},
		{Path: "/add", Times: 1, Effect: Refuse, Status: 409},
	} {
		if _, err := s.Strike(r); err != nil {
			t.Fatal(err)
		}
	}
	for n, tt := range []struct {
		method, path string
		status       int
	}{
		{"GET", "/sum", 200},
		{"GET", "/add?x=1&kind=void", 409},  // another method: the second rule
		{"POST", "/add?x=1&kind=void", 200}, // skipped by the first, and the second is through
		{"POST", "/add", 200},
		{"POST", "/add?kind=void", 418},
		{"POST", "/add?kind=void", 418},
		{"POST", "/add?kind=void", 200},
	} {
		if got := s.send(t, tt.method, tt.path, "1").status; got != tt.status {
			t.Errorf("request %d: %d, want %d", n, got, tt.status)
		}
	}
	f := s.Faults()
	if f[0].Hits != 2 || f[1].Hits != 1 || f[0].ID == f[1].ID {
		t.Errorf("got %+v", f)
	}
	s.Clear()
	if len(s.Faults()) != 0 {
		t.Error("not cleared")
	}
}

// All of it from outside.
func TestAdmin(t *testing.T) {
	s := newTill(t)
	if got := s.send(t, "GET", "/_sandbox/writes", ""); got.body != "[]" || got.media != "application/json" {
		t.Errorf("no writes: %s %s", got.body, got.media)
	}
	got := s.send(t, "POST", "/_sandbox/faults", `{"method":"POST","path":"/add","skip":1,"times":1,"effect":"refuse_after","delay":"1ms","status":500,"code":"C","retryAfter":3}`)
	const fault = `{"id":1,"method":"POST","path":"/add","skip":1,"times":1,"effect":"refuse_after","delay":"1ms","status":500,"code":"C","retryAfter":3,"hits":%d}`
	if want := fmt.Sprintf(fault, 0); got.status != http.StatusCreated || got.body != want {
		t.Errorf("%d %s", got.status, got.body)
	}
	for n, want := range []int{200, 500, 200} {
		if got := s.send(t, "POST", "/add", "2").status; got != want {
			t.Errorf("request %d: %d, want %d", n, got, want)
		}
	}
	if got := s.send(t, "GET", "/_sandbox/faults", "").body; got != "["+fmt.Sprintf(fault, 1)+"]" {
		t.Errorf("got %s", got)
	}
	if got := s.send(t, "GET", "/_sandbox/requests", "").body; got != `{"add":3}` {
		t.Errorf("got %s", got)
	}
	var writes []Write
	if err := json.Unmarshal([]byte(s.send(t, "GET", "/_sandbox/writes", "").body), &writes); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.Writes(), writes); diff != "" || len(writes) != 3 || string(writes[0].Body) != "2" {
		t.Errorf("%s %+v", diff, writes)
	}
	if got := s.send(t, "DELETE", "/_sandbox/faults", ""); got.status != http.StatusNoContent || len(s.Faults()) != 0 {
		t.Errorf("%d, then %v", got.status, s.Faults())
	}
	for order := range orders {
		if method, path, _ := strings.Cut(order, " "); s.send(t, method, path, `{"effect":"drop"}`).status >= 300 {
			t.Errorf("%s is listed and not taken", order)
		}
	}
	if got := s.send(t, "GET", "/_sandbox/", ""); got.status != http.StatusOK || !strings.Contains(got.body, `"DELETE /_sandbox/faults":"end all of them`) {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := s.send(t, "GET", "/_sandbox/nothing", ""); got.status != http.StatusNotFound {
		t.Errorf("got %d", got.status)
	}
}

// The status is told where there is one.
func TestStatusTold(t *testing.T) {
	s := newTill(t)
	for effect, want := range map[Effect]string{Drop: "", Refuse: `"status":503`, RefuseAfter: `"status":503`, HTML: `"status":503`, Stale: ""} {
		got := s.send(t, "POST", "/_sandbox/faults", fmt.Sprintf(`{"effect":%q}`, effect)).body
		if strings.Contains(got, "status") != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s: %s", effect, got)
		}
	}
}

func TestRulesRefused(t *testing.T) {
	s := newTill(t)
	for name, body := range map[string]string{
		"effect": `{"effect":"explode"}`, "no effect": `{}`, "path": `{"effect":"drop","path":"("}`, "skip": `{"effect":"drop","skip":-1}`,
		"member": `{"effect":"drop","when":"now"}`, "delay": `{"effect":"delay","delay":"soon"}`, "delay in numbers": `{"effect":"delay","delay":5}`, "JSON": `{`,
		"status": `{"effect":"refuse","status":99}`, "no delay": `{"effect":"delay"}`, "code": `{"effect":"refuse","code":"CC"}`,
		"status of nothing": `{"effect":"drop","status":500}`, "code of nothing": `{"effect":"html","code":"C"}`,
	} {
		got := s.send(t, "POST", "/_sandbox/faults", body)
		if got.status != http.StatusBadRequest || !strings.HasPrefix(got.body, `{"error":"`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if len(s.Faults()) != 0 {
		t.Errorf("got %+v", s.Faults())
	}
}

// A caller who leaves while a rule waits is not answered, and nothing is done.
func TestLeavingDuringADelay(t *testing.T) {
	s := newTill(t)
	s.strikes(t, Rule{Effect: Delay, Delay: Duration(time.Hour)})
	r := httptest.NewRequest("POST", "/add", strings.NewReader("7"))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	s.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
	if sum, _ := s.total(); sum != 0 {
		t.Errorf("%d was added", sum)
	}
}
