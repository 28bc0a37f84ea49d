package quickbookssim

import (
	"strings"
	"testing"
)

// sound is an invoice beside the unreadable ones, whose every value can be read.
const sound = `{"Id":"1","TotalAmt":-5.00,"Balance":0,"TxnDate":"2026-02-01","MetaData":{"CreateTime":"2026-02-01T08:00:00-08:00","LastUpdatedTime":"2026-02-01T08:00:00-08:00"},"SyncToken":"0","domain":"QBO","sparse":false}`

// TestUnreadableValues: a value that cannot be read is served byte for byte,
// fulfils no condition and stands before the values that can be read.
func TestUnreadableValues(t *testing.T) {
	for _, tt := range []struct{ name, property, member, literal string }{
		{"word for an amount", "TotalAmt", `"TotalAmt":"abc"`, "0"},
		{"amount with a comma", "TotalAmt", `"TotalAmt":"12,50"`, "12.50"},
		{"amount with a currency", "Balance", `"Balance":"$ 5"`, "5"},
		{"amount too large to spell out", "TotalAmt", `"TotalAmt":1e200`, "0"},
		{"bool for an amount", "TotalAmt", `"TotalAmt":true`, "1"},
		{"list for an amount", "TotalAmt", `"TotalAmt":[5]`, "5"},
		{"object for an amount", "TotalAmt", `"TotalAmt":{"value":"5"}`, "5"},
		{"date in another order", "TxnDate", `"TxnDate":"02/01/2026"`, "2026-02-01"},
		{"day that is none", "TxnDate", `"TxnDate":"2026-02-30"`, "2026-02-28"},
		{"number for a date", "TxnDate", `"TxnDate":20260201`, "2026-02-01"},
		{"word for a time", "MetaData.LastUpdatedTime", `"MetaData":{"LastUpdatedTime":"yesterday"}`, "2026-02-01"},
		{"hour that is none", "MetaData.CreateTime", `"MetaData":{"CreateTime":"2026-02-01T25:00:00Z"}`, "2026-02-01"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			odd := `{ "Id":"2", ` + tt.member + `,"SyncToken":"0","domain":"QBO","sparse":false`
			if !strings.HasPrefix(tt.member, `"MetaData"`) {
				odd += `,"MetaData":{}`
			}
			odd += `}`
			s := serve(t, files{"Invoice.jsonl": sound + "\n" + odd + "\n"}, testOptions())
			if got, want := s.get(t, "invoice/2").body, `{"Invoice":`+odd+`,"time":"`+testTime+`"}`; got != want {
				t.Errorf("read:\ngot  %s\nwant %s", got, want)
			}
			want := `{"QueryResponse":{"Invoice":[` + odd + `],"startPosition":1,"maxResults":1},"time":"` + testTime + `"}`
			if got := s.query(t, "SELECT * FROM Invoice WHERE Id = '2'").body; got != want {
				t.Errorf("query:\ngot  %s\nwant %s", got, want)
			}
			for _, condition := range []string{" = '#'", " < '#'", " <= '#'", " > '#'", " >= '#'", " IN ('#', '')", " = ''", " LIKE '%'"} {
				query := "SELECT * FROM Invoice WHERE " + tt.property + strings.Replace(condition, "#", tt.literal, 1)
				if got := s.rows(t, query).ids(); strings.Contains(got, "2") {
					t.Errorf("%s: got %s", query, got)
				}
			}
			for order, want := range map[string]string{"": "2 1", " DESC": "1 2"} {
				if got := s.rows(t, "SELECT * FROM Invoice ORDERBY "+tt.property+order).ids(); got != want {
					t.Errorf("ORDERBY%s: got %s, want %s", order, got, want)
				}
			}
		})
	}
}

// TestUnreadableAmongOthers: pages over unreadable values cover all rows once,
// in an order that does not hang on the file.
func TestUnreadableAmongOthers(t *testing.T) {
	rows := []string{`{"Id":"1","TotalAmt":7}`, `{"Id":"2","TotalAmt":"abc"}`, `{"Id":"3"}`, `{"Id":"4","TotalAmt":"-"}`, `{"Id":"5","TotalAmt":-7}`}
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 4, 1, 0, 3}} {
		var b strings.Builder
		for _, i := range order {
			b.WriteString(rows[i] + "\n")
		}
		s := serve(t, files{"Invoice.jsonl": b.String()}, testOptions())
		for query, want := range map[string]string{
			"SELECT * FROM Invoice ORDERBY TotalAmt":                                "2 3 4 5 1",
			"SELECT * FROM Invoice ORDERBY TotalAmt STARTPOSITION 3 MAXRESULTS 2":   "4 5",
			"SELECT * FROM Invoice ORDERBY TotalAmt DESC, Id DESC":                  "1 5 4 3 2",
			"SELECT * FROM Invoice WHERE TotalAmt > '-100' ORDERBY Id":              "1 5",
			"SELECT * FROM Invoice WHERE TotalAmt = ''":                             "3",
			"SELECT * FROM Invoice WHERE TotalAmt < '100' AND Id > '1' ORDERBY Id ": "5",
		} {
			if got := s.rows(t, query).ids(); got != want {
				t.Errorf("file order %v: %s: got %s, want %s", order, query, got, want)
			}
		}
	}
}

// TestUnreadableUpdates: without ORDERBY transactions come most recently
// updated first, and those whose time cannot be read come last.
func TestUnreadableUpdates(t *testing.T) {
	s := serve(t, files{"Invoice.jsonl": `{"Id":"2","MetaData":{"LastUpdatedTime":"yesterday"}}` + "\n" + sound}, testOptions())
	if got := s.rows(t, "SELECT * FROM Invoice").ids(); got != "1 2" {
		t.Errorf("got %s, want 1 2", got)
	}
}

// TestUnreadableActive: a row is left out of a query that does not speak of
// Active only when it says false.
func TestUnreadableActive(t *testing.T) {
	s := serve(t, files{"Customer.jsonl": `{"Id":"1","DisplayName":"Ada","Active":"maybe"}` + "\n" + `{"Id":"2","DisplayName":"Bob"}`}, testOptions())
	for query, want := range map[string]string{
		"SELECT * FROM Customer":                               "1 2",
		"SELECT * FROM Customer WHERE Active IN (true, false)": "2",
	} {
		if got := s.rows(t, query).ids(); got != want {
			t.Errorf("%s: got %s, want %s", query, got, want)
		}
	}
}
