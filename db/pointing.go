package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type invoiceProductRow struct {
	bun.BaseModel `bun:"table:invoice_products,alias:ip"`

	Workspace  int64
	System     int16
	Product    key
	ExternalID text
}

// storeProductsOf notes from which products those of the invoices take their SKUs that
// were written, by id.
func (r *Repo) storeProductsOf(ctx context.Context, tx bun.Tx, s reconcile.System, filed []reconcile.Filed, written map[string]bool) error {
	var rows []invoiceProductRow
	for n := range filed {
		invoice := &filed[n].Invoice
		if !written[invoice.ID] {
			continue
		}
		for _, product := range invoice.SKUsFrom() {
			rows = append(rows, invoiceProductRow{Workspace: r.ws, System: code(s), Product: key(product), ExternalID: text(invoice.ID)})
		}
	}
	for batch := range slices.Chunk(rows, 4*batchSize) {
		if _, err := tx.NewInsert().Model(&batch).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("note products of invoices: %w", err)
		}
	}
	return nil
}

// Pointing returns the rows of the current invoices of a system that point at records
// of an object, by id: at customers or companies as their customer, at products for
// SKUs. One may be among them that does not any more.
func (r *Repo) Pointing(ctx context.Context, s reconcile.System, o reconcile.Object, ids []string) ([]int64, error) {
	var rows []int64
	for batch := range slices.Chunk(ids, batchSize) {
		keys := bun.List(convert(batch, func(id string) key { return key(id) }))
		q := r.db.read.NewSelect().Column("id").Where("workspace = ? AND system = ? AND to_run IS NULL", r.ws, code(s))
		if o == reconcile.ObjectProducts {
			q = q.TableExpr("invoices ?", r.db.by("invoices_current")).Where("external_id IN (?)", r.db.read.NewSelect().Table("invoice_products").Column("external_id").
				Where("workspace = ? AND system = ? AND product IN (?)", r.ws, code(s), keys))
		} else {
			q = q.TableExpr("invoices ?", r.db.by("invoices_customer")).Where("customer_id <> '' AND customer_id IN (?)", keys)
		}
		var part []int64
		if err := q.Scan(ctx, &part); err != nil {
			return nil, fmt.Errorf("invoices of %s that point at %s: %w", s, o, err)
		}
		rows = append(rows, part...)
	}
	slices.Sort(rows)
	return slices.Compact(rows), nil
}
