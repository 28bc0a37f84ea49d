package quickbooks

import (
	"encoding/json"
	"fmt"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

type line struct {
	Amount      value       `json:"Amount"`
	Description value       `json:"Description"`
	DetailType  value       `json:"DetailType"`
	Sales       salesDetail `json:"SalesItemLineDetail"`
	Group       struct {
		Lines []json.RawMessage `json:"Line"`
	} `json:"GroupLineDetail"`
}

type salesDetail struct {
	Item         ref   `json:"ItemRef"`
	Quantity     value `json:"Qty"`
	Price        value `json:"UnitPrice"`
	TaxCode      ref   `json:"TaxCodeRef"`
	DiscountRate value `json:"DiscountRate"`
	DiscountAmt  value `json:"DiscountAmt"`
}

// The items that are none (all-entities/invoice, "SalesItemLineDetail").
const (
	shippingItem = "SHIPPING_ITEM_ID"
	gratuityItem = "GRATUITY_ITEM_ID"
)

// The tax codes of lines in a US company (all-entities/taxcode): taxed by the
// one code of the invoice, or not at all.
const (
	taxedCode   = "TAX"
	untaxedCode = "NON"
)

// A lineReader converts the lines of one invoice.
type lineReader struct {
	in      *connectors.Reader
	invoice *reconcile.Invoice
	taxCode string // of the whole invoice
}

func readLines(in *connectors.Reader, w *invoice, i *reconcile.Invoice) {
	if w.Lines == nil && i.Total != 0 { // a fault of the server: there is a subtotal at least
		in.Fail("lines", "no lines, though the total is not 0")
	}
	l := lineReader{in, i, in.Text("tax_code", w.Tax.Code.Value)}
	for n, raw := range w.Lines {
		l.read(fmt.Sprintf("lines[#%d]", n+1), raw, false)
	}
}

// read converts one line at a path by its type.
func (l *lineReader) read(path string, raw json.RawMessage, grouped bool) {
	var w line
	if err := json.Unmarshal(raw, &w); err != nil {
		l.in.Fail(path, "a member is not of the documented type")
	}
	switch kind := l.in.Text(path+".type", w.DetailType); kind {
	case "SalesItemLineDetail":
		l.sale(path, &w)
	case "DiscountLineDetail": // its amount is positive, though it lowers the total
		l.invoice.Discount = l.in.Sum("discount", l.invoice.Discount, l.amount(path, &w))
	case "SubTotalLineDetail", "DescriptionOnly":
	case "GroupLineDetail":
		if grouped {
			l.in.Fail(path+".type", "a group within a group")
			return
		}
		for n, child := range w.Group.Lines {
			l.read(fmt.Sprintf("%s.lines[#%d]", path, n+1), child, true)
		}
	default:
		l.in.Fail(path+".type", "%q is not a type of line that is known", kind)
	}
}

// amount reads the amount of a line, which every line but a text has.
func (l *lineReader) amount(path string, w *line) int64 {
	return readMoney(l.in, path+".amount", w.Amount, l.invoice)
}

// sale converts a line that sells something.
func (l *lineReader) sale(path string, w *line) {
	d := &w.Sales
	id := l.in.Text(path+".product", d.Item.Value)
	if id == "" && w.Amount.IsAbsent() {
		return // a line of text (XSD, SalesItemLineDetail: "documentation")
	}
	amount := l.amount(path, w)
	switch id {
	case shippingItem:
		l.invoice.Shipping = l.in.Sum("shipping", l.invoice.Shipping, amount)
		return
	case gratuityItem:
		l.invoice.Fee = l.in.Sum("fee", l.invoice.Fee, amount)
		return
	}
	sold := reconcile.Line{ProductID: id, Amount: amount, TaxRateID: l.lineCode(path, d)}
	sold.Name = l.in.Text(path+".name", d.Item.Name)
	if sold.Name == "" {
		sold.Name = l.in.Text(path+".name", w.Description)
	}
	sold.Quantity, sold.Price = l.price(path, w)
	l.invoice.Lines = append(l.invoice.Lines, sold)
}

// lineCode is the tax code that applies to a line.
func (l *lineReader) lineCode(path string, d *salesDetail) string {
	switch code := l.in.Text(path+".tax_code", d.TaxCode.Value); code {
	case untaxedCode:
		return ""
	case taxedCode:
		if l.taxCode != "" {
			return l.taxCode
		}
		return taxedCode
	default:
		return code
	}
}

// price returns quantity and net unit price. A line with an amount only, or
// with a quantity that its amount does not divide by, is one of that price.
func (l *lineReader) price(path string, w *line) (quantity, price decimal.Decimal) {
	d := &w.Sales
	amount, _ := l.in.Number(path+".amount", w.Amount)
	quantity, quantityOK := l.in.Number(path+".quantity", d.Quantity)
	price, priceOK := l.in.Number(path+".price", d.Price)
	switch {
	case quantityOK && priceOK:
		return quantity, l.net(path, d, price, quantity)
	case quantityOK && !quantity.IsZero():
		if each, exact, err := connectors.Quotient(amount, quantity); err == nil && exact {
			return quantity, each
		}
	}
	return one, amount
}

// net is a unit price after the line's own discount: a percentage, or an
// amount for the line as a whole. Where that does not divide by the quantity
// the price is as near to it as 19 digits are; the line's amount is exact.
func (l *lineReader) net(path string, d *salesDetail, price, quantity decimal.Decimal) decimal.Decimal {
	field := path + ".discount"
	percent, _ := l.in.Number(field, d.DiscountRate)
	whole, _ := l.in.Number(field, d.DiscountAmt)
	var less decimal.Decimal
	var err error
	switch {
	case !percent.IsZero():
		less, err = connectors.Percent(price, percent)
	case !whole.IsZero() && !quantity.IsZero():
		less, _, err = connectors.Quotient(whole, quantity)
	}
	less = l.in.Exact(field, less, err)
	net, err := price.Sub(less)
	return l.in.Exact(path+".price", net, err).Trim(0)
}
