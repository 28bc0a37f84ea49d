package hubspotsim

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tieout/tieout/sandbox/signin"
)

// OAuth is the sign-in of a portal. Its paths are those of version 2026-03 ("OAuth
// API" specification); the access token's life is 30 minutes unless it says
// otherwise. Whether a refresh replaces the refresh token is not documented, nor
// what becomes of the one that was replaced: Rotation and Grace choose.
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
	if options.AccessLife == 0 {
		options.AccessLife = 30 * time.Minute
	}
	return signin.New(options)
}

// portalID is the portal's id as text.
func (p *Portal) portalID() string { return string(p.account.members["portalId"]) }

// SignIn is the portal's authorization server; nil without Options.OAuth.
func (p *Portal) SignIn() *signin.Server { return p.signIn }

const oauthBase = "/oauth/2026-03/token"

// signs answers what belongs to the sign-in, and reports whether it did.
func (p *Portal) signs(w http.ResponseWriter, r *http.Request) bool {
	if p.signIn == nil || !strings.HasPrefix(r.URL.Path, "/oauth/") {
		return false
	}
	post := r.Method == http.MethodPost
	form := func() func(string) string {
		_ = r.ParseForm() // what cannot be read is not there
		return r.PostForm.Get
	}
	switch {
	case r.URL.Path == "/oauth/authorize" && (post || r.Method == http.MethodGet):
		p.count("oauth.authorize")
		p.signIn.Authorize(w, r, nil)
	case r.URL.Path == oauthBase && post:
		p.count("oauth.token")
		get := form()
		p.signIn.Token(w, r.PostForm, get("client_id"), get("client_secret"), signin.Shape{Success: p.tokens, Failure: oauthFault})
	case r.URL.Path == oauthBase+"/introspect" && post:
		p.count("oauth.introspect")
		p.introspect(w, form())
	case r.URL.Path == oauthBase+"/revoke" && post:
		p.count("oauth.revoke")
		p.revoke(w, form())
	default:
		p.count("unknown")
		p.refuse(w, errNotFound)
	}
	return true
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
		Scopes       []string        `json:"scopes"`
	}{"bearer", t.Access, t.Refresh, int(t.ExpiresIn / time.Second), "access_token", p.account.members["portalId"], []string{"oauth"}}
}

// oauthFault is the error of RFC 6749 with HubSpot's older members beside it, status
// 400 (changelog, "New OAuth v3 API endpoints"). The status for an unknown app is
// inferred.
func oauthFault(r signin.Refusal) (int, any) {
	type fault struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		Status      string `json:"status"`
		Message     string `json:"message"`
	}
	of := func(code, status, message string) (int, any) {
		return http.StatusBadRequest, fault{code, message, status, message}
	}
	switch r {
	case signin.InvalidGrant:
		return of("invalid_grant", "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
	case signin.InvalidCode:
		return of("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
	case signin.InvalidClient:
		return of("invalid_client", "BAD_CLIENT_ID", "missing or invalid client id")
	}
	return of(string(r), "BAD_REQUEST", "the request cannot be understood")
}

// introspect says whether an access token is good.
func (p *Portal) introspect(w http.ResponseWriter, form func(string) string) {
	if !p.signIn.App(form("client_id"), form("client_secret")) {
		status, body := oauthFault(signin.InvalidClient)
		signin.Write(w, status, body, false)
		return
	}
	signin.Write(w, http.StatusOK, struct {
		Active   bool            `json:"active"`
		TokenUse string          `json:"token_use"`
		HubID    json.RawMessage `json:"hub_id"`
	}{p.signIn.Live(form("token")), "access_token", p.account.members["portalId"]}, false)
}

// revoke ends a consent. A token that is none is no error (RFC 7009, section 2.2).
func (p *Portal) revoke(w http.ResponseWriter, form func(string) string) {
	if !p.signIn.App(form("client_id"), form("client_secret")) {
		status, body := oauthFault(signin.InvalidClient)
		signin.Write(w, status, body, false)
		return
	}
	p.signIn.Revoke(form("token"))
	w.WriteHeader(http.StatusNoContent)
}
