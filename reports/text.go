package reports

import (
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxCell is how many UTF-16 units a cell holds; excelize would cut silently.
// Source: Excel specifications and limits, "Total number of characters that a
// cell can contain".
const maxCell = 32_767

// cutMark ends a text that did not fit.
const cutMark = '…'

// clean makes a text fit for a cell: what cannot be seen is made visible, what is
// too long is cut and marked. A text that begins like a formula is left as it is:
// it is stored as text, and only a cell with a formula is one.
func clean(s string) string {
	if len(s) <= maxCell && printable(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s { // what is no UTF-8 comes as U+FFFD
		switch {
		case r < 0x20:
			b.WriteRune(0x2400 + r) // ␀ to ␟
		case r == 0x7F:
			b.WriteRune('␡')
		case invisible(r):
			fmt.Fprintf(&b, "‹U+%04X›", r)
		case r == 0xFFFE, r == 0xFFFF: // no characters of XML
			b.WriteRune(utf8.RuneError)
		default:
			b.WriteRune(r)
		}
	}
	return cut(b.String())
}

func printable(s string) bool {
	for n := range len(s) {
		if s[n] < 0x20 || s[n] >= 0x7F {
			return false
		}
	}
	return true
}

// invisible reports characters that leave no trace or turn the reading order
// around: in a SKU or an amount they must not hide. Joiners (U+200C, U+200D) stay,
// because emoji and several scripts need them.
func invisible(r rune) bool {
	switch {
	case r >= 0x80 && r <= 0x9F, r == 0x061C, r == 0x200B, r == 0x200E, r == 0x200F, r == 0x2028, r == 0x2029,
		r >= 0x202A && r <= 0x202E, r == 0x2060, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
		return true
	}
	return false
}

func cut(s string) string {
	if len(s) <= maxCell {
		return s
	}
	units, keep := 0, 0 // keep: bytes that leave room for the mark
	for at, r := range s {
		units += utf16.RuneLen(r)
		if units > maxCell {
			return s[:keep] + string(cutMark)
		}
		if units <= maxCell-1 {
			keep = at + utf8.RuneLen(r)
		}
	}
	return s
}
