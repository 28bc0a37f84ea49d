package quickbookssim

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"
)

// How numbers are written (recorded): sums with all digits of their currency and
// zero as 0, prices and quantities without zeros at the end.

// withoutCents are the currencies, of those that QuickBooks knows, whose sums are
// whole (ISO 4217).
var withoutCents = []string{"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND"}

// number is a value that is written like this.
func number(text string) json.Number { return json.Number(text) }

// digitsOf returns how many digits a currency has behind the point.
func digitsOf(currency string) int {
	if slices.Contains(withoutCents, currency) {
		return 0
	}
	return 2
}

// rounded rounds halves away from zero: 1861.075 is 1861.08.
func rounded(r *big.Rat, digits int) *big.Rat {
	out, _ := new(big.Rat).SetString(r.FloatString(digits)) // which FloatString's output always is
	return out
}

// sumOf writes a sum.
func sumOf(r *big.Rat, digits int) json.Number {
	if s := r.FloatString(digits); strings.Trim(s, "-0.") != "" {
		return json.Number(s)
	}
	return "0"
}

// priceOf writes a number at its natural scale, of ten digits at most.
func priceOf(r *big.Rat) json.Number {
	s := r.FloatString(10)
	s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	if s == "-0" {
		s = "0"
	}
	return json.Number(s)
}

// grouped writes a sum as it is shown to people: 1,861.07.
func grouped(r *big.Rat) string {
	whole, cents, _ := strings.Cut(r.FloatString(2), ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	return sign + whole + "." + cents
}

func ratOf(n int64) *big.Rat       { return big.NewRat(n, 1) }
func plus(a, b *big.Rat) *big.Rat  { return new(big.Rat).Add(a, b) }
func minus(a, b *big.Rat) *big.Rat { return new(big.Rat).Sub(a, b) }
func times(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// share returns a*b/c, 0 where c is.
func share(a, b, c *big.Rat) *big.Rat {
	if c.Sign() == 0 {
		return new(big.Rat)
	}
	return new(big.Rat).Quo(times(a, b), c)
}

// hundredth returns a percentage of r.
func hundredth(r, percent *big.Rat) *big.Rat { return share(r, percent, big.NewRat(100, 1)) }

func smaller(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}
