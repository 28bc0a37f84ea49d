package quickbookssim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tieout/tieout/sandbox/signin"
)

// OAuth is the sign-in of a company, on one host instead of Intuit's three. An
// access token is good for an hour, a refresh token for 101 days after its last use
// and five years after the consent, unless it says otherwise (develop/
// authentication-and-authorization/oauth-2.0; the figures of November 2025). The
// texts contradict one another on whether a replaced refresh token works for another
// 24 hours or not at all, and its value changes about once a day: Grace and Rotation
// choose.
type OAuth struct {
	signin.Options
}

// The lives of Intuit's tokens.
const (
	accessLife  = time.Hour
	refreshLife = 8726400 * time.Second
	hardLife    = 5 * 365 * 24 * time.Hour
)

func newOAuth(o Options) *signin.Server {
	if o.OAuth == nil {
		return nil
	}
	options := o.OAuth.Options
	options.Now, options.Access, options.Refresh, options.Company = o.Now, "eyJ", "RT1-", "QuickBooks company "+o.Realm
	for life, usual := range map[*time.Duration]time.Duration{
		&options.AccessLife: accessLife, &options.RefreshLife: refreshLife, &options.HardLife: hardLife,
	} {
		if *life == 0 {
			*life = usual
		}
	}
	return signin.New(options)
}

// SignIn is the company's authorization server; nil without Options.OAuth.
func (c *Company) SignIn() *signin.Server { return c.signIn }

// signs answers what belongs to the sign-in, and reports whether it did.
func (c *Company) signs(w http.ResponseWriter, r *http.Request) bool {
	if c.signIn == nil {
		return false
	}
	post := r.Method == http.MethodPost
	switch {
	case r.URL.Path == "/connect/oauth2" && (post || r.Method == http.MethodGet):
		c.counts.add("oauth.authorize")
		c.signIn.Authorize(w, r, url.Values{"realmId": {c.options.Realm}})
	case r.URL.Path == "/oauth2/v1/tokens/bearer" && post:
		c.counts.add("oauth.token")
		_ = r.ParseForm() // what cannot be read is not there
		id, secret, _ := r.BasicAuth()
		c.signIn.Token(w, r.PostForm, id, secret, signin.Shape{
			Success: func(t signin.Tokens) any { return tokensOf(t, r.Header) }, Failure: c.oauthFault,
		})
	case r.URL.Path == "/v2/oauth2/tokens/revoke" && post:
		c.counts.add("oauth.revoke")
		c.revoke(w, r)
	default:
		return false
	}
	return true
}

type tokens struct {
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
	RefreshIn    int    `json:"x_refresh_token_expires_in"`
	HardIn       int    `json:"x_refresh_token_hard_expires_in,omitempty"`
	AccessToken  string `json:"access_token"`
}

// tokensOf is the answer of the token endpoint. The hard end is told to those who
// ask for it by a header (oauth-jsclient 4.2.4).
func tokensOf(t signin.Tokens, h http.Header) tokens {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	a := tokens{TokenType: "bearer", ExpiresIn: seconds(t.ExpiresIn), RefreshToken: t.Refresh, RefreshIn: seconds(t.RefreshIn), AccessToken: t.Access}
	if h.Get("x-include-refresh-token-hard-expires-in") == "true" {
		a.HardIn = seconds(t.HardIn)
	}
	return a
}

// oauthFault is the error of the token endpoint: invalid_grant has no other member
// (github.com/intuit/oauth-jsclient/issues/128).
func (c *Company) oauthFault(r signin.Refusal) (int, any) {
	type fault struct {
		Error string `json:"error"`
	}
	switch r {
	case signin.InvalidClient:
		return http.StatusUnauthorized, fault{string(r)}
	case signin.InvalidCode:
		return http.StatusBadRequest, fault{"invalid_grant"}
	}
	return http.StatusBadRequest, fault{string(r)}
}

// revoke ends a consent: JSON in, nothing out.
func (c *Company) revoke(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Token string `json:"token"`
	}
	id, secret, _ := r.BasicAuth()
	switch err := json.NewDecoder(r.Body).Decode(&body); {
	case !c.signIn.App(id, secret):
		status, fault := c.oauthFault(signin.InvalidClient)
		signin.Write(w, status, fault, false)
	case err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") || !c.signIn.Revoke(body.Token):
		status, fault := c.oauthFault(signin.InvalidRequest)
		signin.Write(w, status, fault, false)
	}
}
