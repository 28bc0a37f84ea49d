package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// MastersFor returns of the masters what the gate chain needs for these invoices:
// the companies, all tax rates, the products that their lines point at and those
// of both systems whose SKU equals one of theirs but for blanks and case, and in the
// same way the customers whose e-mail does but for outer blanks and case. In addition
// it returns all that lies at loci.
func (r *Repo) MastersFor(ctx context.Context, invoices []reconcile.Invoice, loci ...reconcile.Locus) (reconcile.MasterData, error) {
	m, err := r.mastersFor(ctx, invoices, loci)
	if err != nil {
		return reconcile.MasterData{}, fmt.Errorf("read masters for %d invoices: %w", len(invoices), err)
	}
	return m, nil
}

func (r *Repo) mastersFor(ctx context.Context, invoices []reconcile.Invoice, loci []reconcile.Locus) (m reconcile.MasterData, err error) {
	if m.Companies, err = r.companies(ctx); err != nil {
		return m, err
	}
	if m.TaxRates, err = currentBodies[reconcile.TaxRate](ctx, r, "tax_rates", everything); err != nil {
		return m, err
	}
	products, customers := wanted{near: reconcile.NearKey}, wanted{near: reconcile.NearEmail}
	for _, i := range invoices {
		customers.point(shelfOf(0, i.System, customerObject(i.OnCompany)), i.CustomerID)
		customers.key(customers.near(i.Email))
		for _, line := range i.Lines {
			products.point(shelfOf(0, i.System, reconcile.ObjectProducts), line.ProductID)
			products.key(products.near(line.SKU))
		}
	}
	for _, at := range loci {
		lying(&products, &customers, at)
	}
	m.Products, err = gather(ctx, r, products, "products",
		func(p reconcile.Product) (string, string) {
			return recordName(p.System, reconcile.ObjectProducts, p.ID), p.SKU
		})
	if err != nil {
		return m, err
	}
	m.Customers, err = gather(ctx, r, customers, "customers",
		func(c reconcile.Customer) (string, string) {
			return recordName(c.System, customerObject(c.Company), c.ID), c.Email
		})
	return m, err
}

func recordName(s reconcile.System, o reconcile.Object, id string) string {
	return string(s) + " " + string(o) + " " + id
}

// wanted are the records of a table that are asked for, by id and by near key.
type wanted struct {
	near func(string) string
	ids  map[shelf]map[string]bool
	keys map[string]bool
}

func (w *wanted) point(sh shelf, id string) {
	if id == "" {
		return
	}
	if w.ids == nil {
		w.ids = map[shelf]map[string]bool{}
	}
	if w.ids[sh] == nil {
		w.ids[sh] = map[string]bool{}
	}
	w.ids[sh][id] = true
}

// key asks for what has a near key; none matches nothing.
func (w *wanted) key(k string) {
	if k == "" {
		return
	}
	if w.keys == nil {
		w.keys = map[string]bool{}
	}
	w.keys[k] = true
}

// lying asks for the product, or those of a SKU, that lie at a locus; or for the
// customers.
func lying(products, customers *wanted, at reconcile.Locus) {
	if s, id, ok := at.Product(); ok {
		products.point(shelfOf(0, s, reconcile.ObjectProducts), id)
	} else if k, ok := at.NearSKU(); ok {
		products.key(k)
	} else if s, company, id, ok := at.Customer(); ok {
		customers.point(shelfOf(0, s, customerObject(company)), id)
	} else if k, ok := at.NearEmail(); ok {
		customers.key(k)
	}
}

// gather reads what is wanted: first by id, because what is found there has near
// keys of its own, then by near key. describe tells a record's name and its text.
func gather[T any](ctx context.Context, r *Repo, w wanted, table string, describe func(T) (name, text string)) ([]T, error) {
	var list []T
	have := map[string]bool{}
	add := func(found []T) {
		for _, v := range found {
			if name, _ := describe(v); !have[name] {
				have[name] = true
				list = append(list, v)
			}
		}
	}
	for sh, ids := range w.ids {
		found, err := gatherBy[T](ctx, r, sh, slices.Sorted(maps.Keys(ids)))
		if err != nil {
			return nil, err
		}
		add(found)
	}
	for _, v := range list {
		_, text := describe(v)
		w.key(w.near(text))
	}
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(w.keys)), batchSize) {
		found, err := bodies[T](ctx, r, table, r.db.by(table+"_near"), func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where("near_key <> '' AND near_key IN (?)", bun.List(convert(batch, func(s string) key { return key(s) })))
		})
		if err != nil {
			return nil, err
		}
		add(found)
	}
	slices.SortFunc(list, func(a, b T) int {
		nameA, _ := describe(a)
		nameB, _ := describe(b)
		return strings.Compare(nameA, nameB)
	})
	return list, nil
}

func gatherBy[T any](ctx context.Context, r *Repo, sh shelf, ids []string) ([]T, error) {
	var list []T
	for batch := range slices.Chunk(ids, batchSize) {
		found, err := currentBodies[T](ctx, r, sh.table, func(q *bun.SelectQuery) *bun.SelectQuery {
			q = q.Where("system = ? AND external_id IN (?)", code(sh.system), bun.List(convert(batch, func(s string) text { return text(s) })))
			if sh.table == "customers" {
				q = q.Where("object = ?", sh.object)
			}
			return q
		})
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}
