package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// A place is a locus as a column holds it: nearly always as it is, a very long one
// cut and told apart by its hash.
type place = text

func placeOf(l reconcile.Locus) place {
	if len(l) > reconcile.LongLocus {
		return place(cut(string(l)))
	}
	return place(l)
}

type standingRow struct {
	bun.BaseModel `bun:"table:standings,alias:st"`

	Workspace int64
	Locus     place
	Pending   int16 // 1: yes
	Body      []byte
}

type touchRow struct {
	bun.BaseModel `bun:"table:standing_touches,alias:to"`

	Workspace int64
	Locus     place
	Touched   place
}

type comparisonRow struct {
	bun.BaseModel `bun:"table:comparisons,alias:co"`

	Workspace int64 `bun:"workspace,pk"`
	Run       reconcile.RunID
	FullAt    int64
	Premises  []byte
	Body      []byte
}

type comparisonBody struct {
	Totals []reconcile.ControlTotal `json:"totals"`
	Counts reconcile.Counts         `json:"counts"`
}

// Compared returns what the last complete comparison says: reconcile.ErrNotFound
// before the first, and when its run did not end COMPLETE.
func (r *Repo) Compared(ctx context.Context) (reconcile.Compared, error) {
	var row comparisonRow
	err := r.db.read.NewSelect().Model(&row).Where("co.workspace = ?", r.ws).
		Where("EXISTS (SELECT 1 FROM runs AS r WHERE r.id = co.run AND r.state = ?)", reconcile.RunComplete).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.Compared{}, fmt.Errorf("last comparison: %w", err)
	}
	body, err := decode[comparisonBody](row.Body)
	if err != nil {
		return reconcile.Compared{}, fmt.Errorf("last comparison: %w", err)
	}
	c := reconcile.Compared{Run: row.Run, FullAt: instant(row.FullAt), Totals: body.Totals, Counts: body.Counts}
	copy(c.Premises[:], row.Premises)
	return c, nil
}

// ForgetCompared forgets the last comparison: until SaveCompared there is none.
func (r *Repo) ForgetCompared(ctx context.Context, run reconcile.RunID) error {
	err := r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*comparisonRow)(nil)).Where("workspace = ?", r.ws).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget the last comparison, run %d: %w", run, err)
	}
	return nil
}

// SaveCompared stores what a complete comparison says, and its standings in place of
// those of the loci that it judged; judged nil means all. What had changed is settled
// by it. All of it is one commit.
func (r *Repo) SaveCompared(ctx context.Context, c reconcile.Compared, judged map[reconcile.Locus]bool, standings iter.Seq[reconcile.Standing]) error {
	err := r.during(ctx, c.Run, func(ctx context.Context, tx bun.Tx) error {
		if err := r.dropStandings(ctx, tx, judged); err != nil {
			return err
		}
		if err := r.insertStandings(ctx, tx, standings); err != nil {
			return err
		}
		for _, table := range []string{"entry_changes", "master_changes"} {
			if _, err := tx.NewDelete().Table(table).Where("workspace = ?", r.ws).Exec(ctx); err != nil {
				return fmt.Errorf("settle changes: %w", err)
			}
		}
		body, err := json.Marshal(comparisonBody{c.Totals, c.Counts})
		if err != nil {
			return err
		}
		row := comparisonRow{Workspace: r.ws, Run: c.Run, FullAt: micros(c.FullAt), Premises: c.Premises[:], Body: body}
		_, err = tx.NewInsert().Model(&row).On("CONFLICT (workspace) DO UPDATE").
			Set("run = EXCLUDED.run, full_at = EXCLUDED.full_at, premises = EXCLUDED.premises, body = EXCLUDED.body").Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("save comparison of run %d: %w", c.Run, err)
	}
	return r.db.analyze(ctx)
}

func (r *Repo) dropStandings(ctx context.Context, tx bun.Tx, judged map[reconcile.Locus]bool) error {
	tables := []string{"standings", "standing_touches"}
	if judged == nil {
		for _, table := range tables {
			if _, err := tx.NewDelete().Table(table).Where("workspace = ?", r.ws).Exec(ctx); err != nil {
				return fmt.Errorf("drop %s: %w", table, err)
			}
		}
		return nil
	}
	for batch := range slices.Chunk(places(judged), batchSize) {
		for _, table := range tables {
			if _, err := tx.NewDelete().Table(table).Where("workspace = ? AND locus IN (?)", r.ws, bun.List(batch)).Exec(ctx); err != nil {
				return fmt.Errorf("drop %s: %w", table, err)
			}
		}
	}
	return nil
}

// places lists those of a set of loci that have standings, as columns hold them.
func places(set map[reconcile.Locus]bool) []place {
	list := make([]place, 0, len(set))
	for l := range set {
		if l.OfInvoices() {
			list = append(list, placeOf(l))
		}
	}
	slices.Sort(list)
	return list
}

func (r *Repo) insertStandings(ctx context.Context, tx bun.Tx, standings iter.Seq[reconcile.Standing]) error {
	var rows []standingRow
	var touches []touchRow
	count := 0
	flush := func(atLeast int) error {
		if len(rows) >= atLeast && len(rows) > 0 {
			if _, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx); err != nil {
				return fmt.Errorf("insert standings: %w", err)
			}
			rows = rows[:0]
		}
		for len(touches) >= max(atLeast, 1) {
			n := min(len(touches), 4*batchSize)
			part := touches[:n]
			if _, err := tx.NewInsert().Model(&part).Returning("NULL").Exec(ctx); err != nil {
				return fmt.Errorf("insert touches: %w", err)
			}
			touches = touches[n:]
		}
		return nil
	}
	for s := range standings {
		body, err := json.Marshal(&s)
		if err != nil {
			return err
		}
		count++
		row := standingRow{Workspace: r.ws, Locus: placeOf(s.Locus), Body: body}
		if s.Pending {
			row.Pending = 1
		}
		rows = append(rows, row)
		for _, t := range s.Touched {
			touches = append(touches, touchRow{Workspace: r.ws, Locus: placeOf(s.Locus), Touched: placeOf(t)})
		}
		if err := flush(batchSize); err != nil {
			return err
		}
	}
	r.db.grow(count, "standings", "standing_touches", "findings")
	return flush(0)
}

// StandingsAt returns the standings of loci, as far as there are any.
func (r *Repo) StandingsAt(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Standing, error) {
	var list []reconcile.Standing
	for batch := range slices.Chunk(loci, batchSize) {
		in := bun.List(convert(batch, placeOf))
		var rows []standingRow
		var touches []touchRow
		err := r.db.read.NewSelect().Model(&rows).Where("workspace = ? AND locus IN (?)", r.ws, in).Order("locus").Scan(ctx)
		if err == nil {
			err = r.db.read.NewSelect().Model(&touches).Where("workspace = ? AND locus IN (?)", r.ws, in).Order("locus", "touched").Scan(ctx)
		}
		if err != nil {
			return nil, fmt.Errorf("standings: %w", err)
		}
		by := map[place][]reconcile.Locus{}
		for _, t := range touches {
			by[t.Locus] = append(by[t.Locus], reconcile.Locus(t.Touched))
		}
		for _, row := range rows {
			s, err := decode[reconcile.Standing](row.Body)
			if err != nil {
				return nil, fmt.Errorf("standing at %q: %w", row.Locus, err)
			}
			s.Locus, s.Pending, s.Touched = reconcile.Locus(row.Locus), row.Pending == 1, by[row.Locus]
			list = append(list, s)
		}
	}
	return list, nil
}

// Touching returns the loci of the standings that rest on something at one of these.
func (r *Repo) Touching(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Locus, error) {
	var list []reconcile.Locus
	for batch := range slices.Chunk(loci, batchSize) {
		var found []place
		err := r.db.read.NewSelect().TableExpr("standing_touches ?", r.db.by("standing_touches_touched")).ColumnExpr("DISTINCT locus").
			Where("workspace = ? AND touched IN (?)", r.ws, bun.List(convert(batch, placeOf))).Scan(ctx, &found)
		if err != nil {
			return nil, fmt.Errorf("standings that rest on %d loci: %w", len(loci), err)
		}
		list = append(list, convert(found, func(p place) reconcile.Locus { return reconcile.Locus(p) })...)
	}
	return list, nil
}

// Waiting returns the loci of the standings that time alone will change.
func (r *Repo) Waiting(ctx context.Context) ([]reconcile.Locus, error) {
	var found []place
	if err := r.db.read.NewSelect().Table("standings").Column("locus").Where("workspace = ? AND pending = 1", r.ws).Scan(ctx, &found); err != nil {
		return nil, fmt.Errorf("pending standings: %w", err)
	}
	return convert(found, func(p place) reconcile.Locus { return reconcile.Locus(p) }), nil
}

// EntriesAt returns the current entries at loci of invoices, of HubSpot first, each
// system's by match key and id.
func (r *Repo) EntriesAt(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Entry, error) {
	var list []reconcile.Entry
	for _, s := range reconcile.Systems {
		var keys []key
		var ids []text
		for _, l := range loci {
			if k, ok := l.MatchKey(); ok {
				keys = append(keys, key(k))
			} else if of, id, ok := l.Invoice(); ok && of == s {
				ids = append(ids, text(id))
			}
		}
		var found []reconcile.Entry
		for batch := range slices.Chunk(keys, batchSize) {
			part, err := r.entries(ctx, "invoices_entries", "match_key IN (?)", s, bun.List(batch))
			if err != nil {
				return nil, fmt.Errorf("entries of %s: %w", s, err)
			}
			found = append(found, part...)
		}
		for batch := range slices.Chunk(ids, batchSize) {
			part, err := r.entries(ctx, "invoices_entries", "match_key = '' AND external_id IN (?)", s, bun.List(batch))
			if err != nil {
				return nil, fmt.Errorf("entries of %s: %w", s, err)
			}
			found = append(found, part...)
		}
		slices.SortFunc(found, reconcile.CompareEntries)
		list = append(list, found...)
	}
	return list, nil
}

// EntriesOfTwins returns the current entries with one of these twin hashes, in the
// order of EntriesAt.
func (r *Repo) EntriesOfTwins(ctx context.Context, twins []uint64) ([]reconcile.Entry, error) {
	var list []reconcile.Entry
	for _, s := range reconcile.Systems {
		var found []reconcile.Entry
		for batch := range slices.Chunk(twins, batchSize) {
			part, err := r.entries(ctx, "invoices_twin", "twin IN (?) AND twin <> 0", s, bun.List(convert(batch, func(t uint64) int64 { return int64(t) })))
			if err != nil {
				return nil, fmt.Errorf("entries of %s by twin: %w", s, err)
			}
			found = append(found, part...)
		}
		slices.SortFunc(found, reconcile.CompareEntries)
		list = append(list, found...)
	}
	return list, nil
}
