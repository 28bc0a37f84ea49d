package hubspotsim

import (
	"encoding/json"
	"testing"
)

// FuzzWriteBodies sends any body to every way to write: it is taken or refused, in
// JSON, and never a fault of the portal's.
func FuzzWriteBodies(f *testing.F) {
	paths := [][2]string{
		{"POST", "contacts"}, {"PATCH", "contacts/1"}, {"POST", "contacts/batch/create"}, {"POST", "contacts/batch/update"}, {"POST", "contacts/batch/upsert"},
		{"POST", "contacts/batch/archive"}, {"POST", "contacts/merge"}, {"POST", "contacts/gdpr-delete"}, {"POST", "invoices"}, {"PATCH", "invoices/1"},
		{"POST", "line_items"}, {"PATCH", "line_items/1"}, {"POST", "invoices/batch/upsert"}, {"POST", "discounts"}, {"POST", "commerce_payments"}, {"POST", "contacts/batch/read"},
	}
	for n, body := range []string{
		`{"properties":{"email":"a@x.test","lifecyclestage":"lead","phone":5}}`, `{"properties":{"email":null,"firstname":true}}`,
		`{"inputs":[{"properties":{"email":"b@x.test"},"objectWriteTraceId":"a"},{"properties":{"x":""},"objectWriteTraceId":"b"}]}`,
		`{"inputs":[{"id":1,"properties":{"email":"A@x.test"}},{"id":"x","idProperty":"email","properties":{}}]}`,
		`{"inputs":[{"id":"c@x.test","idProperty":"email","properties":{"firstname":"C"}}]}`, `{"inputs":[{"id":"1"},{"id":"99"}]}`,
		`{"primaryObjectId":"1","objectIdToMerge":"2"}`, `{"objectId":"a@x.test","idProperty":"email"}`,
		`{"properties":{"hs_currency":"EUR","hs_due_date":1729859279,"hs_invoice_billable":"false"},"associations":[{"to":{"id":"1"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":409}]}]}`,
		`{"properties":{"hs_invoice_status":"open","hs_collect_address_types":";billing_address"}}`,
		`{"properties":{"price":"1e3","quantity":"-0.","discount":1.25e2,"hs_tax_rate_group_id":"5","hs_recurring_billing_start_date":"2026-01-01T00:00:00Z"}}`,
		`{"properties":{"price":"99999999999999999999.999","hs_discount_percentage":"33.3","hs_line_item_currency_code":"JPY"}}`,
		`{"inputs":[{"id":"K","idProperty":"key","properties":{"hs_currency":"USD"}}]}`, `{"properties":{"hs_type":"PERCENT","hs_value":"10"}}`, `{"properties":{"hs_initial_amount":1,"hs_initiated_date":-1}}`,
		`{"inputs":[{"id":"1"}],"propertiesWithHistory":["email"]}`, `null`, `[]`, `{"inputs":null}`, `{"inputs":[null]}`, "{\"properties\":{\"email\":\"\xff\"}}",
	} {
		f.Add(uint8(n), body)
	}
	ds := dataset(f, files{
		"contacts.jsonl":   `{"id":"1","properties":{"email":"a@x.test"}}` + "\n" + `{"id":"2","properties":{}}` + "\n",
		"invoices.jsonl":   `{"id":"1","properties":{"hs_currency":"EUR"},"associations":{"contacts":["1"],"line_items":["1"]}}` + "\n",
		"line_items.jsonl": `{"id":"1","properties":{"price":"2"}}` + "\n", "tax_rates.jsonl": `{"id":"5","percentageRate":7.25}` + "\n",
	})
	f.Fuzz(func(t *testing.T, n uint8, body string) {
		p, err := New(ds, Options{Open: true, Now: newWatch().Now, Unique: map[string][]string{"invoices": {"key"}}})
		must(t, err)
		path := paths[int(n)%len(paths)]
		for range 2 { // again, with what the first has left
			status, answer := sendTo(p, path[0], crm+path[1], body)
			if status >= 500 || status != 204 && !json.Valid([]byte(answer)) {
				t.Fatalf("%s %s: %d %s", path[0], path[1], status, answer)
			}
			if status, answer := sendTo(p, "GET", crm+"invoices/1?associations=contacts&propertiesWithHistory=hs_amount_billed", ""); status != 200 && status != 404 || !json.Valid([]byte(answer)) {
				t.Fatalf("afterwards: %d %s", status, answer)
			}
		}
	})
}
