package reconcile

import (
	"fmt"
	"strings"
	"unicode"
)

// maxSpelled bounds the places that are spelled out: the first ones are enough to
// see what has happened.
const maxSpelled = 4

// SpellOut says where a HubSpot and a QuickBooks SKU differ that are equal but for
// blanks and case: by position, counted in characters from 1, with the code points.
func SpellOut(hs, qb string) string {
	a, b := []rune(hs), []rune(qb)
	var places []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			i, j = i+1, j+1
		case i < len(a) && unicode.IsSpace(a[i]) && (j == len(b) || !unicode.IsSpace(b[j])):
			places = append(places, extraBlank(a, i, HubSpot))
			i++
		case j < len(b) && unicode.IsSpace(b[j]) && (i == len(a) || !unicode.IsSpace(a[i])):
			places = append(places, extraBlank(b, j, QuickBooks))
			j++
		case i < len(a) && j < len(b) && (unicode.IsSpace(a[i]) || Fold(string(a[i])) == Fold(string(b[j]))):
			places = append(places, fmt.Sprintf("position %d: %s in HubSpot, %s in QuickBooks", i+1, point(a[i]), point(b[j])))
			i, j = i+1, j+1
		default: // one character folds to several, such as ß: positions mean nothing from here on
			return spellOut(hs, qb)
		}
	}
	if more := len(places) - maxSpelled; more > 0 {
		places = append(places[:maxSpelled], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(places, "; ")
}

// extraBlank names a blank that one system has and the other has not.
func extraBlank(s []rune, at int, in System) string {
	where := fmt.Sprintf("position %d: blank", at+1)
	switch {
	case strings.TrimSpace(string(s[:at])) == "":
		where = "leading blank"
	case strings.TrimSpace(string(s[at:])) == "":
		where = "trailing blank"
	}
	return fmt.Sprintf("%s (U+%04X) in %s", where, s[at], in.Title())
}

// point shows a character with its code point.
func point(r rune) string {
	if unicode.IsSpace(r) || !unicode.IsPrint(r) {
		return fmt.Sprintf("U+%04X", r)
	}
	return fmt.Sprintf("%c (U+%04X)", r, r)
}
