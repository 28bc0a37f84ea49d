package wire

import (
	"context"

	"github.com/tieout/tieout/reconcile"
)

// mostOnSide bounds the records and keys that one side of a pair shows.
const mostOnSide = 50

// PairFindings are the unresolved findings on the pairs of a page, by the pairs' names.
type PairFindings struct {
	Records *Lazy[map[string][]reconcile.FindingRecord]
	Tallies *Lazy[map[string]reconcile.PairTally]
}

// A MasterPair is a product or customer pair on its page.
type MasterPair[T any] struct {
	Pair     reconcile.MasterPair[T]
	Page     PairFindings
	GlobalID string
}

// ID returns the global id.
func (p *MasterPair[T]) ID() string { return p.GlobalID }

// Key returns what the records meet under.
func (p *MasterPair[T]) Key() string { return p.Pair.Key }

// State returns how they meet.
func (p *MasterPair[T]) State() reconcile.MatchKind { return p.Pair.Kind }

// Covered reports whether each key has its exact match, both active.
func (p *MasterPair[T]) Covered() bool { return p.Pair.Covered() }

// Near returns the keys that would match but for case or blanks.
func (p *MasterPair[T]) Near() []reconcile.NearKeys { return p.Pair.Near }

// Findings returns the unresolved findings on the pair.
func (p *MasterPair[T]) Findings(ctx context.Context) ([]reconcile.FindingRecord, error) {
	by, err := p.Page.Records.Get(ctx)
	return by[p.Pair.Name], err
}

// FindingCount returns how many unresolved findings there are.
func (p *MasterPair[T]) FindingCount(ctx context.Context) (int, error) {
	by, err := p.Page.Tallies.Get(ctx)
	return by[p.Pair.Name].Findings, err
}

// BlockedInvoices returns how many invoices the findings keep back.
func (p *MasterPair[T]) BlockedInvoices(ctx context.Context) (int, error) {
	by, err := p.Page.Tallies.Get(ctx)
	return by[p.Pair.Name].Invoices, err
}

// BlockedAmounts returns the totals of those by currency.
func (p *MasterPair[T]) BlockedAmounts(ctx context.Context) ([]reconcile.Money, error) {
	by, err := p.Page.Tallies.Get(ctx)
	return by[p.Pair.Name].Amounts, err
}

// A MasterSide is one side of a pair.
type MasterSide[T any] struct{ Side reconcile.MasterSide[T] }

// System returns the system.
func (s *MasterSide[T]) System() reconcile.System { return s.Side.System }

// Count returns how many records there are.
func (s *MasterSide[T]) Count() int { return len(s.Side.Records) }

// Duplicate reports whether several active records meet without exact matches.
func (s *MasterSide[T]) Duplicate() bool { return s.Side.Duplicate }

func (s *MasterSide[T]) keys() []string { return s.Side.Keys[:min(mostOnSide, len(s.Side.Keys))] }

func (s *MasterSide[T]) records() []T { return s.Side.Records[:min(mostOnSide, len(s.Side.Records))] }

// A ProductPair is what the catalogues have under one SKU.
type ProductPair struct {
	MasterPair[reconcile.Product]
	Homes *Homes
}

// Hubspot returns HubSpot's side.
func (p *ProductPair) Hubspot() ProductPairSide {
	return ProductPairSide{MasterSide[reconcile.Product]{p.Pair.HubSpot}, p.Homes}
}

// Quickbooks returns QuickBooks' side.
func (p *ProductPair) Quickbooks() ProductPairSide {
	return ProductPairSide{MasterSide[reconcile.Product]{p.Pair.QuickBooks}, p.Homes}
}

// A ProductPairSide is what one system has under a SKU.
type ProductPairSide struct {
	MasterSide[reconcile.Product]
	homes *Homes
}

// Skus returns the SKUs as they are written.
func (s *ProductPairSide) Skus() []string { return s.keys() }

// Products returns the products.
func (s *ProductPairSide) Products() []Product {
	records := s.records()
	list := make([]Product, len(records))
	for n := range records {
		list[n] = Product{records[n], s.homes}
	}
	return list
}

// Homes are the home currencies of the systems; a system that has not been pulled has
// none.
type Homes = Lazy[map[reconcile.System]string]

// A Product is a product with what its price is in.
type Product struct {
	reconcile.Product
	Homes *Homes
}

// UnitPrice returns the price with all decimals.
func (p *Product) UnitPrice() string { return p.Product.Price.String() }

// Price returns the price as money, or nil when that cannot be told exactly.
func (p *Product) Price(ctx context.Context) (*reconcile.Money, error) {
	homes, err := p.Homes.Get(ctx)
	if err != nil || homes[p.System] == "" {
		return nil, err
	}
	money, exact, err := reconcile.RoundHalfUp(p.Product.Price, homes[p.System])
	if err != nil || !exact {
		return nil, nil //nolint:nilerr // out of range: unitPrice tells it
	}
	return &money, nil
}

// A CustomerPair is what the systems have under one e-mail.
type CustomerPair struct {
	MasterPair[reconcile.Customer]
}

// Hubspot returns HubSpot's side.
func (p *CustomerPair) Hubspot() CustomerPairSide {
	return CustomerPairSide{MasterSide[reconcile.Customer]{p.Pair.HubSpot}}
}

// Quickbooks returns QuickBooks' side.
func (p *CustomerPair) Quickbooks() CustomerPairSide {
	return CustomerPairSide{MasterSide[reconcile.Customer]{p.Pair.QuickBooks}}
}

// A CustomerPairSide is what one system has under an e-mail.
type CustomerPairSide struct {
	MasterSide[reconcile.Customer]
}

// Emails returns the e-mails as they are written.
func (s *CustomerPairSide) Emails() []string { return s.keys() }

// Customers returns the customers.
func (s *CustomerPairSide) Customers() []reconcile.Customer { return s.records() }
