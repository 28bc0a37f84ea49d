package hubspotsim

import (
	"bufio"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tieout/tieout/sandbox"
)

// large writes a dataset of that many invoices with three lines each.
func large(b *testing.B, n int) *sandbox.Dataset {
	b.Helper()
	dir := b.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "hubspot"), 0o755); err != nil {
		b.Fatal(err)
	}
	write := func(name string, n int, record func(i int) string) {
		f, err := os.Create(filepath.Join(dir, "hubspot", name))
		if err != nil {
			b.Fatal(err)
		}
		w := bufio.NewWriter(f)
		for i := range n {
			fmt.Fprintln(w, record(i))
		}
		if err := w.Flush(); err != nil {
			b.Fatal(err)
		}
		if err := f.Close(); err != nil {
			b.Fatal(err)
		}
	}
	const dates = `"createdAt":"2026-03-08T14:54:17.333Z","updatedAt":"2026-03-09T09:00:00.011Z","archived":false`
	write("contacts.jsonl", n/10, func(i int) string {
		return fmt.Sprintf(`{"id":"%d","properties":{"email":"customer%d@example.test","firstname":"First","lastname":"Last %d"},%s}`, 1000+i, i, i, dates)
	})
	write("invoices.jsonl", n, func(i int) string {
		return fmt.Sprintf(`{"id":"%d","properties":{"hs_number":"INV-%d","hs_currency":"USD","hs_invoice_status":"open","hs_invoice_date":"2026-03-08T00:00:00.000Z",`+
			`"hs_due_date":"2026-04-08T00:00:00.000Z","hs_amount_billed":"%d.50","hs_balance_due":"%d.50","hs_invoice_billable":"true","hs_purchase_order_number":"PO-%d",`+
			`"hs_comments":"Thank you for your business","hs_object_source":"CRM_UI","hs_createdate":"2026-03-08T14:54:17.333Z","hs_lastmodifieddate":"2026-03-09T09:00:00.011Z",`+
			`"hs_object_id":"%d"},%s,"associations":{"contacts":["%d"],"line_items":["%d","%d","%d"]}}`,
			500000+i, i, i, i, i, 500000+i, dates, 1000+i%(n/10), 9000000+3*i, 9000001+3*i, 9000002+3*i)
	})
	write("line_items.jsonl", 3*n, func(i int) string {
		return fmt.Sprintf(`{"id":"%d","properties":{"name":"Product %d","hs_sku":"SKU-%d","quantity":"2","price":"15.0","amount":"30.00","discount":null,"hs_product_id":"%d",`+
			`"hs_tax_rate_group_id":"15970230","hs_tax_amount":"1.88","hs_line_item_currency_code":"USD","hs_position_on_quote":"%d","hs_lastmodifieddate":"2026-03-09T09:00:00.011Z"},%s}`,
			9000000+i, i%500, i%500, i%500, i%3, dates)
	})
	ds, err := sandbox.Open(dir)
	if err != nil {
		b.Fatal(err)
	}
	return ds
}

// BenchmarkLoad loads 100,000 invoices with 300,000 lines. Once loaded they
// may take 1.5 GB.
func BenchmarkLoad(b *testing.B) {
	ds := large(b, 100_000)
	for b.Loop() {
		p, err := New(ds, Options{Open: true})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.Sys)/1e6, "MB-from-system")
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-kept")
		runtime.KeepAlive(p)
		b.StartTimer()
	}
}

// BenchmarkServe answers one request of each kind that a full pull of 20,000
// invoices is made of.
func BenchmarkServe(b *testing.B) {
	p, err := New(large(b, 20_000), Options{Open: true})
	if err != nil {
		b.Fatal(err)
	}
	list := make([]string, 100)
	for i := range list {
		list[i] = fmt.Sprintf(`{"id":"%d"}`, 9000000+i)
	}
	invoices := make([]string, 1000)
	for i := range invoices {
		invoices[i] = fmt.Sprintf(`{"id":"%d"}`, 500000+i)
	}
	for _, bb := range []struct{ name, method, path, body string }{
		{"list", "GET", "/crm/objects/2026-03/invoices?limit=100&after=510000&properties=hs_number,hs_currency,hs_invoice_status,hs_invoice_date,hs_due_date,hs_amount_billed,hs_balance_due,hs_object_source", ""},
		{"batch read", "POST", "/crm/objects/2026-03/line_items/batch/read", `{"properties":["name","hs_sku","quantity","price","amount","discount"],"inputs":[` + strings.Join(list, ",") + `]}`},
		{"associations", "POST", "/crm/associations/2026-03/invoices/line_items/batch/read", `{"inputs":[` + strings.Join(invoices, ",") + `]}`},
		{"search", "POST", "/crm/objects/2026-03/invoices/search", `{"limit":200,"sorts":["hs_lastmodifieddate"],"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"1767225600000"}]}`},
	} {
		b.Run(bb.name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequest(bb.method, bb.path, strings.NewReader(bb.body))
				r.Header.Set("Authorization", "Bearer x")
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				p.ServeHTTP(w, r)
				if w.Code != 200 {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
