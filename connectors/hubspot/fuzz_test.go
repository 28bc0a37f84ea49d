package hubspot

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/connectortest"
	"github.com/tieout/tieout/reconcile"
)

// Targets whose names begin with FuzzWire read what comes from outside; .ci/fuzz
// finds them by that.

// faults are the forms of HubSpot's refusals, by status ("Handling errors", "API usage
// guidelines", and what callers report).
var faults = []struct {
	status int
	body   string
}{
	{400, `{"status":"error","message":"Property values were not valid: [{\"isValid\":false,\"error\":\"PROPERTY_DOESNT_EXIST\",\"name\":\"x\"}]","correlationId":"7a1f","category":"VALIDATION_ERROR","errors":[{"message":"m","code":"PROPERTY_DOESNT_EXIST","context":{"propertyName":["x"]}}]}`},
	{400, `{"status":"error","message":"m","correlationId":"c","category":"VALIDATION_ERROR","subCategory":"crm.x","context":{"ids":["1","2"]},"links":{"k":"v"}}`},
	{401, `{"status":"error","message":"Authentication credentials not found. This API supports OAuth 2.0 authentication","correlationId":"c","category":"INVALID_AUTHENTICATION"}`},
	{401, `{"status":"error","message":"The OAuth token used to make this call expired 60 second(s) ago.","correlationId":"c","category":"EXPIRED_AUTHENTICATION","context":{"expire time":["1970-01-01T00:00:00Z"]}}`},
	{403, `{"status":"error","message":"This app hasn't been granted all required scopes","correlationId":"c","errors":[{"message":"m","context":{"requiredGranularScopes":["crm.objects.invoices.read"]}}],"links":{"scopes":"https://developers.hubspot.com/scopes"},"category":"MISSING_SCOPES"}`},
	{404, `{"status":"error","message":"resource not found","correlationId":"c","category":"OBJECT_NOT_FOUND"}`},
	{404, ``},
	{409, `{"status":"error","message":"Contact already exists. Existing ID: 2926551","correlationId":"c","category":"CONFLICT"}`},
	{409, `{"status":"error","message":"Contact already exists. Existing ID: 2926551","category":"OBJECT_ALREADY_EXISTS","error":"CONTACT_EXISTS","errors":[{"message":"A contact with email a@b.test already exists. Existing ID: 2926551","in":"email"}],"identityProfile":{"vid":2926551,"identity":[]},"correlationId":"c"}`},
	{414, `<html><h1>414 URI Too Long</h1></html>`},
	{415, ``},
	{423, `{"status":"error","message":"locked","correlationId":"c","category":"LOCKED"}`},
	{429, `{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT","correlationId":"c","policyName":"DAILY","requestId":"r"}`},
	{429, `{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT","correlationId":"c","policyName":"TEN_SECONDLY_ROLLING"}`},
	{429, `{"message":"You have reached your secondly limit.","category":"RATE_LIMITS","policyName":"SECONDLY"}`},
	{477, `{"status":"error","message":"migration in progress","category":"MIGRATION_IN_PROGRESS"}`},
	{502, `<html>Bad gateway</html>`},
	{504, ``},
	{521, `error code: 521`},
	{500, `{"message":"m`},
	{403, `{"message":["m"],"category":7,"context":{"ids":"7"},"errors":{}}`},
	{500, `[]`},
	{500, "{\"message\":\"a\\u001b[2Jb\\n c\\u0000\"}"},
}

// Whatever a refusal looks like, what is told of it is one line that is fit for a log.
func FuzzWireFault(f *testing.F) {
	for _, fault := range faults {
		f.Add(fault.status, fault.body)
	}
	c, err := New(Config{Token: "token", Transport: unpaced})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body string) {
		r := refusal(status, http.Header{}, []byte(body))
		if throttled := status == http.StatusTooManyRequests; throttled != (r.Wait > 0 || r.Final) || r.Expired != (status == http.StatusUnauthorized) {
			t.Fatalf("%d: %+v", status, r)
		}
		connectortest.CheckLine(t, c.transport.Error("list hubspot:invoices", status, r).Error())
	})
}

func FuzzWireInvoice(f *testing.F) {
	f.Add(object("1", usual+`,"hs_amount_billed":"12,50"`, ""), object("2", `"price":"10","hs_tax_rate_group_id":"6"`, ""), object("3", `"hs_type":"PERCENT","hs_value":"1e19"`, ""), object("4", `"createdate":"long ago"`, ""))
	f.Add(`{"id":"1","properties":{"hs_number":7}}`, `{"id":"2","properties":{"price":1e-19,"quantity":1e18}}`, `{"id":"3","properties":[]}`, `{"id":"4"}`)
	f.Fuzz(func(t *testing.T, invoice, line, charge, contact string) {
		r, err := parse[invoiceProperties](json.RawMessage(invoice))
		if err != nil {
			return
		}
		var p parts
		if l, err := parse[lineProperties](json.RawMessage(line)); err == nil {
			p.lines = []*lineRecord{l, l}
		}
		if c, err := parse[chargeProperties](json.RawMessage(charge)); err == nil {
			p.discounts, p.fees, p.taxes = []*chargeRecord{c, c}, []*chargeRecord{c}, []*chargeRecord{c}
		}
		if c, err := parse[contactProperties](json.RawMessage(contact)); err == nil {
			p.bill = oldest([]string{c.id, "5"}, map[string]*contactRecord{c.id: c, "5": c})
		}
		i, troubles := convertInvoice(r, p, portal{zone: time.UTC, percents: map[string]decimal.Decimal{"6": decimal.MustNew(6, 0)}})
		if i.ID != r.id || len(i.Lines) != len(p.lines) {
			t.Fatalf("got %+v", i)
		}
		if !i.Unreadable && (i.Currency == "" || i.Status == "") {
			t.Fatalf("readable without currency or status: %+v", i)
		}
		for _, u := range troubles {
			checkUnreadable(t, u, nil)
		}
		if i.Unreadable && len(troubles) == 0 {
			t.Fatalf("unreadable, and nobody is told: %+v", i)
		}
	})
}

func FuzzWireProduct(f *testing.F) {
	f.Add(object("1", `"name":"Thing","hs_sku":"PROD-0","price":"5.00","hs_product_type":"service"`, ""))
	f.Add(`{"id":1,"properties":{"price":"1e19","hs_sku":null},"archived":"true","updatedAt":7}`)
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, addProduct, raw)
		for _, p := range page.Products {
			checkRead(t, page, p.ID, p.System)
		}
	})
}

func FuzzWireContact(f *testing.F) {
	f.Add(object("1", `"email":"c1@x.test","firstname":"Ann","lastname":"Lee","createdate":"2025-01-02T00:00:00Z"`, ""))
	f.Add(`{"id":"1","properties":{"email":["a"],"createdate":""}}`)
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, addContact, raw)
		for _, c := range page.Customers {
			checkRead(t, page, c.ID, c.System)
			if c.Company {
				t.Fatalf("a contact is a company: %+v", c)
			}
		}
	})
}

func FuzzWireCompany(f *testing.F) {
	f.Add(object("900", `"name":"Acme"`, ""))
	f.Add(`{"id":"900","properties":{"name":"\ud800"},"createdAt":"x"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, addCompany, raw)
		for _, c := range page.Customers {
			checkRead(t, page, c.ID, c.System)
			if !c.Company || c.Email != "" {
				t.Fatalf("got %+v", c)
			}
		}
	})
}

func FuzzWireTaxRate(f *testing.F) {
	f.Add(`{"id":"15","name":"state","label":"State","percentageRate":6,"active":true,"createdAt":"2026-01-01T00:00:00Z"}`)
	f.Add(`{"id":15,"percentageRate":"6.25","active":"no"}`)
	f.Fuzz(func(t *testing.T, raw string) {
		page := pageOf(t, addTaxRate, raw)
		for _, r := range page.TaxRates {
			checkRead(t, page, r.ID, r.System)
		}
	})
}

// pageOf is the page that one record makes; a record without an id makes none.
func pageOf(t *testing.T, add adder, raw string) *reconcile.Page {
	t.Helper()
	var page reconcile.Page
	err := add(&page, json.RawMessage(raw))
	told := len(page.Products) + len(page.Customers) + len(page.TaxRates) + len(page.Unreadable)
	if (err != nil) != (told == 0) {
		t.Fatalf("%s: %d are told, and %v", raw, told, err)
	}
	for _, u := range page.Unreadable {
		checkUnreadable(t, u, []byte(raw))
	}
	return &page
}

func checkUnreadable(t *testing.T, u reconcile.Unreadable, raw []byte) {
	t.Helper()
	if u.System != reconcile.HubSpot || u.Object == "" || u.ID == "" || u.Field == "" || u.Problem == "" || raw != nil && !bytes.Equal(u.Raw, raw) {
		t.Fatalf("got %+v", u)
	}
}

// checkRead fails the test for a record that does not say whose it is, or another than
// its page's unreadable one.
func checkRead(t *testing.T, page *reconcile.Page, id string, s reconcile.System) {
	t.Helper()
	if id == "" || s != reconcile.HubSpot || len(page.Unreadable) > 0 && page.Unreadable[0].ID != id {
		t.Fatalf("got %+v", page)
	}
}

// FuzzWireAnswer: whatever HubSpot sends where records belong, a pull ends, and with an
// error or as many records as it received.
func FuzzWireAnswer(f *testing.F) {
	f.Add(`{"results":[{"id":"1","properties":{}}],"paging":{"next":{"after":"1"}}}`)
	f.Add(`{"results":[],"total":0}`)
	f.Add(`{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"category":"OBJECT_NOT_FOUND","context":{"ids":["1"]}}]}`)
	f.Add(`{"results":[{"from":{"id":"1"},"to":[{"toObjectId":7}]}],"total":1,"portalId":1,"timeZone":"UTC","id":"1"}`)
	for _, fault := range faults {
		f.Add(fault.body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		})
		c := newClient(t, h, "", connectors.Options{Rate: connectors.Unpaced, Attempts: 1})
		for _, o := range reconcile.Objects(reconcile.HubSpot) {
			for _, since := range []time.Time{{}, time.Now()} {
				all, err := pullWanted(t, c, connectors.Want{Object: o, Since: since})
				var told *connectors.APIError
				if err != nil && !errors.As(err, &told) {
					t.Fatalf("%s: %v", o, err)
				}
				if err != nil {
					connectortest.CheckLine(t, err.Error())
				} else if n := len(all.ids()) + len(all.TaxRates); n+len(all.Unreadable) < all.Received {
					t.Fatalf("%s: %d of %d records are told", o, n, all.Received)
				}
			}
		}
	})
}
