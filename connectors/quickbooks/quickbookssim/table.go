package quickbookssim

import (
	"fmt"
	"slices"
	"sync"
	"time"
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
	tombstones []tombstone     // of the deleted, in the order of time
	gone       map[string]*row // the deleted, as they were

	mu     sync.Mutex
	orders map[string]*listing // sorted once, so that a page costs what it holds
}

// A tombstone is what is left of a deleted transaction.
type tombstone struct {
	id string
	at time.Time
}

func newTable(k *kind, c comparison) *table {
	t := &table{
		kind:       k,
		compare:    c,
		properties: k.allProperties(),
		index:      make(map[string]int),
		known:      make(map[string]bool),
		byID:       make(map[string]*row),
		orders:     make(map[string]*listing),
		gone:       make(map[string]*row),
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
