package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type totalRow struct {
	bun.BaseModel `bun:"table:control_totals,alias:ct"`

	Workspace int64           `bun:"workspace,pk"`
	Run       reconcile.RunID `bun:"run,pk"`
	Currency  text            `bun:"currency,pk"`
	Month     text            `bun:"month,pk"`
	Body      []byte
}

// SaveTotals stores the control totals of a run in place of those it had.
func (r *Repo) SaveTotals(ctx context.Context, run reconcile.RunID, totals []reconcile.ControlTotal) error {
	err := r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Table("control_totals").Where("workspace = ? AND run = ?", r.ws, run).Exec(ctx); err != nil {
			return err
		}
		for batch := range slices.Chunk(totals, batchSize) {
			rows := make([]totalRow, len(batch))
			for n, t := range batch {
				body, err := json.Marshal(t)
				if err != nil {
					return err
				}
				rows[n] = totalRow{Workspace: r.ws, Run: run, Currency: text(t.Currency), Month: text(t.Month), Body: body}
			}
			if _, err := tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("save control totals of run %d: %w", run, err)
	}
	return nil
}

// Totals returns the control totals of a run by currency and month.
func (r *Repo) Totals(ctx context.Context, run reconcile.RunID) ([]reconcile.ControlTotal, error) {
	var bodies [][]byte
	err := r.db.read.NewSelect().Table("control_totals").Column("body").Where("workspace = ? AND run = ?", r.ws, run).
		Order("currency", "month").Scan(ctx, &bodies)
	if err != nil {
		return nil, fmt.Errorf("control totals of run %d: %w", run, err)
	}
	list, err := decodeAll[reconcile.ControlTotal](bodies)
	if err != nil {
		return nil, fmt.Errorf("control totals of run %d: %w", run, err)
	}
	return list, nil
}
