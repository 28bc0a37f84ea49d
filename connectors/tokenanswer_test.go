package connectors

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"

	"golang.org/x/oauth2"

	"github.com/tieout/tieout/reconcile"
)

// tokenAnswers are the forms of a token endpoint's answers (quickbooks.md and
// hubspot.md of the vendors: RFC 6749 with members of their own).
var tokenAnswers = []struct {
	status      int
	contentType string
	body        string
}{
	{200, "application/json", `{"token_type":"bearer","expires_in":3600,"refresh_token":"RT1-abc","x_refresh_token_expires_in":8726400,"access_token":"eyJabc"}`},
	{200, "application/json", `{"token_type":"bearer","expires_in":3600,"refresh_token":"RT1-abc","x_refresh_token_expires_in":8726400,"x_refresh_token_hard_expires_in":156032154,"access_token":"eyJabc"}`},
	{200, "application/json;charset=utf-8", `{"token_type":"bearer","access_token":"CNabc","refresh_token":"na1-abc","expires_in":1800,"token_use":"access_token","hub_id":62515,"scopes":["oauth"]}`},
	{200, "application/json", `{"access_token":"CNabc","expires_in":1e300,"refresh_token":"","x_refresh_token_expires_in":1e18,"x_refresh_token_hard_expires_in":-5,"hub_id":1.5}`},
	{200, "application/json", `{"access_token":"CNabc","expires_in":"3600","hub_id":"62515"}`},
	{200, "application/x-www-form-urlencoded", `access_token=CNabc&expires_in=99999999999999&refresh_token=x`},
	{200, "application/json", `{"active":true,"token_use":"access_token","hub_id":62515}`},
	{200, "text/html", `<html>down for maintenance</html>`},
	{200, "application/json", `{"access_token":"CNab`},
	{400, "application/json", `{"error":"invalid_grant"}`},
	{400, "application/json", `{"error_description":"Token invalid","error":"invalid_grant"}`},
	{400, "application/json", `{"error_description":"Unauthorized Request: User is not a member of the specified Realm","x_error_reason":"user_not_in_realm","error":"invalid_grant"}`},
	{400, "application/json", `{"error":"invalid_grant","error_description":"refresh token is invalid, expired or revoked","status":"BAD_REFRESH_TOKEN","message":"refresh token is invalid, expired or revoked"}`},
	{400, "application/json", `{"error":"invalid_grant","error_description":"na1-old-refresh-token is no good\u001b[2J","status":"BAD_AUTH_CODE"}`},
	{401, "application/json", `{"error":"invalid_client"}`},
	{429, "text/plain", ``},
	{500, "text/html", `<html>`},
	{503, "", ``},
	{302, "", ``},
}

// Whatever a token endpoint answers: tokens are there or an error is, an error says
// whether it may have been carried out and holds no secret, and no life overflows.
func FuzzWireTokens(f *testing.F) {
	for _, a := range tokenAnswers {
		f.Add(a.status, a.contentType, a.body)
	}
	const refresh, secret = Secret("na1-old-refresh-token"), Secret("the-apps-own-secret")
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 200 || status > 599 {
			return
		}
		a := &App{
			System: reconcile.HubSpot, ID: "app", Secret: secret,
			Endpoint: Endpoint{Token: "https://token.test/", Introspect: "https://token.test/introspect", Style: oauth2.AuthStyleInParams},
			RoundTripper: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: status, Status: fmt.Sprint(status), Request: r, ContentLength: -1,
					Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body)),
				}, nil
			}),
		}
		g, err := a.use(t.Context(), refresh)
		const century = 100 * 365 * 24 * time.Hour
		for _, life := range []time.Duration{g.accessIn, g.refreshIn, g.hardIn} {
			if life < 0 || life > century {
				t.Fatalf("it lasts for %v: %+v", life, g)
			}
		}
		if (err == nil) != (g.access != "") || err == nil && g.accessIn == 0 {
			t.Fatalf("got %+v, %v", g, err)
		}
		_, asked := a.introspect(t.Context(), "CN-access-token")
		for _, err := range []error{err, asked} {
			if err != nil {
				checkTokenError(t, err, refresh.Reveal(), secret.Reveal())
			}
		}
		if unclear(err) && refusedGrant(err) {
			t.Fatalf("refused, and not clear: %v", err)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (do roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return do(r) }

func checkTokenError(t *testing.T, err error, secrets ...string) {
	t.Helper()
	var told *APIError
	if !errors.As(err, &told) || told.Kind == nil || told.System != reconcile.HubSpot {
		t.Fatalf("got %v", err)
	}
	text := err.Error()
	if strings.ContainsFunc(text, unicode.IsControl) || strings.ToValidUTF8(text, "") != text || len(text) > 2000 {
		t.Fatalf("not fit for a log: %q", text)
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Fatalf("a secret is in %q", text)
		}
	}
}
