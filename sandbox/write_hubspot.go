package sandbox

import (
	"strconv"
	"time"
)

// lineID gives out the id of the next HubSpot line item.
func (w *world) lineID() int64 {
	w.nextLine++
	return w.ids.line.id(w.nextLine - 1)
}

// record opens a HubSpot object up to its properties.
func (out *output) record(id int64) {
	out.reset()
	out.str("id", strconv.FormatInt(id, 10))
	out.begin("properties")
	out.str("hs_object_id", strconv.FormatInt(id, 10))
}

// stamps ends the properties and writes what stands after them.
func (out *output) stamps(created, updated time.Time) {
	out.end()
	out.str("createdAt", instant(created))
	out.str("updatedAt", instant(updated))
	out.bool("archived", false)
}

// money writes an amount in one of the forms that portals hold: "15.00",
// "15.0", "15".
func (d *doc) money(v int64, digits int) string {
	return decimal(v, digits, min(digits, d.r.IntN(3)))
}

// readable is the value, or what a cause put in its place.
func (s *side) readable(property, value string) string {
	if bad, ok := s.bad[property]; ok {
		return bad
	}
	return value
}

// at is the instant that HubSpot holds for a business date.
func (d *doc) at(date day, given time.Time, evening bool) string {
	switch {
	case !given.IsZero():
		return instant(given)
	case evening:
		return instant(date.in(d.w.portal, 20+d.r.IntN(4), d.r.IntN(60), 0))
	}
	return instant(date.in(d.w.portal, 9+d.r.IntN(8), d.r.IntN(60), 0))
}

func (w *world) writeHubSpotInvoice(out *output, d *doc, s *side) {
	items := w.writeLines(out, d, s)
	discounts := w.writeDiscount(out, d, s)
	taxes := w.writeOrderTax(out, d, s)
	money := digits(s.currency)
	total, balance := s.total, s.balance()
	if s.status == "voided" {
		balance = 0
	}
	out.record(s.id)
	out.null("hs_number", s.number)
	out.str("hs_currency", s.currency)
	out.str("hs_invoice_status", s.status)
	out.str("hs_invoice_date", s.readable("hs_invoice_date", d.at(s.date, s.dateAt, s.evening)))
	out.str("hs_due_date", d.at(s.due, s.dueAt, s.evening))
	out.str("hs_amount_billed", s.readable("hs_amount_billed", d.money(total, money)))
	out.str("hs_balance_due", d.money(balance, money))
	out.str("hs_invoice_billable", strconv.FormatBool(s.source == "CRM_UI"))
	out.str("hs_object_source", s.source)
	out.null("hs_object_source_label", s.source)
	out.null("hs_comments", []string{"", "", `PO "77" & more`, "Danke schön \U0001F44D"}[d.r.IntN(4)])
	out.str("hs_createdate", instant(s.created))
	out.str("hs_lastmodifieddate", instant(s.created.Add(90*time.Second)))
	out.stamps(s.created, s.created.Add(90*time.Second))
	out.begin("associations")
	out.ids("contacts", d.contacts(s))
	if c := s.customer; c != nil && c.company != 0 {
		out.ids("companies", []int64{c.company})
	}
	out.ids("line_items", items)
	out.ids("discounts", discounts)
	out.ids("taxes", taxes)
	out.end()
	out.put("hubspot/invoices.jsonl")
}

// contacts are those an invoice names, in no order: now and then the younger
// ones too.
func (d *doc) contacts(s *side) []int64 {
	c := s.customer
	if c == nil || c.contact == 0 {
		return nil
	}
	ids := []int64{c.contact}
	if len(c.others) > 0 && d.r.IntN(2) == 0 {
		for _, o := range c.others {
			ids = append(ids, o.id)
		}
		d.r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	}
	return ids
}

// writeLines writes the line items of an invoice and returns their ids in no
// order; their positions tell it.
func (w *world) writeLines(out *output, d *doc, s *side) []int64 {
	var lines []*line
	var amounts []int64 // taxed ones
	for _, l := range s.lines {
		for i, qty := range l.pieces(s.currency) {
			piece := *l
			if piece.qty = qty; i > 0 {
				piece.id, piece.bad = 0, ""
			}
			lines = append(lines, &piece)
			if taxed := l.taxed && !s.orderTax && s.rate != nil; taxed {
				amounts = append(amounts, lineAmount(l.net(), qty, s.currency))
			}
		}
	}
	var taxes []int64
	if len(amounts) > 0 {
		taxes = shares(s.tax, amounts)
	}
	ids := make([]int64, len(lines))
	for i, l := range lines {
		if l.id == 0 {
			l.id = w.lineID()
		}
		ids[i] = l.id
		var tax int64
		taxed := l.taxed && len(taxes) > 0
		if taxed {
			tax, taxes = taxes[0], taxes[1:]
		}
		w.writeLine(out, d, s, l, i)
		w.writeLineTax(out, d, s, taxed, tax)
		out.stamps(s.created, s.created)
		out.put("hubspot/line_items.jsonl")
	}
	d.r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids
}

func (w *world) writeLine(out *output, d *doc, s *side, l *line, position int) {
	out.record(l.id)
	name, product := "Custom work", ""
	if p := l.product; p != nil {
		name = p.name[hubspot]
		if !l.alone {
			product = strconv.FormatInt(p.id[hubspot], 10)
		}
	}
	sku := l.skuIn(hubspot)
	if l.lean {
		sku = ""
	}
	quantity := decimal(l.qty, qtyDigits, d.r.IntN(2))
	if l.bare && l.qty == oneUnit {
		quantity = ""
	}
	price := d.price(l.list)
	if l.bad != "" {
		price = l.bad
	}
	out.str("name", name)
	out.null("hs_sku", sku)
	out.null("hs_product_id", product)
	out.null("quantity", quantity)
	out.str("price", price)
	out.null("discount", d.unless(l.off == 0, d.price(l.off)))
	out.null("hs_discount_percentage", d.unless(l.percent == 0, strconv.FormatInt(l.percent, 10)))
	out.str("amount", d.money(lineAmount(l.net(), l.qty, s.currency), digits(s.currency)))
	out.str("hs_line_item_currency_code", s.currency)
	out.str("hs_position_on_quote", strconv.Itoa(position))
	out.str("createdate", instant(s.created))
	out.str("hs_lastmodifieddate", instant(s.created))
}

// price writes a unit price or discount in one of the forms that portals hold.
func (d *doc) price(v int64) string { return decimal(v, priceDigits, d.r.IntN(3)) }

func (d *doc) unless(none bool, text string) string {
	if none {
		return ""
	}
	return text
}

func (w *world) writeLineTax(out *output, d *doc, s *side, taxed bool, tax int64) {
	var id, percent, amount string
	if taxed {
		id, percent = strconv.FormatInt(s.rate.id, 10), decimal(s.rate.percent(), 3, 0)
		amount = d.money(tax, digits(s.currency))
	}
	out.null("hs_tax_rate_group_id", id)
	out.null("hs_tax_rate", percent)
	out.null("hs_tax_amount", amount)
}

func (w *world) writeDiscount(out *output, d *doc, s *side) []int64 {
	switch {
	case s.discount == 0:
		return nil
	case s.percent != 0:
		return w.writeOrderPart(out, s, "discounts", "Loyalty", "PERCENT", strconv.FormatInt(s.percent, 10))
	}
	return w.writeOrderPart(out, s, "discounts", `Deal "spring"`, "FIXED", d.money(s.discount, digits(s.currency)))
}

// writeOrderTax writes the tax as an object of the order, as an amount or, on
// every other one where no rounding can be disputed, in percent.
func (w *world) writeOrderTax(out *output, d *doc, s *side) []int64 {
	if !s.orderTax {
		return nil
	}
	percent := s.rate.percent()
	if d.slot%2 == 0 && s.taxable()*percent%100_000 != 50_000 && halfUp(s.taxable()*percent, 100_000) == s.tax {
		return w.writeOrderPart(out, s, "taxes", s.rate.label, "PERCENT", decimal(percent, 3, 0))
	}
	return w.writeOrderPart(out, s, "taxes", s.rate.label, "FIXED", d.money(s.tax, digits(s.currency)))
}

// writeOrderPart writes an object of the order and returns its id.
func (w *world) writeOrderPart(out *output, s *side, object, label, kind, value string) []int64 {
	w.nextOrderPart++
	id := w.ids.discount.id(w.nextOrderPart)
	out.record(id)
	out.str("hs_label", label)
	out.str("hs_type", kind)
	out.str("hs_value", value)
	out.str("hs_sort_order", "0")
	out.str("hs_createdate", instant(s.created))
	out.str("hs_lastmodifieddate", instant(s.created))
	out.stamps(s.created, s.created)
	out.put("hubspot/" + object + ".jsonl")
	return []int64{id}
}
