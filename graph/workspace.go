package graph

import (
	"context"
	"errors"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/reconcile"
)

type (
	workspace struct{ Config }
	company   struct{ Config }
)

func (r root) Workspace() generated.WorkspaceResolver { return workspace(r) }
func (r root) Company() generated.CompanyResolver     { return company(r) }

// Workspace resolves Query.workspace.
func (q query) Workspace(ctx context.Context) (*generated.Workspace, error) {
	settings, _, err := q.Repo.Settings(ctx)
	if err != nil {
		return nil, err
	}
	name := string(q.Config.Workspace)
	return &generated.Workspace{ID: q.id(typeWorkspace, name), Name: name, TimeZone: settings.TimeZone}, nil
}

// Companies resolves Workspace.companies.
func (w workspace) Companies(ctx context.Context, _ *generated.Workspace) ([]reconcile.Company, error) {
	companies := []reconcile.Company{}
	for _, system := range reconcile.Systems {
		c, err := w.Repo.Company(ctx, system)
		if errors.Is(err, reconcile.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		companies = append(companies, c)
	}
	return companies, nil
}

// Invoices resolves Company.invoices.
func (c company) Invoices(ctx context.Context, obj *reconcile.Company) (int, error) {
	return c.Repo.CountInvoices(ctx, obj.System)
}
