package quickbookssim

import (
	"cmp"
	"math/big"
	"slices"
)

// The tax of a sale: in the United States one code for the whole and TAX or NON on
// lines, elsewhere a code on each line. Each rate is reckoned and rounded once, on
// the sum that it is on.

// A taxBase is what the lines of one code come to.
type taxBase struct {
	code       string
	net, gross *big.Rat // gross has the tax in it where prices do
}

// addBase returns the bases with a line's sums added to those of its code.
func addBase(bases []taxBase, code string, net, gross *big.Rat) []taxBase {
	i := slices.IndexFunc(bases, func(b taxBase) bool { return b.code == code })
	if i < 0 {
		return append(bases, taxBase{code, net, gross})
	}
	bases[i].net, bases[i].gross = plus(bases[i].net, net), plus(bases[i].gross, gross)
	return bases
}

// taxCalculation is how prices stand to tax outside the United States. Without it
// they are taken to be without tax (inferred).
func (s *sale) taxCalculation() string {
	return cmp.Or(s.after.text("GlobalTaxCalculation"), "TaxExcluded")
}

// codeOf returns the tax code of a line, and writes it there.
func (s *sale) codeOf(detail, item *object) (string, error) {
	code := detail.ref("TaxCodeRef")
	if !s.settings().american() {
		return s.globalCode(detail, code)
	}
	switch {
	case code != "" && code != "TAX" && code != "NON":
		return "", americanTaxCode(code)
	case !s.settings().is("TaxPrefs", "UsingSalesTax"):
		code = "NON"
	case code == "":
		code = "NON"
		customer := s.find(s.tables["Customer"], s.after.ref("CustomerRef"))
		exempt := customer != nil && customer.text("Taxable") == "false"
		if item != nil && item.text("Taxable") == "true" && !exempt {
			code = "TAX"
		}
	}
	detail.set("TaxCodeRef", refTo(code, ""))
	return code, nil
}

func (s *sale) globalCode(detail *object, code string) (string, error) {
	switch {
	case s.taxCalculation() == "NotApplicable":
		detail.drop("TaxCodeRef")
		return "", nil
	case code == "": // github.com/activepieces/activepieces/issues/8539
		return "", businessFault("Make sure all your transactions have a GST/HST rate before you save.")
	case s.find(s.tables["TaxCode"], code) == nil:
		return "", invalidReference("TaxCode", code)
	}
	detail.set("TaxCodeRef", refTo(code, ""))
	return code, nil
}

// split returns the net and the gross of a line. Where prices have the tax in them,
// what was sent is the gross, and the line is answered with the net.
func (s *sale) split(detail *object, code string, amount *big.Rat) (net, gross *big.Rat, err error) {
	if s.settings().american() || s.taxCalculation() != "TaxInclusive" {
		detail.drop("TaxInclusiveAmt")
		return amount, amount, nil
	}
	if detail.get("TaxInclusiveAmt") != nil {
		amount = rounded(detail.amount("TaxInclusiveAmt"), s.digits)
	}
	whole := ratOf(1) // of a net of 1
	for _, l := range leviesOf(s.ratesOf(code), ratOf(1), func(tax *big.Rat) *big.Rat { return tax }) {
		whole = plus(whole, l.taxed)
	}
	net = rounded(share(amount, ratOf(1), whole), s.digits)
	detail.set("TaxInclusiveAmt", sumOf(amount, s.digits))
	if qty := detail.amount("Qty"); qty.Sign() != 0 && detail.get("UnitPrice") != nil {
		detail.set("UnitPrice", priceOf(rounded(share(net, ratOf(1), qty), 7)))
	}
	return net, amount, nil
}

// A taxRate is a rate as it is in force on a day.
type taxRate struct {
	id, kind string // kind is TaxTypeApplicable
	order    int64
	on       int64 // TaxOnTaxOrder: the order of the rate whose tax this one is on
	percent  *big.Rat
}

// ratesOf returns the rates of a code on the day of the sale, in their order.
func (s *sale) ratesOf(code string) []taxRate {
	o := s.find(s.tables["TaxCode"], code)
	if o == nil {
		return nil
	}
	var rates []taxRate
	for _, d := range o.child("SalesTaxRateList").list("TaxRateDetail") {
		rate := s.find(s.tables["TaxRate"], d.ref("TaxRateRef"))
		if rate == nil {
			continue
		}
		rates = append(rates, taxRate{
			rate.text("Id"), d.text("TaxTypeApplicable"), d.amount("TaxOrder").Num().Int64(), d.amount("TaxOnTaxOrder").Num().Int64(),
			inForce(rate, s.after.text("TxnDate")),
		})
	}
	slices.SortStableFunc(rates, func(a, b taxRate) int { return cmp.Compare(a.order, b.order) })
	return rates
}

// inForce returns the percentage of a rate on a day (V3 schema, EffectiveTaxRate).
func inForce(rate *object, on string) *big.Rat {
	for _, e := range rate.list("EffectiveTaxRate") {
		from, to := e.text("EffectiveDate"), e.text("EndDate")
		if from[:min(len(from), len(on))] <= on && (to == "" || on <= to[:min(len(to), len(on))]) {
			return e.amount("RateValue")
		}
	}
	return rate.amount("RateValue")
}

// A levy is the tax of one rate.
type levy struct {
	rate        taxRate
	base, taxed *big.Rat
}

// levies reckons the tax of a code on a sum.
func (s *sale) levies(code string, net *big.Rat) []levy {
	if net.Sign() == 0 {
		return nil
	}
	return leviesOf(s.ratesOf(code), net, func(tax *big.Rat) *big.Rat { return rounded(tax, s.digits) })
}

func leviesOf(rates []taxRate, net *big.Rat, round func(*big.Rat) *big.Rat) []levy {
	var out []levy
	before := new(big.Rat)
	for _, r := range rates {
		base := net
		switch r.kind {
		case "TaxOnAmountPlusTax":
			base = plus(net, before)
		case "TaxOnTax":
			base = new(big.Rat)
			for _, l := range out {
				if l.rate.order == r.on {
					base = plus(base, l.taxed)
				}
			}
		}
		tax := round(hundredth(base, r.percent))
		before = plus(before, tax)
		out = append(out, levy{r, base, tax})
	}
	return out
}

// addTax writes TxnTaxDetail.
func (s *sale) addTax() error {
	code, levies, err := s.assess()
	if err != nil {
		return err
	}
	for _, l := range levies {
		s.tax = plus(s.tax, l.taxed)
	}
	detail := &object{}
	if code != "" {
		detail.set("TxnTaxCodeRef", refTo(code, ""))
	}
	lines := s.taxLines(levies)
	if sent := s.sent.child("TxnTaxDetail"); sent.get("TotalTax") != nil && s.honoursTax() {
		total := rounded(sent.amount("TotalTax"), s.digits)
		if len(sent.list("TaxLine")) > 0 {
			lines = sent.list("TaxLine")
			for _, l := range lines {
				l.set("Amount", sumOf(l.amount("Amount"), s.digits))
			}
		} else if len(lines) > 0 && total.Cmp(s.tax) != 0 {
			delta := minus(total, s.tax)
			lines[0].set("Amount", sumOf(plus(levies[0].taxed, delta), s.digits))
			lines[0].child("TaxLineDetail").set("OverrideDeltaAmount", sumOf(delta, s.digits))
		}
		s.tax = total
	}
	detail.set("TotalTax", sumOf(s.tax, s.digits))
	if len(lines) > 0 {
		detail.setList("TaxLine", lines)
	}
	s.after.set("TxnTaxDetail", detail)
	return nil
}

// honoursTax reports whether a total that was sent stands: it does where the tax is
// automated (documented) unless the body wants the engine's all the same (V3 schema,
// UseAutomatedSalesTax), and outside the United States (inferred from the advice to
// leave it out for a new reckoning).
func (s *sale) honoursTax() bool {
	automated := s.settings().is("TaxPrefs", "PartnerTaxEnabled") && s.sent.child("TxnTaxDetail").text("UseAutomatedSalesTax") != "true"
	return !s.settings().american() || automated || s.options.SentTaxCounts
}

// assess returns the code of the whole and the tax of each rate.
func (s *sale) assess() (code string, levies []levy, err error) {
	if !s.settings().american() {
		levies, err = s.assessGlobal()
		return "", levies, err
	}
	s.after.drop("GlobalTaxCalculation")
	code = s.after.child("TxnTaxDetail").ref("TxnTaxCodeRef")
	if s.settings().is("TaxPrefs", "PartnerTaxEnabled") { // the engine says which, whatever was sent
		code = s.settings().preferences.child("TaxPrefs").ref("TaxGroupCodeRef")
	}
	switch {
	case code == customSalesTax && s.fresh:
		return "", nil, faultOf("6160", "")
	case code == customSalesTax:
		return "", nil, faultOf("6230", "")
	case code != "" && s.find(s.tables["TaxCode"], code) == nil:
		return "", nil, invalidReference("TaxCode", code)
	}
	for _, b := range s.bases {
		if b.code == "TAX" {
			levies = s.levies(code, minus(b.net, s.discountOn(b.net, s.subtotal, s.discount)))
		}
	}
	return code, levies, nil
}

// discountOn is how much of a discount falls on a part of the lines where tax is
// reckoned after it: always outside the United States.
func (s *sale) discountOn(part, all, discount *big.Rat) *big.Rat {
	if s.settings().american() && s.after.text("ApplyTaxAfterDiscount") != "true" {
		return new(big.Rat)
	}
	return rounded(share(discount, part, all), s.digits)
}

// assessGlobal reckons the tax of each code on its lines. Where prices have the tax
// in them it is what is between gross and net, discounts taken off both
// (quickbooks-ruby, a Canadian bundle: 9.60 less 8.49 is 1.11).
func (s *sale) assessGlobal() ([]levy, error) {
	switch s.taxCalculation() {
	case "NotApplicable":
		if len(s.sent.child("TxnTaxDetail").members) > 0 {
			return nil, faultOf("6170", "")
		}
		return nil, nil
	case "TaxExcluded":
		s.after.set("GlobalTaxCalculation", "TaxExcluded")
	}
	grossDiscount := share(s.discount, s.gross, s.subtotal)
	var out []levy
	for _, b := range s.bases {
		net := minus(b.net, s.discountOn(b.net, s.subtotal, s.discount))
		levies := s.levies(b.code, net)
		if n := len(levies); n > 0 && b.gross.Cmp(b.net) != 0 {
			rest := minus(minus(b.gross, s.discountOn(b.gross, s.gross, grossDiscount)), net)
			for _, l := range levies[:n-1] {
				rest = minus(rest, l.taxed)
			}
			levies[n-1].taxed = rest
		}
		out = append(out, levies...)
	}
	return merged(out), nil
}

// merged adds up what one rate takes under several codes.
func merged(levies []levy) []levy {
	var out []levy
	for _, l := range levies {
		i := slices.IndexFunc(out, func(o levy) bool { return o.rate.id == l.rate.id })
		if i < 0 {
			out = append(out, l)
			continue
		}
		out[i].base, out[i].taxed = plus(out[i].base, l.base), plus(out[i].taxed, l.taxed)
	}
	return out
}

func (s *sale) taxLines(levies []levy) []*object {
	var lines []*object
	for _, l := range levies {
		line, detail := &object{}, &object{}
		line.set("Amount", sumOf(l.taxed, s.digits))
		line.set("DetailType", "TaxLineDetail")
		detail.set("TaxRateRef", refTo(l.rate.id, ""))
		detail.set("PercentBased", true)
		detail.set("TaxPercent", priceOf(l.rate.percent))
		detail.set("NetAmountTaxable", sumOf(l.base, s.digits))
		line.set("TaxLineDetail", detail)
		lines = append(lines, line)
	}
	return lines
}
