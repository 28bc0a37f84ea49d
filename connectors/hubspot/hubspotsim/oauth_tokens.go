package hubspotsim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tieout/tieout/sandbox/signin"
)

// What a token is for, as token_use has it.
const (
	useAccess  = "access_token"
	useRefresh = "refresh_token"
)

// The person who gave the consent.
const (
	userEmail = "admin@portal.example"
	hubDomain = "portal.example"
)

// A tokenInfo is what HubSpot tells of a token ("OAuth API" specification). v1 has no
// active, token_use and is_private_distribution.
type tokenInfo struct {
	Active    *bool           `json:"active,omitempty"`
	TokenUse  string          `json:"token_use,omitempty"`
	ClientID  string          `json:"client_id,omitempty"`
	AppID     int             `json:"app_id,omitempty"`
	HubID     json.RawMessage `json:"hub_id"`
	HubDomain string          `json:"hub_domain"`
	User      string          `json:"user"`
	UserID    int             `json:"user_id"`
	Scopes    []string        `json:"scopes"`
	ExpiresIn int             `json:"expires_in,omitempty"` // seconds
	Private   *bool           `json:"is_private_distribution,omitempty"`
	Token     string          `json:"token"`
	TokenType string          `json:"token_type"`
}

func (p *Portal) infoOf(value string, t signin.Token) tokenInfo {
	info := tokenInfo{
		ClientID: p.options.OAuth.ClientID, AppID: appID, HubID: p.account.members["portalId"], HubDomain: hubDomain,
		User: userEmail, UserID: someUser, Scopes: t.Scopes, Token: value,
	}
	if !t.Refresh {
		info.ExpiresIn = int(t.Expires.Sub(p.now()) / time.Second)
	}
	return info
}

// introspect says whether a token is good, and whose it is if it is.
func (p *Portal) introspect(w http.ResponseWriter, form url.Values) {
	if !p.app(w, form) {
		return
	}
	value := form.Get("token")
	token, known := p.signIn.Inspect(value)
	if !known || !token.Live {
		signin.Write(w, http.StatusOK, struct {
			Active bool `json:"active"`
		}{}, false)
		return
	}
	info := p.infoOf(value, token)
	info.Active, info.Private, info.TokenType, info.TokenUse = new(true), new(true), "bearer", useAccess
	if token.Refresh {
		info.TokenUse = useRefresh
	}
	signin.Write(w, http.StatusOK, info, false)
}

// app answers with a fault unless a form has the app's id and secret.
func (p *Portal) app(w http.ResponseWriter, form url.Values) bool {
	if p.signIn.App(form.Get("client_id"), form.Get("client_secret")) {
		return true
	}
	status, body := oauthFault(signin.InvalidClient)
	signin.Write(w, status, body, false)
	return false
}

// revoke ends a consent. A token that is none is no error (RFC 7009, section 2.2).
func (p *Portal) revoke(w http.ResponseWriter, form url.Values) {
	if !p.app(w, form) {
		return
	}
	p.signIn.Revoke(form.Get("token"))
	w.WriteHeader(http.StatusNoContent)
}

// knowsToken answers GET /oauth/v1/access-tokens/{token}, and GET and DELETE
// /oauth/v1/refresh-tokens/{token}, which ask for no app, and reports whether it did.
// The text for a token that is none is invented.
func (p *Portal) knowsToken(w http.ResponseWriter, r *http.Request, path string) bool {
	kind, value, _ := strings.Cut(path, "/")
	refresh := kind == "refresh-tokens"
	if r.Method != http.MethodGet && !(refresh && r.Method == http.MethodDelete) || !refresh && kind != "access-tokens" {
		return false
	}
	p.count("oauth." + strings.ReplaceAll(kind, "-", "_"))
	token, known := p.signIn.Inspect(value)
	switch {
	case !known || !token.Live || token.Refresh != refresh:
		p.refuse(w, refusal(http.StatusNotFound, categoryNotFound, "missing or unknown token"))
	case r.Method == http.MethodDelete:
		p.signIn.Revoke(value)
		w.WriteHeader(http.StatusNoContent)
	default:
		info := p.infoOf(value, token)
		info.TokenType = "access"
		if refresh {
			info.TokenType, info.AppID = "refresh", 0
		} else {
			info.ClientID = ""
		}
		signin.Write(w, http.StatusOK, info, false)
	}
	return true
}
