package quickbookssim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// batch sends items and returns what each was answered, by bId.
func (s testServer) batch(t *testing.T, path string, items ...string) map[string]map[string]json.RawMessage {
	t.Helper()
	a := s.post(t, path, `{"BatchItemRequest":[`+strings.Join(items, ",")+`]}`)
	if a.status != http.StatusOK {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	var body struct {
		BatchItemResponse []map[string]json.RawMessage
		Time              string `json:"time"`
	}
	if err := json.Unmarshal([]byte(a.body), &body); err != nil || body.Time != testTime {
		t.Fatalf("%v in %s", err, a.body)
	}
	by := map[string]map[string]json.RawMessage{}
	for _, item := range body.BatchItemResponse {
		by[string(item["bId"])] = item
	}
	if len(by) != len(items) {
		t.Fatalf("%d answers to %d items: %s", len(by), len(items), a.body)
	}
	return by
}

// codeOf is the code of the fault that an item was answered with, "" for none.
func codeOf(t *testing.T, item map[string]json.RawMessage) string {
	t.Helper()
	if item["Fault"] == nil {
		return ""
	}
	var f struct{ Error []struct{ Code string } }
	if err := json.Unmarshal(item["Fault"], &f); err != nil || len(f.Error) != 1 {
		t.Fatalf("%s", item["Fault"])
	}
	return f.Error[0].Code
}

// Each item commits or fails by itself, in an answer that says 200.
func TestBatch(t *testing.T) {
	for _, reversed := range []bool{false, true} {
		o := testOptions()
		o.ReverseBatches = reversed
		s := serve(t, books, o)
		got := s.batch(t, "batch?minorversion=75",
			`{"bId":"new","operation":"create","Customer":{"DisplayName":"Cy"}}`,
			`{"bId":"stale","operation":"update","Customer":{"Id":"1","SyncToken":"7","sparse":true}}`,
			`{"bId":"gone","operation":"delete","Invoice":{"Id":"7","SyncToken":"0"}}`,
			`{"bId":"deleted","operation":"delete","Invoice":{"Id":"1000","SyncToken":"0"}}`,
			`{"bId":"asked","Query":"SELECT Id FROM Customer WHERE Id = '2'"}`,
			`{"bId":"counted","Query":"SELECT COUNT(*) FROM Customer"}`,
			`{"bId":"none","Query":"SELECT * FROM Bill"}`,
			`{"bId":"wrong","Query":"SELECT * FROM Custmoer"}`,
			`{"bId":"changes","CDCQuery":{"Entities":"Invoice,Customer","ChangedSince":"2026-06-30T00:00:00-07:00"}}`,
			`{"bId":"old","CDCQuery":{"Entities":"Invoice"}}`,
			`{"bId":"strange","operation":"create","Custmoer":{}}`,
			`{"bId":"idle","Customer":{"DisplayName":"Di"}}`,
			`{"bId":"two","operation":"create","Customer":{"DisplayName":"Ed"},"Item":{"Name":"Ed"}}`,
			`{"bId":"sent","operation":"send","Invoice":{"Id":"1000","SyncToken":"1"}}`,
			`{"bId":"odd","operation":"merge","Customer":{"Id":"1","SyncToken":"0"}}`,
		)
		for bID, code := range map[string]string{
			"new": "", "stale": "5010", "gone": "610", "deleted": "", "asked": "", "counted": "", "none": "", "wrong": "4001",
			"changes": "", "old": "2020", "strange": "2000", "idle": "2020", "two": "2600", "sent": "500", "odd": "500",
		} {
			if c := codeOf(t, got[`"`+bID+`"`]); c != code {
				t.Errorf("%s: code %q, want %q", bID, c, code)
			}
		}
		for bID, part := range map[string]string{
			"new": `"DisplayName":"Cy"`, "deleted": `{"Invoice":{"domain":"QBO","status":"Deleted","Id":"1000"},"bId":"deleted"}`,
			"asked":   `{"QueryResponse":{"Customer":[{"Id":"2","domain":"QBO","sparse":true}],"startPosition":1,"maxResults":1},"bId":"asked"}`,
			"counted": `{"QueryResponse":{"totalCount":5},"bId":"counted"}`, "none": `{"QueryResponse":{},"bId":"none"}`,
			"changes": `{"CDCResponse":[{"QueryResponse":[{"Invoice":[{"domain":"QBO","status":"Deleted","Id":"1000",`,
		} {
			item := s.body(t, got[`"`+bID+`"`])
			if !strings.Contains(item, part) {
				t.Errorf("%s: %s", bID, item)
			}
		}
		if n := len(s.Control().Writes()); n != 2 {
			t.Errorf("%d writes took effect", n)
		}
		if n := s.Requests()["batch"]; n != 1 {
			t.Errorf("%d batches were counted", n)
		}
	}
}

// body is an item as it came, its members in an order of this test's.
func (s testServer) body(t *testing.T, item map[string]json.RawMessage) string {
	t.Helper()
	var b strings.Builder
	for _, name := range []string{"Customer", "Invoice", "QueryResponse", "CDCResponse", "bId"} {
		if raw := item[name]; raw != nil {
			fmt.Fprintf(&b, ",%q:%s", name, raw)
		}
	}
	return "{" + strings.TrimPrefix(b.String(), ",") + "}"
}

// optionsData voids what an update names, and lets a number stand twice.
func TestOptionsOfItems(t *testing.T) {
	s := serve(t, shop, testOptions())
	invoice := sold(`"DocNumber":"X-1",`, "15", pump)
	got := s.batch(t, "batch",
		`{"bId":"first","operation":"create","Invoice":`+invoice+`}`,
		`{"bId":"again","operation":"create","Invoice":`+invoice+`}`,
		`{"bId":"allowed","operation":"create","optionsData":"allowduplicatedocnum","Invoice":`+invoice+`}`,
		`{"bId":"paid","operation":"create","Payment":{`+paying("5")+`}}`)
	for bID, code := range map[string]string{"first": "", "again": "6140", "allowed": "", "paid": ""} {
		if c := codeOf(t, got[`"`+bID+`"`]); c != code {
			t.Errorf("%s: code %q: %s", bID, c, got[`"`+bID+`"`])
		}
	}
	id := idOf(got[`"paid"`]["Payment"])
	void := s.batch(t, "batch", `{"bId":"1","operation":"update","optionsData":"void","Payment":{"Id":"`+id+`","SyncToken":"0","sparse":true}}`,
		`{"bId":"2","operation":"void","Invoice":{"Id":"`+idOf(got[`"first"`]["Invoice"])+`","SyncToken":"0"}}`)
	for bID, name := range map[string]string{`"1"`: "Payment", `"2"`: "Invoice"} {
		if body := string(void[bID][name]); !strings.Contains(body, `"TotalAmt":0,`) || !strings.Contains(body, `"PrivateNote":"Voided"`) {
			t.Errorf("%s: %s", name, void[bID])
		}
	}
}

func TestOrderOfBatches(t *testing.T) {
	o := testOptions()
	const items = `{"BatchItemRequest":[{"bId":"1","Query":"SELECT COUNT(*) FROM Bill"},{"bId":"2","Query":"SELECT COUNT(*) FROM Bill"}]}`
	straight := serve(t, nil, o).post(t, "batch", items).body
	o.ReverseBatches = true
	reversed := serve(t, nil, o).post(t, "batch", items).body
	if strings.Index(straight, `"bId":"1"`) > strings.Index(straight, `"bId":"2"`) || strings.Index(reversed, `"bId":"1"`) < strings.Index(reversed, `"bId":"2"`) {
		t.Errorf("%s\n%s", straight, reversed)
	}
}

func TestBatchesRefused(t *testing.T) {
	s := serve(t, nil, testOptions())
	item := `{"bId":"1","Query":"SELECT * FROM Bill"}`
	for _, tt := range []struct{ body, code string }{
		{`{"BatchItemRequest":[]}`, "400"},
		{`{}`, "400"},
		{`{"BatchItemRequest":[` + strings.Repeat(item+",", 30) + item + `]}`, "1040"},
		{`{"BatchItemRequest":[`, "2010"},
		{`{"BatchItemRequest":7}`, "2010"},
	} {
		a := s.post(t, "batch", tt.body)
		if code, _ := a.faultOf(t); a.status != http.StatusBadRequest || code != tt.code {
			t.Errorf("%.40s: %d %s", tt.body, a.status, a.body)
		}
	}
	if _, detail := s.post(t, "batch", `{}`).faultOf(t); detail != "Batch Request is Empty" {
		t.Errorf("got %s", detail)
	}
	if a := s.post(t, "batch", `{"BatchItemRequest":[`+strings.Repeat(item+",", 29)+item+`]}`); a.status != http.StatusOK {
		t.Errorf("thirty: %d", a.status)
	}
	r := s.request(t, http.MethodPost, "batch", `{}`)
	r.Header.Set("Content-Type", "text/plain")
	if code, _ := s.do(t, r).faultOf(t); code != "1050" {
		t.Errorf("a text: %s", code)
	}
}

// An answer holds 1000 objects.
func TestObjectsOfBatches(t *testing.T) {
	for _, faults := range []bool{false, true} {
		o := testOptions()
		o.OverflowFaults = faults
		s := serve(t, manyInvoices(700), o)
		got := s.batch(t, "batch",
			`{"bId":"1","Query":"SELECT Id FROM Invoice MAXRESULTS 700"}`,
			`{"bId":"2","operation":"create","Customer":{"DisplayName":"Cy"}}`,
			`{"bId":"3","Query":"SELECT Id FROM Invoice MAXRESULTS 700"}`)
		if n := strings.Count(string(got[`"1"`]["QueryResponse"]), `"Id"`); n != 700 {
			t.Errorf("%d rows", n)
		}
		code := codeOf(t, got[`"3"`])
		if n := strings.Count(string(got[`"3"`]["QueryResponse"]), `"Id"`); faults && code != "10100" || !faults && n != 299 {
			t.Errorf("the second query: %d rows, fault %q", n, code)
		}
	}
}
