package hubspotsim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// The vector: the Node client and an independent HMAC agree on it.
func TestWebhookSignatureVector(t *testing.T) {
	const secret, url, body = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy", "https://www.example.com/webhook_uri", `{"example_field":"example_value"}`
	h := &Webhooks{URL: url, Secret: secret}
	r := httptest.NewRequest("POST", url, strings.NewReader(body))
	h.sign(r, []byte(body), time.UnixMilli(1790000001000))
	if got := r.Header.Get("X-HubSpot-Signature-v3"); got != "Un73rNwJL6+R2UEL5dyAKAUVcU2ZhZL/dDEmp9zCP3A=" {
		t.Errorf("signature %s", got)
	}
	if got := r.Header.Get("X-HubSpot-Request-Timestamp"); got != "1790000001000" {
		t.Errorf("timestamp %s", got)
	}
	if r.Header.Get("X-HubSpot-Signature") != "" {
		t.Error("an older signature, unasked for")
	}
	escaped := &Webhooks{URL: "https://www.example.com/a%2Fb%3Ac%20d?x=%40", Secret: secret}
	escaped.sign(r, []byte(body), time.UnixMilli(1790000001000))
	if got, want := r.Header.Get("X-HubSpot-Signature-v3"), hmacOf(secret, "POSThttps://www.example.com/a/b:c%20d?x=@"+body+"1790000001000"); got != want {
		t.Errorf("escaped address: %s, want %s", got, want)
	}
	h.Older = true
	h.sign(r, []byte(body), time.UnixMilli(1790000001000))
	sum := sha256.Sum256([]byte(secret + body))
	if got := r.Header.Get("X-HubSpot-Signature"); got != hex.EncodeToString(sum[:]) || r.Header.Get("X-HubSpot-Signature-Version") != "v1" {
		t.Errorf("older signature %s", got)
	}
}

func hmacOf(secret, message string) string {
	sum := hmac.New(sha256.New, []byte(secret))
	sum.Write([]byte(message))
	return base64.StdEncoding.EncodeToString(sum.Sum(nil))
}

// A receiver keeps what is posted to it, and answers with status.
type receiver struct {
	t      *testing.T
	server *httptest.Server
	mu     sync.Mutex
	status int
	posts  [][]map[string]any
}

const webhookSecret = "s"

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, status: 204}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

func (r *receiver) url() string { return r.server.URL + "/hooks?x=1" }

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	if want := hmacOf(webhookSecret, req.Method+r.url()+string(body)+req.Header.Get("X-HubSpot-Request-Timestamp")); req.Header.Get("X-HubSpot-Signature-v3") != want {
		r.t.Errorf("signature %q, want %q", req.Header.Get("X-HubSpot-Signature-v3"), want)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var events []map[string]any
	if err := decoder.Decode(&events); err != nil || req.Header.Get("Content-Type") != "application/json" {
		r.t.Errorf("%v: %s", err, body)
	}
	r.posts = append(r.posts, events)
	w.WriteHeader(r.status)
}

// took returns all events that came since it was last asked, one text each: what its
// kind says, with the members that all events have left out.
func (r *receiver) took() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []string
	for _, events := range r.posts {
		for _, e := range events {
			kind := e["subscriptionType"]
			for _, name := range []string{"subscriptionType", "subscriptionId", "eventId", "portalId", "appId", "occurredAt", "attemptNumber", "changeSource", "sourceId"} {
				if e[name] == nil {
					r.t.Errorf("%v without %s", e, name)
				}
				delete(e, name)
			}
			raw, err := json.Marshal(e)
			if err != nil {
				r.t.Error(err)
			}
			list = append(list, fmt.Sprint(kind, string(raw)))
		}
	}
	r.posts = nil
	slices.Sort(list)
	return strings.Join(list, "\n")
}

// A told portal is one whose events go to a receiver.
func newTold(t *testing.T, h Webhooks) (*client, *receiver, *watch) {
	t.Helper()
	r, w := newReceiver(t), newWatch()
	h.URL, h.Secret = r.url(), webhookSecret
	return serve(t, people(), Options{Now: w.Now, Webhooks: &h}), r, w
}

func (c *client) deliver(want int) {
	c.t.Helper()
	taken, err := c.portal.Webhooks().Deliver(c.t.Context())
	if must(c.t, err); taken != want {
		c.t.Errorf("%d posts were taken, want %d", taken, want)
	}
}

func TestWebhookEvents(t *testing.T) {
	c, r, _ := newTold(t, Webhooks{})
	for _, tt := range []struct {
		name string
		do   func()
		want []string
	}{
		{"a contact is made", func() {
			_, err := c.portal.Create("contacts", map[string]string{"firstname": "Ann"})
			must(t, err)
		}, []string{`contact.creation{"changeFlag":"NEW","objectId":3}`, `contact.propertyChange{"objectId":3,"propertyName":"firstname","propertyValue":"Ann"}`}},
		{"a product changes", func() { must(t, c.portal.Update("products", "41", map[string]string{"price": "5"})) },
			[]string{`product.propertyChange{"objectId":41,"propertyName":"price","propertyValue":"5"}`}},
		{"an invoice changes", func() { must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": "x"})) },
			[]string{`object.propertyChange{"objectId":21,"objectTypeId":"0-53","propertyName":"hs_comments","propertyValue":"x"}`}},
		{"a line item is added", func() {
			c.sent("PUT", "/crm/v4/objects/invoices/22/associations/default/line_items/31", "", 200)
		}, []string{
			`line_item.associationChange{"associationRemoved":false,"associationType":"LINE_ITEM_TO_INVOICE","fromObjectId":31,"isPrimaryAssociation":false,"toObjectId":22}`,
			`object.associationChange{"associationCategory":"HUBSPOT_DEFINED","associationRemoved":false,"associationType":"INVOICE_TO_LINE_ITEM","associationTypeId":409,` +
				`"fromObjectId":22,"fromObjectTypeId":"0-53","isPrimaryAssociation":false,"objectTypeId":"0-53","toObjectId":31,"toObjectTypeId":"0-8"}`,
		}},
		{"a company is the primary one", func() {
			c.sent("PUT", "/crm/v4/objects/contacts/1/associations/companies/11", `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]`, 201)
		}, []string{
			`company.associationChange{"associationRemoved":false,"associationType":"COMPANY_TO_CONTACT","fromObjectId":11,"isPrimaryAssociation":true,"toObjectId":1}`,
			`contact.associationChange{"associationRemoved":false,"associationType":"CONTACT_TO_COMPANY","fromObjectId":1,"isPrimaryAssociation":true,"toObjectId":11}`,
		}},
		{"and is not any more", func() { must(t, c.portal.Dissociate("contacts", "1", "companies", "11")) }, []string{
			`company.associationChange{"associationRemoved":true,"associationType":"COMPANY_TO_CONTACT","fromObjectId":11,"isPrimaryAssociation":false,"toObjectId":1}`,
			`contact.associationChange{"associationRemoved":true,"associationType":"CONTACT_TO_COMPANY","fromObjectId":1,"isPrimaryAssociation":false,"toObjectId":11}`,
		}},
		{"a line item is deleted", func() { c.sent("DELETE", "/crm/objects/2026-03/line_items/32", "", 204) }, []string{`line_item.deletion{"objectId":32}`}},
		{"companies are merged", func() {
			c.sent("POST", "/crm/objects/2026-03/companies/merge", `{"primaryObjectId":"11","objectIdToMerge":"12"}`, 200)
		}, []string{`company.merge{"mergedObjectIds":[12],"newObjectId":`}},
		{"a contact is forgotten", func() {
			c.sent("POST", "/crm/objects/2026-03/contacts/gdpr-delete", `{"objectId":"2"}`, 204)
		}, []string{`contact.privacyDeletion{"objectId":2}`}},
		{"nothing happens", func() {
			c.sent("DELETE", "/crm/v4/objects/contacts/1/associations/companies/11", "", 204)
			c.sent("GET", "/crm/objects/2026-03/invoices", "", 200)
		}, nil},
	} {
		tt.do()
		posts := min(1, len(tt.want))
		c.deliver(posts)
		got := r.took()
		for _, want := range tt.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got\n%s\nwithout %s", tt.name, got, want)
			}
		}
		if (got == "") != (len(tt.want) == 0) {
			t.Errorf("%s: got\n%s", tt.name, got)
		}
	}
}

// Associations tell what has changed, and nothing twice.
func TestAssociationEventsTellChanges(t *testing.T) {
	c, r, _ := newTold(t, Webhooks{})
	const primary = `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]`
	unlabel := func() {
		c.sent("POST", "/crm/v4/associations/contacts/companies/batch/labels/archive", `{"inputs":[{"from":{"id":"1"},"to":{"id":"11"},"types":`+primary+`}]}`, 204)
	}
	both := func(removed, primary bool) string {
		var list []string
		for _, end := range [][4]any{{"company", "COMPANY_TO_CONTACT", 11, 1}, {"contact", "CONTACT_TO_COMPANY", 1, 11}} {
			list = append(list, fmt.Sprintf(`%s.associationChange{"associationRemoved":%v,"associationType":%q,"fromObjectId":%v,"isPrimaryAssociation":%v,"toObjectId":%v}`,
				end[0], removed, end[1], end[2], primary, end[3]))
		}
		return strings.Join(list, "\n")
	}
	for _, tt := range []struct {
		name string
		do   func()
		want string
	}{
		{"associated", func() { c.relate("contacts", "1", "companies", "11") }, both(false, false)},
		{"again", func() { c.relate("contacts", "1", "companies", "11") }, ""},
		{"again, from the other end", func() { must(t, c.portal.Associate("companies", "11", "contacts", "1")) }, ""},
		{"made the primary one", func() { c.sent("PUT", "/crm/v4/objects/contacts/1/associations/companies/11", primary, 201) }, both(false, true)},
		{"not any more", unlabel, both(true, true)},
		{"not any more, again", unlabel, ""},
		{"taken apart", func() { must(t, c.portal.Dissociate("contacts", "1", "companies", "11")) }, both(true, false)},
		{"taken apart again", func() { must(t, c.portal.Dissociate("contacts", "1", "companies", "11")) }, ""},
	} {
		tt.do()
		c.deliver(min(1, len(tt.want)))
		if got := r.took(); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestWebhookBatchesAndMembers(t *testing.T) {
	c, r, w := newTold(t, Webhooks{AppID: 7})
	w.pass(time.Second)
	for range 150 {
		must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": ""}))
		must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": "x"}))
	}
	c.deliver(3) // the first update of all changed nothing
	var sizes []int
	ids := map[string]bool{}
	for _, events := range r.posts {
		sizes = append(sizes, len(events))
		for _, e := range events {
			ids[fmt.Sprint(e["eventId"])] = true
		}
	}
	if fmt.Sprint(sizes) != "[100 100 99]" || len(ids) != 1 {
		t.Errorf("posts of %v events with ids %v", sizes, ids)
	}
	must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": "", "hs_tax_id": "y"}))
	c.deliver(1)
	if both := r.posts[3]; len(both) != 2 || fmt.Sprint(both[0]["eventId"], both[1]["eventId"]) != "12" {
		t.Errorf("%v", both)
	}
	e := r.posts[0][0]
	if fmt.Sprintf("%v %v %v %v %v %v", e["occurredAt"], e["appId"], e["portalId"], e["attemptNumber"], e["changeSource"], e["sourceId"]) != "1795334401000 7 62515 0 CRM_UI userId:864745280" {
		t.Errorf("%v", e)
	}
}

// What is refused comes again, ten times within a day, with the number of the attempt,
// and holds nothing else back.
func TestWebhookRetries(t *testing.T) {
	c, r, w := newTold(t, Webhooks{})
	r.status = 500
	must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": "x"}))
	begun := w.Now()
	var attempts []string
	for w.Now().Sub(begun) < 26*time.Hour {
		c.deliver(0)
		for _, events := range r.posts {
			attempts = append(attempts, fmt.Sprint(events[0]["attemptNumber"]))
		}
		r.posts = nil
		if r.status == 500 && len(attempts) == 1 {
			if n := c.portal.Webhooks().Waiting(); n != 1 {
				t.Errorf("%d waiting", n)
			}
		}
		w.pass(time.Minute)
	}
	if got := strings.Join(attempts, " "); got != "0 1 2 3 4 5 6 7 8 9 10" || c.portal.Webhooks().GivenUp() != 1 || c.portal.Webhooks().Waiting() != 0 {
		t.Errorf("attempts %s; %d given up", got, c.portal.Webhooks().GivenUp())
	}
	must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": "y"}))
	c.deliver(0)
	r.posts, r.status = nil, 204
	must(t, c.portal.Update("invoices", "22", map[string]string{"hs_comments": "z"}))
	c.deliver(1) // the other one is not due yet
	if got := r.took(); !strings.Contains(got, `"objectId":22`) || strings.Contains(got, `"objectId":21`) {
		t.Errorf("got %s", got)
	}
	w.pass(time.Minute)
	c.deliver(1)
	if got := r.took(); !strings.Contains(got, `"objectId":21`) {
		t.Errorf("got %s", got)
	}
}

func TestWebhooksTwiceAndReversed(t *testing.T) {
	for _, reversed := range []bool{false, true} {
		c, r, _ := newTold(t, Webhooks{Twice: true, Reversed: reversed})
		for _, id := range []string{"21", "22"} {
			must(t, c.portal.Update("invoices", id, map[string]string{"hs_comments": "x"}))
		}
		c.deliver(1)
		var order []string
		for _, events := range r.posts {
			for _, e := range events {
				order = append(order, fmt.Sprint(e["objectId"]))
			}
		}
		if got, want := strings.Join(order, " "), map[bool]string{false: "21 22 21 22", true: "22 21 22 21"}[reversed]; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestNoWebhooks(t *testing.T) {
	c := serve(t, people(), Options{})
	must(t, c.portal.Update("invoices", "21", map[string]string{"hs_comments": "x"}))
	if c.portal.Webhooks() != nil {
		t.Error("webhooks, unasked for")
	}
}

// A transport is a function as http.RoundTripper.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// An answer has to come within five seconds.
func TestWebhookTimeout(t *testing.T) {
	ds := dataset(t, people())
	synctest.Test(t, func(t *testing.T) {
		for delay, taken := range map[time.Duration]int{4900 * time.Millisecond: 1, 5100 * time.Millisecond: 0} {
			slow := transport(func(r *http.Request) (*http.Response, error) {
				select {
				case <-time.After(delay):
					return &http.Response{StatusCode: 200, Body: http.NoBody, Request: r}, nil
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			})
			p, err := New(ds, Options{Webhooks: &Webhooks{URL: "https://receiver.test/", Client: &http.Client{Transport: slow}}})
			must(t, err)
			must(t, p.Update("invoices", "21", map[string]string{"hs_comments": "x"}))
			begun := time.Now()
			got, err := p.Webhooks().Deliver(t.Context())
			if must(t, err); got != taken || p.Webhooks().Waiting() != 1-taken || time.Since(begun) != min(delay, 5*time.Second) {
				t.Errorf("an answer after %v: %d taken, %d waiting, after %v", delay, got, p.Webhooks().Waiting(), time.Since(begun))
			}
		}
	})
}

// Changes and deliveries may be under way at once: every event is posted once.
func TestWebhooksWhileItChanges(t *testing.T) {
	c, r, _ := newTold(t, Webhooks{})
	const changes = 60
	var work sync.WaitGroup
	for _, id := range []string{"21", "22"} {
		work.Go(func() {
			for n := range changes {
				if err := c.portal.Update("invoices", id, map[string]string{"hs_comments": fmt.Sprint(n)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Go(func() {
		for range 10 {
			if _, err := c.portal.Webhooks().Deliver(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	work.Wait()
	if _, err := c.portal.Webhooks().Deliver(t.Context()); err != nil {
		t.Error(err)
	}
	seen := map[string]int{}
	for _, events := range r.posts {
		for _, e := range events {
			seen[fmt.Sprintf("%v %v", e["objectId"], e["propertyValue"])]++
		}
	}
	if len(seen) != 2*changes {
		t.Errorf("%d events, want %d", len(seen), 2*changes)
	}
	for e, n := range seen {
		if n != 1 {
			t.Errorf("%s: %d times", e, n)
		}
	}
}
