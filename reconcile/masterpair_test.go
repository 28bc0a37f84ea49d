package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// contacts makes customers with ids from 1 on; ! is before the e-mail of an inactive
// one.
func contacts(s System, emails ...string) []Customer {
	list := make([]Customer, len(emails))
	for n, email := range emails {
		address, inactive := strings.CutPrefix(email, "!")
		list[n] = Customer{System: s, ID: fmt.Sprint(n + 1), Email: address, Active: !inactive}
	}
	return list
}

func TestPairCustomers(t *testing.T) {
	for _, tt := range []struct {
		name              string
		hs, qb            []string
		exact, normalized MatchKind
		near              string // under exact
	}{
		{"equal", []string{"a@x.io"}, []string{"a@x.io"}, KindExact, KindExact, ""},
		{"case", []string{"A@x.io"}, []string{"a@x.io"}, KindCase, KindExact, "A@x.io a@x.io CASE"},
		{"an outer blank", []string{"a@x.io "}, []string{"a@x.io"}, KindSpace, KindExact, "a@x.io  a@x.io SPACE"},
		{"one of them inactive", []string{"a@x.io", "!a@x.io"}, []string{"a@x.io"}, KindExact, KindExact, ""},
		{"both cases on both sides", []string{"A@x.io", "a@x.io"}, []string{"a@x.io", "A@x.io"}, KindExact, KindAmbiguous, ""},
		{"both cases on one side", []string{"A@x.io", "a@x.io"}, []string{"a@x.io"}, KindAmbiguous, KindAmbiguous, "A@x.io a@x.io CASE"},
		{"several", []string{"a@x.io"}, []string{"a@x.io", "a@x.io"}, KindAmbiguous, KindAmbiguous, ""},
		{"only in HubSpot", []string{"a@x.io"}, nil, KindNoneQuickBooks, KindNoneQuickBooks, ""},
		{"only in QuickBooks", nil, []string{"a@x.io", "A@x.io"}, KindNoneHubSpot, KindNoneHubSpot, ""},
		{"without", []string{" "}, nil, KindBlank, KindBlank, ""},
	} {
		list := append(contacts(HubSpot, tt.hs...), contacts(QuickBooks, tt.qb...)...)
		p := PairCustomers(EmailExact, list)
		var near []string
		for _, keys := range p.Near {
			near = append(near, fmt.Sprintf("%s %s %s", keys.HubSpot, keys.QuickBooks, keys.Kind))
		}
		if p.Kind != tt.exact || strings.Join(near, ", ") != tt.near || len(p.HubSpot.Records) != len(tt.hs) || len(p.QuickBooks.Records) != len(tt.qb) {
			t.Errorf("%s: %+v", tt.name, p)
		}
		if p := PairCustomers(EmailNormalized, list); p.Kind != tt.normalized || len(p.Near) > 0 {
			t.Errorf("%s, normalized: %+v", tt.name, p)
		}
	}
}

// TestPairSides: the active records come first, keys are told once, and what is
// written in many ways is not spelled out in all of them.
func TestPairSides(t *testing.T) {
	list := append(items(HubSpot, "!A", "a", "A", "a"), items(QuickBooks, "A ", "!A ")...)
	side := PairProducts(list).HubSpot
	ids := make([]string, len(side.Records))
	for n, p := range side.Records {
		ids[n] = p.ID
	}
	if !slices.Equal(ids, []string{"2", "3", "4", "1"}) || !slices.Equal(side.Keys, []string{"A", "a"}) || side.Active != 3 || !side.Duplicate {
		t.Errorf("side %+v", side)
	}
	var many []string
	for n := range MostNear + 1 {
		many = append(many, "A"+strings.Repeat(" ", n+1))
	}
	if p := PairProducts(append(items(HubSpot, "A"), items(QuickBooks, many...)...)); len(p.Near) != MostNear || p.QuickBooks.Active != MostNear+1 {
		t.Errorf("%d near of %d", len(p.Near), p.QuickBooks.Active)
	}
	if keys := PairProducts(items(HubSpot, "")).HubSpot.Keys; len(keys) > 0 {
		t.Errorf("keys %q of none", keys)
	}
}

// TestPairKey: every finding on a SKU or an e-mail names the pair of a record that it
// is about.
func TestPairKey(t *testing.T) {
	w := world{settings: DefaultSettings()}
	w.settings.Direction = HubSpotToQuickBooks
	w.data.Products = append(items(HubSpot, "", "ONLY", "Near", "Kase", "TWICE", "TWICE"), items(QuickBooks, "near ", "kase", "TWICE", "there")...)
	w.data.Customers = append(contacts(HubSpot, "", "none@x.io", "A@x.io", "b@x.io"), contacts(QuickBooks, "a@x.io", "b@x.io", "b@x.io")...)
	w.data.Customers = append(w.data.Customers, Customer{System: HubSpot, ID: "1", Company: true, Active: true})
	for n, customer := range []string{"1", "2", "3", "4", "1"} {
		w.invoices = append(w.invoices, Invoice{
			System: HubSpot, ID: fmt.Sprint(n + 1), Number: fmt.Sprint("N", n), Status: StatusOpen, Date: date("2026-10-01"), Currency: "USD", Total: 100, Balance: 100,
			CustomerID: customer, OnCompany: n == 4, CreatedAt: asOf.AddDate(0, 0, -9), Lines: []Line{{ProductID: "1", Amount: 100}},
		})
	}
	names := map[string]bool{}
	for n := range w.data.Products {
		names[string(FamilySKU)+NearKey(w.data.Products[n].SKU)] = true
		names[string(FamilySKU)+PairProducts(w.data.Products[n:n+1]).Name] = true
	}
	for n := range w.data.Customers {
		names[string(FamilyCustomer)+PairCustomers(EmailExact, w.data.Customers[n:n+1]).Name] = true
	}
	seen := map[Code]bool{}
	for _, f := range w.compare().findings {
		rule, _ := RuleOf(f.Code)
		seen[f.Code] = true
		switch about := rule.Family == FamilySKU || rule.Family == FamilyCustomer; {
		case about && !names[string(rule.Family)+f.PairKey()]:
			t.Errorf("%s on %s is about pair %q, which is none", f.Code, f.Subject, f.PairKey())
		case !about && f.PairKey() != "":
			t.Errorf("%s on %s is about pair %q", f.Code, f.Subject, f.PairKey())
		}
	}
	for _, code := range append(FamilyCodes(FamilySKU), EmailMissing, EmailNotFound, EmailCase, EmailAmbiguous) {
		if !seen[code] {
			t.Errorf("no %s was raised: %v", code, seen)
		}
	}
}
