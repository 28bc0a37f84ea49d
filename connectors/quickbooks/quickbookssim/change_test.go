package quickbookssim

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A clocked company is one whose time the test moves.
func clocked(t *testing.T, f files, o Options) (s testServer, now *time.Time) {
	t.Helper()
	clock := noon
	o.Open, o.Now = true, func() time.Time { return clock }
	return serve(t, f, o), &clock
}

const stampNoon = `"MetaData":{"CreateTime":"2026-07-01T12:00:00-07:00","LastUpdatedTime":"2026-07-01T12:00:00-07:00"}`

func TestChanges(t *testing.T) {
	s, now := clocked(t, files{
		"Invoice.jsonl":  `{"Id":"9","SyncToken":"3","TotalAmt":5.00,"MetaData":{"CreateTime":"2020-01-01T00:00:00-08:00","LastUpdatedTime":"2020-01-01T00:00:00-08:00"}}` + "\n",
		"Payment.jsonl":  `{"Id":"40"}` + "\n",
		"Customer.jsonl": `{"Id":"7","DisplayName":"Ada","FullyQualifiedName":"Ada","Active":true}` + "\n",
	}, Options{})
	id, err := s.Create("Invoice", `{"TotalAmt":7.50}`)
	if err != nil || id != "41" { // transactions share a sequence
		t.Errorf("created %s, %v", id, err)
	}
	if got := s.get(t, "invoice/41").body; !strings.Contains(got, `{"TotalAmt":7.50,"Id":"41",`+stampNoon+`,"SyncToken":"0","domain":"QBO","sparse":false}`) {
		t.Errorf("got %s", got)
	}
	if id, err := s.Create("Customer", `{"DisplayName":"Bo"}`); err != nil || id != "8" {
		t.Errorf("created %s, %v", id, err)
	}
	*now = now.Add(time.Hour)
	if err := errors.Join(s.Update("Invoice", "9", `{"TotalAmt":6.00,"PrivateNote":"x"}`), s.Deactivate("Customer", "7"), s.Deactivate("Customer", "7"), s.Delete("Payment", "40")); err != nil {
		t.Fatal(err)
	}
	want := `{"Invoice":{"Id":"9","SyncToken":"4","TotalAmt":6.00,"MetaData":{"CreateTime":"2020-01-01T00:00:00-08:00","LastUpdatedTime":"2026-07-01T13:00:00-07:00"},"domain":"QBO","sparse":false,"PrivateNote":"x"},`
	if got := s.get(t, "invoice/9").body; !strings.HasPrefix(got, want) {
		t.Errorf("got %s", got)
	}
	if got := s.get(t, "customer/7").body; !strings.Contains(got, `"DisplayName":"Ada (deleted)","FullyQualifiedName":"Ada (deleted)","Active":false,`) {
		t.Errorf("got %s", got)
	}
	if code, _ := s.get(t, "payment/40").faultOf(t); code != "610" {
		t.Errorf("the deleted one answers %s", code)
	}
	if id, err := s.Create("Payment", `{}`); err != nil || id != "42" {
		t.Errorf("created %s, %v", id, err)
	}
	for name, err := range map[string]error{
		"no entity":        s.Update("Custmoer", "7", `{}`),
		"no record":        s.Delete("Invoice", "7"),
		"a name":           s.Delete("Customer", "7"),
		"a transaction":    s.Deactivate("Invoice", "9"),
		"members of none":  s.Update("Invoice", "9", `[]`),
		"members unquoted": s.Update("Invoice", "9", `{x:1}`),
	} {
		if err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := s.Create("Invoice", `{"Id":"41"}`); !errors.Is(err, errDuplicateID) {
		t.Errorf("a second 41: %v", err)
	}
	if _, err := s.Create("Invoice", `7`); !errors.Is(err, errNotObject) {
		t.Errorf("a number: %v", err)
	}
}

// Orders that were asked for before a change are right after it, without being
// sorted again.
func TestOrdersFollowChanges(t *testing.T) {
	for _, lexical := range []bool{false, true} {
		s, now := clocked(t, manyInvoices(120), Options{LexicalIDs: lexical})
		statements := []string{
			"SELECT * FROM Invoice MAXRESULTS 1000", "SELECT * FROM Invoice ORDERBY Id MAXRESULTS 1000", "SELECT * FROM Invoice ORDERBY DocNumber DESC, Id MAXRESULTS 1000",
			"SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime >= '2026-01-05' ORDERBY MetaData.LastUpdatedTime, Id MAXRESULTS 1000",
		}
		for _, statement := range statements {
			s.rows(t, statement)
		}
		for n := range 40 {
			*now = now.Add(time.Duration(n%3) * time.Second)
			if _, err := s.Create("Invoice", fmt.Sprintf(`{"DocNumber":"N-%d"}`, n%7)); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(s.Delete("Invoice", fmt.Sprint(n*2+1)), s.Update("Invoice", fmt.Sprint(n*2+2), fmt.Sprintf(`{"DocNumber":"N-%d"}`, n%5))); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range statements {
			kept := s.rows(t, statement).ids()
			clear(s.tables["Invoice"].orders)
			if sorted := s.rows(t, statement).ids(); kept != sorted {
				t.Errorf("%s: %s, sorted anew %s", statement, kept, sorted)
			}
		}
	}
}

func (s testServer) changesSince(t *testing.T, entities, since string) answer {
	t.Helper()
	return s.get(t, "cdc?entities="+entities+"&changedSince="+url.QueryEscape(since))
}

func TestChangeDataCapture(t *testing.T) {
	const envelope = `{"CDCResponse":[{"QueryResponse":[%s]}],"time":"` + testTime + `"}`
	row := func(kind, id, at string) string {
		return fmt.Sprintf(`{"Id":"%s","MetaData":{"CreateTime":"%s","LastUpdatedTime":"%s"},"SyncToken":"0","domain":"QBO","sparse":false}`, id, at, at)
	}
	const early, late = "2026-06-20T08:00:00-07:00", "2026-06-30T08:00:00-07:00"
	s, now := clocked(t, files{
		"Invoice.jsonl":  row("Invoice", "1", early) + "\n" + row("Invoice", "2", late) + "\n",
		"Customer.jsonl": row("Customer", "5", "2026-05-01T00:00:00-07:00") + "\n",
	}, Options{})
	*now = now.Add(-time.Hour)
	id, err := s.Create("Payment", `{}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("Payment", id); err != nil {
		t.Fatal(err)
	}
	*now = noon
	gone := `{"Payment":[{"domain":"QBO","status":"Deleted","Id":"3","MetaData":{"LastUpdatedTime":"2026-07-01T11:00:00-07:00"}}],"maxResults":1,"totalCount":1}`
	for _, tt := range []struct{ name, entities, since, want string }{
		{"rows, nothing, deletions", "Invoice,Customer,Payment", "2026-06-15T00:00:00-07:00", fmt.Sprintf(envelope, `{"Invoice":[`+row("", "1", early)+`,`+row("", "2", late)+`],"startPosition":1,"maxResults":2},{},`+gone)},
		{"in the order asked, lower case", "payment,invoice", "2026-06-25", fmt.Sprintf(envelope, gone+`,{"Invoice":[`+row("", "2", late)+`],"startPosition":1,"maxResults":1}`)},
		{"at that very instant", "Invoice", late, fmt.Sprintf(envelope, `{"Invoice":[`+row("", "2", late)+`],"startPosition":1,"maxResults":1}`)},
		{"not beyond 30 days", "Customer", "2011-01-01", fmt.Sprintf(envelope, `{}`)},
	} {
		if a := s.changesSince(t, tt.entities, tt.since); a.status != 200 || a.body != tt.want {
			t.Errorf("%s: %d\ngot  %s\nwant %s", tt.name, a.status, a.body, tt.want)
		}
	}
	for _, tt := range []struct{ entities, since, code string }{
		{"TaxCode", late, "2000"}, {"TimeActivity", late, "2000"}, {"JournalCode", late, "2000"}, {"Preferences", late, "2000"}, {"Custmoer", late, "4001"}, {"", late, "2020"}, {"Invoice", "", "2020"}, {"Invoice", "today", "2070"},
	} {
		a := s.changesSince(t, tt.entities, tt.since)
		if code, _ := a.faultOf(t); a.status != 400 || code != tt.code {
			t.Errorf("%q since %q: %s", tt.entities, tt.since, a.body)
		}
	}
	if n := s.Requests()["cdc"]; n != 12 {
		t.Errorf("%d requests", n)
	}
}

func TestSwitchesOfChangeDataCapture(t *testing.T) {
	ask := func(o Options, n int, entities, since string) answer {
		s, _ := clocked(t, nil, o)
		for range n {
			for _, entity := range []string{"Invoice", "Customer"} {
				if _, err := s.Create(entity, `{}`); err != nil {
					t.Fatal(err)
				}
			}
		}
		return s.changesSince(t, entities, since)
	}
	const today = "2026-07-01"
	if a := ask(Options{}, 600, "Customer,Invoice", today); !strings.Contains(a.body, `"maxResults":600`) || !strings.Contains(a.body, `"maxResults":400`) {
		t.Errorf("1,200 changes: %.200s", a.body)
	}
	for _, tt := range []struct {
		name string
		a    answer
		code string // "": no fault
		rows int
	}{
		{"as many as fit", ask(Options{MaxChanges: 4, OverflowFaults: true}, 2, "Invoice,Customer", today), "", 4},
		{"one too many, cut", ask(Options{MaxChanges: 3}, 2, "Invoice,Customer", today), "", 3},
		{"one too many, a fault", ask(Options{MaxChanges: 3, OverflowFaults: true}, 2, "Invoice,Customer", today), "10100", 0},
		{"too old, a fault", ask(Options{OverAgeFaults: true}, 1, "Invoice", "2026-05-31"), "2190", 0},
		{"just not too old", ask(Options{OverAgeFaults: true}, 1, "Invoice", "2026-06-02"), "", 1},
		{"at the instant, exclusive", ask(Options{ExclusiveSince: true}, 1, "Invoice", "2026-07-01T12:00:00-07:00"), "", 0},
		{"before it, exclusive", ask(Options{ExclusiveSince: true}, 1, "Invoice", "2026-07-01T11:59:59-07:00"), "", 1},
		{"a year old, told all the same", ask(Options{OldChanges: true}, 1, "Invoice", "2025-05-31"), "", 1},
		{"another case", ask(Options{ExactEntityNames: true}, 1, "invoice", today), "4001", 0},
	} {
		code := ""
		if tt.a.status != 200 {
			code, _ = tt.a.faultOf(t)
		}
		if rows := strings.Count(tt.a.body, `"SyncToken"`); code != tt.code || rows != tt.rows {
			t.Errorf("%s: code %q with %d rows, want %q with %d", tt.name, code, rows, tt.code, tt.rows)
		}
	}
}

// What is older than 30 days is told only where it was recorded so.
func TestOldChanges(t *testing.T) {
	for _, old := range []bool{false, true} {
		s, _ := clocked(t, files{"Invoice.jsonl": `{"Id":"1"}` + "\n"}, Options{OldChanges: old})
		if body := s.changesSince(t, "Invoice", "2011-01-01").body; strings.Contains(body, `"Id":"1"`) != old {
			t.Errorf("%v: %s", old, body)
		}
	}
}

// Faults of change data capture inside of its envelope, in an answer that says 200.
func TestChangeFaultsInside(t *testing.T) {
	s, _ := clocked(t, nil, Options{ChangeFaultsInside: true})
	a := s.changesSince(t, "TimeActivity", "2026-06-30")
	want := `{"CDCResponse":[{"Fault":{"Error":[{"Message":"Invalid or unsupported object name","Detail":"TimeActivity is not supported by change data capture","code":"2000"}],"type":"ValidationFault"}}],"time":"` + testTime + `"}`
	if a.status != http.StatusOK || a.body != want {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// Reading and changing at once: every page is of one instant, in its order.
func TestChangesWhileReading(t *testing.T) {
	s, _ := clocked(t, manyInvoices(300), Options{})
	var work sync.WaitGroup
	for n := range 4 {
		work.Go(func() {
			for range 40 {
				if _, err := s.Create("Invoice", `{}`); err != nil {
					t.Error(err)
				}
				_ = s.Update("Invoice", fmt.Sprint(n+1), `{"TotalAmt":1}`) // another may have deleted it
				_ = s.Delete("Invoice", fmt.Sprint(n+2))
			}
		})
		work.Go(func() {
			for range 20 {
				got := s.rows(t, "SELECT Id FROM Invoice ORDERBY Id MAXRESULTS 1000").rows
				if !slices.IsSortedFunc(got, func(a, b map[string]any) int { return compareNumericIDs(a["Id"].(string), b["Id"].(string)) }) {
					t.Error("a page is out of order")
				}
				s.changesSince(t, "Invoice", "2026-06-30")
			}
		})
	}
	work.Wait()
}

func BenchmarkChange(b *testing.B) {
	c, err := New(manyInvoices(100_000).open(b), testOptions())
	if err != nil {
		b.Fatal(err)
	}
	c.tables["Invoice"].ordered([]ordering{{property: c.tables["Invoice"].index[updated]}})
	n := 0
	for b.Loop() {
		n = n%100_000 + 1
		if err := c.Update("Invoice", fmt.Sprint(n), `{"TotalAmt":1}`); err != nil {
			b.Fatal(err)
		}
	}
}
