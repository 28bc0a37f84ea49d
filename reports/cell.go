package reports

import (
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A cell is one value with its look. The zero value is an empty cell.
type cell struct {
	kind    cellKind
	text    string // the text; of a number its exact digits
	number  float64
	look    look
	formula string // made of cell addresses only, never of data
	link    string // where a click leads
}

type cellKind uint8

const (
	emptyCell cellKind = iota
	textCell
	numberCell
)

// Text that stays text: ids, numbers of invoices and SKUs too, which a number
// would shorten or strip of leading zeros.
func text(s string) cell { return cell{kind: textCell, text: clean(s), look: lookText} }

// wrapped is text that may need several lines.
func wrapped(s string) cell { return text(s).as(lookWrap) }

// as gives the cell another look.
func (c cell) as(l look) cell { c.look = l; return c }

// of adds a formula; the cell's value stands until a reader recalculates.
func (c cell) of(formula string) cell { c.formula = formula; return c }

// styled is an empty cell with a look.
func styled(l look) cell { return cell{look: l} }

func count(n int) cell {
	return cell{kind: numberCell, text: strconv.Itoa(n), number: float64(n), look: lookNumber}
}

// money is an amount with its currency's decimals; the currency stands in another
// cell. What Excel's 15 digits cannot hold stays text.
func money(m reconcile.Money) cell { return exact(m.Amount()) }

// exact makes a number of a decimal's text, shown with the decimals it has, or
// text where it is no decimal or has more digits than a number keeps.
func exact(s string) cell {
	digits, scale, ok := decimalText(s)
	if !ok || len(digits) > 15 || scale > maxScale {
		return text(s).as(lookTextRight)
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return text(s).as(lookTextRight)
	}
	return cell{kind: numberCell, text: s, number: f, look: lookNumber + look(scale)}
}

// decimalText takes a plain decimal such as -1234.50 apart: its significant
// digits and how many of its digits are decimals.
func decimalText(s string) (digits string, scale int, ok bool) {
	whole, frac, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if !allDigits(whole) || (point && !allDigits(frac)) {
		return "", 0, false
	}
	return strings.TrimLeft(whole+frac, "0"), len(frac), true
}

func allDigits(s string) bool {
	for n := range len(s) {
		if s[n] < '0' || s[n] > '9' {
			return false
		}
	}
	return s != ""
}

// difference is a − b where both are plain decimals, with the decimals of the
// longer one; otherwise empty.
func difference(a, b string) cell {
	_, m, okA := decimalText(a)
	_, n, okB := decimalText(b)
	if !okA || !okB {
		return cell{}
	}
	scale := max(m, n)
	return exact(unscaledText(new(big.Int).Sub(unscaled(a, scale), unscaled(b, scale)), scale))
}

// unscaled reads a plain decimal as a whole number of units of 10^-scale.
func unscaled(s string, scale int) *big.Int {
	whole, frac, _ := strings.Cut(s, ".")
	n, _ := new(big.Int).SetString(whole+frac+strings.Repeat("0", scale-len(frac)), 10) // decimalText has checked it
	return n
}

func unscaledText(n *big.Int, scale int) string {
	digits := new(big.Int).Abs(n).String()
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	if scale > 0 {
		digits = digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
	}
	if n.Sign() < 0 {
		return "-" + digits
	}
	return digits
}

// firstDay and lastDay bound the days that every reader shows alike: Excel counts
// a 29 February 1900 that never was, and knows no year of five digits.
var (
	excelZero = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	firstDay  = time.Date(1900, 3, 1, 0, 0, 0, 0, time.UTC)
	endOfDays = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// day is a business date.
func day(d reconcile.Date) cell {
	if d.IsZero() {
		return cell{}
	}
	return onCalendar(d.Time(), d.String(), lookDate)
}

// stamp is an instant, shown by the clocks of a zone.
func stamp(t time.Time, zone *time.Location) cell {
	if t.IsZero() {
		return cell{}
	}
	local := t.In(zone)
	_, offset := local.Zone()
	return onCalendar(t.UTC().Add(time.Duration(offset)*time.Second), local.Format(time.RFC3339), lookStamp)
}

// iso is an instant as text that sorts and parses everywhere.
func iso(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return text(t.UTC().Format(time.RFC3339))
}

// onCalendar makes Excel's day number of a clock reading given as if in UTC.
func onCalendar(wall time.Time, exactly string, l look) cell {
	if wall.Before(firstDay) || !wall.Before(endOfDays) {
		return text(exactly)
	}
	since := wall.Unix() - excelZero.Unix()
	return cell{kind: numberCell, text: exactly, number: float64(since/86400) + float64(since%86400)/86400, look: l}
}
