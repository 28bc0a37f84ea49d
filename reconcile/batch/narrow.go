package batch

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// weekly is how old the last comparison of everything may be.
const weekly = 7 * 24 * time.Hour

// A narrowed comparison judges the loci at which something has changed since the last
// one, and all that what changed there can affect:
//
//   - invoices that have come, changed or gone, with all that have or had the match
//     key of one of them, and those whose grace may be over;
//   - unpaired invoices that have the same customer, currency and total as one of these:
//     twins and duplicates;
//   - the SKUs, e-mails and tax rates that these invoices touch and touched, and those
//     that have changed themselves, each with all others that could be taken for it;
//   - every invoice looked at closely that touches one of those.
//
// What is found there is what a comparison of everything would find there; elsewhere
// nothing has changed.
type narrowed struct {
	before    reconcile.Compared
	judged    map[reconcile.Locus]bool
	now       map[reconcile.Locus][]reconcile.Entry // those judged, and those that only cast a shadow
	past      []reconcile.Group                     // those judged, as the last comparison read them
	standings []reconcile.Standing                  // of those judged, from then on
	loaded    loader
}

// errTooWide: so much has changed that comparing everything takes less.
var errTooWide = errors.New("too much has changed")

// narrowDown returns what has to be judged, or nil for everything.
func (k *comparer) narrowDown(ctx context.Context) (*narrowed, error) {
	if k.run.Full || len(k.in.Problems) > 0 {
		return nil, nil
	}
	before, err := k.Changes.Compared(ctx)
	if errors.Is(err, reconcile.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	light, err := k.mastersFor(ctx, nil)
	if err != nil {
		return nil, err
	}
	if light.Premises() != before.Premises || k.run.AsOf.Sub(before.FullAt) >= weekly {
		return nil, nil
	}
	n := &narrowing{comparer: k, gathered: map[invoiceID]bool{}, narrowed: narrowed{
		before: before, judged: map[reconcile.Locus]bool{}, now: map[reconcile.Locus][]reconcile.Entry{}, loaded: loader{},
	}}
	err = n.collect(ctx)
	if errors.Is(err, errTooWide) {
		k.masters = nil
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	k.in.Judged = n.judged
	return &n.narrowed, nil
}

// limit is how many records may have changed, and a tenth of how many invoices may be
// read, before comparing everything takes less.
func (n *narrowed) limit() int {
	return max(500, 15*max(n.before.Counts.HubSpotInvoices, n.before.Counts.QuickBooksInvoices)/1000)
}

// onto puts what a narrow comparison says in place of what the last one said of the
// same loci.
func (n *narrowed) onto(c reconcile.Compared, masters *reconcile.Masters) reconcile.Compared {
	totals, counts := masters.Tallied(n.past)
	for _, s := range n.standings {
		totals = append(totals, s.Totals...)
		counts = counts.Plus(s.Counts, 1)
	}
	c.FullAt = n.before.FullAt
	c.Totals = reconcile.MergeTotals(n.before.Totals, c.Totals, totals)
	c.Counts = n.before.Counts.Plus(c.Counts, 1).Plus(counts, -1)
	return c
}

// entries streams a system's entries in the order of Mirror.Entries.
func (n *narrowed) entries(s reconcile.System) iter.Seq2[reconcile.Entry, error] {
	var list []reconcile.Entry
	for _, at := range n.now {
		for _, e := range at {
			if e.System == s {
				list = append(list, e)
			}
		}
	}
	slices.SortFunc(list, reconcile.CompareEntries)
	return func(yield func(reconcile.Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// locusOf is where the invoices of a group lie.
func locusOf(g *reconcile.Group) reconcile.Locus {
	if len(g.HubSpot) > 0 {
		return g.HubSpot[0].Locus()
	}
	return g.QuickBooks[0].Locus()
}

// groupOf makes a group of the entries at a locus.
func groupOf(entries []reconcile.Entry) reconcile.Group {
	var g reconcile.Group
	for _, e := range entries {
		g.Key = e.MatchKey
		if e.System == reconcile.HubSpot {
			g.HubSpot = append(g.HubSpot, e)
		} else {
			g.QuickBooks = append(g.QuickBooks, e)
		}
	}
	slices.SortFunc(g.HubSpot, reconcile.CompareEntries)
	slices.SortFunc(g.QuickBooks, reconcile.CompareEntries)
	return g
}

// A loader keeps the invoices that it has loaded, by row.
type loader map[int64]reconcile.Invoice

// get loads invoices by row, in the order of rows.
func (l loader) get(ctx context.Context, m Mirror, rows []int64) ([]reconcile.Invoice, error) {
	var missing []int64
	for _, row := range rows {
		if _, known := l[row]; !known {
			missing = append(missing, row)
		}
	}
	found, err := m.Invoices(ctx, missing)
	if err != nil {
		return nil, err
	}
	for n, row := range missing {
		l[row] = found[n]
	}
	list := make([]reconcile.Invoice, len(rows))
	for n, row := range rows {
		list[n] = l[row]
	}
	return list, nil
}

// setOf is the set of the elements of lists.
func setOf[T comparable](lists ...[]T) map[T]bool {
	set := map[T]bool{}
	for _, list := range lists {
		for _, v := range list {
			set[v] = true
		}
	}
	return set
}

func sortedSet[T reconcile.Locus | uint64](set map[T]bool) []T { return slices.Sorted(maps.Keys(set)) }
