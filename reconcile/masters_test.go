package reconcile

import (
	"testing"
)

// TestBasis: the settings that entries are made of change the basis, others do not.
func TestBasis(t *testing.T) {
	basis := func(keyValues ...string) BasisHash {
		s := with(DefaultSettings(), keyValues...)
		return s.Basis()
	}
	for _, tt := range []struct {
		name    string
		change  []string
		another bool
	}{
		{"the e-mail setting", []string{"email_match", "normalized"}, true},
		{"the mapping", []string{"tax_mapping", "7=17"}, true},
		{"unmapped rates", []string{"unmapped_tax", "NON"}, true},
		{"the status filter", []string{"status_filter", "draft", "grace", "5h"}, false},
	} {
		if changed := basis(tt.change...) != basis(); changed != tt.another {
			t.Errorf("%s: the basis changed %t, want %t", tt.name, changed, tt.another)
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
