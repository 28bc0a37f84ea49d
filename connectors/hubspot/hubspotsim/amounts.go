package hubspotsim

import (
	"math/big"
	"slices"
)

// priced are the properties that a line item's derived amounts follow.
var priced = []string{"price", "quantity", "discount", "hs_discount_percentage", "hs_tax_rate_group_id", "hs_line_item_currency_code"}

// weighing are the properties of an invoice's parts that its own amounts follow.
var weighing = map[*object][]string{
	lineItems: append([]string{"amount", "hs_tax_amount"}, priced...),
	discounts: orderWeights, fees: orderWeights, taxes: orderWeights,
	payments: {"hs_initial_amount"},
	invoices: {"hs_currency"},
}

var orderWeights = []string{"hs_type", "hs_value", "hs_sort_order"}

// reckon derives anew the amounts of the line items that the session has changed,
// and of the invoices that they, or other parts of theirs, belong to.
func (s *session) reckon() {
	for _, at := range slices.Clone(s.order) {
		r := find(at.table.live, at.id)
		if at.table.object == lineItems && r != nil && s.weighs(at, priced) && !s.weighs(at, []string{"amount"}) {
			s.derive(at.table, r, s.p.lineAmounts(at.table, r))
			if s.weighs(at, priced[:1]) && at.table.value(r, priced[0]) == "" {
				s.derive(at.table, r, unpriced)
			}
		}
	}
	due := s.affected()
	t := s.p.tables[invoices]
	for _, id := range due {
		stated := s.weighs(place{t, id}, []string{"hs_amount_billed"}) // by somebody who may
		if r := find(t.live, id); r != nil && t.billable(r) && t.status(r) != voided && !stated {
			s.derive(t, r, s.p.invoiceAmounts(t, r))
		}
	}
}

// weighs reports whether the session has made any of these properties another.
func (s *session) weighs(at place, names []string) bool {
	was, touched := s.before[at]
	is := find(at.table.live, at.id)
	if !touched {
		return false
	}
	if was == nil {
		was = &record{}
	}
	if is == nil {
		is = &record{}
	}
	return slices.ContainsFunc(names, func(name string) bool { return at.table.value(was, name) != at.table.value(is, name) })
}

// affected are the invoices whose amounts may be others now.
func (s *session) affected() []string {
	var ids []string
	add := func(id string) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	for _, at := range s.order {
		o := at.table.object
		if weighing[o] == nil || !s.weighs(at, weighing[o]) {
			continue
		}
		if o == invoices {
			add(at.id)
			continue
		}
		for _, id := range s.p.links.of(direction{o, invoices}, at.id) {
			add(id)
		}
	}
	for _, tie := range s.ties {
		switch {
		case tie.from == invoices && weighing[tie.to] != nil:
			add(tie.id)
		case tie.to == invoices && weighing[tie.from] != nil:
			add(tie.neighbour)
		}
	}
	return ids
}

// derive gives a record values that HubSpot derives. Those it has already are no
// change.
func (s *session) derive(t *table, r *record, values map[string]string) {
	changes := map[string]string{}
	for name, value := range values {
		if t.value(r, name) != value {
			changes[name] = value
		}
	}
	if len(changes) == 0 {
		return
	}
	changed := *r
	var err error
	if changed.properties, err = t.with(r, changes); err == nil { // they are all defined
		s.place(t, &changed)
	}
}

// number is a value as an exact number; ok is false when it cannot be read. No
// value is otherwise.
func (t *table) number(r *record, name string, otherwise int64) (n *big.Rat, ok bool) {
	value := t.value(r, name)
	if value == "" {
		return big.NewRat(otherwise, 1), true
	}
	if !isDecimal(value) {
		return nil, false
	}
	return new(big.Rat).SetString(value)
}

// invoiceAmounts are the derived values of an invoice: line items, then discounts,
// fees and taxes in this order ("Invoices" page), and what payments have left. It
// keeps what it has when a part of it cannot be read.
func (p *Portal) invoiceAmounts(t *table, r *record) map[string]string {
	places := digitsOf(t.value(r, "hs_currency"))
	round := func(n *big.Rat) *big.Rat {
		if p.options.Writing.Rounding == RoundInvoice {
			return n
		}
		return rounded(n, places)
	}
	net, tax, ok := p.lineTotals(r.id, round)
	if !ok {
		return nil
	}
	for _, step := range []struct {
		of   *object
		sign int64
	}{{discounts, -1}, {fees, 1}, {taxes, 1}} {
		base := net
		for _, part := range p.partsOf(r.id, step.of) {
			amount, ok := p.charge(step.of, part, base)
			if !ok {
				return nil
			}
			net = new(big.Rat).Add(net, new(big.Rat).Mul(big.NewRat(step.sign, 1), round(amount)))
			if step.of == discounts { // of several, each is of what those before it left
				base = net
			}
		}
	}
	total := rounded(new(big.Rat).Add(net, tax), places)
	received, some, ok := p.received(r.id)
	if !ok {
		return nil
	}
	due := new(big.Rat).Sub(total, received)
	values := map[string]string{"hs_amount_billed": money(total, places), "hs_balance_due": money(due, places)}
	if some && due.Sign() <= 0 && t.status(r) == open {
		values["hs_invoice_status"] = paid
	}
	return values
}

// lineTotals are the sums of an invoice's line items and of their taxes. A line
// item without a price counts with the amount that it has.
func (p *Portal) lineTotals(invoice string, round func(*big.Rat) *big.Rat) (net, tax *big.Rat, ok bool) {
	t := p.tables[lineItems]
	net, tax = new(big.Rat), new(big.Rat)
	for _, r := range p.partsOf(invoice, lineItems) {
		amount, readable := t.number(r, "amount", 0)
		taxed, readableTax := t.number(r, "hs_tax_amount", 0)
		if !readable || !readableTax {
			return nil, nil, false
		}
		if rate := p.rate(t.value(r, "hs_tax_rate_group_id")); rate != nil && t.value(r, "hs_tax_amount") == "" {
			taxed = percent(amount, rate.percent)
		}
		if l, exact := p.sum(t, r); exact && p.options.Writing.Rounding == RoundInvoice {
			amount, taxed = l.net, l.tax
		}
		net.Add(net, round(amount))
		tax.Add(tax, round(taxed))
	}
	return net, tax, true
}

// charge is what an order-level object comes to, of a base.
func (p *Portal) charge(o *object, r *record, base *big.Rat) (*big.Rat, bool) {
	t := p.tables[o]
	n, ok := t.number(r, "hs_value", 0)
	if !ok || t.value(r, "hs_type") != "PERCENT" {
		return n, ok
	}
	return percent(base, n), true
}

// received is what payments have brought to an invoice, and whether there are any.
func (p *Portal) received(invoice string) (sum *big.Rat, some, ok bool) {
	sum = new(big.Rat)
	all := p.partsOf(invoice, payments)
	for _, r := range all {
		n, ok := p.tables[payments].number(r, "hs_initial_amount", 0)
		if !ok {
			return nil, false, false
		}
		sum.Add(sum, n)
	}
	return sum, len(all) > 0, true
}

// prepaid reports whether payments cover an invoice that is about to be opened.
func (p *Portal) prepaid(t *table, r *record) bool {
	_, some, known := p.received(r.id)
	due, readable := t.number(r, "hs_balance_due", 1)
	return some && known && readable && due.Sign() <= 0
}

// partsOf are the live records of an object that belong to an invoice, in the order
// that they say, then of their ids.
func (p *Portal) partsOf(invoice string, o *object) []*record {
	t := p.tables[o]
	var list []*record
	for _, id := range p.links.of(direction{invoices, o}, invoice) {
		if r := find(t.live, id); r != nil {
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b *record) int {
		x, xOK := t.number(a, "hs_sort_order", 0)
		y, yOK := t.number(b, "hs_sort_order", 0)
		if !xOK || !yOK {
			return 0
		}
		return x.Cmp(y)
	})
	return list
}
