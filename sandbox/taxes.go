package sandbox

import (
	"fmt"
	"strings"
)

// A rate is one sales tax: a rate of HubSpot's library and the QuickBooks tax
// code that stands for it, which may be the sum of several QuickBooks rates.
type rate struct {
	id     int64 // HubSpot's
	name   string
	label  string
	code   int // QuickBooks' tax code
	parts  []ratePart
	active bool
	mapped bool
}

// A ratePart is one QuickBooks tax rate, in thousandths of a percent.
type ratePart struct {
	id    int
	name  string
	value int64
}

// percent is the rate's sum, in thousandths of a percent.
func (r *rate) percent() (sum int64) {
	for _, p := range r.parts {
		sum += p.value
	}
	return sum
}

// on is the tax on a taxable sum: each part is rounded half up by itself, as
// QuickBooks does it.
func (r *rate) on(taxable int64) (sum int64) {
	for _, p := range r.parts {
		sum += halfUp(taxable*p.value, 100_000)
	}
	return sum
}

// usualRates is the number of rates that ordinary invoices use; the rates
// after them are not mapped or not used.
const usualRates = 4

func (w *world) makeRates() {
	w.addRate("state-sales-tax", "State sales tax", true, 6250)
	w.addRate("city-sales-tax", "City sales tax", true, 7100, 2000)
	w.addRate("county-sales-tax", "County sales tax", true, 8250)
	w.addRate("reduced", "Reduced & special", true, 1000)
	w.addRate("exempt", "Exempt", true, 0)
	w.addRate("draft-only", "draft-only", false, 5500)
	w.addRate("old-county", "Old county", false, 8000)
	w.rates[len(w.rates)-1].active = false
}

// draftRate is used by drafts alone, and is not mapped: they are out of scope.
func (w *world) draftRate() *rate { return w.rates[usualRates+1] }

func (w *world) addRate(name, label string, mapped bool, parts ...int64) *rate {
	n := len(w.rates)
	r := &rate{id: w.ids.tax.id(n), name: name, label: label, code: n + 2, active: true, mapped: mapped}
	for _, value := range parts {
		w.nextPart++
		r.parts = append(r.parts, ratePart{id: w.nextPart, name: fmt.Sprintf("%s %d", label, w.nextPart), value: value})
	}
	w.rates = append(w.rates, r)
	return r
}

// mapping is the setting that names the QuickBooks code of each HubSpot rate.
func (w *world) mapping() string {
	var pairs []string
	for _, r := range w.rates {
		if r.mapped {
			pairs = append(pairs, fmt.Sprintf("%d=%d", r.id, r.code))
		}
	}
	return strings.Join(pairs, ",")
}

// shares divides a tax over amounts in proportion, so that the shares add up
// to it: each is rounded down, and the largest remainders get what is left.
func shares(tax int64, amounts []int64) []int64 {
	var sum int64
	for _, a := range amounts {
		sum += a
	}
	out := make([]int64, len(amounts))
	if len(amounts) == 0 || tax == 0 {
		return out
	}
	if sum == 0 {
		out[0] = tax
		return out
	}
	left := tax
	for i, a := range amounts {
		out[i] = tax * a / sum
		left -= out[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i, a := range amounts {
			if tax*a-out[i]*sum > tax*amounts[best]-out[best]*sum {
				best = i
			}
		}
		out[best]++
	}
	return out
}
