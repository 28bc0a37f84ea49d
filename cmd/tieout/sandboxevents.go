package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox/hooks"
	"github.com/tieout/tieout/server"
)

// postEvery is how often the simulators' events are posted.
const postEvery = time.Second

// notify has simulators post their events to the Tieout server at an address; empty: to
// nobody. What they sign with is what their app signs in with.
func notify(address string, portal *hubspotsim.Options, company *quickbookssim.Options) {
	if address == "" {
		return
	}
	address = strings.TrimRight(address, "/")
	portal.Webhooks = &hubspotsim.Webhooks{URL: address + server.WebhookPath(reconcile.HubSpot), Secret: sandboxToken}
	company.Webhooks = &quickbookssim.Webhooks{URL: address + server.WebhookPath(reconcile.QuickBooks), Verifier: sandboxToken, CloudEvents: true}
}

// hooksHint says what serve has to be told to take the events.
func hooksHint(address string) string {
	return fmt.Sprintf("webhooks    to serve under TIEOUT_PUBLIC_URL=%s TIEOUT_HUBSPOT_CLIENT_SECRET=%s TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER=%s, company: %s",
		strings.TrimRight(address, "/"), sandboxToken, sandboxToken, sandboxRealm)
}

// post posts the simulators' events until ctx ends.
func post(ctx context.Context, simulators ...http.Handler) {
	tick := time.NewTicker(postEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		for _, s := range simulators {
			if s, ok := s.(interface{ Webhooks() *hooks.Sender }); ok {
				_, _ = s.Webhooks().Deliver(ctx) // what is not taken is due again; else ctx has ended
			}
		}
	}
}
