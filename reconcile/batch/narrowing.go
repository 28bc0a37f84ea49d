package batch

import (
	"context"
	"slices"

	"github.com/tieout/tieout/reconcile"
)

// A narrowing finds out what a narrowed comparison has to judge.
type narrowing struct {
	*comparer
	narrowed
	changed  []reconcile.EntryChange
	twins    map[uint64]bool // judged
	families []reconcile.Locus
	data     reconcile.MasterData
	gathered map[invoiceID]bool // the invoices that data is for
}

// An invoiceID names an invoice of either system.
type invoiceID struct {
	system reconcile.System
	id     string
}

// collect goes from what has changed to all that it affects.
func (n *narrowing) collect(ctx context.Context) error {
	masters, err := n.refiled(ctx)
	if err != nil {
		return err
	}
	if n.changed, err = n.Changes.ChangedEntries(ctx); err != nil {
		return err
	}
	if err := n.seed(ctx); err != nil {
		return err
	}
	changed := sortedSet(n.judged)
	if err := n.alike(ctx); err != nil {
		return err
	}
	if err := n.touch(ctx, changed, masters.Loci()); err != nil {
		return err
	}
	if err := n.shadows(ctx); err != nil {
		return err
	}
	if n.standings, err = n.Changes.StandingsAt(ctx, sortedSet(n.judged)); err != nil {
		return err
	}
	n.lookBack()
	for _, at := range n.families {
		n.judged[at] = true
	}
	for twin := range n.twins {
		n.judged[reconcile.TwinLocus(twin)] = true
	}
	return n.load(ctx)
}

// refiled files anew what changed masters have changed, and returns those.
func (n *narrowing) refiled(ctx context.Context) (reconcile.MasterChanges, error) {
	count, err := n.Changes.CountChanges(ctx)
	if err == nil && count > n.limit() {
		err = errTooWide
	}
	if err != nil {
		return reconcile.MasterChanges{}, err
	}
	masters, err := n.Changes.ChangedMasters(ctx)
	if err != nil {
		return masters, err
	}
	rows, err := n.moved(ctx, &masters)
	if err == nil && len(rows) > n.limit() {
		err = errTooWide
	}
	if err != nil {
		return masters, err
	}
	return masters, n.refile(ctx, rows)
}

// seed judges where invoices have changed, and where a grace may be over.
func (n *narrowing) seed(ctx context.Context) error {
	waiting, err := n.Changes.Waiting(ctx)
	if err != nil {
		return err
	}
	loci, twins := setOf(waiting), map[uint64]bool{}
	for _, c := range n.changed {
		for _, e := range []*reconcile.Entry{c.Before, c.After} {
			if e != nil {
				loci[e.Locus()], twins[e.Twin] = true, true
			}
		}
	}
	if err := n.judge(ctx, sortedSet(loci)); err != nil {
		return err
	}
	for _, at := range n.now {
		for _, e := range at {
			twins[e.Twin] = true
		}
	}
	delete(twins, 0)
	n.twins = twins
	return nil
}

// judge adds loci of invoices to those judged, and reads what lies there.
func (n *narrowing) judge(ctx context.Context, loci []reconcile.Locus) error {
	for _, at := range loci {
		n.judged[at] = true
	}
	return n.read(ctx, loci)
}

// read reads what lies at loci that have not been read yet.
func (n *narrowing) read(ctx context.Context, loci []reconcile.Locus) error {
	var missing []reconcile.Locus
	for _, at := range loci {
		if len(at) > reconcile.LongLocus {
			return errTooWide
		}
		if _, known := n.now[at]; !known {
			n.now[at] = nil
			missing = append(missing, at)
		}
	}
	entries, err := n.Changes.EntriesAt(ctx, missing)
	if err != nil {
		return err
	}
	for _, e := range entries {
		n.now[e.Locus()] = append(n.now[e.Locus()], e)
	}
	if len(n.now) > 10*n.limit() {
		return errTooWide
	}
	return nil
}

// alike judges the unpaired invoices that agree in customer, currency and total with
// one that is judged.
func (n *narrowing) alike(ctx context.Context) error {
	loci, err := n.lociOfTwins(ctx, sortedSet(n.twins))
	if err != nil {
		return err
	}
	for _, at := range loci {
		if n.alone(at) {
			n.judged[at] = true
		}
	}
	return nil
}

// lociOfTwins returns where the invoices with twin hashes lie, and reads those loci.
func (n *narrowing) lociOfTwins(ctx context.Context, twins []uint64) ([]reconcile.Locus, error) {
	entries, err := n.Changes.EntriesOfTwins(ctx, twins)
	if err != nil {
		return nil, err
	}
	loci := map[reconcile.Locus]bool{}
	for n := range entries {
		loci[entries[n].Locus()] = true
	}
	list := sortedSet(loci)
	return list, n.read(ctx, list)
}

// alone reports whether the invoices at a locus are no pair.
func (n *narrowing) alone(at reconcile.Locus) bool {
	if len(n.now[at]) == 0 {
		return false
	}
	w := n.settings.Weigh(groupOf(n.now[at]))
	return w.State == reconcile.OneSided || w.State == reconcile.Ambiguous
}

// touch judges what rests on products, customers and tax rates that have changed; then
// the loci of those that count, or counted, an invoice of which the judgement may be
// another now, with all other invoices that they count.
func (n *narrowing) touch(ctx context.Context, changed, moved []reconcile.Locus) error {
	resting, err := n.Changes.Touching(ctx, moved, false)
	if err != nil {
		return err
	}
	if err := n.judge(ctx, resting); err != nil {
		return err
	}
	changed = sortedSet(setOf(changed, resting))
	families := setOf(moved)
	standings, err := n.Changes.StandingsAt(ctx, changed)
	if err != nil {
		return err
	}
	now, err := n.trial(ctx, changed)
	if err != nil {
		return err
	}
	for _, s := range append(standings, now...) {
		for _, at := range s.Counted {
			families[at] = true
		}
	}
	n.families = sortedSet(families)
	if slices.ContainsFunc(n.families, func(at reconcile.Locus) bool { return len(at) > reconcile.LongLocus }) {
		return errTooWide
	}
	counting, err := n.Changes.Touching(ctx, n.families, true)
	if err != nil {
		return err
	}
	return n.judge(ctx, counting)
}

// trial looks closely at the invoices of loci, to see what counts them.
func (n *narrowing) trial(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Standing, error) {
	invoices, err := n.loaded.get(ctx, n.Mirror, n.closely(loci))
	if err != nil {
		return nil, err
	}
	if err := n.gather(ctx, invoices); err != nil {
		return nil, err
	}
	masters := reconcile.NewMasters(n.data, n.settings)
	c := reconcile.NewComparison(reconcile.Input{AsOf: n.run.AsOf, Masters: masters, Judged: map[reconcile.Locus]bool{}})
	for _, at := range loci {
		if len(n.now[at]) == 0 {
			continue
		}
		if pair, look := c.Add(groupOf(n.now[at])); look {
			c.Pair(pair, n.loaded[pair[0].Row], n.loaded[pair[1].Row])
		}
	}
	for _, e := range c.Unpaired() {
		c.Alone(e, n.loaded[e.Row])
	}
	return slices.Collect(c.Standings()), nil
}

// closely lists the rows at loci that will be looked at closely.
func (n *narrowing) closely(loci []reconcile.Locus) []int64 {
	var rows []int64
	for _, at := range loci {
		if len(n.now[at]) == 0 {
			continue
		}
		w := n.settings.Weigh(groupOf(n.now[at]))
		if w.State != reconcile.OneSided && w.State != reconcile.Ambiguous && w.State != reconcile.Different {
			continue
		}
		for _, e := range slices.Concat(w.HubSpot, w.QuickBooks) {
			rows = append(rows, e.Row)
		}
	}
	return rows
}

// shadows reads what the twins and duplicates of the invoices are that stand alone
// where it is judged. All of them lie there then.
func (n *narrowing) shadows(ctx context.Context) error {
	more := map[uint64]bool{}
	for at := range n.judged {
		if !n.alone(at) {
			continue
		}
		for _, e := range n.now[at] {
			if e.Twin != 0 && !n.twins[e.Twin] {
				more[e.Twin], n.twins[e.Twin] = true, true
			}
		}
	}
	_, err := n.lociOfTwins(ctx, sortedSet(more))
	return err
}

// lookBack makes the groups that lay at the judged loci when the last comparison read
// them.
func (n *narrowing) lookBack() {
	past := map[reconcile.Locus][]reconcile.Entry{}
	changed := map[invoiceID]bool{}
	for _, c := range n.changed {
		for _, e := range []*reconcile.Entry{c.Before, c.After} {
			if e != nil {
				changed[invoiceID{e.System, e.ID}] = true
			}
		}
		if c.Before != nil {
			past[c.Before.Locus()] = append(past[c.Before.Locus()], *c.Before)
		}
	}
	for at := range n.judged {
		for _, e := range n.now[at] {
			if !changed[invoiceID{e.System, e.ID}] {
				past[at] = append(past[at], e)
			}
		}
		if len(past[at]) > 0 {
			n.past = append(n.past, groupOf(past[at]))
		}
	}
}

// load loads the invoices that will be looked at closely, and the masters by which
// they are judged.
func (n *narrowing) load(ctx context.Context) error {
	var loci []reconcile.Locus
	for at := range n.judged {
		if at.OfInvoices() {
			loci = append(loci, at)
		}
	}
	rows := n.closely(loci)
	for _, at := range n.now {
		for _, e := range at {
			if n.twins[e.Twin] {
				rows = append(rows, e.Row)
			}
		}
	}
	slices.Sort(rows)
	invoices, err := n.loaded.get(ctx, n.Mirror, slices.Compact(rows))
	if err != nil {
		return err
	}
	if err := n.gather(ctx, invoices, n.families...); err != nil {
		return err
	}
	n.masters = reconcile.NewMasters(n.data, n.settings)
	return nil
}

// gather reads the masters for invoices and loci that have not been read yet.
func (n *narrowing) gather(ctx context.Context, invoices []reconcile.Invoice, loci ...reconcile.Locus) error {
	var missing []reconcile.Invoice
	for _, i := range invoices {
		if at := (invoiceID{i.System, i.ID}); !n.gathered[at] {
			n.gathered[at] = true
			missing = append(missing, i)
		}
	}
	data, err := n.Mirror.MastersFor(ctx, missing, loci...)
	if err != nil {
		return err
	}
	n.data = n.data.With(data)
	return nil
}
