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

type pullRow struct {
	bun.BaseModel `bun:"table:pulls,alias:pu"`

	Workspace   int64  `bun:"workspace,pk"`
	System      int16  `bun:"system,pk"`
	Object      string `bun:"object,pk"`
	Run         reconcile.RunID
	StartedAt   int64
	Position    text
	Certificate []byte
}

// storePull stores how the pull that a page belongs to stands with the page, of
// which so much was new or changed. What is known of the pull before is forgotten
// where it cannot go on from here.
func (r *Repo) storePull(ctx context.Context, tx bun.Tx, page reconcile.Page, changed int) error {
	if page.Pull == nil {
		return nil
	}
	so := *page.Pull
	row := pullRow{
		Workspace: r.ws, System: code(page.System), Object: string(page.Object), Run: so.Run,
		StartedAt: micros(so.StartedAt), Position: text(so.Position),
	}
	if so.Position == "" {
		_, err := tx.NewDelete().Model(&row).WherePK().Exec(ctx)
		return err
	}
	so.Certificate.Changed += changed
	var err error
	if row.Certificate, err = json.Marshal(&so.Certificate); err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&row).On("CONFLICT (workspace, system, object) DO UPDATE").
		Set("run = EXCLUDED.run, started_at = EXCLUDED.started_at, position = EXCLUDED.position, certificate = EXCLUDED.certificate").
		Returning("NULL").Exec(ctx)
	return err
}

// compared are the states of runs that ended and compared: what they pulled
// completely need not be pulled again.
var compared = []reconcile.RunState{reconcile.RunComplete, reconcile.RunIncomplete}

// PullHistory returns what is known of the pulls of an object. A run that did not
// come to its end leaves nothing but a pull to go on with: its successor pulls what it
// would have pulled itself.
func (r *Repo) PullHistory(ctx context.Context, s reconcile.System, o reconcile.Object) (reconcile.PullHistory, error) {
	h, err := r.pullHistory(ctx, s, o)
	if err != nil {
		return reconcile.PullHistory{}, fmt.Errorf("earlier pulls of %s %s: %w", s, o, err)
	}
	return h, nil
}

func (r *Repo) pullHistory(ctx context.Context, s reconcile.System, o reconcile.Object) (h reconcile.PullHistory, err error) {
	last, run, err := r.lastComplete(ctx, s, o, false)
	if err != nil {
		return h, err
	}
	h.Watermark, h.Aside, h.TimeZone, h.Rates, h.Hinted = last.Watermark, last.Aside, last.TimeZone, last.Rates, last.Hinted
	whole, _, err := r.lastComplete(ctx, s, o, true)
	if err != nil {
		return h, err
	}
	h.Full = whole.Watermark
	var row pullRow
	err = r.db.read.NewSelect().Model(&row).
		Where("workspace = ? AND system = ? AND object = ? AND run > ?", r.ws, code(s), string(o), run).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	h.Unfinished = &reconcile.Pull{Run: row.Run, StartedAt: instant(row.StartedAt), Position: string(row.Position)}
	h.Unfinished.Certificate, err = decode[reconcile.Certificate](row.Certificate)
	return h, err
}

// lastComplete returns the newest certificate of a complete pull of an object in a
// run that compared, or of one of everything, and its run; the zero values where
// there is none.
func (r *Repo) lastComplete(ctx context.Context, s reconcile.System, o reconcile.Object, whole bool) (c reconcile.Certificate, run reconcile.RunID, err error) {
	var body []byte
	q := r.db.read.NewSelect().TableExpr("certificates AS ce").Join("JOIN runs AS r ON r.id = ce.run").
		Column("ce.body", "ce.run").
		Where("ce.workspace = ? AND ce.system = ? AND ce.object = ? AND ce.watermark > 0", r.ws, code(s), string(o)).
		Where("r.state IN (?)", bun.List(compared)).OrderBy("ce.run", bun.OrderDesc).Limit(1)
	if whole {
		q = q.Where("ce.since = 0")
	}
	err = q.Scan(ctx, &body, &run)
	if errors.Is(err, sql.ErrNoRows) {
		return c, 0, nil
	}
	if err == nil {
		c, err = decode[reconcile.Certificate](body)
	}
	return c, run, err
}

// Sighted returns the ids of an object's records that were sighted by pulls of
// everything that began in a run or later.
func (r *Repo) Sighted(ctx context.Context, began reconcile.RunID, s reconcile.System, o reconcile.Object) ([]string, error) {
	var ids []text
	err := r.db.read.NewSelect().Table("records").Column("external_id").
		Where("workspace = ? AND system = ? AND object = ? AND sighted_run >= ?", r.ws, code(s), string(o), began).Scan(ctx, &ids)
	if err != nil {
		return nil, fmt.Errorf("%s %s sighted since run %d: %w", s, o, began, err)
	}
	return convert(ids, func(t text) string { return string(t) }), nil
}
