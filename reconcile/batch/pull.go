package batch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A puller brings one system into the mirror.
type puller struct {
	*Runner
	run      reconcile.RunID
	source   connectors.Source
	settings reconcile.Settings
	stored   time.Duration // spent in the mirror by the present step
}

// all pulls every object of the system. A pull that breaks off makes its
// certificate incomplete and the others go on; an error means that nothing can
// be said of the system at all, or that the mirror failed.
func (p *puller) all(ctx context.Context) ([]reconcile.Certificate, error) {
	system := p.source.System()
	company, err := p.source.Company(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask %s who it is: %w", system.Title(), err)
	}
	if err := p.Mirror.SetCompany(ctx, company); err != nil {
		return nil, err
	}
	var list []reconcile.Certificate
	for _, object := range reconcile.Objects(system) {
		c, err := p.step(ctx, object)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// step pulls one object as a step of the run.
func (p *puller) step(ctx context.Context, o reconcile.Object) (reconcile.Certificate, error) {
	step := reconcile.Step{Name: fmt.Sprintf("pull/%s/%s", p.source.System(), o), State: reconcile.StepRunning, StartedAt: p.Clock()}
	if err := p.Journal.SaveStep(ctx, p.run, step); err != nil {
		return reconcile.Certificate{}, err
	}
	p.stored = 0
	c, err := p.object(ctx, o, step.Name)
	if err != nil {
		return c, err
	}
	step.State, step.Records, step.Problem, step.FinishedAt = reconcile.StepDone, c.Received, c.Problem, p.Clock()
	if !c.Complete() {
		step.State = reconcile.StepFailed
		p.Progress.Note(fmt.Sprintf("incomplete: %s", c.Problem))
	}
	if err := p.Journal.SaveCertificate(ctx, p.run, c); err != nil {
		return c, err
	}
	p.Log.Info("pulled", "run", p.run, "system", c.System, "object", o, "records", c.Received, "calls", c.Calls, "complete", c.Complete(), "took", c.FinishedAt.Sub(c.StartedAt), "stored", p.stored)
	return c, p.Journal.SaveStep(ctx, p.run, step)
}

func (p *puller) object(ctx context.Context, o reconcile.Object, name string) (reconcile.Certificate, error) {
	system := p.source.System()
	store := p.storeMasters
	if o == reconcile.ObjectInvoices {
		var err error
		if store, err = p.invoiceStore(ctx); err != nil {
			return reconcile.Certificate{}, err
		}
	}
	cert := reconcile.NewCertificate(system, o, p.Clock())
	broken, err := p.pages(ctx, o, name, cert, store)
	if err != nil {
		return *cert, err
	}
	claimed := 0
	if broken == nil {
		var calls int
		claimed, calls, broken = p.source.Count(ctx, o)
		cert.Calls += calls
	}
	if ctx.Err() != nil {
		return *cert, ctx.Err()
	}
	cert.Finish(claimed, p.Clock(), broken)
	if cert.Complete() {
		if cert.Deleted, err = p.Mirror.CloseUnsighted(ctx, p.run, system, o); err != nil {
			return *cert, err
		}
	}
	p.Progress.Step(name, cert.Received, cert.Received)
	return *cert, nil
}

type storeFunc func(context.Context, reconcile.Page) error

// pages reads and stores page by page. broken is the vendor's failure, err ours.
func (p *puller) pages(ctx context.Context, o reconcile.Object, name string, cert *reconcile.Certificate, store storeFunc) (broken, err error) {
	for page, problem := range p.source.Pull(ctx, o) {
		if problem != nil {
			if errors.Is(problem, connectors.ErrDenied) {
				return nil, problem // nothing more will be answered
			}
			return problem, nil
		}
		cert.Add(&page)
		began := p.Clock()
		if err := store(ctx, page); err != nil {
			return nil, err
		}
		p.stored += p.Clock().Sub(began)
		p.Progress.Step(name, cert.Received, 0)
	}
	return nil, nil
}

func (p *puller) storeMasters(ctx context.Context, page reconcile.Page) error {
	_, err := p.Mirror.StoreMasters(ctx, p.run, page)
	return err
}

// invoiceStore files invoices under the basis that the masters just pulled make.
func (p *puller) invoiceStore(ctx context.Context) (storeFunc, error) {
	data, err := p.Mirror.Masters(ctx)
	if err != nil {
		return nil, err
	}
	masters := reconcile.NewMasters(data, p.settings)
	basis := masters.Basis(p.source.System())
	return func(ctx context.Context, page reconcile.Page) error {
		filed := make([]reconcile.Filed, len(page.Invoices))
		for n, i := range page.Invoices {
			filed[n] = reconcile.Filed{Invoice: i, Entry: masters.File(i), Basis: basis}
		}
		_, err := p.Mirror.StoreInvoices(ctx, p.run, page, filed)
		return err
	}, nil
}
