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
	full     bool // whether the run was asked for everything
	source   connectors.Source
	settings reconcile.Settings

	began        time.Time // the pull of the system
	filings      int64     // of hints, when it began
	met          bool      // it has answered in an earlier run
	zone         string    // the system's time zone
	rates        string    // Certificate.Rates
	certificates []reconcile.Certificate
	calls        int // requests of this run
}

// all pulls every object of the system. A pull that breaks off makes its
// certificate incomplete and the others go on; an error means that nothing can
// be said of the system at all, or that the mirror failed.
func (p *puller) all(ctx context.Context) error {
	p.began = p.Clock()
	if err := p.hear(ctx); err != nil {
		return err
	}
	if err := p.identify(ctx); err != nil {
		return err
	}
	for n, object := range reconcile.Objects(p.source.System()) {
		o := &pulling{puller: p, object: object, name: fmt.Sprintf("pull/%s/%s", p.source.System(), object)}
		o.certify(0)
		if n == 0 {
			o.cert.Calls = p.calls
		}
		if err := o.step(ctx); err != nil {
			return err
		}
		p.certificates = append(p.certificates, *o.cert)
		if object == reconcile.ObjectTaxRates && o.cert.Complete() && p.source.System() == reconcile.HubSpot {
			data, err := p.Mirror.MastersFor(ctx, nil)
			if err != nil {
				return err
			}
			p.rates = data.Percents(reconcile.HubSpot)
		}
	}
	return nil
}

// identify asks the system who it is. Another portal or company than before is
// refused: its records would take the place of the mirrored ones, and what was
// found on those would seem to be resolved.
func (p *puller) identify(ctx context.Context) error {
	system := p.source.System()
	known, knownErr := p.Mirror.Company(ctx, system)
	p.met = knownErr == nil
	told, err := p.source.Company(ctx)
	p.calls = told.Calls // they count as the first object's
	if err != nil {
		return fmt.Errorf("ask %s who it is: %w", system.Title(), err)
	}
	company := told.Company
	p.zone = company.TimeZone
	p.tell(told.At)
	switch {
	case errors.Is(knownErr, reconcile.ErrNotFound):
	case knownErr != nil:
		return knownErr
	case known.ID != "" && known.ID != company.ID:
		return fmt.Errorf("%s answers; the workspace is of %s: use that, or another workspace", company, known)
	}
	return p.Mirror.SetCompany(ctx, company)
}

// tell goes by the system's clock where this machine's is ahead of it: what changes
// next has times of that clock, and the next run asks for what is later than this one.
func (p *puller) tell(at time.Time) {
	ahead := p.began.Sub(at)
	if at.IsZero() || ahead <= 0 {
		return
	}
	p.began = at
	if ahead > time.Minute {
		text := fmt.Sprintf("this machine's clock is %s ahead of %s's", ahead.Round(time.Second), p.source.System().Title())
		p.Progress.Note(text)
		p.Log.Warn(text, "run", p.run)
	}
}

// pulling is the pull of one object.
type pulling struct {
	*puller
	object reconcile.Object
	name   string // of the step
	cert   *reconcile.Certificate
	stored time.Duration // spent in the mirror
	// masters are those that a pull of all invoices files with.
	masters *reconcile.Masters
}

// certify begins a certificate, with the requests that were made before.
func (p *pulling) certify(calls int) {
	p.cert = reconcile.NewCertificate(p.source.System(), p.object, p.Clock())
	p.cert.Watermark, p.cert.Hinted, p.cert.TimeZone, p.cert.Calls = p.began, p.filings, p.zone, calls
	if p.object == reconcile.ObjectInvoices {
		p.cert.Rates = p.rates
	}
}

// spend counts requests.
func (p *pulling) spend(calls int) {
	p.cert.Calls += calls
	p.calls += calls
}

// step pulls the object as a step of the run.
func (p *pulling) step(ctx context.Context) error {
	return p.puller.step(ctx, p.run, p.name, func(s *reconcile.Step) error {
		err := p.pull(ctx)
		c := p.cert
		s.Records = c.Received
		if err != nil {
			return err
		}
		if s.Problem = c.Problem; !c.Complete() {
			p.Progress.Note(fmt.Sprintf("incomplete: %s", c.Problem))
		}
		if c.Complete() && c.Mode() == reconcile.PullIncremental {
			p.Progress.Note(fmt.Sprintf("%s: %d changed since %s, %d in all", p.name, c.Changed, c.Since.UTC().Format("2006-01-02 15:04 MST"), c.Known))
		}
		p.Log.Info("pulled", "run", p.run, "system", c.System, "object", c.Object, "mode", c.Mode(), "reason", c.Reason, "resumed", c.Resumed,
			"records", c.Received, "changed", c.Changed, "hints", c.Hints, "missed", c.Missed, "deleted", c.Deleted,
			"calls", c.Calls, "complete", c.Complete(), "took", c.FinishedAt.Sub(c.StartedAt), "stored", p.stored)
		return p.Journal.SaveCertificate(ctx, p.run, *c)
	})
}

// pull brings what has changed into the mirror, or everything where that is due
// or the changes do not account for what the system claims to have.
func (p *pulling) pull(ctx context.Context) error {
	history, err := p.Journal.PullHistory(ctx, p.source.System(), p.object)
	if err != nil {
		return err
	}
	plan := history.Plan(p.object, p.full, p.zone, p.cert.Rates, p.began)
	want := connectors.Want{Object: p.object, Since: plan.Since}
	if !plan.Since.IsZero() {
		if plan.Reason, err = p.heed(ctx, history.Hinted, &want); err != nil {
			return err
		}
	}
	if plan.Since = want.Since; !plan.Since.IsZero() {
		unequal, more, err := p.changes(ctx, want, history.Aside)
		if err == nil && more { // made since it was asked what had changed, perhaps
			p.certify(p.cert.Calls)
			unequal, _, err = p.changes(ctx, want, history.Aside)
		}
		if err != nil || unequal == "" {
			return err
		}
		p.Progress.Note(fmt.Sprintf("%s is read as a whole: %s", p.name, unequal))
		p.Log.Warn("changes are not enough", "run", p.run, "system", p.cert.System, "object", p.object, "reason", unequal)
		p.certify(p.cert.Calls)
		plan = reconcile.PullPlan{Reason: unequal}
	}
	return p.everything(ctx, plan)
}

// changes pulls what has changed since an instant. unequal says why that is not
// enough and everything has to be read, and more that the system has more.
func (p *pulling) changes(ctx context.Context, want connectors.Want, aside int) (unequal string, more bool, err error) {
	since := want.Since
	broken, err := p.changed(ctx, want, aside)
	if err != nil {
		return "", false, err
	}
	if errors.Is(broken, connectors.ErrTooOld) {
		return fmt.Sprintf("%s does not tell any more what has changed since %s", p.cert.System.Title(), since.Format(time.RFC3339)), false, nil
	}
	var claimed, known int
	var deleted []string
	if broken == nil {
		claimed, broken = p.count(ctx)
	}
	if broken == nil {
		if known, err = p.known(ctx, nil); err != nil {
			return "", false, err
		}
	}
	if broken == nil && claimed < known+aside {
		if deleted, broken = p.deleted(ctx, since); len(deleted) > 0 {
			if known, err = p.known(ctx, deleted); err != nil {
				return "", false, err
			}
		}
	}
	if broken == nil && !p.cert.Accounts(claimed, known) {
		return fmt.Sprintf("%s claims %d %s, with what has changed the mirror has %d", p.cert.System.Title(), claimed, p.object, known+aside), claimed > known+aside, nil
	}
	return "", false, p.finish(ctx, claimed, broken, func() (reconcile.Gone, error) {
		return p.Mirror.CloseMissed(ctx, p.run, p.cert.System, p.object, deleted)
	})
}

// finish completes the certificate. Records that are gone are let go of only when
// the pull is complete.
func (p *pulling) finish(ctx context.Context, claimed int, broken error, settle func() (reconcile.Gone, error)) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(broken, connectors.ErrDenied):
		return broken // nothing more will be answered
	}
	p.cert.Finish(claimed, p.Clock(), broken)
	if p.cert.Complete() {
		gone, err := settle()
		if err != nil {
			return err
		}
		known, err := p.known(ctx, nil)
		if err != nil {
			return err
		}
		p.cert.Settle(known, gone)
	}
	p.Progress.Step(p.name, p.cert.Received, p.cert.Received)
	return nil
}

// pages reads and stores page by page. whole is the pull of everything that they
// belong to, nil for changes. broken is the vendor's failure, err ours.
func (p *pulling) pages(ctx context.Context, want connectors.Want, whole *reconcile.Pull) (broken, err error) {
	for page, problem := range p.source.Pull(ctx, want) {
		if problem != nil {
			p.spend(page.Calls)
			return problem, nil
		}
		p.calls += page.Calls
		p.cert.Add(&page)
		if p.cert.Repeated() {
			return errRepeated, nil
		}
		if whole != nil {
			so := *whole
			so.Position, so.Certificate = page.Position, p.cert.SoFar()
			page.Pull = &so
		}
		began := p.Clock()
		changed, err := p.store(ctx, page)
		if err != nil {
			return nil, err
		}
		p.cert.Changed += changed
		p.stored += p.Clock().Sub(began)
		p.Progress.Step(p.name, p.cert.Received, 0)
	}
	return nil, nil
}

func (p *pulling) count(ctx context.Context) (claimed int, broken error) {
	claimed, calls, broken := p.source.Count(ctx, p.object)
	p.spend(calls)
	return claimed, broken
}

func (p *pulling) deleted(ctx context.Context, since time.Time) (ids []string, broken error) {
	ids, calls, broken := p.source.Deleted(ctx, p.object, since)
	p.spend(calls)
	return ids, broken
}

func (p *pulling) known(ctx context.Context, without []string) (int, error) {
	return p.Mirror.Known(ctx, p.cert.System, p.object, without)
}
