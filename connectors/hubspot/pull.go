package hubspot

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

const (
	// ahead is how many portions of a list are converted before the consumer
	// asks for them.
	ahead = 4
	// masterCursors is how many cursors read a list by which nothing else is
	// read: seven fill the quota at 350 ms a page, more wait for one another.
	masterCursors = 10
)

// Pull reads what is wanted.
func (c *Client) Pull(ctx context.Context, w connectors.Want) iter.Seq2[reconcile.Page, error] {
	o := w.Object
	if !w.Since.IsZero() && o != reconcile.ObjectTaxRates {
		return func(yield func(reconcile.Page, error) bool) { yield(reconcile.Page{}, connectors.ErrTooOld) }
	}
	switch o {
	case reconcile.ObjectTaxRates:
		l := c.taxRates()
		return c.pullList(ctx, l, l.pages, o, addTaxRate)
	case reconcile.ObjectProducts:
		return c.pullMasters(ctx, list[productProperties](c, "products"), o, addProduct)
	case reconcile.ObjectCustomers:
		return c.pullMasters(ctx, list[contactProperties](c, "contacts"), o, addContact)
	case reconcile.ObjectCompanies:
		return c.pullMasters(ctx, list[companyProperties](c, "companies"), o, addCompany)
	case reconcile.ObjectInvoices:
		return c.pullInvoices(ctx)
	}
	return func(yield func(reconcile.Page, error) bool) {
		yield(reconcile.Page{}, fmt.Errorf("hubspot has no %s", o))
	}
}

// Deleted tells nothing yet.
func (c *Client) Deleted(context.Context, reconcile.Object, time.Time) ([]string, int, error) {
	return nil, 0, nil
}

// An adder puts a record into a page.
type adder func(*reconcile.Page, json.RawMessage) error

// pullMasters yields the records of a list that is read by several cursors.
func (c *Client) pullMasters(ctx context.Context, l cursor, o reconcile.Object, add adder) iter.Seq2[reconcile.Page, error] {
	return c.pullList(ctx, l, func(ctx context.Context) iter.Seq2[listPage, error] {
		return l.segments(ctx, masterCursors)
	}, o, add)
}

// pullList yields a list as it is read, each record put into its page by add.
func (c *Client) pullList(ctx context.Context, l cursor, read func(context.Context) iter.Seq2[listPage, error],
	o reconcile.Object, add adder,
) iter.Seq2[reconcile.Page, error] {
	return connectors.InOrder(ctx, ahead, func(ctx context.Context) iter.Seq[connectors.Job[reconcile.Page]] {
		return func(yield func(connectors.Job[reconcile.Page]) bool) {
			for listed, err := range read(ctx) {
				job := func(context.Context) (reconcile.Page, error) {
					page := reconcile.Page{System: reconcile.HubSpot, Object: o, Calls: listed.calls}
					if err != nil {
						return page, err
					}
					return page, l.fill(&page, listed.records, add)
				}
				if !yield(job) {
					return
				}
			}
		}
	})
}

func (l cursor) fill(page *reconcile.Page, records []json.RawMessage, add adder) error {
	for _, raw := range records {
		if err := add(page, raw); err != nil {
			return l.c.transport.Broken(l.op, "%v", err)
		}
		page.Received++
	}
	return nil
}

// taxRates is the walk over the tax rate library.
func (c *Client) taxRates() cursor {
	return cursor{c: c, op: "list hubspot:tax_rates", path: c.paths.taxRates, decode: true,
		query: map[string][]string{"limit": {"100"}}}
}

func (c *Client) countTaxRates(ctx context.Context) (claimed, calls int, err error) {
	for page, err := range c.taxRates().pages(ctx) {
		calls += page.calls
		if err != nil {
			return 0, calls, err
		}
		claimed += len(page.records)
	}
	return claimed, calls, nil
}
