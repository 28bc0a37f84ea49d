package hubspotsim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox/signin"
)

// signs returns a portal that offers a sign-in, and a way to move its clock.
func signs(t *testing.T, o signin.Options) (p *Portal, advance func(time.Duration)) {
	t.Helper()
	o.ClientID, o.ClientSecret = "app", "secret"
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	p, err := New(dataset(t, files{}), Options{OAuth: &OAuth{Options: o}, Token: "static", Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return p, func(d time.Duration) { at = at.Add(d) }
}

func post(p *Portal, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

func get(p *Portal, path, bearer string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Authorization", "Bearer "+bearer)
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w
}

const consentPath = "/oauth/authorize?client_id=app&response_type=code&scope=oauth&state=s&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fback"

func TestConsent(t *testing.T) {
	p, _ := signs(t, signin.Options{})
	if page := get(p, consentPath, ""); page.Code != 200 || !strings.Contains(page.Body.String(), `<form method="post">`) {
		t.Errorf("page: %d %s", page.Code, page.Body)
	}
	for answer, want := range map[string]string{"allow": "code=", "deny": "error=access_denied"} {
		w := post(p, consentPath, url.Values{"answer": {answer}})
		if to := w.Header().Get("Location"); w.Code != http.StatusFound || !strings.HasPrefix(to, "http://localhost:1/back?") || !strings.Contains(to, want) || !strings.Contains(to, "state=s") {
			t.Errorf("%s: %d %s", answer, w.Code, to)
		}
	}
	for _, change := range []string{"client_id=app/client_id=x", "response_type=code/response_type=token", "scope=oauth/scope=", "http%3A%2F%2Flocalhost/http%3A%2F%2Fevil.example", "state=s/state=s&code_challenge=x"} {
		old, replaced, _ := strings.Cut(change, "/")
		if w := post(p, strings.Replace(consentPath, old, replaced, 1), nil); w.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", change, w.Code)
		}
	}
}

func TestTokenEndpoint(t *testing.T) {
	p, advance := signs(t, signin.Options{Consent: signin.ConsentAuto})
	back, err := url.Parse(get(p, consentPath, "").Header().Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "client_id": {"app"}, "client_secret": {"secret"}, "redirect_uri": {"http://localhost:1/back"}, "code": {back.Query().Get("code")}}
	w := post(p, "/oauth/2026-03/token", form)
	var tokens struct {
		Type    string `json:"token_type"`
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		In      int    `json:"expires_in"`
		Use     string `json:"token_use"`
		Hub     int    `json:"hub_id"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &tokens); err != nil || w.Code != 200 || tokens.Type != "bearer" || tokens.In != 1800 || tokens.Use != "access_token" || tokens.Hub == 0 {
		t.Fatalf("tokens: %d %s %v", w.Code, w.Body, err)
	}
	const details = "/account-info/2026-03/details"
	for bearer, want := range map[string]int{tokens.Access: 200, "static": 200, tokens.Refresh: 401, "other": 401} {
		if w := get(p, details, bearer); w.Code != want {
			t.Errorf("bearer %.8s: %d, want %d", bearer, w.Code, want)
		}
	}
	active := func() bool {
		w := post(p, "/oauth/2026-03/token/introspect", url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "token": {tokens.Access}})
		return strings.Contains(w.Body.String(), `"active":true`)
	}
	if !active() {
		t.Error("a good token is not active")
	}
	advance(30 * time.Minute)
	if w := get(p, details, tokens.Access); w.Code != 401 || !strings.Contains(w.Body.String(), `"The OAuth token used to make this call expired 0 second(s) ago."`) || active() {
		t.Errorf("after its life: %d %s", w.Code, w.Body)
	}
	for name, tt := range map[string]struct {
		key, value, want string
	}{
		"a code twice":    {"code", form.Get("code"), "BAD_AUTH_CODE"},
		"another app":     {"client_secret", "x", "invalid_client"},
		"another grant":   {"grant_type", "password", "unsupported_grant_type"},
		"a refresh token": {"grant_type", "refresh_token", `"error":"invalid_grant","error_description":"refresh token is invalid, expired or revoked","status":"BAD_REFRESH_TOKEN"`},
	} {
		changed := url.Values{}
		for k, v := range form {
			changed[k] = v
		}
		changed.Set(tt.key, tt.value)
		if w := post(p, "/oauth/2026-03/token", changed); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	post(p, "/oauth/2026-03/token/revoke", url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "token": {tokens.Refresh}})
	if p.SignIn().Honours(tokens.Refresh) {
		t.Error("revoked, and still good")
	}
}
