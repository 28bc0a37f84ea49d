package db

import (
	"context"
	"fmt"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// productPairs are products under their SKUs.
var productPairs = catalogue[reconcile.Product]{
	table: "products", keyColumn: "sku", near: reconcile.NearKey, keyOf: func(p *reconcile.Product) string { return p.SKU },
	pair: reconcile.PairProducts, family: reconcile.FamilySKU,
	recordName: "' product/' || CASE m.system WHEN 1 THEN 'hubspot' ELSE 'quickbooks' END || '/' || m.external_id",
	place:      []string{"system", "external_id"},
	placeOf: func(name string) ([]any, error) {
		_, system, id, err := recordOf(name)
		return []any{code(system), text(id)}, err
	},
}

func (r *Repo) products() pairing[reconcile.Product] {
	return pairing[reconcile.Product]{&productPairs, r}
}

// recordOf reads the name of the pair of a record without a key.
func recordOf(name string) (kind string, s reconcile.System, id string, err error) {
	parts := strings.SplitN(strings.TrimPrefix(name, " "), "/", 3)
	if len(parts) != 3 {
		return "", "", "", fmt.Errorf("%q names no record: %w", name, reconcile.ErrNotFound)
	}
	return parts[0], reconcile.System(parts[1]), parts[2], nil
}

// ProductPairs returns what the two catalogues have under their SKUs, in the order of
// the query, at most Limit of them.
func (r *Repo) ProductPairs(ctx context.Context, q PairQuery) ([]reconcile.ProductPair, error) {
	list, err := r.products().list(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list product pairs: %w", err)
	}
	return list, nil
}

// CountProductPairs returns how many pairs a query leaves; After and Limit do not count.
func (r *Repo) CountProductPairs(ctx context.Context, q PairQuery) (int, error) {
	n, err := r.products().count(ctx, q)
	if err != nil {
		return 0, fmt.Errorf("count product pairs: %w", err)
	}
	return n, nil
}

// ProductPair returns the pair of a name, or reconcile.ErrNotFound.
func (r *Repo) ProductPair(ctx context.Context, name string) (reconcile.ProductPair, error) {
	p, err := r.products().byName(ctx, name)
	if err != nil {
		return p, fmt.Errorf("product pair %.60q: %w", name, err)
	}
	return p, nil
}

// ProductByID returns the current product of a vendor's id, or reconcile.ErrNotFound.
func (r *Repo) ProductByID(ctx context.Context, s reconcile.System, id string) (reconcile.Product, error) {
	return masterByID[reconcile.Product](ctx, r, shelfOf(0, s, reconcile.ObjectProducts), id)
}

func masterByID[T any](ctx context.Context, r *Repo, sh shelf, id string) (record T, err error) {
	found, err := gatherBy[T](ctx, r, sh, []string{id})
	if err == nil && len(found) == 0 {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return record, fmt.Errorf("%s %s %s: %w", sh.system, sh.object, id, err)
	}
	return found[0], nil
}
