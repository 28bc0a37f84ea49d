package quickbookssim

import "slices"

// A read that is stale (control.Stale) shows each record as it was before its last
// change: what was created is not there, what was deleted is.

// read returns a row, nil where there is none.
func (t *table) read(id string, late bool) *row {
	r := t.byID[id]
	switch {
	case !late:
		return r
	case r == nil:
		return t.gone[id]
	case r.past == absent:
		return nil
	case r.past != nil:
		return r.past
	}
	return r
}

// asBefore returns the table as it was before the last change of each row. It is
// made anew each time.
func (t *table) asBefore() *table {
	before := newTable(t.kind, t.compare)
	before.known = t.known
	ids := make([]string, 0, len(t.rows)+len(t.gone))
	for _, r := range t.rows {
		ids = append(ids, r.id)
	}
	for id := range t.gone {
		ids = append(ids, id)
	}
	for _, id := range ids {
		if r := t.read(id, true); r != nil {
			before.rows = append(before.rows, r)
			before.byID[id] = r
		}
	}
	slices.SortFunc(before.rows, before.compareIDs)
	return before
}
