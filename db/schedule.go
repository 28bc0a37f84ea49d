package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type scheduleRow struct {
	bun.BaseModel `bun:"table:schedules,alias:s"`

	Workspace int64 `bun:"workspace,pk"`
	Name      text  `bun:"name,pk"`
	At        text
	Enabled   bool
	Since     int64
}

// Schedules returns the schedules of the workspace by name.
func (r *Repo) Schedules(ctx context.Context) ([]reconcile.Schedule, error) {
	var rows []scheduleRow
	if err := r.db.read.NewSelect().Model(&rows).Where("workspace = ?", r.ws).Order("name").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list schedules: %w", err)
	}
	return convert(rows, func(row scheduleRow) reconcile.Schedule { return row.schedule() }), nil
}

// Schedule returns a schedule by name. One that does not exist is
// reconcile.ErrNotFound.
func (r *Repo) Schedule(ctx context.Context, name string) (reconcile.Schedule, error) {
	s, err := r.schedule(ctx, r.db.read, name)
	if err == nil && s.Name == "" {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.Schedule{}, fmt.Errorf("schedule %q: %w", name, err)
	}
	return s, nil
}

// schedule returns a schedule by name; the zero value when there is none.
func (r *Repo) schedule(ctx context.Context, db bun.IDB, name string) (reconcile.Schedule, error) {
	var row scheduleRow
	err := db.NewSelect().Model(&row).Where("workspace = ? AND name = ?", r.ws, text(name)).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return reconcile.Schedule{}, nil
	}
	return row.schedule(), err
}

func (row *scheduleRow) schedule() reconcile.Schedule {
	return reconcile.Schedule{Name: string(row.Name), At: string(row.At), Enabled: row.Enabled, Since: instant(row.Since)}
}

// SaveSchedule stores a schedule by name, in place of what is stored (see
// reconcile.Schedule.InPlaceOf), and returns it as it is now. A name or a time that
// is none is refused.
func (r *Repo) SaveSchedule(ctx context.Context, s reconcile.Schedule, now time.Time) (reconcile.Schedule, error) {
	if err := s.Check(); err != nil {
		return reconcile.Schedule{}, err
	}
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.lock(ctx, tx); err != nil {
			return err
		}
		before, err := r.schedule(ctx, tx, s.Name)
		if err != nil {
			return err
		}
		s = s.InPlaceOf(before, instant(micros(now)))
		return saveSchedule(ctx, tx, r.ws, s)
	})
	if err != nil {
		return reconcile.Schedule{}, fmt.Errorf("save schedule %q: %w", s.Name, err)
	}
	return s, nil
}

// BeginSchedule stores that a schedule without a Since counts from now on; one that
// has one stays as it is, so that of several callers the first one counts.
func (r *Repo) BeginSchedule(ctx context.Context, name string, now time.Time) error {
	_, err := r.db.write.NewUpdate().Table("schedules").Set("since = ?", micros(now)).
		Where("workspace = ? AND name = ? AND since = 0", r.ws, text(name)).Exec(ctx)
	if err != nil {
		return fmt.Errorf("begin schedule %q: %w", name, err)
	}
	return nil
}

// DeleteSchedule removes a schedule. What became of its dates stays. One that does
// not exist is reconcile.ErrNotFound.
func (r *Repo) DeleteSchedule(ctx context.Context, name string) error {
	result, err := r.db.write.NewDelete().Table("schedules").Where("workspace = ? AND name = ?", r.ws, text(name)).Exec(ctx)
	if err == nil {
		var n int64
		if n, err = result.RowsAffected(); err == nil && n == 0 {
			err = reconcile.ErrNotFound
		}
	}
	if err != nil {
		return fmt.Errorf("delete schedule %q: %w", name, err)
	}
	return nil
}

func saveSchedule(ctx context.Context, db bun.IDB, ws int64, s reconcile.Schedule) error {
	row := scheduleRow{Workspace: ws, Name: text(s.Name), At: text(s.At), Enabled: s.Enabled, Since: micros(s.Since)}
	_, err := db.NewInsert().Model(&row).On("CONFLICT (workspace, name) DO UPDATE").
		Set("at = EXCLUDED.at, enabled = EXCLUDED.enabled, since = EXCLUDED.since").Returning("NULL").Exec(ctx)
	return err
}

type scheduleDateRow struct {
	bun.BaseModel `bun:"table:schedule_dates,alias:sd"`

	Workspace int64 `bun:"workspace,pk"`
	Schedule  text  `bun:"schedule,pk"`
	Date      int32 `bun:"date,pk"`
	State     string
	Run       int64 `bun:"run,nullzero"`
	At        int64
	RunState  string `bun:",scanonly"`
}

// ScheduleDates returns what became of a schedule, newest date first; a limit of 0
// is 50.
func (r *Repo) ScheduleDates(ctx context.Context, name string, most int) ([]reconcile.ScheduleDate, error) {
	var rows []scheduleDateRow
	err := r.db.read.NewSelect().Model(&rows).ColumnExpr("sd.*").ColumnExpr("coalesce(r.state, '') AS run_state").
		Join("LEFT JOIN runs AS r ON r.id = sd.run").Where("sd.workspace = ? AND sd.schedule = ?", r.ws, text(name)).
		Order("sd.date DESC").Limit(limit(most, 50)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("dates of schedule %q: %w", name, err)
	}
	return convert(rows, func(row scheduleDateRow) reconcile.ScheduleDate {
		return reconcile.ScheduleDate{
			Schedule: string(row.Schedule), Date: reconcile.DateFromDays(row.Date), State: reconcile.DateState(row.State),
			Run: reconcile.RunID(row.Run), RunState: reconcile.RunState(row.RunState), At: instant(row.At),
		}
	}), nil
}

// ScheduleHistories returns the schedules of the workspace by name, each with its
// newest dates, at most so many.
func (r *Repo) ScheduleHistories(ctx context.Context, most int) ([]reconcile.ScheduleHistory, error) {
	schedules, err := r.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]reconcile.ScheduleHistory, len(schedules))
	for n, s := range schedules {
		dates, err := r.ScheduleDates(ctx, s.Name, most)
		if err != nil {
			return nil, err
		}
		list[n] = reconcile.ScheduleHistory{Schedule: s, Dates: dates}
	}
	return list, nil
}

// MissDate writes down that nobody started a schedule's run of a date. It returns
// false when the date has its row already: it ran, or was told as missed before.
func (r *Repo) MissDate(ctx context.Context, name string, date reconcile.Date) (bool, error) {
	n, err := r.insertDate(ctx, r.db.write, scheduleDateRow{
		Workspace: r.ws, Schedule: text(name), Date: date.Days(), State: string(reconcile.DateMissed), At: micros(time.Now()),
	})
	if err != nil {
		return false, fmt.Errorf("miss %s of schedule %q: %w", date, name, err)
	}
	return n > 0, nil
}

// markRan gives a scheduled run's date its row.
func (r *Repo) markRan(ctx context.Context, tx bun.Tx, run reconcile.Run) error {
	if run.Schedule == "" {
		return nil
	}
	n, err := r.insertDate(ctx, tx, scheduleDateRow{
		Workspace: r.ws, Schedule: text(run.Schedule), Date: run.Date.Days(), State: string(reconcile.DateRan), Run: int64(run.ID), At: micros(time.Now()),
	})
	if err == nil && n == 0 {
		return fmt.Errorf("%s of %s: %w", run.Schedule, run.Date, reconcile.ErrAlreadyRan)
	}
	return err
}

func (r *Repo) insertDate(ctx context.Context, db bun.IDB, row scheduleDateRow) (int64, error) {
	result, err := db.NewInsert().Model(&row).On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}
