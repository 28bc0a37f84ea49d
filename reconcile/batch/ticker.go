package batch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/go-co-op/gocron/v2"
	"github.com/tieout/tieout/reconcile"
)

// tick is how often schedules are looked at. gocron only ticks: when a schedule
// is due is decided by reconcile.Schedule and by the runs that are stored.
const tick = 30 * time.Second

// Schedules tells which schedules there are and where they are to be judged.
type Schedules interface {
	Schedules(ctx context.Context) ([]reconcile.Schedule, error)
	Settings(ctx context.Context) (reconcile.Settings, int, error)
}

// A Ticker starts scheduled runs.
type Ticker struct {
	Schedules Schedules
	Start     func(ctx context.Context, o Order) (reconcile.Run, error)
	Clock     Clock
	Log       *slog.Logger
}

// Run ticks until ctx ends.
func (t *Ticker) Run(ctx context.Context) error {
	scheduler, err := gocron.NewScheduler(gocron.WithLocation(time.UTC))
	if err != nil {
		return fmt.Errorf("start the schedule: %w", err)
	}
	_, err = scheduler.NewJob(gocron.DurationJob(tick), gocron.NewTask(func() { t.Tick(ctx) }),
		gocron.WithSingletonMode(gocron.LimitModeReschedule), gocron.WithStartAt(gocron.WithStartImmediately()))
	if err != nil {
		return fmt.Errorf("start the schedule: %w", err)
	}
	scheduler.Start()
	<-ctx.Done()
	return scheduler.Shutdown()
}

// Tick starts what is due now and has not run. A date runs once, whoever ticks.
func (t *Ticker) Tick(ctx context.Context) {
	if ctx.Err() != nil {
		return // the last tick of a Run that ends
	}
	settings, _, err := t.Schedules.Settings(ctx)
	if err != nil {
		t.Log.Error("read the settings for the schedule", "error", err)
		return
	}
	schedules, err := t.Schedules.Schedules(ctx)
	if err != nil {
		t.Log.Error("read the schedules", "error", err)
		return
	}
	for _, s := range schedules {
		if s.Enabled {
			t.start(ctx, s, settings.Location())
		}
	}
}

// start starts the newest date of a schedule that is due. After downtime older
// dates are not caught up.
func (t *Ticker) start(ctx context.Context, s reconcile.Schedule, zone *time.Location) {
	now := t.Clock()
	date, due, err := s.LatestDue(now, zone)
	if err != nil {
		t.Log.Error("schedule", "schedule", s.Name, "error", err)
		return
	}
	if due.Before(s.Since) {
		return // due before the schedule was set up
	}
	run, err := t.Start(ctx, Order{Actor: reconcile.ActorSchedule, Schedule: s.Name, Date: date})
	switch {
	case err == nil:
		t.Log.Info("scheduled run started", "schedule", s.Name, "date", date, "due", due, "run", run.ID)
	case errors.Is(err, reconcile.ErrAlreadyRan), errors.Is(err, reconcile.ErrRunning):
		// Done, or to be tried again at the next tick.
	default:
		t.Log.Error("start scheduled run", "schedule", s.Name, "date", date, "error", err)
	}
}
