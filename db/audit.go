package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// asOfRun names the versions that were the current ones when a run had ended. Of
// the versions that one run brought of a record only the last is one of them.
const asOfRun = "workspace = ? AND from_run <= ? AND (to_run IS NULL OR to_run > ?)"

// ProductsAt returns the products of both systems as a run found them, by system
// and id in byte order.
func (r *Repo) ProductsAt(ctx context.Context, run reconcile.RunID) ([]reconcile.Product, error) {
	var bodies [][]byte
	err := r.db.read.NewSelect().Table("products").Column("body").Where(asOfRun, r.ws, run, run).
		Order("system", "external_id").Scan(ctx, &bodies)
	if err != nil {
		return nil, fmt.Errorf("products at run %d: %w", run, err)
	}
	list, err := decodeAll[reconcile.Product](bodies)
	if err != nil {
		return nil, fmt.Errorf("products at run %d: %w", run, err)
	}
	return list, nil
}

// InvoicesAt streams the invoices of both systems as a run found them, in the
// order in which they were stored. Memory does not grow with their number.
func (r *Repo) InvoicesAt(ctx context.Context, run reconcile.RunID) iter.Seq2[reconcile.Invoice, error] {
	return func(yield func(reconcile.Invoice, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		if err := r.invoicesAt(ctx, cancel, run, yield); err != nil {
			yield(reconcile.Invoice{}, fmt.Errorf("invoices at run %d: %w", run, err))
		}
		cancel()
	}
}

func (r *Repo) invoicesAt(ctx context.Context, cancel func(), run reconcile.RunID, yield func(reconcile.Invoice, error) bool) error {
	rows, err := r.db.stream.QueryContext(ctx, "SELECT id, body FROM invoices WHERE "+asOfRun+" ORDER BY id", r.ws, run, run)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var body sql.RawBytes
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		invoice, err := decode[reconcile.Invoice](body)
		if err != nil {
			return fmt.Errorf("row %d: %w", id, err)
		}
		if !yield(invoice, nil) {
			cancel() // or the rest would be read before the rows close
			return nil
		}
	}
	return rows.Err()
}

// ReportFileBefore returns the newest file of a kind that shows a run before a
// run, or reconcile.ErrNotFound. Files that could not be made do not count.
func (r *Repo) ReportFileBefore(ctx context.Context, kind string, run reconcile.RunID) (reconcile.ReportFile, error) {
	var row reportFileRow
	err := r.db.read.NewSelect().Model(&row).Where("workspace = ? AND kind = ? AND run < ? AND problem = ''", r.ws, text(kind), run).
		OrderBy("run", bun.OrderDesc).OrderBy("id", bun.OrderDesc).Limit(1).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = reconcile.ErrNotFound
	}
	if err == nil {
		var file reconcile.ReportFile
		if file, err = row.file(); err == nil {
			return file, nil
		}
	}
	return reconcile.ReportFile{}, fmt.Errorf("%s file before run %d: %w", kind, run, err)
}
