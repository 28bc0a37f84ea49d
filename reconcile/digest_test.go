package reconcile

import (
	"slices"
	"testing"
)

// TestDigest: everything that is compared changes the digest, nothing else does.
func TestDigest(t *testing.T) {
	w := &world{settings: DefaultSettings()}
	w.read(t, HubSpot, `{"invoices":[{"id":"101","number":"A-1","fee":50,"shipping":20,"lines":[{"quantity":2},{"sku":"PROD-002","price":0}]}]}`)
	w.read(t, QuickBooks, "")
	m := NewMasters(w.data, w.settings)
	want := m.File(w.invoices[0]).Digest
	for _, tt := range []struct {
		name   string
		change func(*Invoice)
		equal  bool
	}{
		{"status", func(i *Invoice) { i.Status = StatusPaid }, false},
		{"currency", func(i *Invoice) { i.Currency = "EUR" }, false},
		{"customer", func(i *Invoice) { i.CustomerID = "2" }, false},
		{"date", func(i *Invoice) { i.Date = i.Date.AddDays(1) }, false},
		{"due date", func(i *Invoice) { i.DueDate = Date{} }, false},
		{"discount", func(i *Invoice) { i.Discount++ }, false},
		{"charges", func(i *Invoice) { i.Fee++ }, false},
		{"tax", func(i *Invoice) { i.Tax++ }, false},
		{"total", func(i *Invoice) { i.Total++ }, false},
		{"balance", func(i *Invoice) { i.Balance++ }, false},
		{"SKU", func(i *Invoice) { i.Lines[1].SKU = "PROD-003" }, false},
		{"price", func(i *Invoice) { i.Lines[0].Price = dec("100.001") }, false},
		{"quantity of a line of 0.00", func(i *Invoice) { i.Lines[1].Quantity = dec("3") }, false},
		{"amount", func(i *Invoice) { i.Lines[0].Amount++ }, false},
		{"a line less", func(i *Invoice) { i.Lines = i.Lines[:1] }, false},
		{"id and version", func(i *Invoice) { i.ID, i.Version = "7", "8" }, true},
		{"number", func(i *Invoice) { i.Number = "B-1" }, true}, // the match key's part
		{"fee as shipping", func(i *Invoice) { i.Fee, i.Shipping = 0, 70 }, true},
		{"order of lines", func(i *Invoice) { slices.Reverse(i.Lines) }, true},
		{"trailing zeros", func(i *Invoice) { i.Lines[0].Price, i.Lines[0].Quantity = dec("100.00"), dec("2.0") }, true},
		{"a line cut in two", func(i *Invoice) {
			half := i.Lines[0]
			half.Quantity, half.Amount = dec("1"), 10000
			i.Lines = []Line{half, i.Lines[1], half}
		}, true},
		{"the address on the invoice", func(i *Invoice) { i.BillEmail = "x@y.z" }, true},
	} {
		i := w.invoices[0]
		i.Lines = slices.Clone(i.Lines)
		tt.change(&i)
		if got := m.File(i).Digest == want; got != tt.equal {
			t.Errorf("%s: equal %t, want %t", tt.name, got, tt.equal)
		}
	}
}

// TestSumTotals: the sum has everything that its blocks have.
func TestSumTotals(t *testing.T) {
	side := func(n int) SideTotal {
		x := Tally{n, int64(100 * n)}
		return SideTotal{Population: x, InScope: x, Matched: x, OnlyHere: x, Pending: x, Excluded: map[ExclusionReason]Tally{ExcludedByStatus: x}, Unreadable: n}
	}
	blocks := []ControlTotal{
		{Currency: "USD", Month: "2026-10", HubSpot: side(1), QuickBooks: side(2), Differences: map[DifferenceClass]int64{ClassTax: 5, ClassDate: 7}},
		{Currency: "USD", Month: "2026-11", HubSpot: side(3), QuickBooks: side(4), Differences: map[DifferenceClass]int64{ClassUnexplained: 1, ClassDate: -7}},
	}
	sum := SumTotals(blocks)
	x, y := Tally{4, 400}, Tally{6, 600}
	for name, got := range map[string][2]Tally{
		"population": {sum.HubSpot.Population, sum.QuickBooks.Population}, "in scope": {sum.HubSpot.InScope, sum.QuickBooks.InScope},
		"matched": {sum.HubSpot.Matched, sum.QuickBooks.Matched}, "only here": {sum.HubSpot.OnlyHere, sum.QuickBooks.OnlyHere},
		"pending": {sum.HubSpot.Pending, sum.QuickBooks.Pending}, "excluded": {sum.HubSpot.Excluded[ExcludedByStatus], sum.QuickBooks.Excluded[ExcludedByStatus]},
	} {
		if got != [2]Tally{x, y} {
			t.Errorf("%s is %v", name, got)
		}
	}
	if _, left := sum.Differences[ClassDate]; left || sum.SumDifferences() != 6 || sum.Unexplained() != 1 || sum.HubSpot.Unreadable != 4 || sum.Currency != "USD" || sum.Month != "" {
		t.Errorf("%+v", sum)
	}
	if blocks[0].HubSpot.Excluded[ExcludedByStatus].Count != 1 {
		t.Error("adding up changed a block")
	}
}
