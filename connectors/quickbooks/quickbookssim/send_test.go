package quickbookssim

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const mailedInvoice = `{"Id":"9","SyncToken":"3","TotalAmt":5.00,"Balance":5.00,"AllowOnlineCreditCardPayment":true,"BillEmail":{"Address":"a@x.org"},"EmailStatus":"NotSet",` + stampNoon + `}` + "\n"

// send posts what the documentation has clients post: nothing, as a stream of bytes.
func (s testServer) send(t *testing.T, path string) answer {
	t.Helper()
	r := s.request(t, http.MethodPost, path, "")
	r.Header.Set("Content-Type", "application/octet-stream")
	return s.do(t, r)
}

func TestSend(t *testing.T) {
	s, now := clocked(t, files{"Invoice.jsonl": mailedInvoice + `{"Id":"10"}` + "\n", "Customer.jsonl": `{"Id":"1"}` + "\n"}, Options{})
	*now = now.Add(time.Hour)
	first := s.send(t, "invoice/9/send?requestid=a")
	for _, part := range []string{`"EmailStatus":"EmailSent"`, `"DeliveryInfo":{"DeliveryType":"Email","DeliveryTime":"2026-07-01T13:00:00-07:00"}`, `"SyncToken":"4"`, `"BillEmail":{"Address":"a@x.org"}`, `"LastUpdatedTime":"2026-07-01T13:00:00-07:00"`} {
		if !strings.Contains(first.body, part) {
			t.Errorf("%s is not in %s", part, first.body)
		}
	}
	if again := s.send(t, "invoice/9/send?requestid=a"); again.body != first.body {
		t.Errorf("again: %s", again.body)
	}
	if a := s.send(t, "invoice/9/send?sendTo=b@y.org"); !strings.Contains(a.body, `"BillEmail":{"Address":"b@y.org"}`) || !strings.Contains(a.body, `"SyncToken":"5"`) {
		t.Errorf("elsewhere: %s", a.body)
	}
	for path, code := range map[string]string{
		"invoice/10/send": "2020", "invoice/10/send?sendTo=b": "2210", "invoice/11/send": "610", "invoice/x/send": "2030", "customer/1/send": "500", "invoice/9/post": "500",
	} {
		a := s.send(t, path)
		if got, _ := a.faultOf(t); got != code || a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if w := s.Control().Writes(); len(w) != 2 || w[0].Verb != "send" || w[0].ID != "9" || w[0].RequestID != "a" {
		t.Errorf("got %+v", w)
	}
}

func TestSendTellsWebhooks(t *testing.T) {
	to := newReceiver(t)
	o := testOptions()
	o.Realm, o.Webhooks = "1", &Webhooks{URL: to.url}
	s := serve(t, files{"Invoice.jsonl": mailedInvoice}, o)
	s.send(t, "invoice/9/send")
	to.took(t, s.Company, 1)
	if !strings.Contains(to.bodies[0], `{"name":"Invoice","id":"9","operation":"Emailed",`) {
		t.Errorf("got %s", to.bodies[0])
	}
}

func TestMailsPerDay(t *testing.T) {
	s, now := clocked(t, files{"Invoice.jsonl": mailedInvoice}, Options{MailsPerDay: 40})
	for n := range 41 {
		if a := s.send(t, "invoice/9/send"); (a.status == http.StatusOK) != (n < 40) || a.status != http.StatusOK && a.status != http.StatusTooManyRequests {
			t.Errorf("mail %d: %d", n, a.status)
		}
	}
	*now = now.Add(24 * time.Hour)
	if a := s.send(t, "invoice/9/send"); a.status != http.StatusOK {
		t.Errorf("the next day: %d", a.status)
	}
	if n := s.Refused()[limitMails]; n != 1 {
		t.Errorf("%d were refused", n)
	}
}

func TestPDF(t *testing.T) {
	s := serve(t, files{"Invoice.jsonl": mailedInvoice}, testOptions())
	r := s.request(t, http.MethodGet, "invoice/9/pdf", "")
	r.Header.Set("Accept", "application/pdf")
	a := s.do(t, r)
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(a.body, "%PDF-1.4\n") || !strings.Contains(a.body, "(Invoice 9)") {
		t.Errorf("%d %v %s", a.status, a.header, a.body)
	}
	// Every entry of the table says where its object is.
	raw := []byte(a.body)
	table := raw[bytes.Index(raw, []byte("xref\n")):]
	for n := range 5 {
		var at int
		if _, err := fmt.Sscanf(string(bytes.Split(table, []byte("\n"))[n+3]), "%d 00000 n", &at); err != nil || !bytes.HasPrefix(raw[at:], fmt.Appendf(nil, "%d 0 obj", n+1)) {
			t.Errorf("object %d: %v, at %d", n+1, err, at)
		}
	}
	for path, code := range map[string]string{"invoice/10/pdf": "610", "invoice/x/pdf": "2030", "bill/1/pdf": "500"} {
		if got, _ := s.get(t, path).faultOf(t); got != code {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestInvoiceLink(t *testing.T) {
	o := testOptions()
	o.Realm = "9130"
	s := serve(t, files{"Invoice.jsonl": mailedInvoice + `{"Id":"10","BillEmail":{"Address":"a@x.org"}}` + "\n" + `{"Id":"11","AllowOnlineACHPayment":true}` + "\n"}, o)
	const link = `"InvoiceLink":"https://connect.intuit.com/t/scs-v1-913000000009?locale=en_US"`
	for path, want := range map[string]int{
		"invoice/9": 0, "invoice/9?include=invoiceLink": 1, "invoice/10?include=invoiceLink": 0, "invoice/11?include=invoiceLink": 0,
		"query?query=SELECT+*+FROM+Invoice": 0, "query?include=invoiceLink&query=SELECT+*+FROM+Invoice": 1,
	} {
		if body := s.get(t, path).body; strings.Count(body, "InvoiceLink") != want || strings.Count(body, link) != want {
			t.Errorf("%s: %s", path, body)
		}
	}
}
