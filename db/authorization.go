package db

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type authorizationRow struct {
	bun.BaseModel `bun:"table:authorizations,alias:au"`

	StateHash    string `bun:"state_hash,pk"`
	Workspace    int64
	System       int16
	VerifierKey  text
	VerifierBody []byte
	RedirectURI  text `bun:"redirect_uri"`
	Actor        text
	ExpiresAt    int64
}

// SaveAuthorization stores a sign-in that was begun, and forgets those that have
// expired.
func (r *Repo) SaveAuthorization(ctx context.Context, a reconcile.Authorization, now time.Time) error {
	row := authorizationRow{
		StateHash: a.StateHash, Workspace: r.ws, System: code(a.System), VerifierKey: text(a.Verifier.Key), VerifierBody: a.Verifier.Body,
		RedirectURI: text(a.RedirectURI), Actor: text(a.Actor), ExpiresAt: micros(a.Expires),
	}
	if row.VerifierBody == nil {
		row.VerifierBody = []byte{}
	}
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Table("authorizations").Where("workspace = ? AND expires_at <= ?", r.ws, micros(now)).Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&row).Returning("NULL").Exec(ctx); err != nil {
			return err
		}
		return notRetired(ctx, tx, row.VerifierKey)
	})
	if err != nil {
		return fmt.Errorf("begin sign-in to %s: %w", a.System, err)
	}
	return nil
}

// TakeAuthorization returns a sign-in that was begun in this workspace, once:
// reconcile.ErrNotFound when there is none, it has expired or it was taken before.
func (r *Repo) TakeAuthorization(ctx context.Context, stateHash string, now time.Time) (reconcile.Authorization, error) {
	var row authorizationRow
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		err := tx.NewSelect().Model(&row).Where("workspace = ? AND state_hash = ?", r.ws, text(stateHash)).Scan(ctx)
		if err != nil {
			return err
		}
		result, err := tx.NewDelete().Table("authorizations").Where("state_hash = ?", row.StateHash).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return orElse(err, sql.ErrNoRows)
		}
		return nil
	})
	same := subtle.ConstantTimeCompare([]byte(row.StateHash), []byte(stateHash)) == 1
	if errors.Is(err, sql.ErrNoRows) || (err == nil && (!same || row.ExpiresAt <= micros(now))) {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return reconcile.Authorization{}, fmt.Errorf("finish sign-in: %w", err)
	}
	return reconcile.Authorization{
		System: system(row.System), StateHash: row.StateHash, Verifier: reconcile.Sealed{Key: string(row.VerifierKey), Body: row.VerifierBody},
		RedirectURI: string(row.RedirectURI), Actor: reconcile.Actor(row.Actor), Expires: instant(row.ExpiresAt),
	}, nil
}
