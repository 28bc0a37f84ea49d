package db

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// AnythingSealed reports whether the store, of all workspaces, holds something that
// a key is needed for.
func (d *DB) AnythingSealed(ctx context.Context) (bool, error) {
	var found bool
	err := d.read.NewRaw("SELECT EXISTS (SELECT 1 FROM connections WHERE current_key <> '')").Scan(ctx, &found)
	if err != nil {
		return false, fmt.Errorf("look for sealed values: %w", err)
	}
	return found, nil
}

// sealing runs f in a transaction in which nobody else seals anything.
func (d *DB) sealing(ctx context.Context, f func(ctx context.Context, tx bun.Tx) error) error {
	return d.write.RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		if d.postgres {
			if _, err := tx.NewRaw("LOCK TABLE connections, authorizations IN SHARE ROW EXCLUSIVE MODE").Exec(ctx); err != nil {
				return err
			}
		}
		return f(ctx, tx)
	})
}

// Reseal has everything that is sealed, in all workspaces, sealed anew, in one
// transaction, and returns how many values there were. begin is called first and
// names the keys that are out of use afterwards: nothing that is sealed with them is
// stored any more.
func (d *DB) Reseal(ctx context.Context, begin func() (retired []string, err error), seal func(reconcile.Sealed, reconcile.Binding) (reconcile.Sealed, error)) (values int, err error) {
	err = d.sealing(ctx, func(ctx context.Context, tx bun.Tx) error {
		retired, err := begin()
		if err != nil {
			return err
		}
		for _, in := range sealedIn {
			n, err := in.reseal(ctx, tx, seal)
			if err != nil {
				return err
			}
			values += n
		}
		for _, id := range retired {
			_, err := tx.NewRaw("INSERT INTO retired_keys (key_id, at) VALUES (?, ?) ON CONFLICT DO NOTHING", text(id), micros(time.Now())).Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("seal anew: %w", err)
	}
	return values, nil
}

// sealedColumns are two columns that hold a sealed value.
type sealedColumns struct {
	table, key, body string
	id               []string // the primary key
	purpose          reconcile.Purpose
}

var sealedIn = []sealedColumns{
	{"connections", "current_key", "current_body", []string{"workspace", "system"}, reconcile.PurposeTokens},
	{"connections", "previous_key", "previous_body", []string{"workspace", "system"}, reconcile.PurposeTokens},
	{"authorizations", "verifier_key", "verifier_body", []string{"state_hash"}, reconcile.PurposeVerifier},
}

func (c sealedColumns) reseal(ctx context.Context, tx bun.Tx, seal func(reconcile.Sealed, reconcile.Binding) (reconcile.Sealed, error)) (int, error) {
	var rows []struct {
		Name   text
		System int16
		Key    text
		Body   []byte
		ID1    text `bun:"id1"`
		ID2    text `bun:"id2"`
	}
	first, last := c.id[0], c.id[len(c.id)-1]
	err := tx.NewSelect().TableExpr("? AS s", bun.Ident(c.table)).Join("JOIN workspaces AS w ON w.id = s.workspace").
		ColumnExpr("w.name, s.system, s.? AS key, s.? AS body, CAST(s.? AS text) AS id1, CAST(s.? AS text) AS id2",
			bun.Ident(c.key), bun.Ident(c.body), bun.Ident(first), bun.Ident(last)).
		Where("s.? <> ''", bun.Ident(c.key)).OrderExpr("id1, id2").Scan(ctx, &rows)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		fresh, err := seal(reconcile.Sealed{Key: string(row.Key), Body: row.Body}, reconcile.Binding{Workspace: reconcile.WorkspaceID(row.Name), System: system(row.System), Purpose: c.purpose})
		if err != nil {
			return 0, err
		}
		_, err = tx.NewUpdate().Table(c.table).Set("? = ?, ? = ?", bun.Ident(c.key), text(fresh.Key), bun.Ident(c.body), fresh.Body).
			Where("CAST(? AS text) = ? AND CAST(? AS text) = ?", bun.Ident(first), row.ID1, bun.Ident(last), row.ID2).Exec(ctx)
		if err != nil {
			return 0, err
		}
	}
	return len(rows), nil
}

// WithKeysInUse calls f with the ids of the keys that stored values are sealed with.
// Until f returns nobody seals anything else.
func (d *DB) WithKeysInUse(ctx context.Context, f func(inUse []string) error) error {
	err := d.sealing(ctx, func(ctx context.Context, tx bun.Tx) error {
		var keys []string
		for _, in := range sealedIn {
			var some []text
			if err := tx.NewSelect().Table(in.table).ColumnExpr("DISTINCT ?", bun.Ident(in.key)).Where("? <> ''", bun.Ident(in.key)).Scan(ctx, &some); err != nil {
				return err
			}
			keys = append(keys, convert(some, func(t text) string { return string(t) })...)
		}
		slices.Sort(keys)
		return f(slices.Compact(keys))
	})
	if err != nil {
		return fmt.Errorf("keys in use: %w", err)
	}
	return nil
}
