package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// recordedDir holds bodies that a real QuickBooks company sent.
const recordedDir = "../../connectors/quickbooks/testdata/recorded"

// recorded returns the entity of a recorded read, or the entities of a recorded
// query, as they were sent.
func recorded(t *testing.T, name, entity string) []json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(recordedDir, name))
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]json.RawMessage
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	if query, ok := body["QueryResponse"]; ok {
		var page map[string]json.RawMessage
		if err := json.Unmarshal(query, &page); err != nil {
			t.Fatal(err)
		}
		var list []json.RawMessage
		if err := json.Unmarshal(page[entity], &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	return []json.RawMessage{body[entity]}
}

// recordedWorld builds a dataset around the recorded bodies: customers and
// invoices are QuickBooks' own, the item they point at and the HubSpot side are
// made up to agree with them, but for one invoice.
func recordedWorld(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	lines := map[string][]json.RawMessage{
		"quickbooks/Customer.jsonl": recorded(t, "query_customers_200.json", "Customer"),
		"quickbooks/Invoice.jsonl": {
			recorded(t, "invoice_create_200.json", "Invoice")[0], // 1043, open, 100.00
			recorded(t, "invoice_void_200.json", "Invoice")[0],   // 1041, voided
		},
		"quickbooks/Item.jsonl": {
			json.RawMessage(`{"Name":"Services","Sku":"SERVICES","Active":true,"FullyQualifiedName":"Services","Taxable":false,"UnitPrice":0,"Type":"Service","domain":"QBO","sparse":false,"Id":"1","SyncToken":"0"}`),
		},
		"hubspot/contacts.jsonl": {
			json.RawMessage(`{"id":"501","properties":{"email":"Birds@Intuit.com","firstname":"Amy","lastname":"Lauterbach"}}`),
		},
		"hubspot/products.jsonl": {
			json.RawMessage(`{"id":"601","properties":{"name":"Services","hs_sku":"SERVICES","price":"0"}}`),
		},
		"hubspot/line_items.jsonl": {
			json.RawMessage(`{"id":"701","properties":{"name":"Services","hs_sku":"SERVICES","hs_product_id":"601","price":"100.00","quantity":null,"amount":"100.00"}}`),
			json.RawMessage(`{"id":"702","properties":{"name":"Services","hs_sku":"SERVICES","hs_product_id":"601","price":"40","quantity":"2","amount":"80.00"}}`),
			json.RawMessage(`{"id":"703","properties":{"name":"Services","hs_sku":"SERVICES","hs_product_id":"601","price":"100","quantity":"1","amount":"100.00"}}`),
		},
		"hubspot/invoices.jsonl": {
			json.RawMessage(`{"id":"801","properties":{"hs_number":"1043","hs_currency":"USD","hs_invoice_status":"open","hs_invoice_date":"2020-09-29T12:00:00.000Z","hs_due_date":"2020-10-29T12:00:00.000Z","hs_amount_billed":"100.00","hs_balance_due":"100.00"},"associations":{"contacts":["501"],"line_items":["701"]}}`),
			json.RawMessage(`{"id":"802","properties":{"hs_number":"1042","hs_currency":"USD","hs_invoice_status":"open","hs_invoice_date":"2020-09-28T12:00:00.000Z","hs_due_date":"2020-10-28T12:00:00.000Z","hs_amount_billed":"80.00","hs_balance_due":"80.00"},"associations":{"contacts":["501"],"line_items":["702"]}}`),
			json.RawMessage(`{"id":"803","properties":{"hs_number":"1041","hs_currency":"USD","hs_invoice_status":"open","hs_invoice_date":"2020-09-29T12:00:00.000Z","hs_due_date":"2020-10-29T12:00:00.000Z","hs_amount_billed":"100.00","hs_balance_due":"100.00"},"associations":{"contacts":["501"],"line_items":["703"]}}`),
		},
	}
	for name, list := range lines {
		var file bytes.Buffer
		for _, raw := range list {
			if err := json.Compact(&file, raw); err != nil {
				t.Fatal(err)
			}
			file.WriteByte('\n')
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, path, file.String())
	}
	return dir
}

// TestRecordedCompany reconciles a dataset of bodies that QuickBooks really sent.
func TestRecordedCompany(t *testing.T) {
	t.Parallel()
	c := simulated(t, recordedWorld(t), dbtest.SQLite(t))
	run := c.reconcile(2)
	if n := run.Counts; n.QuickBooksInvoices != 2 || n.HubSpotInvoices != 3 || n.Matched != 1 {
		t.Errorf("counts: %+v", n)
	}
	truth := &sandbox.Truth{Findings: []sandbox.Expected{
		{Code: "INVOICE_ONLY_IN_SOURCE", System: "hubspot", Record: "802"},
		// 1043 and 1041 are of one day, customer and total.
		{Code: "INVOICE_DUPLICATE", System: "hubspot", Record: "801", Field: "total"},
		{Code: "VOID_ONE_SIDE", System: "both", Record: "803", Field: "status"},
		// The recorded company has these addresses on several customers.
		{Code: "EMAIL_AMBIGUOUS", System: "quickbooks", Record: lowestCustomer(t, "Sporting_goods@intuit.com"), Field: "email"},
		{Code: "EMAIL_AMBIGUOUS", System: "quickbooks", Record: lowestCustomer(t, "qbwebsamplecompany@yahoo.com"), Field: "email"},
	}}
	if diff := differences(truth, c.findings()); diff != "" {
		t.Errorf("findings (- wanted, + found):\n%s", diff)
	}
	explained := c.want(0, "explain", "1042")
	if !strings.Contains(explained, string(reconcile.Fail)) || !strings.Contains(explained, "sync is off") {
		t.Errorf("explain 1042:\n%s", explained)
	}
}

// lowestCustomer returns the lowest id of the recorded customers with an e-mail.
func lowestCustomer(t *testing.T, email string) string {
	t.Helper()
	lowest := ""
	for _, raw := range recorded(t, "query_customers_200.json", "Customer") {
		var c struct {
			ID    string                   `json:"Id"`
			Email struct{ Address string } `json:"PrimaryEmailAddr"`
		}
		if err := json.Unmarshal(raw, &c); err != nil {
			t.Fatal(err)
		}
		if c.Email.Address == email && (lowest == "" || reconcile.CompareIDs(c.ID, lowest) < 0) {
			lowest = c.ID
		}
	}
	return lowest
}
