package sandbox

import (
	"fmt"
	"strconv"
	"strings"
)

// Amounts are int64 in minor units of their currency, unit prices int64 in
// hundred-thousandths of the currency's unit, quantities int64 in thousandths.
// The generator only makes prices and quantities whose product is a whole
// number of minor units, so that no rounding can be disputed.
const (
	priceDigits = 5
	qtyDigits   = 3
	oneUnit     = 1000 // the quantity 1
)

// digits is the number of decimals of the currency's minor unit (ISO 4217).
func digits(currency string) int {
	if currency == "JPY" {
		return 0
	}
	return 2
}

// cent is the unit price of one minor unit of the currency.
func cent(currency string) int64 { return pow10(priceDigits - digits(currency)) }

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}

// lineAmount is price times quantity in minor units. A product that is no
// whole number of minor units is a bug of the generator.
func lineAmount(price, qty int64, currency string) int64 {
	unit := pow10(priceDigits + qtyDigits - digits(currency))
	if price*qty%unit != 0 {
		panic(fmt.Sprintf("sandbox: price %d times quantity %d is no whole number of %s minor units", price, qty, currency))
	}
	return price * qty / unit
}

// halfUp divides, rounding halves up. Neither may be negative.
func halfUp(n, d int64) int64 { return (2*n + d) / (2 * d) }

// decimal writes v, scaled by digits, with trailing zeros cut down to least
// decimals.
func decimal(v int64, digits, least int) string {
	s := strconv.FormatInt(v, 10)
	sign := ""
	if v < 0 {
		sign, s = "-", s[1:]
	}
	if len(s) <= digits {
		s = strings.Repeat("0", digits-len(s)+1) + s
	}
	whole, part := s[:len(s)-digits], s[len(s)-digits:]
	for len(part) > least && part[len(part)-1] == '0' {
		part = part[:len(part)-1]
	}
	part += strings.Repeat("0", max(0, least-len(part)))
	if part == "" {
		return sign + whole
	}
	return sign + whole + "." + part
}
