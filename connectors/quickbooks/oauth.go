package quickbooks

import (
	"net/http"

	"golang.org/x/oauth2"

	"github.com/tieout/tieout/connectors"
)

// Endpoint is where Intuit gives out tokens (develop/authentication-and-authorization/
// oauth-2.0, and the discovery document). The app's id and secret go in the header;
// code verifiers are not documented. The header asks for the day on which the consent
// itself ends (oauth-jsclient 4.2.4).
func Endpoint() connectors.Endpoint {
	return connectors.Endpoint{ //nolint:gosec // addresses, no credentials
		Authorize: "https://appcenter.intuit.com/connect/oauth2",
		Token:     "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
		Revoke:    "https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
		Scopes:    []string{"com.intuit.quickbooks.accounting"}, Style: oauth2.AuthStyleInHeader,
		Header: http.Header{"X-Include-Refresh-Token-Hard-Expires-In": {"true"}}, RevokeJSON: true,
	}
}

// EndpointAt is Endpoint on one host, as simulators are.
func EndpointAt(base string) connectors.Endpoint {
	e := Endpoint()
	e.Authorize, e.Token, e.Revoke = base+"/connect/oauth2", base+"/oauth2/v1/tokens/bearer", base+"/v2/oauth2/tokens/revoke"
	return e
}
