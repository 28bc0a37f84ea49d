package db

import (
	"context"
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
	return convert(rows, func(row scheduleRow) reconcile.Schedule {
		return reconcile.Schedule{Name: string(row.Name), At: string(row.At), Enabled: row.Enabled, Since: instant(row.Since)}
	}), nil
}

// SaveSchedule stores a schedule by name. A time that is none is refused.
func (r *Repo) SaveSchedule(ctx context.Context, s reconcile.Schedule) error {
	if _, err := s.Due(reconcile.DateFromDays(1), time.UTC); err != nil {
		return err
	}
	if err := saveSchedule(ctx, r.db.write, r.ws, s); err != nil {
		return fmt.Errorf("save schedule %q: %w", s.Name, err)
	}
	return nil
}

func saveSchedule(ctx context.Context, db bun.IDB, ws int64, s reconcile.Schedule) error {
	row := scheduleRow{Workspace: ws, Name: text(s.Name), At: text(s.At), Enabled: s.Enabled, Since: micros(s.Since)}
	_, err := db.NewInsert().Model(&row).On("CONFLICT (workspace, name) DO UPDATE").
		Set("at = EXCLUDED.at, enabled = EXCLUDED.enabled, since = EXCLUDED.since").Returning("NULL").Exec(ctx)
	return err
}

// A DateState says what became of a schedule on a business date.
type DateState string

// The states of a date.
const (
	DateRan    DateState = "RAN"    // a run was started
	DateMissed DateState = "MISSED" // nobody was there to start one
)

// A ScheduleDate is what became of a schedule on one business date. There is at
// most one per date, whoever ticks.
type ScheduleDate struct {
	Schedule string
	Date     reconcile.Date
	State    DateState
	Run      reconcile.RunID // 0 for a missed date
	At       time.Time       // when it was written down
}

type scheduleDateRow struct {
	bun.BaseModel `bun:"table:schedule_dates,alias:sd"`

	Workspace int64 `bun:"workspace,pk"`
	Schedule  text  `bun:"schedule,pk"`
	Date      int32 `bun:"date,pk"`
	State     string
	Run       int64 `bun:"run,nullzero"`
	At        int64
}

// ScheduleDates returns what became of a schedule, newest date first; a limit of 0
// is 50.
func (r *Repo) ScheduleDates(ctx context.Context, name string, most int) ([]ScheduleDate, error) {
	var rows []scheduleDateRow
	err := r.db.read.NewSelect().Model(&rows).Where("workspace = ? AND schedule = ?", r.ws, text(name)).
		Order("date DESC").Limit(limit(most, 50)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("dates of schedule %q: %w", name, err)
	}
	return convert(rows, func(row scheduleDateRow) ScheduleDate {
		return ScheduleDate{
			Schedule: string(row.Schedule), Date: reconcile.DateFromDays(row.Date), State: DateState(row.State),
			Run: reconcile.RunID(row.Run), At: instant(row.At),
		}
	}), nil
}

// MissDate writes down that nobody started a schedule's run of a date. It returns
// false when the date has its row already: it ran, or was told as missed before.
func (r *Repo) MissDate(ctx context.Context, name string, date reconcile.Date) (bool, error) {
	n, err := r.insertDate(ctx, r.db.write, scheduleDateRow{
		Workspace: r.ws, Schedule: text(name), Date: date.Days(), State: string(DateMissed), At: micros(time.Now()),
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
		Workspace: r.ws, Schedule: text(run.Schedule), Date: run.Date.Days(), State: string(DateRan), Run: int64(run.ID), At: micros(time.Now()),
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
