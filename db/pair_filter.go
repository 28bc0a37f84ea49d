package db

import (
	"slices"
	"strings"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// direction and beyond are the words of an order, and of what follows in it.
func direction(backwards bool) bun.Safe {
	if backwards {
		return "DESC"
	}
	return "ASC"
}

func beyond(backwards bool) bun.Safe {
	if backwards {
		return "<"
	}
	return ">"
}

// keyed reports whether a pair under a key may be asked for.
func (q *PairQuery) keyed() bool {
	return q.Kinds == nil || slices.ContainsFunc(q.Kinds, func(k reconcile.MatchKind) bool { return k != reconcile.KindBlank })
}

// blank reports whether a record without a key may be asked for.
func (q *PairQuery) blank() bool {
	return (q.Kinds == nil || slices.Contains(q.Kinds, reconcile.KindBlank)) && len(q.Keys) == 0 && (q.Duplicates == nil || !*q.Duplicates)
}

// leaves reports whether a pair under a key is asked for, as far as candidates
// could not tell.
func leaves[T any](q *PairQuery, p *reconcile.MasterPair[T]) bool {
	return (q.Kinds == nil || slices.Contains(q.Kinds, p.Kind)) &&
		(q.Duplicates == nil || *q.Duplicates == (p.HubSpot.Duplicate || p.QuickBooks.Duplicate))
}

// candidates leaves the keys that may have a pair that is asked for.
func (p pairing[T]) candidates(query *bun.SelectQuery, q *PairQuery) *bun.SelectQuery {
	for _, t := range q.Keys {
		c := t.clause(p.repo.db, p.near)
		query.Where(c.sql, c.args...)
	}
	p.withFindings(query, q, "m.near_key")
	column := bun.Ident("m." + p.keyColumn)
	var kinds []clause
	for _, kind := range q.Kinds {
		if having, ok := meeting[kind]; ok {
			kinds = append(kinds, clause{having, slices.Repeat([]any{column}, strings.Count(having, "?"))})
		}
	}
	if len(kinds) > 0 {
		c := join(kinds, "OR")
		query.Having(c.sql, c.args...)
	}
	if q.Duplicates != nil && *q.Duplicates {
		query.Having("count(*) > count(DISTINCT m.system)")
	}
	return query
}

// withFindings leaves records whose pair, by its name in SQL, has unresolved
// findings, or has none.
func (p pairing[T]) withFindings(query *bun.SelectQuery, q *PairQuery, name bun.Safe) *bun.SelectQuery {
	if q.Findings == nil {
		return query
	}
	on := p.repo.db.read.NewSelect().TableExpr("findings AS f").ColumnExpr("1").
		Where("f.workspace = m.workspace AND f.pair_key <> '' AND f.state <> 'RESOLVED'").
		Where("f.pair_key = ? AND f.code IN (?)", name, bun.List(reconcile.FamilyCodes(p.family)))
	if *q.Findings {
		return query.Where("EXISTS (?)", on)
	}
	return query.Where("NOT EXISTS (?)", on)
}

// last follows every character of a text but itself, so that everything that starts
// with a text lies between the text and the text with it.
const last = "\U0010FFFF"

// clause compares the near key, by which the index is ordered.
func (t KeyTerm) clause(d *DB, near func(string) string) clause {
	value := near(t.Value)
	switch {
	case t.Op == Eq:
		return clause{"m.near_key = ?", []any{key(value)}}
	case t.Op == StartsWith:
		return clause{"m.near_key >= ? AND m.near_key < ?", []any{text(value), text(value + last)}}
	case d.postgres:
		return clause{"strpos(m.near_key, ?) > 0", []any{text(value)}}
	}
	return clause{"instr(m.near_key, ?) > 0", []any{text(value)}}
}
