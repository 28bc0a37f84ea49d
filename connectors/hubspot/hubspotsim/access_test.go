package hubspotsim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox/control"
	"github.com/tieout/tieout/sandbox/signin"
)

// A tokenSet is what the token endpoint gives.
type tokenSet struct {
	Type    string   `json:"token_type"`
	Access  string   `json:"access_token"`
	Refresh string   `json:"refresh_token"`
	In      int      `json:"expires_in"`
	Use     string   `json:"token_use"`
	Hub     int      `json:"hub_id"`
	User    int      `json:"user_id"`
	Scopes  []string `json:"scopes"`
}

// consents goes through a consent at the address that the official Node client
// makes: no response_type, and no state unless the app wants one.
func consents(t *testing.T, p *Portal, query, tokenPath string) tokenSet {
	t.Helper()
	w := get(p, "/oauth/authorize?client_id=app&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fback&"+query, "")
	back, err := url.Parse(w.Header().Get("Location"))
	must(t, err)
	if w.Code != http.StatusFound || back.Query().Has("state") {
		t.Fatalf("%d %v", w.Code, back)
	}
	got := post(p, tokenPath, url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"app"}, "client_secret": {"secret"}, "redirect_uri": {"http://localhost:1/back"}, "code": {back.Query().Get("code")},
	})
	var tokens tokenSet
	if err := json.Unmarshal(got.Body.Bytes(), &tokens); err != nil || got.Code != 200 {
		t.Fatalf("%d %s %v", got.Code, got.Body, err)
	}
	return tokens
}

func TestTokenPaths(t *testing.T) {
	for _, version := range []string{v1, v3, march, september} {
		p, _ := signs(t, signin.Options{Consent: signin.ConsentAuto})
		path := "/oauth/" + version + "/token"
		tokens := consents(t, p, "scope=oauth%20tax_rates.read", path)
		if tokens.Type != "bearer" || tokens.In != 1800 || tokens.Access == "" || tokens.Refresh == "" {
			t.Errorf("%s: %+v", version, tokens)
		}
		if dated := version != v1; (tokens.Use == "access_token") != dated || (tokens.Hub != 0) != dated || (len(tokens.Scopes) == 2) != dated {
			t.Errorf("%s: %+v", version, tokens)
		}
		refresh := url.Values{"grant_type": {"refresh_token"}, "client_id": {"app"}, "client_secret": {"secret"}, "refresh_token": {tokens.Refresh}}
		if w := post(p, path, refresh); w.Code != 200 {
			t.Errorf("%s: %d %s", version, w.Code, w.Body)
		}
		if w := post(p, path+"?"+refresh.Encode(), nil); w.Code != 400 || !strings.Contains(w.Body.String(), "BAD_CLIENT_ID") {
			t.Errorf("%s: members in the address count: %d %s", version, w.Code, w.Body)
		}
		refresh.Set("refresh_token", "x")
		w := post(p, path, refresh)
		if old := !strings.Contains(w.Body.String(), `"error"`); w.Code != 400 || !strings.Contains(w.Body.String(), `"status":"BAD_REFRESH_TOKEN"`) || old != (version == v1) {
			t.Errorf("%s: %d %s", version, w.Code, w.Body)
		}
	}
	p, _ := signs(t, signin.Options{})
	for _, path := range []string{"/oauth/v2/token", "/oauth/v1/token/introspect", "/oauth/v1/other-tokens/x", "/oauth/v1/access-tokens/x/y"} {
		if w := post(p, path, nil); w.Code != 404 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}

func TestIntrospect(t *testing.T) {
	for _, version := range []string{v3, march, september} {
		p, advance := signs(t, signin.Options{Consent: signin.ConsentAuto})
		tokens := consents(t, p, "scope=oauth", "/oauth/"+version+"/token")
		ask := func(token, secret string) string {
			return post(p, "/oauth/"+version+"/token/introspect", url.Values{"client_id": {"app"}, "client_secret": {secret}, "token": {token}}).Body.String()
		}
		advance(time.Minute)
		if got, want := ask(tokens.Access, "secret"), `{"active":true,"token_use":"access_token","client_id":"app","app_id":54321,"hub_id":62515,"hub_domain":"portal.example",`+
			`"user":"admin@portal.example","user_id":864745280,"scopes":["oauth"],"expires_in":1740,"is_private_distribution":true,"token":"`+tokens.Access+`","token_type":"bearer"}`; got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
		if got := ask(tokens.Refresh, "secret"); !strings.Contains(got, `"token_use":"refresh_token"`) || strings.Contains(got, "expires_in") {
			t.Errorf("%s: %s", version, got)
		}
		if got := ask(tokens.Access, "x"); !strings.Contains(got, "BAD_CLIENT_ID") {
			t.Errorf("%s: %s", version, got)
		}
		post(p, "/oauth/"+version+"/token/revoke", url.Values{"client_id": {"app"}, "client_secret": {"secret"}, "token": {tokens.Refresh}})
		for _, token := range []string{tokens.Access, tokens.Refresh, "x"} {
			if got := ask(token, "secret"); got != `{"active":false}` {
				t.Errorf("%s: %s", version, got)
			}
		}
	}
}

func TestTokensOfV1(t *testing.T) {
	p, _ := signs(t, signin.Options{Consent: signin.ConsentAuto})
	tokens := consents(t, p, "scope=oauth", "/oauth/v1/token")
	const access, refresh = "/oauth/v1/access-tokens/", "/oauth/v1/refresh-tokens/"
	if got, want := get(p, access+tokens.Access, "").Body.String(), `{"app_id":54321,"hub_id":62515,"hub_domain":"portal.example","user":"admin@portal.example","user_id":864745280,`+
		`"scopes":["oauth"],"expires_in":1800,"token":"`+tokens.Access+`","token_type":"access"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := get(p, refresh+tokens.Refresh, "").Body.String(), `{"client_id":"app","hub_id":62515,"hub_domain":"portal.example","user":"admin@portal.example","user_id":864745280,`+
		`"scopes":["oauth"],"token":"`+tokens.Refresh+`","token_type":"refresh"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, path := range []string{access + tokens.Refresh, refresh + tokens.Access, access + "x", refresh} {
		if w := get(p, path, ""); w.Code != 404 {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	r := httptest.NewRequest("DELETE", refresh+tokens.Refresh, nil)
	w := httptest.NewRecorder()
	if p.ServeHTTP(w, r); w.Code != 204 || p.SignIn().Honours(tokens.Refresh) || p.SignIn().Live(tokens.Access) {
		t.Errorf("deleted: %d", w.Code)
	}
	if w := get(p, refresh+tokens.Refresh, ""); w.Code != 404 {
		t.Errorf("deleted: %d", w.Code)
	}
}

// A consent is for the scopes that were asked for, of the optional ones for those
// that the portal has; what needs another is refused and names it.
func TestScopesOfConsent(t *testing.T) {
	p, _ := signs(t, signin.Options{Consent: signin.ConsentAuto, Withheld: []string{"crm.objects.contacts.read"}})
	tokens := consents(t, p, "scope=oauth%20crm.objects.invoices.read&optional_scope=crm.objects.contacts.read%20crm.objects.companies.read", "/oauth/2026-03/token")
	if got := strings.Join(tokens.Scopes, " "); got != "crm.objects.companies.read crm.objects.invoices.read oauth" {
		t.Errorf("scopes %s", got)
	}
	for path, want := range map[string]int{
		"/crm/objects/2026-03/invoices": 200, "/crm/v3/objects/companies": 200, "/crm/objects/2026-03/contacts": 403, "/crm/objects/2026-03/line_items": 403,
		"/account-info/2026-03/details": 200, "/tax-rates/2026-03/tax-rates": 403, "/crm/properties/2026-03/invoices": 200, "/crm/properties/2026-03/contacts": 403,
	} {
		if w := get(p, path, tokens.Access); w.Code != want {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
	var refused map[string]any
	must(t, json.Unmarshal(get(p, "/crm/objects/2026-03/contacts", tokens.Access).Body.Bytes(), &refused))
	want := map[string]any{
		"status":        "error",
		"message":       "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
		"correlationId": refused["correlationId"], "category": "MISSING_SCOPES", "links": map[string]any{"scopes": "https://developers.hubspot.com/scopes"},
		"errors": []any{map[string]any{"message": "One or more of the following scopes are required.", "context": map[string]any{"requiredGranularScopes": []any{"crm.objects.contacts.read"}}}},
	}
	if got, want := asJSON(t, refused), asJSON(t, want); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if w := get(p, "/oauth/authorize?client_id=app&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fback&scope=crm.objects.contacts.read", ""); w.Code != 403 {
		t.Errorf("a required scope that the portal does not have: %d", w.Code)
	}
	if n := p.Requests()["forbidden"]; n != 5 {
		t.Errorf("%d forbidden", n)
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return string(raw)
}

// Each scope opens what it is for and nothing else.
func TestScopesOfStaticToken(t *testing.T) {
	calls := map[string]string{
		"list":              "GET /crm/objects/2026-03/invoices",
		"search":            "POST /crm/objects/2026-03/invoices/search {}",
		"batch read":        `POST /crm/objects/2026-03/invoices/batch/read {"inputs":[]}`,
		"taxes":             "GET /crm/objects/2026-03/taxes",
		"fees":              "GET /crm/objects/2026-03/fees",
		"products":          "GET /crm/objects/2026-03/products",
		"payments":          "GET /crm/objects/2026-03/commerce_payments",
		"rates":             "GET /tax-rates/v1/tax-rates",
		"properties":        "GET /crm/properties/2026-03/invoices",
		"make property":     "POST /crm/properties/2026-03/invoices " + key,
		"make line's":       "POST /crm/properties/2026-03/line_items " + strings.Replace(key, "invoiceinformation", "lineiteminformation", 1),
		"read associations": `POST /crm/v4/associations/invoices/contacts/batch/read {"inputs":[]}`,
		"associate":         "PUT /crm/v4/objects/invoices/21/associations/default/contacts/1",
	}
	for scope, open := range map[string]string{
		"oauth":                             "",
		"crm.objects.invoices.read":         "list, search, batch read, properties, read associations, associate",
		"crm.objects.invoices.write":        "properties, read associations, associate",
		"crm.objects.contacts.read":         "read associations, associate",
		"crm.objects.line_items.read":       "taxes, fees",
		"e-commerce":                        "fees, products, make line's",
		"crm.objects.products.read":         "products",
		"crm.objects.commercepayments.read": "payments",
		"tax_rates.read":                    "rates",
		"cpq.quotes.write":                  "rates",
		"crm.schemas.invoices.read":         "properties",
		"crm.schemas.invoices.write":        "make property",
	} {
		c := serve(t, people(), Options{Scopes: []string{scope}})
		for name, call := range calls {
			method, rest, _ := strings.Cut(call, " ")
			path, body, _ := strings.Cut(rest, " ")
			status, got := c.raw(method, path, body)
			if granted := strings.Contains(", "+open+",", ", "+name+","); (status < 300) != granted || (status == 403) == granted {
				t.Errorf("%s: %s: %d %s", scope, name, status, got)
			}
		}
	}
}

func TestExpiredAuthentication(t *testing.T) {
	p, advance := signs(t, signin.Options{Consent: signin.ConsentAuto})
	tokens := consents(t, p, "scope=oauth", "/oauth/2026-03/token")
	const details = "/account-info/2026-03/details"
	at := time.Duration(0)
	for after, want := range map[time.Duration]string{75 * time.Second: "75 second(s)", 3 * time.Minute: "3 minute(s)", 6 * time.Hour: "6 hour(s)", 60 * time.Hour: "2 day(s)"} {
		advance(30*time.Minute + after - at)
		at = 30*time.Minute + after
		w := get(p, details, tokens.Access)
		if w.Code != 401 || !strings.Contains(w.Body.String(), `"message":"The OAuth token used to make this call expired `+want+` ago."`) ||
			!strings.Contains(w.Body.String(), `"category":"EXPIRED_AUTHENTICATION","context":{"expire time":["2026-03-01T08:30:00.000Z"]}`) {
			t.Errorf("after %v: %d %s", after, w.Code, w.Body)
		}
	}
	if w := get(p, details, tokens.Refresh); !strings.Contains(w.Body.String(), `"category":"INVALID_AUTHENTICATION"`) {
		t.Errorf("a refresh token: %s", w.Body)
	}
	p.SignIn().RevokeAll()
	if w := get(p, details, tokens.Access); w.Code != 401 || !strings.Contains(w.Body.String(), `"category":"INVALID_AUTHENTICATION"`) {
		t.Errorf("revoked: %d %s", w.Code, w.Body)
	}
}

func TestMalformedExpired(t *testing.T) {
	for _, so := range []bool{false, true} {
		c := serve(t, nil, Options{MalformedExpired: so})
		c.bearer = "Bearer other"
		c.sent("GET", "/account-info/2026-03/details", "", 401, map[bool]string{false: "INVALID_AUTHENTICATION", true: `expired 20779 day(s) ago.`}[so])
		c.bearer = ""
		c.sent("GET", "/account-info/2026-03/details", "", 401, "INVALID_AUTHENTICATION")
	}
}

// A token that ends on command is one that has expired.
func TestDeadToken(t *testing.T) {
	p, _ := signs(t, signin.Options{Consent: signin.ConsentAuto})
	tokens := consents(t, p, "scope=oauth", "/oauth/2026-03/token")
	if _, err := p.Control().Strike(control.Rule{Effect: control.DeadToken, Times: 1}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if w := get(p, "/account-info/2026-03/details", tokens.Access); w.Code != 401 || !strings.Contains(w.Body.String(), "EXPIRED_AUTHENTICATION") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	}
	if !p.SignIn().Honours(tokens.Refresh) {
		t.Error("the refresh token is dead too")
	}
}

// A static token, and any one of an open portal, works again when the faults end.
func TestDeadStaticToken(t *testing.T) {
	for _, open := range []bool{false, true} {
		p := serve(t, nil, Options{Open: open}).portal
		if _, err := p.Control().Strike(control.Rule{Effect: control.DeadToken, Times: 1}); err != nil {
			t.Fatal(err)
		}
		for n, want := range []int{401, 401, 200} {
			if n == 2 {
				p.Control().Clear()
			}
			if w := get(p, "/account-info/2026-03/details", "key"); w.Code != want {
				t.Errorf("open %v, request %d: %d, want %d", open, n, w.Code, want)
			}
		}
	}
}

// A limit that there is none of is refused; categories are taken as they are.
func TestUnknownPolicyOnCommand(t *testing.T) {
	p := serve(t, nil, Options{}).portal
	_, err := p.Control().Strike(control.Rule{Effect: control.Refuse, Status: 429, Code: "HOURLY"})
	if err == nil || !strings.Contains(err.Error(), `"HOURLY"`) || !strings.Contains(err.Error(), "DAILY, TEN_SECONDLY_ROLLING, SECONDLY") {
		t.Errorf("got %v", err)
	}
	for status, code := range map[int]string{429: "DAILY", 409: "HOURLY"} {
		if _, err := p.Control().Strike(control.Rule{Effect: control.Refuse, Status: status, Code: code}); err != nil {
			t.Error(err)
		}
	}
}
