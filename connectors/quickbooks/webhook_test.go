package quickbooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// came is when messages come in these tests.
var came = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "webhooks", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signed is a message with the signature that a verifier token makes.
func signed(token, body string) connectors.Post {
	mac := hmac.New(sha256.New, []byte(token))
	mac.Write([]byte(body))
	header := http.Header{"Intuit-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}}
	return connectors.Post{Method: http.MethodPost, Header: header, Body: []byte(body), At: came}
}

var hook = Webhook{Verifiers: []connectors.Secret{"token", "former"}}

func events(t *testing.T, body string) connectors.Notice {
	t.Helper()
	n, err := hook.Receive(signed("token", body))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestWebhookVector: the published signature of a message is the one that is wanted,
// and no other.
func TestWebhookVector(t *testing.T) {
	var vector struct {
		Token    connectors.Secret `json:"verifier_token"`
		Body     string            `json:"raw_body_file"`
		Header   string            `json:"header"`
		Expected string            `json:"expected"`
	}
	if err := json.Unmarshal(sample(t, "signature_vector.json"), &vector); err != nil {
		t.Fatal(err)
	}
	p := connectors.Post{Method: http.MethodPost, Header: http.Header{}, Body: sample(t, vector.Body), At: came}
	p.Header.Set(vector.Header, vector.Expected)
	n, err := Webhook{Verifiers: []connectors.Secret{vector.Token}}.Receive(p)
	if err != nil {
		t.Fatal(err)
	}
	want := []connectors.Event{{System: reconcile.QuickBooks, Company: "1269959970", Object: reconcile.ObjectCustomers, ID: "43", At: time.Date(2016, 10, 5, 3, 7, 4, 0, time.UTC)}}
	if diff := cmp.Diff(want, n.Events); diff != "" || n.Passed != 1 || n.Once {
		t.Errorf("passed %d, once %t\n%s", n.Passed, n.Once, diff)
	}
	for at := range p.Body { // a bit flipped anywhere
		p.Body[at] ^= 1
		if _, err := (Webhook{Verifiers: []connectors.Secret{vector.Token}}).Receive(p); !errors.Is(err, connectors.ErrForged) {
			t.Fatalf("byte %d: %v", at, err)
		}
		p.Body[at] ^= 1
	}
}

func TestWebhookRefuses(t *testing.T) {
	const body = `{"eventNotifications":[]}`
	good := signed("token", body)
	for name, p := range map[string]connectors.Post{
		"none":        {Header: http.Header{}, Body: good.Body},
		"another":     signed("token2", body),
		"empty token": signed("", body),
		"no base64":   {Header: http.Header{"Intuit-Signature": {"secret@example.com"}}, Body: good.Body},
		"twice":       {Header: http.Header{"Intuit-Signature": {good.Header.Get("intuit-signature"), good.Header.Get("intuit-signature")}}, Body: good.Body},
		"cut":         {Header: http.Header{"Intuit-Signature": {good.Header.Get("intuit-signature")[:20]}}, Body: good.Body},
	} {
		_, err := hook.Receive(p)
		if !errors.Is(err, connectors.ErrForged) || strings.Contains(err.Error(), "example") || strings.Contains(err.Error(), "token2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := hook.Receive(signed("former", body)); err != nil {
		t.Errorf("the token before: %v", err)
	}
	for _, body := range []string{"", "no JSON ann@example.com", "7", `"x"`, `[`, `{"eventNotifications":7}`, `null`} {
		n, err := hook.Receive(signed("token", body))
		if err == nil && (len(n.Events) > 0 || n.Passed != 1) || err != nil && (!errors.Is(err, connectors.ErrBroken) || strings.Contains(err.Error(), "example")) {
			t.Errorf("%q: %+v, %v", body, n, err)
		}
	}
}

// TestWebhookForms: both forms, several companies in one message, merges name both
// records, and what nothing is read for is passed over.
func TestWebhookForms(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	const when = `"2026-11-21T20:00:00-05:00"`
	old := events(t, `{"eventNotifications":[
		{"realmId":"1","dataChangeEvent":{"entities":[
			{"name":"Invoice","id":"7","operation":"Update","lastUpdated":`+when+`},
			{"name":"Customer","id":"8","operation":"Merge","deletedId":"9","lastUpdated":`+when+`},
			{"name":"Payment","id":"10","operation":"Create","lastUpdated":`+when+`},
			{"name":"Item","id":"1' OR 1","operation":"Create","lastUpdated":`+when+`},
			{"name":"Item","id":"11","operation":"Create"}]}},
		{"realmId":"2","dataChangeEvent":{"entities":[{"name":"Item","id":"7","operation":"Delete","lastUpdated":`+when+`}]}}]}`)
	is := func(realm string, o reconcile.Object, id string) connectors.Event {
		return connectors.Event{System: reconcile.QuickBooks, Company: realm, Object: o, ID: id, At: at}
	}
	want := []connectors.Event{
		is("1", reconcile.ObjectInvoices, "7"), is("1", reconcile.ObjectCustomers, "8"), is("1", reconcile.ObjectCustomers, "9"), is("2", reconcile.ObjectProducts, "7"),
	}
	if diff := cmp.Diff(want, old.Events); diff != "" || old.Passed != 3 {
		t.Errorf("passed %d\n%s", old.Passed, diff)
	}
	cloud := events(t, `[
		{"type":"qbo.invoice.voided.v1","time":`+when+`,"intuitentityid":"7","intuitaccountid":"1","data":{}},
		{"type":"qbo.customer.merged.v1","time":`+when+`,"intuitentityid":"8","intuitaccountid":"1"},
		{"type":"qbo.item.deleted.v2","time":`+when+`,"intuitentityid":"7","intuitaccountid":"2"},
		{"type":"qbo.payment.created.v1","time":`+when+`,"intuitentityid":"7","intuitaccountid":"2"},
		{"type":"else","time":`+when+`,"intuitentityid":"7","intuitaccountid":"2"},
		7]`)
	want = []connectors.Event{is("1", reconcile.ObjectInvoices, "7"), is("1", reconcile.ObjectCustomers, "8"), is("2", reconcile.ObjectProducts, "7")}
	if diff := cmp.Diff(want, cloud.Events); diff != "" || cloud.Passed != 3 {
		t.Errorf("passed %d\n%s", cloud.Passed, diff)
	}
	if n := events(t, string(sample(t, "cloudevents.json"))); n.Passed != 1 || len(n.Events) != 0 {
		t.Errorf("the sample, of a class: %+v", n)
	}
}

func FuzzWebhook(f *testing.F) {
	f.Add(sample(f, "cloudevents.json"))
	f.Add(sample(f, "legacy_event_notifications.raw"))
	f.Add([]byte(`{"eventNotifications":[{"realmId":1,"dataChangeEvent":{"entities":[{"name":"Invoice","id":7,"lastUpdated":"2026-11-22T00:00:00Z"}]}}]}`))
	f.Add([]byte(`[{"type":"qbo.invoice.updated.v1","time":"2026-11-22T00:00:00Z","intuitentityid":"7","intuitaccountid":"1"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := hook.Receive(connectors.Post{Header: http.Header{"Intuit-Signature": {string(body)}}, Body: body, At: came}); !errors.Is(err, connectors.ErrForged) {
			t.Fatalf("unsigned: %v", err)
		}
		n, err := hook.Receive(signed("token", string(body)))
		if err != nil && !errors.Is(err, connectors.ErrBroken) {
			t.Fatal(err)
		}
		for _, e := range n.Events {
			if !connectors.IsRecordID(e.ID) || e.Company == "" || e.Object == "" || e.At.IsZero() || e.System != reconcile.QuickBooks {
				t.Fatalf("%+v", e)
			}
		}
	})
}
