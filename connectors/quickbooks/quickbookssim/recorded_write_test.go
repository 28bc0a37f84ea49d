package quickbookssim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// craigs is what is known of the recorded company beside its rows: it counts
// invoices by itself, has one field of its own, and taxes by code 2.
const craigs = `{"SalesFormsPrefs":{"CustomTxnNumbers":false,"AllowDiscount":true,"AllowDeposit":true,"AllowShipping":true,"CustomField":[` +
	`{"CustomField":[{"Type":"BooleanType","Name":"SalesFormsPrefs.UseSalesCustom1","BooleanValue":true}]},` +
	`{"CustomField":[{"Type":"StringType","Name":"SalesFormsPrefs.SalesCustomName1","StringValue":"Crew #"}]}]},` +
	`"TaxPrefs":{"UsingSalesTax":true,"TaxGroupCodeRef":{"value":"2"}},` +
	`"CurrencyPrefs":{"MultiCurrencyEnabled":false,"HomeCurrency":{"value":"USD"}},"Id":"1"}`

// TestRecordedWrites plays the recorded writes to companies made from recorded rows,
// and wants the recorded bodies, times and Ids included.
func TestRecordedWrites(t *testing.T) {
	for _, tt := range []struct {
		body string // of the answer
		path string // below the realm
		at   string
		rows []string // bodies whose rows make the company
		more files    // rows that no body has
	}{
		{body: "customer_create_200", path: "customer", at: "2020-09-29T05:58:16.187-07:00", rows: []string{"query_customers_in_200"},
			more: files{"Customer.jsonl": `{"Id":"69","DisplayName":"x","FullyQualifiedName":"x"}`}},
		{body: "customer_sparse_update_200", path: "customer?minorversion=8", at: "2020-09-29T06:00:07.195-07:00",
			more: files{"Customer.jsonl": `{"Id":"68","SyncToken":"0","DisplayName":"Jack Doe8","FullyQualifiedName":"Jack Doe8","PrintOnCheckName":"Jack Doe8","Active":true,"Taxable":true,"Balance":0,"BalanceWithJobs":0,` +
				`"CurrencyRef":{"value":"USD","name":"United States Dollar"},"MetaData":{"CreateTime":"2020-09-29T04:48:37-07:00","LastUpdatedTime":"2020-09-29T04:48:37-07:00"}}`}},
		{body: "invoice_create_200", path: "invoice", at: "2020-09-29T05:58:07.300-07:00", rows: []string{"query_customers_200"},
			more: files{"Item.jsonl": services, "Invoice.jsonl": `{"Id":"265","DocNumber":"1042","Balance":0}`}},
		{body: "invoice_void_200", path: "invoice?operation=void", at: "2022-09-02T05:58:56.463-07:00", rows: []string{"query_customers_200", "invoice_before_void_200"}},
		{body: "invoice_delete_200", path: "invoice?operation=delete", at: "2020-09-29T06:02:35.106-07:00", rows: []string{"query_customers_200", "invoice_before_delete_200"}},
		{body: "salesreceipt_update_200", path: "salesreceipt", at: "2020-09-29T06:00:44.005-07:00",
			more: files{"Item.jsonl": `{"Id":"4","Name":"Design","Type":"Service"}`, "SalesReceipt.jsonl": `{"Id":"17","SyncToken":"4","DocNumber":"1008","TxnDate":"2015-10-06","PrintStatus":"NotSet",` +
				`"CustomerRef":{"value":"6"},"Line":[{"Id":"5","LineNum":1,"Amount":337.50,"DetailType":"SalesItemLineDetail"}],"MetaData":{"CreateTime":"2015-10-06T15:12:39-07:00","LastUpdatedTime":"2020-09-29T05:58:00-07:00"}}`}},
		{body: "account_deactivate_200", path: "account", at: "2020-09-29T06:03:07.889-07:00", rows: []string{"account_deactivate_200"}},
		{body: "employee_deactivate_200", path: "employee", at: "2020-09-29T06:02:59.445-07:00", rows: []string{"employee_deactivate_200"}},
		{body: "fault_400_2010_unsupported_property", path: "invoice", at: "2020-09-29T06:53:30.722-07:00"},
		{body: "fault_400_6240_duplicate_name", path: "customer", at: "2020-09-29T06:58:50.262-07:00", rows: []string{"query_customers_200"}},
	} {
		t.Run(tt.body, func(t *testing.T) {
			o := testOptions()
			o.Now = func() time.Time { return recordedTime(t, tt.at) }
			s := serve(t, recordedCompany(t, tt.rows, tt.more), o)
			a := s.post(t, tt.path, string(recorded(t, strings.TrimSuffix(tt.body, "_200")+".request")))
			want := http.StatusOK
			if strings.HasPrefix(tt.body, "fault") {
				want = http.StatusBadRequest
			}
			if a.status != want {
				t.Errorf("status %d", a.status)
			}
			sameAsRecorded(t, a.body, tt.body)
			if !strings.Contains(a.body, `"time":"`+tt.at+`"`) {
				t.Errorf("time of %s", a.body)
			}
		})
	}
}

// What the recordings show around a deletion: a second one and a read find nothing,
// and the customer's stamp moved while its SyncToken stayed.
func TestRecordedDeletion(t *testing.T) {
	o := testOptions()
	o.Now = func() time.Time { return recordedTime(t, "2020-09-29T06:02:35.106-07:00") }
	s := serve(t, recordedCompany(t, []string{"query_customers_200", "invoice_before_delete_200"}, nil), o)
	body := string(recorded(t, "invoice_delete.request"))
	s.post(t, "invoice?operation=delete", body)
	for _, a := range []answer{s.post(t, "invoice?operation=delete", body), s.get(t, "invoice/266")} {
		if code, _ := a.faultOf(t); code != "610" || a.status != http.StatusBadRequest {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	amy := s.get(t, "customer/1").body
	for _, want := range []string{`"Balance":539.00`, `"SyncToken":"0"`, `"LastUpdatedTime":"2020-09-29T06:02:35-07:00"`} {
		if !strings.Contains(amy, want) {
			t.Errorf("no %s in %s", want, amy)
		}
	}
}

// services is item 1 of the recorded company; that it is not taxed follows from the
// code of the recorded line.
const services = `{"Id":"1","Name":"Services","FullyQualifiedName":"Services","Type":"Service","Taxable":false,"Active":true}`

func recordedTime(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// recordedCompany makes a dataset of recorded rows, those of reads included.
func recordedCompany(t *testing.T, bodies []string, more files) files {
	t.Helper()
	f := files{"Preferences.json": craigs}
	var queries []string
	for _, name := range bodies {
		var body map[string]json.RawMessage
		if err := json.Unmarshal(recorded(t, name), &body); err != nil {
			t.Fatal(err)
		}
		if body["QueryResponse"] != nil {
			queries = append(queries, name)
			continue
		}
		for kind, raw := range body {
			if kind != "time" {
				f[kind+".jsonl"] = compact(t, raw) + "\n"
			}
		}
	}
	for _, add := range []files{recordedRows(t, queries), more} {
		for name, rows := range add {
			f[name] += rows
		}
	}
	return f
}

// post sends a body as JSON.
func (s testServer) post(t *testing.T, path, body string) answer {
	t.Helper()
	r := s.request(t, http.MethodPost, path, body)
	r.Header.Set("Content-Type", "application/json")
	return s.do(t, r)
}
