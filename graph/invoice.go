package graph

import (
	"context"
	"errors"
	"strconv"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

type (
	invoice      struct{ Config }
	invoiceEntry struct{ Config }
)

func (r root) Invoice() generated.InvoiceResolver           { return invoice(r) }
func (r root) InvoiceEntry() generated.InvoiceEntryResolver { return invoiceEntry(r) }

// Explain resolves Query.explain.
func (q query) Explain(ctx context.Context, record string) ([]reconcile.Diagnosis, error) {
	answers, err := q.Explainer.Explain(ctx, record)
	if errors.Is(err, reconcile.ErrNotFound) {
		return []reconcile.Diagnosis{}, nil
	}
	return answers, err
}

// InvoicePairs resolves Query.invoicePairs.
func (q query) InvoicePairs(ctx context.Context, filter *generated.InvoicePairFilter, first int, after *string) (*wire.InvoicePairConnection, error) {
	page, err := wire.NewPage(first, after, "invoicePairs", filter)
	if err != nil {
		return nil, err
	}
	from, skip, err := place(page.After)
	if err != nil {
		return nil, err
	}
	ask := batch.PairQuery{After: from, Limit: page.Limit() + skip}
	if filter != nil {
		ask.States = filter.States
		if filter.Number != nil {
			ask.Number = *filter.Number
		}
	}
	rows, more, err := q.Pairs.Pairs(ctx, ask)
	if err != nil {
		return nil, err
	}
	pairs := placed(rows, from)
	c := wire.Connect(page, pairs[min(skip, len(pairs)):], func(p *wire.InvoicePair) []string { return p.Place })
	c.PageInfo.HasNextPage = c.PageInfo.HasNextPage || more
	return c, nil
}

// place reads where a page of pairs starts: behind a key, and behind that many
// rows of what follows.
func place(after []string) (from string, skip int, err error) {
	if after == nil {
		return "", 0, nil
	}
	if len(after) == 2 {
		if skip, err = strconv.Atoi(after[1]); err == nil && skip >= 0 {
			return after[0], skip, nil
		}
	}
	return "", 0, wire.Coded("CURSOR_INVALID", "after is no cursor of this server")
}

// placed gives every row its place. The lister goes on behind whole keys only,
// and one key may have any number of rows: a row within a key is found again as
// the n-th behind the key before.
func placed(rows []batch.Pair, from string) []wire.InvoicePair {
	pairs := make([]wire.InvoicePair, len(rows))
	before, nth := from, 0
	for n, row := range rows {
		if n > 0 && row.Key != rows[n-1].Key {
			before, nth = rows[n-1].Key, 0
		}
		nth++
		pairs[n] = wire.InvoicePair{
			Place: []string{before, strconv.Itoa(nth)}, State: row.State,
			HubSpot: wire.NewEntry(row.HubSpot), QuickBooks: wire.NewEntry(row.QuickBooks),
		}
	}
	return pairs
}

func (c Config) invoiceID(s reconcile.System, external string) string {
	return c.id(typeInvoice, string(s)+":"+external)
}

// InvoiceID resolves InvoiceEntry.invoiceId.
func (e invoiceEntry) InvoiceID(_ context.Context, obj *wire.InvoiceEntry) (string, error) {
	return e.invoiceID(obj.Entry.System, obj.Entry.ID), nil
}

// ID resolves Invoice.id.
func (i invoice) ID(_ context.Context, obj *reconcile.Invoice) (string, error) {
	return i.invoiceID(obj.System, obj.ID), nil
}

// Lines resolves Invoice.lines.
func (i invoice) Lines(_ context.Context, obj *reconcile.Invoice) ([]wire.InvoiceLine, error) {
	return wire.NewLines(obj), nil
}

// Discount resolves Invoice.discount.
func (i invoice) Discount(_ context.Context, obj *reconcile.Invoice) (*reconcile.Money, error) {
	return money(obj, obj.Discount), nil
}

// Charges resolves Invoice.charges.
func (i invoice) Charges(_ context.Context, obj *reconcile.Invoice) (*reconcile.Money, error) {
	return money(obj, obj.Charges()), nil
}

// Tax resolves Invoice.tax.
func (i invoice) Tax(_ context.Context, obj *reconcile.Invoice) (*reconcile.Money, error) {
	return money(obj, obj.Tax), nil
}

// Total resolves Invoice.total.
func (i invoice) Total(_ context.Context, obj *reconcile.Invoice) (*reconcile.Money, error) {
	return money(obj, obj.Total), nil
}

// Paid resolves Invoice.paid.
func (i invoice) Paid(_ context.Context, obj *reconcile.Invoice) (*reconcile.Money, error) {
	return money(obj, obj.Paid()), nil
}

// Balance resolves Invoice.balance.
func (i invoice) Balance(_ context.Context, obj *reconcile.Invoice) (*reconcile.Money, error) {
	return money(obj, obj.Balance), nil
}

func money(i *reconcile.Invoice, minor int64) *reconcile.Money {
	m := i.Money(minor)
	return &m
}
