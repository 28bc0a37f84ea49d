package quickbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// pagesAhead bounds the pages that are read before the consumer asks for them,
// and with them the invoices that are held at once. At 500 requests a minute
// more are of no use while a page takes less than half a second.
const pagesAhead = 4

// A kind is how an object is read: its query, and what puts an entity of it into
// a page.
type kind struct {
	query
	prepare func(context.Context) (adder, int, error)
}

func (c *Client) kind(o reconcile.Object) (kind, error) {
	switch o {
	case reconcile.ObjectTaxRates:
		return kind{c.names("TaxCode"), c.prepareTaxCodes}, nil
	case reconcile.ObjectProducts:
		return kind{c.items(), always(addItem)}, nil
	case reconcile.ObjectCustomers:
		return kind{c.names("Customer"), always(addCustomer)}, nil
	case reconcile.ObjectInvoices:
		return kind{c.transactions("Invoice"), c.prepareInvoices}, nil
	}
	return kind{}, fmt.Errorf("quickbooks has no %s", o)
}

// Pull reads what is wanted. What has changed comes from change data capture,
// which the objects of a run share one request for; where that tells not all, by
// query.
func (c *Client) Pull(ctx context.Context, w connectors.Want) iter.Seq2[reconcile.Page, error] {
	return func(yield func(reconcile.Page, error) bool) {
		page := reconcile.Page{System: reconcile.QuickBooks, Object: w.Object}
		r, calls, err := c.begin(ctx, w)
		if page.Calls = calls; err != nil {
			yield(page, err)
			return
		}
		for got, err := range r.pages {
			page := page
			page.Calls, calls = got.calls+calls, 0
			page.Position = got.position
			if err == nil {
				err = r.fill(&page, got.entities)
			}
			if err == nil && w.Object == reconcile.ObjectTaxRates {
				c.list(got)
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// A reading is a pull under way: the pages, and what puts an entity into one.
type reading struct {
	query
	pages iter.Seq2[entityPage, error]
	add   adder
}

func (c *Client) begin(ctx context.Context, w connectors.Want) (r reading, calls int, err error) {
	k, err := c.kind(w.Object)
	if err != nil {
		return r, 0, err
	}
	var known *changes
	if !w.Since.IsZero() && w.Object != reconcile.ObjectTaxRates {
		if known, calls, err = c.changesFor(ctx, w.Object, w.Since); err != nil {
			return r, calls, err
		}
	}
	r.query = k.query
	switch {
	case known == nil:
		r.pages = k.walk(w.After).pages(ctx, pagesAhead)
	case known.capped:
		r.pages = k.recent(ctx, w.Since.Add(-overlap))
	default:
		r.pages = func(yield func(entityPage, error) bool) { yield(entityPage{entities: known.changed[k.entity]}, nil) }
	}
	if known != nil {
		r.pages = k.beside(ctx, r.pages, w.Also)
	}
	add, more, err := k.prepare(ctx)
	r.add = add
	return r, calls + more, err
}

// list remembers how many tax codes there are, where one page held them all.
func (c *Client) list(page entityPage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taxCodes = -1
	if page.whole {
		c.taxCodes = len(page.entities)
	}
}

// Count returns how many records the company says it has. Categories are items
// to QuickBooks and counted as such, here and in a page's Received. Tax codes are
// not asked for where one page held all: a list that is not full has ended.
func (c *Client) Count(ctx context.Context, o reconcile.Object) (claimed, calls int, err error) {
	k, err := c.kind(o)
	if err != nil {
		return 0, 0, err
	}
	c.mu.Lock()
	listed := c.taxCodes
	c.mu.Unlock()
	if o == reconcile.ObjectTaxRates && listed >= 0 {
		return listed, 0, nil
	}
	return k.count(ctx)
}

// An adder puts an entity into a page.
type adder func(page *reconcile.Page, raw json.RawMessage) error

func (r reading) fill(page *reconcile.Page, entities []json.RawMessage) error {
	for _, raw := range entities {
		if err := r.add(page, raw); err != nil {
			return r.c.transport.Broken(r.op(), "%v", err)
		}
		page.Received++
	}
	return nil
}

// always is an adder that needs no preparation.
func always(add adder) func(context.Context) (adder, int, error) {
	return func(context.Context) (adder, int, error) { return add, 0, nil }
}

// prepareInvoices reads the company, whose home currency an invoice without a
// currency has.
func (c *Client) prepareInvoices(ctx context.Context) (adder, int, error) {
	company, calls, err := c.knownCompany(ctx)
	if err != nil {
		return nil, calls, err
	}
	return func(page *reconcile.Page, raw json.RawMessage) error { return addInvoice(page, raw, company.Currency) }, calls, nil
}

// prepareTaxCodes reads the rates that tax codes are made of.
func (c *Client) prepareTaxCodes(ctx context.Context) (adder, int, error) {
	percents := map[string]decimal.Decimal{}
	calls := 0
	q := c.names("TaxRate")
	for page, err := range q.walk("").pages(ctx, pagesAhead) {
		calls += page.calls
		if err != nil {
			return nil, calls, err
		}
		for _, raw := range page.entities {
			id, percent, known, err := readTaxRate(raw)
			if err != nil {
				return nil, calls, q.c.transport.Broken(q.op(), "%v", err)
			}
			if known {
				percents[id] = percent
			}
		}
	}
	return func(page *reconcile.Page, raw json.RawMessage) error { return addTaxCode(page, raw, percents) }, calls, nil
}

// errNoID: nothing can be said of an entity without an Id.
var errNoID = errors.New("an entity without an Id")

type value = connectors.Value
