package db

import (
	"context"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// A condition leaves some records of a shelf.
type condition func(bun.QueryBuilder) bun.QueryBuilder

// Known returns how many records of an object the mirror has now, without those that
// are missed and without these ids.
func (r *Repo) Known(ctx context.Context, s reconcile.System, o reconcile.Object, without []string) (int, error) {
	sh := shelfOf(0, s, o)
	known := func(q bun.QueryBuilder) bun.QueryBuilder { return q.Where("missed_run = 0") }
	n, err := r.countRecords(ctx, sh, known)
	for batch := range slices.Chunk(slices.Compact(slices.Sorted(slices.Values(without))), batchSize) {
		if err != nil {
			break
		}
		var out int
		out, err = r.countRecords(ctx, sh, func(q bun.QueryBuilder) bun.QueryBuilder { return named(batch)(known(q)) })
		n -= out
	}
	if err != nil {
		return 0, fmt.Errorf("count %s %s: %w", s, o, err)
	}
	return n, nil
}

func (r *Repo) countRecords(ctx context.Context, sh shelf, which condition) (int, error) {
	n, err := r.db.read.NewSelect().Table("records").ApplyQueryBuilder(r.on(sh)).ApplyQueryBuilder(which).Count(ctx)
	return int(n), err
}

// on leaves the records of a shelf.
func (r *Repo) on(sh shelf) condition {
	return func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("workspace = ? AND system = ? AND object = ?", r.ws, code(sh.system), sh.object)
	}
}

// named leaves records with these ids.
func named(ids []string) condition {
	list := convert(ids, func(id string) text { return text(id) })
	return func(q bun.QueryBuilder) bun.QueryBuilder { return q.Where("external_id IN (?)", bun.List(list)) }
}

// CloseUnsighted ends a complete pull of everything that began in a run. Of the
// object's records that were not sighted since then, and of what of them could not
// be read, those that were missed in a complete run before are gone: their current
// version ends and the registry forgets them. The others are missed from now on.
func (r *Repo) CloseUnsighted(ctx context.Context, run, began reconcile.RunID, s reconcile.System, o reconcile.Object) (reconcile.Gone, error) {
	return r.closeAbsent(ctx, run, s, o, nil, func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("sighted_run < ?", began)
	})
}

// CloseMissed ends a complete pull of changes in the same way: what was missed before
// has not been sighted again, and deleted are the ids that the system says are gone.
func (r *Repo) CloseMissed(ctx context.Context, run reconcile.RunID, s reconcile.System, o reconcile.Object, deleted []string) (reconcile.Gone, error) {
	return r.closeAbsent(ctx, run, s, o, deleted, func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("missed_run <> 0")
	})
}

// closeAbsent lets go of the records that a condition leaves and that were missed in
// a complete run before, and has the others missed, those named deleted first.
func (r *Repo) closeAbsent(ctx context.Context, run reconcile.RunID, s reconcile.System, o reconcile.Object, deleted []string, absent condition) (gone reconcile.Gone, err error) {
	if !slices.Contains(reconcile.Objects(s), o) {
		return gone, fmt.Errorf("close absent %s %s: no such object", s, o)
	}
	err = r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		if err := r.missNamed(ctx, tx, run, s, o, deleted); err != nil {
			return err
		}
		if _, err := r.closeShelf(ctx, tx, unreadableShelf(run, s, o), absent); err != nil {
			return err
		}
		gone, err = r.closeShelf(ctx, tx, shelfOf(run, s, o), absent)
		return err
	})
	if err != nil {
		return reconcile.Gone{}, fmt.Errorf("close absent %s %s, run %d: %w", s, o, run, err)
	}
	return gone, r.db.analyze(ctx)
}

// missNamed has records missed that the system says are gone, with what of them could
// not be read.
func (r *Repo) missNamed(ctx context.Context, tx bun.Tx, run reconcile.RunID, s reconcile.System, o reconcile.Object, ids []string) error {
	for batch := range slices.Chunk(ids, batchSize) {
		for _, which := range []struct {
			shelf  shelf
			column string
		}{{shelfOf(run, s, o), "external_id"}, {unreadableShelf(run, s, o), "part_of"}} {
			_, err := tx.NewUpdate().Table("records").Set("missed_run = ?", run).ApplyQueryBuilder(r.on(which.shelf)).
				Where("missed_run = 0 AND ? IN (?)", bun.Ident(which.column), bun.List(convert(batch, func(id string) text { return text(id) }))).Exec(ctx)
			if err != nil {
				return fmt.Errorf("miss records: %w", err)
			}
		}
	}
	return nil
}

func (r *Repo) closeShelf(ctx context.Context, tx bun.Tx, sh shelf, absent condition) (gone reconcile.Gone, err error) {
	complete := tx.NewSelect().Table("runs").Column("id").Where("workspace = ? AND state = ?", r.ws, reconcile.RunComplete)
	deleted := func(q bun.QueryBuilder) bun.QueryBuilder { return absent(q).Where("missed_run IN (?)", complete) }
	var rows []int64
	if err := tx.NewSelect().Table("records").Column("row").ApplyQueryBuilder(r.on(sh)).ApplyQueryBuilder(deleted).Order("row").Scan(ctx, &rows); err != nil {
		return gone, err
	}
	if len(rows) > 0 {
		if err := r.closeVersions(ctx, tx, sh, rows); err != nil {
			return gone, err
		}
		if _, err := tx.NewDelete().Table("records").ApplyQueryBuilder(r.on(sh)).ApplyQueryBuilder(deleted).Exec(ctx); err != nil {
			return gone, err
		}
	}
	result, err := tx.NewUpdate().Table("records").Set("missed_run = ?", sh.run).ApplyQueryBuilder(r.on(sh)).ApplyQueryBuilder(absent).Exec(ctx)
	if err != nil {
		return gone, fmt.Errorf("miss records: %w", err)
	}
	missed, err := result.RowsAffected()
	return reconcile.Gone{Missed: int(missed), Deleted: len(rows)}, err
}
