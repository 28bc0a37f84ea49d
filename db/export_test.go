package db

import (
	"context"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// Raw is the store for statements that no repository has: tests look at plans,
// break rules and age heartbeats.
func (d *DB) Raw() *bun.DB { return d.write }

// Stream is where streams are read from.
func (d *DB) Stream() *bun.DB { return d.stream }

// Observe has a hook see all short questions.
func (d *DB) Observe(hook bun.QueryHook) { d.read = d.read.WithQueryHook(hook) }

// Postgres reports which of the two databases it is.
func (d *DB) Postgres() bool { return d.postgres }

// StaleAtATime is how many stale invoices are in memory at a time.
const StaleAtATime = stalePage

// EntrySelect is what entries are read with.
const EntrySelect = entrySelect

// By is by.
func (d *DB) By(index string) any { return d.by(index) }

// Noting is the question whether changes of an object are noted.
func (r *Repo) Noting(ctx context.Context, s reconcile.System, o reconcile.Object) (query string, err error) {
	err = r.change(ctx, func(_ context.Context, tx bun.Tx) error {
		query = r.noting(tx, shelfOf(0, s, o)).String()
		return nil
	})
	return query, err
}
