package db

import (
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type budgetRow struct {
	bun.BaseModel `bun:"table:call_budgets,alias:cb"`

	Workspace int64  `bun:"workspace,pk"`
	System    string `bun:"system,pk"`
	Month     text   `bun:"month,pk"`
	Calls     int
}

// Spend adds n requests that a system has served in a month such as 2026-11, and
// returns how many it has served in it. With n = 0 it only tells.
func (r *Repo) Spend(ctx context.Context, s reconcile.System, month string, n int) (used int, err error) {
	row := budgetRow{Workspace: r.ws, System: string(s), Month: text(month), Calls: n}
	if n == 0 {
		err = r.db.read.NewSelect().Model((*budgetRow)(nil)).ColumnExpr("coalesce(sum(calls), 0)").
			Where("workspace = ? AND system = ? AND month = ?", row.Workspace, row.System, row.Month).Scan(ctx, &used)
	} else {
		_, err = r.db.write.NewInsert().Model(&row).On("CONFLICT (workspace, system, month) DO UPDATE").
			Set("calls = cb.calls + EXCLUDED.calls").Returning("calls").Exec(ctx, &used)
	}
	if err != nil {
		return 0, fmt.Errorf("requests of %s in %s: %w", s, month, err)
	}
	return used, nil
}
