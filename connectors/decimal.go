package connectors

import (
	"errors"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
)

// maxDigits is the reach of decimal.Decimal, before and after the point together.
const maxDigits = 19

var (
	errNoNumber = errors.New("is not a number")
	errDigits   = errors.New("has more digits than can be kept exactly")
)

// ParseDecimal reads a number without losing a digit, zeros at its end aside:
// one that does not fit is refused, where decimal.Parse would round it.
func ParseDecimal(s string) (decimal.Decimal, error) {
	text := s
	if len(s) > maxDigits || strings.ContainsAny(s, "eE") {
		var err error
		if text, err = shorten(s); err != nil {
			return decimal.Decimal{}, err
		}
	}
	d, err := decimal.Parse(text)
	if err != nil {
		return decimal.Decimal{}, errNoNumber
	}
	return d.Trim(0), nil
}

// shorten writes a number without superfluous zeros, as digits and an exponent
// that says where the point is.
func shorten(s string) (string, error) {
	mantissa, shift, err := cutExponent(s)
	if err != nil {
		return "", err
	}
	sign := ""
	if strings.HasPrefix(mantissa, "-") || strings.HasPrefix(mantissa, "+") {
		sign, mantissa = mantissa[:1], mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole+fraction == "" || !isDigits(whole+fraction) {
		return "", errNoNumber
	}
	digits := strings.TrimLeft(whole+fraction, "0")
	scale := len(fraction) - shift
	for scale > 0 && strings.HasSuffix(digits, "0") {
		digits, scale = digits[:len(digits)-1], scale-1
	}
	switch {
	case digits == "":
		return "0", nil
	case len(digits) > maxDigits || scale > maxDigits || len(digits)-scale > maxDigits:
		return "", errDigits
	case scale < 0:
		return sign + digits + strings.Repeat("0", -scale), nil
	}
	return sign + digits + "e-" + strconv.Itoa(scale), nil
}

func cutExponent(s string) (mantissa string, shift int, err error) {
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		return s, 0, nil
	}
	shift, err = strconv.Atoi(s[at+1:])
	switch {
	case errors.Is(err, strconv.ErrRange), shift > 99, shift < -99:
		return "", 0, errDigits
	case err != nil:
		return "", 0, errNoNumber
	}
	return s[:at], shift, nil
}

func isDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// Product multiplies exactly, or fails.
func Product(a, b decimal.Decimal) (decimal.Decimal, error) {
	a, b = a.Trim(0), b.Trim(0)
	if a.Scale()+b.Scale() > maxDigits {
		return decimal.Decimal{}, errDigits
	}
	p, err := a.MulExact(b, a.Scale()+b.Scale())
	return p.Trim(0), err
}

// Quotient divides; exact is false when the quotient has no end within 19
// digits and is rounded there.
func Quotient(a, b decimal.Decimal) (q decimal.Decimal, exact bool, err error) {
	q, err = a.Quo(b)
	if err != nil {
		return q, false, err
	}
	q = q.Trim(0)
	back, err := Product(q, b)
	return q, err == nil && back.Equal(a), nil
}

// Percent returns p per cent of d, exactly, or fails.
func Percent(d, p decimal.Decimal) (decimal.Decimal, error) {
	hundredth, err := Product(p, decimal.MustNew(1, 2))
	if err != nil {
		return decimal.Decimal{}, err
	}
	return Product(d, hundredth)
}
