package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

// post posts the simulators' events until ctx ends, and tells once of each cause for
// which they are not taken.
func (p *program) post(ctx context.Context, simulators ...http.Handler) {
	told := map[*hooks.Sender]string{}
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
				sender := s.Webhooks()
				_, _ = sender.Deliver(ctx) // what is not taken is due again; else ctx has ended
				if ctx.Err() != nil {
					return
				}
				if now := untaken(sender.URL(), sender.Failure()); now != told[sender] {
					told[sender] = now
					if now != "" {
						fmt.Fprintln(p.stderr, "tieout: "+now)
					}
				}
			}
		}
	}
}

// untaken says why an address does not take events, and what to check; nothing where
// it does.
func untaken(address string, failure error) string {
	var answered *hooks.Answered
	switch {
	case failure == nil:
		return ""
	case !errors.As(failure, &answered):
		return fmt.Sprintf("webhooks are not taken: %v: is tieout serve running there?", failure)
	}
	check := "look at what serve says"
	switch answered.Status {
	case http.StatusNotFound:
		check = "is that tieout serve, and started with TIEOUT_PUBLIC_URL and TIEOUT_HUBSPOT_CLIENT_SECRET for HubSpot, TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER for QuickBooks?"
	case http.StatusUnauthorized:
		check = "is serve's TIEOUT_PUBLIC_URL the address given to -webhooks, and are its TIEOUT_HUBSPOT_CLIENT_SECRET and TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER " + sandboxToken + "?"
	}
	return fmt.Sprintf("webhooks are not taken: %s answers %d: %s", address, answered.Status, check)
}

// hooksAddress refuses what is no address of a server: events go to paths of their own.
func hooksAddress(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !bare(u) {
		return fmt.Errorf("-webhooks %q: want the address of a Tieout server without a path, such as http://127.0.0.1:8080", address)
	}
	return nil
}
