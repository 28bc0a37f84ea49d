package quickbookssim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A receiver takes webhooks, or not.
type receiver struct {
	url    string
	status int
	bodies []string
	signed []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	to := &receiver{status: http.StatusOK}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body) // what is cut does not compare
		to.bodies, to.signed = append(to.bodies, string(body)), append(to.signed, r.Header.Get("intuit-signature"))
		w.WriteHeader(to.status)
	}))
	t.Cleanup(server.Close)
	to.url = server.URL
	return to
}

func (to *receiver) took(t *testing.T, c *Company, want int) {
	t.Helper()
	before := len(to.bodies)
	if _, err := c.Webhooks().Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := len(to.bodies) - before; got != want {
		t.Errorf("%d POSTs, want %d: %v", got, want, to.bodies[before:])
	}
}

// changeAll makes one change of each kind: an operation of the API, and what
// people do.
func changeAll(t *testing.T, s testServer) {
	t.Helper()
	if a := s.post(t, "customer", `{"DisplayName":"Dora"}`); a.status != 200 {
		t.Fatal(a.body)
	}
	if err := errors.Join(s.Update("Customer", "1", `{"Notes":"x"}`), s.Deactivate("Customer", "2"), s.Delete("Invoice", "99")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Create("TaxRate", `{"Name":"unheard of"}`); err != nil {
		t.Fatal(err)
	}
}

func TestWebhooks(t *testing.T) {
	to := newReceiver(t)
	hooks := &Webhooks{URL: to.url, Verifier: "v"}
	o := testOptions()
	o.Realm, o.Webhooks = "9130", hooks
	s := serve(t, books, o)
	changeAll(t, s)
	o.Realm = "9131"
	other := serve(t, nil, o)
	if _, err := other.Create("Item", `{"Name":"x"}`); err != nil {
		t.Fatal(err)
	}
	to.took(t, s.Company, 1)
	const at = `"lastUpdated":"2026-07-01T19:00:00.250Z"}`
	want := `{"eventNotifications":[{"realmId":"9130","dataChangeEvent":{"entities":[` +
		`{"name":"Customer","id":"12","operation":"Create",` + at + `,{"name":"Customer","id":"1","operation":"Update",` + at +
		`,{"name":"Customer","id":"2","operation":"Update",` + at + `,{"name":"Invoice","id":"99","operation":"Delete",` + at + `]}},` +
		`{"realmId":"9131","dataChangeEvent":{"entities":[{"name":"Item","id":"1","operation":"Create",` + at + `]}}]}`
	if diff := cmp.Diff([]string{want}, to.bodies); diff != "" {
		t.Error(diff)
	}
	sum := hmac.New(sha256.New, []byte("v"))
	sum.Write([]byte(want))
	if got := to.signed[0]; got != base64.StdEncoding.EncodeToString(sum.Sum(nil)) {
		t.Errorf("signature %q", got)
	}
	to.took(t, s.Company, 0)
}

func TestCloudEvents(t *testing.T) {
	to := newReceiver(t)
	o := testOptions()
	o.Realm, o.Webhooks = "310687", &Webhooks{URL: to.url, CloudEvents: true}
	s := serve(t, books, o)
	if err := s.Delete("Invoice", "99"); err != nil {
		t.Fatal(err)
	}
	to.took(t, s.Company, 1)
	// Realm and Id are in alternative_ids once more, the realm in base64.
	form := regexp.MustCompile(`^\[{"specversion":"1\.0","id":"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}","source":"intuit\.[\w-]{43}=","type":"qbo\.invoice\.deleted\.v1",` +
		`"time":"2026-07-01T19:00:00\.250000000Z","intuitentityid":"99","intuitaccountid":"310687",` +
		`"data":{"alternative_ids":\[{"id":"djQuMTozMTA2ODc6\w+:99","namespace":"Intuit\.sbseg\.v4"}\]}}\]$`)
	if !form.MatchString(to.bodies[0]) {
		t.Errorf("got %s", to.bodies[0])
	}
}

// What is not taken comes again after 10 s, 20 s, 30 s, 5 min, 20 min, 2 h, 4 h, 6 h
// and every 6 h, the same; what happened later waits.
func TestWebhooksAgain(t *testing.T) {
	to := newReceiver(t)
	s, now := clocked(t, books, Options{Realm: "1", Webhooks: &Webhooks{URL: to.url, CloudEvents: true}})
	to.status = http.StatusServiceUnavailable
	if err := s.Delete("Invoice", "99"); err != nil {
		t.Fatal(err)
	}
	to.took(t, s.Company, 1)
	if err := s.Delete("Invoice", "100"); err != nil {
		t.Fatal(err)
	}
	for _, wait := range []time.Duration{
		10 * time.Second, 20 * time.Second, 30 * time.Second, 5 * time.Minute, 20 * time.Minute, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour, 6 * time.Hour, 6 * time.Hour,
	} {
		*now = now.Add(wait - time.Second)
		to.took(t, s.Company, 0)
		*now = now.Add(time.Second)
		to.took(t, s.Company, 1)
	}
	to.status = http.StatusOK
	*now = now.Add(6 * time.Hour)
	to.took(t, s.Company, 2)
	last := len(to.bodies) - 1
	if to.bodies[0] != to.bodies[last-1] || !strings.Contains(to.bodies[last], `"intuitentityid":"100"`) {
		t.Errorf("got %v", to.bodies)
	}
	if n := s.Webhooks().Waiting(); n != 0 {
		t.Errorf("%d wait", n)
	}
}

func TestWebhooksOutOfOrder(t *testing.T) {
	to := newReceiver(t)
	o := testOptions()
	o.Realm, o.Webhooks = "1", &Webhooks{URL: to.url, Twice: true, Reversed: true}
	s := serve(t, books, o)
	if err := errors.Join(s.Update("Invoice", "99", `{"TotalAmt":1}`), s.Delete("Invoice", "99")); err != nil {
		t.Fatal(err)
	}
	to.took(t, s.Company, 2)
	if to.bodies[0] != to.bodies[1] || strings.Index(to.bodies[0], "Delete") > strings.Index(to.bodies[0], "Update") {
		t.Errorf("got %v", to.bodies)
	}
}

func TestWebhooksWantARealm(t *testing.T) {
	if _, err := New(files{}.open(t), Options{Open: true, Webhooks: &Webhooks{}}); err == nil {
		t.Error("taken")
	}
	if c, err := New(files{}.open(t), testOptions()); err != nil || c.Webhooks() != nil {
		t.Errorf("%v", err)
	}
}
