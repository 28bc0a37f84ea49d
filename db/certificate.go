package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type certificateRow struct {
	bun.BaseModel `bun:"table:certificates,alias:ce"`

	Workspace int64           `bun:"workspace,pk"`
	Run       reconcile.RunID `bun:"run,pk"`
	System    int16           `bun:"system,pk"`
	Object    string          `bun:"object,pk"`
	Watermark int64
	Since     int64
	Body      []byte
}

// SaveCertificate stores the certificate of one pull of a run that has not ended.
func (r *Repo) SaveCertificate(ctx context.Context, run reconcile.RunID, c reconcile.Certificate) error {
	body, err := json.Marshal(&c)
	if err == nil {
		row := certificateRow{Workspace: r.ws, Run: run, System: code(c.System), Object: string(c.Object), Body: body}
		if c.Complete() {
			row.Watermark, row.Since = micros(c.Watermark), micros(c.Since)
		}
		err = r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewInsert().Model(&row).On("CONFLICT (workspace, run, system, object) DO UPDATE").
				Set("watermark = EXCLUDED.watermark, since = EXCLUDED.since, body = EXCLUDED.body").Returning("NULL").Exec(ctx)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("save certificate of %s %s, run %d: %w", c.System, c.Object, run, err)
	}
	return nil
}

// Certificates returns the certificates of a run in the order of the pulls.
func (r *Repo) Certificates(ctx context.Context, run reconcile.RunID) ([]reconcile.Certificate, error) {
	var bodies [][]byte
	err := r.db.read.NewSelect().Table("certificates").Column("body").Where("workspace = ? AND run = ?", r.ws, run).
		Order("system", "object").Scan(ctx, &bodies)
	if err != nil {
		return nil, fmt.Errorf("certificates of run %d: %w", run, err)
	}
	list, err := decodeAll[reconcile.Certificate](bodies)
	if err != nil {
		return nil, fmt.Errorf("certificates of run %d: %w", run, err)
	}
	slices.SortStableFunc(list, func(a, b reconcile.Certificate) int {
		if a.System != b.System {
			return int(code(a.System)) - int(code(b.System))
		}
		return slices.Index(reconcile.Objects(a.System), a.Object) - slices.Index(reconcile.Objects(b.System), b.Object)
	})
	return list, nil
}
