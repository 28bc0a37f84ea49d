package batch

import (
	"context"
	"sync"

	"github.com/tieout/tieout/reconcile"
)

// Background carries runs out in the background, for the API and the schedule.
type Background struct {
	// Base ends the runs under way when it ends.
	Base context.Context
	// Runner makes the runner for an actor: everything stored names its actor.
	Runner func(actor reconcile.Actor) (*Runner, error)

	under sync.WaitGroup
}

// Start files a run and carries it out in the background. It is refused with
// reconcile.ErrRunning while another is under way, and with
// reconcile.ErrAlreadyRan when the schedule has run for the date. ctx is for the
// filing only; the run ends with Base.
func (b *Background) Start(ctx context.Context, o Order) (reconcile.Run, error) {
	if err := b.Base.Err(); err != nil {
		return reconcile.Run{}, err // it would be cancelled at once, and its date would count as run
	}
	runner, err := b.Runner(o.Actor)
	if err != nil {
		return reconcile.Run{}, err
	}
	run, err := runner.Begin(ctx, o)
	if err != nil {
		return run, err
	}
	b.under.Go(func() {
		ended, err := runner.Carry(b.Base, run)
		if err != nil { // nobody else hears of it when the run's end could not be stored
			runner.Log.Error("run", "run", run.ID, "state", ended.State, "error", err)
		}
	})
	return run, nil
}

// Wait waits until no run is under way.
func (b *Background) Wait() { b.under.Wait() }
