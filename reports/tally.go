package reports

import (
	"fmt"
	"maps"
	"slices"

	"github.com/tieout/tieout/reconcile"
)

// A tally adds up money by currency, in minor units.
type tally map[string]int64

// add refuses a sum beyond 64 bits rather than print a wrong one.
func (t tally) add(m reconcile.Money) error {
	if m.IsZero() {
		return nil
	}
	sum := t[m.Currency] + m.Minor
	if (sum > t[m.Currency]) != (m.Minor > 0) {
		return fmt.Errorf("control total of %s: sum out of range", m.Currency)
	}
	t[m.Currency] = sum
	return nil
}

// list returns the sums by currency.
func (t tally) list() []reconcile.Money {
	var sums []reconcile.Money
	for _, currency := range slices.Sorted(maps.Keys(t)) {
		sums = append(sums, reconcile.Money{Minor: t[currency], Currency: currency})
	}
	return sums
}
