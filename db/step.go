package db

import (
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type stepRow struct {
	bun.BaseModel `bun:"table:steps,alias:s"`

	ID         int64 `bun:"id,pk,autoincrement"`
	Workspace  int64
	Run        reconcile.RunID
	Name       text
	State      string
	Records    int
	Problem    text
	StartedAt  int64
	FinishedAt int64
}

// SaveStep stores one step of a run, by name, and shows that the run is alive. A run
// that has ended has no more steps: reconcile.ErrEnded.
func (r *Repo) SaveStep(ctx context.Context, run reconcile.RunID, step reconcile.Step) error {
	row := stepRow{
		Workspace: r.ws, Run: run, Name: text(step.Name), State: string(step.State), Records: step.Records,
		Problem: text(step.Problem), StartedAt: micros(step.StartedAt), FinishedAt: micros(step.FinishedAt),
	}
	err := r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewInsert().Model(&row).ExcludeColumn("id").On("CONFLICT (workspace, run, name) DO UPDATE").
			Set(`state = EXCLUDED.state, records = EXCLUDED.records, problem = EXCLUDED.problem,
				started_at = EXCLUDED.started_at, finished_at = EXCLUDED.finished_at`).
			Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("save step %s of run %d: %w", step.Name, run, err)
	}
	return nil
}

// Steps returns the steps of a run in the order in which they were first saved.
func (r *Repo) Steps(ctx context.Context, run reconcile.RunID) ([]reconcile.Step, error) {
	var rows []stepRow
	if err := r.db.read.NewSelect().Model(&rows).Where("workspace = ? AND run = ?", r.ws, run).Order("id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("steps of run %d: %w", run, err)
	}
	return convert(rows, func(row stepRow) reconcile.Step {
		return reconcile.Step{
			Name: string(row.Name), State: reconcile.StepState(row.State), Records: row.Records,
			Problem: string(row.Problem), StartedAt: instant(row.StartedAt), FinishedAt: instant(row.FinishedAt),
		}
	}), nil
}
