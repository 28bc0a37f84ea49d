package quickbookssim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// A table holds the rows of one kind, and the orders they were asked for in.
type table struct {
	kind       *kind
	compare    comparison
	properties []property
	index      map[string]int  // of properties, by name
	known      map[string]bool // members that exist, whether or not a clause takes them
	rows       []*row          // ascending by Id
	byID       map[string]*row

	mu     sync.Mutex
	orders map[string][]*row // sorted once, so that a page costs what it holds
}

func newTable(k *kind, c comparison) *table {
	t := &table{
		kind:       k,
		compare:    c,
		properties: k.allProperties(),
		index:      make(map[string]int),
		known:      make(map[string]bool),
		byID:       make(map[string]*row),
		orders:     make(map[string][]*row),
	}
	for i, p := range t.properties {
		t.index[p.name] = i
	}
	for _, name := range slices.Concat(everyMember, k.others) {
		t.known[name] = true
	}
	return t
}

func (t *table) add(raw []byte) error {
	r, err := t.newRow(raw)
	if err != nil {
		return err
	}
	if t.byID[r.id] != nil {
		return fmt.Errorf("%w %q", errDuplicateID, r.id)
	}
	t.byID[r.id] = r
	t.rows = append(t.rows, r)
	return nil
}

// sortByID puts the rows in the order that all others start from.
func (t *table) sortByID() {
	id := value{present: true}
	slices.SortFunc(t.rows, func(a, b *row) int {
		x, y := id, id
		x.text, y.text = a.id, b.id
		return t.compare.compare(identifier, x, y)
	})
}

// An ordering is one property of an ORDERBY clause.
type ordering struct {
	property   int
	descending bool
}

// maxOrders bounds the orders that are kept; a client uses one or two.
const maxOrders = 16

// ordered returns all rows in the order of an ORDERBY clause; rows that are
// equal in it stand by Id. Callers must not change the result.
func (t *table) ordered(by []ordering) []*row {
	if len(by) == 0 {
		return t.cached("", t.sortDefault)
	}
	if by[0] == (ordering{property: t.index["Id"]}) {
		return t.rows
	}
	return t.cached(fmt.Sprint(by), func() []*row { return t.sortBy(by) })
}

func (t *table) cached(key string, sort func() []*row) []*row {
	t.mu.Lock()
	defer t.mu.Unlock()
	if rows, ok := t.orders[key]; ok {
		return rows
	}
	if len(t.orders) >= maxOrders {
		clear(t.orders)
	}
	rows := sort()
	t.orders[key] = rows
	return rows
}

// sortDefault gives the order of a query without ORDERBY, as the recordings
// have it: name lists by full name byte by byte, transactions most recently
// updated first.
func (t *table) sortDefault() []*row {
	switch t.kind.class {
	case nameList:
		return t.sortByName()
	case transaction:
		return t.sortBy([]ordering{
			{t.index["MetaData.LastUpdatedTime"], true},
			{t.index["Id"], true},
		})
	}
	return t.rows
}

func (t *table) sortByName() []*row {
	return sortedBy(t.rows, func(r *row) string {
		for _, name := range []string{"FullyQualifiedName", "DisplayName", "Name"} {
			if s := r.textOf(t.index[name]); s != "" {
				return s
			}
		}
		return ""
	}, strings.Compare)
}

func (t *table) sortBy(by []ordering) []*row {
	return sortedBy(t.rows, func(r *row) []value {
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

// sortedBy returns the rows in the order of keys that are decoded once each;
// rows of equal key keep their order.
func sortedBy[K any](rows []*row, key func(*row) K, compare func(a, b K) int) []*row {
	keys := make([]K, len(rows))
	places := make([]int, len(rows))
	for i, r := range rows {
		keys[i], places[i] = key(r), i
	}
	slices.SortFunc(places, func(a, b int) int {
		return cmp.Or(compare(keys[a], keys[b]), cmp.Compare(a, b))
	})
	out := make([]*row, len(rows))
	for i, p := range places {
		out[i] = rows[p]
	}
	return out
}
