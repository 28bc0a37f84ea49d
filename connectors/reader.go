package connectors

import (
	"fmt"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/reconcile"
)

// A Reader reads the values of one record and remembers the first that it
// could not understand. The order of the calls is the order of the fields.
type Reader struct {
	// Loose takes numbers for texts and texts for numbers: HubSpot writes every
	// value as a string, and accepts either. QuickBooks' types are its own.
	Loose bool

	field, problem string
}

// Fail remembers that a field could not be read, unless another was before it.
func (r *Reader) Fail(field, format string, args ...any) {
	if r.problem == "" {
		r.field, r.problem = field, fmt.Sprintf(format, args...)
	}
}

// Failed reports whether a value could not be read.
func (r *Reader) Failed() bool { return r.problem != "" }

// Unreadable returns what there is to tell of the record; fill in the rest.
func (r *Reader) Unreadable() reconcile.Unreadable {
	return reconcile.Unreadable{Field: r.field, Problem: r.problem}
}

// Text reads a text; none is "".
func (r *Reader) Text(field string, v Value) string {
	switch {
	case v.kind == absent:
		return ""
	case v.kind == brokenValue:
		r.Fail(field, "no valid Unicode text")
		return ""
	case v.kind == compositeValue, v.kind != stringValue && !r.Loose:
		r.Fail(field, "%s is not a text", v.quoted())
		return ""
	case strings.ContainsRune(v.text, 0):
		r.Fail(field, "a NUL character in %s", v.quoted())
		return ""
	}
	return v.text
}

// Bool reads a truth value; ok is false when there is none.
func (r *Reader) Bool(field string, v Value) (value, ok bool) {
	loose := r.Loose && v.kind == stringValue && (v.text == "true" || v.text == "false")
	switch {
	case v.kind == boolValue || loose:
		return v.text == "true", true
	case v.kind == absent || r.Loose && v.IsBlank():
		return false, false
	}
	r.Fail(field, "%s is neither true nor false", v.quoted())
	return false, false
}

// Number reads an exact number; ok is false when there is none, or none that
// can be read.
func (r *Reader) Number(field string, v Value) (d decimal.Decimal, ok bool) {
	switch {
	case v.kind == absent || r.Loose && v.IsBlank():
		return decimal.Decimal{}, false
	case v.kind != numberValue && !(r.Loose && v.kind == stringValue):
		r.Fail(field, "%s where a number belongs", v.quoted())
		return decimal.Decimal{}, false
	}
	d, err := ParseDecimal(v.text)
	if err != nil {
		r.Fail(field, "%s %v", v.quoted(), err)
		return decimal.Decimal{}, false
	}
	return d, true
}

// Instant reads an instant such as 2026-03-08T14:54:17.333Z; none is zero.
func (r *Reader) Instant(field string, v Value) time.Time {
	if v.kind == absent || r.Loose && v.IsBlank() {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v.text)
	if err != nil || v.kind != stringValue {
		r.Fail(field, "%s is not a time such as 2026-03-08T14:54:17Z", v.quoted())
		return time.Time{}
	}
	return t.UTC()
}

// Day reads a date YYYY-MM-DD; none is zero.
func (r *Reader) Day(field string, v Value) reconcile.Date {
	if v.kind == absent {
		return reconcile.Date{}
	}
	d, err := reconcile.ParseDate(v.text)
	if err != nil || v.kind != stringValue {
		r.Fail(field, "%s is not a date YYYY-MM-DD", v.quoted())
		return reconcile.Date{}
	}
	return d
}

// Money turns an exact amount that the vendor states into minor units of the
// invoice's currency, and keeps it in full where it has digits beyond them.
func (r *Reader) Money(field string, d decimal.Decimal, i *reconcile.Invoice) int64 {
	minor, exact := r.Rounded(field, d, i.Currency)
	if !exact {
		KeepBeyond(i, field, d)
	}
	return minor
}

// KeepBeyond keeps the exact amount of a field whose digits go beyond the
// minor unit.
func KeepBeyond(i *reconcile.Invoice, field string, d decimal.Decimal) {
	if i.Beyond == nil {
		i.Beyond = map[string]string{}
	}
	i.Beyond[field] = d.String()
}

// Rounded turns an exact amount into minor units, halves up; exact is false
// when digits were lost.
func (r *Reader) Rounded(field string, d decimal.Decimal, currency string) (minor int64, exact bool) {
	m, exact, err := reconcile.RoundHalfUp(d, currency)
	if err != nil {
		r.Fail(field, "%s is out of range", d)
		return 0, true
	}
	return m.Minor, exact
}

// Sum adds amounts in minor units up, and fails the field where the sum is out
// of range.
func (r *Reader) Sum(field string, amounts ...int64) int64 {
	var sum int64
	for _, a := range amounts {
		next := sum + a
		if (next > sum) != (a > 0) && a != 0 {
			r.Fail(field, "the sum is out of range")
			return 0
		}
		sum = next
	}
	return sum
}

// Exact returns the result of a decimal operation, and fails the field when it
// has more digits than can be kept.
func (r *Reader) Exact(field string, d decimal.Decimal, err error) decimal.Decimal {
	if err != nil {
		r.Fail(field, "more digits than can be kept exactly")
		return decimal.Decimal{}
	}
	return d
}
