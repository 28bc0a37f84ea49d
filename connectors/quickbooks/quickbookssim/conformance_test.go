package quickbookssim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
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
	f, seen := files{}, map[string]bool{}
	for _, name := range bodies {
		var body struct{ QueryResponse map[string]json.RawMessage }
		if err := json.Unmarshal(recorded(t, name), &body); err != nil {
			t.Fatal(err)
		}
		for kind, raw := range body.QueryResponse {
			if raw[0] != '[' {
				continue
			}
			var rows []json.RawMessage
			if err := json.Unmarshal(raw, &rows); err != nil {
				t.Fatal(err)
			}
			// Last first: no order may come from the file.
			for i := len(rows) - 1; i >= 0; i-- {
				if key := kind + idOf(rows[i]); !seen[key] {
					seen[key] = true
					f[kind+".jsonl"] += compact(t, rows[i]) + "\n"
				}
			}
		}
	}
	return f
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
