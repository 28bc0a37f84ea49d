package quickbooks

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
)

// idsAtOnce is how many records one query names: with ids of ten digits that is an
// address of two thousand characters.
const idsAtOnce = 100

// beside yields what a reading of changes brings, and then those records of the ids
// that it did not. One that is gone is in no answer.
func (k kind) beside(ctx context.Context, changed iter.Seq2[entityPage, error], ids []string) iter.Seq2[entityPage, error] {
	return func(yield func(entityPage, error) bool) {
		missing := make(map[string]bool, len(ids))
		for _, id := range ids {
			missing[id] = true
		}
		for page, err := range changed {
			if !yield(page, err) || err != nil {
				return
			}
			for _, raw := range page.entities {
				if id, err := rowID(raw); err == nil { // what has none is told when it is converted
					delete(missing, id)
				}
			}
		}
		for batch := range slices.Chunk(slices.Sorted(maps.Keys(missing)), min(idsAtOnce, k.c.page)) {
			page, err := k.named(batch).page(ctx, 1)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// named asks for the records of ids, which are of digits.
func (q query) named(ids []string) query {
	with := " WHERE "
	if q.where != "" {
		with = q.where + " AND "
	}
	q.where = with + "Id IN ('" + strings.Join(ids, "', '") + "')"
	return q
}
