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

type workspaceRow struct {
	bun.BaseModel `bun:"table:workspaces"`

	ID        int64 `bun:"id,pk,autoincrement"`
	Name      text
	CreatedAt int64
}

// A Repo is the store as an actor sees it in a workspace: everything it reads and
// writes belongs to that workspace, everything it changes is put down to the
// actor. It is safe for use by several goroutines.
type Repo struct {
	db    *DB
	actor reconcile.Actor
	name  reconcile.WorkspaceID
	ws    int64 // the number that stands for name in every row
}

// As returns the repository of a workspace for an actor. It refuses an actor that
// names nobody, a workspace that does not exist (reconcile.ErrNotFound) and a
// store whose schema does not fit.
func (d *DB) As(ctx context.Context, actor reconcile.Actor, ws reconcile.WorkspaceID) (*Repo, error) {
	if err := actor.Check(); err != nil {
		return nil, err
	}
	if err := d.CheckVersion(ctx); err != nil {
		return nil, err
	}
	r := &Repo{db: d, actor: actor, name: ws}
	err := d.read.NewSelect().Table("workspaces").Column("id").Where("name = ?", text(ws)).Scan(ctx, &r.ws)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("workspace %q: %w", ws, reconcile.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("workspace %q: %w", ws, err)
	}
	return r, nil
}

// EnsureWorkspace makes a workspace with the nightly schedule unless there is one
// of that name.
func (d *DB) EnsureWorkspace(ctx context.Context, ws reconcile.WorkspaceID) error {
	if err := d.CheckVersion(ctx); err != nil {
		return err
	}
	err := d.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		row := workspaceRow{Name: text(ws), CreatedAt: micros(time.Now())}
		result, err := tx.NewInsert().Model(&row).ExcludeColumn("id").On("CONFLICT DO NOTHING").Returning("NULL").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return err
		}
		if err := tx.NewSelect().Table("workspaces").Column("id").Where("name = ?", text(ws)).Scan(ctx, &row.ID); err != nil {
			return err
		}
		return saveSchedule(ctx, tx, row.ID, reconcile.Nightly)
	})
	if err != nil {
		return fmt.Errorf("make workspace %q: %w", ws, err)
	}
	return nil
}

// Workspaces returns the workspaces of the store by name.
func (d *DB) Workspaces(ctx context.Context) ([]reconcile.WorkspaceID, error) {
	if err := d.CheckVersion(ctx); err != nil {
		return nil, err
	}
	var names []text
	if err := d.read.NewSelect().Table("workspaces").Column("name").Order("name").Scan(ctx, &names); err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	return convert(names, func(t text) reconcile.WorkspaceID { return reconcile.WorkspaceID(t) }), nil
}

// change runs f in a transaction that writes. Changes of one workspace that
// depend on what they read take its lock first.
func (r *Repo) change(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	return r.db.write.RunInTx(ctx, nil, f)
}

// during is change for what a run writes: it shows that the run is alive, and
// refuses one that has ended or was taken for dead, with reconcile.ErrEnded, so
// that nothing of it is mixed with its successor's. Until the commit nobody can end
// the run.
func (r *Repo) during(ctx context.Context, run reconcile.RunID, f func(ctx context.Context, tx bun.Tx) error) error {
	return r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.beat(ctx, tx, run); err != nil {
			return err
		}
		return f(ctx, tx)
	})
}

// lock makes other changes of the workspace that take it wait for this one. On
// SQLite every transaction that writes has the store to itself anyway.
func (r *Repo) lock(ctx context.Context, tx bun.Tx) error {
	if !r.db.postgres {
		return nil
	}
	_, err := tx.NewRaw("SELECT 1 FROM workspaces WHERE id = ? FOR UPDATE", r.ws).Exec(ctx)
	return err
}
