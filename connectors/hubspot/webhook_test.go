package hubspot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// The vector: HubSpot's Node client and an independent HMAC agree on it.
const (
	vectorSecret = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
	vectorURL    = "https://www.example.com/webhook_uri"
	vectorBody   = `{"example_field":"example_value"}`
	vectorTime   = 1790000001000 // ms
	vector       = "Un73rNwJL6+R2UEL5dyAKAUVcU2ZhZL/dDEmp9zCP3A="
)

func posted(signature, at, body string) connectors.Post {
	header := http.Header{}
	header.Set("X-HubSpot-Signature-v3", signature)
	header.Set("X-HubSpot-Request-Timestamp", at)
	return connectors.Post{Method: http.MethodPost, Header: header, Body: []byte(body), At: time.UnixMilli(vectorTime)}
}

// signed is a message as HubSpot signs it for an address.
func signed(address, body string, at time.Time) connectors.Post {
	stamp := fmt.Sprint(at.UnixMilli())
	mac := hmac.New(sha256.New, []byte(vectorSecret))
	mac.Write([]byte(http.MethodPost + address + body + stamp))
	p := posted(base64.StdEncoding.EncodeToString(mac.Sum(nil)), stamp, body)
	p.At = at
	return p
}

var receiver = Webhook{Secret: vectorSecret, URL: vectorURL}

// TestWebhookVector: the vector's signature is right, and its body no list of events.
func TestWebhookVector(t *testing.T) {
	p := posted(vector, fmt.Sprint(vectorTime), vectorBody)
	if _, err := receiver.Receive(p); !errors.Is(err, connectors.ErrBroken) || strings.Contains(err.Error(), "example_value") {
		t.Errorf("the vector: %v", err)
	}
	for at := range p.Body { // a bit flipped anywhere
		p.Body[at] ^= 1
		if _, err := receiver.Receive(p); !errors.Is(err, connectors.ErrForged) {
			t.Fatalf("byte %d: %v", at, err)
		}
		p.Body[at] ^= 1
	}
}

func TestWebhookRefuses(t *testing.T) {
	stamp := fmt.Sprint(vectorTime)
	for name, change := range map[string]func(*connectors.Post){
		"another method":      func(p *connectors.Post) { p.Method = http.MethodPut },
		"another time":        func(p *connectors.Post) { p.Header.Set("X-HubSpot-Request-Timestamp", "1790000001001") },
		"a time written anew": func(p *connectors.Post) { p.Header.Set("X-HubSpot-Request-Timestamp", "0"+stamp) },
		"no time":             func(p *connectors.Post) { p.Header.Del("X-HubSpot-Request-Timestamp") },
		"two times":           func(p *connectors.Post) { p.Header.Add("X-HubSpot-Request-Timestamp", stamp) },
		"no signature":        func(p *connectors.Post) { p.Header.Del("X-HubSpot-Signature-v3") },
		"two signatures":      func(p *connectors.Post) { p.Header.Add("X-HubSpot-Signature-v3", vector) },
		"no base64":           func(p *connectors.Post) { p.Header.Set("X-HubSpot-Signature-v3", "ann@example.com") },
		"cut":                 func(p *connectors.Post) { p.Header.Set("X-HubSpot-Signature-v3", vector[:40]) },
		"too old":             func(p *connectors.Post) { p.At = p.At.Add(signatureWindow + time.Millisecond) },
		"too new":             func(p *connectors.Post) { p.At = p.At.Add(-signatureWindow - time.Millisecond) },
		"version 1": func(p *connectors.Post) { // hex of SHA-256 of secret and body
			p.Header.Del("X-HubSpot-Signature-v3")
			p.Header.Set("X-HubSpot-Signature", "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de")
			p.Header.Set("X-HubSpot-Signature-Version", "v1")
		},
	} {
		p := posted(vector, stamp, vectorBody)
		change(&p)
		_, err := receiver.Receive(p)
		if !errors.Is(err, connectors.ErrForged) || strings.Contains(err.Error(), "example") || strings.Contains(err.Error(), vectorSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, off := range []time.Duration{signatureWindow, -signatureWindow} {
		p := posted(vector, stamp, vectorBody)
		p.At = p.At.Add(off)
		if _, err := receiver.Receive(p); !errors.Is(err, connectors.ErrBroken) {
			t.Errorf("%s off: %v", off, err)
		}
	}
	p := posted(vector, stamp, vectorBody)
	other := Webhook{Secret: vectorSecret, URL: "https://www.example.com/else"}
	if _, err := other.Receive(p); !errors.Is(err, connectors.ErrForged) {
		t.Errorf("to another address: %v", err)
	}
}

// TestWebhookTwoClocks: a message that a slow server still accepts is known to it, although
// a fast one that shares its store has had the same time to forget it.
func TestWebhookTwoClocks(t *testing.T) {
	sent := time.UnixMilli(vectorTime)
	n, err := receiver.Receive(signed(vectorURL, `[]`, sent))
	must(t, err)
	slow := sent.Add(signatureWindow)     // by its clock, when it accepts the message for the last time
	fast := slow.Add(2 * signatureWindow) // that of the other then: each is off by a window
	if n.Until.Before(fast) {
		t.Errorf("forgotten at %s, accepted at %s by the same clock", n.Until, fast)
	}
}

// TestSignedURL: some characters of an address are decoded before it is signed, the
// others, a blank and a percent sign among them, are not.
func TestSignedURL(t *testing.T) {
	for given, want := range map[string]string{
		"https://x.test/a?b=c%3Ad%2fe%3F%40%21%24%27%28%29%2A%2C%3B": "https://x.test/a?b=c:d/e?@!$'()*,;",
		"https://x.test/a%20b?c=%26%25%3D%2B":                        "https://x.test/a%20b?c=%26%25%3D%2B",
	} {
		if got := signedURL(given); got != want {
			t.Errorf("%s: %s, want %s", given, got, want)
		}
		h := Webhook{Secret: vectorSecret, URL: given}
		if n, err := h.Receive(signed(want, `[]`, time.UnixMilli(vectorTime))); err != nil || !n.Once {
			t.Errorf("%s: %+v, %v", given, n, err)
		}
	}
}

// hooks reads events that are given by the members beside portal and time.
func hooks(t testing.TB, members ...string) connectors.Notice {
	t.Helper()
	var list []json.RawMessage
	for _, m := range members {
		list = append(list, json.RawMessage(`{"eventId":1,"subscriptionId":2,"portalId":62515,"appId":3,"occurredAt":1564113600000,"attemptNumber":0,`+m+`}`))
	}
	body, err := json.Marshal(list)
	must(t, err)
	n, err := receiver.Receive(signed(vectorURL, string(body), time.UnixMilli(vectorTime)))
	must(t, err)
	return n
}

func TestWebhookEvents(t *testing.T) {
	for _, tt := range []struct {
		members string
		want    string // objects and ids
	}{
		{`"subscriptionType":"object.propertyChange","objectId":123,"objectTypeId":"0-53","propertyName":"hs_invoice_status","propertyValue":"paid"`, "invoices 123"},
		{`"subscriptionType":"object.creation","objectId":"124","objectTypeId":"0-53","changeFlag":"NEW"`, "invoices 124"},
		{`"subscriptionType":"contact.privacyDeletion","objectId":5`, "customers 5"},
		{`"subscriptionType":"product.deletion","objectId":6`, "products 6"},
		{`"subscriptionType":"object.restore","objectId":7,"objectTypeId":"0-2"`, "companies 7"},
		{`"subscriptionType":"line_item.propertyChange","objectId":8`, "line_items 8"},
		{`"subscriptionType":"contact.merge","objectId":1,"primaryObjectId":1,"mergedObjectIds":[2,3],"newObjectId":4,"numberOfPropertiesMoved":9`, "customers 1 customers 4 customers 2 customers 3"},
		{`"subscriptionType":"object.associationChange","fromObjectId":8,"fromObjectTypeId":"0-8","toObjectId":123,"toObjectTypeId":"0-53","associationRemoved":true`, "invoices 123"},
		{`"subscriptionType":"object.associationChange","objectTypeId":"0-53","fromObjectId":123,"toObjectId":8,"associationType":"INVOICE_TO_LINE_ITEM"`, "invoices 123"},
		{`"subscriptionType":"line_item.associationChange","fromObjectId":8,"toObjectId":123,"associationType":"LINE_ITEM_TO_INVOICE","isPrimaryAssociation":false`, "invoices 123"},
		{`"subscriptionType":"line_item.associationChange","fromObjectId":8,"toObjectId":123`, "line_items 8"},
		{`"subscriptionType":"line_item.associationChange","fromObjectId":8,"toObjectId":55,"associationType":"LINE_ITEM_TO_DEAL"`, ""},
		{`"subscriptionType":"contact.associationChange","fromObjectId":1,"toObjectId":2,"associationType":"CONTACT_TO_COMPANY"`, ""},
		{`"subscriptionType":"contact.associationChange","fromObjectId":1,"toObjectId":123,"associationType":"CONTACT_TO_INVOICE"`, "invoices 123"},
		{`"subscriptionType":"deal.creation","objectId":1`, ""},
		{`"subscriptionType":"object.creation","objectId":1,"objectTypeId":"0-84"`, ""},
		{`"subscriptionType":"contact.invented","objectId":1`, ""},
		{`"subscriptionType":"contact.creation","objectId":"1/2"`, ""},
		{`"subscriptionType":"contact.creation","objectId":-1`, ""},
		{`"subscriptionType":"contact.creation","objectId":12345678901234567890`, ""},
		{`"subscriptionType":"contact.creation","objectId":1,"occurredAt":"soon"`, ""},
		{`"subscriptionType":"contact.merge","mergedObjectIds":7`, ""},
	} {
		n := hooks(t, tt.members)
		var got []string
		for _, e := range n.Events {
			got = append(got, string(e.Object), e.ID)
			if e.System != reconcile.HubSpot || e.Company != "62515" || !e.At.Equal(time.UnixMilli(1564113600000)) {
				t.Errorf("%s: %+v", tt.members, e)
			}
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" || (len(n.Events) == 0) != (n.Passed == 1) {
			t.Errorf("%s: passed %d\n%s", tt.members, n.Passed, diff)
		}
	}
}

func FuzzWireWebhook(f *testing.F) {
	f.Add([]byte(`[{"eventId":1,"subscriptionId":12345,"portalId":62515,"appId":54321,"occurredAt":1564113600000,"subscriptionType":"object.propertyChange","attemptNumber":0,"objectId":123,"objectTypeId":"0-53","propertyName":"hs_invoice_status","propertyValue":"paid","changeSource":"CRM","sourceId":"userId:864745280"}]`))
	f.Add([]byte(`[{"portalId":1,"occurredAt":1,"subscriptionType":"line_item.associationChange","fromObjectId":8,"toObjectId":123,"associationType":"LINE_ITEM_TO_INVOICE"}]`))
	f.Add([]byte(`[{"portalId":1,"occurredAt":1,"subscriptionType":"contact.merge","primaryObjectId":1,"mergedObjectIds":[2,"3"],"newObjectId":4}]`))
	f.Add([]byte(vectorBody))
	f.Fuzz(func(t *testing.T, body []byte) {
		at := time.UnixMilli(vectorTime)
		if _, err := receiver.Receive(posted(string(body), string(body), string(body))); !errors.Is(err, connectors.ErrForged) {
			t.Fatalf("unsigned: %v", err)
		}
		n, err := receiver.Receive(signed(vectorURL, string(body), at))
		if err != nil && !errors.Is(err, connectors.ErrBroken) {
			t.Fatal(err)
		}
		for _, e := range n.Events {
			if !connectors.IsRecordID(e.ID) || e.Company == "" || e.Object == "" || e.At.IsZero() || e.System != reconcile.HubSpot {
				t.Fatalf("%+v", e)
			}
		}
	})
}
