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
	if err := p.identify(ctx); err != nil {
		return nil, err
	}
	var list []reconcile.Certificate
	for _, object := range reconcile.Objects(p.source.System()) {
		c, err := p.object(ctx, object)
		if err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	return list, nil
}

// identify asks the system who it is. Another portal or company than before is
// refused: its records would take the place of the mirrored ones, and what was
// found on those would seem to be resolved.
func (p *puller) identify(ctx context.Context) error {
	system := p.source.System()
	company, err := p.source.Company(ctx)
	if err != nil {
		return fmt.Errorf("ask %s who it is: %w", system.Title(), err)
	}
	known, err := p.Mirror.Company(ctx, system)
	switch {
	case errors.Is(err, reconcile.ErrNotFound):
	case err != nil:
		return err
	case known.ID != "" && known.ID != company.ID:
		return fmt.Errorf("%s answers; the workspace is of %s: use that, or another workspace", company, known)
	}
	return p.Mirror.SetCompany(ctx, company)
}

// object pulls one object as a step of the run.
func (p *puller) object(ctx context.Context, o reconcile.Object) (reconcile.Certificate, error) {
	cert := reconcile.NewCertificate(p.source.System(), o, p.Clock())
	name := fmt.Sprintf("pull/%s/%s", cert.System, o)
	err := p.step(ctx, p.run, name, func(s *reconcile.Step) error {
		p.stored = 0
		err := p.certify(ctx, cert, name)
		s.Records = cert.Received
		if err != nil {
			return err
		}
		if s.Problem = cert.Problem; !cert.Complete() {
			p.Progress.Note(fmt.Sprintf("incomplete: %s", cert.Problem))
		}
		p.Log.Info("pulled", "run", p.run, "system", cert.System, "object", o, "records", cert.Received, "calls", cert.Calls, "complete", cert.Complete(), "took", cert.FinishedAt.Sub(cert.StartedAt), "stored", p.stored)
		return p.Journal.SaveCertificate(ctx, p.run, *cert)
	})
	return *cert, err
}

// certify pulls what a certificate is about and completes the certificate. The
// mirror forgets records that are gone only when the pull is complete.
func (p *puller) certify(ctx context.Context, cert *reconcile.Certificate, name string) error {
	store, err := p.store(ctx, cert.Object)
	if err != nil {
		return err
	}
	broken, err := p.pages(ctx, cert, name, store)
	if err != nil {
		return err
	}
	claimed := 0
	if broken == nil {
		var calls int
		claimed, calls, broken = p.source.Count(ctx, cert.Object)
		cert.Calls += calls
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(broken, connectors.ErrDenied):
		return broken // nothing more will be answered
	case broken == nil && cert.Received == 0 && claimed == 0:
		if broken, err = p.emptied(ctx, cert); err != nil {
			return err
		}
	}
	cert.Finish(claimed, p.Clock(), broken)
	if cert.Complete() {
		if cert.Deleted, err = p.Mirror.CloseUnsighted(ctx, p.run, cert.System, cert.Object); err != nil {
			return err
		}
	}
	p.Progress.Step(name, cert.Received, cert.Received)
	return nil
}

// pages reads and stores page by page. broken is the vendor's failure, err ours.
func (p *puller) pages(ctx context.Context, cert *reconcile.Certificate, name string, store storeFunc) (broken, err error) {
	for page, problem := range p.source.Pull(ctx, connectors.Want{Object: cert.Object}) {
		if problem != nil {
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

// emptied refuses to believe that a system which had records has none any more:
// an empty answer is no success by itself.
func (p *puller) emptied(ctx context.Context, cert *reconcile.Certificate) (broken, err error) {
	before, err := p.Mirror.Known(ctx, cert.System, cert.Object)
	if err != nil || before == 0 {
		return nil, err
	}
	return fmt.Errorf("%s answers that it has no %s; the mirror has %d", cert.System.Title(), cert.Object, before), nil
}

type storeFunc func(context.Context, reconcile.Page) error

func (p *puller) store(ctx context.Context, o reconcile.Object) (storeFunc, error) {
	if o == reconcile.ObjectInvoices {
		return p.invoiceStore(ctx)
	}
	return p.storeMasters, nil
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
	basis := masters.Basis()
	return func(ctx context.Context, page reconcile.Page) error {
		filed := make([]reconcile.Filed, len(page.Invoices))
		for n, i := range page.Invoices {
			filed[n] = reconcile.Filed{Invoice: i, Entry: masters.File(i), Basis: basis}
		}
		_, err := p.Mirror.StoreInvoices(ctx, p.run, page, filed)
		return err
	}, nil
}
