package quickbookssim

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ask reads the preferences of a company of a realm, as an app.
func ask(c *Company, realm, app string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", "/v3/company/"+realm+"/preferences", nil)
	r.Header.Set("Authorization", "Bearer "+app)
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

func throttled(t testing.TB, o Options) (c *Company, now *time.Time) {
	t.Helper()
	clock := noon
	o.Open, o.Now = true, func() time.Time { return clock }
	c, err := New(files{"Preferences.json": `{"Id":"1"}`}.open(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return c, &clock
}

// Whenever requests come, one is refused exactly if a limit was reached in the
// minute or the second before it.
func TestWindowsAreStrict(t *testing.T) {
	c, now := throttled(t, Options{PerMinute: 30, PerSecond: 4})
	rapid.Check(t, func(t *rapid.T) {
		*now = now.Add(time.Hour)
		var served []time.Time
		for range 120 {
			*now = now.Add(time.Duration(rapid.SampledFrom([]int{0, 0, 100, 250, 999, 1000, 5000}).Draw(t, "gap")) * time.Millisecond)
			minute, second := 0, 0
			for _, at := range served {
				if now.Sub(at) < time.Minute {
					minute++
				}
				if now.Sub(at) < time.Second {
					second++
				}
			}
			got := ask(c, "1", "a").Code
			if want := minute < 30 && second < 4; (got == http.StatusOK) != want {
				t.Fatalf("%d with %d in the last minute and %d in the last second", got, minute, second)
			}
			if got == http.StatusOK {
				served = append(served, *now)
			}
		}
	})
}

// Every realm has its own minute, every app in it its own second.
func TestLimitsAreOfRealmAndApp(t *testing.T) {
	c, _ := throttled(t, Options{PerMinute: 5, PerSecond: 2})
	for n, tt := range []struct {
		realm, app string
		status     int
	}{
		{"1", "a", 200}, {"1", "a", 200}, {"1", "a", 429}, {"1", "b", 200}, {"1", "b", 200}, {"1", "c", 200}, {"1", "d", 429}, {"2", "a", 200},
	} {
		if got := ask(c, tt.realm, tt.app).Code; got != tt.status {
			t.Errorf("request %d: %d, want %d", n, got, tt.status)
		}
	}
	if diff := cmp.Diff(map[string]int{limitSecond: 1, limitMinute: 1}, c.Refused()); diff != "" {
		t.Error(diff)
	}
}

func TestThrottleBody(t *testing.T) {
	c, _ := throttled(t, Options{PerSecond: 1})
	ask(c, "1", "a")
	w := ask(c, "1", "a")
	var body struct {
		XMLName xml.Name `xml:"IntuitResponse"`
		Fault   struct {
			Type  string `xml:"type,attr"`
			Error struct {
				Code    string `xml:"code,attr"`
				Message string
			}
		}
	}
	if err := xml.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != 429 || w.Header().Get("Content-Type") != "application/xml" {
		t.Fatalf("%v, %d %v %s", err, w.Code, w.Header(), w.Body)
	}
	if f := body.Fault; f.Type != "SERVICE" || f.Error.Code != "3001" || f.Error.Message != "message=ThrottleExceeded; errorCode=003001; statusCode=429" {
		t.Errorf("got %+v", f)
	}
	if w.Header().Get("Retry-After") != "" || w.Header().Get("intuit_tid") == "" {
		t.Errorf("got headers %v", w.Header())
	}
}

// Only successes count, until the first of the month, Pacific time.
func TestMonthlyBudget(t *testing.T) {
	c, now := throttled(t, Options{PerMonth: 2})
	r := httptest.NewRequest("GET", "/v3/company/1/nothing", nil)
	r.Header.Set("Authorization", "Bearer a")
	c.ServeHTTP(httptest.NewRecorder(), r)
	for n, want := range []int{200, 200, 429} {
		if got := ask(c, "1", "a").Code; got != want {
			t.Errorf("request %d: %d, want %d", n, got, want)
		}
	}
	*now = time.Date(2026, 8, 1, 6, 59, 59, 0, time.UTC)
	if got := ask(c, "1", "a").Code; got != 429 {
		t.Errorf("on the last second of July: %d", got)
	}
	*now = now.Add(time.Second)
	if got := ask(c, "1", "a").Code; got != 200 {
		t.Errorf("in August: %d", got)
	}
}

// Batches have limits of their own, of a realm and app and of a realm, beside those
// of all requests.
func TestBatchLimits(t *testing.T) {
	c, now := throttled(t, Options{BatchesPerMinute: 2, RealmBatchesPerMinute: 3, PerMinute: 5})
	send := func(app string) int {
		r := httptest.NewRequest("POST", "/v3/company/1/batch", strings.NewReader(`{"BatchItemRequest":[{"bId":"1","Query":"SELECT * FROM Bill"}]}`))
		r.Header.Set("Authorization", "Bearer "+app)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w.Code
	}
	for n, tt := range []struct {
		app    string
		status int
	}{{"a", 200}, {"a", 200}, {"a", 429}, {"b", 200}, {"b", 429}, {"c", 429}} {
		if got := send(tt.app); got != tt.status {
			t.Errorf("batch %d: %d, want %d", n, got, tt.status)
		}
	}
	for n, want := range []int{200, 200, 429} {
		if got := ask(c, "1", "a").Code; got != want {
			t.Errorf("read %d: %d, want %d", n, got, want)
		}
	}
	if diff := cmp.Diff(map[string]int{limitBatches: 1, limitRealmBatches: 2, limitMinute: 1}, c.Refused()); diff != "" {
		t.Error(diff)
	}
	*now = now.Add(time.Minute)
	if got := send("a"); got != 200 {
		t.Errorf("a minute later: %d", got)
	}
}

// Writes are not metered.
func TestWritesAreNotOfTheMonth(t *testing.T) {
	c, _ := throttled(t, Options{PerMonth: 2})
	for n := range 4 {
		r := httptest.NewRequest("POST", "/v3/company/1/customer", strings.NewReader(fmt.Sprintf(`{"DisplayName":"Customer %d"}`, n)))
		r.Header.Set("Authorization", "Bearer a")
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if c.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("write %d: %d %s", n, w.Code, w.Body)
		}
	}
	for n, want := range []int{200, 200, 429} {
		if got := ask(c, "1", "a").Code; got != want {
			t.Errorf("read %d: %d, want %d", n, got, want)
		}
	}
}

func TestInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(files{}.open(t), Options{Open: true, InFlight: 2, Latency: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan int, 3)
		for range 3 {
			go func() { got <- ask(c, "1", "a").Code }()
			synctest.Wait()
		}
		sum := 0
		for range 3 {
			sum += <-got
		}
		if sum != 200+200+429 {
			t.Errorf("the statuses add up to %d", sum)
		}
		if w := ask(c, "1", "a"); w.Code != 200 {
			t.Errorf("afterwards: %d", w.Code)
		}
	})
}
