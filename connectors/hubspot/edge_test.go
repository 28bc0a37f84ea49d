package hubspot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
)

// A faulty portal answers some requests with a fault: those whose path holds a
// text, from the nth on, so many times.
type faulty struct {
	portal http.Handler
	fault  func(*http.Request) *http.Response
	path   string
	from   int
	times  int // 0: for ever

	mu   sync.Mutex
	met  int // requests with that path
	made int // faults so far
	all  int // requests
}

func (f *faulty) RoundTrip(r *http.Request) (*http.Response, error) {
	f.mu.Lock()
	f.all++
	struck := strings.Contains(r.URL.Path, f.path) && (f.times == 0 || f.made < f.times)
	if struck {
		f.met++
		if struck = f.met >= f.from; struck {
			f.made++
		}
	}
	f.mu.Unlock()
	if struck {
		return f.fault(r), nil
	}
	return inProcess{f.portal}.RoundTrip(r)
}

// says is an answer of JSON, or of what a further argument names.
func says(status int, body string, media ...string) func(*http.Request) *http.Response {
	return func(*http.Request) *http.Response {
		h := http.Header{"Content-Type": {strings.Join(append(media, "application/json")[:1], "")}, "Location": {"https://evil.test/x"}}
		return &http.Response{StatusCode: status, Header: h, ContentLength: -1, Body: io.NopCloser(strings.NewReader(body))}
	}
}

// policy is the body of a 429 as the "API usage guidelines" have it.
func policy(name string) string {
	return fmt.Sprintf(`{"status":"error","message":"You have reached your %s limit.","errorType":"RATE_LIMIT","correlationId":"c1","policyName":%q,"requestId":"r1"}`, strings.ToLower(name), name)
}

// A drip is a body that comes byte by byte.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = ' '
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func drips(r *http.Request) *http.Response {
	a := says(200, "")(r)
	a.Body = io.NopCloser(drip{r.Context()})
	return a
}

// edges are the faults, and what they mean where they last.
var edges = []struct {
	name  string
	fault func(*http.Request) *http.Response
	kind  error
	text  string
	// heals says that the pull gets over it, when it happens twice, perhaps at once.
	heals bool
	// wait is how long it takes then, at least.
	wait time.Duration
}{
	{"401", says(401, `{"status":"error","message":"The OAuth token used to make this call expired 3 minute(s) ago.","category":"EXPIRED_AUTHENTICATION","correlationId":"c7"}`),
		connectors.ErrDenied, "401 EXPIRED_AUTHENTICATION access denied: check the access token (TIEOUT_HUBSPOT_TOKEN)", false, 0},
	{"403", says(403, `{"status":"error","message":"This app hasn't been granted all required scopes.","category":"MISSING_SCOPES"}`),
		connectors.ErrDenied, "403 MISSING_SCOPES access denied", false, 0},
	{"429 of the second", says(429, policy("SECONDLY")), connectors.ErrThrottled, "429 RATE_LIMIT rate limit exceeded: You have reached your secondly limit.", true, time.Second},
	{"429 of ten seconds", says(429, policy("TEN_SECONDLY_ROLLING")), connectors.ErrThrottled, "rate limit exceeded", true, 10 * time.Second},
	{"429 of the day", says(429, policy("DAILY")), connectors.ErrThrottled, "You have reached your daily limit.", false, 0},
	{"429 by category", says(429, `{"status":"error","message":"slow down","category":"RATE_LIMITS"}`), connectors.ErrThrottled, "429 RATE_LIMITS", true, 10 * time.Second},
	{"429 without a body", says(429, ""), connectors.ErrThrottled, "429", true, 10 * time.Second},
	{"429 in HTML", says(429, "<html>429</html>", "text/html"), connectors.ErrThrottled, "429", true, 10 * time.Second},
	{"423", says(423, `{"status":"error","message":"locked"}`), connectors.ErrBroken, "423", true, 0},
	{"500", says(500, `{"status":"error","message":"internal error","correlationId":"c9"}`), connectors.ErrBroken, "internal error (request c9)", true, 0},
	{"502 in HTML", says(502, "<html>Bad gateway</html>", "text/html"), connectors.ErrBroken, "502", true, 0},
	{"503", says(503, ""), connectors.ErrBroken, "503", true, 0},
	{"504", says(504, ""), connectors.ErrBroken, "504", true, 0},
	{"521", says(521, "error code: 521", "text/plain"), connectors.ErrBroken, "521", true, 0},
	{"HTML instead of JSON", says(200, "<html>Maintenance</html>", "text/html"), connectors.ErrBroken, "text/html instead of JSON", true, 0},
	{"JSON that is cut off", says(200, `{"results":[{"id":"1","prop`), connectors.ErrBroken, "cut off: no whole JSON object", true, 0},
	{"JSON that is cut within", says(200, `{"results":[{"id":"1","prop}`), connectors.ErrBroken, "answer not understood", false, 0},
	{"a slow drip", drips, connectors.ErrBroken, "cut off: timed out", true, time.Minute},
	{"a redirect", says(302, ""), connectors.ErrBroken, "redirect to evil.test not followed; check TIEOUT_HUBSPOT_URL", false, 0},
}

// Each fault in the midst of a pull, of everything and of what has changed, at
// each kind of request. One that passes leaves the pull as if it had not been.
// One that lasts is told, and what came before stands: the pull of everything
// goes on after it.
func TestFaultsMidPull(t *testing.T) {
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := oneContact(60).portal(t, hubspotsim.Options{Now: w.Now})
	for n := range 45 {
		w.set(w.now.Add(time.Millisecond))
		must(t, portal.Update("invoices", fmt.Sprint(5000+n), map[string]string{"hs_comments": "x"}))
	}
	for _, place := range []struct {
		path string
		from int
		want connectors.Want
	}{
		{"/objects/2026-03/invoices", 3, connectors.Want{Object: reconcile.ObjectInvoices}},
		{"/line_items/batch/read", 9, connectors.Want{Object: reconcile.ObjectInvoices}},
		{"/invoices/contacts/batch/read", 3, connectors.Want{Object: reconcile.ObjectInvoices}},
		{"/invoices/search", 2, connectors.Want{Object: reconcile.ObjectInvoices, Since: lastNight}},
		{"/line_items/search", 1, connectors.Want{Object: reconcile.ObjectInvoices, Since: lastNight}},
	} {
		var whole []string
		synctest.Test(t, func(t *testing.T) {
			whole = idsOfPages(pages(t, newFaulty(t, &faulty{portal: portal, path: "nowhere"}), place.want))
		})
		for _, e := range edges {
			t.Run(e.name+" at "+place.path, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := &faulty{portal: portal, fault: e.fault, path: place.path, from: place.from, times: 2}
					start := time.Now()
					got, err := pullWanted(t, newFaulty(t, f), place.want)
					switch {
					case e.heals && (err != nil || !slices.Equal(got.ids(), whole)):
						t.Errorf("%d invoices of %d, %v", len(got.Invoices), len(whole), err)
					case !e.heals && err == nil:
						t.Error("nothing was told")
					}
					if took := time.Since(start); e.heals && took < e.wait {
						t.Errorf("took %v, want %v at least", took, e.wait)
					}
				})
				synctest.Test(t, func(t *testing.T) {
					f := &faulty{portal: portal, fault: e.fault, path: place.path, from: place.from}
					lasting(t, newFaulty(t, f), f, place.want, e.kind, e.text, whole)
				})
			})
		}
	}
}

func newFaulty(t *testing.T, f *faulty) *Client {
	t.Helper()
	c, err := New(Config{Token: "token", Transport: connectors.Options{RoundTripper: f, Rate: connectors.Unpaced, Deadline: time.Minute}})
	must(t, err)
	c.sizes = sizes{page: 10, found: 20, batch: 20, chunk: 20, first: 30, others: 30} // so that some come before the fault
	return c
}

// lasting pulls while a fault lasts, and what is left after it.
func lasting(t *testing.T, c *Client, f *faulty, w connectors.Want, kind error, text string, whole []string) {
	t.Helper()
	var before []reconcile.Page
	var told error
	for page, err := range c.Pull(t.Context(), w) {
		if told = err; err != nil {
			break
		}
		before = append(before, page)
	}
	if !errors.Is(told, kind) || !strings.Contains(told.Error(), text) {
		t.Errorf("got %v, want %v with %q", told, kind, text)
	}
	if errors.Is(told, connectors.ErrDenied) && f.made > inFlight {
		t.Errorf("%d requests were denied, want no more than were under way", f.made)
	}
	if !w.Since.IsZero() {
		return
	}
	if len(before) > 0 {
		w.After = before[len(before)-1].Position
	}
	f.path = "nowhere"
	if diff := cmp.Diff(whole, append(idsOfPages(before), idsOfPages(pages(t, c, w))...)); diff != "" {
		t.Errorf("after %d pages and %q: %s", len(before), w.After, diff)
	}
}

// A search is never asked beyond its cap, which the portal would refuse: neither
// for what has changed nor for the marks of a long list.
func TestSearchStaysBelowItsCap(t *testing.T) {
	const many = 10_450
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := files{}.portal(t, hubspotsim.Options{Now: w.Now})
	for range many {
		w.set(w.now.Add(time.Millisecond))
		_, err := portal.Create("contacts", nil)
		must(t, err)
	}
	refused := 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := &recorder{ResponseWriter: w}
		portal.ServeHTTP(got, r)
		if got.status >= 400 {
			refused++
		}
	})
	c := newClient(t, h, "", unpaced)
	c.transport = newClient(t, h, "", connectors.Options{Rate: connectors.Unpaced, InFlight: 1}).transport
	for _, since := range []time.Time{{}, lastNight} {
		got, err := pullWanted(t, c, connectors.Want{Object: reconcile.ObjectCustomers, Since: since})
		if err != nil || got.Received != many || refused != 0 {
			t.Errorf("since %v: received %d of %d, %d refused, %v", since, got.Received, many, refused, err)
		}
	}
}

// A recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// A deletion that a fault hides is not told as none.
func TestFaultsOfDeletionsAndCounts(t *testing.T) {
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := population(60).portal(t, hubspotsim.Options{Now: w.Now})
	for n := range 25 {
		must(t, portal.Archive("invoices", fmt.Sprint(5000+n)))
	}
	for _, e := range edges {
		synctest.Test(t, func(t *testing.T) {
			c := newFaulty(t, &faulty{portal: portal, fault: e.fault, path: "/objects/2026-03/invoices", from: 2})
			if ids, _, err := c.Deleted(t.Context(), reconcile.ObjectInvoices, lastNight); !errors.Is(err, e.kind) || len(ids) != 0 {
				t.Errorf("%s: %d deleted, %v", e.name, len(ids), err)
			}
			if _, _, err := c.Count(t.Context(), reconcile.ObjectInvoices); !errors.Is(err, e.kind) {
				t.Errorf("%s: counted, %v", e.name, err)
			}
		})
	}
}
