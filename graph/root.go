package graph

import (
	"context"
	"strconv"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// root resolves the schema. The compiler names any field without a resolver.
type root struct{ Config }

var _ generated.ResolverRoot = root{}

// query and mutation resolve the fields of the two entry points; their methods
// stand with their nouns.
type (
	query    struct{ Config }
	mutation struct{ Config }
)

func (r root) Query() generated.QueryResolver       { return query(r) }
func (r root) Mutation() generated.MutationResolver { return mutation(r) }

// The types that have a global id.
const (
	typeWorkspace = "Workspace"
	typeRun       = "Run"
	typeFinding   = "Finding"
	typeInvoice   = "Invoice"
	typeReport    = "ReportFile"

	typeConnection = "Connection"

	typeProduct      = "Product"
	typeCustomer     = "Customer"
	typeProductPair  = "ProductPair"
	typeCustomerPair = "CustomerPair"
)

func (c Config) id(kind, local string) string {
	return wire.GlobalID{Type: kind, Workspace: c.Workspace, Local: local}.String()
}

func (c Config) runID(id reconcile.RunID) string {
	return c.id(typeRun, strconv.FormatInt(int64(id), 10))
}

// local reads a global id of a type. An id of another workspace or type is
// reconcile.ErrNotFound, like one that nothing has.
func (c Config) local(kind, id string) (string, error) {
	g, err := wire.ParseID(id)
	if err != nil {
		return "", err
	}
	if g.Workspace != c.Workspace || g.Type != kind {
		return "", reconcile.ErrNotFound
	}
	return g.Local, nil
}

// run reads the global id of a run; none is 0.
func (c Config) run(id *string) (reconcile.RunID, error) {
	if id == nil {
		return 0, nil
	}
	local, err := c.local(typeRun, *id)
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(local, 10, 64)
	if err != nil || n < 1 {
		return 0, reconcile.ErrNotFound
	}
	return reconcile.RunID(n), nil
}

// Viewer resolves Query.viewer.
func (q query) Viewer(context.Context) (*generated.Viewer, error) {
	return &generated.Viewer{Actor: string(q.Actor)}, nil
}
