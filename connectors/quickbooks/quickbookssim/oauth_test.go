package quickbookssim

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/sandbox/control"
	"github.com/tieout/tieout/sandbox/signin"
)

const (
	tokenPath = "/oauth2/v1/tokens/bearer"
	redirect  = "http://localhost:1/back"
)

// A signInLab is a company with a sign-in at which no person has to click, and a
// clock that the test holds.
type signInLab struct {
	testServer
	now *time.Time
}

func newSignInLab(t *testing.T, o OAuth) signInLab {
	t.Helper()
	now := noon
	o.ClientID, o.ClientSecret, o.Consent = "app", "secret", signin.ConsentAuto
	return signInLab{serve(t, nil, Options{OAuth: &o, Realm: "9130", Now: func() time.Time { return now }}), &now}
}

// ask sends a request to the sign-in; credentials are those of the app unless the
// request has others.
func (l signInLab) ask(t *testing.T, method, path, media, body string, set ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, l.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("app", "secret")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", media)
	for n := 0; n < len(set); n += 2 {
		r.Header.Set(set[n], set[n+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	return readAnswer(t, resp)
}

// tokenRequest is a request to the token endpoint.
func (l signInLab) tokenRequest(t *testing.T, form url.Values) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, l.url+tokenPath, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("app", "secret")
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func (l signInLab) token(t *testing.T, form url.Values, set ...string) answer {
	t.Helper()
	return l.ask(t, "POST", tokenPath, "application/x-www-form-urlencoded", form.Encode(), set...)
}

// consent goes through the consent and returns what the callback is told.
func (l signInLab) consent(t *testing.T, scope string) url.Values {
	t.Helper()
	a := l.ask(t, "GET", "/connect/oauth2?"+url.Values{"client_id": {"app"}, "response_type": {"code"}, "scope": {scope}, "state": {"s"}, "redirect_uri": {redirect}}.Encode(), "", "")
	back, err := url.Parse(a.header.Get("Location"))
	if err != nil || a.status != http.StatusFound {
		t.Fatalf("%d %s %v", a.status, a.body, err)
	}
	return back.Query()
}

func (l signInLab) codeForm(t *testing.T, scope string) url.Values {
	t.Helper()
	return url.Values{"grant_type": {"authorization_code"}, "code": {l.consent(t, scope).Get("code")}, "redirect_uri": {redirect}}
}

func tokensIn(t *testing.T, a answer) tokens {
	t.Helper()
	var got tokens
	if err := json.Unmarshal([]byte(a.body), &got); err != nil || a.status != http.StatusOK {
		t.Fatalf("%d %s %v", a.status, a.body, err)
	}
	return got
}

func refreshing(token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}}
}

// preferences asks the API with an access token.
func (l signInLab) preferences(t *testing.T, token string) answer {
	t.Helper()
	return l.ask(t, "GET", "/v3/company/9130/preferences", "", "", "Authorization", "Bearer "+token)
}

// TestSignIn goes through a sign-in as Intuit describes it: realmId in the callback
// only, Basic authentication, the hard end where it is asked for, 401 with code 3200
// after an access token's life, JSON to revoke.
func TestSignIn(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	back := l.consent(t, accounting)
	if back.Get("realmId") != "9130" || back.Get("state") != "s" {
		t.Fatalf("callback: %v", back)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "redirect_uri": {redirect}}
	a := l.token(t, form, "X-Include-Refresh-Token-Hard-Expires-In", "true")
	got := tokensIn(t, a)
	if got.ExpiresIn != 3600 || got.RefreshIn != 8726400 || got.HardIn != 5*365*86400 || !strings.HasPrefix(got.RefreshToken, "RT1-") || len(got.AccessToken) < 1000 {
		t.Fatalf("tokens: %s", a.body)
	}
	if strings.Contains(a.body, "realm") || strings.Contains(a.body, "scope") {
		t.Errorf("tokens tell more than they do: %s", a.body)
	}
	if a := l.preferences(t, got.AccessToken); a.status != http.StatusOK {
		t.Errorf("with a token: %d %s", a.status, a.body)
	}
	*l.now = l.now.Add(time.Hour)
	if a := l.preferences(t, got.AccessToken); a.status != http.StatusUnauthorized || !strings.Contains(a.body, `"code":"3200"`) {
		t.Errorf("after its life: %d %s", a.status, a.body)
	}
	a = l.token(t, refreshing(got.RefreshToken))
	fresh := tokensIn(t, a)
	if strings.Contains(a.body, "hard_expires") || fresh.RefreshToken == got.RefreshToken {
		t.Errorf("refresh: %s", a.body)
	}
	if want := `{"token_type":"bearer","expires_in":3600,"refresh_token":"` + fresh.RefreshToken + `","x_refresh_token_expires_in":8726400,"access_token":"` + fresh.AccessToken + `"}`; a.body != want {
		t.Errorf("refresh: %s", a.body)
	}
	body := `{"token":"` + fresh.RefreshToken + `"}`
	if a := l.ask(t, "POST", "/v2/oauth2/tokens/revoke", "", body); a.status != http.StatusBadRequest {
		t.Errorf("revoke without a media type: %d", a.status)
	}
	if a := l.ask(t, "POST", "/v2/oauth2/tokens/revoke", "application/json", body, "Authorization", "Basic eDp5"); a.status != http.StatusUnauthorized {
		t.Errorf("revoked by another app: %d", a.status)
	}
	if a := l.ask(t, "POST", "/v2/oauth2/tokens/revoke", "application/x-www-form-urlencoded", "token=RT1-none"); a.status != http.StatusBadRequest {
		t.Errorf("revoke of no token, in a form: %d", a.status)
	}
	if a := l.ask(t, "POST", "/v2/oauth2/tokens/revoke", "application/json", body); a.status != http.StatusOK || a.body != "" || l.SignIn().Honours(fresh.RefreshToken) {
		t.Errorf("revoke: %d %s", a.status, a.body)
	}
	if a := l.preferences(t, fresh.AccessToken); a.status != http.StatusUnauthorized {
		t.Errorf("after the revocation: %d", a.status)
	}
}

func TestSignInRefused(t *testing.T) {
	for _, tt := range []struct {
		name   string
		oauth  OAuth
		form   url.Values
		set    []string
		status int
		body   string
	}{
		{"an unknown refresh token", OAuth{}, refreshing("RT1-x"), nil, 400, `{"error":"invalid_grant"}`},
		{"with a description", OAuth{Describe: true}, refreshing("RT1-x"), nil, 400, `{"error_description":"Token invalid","error":"invalid_grant"}`},
		{"an unknown code", OAuth{}, url.Values{"grant_type": {"authorization_code"}, "code": {"x"}}, nil, 400, `{"error":"invalid_grant"}`},
		{"another app", OAuth{}, refreshing("RT1-x"), []string{"Authorization", "Basic eDp5"}, 401, `{"error":"invalid_client"}`},
		{"no grant", OAuth{}, url.Values{}, nil, 400, `{"error":"invalid_request"}`},
		{"another grant", OAuth{}, url.Values{"grant_type": {"password"}}, nil, 400, `{"error":"unsupported_grant_type"}`},
	} {
		a := newSignInLab(t, tt.oauth).token(t, tt.form, tt.set...)
		if a.status != tt.status || a.body != tt.body {
			t.Errorf("%s: %d %s", tt.name, a.status, a.body)
		}
	}
}

func TestCodeTwice(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	form := l.codeForm(t, accounting)
	tokensIn(t, l.token(t, form))
	if a := l.token(t, form); a.status != http.StatusBadRequest || a.body != `{"error":"invalid_grant"}` {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// The app's credentials may stand in the form too.
func TestCredentialsInTheForm(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	for secret, status := range map[string]int{"secret": 200, "other": 401} {
		form := l.codeForm(t, accounting)
		form.Set("client_id", "app")
		form.Set("client_secret", secret)
		if a := l.token(t, form, "Authorization", ""); a.status != status {
			t.Errorf("%s: %d %s", secret, a.status, a.body)
		}
	}
}

func TestConsentDenied(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	query := url.Values{"client_id": {"app"}, "response_type": {"code"}, "scope": {accounting}, "state": {"s"}, "redirect_uri": {redirect}}.Encode()
	a := l.ask(t, "POST", "/connect/oauth2?"+query, "application/x-www-form-urlencoded", "answer=deny")
	if got := a.header.Get("Location"); got != redirect+"?error=access_denied&state=s" {
		t.Errorf("%d %s", a.status, got)
	}
}

func TestSignInFaultsOnCommand(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	for _, tt := range []struct {
		status int
		code   string
		want   int
		body   string
	}{
		{400, "user_not_in_realm", 400, `{"error_description":"Unauthorized Request: User is not a member of the specified Realm","x_error_reason":"user_not_in_realm",` +
			`"x_error_reason_detail":"User is not a member of the specified Realm","error":"invalid_grant"}`},
		{400, "invalid_grant", 400, `{"error":"invalid_grant"}`},
		{503, "invalid_client", 401, `{"error":"invalid_client"}`},
		{503, "", 503, ""},
	} {
		l.Control().Clear()
		if _, err := l.Control().Strike(control.Rule{Path: tokenPath, Effect: control.Refuse, Status: tt.status, Code: tt.code}); err != nil {
			t.Fatal(err)
		}
		if a := l.token(t, refreshing("x")); a.status != tt.want || a.body != tt.body {
			t.Errorf("%s: %d %s", tt.code, a.status, a.body)
		}
	}
}

// Discovery names the host that was asked, for production and sandbox alike, and
// what it names answers.
func TestDiscovery(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	want := strings.NewReplacer("BASE", l.url).Replace(`{"issuer":"BASE/op/v1","authorization_endpoint":"BASE/connect/oauth2","token_endpoint":"BASE/oauth2/v1/tokens/bearer",` +
		`"userinfo_endpoint":"BASE/v1/openid_connect/userinfo","revocation_endpoint":"BASE/v2/oauth2/tokens/revoke","jwks_uri":"BASE/op/v1/jwks",` +
		`"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"],` +
		`"scopes_supported":["openid","email","profile","address","phone"],"token_endpoint_auth_methods_supported":["client_secret_post","client_secret_basic"],` +
		`"claims_supported":["aud","exp","iat","iss","realmid","sub"]}`)
	for _, path := range []string{"/.well-known/openid_configuration", "/.well-known/openid_sandbox_configuration"} {
		if diff := cmp.Diff(want, l.ask(t, "GET", path, "", "").body); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
	for path, status := range map[string]int{
		"/connect/oauth2": 400, tokenPath: 400, "/v2/oauth2/tokens/revoke": 400, "/v1/openid_connect/userinfo": 401, "/op/v1/jwks": 200,
	} {
		method := "POST"
		if status == 200 || status == 401 {
			method = "GET"
		}
		if a := l.ask(t, method, path, "application/x-www-form-urlencoded", ""); a.status != status {
			t.Errorf("%s: %d", path, a.status)
		}
	}
}

// Each scope opens its part.
func TestScopes(t *testing.T) {
	l := newSignInLab(t, OAuth{})
	for _, tt := range []struct {
		scope, user string // "": refused
		api         int
	}{
		{accounting, "", 200},
		{"openid", `{"sub":"6d6a2c2e-0d1e-4c55-9c3f-000000009130"}`, 403},
		{"openid profile email " + accounting, `{"sub":"6d6a2c2e-0d1e-4c55-9c3f-000000009130","givenName":"Jane","familyName":"Example","email":"jane@example.com","emailVerified":true}`, 200},
	} {
		token := tokensIn(t, l.token(t, l.codeForm(t, tt.scope))).AccessToken
		a := l.ask(t, "GET", "/v1/openid_connect/userinfo", "", "", "Authorization", "Bearer "+token)
		if tt.user == "" && a.status != http.StatusUnauthorized || tt.user != "" && a.body != tt.user {
			t.Errorf("%s: %d %s", tt.scope, a.status, a.body)
		}
		if a := l.preferences(t, token); a.status != tt.api {
			t.Errorf("%s: the API says %d %s", tt.scope, a.status, a.body)
		}
	}
}

func TestGraceOfRefreshTokens(t *testing.T) {
	for _, grace := range []time.Duration{0, 24 * time.Hour} {
		l := newSignInLab(t, OAuth{Options: signin.Options{Grace: grace}})
		old := tokensIn(t, l.token(t, l.codeForm(t, accounting)))
		tokensIn(t, l.token(t, refreshing(old.RefreshToken)))
		*l.now = l.now.Add(23 * time.Hour)
		if a := l.token(t, refreshing(old.RefreshToken)); (a.status == 200) != (grace > 0) {
			t.Errorf("grace %v: %d %s", grace, a.status, a.body)
		}
	}
}
