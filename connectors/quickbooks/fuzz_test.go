package quickbooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/connectortest"
	"github.com/tieout/tieout/reconcile"
)

// Targets whose names begin with FuzzWire read what comes from outside; .ci/fuzz
// finds them by that.

// forms are the forms of QuickBooks' refusals that no recording shows.
var forms = []struct {
	status int
	body   string
}{
	{400, `{"Fault":{"Error":[{"Message":"Object Not Found","Detail":"Object Not Found : Something you're trying to use has been made inactive.","code":"610","element":""},{"Message":"b","code":"2020"}],"type":"ValidationFault"},"time":"2020-09-29T05:58:07.300-07:00"}`},
	{500, `{"Fault":{"Error":[{"Message":"An application error has occurred while processing your request","Detail":"System Failure Error: ","code":"10000"}],"type":"SystemFault"},"time":"2020-09-29T05:58:07.300-07:00"}`},
	{401, `{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401","detail":"Token expired: eyJ","code":"3200","element":null}],"type":"AUTHENTICATION"},"report":null,"queryResponse":null,"time":1601391072830,"cdcresponse":[]}`},
	{403, `{"fault":{"error":[{"message":"message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403","detail":null,"code":"3100"}],"type":"SERVICE"},"time":1601391072830}`},
	{429, throttledXML},
	{403, throttledXML},
	{401, `<?xml version="1.0"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="AUTHENTICATION"><Error code="100"><Message>General Authentication Error</Message><Detail>AuthenticationFailed</Detail></Error></Fault></IntuitResponse>`},
	{401, `<IntuitResponse time="x"><Fault type="AUTHENTICATION"><Error code="130"><Message>message=Accessing Wrong Cluster</Message></Error></Fault></IntuitResponse>`},
	{429, `<IntuitResponse><Fault/></IntuitResponse>`},
	{429, `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><IntuitResponse>&b;</IntuitResponse>`},
	{200, `{"QueryResponse":{"Fault":{"Error":[{"Message":"m","code":"4001"}],"type":"ValidationFault"}}}`},
	{200, `{"BatchItemResponse":[{"bId":"1","Fault":{"Error":[{"Message":"m","code":"5010"}]}}]}`},
	{502, `<html><body>Bad Gateway</body></html>`},
	{503, ``},
	{500, `{"Fault":{"Error":[{"Mess`},
	{400, `{"Fault":"no"}`},
	{400, "{\"Fault\":{\"Error\":[{\"Message\":\"a\\u001b[2J\\nb\\u0000\",\"code\":[7]}],\"type\":{}}}"},
}

// Whatever a refusal looks like, what is told of it is one line that is fit for a log.
func FuzzWireFault(f *testing.F) {
	for _, form := range forms {
		f.Add(form.status, form.body)
	}
	for _, name := range []string{"fault_400_2010_unsupported_property", "fault_400_2030_invalid_id", "fault_400_500_unsupported_operation", "fault_400_query_entity", "fault_401_token_expired"} {
		f.Add(400, string(recorded(f, name)))
	}
	c, err := New(Config{Realm: "1", Token: "token", Transport: unpaced})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		r := refusal(status, http.Header{}, []byte(body))
		throttled := status == http.StatusTooManyRequests || r.Code == "3001"
		if throttled != (r.Wait > 0) || throttled != errors.Is(r.Kind, connectors.ErrThrottled) || r.Final {
			t.Fatalf("%d: %+v", status, r)
		}
		if r.Expired && (status != http.StatusUnauthorized || r.Code != tokenExpired) {
			t.Fatalf("%d: %+v", status, r)
		}
		connectortest.CheckLine(t, c.transport.Error("query quickbooks:Invoice", status, r).Error())
	})
}

func FuzzWireInvoice(f *testing.F) {
	f.Add(invoiceOf(sale("1", `,"Qty":1,"UnitPrice":"abc"`), ""))
	f.Add(invoiceOf(sale("1e18", `,"Qty":1e-19,"UnitPrice":1e18,"DiscountRate":1e-19`), `,"Line":[],"Line":7`))
	f.Add(`{"Id":"1","Line":[{"DetailType":"GroupLineDetail","GroupLineDetail":{"Line":[{}]}}],"id":"2"}`)
	for _, name := range []string{"invoice_create_200", "invoice_void_200"} {
		var body struct{ Invoice json.RawMessage }
		if err := json.Unmarshal(recorded(f, name), &body); err != nil {
			f.Fatal(err)
		}
		f.Add(string(body.Invoice))
	}
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, func(p *reconcile.Page, raw json.RawMessage) error { return addInvoice(p, raw, "USD") }, raw)
		for _, i := range page.Invoices {
			checkRead(t, page, i.ID, i.System)
			if i.Unreadable != (len(page.Unreadable) == 1) || !i.Unreadable && (i.Status == "" || i.Currency == "") {
				t.Fatalf("got %+v", page)
			}
		}
		if len(page.Invoices) == 0 && len(page.Unreadable) > 0 {
			t.Fatalf("an unreadable invoice is left out: %+v", page)
		}
	})
}

func FuzzWireItem(f *testing.F) {
	f.Add(`{"Id":"1","Name":"Thing","Sku":"PROD-0","Type":"Service","UnitPrice":5.5,"Description":"It","Active":true,"MetaData":{"LastUpdatedTime":"2020-09-29T05:58:07-07:00"}}`)
	f.Add(`{"Id":"1","Name":"Old (deleted)","Active":"maybe","UnitPrice":"x"}`)
	f.Add(`{"Id":"1","Name":"Goods","Type":"Category"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, addItem, raw)
		for _, p := range page.Products {
			checkRead(t, page, p.ID, p.System)
			if p.Kind == "Category" {
				t.Fatalf("a category is sold: %+v", p)
			}
		}
	})
}

func FuzzWireCustomer(f *testing.F) {
	f.Add(`{"Id":"1","DisplayName":"Acme","Active":true,"PrimaryEmailAddr":{"Address":"a@x.test"},"MetaData":{"CreateTime":"2020-09-29T05:58:07-07:00"}}`)
	f.Add(`{"Id":"1","PrimaryEmailAddr":"a@x.test","Active":null}`)
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, addCustomer, raw)
		for _, c := range page.Customers {
			checkRead(t, page, c.ID, c.System)
		}
	})
}

func FuzzWireTaxCode(f *testing.F) {
	f.Add(`{"Id":"3","Name":"Tucson","Active":true,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1"}},{"TaxRateRef":{"value":"2"}}]}}`)
	f.Add(`{"Id":"TAX","SalesTaxRateList":[]}`)
	percents := map[string]decimal.Decimal{"1": decimal.MustParse("7.1"), "2": decimal.MustParse("9999999999999999999")}
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, func(p *reconcile.Page, raw json.RawMessage) error { return addTaxCode(p, raw, percents) }, raw)
		for _, r := range page.TaxRates {
			checkRead(t, page, r.ID, r.System)
		}
	})
}

func FuzzWireTaxRate(f *testing.F) {
	f.Add(`{"Id":"1","Name":"AZ","RateValue":7.1,"Active":true}`)
	f.Add(`{"Id":1,"RateValue":"7,1"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		id, percent, known, err := readTaxRate(json.RawMessage(raw))
		if (err != nil) != (id == "") || !known && err == nil && !percent.IsZero() {
			t.Fatalf("%s: got %q, %v, %v, %v", raw, id, percent, known, err)
		}
	})
}

func FuzzWireCompany(f *testing.F) {
	f.Add(`{"CompanyName":"Acme","Country":"US","DefaultTimeZone":"America/Los_Angeles"}`, `{"CurrencyPrefs":{"MultiCurrencyEnabled":false,"HomeCurrency":{"value":"USD"}},"AccountingInfoPrefs":{"BookCloseDate":"2026-01-31"}}`)
	f.Add(`{"CompanyName":7}`, `{"CurrencyPrefs":[]}`)
	f.Fuzz(func(t *testing.T, info, prefs string) {
		var i companyInfo
		var p preferences
		if json.Unmarshal([]byte(info), &i) != nil || json.Unmarshal([]byte(prefs), &p) != nil {
			return
		}
		in := &connectors.Reader{}
		if c := convertCompany(in, &i, &p); !in.Failed() && (c.TimeZone == "" || c.System != reconcile.QuickBooks) {
			t.Fatalf("got %+v", c)
		}
	})
}

// pageOf is the page that one entity makes; one without an Id makes none.
func pageOf(t *testing.T, add adder, raw string) *reconcile.Page {
	t.Helper()
	var page reconcile.Page
	err := add(&page, json.RawMessage(raw))
	told := len(page.Invoices) + len(page.Products) + len(page.Customers) + len(page.TaxRates) + len(page.Unreadable)
	var w struct{ Type value }
	_ = json.Unmarshal([]byte(raw), &w) // what is odd is told
	if category := w.Type.Plain() == "Category"; err != nil && told > 0 || err == nil && told == 0 && !category {
		t.Fatalf("%s: %d are told, and %v", raw, told, err)
	}
	for _, u := range page.Unreadable {
		if u.System != reconcile.QuickBooks || u.Object == "" || u.ID == "" || u.Field == "" || u.Problem == "" || !bytes.Equal(u.Raw, []byte(raw)) {
			t.Fatalf("got %+v", u)
		}
	}
	return &page
}

// checkRead fails the test for a record that does not say whose it is, or another than
// its page's unreadable one.
func checkRead(t *testing.T, page *reconcile.Page, id string, s reconcile.System) {
	t.Helper()
	if id == "" || s != reconcile.QuickBooks || len(page.Unreadable) > 0 && page.Unreadable[0].ID != id {
		t.Fatalf("got %+v", page)
	}
}

// The bodies of queries and of change data capture.
func FuzzWireResponse(f *testing.F) {
	for _, name := range []string{"query_count_200", "query_customers_200", "query_empty_200", "fault_401_token_expired"} {
		f.Add(recorded(f, name))
	}
	f.Add([]byte(`{"QueryResponse":{"Invoice":[{},{}],"maxResults":2},"QueryResponse":{}}`))
	f.Add([]byte(`{"CDCResponse":[{"QueryResponse":[{"Customer":[{"Id":"1","status":"Deleted"}],"maxResults":1},{}]}],"time":"x"}`))
	f.Add([]byte(`{"CDCResponse":[{"Fault":{"Error":[{"code":"4000"}]}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got, err := decodeResponse(body, "Invoice"); err == nil {
			checkEntities(t, got)
		}
		list, err := decodeChanges(body, captured...)
		if err != nil {
			return
		}
		for _, got := range list {
			checkEntities(t, got)
		}
		told := &changes{changed: map[string][]json.RawMessage{}, deleted: map[string][]string{}}
		if told.sort(list, 1000) != nil {
			return
		}
		n := 0
		for _, kind := range captured {
			n += len(told.changed[kind]) + len(told.deleted[kind])
		}
		for _, got := range list {
			n -= len(got.entities)
		}
		if n != 0 {
			t.Fatalf("%d more are told than came", n)
		}
	})
}

func checkEntities(t *testing.T, got response) {
	t.Helper()
	for _, raw := range got.entities {
		if !json.Valid(raw) {
			t.Fatalf("%s is no JSON", raw)
		}
	}
}

// FuzzWireAnswer: whatever QuickBooks sends where entities belong, a pull ends, and with
// an error or as many records as it received.
func FuzzWireAnswer(f *testing.F) {
	f.Add(`{"QueryResponse":{"Invoice":[{"Id":"1"}],"startPosition":1,"maxResults":1},"CompanyInfo":{},"Preferences":{},"CDCResponse":[]}`)
	f.Add(`{"QueryResponse":{"Customer":[{"Id":"1"}],"Item":[{"Id":"1"}]}}`)
	for _, form := range forms {
		f.Add(form.body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c := newClient(t, answering(200, "application/json", body), connectors.Options{Rate: connectors.Unpaced, Attempts: 1})
		for _, o := range reconcile.Objects(reconcile.QuickBooks) {
			for _, since := range []time.Time{{}, time.Now()} {
				received, told := 0, 0
				for p, err := range c.Pull(t.Context(), connectors.Want{Object: o, Since: since}) {
					var api *connectors.APIError
					if err != nil {
						if connectortest.CheckLine(t, err.Error()); !errors.As(err, &api) {
							t.Fatalf("%s: %v", o, err)
						}
						break
					}
					received += p.Received
					told += len(p.Invoices) + len(p.Products) + len(p.Customers) + len(p.TaxRates) + len(p.Unreadable)
				}
				if told < received && !strings.Contains(body, "Category") && !strings.Contains(body, `\u`) {
					t.Fatalf("%s: %d of %d records are told", o, told, received)
				}
			}
		}
	})
}
