package db

import (
	"context"
	"database/sql"
	"encoding/json"
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

var underWay = []reconcile.RunState{reconcile.RunQueued, reconcile.RunPulling, reconcile.RunComparing, reconcile.RunApplying}

type runRow struct {
	bun.BaseModel `bun:"table:runs,alias:r"`

	ID         int64 `bun:"id,pk,autoincrement"`
	Workspace  int64
	State      string
	Verdict    string
	Actor      text
	Schedule   text
	Date       int32
	Full       bool
	AsOf       int64
	StartedAt  int64
	FinishedAt int64
	Settings   int
	Problem    text
	Counts     []byte
}

func (r *Repo) runRow(run reconcile.Run) (runRow, error) {
	counts, err := json.Marshal(run.Counts)
	return runRow{
		ID: int64(run.ID), Workspace: r.ws, State: string(run.State), Verdict: string(run.Verdict), Actor: text(run.Actor),
		Schedule: text(run.Schedule), Date: run.Date.Days(), Full: run.Full, AsOf: micros(run.AsOf), StartedAt: micros(run.StartedAt),
		FinishedAt: micros(run.FinishedAt), Settings: run.Settings, Problem: text(run.Problem), Counts: counts,
	}, err
}

func (r *Repo) run(row runRow) (reconcile.Run, error) {
	counts, err := decode[reconcile.Counts](row.Counts)
	return reconcile.Run{
		ID: reconcile.RunID(row.ID), Workspace: r.name, State: reconcile.RunState(row.State), Verdict: reconcile.Verdict(row.Verdict),
		Actor: reconcile.Actor(row.Actor), Schedule: string(row.Schedule), Date: reconcile.DateFromDays(row.Date),
		Full: row.Full, AsOf: instant(row.AsOf), StartedAt: instant(row.StartedAt), FinishedAt: instant(row.FinishedAt),
		Settings: row.Settings, Problem: string(row.Problem), Counts: counts,
	}, err
}

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

// SaveRun stores the run's state, verdict, counts and problem, and shows that it
// is alive. A run that has ended, by itself or because its process seemed dead,
// does not change its state any more: reconcile.ErrEnded. A run that ends gives up
// its lock, even if that cannot be stored: the next one finds it dead then.
func (r *Repo) SaveRun(ctx context.Context, run reconcile.Run) error {
	err := r.saveRun(ctx, run)
	if run.State.Ended() {
		err = errors.Join(err, r.db.locks.release(r.ws, run.ID))
	}
	return err
}

func (r *Repo) saveRun(ctx context.Context, run reconcile.Run) error {
	row, err := r.runRow(run)
	if err != nil {
		return fmt.Errorf("save run %d: %w", run.ID, err)
	}
	result, err := r.db.write.NewUpdate().Model(&row).
		Column("state", "verdict", "as_of", "started_at", "finished_at", "settings", "problem", "counts").
		Set("heartbeat_at = ?", r.db.now()).
		Where("r.id = ? AND r.workspace = ?", row.ID, r.ws).
		Where("(r.state = ? OR r.state IN (?))", row.State, bun.List(underWay)).Exec(ctx)
	if err == nil {
		err = r.mustChange(ctx, result, run.ID)
	}
	if err != nil {
		return fmt.Errorf("save run %d: %w", run.ID, err)
	}
	return nil
}

// Heartbeat shows that a run is alive. A caller that works longer than a minute
// without SaveRun or SaveStep calls it. reconcile.ErrEnded means that the run is
// not this process's any more.
func (r *Repo) Heartbeat(ctx context.Context, run reconcile.RunID) error {
	if err := r.beat(ctx, r.db.write, run); err != nil {
		return fmt.Errorf("heartbeat of run %d: %w", run, err)
	}
	return nil
}

// beat shows that a run is alive. One that has ended is reconcile.ErrEnded.
func (r *Repo) beat(ctx context.Context, db bun.IDB, run reconcile.RunID) error {
	result, err := db.NewUpdate().Table("runs").Set("heartbeat_at = ?", r.db.now()).
		Where("id = ? AND workspace = ? AND state IN (?)", run, r.ws, bun.List(underWay)).Exec(ctx)
	if err != nil {
		return err
	}
	return r.mustChange(ctx, result, run)
}

// mustChange tells why an update of a run changed nothing.
func (r *Repo) mustChange(ctx context.Context, result sql.Result, run reconcile.RunID) error {
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return err
	}
	stored, err := r.Run(ctx, run)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %s %s", reconcile.ErrEnded, stored.State, stored.Problem)
}

// Run returns a run.
func (r *Repo) Run(ctx context.Context, id reconcile.RunID) (reconcile.Run, error) {
	runs, err := r.runs(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", id) })
	if err == nil && len(runs) == 0 {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.Run{}, fmt.Errorf("run %d: %w", id, err)
	}
	return runs[0], nil
}

// A RunQuery asks for runs. The zero value asks for the newest of all.
type RunQuery struct {
	Before reconcile.RunID      // only older ones; 0: from the newest on
	States []reconcile.RunState // only these; empty: all
	Limit  int                  // 0: 50
}

// Runs returns runs, newest first.
func (r *Repo) Runs(ctx context.Context, query RunQuery) ([]reconcile.Run, error) {
	runs, err := r.runs(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		if query.Before != 0 {
			q = q.Where("id < ?", query.Before)
		}
		if len(query.States) > 0 {
			q = q.Where("state IN (?)", bun.List(query.States))
		}
		return q.Limit(limit(query.Limit, 50))
	})
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	return runs, nil
}

// LatestRun returns the newest run that has ended and compared, whether complete
// or not: the one whose findings are the current ones. It is reconcile.ErrNotFound
// when there is none.
func (r *Repo) LatestRun(ctx context.Context) (reconcile.Run, error) {
	runs, err := r.runs(ctx, func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("state IN (?)", bun.List([]reconcile.RunState{reconcile.RunComplete, reconcile.RunIncomplete})).Limit(1)
	})
	if err == nil && len(runs) == 0 {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.Run{}, fmt.Errorf("latest run: %w", err)
	}
	return runs[0], nil
}

func (r *Repo) runs(ctx context.Context, which func(*bun.SelectQuery) *bun.SelectQuery) ([]reconcile.Run, error) {
	var rows []runRow
	q := r.db.read.NewSelect().Model(&rows).Where("workspace = ?", r.ws).Order("id DESC")
	if err := which(q).Scan(ctx); err != nil {
		return nil, err
	}
	list := make([]reconcile.Run, len(rows))
	for n, row := range rows {
		var err error
		if list[n], err = r.run(row); err != nil {
			return nil, fmt.Errorf("run %d: %w", row.ID, err)
		}
	}
	return list, nil
}

// limit is how many rows a list has when n are asked for; 0 asks for the usual.
func limit(n, usual int) int64 {
	if n <= 0 {
		return int64(usual)
	}
	return int64(n)
}
