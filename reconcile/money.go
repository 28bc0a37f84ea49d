package reconcile

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Money is an exact amount in minor units of its currency (cents for USD, yen
// for JPY). Amounts of different currencies are never added or compared.
type Money struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"` // ISO 4217, upper case
}

// MaxExact bounds quantities, unit prices and amounts, not inclusive, in units:
// a vendor value of this size or more is unreadable. It keeps sums and products
// within the 19 digits of the decimal type and of int64 minor units.
const MaxExact = 1_000_000_000_000

// UsualDigits is how many decimal places the minor unit of most currencies has.
const UsualDigits = 2

// minorDigits lists the currencies whose minor unit is not a hundredth.
// Source: ISO 4217, list one (amendment 177).
var minorDigits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
	"RWF": 0, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3, "CLF": 4, "UYW": 4,
}

// MinorDigits returns the number of decimal places of a currency's minor unit.
func MinorDigits(currency string) int {
	if n, ok := minorDigits[currency]; ok {
		return n
	}
	return UsualDigits
}

// UnusualCurrencies lists the currencies that have not UsualDigits, by the number
// that they have.
func UnusualCurrencies() map[int][]string {
	by := map[int][]string{}
	for _, currency := range slices.Sorted(maps.Keys(minorDigits)) {
		n := minorDigits[currency]
		by[n] = append(by[n], currency)
	}
	return by
}

// RoundHalfUp turns an exact amount into minor units of the currency, halves
// away from zero, which is how QuickBooks rounds (quickbooks developer pages,
// fault 6070). exact is false when digits beyond the minor unit were lost.
func RoundHalfUp(d decimal.Decimal, currency string) (m Money, exact bool, err error) {
	scale := MinorDigits(currency)
	sign := int64(1)
	if d.IsNeg() {
		sign, d = -1, d.Neg()
	}
	floor := d.Trunc(scale)
	rest, err := d.Sub(floor)
	if err != nil {
		return Money{}, false, fmt.Errorf("round %s %s: %w", d, currency, err)
	}
	whole, frac, ok := floor.Int64(scale)
	if !ok {
		return Money{}, false, fmt.Errorf("round %s %s: amount out of range", d, currency)
	}
	unit := int64(1)
	for range scale {
		unit *= 10
	}
	if whole >= math.MaxInt64/unit { // MaxExact keeps vendors' values far below
		return Money{}, false, fmt.Errorf("round %s %s: amount out of range", d, currency)
	}
	minor := whole*unit + frac
	half, err := decimal.New(5, scale+1)
	if err != nil {
		return Money{}, false, fmt.Errorf("round %s %s: %w", d, currency, err)
	}
	if rest.Cmp(half) >= 0 {
		minor++
	}
	return Money{Minor: sign * minor, Currency: currency}, rest.IsZero(), nil
}

// Decimal returns the amount as an exact decimal with the currency's scale.
func (m Money) Decimal() decimal.Decimal {
	d, err := decimal.New(m.Minor, MinorDigits(m.Currency))
	if err != nil { // the scale is one of MinorDigits'
		panic(fmt.Sprintf("money %d %s: %v", m.Minor, m.Currency, err))
	}
	return d
}

// Amount returns the amount in full, such as "12.50", without the currency.
func (m Money) Amount() string { return m.Decimal().String() }

// String returns amount and currency, such as "12.50 USD".
func (m Money) String() string { return strings.TrimSpace(m.Amount() + " " + m.Currency) }

// Abs returns the amount without its sign.
func (m Money) Abs() Money {
	if m.Minor < 0 {
		m.Minor = -m.Minor
	}
	return m
}

// IsZero reports whether the amount is nothing.
func (m Money) IsZero() bool { return m.Minor == 0 }
