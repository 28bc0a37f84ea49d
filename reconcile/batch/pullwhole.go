package batch

import (
	"context"
	"errors"
	"fmt"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

var (
	// errRepeated: a resumed pull brought what came before the cut.
	errRepeated = errors.New("the pull did not go on where it broke off")
	// errShort: a resumed pull came to the end of the list, and less than the system
	// claims is there. What is missing stands before the cut, where it does not look.
	errShort = errors.New("what was read before the cut was not all that stands there")
)

// everything pulls all of the object: on from where an earlier run broke off, or
// from the beginning.
func (p *pulling) everything(ctx context.Context, plan reconcile.PullPlan) error {
	p.cert.Reason = plan.Reason
	whole := &reconcile.Pull{Run: p.run, StartedAt: p.began}
	if plan.Resume != nil {
		whole = plan.Resume
		if err := p.resume(ctx, whole); err != nil {
			return err
		}
	}
	pages := p.cert.Pages
	broken, err := p.pages(ctx, connectors.Want{Object: p.object, After: whole.Position}, whole)
	if err != nil {
		return err
	}
	if plan.Resume != nil && astray(broken, p.cert.Pages > pages) {
		return p.anew(ctx, plan.Reason, broken)
	}
	claimed := 0
	if broken == nil {
		claimed, broken = p.count(ctx)
	}
	if plan.Resume != nil && broken == nil && p.cert.Distinct() < claimed {
		return p.anew(ctx, plan.Reason, errShort)
	}
	if broken == nil && claimed == 0 && p.cert.Received == 0 && !p.full {
		if broken, err = p.emptied(ctx); err != nil {
			return err
		}
	}
	return p.finish(ctx, claimed, broken, func() (reconcile.Gone, error) {
		return p.Mirror.CloseUnsighted(ctx, p.run, whole.Run, p.cert.System, p.object)
	})
}

// resume goes on with the certificate of a pull that broke off. What that had
// received is sighted, so that nothing is counted twice.
func (p *pulling) resume(ctx context.Context, whole *reconcile.Pull) error {
	ids, err := p.Mirror.Sighted(ctx, whole.Run, p.cert.System, p.object)
	if err != nil {
		return err
	}
	so, err := reconcile.Resume(whole.Certificate, whole.Run, ids)
	if err != nil {
		return err
	}
	so.Calls += p.cert.Calls
	p.cert = so
	p.Progress.Note(fmt.Sprintf("%s goes on where run %d broke off, after %d records", p.name, whole.Run, so.Received))
	return nil
}

// astray reports whether a resumed pull has to begin anew: it did not go on where it
// broke off, or the system has no answer for that position. An answer that did not
// come at all says nothing of the position.
func astray(broken error, wentOn bool) bool {
	switch {
	case broken == nil:
		return false
	case errors.Is(broken, errRepeated):
		return true
	case wentOn:
		return false
	}
	for _, passing := range []error{connectors.ErrDenied, connectors.ErrUnreachable, connectors.ErrThrottled} {
		if errors.Is(broken, passing) {
			return false
		}
	}
	return true
}

// anew begins a pull that could not be resumed from the beginning.
func (p *pulling) anew(ctx context.Context, reason string, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.Log.Warn("pull begins anew", "run", p.run, "system", p.cert.System, "object", p.object, "resumed", p.cert.Resumed, "error", why)
	p.certify(p.cert.Calls)
	return p.everything(ctx, reconcile.PullPlan{Reason: reason})
}

// emptied refuses to believe that a system which had records has none any more,
// however often it says so: an empty answer is no success by itself. Only a run that
// was asked for everything does.
func (p *pulling) emptied(ctx context.Context) (broken, err error) {
	before, err := p.known(ctx, nil)
	if err != nil || before == 0 {
		return nil, err
	}
	return fmt.Errorf("%s answers that it has no %s; the mirror has %d (if that is so: tieout reconcile -full)", p.cert.System.Title(), p.object, before), nil
}

// store files a page in the mirror and returns how much of it was new or changed.
func (p *pulling) store(ctx context.Context, page reconcile.Page) (changed int, err error) {
	if p.object != reconcile.ObjectInvoices {
		return p.Mirror.StoreMasters(ctx, p.run, page)
	}
	masters, err := p.mastersOf(ctx, &page)
	if err != nil {
		return 0, err
	}
	filed, basis := make([]reconcile.Filed, len(page.Invoices)), p.settings.Basis()
	for n, i := range page.Invoices {
		filed[n] = reconcile.Filed{Invoice: i, Entry: masters.File(i), Basis: basis}
	}
	return p.Mirror.StoreInvoices(ctx, p.run, page, filed)
}

// mastersOf returns the masters just pulled that the invoices of a page are filed
// with: all of them for a pull of everything, what is needed for one of changes.
func (p *pulling) mastersOf(ctx context.Context, page *reconcile.Page) (*reconcile.Masters, error) {
	if p.masters != nil {
		return p.masters, nil
	}
	if !p.cert.Since.IsZero() {
		data, err := p.Mirror.MastersFor(ctx, page.Invoices)
		if err != nil {
			return nil, err
		}
		return reconcile.NewMasters(data, p.settings), nil
	}
	data, err := p.Mirror.Masters(ctx)
	if err != nil {
		return nil, err
	}
	p.masters = reconcile.NewMasters(data, p.settings)
	return p.masters, nil
}
