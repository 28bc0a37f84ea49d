package reconcile

import (
	"cmp"
	"fmt"
	"strings"
)

// A System is one of the two vendor systems, as the API spells it.
type System string

// The systems. Where both are named, HubSpot comes first.
const (
	HubSpot    System = "hubspot"
	QuickBooks System = "quickbooks"
	// Both is the system of a finding that concerns a pair of records.
	Both System = "both"
)

// Systems lists the two systems in their fixed order.
var Systems = [2]System{HubSpot, QuickBooks}

// Other returns the opposite system; of Both it is Both.
func (s System) Other() System {
	switch s {
	case HubSpot:
		return QuickBooks
	case QuickBooks:
		return HubSpot
	}
	return s
}

// Title returns the vendor's own spelling of the system's name.
func (s System) Title() string {
	switch s {
	case HubSpot:
		return "HubSpot"
	case QuickBooks:
		return "QuickBooks"
	}
	return "both systems"
}

// A Direction says which way invoices flow. The zero value is unset: HubSpot is
// then called the source and nothing is written.
type Direction string

// The directions.
const (
	DirectionUnset      Direction = ""
	HubSpotToQuickBooks Direction = "hubspot_to_quickbooks"
	QuickBooksToHubSpot Direction = "quickbooks_to_hubspot"
)

// Source returns the system that invoices flow from (SRC).
func (d Direction) Source() System {
	if d == QuickBooksToHubSpot {
		return QuickBooks
	}
	return HubSpot
}

// Destination returns the system that invoices flow to (DST).
func (d Direction) Destination() System { return d.Source().Other() }

// An Object is a kind of record that is pulled.
type Object string

// The objects, in the order in which they are pulled: what an invoice points at
// comes before the invoices.
const (
	ObjectTaxRates  Object = "tax_rates"
	ObjectProducts  Object = "products"
	ObjectCustomers Object = "customers" // HubSpot: contacts
	ObjectCompanies Object = "companies" // HubSpot only
	ObjectInvoices  Object = "invoices"
)

// Objects returns what is pulled from a system, in order.
func Objects(s System) []Object {
	if s == HubSpot {
		return []Object{ObjectTaxRates, ObjectProducts, ObjectCustomers, ObjectCompanies, ObjectInvoices}
	}
	return []Object{ObjectTaxRates, ObjectProducts, ObjectCustomers, ObjectInvoices}
}

// CompareIDs orders vendor ids: numbers by their value, and before all other
// text. Both vendors' ids are decimal strings of different length. Only equal
// ids compare as 0.
func CompareIDs(a, b string) int {
	switch isA, isB := isNumber(a), isNumber(b); {
	case isA && isB:
		x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y), strings.Compare(a, b))
	case isA:
		return -1
	case isB:
		return 1
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return s != ""
}

// A Company is what a system says of itself: the HubSpot portal or the
// QuickBooks company.
type Company struct {
	System   System `json:"system"`
	ID       string `json:"id"` // portal id or realm id
	Name     string `json:"name,omitempty"`
	TimeZone string `json:"timeZone"` // IANA name; UTC when the system tells none
	Currency string `json:"currency"` // home currency, ISO 4217
	Country  string `json:"country,omitempty"`
	// MultiCurrency says whether invoices in other currencies are possible.
	MultiCurrency bool `json:"multiCurrency,omitempty"`
	// CustomNumbers says whether the company takes invoice numbers from outside
	// (QuickBooks: Preferences.SalesFormsPrefs.CustomTxnNumbers).
	CustomNumbers bool `json:"customNumbers,omitempty"`
	// BooksClosed is the last day of the closed period; zero when none is closed.
	BooksClosed Date `json:"booksClosed,omitzero"`
}

func (c Company) String() string { return fmt.Sprintf("%s %s", c.System.Title(), c.ID) }
