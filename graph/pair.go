package graph

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

type (
	product  struct{ Config }
	customer struct{ Config }
)

func (r root) Product() generated.ProductResolver   { return product(r) }
func (r root) Customer() generated.CustomerResolver { return customer(r) }

// ProductPairs resolves Query.productPairs.
func (q query) ProductPairs(ctx context.Context, filter *generated.ProductPairFilter, sort []generated.PairSort, first *int, after *string, last *int, before *string) (*wire.ProductPairConnection, error) {
	page, err := wire.NewWindow(first, after, last, before, "productPairs", filter, sort)
	if err != nil {
		return nil, err
	}
	f := pairFilter{}
	if filter != nil {
		f = pairFilter{filter.State, filter.Sku, filter.HasFindings, filter.HasDuplicates}
	}
	ask, err := f.query(page, sort)
	if err != nil {
		return nil, err
	}
	list, err := q.Repo.ProductPairs(ctx, ask)
	if err != nil {
		return nil, err
	}
	c := wire.Connect(page, q.productPairs(list), func(p *wire.ProductPair) []string { return []string{p.Pair.Name} })
	c.Count = func(ctx context.Context) (int, error) { return q.Repo.CountProductPairs(ctx, ask) }
	return c, nil
}

// CustomerPairs resolves Query.customerPairs.
func (q query) CustomerPairs(ctx context.Context, filter *generated.CustomerPairFilter, sort []generated.PairSort, first *int, after *string, last *int, before *string) (*wire.CustomerPairConnection, error) {
	page, err := wire.NewWindow(first, after, last, before, "customerPairs", filter, sort)
	if err != nil {
		return nil, err
	}
	f := pairFilter{}
	if filter != nil {
		f = pairFilter{filter.State, filter.Email, filter.HasFindings, filter.HasDuplicates}
	}
	ask, err := f.query(page, sort)
	if err != nil {
		return nil, err
	}
	settings, _, err := q.Repo.Settings(ctx)
	if err != nil {
		return nil, err
	}
	list, err := q.Repo.CustomerPairs(ctx, settings.EmailMatch, ask)
	if err != nil {
		return nil, err
	}
	c := wire.Connect(page, q.customerPairs(list), func(p *wire.CustomerPair) []string { return []string{p.Pair.Name} })
	c.Count = func(ctx context.Context) (int, error) {
		return q.Repo.CountCustomerPairs(ctx, settings.EmailMatch, ask)
	}
	return c, nil
}

// A pairFilter is what the filters of products and customers have in common.
type pairFilter struct {
	state      *generated.MatchKindComparator
	key        *generated.KeyComparator
	findings   *bool
	duplicates *bool
}

// query reads the arguments of a list of pairs.
func (f *pairFilter) query(page wire.Page, sort []generated.PairSort) (db.PairQuery, error) {
	ask := db.PairQuery{Limit: page.Limit(), Backwards: page.Backwards, Findings: f.findings, Duplicates: f.duplicates}
	if page.After != nil {
		ask.After = page.After[0]
	}
	if len(sort) > 1 {
		return ask, wire.Coded("FILTER_INVALID", "sort names more than one field")
	}
	if len(sort) == 1 && sort[0].Direction == generated.SortDirectionDesc {
		ask.Backwards = !ask.Backwards
	}
	if f.state != nil {
		ask.Kinds = kinds(f.state)
	}
	var err error
	ask.Keys, err = keyTerms(f.key)
	return ask, err
}

// kinds lists the kinds for which a comparison holds; there may be none.
func kinds(c *generated.MatchKindComparator) []reconcile.MatchKind {
	list := []reconcile.MatchKind{}
	for _, r := range reconcile.SKUKinds {
		if (c.Eq == nil || r.Kind == *c.Eq) && (c.Neq == nil || r.Kind != *c.Neq) &&
			(c.In == nil || slices.Contains(c.In, r.Kind)) && !slices.Contains(c.Nin, r.Kind) {
			list = append(list, r.Kind)
		}
	}
	return list
}

func keyTerms(c *generated.KeyComparator) ([]db.KeyTerm, error) {
	if c == nil {
		return nil, nil
	}
	var list []db.KeyTerm
	for _, one := range []struct {
		op    db.Op
		value *string
	}{{db.Eq, c.Eq}, {db.Contains, c.Contains}, {db.StartsWith, c.StartsWith}} {
		if one.value == nil {
			continue
		}
		if strings.TrimSpace(*one.value) == "" {
			return nil, wire.Coded("FILTER_INVALID", "%s: want more than blanks; records without a key are asked for by state", one.op)
		}
		list = append(list, db.KeyTerm{Op: one.op, Value: *one.value})
	}
	return list, nil
}

// productPairs puts pairs on a page.
func (c Config) productPairs(list []reconcile.ProductPair) []wire.ProductPair {
	homes, page := c.homes(), pageFindings(c, reconcile.FamilySKU, list)
	pairs := make([]wire.ProductPair, len(list))
	for n := range list {
		pairs[n] = wire.ProductPair{MasterPair: wire.MasterPair[reconcile.Product]{Pair: list[n], Page: page, GlobalID: c.id(typeProductPair, list[n].Name)}, Homes: homes}
	}
	return pairs
}

// customerPairs puts pairs on a page.
func (c Config) customerPairs(list []reconcile.CustomerPair) []wire.CustomerPair {
	page := pageFindings(c, reconcile.FamilyCustomer, list)
	pairs := make([]wire.CustomerPair, len(list))
	for n := range list {
		pairs[n] = wire.CustomerPair{MasterPair: wire.MasterPair[reconcile.Customer]{Pair: list[n], Page: page, GlobalID: c.id(typeCustomerPair, list[n].Name)}}
	}
	return pairs
}

// pageFindings asks once for the findings on all pairs of a page.
func pageFindings[T any](c Config, family reconcile.Family, list []reconcile.MasterPair[T]) wire.PairFindings {
	names := make([]string, len(list))
	for n := range list {
		names[n] = list[n].Name
	}
	return wire.PairFindings{
		Records: wire.NewLazy(func(ctx context.Context) (map[string][]reconcile.FindingRecord, error) {
			return c.Repo.FindingsOnPairs(ctx, family, names)
		}),
		Tallies: wire.NewLazy(func(ctx context.Context) (map[string]reconcile.PairTally, error) {
			return c.Repo.TallyPairs(ctx, family, names)
		}),
	}
}

// homes asks once for the home currencies of the systems.
func (c Config) homes() *wire.Homes {
	return wire.NewLazy(func(ctx context.Context) (map[reconcile.System]string, error) {
		by := map[reconcile.System]string{}
		for _, s := range reconcile.Systems {
			company, err := c.Repo.Company(ctx, s)
			if err != nil && !errors.Is(err, reconcile.ErrNotFound) {
				return nil, err
			}
			by[s] = company.Currency
		}
		return by, nil
	})
}

// ID resolves Product.id.
func (p product) ID(_ context.Context, obj *wire.Product) (string, error) {
	return p.id(typeProduct, string(obj.System)+":"+obj.Product.ID), nil
}

// ID resolves Customer.id.
func (c customer) ID(_ context.Context, obj *reconcile.Customer) (string, error) {
	object := reconcile.ObjectCustomers
	if obj.Company {
		object = reconcile.ObjectCompanies
	}
	return c.id(typeCustomer, string(obj.System)+":"+string(object)+":"+obj.ID), nil
}

// findMaster returns the product, customer or pair behind a global id.
func (q query) findMaster(ctx context.Context, g wire.GlobalID) (wire.Node, error) {
	system, id, _ := strings.Cut(g.Local, ":")
	switch g.Type {
	case typeProduct:
		p, err := q.Repo.ProductByID(ctx, reconcile.System(system), id)
		return wire.Product{Product: p, Homes: q.homes()}, err
	case typeCustomer:
		object, id, _ := strings.Cut(id, ":")
		return q.Repo.CustomerByID(ctx, reconcile.System(system), object == string(reconcile.ObjectCompanies), id)
	case typeProductPair:
		p, err := q.Repo.ProductPair(ctx, g.Local)
		return q.productPairs([]reconcile.ProductPair{p})[0], err
	}
	settings, _, err := q.Repo.Settings(ctx)
	if err != nil {
		return nil, err
	}
	p, err := q.Repo.CustomerPair(ctx, settings.EmailMatch, g.Local)
	return q.customerPairs([]reconcile.CustomerPair{p})[0], err
}
