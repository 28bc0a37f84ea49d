package hubspot

import (
	"context"
	"encoding/json"
	"iter"
	"sync"
	"time"

	"github.com/govalues/decimal"
	"golang.org/x/sync/errgroup"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

const (
	// chunkSize is how many invoices are completed together: the largest number
	// of inputs of an association batch read ("Associations" page).
	chunkSize = 1000
	// chunksAhead and invoiceCursors bound the invoices that are held at once to
	// a few thousand. A chunk takes ten pages of the list and thirty or more
	// other requests, so that fewer cursors fill the quota than of masters.
	chunksAhead    = 3
	invoiceCursors = 6
)

type (
	invoiceRecord = record[invoiceProperties]
	lineRecord    = record[lineProperties]
	chargeRecord  = record[chargeProperties]
	contactRecord = record[contactProperties]
)

// A portal is what has to be known before invoices can be read.
type portal struct {
	zone *time.Location
	// percents are the rates of the tax rate library, by id.
	percents map[string]decimal.Decimal
	// charges are those of discounts, fees and taxes that the portal has at all.
	charges []string
	calls   int
}

// chargeObjects are the order-level objects of an invoice, in the order in
// which they are applied ("Taxes", "Discounts" and "Fees" pages).
var chargeObjects = []string{"discounts", "fees", "taxes"}

func (c *Client) pullInvoices(ctx context.Context) iter.Seq2[reconcile.Page, error] {
	return connectors.InOrder(ctx, chunksAhead, func(ctx context.Context) iter.Seq[connectors.Job[reconcile.Page]] {
		return c.chunks(ctx, sync.OnceValues(func() (portal, error) { return c.survey(ctx) }))
	})
}

// chunks walks the list of invoices and has every thousand completed.
//
// The portal is surveyed while the list is read. Its requests are those of the
// first page.
func (c *Client) chunks(ctx context.Context, survey func() (portal, error)) iter.Seq[connectors.Job[reconcile.Page]] {
	return func(yield func(connectors.Job[reconcile.Page]) bool) {
		var asking sync.WaitGroup
		asking.Go(func() { _, _ = survey() }) // what it returns is asked for by each chunk
		defer asking.Wait()
		var records []json.RawMessage
		calls, begun := 0, false
		chunkOf := func(records []json.RawMessage) connectors.Job[reconcile.Page] {
			k, first := chunk{c: c, records: records, calls: calls}, !begun
			calls, begun = 0, true
			return func(ctx context.Context) (reconcile.Page, error) {
				p, err := survey()
				if first {
					k.calls += p.calls
				}
				if err != nil {
					return reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Calls: k.calls}, err
				}
				k.portal = p
				return k.complete(ctx)
			}
		}
		for listed, err := range list[invoiceProperties](c, "invoices").segments(ctx, invoiceCursors) {
			calls += listed.calls
			if err != nil {
				yield(func(context.Context) (reconcile.Page, error) {
					return reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Calls: calls}, err
				})
				return
			}
			records = append(records, listed.records...)
			for len(records) >= chunkSize {
				if !yield(chunkOf(records[:chunkSize:chunkSize])) {
					return
				}
				records = records[chunkSize:]
			}
		}
		if len(records) > 0 || !begun {
			yield(chunkOf(records))
		}
	}
}

// survey asks what has to be known once for all invoices.
func (c *Client) survey(ctx context.Context) (portal, error) {
	var p portal
	zone, calls, err := c.portalZone(ctx)
	p.zone, p.calls = zone, calls
	if err != nil {
		return p, err
	}
	if err := c.readPercents(ctx, &p); err != nil {
		return p, err
	}
	group, ctx := errgroup.WithContext(ctx)
	found := make([]bool, len(chargeObjects))
	asked := make([]int, len(chargeObjects))
	for n, object := range chargeObjects {
		group.Go(func() error {
			var err error
			found[n], asked[n], err = c.hasAny(ctx, object)
			return err
		})
	}
	err = group.Wait()
	for n, object := range chargeObjects {
		p.calls += asked[n]
		if found[n] {
			p.charges = append(p.charges, object)
		}
	}
	return p, err
}

// readPercents reads the tax rate library. A rate that cannot be read is told
// where tax rates are pulled; here it is one that is not known.
func (c *Client) readPercents(ctx context.Context, p *portal) error {
	p.percents = map[string]decimal.Decimal{}
	l := c.taxRates()
	for page, err := range l.pages(ctx) {
		p.calls += page.calls
		if err != nil {
			return err
		}
		for _, raw := range page.records {
			rate, in, err := readTaxRate(raw)
			if err != nil {
				return c.transport.Broken(l.op, "%v", err)
			}
			if !in.Failed() {
				p.percents[rate.ID] = rate.Percent
			}
		}
	}
	return nil
}

// hasAny reports whether the portal has a single record of an object.
func (c *Client) hasAny(ctx context.Context, object string) (has bool, calls int, err error) {
	l := list[chargeProperties](c, object)
	l.query.Set("limit", "1")
	page, err := l.page(ctx, "")
	return len(page.records) > 0, page.calls, err
}
