package quickbookssim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

// TestSignIn goes through a sign-in as Intuit describes it: realmId in the callback
// only, Basic authentication, the hard end where it is asked for, 401 with code 3200
// after an access token's life, JSON to revoke.
func TestSignIn(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "quickbooks"), 0o700); err != nil {
		t.Fatal(err)
	}
	ds, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(ds, Options{
		OAuth: &OAuth{signin.Options{ClientID: "app", ClientSecret: "secret", Consent: signin.ConsentAuto}}, Realm: "9130", Now: func() time.Time { return at },
	})
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, path, body string, set ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		for n := 0; n < len(set); n += 2 {
			r.Header.Set(set[n], set[n+1])
		}
		if strings.Contains(path, "/oauth2/") && r.Header.Get("Authorization") == "" {
			r.SetBasicAuth("app", "secret")
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w
	}
	const redirect = "http://localhost:1/back"
	w := send("GET", "/connect/oauth2?"+url.Values{"client_id": {"app"}, "response_type": {"code"}, "scope": {"s"}, "state": {"s"}, "redirect_uri": {redirect}}.Encode(), "")
	back, err := url.Parse(w.Header().Get("Location"))
	if err != nil || back.Query().Get("realmId") != "9130" {
		t.Fatalf("callback: %d %s", w.Code, back)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirect}}.Encode()
	const tokenPath, formType = "/oauth2/v1/tokens/bearer", "application/x-www-form-urlencoded"
	w = send("POST", tokenPath, form, "Content-Type", formType, "X-Include-Refresh-Token-Hard-Expires-In", "true")
	var got tokens
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.ExpiresIn != 3600 || got.RefreshIn != 8726400 || got.HardIn != 5*365*86400 || !strings.HasPrefix(got.RefreshToken, "RT1-") {
		t.Fatalf("tokens: %d %s %v", w.Code, w.Body, err)
	}
	if strings.Contains(w.Body.String(), "realm") {
		t.Errorf("tokens tell the realm: %s", w.Body)
	}
	w = send("POST", tokenPath, form, "Content-Type", formType)
	if w.Code != http.StatusBadRequest || w.Body.String() != `{"error":"invalid_grant"}` {
		t.Errorf("a code twice: %d %s", w.Code, w.Body)
	}
	w = send("POST", tokenPath, form, "Content-Type", formType, "Authorization", "Basic eDp5")
	if w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), "invalid_client") {
		t.Errorf("another app: %d %s", w.Code, w.Body)
	}
	info := func() *httptest.ResponseRecorder {
		return send("GET", "/v3/company/9130/preferences", "", "Authorization", "Bearer "+got.AccessToken)
	}
	if w := info(); w.Code != http.StatusOK {
		t.Errorf("with a token: %d %s", w.Code, w.Body)
	}
	at = at.Add(time.Hour)
	if w := info(); w.Code != http.StatusUnauthorized || !strings.Contains(w.Body.String(), `"code":"3200"`) {
		t.Errorf("after its life: %d %s", w.Code, w.Body)
	}
	w = send("POST", tokenPath, url.Values{"grant_type": {"refresh_token"}, "refresh_token": {got.RefreshToken}}.Encode(), "Content-Type", formType)
	if w.Code != http.StatusOK || strings.Contains(w.Body.String(), "hard_expires") {
		t.Errorf("refresh: %d %s", w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	body := `{"token":"` + got.RefreshToken + `"}`
	if w := send("POST", "/v2/oauth2/tokens/revoke", body); w.Code != http.StatusBadRequest {
		t.Errorf("revoke without a media type: %d", w.Code)
	}
	if w := send("POST", "/v2/oauth2/tokens/revoke", body, "Content-Type", "application/json"); w.Code != http.StatusOK || w.Body.Len() != 0 || c.SignIn().Honours(got.RefreshToken) {
		t.Errorf("revoke: %d %s", w.Code, w.Body)
	}
	if w := info(); w.Code != http.StatusUnauthorized {
		t.Errorf("after the revocation: %d", w.Code)
	}
}
