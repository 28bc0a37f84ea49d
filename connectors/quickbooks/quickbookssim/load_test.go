package quickbookssim

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestLoadErrors(t *testing.T) {
	for _, tt := range []struct {
		name  string
		f     files
		is    error
		place string // file:line
	}{
		{"a file of no kind", files{"invoice.jsonl": ""}, nil, "invoice.jsonl: no object has this file; the nearest name is Invoice.jsonl"},
		{"no Id", files{"Invoice.jsonl": `{"Id":"1"}` + "\n" + `{"DocNumber":"7"}`}, errNoID, "Invoice.jsonl:2"},
		{"empty Id", files{"Item.jsonl": `{"Id":""}`}, errNoID, "Item.jsonl:1"},
		{"Id that is a number", files{"Item.jsonl": `{"Id":7}`}, errNoID, "Item.jsonl:1"},
		{"duplicate Id, empty lines between", files{"Customer.jsonl": `{"Id":"1"}` + "\n\n\r\n" + `{"Id":"2"}` + "\n\n" + `{"Id":"1"}` + "\n"}, errDuplicateID, "Customer.jsonl:6"},
		{"not an object", files{"Payment.jsonl": `["Id"]`}, errNotObject, "Payment.jsonl:1"},
		{"broken line", files{"Invoice.jsonl": `{"Id":"1"}` + "\n{"}, nil, "Invoice.jsonl:2"},
		{"broken singleton", files{"Preferences.json": `[]`}, errNotObject, "Preferences.json:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(tt.f.open(t), testOptions())
			if err == nil || tt.is != nil && !errors.Is(err, tt.is) {
				t.Fatalf("got %v, want %v", err, tt.is)
			}
			if want := filepath.Join("quickbooks", tt.place); !strings.Contains(err.Error(), want) {
				t.Errorf("%v does not name %s", err, want)
			}
		})
	}
}

func TestLoadTakesWhatIsThere(t *testing.T) {
	s := serve(t, files{
		"Item.jsonl": ` { "Id" : "5" , "Name" : "M\u00fctze \"L\"" , "Sku":null, "Future":{"a":[1,{"b":"]}"}]}, "sparse":true } `,
	}, testOptions())
	want := `{"Item":{ "Id" : "5" , "Name" : "M\u00fctze \"L\"" , "Sku":null, "Future":{"a":[1,{"b":"]}"}]}, "sparse":true,"SyncToken":"0",` +
		`"MetaData":{"CreateTime":"2019-12-31T16:00:00-08:00","LastUpdatedTime":"2019-12-31T16:00:00-08:00"},"domain":"QBO"},"time":"` + testTime + `"}`
	if got := s.get(t, "item/5").body; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for query, want := range map[string]string{
		`SELECT * FROM Item WHERE Name = 'Mütze "L"'`: "5",
		`SELECT * FROM Item WHERE Sku = ' '`:          "5",
	} {
		if got := s.rows(t, query).ids(); got != want {
			t.Errorf("%s: got %q, want %q", query, got, want)
		}
	}
	if code, detail := s.query(t, "SELECT * FROM Item WHERE Future = '1'").faultOf(t); code != "4001" || !strings.HasSuffix(detail, "property 'Future' is not queryable") {
		t.Errorf("a member of the dataset is known: %s %s", code, detail)
	}
}

// manyInvoices makes n invoices of three lines, about 1.5 KB each.
func manyInvoices(n int) files {
	const line = `{"Id":"%d","LineNum":%d,"Description":"Custom Design","Amount":337.50,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"4","name":"Design"},"UnitPrice":75,"Qty":4.5,"TaxCodeRef":{"value":"NON"}}}`
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"AllowIPNPayment":false,"domain":"QBO","sparse":false,"Id":"%d","SyncToken":"0","MetaData":{"CreateTime":"2026-01-02T10:00:00-08:00","LastUpdatedTime":"2026-01-%02dT10:00:00-08:00"},"CustomField":[{"DefinitionId":"1","Name":"Crew #","Type":"StringType"}],"DocNumber":"INV-%d","TxnDate":"2026-01-02","CurrencyRef":{"value":"USD","name":"United States Dollar"},"LinkedTxn":[],"Line":[`,
			n-i, i%28+1, i)
		for l := 1; l <= 3; l++ {
			fmt.Fprintf(&b, line+",", l, l)
		}
		b.WriteString(`{"Amount":1012.50,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}],"TxnTaxDetail":{"TotalTax":0},"CustomerRef":{"value":"1","name":"Amy's Bird Sanctuary"},"DueDate":"2026-02-01","TotalAmt":1012.50,"ApplyTaxAfterDiscount":false,"PrintStatus":"NeedToPrint","EmailStatus":"NotSet","Balance":1012.50}` + "\n")
	}
	return files{"Invoice.jsonl": b.String()}
}

func TestPagesCoverAllOnce(t *testing.T) {
	s := serve(t, manyInvoices(2500), testOptions())
	seen := map[string]bool{}
	for start := 1; ; start += 1000 {
		got := s.rows(t, fmt.Sprintf("SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime >= '2026-01-01' ORDERBY MetaData.LastUpdatedTime, Id STARTPOSITION %d MAXRESULTS 1000", start))
		for _, r := range got.rows {
			seen[r["Id"].(string)] = true
		}
		if len(got.rows) < 1000 {
			break
		}
	}
	if len(seen) != 2500 {
		t.Errorf("%d invoices in all pages", len(seen))
	}
}

func TestConcurrentRequests(t *testing.T) {
	s := serve(t, manyInvoices(200), testOptions())
	done := make(chan string)
	for i := range 8 {
		go func() {
			done <- s.rows(t, fmt.Sprintf("SELECT * FROM Invoice ORDERBY Balance DESC, Id STARTPOSITION %d MAXRESULTS 1", i+1)).ids()
		}()
	}
	got := map[string]bool{}
	for range 8 {
		got[<-done] = true
	}
	if len(got) != 8 || s.Requests()["query.Invoice"] != 8 {
		t.Errorf("rows %v, requests %v", got, s.Requests())
	}
}

func BenchmarkLoad(b *testing.B) {
	ds := manyInvoices(20_000).open(b)
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		c, err := New(ds, testOptions())
		if err != nil {
			b.Fatal(err)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/20_000, "heap-B/invoice")
		runtime.KeepAlive(c)
	}
}

func BenchmarkPage(b *testing.B) {
	c, err := New(manyInvoices(20_000).open(b), testOptions())
	if err != nil {
		b.Fatal(err)
	}
	for name, query := range map[string]string{
		"plain":    "SELECT * FROM Invoice ORDERBY Id STARTPOSITION 15001 MAXRESULTS 1000",
		"filtered": "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime >= '2026-01-02' ORDERBY Id STARTPOSITION 15001 MAXRESULTS 1000",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				stmt, err := parseStatement(query, false)
				if err != nil {
					b.Fatal(err)
				}
				sel, err := c.bind(stmt, false)
				if err != nil {
					b.Fatal(err)
				}
				if page, _ := sel.run(); len(page) != 1000 {
					b.Fatalf("%d rows", len(page))
				}
			}
		})
	}
}
