package quickbookssim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// An ordering is one property of an ORDERBY clause.
type ordering struct {
	property   int
	descending bool
}

// A listing is all rows of a table in the order of a clause. It is sorted once;
// what changes is put in its place.
type listing struct {
	rows    []*row
	compare func(a, b *row) int // never 0 for two rows
}

func (o *listing) insert(r *row) {
	at, _ := slices.BinarySearchFunc(o.rows, r, o.compare)
	o.rows = slices.Insert(o.rows, at, r)
}

func (o *listing) remove(r *row) {
	at, _ := slices.BinarySearchFunc(o.rows, r, o.compare)
	o.rows = slices.Delete(o.rows, at, at+1)
}

// compareIDs is the order that all others fall back to.
func (t *table) compareIDs(a, b *row) int {
	x, y := value{present: true, text: a.id}, value{present: true, text: b.id}
	return t.compare.compare(identifier, x, y)
}

func (t *table) sortByID() { slices.SortFunc(t.rows, t.compareIDs) }

// replace puts a row in the place of another. There is none before a creation, and
// none after a deletion.
func (t *table) replace(before, after *row) {
	past := absent
	if before != nil {
		t.remove(before)
		past = before
		before.past = nil // nobody looks further back
	}
	if after == nil {
		t.gone[before.id] = before
		return
	}
	after.past = past
	t.insert(after)
}

// insert puts a row in its place in every order; remove takes one out.
func (t *table) insert(r *row) {
	t.byID[r.id] = r
	byID := &listing{t.rows, t.compareIDs}
	byID.insert(r)
	t.rows = byID.rows
	for _, o := range t.orders {
		o.insert(r)
	}
}

func (t *table) remove(r *row) {
	delete(t.byID, r.id)
	byID := &listing{t.rows, t.compareIDs}
	byID.remove(r)
	t.rows = byID.rows
	for _, o := range t.orders {
		o.remove(r)
	}
}

// maxOrders bounds the orders that are kept; a client uses one or two.
const maxOrders = 16

// ordered returns all rows in the order of an ORDERBY clause; rows that are
// equal in it stand by Id. Callers must not change the result, nor keep it
// beyond the lock of the company.
func (t *table) ordered(by []ordering) []*row {
	switch {
	case len(by) == 0 && t.kind.class == nameList:
		return t.cached("", t.sortByName)
	case len(by) == 0 && t.kind.class == transaction:
		by = []ordering{{t.index[updated], true}, {t.index["Id"], true}}
	case len(by) == 0, by[0] == ordering{property: t.index["Id"]}:
		return t.rows
	}
	return t.cached(fmt.Sprint(by), func() *listing { return t.sortBy(by) })
}

func (t *table) cached(key string, sort func() *listing) []*row {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o, ok := t.orders[key]; ok {
		return o.rows
	}
	if len(t.orders) >= maxOrders {
		clear(t.orders)
	}
	o := sort()
	t.orders[key] = o
	return o.rows
}

// sortByName gives the order of name lists without ORDERBY, as the recordings
// have it: by full name, byte by byte. Transactions come most recently updated
// first.
func (t *table) sortByName() *listing {
	return sortedBy(t, func(r *row) string {
		for _, name := range []string{"FullyQualifiedName", "DisplayName", "Name"} {
			if s := r.textOf(t.index[name]); s != "" {
				return s
			}
		}
		return ""
	}, strings.Compare)
}

func (t *table) sortBy(by []ordering) *listing {
	return sortedBy(t, func(r *row) []value {
		key := make([]value, len(by))
		for i, o := range by {
			key[i] = t.valueOf(r, o.property)
		}
		return key
	}, func(a, b []value) int {
		for i, o := range by {
			n := t.compare.compare(t.properties[o.property].typ, a[i], b[i])
			if o.descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
}

// sortedBy sorts the rows by keys that are decoded once each; rows of equal key
// stand by Id.
func sortedBy[K any](t *table, key func(*row) K, compare func(a, b K) int) *listing {
	keys := make([]K, len(t.rows))
	places := make([]int, len(t.rows))
	for i, r := range t.rows {
		keys[i], places[i] = key(r), i
	}
	slices.SortFunc(places, func(a, b int) int {
		return cmp.Or(compare(keys[a], keys[b]), cmp.Compare(a, b))
	})
	out := make([]*row, len(t.rows))
	for i, p := range places {
		out[i] = t.rows[p]
	}
	return &listing{out, func(a, b *row) int { return cmp.Or(compare(key(a), key(b)), t.compareIDs(a, b)) }}
}
