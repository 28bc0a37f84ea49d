package quickbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// pagesAhead bounds the pages that are read before the consumer asks for them,
// and with them the invoices that are held at once. At 500 requests a minute
// more are of no use while a page takes less than half a second.
const pagesAhead = 4

// Pull reads what is wanted.
func (c *Client) Pull(ctx context.Context, w connectors.Want) iter.Seq2[reconcile.Page, error] {
	o := w.Object
	if !w.Since.IsZero() && o != reconcile.ObjectTaxRates {
		return func(yield func(reconcile.Page, error) bool) { yield(reconcile.Page{}, connectors.ErrTooOld) }
	}
	switch o {
	case reconcile.ObjectTaxRates:
		return c.pull(ctx, o, c.names("TaxCode"), c.prepareTaxCodes)
	case reconcile.ObjectProducts:
		return c.pull(ctx, o, c.names("Item"), always(addItem))
	case reconcile.ObjectCustomers:
		return c.pull(ctx, o, c.names("Customer"), always(addCustomer))
	case reconcile.ObjectInvoices:
		return c.pull(ctx, o, c.transactions("Invoice"), c.prepareInvoices)
	}
	return func(yield func(reconcile.Page, error) bool) {
		yield(reconcile.Page{}, noSuch(o))
	}
}

func noSuch(o reconcile.Object) error { return fmt.Errorf("quickbooks has no %s", o) }

// Count returns how many records the company says it has. Categories are items
// to QuickBooks and counted as such, here and in a page's Received.
func (c *Client) Count(ctx context.Context, o reconcile.Object) (claimed, calls int, err error) {
	switch o {
	case reconcile.ObjectTaxRates:
		return c.names("TaxCode").count(ctx)
	case reconcile.ObjectProducts:
		return c.names("Item").count(ctx)
	case reconcile.ObjectCustomers:
		return c.names("Customer").count(ctx)
	case reconcile.ObjectInvoices:
		return c.transactions("Invoice").count(ctx)
	}
	return 0, 0, noSuch(o)
}

// Deleted tells nothing yet.
func (c *Client) Deleted(context.Context, reconcile.Object, time.Time) ([]string, int, error) {
	return nil, 0, nil
}

// An adder puts an entity into a page.
type adder func(page *reconcile.Page, raw json.RawMessage) error

// pull yields the pages of a query, each entity put into its page by an adder
// that is made once.
func (c *Client) pull(ctx context.Context, o reconcile.Object, q query,
	prepare func(context.Context) (adder, int, error),
) iter.Seq2[reconcile.Page, error] {
	return func(yield func(reconcile.Page, error) bool) {
		empty := reconcile.Page{System: reconcile.QuickBooks, Object: o}
		add, calls, err := prepare(ctx)
		if err != nil {
			empty.Calls = calls
			yield(empty, err)
			return
		}
		for got, err := range q.pages(ctx, pagesAhead) {
			page := empty
			page.Calls = got.calls + calls
			calls = 0
			if err == nil {
				err = q.fill(&page, got.entities, add)
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

func (q query) fill(page *reconcile.Page, entities []json.RawMessage, add adder) error {
	for _, raw := range entities {
		if err := add(page, raw); err != nil {
			return q.c.transport.Broken(q.op(), "%v", err)
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
	for page, err := range q.pages(ctx, pagesAhead) {
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
