package hubspot

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
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

// invoices is the size of the portal that is pulled in virtual time:
//
//	go test ./connectors/hubspot -run FillsTheQuota -v -invoices 100000
var invoices = flag.Int("invoices", 20_000, "invoices of the full pull under quota")

// roundTrip is how long HubSpot takes to answer, in virtual time.
const roundTrip = 350 * time.Millisecond

// large is a population with that many invoices, a tenth as many contacts and a
// fiftieth as many products.
func large(n int) files {
	f := population(n)
	var contacts, products strings.Builder
	for i := range n / 10 {
		contacts.WriteString(object(fmt.Sprint(1_000_000+7*i), fmt.Sprintf(`"email":"d%d@x.test","createdate":"2025-01-01T00:00:00Z"`, i), ""))
	}
	for i := range n / 50 {
		products.WriteString(object(fmt.Sprint(10+3*i), fmt.Sprintf(`"name":"Thing","hs_sku":"P-%d","price":"5.00"`, i), ""))
	}
	f["contacts.jsonl"] += contacts.String()
	f["products.jsonl"] += products.String()
	return f
}

// A measure is what a full pull of a portal took.
type measure struct {
	took     time.Duration
	requests int // that count against the ten seconds
	searches int
	received map[reconcile.Object]int
}

// rate is the requests a second against those of a limit.
func (m measure) rate(l connectors.Limit) float64 {
	return float64(m.requests) / m.took.Seconds() / (float64(l.Requests) / l.Per.Seconds())
}

// fullPull does what a run does: it asks who the portal is, pulls one object
// after the other, and counts each afterwards.
func fullPull(t testing.TB, portal *hubspotsim.Portal, o connectors.Options) measure {
	t.Helper()
	o.RoundTripper = inProcess{portal}
	c, err := New(Config{Token: "token", Transport: o})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if _, err := c.Company(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := measure{received: map[reconcile.Object]int{}}
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		received := 0
		for page, err := range c.Pull(t.Context(), connectors.Want{Object: o}) {
			if err != nil {
				t.Fatal(err)
			}
			received += page.Received
		}
		if claimed, _, err := c.Count(t.Context(), o); err != nil || claimed != received {
			t.Errorf("%s: received %d, claimed %d, %v", o, received, claimed, err)
		}
		m.received[o] = received
	}
	m.took = time.Since(start)
	for kind, n := range portal.Requests() {
		if kind == "search" {
			m.searches += n
		} else {
			m.requests += n
		}
	}
	return m
}

// startUp bounds what a full pull cannot use: the round trips that lead to one
// another at the beginning and at the end of each list, some two dozen in all,
// however large the portal is.
const startUp = 26 * roundTrip

// A full pull at 350 ms a request uses the quota and is never refused.
func TestFullPullFillsTheQuota(t *testing.T) {
	n := *invoices
	f := large(n)
	synctest.Test(t, func(t *testing.T) {
		portal := f.portal(t, hubspotsim.Options{Latency: roundTrip, Quota: 190, Daily: 625_000})
		m := fullPull(t, portal, connectors.Options{})
		if refused := portal.Refused(); len(refused) > 0 {
			t.Errorf("refused: %v", refused)
		}
		if m.received[reconcile.ObjectInvoices] != n || m.received[reconcile.ObjectCustomers] != n/10+20 {
			t.Errorf("received %v", m.received)
		}
		// Pages; associations with lines and contacts, and here with companies for
		// invoices without a contact; lines, and contacts where there are several.
		ideal := n/100 + 3*n/1000 + 3*n/100 + n/1000 + n/10/100 + n/50/100
		if all := m.requests + m.searches; all > ideal*110/100 {
			t.Errorf("%d requests, want no more than a tenth above %d", all, ideal)
		}
		if paced := time.Duration(float64(m.requests) / quota.Rate() * float64(time.Second)); m.took > paced+startUp {
			t.Errorf("%d requests took %v, want %v and %v at most", m.requests, m.took, paced, startUp)
		}
		t.Logf("%d requests and %d searches (ideal %d) in %v: %.1f %% of the quota", m.requests, m.searches, ideal, m.took, 100*m.rate(quota))
	})
}

// A portal of a smaller class says so in the first answer. What was sent before
// counts, too.
func TestLimitIsLearnt(t *testing.T) {
	f := large(1000)
	for _, told := range []int{100, 110, 250} {
		synctest.Test(t, func(t *testing.T) {
			portal := f.portal(t, hubspotsim.Options{Latency: roundTrip, Quota: told})
			m := fullPull(t, portal, connectors.Options{})
			if refused := portal.Refused(); len(refused) > 0 {
				t.Errorf("%d in 10 s: refused %v", told, refused)
			}
			// Never faster than configured.
			l := connectors.Limit{Requests: min(told, quota.Requests), Per: quota.Per}
			if paced := time.Duration(float64(m.requests) / l.Rate() * float64(time.Second)); m.took > paced+startUp || m.took < paced*98/100 {
				t.Errorf("%d in 10 s: %d requests took %v, want %v and %v at most", told, m.requests, m.took, paced, startUp)
			}
		})
	}
}

// Another process used the quota up until the pull begins: some requests are
// refused, and two windows later all goes on as if nothing had been.
func TestPullRecoversFromAStorm(t *testing.T) {
	f := population(2000)
	synctest.Test(t, func(t *testing.T) {
		portal := f.portal(t, hubspotsim.Options{Latency: roundTrip, Quota: 190})
		var work sync.WaitGroup
		for range 190 {
			work.Go(func() {
				r := httptest.NewRequest("GET", "/crm/objects/2026-03/companies", nil)
				r.Header.Set("Authorization", "Bearer other")
				portal.ServeHTTP(httptest.NewRecorder(), r)
			})
		}
		work.Wait()
		start := time.Now()
		c := newClient(t, portal, "", connectors.Options{})
		if got := mustPull(t, c, reconcile.ObjectInvoices); got.Received != 2000 {
			t.Errorf("received %d", got.Received)
		}
		paced := time.Duration(float64(100) / quota.Rate() * float64(time.Second))
		if took := time.Since(start); took > 2*quota.Per+paced {
			t.Errorf("took %v, want %v at most", took, 2*quota.Per+paced)
		}
		if refused := portal.Refused()["TEN_SECONDLY_ROLLING"]; refused == 0 || refused > inFlight {
			t.Errorf("%d requests were refused, want no more than are under way at once", refused)
		}
	})
}

// A list that is not what segments count on is read whole all the same, in the
// end by one cursor.
func TestSegmentsThatDoNotMeet(t *testing.T) {
	f := population(2600)
	want := mustPull(t, newClient(t, f.portal(t, hubspotsim.Options{}), "", unpaced), reconcile.ObjectInvoices)
	for name, change := range map[string]func(*http.Request) *http.Request{
		"search refused": func(r *http.Request) *http.Request {
			if strings.HasSuffix(r.URL.Path, "/search") {
				r.Method = http.MethodDelete
			}
			return r
		},
		// Every cursor is one record farther: what a segment begins with is missed.
		"cursor of the last record": func(r *http.Request) *http.Request {
			if id, err := strconv.Atoi(r.URL.Query().Get("after")); err == nil && id%100 != 0 {
				q := r.URL.Query()
				q.Set("after", strconv.Itoa(id+2))
				r.URL.RawQuery = q.Encode()
			}
			return r
		},
		"no jumping": func(r *http.Request) *http.Request {
			if id, err := strconv.Atoi(r.URL.Query().Get("after")); err == nil && id%100 != 0 {
				r.URL.RawQuery = "after=nowhere"
			}
			return r
		},
	} {
		portal := f.portal(t, hubspotsim.Options{})
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { portal.ServeHTTP(w, change(r)) })
		got := mustPull(t, newClient(t, h, "", unpaced), reconcile.ObjectInvoices)
		if diff := cmp.Diff(want.Invoices, got.Invoices, byValue); diff != "" {
			t.Errorf("%s: %d invoices of %d", name, len(got.Invoices), len(want.Invoices))
		}
		sum := 0
		for _, n := range portal.Requests() {
			sum += n
		}
		if lost := sum - got.Calls; lost < 0 || lost > invoiceCursors+1 { // those that were given up under way
			t.Errorf("%s: %d calls told of %d", name, got.Calls, sum)
		}
	}
}

// The opaque reading: cursors that lead on but are no ids.
func TestCursorsThatAreNoIDs(t *testing.T) {
	portal := population(2600).portal(t, hubspotsim.Options{})
	h := rewriter{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		switch id, opaque := strings.CutPrefix(q.Get("after"), "c"); {
		case opaque:
			q.Set("after", id)
		case id != "":
			q.Set("after", "nowhere")
		}
		r.URL.RawQuery = q.Encode()
		portal.ServeHTTP(w, r)
	}), func(path, body string) string {
		if strings.HasSuffix(path, "/objects/2026-03/invoices") {
			return strings.ReplaceAll(body, `"after":"`, `"after":"c`)
		}
		return body
	}}
	if got := mustPull(t, newClient(t, h, "", unpaced), reconcile.ObjectInvoices); len(got.Invoices) != 2600 {
		t.Errorf("received %d of 2600", len(got.Invoices))
	}
}
