package graph

import (
	"context"
	"errors"
	"strings"

	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// maxIDs is how many ids one call of nodes takes.
const maxIDs = 100

// Node resolves Query.node.
func (q query) Node(ctx context.Context, id string) (wire.Node, error) {
	node, err := q.find(ctx, id)
	if errors.Is(err, reconcile.ErrNotFound) {
		return nil, nil
	}
	return node, err
}

// Nodes resolves Query.nodes.
func (q query) Nodes(ctx context.Context, ids []string) ([]wire.Node, error) {
	if len(ids) > maxIDs {
		return nil, wire.Coded("TOO_MANY_IDS", "%d ids: at most %d are allowed", len(ids), maxIDs)
	}
	nodes := make([]wire.Node, len(ids))
	for n, id := range ids {
		node, err := q.Node(ctx, id)
		if err != nil {
			return nil, err
		}
		nodes[n] = node
	}
	return nodes, nil
}

// find returns the object behind a global id of any type.
func (q query) find(ctx context.Context, id string) (wire.Node, error) {
	g, err := wire.ParseID(id)
	if err != nil {
		return nil, err
	}
	if g.Workspace != q.Config.Workspace || (g.Type == typeWorkspace && g.Local != string(g.Workspace)) {
		return nil, reconcile.ErrNotFound
	}
	switch g.Type {
	case typeWorkspace:
		return q.Workspace(ctx)
	case typeRun:
		run, err := q.run(&id)
		if err != nil {
			return nil, err
		}
		return q.Repo.Run(ctx, run)
	case typeFinding:
		return q.Repo.Finding(ctx, reconcile.FindingID(g.Local))
	case typeReport:
		return q.Repo.ReportFile(ctx, g.Local)
	case typeInvoice:
		system, external, _ := strings.Cut(g.Local, ":")
		filed, err := q.Repo.InvoiceByID(ctx, reconcile.System(system), external)
		return filed.Invoice, err
	case typeConnection:
		return q.connection(ctx, reconcile.System(g.Local))
	case typeProduct, typeCustomer, typeProductPair, typeCustomerPair:
		return q.findMaster(ctx, g)
	}
	return nil, reconcile.ErrNotFound
}
