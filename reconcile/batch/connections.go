package batch

import (
	"context"
	"errors"

	"github.com/tieout/tieout/connectors"
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

// reach pulls every object of the system. One whose sign-in is not accepted any more,
// or that does not answer where it has before, is no reason to end the run: nothing of
// it is known to be complete, and the run goes on with what the mirror has, so that it
// can tell of it by findings.
func (p *puller) reach(ctx context.Context) error {
	why := p.all(ctx)
	absent := p.met && (errors.Is(why, connectors.ErrUnreachable) || errors.Is(why, connectors.ErrThrottled))
	if !absent && !errors.Is(why, reconcile.ErrNotConnected) {
		return why
	}
	p.Progress.Note(why.Error())
	for _, object := range reconcile.Objects(p.source.System())[len(p.certificates):] {
		c := reconcile.NewCertificate(p.source.System(), object, p.Clock())
		c.Watermark = p.began
		c.Finish(0, p.Clock(), why)
		if err := p.Journal.SaveCertificate(ctx, p.run, *c); err != nil {
			return err
		}
		p.certificates = append(p.certificates, *c)
	}
	return nil
}
