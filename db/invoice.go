package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type invoiceRow struct {
	bun.BaseModel `bun:"table:invoices,alias:i"`
	version
	entryColumns

	Number     key
	CustomerID key
	Body       []byte
}

// StoreInvoices files invoices with their entries. Unchanged ones are only
// sighted, changed ones get a new version; where only the entry or the basis
// differs, because a master or a setting did, the entry is replaced. It returns
// how many were new or changed. Match keys are made here, from links and numbers.
// What could not be read of the page is filed too.
func (r *Repo) StoreInvoices(ctx context.Context, run reconcile.RunID, page reconcile.Page, filed []reconcile.Filed) (int, error) {
	var changed int
	err := r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		n, err := r.storeUnreadable(ctx, tx, run, page)
		if err != nil {
			return err
		}
		m, err := r.storeInvoices(ctx, tx, shelfOf(run, page.System, reconcile.ObjectInvoices).by(page), filed)
		if err != nil {
			return err
		}
		changed = n + m
		return r.storePull(ctx, tx, page, changed)
	})
	if err != nil {
		return 0, fmt.Errorf("store %s invoices, run %d: %w", page.System, run, err)
	}
	return changed, nil
}

func (r *Repo) storeInvoices(ctx context.Context, tx bun.Tx, sh shelf, filed []reconcile.Filed) (int, error) {
	keys, err := r.linkKeys(ctx, tx, sh.system, convert(filed, func(f reconcile.Filed) string { return f.Invoice.ID }))
	if err != nil {
		return 0, err
	}
	entries := make(map[string]entryColumns, len(filed))
	list := make([]filing[invoiceRow], 0, len(filed))
	for _, f := range filed {
		entry := columnsOf(f.Entry, f.Basis)
		if k, linked := keys[f.Invoice.ID]; linked {
			entry.MatchKey = k
		}
		entries[f.Invoice.ID] = entry
		next, err := newFiling(f.Invoice.ID, f.Invoice, func(v version, body []byte) invoiceRow {
			return invoiceRow{version: v, entryColumns: entry, Number: key(f.Invoice.Number), CustomerID: key(f.Invoice.CustomerID), Body: body}
		})
		if err != nil {
			return 0, err
		}
		next.filed = entry.hash()
		list = append(list, next)
	}
	done, err := shelve(ctx, r, tx, sh, list)
	if err != nil {
		return 0, err
	}
	if err := r.replaceEntries(ctx, tx, done.refiled, entries); err != nil {
		return 0, err
	}
	return len(done.written), r.storeProductsOf(ctx, tx, sh.system, filed, done.written)
}

// replaceEntries stores new entries of records that have not changed.
func (r *Repo) replaceEntries(ctx context.Context, tx bun.Tx, list []filing[invoiceRow], entries map[string]entryColumns) error {
	refiled := convert(list, func(f filing[invoiceRow]) refileRow { return refileRow{ID: f.at, entryColumns: entries[f.id]} })
	for batch := range slices.Chunk(refiled, batchSize) {
		if err := r.refile(ctx, tx, batch); err != nil {
			return err
		}
	}
	return nil
}

// linkKeys returns the match keys of those invoices that are linked.
func (r *Repo) linkKeys(ctx context.Context, tx bun.Tx, s reconcile.System, ids []string) (map[string]key, error) {
	column := bun.Ident("hubspot_id")
	if s == reconcile.QuickBooks {
		column = "quickbooks_id"
	}
	keys := map[string]key{}
	if linked, err := tx.NewSelect().Table("links").Where("workspace = ?", r.ws).Exists(ctx); err != nil || !linked {
		return keys, err
	}
	for batch := range slices.Chunk(ids, batchSize) {
		var rows []struct {
			ID     int64
			Record text
		}
		err := tx.NewSelect().Table("links").Column("id").ColumnExpr("? AS record", column).
			Where("workspace = ? AND ? IN (?)", r.ws, column, bun.List(convert(batch, func(id string) text { return text(id) }))).
			Scan(ctx, &rows)
		if err != nil {
			return nil, fmt.Errorf("read links: %w", err)
		}
		for _, row := range rows {
			keys[string(row.Record)] = linkKey(row.ID)
		}
	}
	return keys, nil
}

func linkKey(link int64) key { return key("l" + strconv.FormatInt(link, 10)) }

// numberKey keeps blank numbers from pairing.
func numberKey(matchKey string) key {
	if matchKey == "n" {
		return ""
	}
	return key(matchKey)
}

// Invoices loads invoices by row, in the order of rows; a row that is asked for
// twice comes twice, one that does not exist is reconcile.ErrNotFound.
func (r *Repo) Invoices(ctx context.Context, rows []int64) ([]reconcile.Invoice, error) {
	found := make(map[int64]reconcile.Invoice, len(rows))
	for batch := range slices.Chunk(rows, batchSize) {
		var stored []struct {
			ID        int64
			Workspace int64
			Body      []byte
		}
		err := r.db.read.NewSelect().Table("invoices").Column("id", "workspace", "body").Where("id IN (?)", bun.List(batch)).Scan(ctx, &stored)
		if err != nil {
			return nil, fmt.Errorf("load invoices: %w", err)
		}
		for _, row := range stored {
			if row.Workspace != r.ws {
				continue
			}
			if found[row.ID], err = decode[reconcile.Invoice](row.Body); err != nil {
				return nil, fmt.Errorf("load invoice row %d: %w", row.ID, err)
			}
		}
	}
	list := make([]reconcile.Invoice, len(rows))
	for n, row := range rows {
		invoice, ok := found[row]
		if !ok {
			return nil, fmt.Errorf("load invoice row %d: %w", row, reconcile.ErrNotFound)
		}
		list[n] = invoice
	}
	return list, nil
}

// InvoicesByNumber returns the current invoices of both systems that have the
// number, byte for byte: HubSpot's first, each by id.
func (r *Repo) InvoicesByNumber(ctx context.Context, number string) ([]reconcile.Filed, error) {
	list, err := r.filed(ctx, "number = ?", key(number))
	if err != nil {
		return nil, fmt.Errorf("invoices numbered %q: %w", number, err)
	}
	return list, nil
}

// InvoiceByID returns the current invoice with a vendor's id.
func (r *Repo) InvoiceByID(ctx context.Context, s reconcile.System, id string) (reconcile.Filed, error) {
	list, err := r.filed(ctx, "system = ? AND external_id = ?", code(s), text(id))
	if err != nil {
		return reconcile.Filed{}, fmt.Errorf("invoice %s %s: %w", s, id, err)
	}
	if len(list) == 0 {
		return reconcile.Filed{}, fmt.Errorf("invoice %s %s: %w", s, id, reconcile.ErrNotFound)
	}
	return list[0], nil
}

func (r *Repo) filed(ctx context.Context, where string, args ...any) ([]reconcile.Filed, error) {
	var rows []invoiceRow
	err := r.db.read.NewSelect().Model(&rows).Where("workspace = ? AND to_run IS NULL", r.ws).Where(where, args...).Scan(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]reconcile.Filed, len(rows))
	for n := range rows {
		row := &rows[n]
		f := reconcile.Filed{Entry: row.entry(row.version)}
		copy(f.Basis[:], row.Basis)
		if err := json.Unmarshal(row.Body, &f.Invoice); err != nil {
			return nil, fmt.Errorf("row %d: %w", row.ID, err)
		}
		list[n] = f
	}
	slices.SortFunc(list, func(a, b reconcile.Filed) int {
		if c := int(code(a.Invoice.System)) - int(code(b.Invoice.System)); c != 0 {
			return c
		}
		return reconcile.CompareIDs(a.Invoice.ID, b.Invoice.ID)
	})
	return list, nil
}

// CountInvoices returns how many current invoices a system has.
func (r *Repo) CountInvoices(ctx context.Context, s reconcile.System) (int, error) {
	n, err := r.db.read.NewSelect().Table("invoices").
		Where("workspace = ? AND system = ? AND to_run IS NULL", r.ws, code(s)).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count invoices of %s: %w", s, err)
	}
	return int(n), nil
}
