package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type companyRow struct {
	bun.BaseModel `bun:"table:companies,alias:co"`

	Workspace  int64 `bun:"workspace,pk"`
	System     int16 `bun:"system,pk"`
	ExternalID key
	Body       []byte
}

// SetCompany files what a system says of itself. A portal or company that another
// workspace has is refused.
func (r *Repo) SetCompany(ctx context.Context, c reconcile.Company) error {
	body, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("set company %s: %w", c, err)
	}
	row := companyRow{Workspace: r.ws, System: code(c.System), ExternalID: key(c.ID), Body: body}
	_, err = r.db.write.NewInsert().Model(&row).On("CONFLICT (workspace, system) DO UPDATE").
		Set("external_id = EXCLUDED.external_id, body = EXCLUDED.body").Returning("NULL").Exec(ctx)
	if err == nil {
		return nil
	}
	var owner text
	taken := r.db.read.NewSelect().TableExpr("companies AS co").Join("JOIN workspaces AS w ON w.id = co.workspace").Column("w.name").
		Where("co.system = ? AND co.external_id = ? AND co.workspace <> ?", row.System, row.ExternalID, r.ws)
	if taken.Scan(ctx, &owner) == nil {
		return fmt.Errorf("set company %s: it belongs to workspace %q", c, owner)
	}
	return fmt.Errorf("set company %s: %w", c, err)
}

// Company returns what a system said of itself: reconcile.ErrNotFound before the
// first pull.
func (r *Repo) Company(ctx context.Context, s reconcile.System) (reconcile.Company, error) {
	both, err := r.companies(ctx)
	if err != nil {
		return reconcile.Company{}, fmt.Errorf("company of %s: %w", s, err)
	}
	for _, c := range both {
		if c.System == s {
			return c, nil
		}
	}
	return reconcile.Company{}, fmt.Errorf("company of %s: %w", s, reconcile.ErrNotFound)
}

// companies returns HubSpot's and QuickBooks', empty where not known yet.
func (r *Repo) companies(ctx context.Context) (both [2]reconcile.Company, err error) {
	var rows []companyRow
	if err := r.db.read.NewSelect().Model(&rows).Where("workspace = ?", r.ws).Order("system").Scan(ctx); err != nil {
		return both, fmt.Errorf("companies: %w", err)
	}
	for _, row := range rows {
		if both[row.System-1], err = decode[reconcile.Company](row.Body); err != nil {
			return both, fmt.Errorf("companies: %w", err)
		}
	}
	return both, nil
}
