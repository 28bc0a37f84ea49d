package main

import (
	"cmp"
	"errors"
	"fmt"
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
	case err != nil || !bare(u):
		return errors.New("want an address without a path, such as https://tieout.example.com")
	case u.Scheme != "https" && !(u.Scheme == "http" && local(v)):
		return errors.New("want an https address: vendors post to no other")
	}
	c.PublicURL = v
	return nil
}

// bare reports whether an address is a host's own: nothing but a scheme, a host and
// a port.
func bare(u *url.URL) bool {
	return u.Hostname() != "" && u.User == nil && u.Path == "" && u.RawQuery == "" && !u.ForceQuery && u.Fragment == ""
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

// tellWebhooks says which webhooks are taken and at which address vendors find them,
// and what is missing where half of a set-up is there.
func (p *program) tellWebhooks(c *config) {
	hooks := c.webhooks()
	at := cmp.Or(c.PublicURL, "the public address of a proxy")
	for _, system := range []reconcile.System{reconcile.HubSpot, reconcile.QuickBooks} {
		if hooks[system] != nil {
			fmt.Fprintf(p.stdout, "webhooks of %s are taken at %s%s\n", system, at, server.WebhookPath(system))
		}
	}
	if c.PublicURL != "" && hooks[reconcile.HubSpot] == nil {
		fmt.Fprintf(p.stderr, "tieout: %s is set and %s is not: HubSpot's webhooks are not taken, since nothing proves them\n",
			envName("public_url"), envName("hubspot_client_secret"))
	}
}
