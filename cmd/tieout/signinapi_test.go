package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

// A front stands before a simulator, which can be exchanged for another.
type front struct {
	*httptest.Server
	behind atomic.Pointer[http.Handler]
}

func newFront(t *testing.T, h http.Handler) *front {
	t.Helper()
	f := &front{}
	f.behind.Store(&h)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*f.behind.Load()).ServeHTTP(w, r) }))
	t.Cleanup(f.Close)
	return f
}

// An apiWorld is the server over a store without sign-ins, and the simulators that it
// signs in to.
type apiWorld struct {
	*signedWorld
	*served
	fronts map[reconcile.System]*front
	said   strings.Builder // what the API answered, but for addresses to begin at
}

func newAPIWorld(t *testing.T, unset ...string) *apiWorld {
	t.Helper()
	w := &apiWorld{signedWorld: newSignedWorld(t)}
	w.fronts = map[reconcile.System]*front{
		reconcile.HubSpot: newFront(t, w.hs.Config.Handler), reconcile.QuickBooks: newFront(t, w.qb.Config.Handler),
	}
	env := environment(w.env)
	env["TIEOUT_HUBSPOT_URL"], env["TIEOUT_QUICKBOOKS_URL"] = w.fronts[reconcile.HubSpot].URL, w.fronts[reconcile.QuickBooks].URL
	for _, name := range append(unset, asProgram) {
		delete(env, name)
	}
	c := &call{t, env}
	w.served = c.serve(regexp.MustCompile(`(http://127\.0\.0\.1:\d+)`), "serve", "-listen", "127.0.0.1:0")
	return w
}

const connectionAsked = `system via state companyId companyName connectedBy problem expiresAt events { kind actor detail } reads { used limit } availableActions { action enabled }`

// connection asks for the connection of a system.
func (w *apiWorld) connection(system reconcile.System) map[string]any {
	w.served.t.Helper()
	n := 0
	if system == reconcile.QuickBooks {
		n = 1
	}
	answer := w.query(`{ connections { `+connectionAsked+` } }`, nil)
	w.said.WriteString(jsonOf(answer))
	return at(w.served.t, answer, "connections", n).(map[string]any)
}

// begin begins a sign-in and returns the address to give the consent at.
func (w *apiWorld) begin(system reconcile.System) string {
	w.served.t.Helper()
	started := w.query(`mutation ($system: System!) { connectionStart(input: { system: $system, clientMutationId: "c" }) {
  authorizeUrl expiresAt userErrors { code } clientMutationId } }`, map[string]any{"system": system})
	address, _ := at(w.served.t, started, "connectionStart", "authorizeUrl").(string)
	expires, _ := at(w.served.t, started, "connectionStart", "expiresAt").(string)
	until, err := time.Parse(time.RFC3339, expires)
	if left := time.Until(until); err != nil || left < 9*time.Minute || left > 10*time.Minute {
		w.served.t.Errorf("expires at %q, %v", expires, err)
	}
	u, err := url.Parse(address)
	check(w.served.t, err)
	own, err := url.Parse(w.url)
	check(w.served.t, err)
	if back := u.Query().Get("redirect_uri"); back != "http://localhost:"+own.Port()+"/oauth/callback" {
		w.served.t.Errorf("it comes back to %s", back)
	}
	return address
}

// consent gives the consent at an address and returns the page that the person ends at.
func (w *apiWorld) consent(address string) (status int, page string) {
	w.served.t.Helper()
	answer, err := http.Get(address)
	check(w.served.t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	check(w.served.t, err)
	w.said.Write(body)
	return answer.StatusCode, string(body)
}

func (w *apiWorld) disconnect(system reconcile.System) map[string]any {
	w.served.t.Helper()
	answer := w.query(`mutation ($system: System!) { connectionDisconnect(input: { system: $system }) {
  connection { `+connectionAsked+` } warnings { code message } userErrors { code } } }`, map[string]any{"system": system})
	w.said.WriteString(jsonOf(answer))
	return at(w.served.t, answer, "connectionDisconnect").(map[string]any)
}

// honoured counts the refresh tokens that a system accepts: one of each consent that was
// not revoked.
func (w *apiWorld) honoured(system reconcile.System) (n int) {
	server := w.servers[string(system)]
	for _, token := range server.Issued() {
		if server.Honours(token) {
			n++
		}
	}
	return n
}

func jsonOf(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// TestConnectByAPI goes through the life of both connections with nothing but the API
// and the addresses that it gives.
func TestConnectByAPI(t *testing.T) {
	t.Parallel()
	w := newAPIWorld(t)
	for _, system := range reconcile.Systems {
		if c := w.connection(system); c["via"] != "NONE" || c["state"] != "DISCONNECTED" || c["companyId"] != nil {
			t.Errorf("at first: %v", c)
		}
		if status, page := w.consent(w.begin(system)); status != http.StatusOK || !strings.Contains(page, "is connected") {
			t.Fatalf("%s: %d %s", system, status, page)
		}
		c := w.connection(system)
		if c["via"] != "SIGN_IN" || c["state"] != "CONNECTED" || c["companyId"] == nil || c["connectedBy"] != string(actor()) {
			t.Errorf("connected: %v", c)
		}
		if kind := at(t, c, "events", 0, "kind"); kind != "CONNECTED" {
			t.Errorf("journal: %v", c)
		}
	}
	if c := w.connection(reconcile.QuickBooks); c["companyId"] != "9130" || c["companyName"] == nil || c["expiresAt"] == nil {
		t.Errorf("QuickBooks: %v", c)
	}
	if state := w.endOfRun(); state != "COMPLETE" {
		t.Errorf("a run with both connected: %v", state)
	}
	reads := w.connection(reconcile.QuickBooks)["reads"]
	if used, _ := at(t, reads, "used").(float64); used < 8 || at(t, reads, "limit") != 500000.0 {
		t.Errorf("reads: %v", reads)
	}
	w.others()
	for _, system := range reconcile.Systems {
		before := w.honoured(system)
		got := w.disconnect(system)
		if at(t, got, "connection", "state") != "DISCONNECTED" || at(t, got, "connection", "companyId") == nil || len(got["warnings"].([]any)) != 0 {
			t.Errorf("disconnected: %v", got)
		}
		if after := w.honoured(system); after != before-1 {
			t.Errorf("%s accepts %d refresh tokens, and %d before", system, after, before)
		}
		if got := w.disconnect(system); at(t, got, "userErrors", 0, "code") != "NOT_CONNECTED" {
			t.Errorf("once more: %v", got)
		}
	}
	w.stop()
	for _, token := range append(w.tokens(), []byte(canarySecret)) {
		if strings.Contains(w.said.String()+w.out.String(), string(token)) {
			t.Errorf("told: %.12s…", token)
		}
	}
}

// others signs in to another portal and another company, which is refused and changes
// nothing, and again to the workspace's own.
func (w *apiWorld) others() {
	t := w.served.t
	_, data := world(t, sandbox.Options{Invoices: 20, Seed: 4})
	check(t, os.WriteFile(filepath.Join(data, "hubspot", "account.json"), []byte(`{"portalId": 777, "timeZone": "UTC"}`), 0o600))
	ds, err := sandbox.Open(data)
	check(t, err)
	app := signin.Options{ClientID: "app", ClientSecret: canarySecret, Consent: signin.ConsentAuto}
	portal, err := hubspotsim.New(ds, hubspotsim.Options{OAuth: &hubspotsim.OAuth{Options: app}})
	check(t, err)
	company, err := quickbookssim.New(ds, quickbookssim.Options{OAuth: &quickbookssim.OAuth{Options: app}, Realm: "777"})
	check(t, err)
	for system, other := range map[reconcile.System]http.Handler{reconcile.HubSpot: portal, reconcile.QuickBooks: company} {
		own, front := w.connection(system), w.fronts[system]
		before := front.behind.Swap(&other)
		status, page := w.consent(w.begin(system))
		front.behind.Store(before)
		if id, _ := own["companyId"].(string); status == http.StatusOK || !strings.Contains(page, "Not connected") || !strings.Contains(page, id) || !strings.Contains(page, "777") {
			t.Errorf("another %s: %d %s", system, status, page)
		}
		if after := w.connection(system); jsonOf(after) != jsonOf(own) {
			t.Errorf("another changed %v\nto %v", own, after)
		}
		if status, page := w.consent(w.begin(system)); status != http.StatusOK {
			t.Errorf("again: %d %s", status, page)
		}
		if c := w.connection(system); at(t, c, "events", 0, "kind") != "RECONNECTED" || c["companyId"] != own["companyId"] {
			t.Errorf("again: %v", c)
		}
	}
}

// TestDisconnectByAPIUnheard: a vendor that does not answer keeps nobody from
// forgetting the tokens, in time for the answer.
func TestDisconnectByAPIUnheard(t *testing.T) {
	t.Parallel()
	w := newAPIWorld(t)
	if status, page := w.consent(w.begin(reconcile.QuickBooks)); status != http.StatusOK {
		t.Fatalf("%d %s", status, page)
	}
	var silent http.Handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // so that it is heard when the caller has gone
		<-r.Context().Done()
	})
	w.fronts[reconcile.QuickBooks].behind.Store(&silent)
	began := time.Now()
	got := w.disconnect(reconcile.QuickBooks)
	if took := time.Since(began); took > 8*time.Second {
		t.Errorf("it took %s", took)
	}
	if at(t, got, "warnings", 0, "code") != "NOT_REVOKED" || at(t, got, "connection", "state") != "DISCONNECTED" || at(t, got, "connection", "via") != "NONE" {
		t.Errorf("got %v", got)
	}
	if c := w.connection(reconcile.QuickBooks); !strings.Contains(jsonOf(c["events"]), "not revoked at the vendor") {
		t.Errorf("journal: %v", c)
	}
}

// TestConnectByAPIWithoutApp: what is not set up is told with what to set.
func TestConnectByAPIWithoutApp(t *testing.T) {
	t.Parallel()
	w := newAPIWorld(t, "TIEOUT_HUBSPOT_CLIENT_ID")
	started := w.query(`mutation { connectionStart(input: { system: hubspot }) { authorizeUrl userErrors { code message path } } }`, nil)
	fault := at(t, started, "connectionStart", "userErrors", 0)
	message, _ := at(t, fault, "message").(string)
	if at(t, fault, "code") != "APP_NOT_SET_UP" || !strings.Contains(message, "TIEOUT_HUBSPOT_CLIENT_ID") || at(t, started, "connectionStart", "authorizeUrl") != nil {
		t.Errorf("got %v", started)
	}
	w.begin(reconcile.QuickBooks)
}
