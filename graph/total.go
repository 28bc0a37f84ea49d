package graph

import (
	"context"

	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// ControlTotals resolves Query.controlTotals.
func (q query) ControlTotals(ctx context.Context, run, currency *string, first int, after *string) (*wire.ControlTotalConnection, error) {
	number, err := q.run(run)
	if err != nil {
		return nil, err
	}
	var of reconcile.Run
	if run == nil {
		of, err = q.Repo.LatestRun(ctx)
		err = unlessNotFound(err) // a workspace without a run has no totals
	} else {
		of, err = q.Repo.Run(ctx, number)
	}
	if err != nil {
		return nil, err
	}
	return q.totals(ctx, of, currency, first, after)
}

// totals is a page of the control totals of a run.
func (c Config) totals(ctx context.Context, run reconcile.Run, currency *string, first int, after *string) (*wire.ControlTotalConnection, error) {
	page, err := wire.NewPage(first, after, "controlTotals", run.ID, currency)
	if err != nil {
		return nil, err
	}
	settings, err := c.Repo.SettingsAt(ctx, run.Settings)
	if err != nil {
		return nil, err
	}
	all, err := c.Repo.Totals(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	totals := make([]wire.ControlTotal, 0, len(all))
	for _, t := range all {
		if currency == nil || *currency == t.Currency {
			totals = append(totals, wire.ControlTotal{Total: t, Source: settings.Source()})
		}
	}
	return wire.Slice(page, totals, func(t *wire.ControlTotal) []string { return []string{t.Total.Currency, t.Total.Month} })
}
