package hubspot

import (
	"flag"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

// fullPull does what a run does: it asks who the portal is, pulls the masters
// side by side and then the invoices, and counts every object afterwards.
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
	var mu sync.Mutex
	object := func(o reconcile.Object) {
		received := 0
		for page, err := range c.Pull(t.Context(), o) {
			if err != nil {
				t.Error(err)
				return
			}
			received += page.Received
		}
		if claimed, _, err := c.Count(t.Context(), o); err != nil || claimed != received {
			t.Errorf("%s: received %d, claimed %d, %v", o, received, claimed, err)
		}
		mu.Lock()
		defer mu.Unlock()
		m.received[o] = received
	}
	var masters sync.WaitGroup
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		if o != reconcile.ObjectInvoices {
			masters.Go(func() { object(o) })
		}
	}
	masters.Wait()
	object(reconcile.ObjectInvoices)
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
// another at the beginning and at the end of each list, some fifteen in all,
// however large the portal is.
const startUp = 16 * roundTrip

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
		if paced := time.Duration(float64(m.requests) / quota.Rate() * float64(time.Second)); m.took > paced+startUp || n >= 100_000 && m.rate(quota) < 0.95 {
			t.Errorf("%d requests took %v, want %v and %v at most", m.requests, m.took, paced, startUp)
		}
		t.Logf("%d requests and %d searches (ideal %d) in %v: %.1f %% of the quota", m.requests, m.searches, ideal, m.took, 100*m.rate(quota))
	})
}
