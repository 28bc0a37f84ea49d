package main

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/server"
)

// publicURL sets the address by which vendors reach serve. What they send is not for
// everybody to read on the way, so that it is https, but for this machine's own.
func publicURL(c *config, v string) error {
	v = strings.TrimRight(v, "/")
	u, err := url.Parse(v)
	switch {
	case v == "":
	case err != nil || u.Host == "" || u.User != nil || strings.ContainsAny(v, "?#"):
		return errors.New("want an address such as https://tieout.example.com")
	case u.Scheme != "https" && !(u.Scheme == "http" && local(v)):
		return errors.New("want an https address: vendors post to no other")
	}
	c.PublicURL = v
	return nil
}

// verifiers sets Intuit's verifier token, or two joined by a comma.
func verifiers(c *config, v string) error {
	for token := range strings.SplitSeq(v, ",") {
		if token = strings.TrimSpace(token); token != "" && !slices.Contains(c.Verifiers, connectors.Secret(token)) {
			c.Verifiers = append(c.Verifiers, connectors.Secret(token))
		}
	}
	return nil
}

// webhooks are the vendors whose events can be told from forged ones.
func (c *config) webhooks() server.Webhooks {
	hooks := server.Webhooks{}
	if secret := c.SignIn[reconcile.HubSpot].Secret; secret != "" && c.PublicURL != "" {
		hooks[reconcile.HubSpot] = hubspot.Webhook{Secret: secret, URL: c.PublicURL + server.WebhookPath(reconcile.HubSpot)}
	}
	if len(c.Verifiers) > 0 {
		hooks[reconcile.QuickBooks] = quickbooks.Webhook{Verifiers: c.Verifiers}
	}
	return hooks
}
