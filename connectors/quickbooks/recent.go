package quickbooks

import (
	"context"
	"encoding/json"
	"iter"
	"strconv"
	"time"
)

// recent yields what was changed since, oldest change first, each record once.
//
// It goes on from the time of the last row instead of from its number: a record
// that is changed meanwhile moves to the end, to be read there, and the rows that
// are left keep their places, as far as they were not changed in one second. Among
// those it goes on by number, with the rule of a walk.
func (q query) recent(ctx context.Context, since time.Time) iter.Seq2[entityPage, error] {
	return func(yield func(entityPage, error) bool) {
		w := &walk{q: q.since(since), key: idAndStamp}
		had := map[string]bool{}
		for {
			page, err := w.q.page(ctx, max(w.row, 1))
			lost := false
			if err == nil {
				page, lost, err = w.join(page)
			}
			if lost {
				calls := page.calls
				page, err = w.back(ctx)
				page.calls += calls
			} else {
				w.lost = 0
			}
			if err == nil {
				page.entities, err = w.unread(page.entities, had)
			}
			if err == nil {
				since, err = w.advance(q, since)
			}
			page.position = "" // what has changed is read from the beginning
			if !yield(page, err) || err != nil || w.short {
				return
			}
		}
	}
}

// unread leaves out the records that were brought before: changed again
// meanwhile, they come with the next pull.
func (w *walk) unread(rows []json.RawMessage, had map[string]bool) ([]json.RawMessage, error) {
	var unread []json.RawMessage
	for _, raw := range rows {
		id, err := rowID(raw)
		if err != nil {
			return nil, w.q.c.transport.Broken(w.q.op(), "%v", err)
		}
		if !had[id] {
			had[id] = true
			unread = append(unread, raw)
		}
	}
	return unread, nil
}

// advance makes the walk go on from the time of its last row: its number is then
// how many rows of that time the walk has had.
func (w *walk) advance(q query, from time.Time) (time.Time, error) {
	if len(w.known) == 0 || w.short {
		return from, nil
	}
	_, last, err := rowStamp(w.known[len(w.known)-1])
	if err != nil {
		return from, w.q.c.transport.Broken(w.q.op(), "%v", err)
	}
	if !last.After(from) {
		return from, nil // all of the page, and more to come
	}
	w.q, w.row = q.since(last), 0
	for n := len(w.known) - 1; n >= 0; n-- {
		_, at, err := rowStamp(w.known[n])
		if err != nil {
			return from, w.q.c.transport.Broken(w.q.op(), "%v", err)
		}
		if !at.Equal(last) {
			break
		}
		w.row++
	}
	return last, nil
}

// idAndStamp names a row of a walk by time: changed again it is another.
func idAndStamp(raw json.RawMessage) (string, error) {
	id, at, err := rowStamp(raw)
	return id + " " + strconv.FormatInt(at.UnixNano(), 10), err
}
