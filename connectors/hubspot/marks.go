package hubspot

import (
	"context"
	"iter"
	"strconv"

	"github.com/tieout/tieout/connectors"
)

// searchDepth is how far into its results a search can be asked ("Search the
// CRM", limits).
const searchDepth = 10_000

// marks yields ids a segment apart, of which the first is known. They end where there is no more than a
// segment left, or where a search fails: what the search would have told can
// be done without.
func (w *walk) marks(ctx context.Context, last mark) iter.Seq[string] {
	return func(yield func(string) bool) {
		if last.id == "" || !yield(last.id) {
			return
		}
		base, left := w.base(), last.left // records after base
		step := min(max(left/w.width, w.c.sizes.first), w.c.sizes.others)
		for at := w.c.sizes.first + step; left > 0; at = step {
			for next, err := range w.marksAfter(ctx, base, at, step, min(left, searchDepth)) {
				if err != nil || next.id == "" || !yield(next.id) {
					return
				}
				last = next
			}
			if left <= searchDepth {
				return
			}
			// The last mark was at the depth itself or a step before it.
			base, left = last.id, left-searchDepth+(searchDepth-at)%step
		}
	}
}

// marksAfter searches for the marks among so many records after base.
func (w *walk) marksAfter(ctx context.Context, base string, at, step, records int) iter.Seq2[mark, error] {
	return connectors.InOrder(ctx, w.width, func(context.Context) iter.Seq[connectors.Job[mark]] {
		return func(yield func(connectors.Job[mark]) bool) {
			for ; at <= records; at += step {
				offset := at - 1
				if !yield(func(ctx context.Context) (mark, error) { return w.search(ctx, base, offset) }) {
					return
				}
			}
		}
	})
}

// A mark is what a search for one tells.
type mark struct {
	id   string // empty: there are not so many records
	left int    // records after the id that was searched from
}

// search finds the record that comes so many after the first one after base.
func (w *walk) search(ctx context.Context, base string, offset int) (mark, error) {
	got, calls, err := w.c.search(ctx, "search for marks, "+w.op, w.object, query{
		Groups:     []group{{[]filter{{objectID, "GT", base}}}},
		Sorts:      []sorted{{objectID, ascending}},
		Properties: []string{objectID}, Limit: 1, After: strconv.Itoa(offset),
	})
	w.sent.Add(int64(calls))
	m := mark{left: got.total}
	if len(got.records) > 0 && err == nil {
		m.id, err = idOf(got.records[0])
	}
	return m, err
}
