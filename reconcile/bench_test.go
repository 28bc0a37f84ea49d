package reconcile

import (
	"fmt"
	"testing"
	"time"
)

// benchMasters holds n products and customers of each system.
func benchMasters(n int) *Masters {
	var data MasterData
	for i := range n {
		for _, s := range Systems {
			data.Products = append(data.Products, Product{System: s, ID: fmt.Sprint(i), SKU: fmt.Sprintf("PROD-%06d", i), Active: true})
			data.Customers = append(data.Customers, Customer{System: s, ID: fmt.Sprint(i), Email: fmt.Sprintf("billing@customer-%06d.example", i), Active: true})
		}
	}
	return NewMasters(data, DefaultSettings())
}

func benchInvoice(s System, n int) Invoice {
	i := Invoice{System: s, ID: fmt.Sprint(n), Number: fmt.Sprintf("INV-%07d", n), Status: StatusOpen, Date: date("2026-10-01"), DueDate: date("2026-10-31"),
		Currency: "USD", CustomerID: fmt.Sprint(n % 1000), CreatedAt: asOf.Add(-48 * time.Hour)}
	for l := range 4 {
		line := Line{ProductID: fmt.Sprint((n + l) % 1000), Quantity: dec("3"), Price: dec("19.95"), Amount: 5985}
		i.Lines = append(i.Lines, line)
		i.Total += line.Amount
	}
	i.Balance = i.Total
	return i
}

func BenchmarkFile(b *testing.B) {
	m, i := benchMasters(1000), benchInvoice(HubSpot, 7)
	b.ReportAllocs()
	for b.Loop() {
		m.File(i)
	}
}

func BenchmarkComparePair(b *testing.B) {
	m := benchMasters(1000)
	hs, qb := benchInvoice(HubSpot, 7), benchInvoice(QuickBooks, 7)
	qb.Lines[2].Price = dec("19.96")
	m.Resolve(&hs)
	m.Resolve(&qb)
	b.ReportAllocs()
	for b.Loop() {
		m.ComparePair(&hs, &qb)
	}
}

// BenchmarkMergeAdd streams pairs that agree, which most do, through Merge and Add.
func BenchmarkMergeAdd(b *testing.B) {
	const pairs = 10000
	m := benchMasters(1000)
	var hs, qb []Entry
	for n := range pairs {
		hs, qb = append(hs, m.File(benchInvoice(HubSpot, n))), append(qb, m.File(benchInvoice(QuickBooks, n)))
	}
	b.ReportAllocs()
	for b.Loop() {
		c := NewComparison(Input{Masters: m, AsOf: asOf, Emit: func(Finding) {}})
		for g, err := range Merge(stream(hs...), stream(qb...)) {
			if err != nil {
				b.Fatal(err)
			}
			if _, look := c.Add(g); look {
				b.Fatal("a pair differs")
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/pairs, "ns/pair")
}

func BenchmarkDiagnose(b *testing.B) {
	m, i := benchMasters(1000), benchInvoice(HubSpot, 7)
	m.Resolve(&i)
	b.ReportAllocs()
	for b.Loop() {
		m.Diagnose(Case{Invoice: &i, AsOf: asOf})
	}
}

func BenchmarkNewMasters(b *testing.B) {
	var data MasterData
	for i := range 10000 {
		for _, s := range Systems {
			data.Customers = append(data.Customers, Customer{System: s, ID: fmt.Sprint(i), Email: fmt.Sprintf("billing@customer-%06d.example", i), Active: true})
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		NewMasters(data, DefaultSettings())
	}
}
