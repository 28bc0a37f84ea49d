package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

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
