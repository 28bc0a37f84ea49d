package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/hooks"
)

// A proxy stands before a server that is not there yet, under an address of its own.
type proxy struct {
	*httptest.Server
	to atomic.Pointer[url.URL]
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(p.to.Load()) }})
	t.Cleanup(p.Close)
	return p
}

// before puts the proxy before a server.
func (p *proxy) before(s *served) {
	s.t.Helper()
	at, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	p.to.Store(at)
}

// hookedTo lets serve take the events that simulators post to a proxy.
func (c *call) hookedTo(p *proxy) {
	c.env["TIEOUT_PUBLIC_URL"], c.env["TIEOUT_HUBSPOT_CLIENT_SECRET"], c.env["TIEOUT_QUICKBOOKS_WEBHOOK_VERIFIER"] = p.URL+"/", sandboxToken, sandboxToken
}

// TestWebhookFindsALine: a line that is added to a HubSpot invoice does not always move
// the invoice's last change. The event about it, posted to serve, makes the next run find
// it; without the event, and after a forged one, the same run finds nothing.
func TestWebhookFindsALine(t *testing.T) {
	truth, dir := world(t, sandbox.Options{Invoices: 40, Seed: 3, Defects: sandbox.NoDefects})
	p := newProxy(t)
	hs, qb, err := behaving(dir, behaviour{open: true, webhooks: p.URL})
	if err != nil {
		t.Fatal(err)
	}
	c := pointed(t, hs, qb, dbtest.SQLite(t))
	c.hookedTo(p)
	c.settings(truth)
	c.reconcile(0)
	account, first, second := firstInvoices(t, dir)
	invoice, line := first.ID, second.Associations.Lines[0]
	portal := hs.(*hubspotsim.Portal)
	if err := portal.Associate("invoices", invoice, "line_items", line); err != nil {
		t.Fatal(err)
	}
	c.reconcile(0) // nobody has told

	s := c.serve(regexp.MustCompile(`(http://\S+)`), "serve", "-listen", "127.0.0.1:0")
	p.before(s)
	body := fmt.Sprintf(`[{"portalId":%s,"occurredAt":%d,"subscriptionType":"line_item.associationChange","fromObjectId":%s,"toObjectId":%s,"associationType":"LINE_ITEM_TO_INVOICE"}]`,
		account, time.Now().UnixMilli(), line, invoice)
	if code := s.post(p.URL, "forged", body); code != 401 {
		t.Errorf("forged: %d", code)
	}
	c.reconcile(0)
	if taken, err := portal.Webhooks().Deliver(t.Context()); taken != 1 || err != nil {
		t.Fatalf("%d messages taken, %v", taken, err)
	}
	c.reconcile(2)
	found := c.findings()
	if len(found) == 0 {
		t.Error("nothing was found")
	}
	for _, f := range found {
		if f.Number != first.Properties.Number {
			t.Errorf("%+v", f)
		}
	}
}

// A hubSpotInvoice is what a test needs of an invoice of a dataset.
type hubSpotInvoice struct {
	ID         string `json:"id"`
	Properties struct {
		Number string `json:"hs_number"`
	} `json:"properties"`
	Associations struct {
		Lines    []string `json:"line_items"`
		Contacts []string `json:"contacts"`
	} `json:"associations"`
}

// firstInvoices returns the portal of a dataset and its first two invoices.
func firstInvoices(t *testing.T, dir string) (portal string, first, second hubSpotInvoice) {
	t.Helper()
	var account struct {
		ID json.Number `json:"portalId"`
	}
	readLines(t, filepath.Join(dir, "hubspot", "account.json"), &account)
	readLines(t, filepath.Join(dir, "hubspot", "invoices.jsonl"), &first, &second)
	return account.ID.String(), first, second
}

// readLines reads the first lines of a file, as many as there are values.
func readLines(t *testing.T, path string, into ...any) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := json.NewDecoder(file)
	for _, v := range into {
		if err := lines.Decode(v); err != nil {
			t.Fatal(err)
		}
	}
}

// post posts a body as HubSpot signs it, and returns the status.
func (s *served) post(public, secret, body string) int {
	s.t.Helper()
	stamp := fmt.Sprint(time.Now().UnixMilli())
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("POST" + public + "/webhooks/hubspot" + body + stamp))
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.url+"/webhooks/hubspot", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Host = "tieout.example.com"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.Header.Set("X-HubSpot-Request-Timestamp", stamp)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}

// TestWebhookConfig: all faults of the addresses are told, and nothing is taken that
// could not be told from a forgery.
func TestWebhookConfig(t *testing.T) {
	for given, fault := range map[string]string{
		"http://tieout.example.com": "https", "tieout.example.com": "want an address", "https://": "want an address", "ftp://localhost": "https",
		"https://x.test/?a=b": "want an address", "https://ann@x.test": "want an address", "https://x.test#a": "want an address", ":": "want an address",
		"https://x.test/t/": "without a path", "https://:443": "want an address", "https://x.test?": "want an address",
	} {
		if err := publicURL(&config{}, given); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v, want %q", given, err, fault)
		}
	}
	for _, tt := range []struct{ public, secret, verifier, want string }{
		{"", "s", "", ""}, {"https://x.test", "", "", ""}, {"https://x.test/", "s", "", "https://x.test/webhooks/hubspot"},
		{"http://localhost:8080", "s", "", "http://localhost:8080/webhooks/hubspot"}, {"", "", " a, b,a,", "2 verifiers"},
	} {
		c := &config{SignIn: map[reconcile.System]*signInConfig{reconcile.HubSpot: {Secret: connectors.Secret(tt.secret)}}}
		if err := errors.Join(publicURL(c, tt.public), verifiers(c, tt.verifier)); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, hook := range c.webhooks() {
			switch h := hook.(type) {
			case hubspot.Webhook:
				got += h.URL
			case quickbooks.Webhook:
				got += fmt.Sprintf("%d verifiers", len(h.Verifiers))
			}
		}
		if got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
}

// TestSandboxEvents: what changes in the simulators of tieout sandbox -webhooks is posted
// to serve through a proxy, and the next run looks at it.
func TestSandboxEvents(t *testing.T) {
	truth, dir := world(t, sandbox.Options{Invoices: 20, Seed: 4, Defects: sandbox.NoDefects})
	p := newProxy(t)
	c := &call{t, map[string]string{}}
	simulators := c.serve(regexp.MustCompile(`QuickBooks +(http://\S+)`), "sandbox", "-data", dir, "-open", "-hubspot", "127.0.0.1:0", "-quickbooks", "127.0.0.1:0", "-webhooks", p.URL)
	hs := regexp.MustCompile(`HubSpot +(http://\S+)`).FindStringSubmatch(simulators.out.String())[1]
	c.env = map[string]string{
		"TIEOUT_HUBSPOT_URL": hs, "TIEOUT_HUBSPOT_TOKEN": "x", "TIEOUT_QUICKBOOKS_URL": simulators.url, "TIEOUT_QUICKBOOKS_TOKEN": "x",
		"TIEOUT_QUICKBOOKS_REALM": sandboxRealm, "TIEOUT_DB": dbtest.SQLite(t),
	}
	c.hookedTo(p)
	c.settings(truth)
	c.reconcile(0)
	s := c.serve(regexp.MustCompile(`(http://\S+)`), "serve", "-verbose", "-listen", "127.0.0.1:0")
	p.before(s)

	_, invoice, _ := firstInvoices(t, dir)
	ask(t, http.MethodPatch, hs+"/crm/v3/objects/contacts/"+invoice.Associations.Contacts[0], `{"properties":{"lastname":"New"}}`, nil)
	var found struct {
		QueryResponse struct {
			Item []struct {
				ID    string `json:"Id"`
				Token string `json:"SyncToken"`
			}
		}
	}
	company := simulators.url + "/v3/company/" + sandboxRealm
	ask(t, http.MethodGet, company+"/query?query="+url.QueryEscape("SELECT * FROM Item MAXRESULTS 1"), ``, &found)
	item := found.QueryResponse.Item[0]
	ask(t, http.MethodPost, company+"/item", fmt.Sprintf(`{"Id":%q,"SyncToken":%q,"sparse":true,"Description":"new"}`, item.ID, item.Token), nil)
	filed := func(system string) bool {
		return regexp.MustCompile(`msg=webhook system=` + system + ` events=[1-9]\d* filed=[1-9]`).MatchString(s.out.String())
	}
	for end := time.Now().Add(20 * time.Second); !filed("hubspot") || !filed("quickbooks"); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no events:\n%s", s.out)
		}
	}
	_, log, code := c.run("reconcile", "-verbose")
	for _, pulled := range []string{"system=hubspot object=customers", "system=quickbooks object=products"} {
		if !regexp.MustCompile(pulled + ".* changed=1 hints=1 ").MatchString(log) {
			t.Errorf("%d: not %s:\n%s", code, pulled, log)
		}
	}
}

// TestWebhooksTold: serve says at its start which webhooks it takes and where, and
// warns of half a set-up.
func TestWebhooksTold(t *testing.T) {
	secret := map[reconcile.System]*signInConfig{reconcile.HubSpot: {Secret: "s"}}
	none := map[reconcile.System]*signInConfig{reconcile.HubSpot: {}}
	for _, tt := range []struct {
		c         *config
		out, errs string
	}{
		{&config{SignIn: none}, "", ""},
		{&config{SignIn: secret, PublicURL: "https://x.test"}, "webhooks of hubspot are taken at https://x.test/webhooks/hubspot\n", ""},
		{&config{SignIn: none, PublicURL: "https://x.test"}, "", "tieout: TIEOUT_PUBLIC_URL is set and TIEOUT_HUBSPOT_CLIENT_SECRET is not: HubSpot's webhooks are not taken, since nothing proves them\n"},
		{&config{SignIn: none, Verifiers: []connectors.Secret{"v"}}, "webhooks of quickbooks are taken at the public address of a proxy/webhooks/quickbooks\n", ""},
	} {
		var out, errs strings.Builder
		(&program{stdout: &out, stderr: &errs}).tellWebhooks(tt.c)
		if out.String() != tt.out || errs.String() != tt.errs {
			t.Errorf("%+v: %q %q", tt.c, out.String(), errs.String())
		}
	}
}

// TestUntakenEvents: events that are not taken are told once for each cause, with what
// to check.
func TestUntakenEvents(t *testing.T) {
	_, dir := world(t, sandbox.Options{Invoices: 5, Seed: 4, Defects: sandbox.NoDefects})
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(map[bool]int{true: 404, false: 401}[strings.HasSuffix(r.URL.Path, "hubspot")])
	}))
	t.Cleanup(there.Close)
	c := &call{t, map[string]string{}}
	s := c.serve(regexp.MustCompile(`HubSpot +(http://\S+)`), "sandbox", "-data", dir, "-open", "-hubspot", "127.0.0.1:0", "-quickbooks", "127.0.0.1:0", "-webhooks", there.URL+"/")
	_, invoice, _ := firstInvoices(t, dir)
	change := func(name string) {
		ask(t, http.MethodPatch, s.url+"/crm/v3/objects/contacts/"+invoice.Associations.Contacts[0], fmt.Sprintf(`{"properties":{"lastname":%q}}`, name), nil)
	}
	wait := func(line string) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); !strings.Contains(s.out.String(), line); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("not told %q:\n%s", line, s.out)
			}
		}
	}
	change("One")
	notFound := "webhooks are not taken: " + there.URL + "/webhooks/hubspot answers 404: "
	wait(notFound)
	there.Close()
	change("Two")
	wait("is tieout serve running there?")
	if n := strings.Count(s.out.String(), notFound); n != 1 {
		t.Errorf("told %d times:\n%s", n, s.out)
	}
	if got := untaken("http://h/webhooks/hubspot", &hooks.Answered{Status: 401}); !strings.Contains(got, "answers 401") || !strings.Contains(got, "TIEOUT_PUBLIC_URL the address given to -webhooks") {
		t.Error(got)
	}
}

// ask asks a simulator.
func ask(t *testing.T, method, address, body string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode > 299 {
		t.Fatalf("%s %s: %d %s %v", method, address, answer.StatusCode, got, err)
	}
	if into != nil {
		if err := json.Unmarshal(got, into); err != nil {
			t.Fatal(err)
		}
	}
}
