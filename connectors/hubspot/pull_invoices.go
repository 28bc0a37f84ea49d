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

func (c *Client) pullInvoices(ctx context.Context, w connectors.Want) iter.Seq2[reconcile.Page, error] {
	read := wanted[invoiceProperties](c, "invoices", invoiceCursors, w)
	if !w.Since.IsZero() {
		read = c.changedInvoices(read, w)
	}
	return connectors.InOrder(ctx, chunksAhead, func(ctx context.Context) iter.Seq[connectors.Job[reconcile.Page]] {
		b := &bundling{c: c, surveyed: make(chan struct{})}
		return func(yield func(connectors.Job[reconcile.Page]) bool) {
			defer b.asking.Wait()
			b.chunks(ctx, read(ctx), yield)
		}
	})
}

// A bundling has every thousand of the invoices that a reading brings completed
// together. The portal is surveyed once there are any, while the reading goes
// on. Its requests are those of the first page.
type bundling struct {
	c *Client

	once     sync.Once
	asking   sync.WaitGroup
	surveyed chan struct{} // closed when portal and problem are known
	portal   portal
	problem  error

	records  []json.RawMessage
	calls    int
	position string
	begun    bool // a page was made
	told     bool // a page has told what the survey took
}

func (b *bundling) survey(ctx context.Context) {
	b.once.Do(func() {
		b.asking.Go(func() {
			b.portal, b.problem = b.c.survey(ctx)
			close(b.surveyed)
		})
	})
}

func (b *bundling) chunks(ctx context.Context, read iter.Seq2[listPage, error], yield func(connectors.Job[reconcile.Page]) bool) {
	for listed, err := range read {
		b.calls += listed.calls
		if err != nil {
			yield(b.failed(err))
			return
		}
		if len(listed.records) > 0 {
			b.survey(ctx)
		}
		b.records, b.position = append(b.records, listed.records...), listed.position
		for len(b.records) >= b.c.sizes.chunk {
			if !yield(b.next(b.c.sizes.chunk)) {
				return
			}
		}
	}
	if len(b.records) > 0 || b.calls > 0 || !b.begun {
		yield(b.next(len(b.records)))
	}
}

// failed is the page that ends in an error.
func (b *bundling) failed(err error) connectors.Job[reconcile.Page] {
	calls := b.calls
	return func(context.Context) (reconcile.Page, error) {
		return reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Calls: calls}, err
	}
}

// next is the completion of so many invoices.
func (b *bundling) next(size int) connectors.Job[reconcile.Page] {
	k := chunk{reads: reads{c: b.c}, records: b.records[:size:size], calls: b.calls, position: b.position}
	if size < len(b.records) && b.position != "" { // the list is beyond the chunk
		k.position, _ = idOf(b.records[size-1]) // the walk has read it before
	}
	b.records, b.calls, b.begun = b.records[size:], 0, true
	if size == 0 {
		return k.complete
	}
	first := !b.told
	b.told = true
	return func(ctx context.Context) (reconcile.Page, error) {
		<-b.surveyed // it ends with ctx
		if first {
			k.calls += b.portal.calls
		}
		if b.problem != nil {
			return reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Calls: k.calls}, b.problem
		}
		k.portal = b.portal
		return k.complete(ctx)
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

// hasAny reports whether the portal has a single record of an object.
func (c *Client) hasAny(ctx context.Context, object string) (has bool, calls int, err error) {
	l := list[chargeProperties](c, object)
	l.query.Set("limit", "1")
	page, err := l.page(ctx, "")
	return len(page.records) > 0, page.calls, err
}
