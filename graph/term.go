package graph

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// terms collects what a filter compares, and the first thing that is wrong with
// it. more are conditions that are not one comparison.
type terms struct {
	list []db.FindingTerm
	more []db.FindingFilter
	err  error
}

func (t *terms) add(field db.FindingField, op db.Op, values ...string) {
	if len(values) > maxListed && t.err == nil {
		t.err = wire.Coded("FILTER_INVALID", "%s of %s has more than %d values", op, field, maxListed)
	}
	t.list = append(t.list, db.FindingTerm{Field: field, Op: op, Values: values})
}

func (t *terms) text(field db.FindingField, c *generated.StringComparator) {
	if c == nil {
		return
	}
	words(t, field, c.Eq, c.Neq, c.In, c.Nin)
	if c.Contains != nil {
		t.add(field, db.Contains, *c.Contains)
	}
	if c.StartsWith != nil {
		t.add(field, db.StartsWith, *c.StartsWith)
	}
	t.null(field, c.Null)
}

func (t *terms) null(field db.FindingField, null *bool) {
	if null != nil {
		t.add(field, db.Null, strconv.FormatBool(*null))
	}
}

// words reads a comparison of texts or enum values.
func words[T ~string](t *terms, field db.FindingField, eq, neq *T, in, nin []T) {
	if eq != nil {
		t.add(field, db.Eq, string(*eq))
	}
	if neq != nil {
		t.add(field, db.Neq, string(*neq))
	}
	self := func(v T) string { return string(v) }
	if in != nil {
		t.add(field, db.In, each(in, self)...)
	}
	if nin != nil {
		t.add(field, db.Nin, each(nin, self)...)
	}
}

// ordered reads a comparison of what has an order.
func ordered[T any](t *terms, field db.FindingField, say func(T) string, eq, neq, gt, gte, lt, lte *T) {
	for _, one := range []struct {
		op    db.Op
		value *T
	}{{db.Eq, eq}, {db.Neq, neq}, {db.Gt, gt}, {db.Gte, gte}, {db.Lt, lt}, {db.Lte, lte}} {
		if one.value != nil {
			t.add(field, one.op, say(*one.value))
		}
	}
}

func each[T any](list []T, say func(T) string) []string {
	out := make([]string, len(list))
	for n, v := range list {
		out[n] = say(v)
	}
	return out
}

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// maxAge is a hundred years, so that no age overflows a duration.
const maxAge = 36500

// age reads a comparison of whole days. A finding that is n days old was first
// seen more than n+1 days ago at the earliest, and n days ago at the latest.
func (t *terms) age(c *generated.IntComparator, now time.Time) {
	if c == nil {
		return
	}
	ago := func(days int) string {
		if days < 0 || days > maxAge+1 {
			t.err = wire.Coded("FILTER_INVALID", "ageDays: want 0 to %d", maxAge)
			return stamp(now)
		}
		return stamp(now.Add(-time.Duration(days) * 24 * time.Hour))
	}
	on := func(days int) []db.FindingTerm {
		return []db.FindingTerm{
			{Field: db.FieldFirstSeen, Op: db.Lte, Values: []string{ago(days)}},
			{Field: db.FieldFirstSeen, Op: db.Gt, Values: []string{ago(days + 1)}},
		}
	}
	if c.Eq != nil {
		t.list = append(t.list, on(*c.Eq)...)
	}
	if c.Neq != nil {
		t.more = append(t.more, db.FindingFilter{Not: &db.FindingFilter{Terms: on(*c.Neq)}})
	}
	if c.Gt != nil {
		t.add(db.FieldFirstSeen, db.Lte, ago(*c.Gt+1))
	}
	if c.Gte != nil {
		t.add(db.FieldFirstSeen, db.Lte, ago(*c.Gte))
	}
	if c.Lt != nil {
		t.add(db.FieldFirstSeen, db.Gt, ago(*c.Lt))
	}
	if c.Lte != nil {
		t.add(db.FieldFirstSeen, db.Gt, ago(*c.Lte+1))
	}
}

// amount reads a comparison of money. The store keeps minor units, and how many
// make a unit depends on the currency: there is one alternative per number of
// digits.
func (t *terms) amount(c *generated.DecimalComparator) {
	if c == nil {
		return
	}
	some := db.FindingTerm{Field: db.FieldCurrency, Op: db.Null, Values: []string{"false"}}
	var special []string
	var alternatives []db.FindingFilter
	by := reconcile.UnusualCurrencies()
	for _, digits := range slices.Sorted(maps.Keys(by)) {
		special = append(special, by[digits]...)
		here := db.FindingTerm{Field: db.FieldCurrency, Op: db.In, Values: by[digits]}
		alternatives = append(alternatives, t.minor(c, digits, here))
	}
	usual := db.FindingTerm{Field: db.FieldCurrency, Op: db.Nin, Values: special}
	t.more = append(t.more, db.FindingFilter{Or: append(alternatives, t.minor(c, reconcile.UsualDigits, some, usual))})
}

// minor reads the comparison for currencies with that many digits. Where a bound
// lies between two minor units, its neighbours say the same.
func (t *terms) minor(c *generated.DecimalComparator, digits int, where ...db.FindingTerm) db.FindingFilter {
	f := db.FindingFilter{Terms: where}
	for _, one := range []struct {
		op    db.Op
		value *decimal.Decimal
	}{{db.Eq, c.Eq}, {db.Neq, c.Neq}, {db.Gt, c.Gt}, {db.Gte, c.Gte}, {db.Lt, c.Lt}, {db.Lte, c.Lte}} {
		if one.value == nil {
			continue
		}
		bound, between := one.value.Floor(digits), false
		if bound.Cmp(*one.value) != 0 {
			between = true
			if one.op == db.Gte || one.op == db.Lt {
				bound = one.value.Ceil(digits)
			}
		}
		text := t.units(bound, digits)
		switch {
		case between && one.op == db.Neq: // every amount differs
		case between && one.op == db.Eq: // no amount is equal
			f.Terms = append(f.Terms, db.FindingTerm{Field: db.FieldAmount, Op: db.In})
		default:
			f.Terms = append(f.Terms, db.FindingTerm{Field: db.FieldAmount, Op: one.op, Values: []string{text}})
		}
	}
	return f
}

// units writes an amount in minor units.
func (t *terms) units(d decimal.Decimal, digits int) string {
	whole, frac, ok := d.Int64(digits)
	if limit := int64(1e14); !ok || whole > limit || whole < -limit {
		t.err = wire.Coded("FILTER_INVALID", "amount %s: no amount is that large", d)
		return "0"
	}
	for range digits {
		whole *= 10
	}
	return strconv.FormatInt(whole+frac, 10)
}
