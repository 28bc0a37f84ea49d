package hubspot

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A lineReading is a line item while it is converted.
type lineReading struct {
	in   *connectors.Reader
	line reconcile.Line

	price, amount     decimal.Decimal
	priceOK, amountOK bool
}

// readLines converts the line items, in their order on the document, and
// collects what they say of tax.
func (c *invoiceReading) readLines(records []*lineRecord) *lineTaxes {
	sortRecords(records, func(r *lineRecord) value { return r.Properties.Position })
	taxes := &lineTaxes{}
	for n, r := range records {
		l := &lineReading{in: r.reader()}
		l.read(&r.Properties)
		l.settleAmount(&c.invoice, fmt.Sprintf("lines[#%d].amount", n+1))
		c.readLineTax(taxes, l, &r.Properties)
		if l.in.Failed() {
			c.troubles = append(c.troubles, unreadable(l.in, "line_items", r.id, r.raw))
		}
		c.invoice.Lines = append(c.invoice.Lines, l.line)
	}
	return taxes
}

// sortRecords sorts by a number, where there is one, then by id.
func sortRecords[P any](records []*record[P], by func(*record[P]) value) {
	place := func(r *record[P]) decimal.Decimal {
		d, _ := (&connectors.Reader{Loose: true}).Number("", by(r)) // the order of lines is not compared
		return d
	}
	slices.SortFunc(records, func(a, b *record[P]) int {
		return cmp.Or(place(a).Cmp(place(b)), reconcile.CompareIDs(a.id, b.id))
	})
}

// read reads the values of a line item ("Line items" page).
func (l *lineReading) read(p *lineProperties) {
	l.line.SKU = l.in.Text("sku", p.SKU)
	l.line.ProductID = l.in.Text("product", p.ProductID)
	l.line.Name = l.in.Text("name", p.Name)
	quantity, ok := l.in.Number("quantity", p.Quantity)
	if !ok {
		quantity = decimal.MustNew(1, 0) // none counts as one
	}
	l.line.Quantity = quantity
	l.price, l.priceOK = l.in.Number("price", p.Price)
	l.amount, l.amountOK = l.in.Number("amount", p.Amount)
	l.line.Price = l.netPrice(p)
	l.line.TaxRateID = l.in.Text("tax_code", p.TaxRateID)
}

// netPrice is the unit price after the line's own discounts: an amount of
// money per unit, and a percentage.
func (l *lineReading) netPrice(p *lineProperties) decimal.Decimal {
	discount, _ := l.in.Number("discount", p.Discount)
	percent, _ := l.in.Number("discount", p.DiscountPercent)
	whole, _ := l.in.Number("discount", p.TotalDiscount)
	part, err := connectors.Percent(l.price, percent)
	part = l.in.Exact("discount", part, err)
	if discount.IsZero() && percent.IsZero() && !whole.IsZero() && !l.line.Quantity.IsZero() {
		// A discount of the line as a whole. Where it does not divide by the
		// quantity the price is as near to it as 19 digits are; the amount is exact.
		discount, _, err = connectors.Quotient(whole, l.line.Quantity)
		discount = l.in.Exact("discount", discount, err)
	}
	net, err := l.price.Sub(discount)
	net = l.in.Exact("price", net, err)
	net, err = net.Sub(part)
	return l.in.Exact("price", net, err).Trim(0)
}

// settleAmount brings price, quantity and amount together. A line with an
// amount only, as those with tiered prices have, is one of that price.
func (l *lineReading) settleAmount(i *reconcile.Invoice, beyond string) {
	switch {
	case !l.priceOK && !l.amountOK:
		l.in.Fail("price", "neither a price nor an amount")
		l.line.Price = decimal.Decimal{}
		return
	case !l.priceOK:
		l.line.Quantity, l.line.Price = decimal.MustNew(1, 0), l.amount
	case !l.amountOK:
		product, err := connectors.Product(l.line.Price, l.line.Quantity)
		product = l.in.Exact("amount", product, err)
		l.line.Amount, _ = l.in.Rounded("amount", product, i.Currency) // rounding is how an amount comes about
		return
	}
	minor, exact := l.in.Rounded("amount", l.amount, i.Currency)
	l.line.Amount = minor
	if !exact {
		connectors.KeepBeyond(i, beyond, l.amount)
	}
}
