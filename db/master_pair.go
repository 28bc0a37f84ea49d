package db

import (
	"context"
	"slices"
	"strings"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// A PairQuery asks for product or customer pairs. They come by key; those of records
// without one are at the end, by system and id. The zero value asks for all.
type PairQuery struct {
	Kinds []reconcile.MatchKind // nil: all
	// Keys are what the key must be like. They are compared as keys are, and no
	// record without a key is like any. A key of more than 512 bytes is known by its
	// beginning only.
	Keys []KeyTerm
	// Findings asks for pairs with unresolved findings, or without; Duplicates for
	// those with several active records on a side that match nothing exactly.
	Findings   *bool
	Duplicates *bool
	Backwards  bool // from the end on
	// After goes on behind the pair of that name.
	After string
	Limit int // 0: 250
}

// A KeyTerm compares a key: Eq, Contains or StartsWith.
type KeyTerm struct {
	Op    Op
	Value string
}

const usualPairs = 250

// A catalogue is a table of records that pair by a key.
type catalogue[T any] struct {
	table string
	// keyColumn holds the key as it is written.
	keyColumn string
	near      func(string) string
	keyOf     func(*T) string
	pair      func([]T) reconcile.MasterPair[T]
	codes     []reconcile.Code // of the findings on its pairs
	// recordName is the SQL of reconcile.RecordName, place the columns that order
	// records without a key, and placeOf reads them from such a name.
	recordName string
	place      []string
	placeOf    func(name string) ([]any, error)
}

// meeting is what a pair of a kind has, as far as columns tell. It spares reading
// records that cannot be of the kind: what they are is judged by package reconcile.
// The placeholders are the key's column.
var meeting = map[reconcile.MatchKind]string{
	reconcile.KindExact:          "min(m.system) < max(m.system)",
	reconcile.KindCase:           "min(m.system) < max(m.system) AND min(?) < max(?)",
	reconcile.KindSpace:          "min(m.system) < max(m.system) AND min(?) < max(?)",
	reconcile.KindAmbiguous:      "min(m.system) < max(m.system) AND count(*) > 2",
	reconcile.KindNoneHubSpot:    "min(m.system) = 2",
	reconcile.KindNoneQuickBooks: "max(m.system) = 1",
}

// listPairs lists pairs, at most so many as the query says.
func listPairs[T any](ctx context.Context, r *Repo, c *catalogue[T], q PairQuery) ([]reconcile.MasterPair[T], error) {
	var list []reconcile.MasterPair[T]
	most := int(limit(q.Limit, usualPairs))
	err := walkPairs(ctx, r, c, q, most, func(p reconcile.MasterPair[T]) bool {
		list = append(list, p)
		return len(list) < most
	})
	return list, err
}

// walkPairs yields the pairs that a query leaves in its order, whatever its limit,
// until yield returns false. It reads portions, of which the first is for so many
// pairs.
func walkPairs[T any](ctx context.Context, r *Repo, c *catalogue[T], q PairQuery, first int, yield func(reconcile.MasterPair[T]) bool) error {
	sections := []func(context.Context, *Repo, *catalogue[T], PairQuery, int, func(reconcile.MasterPair[T]) bool) (bool, error){walkKeys[T], walkBlank[T]}
	if q.Backwards {
		slices.Reverse(sections)
	}
	if q.After != "" && strings.HasPrefix(q.After, " ") != q.Backwards {
		sections = sections[1:] // it is in the second
	}
	for _, section := range sections {
		more, err := section(ctx, r, c, q, first, yield)
		if err != nil || !more {
			return err
		}
		q.After = ""
	}
	return nil
}

// walkKeys yields the pairs under keys. It returns false when yield did.
func walkKeys[T any](ctx context.Context, r *Repo, c *catalogue[T], q PairQuery, portion int, yield func(reconcile.MasterPair[T]) bool) (bool, error) {
	if q.Kinds != nil && !slices.ContainsFunc(q.Kinds, func(k reconcile.MatchKind) bool { return k != reconcile.KindBlank }) {
		return true, nil
	}
	after := key(q.After)
	for {
		var keys []key
		query := r.keysOf(c.table).Column("m.near_key").GroupExpr("m.near_key").OrderExpr("m.near_key ?", direction(q.Backwards)).Limit(int64(portion))
		if after != "" {
			query.Where("m.near_key ? ?", beyond(q.Backwards), after)
		}
		if err := q.candidates(query, r.db, c.near, c.keyColumn, c.codes).Scan(ctx, &keys); err != nil {
			return false, err
		}
		pairs, err := pairsOf(ctx, r, c, keys)
		if err != nil {
			return false, err
		}
		for _, p := range pairs {
			if leaves(&q, &p) && !yield(p) {
				return false, nil
			}
		}
		if len(keys) < portion {
			return true, nil
		}
		after, portion = keys[len(keys)-1], batchSize
	}
}

// keysOf asks for the records of a table that have a key.
func (r *Repo) keysOf(table string) *bun.SelectQuery {
	return r.db.read.NewSelect().TableExpr("? AS m", bun.Ident(table)).
		Where("m.workspace = ? AND m.to_run IS NULL AND m.near_key <> ''", r.ws)
}

// pairsOf reads the pairs under keys, in their order. A key that nothing has any more
// has none.
func pairsOf[T any](ctx context.Context, r *Repo, c *catalogue[T], keys []key) ([]reconcile.MasterPair[T], error) {
	records := make(map[key][]T, len(keys))
	for batch := range slices.Chunk(keys, batchSize) {
		var bodies [][]byte
		if err := r.keysOf(c.table).Column("m.body").Where("m.near_key IN (?)", bun.List(batch)).OrderExpr("m.near_key").Scan(ctx, &bodies); err != nil {
			return nil, err
		}
		found, err := decodeAll[T](bodies)
		if err != nil {
			return nil, err
		}
		for _, record := range found {
			at := key(cut(c.near(c.keyOf(&record))))
			records[at] = append(records[at], record)
		}
	}
	pairs := make([]reconcile.MasterPair[T], 0, len(keys))
	for _, k := range keys {
		if len(records[k]) > 0 {
			pairs = append(pairs, c.pair(records[k]))
		}
	}
	return pairs, nil
}

// walkBlank yields the pairs of records without a key. It returns false when yield did.
func walkBlank[T any](ctx context.Context, r *Repo, c *catalogue[T], q PairQuery, portion int, yield func(reconcile.MasterPair[T]) bool) (bool, error) {
	if !q.blanks() {
		return true, nil
	}
	for {
		query := r.blanksOf(c.table).Column("m.body").Limit(int64(portion))
		for _, column := range c.place {
			query.OrderExpr("m.? ?", bun.Ident(column), direction(q.Backwards))
		}
		if q.After != "" {
			place, err := c.placeOf(q.After)
			if err != nil {
				return false, err
			}
			query.Where("(?) ? (?)", bun.List(convert(c.place, func(s string) bun.Ident { return bun.Ident("m." + s) })), beyond(q.Backwards), bun.List(place))
		}
		var bodies [][]byte
		if err := q.withFindings(query, bun.Safe(c.recordName), c.codes).Scan(ctx, &bodies); err != nil {
			return false, err
		}
		records, err := decodeAll[T](bodies)
		if err != nil {
			return false, err
		}
		for _, record := range records {
			p := c.pair([]T{record})
			if q.After = p.Name; !yield(p) {
				return false, nil
			}
		}
		if len(records) < portion {
			return true, nil
		}
		portion = batchSize
	}
}

// blanksOf asks for the records of a table that have no key.
func (r *Repo) blanksOf(table string) *bun.SelectQuery {
	return r.db.read.NewSelect().TableExpr("? AS m", bun.Ident(table)).
		Where("m.workspace = ? AND m.to_run IS NULL AND m.near_key = ''", r.ws)
}

// countPairs counts the pairs that a query leaves; After and Limit do not count. What
// columns do not tell is read and judged.
func countPairs[T any](ctx context.Context, r *Repo, c *catalogue[T], q PairQuery) (int, error) {
	q.After = ""
	count := 0
	if q.Kinds != nil || q.Duplicates != nil {
		err := walkPairs(ctx, r, c, q, batchSize, func(reconcile.MasterPair[T]) bool { count++; return true })
		return count, err
	}
	keys := q.candidates(r.keysOf(c.table).ColumnExpr("count(DISTINCT m.near_key)"), r.db, c.near, c.keyColumn, c.codes)
	if err := keys.Scan(ctx, &count); err != nil || !q.blanks() {
		return count, err
	}
	var blanks int
	err := q.withFindings(r.blanksOf(c.table).ColumnExpr("count(*)"), bun.Safe(c.recordName), c.codes).Scan(ctx, &blanks)
	return count + blanks, err
}

// pairByName returns the pair of a name, or reconcile.ErrNotFound.
func pairByName[T any](ctx context.Context, r *Repo, c *catalogue[T], name string) (reconcile.MasterPair[T], error) {
	pairs, err := func() ([]reconcile.MasterPair[T], error) {
		if !strings.HasPrefix(name, " ") {
			return pairsOf(ctx, r, c, []key{key(cut(name))})
		}
		place, err := c.placeOf(name)
		if err != nil {
			return nil, err
		}
		records, err := currentBodies[T](ctx, r, c.table, func(q *bun.SelectQuery) *bun.SelectQuery {
			for n, column := range c.place {
				q.Where("? = ?", bun.Ident(column), place[n])
			}
			return q.Where("near_key = ''")
		})
		if err != nil || len(records) == 0 {
			return nil, err
		}
		return []reconcile.MasterPair[T]{c.pair(records)}, nil
	}()
	if err == nil && (len(pairs) == 0 || pairs[0].Name != name) {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.MasterPair[T]{}, err
	}
	return pairs[0], nil
}
