package batch

import (
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
)

// nights is how many dates of a schedule a run looks back for missed ones: more
// than ten years.
const nights = 4000

// chunk is how many pairs or invoices are loaded, and findings stored, at once.
const chunk = 250

// comparer carries out the comparison of one run.
type comparer struct {
	*Runner
	run      *reconcile.Run
	settings reconcile.Settings
	in       reconcile.Input
	masters  *reconcile.Masters // all of them, or those that a narrow comparison needs
	narrow   *narrowed          // nil: everything is compared
	c        *reconcile.Comparison
	found    []reconcile.Finding
	counts   reconcile.FindingCounts
	waiting  [][2]reconcile.Entry // pairs that have to be looked at
	done     int
}

// compare compares the two mirrored systems as a step of the run: what has changed
// since the last comparison where that is known, else everything.
func (r *Runner) compare(ctx context.Context, run *reconcile.Run, settings reconcile.Settings, certificates []reconcile.Certificate) error {
	return r.step(ctx, run.ID, "compare", func(s *reconcile.Step) error {
		k := &comparer{Runner: r, run: run, settings: settings}
		err := k.prepare(ctx, certificates)
		if err == nil {
			err = k.work(ctx)
		}
		s.Records = k.done
		if err != nil {
			return fmt.Errorf("compare: %w", err)
		}
		r.Log.Info("compared", "run", run.ID, "full", k.narrow == nil, "groups", k.done, "closely", run.Counts.Compared, "open", run.Counts.Open, "took", r.Clock().Sub(s.StartedAt))
		return nil
	})
}

// prepare files anew what masters or settings have changed, and finds out what has to
// be compared.
func (k *comparer) prepare(ctx context.Context, certificates []reconcile.Certificate) error {
	unreadable, err := k.Mirror.Unreadable(ctx)
	if err != nil {
		return err
	}
	schedules, err := k.Journal.ScheduleHistories(ctx, nights)
	if err != nil {
		return err
	}
	connections, err := k.connections(ctx)
	if err != nil {
		return err
	}
	k.in = reconcile.Input{
		Workspace: k.Workspace, Run: k.run.ID, AsOf: k.run.AsOf, Unreadable: unreadable, Schedules: schedules, Connections: connections,
		Emit: func(f reconcile.Finding) { k.found = append(k.found, f) },
	}
	for _, c := range certificates {
		if !c.Complete() {
			k.in.Problems = append(k.in.Problems, c)
		}
	}
	if k.narrow, err = k.narrowDown(ctx); err != nil {
		return err
	}
	if k.narrow == nil {
		if err := k.widen(ctx); err != nil {
			return err
		}
	}
	k.in.Masters = k.masters
	k.c = reconcile.NewComparison(k.in)
	return nil
}

// widen prepares for a comparison of everything.
func (k *comparer) widen(ctx context.Context) error {
	data, err := k.Mirror.Masters(ctx)
	if err != nil {
		return err
	}
	k.masters = reconcile.NewMasters(data, k.settings)
	changed, err := k.Changes.ChangedMasters(ctx)
	if err != nil {
		return err
	}
	rows, err := k.moved(ctx, &changed)
	if err != nil {
		return err
	}
	return k.refile(ctx, rows)
}

// work feeds the comparison in its order and publishes what it found.
func (k *comparer) work(ctx context.Context) error {
	if err := k.Changes.ForgetCompared(ctx, k.run.ID); err != nil {
		return err
	}
	groups := reconcile.Merge(k.Mirror.Entries(ctx, reconcile.HubSpot, ""), k.Mirror.Entries(ctx, reconcile.QuickBooks, ""))
	if k.narrow != nil {
		groups = reconcile.Merge(k.narrow.entries(reconcile.HubSpot), k.narrow.entries(reconcile.QuickBooks))
	}
	for g, err := range groups {
		if err != nil {
			return err
		}
		if err := k.group(ctx, g); err != nil {
			return err
		}
		if k.done++; k.done%5000 == 0 {
			k.Progress.Step("compare", k.done, 0)
		}
	}
	if err := k.pairs(ctx); err != nil {
		return err
	}
	k.Progress.Step("compare", k.done, k.done)
	if err := k.rest(ctx); err != nil {
		return err
	}
	return k.publish(ctx)
}

func (k *comparer) group(ctx context.Context, g reconcile.Group) error {
	if k.narrow != nil && !k.narrow.judged[locusOf(&g)] {
		k.c.Shadow(g)
		return nil
	}
	if pair, look := k.c.Add(g); look {
		k.waiting = append(k.waiting, pair)
	}
	if len(k.waiting) < chunk {
		return nil
	}
	return k.pairs(ctx)
}

// invoices loads invoices by row, in the order of rows.
func (k *comparer) invoices(ctx context.Context, rows []int64) ([]reconcile.Invoice, error) {
	if k.narrow == nil {
		return k.Mirror.Invoices(ctx, rows)
	}
	return k.narrow.loaded.get(ctx, k.Mirror, rows)
}

// pairs looks closely at the pairs that wait for it.
func (k *comparer) pairs(ctx context.Context) error {
	rows := make([]int64, 0, 2*len(k.waiting))
	for _, pair := range k.waiting {
		rows = append(rows, pair[0].Row, pair[1].Row)
	}
	invoices, err := k.invoices(ctx, rows)
	if err != nil {
		return err
	}
	for n, pair := range k.waiting {
		k.c.Pair(pair, invoices[2*n], invoices[2*n+1])
	}
	k.waiting = k.waiting[:0]
	return k.flush(ctx, chunk)
}

// rest judges what has no partner, and raises the findings on masters.
func (k *comparer) rest(ctx context.Context) error {
	for _, rows := range k.c.Suspects() {
		invoices, err := k.invoices(ctx, rows)
		if err != nil {
			return err
		}
		k.c.Alike(rows, invoices)
		if err := k.flush(ctx, chunk); err != nil {
			return err
		}
	}
	unpaired := k.c.Unpaired()
	for from := 0; from < len(unpaired); from += chunk {
		entries := unpaired[from:min(from+chunk, len(unpaired))]
		rows := make([]int64, len(entries))
		for n, e := range entries {
			rows[n] = e.Row
		}
		invoices, err := k.invoices(ctx, rows)
		if err != nil {
			return err
		}
		for n, e := range entries {
			k.c.Alone(e, invoices[n])
		}
		if err := k.flush(ctx, chunk); err != nil {
			return err
		}
		k.Progress.Step("unpaired", from+len(entries), len(unpaired))
	}
	return nil
}

// flush stores the findings made so far, if there are at least so many.
func (k *comparer) flush(ctx context.Context, atLeast int) error {
	if len(k.found) < atLeast || len(k.found) == 0 {
		return nil
	}
	counts, err := k.Findings.See(ctx, *k.run, k.found)
	k.counts = k.counts.Plus(counts)
	k.found = k.found[:0]
	return err
}

// publish closes the comparison: totals, findings that were not seen again,
// counts and verdict.
func (k *comparer) publish(ctx context.Context) error {
	totals, counts := k.c.Finish()
	if err := k.flush(ctx, 0); err != nil {
		return err
	}
	compared := reconcile.Compared{Run: k.run.ID, FullAt: k.run.AsOf, Premises: k.masters.Premises(), Totals: totals, Counts: counts}
	proof := k.c.Proof()
	if k.narrow != nil {
		compared = k.narrow.onto(compared, k.masters)
		proof.Since = k.narrow.before.Run
	}
	if err := k.Journal.SaveTotals(ctx, k.run.ID, compared.Totals); err != nil {
		return err
	}
	if proof.Complete {
		if err := k.Changes.SaveCompared(ctx, compared, k.in.Judged, k.c.Standings()); err != nil {
			return err
		}
	}
	// Last of all that is written: a run that fails before resolves nothing.
	gone, err := k.Findings.Unseen(ctx, *k.run, proof)
	if err != nil {
		return err
	}
	return k.sum(ctx, compared.Counts, gone, proof.Complete)
}

// sum makes the run's counts, state and verdict.
func (k *comparer) sum(ctx context.Context, counts reconcile.Counts, gone reconcile.FindingCounts, complete bool) error {
	k.counts = k.counts.Plus(gone)
	open, accepted, err := k.Findings.Tally(ctx)
	if err != nil {
		return err
	}
	counts.Calls = k.run.Counts.Calls
	counts.Open, counts.Opened, counts.Reopened, counts.Resolved = open, k.counts.Opened, k.counts.Reopened, k.counts.Resolved
	k.run.Counts = counts
	k.run.Verdict = reconcile.Judge(complete, counts.InScope, open, accepted, counts.Pending)
	k.run.State = reconcile.RunComplete
	if !complete {
		k.run.State, k.run.Problem = reconcile.RunIncomplete, k.c.Problem()
	}
	return nil
}
