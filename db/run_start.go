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

// silence is how long a run of this process may be silent before it counts as dead:
// one whose end could not be stored.
const silence = 2 * time.Minute

// processEnded is the problem of a run whose process ended before it did.
const processEnded = "the process ended before the run did"

// StartRun files a run under way and gives it its id, and the repository's actor
// where it names none. A schedule and date that already have a row is refused with
// reconcile.ErrAlreadyRan, a run while another is under way with
// reconcile.ErrRunning. A run whose process has died is not under way any more: it
// is marked FAILED first. So is one of this process that has been silent for two
// minutes.
func (r *Repo) StartRun(ctx context.Context, run reconcile.Run) (reconcile.Run, error) {
	run.Workspace = r.name
	run.AsOf, run.StartedAt = instant(micros(run.AsOf)), instant(micros(run.StartedAt)) // as they are stored
	if run.State == "" {
		run.State = reconcile.RunQueued
	}
	if run.Actor == "" {
		run.Actor = r.actor
	}
	run, err := r.startRun(ctx, run)
	if err != nil {
		return reconcile.Run{}, fmt.Errorf("start run in workspace %s: %w", r.name, err)
	}
	return run, nil
}

// startRun files a run that holds the workspace's lock.
func (r *Repo) startRun(ctx context.Context, run reconcile.Run) (reconcile.Run, error) {
	locks := &r.db.locks
	locks.starting.Lock()
	defer locks.starting.Unlock()
	fresh, err := locks.claim(ctx, r.ws)
	if err != nil {
		return run, r.refusal(ctx, run, err)
	}
	err = r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.lock(ctx, tx); err != nil {
			return err
		}
		if err := r.failDead(ctx, tx, fresh); err != nil {
			return err
		}
		if err := r.mayStart(ctx, tx, run); err != nil {
			return err
		}
		id, err := r.insertRun(ctx, tx, run)
		if err != nil {
			return err
		}
		run.ID = id
		return r.markRan(ctx, tx, run)
	})
	switch {
	case err == nil:
		locks.assign(r.ws, run.ID)
	case fresh:
		err = errors.Join(err, locks.release(r.ws, 0))
	}
	return run, err
}

// refusal tells a run that another process keeps from starting why else it may not:
// a date that ran is not waited for.
func (r *Repo) refusal(ctx context.Context, run reconcile.Run, held error) error {
	if !errors.Is(held, reconcile.ErrRunning) {
		return held
	}
	if err := r.mayStart(ctx, r.db.read, run); err != nil {
		return err
	}
	return held
}

// failDead marks the run under way FAILED if its process is dead: where nobody held
// the lock that a run holds, or, within this process, when it has been silent.
func (r *Repo) failDead(ctx context.Context, tx bun.Tx, unlocked bool) error {
	now := r.db.now()
	q := tx.NewUpdate().Table("runs").
		Set("state = ?, verdict = ?, problem = ?, finished_at = ?", reconcile.RunFailed, reconcile.VerdictUnknown, processEnded, now).
		Where("workspace = ? AND state IN (?)", r.ws, bun.List(underWay))
	if !unlocked {
		q = q.Where("heartbeat_at < ? - ?", now, silence.Microseconds())
	}
	_, err := q.Exec(ctx)
	return err
}

func (r *Repo) mayStart(ctx context.Context, tx bun.IDB, run reconcile.Run) error {
	if run.Schedule != "" {
		taken, err := tx.NewSelect().Table("schedule_dates").
			Where("workspace = ? AND schedule = ? AND date = ?", r.ws, text(run.Schedule), run.Date.Days()).Exists(ctx)
		if err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("%s of %s: %w", run.Schedule, run.Date, reconcile.ErrAlreadyRan)
		}
	}
	var other int64
	err := tx.NewSelect().Table("runs").Column("id").Where("workspace = ? AND state IN (?)", r.ws, bun.List(underWay)).Limit(1).Scan(ctx, &other)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("run %d: %w", other, reconcile.ErrRunning)
}

func (r *Repo) insertRun(ctx context.Context, tx bun.Tx, run reconcile.Run) (reconcile.RunID, error) {
	row, err := r.runRow(run)
	if err != nil {
		return 0, err
	}
	var id int64
	err = tx.NewInsert().Model(&row).ExcludeColumn("id").Value("heartbeat_at", "?", r.db.now()).Returning("id").Scan(ctx, &id)
	return reconcile.RunID(id), err
}
