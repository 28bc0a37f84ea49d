package hubspot

import (
	"golang.org/x/oauth2"

	"github.com/tieout/tieout/connectors"
)

// DefaultAuthURL is where people are asked for their consent ("OAuth quickstart").
const DefaultAuthURL = "https://app.hubspot.com"

// scopes are the rights that reading takes ("Scopes").
var scopes = []string{
	"oauth", "crm.objects.invoices.read", "crm.objects.line_items.read", "crm.objects.products.read",
	"crm.objects.contacts.read", "crm.objects.companies.read", "tax_rates.read",
}

// Endpoint is where HubSpot gives out tokens ("OAuth API", version 2026-03; v1 ends
// on 2027-02-16): people go to auth, everything else to base. The app's id and secret
// are in the body, and code_verifier is among its members.
func Endpoint(auth, base string) connectors.Endpoint {
	const path = "/oauth/2026-03/token"
	return connectors.Endpoint{
		Authorize: auth + "/oauth/authorize", Token: base + path, Introspect: base + path + "/introspect", Revoke: base + path + "/revoke",
		Scopes: scopes, Style: oauth2.AuthStyleInParams, PKCE: true,
	}
}
