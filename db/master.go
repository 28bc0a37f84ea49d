package db

import (
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type productRow struct {
	bun.BaseModel `bun:"table:products,alias:p"`
	version

	SKU     key `bun:"sku"`
	NearKey key
	Body    []byte
}

type customerRow struct {
	bun.BaseModel `bun:"table:customers,alias:c"`
	version

	Object  string
	Email   key
	NearKey key
	Body    []byte
}

type taxRateRow struct {
	bun.BaseModel `bun:"table:tax_rates,alias:t"`
	version

	Body []byte
}

// StoreMasters files the products, customers, tax rates and unreadable records of
// a page under a run. Unchanged records are only sighted, changed ones get a new
// version. It returns how many were new or changed. A page is filed as a whole or
// not at all.
func (r *Repo) StoreMasters(ctx context.Context, run reconcile.RunID, page reconcile.Page) (int, error) {
	var changed int
	err := r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		changed = 0
		for _, store := range []func(context.Context, bun.Tx, reconcile.RunID, reconcile.Page) (int, error){
			r.storeProducts, r.storeCustomers, r.storeTaxRates, r.storeUnreadable,
		} {
			n, err := store(ctx, tx, run, page)
			if err != nil {
				return err
			}
			changed += n
		}
		return r.storePull(ctx, tx, page, changed)
	})
	if err != nil {
		return 0, fmt.Errorf("store %s %s, run %d: %w", page.System, page.Object, run, err)
	}
	return changed, nil
}

func (r *Repo) storeProducts(ctx context.Context, tx bun.Tx, run reconcile.RunID, page reconcile.Page) (int, error) {
	list := make([]filing[productRow], 0, len(page.Products))
	for _, p := range page.Products {
		f, err := newFiling(p.ID, p, func(v version, body []byte) productRow {
			return productRow{version: v, SKU: key(p.SKU), NearKey: key(reconcile.NearKey(p.SKU)), Body: body}
		})
		if err != nil {
			return 0, err
		}
		list = append(list, f)
	}
	return storeObject(ctx, r, tx, shelfOf(run, page.System, reconcile.ObjectProducts).by(page), list)
}

// storeCustomers files contacts and companies apart: HubSpot's ids are unique by
// object only.
func (r *Repo) storeCustomers(ctx context.Context, tx bun.Tx, run reconcile.RunID, page reconcile.Page) (int, error) {
	lists := map[reconcile.Object][]filing[customerRow]{}
	for _, c := range page.Customers {
		object := customerObject(c.Company)
		f, err := newFiling(c.ID, c, func(v version, body []byte) customerRow {
			return customerRow{version: v, Object: string(object), Email: key(c.Email), NearKey: key(reconcile.NearEmail(c.Email)), Body: body}
		})
		if err != nil {
			return 0, err
		}
		lists[object] = append(lists[object], f)
	}
	var changed int
	for _, object := range []reconcile.Object{reconcile.ObjectCustomers, reconcile.ObjectCompanies} {
		n, err := storeObject(ctx, r, tx, shelfOf(run, page.System, object).by(page), lists[object])
		if err != nil {
			return 0, err
		}
		changed += n
	}
	return changed, nil
}

func customerObject(company bool) reconcile.Object {
	if company {
		return reconcile.ObjectCompanies
	}
	return reconcile.ObjectCustomers
}

func (r *Repo) storeTaxRates(ctx context.Context, tx bun.Tx, run reconcile.RunID, page reconcile.Page) (int, error) {
	list := make([]filing[taxRateRow], 0, len(page.TaxRates))
	for _, t := range page.TaxRates {
		f, err := newFiling(t.ID, t, func(v version, body []byte) taxRateRow { return taxRateRow{version: v, Body: body} })
		if err != nil {
			return 0, err
		}
		list = append(list, f)
	}
	return storeObject(ctx, r, tx, shelfOf(run, page.System, reconcile.ObjectTaxRates).by(page), list)
}

// Masters returns the current products, customers and tax rates of both systems,
// each by system and id in byte order.
func (r *Repo) Masters(ctx context.Context) (reconcile.MasterData, error) {
	m, err := r.masters(ctx)
	if err != nil {
		return m, fmt.Errorf("read masters: %w", err)
	}
	return m, nil
}

func (r *Repo) masters(ctx context.Context) (m reconcile.MasterData, err error) {
	if m.Companies, err = r.companies(ctx); err != nil {
		return m, err
	}
	if m.Products, err = currentBodies[reconcile.Product](ctx, r, "products", everything); err != nil {
		return m, err
	}
	if m.Customers, err = currentBodies[reconcile.Customer](ctx, r, "customers", everything); err != nil {
		return m, err
	}
	m.TaxRates, err = currentBodies[reconcile.TaxRate](ctx, r, "tax_rates", everything)
	return m, err
}

func everything(q *bun.SelectQuery) *bun.SelectQuery { return q }

// currentBodies reads the current records of a table that a condition leaves.
func currentBodies[T any](ctx context.Context, r *Repo, table string, which func(*bun.SelectQuery) *bun.SelectQuery) ([]T, error) {
	return bodies[T](ctx, r, table, "", which)
}

// bodies is currentBodies by an index.
func bodies[T any](ctx context.Context, r *Repo, table string, index bun.Safe, which func(*bun.SelectQuery) *bun.SelectQuery) ([]T, error) {
	var found [][]byte
	q := r.db.read.NewSelect().TableExpr("? ?", bun.Ident(table), index).Column("body").Where("workspace = ? AND to_run IS NULL", r.ws)
	if err := which(q).Order("system", "external_id", "id").Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	list, err := decodeAll[T](found)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", table, err)
	}
	return list, nil
}
