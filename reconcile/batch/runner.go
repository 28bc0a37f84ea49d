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
	Changes   Changes
	Findings  Findings
	Journal   Journal
	// Connections are the stored sign-ins that the sources use; nil: they use none.
	Connections Connections
	// Hints are what events told of; nil: no events are taken.
	Hints    Hints
	Clock    Clock
	Progress Progress
	Log      *slog.Logger
}

// An Order says who wants a run, and for which date of which schedule.
type Order struct {
	Actor    reconcile.Actor
	Schedule string         // empty for a run by hand
	Date     reconcile.Date // of the schedule
	Full     bool           // pull and compare everything, whatever has changed
}

// heartbeat is how often a run says that it lives; within a process two minutes of
// silence are death (Journal.StartRun). A run that missed three beats in a row gives up: a
// minute before others may take it for dead and start beside it.
const (
	heartbeat   = 20 * time.Second
	missedBeats = 3
)

// Begin files a run. Carry must follow.
func (r *Runner) Begin(ctx context.Context, o Order) (reconcile.Run, error) {
	_, version, err := r.Journal.Settings(ctx)
	if err != nil {
		return reconcile.Run{}, err
	}
	now := r.Clock()
	return r.Journal.StartRun(ctx, reconcile.Run{
		Workspace: r.Workspace, State: reconcile.RunPulling, Verdict: reconcile.VerdictUnknown, Actor: o.Actor,
		Schedule: o.Schedule, Date: o.Date, Full: o.Full, AsOf: now, StartedAt: now, Settings: version,
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
	failure := r.alive(ctx, &run)
	run.FinishedAt = r.Clock()
	switch {
	case failure == nil:
	case ctx.Err() != nil: // whatever the failure is called: a store says "interrupted"
		run.State, run.Verdict, run.Problem = reconcile.RunCancelled, reconcile.VerdictUnknown, cancelled(failure)
	default:
		run.State, run.Verdict, run.Problem = reconcile.RunFailed, reconcile.VerdictUnknown, failure.Error()
	}
	end, cancel := ending(ctx)
	defer cancel()
	if err := r.Journal.SaveRun(end, run); err != nil {
		return run, errors.Join(failure, fmt.Errorf("store the end of run %d: %w", run.ID, err))
	}
	r.Log.Info("run ended", "run", run.ID, "state", run.State, "verdict", run.Verdict, "took", run.FinishedAt.Sub(run.StartedAt), "calls", run.Counts.Calls)
	return run, failure
}

// cancelled is the problem of what ended because its context did.
func cancelled(failure error) string {
	if errors.Is(failure, context.Canceled) {
		return "cancelled"
	}
	return "cancelled: " + failure.Error()
}

// ending is a context for storing how something ended, which has to be done even
// when the caller has given up.
func ending(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}

// alive carries out a run while it shows that it lives, and gives it up when that
// cannot be shown any more: another run may then start beside it.
func (r *Runner) alive(ctx context.Context, run *reconcile.Run) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var lost error
	var beating sync.WaitGroup
	beating.Go(func() {
		if lost = r.beat(ctx, run.ID); lost != nil {
			stop()
		}
	})
	failure := r.carry(ctx, run)
	stop()
	beating.Wait()
	if failure != nil && lost != nil {
		return lost
	}
	return failure
}

// beat shows again and again that a run lives, until ctx ends, the run was taken for
// dead, or it has failed missedBeats times in a row.
func (r *Runner) beat(ctx context.Context, run reconcile.RunID) error {
	tick := time.NewTicker(heartbeat)
	defer tick.Stop()
	for missed := 0; ; {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		err := r.Journal.Heartbeat(ctx, run)
		if err == nil || ctx.Err() != nil {
			missed = 0
			continue
		}
		if errors.Is(err, reconcile.ErrEnded) { // another may be under way already
			return fmt.Errorf("given up: %w", err)
		}
		if missed++; missed == missedBeats {
			return fmt.Errorf("given up after %d heartbeats without success: %w", missed, err)
		}
		r.Log.Warn("heartbeat", "run", run, "error", err)
	}
}

func (r *Runner) carry(ctx context.Context, run *reconcile.Run) error {
	settings, version, err := r.Journal.Settings(ctx)
	if err != nil {
		return err
	}
	run.Settings = version // they may have changed since Begin
	certificates, err := r.pull(ctx, run, settings)
	if err != nil {
		return err
	}
	run.State = reconcile.RunComparing
	if err := r.Journal.SaveRun(ctx, *run); err != nil {
		return err
	}
	return r.compare(ctx, run, settings, certificates)
}

// step carries out one step of a run. work adds what is to be told of it; a
// Problem means that the step failed and the run goes on, an error that it ends
// the run. Either way the step's end is stored.
func (r *Runner) step(ctx context.Context, run reconcile.RunID, name string, work func(*reconcile.Step) error) error {
	s := reconcile.Step{Name: name, State: reconcile.StepRunning, StartedAt: r.Clock()}
	if err := r.Journal.SaveStep(ctx, run, s); err != nil {
		return err
	}
	failure := work(&s)
	switch {
	case failure != nil && ctx.Err() != nil:
		s.Problem = cancelled(failure)
	case failure != nil:
		s.Problem = failure.Error()
	}
	s.State, s.FinishedAt = reconcile.StepDone, r.Clock()
	if s.Problem != "" {
		s.State = reconcile.StepFailed
	}
	end, cancel := ending(ctx)
	defer cancel()
	return errors.Join(failure, r.Journal.SaveStep(end, run, s))
}

// pull brings both systems into the mirror, side by side.
func (r *Runner) pull(ctx context.Context, run *reconcile.Run, settings reconcile.Settings) ([]reconcile.Certificate, error) {
	var both [2]*puller
	group, ctx := errgroup.WithContext(ctx)
	for n, system := range reconcile.Systems {
		both[n] = &puller{Runner: r, run: run.ID, full: run.Full, source: r.Sources[system], settings: settings}
		group.Go(func() error { return both[n].reach(ctx) })
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	run.Counts.Calls = both[0].calls + both[1].calls
	return append(both[0].certificates, both[1].certificates...), nil
}
