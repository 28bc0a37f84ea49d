package quickbookssim

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// answered sends a body as a client would and wants an answer that is JSON and no
// failure of the server's. Statements may fail it: a boolean in quotes does.
func answered(t *testing.T, c *Company, path, body string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v3/company/1/"+path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer token")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if w.Code != http.StatusOK && w.Code != http.StatusBadRequest || !json.Valid(w.Body.Bytes()) {
		t.Errorf("%s %q: %d %s", path, body, w.Code, w.Body)
	}
	asXML(t, w.Body.Bytes())
}

// asXML wants an answer in the other form too.
func asXML(t *testing.T, raw []byte) {
	t.Helper()
	if _, err := xmlOf(raw); err != nil {
		t.Errorf("%s: %v", raw, err)
	}
}

// FuzzRequest: whatever is posted to an entity, it or a fault comes back, in both
// forms.
func FuzzRequest(f *testing.F) {
	paths := []string{"invoice", "customer", "item", "payment", "invoice?operation=void", "invoice?operation=delete", "payment?operation=update&include=void", "salesreceipt", "creditmemo", "preferences", "taxservice/taxcode"}
	for n, body := range []string{
		`{"CustomerRef":{"value":"1"},"Line":[{"Amount":100.00,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":3,"UnitPrice":33.333333,"TaxCodeRef":{"value":"TAX"}}}],"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"}}}`,
		`{"DisplayName":"Cy","PrimaryEmailAddr":{"Address":"a@x.org"},"ParentRef":{"value":"1"},"Job":true}`,
		`{"Name":"x","Type":"Service","Sku":"s","UnitPrice":1e400}`,
		`{"CustomerRef":{"value":"1"},"TotalAmt":99.995,"Line":[{"Amount":99.995,"LinkedTxn":[{"TxnId":"99","TxnType":"Invoice"}]}]}`,
		`{"Id":"99","SyncToken":"0"}`, `{"Id":"100","SyncToken":"3","sparse":true,"Line":null}`, `{"Id":7}`, `[]`, `{`, `{"":{"":[[[]]]}}`, `{"Line":[null,1,"x",[]],"CustomerRef":"1"}`,
	} {
		f.Add(n%len(paths), body)
	}
	ds := shop.open(f)
	f.Fuzz(func(t *testing.T, path int, body string) {
		c, err := New(ds, testOptions())
		if err != nil {
			t.Fatal(err)
		}
		answered(t, c, paths[uint(path)%uint(len(paths))], body)
	})
}

// FuzzBatch: whatever is sent as a batch, each item is answered.
func FuzzBatch(f *testing.F) {
	for _, items := range []string{
		`{"bId":"1","operation":"create","Customer":{"DisplayName":"Cy"}}`,
		`{"bId":"1","operation":"update","optionsData":"void","Payment":{"Id":"200","SyncToken":"0"}},{"bId":"2","Query":"SELECT * FROM Invoice"}`,
		`{"bId":{},"CDCQuery":{"Entities":"Invoice,Payment","ChangedSince":"2026-06-30"}}`,
		`{"bId":1,"Query":7},{"Fault":1},null,{}`, `[]`, `{"CDCQuery":[]}`, `{"operation":"delete","Invoice":[]}`,
	} {
		f.Add(items)
	}
	ds := shop.open(f)
	f.Fuzz(func(t *testing.T, items string) {
		c, err := New(ds, testOptions())
		if err != nil {
			t.Fatal(err)
		}
		answered(t, c, "batch?requestid=r", `{"BatchItemRequest":[`+items+`]}`)
	})
}
