package hubspotsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tieout/tieout/sandbox/signin"
)

// OAuth is the sign-in of a portal ("OAuth API" specification). The access token's
// life is 30 minutes unless it says otherwise. Whether a refresh replaces the refresh
// token is not documented, nor what becomes of the one that was replaced: Rotation
// and Grace choose.
type OAuth struct {
	signin.Options
}

// newOAuth fills in what a portal's tokens look like.
func (p *Portal) newOAuth(o *OAuth) *signin.Server {
	if o == nil {
		return nil
	}
	options := o.Options
	options.Now, options.Access, options.Refresh = p.now, "CN", "na1-"
	options.Company = "HubSpot portal " + p.portalID()
	options.Terse = true // the client libraries' own address has neither response_type nor, often, state
	if options.AccessLife == 0 {
		options.AccessLife = 30 * time.Minute
	}
	return signin.New(options)
}

// portalID is the portal's id as text.
func (p *Portal) portalID() string { return string(p.account.members["portalId"]) }

// SignIn is the portal's authorization server; nil without Options.OAuth.
func (p *Portal) SignIn() *signin.Server { return p.signIn }

// The oldest form of the token endpoint, which ends on 2027-02-16 ("v1 OAuth API
// deprecation" changelog). The official Node client still uses it.
const v1 = "v1"

// signs answers what belongs to the sign-in, and reports whether it did.
func (p *Portal) signs(w http.ResponseWriter, r *http.Request) bool {
	path, below := strings.CutPrefix(r.URL.Path, "/oauth/")
	if p.signIn == nil || !below {
		return false
	}
	post := r.Method == http.MethodPost
	version, path, _ := strings.Cut(path, "/")
	dated := version == march || version == september || version == v3
	switch {
	case version == "authorize" && path == "" && (post || r.Method == http.MethodGet):
		p.count("oauth.authorize")
		p.signIn.Authorize(w, r, nil)
	case (dated || version == v1) && path == "token" && post:
		p.count("oauth.token")
		p.token(w, r, version)
	case dated && path == "token/introspect" && post:
		p.count("oauth.introspect")
		p.introspect(w, form(r))
	case dated && path == "token/revoke" && post:
		p.count("oauth.revoke")
		p.revoke(w, form(r))
	case version == v1 && p.knowsToken(w, r, path):
	default:
		p.count("unknown")
		p.refuse(w, errNotFound)
	}
	return true
}

// form is the form in a request's body; what stands in its address does not count.
func form(r *http.Request) url.Values {
	_ = r.ParseForm() // what cannot be read is not there
	return r.PostForm
}

// token serves the token endpoint.
func (p *Portal) token(w http.ResponseWriter, r *http.Request, version string) {
	f := form(r)
	shape := signin.Shape{Success: p.tokens, Failure: oauthFault}
	if version == v1 {
		shape = signin.Shape{Success: tokensV1, Failure: oauthFaultV1}
	}
	p.signIn.Token(w, f, f.Get("client_id"), f.Get("client_secret"), shape)
}

// tokens is the answer of the token endpoint.
func (p *Portal) tokens(t signin.Tokens) any {
	return struct {
		TokenType    string          `json:"token_type"`
		AccessToken  string          `json:"access_token"`
		RefreshToken string          `json:"refresh_token"`
		ExpiresIn    int             `json:"expires_in"`
		TokenUse     string          `json:"token_use"`
		HubID        json.RawMessage `json:"hub_id"`
		UserID       int             `json:"user_id"`
		Scopes       []string        `json:"scopes"`
	}{"bearer", t.Access, t.Refresh, int(t.ExpiresIn / time.Second), useAccess, p.account.members["portalId"], someUser, t.Scopes}
}

// tokensV1 is the same of v1.
func tokensV1(t signin.Tokens) any {
	return struct {
		TokenType    string `json:"token_type"`
		RefreshToken string `json:"refresh_token"`
		AccessToken  string `json:"access_token"`
		ExpiresIn    int    `json:"expires_in"`
	}{"bearer", t.Refresh, t.Access, int(t.ExpiresIn / time.Second)}
}

// A tokenFault is why a token is not given: the code of RFC 6749, HubSpot's own, and
// the text.
type tokenFault struct {
	Error       string `json:"error,omitempty"`
	Description string `json:"error_description,omitempty"`
	Status      string `json:"status"`
	Message     string `json:"message"`
}

func faultOf(r signin.Refusal) tokenFault {
	of := func(code, status, message string) tokenFault { return tokenFault{code, message, status, message} }
	switch r {
	case signin.InvalidGrant:
		return of("invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
	case signin.InvalidCode:
		return of("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
	case signin.InvalidClient:
		return of("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
	case signin.UnsupportedType:
		return of(string(r), "BAD_GRANT_TYPE", "missing or unknown grant type")
	}
	return of(string(r), "BAD_REQUEST", "the request cannot be understood")
}

// oauthFault is the error of RFC 6749 with HubSpot's older members beside it, status
// 400 (changelog, "New OAuth v3 API endpoints"). The status for an unknown app is
// inferred.
func oauthFault(r signin.Refusal) (int, any) { return http.StatusBadRequest, faultOf(r) }

// oauthFaultV1 has the older members alone.
func oauthFaultV1(r signin.Refusal) (int, any) {
	f := faultOf(r)
	return http.StatusBadRequest, tokenFault{Status: f.Status, Message: f.Message}
}
