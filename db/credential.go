package db

import (
	"context"
	"fmt"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// Credential returns the sealed credential of a system: reconcile.ErrNotFound when it
// was never connected.
func (r *Repo) Credential(ctx context.Context, s reconcile.System) (reconcile.Credential, error) {
	row, err := r.connectionOf(ctx, r.db.read, s)
	if err != nil {
		return reconcile.Credential{}, fmt.Errorf("credential of %s: %w", s, err)
	}
	return row.credential(), nil
}

// BeginRefresh takes the right to refresh a credential that is still of this
// generation, and notes that a refresh was started, in one commit. It returns the
// credential as it is stored then. reconcile.ErrMoved means that somebody has
// refreshed it, ErrLeased that somebody is about to; ErrNotConnected that there is
// nothing to refresh. A holder that has the right already gets it for longer.
func (r *Repo) BeginRefresh(ctx context.Context, s reconcile.System, holder string, generation int, lasting time.Duration) (c reconcile.Credential, l reconcile.Lease, err error) {
	err = r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := r.connectionOf(ctx, tx, s)
		if err != nil {
			return err
		}
		c = row.credential()
		if err := c.Usable(); err != nil {
			return err
		}
		if row.Generation != generation {
			return reconcile.ErrMoved
		}
		now := r.db.now()
		result, err := tx.NewUpdate().Table("connections").
			Set("lease_holder = ?, lease_epoch = lease_epoch + 1, lease_until = ? + ?", text(holder), now, lasting.Microseconds()).
			Set("refresh_started = CASE WHEN refresh_started = 0 THEN ? ELSE refresh_started END", now).
			Where("workspace = ? AND system = ?", r.ws, row.System).
			Where("(lease_holder = ? OR lease_until <= ?)", text(holder), now).Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 {
			return orElse(err, reconcile.ErrLeased)
		}
		l = reconcile.Lease{System: s, Holder: holder, Epoch: row.LeaseEpoch + 1}
		return nil
	})
	if err != nil {
		return c, l, fmt.Errorf("refresh credential of %s: %w", s, err)
	}
	return c, l, nil
}

func orElse(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// EndRefresh gives the right back without a new pair. settled says that the vendor
// has certainly not given one out.
func (r *Repo) EndRefresh(ctx context.Context, l reconcile.Lease, settled bool) error {
	q := r.db.write.NewUpdate().Table("connections").Set("lease_holder = '', lease_until = 0").
		Where("workspace = ? AND system = ? AND lease_epoch = ?", r.ws, code(l.System), l.Epoch)
	if settled {
		q = q.Set("refresh_started = 0")
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("end the refresh of %s: %w", l.System, err)
	}
	return nil
}

// SaveRefreshed stores the pair that the vendor gave for c.Generation of c.Grant, and
// keeps the one before, in one commit that also ends the refresh. It returns what is
// stored then.
//
// No pair of the present consent is thrown away. Where the generation has moved
// meanwhile, the pair of the holder of the right is the newer one and becomes
// current, and the pair of a holder that was too late is kept as the previous one.
// reconcile.ErrMoved means that the consent is over.
func (r *Repo) SaveRefreshed(ctx context.Context, l reconcile.Lease, c reconcile.Credential) (stored reconcile.Credential, err error) {
	err = r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := r.connectionOf(ctx, tx, l.System)
		switch {
		case err != nil:
			return err
		case row.State == string(reconcile.Disconnected) || row.GrantNo != c.Grant:
			return reconcile.ErrMoved
		case sameBytes(&row, c.Current): // committed before, and nobody heard of it
			stored = row.credential()
			return nil
		}
		mine := row.LeaseEpoch == l.Epoch
		if mine || row.Generation == c.Generation {
			row.setCurrent(c)
			err = r.tell(ctx, tx, &row, reconcile.EventRefreshed, r.actor, "")
		} else {
			row.setPrevious(c.Current, c.LastRefresh)
		}
		if err != nil {
			return err
		}
		if mine {
			row.release()
		}
		stored = row.credential()
		return r.saveConnection(ctx, tx, &row)
	})
	if err != nil {
		return stored, fmt.Errorf("store the refreshed credential of %s: %w", l.System, err)
	}
	return stored, nil
}

// FlagReconnect writes down that the vendor accepts none of the stored tokens, unless
// the generation has moved or the right has gone to somebody else meanwhile:
// reconcile.ErrMoved.
func (r *Repo) FlagReconnect(ctx context.Context, l reconcile.Lease, generation int, problem string) error {
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := r.connectionOf(ctx, tx, l.System)
		if err != nil {
			return err
		}
		if row.LeaseEpoch != l.Epoch || row.Generation != generation || row.State != string(reconcile.Connected) {
			return reconcile.ErrMoved
		}
		row.State, row.Problem = string(reconcile.NeedsReconnect), text(problem)
		row.release()
		if err := r.saveConnection(ctx, tx, &row); err != nil {
			return err
		}
		return r.tell(ctx, tx, &row, reconcile.EventNeedsReconnect, r.actor, problem)
	})
	if err != nil {
		return fmt.Errorf("flag the connection to %s: %w", l.System, err)
	}
	return nil
}
