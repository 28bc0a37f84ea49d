package db

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type connectionRow struct {
	bun.BaseModel `bun:"table:connections,alias:cn"`

	Workspace      int64 `bun:"workspace,pk"`
	System         int16 `bun:"system,pk"`
	State          string
	Problem        text
	CompanyID      text `bun:"company_id"`
	CompanyName    text
	ConnectedBy    text
	ConnectedAt    int64
	GrantNo        int
	Generation     int
	CurrentKey     text
	CurrentBody    []byte
	PreviousKey    text
	PreviousBody   []byte
	PreviousUntil  int64
	AccessExpires  int64
	RefreshExpires int64
	HardExpires    int64
	RefreshedAt    int64
	RefreshStarted int64
	LeaseHolder    text
	LeaseEpoch     int
	LeaseUntil     int64
}

func (row *connectionRow) connection() reconcile.Connection {
	return reconcile.Connection{
		System: system(row.System), State: reconcile.ConnectionState(row.State), CompanyID: string(row.CompanyID), CompanyName: string(row.CompanyName),
		ConnectedBy: reconcile.Actor(row.ConnectedBy), ConnectedAt: instant(row.ConnectedAt), Generation: row.Generation,
		AccessExpires: instant(row.AccessExpires), RefreshExpires: instant(row.RefreshExpires), HardExpires: instant(row.HardExpires),
		LastRefresh: instant(row.RefreshedAt), Problem: string(row.Problem),
	}
}

func (row *connectionRow) credential() reconcile.Credential {
	return reconcile.Credential{
		Connection: row.connection(), Grant: row.GrantNo,
		Current:       reconcile.Sealed{Key: string(row.CurrentKey), Body: row.CurrentBody},
		Previous:      reconcile.Sealed{Key: string(row.PreviousKey), Body: row.PreviousBody},
		PreviousUntil: instant(row.PreviousUntil), RefreshStarted: instant(row.RefreshStarted),
	}
}

// setCurrent puts a pair in the place of the current one, which becomes the previous.
func (row *connectionRow) setCurrent(c reconcile.Credential) {
	row.setPrevious(reconcile.Sealed{Key: string(row.CurrentKey), Body: row.CurrentBody}, c.LastRefresh)
	row.CurrentKey, row.CurrentBody = text(c.Current.Key), c.Current.Body
	row.AccessExpires, row.RefreshExpires, row.HardExpires = micros(c.AccessExpires), micros(c.RefreshExpires), micros(c.HardExpires)
	row.RefreshedAt, row.RefreshStarted = micros(c.LastRefresh), 0
	row.State, row.Problem = string(reconcile.Connected), ""
	row.Generation++
}

func (row *connectionRow) setPrevious(s reconcile.Sealed, at time.Time) {
	row.PreviousKey, row.PreviousBody, row.PreviousUntil = text(s.Key), s.Body, micros(at.Add(reconcile.PreviousKept))
}

// release ends the lease, whoever has it.
func (row *connectionRow) release() { row.LeaseHolder, row.LeaseUntil = "", 0 }

// connectionOf returns the row of a system. In a transaction it is the writer's
// until the commit.
func (r *Repo) connectionOf(ctx context.Context, db bun.IDB, s reconcile.System) (connectionRow, error) {
	var row connectionRow
	q := db.NewSelect().Model(&row).Where("workspace = ? AND system = ?", r.ws, code(s))
	if _, writes := db.(bun.Tx); writes && r.db.postgres {
		q = q.For("UPDATE")
	}
	err := q.Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		err = reconcile.ErrNotFound
	}
	return row, err
}

// saveConnection stores a row, and refuses one that is sealed with a retired key. The
// row is written first: on PostgreSQL that waits for a rotation under way, whose
// retired keys the next statement then sees.
func (r *Repo) saveConnection(ctx context.Context, tx bun.Tx, row *connectionRow) error {
	_, err := tx.NewInsert().Model(row).On("CONFLICT (workspace, system) DO UPDATE").
		Set(`state = EXCLUDED.state, problem = EXCLUDED.problem, company_id = EXCLUDED.company_id, company_name = EXCLUDED.company_name,
			connected_by = EXCLUDED.connected_by, connected_at = EXCLUDED.connected_at, grant_no = EXCLUDED.grant_no, generation = EXCLUDED.generation,
			current_key = EXCLUDED.current_key, current_body = EXCLUDED.current_body, previous_key = EXCLUDED.previous_key, previous_body = EXCLUDED.previous_body,
			previous_until = EXCLUDED.previous_until, access_expires = EXCLUDED.access_expires, refresh_expires = EXCLUDED.refresh_expires,
			hard_expires = EXCLUDED.hard_expires, refreshed_at = EXCLUDED.refreshed_at, refresh_started = EXCLUDED.refresh_started,
			lease_holder = EXCLUDED.lease_holder, lease_epoch = EXCLUDED.lease_epoch, lease_until = EXCLUDED.lease_until`).
		Returning("NULL").Exec(ctx)
	if err != nil {
		return err
	}
	return notRetired(ctx, tx, row.CurrentKey, row.PreviousKey)
}

func notRetired(ctx context.Context, tx bun.Tx, keys ...text) error {
	retired, err := tx.NewSelect().Table("retired_keys").Where("key_id IN (?)", bun.List(keys)).Exists(ctx)
	if err == nil && retired {
		err = reconcile.ErrKeyRetired
	}
	return err
}

type connectionEventRow struct {
	bun.BaseModel `bun:"table:connection_events,alias:ce"`

	Seq        int64 `bun:"seq,pk,autoincrement"`
	Workspace  int64
	System     int16
	Kind       string
	Actor      text
	At         int64
	CompanyID  text `bun:"company_id"`
	Generation int
	Detail     text
}

func (r *Repo) tell(ctx context.Context, tx bun.Tx, row *connectionRow, kind reconcile.ConnectionEventKind, by reconcile.Actor, detail string) error {
	event := connectionEventRow{
		Workspace: r.ws, System: row.System, Kind: string(kind), Actor: text(by), At: micros(time.Now()), CompanyID: row.CompanyID,
		Generation: row.Generation, Detail: text(detail),
	}
	_, err := tx.NewInsert().Model(&event).ExcludeColumn("seq").Returning("NULL").Exec(ctx)
	return err
}

// Connections returns the sign-ins of the workspace, HubSpot's first: those of
// systems that were ever connected.
func (r *Repo) Connections(ctx context.Context) ([]reconcile.Connection, error) {
	var rows []connectionRow
	if err := r.db.read.NewSelect().Model(&rows).Where("workspace = ?", r.ws).Order("system").Scan(ctx); err != nil {
		return nil, fmt.Errorf("list connections: %w", err)
	}
	return convert(rows, func(row connectionRow) reconcile.Connection { return row.connection() }), nil
}

// ConnectionEvents returns the journal of a system's connection, newest first; a limit
// of 0 is 50.
func (r *Repo) ConnectionEvents(ctx context.Context, s reconcile.System, most int) ([]reconcile.ConnectionEvent, error) {
	var rows []connectionEventRow
	err := r.db.read.NewSelect().Model(&rows).Where("workspace = ? AND system = ?", r.ws, code(s)).Order("seq DESC").Limit(limit(most, 50)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("connection events: %w", err)
	}
	return convert(rows, func(row connectionEventRow) reconcile.ConnectionEvent {
		return reconcile.ConnectionEvent{
			System: system(row.System), Kind: reconcile.ConnectionEventKind(row.Kind), Actor: reconcile.Actor(row.Actor), At: instant(row.At),
			CompanyID: string(row.CompanyID), Generation: row.Generation, Detail: string(row.Detail),
		}
	}), nil
}

// Connect stores a sign-in that somebody has just finished, in place of the one
// before. Another portal or company than the workspace knows is refused, and one
// that another workspace has.
func (r *Repo) Connect(ctx context.Context, c reconcile.Credential, by reconcile.Actor) error {
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.lock(ctx, tx); err != nil {
			return err
		}
		row, err := r.connectionOf(ctx, tx, c.System)
		kind := reconcile.EventReconnected
		if errors.Is(err, reconcile.ErrNotFound) {
			kind, err = reconcile.EventConnected, nil
		}
		if err != nil {
			return err
		}
		if err := r.mayConnect(ctx, tx, string(row.CompanyID), c.Connection); err != nil {
			return err
		}
		row.Workspace, row.System = r.ws, code(c.System)
		row.CompanyID, row.CompanyName, row.ConnectedBy, row.ConnectedAt = text(c.CompanyID), text(c.CompanyName), text(by), micros(c.ConnectedAt)
		row.setCurrent(c)
		row.PreviousKey, row.PreviousBody, row.PreviousUntil = "", []byte{}, 0 // of another consent
		row.GrantNo++
		row.LeaseEpoch++
		row.release()
		if err := r.saveConnection(ctx, tx, &row); err != nil {
			return err
		}
		return r.tell(ctx, tx, &row, kind, by, "")
	})
	if err != nil {
		return fmt.Errorf("connect %s %s: %w", c.System.Title(), c.CompanyID, err)
	}
	return nil
}

// mayConnect refuses a portal or company that is not the workspace's.
func (r *Repo) mayConnect(ctx context.Context, tx bun.Tx, known string, c reconcile.Connection) error {
	if known == "" {
		var stored key
		err := tx.NewSelect().Table("companies").Column("external_id").Where("workspace = ? AND system = ?", r.ws, code(c.System)).Scan(ctx, &stored)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		known = string(stored)
	}
	if known != "" && known != c.CompanyID {
		return fmt.Errorf("workspace %s is of %s %s: sign in to that one, or use another workspace", r.name, c.System.Title(), known)
	}
	for _, table := range []string{"companies", "connections"} {
		column, open := "external_id", "1 = 1"
		if table == "connections" {
			column, open = "company_id", "c.state <> 'DISCONNECTED'"
		}
		var owner text
		err := tx.NewSelect().TableExpr("? AS c", bun.Ident(table)).Join("JOIN workspaces AS w ON w.id = c.workspace").Column("w.name").
			Where("c.system = ? AND c.? = ? AND c.workspace <> ?", code(c.System), bun.Ident(column), key(c.CompanyID), r.ws).Where(open).Limit(1).Scan(ctx, &owner)
		if err == nil {
			return fmt.Errorf("it belongs to workspace %q", owner)
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	return nil
}

// Disconnect forgets the tokens of a system; the connection's history stays. Only
// one that is disconnected already is left as it is.
func (r *Repo) Disconnect(ctx context.Context, s reconcile.System, detail string) error {
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		row, err := r.connectionOf(ctx, tx, s)
		if err != nil || row.State == string(reconcile.Disconnected) {
			return err
		}
		row.State, row.Problem = string(reconcile.Disconnected), ""
		row.CurrentKey, row.CurrentBody, row.PreviousKey, row.PreviousBody, row.PreviousUntil = "", []byte{}, "", []byte{}, 0
		row.AccessExpires, row.RefreshExpires, row.HardExpires, row.RefreshStarted = 0, 0, 0, 0
		row.LeaseEpoch++
		row.release()
		if err := r.saveConnection(ctx, tx, &row); err != nil {
			return err
		}
		return r.tell(ctx, tx, &row, reconcile.EventDisconnected, r.actor, detail)
	})
	if err != nil {
		return fmt.Errorf("disconnect %s: %w", s.Title(), err)
	}
	return nil
}

// sameBytes reports whether a row's current pair is this one: a commit whose outcome
// was not heard of is then known to have happened.
func sameBytes(row *connectionRow, s reconcile.Sealed) bool {
	return string(row.CurrentKey) == s.Key && bytes.Equal(row.CurrentBody, s.Body)
}
