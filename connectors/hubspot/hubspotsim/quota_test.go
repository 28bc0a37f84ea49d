package hubspotsim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tieout/tieout/sandbox/control"
	"github.com/tieout/tieout/sandbox/signin"
)

// asker calls a portal whose clock is set by hand.
type asker struct {
	portal *Portal
	now    time.Time
}

func newAsker(t *testing.T, o Options) *asker {
	t.Helper()
	a := &asker{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	o.Open, o.Now = true, func() time.Time { return a.now }
	p, err := New(dataset(t, files{"account.json": `{"timeZone":"America/New_York"}`}), o)
	if err != nil {
		t.Fatal(err)
	}
	a.portal = p
	return a
}

func (a *asker) ask(method, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	a.portal.ServeHTTP(w, r)
	return w
}

const (
	listPath   = "/crm/objects/2026-03/invoices"
	searchPath = "/crm/objects/2026-03/invoices/search"
)

// Whenever requests come, a request is refused exactly if as many as the limit
// were admitted in the span before it: never more are admitted in any window,
// and never fewer than could be.
func TestWindowIsStrict(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{limit: rapid.IntRange(1, 20).Draw(t, "limit"), span: 10 * time.Second}
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		var admitted []time.Time
		for range 200 {
			now = now.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "gap")) * time.Millisecond)
			recent := 0
			for _, at := range admitted {
				if now.Sub(at) < w.span {
					recent++
				}
			}
			if got := w.left(now); got != w.limit-recent {
				t.Fatalf("%d left, want %d", got, w.limit-recent)
			}
			if full := w.full(now); full != (recent == w.limit) {
				t.Fatalf("full is %v with %d of %d in the last %v", full, recent, w.limit, w.span)
			}
			if !w.full(now) {
				w.admit(now)
				admitted = append(admitted, now)
			}
		}
	})
}

func TestQuota(t *testing.T) {
	a := newAsker(t, Options{Quota: 110})
	for n := range 110 {
		w := a.ask("GET", listPath)
		h := w.Header()
		if w.Code != 200 || h.Get("X-HubSpot-RateLimit-Max") != "110" || h.Get("X-HubSpot-RateLimit-Interval-Milliseconds") != "10000" {
			t.Fatalf("request %d: %d with %v", n, w.Code, h)
		}
		if n == 109 && h.Get("X-HubSpot-RateLimit-Remaining") != "0" {
			t.Errorf("remaining %s", h.Get("X-HubSpot-RateLimit-Remaining"))
		}
	}
	if h := a.ask("GET", listPath).Header(); h.Get("X-HubSpot-RateLimit-Secondly") != "11" || h.Get("X-HubSpot-RateLimit-Secondly-Remaining") != "0" {
		t.Errorf("%v", h)
	}
	a.now = a.now.Add(10*time.Second - 1)
	w := a.ask("GET", listPath)
	if h := w.Header(); h.Get("X-HubSpot-RateLimit-Secondly-Remaining") != "11" {
		t.Errorf("%v", h)
	}
	var body map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusTooManyRequests {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	delete(body, "correlationId")
	delete(body, "requestId")
	want := map[string]string{
		"status": "error", "message": "You have reached your ten_secondly_rolling limit.", "errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING",
	}
	if diff := cmp.Diff(want, body); diff != "" {
		t.Error(diff)
	}
	a.now = a.now.Add(1)
	if w := a.ask("GET", listPath); w.Code != 200 {
		t.Errorf("a whole window later: %d", w.Code)
	}
	if diff := cmp.Diff(map[string]int{policyTenSecondly: 2}, a.portal.Refused()); diff != "" {
		t.Error(diff)
	}
}

// Searches have a limit of their own and tell none.
func TestSearchQuota(t *testing.T) {
	a := newAsker(t, Options{Quota: 1})
	a.ask("GET", listPath)
	for n := range 7 {
		w := a.ask("POST", searchPath)
		if limited := w.Code == http.StatusTooManyRequests; limited != (n >= 5) {
			t.Errorf("search %d: %d", n, w.Code)
		}
		if n >= 5 && !strings.Contains(w.Body.String(), `"policyName":"SECONDLY"`) {
			t.Errorf("got %s", w.Body)
		}
		for name := range w.Header() {
			if strings.Contains(name, "Ratelimit") {
				t.Errorf("a search tells %s", name)
			}
		}
	}
	a.now = a.now.Add(time.Second)
	if w := a.ask("POST", searchPath); w.Code != 200 {
		t.Errorf("a second later: %d", w.Code)
	}
}

// The day is the portal's: it ends at midnight in New York, 5 in the morning.
func TestDailyLimit(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		a := newAsker(t, Options{Daily: 3, NoDailyHeaders: hidden})
		a.ask("POST", searchPath)
		a.ask("GET", listPath)
		h := a.ask("GET", listPath).Header()
		if told := h.Get("X-HubSpot-RateLimit-Daily") == "3" && h.Get("X-HubSpot-RateLimit-Daily-Remaining") == "0"; told == hidden {
			t.Errorf("hidden %v: %v", hidden, h)
		}
		a.now = time.Date(2026, 11, 23, 4, 59, 59, 0, time.UTC)
		if w := a.ask("GET", listPath); w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), `"policyName":"DAILY"`) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		a.now = a.now.Add(time.Second)
		if w := a.ask("GET", listPath); w.Code != 200 {
			t.Errorf("the next day: %d", w.Code)
		}
	}
}

func TestNoQuotaUnlessAsked(t *testing.T) {
	a := newAsker(t, Options{})
	for range 1000 {
		if w := a.ask("GET", listPath); w.Code != 200 || w.Header().Get("X-HubSpot-RateLimit-Max") != "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
}

// The other form of the body, and the status that comes with each policy on command.
func TestRateLimitCategory(t *testing.T) {
	for _, category := range []bool{false, true} {
		a := newAsker(t, Options{RateLimitCategory: category})
		for _, policy := range []string{policyDaily, policySecondly, policyTenSecondly} {
			if _, err := a.portal.Control().Strike(control.Rule{Effect: control.Refuse, Status: 429, Code: policy, Times: 1}); err != nil {
				t.Fatal(err)
			}
			w := a.ask("GET", listPath)
			old, other := strings.Contains(w.Body.String(), `"errorType":"RATE_LIMIT"`), strings.Contains(w.Body.String(), `"category":"RATE_LIMITS"`)
			if w.Code != 429 || old == category || other != category || !strings.Contains(w.Body.String(), `"policyName":"`+policy+`"`) {
				t.Errorf("%v %s: %d %s", category, policy, w.Code, w.Body)
			}
			if w := a.ask("GET", listPath); w.Code != 200 {
				t.Errorf("afterwards: %d", w.Code)
			}
		}
	}
}

// The ten seconds are each app's own, the day is the portal's; and an app that has
// signed in is not told of the day.
func TestQuotaOfTwoApps(t *testing.T) {
	p, _ := signs(t, signin.Options{Consent: signin.ConsentAuto})
	p.options.Quota, p.options.Daily = 2, 5
	p.meter = newMeter(p.options)
	tokens := consents(t, p, "scope=oauth", "/oauth/2026-03/token")
	const details = "/account-info/2026-03/details"
	for n, bearer := range []string{"static", "static", "static", tokens.Access, tokens.Access, tokens.Access} {
		w := get(p, details, bearer)
		if limited := w.Code == 429; limited != (n%3 == 2) {
			t.Errorf("request %d: %d", n, w.Code)
		}
		if told := w.Header().Get("X-HubSpot-RateLimit-Daily") == "5"; told != (n < 3) {
			t.Errorf("request %d: %v", n, w.Header())
		}
	}
	if diff := cmp.Diff(map[string]int{policyTenSecondly: 2}, p.Refused()); diff != "" {
		t.Error(diff)
	}
}

// Faults on command have the status, and a body where HubSpot itself answers.
func TestStatusOnCommand(t *testing.T) {
	for status, body := range map[int]string{
		400: `"category":"VALIDATION_ERROR"`, 401: `"category":"EXPIRED_AUTHENTICATION"`, 403: `"requiredGranularScopes"`, 409: `"category":"CONFLICT"`,
		423: `"category":"LOCKED"`, 477: `"category":"MIGRATION_IN_PROGRESS"`, 500: `"message":"internal error"`, 502: "", 503: "", 504: "", 521: "", 522: "", 523: "", 524: "", 525: "", 526: "",
	} {
		a := newAsker(t, Options{})
		if _, err := a.portal.Control().Strike(control.Rule{Effect: control.Refuse, Status: status, RetryAfter: 7}); err != nil {
			t.Fatal(err)
		}
		w := a.ask("GET", listPath)
		if w.Code != status || !strings.Contains(w.Body.String(), body) || body == "" && w.Body.Len() > 0 || w.Header().Get("Retry-After") != "7" {
			t.Errorf("%d: %d %s %v", status, w.Code, w.Body, w.Header())
		}
	}
}
