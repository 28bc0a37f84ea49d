package db

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type hintRow struct {
	bun.BaseModel `bun:"table:hints,alias:hi"`

	Workspace  int64  `bun:"workspace,pk"`
	System     int16  `bun:"system,pk"`
	Object     string `bun:"object,pk"`
	ExternalID key    `bun:"external_id,pk"`
	Filing     int64
}

type filingRow struct {
	bun.BaseModel `bun:"table:hint_filings,alias:hf"`

	Workspace int64 `bun:"workspace,pk"`
	System    int16 `bun:"system,pk"`
	Filing    int64
}

type deliveryRow struct {
	bun.BaseModel `bun:"table:deliveries,alias:de"`

	System    int16 `bun:"system,pk"`
	Key       text  `bun:"key,pk"`
	UntilTime int64
}

// Deliver files the hints of a delivery, each with the workspace that has the portal or
// company. What was delivered before files nothing.
func (d *DB) Deliver(ctx context.Context, in reconcile.Delivery) (out reconcile.Receipt, err error) {
	err = d.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		out = reconcile.Receipt{}
		if again, err := remember(ctx, tx, in); err != nil || again {
			out.Again = again
			return err
		}
		owners, err := ownersOf(ctx, tx, in)
		if err != nil {
			return err
		}
		// In one order, so that no two who file wait for each other.
		for _, id := range slices.SortedFunc(maps.Keys(in.Hints), func(a, b string) int { return cmp.Or(cmp.Compare(owners[a], owners[b]), cmp.Compare(a, b)) }) {
			if owners[id] == 0 {
				out.Foreign += len(in.Hints[id])
				continue
			}
			if err := fileHints(ctx, tx, owners[id], in, in.Hints[id]); err != nil {
				return err
			}
			out.Filed += len(in.Hints[id])
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("file a delivery of %s: %w", in.System.Title(), err)
	}
	return out, nil
}

// remember notes a delivery and forgets those that would be refused by now. again says
// that it was noted before.
func remember(ctx context.Context, tx bun.Tx, in reconcile.Delivery) (again bool, err error) {
	if _, err := tx.NewDelete().Table("deliveries").Where("until_time < ?", micros(in.At)).Exec(ctx); err != nil {
		return false, err
	}
	row := deliveryRow{System: code(in.System), Key: text(in.Key), UntilTime: micros(in.Until)}
	result, err := tx.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 0, err
}

// ownersOf returns the workspaces that have the portals or companies of a delivery.
func ownersOf(ctx context.Context, tx bun.Tx, in reconcile.Delivery) (map[string]int64, error) {
	owners := map[string]int64{}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(in.Hints)), batchSize) {
		var rows []companyRow
		err := tx.NewSelect().Model(&rows).Column("workspace", "external_id").
			Where("system = ? AND external_id IN (?)", code(in.System), bun.List(convert(ids, func(id string) key { return key(id) }))).Scan(ctx)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			owners[string(row.ExternalID)] = row.Workspace
		}
	}
	return owners, nil
}

// fileHints files hints with a workspace, under the next number.
func fileHints(ctx context.Context, tx bun.Tx, ws int64, in reconcile.Delivery, hints []reconcile.Hint) error {
	filing := filingRow{Workspace: ws, System: code(in.System), Filing: 1}
	_, err := tx.NewInsert().Model(&filing).On("CONFLICT (workspace, system) DO UPDATE").
		Set("filing = hf.filing + 1").Returning("filing").Exec(ctx)
	if err != nil {
		return err
	}
	by := map[reconcile.Object][]hintRow{}
	for _, h := range hints {
		by[h.Object] = append(by[h.Object], hintRow{Workspace: ws, System: filing.System, Object: string(h.Object), ExternalID: key(h.ID), Filing: filing.Filing})
	}
	for _, rows := range by {
		if err := fileRows(ctx, tx, rows); err != nil {
			return err
		}
	}
	return nil
}

// fileRows files hints of one object. Where there are more than are kept then, one that
// stands for all records takes their place; those that come later stand beside it, so
// that they are left when it has been read for.
func fileRows(ctx context.Context, tx bun.Tx, rows []hintRow) error {
	for batch := range slices.Chunk(lastOfEach(rows, func(r hintRow) key { return r.ExternalID }), batchSize) {
		if err := putHints(ctx, tx, batch); err != nil {
			return err
		}
	}
	all := rows[0]
	all.ExternalID = ""
	kept, err := tx.NewSelect().Table("hints").Where("workspace = ? AND system = ? AND object = ?", all.Workspace, all.System, all.Object).Count(ctx)
	if err != nil || kept <= reconcile.MostHints {
		return err
	}
	_, err = tx.NewDelete().Table("hints").Where("workspace = ? AND system = ? AND object = ?", all.Workspace, all.System, all.Object).Exec(ctx)
	if err != nil {
		return err
	}
	return putHints(ctx, tx, []hintRow{all})
}

func putHints(ctx context.Context, tx bun.Tx, rows []hintRow) error {
	_, err := tx.NewInsert().Model(&rows).On("CONFLICT (workspace, system, object, external_id) DO UPDATE").
		Set("filing = EXCLUDED.filing").Returning("NULL").Exec(ctx)
	return err
}

// Filings returns the number of the last filing of hints of a system; 0: there was none.
func (r *Repo) Filings(ctx context.Context, s reconcile.System) (filing int64, err error) {
	err = r.db.read.NewSelect().Table("hint_filings").Column("filing").Where("workspace = ? AND system = ?", r.ws, code(s)).Scan(ctx, &filing)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("filings of %s hints: %w", s, err)
	}
	return filing, nil
}

// HintsAfter returns the hints of an object of all filings later than one. Those up to
// it have been read for, and are forgotten.
func (r *Repo) HintsAfter(ctx context.Context, s reconcile.System, o reconcile.Object, filing int64) (told reconcile.Hints, err error) {
	var ids []key
	err = r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		// The row that who files takes first, so that no two wait for each other.
		if _, err := tx.NewUpdate().Table("hint_filings").Set("filing = filing").Where("workspace = ? AND system = ?", r.ws, code(s)).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewDelete().Table("hints").Where("workspace = ? AND system = ? AND object = ? AND filing <= ?", r.ws, code(s), string(o), filing).Exec(ctx)
		if err != nil {
			return err
		}
		return tx.NewSelect().Table("hints").Column("external_id").
			Where("workspace = ? AND system = ? AND object = ?", r.ws, code(s), string(o)).Order("external_id").Scan(ctx, &ids)
	})
	if err != nil {
		return told, fmt.Errorf("hints of %s %s: %w", s, o, err)
	}
	for _, id := range ids {
		if id == "" {
			return reconcile.Hints{Flooded: true}, nil
		}
		told.IDs = append(told.IDs, string(id))
	}
	return told, nil
}
