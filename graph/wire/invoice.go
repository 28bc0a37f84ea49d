package wire

import (
	"strings"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/reconcile"
)

// An InvoicePair is an invoice with its partner, or without one.
type InvoicePair struct {
	// Place is where the list goes on behind the pair.
	Place      []string
	State      reconcile.PairState
	HubSpot    *InvoiceEntry
	QuickBooks *InvoiceEntry
}

// Key returns what pairs the two: the number, or the link behind a word that says
// so. A match key starts with a letter for which of the two it is.
func (p *InvoicePair) Key() string {
	one := p.HubSpot
	if one == nil {
		one = p.QuickBooks
	}
	key := one.Entry.MatchKey
	if link, ok := strings.CutPrefix(key, "l"); ok {
		return "link:" + link
	}
	return strings.TrimPrefix(key, "n")
}

// An InvoiceEntry is an invoice as lists show it.
type InvoiceEntry struct{ Entry reconcile.Entry }

// NewEntry makes the list form of an entry; of none it is none.
func NewEntry(e *reconcile.Entry) *InvoiceEntry {
	if e == nil {
		return nil
	}
	return &InvoiceEntry{Entry: *e}
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
