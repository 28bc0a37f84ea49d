package batch

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A source is a vendor system in memory. Its pages hold two records each. What the
// test does to its records happens when it is next asked for anything.
type source struct {
	*hook
	now        func() time.Time
	company    reconcile.Company
	rates      []reconcile.TaxRate
	products   []reconcile.Product
	customers  []reconcile.Customer
	invoices   []reconcile.Invoice
	unreadable []reconcile.Unreadable // told with their invoices
	aside      []string               // ids that are counted as products and bring no record

	lag      time.Duration                  // changes are told so much later
	slow     time.Duration                  // its clock is so much behind, and told
	tooOld   bool                           // no changes are told
	mute     bool                           // no deletions are told
	restless bool                           // positions mean nothing: pulls begin anew
	quiet    bool                           // its changes are not told as long as this is set
	lines    map[string]string              // line items of invoices, by their ids
	odd      string                         // the id that nothing sensible is answered for
	repeat   bool                           // every page begins with the last record of the one before
	denied   string                         // the question that is refused: company, pull or count
	more     map[reconcile.Object]int       // claimed beyond what there is
	breaks   map[reconcile.Object]breakdown // where pulls break off

	seen map[string]record // by object and id, as it was when last asked
}

// A record is one as its system keeps track of it.
type record struct {
	text    string
	changed time.Time
	gone    bool
}

type breakdown struct {
	after int // pages
	err   error
}

const pageSize = 2

func (s *source) System() reconcile.System { return s.company.System }

func (s *source) refuse(question string) error {
	if s.denied == question {
		return fmt.Errorf("%s: %s: %w", s.company.System, question, connectors.ErrDenied)
	}
	return nil
}

func (s *source) Company(ctx context.Context) (connectors.Identity, error) {
	if err := s.refuse("company"); err != nil {
		return connectors.Identity{Calls: 1}, err
	}
	told := connectors.Identity{Company: s.company, Calls: 1}
	if s.slow != 0 {
		told.At = s.now().Add(-s.slow)
	}
	return told, s.call(ctx, "source.Company %s", s.company.System)
}

// look notes what has been changed, made and deleted since the last look.
func (s *source) look(o reconcile.Object) {
	if s.seen == nil {
		s.seen = map[string]record{}
	}
	now, there := s.now(), map[string]bool{}
	for at := range s.size(o) {
		id, text := s.at(o, at)
		key := string(o) + " " + id
		there[key] = true
		was, known := s.seen[key]
		switch {
		case known && s.quiet && !was.gone:
			s.seen[key] = record{text: text, changed: was.changed}
		case !known || was.text != text || was.gone:
			s.seen[key] = record{text: text, changed: now}
		}
	}
	for key, was := range s.seen {
		if object, _, _ := cut(key); object == o && !there[key] && !was.gone {
			s.seen[key] = record{changed: now, gone: true}
		}
	}
}

func cut(key string) (o reconcile.Object, id string, err error) {
	_, err = fmt.Sscan(key, &o, &id)
	return o, id, err
}

// at is the id of a record and all that can change of it.
func (s *source) at(o reconcile.Object, at int) (id, text string) {
	switch o {
	case reconcile.ObjectTaxRates:
		return s.rates[at].ID, mustJSON(s.rates[at])
	case reconcile.ObjectProducts:
		if at >= len(s.products) {
			return s.aside[at-len(s.products)], ""
		}
		return s.products[at].ID, mustJSON(s.products[at])
	case reconcile.ObjectCustomers:
		return s.customers[at].ID, mustJSON(s.customers[at])
	}
	text = mustJSON(s.invoices[at])
	for _, u := range s.unreadable {
		if u.ID == s.invoices[at].ID || u.Of == s.invoices[at].ID {
			text += u.Field + u.Problem
		}
	}
	return s.invoices[at].ID, text
}

// since are the records of an object that the system tells have changed since.
func (s *source) since(o reconcile.Object, since time.Time, gone bool) (ids []string) {
	s.look(o)
	for key, r := range s.seen {
		object, id, err := cut(key)
		if err == nil && object == o && r.gone == gone && !r.changed.Before(since.Add(-s.lag)) && !r.changed.After(s.now().Add(-s.lag)) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (s *source) Deleted(ctx context.Context, o reconcile.Object, since time.Time) ([]string, int, error) {
	s.mu.Lock()
	ids := s.since(o, since, true)
	s.mu.Unlock()
	if s.mute {
		ids = nil
	}
	return ids, 1, s.call(ctx, "source.Deleted %s %s", s.company.System, o)
}

func (s *source) Pull(ctx context.Context, w connectors.Want) iter.Seq2[reconcile.Page, error] {
	o := w.Object
	return func(yield func(reconcile.Page, error) bool) {
		if err := s.refuse("pull"); err != nil {
			yield(reconcile.Page{}, err)
			return
		}
		if !w.Since.IsZero() && s.tooOld {
			yield(reconcile.Page{Calls: 1}, connectors.ErrTooOld)
			return
		}
		if s.odd != "" && slices.Contains(w.Also, s.odd) {
			yield(reconcile.Page{Calls: 1}, connectors.ErrBroken)
			return
		}
		pages := s.pages(w)
		for n := range len(pages) + 1 {
			err := s.call(ctx, "source.Pull %s %s", s.company.System, o)
			if at, breaks := s.breaks[o]; breaks && at.after == n {
				err = at.err
			}
			if err != nil {
				yield(reconcile.Page{}, err)
				return
			}
			if n == len(pages) || !yield(pages[n], nil) {
				return
			}
		}
	}
}

// pages are the pages of a pull.
func (s *source) pages(w connectors.Want) []reconcile.Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	o := w.Object
	s.look(o)
	wanted := make([]int, 0, s.size(o)) // records, by their place
	changed := s.since(o, w.Since, false)
	for at := range s.size(o) {
		id, _ := s.at(o, at)
		hinted := slices.Contains(w.Also, id) || slices.ContainsFunc(w.Lines, func(line string) bool { return o == reconcile.ObjectInvoices && s.lines[line] == id })
		if w.Since.IsZero() || slices.Contains(changed, id) || hinted {
			wanted = append(wanted, at)
		}
		if w.After != "" && id == w.After && !s.restless {
			wanted = wanted[:0]
		}
	}
	var pages []reconcile.Page
	for from := 0; from < len(wanted); {
		to := min(from+pageSize, len(wanted))
		if s.repeat && from > 0 {
			from--
		}
		p := reconcile.Page{System: s.company.System, Object: o, Received: to - from, Calls: 1}
		for _, at := range wanted[from:to] {
			s.put(&p, at)
			if w.Since.IsZero() {
				p.Position, _ = s.at(o, at)
			}
		}
		pages = append(pages, p)
		from = to
	}
	return pages
}

func (s *source) put(p *reconcile.Page, at int) {
	switch p.Object {
	case reconcile.ObjectTaxRates:
		p.TaxRates = append(p.TaxRates, s.rates[at])
	case reconcile.ObjectProducts:
		if at < len(s.products) {
			p.Products = append(p.Products, s.products[at])
		}
	case reconcile.ObjectCustomers:
		p.Customers = append(p.Customers, s.customers[at])
	case reconcile.ObjectInvoices:
		p.Invoices = append(p.Invoices, s.invoices[at])
		for _, u := range s.unreadable {
			if u.ID == s.invoices[at].ID || u.Of == s.invoices[at].ID {
				p.Unreadable = append(p.Unreadable, u)
			}
		}
	}
}

func (s *source) size(o reconcile.Object) int {
	switch o {
	case reconcile.ObjectTaxRates:
		return len(s.rates)
	case reconcile.ObjectProducts:
		return len(s.products) + len(s.aside)
	case reconcile.ObjectCustomers:
		return len(s.customers)
	case reconcile.ObjectInvoices:
		return len(s.invoices)
	}
	return 0
}

func (s *source) Count(ctx context.Context, o reconcile.Object) (claimed, calls int, err error) {
	if err := s.refuse("count"); err != nil {
		return 0, 1, err
	}
	return s.size(o) + s.more[o], 1, s.call(ctx, "source.Count %s %s", s.company.System, o)
}
