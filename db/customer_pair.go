package db

import (
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
)

// customers are paired by their e-mails, which match as a setting says. HubSpot's
// companies have none.
func (r *Repo) customers(match reconcile.EmailMatch) pairing[reconcile.Customer] {
	return pairing[reconcile.Customer]{repo: r, catalogue: &catalogue[reconcile.Customer]{
		table: "customers", keyColumn: "email", near: reconcile.NearEmail, keyOf: func(c *reconcile.Customer) string { return c.Email },
		pair: func(list []reconcile.Customer) reconcile.CustomerPair {
			return reconcile.PairCustomers(match, list)
		},
		family: reconcile.FamilyCustomer,
		recordName: "' ' || CASE m.object WHEN 'companies' THEN 'company' ELSE 'customer' END || '/' || " +
			"CASE m.system WHEN 1 THEN 'hubspot' ELSE 'quickbooks' END || '/' || m.external_id",
		place: []string{"system", "object", "external_id"},
		placeOf: func(name string) ([]any, error) {
			kind, system, id, err := recordOf(name)
			return []any{code(system), customerObject(kind == "company"), text(id)}, err
		},
	}}
}

// CustomerPairs returns what the two systems have under their customers' e-mails, in
// the order of the query, at most Limit of them.
func (r *Repo) CustomerPairs(ctx context.Context, match reconcile.EmailMatch, q PairQuery) ([]reconcile.CustomerPair, error) {
	list, err := r.customers(match).list(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list customer pairs: %w", err)
	}
	return list, nil
}

// CountCustomerPairs returns how many pairs a query leaves; After and Limit do not count.
func (r *Repo) CountCustomerPairs(ctx context.Context, match reconcile.EmailMatch, q PairQuery) (int, error) {
	n, err := r.customers(match).count(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("count customer pairs: %w", err)
	}
	return n, nil
}

// CustomerPair returns the pair of a name, or reconcile.ErrNotFound.
func (r *Repo) CustomerPair(ctx context.Context, match reconcile.EmailMatch, name string) (reconcile.CustomerPair, error) {
	p, err := r.customers(match).byName(ctx, name)
	if err != nil {
		return p, fmt.Errorf("customer pair %.60q: %w", name, err)
	}
	return p, nil
}

// CustomerByID returns the current customer of a vendor's id, or
// reconcile.ErrNotFound.
func (r *Repo) CustomerByID(ctx context.Context, s reconcile.System, company bool, id string) (reconcile.Customer, error) {
	return masterByID[reconcile.Customer](ctx, r, shelfOf(0, s, customerObject(company)), id)
}
