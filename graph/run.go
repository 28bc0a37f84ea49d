package graph

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

type (
	run         struct{ Config }
	step        struct{ Config }
	certificate struct{ Config }
)

func (r root) Run() generated.RunResolver                 { return run(r) }
func (r root) Step() generated.StepResolver               { return step(r) }
func (r root) Certificate() generated.CertificateResolver { return certificate(r) }

// Runs resolves Query.runs.
func (q query) Runs(ctx context.Context, first int, after *string, states []reconcile.RunState) (*wire.RunConnection, error) {
	page, err := wire.NewPage(first, after, "runs", states)
	if err != nil {
		return nil, err
	}
	ask := db.RunQuery{States: states, Limit: page.Limit()}
	if page.After != nil {
		before, err := strconv.ParseInt(page.After[0], 10, 64)
		if err != nil {
			return nil, wire.Coded("CURSOR_INVALID", "after is no cursor of this server")
		}
		ask.Before = reconcile.RunID(before)
	}
	runs, err := q.Repo.Runs(ctx, ask)
	if err != nil {
		return nil, err
	}
	return wire.Connect(page, runs, func(r *reconcile.Run) []string { return []string{strconv.FormatInt(int64(r.ID), 10)} }), nil
}

// Run resolves Query.run.
func (q query) Run(ctx context.Context, id *string) (*reconcile.Run, error) {
	if id == nil {
		newest, err := q.Repo.Runs(ctx, db.RunQuery{Limit: 1})
		if err != nil || len(newest) == 0 {
			return nil, err
		}
		return &newest[0], nil
	}
	number, err := q.run(id)
	if err == nil {
		var found reconcile.Run
		if found, err = q.Repo.Run(ctx, number); err == nil {
			return &found, nil
		}
	}
	return nil, unlessNotFound(err)
}

// unlessNotFound drops the error of a record that is not there: what is asked
// for by id is null then.
func unlessNotFound(err error) error {
	if errors.Is(err, reconcile.ErrNotFound) {
		return nil
	}
	return err
}

// RunStart resolves Mutation.runStart.
func (m mutation) RunStart(ctx context.Context, input generated.RunStartInput) (*generated.RunStartPayload, error) {
	payload := &generated.RunStartPayload{UserErrors: []generated.UserError{}, ClientMutationID: input.ClientMutationID}
	started, err := m.Starter.Start(ctx, batch.Order{Actor: m.Actor})
	switch {
	case errors.Is(err, reconcile.ErrRunning):
		payload.UserErrors = append(payload.UserErrors, generated.UserError{
			Code: generated.UserErrorCodeRunUnderWay, Message: "another run is under way; wait for its end", Retryable: true,
		})
	case err != nil:
		return nil, err
	default:
		payload.Run = &started
	}
	return payload, nil
}

// ID resolves Run.id.
func (r run) ID(_ context.Context, obj *reconcile.Run) (string, error) { return r.runID(obj.ID), nil }

// Verdict resolves Run.verdict; a run without one is unknown.
func (r run) Verdict(_ context.Context, obj *reconcile.Run) (reconcile.Verdict, error) {
	if obj.Verdict == "" {
		return reconcile.VerdictUnknown, nil
	}
	return obj.Verdict, nil
}

// Schedule resolves Run.schedule.
func (r run) Schedule(_ context.Context, obj *reconcile.Run) (*string, error) {
	return wire.TextOrNull(obj.Schedule), nil
}

// DurationSeconds resolves Run.durationSeconds.
func (r run) DurationSeconds(_ context.Context, obj *reconcile.Run) (*decimal.Decimal, error) {
	if obj.StartedAt.IsZero() {
		return nil, nil
	}
	end := obj.FinishedAt
	if end.IsZero() {
		end = r.Now()
	}
	seconds, err := decimal.New(end.Sub(obj.StartedAt).Milliseconds(), 3)
	if err != nil {
		return nil, err
	}
	return &seconds, nil
}

// Problem resolves Run.problem.
func (r run) Problem(_ context.Context, obj *reconcile.Run) (*string, error) {
	return wire.TextOrNull(obj.Problem), nil
}

// Steps resolves Run.steps.
func (r run) Steps(ctx context.Context, obj *reconcile.Run) ([]reconcile.Step, error) {
	return r.Repo.Steps(ctx, obj.ID)
}

// Certificates resolves Run.certificates.
func (r run) Certificates(ctx context.Context, obj *reconcile.Run) ([]reconcile.Certificate, error) {
	return r.Repo.Certificates(ctx, obj.ID)
}

// ControlTotals resolves Run.controlTotals.
func (r run) ControlTotals(ctx context.Context, obj *reconcile.Run, currency *string, first int, after *string) (*wire.ControlTotalConnection, error) {
	return r.totals(ctx, *obj, currency, first, after)
}

// Problem resolves Step.problem.
func (s step) Problem(_ context.Context, obj *reconcile.Step) (*string, error) {
	return wire.TextOrNull(obj.Problem), nil
}

// Problem resolves Certificate.problem.
func (c certificate) Problem(_ context.Context, obj *reconcile.Certificate) (*string, error) {
	return wire.TextOrNull(obj.Problem), nil
}

// Reason resolves Certificate.reason.
func (c certificate) Reason(_ context.Context, obj *reconcile.Certificate) (*string, error) {
	return wire.TextOrNull(obj.Reason), nil
}

// Sums resolves Certificate.sums.
func (c certificate) Sums(_ context.Context, obj *reconcile.Certificate) ([]reconcile.Money, error) {
	sums := []reconcile.Money{}
	for _, currency := range slices.Sorted(maps.Keys(obj.Sums)) {
		sums = append(sums, reconcile.Money{Minor: obj.Sums[currency], Currency: currency})
	}
	return sums, nil
}
