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

// Schedules tells which schedules there are, what became of them, and where they
// are to be judged.
type Schedules interface {
	// ScheduleHistories returns the schedules by name, each with its newest dates,
	// at most so many.
	ScheduleHistories(ctx context.Context, most int) ([]reconcile.ScheduleHistory, error)
	// MissDate writes down that nobody started a schedule's run of a date. It
	// returns false when the date has been written down already, as run or missed.
	MissDate(ctx context.Context, name string, date reconcile.Date) (bool, error)
	// BeginSchedule stores that a schedule without a Since counts from now on; one
	// that has one stays as it is.
	BeginSchedule(ctx context.Context, name string, now time.Time) error
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
	schedules, err := t.Schedules.ScheduleHistories(ctx, 1)
	if err != nil {
		t.Log.Error("read the schedules", "error", err)
		return
	}
	for _, h := range schedules {
		if !h.Enabled {
			continue
		}
		if err := t.keep(ctx, h, settings.Location()); err != nil {
			t.Log.Error("schedule", "schedule", h.Name, "error", err)
		}
	}
}

// keep begins a schedule where nobody has, and starts what of it is due.
func (t *Ticker) keep(ctx context.Context, h reconcile.ScheduleHistory, zone *time.Location) error {
	now := t.Clock()
	if h.Since.IsZero() {
		if err := t.Schedules.BeginSchedule(ctx, h.Name, now); err != nil {
			return err
		}
		h.Since = now
	}
	return t.start(ctx, h, now, zone)
}

// start starts the newest date of a schedule that is due. Older dates that nobody
// started, because the program was down or a run took longer than a day, are not
// made up for: they are written down as missed, and the next run that compares tells
// them. While another run is under way the newest date waits, until the next one is
// due.
func (t *Ticker) start(ctx context.Context, h reconcile.ScheduleHistory, now time.Time, zone *time.Location) error {
	date, due, err := h.LatestDue(now, zone)
	if err != nil {
		return err
	}
	if due.Before(h.Since) {
		return nil // due before the schedule was set up
	}
	if len(h.Dates) > 0 && !h.Dates[0].Date.Before(date) {
		return nil // it is written down; a later one, when the clock or the zone was set back
	}
	missing, err := h.Missing(date, zone)
	if err != nil {
		return err
	}
	for _, d := range missing { // the oldest first: whoever goes on after a crash finds the rest
		missed, err := t.Schedules.MissDate(ctx, h.Name, d)
		if err != nil {
			return err
		}
		if missed {
			t.Log.Warn("schedule missed", "schedule", h.Name, "date", d)
		}
	}
	run, err := t.Start(ctx, Order{Actor: reconcile.ActorSchedule, Schedule: h.Name, Date: date})
	switch {
	case errors.Is(err, reconcile.ErrAlreadyRan), errors.Is(err, reconcile.ErrRunning):
		return nil // done by another ticker, or to be tried again at the next tick
	case err != nil:
		return fmt.Errorf("start the run of %s: %w", date, err)
	}
	t.Log.Info("scheduled run started", "schedule", h.Name, "date", date, "due", due, "run", run.ID)
	return nil
}
