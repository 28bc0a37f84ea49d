package batch

import (
	"context"

	"github.com/tieout/tieout/reconcile"
)

// Connections lists stored sign-ins.
type Connections interface {
	// Connections returns the sign-ins that a run uses, as they are stored.
	Connections(ctx context.Context) ([]reconcile.Connection, error)
}

// connections are the sign-ins that the run uses.
func (r *Runner) connections(ctx context.Context) ([]reconcile.Connection, error) {
	if r.Connections == nil {
		return nil, nil
	}
	return r.Connections.Connections(ctx)
}

// unreached are the certificates of a system whose sign-in is not accepted any more:
// nothing of it is known to be complete. The run goes on with what the mirror has, so
// that it can tell of the connection by a finding.
func (p *puller) unreached(ctx context.Context, why error) ([]reconcile.Certificate, error) {
	p.Progress.Note(why.Error())
	var list []reconcile.Certificate
	for _, object := range reconcile.Objects(p.source.System()) {
		c := reconcile.NewCertificate(p.source.System(), object, p.Clock())
		c.Finish(0, p.Clock(), why)
		if err := p.Journal.SaveCertificate(ctx, p.run, *c); err != nil {
			return nil, err
		}
		list = append(list, *c)
	}
	return list, nil
}
