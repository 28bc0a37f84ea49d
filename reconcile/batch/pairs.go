package batch

import (
	"context"
	"slices"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// A Pair is one row of the list of invoice pairs: a pair, an invoice without a
// partner (the other is nil), or a group that holds one number several times
// (then there are several rows of one key).
type Pair struct {
	// Key is what PairQuery.After goes on behind; opaque to callers.
	Key        string
	State      reconcile.PairState
	HubSpot    *reconcile.Entry
	QuickBooks *reconcile.Entry
}

// A PairQuery asks for a portion of the list of pairs, by match key.
type PairQuery struct {
	States []reconcile.PairState // empty: all
	Number string                // exact; empty: all
	// After is the key to go on behind, as a Pair told it; empty: from the start.
	After string
	// Limit is how many rows are wanted at least; the rows of the last key are
	// never cut apart. 0 is as good as 1.
	Limit int
}

// PairLister lists pairs from the mirror. Pairs whose digests differ are
// reported Different without a closer look.
type PairLister struct {
	Mirror  Mirror
	Journal Journal
	Clock   Clock
}

// keyMark starts every Key, so that the key of blank numbers is not empty.
const keyMark = ">"

// Pairs returns a portion of the list and whether there are more rows.
func (l *PairLister) Pairs(ctx context.Context, q PairQuery) (rows []Pair, more bool, err error) {
	settings, _, err := l.Journal.Settings(ctx)
	if err != nil {
		return nil, false, err
	}
	from := strings.TrimPrefix(q.After, keyMark)
	after := from
	if q.Number != "" {
		from = "n" + q.Number
	}
	groups := reconcile.Merge(l.Mirror.Entries(ctx, reconcile.HubSpot, from), l.Mirror.Entries(ctx, reconcile.QuickBooks, from))
	for g, err := range groups {
		switch {
		case err != nil:
			return nil, false, err
		case q.After != "" && g.Key <= after:
			continue
		case q.Number != "" && g.Key != from:
			return rows, false, nil
		}
		found := l.rows(&settings, g, q.States)
		if len(found) > 0 && len(rows) > 0 && len(rows) >= q.Limit && rows[len(rows)-1].Key != keyMark+g.Key {
			return rows, true, nil
		}
		rows = append(rows, found...)
	}
	return rows, false, nil
}

// rows are the rows of a group that are in one of the states.
func (l *PairLister) rows(settings *reconcile.Settings, g reconcile.Group, states []reconcile.PairState) []Pair {
	w := settings.Weigh(g)
	var rows []Pair
	add := func(state reconcile.PairState, hs, qb *reconcile.Entry) {
		if len(states) == 0 || slices.Contains(states, state) {
			rows = append(rows, Pair{Key: keyMark + g.Key, State: state, HubSpot: hs, QuickBooks: qb})
		}
	}
	if state := w.PairState(); state != "" {
		add(state, &w.HubSpot[0], &w.QuickBooks[0])
		w.HubSpot, w.QuickBooks = nil, nil
	}
	alone := slices.Concat(w.HubSpot, w.QuickBooks, w.Dropped)
	for n := range alone {
		e := &alone[n]
		state := standing(settings, &w, e, l.Clock())
		if e.System == reconcile.HubSpot {
			add(state, e, nil)
		} else {
			add(state, nil, e)
		}
	}
	return rows
}
