package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type entryChangeRow struct {
	bun.BaseModel `bun:"table:entry_changes,alias:ec"`

	Workspace  int64
	System     int16
	ExternalID text
	Existed    bool
	MatchKey   key
	Digest     []byte
	Flags      int64
	Date       int32
	Currency   text
	Status     text
	Total      int64
	Balance    int64
	Created    int64
	Twin       int64
}

func (row *entryChangeRow) entry() reconcile.Entry {
	columns := entryColumns{
		MatchKey: row.MatchKey, Digest: row.Digest, Flags: row.Flags, Date: row.Date, Currency: row.Currency, Status: row.Status,
		Total: row.Total, Balance: row.Balance, Created: row.Created, Twin: row.Twin,
	}
	return columns.entry(version{System: row.System, ExternalID: row.ExternalID})
}

type masterChangeRow struct {
	bun.BaseModel `bun:"table:master_changes,alias:mc"`

	Workspace  int64
	System     int16
	Object     string
	ExternalID text
	Body       []byte
	Again      bool
}

// entryCopies are the columns of an invoice that entry_changes keeps.
const entryCopies = "workspace, system, external_id, match_key, digest, flags, date, currency, status, total, balance, created, twin"

// again is what becomes of a master's change that is noted already.
const again = "(workspace, system, object, external_id) DO UPDATE SET again = true"

// noteChanged keeps records as the last comparison read them, before their versions
// end or their entries are replaced. Of several changes since then the first counts; of a
// master it is noted that there were several (reconcile.MasterChanges, Again).
// Without a comparison there is nothing to keep; of masters, without invoices of their
// system, which may have been filed by them.
func (r *Repo) noteChanged(ctx context.Context, tx bun.Tx, sh shelf, rows []int64) error {
	for batch := range slices.Chunk(rows, batchSize) {
		var statement string
		var first any
		switch sh.table {
		case "invoices":
			first, statement = true, "INSERT INTO entry_changes (existed, "+entryCopies+") SELECT ?, "+entryCopies+
				" FROM invoices WHERE id IN (?) AND EXISTS (?) ON CONFLICT DO NOTHING"
		case "products", "customers", "tax_rates":
			first, statement = sh.object, "INSERT INTO master_changes (object, workspace, system, external_id, body) SELECT ?, workspace, system, external_id, body FROM "+sh.table+
				" WHERE id IN (?) AND EXISTS (?) ON CONFLICT "+again
		default: // what cannot be read is judged in every run
			return nil
		}
		if _, err := tx.NewRaw(statement, first, bun.List(batch), r.noting(tx, sh)).Exec(ctx); err != nil {
			return fmt.Errorf("note changed %s: %w", sh.table, err)
		}
	}
	return nil
}

// noting finds something where changes are noted.
func (r *Repo) noting(tx bun.Tx, sh shelf) *bun.SelectQuery {
	compared := tx.NewSelect().Table("comparisons").ColumnExpr("1").Where("workspace = ?", r.ws)
	if sh.table == "invoices" {
		return compared
	}
	return compared.UnionAll(tx.NewSelect().TableExpr("records AS i").ColumnExpr("1").
		Where("i.workspace = ? AND i.system = ? AND i.object = ?", r.ws, code(sh.system), string(reconcile.ObjectInvoices)))
}

// noteNew notes records that were not there at the last comparison.
func (r *Repo) noteNew(ctx context.Context, tx bun.Tx, sh shelf, ids []string) error {
	if len(ids) == 0 || sh.table == "unreadables" {
		return nil
	}
	if noting, err := r.noting(tx, sh).Exists(ctx); err != nil || !noting {
		return err
	}
	for batch := range slices.Chunk(ids, batchSize) {
		if err := r.insertNew(ctx, tx, sh, batch); err != nil {
			return fmt.Errorf("note new %s: %w", sh.table, err)
		}
	}
	return nil
}

func (r *Repo) insertNew(ctx context.Context, tx bun.Tx, sh shelf, ids []string) error {
	q, known := tx.NewInsert(), "DO NOTHING"
	if sh.table == "invoices" {
		rows := convert(ids, func(id string) entryChangeRow {
			return entryChangeRow{Workspace: r.ws, System: code(sh.system), ExternalID: text(id), Digest: []byte{}}
		})
		q = q.Model(&rows)
	} else {
		rows := convert(ids, func(id string) masterChangeRow {
			return masterChangeRow{Workspace: r.ws, System: code(sh.system), Object: sh.object, ExternalID: text(id)}
		})
		q, known = q.Model(&rows), again
	}
	_, err := q.On("CONFLICT " + known).Returning("NULL").Exec(ctx)
	return err
}

// CountChanges returns how many records have come, changed or gone since the last
// comparison.
func (r *Repo) CountChanges(ctx context.Context) (int, error) {
	total := 0
	for _, table := range []string{"entry_changes", "master_changes"} {
		n, err := r.db.read.NewSelect().Table(table).Where("workspace = ?", r.ws).Count(ctx)
		if err != nil {
			return 0, fmt.Errorf("count changes: %w", err)
		}
		total += int(n)
	}
	return total, nil
}

// ChangedEntries returns the invoices that have come, changed or gone since the last
// comparison, with their entries then and now.
func (r *Repo) ChangedEntries(ctx context.Context) ([]reconcile.EntryChange, error) {
	list, err := r.changedEntries(ctx)
	if err != nil {
		return nil, fmt.Errorf("changed invoices: %w", err)
	}
	return list, nil
}

func (r *Repo) changedEntries(ctx context.Context) ([]reconcile.EntryChange, error) {
	var rows []entryChangeRow
	err := r.db.read.NewSelect().Model(&rows).Where("workspace = ?", r.ws).Order("system", "external_id").Scan(ctx)
	if err != nil {
		return nil, err
	}
	ids := map[reconcile.System][]string{}
	for _, row := range rows {
		ids[system(row.System)] = append(ids[system(row.System)], string(row.ExternalID))
	}
	now := map[reconcile.System]map[string]*reconcile.Entry{}
	for _, s := range reconcile.Systems {
		now[s] = map[string]*reconcile.Entry{}
		for batch := range slices.Chunk(ids[s], batchSize) {
			list, err := r.entries(ctx, "invoices_current", "external_id IN (?)", s, bun.List(convert(batch, func(id string) text { return text(id) })))
			if err != nil {
				return nil, err
			}
			for n := range list {
				now[s][list[n].ID] = &list[n]
			}
		}
	}
	changes := make([]reconcile.EntryChange, len(rows))
	for n := range rows {
		row := &rows[n]
		changes[n].After = now[system(row.System)][string(row.ExternalID)]
		if row.Existed {
			e := row.entry()
			changes[n].Before = &e
		}
	}
	return changes, nil
}

// ChangedMasters returns the products, customers and tax rates that have come, changed
// or gone since the last comparison, as they were then and are now.
func (r *Repo) ChangedMasters(ctx context.Context) (reconcile.MasterChanges, error) {
	var c reconcile.MasterChanges
	var err error
	if c.Products, err = changed[reconcile.Product](ctx, r, "products", reconcile.ObjectProducts); err != nil {
		return c, fmt.Errorf("changed products: %w", err)
	}
	if c.Customers, err = changed[reconcile.Customer](ctx, r, "customers", reconcile.ObjectCustomers, reconcile.ObjectCompanies); err != nil {
		return c, fmt.Errorf("changed customers: %w", err)
	}
	if c.TaxRates, err = changed[reconcile.TaxRate](ctx, r, "tax_rates", reconcile.ObjectTaxRates); err != nil {
		return c, fmt.Errorf("changed tax rates: %w", err)
	}
	var rows []masterChangeRow
	err = r.db.read.NewSelect().Model(&rows).Column("system", "object", "external_id").Where("workspace = ? AND again", r.ws).
		Order("system", "object", "external_id").Scan(ctx)
	if err != nil {
		return c, fmt.Errorf("what changed again: %w", err)
	}
	c.Again = convert(rows, func(row masterChangeRow) reconcile.MasterID {
		return reconcile.MasterID{System: system(row.System), Object: reconcile.Object(row.Object), ID: string(row.ExternalID)}
	})
	return c, nil
}

func changed[T any](ctx context.Context, r *Repo, table string, objects ...reconcile.Object) ([]reconcile.Change[T], error) {
	var list []reconcile.Change[T]
	for _, o := range objects {
		var rows []struct{ Before, After []byte }
		join := "LEFT JOIN ? AS t ON t.workspace = c.workspace AND t.system = c.system AND t.external_id = c.external_id AND t.to_run IS NULL"
		if table == "customers" {
			join += " AND t.object = c.object"
		}
		err := r.db.read.NewSelect().TableExpr("master_changes AS c").Join(join, bun.Ident(table)).
			ColumnExpr("c.body AS before, t.body AS after").Where("c.workspace = ? AND c.object = ?", r.ws, string(o)).
			Order("c.system", "c.external_id").Scan(ctx, &rows)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			c, err := decodeChange[T](row.Before, row.After)
			if err != nil {
				return nil, err
			}
			if c.Before != nil || c.After != nil { // not of one that came and went
				list = append(list, c)
			}
		}
	}
	return list, nil
}

func decodeChange[T any](before, after []byte) (c reconcile.Change[T], err error) {
	for _, side := range []struct {
		body []byte
		into **T
	}{{before, &c.Before}, {after, &c.After}} {
		if side.body == nil {
			continue
		}
		v, err := decode[T](side.body)
		if err != nil {
			return c, err
		}
		*side.into = &v
	}
	return c, nil
}
