package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
	"golang.org/x/sync/errgroup"
)

// A Runner carries out the runs of one workspace.
type Runner struct {
	Workspace reconcile.WorkspaceID
	Sources   map[reconcile.System]connectors.Source
	Mirror    Mirror
	Findings  Findings
	Journal   Journal
	Clock     Clock
	Progress  Progress
	Log       *slog.Logger
}

// An Order says who wants a run, and for which date of which schedule.
type Order struct {
	Actor    reconcile.Actor
	Schedule string         // empty for a run by hand
	Date     reconcile.Date // of the schedule
}

// heartbeat is how often a run says that it lives; two minutes of silence are
// death (Journal.Heartbeat).
const heartbeat = 20 * time.Second

// Begin files a run. Carry must follow.
func (r *Runner) Begin(ctx context.Context, o Order) (reconcile.Run, error) {
	_, version, err := r.Journal.Settings(ctx)
	if err != nil {
		return reconcile.Run{}, err
	}
	now := r.Clock()
	return r.Journal.StartRun(ctx, reconcile.Run{
		Workspace: r.Workspace, State: reconcile.RunPulling, Verdict: reconcile.VerdictUnknown, Actor: o.Actor,
		Schedule: o.Schedule, Date: o.Date, AsOf: now, StartedAt: now, Settings: version,
	})
}

// Run files a run and carries it out. The error says why the run FAILED; a run
// that ended INCOMPLETE is no error.
func (r *Runner) Run(ctx context.Context, o Order) (reconcile.Run, error) {
	run, err := r.Begin(ctx, o)
	if err != nil {
		return run, err
	}
	return r.Carry(ctx, run)
}

// Carry carries out a run that Begin has filed: pull, compare, publish. Whatever
// happens, the run's end is stored.
func (r *Runner) Carry(ctx context.Context, run reconcile.Run) (reconcile.Run, error) {
	beat, stop := context.WithCancel(ctx)
	var beating sync.WaitGroup
	beating.Go(func() { r.beat(beat, run.ID) })
	failure := r.carry(ctx, &run)
	stop()
	beating.Wait()
	run.FinishedAt = r.Clock()
	if failure != nil {
		run.State, run.Verdict, run.Problem = reconcile.RunFailed, reconcile.VerdictUnknown, failure.Error()
		if errors.Is(failure, context.Canceled) {
			run.State, run.Problem = reconcile.RunCancelled, "cancelled"
		}
	}
	// The end is stored even when the caller has given up.
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := r.Journal.SaveRun(end, run); err != nil {
		return run, errors.Join(failure, fmt.Errorf("store the end of run %d: %w", run.ID, err))
	}
	r.Log.Info("run ended", "run", run.ID, "state", run.State, "verdict", run.Verdict, "took", run.FinishedAt.Sub(run.StartedAt), "calls", run.Counts.Calls)
	return run, failure
}

func (r *Runner) beat(ctx context.Context, run reconcile.RunID) {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := r.Journal.Heartbeat(ctx, run); err != nil && ctx.Err() == nil {
				r.Log.Warn("heartbeat", "run", run, "error", err)
			}
		}
	}
}

func (r *Runner) carry(ctx context.Context, run *reconcile.Run) error {
	settings, _, err := r.Journal.Settings(ctx)
	if err != nil {
		return err
	}
	certificates, err := r.pull(ctx, run, settings)
	if err != nil {
		return err
	}
	run.State = reconcile.RunComparing
	for _, c := range certificates {
		run.Counts.Calls += c.Calls
	}
	if err := r.Journal.SaveRun(ctx, *run); err != nil {
		return err
	}
	return r.compare(ctx, run, settings, certificates)
}

// pull brings both systems into the mirror, side by side.
func (r *Runner) pull(ctx context.Context, run *reconcile.Run, settings reconcile.Settings) ([]reconcile.Certificate, error) {
	var both [2][]reconcile.Certificate
	group, ctx := errgroup.WithContext(ctx)
	for n, system := range reconcile.Systems {
		group.Go(func() error {
			p := &puller{Runner: r, run: run.ID, source: r.Sources[system], settings: settings}
			var err error
			both[n], err = p.all(ctx)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return append(both[0], both[1]...), nil
}
