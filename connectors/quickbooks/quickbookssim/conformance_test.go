package quickbookssim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRecorded asks what the recorded requests asked, of a company made from
// the recorded rows, and wants the recorded bodies, number literals included.
func TestRecorded(t *testing.T) {
	for _, tt := range []struct {
		body   string   // of the answer
		rows   []string // bodies whose rows make the company; of rows with one Id the first counts
		query  string
		status int
	}{
		{"query_customers_200", []string{"query_customers_200"}, "SELECT * FROM Customer MAXRESULTS 1000 STARTPOSITION 1", 200},
		{"query_customers_in_200", []string{"query_customers_200"}, "SELECT * FROM Customer WHERE Id IN ('5', '6', '7', '8', '9', '10') AND Active IN (true, false) MAXRESULTS 2 STARTPOSITION 5", 200},
		{"query_count_200", []string{"query_customers_200"}, "SELECT count(*) FROM Customer", 200},
		{"query_empty_200", []string{"query_customers_200"}, "SELECT * FROM Customer MAXRESULTS 1000 STARTPOSITION 42", 200},
		{"query_apostrophe_200", []string{"query_apostrophe_200", "query_customers_200"}, `SELECT * FROM Customer WHERE DisplayName = 'Amy\'s Bird Sanctuary'`, 200},
		{"query_ampersand_200", []string{"query_inactive_vendors_200"}, "SELECT * FROM Vendor WHERE DisplayName = 'Robertson & Associates'", 200},
		{"query_inactive_vendors_200", []string{"query_inactive_vendors_200"}, "SELECT * FROM Vendor WHERE Active IN (true, false) MAXRESULTS 1000", 200},
		{"query_vendors_last_page_200", []string{"query_inactive_vendors_200"}, "SELECT * FROM Vendor MAXRESULTS 5 STARTPOSITION 26", 200},
		{"query_salesreceipts_200", []string{"query_salesreceipts_200"}, "SELECT * FROM SalesReceipt", 200},
		{"fault_400_query_entity", nil, "SELECT * FROM Custmoer", 400},
	} {
		t.Run(tt.body, func(t *testing.T) {
			s := serve(t, recordedRows(t, tt.rows), testOptions())
			a := s.query(t, tt.query)
			if a.status != tt.status {
				t.Errorf("status %d, want %d", a.status, tt.status)
			}
			sameAsRecorded(t, a.body, tt.body)
		})
	}
}

// TestRecordedReads reads what was recorded before it was voided and deleted.
func TestRecordedReads(t *testing.T) {
	for body, path := range map[string]string{"invoice_before_void_200": "invoice/264", "invoice_before_delete_200": "invoice/266"} {
		a := serve(t, recordedCompany(t, []string{body}, nil), testOptions()).get(t, path)
		if a.status != http.StatusOK {
			t.Errorf("%s: status %d", path, a.status)
		}
		sameAsRecorded(t, a.body, body)
	}
}

// TestRecordedChanges is what was answered in 2020 to changedSince=2011-….
func TestRecordedChanges(t *testing.T) {
	o := testOptions()
	o.OldChanges = true
	a := serve(t, recordedRows(t, []string{"cdc_estimates_200"}), o).get(t, "cdc?entities=estimate&changedSince=2011-10-05T14%3A00-07%3A00")
	if a.status != http.StatusOK {
		t.Errorf("status %d", a.status)
	}
	sameAsRecorded(t, a.body, "cdc_estimates_200")
}

// TestQuotedChanges is what XML captures show of a deletion and of an entity that has
// not changed, in JSON.
func TestQuotedChanges(t *testing.T) {
	s, now := clocked(t, files{"Invoice.jsonl": `{"Id":"2359"}` + "\n"}, Options{})
	*now = time.Date(2026, 1, 15, 17, 2, 35, 0, time.UTC)
	if err := s.Delete("Invoice", "2359"); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join("testdata", "docs", "cdc_with_deleted_and_empty.json"))
	if err != nil {
		t.Fatal(err)
	}
	got, want := decode(t, []byte(s.changesSince(t, "Invoice,Item", "2026-01-15T09:00:00-08:00").body)), decode(t, raw)
	want["time"] = got["time"]
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// TestQuotedRefusals does what the quoted bodies (testdata/docs) were answered to.
func TestQuotedRefusals(t *testing.T) {
	in := shop.with(files{"Invoice.jsonl": `{"Id":"266","DocNumber":"1043","TxnDate":"2026-01-01","Balance":0}` + "\n"})
	plain := sold("", "15", pump)
	for _, tt := range []struct{ body, path, sent string }{
		{"fault_400_2020_required_param", "invoice", `{"CustomerRef":{"value":"1"}}`},
		{"fault_400_2050_length", "invoice", sold(`"DocNumber":"`+strings.Repeat("9", 33)+`",`, "15", pump)},
		{"fault_400_2500_invalid_reference", "invoice", strings.Replace(plain, `"1"`, `"540123582"`, 1)},
		{"fault_400_4000_query_parse", "query?query=" + url.QueryEscape("SELECT * FROM Customer WHERE DisplayName = 'Al's Birds'"), ""},
		{"fault_400_5010_stale", "customer", `{"Id":"1","SyncToken":"7","sparse":true}`},
		{"fault_400_6070_amount", "invoice", sold("", "1861.07", `{"ItemRef":{"value":"2"},"Qty":14.50,"UnitPrice":128.35}`)},
		{"fault_400_6100_line_taxcode_us", "invoice", sold("", "15", `{"ItemRef":{"value":"2"},"TaxCodeRef":{"value":"10"}}`)},
		{"fault_400_6140_duplicate_docnumber", "invoice", sold(`"DocNumber":"1043",`, "15", pump)},
	} {
		s := serve(t, in, testOptions())
		a := s.get(t, tt.path)
		if tt.sent != "" {
			a = s.post(t, tt.path, tt.sent)
		}
		raw, err := os.ReadFile(filepath.Join("testdata", "docs", tt.body+".json"))
		if err != nil {
			t.Fatal(err)
		}
		got, want := decode(t, []byte(a.body)), decode(t, raw)
		want["time"] = got["time"]
		if a.status != http.StatusBadRequest || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d\ngot  %v\nwant %v", tt.body, a.status, got, want)
		}
	}
}

// TestRecordedBatch has a vendor made, an invoice deleted that is gone, a receipt
// changed in an old version and a question answered.
func TestRecordedBatch(t *testing.T) {
	var body struct {
		BatchItemResponse []struct{ QueryResponse map[string]json.RawMessage }
	}
	if err := json.Unmarshal(recorded(t, "batch_200"), &body); err != nil {
		t.Fatal(err)
	}
	rows := files{"Vendor.jsonl": `{"Id":"70","DisplayName":"Before"}` + "\n"}
	rows.add(t, "SalesReceipt", body.BatchItemResponse[3].QueryResponse["SalesReceipt"])
	a := serve(t, rows, testOptions()).post(t, "batch", string(recorded(t, "batch.request")))
	if a.status != http.StatusOK {
		t.Errorf("status %d", a.status)
	}
	got := strings.ReplaceAll(a.body, "Jane Example", "Christian Pelczarski")
	// The new vendor's instants are this test's.
	got = strings.Replace(got, `"CreateTime":"2026-07-01T12:00:00-07:00"`, `"CreateTime":"2020-09-29T08:13:18-07:00"`, 1)
	got = strings.Replace(got, `"LastUpdatedTime":"2026-07-01T12:00:00-07:00"`, `"LastUpdatedTime":"2020-09-29T08:13:20-07:00"`, 1)
	sameAsRecorded(t, got, "batch_200")
}

func TestRecordedFaults(t *testing.T) {
	s := serve(t, nil, testOptions())
	for _, tt := range []struct{ body, path string }{
		{"fault_400_2030_invalid_id", "customer/1.5"},
		{"fault_400_500_unsupported_operation", "/v3/company/-COMPANY_ID-/customer/1/5"},
	} {
		a := s.get(t, tt.path)
		if a.status != http.StatusBadRequest {
			t.Errorf("%s: status %d", tt.path, a.status)
		}
		sameAsRecorded(t, a.body, tt.body)
	}
}

func TestRecordedUnauthorized(t *testing.T) {
	o := testOptions()
	o.Open, o.Token, o.Realm = false, "other", "1"
	a := serve(t, nil, o).get(t, "query?query="+url.QueryEscape("SELECT * FROM Customer"))
	if a.status != http.StatusUnauthorized {
		t.Errorf("status %d", a.status)
	}
	// The recording has the beginning of its token redacted.
	sameAsRecorded(t, strings.Replace(a.body, "Token expired: token", "Token expired: <redacted>", 1), "fault_401_token_expired")
}

// recordedRows makes the files of a dataset from recorded query bodies.
func recordedRows(t *testing.T, bodies []string) files {
	t.Helper()
	f := files{}
	for _, name := range bodies {
		for kind, raw := range recordedPage(t, name) {
			if raw[0] != '[' {
				continue
			}
			f.add(t, kind, raw)
		}
	}
	return f
}

// add adds the rows of a list that the files do not have by Id, the last first: no
// order may come from the file.
func (f files) add(t *testing.T, kind string, list json.RawMessage) {
	t.Helper()
	var rows []json.RawMessage
	if err := json.Unmarshal(list, &rows); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(f[kind+".jsonl"]) {
		seen[idOf([]byte(line))] = true
	}
	for _, row := range slices.Backward(rows) {
		if id := idOf(row); !seen[id] {
			seen[id] = true
			f[kind+".jsonl"] += compact(t, row) + "\n"
		}
	}
}

// recordedPage is the QueryResponse of a recorded body, of change data capture the
// first.
func recordedPage(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	var body struct {
		QueryResponse map[string]json.RawMessage
		CDCResponse   []struct{ QueryResponse []map[string]json.RawMessage }
	}
	if err := json.Unmarshal(recorded(t, name), &body); err != nil {
		t.Fatal(err)
	}
	if body.CDCResponse != nil {
		return body.CDCResponse[0].QueryResponse[0]
	}
	return body.QueryResponse
}

func compact(t *testing.T, raw []byte) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, raw); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "recorded", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// sameAsRecorded compares as JSON, numbers as they are written, apart from the
// value of the member time.
func sameAsRecorded(t *testing.T, got, name string) {
	t.Helper()
	g, w := decode(t, []byte(got)), decode(t, recorded(t, name))
	if _, timed := w["time"]; timed && reflect.TypeOf(g["time"]) == reflect.TypeOf(w["time"]) {
		g["time"] = w["time"]
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s:\ngot  %v\nwant %v", name, g, w)
	}
}

func decode(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v map[string]any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}
