package hubspot

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
)

// charges adds up the order-level objects of one kind. A PERCENT one is of
// base, rounded half up; of several discounts (falling) each is of what the
// ones before it left, in their order.
func (c *invoiceReading) charges(object string, records []*chargeRecord, base int64, falling bool) int64 {
	sortRecords(records, func(r *chargeRecord) value { return r.Properties.Order })
	var sum int64
	for _, r := range records {
		in := r.reader()
		amount := c.charge(in, &r.Properties, base)
		if falling {
			base = in.Sum("value", base, -amount)
		}
		sum = in.Sum("value", sum, amount)
		if in.Failed() {
			c.troubles = append(c.troubles, unreadable(in, object, r.id, r.raw))
		}
	}
	return sum
}

func (c *invoiceReading) charge(in *connectors.Reader, p *chargeProperties, base int64) int64 {
	kind := in.Text("type", p.Type)
	d, ok := in.Number("value", p.Value)
	if !ok {
		in.Fail("value", "no value")
	}
	in.Number("sort_order", p.Order)
	switch kind {
	case "FIXED":
	case "PERCENT":
		of, err := connectors.Percent(c.invoice.Money(base).Decimal(), d)
		d = in.Exact("value", of, err)
	default:
		in.Fail("type", "%q is neither PERCENT nor FIXED", kind)
		return 0
	}
	minor, _ := in.Rounded("value", d, c.invoice.Currency)
	return minor
}

// lineTaxes is what the lines of an invoice say of its tax.
type lineTaxes struct {
	stated   decimal.Decimal // sum of the amounts that lines state
	any      bool
	computed []rateBase // of lines that state a rate only
	unknown  []string   // rates of lines that say no more than the id of one not in the library
}

// A rateBase is what one rate is applied to.
type rateBase struct {
	id      string
	percent decimal.Decimal
	amount  int64
}

// readLineTax adds what a line says: its tax, else its rate.
func (c *invoiceReading) readLineTax(t *lineTaxes, l *lineReading, p *lineProperties) {
	stated, ok := l.in.Number("tax", p.TaxAmount)
	percent, percentOK := l.in.Number("tax", p.TaxPercent)
	if ok {
		sum, err := t.stated.Add(stated)
		t.stated, t.any = l.in.Exact("tax", sum, err), true
		return
	}
	id := l.line.TaxRateID
	if !percentOK && id != "" {
		percent, percentOK = c.portal.percents[id]
	}
	switch {
	case percentOK && (id != "" || !percent.IsZero()):
		t.any = true
		t.add(l.in, rateBase{id, percent, l.line.Amount})
	case id != "":
		t.unknown = append(t.unknown, id)
	}
}

func (t *lineTaxes) add(in *connectors.Reader, r rateBase) {
	at := slices.IndexFunc(t.computed, func(b rateBase) bool { return b.id == r.id && b.percent.Equal(r.percent) })
	if at < 0 {
		t.computed = append(t.computed, r)
		return
	}
	t.computed[at].amount = in.Sum("amount", t.computed[at].amount, r.amount)
}

// invoiceTax is the tax of the invoice: what its lines and its order-level
// taxes say, and only when they say nothing what its record says. base is the
// total without tax.
func (c *invoiceReading) invoiceTax(t *lineTaxes, orderLevel int64, hasOrderLevel bool, base int64) int64 {
	i := &c.invoice
	if len(t.unknown) > 0 {
		return c.taxOfUnknownRate(t, base)
	}
	if !t.any && !hasOrderLevel {
		if !c.taxOK {
			return 0
		}
		return c.in.Money("tax", c.tax, i)
	}
	sum := c.in.Sum("tax", c.in.Money("tax", t.stated, i), orderLevel)
	for _, r := range t.computed {
		d, err := connectors.Percent(i.Money(r.amount).Decimal(), r.percent)
		tax, _ := c.in.Rounded("tax", c.in.Exact("tax", d, err), i.Currency) // rounding is how a tax comes about
		sum = c.in.Sum("tax", sum, tax)
	}
	return sum
}

// taxOfUnknownRate is the tax of an invoice with a line whose rate the tax
// rate library does not have: as the record states it, else what its total has
// over lines, discounts and fees, of which HubSpot makes it up.
func (c *invoiceReading) taxOfUnknownRate(t *lineTaxes, base int64) int64 {
	switch {
	case c.taxOK:
		return c.in.Money("tax", c.tax, &c.invoice)
	case c.billedOK:
		total, exact := c.in.Rounded("total", c.billed, c.invoice.Currency)
		if tax := c.in.Sum("tax", total, -base); exact && tax >= 0 {
			return tax
		}
	}
	c.in.Fail("tax", "the tax rate library has no rate %s, and nothing else states the tax", strings.Join(t.unknown, ", "))
	return 0
}
