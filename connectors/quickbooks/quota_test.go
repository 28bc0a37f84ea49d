package quickbooks

import (
	"flag"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
)

// invoices is the size of the company that is pulled in virtual time:
//
//	go test ./connectors/quickbooks -run FillsTheQuota -v -invoices 500000
var invoices = flag.Int("invoices", 100_000, "invoices of the full pull under quota")

// startUp bounds what a full pull cannot use: the round trips that lead to one
// another, of company, tax codes and the beginning and end of each query.
const startUp = 16 * 350 * time.Millisecond

// A full pull at 350 ms a request, one object after the other and each counted
// afterwards as in a run, uses the quota and is never refused.
func TestFullPullFillsTheQuota(t *testing.T) {
	f := books(*invoices)
	synctest.Test(t, func(t *testing.T) {
		company := f.company(t, quickbookssim.Options{Latency: 350 * time.Millisecond, PerMinute: 500, PerSecond: 10, InFlight: 10, PerMonth: 500_000})
		c := newClient(t, company, connectors.Options{})
		start := time.Now()
		if _, err := c.Company(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, o := range reconcile.Objects(reconcile.QuickBooks) {
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
		}
		took, requests := time.Since(start), 0
		for _, n := range company.Requests() {
			requests += n
		}
		if refused := company.Refused(); len(refused) > 0 {
			t.Errorf("refused: %v", refused)
		}
		paced := time.Duration(float64(requests) / perMinute.Rate() * float64(time.Second))
		if took > paced+startUp {
			t.Errorf("%d requests took %v, want %v and %v at most", requests, took, paced, startUp)
		}
		full := float64(perMinute.Requests) / perMinute.Per.Seconds()
		t.Logf("%d requests in %v: %.1f %% of the quota", requests, took, 100*float64(requests)/took.Seconds()/full)
	})
}

// Another app used the minute up: what is under way is refused, and after the
// minute that Intuit wants to be left alone the pull goes on.
func TestPullRecoversFromAStorm(t *testing.T) {
	f := books(20_000)
	synctest.Test(t, func(t *testing.T) {
		company := f.company(t, quickbookssim.Options{Latency: 350 * time.Millisecond, PerMinute: 20, PerSecond: 10})
		c := newClient(t, company, connectors.Options{})
		start := time.Now()
		if got := mustPull(t, c, reconcile.ObjectInvoices); got.Received != 20_000 {
			t.Errorf("received %d", got.Received)
		}
		if took := time.Since(start); took > 2*time.Minute+10*time.Second {
			t.Errorf("took %v", took)
		}
		if refused := company.Refused()["minute"]; refused == 0 || refused > inFlight {
			t.Errorf("%d requests were refused, want no more than are under way at once", refused)
		}
	})
}
