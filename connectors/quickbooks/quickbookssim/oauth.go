package quickbookssim

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
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
// choose. There is no id_token: what openid brings is told at userinfo.
type OAuth struct {
	signin.Options
	// Describe has invalid_grant say "Token invalid" too, as in the test data of
	// github.com/intuit/oauth-jsclient; by default it is alone, as its issue 128 quotes.
	Describe bool
}

// The lives of Intuit's tokens.
const (
	accessLife  = time.Hour
	refreshLife = 8726400 * time.Second
	hardLife    = 5 * 365 * 24 * time.Hour
)

// accessLength is how long an access token is, in characters: beyond a thousand.
const accessLength = 1100

// accounting is the scope without which the Accounting API is closed.
const accounting = "com.intuit.quickbooks.accounting"

func newOAuth(o Options) *signin.Server {
	if o.OAuth == nil {
		return nil
	}
	options := o.OAuth.Options
	options.Now, options.Access, options.Refresh, options.Company = o.Now, "eyJ", "RT1-", "QuickBooks company "+o.Realm
	options.AccessLength = accessLength
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
	get, post := r.Method == http.MethodGet, r.Method == http.MethodPost
	switch path := r.URL.Path; {
	case get && (path == "/.well-known/openid_configuration" || path == "/.well-known/openid_sandbox_configuration"):
		c.counts.add("oauth.discovery")
		signin.Write(w, http.StatusOK, discoveryAt(r), false)
	case get && path == "/op/v1/jwks":
		signin.Write(w, http.StatusOK, map[string][]string{"keys": {}}, false)
	case path == "/connect/oauth2" && (post || get):
		c.counts.add("oauth.authorize")
		c.signIn.Authorize(w, r, url.Values{"realmId": {c.options.Realm}})
	case path == "/oauth2/v1/tokens/bearer" && post:
		c.counts.add("oauth.token")
		id, secret := credentials(r)
		c.signIn.Token(w, r.PostForm, id, secret, signin.Shape{
			Success: func(t signin.Tokens) any { return tokensOf(t, r.Header) }, Failure: c.oauthFault,
		})
	case path == "/v2/oauth2/tokens/revoke" && post:
		c.counts.add("oauth.revoke")
		c.revoke(w, r)
	case path == "/v1/openid_connect/userinfo" && get:
		c.counts.add("oauth.userinfo")
		c.serveUser(w, r)
	default:
		return false
	}
	return true
}

// credentials are an app's: of Basic authentication, or else among the form, as the
// discovery document allows.
func credentials(r *http.Request) (id, secret string) {
	_ = r.ParseForm() // what cannot be read is not there
	if id, secret, ok := r.BasicAuth(); ok {
		return id, secret
	}
	return r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
}

// A discovery tells where everything is (the document in intuit/
// QuickBooks-V3-DotNET-SDK, OAuth2PlatformClient.Test).
type discovery struct {
	Issuer        string   `json:"issuer"`
	Authorization string   `json:"authorization_endpoint"`
	Token         string   `json:"token_endpoint"`
	UserInfo      string   `json:"userinfo_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Keys          string   `json:"jwks_uri"`
	ResponseTypes []string `json:"response_types_supported"`
	SubjectTypes  []string `json:"subject_types_supported"`
	Signing       []string `json:"id_token_signing_alg_values_supported"`
	Scopes        []string `json:"scopes_supported"`
	Methods       []string `json:"token_endpoint_auth_methods_supported"`
	Claims        []string `json:"claims_supported"`
}

// discoveryAt is the document with the host that was asked instead of Intuit's.
func discoveryAt(r *http.Request) discovery {
	base := "http://" + r.Host
	if r.TLS != nil {
		base = "https://" + r.Host
	}
	return discovery{
		base + "/op/v1", base + "/connect/oauth2", base + "/oauth2/v1/tokens/bearer", base + "/v1/openid_connect/userinfo",
		base + "/v2/oauth2/tokens/revoke", base + "/op/v1/jwks",
		[]string{"code"}, []string{"public"}, []string{"RS256"}, []string{"openid", "email", "profile", "address", "phone"},
		[]string{"client_secret_post", "client_secret_basic"}, []string{"aud", "exp", "iat", "iss", "realmid", "sub"},
	}
}

// A user is who gave the consent; each scope shows its part.
type user struct {
	Sub        string `json:"sub"`
	GivenName  string `json:"givenName,omitempty"`
	FamilyName string `json:"familyName,omitempty"`
	Email      string `json:"email,omitempty"`
	Verified   bool   `json:"emailVerified,omitempty"`
}

// serveUser tells who gave the consent, if the scope openid was part of it.
func (c *Company) serveUser(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	given, _ := c.signIn.Inspect(token)
	if !given.Live || !slices.Contains(given.Scopes, "openid") {
		c.refuse(w, "Token expired: "+token[:min(len(token), 8)])
		return
	}
	u := user{Sub: "6d6a2c2e-0d1e-4c55-9c3f-" + fmt.Sprintf("%012s", c.options.Realm)}
	if slices.Contains(given.Scopes, "profile") {
		u.GivenName, u.FamilyName = "Jane", "Example"
	}
	if slices.Contains(given.Scopes, "email") {
		u.Email, u.Verified = "jane@example.com", true
	}
	signin.Write(w, http.StatusOK, u, false)
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

// userNotInRealm is the refusal of a person who is no member of the company any more
// (quoted in threads of github.com/intuit); it comes on command.
const userNotInRealm signin.Refusal = "user_not_in_realm"

type oauthError struct {
	Description string `json:"error_description,omitempty"`
	Reason      string `json:"x_error_reason,omitempty"`
	Detail      string `json:"x_error_reason_detail,omitempty"`
	Error       string `json:"error"`
}

// oauthFault is the error of the token endpoint.
func (c *Company) oauthFault(r signin.Refusal) (int, any) {
	status, e := http.StatusBadRequest, oauthError{Error: string(r)}
	switch r {
	case signin.InvalidClient:
		status = http.StatusUnauthorized
	case signin.InvalidCode, signin.InvalidGrant:
		e.Error = string(signin.InvalidGrant)
		if c.options.OAuth.Describe {
			e.Description = "Token invalid"
		}
	case userNotInRealm:
		const detail = "User is not a member of the specified Realm"
		e = oauthError{"Unauthorized Request: " + detail, string(r), detail, string(signin.InvalidGrant)}
	}
	return status, e
}

// revoked is the token that a request is about: in JSON, as Intuit documents it and
// its clients send it, or in a form, as node-quickbooks does (and RFC 7009, section
// 2.1).
func revoked(r *http.Request) (string, error) {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", err
	}
	if media == "application/x-www-form-urlencoded" {
		err := r.ParseForm()
		return r.PostForm.Get("token"), err
	}
	var body struct {
		Token string `json:"token"`
	}
	err = json.NewDecoder(r.Body).Decode(&body)
	return body.Token, err
}

// revoke ends a consent, and has nothing to say about it.
func (c *Company) revoke(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	switch token, err := revoked(r); {
	case !c.signIn.App(id, secret):
		status, fault := c.oauthFault(signin.InvalidClient)
		signin.Write(w, status, fault, false)
	case err != nil || !c.signIn.Revoke(token):
		status, fault := c.oauthFault(signin.InvalidRequest)
		signin.Write(w, status, fault, false)
	}
}
