package hubspot

import (
	"context"
	"encoding/json"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/tieout/tieout/reconcile"
)

// A chunk is a number of listed invoices on their way to becoming a page.
type chunk struct {
	reads
	portal  portal
	records []json.RawMessage
	calls   int
	// position is where a pull goes on after the chunk.
	position string

	invoices []*invoiceRecord
	ids      []string

	lines   map[string][]*lineRecord // by invoice
	charges map[string]map[string][]*chargeRecord
	bills   map[string]bill
}

// A bill says whom an invoice bills.
type bill struct {
	customer  string
	onCompany bool
	// unreadable are contacts that it could not be decided by.
	unreadable []reconcile.Unreadable
}

// complete reads what the invoices point at and converts them.
func (k *chunk) complete(ctx context.Context) (reconcile.Page, error) {
	err := k.parse()
	if err == nil && len(k.ids) > 0 {
		err = k.gather(ctx)
	}
	page := reconcile.Page{
		System: reconcile.HubSpot, Object: reconcile.ObjectInvoices,
		Received: len(k.invoices), Calls: k.calls + int(k.sent.Load()), Position: k.position,
	}
	if err != nil {
		return page, err
	}
	page.Invoices = make([]reconcile.Invoice, 0, len(k.invoices))
	for _, r := range k.invoices {
		i, troubles := convertInvoice(r, k.partsOf(r.id), k.portal)
		page.Invoices = append(page.Invoices, i)
		page.Unreadable = append(page.Unreadable, troubles...)
	}
	return page, nil
}

func (k *chunk) parse() error {
	for _, raw := range k.records {
		r, err := parse[invoiceProperties](raw)
		if err != nil {
			return k.c.transport.Broken("list hubspot:invoices", "%v", err)
		}
		k.invoices = append(k.invoices, r)
		k.ids = append(k.ids, r.id)
	}
	k.records = nil
	slices.Sort(k.ids)
	k.ids = slices.Compact(k.ids)
	return nil
}

// gather reads lines, customers and charges, all at the same time.
func (k *chunk) gather(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		k.lines, err = attached[lineProperties](ctx, k, "line_items")
		return err
	})
	group.Go(func() error { return k.findCustomers(ctx) })
	read := make([]map[string][]*chargeRecord, len(k.portal.charges))
	for n, object := range k.portal.charges {
		group.Go(func() (err error) {
			read[n], err = attached[chargeProperties](ctx, k, object)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	k.charges = map[string]map[string][]*chargeRecord{}
	for n, object := range k.portal.charges {
		k.charges[object] = read[n]
	}
	return nil
}

// attached reads the records of an object that the invoices of a chunk are
// associated with, by invoice. One that is reported as not found has been
// deleted and is on the invoice no more.
func attached[P any](ctx context.Context, k *chunk, object string) (map[string][]*record[P], error) {
	neighbours, err := k.associated(ctx, "invoices", object, k.ids)
	if err != nil {
		return nil, err
	}
	records, err := readBatches[P](ctx, &k.reads, object, idsOf(neighbours))
	if err != nil {
		return nil, err
	}
	by := make(map[string][]*record[P], len(neighbours))
	for invoice, ids := range neighbours {
		for _, id := range ids {
			if r := records[id]; r != nil {
				by[invoice] = append(by[invoice], r)
			}
		}
	}
	return by, nil
}

// idsOf lists the ids of all neighbours, each once, in a fixed order.
func idsOf(neighbours map[string][]string) []string {
	var ids []string
	for _, list := range neighbours {
		ids = append(ids, list...)
	}
	slices.SortFunc(ids, reconcile.CompareIDs)
	return slices.Compact(ids)
}

// findCustomers decides whom each invoice bills: its contact, the oldest of
// several; its company only when there is no contact.
func (k *chunk) findCustomers(ctx context.Context) error {
	contacts, err := k.associated(ctx, "invoices", "contacts", k.ids)
	if err != nil {
		return err
	}
	k.bills = make(map[string]bill, len(k.ids))
	if err := k.chooseContacts(ctx, contacts); err != nil {
		return err
	}
	var without []string
	for _, id := range k.ids {
		if b := k.bills[id]; b.customer == "" && b.unreadable == nil {
			without = append(without, id)
		}
	}
	if len(without) == 0 {
		return nil
	}
	companies, err := k.associated(ctx, "invoices", "companies", without)
	if err != nil {
		return err
	}
	for invoice, ids := range companies {
		if len(ids) > 0 {
			k.bills[invoice] = bill{customer: slices.MinFunc(ids, reconcile.CompareIDs), onCompany: true}
		}
	}
	return nil
}

// chooseContacts picks one contact for every invoice that has any. Contacts
// are read only where there is a choice.
func (k *chunk) chooseContacts(ctx context.Context, contacts map[string][]string) error {
	several := map[string][]string{}
	for invoice, ids := range contacts {
		switch len(ids) {
		case 0:
		case 1:
			k.bills[invoice] = bill{customer: ids[0]}
		default:
			several[invoice] = ids
		}
	}
	if len(several) == 0 {
		return nil
	}
	records, err := readBatches[contactProperties](ctx, &k.reads, "contacts", idsOf(several))
	if err != nil {
		return err
	}
	for invoice, ids := range several {
		k.bills[invoice] = oldest(ids, records)
	}
	return nil
}

// partsOf returns what belongs to one invoice.
func (k *chunk) partsOf(invoice string) parts {
	return parts{
		lines:     k.lines[invoice],
		discounts: k.charges["discounts"][invoice],
		fees:      k.charges["fees"][invoice],
		taxes:     k.charges["taxes"][invoice],
		bill:      k.bills[invoice],
	}
}
