package sandbox

import "slices"

func lineKinds() []kind {
	change := want{open: true, plain: true}
	return []kind{
		{name: "line_extra", note: "a line is in DST only", slots: 1, want: change, edit: lineExtra},
		{name: "line_replaced", note: "DST has another product on the line", slots: 1, want: change, edit: lineReplaced},
		{name: "line_missing_at_one_price", note: "a product at two prices in SRC, at one of them in DST", slots: 1, want: change, edit: onePriceMissing},
		{name: "price_and_quantity_changed", note: "half the price for twice the quantity in DST", slots: 1, want: change, edit: priceAndQuantityChanged},
		{name: "line_discount_lost", note: "the line's discount is missing in one system", slots: 1, want: change, edit: lineDiscountLost},
	}
}

// path is where a SKU's lines are in the words of a finding.
func path(sku string) string { return "lines[" + sku + "]" }

// first is the path of the first line, which causes act on.
func (d *doc) first() string { return path(d.src().lines[0].skuIn(d.w.src)) }

func priceChanged(d *doc, n int) {
	d.reprice(d.sides[n%2], n)
	d.differ("LINE_PRICE", d.first()+".price")
}

// reprice changes the first line's price, by one cent and by more.
func (d *doc) reprice(s *side, n int) {
	s.lines[0].list += cent(s.currency) * []int64{1, 250, -100, -1, 7_300}[n%5]
}

func quantityChanged(d *doc, n int) {
	d.dst().lines[0].qty += oneUnit * int64(1+n%3)
	d.dst().lines[0].bare = false
	d.differ("LINE_QUANTITY", d.first()+".quantity")
}

func lineMissing(d *doc, _ int) {
	d.differ("LINE_MISSING", d.first())
	d.dst().lines = d.dst().lines[1:]
}

// lineExtra is a missing line seen from the other side.
func lineExtra(d *doc, _ int) {
	d.differ("LINE_EXTRA", d.first())
	d.src().lines = d.src().lines[1:]
}

// lineReplaced puts a product on the DST line that is nowhere else on the
// invoice. Both products are known to both systems.
func lineReplaced(d *doc, _ int) {
	d.differ("LINE_MISSING", d.first())
	l := d.dst().lines[0]
	l.product, l.alone, l.lean = d.unused(), false, false
	d.differ("LINE_EXTRA", path(l.skuIn(d.w.dst)))
}

// unused is a product that is not on the invoice.
func (d *doc) unused() *product {
	for n := d.slot; ; n++ {
		p := d.w.products[n%d.w.pool]
		if !slices.ContainsFunc(d.src().lines, func(l *line) bool { return l.product == p }) {
			return p
		}
	}
}

// onePriceMissing has a product at two net prices in SRC and at the first of
// them in DST: one of its net prices is only in SRC.
func onePriceMissing(d *doc, _ int) {
	second := *d.src().lines[0]
	second.list += 5 * pow10(priceDigits)
	second.split, second.bare = false, false
	d.src().lines = append(d.src().lines, &second)
	d.differ("LINE_MISSING", d.first())
}

// priceAndQuantityChanged leaves the amount as it was: half the price for
// twice the quantity.
func priceAndQuantityChanged(d *doc, _ int) {
	for _, s := range d.sides {
		s.lines[0].list = 2 * cent(s.currency) * (s.lines[0].list / cent(s.currency) / 2)
	}
	for _, s := range d.sides {
		s.settle()
	}
	l := d.dst().lines[0]
	l.list, l.qty, l.bare = l.list/2, l.qty*2, false
	d.differ("LINE_PRICE", d.first()+".price")
	d.differ("LINE_QUANTITY", d.first()+".quantity")
}

// lineDiscountLost reduces a line in one system, in money or in percent.
func lineDiscountLost(d *doc, n int) {
	reduced := d.sides[n%2].lines[0]
	for _, s := range d.sides {
		s.lines[0].list += -s.lines[0].list%(100*cent(s.currency)) + 100*cent(s.currency)
	}
	if n%4 < 2 {
		reduced.percent = 10
	} else {
		reduced.off = 3 * cent(d.src().currency)
	}
	d.differ("LINE_PRICE", d.first()+".price")
}
