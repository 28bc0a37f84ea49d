package wire

import (
	"github.com/govalues/decimal"

	"github.com/tieout/tieout/reconcile"
)

// An InvoicePair is an invoice with its partner, or without one.
type InvoicePair struct {
	// Cursor is the pair's place in its list.
	Cursor     string
	State      reconcile.PairState
	HubSpot    *InvoiceEntry
	QuickBooks *InvoiceEntry
}

// Key returns what pairs the two: number or link.
func (p *InvoicePair) Key() string {
	if p.HubSpot != nil {
		return p.HubSpot.Entry.MatchKey
	}
	if p.QuickBooks != nil {
		return p.QuickBooks.Entry.MatchKey
	}
	return ""
}

// An InvoiceEntry is an invoice as lists show it.
type InvoiceEntry struct {
	System reconcile.System
	Entry  reconcile.Entry
}

// NewEntry makes the list form of an entry; of none it is none.
func NewEntry(s reconcile.System, e *reconcile.Entry) *InvoiceEntry {
	if e == nil {
		return nil
	}
	return &InvoiceEntry{System: s, Entry: *e}
}

// ExternalID returns the vendor's id.
func (e *InvoiceEntry) ExternalID() string { return e.Entry.ID }

// Status returns the invoice's status.
func (e *InvoiceEntry) Status() reconcile.Status { return e.Entry.Status }

// Date returns the invoice's business date.
func (e *InvoiceEntry) Date() reconcile.Date { return e.Entry.Date }

// Total returns what the invoice adds up to.
func (e *InvoiceEntry) Total() reconcile.Money {
	return reconcile.Money{Minor: e.Entry.Total, Currency: e.Entry.Currency}
}

// Balance returns what is still owed.
func (e *InvoiceEntry) Balance() reconcile.Money {
	return reconcile.Money{Minor: e.Entry.Balance, Currency: e.Entry.Currency}
}

// An InvoiceLine is a line with the currency that its amount is in.
type InvoiceLine struct {
	SKU       string
	ProductID string
	Name      string
	Quantity  decimal.Decimal
	Price     decimal.Decimal
	Amount    reconcile.Money
	TaxRateID string
}

// NewLines returns the lines of an invoice.
func NewLines(i *reconcile.Invoice) []InvoiceLine {
	lines := make([]InvoiceLine, len(i.Lines))
	for n := range i.Lines {
		l := &i.Lines[n]
		lines[n] = InvoiceLine{l.SKU, l.ProductID, l.Name, l.Quantity, l.Price, i.Money(l.Amount), l.TaxRateID}
	}
	return lines
}
