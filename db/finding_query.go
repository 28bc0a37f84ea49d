package db

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// A FindingQuery asks for findings. The zero value asks for all that there are, as
// they stand now, in the default order.
type FindingQuery struct {
	Filter *FindingFilter // nil: all
	// AsOf asks for the findings as they stood after that run, by the events up to
	// it; 0: as they stand now. A finding that was not resolved then counts as
	// seen by the run, unless no run has seen it so late.
	AsOf reconcile.RunID
	// Sort are the fields to order by; empty: severity, then amount descending.
	// The id follows always, so that the order is total.
	Sort []FindingSort
	// After goes on behind a finding: what CursorOf made of it, with the same Sort.
	After []string
	Limit int // 0: 250
}

// A FindingSort is one field to order by.
type FindingSort struct {
	Field FindingField
	Desc  bool
}

// defaultSort shows first what somebody should look at first.
var defaultSort = []FindingSort{{Field: FieldSeverity}, {Field: FieldAmount, Desc: true}}

// usualFindings is how many findings, or groups of them, a list has when no number
// is asked for.
const usualFindings = 250

// order returns the fields to order by, the id last.
func (q *FindingQuery) order() []FindingSort {
	sort := q.Sort
	if len(sort) == 0 {
		sort = defaultSort
	}
	order := make([]FindingSort, 0, len(sort)+1)
	for _, s := range sort {
		order = append(order, s)
		if s.Field == FieldID {
			return order
		}
	}
	return append(order, FindingSort{Field: FieldID})
}

// CursorOf returns what After is to be to go on behind a finding.
func (q FindingQuery) CursorOf(f reconcile.FindingRecord) []string {
	order := q.order()
	cursor := make([]string, 0, len(order))
	for _, s := range order {
		if field, err := fieldOf(s.Field); err == nil { // the query refuses what is no field
			cursor = append(cursor, field.get(&f))
		}
	}
	return cursor
}

// FindingRecords returns findings in the order asked for, at most Limit of them.
func (r *Repo) FindingRecords(ctx context.Context, q FindingQuery) ([]reconcile.FindingRecord, error) {
	list, err := r.findingRecords(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("list findings: %w", err)
	}
	return list, nil
}

func (r *Repo) findingRecords(ctx context.Context, q FindingQuery) ([]reconcile.FindingRecord, error) {
	var rows []findingRow
	query := r.db.read.NewSelect().Model(&rows)
	if err := errors.Join(r.scope(ctx, query, q), q.page(query)); err != nil {
		return nil, err
	}
	if err := query.Limit(limit(q.Limit, usualFindings)).Scan(ctx); err != nil {
		return nil, err
	}
	list := make([]reconcile.FindingRecord, len(rows))
	for n := range rows {
		var err error
		if list[n], err = rows[n].record(); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// StreamFindings streams findings in the order asked for: all of them, whatever
// their number, unless the query has a limit. Memory does not grow with it.
func (r *Repo) StreamFindings(ctx context.Context, q FindingQuery) iter.Seq2[reconcile.FindingRecord, error] {
	return func(yield func(reconcile.FindingRecord, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		if err := r.streamFindings(ctx, cancel, q, yield); err != nil {
			yield(reconcile.FindingRecord{}, fmt.Errorf("stream findings: %w", err))
		}
		cancel()
	}
}

func (r *Repo) streamFindings(ctx context.Context, cancel func(), q FindingQuery, yield func(reconcile.FindingRecord, error) bool) error {
	query := r.db.stream.NewSelect().Model((*findingRow)(nil))
	if err := errors.Join(r.scope(ctx, query, q), q.page(query)); err != nil {
		return err
	}
	if q.Limit > 0 {
		query = query.Limit(int64(q.Limit))
	}
	rows, err := query.Rows(ctx)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var row findingRow
		if err := r.db.stream.ScanRow(ctx, rows, &row); err != nil {
			return err
		}
		rec, err := row.record()
		if err != nil {
			return err
		}
		if !yield(rec, nil) {
			cancel() // or the rest would be read before the rows close
			return nil
		}
	}
	return rows.Err()
}

// CountFindings returns how many findings a query leaves; After and Limit do not
// count.
func (r *Repo) CountFindings(ctx context.Context, q FindingQuery) (int, error) {
	query := r.db.read.NewSelect().Model((*findingRow)(nil)).ColumnExpr("count(*)")
	if err := r.scope(ctx, query, q); err != nil {
		return 0, fmt.Errorf("count findings: %w", err)
	}
	var n int
	if err := query.Scan(ctx, &n); err != nil {
		return 0, fmt.Errorf("count findings: %w", err)
	}
	return n, nil
}

// Finding returns a finding as it stands now, or reconcile.ErrNotFound.
func (r *Repo) Finding(ctx context.Context, id reconcile.FindingID) (reconcile.FindingRecord, error) {
	byID := &FindingFilter{Terms: []FindingTerm{{FieldID, Eq, []string{string(id)}}}}
	list, err := r.findingRecords(ctx, FindingQuery{Filter: byID, Limit: 1})
	if err == nil && len(list) == 0 {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.FindingRecord{}, fmt.Errorf("finding %s: %w", id, err)
	}
	return list[0], nil
}

// scope limits a query to the workspace, the run and the filter.
func (r *Repo) scope(ctx context.Context, query *bun.SelectQuery, q FindingQuery) error {
	if q.AsOf != 0 {
		if _, err := r.Run(ctx, q.AsOf); err != nil {
			return err // rather than no findings, which looks like good news
		}
		query.ModelTableExpr("(?) AS f", r.asOf(q.AsOf))
	}
	query.Where("f.workspace = ?", r.ws)
	if q.Filter == nil {
		return nil
	}
	c, err := q.Filter.clause(r.db, 0)
	query.Where(c.sql, c.args...)
	return err
}

// asOf is the findings as they stood after a run: of each the last event up to it.
// Sightings that changed nothing have no event, so that the last one is taken from
// the finding as it stands now, but for what came after the run.
func (r *Repo) asOf(run reconcile.RunID) *bun.SelectQuery {
	seen := func(column, then string) string {
		return "CASE WHEN e.state = 'RESOLVED' THEN e." + column + " WHEN n.last_run < r.id THEN n." + column + " ELSE r." + then + " END AS " + column
	}
	later := r.db.read.NewSelect().TableExpr("finding_events AS x").ColumnExpr("1").
		Where("x.workspace = e.workspace AND x.id = e.id AND x.seq > e.seq AND x.run <= r.id")
	return r.db.read.NewSelect().TableExpr("finding_events AS e").
		Join("JOIN runs AS r ON r.workspace = e.workspace AND r.id = ?", run).
		Join("JOIN findings AS n ON n.workspace = e.workspace AND n.id = e.id").
		ColumnExpr(`e.workspace, e.id, e.code, e.severity, e.state, e.system, e.record, e.number, e.field, e.customer, e.root_cause, e.sku, e.pair_key,
			e.currency, e.amount, e.invoices, e.invoice_date, e.first_run, e.first_seen, e.resolved_run, e.resolved_at, e.reopened, e.body`).
		ColumnExpr(seen("last_run", "id")).ColumnExpr(seen("last_seen", "as_of")).
		Where("e.workspace = ? AND e.run <= r.id AND NOT EXISTS (?)", r.ws, later)
}

// page orders a query and goes on behind the cursor.
func (q *FindingQuery) page(query *bun.SelectQuery) error {
	order := q.order()
	for _, s := range order {
		if _, err := fieldOf(s.Field); err != nil {
			return fmt.Errorf("sort: %w", err)
		}
		direction := "ASC"
		if s.Desc {
			direction = "DESC"
		}
		query.OrderExpr("? ?", bun.Ident("f."+string(s.Field)), bun.Safe(direction))
	}
	if len(q.After) == 0 {
		return nil
	}
	if len(q.After) != len(order) {
		return fmt.Errorf("after: %d values for %d fields: it belongs to another sort", len(q.After), len(order))
	}
	c, err := behind(order, q.After)
	query.Where(c.sql, c.args...)
	return err
}

// behind is the condition of what follows a cursor: beyond it in the first field,
// or equal there and beyond it in the second, and so on; a row comparison would do
// only where all directions are the same.
func behind(order []FindingSort, after []string) (clause, error) {
	var ways []clause
	var equal []clause
	for n, s := range order {
		field, err := fieldOf(s.Field)
		if err != nil {
			return clause{}, err
		}
		value, err := field.value(after[n])
		if err != nil {
			return clause{}, fmt.Errorf("after: %s: %w", s.Field, err)
		}
		column, word := bun.Ident("f."+string(s.Field)), ">"
		if s.Desc {
			word = "<"
		}
		beyond := clause{"? " + word + " ?", []any{column, value}}
		ways = append(ways, join(append(equal[:n:n], beyond), "AND"))
		equal = append(equal, clause{"? = ?", []any{column, value}})
	}
	return join(ways, "OR"), nil
}
