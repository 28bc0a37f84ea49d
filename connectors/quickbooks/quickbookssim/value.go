package quickbookssim

import (
	"errors"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// valueType says how the values of a property are compared.
type valueType int

const (
	text       valueType = iota // byte by byte; equality may fold case
	identifier                  // as numbers, or byte by byte (Options.LexicalIDs)
	reference                   // the Id that is referred to
	date                        // 2006-01-02, without a zone
	instant                     // a moment, in whatever zone it is written
	amount                      // exact decimals
	flag                        // true or false
)

// plain says whether values of the type are never objects or lists.
func (t valueType) plain() bool {
	switch t {
	case date, instant, amount, flag:
		return true
	}
	return false
}

// A value is one property of one row, or one literal of a query. The zero
// value is that of an absent member.
type value struct {
	present    bool // and readable
	unreadable bool // there, but nothing that the property can be
	text       string
	number     *big.Rat  // of an amount
	moment     time.Time // of an instant
}

var errNotOfType = errors.New("does not fit the property")

// comparison holds what comparing depends on beside the values.
type comparison struct {
	lexicalIDs bool
	zone       *time.Location // of instants written without one
}

// parse reads a property's text. "" is an absent value: QuickBooks has no
// IS NULL, an empty literal stands for it.
func (c comparison) parse(t valueType, s string) (value, error) {
	if s == "" {
		return value{}, nil
	}
	v := value{present: true, text: s}
	var err error
	switch t {
	case amount:
		v.number, err = parseAmount(s)
	case instant:
		v.moment, err = c.parseInstant(s)
	case date:
		v.text, err = parseDate(s)
	case flag:
		if s != "true" && s != "false" {
			err = errNotOfType
		}
	}
	return v, err
}

// parseAmount reads a decimal exactly. Exponents are bounded, because a
// rational number spells them out.
func parseAmount(s string) (*big.Rat, error) {
	mantissa, exponent, scaled := strings.Cut(strings.ToLower(s), "e")
	if strings.Trim(mantissa, "0123456789.-+") != "" || len(s) > 64 {
		return nil, errNotOfType
	}
	if n, err := strconv.Atoi(exponent); scaled && (err != nil || n < -99 || n > 99) {
		return nil, errNotOfType
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, errNotOfType
	}
	return r, nil
}

// instantForms are the documented forms of a literal and what else is written
// in MetaData.
var instantForms = []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02"}

func (c comparison) parseInstant(s string) (time.Time, error) {
	for _, form := range instantForms {
		if t, err := time.ParseInLocation(form, s, c.zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errNotOfType
}

// parseDate takes the date of a date, or of a date with time.
func parseDate(s string) (string, error) {
	day, _, _ := strings.Cut(s, "T")
	if _, err := time.Parse(time.DateOnly, day); err != nil {
		return "", errNotOfType
	}
	return day, nil
}

// compare orders two values of one type; absent and unreadable ones come first.
func (c comparison) compare(t valueType, a, b value) int {
	switch {
	case !a.present || !b.present:
		return order(a.present, b.present)
	case t == amount:
		return a.number.Cmp(b.number)
	case t == instant:
		return a.moment.Compare(b.moment)
	case t == identifier && !c.lexicalIDs:
		return compareNumericIDs(a.text, b.text)
	}
	return strings.Compare(a.text, b.text)
}

func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// compareNumericIDs orders Ids as numbers of any length. Pseudo Ids such as
// TAX come before all numbers.
func compareNumericIDs(a, b string) int {
	an, bn := isNumber(a), isNumber(b)
	if !an || !bn {
		if an != bn {
			return order(an, bn)
		}
		return strings.Compare(a, b)
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func isNumber(id string) bool { return id != "" && strings.Trim(id, "0123456789") == "" }

// key returns a text that equal values of one type share, whatever way they
// are written: 5 and 5.00, the same moment in two zones.
func (v value) key(t valueType) string {
	switch {
	case !v.present:
		return ""
	case t == amount:
		return v.number.RatString()
	case t == instant:
		return strconv.FormatInt(v.moment.UnixNano(), 10)
	}
	return v.text
}
