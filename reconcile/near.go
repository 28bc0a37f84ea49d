package reconcile

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
)

// Fold returns s case-folded (Unicode full case folding), nothing else: composed
// and decomposed accents stay different.
func Fold(s string) string { return cases.Fold().String(s) }

// NearKey returns the key under which near matches meet: all Unicode blanks
// removed, case folded.
func NearKey(s string) string { return Fold(withoutBlanks(s)) }

// isBlank reports whether a key is none at all: nothing, or nothing but blanks.
func isBlank(s string) bool { return strings.TrimSpace(s) == "" }

func withoutBlanks(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// A keyed record is a product or customer that is found by a text key: a SKU or
// an e-mail.
type keyed interface {
	in() System
	key() string
	id() string
	live() bool
}

func (p *Product) in() System   { return p.System }
func (p *Product) key() string  { return p.SKU }
func (p *Product) id() string   { return p.ID }
func (p *Product) live() bool   { return p.Active }
func (c *Customer) in() System  { return c.System }
func (c *Customer) key() string { return c.Email }
func (c *Customer) id() string  { return c.ID }
func (c *Customer) live() bool  { return c.Active }

// An index finds the records of one system by key and by near key. Records are
// kept in the order of their ids.
type index[T keyed] struct {
	exact map[string][]T
	near  map[string][]string // near key -> distinct keys
}

func newIndex[T keyed](records []T, nearKey func(string) string) index[T] {
	x := index[T]{exact: map[string][]T{}, near: map[string][]string{}}
	for _, r := range records {
		if isBlank(r.key()) { // matches nothing
			continue
		}
		if _, known := x.exact[r.key()]; !known {
			x.near[nearKey(r.key())] = append(x.near[nearKey(r.key())], r.key())
		}
		x.exact[r.key()] = append(x.exact[r.key()], r)
	}
	for key := range x.exact {
		slices.SortFunc(x.exact[key], func(a, b T) int { return CompareIDs(a.id(), b.id()) })
	}
	return x
}

// live returns the active records that hold a key.
func (x *index[T]) live(key string) []T {
	var out []T
	for _, r := range x.exact[key] {
		if r.live() {
			out = append(out, r)
		}
	}
	return out
}

// lowest returns the id of the first record that holds a key, of an active one
// where there is one; "" when none does.
func (x *index[T]) lowest(key string) string {
	for _, list := range [][]T{x.live(key), x.exact[key]} {
		if len(list) > 0 {
			return list[0].id()
		}
	}
	return ""
}

// nearOf returns the other keys, held by an active record, that meet key under
// the near key, sorted.
func (x *index[T]) nearOf(key string, nearKey func(string) string) []string {
	var out []string
	for _, k := range x.near[nearKey(key)] {
		if k != key && len(x.live(k)) > 0 {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// NearEmail returns the key under which near e-mails meet: outer blanks trimmed, case
// folded.
func NearEmail(s string) string { return Fold(strings.TrimSpace(s)) }

// spellOut says how two near keys differ, in words.
func spellOut(a, b string) string {
	switch {
	case Fold(a) == Fold(b):
		return "they differ in upper and lower case only"
	case withoutBlanks(a) == withoutBlanks(b):
		return blanks(a, b)
	}
	return blanks(a, b) + ", and upper and lower case differ"
}

func blanks(a, b string) string {
	for _, place := range []struct {
		name string
		cut  func(string, func(rune) bool) string
	}{{"leading", strings.TrimLeftFunc}, {"trailing", strings.TrimRightFunc}} {
		aHas, bHas := place.cut(a, unicode.IsSpace) != a, place.cut(b, unicode.IsSpace) != b
		if aHas != bHas {
			return place.name + " blank"
		}
	}
	return "blanks differ"
}
