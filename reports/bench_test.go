package reports

import (
	"fmt"
	"io"
	"iter"
	"slices"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

// many streams n findings on unsynced invoices, made as they are asked for.
func many(n int) func([]reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
	f := found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, "INV", 482_000, "USD", 12)
	f.Reasons = []reconcile.Reason{{Gate: 12, Code: "SKU_NOT_FOUND", Text: "SKU CHAIR-900 is not in QuickBooks", Fix: "create the product"}}
	return func(codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
		return func(yield func(reconcile.FindingRecord, error) bool) {
			if !slices.Contains(codes, f.Code) {
				return
			}
			for k := range n {
				row := f
				row.Number = fmt.Sprintf("INV-2026-%06d", k)
				row.HubSpotID = fmt.Sprintf("90071992%09d", k*7919)
				row.ID = reconcile.Identify("northwind", row.Code, row.HubSpotID, "")
				row.Customer = fmt.Sprintf("billing@customer%d.example", k%20_000)
				row.Amount.Minor = int64(k)*37%10_000_000 + 1
				row.Date = f.Date.AddDays(-k % 300)
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// BenchmarkMismatches300k writes 300,000 rows of 20 columns and 5 to fill in, and
// as many rows of 4 columns on the hidden sheet.
func BenchmarkMismatches300k(b *testing.B) {
	in := sample()
	in.Findings = many(300_000)
	b.ReportAllocs()
	for b.Loop() {
		sum, err := WriteMismatches(io.Discard, in)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(sum.Bytes)/1e6, "MB/file")
	}
	b.ReportMetric(300_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
