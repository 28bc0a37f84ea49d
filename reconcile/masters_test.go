package reconcile

import (
	"testing"
)

// TestBasis: what entries are made of changes the basis, what they are not made of
// does not; the order of the records does not count.
func TestBasis(t *testing.T) {
	base := func(change func(*world)) (hs, qb BasisHash) {
		w := &world{settings: DefaultSettings()}
		w.read(t, HubSpot, "")
		w.read(t, QuickBooks, "")
		if change != nil {
			change(w)
		}
		m := NewMasters(w.data, w.settings)
		return m.Basis(HubSpot), m.Basis(QuickBooks)
	}
	hs, qb := base(nil)
	if hs == qb || hs == (BasisHash{}) {
		t.Errorf("%x %x", hs, qb)
	}
	for _, tt := range []struct {
		name   string
		change func(*world)
		hs, qb bool
	}{
		{"nothing", func(*world) {}, false, false},
		{"order", func(w *world) {
			w.data.Products, w.data.Customers = reversed(w.data.Products), reversed(w.data.Customers)
		}, false, false},
		{"a SKU of HubSpot", func(w *world) { w.data.Products[0].SKU = "X" }, true, false},
		{"an e-mail of QuickBooks", func(w *world) { w.data.Customers[3].Email = "x@y.z" }, false, true},
		{"SKUs change places", func(w *world) { p := w.data.Products; p[0].SKU, p[1].SKU = p[1].SKU, p[0].SKU }, true, false},
		{"a new customer", func(w *world) { w.data.Customers = append(w.data.Customers, Customer{System: HubSpot, ID: "9"}) }, true, false},
		{"a new company", func(w *world) {
			w.data.Customers = append(w.data.Customers, Customer{System: HubSpot, ID: "9", Company: true})
		}, true, false},
		{"a name", func(w *world) { w.data.Products[0].Name, w.data.Customers[0].Name = "X", "Y" }, false, false},
		{"the e-mail setting", func(w *world) { w.settings = with(w.settings, "email_match", "normalized") }, true, true},
		{"the mapping", func(w *world) { w.settings = with(w.settings, "tax_mapping", "7=17") }, true, true},
		{"unmapped rates", func(w *world) { w.settings = with(w.settings, "unmapped_tax", "NON") }, true, true},
		{"the status filter", func(w *world) { w.settings = with(w.settings, "status_filter", "draft", "grace", "5h") }, false, false},
	} {
		h, q := base(tt.change)
		if (h != hs) != tt.hs || (q != qb) != tt.qb {
			t.Errorf("%s: HubSpot's basis changed %t, QuickBooks' %t; want %t, %t", tt.name, h != hs, q != qb, tt.hs, tt.qb)
		}
	}
}

// TestResolve: a line's own SKU goes before its product's, blanks are none, and
// lines that are shared with a copy are not written to.
func TestResolve(t *testing.T) {
	w := &world{settings: DefaultSettings()}
	w.read(t, HubSpot, `{"products":[{"id":"1","sku":"PROD-001"},{"id":"2","sku":" "}],"customers":[{"id":"1","email":"  "}],
		"invoices":[{"id":"101","number":"A-1","lines":[{"sku":"OWN","productId":"1"},{"sku":" ","productId":"1"},{"sku":"","productId":"2"},{"sku":"  ","productId":"99"}]}]}`)
	m := NewMasters(w.data, w.settings)
	i := w.invoices[0]
	m.Resolve(&i)
	got := []string{i.Lines[0].SKU, i.Lines[1].SKU, i.Lines[2].SKU, i.Lines[3].SKU}
	if want := []string{"OWN", "PROD-001", "", ""}; got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] || i.Email != "" {
		t.Errorf("%q %q, want %q", got, i.Email, want)
	}
	if w.invoices[0].Lines[1].SKU != " " {
		t.Error("the original was changed")
	}
	e := m.File(w.invoices[0])
	if want := FlagNoSKU | FlagNoEmail; e.Flags != want || e.MatchKey != "nA-1" || e.Number() != "A-1" {
		t.Errorf("flags %b, want %b; %+v", e.Flags, want, e)
	}
}
