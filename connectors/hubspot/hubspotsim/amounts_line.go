package hubspotsim

import (
	"encoding/json"
	"math/big"
	"slices"
)

// A lineSum is what a line item comes to, unrounded.
type lineSum struct {
	before, discount, net, tax *big.Rat
	rate                       *rateShown // nil without one
}

// sum adds a line item up: quantity, 1 when it has none, times unit price, less the
// discount of each unit, else the percentage ("Line items" page; a recorded line
// item for the quantity and the discount). Without a readable price it is nothing.
func (p *Portal) sum(t *table, r *record) (l lineSum, ok bool) {
	if t.value(r, "price") == "" {
		return l, false
	}
	var n [4]*big.Rat
	for i, name := range []string{"quantity", "price", "discount", "hs_discount_percentage"} {
		if n[i], ok = t.number(r, name, int64(toInt(name == "quantity"))); !ok {
			return l, false
		}
	}
	l.before = new(big.Rat).Mul(n[0], n[1])
	l.discount = new(big.Rat).Mul(n[0], n[2])
	if t.value(r, "discount") == "" {
		l.discount = percent(l.before, n[3])
	}
	l.net = new(big.Rat).Sub(l.before, l.discount)
	l.tax = new(big.Rat)
	if l.rate = p.rate(t.value(r, "hs_tax_rate_group_id")); l.rate != nil {
		l.tax = percent(l.net, l.rate.percent)
	}
	return l, true
}

// lineAmounts are the derived values of a line item; none where it has no price.
func (p *Portal) lineAmounts(t *table, r *record) map[string]string {
	l, ok := p.sum(t, r)
	if !ok {
		return nil
	}
	places := p.places(t, r)
	net, tax := rounded(l.net, places), rounded(l.tax, places)
	values := map[string]string{
		"hs_pre_discount_amount": money(l.before, places), "hs_total_discount": money(l.discount, places), "amount": money(net, places),
		"hs_tax_rate": "", "hs_tax_label": "", "hs_tax_amount": "", "hs_post_tax_amount": money(net, places),
	}
	if l.rate != nil {
		values["hs_tax_rate"], values["hs_tax_label"] = l.rate.text, l.rate.label
		values["hs_tax_amount"], values["hs_post_tax_amount"] = money(tax, places), money(new(big.Rat).Add(net, tax), places)
	}
	return values
}

// unpriced are the derived values of a line item that has lost its price.
var unpriced = map[string]string{
	"hs_pre_discount_amount": "", "hs_total_discount": "", "amount": "", "hs_tax_rate": "", "hs_tax_label": "", "hs_tax_amount": "", "hs_post_tax_amount": "",
}

// A rateShown is a tax rate as a line item shows it.
type rateShown struct {
	label, text string
	percent     *big.Rat
}

// rate is a rate of the tax rate library, nil when it has none with this id.
func (p *Portal) rate(id string) *rateShown {
	at := slices.IndexFunc(p.rates, func(r taxRate) bool { return r.id == id })
	if at < 0 {
		return nil
	}
	var body struct {
		Label   string      `json:"label"`
		Percent json.Number `json:"percentageRate"`
	}
	if err := json.Unmarshal(p.rates[at].body, &body); err != nil {
		return nil // of a dataset whose rate is not one
	}
	n, ok := new(big.Rat).SetString(body.Percent.String())
	if !ok {
		return nil
	}
	return &rateShown{body.Label, body.Percent.String(), n}
}

// places are the digits of a line item's currency: its own, its invoice's, else the
// account's.
func (p *Portal) places(t *table, line *record) int {
	code := t.value(line, "hs_line_item_currency_code")
	for _, id := range p.links.of(direction{lineItems, invoices}, line.id) {
		if r := find(p.tables[invoices].live, id); r != nil && code == "" {
			code = p.tables[invoices].value(r, "hs_currency")
		}
	}
	if code == "" {
		code = unquote(p.account.members["companyCurrency"])
	}
	return digitsOf(code)
}
