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
	family    reconcile.Family // of the findings on its pairs
	// recordName is the SQL of reconcile.RecordName, place the columns that order
	// records without a key, and placeOf reads them from such a name.
	recordName bun.Safe
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

// A pairing lists the pairs of a catalogue in a workspace.
type pairing[T any] struct {
	*catalogue[T]
	repo *Repo
}

// list lists pairs, at most so many as the query says.
func (p pairing[T]) list(ctx context.Context, q PairQuery) ([]reconcile.MasterPair[T], error) {
	var list []reconcile.MasterPair[T]
	most := int(limit(q.Limit, usualPairs))
	q.Limit = most
	err := p.walk(ctx, q, func(pair reconcile.MasterPair[T]) bool {
		list = append(list, pair)
		return len(list) < most
	})
	return list, err
}

// walk yields the pairs that a query leaves in its order until yield returns false.
// They are read in portions, of which the first is as large as the query's limit.
func (p pairing[T]) walk(ctx context.Context, q PairQuery, yield func(reconcile.MasterPair[T]) bool) error {
	sections := []func(context.Context, PairQuery, func(reconcile.MasterPair[T]) bool) (more bool, err error){p.walkKeys, p.walkBlanks}
	if q.Backwards {
		slices.Reverse(sections)
	}
	if q.After != "" && strings.HasPrefix(q.After, " ") != q.Backwards {
		sections = sections[1:] // it is in the second
	}
	for _, section := range sections {
		more, err := section(ctx, q, yield)
		if err != nil || !more {
			return err
		}
		q.After = ""
	}
	return nil
}

// walkKeys yields the pairs under keys. It returns false when yield did.
func (p pairing[T]) walkKeys(ctx context.Context, q PairQuery, yield func(reconcile.MasterPair[T]) bool) (bool, error) {
	if !q.keyed() {
		return true, nil
	}
	after, portion := key(q.After), q.Limit
	for {
		var keys []key
		query := p.keys().Column("m.near_key").GroupExpr("m.near_key").OrderExpr("m.near_key ?", direction(q.Backwards)).Limit(int64(portion))
		if after != "" {
			query.Where("m.near_key ? ?", beyond(q.Backwards), after)
		}
		if err := p.candidates(query, &q).Scan(ctx, &keys); err != nil {
			return false, err
		}
		pairs, err := p.under(ctx, keys)
		if err != nil {
			return false, err
		}
		for _, pair := range pairs {
			if leaves(&q, &pair) && !yield(pair) {
				return false, nil
			}
		}
		if len(keys) < portion {
			return true, nil
		}
		after, portion = keys[len(keys)-1], batchSize
	}
}

// keys asks for the records that have a key.
func (p pairing[T]) keys() *bun.SelectQuery {
	return p.repo.db.read.NewSelect().TableExpr("? AS m", bun.Ident(p.table)).
		Where("m.workspace = ? AND m.to_run IS NULL AND m.near_key <> ''", p.repo.ws)
}

// under reads the pairs under keys, in their order. A key that nothing has any more
// has none. In any other order of the records SQLite would read the whole table
// rather than sort them.
func (p pairing[T]) under(ctx context.Context, keys []key) ([]reconcile.MasterPair[T], error) {
	records := make(map[key][]T, len(keys))
	for batch := range slices.Chunk(keys, batchSize) {
		var bodies [][]byte
		if err := p.keys().Column("m.body").Where("m.near_key IN (?)", bun.List(batch)).OrderExpr("m.near_key").Scan(ctx, &bodies); err != nil {
			return nil, err
		}
		found, err := decodeAll[T](bodies)
		if err != nil {
			return nil, err
		}
		for _, record := range found {
			at := key(cut(p.near(p.keyOf(&record))))
			records[at] = append(records[at], record)
		}
	}
	pairs := make([]reconcile.MasterPair[T], 0, len(keys))
	for _, k := range keys {
		if len(records[k]) > 0 {
			pairs = append(pairs, p.pair(records[k]))
		}
	}
	return pairs, nil
}

// walkBlanks yields the pairs of records without a key. It returns false when yield did.
func (p pairing[T]) walkBlanks(ctx context.Context, q PairQuery, yield func(reconcile.MasterPair[T]) bool) (bool, error) {
	if !q.blank() {
		return true, nil
	}
	for portion := q.Limit; ; portion = batchSize {
		var bodies [][]byte
		query, err := p.behind(p.withFindings(p.blanks().Column("m.body"), &q, p.recordName), &q)
		if err == nil {
			err = query.Limit(int64(portion)).Scan(ctx, &bodies)
		}
		if err != nil {
			return false, err
		}
		records, err := decodeAll[T](bodies)
		if err != nil {
			return false, err
		}
		for n := range records {
			pair := p.pair(records[n : n+1])
			if q.After = pair.Name; !yield(pair) {
				return false, nil
			}
		}
		if len(records) < portion {
			return true, nil
		}
	}
}

// blanks asks for the records that have no key.
func (p pairing[T]) blanks() *bun.SelectQuery {
	return p.repo.db.read.NewSelect().TableExpr("? AS m", bun.Ident(p.table)).
		Where("m.workspace = ? AND m.to_run IS NULL AND m.near_key = ''", p.repo.ws)
}

// behind orders records without a key and goes on behind the query's.
func (p pairing[T]) behind(query *bun.SelectQuery, q *PairQuery) (*bun.SelectQuery, error) {
	for _, column := range p.place {
		query.OrderExpr("? ?", bun.Ident("m."+column), direction(q.Backwards))
	}
	if q.After == "" {
		return query, nil
	}
	columns := convert(p.place, func(s string) bun.Ident { return bun.Ident("m." + s) })
	place, err := p.placeOf(q.After)
	return query.Where("(?) ? (?)", bun.List(columns), beyond(q.Backwards), bun.List(place)), err
}

// count counts the pairs that a query leaves; After and Limit do not count. What
// columns do not tell is read and judged.
func (p pairing[T]) count(ctx context.Context, q PairQuery) (count int, err error) {
	q.After, q.Limit = "", batchSize
	if q.Kinds != nil || q.Duplicates != nil {
		err = p.walk(ctx, q, func(reconcile.MasterPair[T]) bool { count++; return true })
		return count, err
	}
	if err := p.candidates(p.keys().ColumnExpr("count(DISTINCT m.near_key)"), &q).Scan(ctx, &count); err != nil || !q.blank() {
		return count, err
	}
	var blanks int
	err = p.withFindings(p.blanks().ColumnExpr("count(*)"), &q, p.recordName).Scan(ctx, &blanks)
	return count + blanks, err
}

// byName returns the pair of a name, or reconcile.ErrNotFound.
func (p pairing[T]) byName(ctx context.Context, name string) (pair reconcile.MasterPair[T], err error) {
	var found []reconcile.MasterPair[T]
	if strings.HasPrefix(name, " ") {
		found, err = p.ofRecord(ctx, name)
	} else {
		found, err = p.under(ctx, []key{key(cut(name))})
	}
	if err == nil && (len(found) == 0 || found[0].Name != name) {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return pair, err
	}
	return found[0], nil
}

// ofRecord reads the pair of a record without a key by its name; none when there is none.
func (p pairing[T]) ofRecord(ctx context.Context, name string) ([]reconcile.MasterPair[T], error) {
	place, err := p.placeOf(name)
	if err != nil {
		return nil, err
	}
	query := p.blanks().Column("m.body")
	for n, column := range p.place {
		query.Where("? = ?", bun.Ident("m."+column), place[n])
	}
	var bodies [][]byte
	if err := query.OrderExpr("m.id").Scan(ctx, &bodies); err != nil || len(bodies) == 0 {
		return nil, err
	}
	records, err := decodeAll[T](bodies)
	return []reconcile.MasterPair[T]{p.pair(records)}, err
}
