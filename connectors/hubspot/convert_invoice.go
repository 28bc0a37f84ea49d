package hubspot

import (
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// parts is what belongs to an invoice besides its own record.
type parts struct {
	lines                  []*lineRecord
	discounts, fees, taxes []*chargeRecord
	bill                   bill
}

// An invoiceReading is an invoice while it is converted.
type invoiceReading struct {
	in       *connectors.Reader
	invoice  reconcile.Invoice
	portal   portal
	troubles []reconcile.Unreadable

	// What the record states of itself; ok is false for what it does not state.
	billed, balance, tax       decimal.Decimal
	billedOK, balanceOK, taxOK bool
}

// convertInvoice makes the canonical form of an invoice, and tells of each
// record that has a value it could not read: of the invoice, a line, a charge.
func convertInvoice(r *invoiceRecord, p parts, about portal) (reconcile.Invoice, []reconcile.Unreadable) {
	c := &invoiceReading{in: r.reader(), portal: about, troubles: p.bill.unreadable}
	c.invoice = reconcile.Invoice{
		System: reconcile.HubSpot, ID: r.id, CustomerID: p.bill.customer, OnCompany: p.bill.onCompany,
	}
	c.readRecord(r)
	c.readParts(p)
	i := &c.invoice
	if c.in.Failed() {
		c.troubles = append(c.troubles, unreadable(c.in, "invoices", r.id, r.raw))
	}
	for n := range c.troubles {
		c.troubles[n].Number = i.Number
		if c.troubles[n].Object != "invoices" {
			c.troubles[n].Of = i.ID
		}
	}
	i.Unreadable = len(c.troubles) > 0
	return *i, c.troubles
}

// readRecord reads the invoice's own values, in the order in which the first
// bad one is told.
func (c *invoiceReading) readRecord(r *invoiceRecord) {
	i, p := &c.invoice, &r.Properties
	i.Number = c.in.Text("number", p.Number)
	i.Status = readStatus(c.in, p.Status)
	i.Currency = readCurrency(c.in, p.Currency)
	i.Date = businessDate(c.in, "date", p.Date, c.portal.zone)
	i.DueDate = businessDate(c.in, "due_date", p.DueDate, c.portal.zone)
	c.billed, c.billedOK = c.in.Number("total", p.Billed)
	c.balance, c.balanceOK = c.in.Number("balance", p.BalanceDue)
	c.tax, c.taxOK = c.in.Number("tax", p.Tax)
	source := c.in.Text("source", p.ObjectSource)
	i.Integration = source == "INTEGRATION" // "Record source" knowledge base page
	i.Source = sourceName(source, c.in.Text("source", p.SourceLabel), c.in.Text("source", p.SourceDetail))
	i.CreatedAt = c.in.Instant("created_at", r.CreatedAt)
	i.UpdatedAt = c.in.Instant("updated_at", r.UpdatedAt)
	i.Version = r.UpdatedAt.Plain()
}

// sourceName tells who made a record, as exactly as HubSpot does.
func sourceName(source, label, detail string) string {
	switch {
	case label == "" && detail == "":
		return source
	case label == "":
		return detail
	case detail == "":
		return label
	}
	return label + ": " + detail
}

// readParts adds lines and charges, and what follows of them.
func (c *invoiceReading) readParts(p parts) {
	i := &c.invoice
	taxes := c.readLines(p.lines)
	var subtotal int64
	for n := range i.Lines {
		subtotal = c.in.Sum("total", subtotal, i.Lines[n].Amount)
	}
	i.Discount = c.charges("discounts", p.discounts, subtotal, true)
	base := c.in.Sum("total", subtotal, -i.Discount)
	i.Fee = c.charges("fees", p.fees, base, false)
	base = c.in.Sum("total", base, i.Fee)
	i.Tax = c.invoiceTax(taxes, c.charges("taxes", p.taxes, base, false), len(p.taxes) > 0, base)
	i.Total = c.in.Sum("total", base, i.Tax)
	if c.billedOK {
		i.Total = c.in.Money("total", c.billed, i)
	}
	switch {
	case c.balanceOK:
		i.Balance = c.in.Money("balance", c.balance, i)
	case i.Status == reconcile.StatusOpen, i.Status == reconcile.StatusDraft:
		i.Balance = i.Total
	}
}

// readStatus reads one of the four statuses ("Invoices" page), lower case.
func readStatus(in *connectors.Reader, v value) reconcile.Status {
	s := reconcile.Status(in.Text("status", v))
	switch s {
	case reconcile.StatusDraft, reconcile.StatusOpen, reconcile.StatusPaid, reconcile.StatusVoided:
		return s
	case "":
		in.Fail("status", "no status")
	default:
		in.Fail("status", "%q is not a status: want draft, open, paid or voided", s)
	}
	return ""
}

// readCurrency reads the currency, which every invoice has, in upper case
// ("Invoices" page).
func readCurrency(in *connectors.Reader, v value) string {
	s := in.Text("currency", v)
	if s == "" {
		in.Fail("currency", "no currency")
		return ""
	}
	if len(s) != 3 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		in.Fail("currency", "%q is not a currency: want three upper-case letters", s)
		return ""
	}
	return s
}

// businessDate reads a date. HubSpot keeps instants ("Properties" page: ISO
// 8601 in UTC, also milliseconds since 1970); the date meant is the one in the
// portal's zone. A plain date stands for itself.
func businessDate(in *connectors.Reader, field string, v value, zone *time.Location) reconcile.Date {
	s := in.Text(field, v)
	if s == "" {
		return reconcile.Date{}
	}
	if d, err := reconcile.ParseDate(s); err == nil {
		return d
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		ms, bad := strconv.ParseInt(s, 10, 64)
		t, err = time.UnixMilli(ms), bad
	}
	if year := t.Year(); err != nil || year < 1 || year > 9999 {
		in.Fail(field, "%q is neither a date nor a time", s)
		return reconcile.Date{}
	}
	return reconcile.DateOf(t, zone)
}

// oldest picks of several contacts the one that was made first, the lowest id
// of several; deleted ones do not count. One whose age cannot be read leaves
// the question open.
func oldest(ids []string, records map[string]*contactRecord) bill {
	var b bill
	var since time.Time
	for _, id := range ids {
		r := records[id]
		if r == nil {
			continue
		}
		in := r.reader()
		at := in.Instant("created_at", created(r))
		if in.Failed() {
			b.unreadable = append(b.unreadable, unreadable(in, "contacts", id, r.raw))
			continue
		}
		if b.customer == "" || at.Before(since) || at.Equal(since) && reconcile.CompareIDs(id, b.customer) < 0 {
			b.customer, since = id, at
		}
	}
	return b
}
