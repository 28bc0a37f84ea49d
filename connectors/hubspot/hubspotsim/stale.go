package hubspotsim

import (
	"slices"

	"github.com/tieout/tieout/sandbox/control"
)

// records are the table's records as a read sees them: one that a fault makes stale
// sees each as it was before its last change.
func (c *call) records(t *table, archived bool) []*record {
	if !control.IsStale(c.Context()) {
		return t.records(archived)
	}
	var seen []*record
	for _, r := range slices.Concat(t.live, t.archived) {
		switch {
		case r.fresh:
			continue // it was not there
		case r.was != nil:
			r = r.was
		}
		if r.archived == archived {
			seen = append(seen, r)
		}
	}
	sortByID(seen)
	return seen
}

// lookup is table.lookup as a read sees the table.
func (c *call) lookup(t *table, idProperty, value string, archived bool) (*record, error) {
	r, err := t.lookup(idProperty, value, archived)
	if err != nil || !control.IsStale(c.Context()) {
		return r, err
	}
	seen := c.records(t, archived)
	if idProperty == "" || idProperty == "hs_object_id" {
		return find(seen, value), nil
	}
	at := slices.IndexFunc(seen, func(r *record) bool {
		for name, held := range t.claims(r) {
			if name == idProperty && t.fold(name, held) == t.fold(name, value) {
				return true
			}
		}
		return false
	})
	if at < 0 || archived {
		return nil, nil
	}
	return seen[at], nil
}
