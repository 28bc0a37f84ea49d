package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// TestWebhookFindsALine: a line that is added to a HubSpot invoice does not always move
// the invoice's last change. The event about it, posted to serve, makes the next run find
// it; without the event, the same run finds nothing.
func TestWebhookFindsALine(t *testing.T) {
	const public = "https://tieout.example.com"
	truth, dir := world(t, sandbox.Options{Invoices: 40, Seed: 3, Defects: sandbox.NoDefects})
	hs, qb, err := simulators(dir, true, false)
	if err != nil {
		t.Fatal(err)
	}
	c := pointed(t, hs, qb, dbtest.SQLite(t))
	c.settings(truth)
	c.env["TIEOUT_HUBSPOT_CLIENT_SECRET"], c.env["TIEOUT_PUBLIC_URL"] = "secret", public+"/"
	c.reconcile(0)
	account, first, second := firstInvoices(t, dir)
	invoice, line := first.ID, second.Associations.Lines[0]
	if err := hs.(*hubspotsim.Portal).Associate("invoices", invoice, "line_items", line); err != nil {
		t.Fatal(err)
	}
	c.reconcile(0) // nobody has told

	s := c.serve(regexp.MustCompile(`(http://\S+)`), "serve", "-listen", "127.0.0.1:0")
	body := fmt.Sprintf(`[{"portalId":%s,"occurredAt":%d,"subscriptionType":"line_item.associationChange","fromObjectId":%s,"toObjectId":%s,"associationType":"LINE_ITEM_TO_INVOICE"}]`,
		account, time.Now().UnixMilli(), line, invoice)
	if code := s.post(public, "forged", body); code != 401 {
		t.Errorf("forged: %d", code)
	}
	c.reconcile(0)
	if code := s.post(public, "secret", body); code != 200 {
		t.Fatalf("signed: %d", code)
	}
	if run := c.reconcile(2); run.Counts.Calls > 40 {
		t.Errorf("%d requests", run.Counts.Calls)
	}
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
		Lines []string `json:"line_items"`
	} `json:"associations"`
}

// firstInvoices returns the portal of a dataset and its first two invoices.
func firstInvoices(t *testing.T, dir string) (portal string, first, second hubSpotInvoice) {
	t.Helper()
	var account struct {
		ID json.Number `json:"portalId"`
	}
	for name, into := range map[string][]any{"account.json": {&account}, "invoices.jsonl": {&first, &second}} {
		file, err := os.Open(filepath.Join(dir, "hubspot", name))
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
	return account.ID.String(), first, second
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
	} {
		if err := publicURL(&config{}, given); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v, want %q", given, err, fault)
		}
	}
	for _, tt := range []struct{ public, secret, verifier, want string }{
		{"", "s", "", ""}, {"https://x.test", "", "", ""}, {"https://x.test/t/", "s", "", "https://x.test/t/webhooks/hubspot"},
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
