package hubspot

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"

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
	switch w.Object {
	case reconcile.ObjectTaxRates:
		return c.pullRecords(ctx, w.Object, c.library, addTaxRate)
	case reconcile.ObjectProducts:
		return c.pullRecords(ctx, w.Object, wanted[productProperties](c, "products", masterCursors, w), addProduct)
	case reconcile.ObjectCustomers:
		return c.pullRecords(ctx, w.Object, wanted[contactProperties](c, "contacts", masterCursors, w), addContact)
	case reconcile.ObjectCompanies:
		return c.pullRecords(ctx, w.Object, wanted[companyProperties](c, "companies", masterCursors, w), addCompany)
	case reconcile.ObjectInvoices:
		return c.pullInvoices(ctx, w)
	}
	return func(yield func(reconcile.Page, error) bool) {
		yield(reconcile.Page{}, fmt.Errorf("hubspot has no %s", w.Object))
	}
}

// A reading is the walk over some records.
type reading func(context.Context) iter.Seq2[listPage, error]

// wanted is the walk over the records of an object that are wanted: what has
// changed, else the list.
func wanted[P any](c *Client, object string, cursors int, w connectors.Want) reading {
	return func(ctx context.Context) iter.Seq2[listPage, error] {
		if !w.Since.IsZero() {
			read := changesOf[P](c, object).recent(ctx, w.Object, w.Since.Add(-overlap))
			if w.Object == reconcile.ObjectInvoices { // those are also known by their lines
				return read
			}
			return beside[P](ctx, c, object, read, w)
		}
		c.takeTotal(w.Object) // what it was before this pull is not asked
		return list[P](c, object).segments(ctx, cursors, w.After)
	}
}

// An adder puts a record into a page.
type adder func(*reconcile.Page, json.RawMessage) error

// pullRecords yields records as they are read, each put into its page by add.
func (c *Client) pullRecords(ctx context.Context, o reconcile.Object, read reading, add adder) iter.Seq2[reconcile.Page, error] {
	return connectors.InOrder(ctx, ahead, func(ctx context.Context) iter.Seq[connectors.Job[reconcile.Page]] {
		return func(yield func(connectors.Job[reconcile.Page]) bool) {
			for listed, err := range read(ctx) {
				job := func(context.Context) (reconcile.Page, error) {
					page := reconcile.Page{System: reconcile.HubSpot, Object: o, Calls: listed.calls, Position: listed.position}
					if err != nil {
						return page, err
					}
					return page, c.fill(&page, listed.records, add)
				}
				if !yield(job) {
					return
				}
			}
		}
	})
}

func (c *Client) fill(page *reconcile.Page, records []json.RawMessage, add adder) error {
	for _, raw := range records {
		if err := add(page, raw); err != nil {
			return c.transport.Broken(fmt.Sprintf("pull hubspot:%s", page.Object), "%v", err)
		}
		page.Received++
	}
	return nil
}
