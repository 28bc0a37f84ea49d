package hubspot

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// ahead is how many pages of a list are read before the consumer asks for them.
const ahead = 4

// Pull reads all records of an object.
func (c *Client) Pull(ctx context.Context, o reconcile.Object) iter.Seq2[reconcile.Page, error] {
	switch o {
	case reconcile.ObjectTaxRates:
		return c.pullList(ctx, c.taxRates(), o, addTaxRate)
	case reconcile.ObjectProducts:
		return c.pullList(ctx, list[productProperties](c, "products"), o, addProduct)
	case reconcile.ObjectCustomers:
		return c.pullList(ctx, list[contactProperties](c, "contacts"), o, addContact)
	case reconcile.ObjectCompanies:
		return c.pullList(ctx, list[companyProperties](c, "companies"), o, addCompany)
	case reconcile.ObjectInvoices:
		return c.pullInvoices(ctx)
	}
	return func(yield func(reconcile.Page, error) bool) {
		yield(reconcile.Page{}, fmt.Errorf("hubspot has no %s", o))
	}
}

// pullList yields the pages of a list, each record put into its page by add.
func (c *Client) pullList(ctx context.Context, l cursor, o reconcile.Object,
	add func(*reconcile.Page, json.RawMessage) error,
) iter.Seq2[reconcile.Page, error] {
	return connectors.InOrder(ctx, ahead, func(ctx context.Context) iter.Seq[connectors.Job[reconcile.Page]] {
		return func(yield func(connectors.Job[reconcile.Page]) bool) {
			for listed, err := range l.pages(ctx) {
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

func (l cursor) fill(page *reconcile.Page, records []json.RawMessage, add func(*reconcile.Page, json.RawMessage) error) error {
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
