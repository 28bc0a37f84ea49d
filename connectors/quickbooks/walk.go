package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
)

// A walk reads the rows of a query page by page while the company changes.
//
// Rows have numbers, not names: where one is deleted, those behind it move up,
// and the first of them would be missed between two pages. So each page begins
// with the last row of the one before. Where it does not, rows in front of it are
// gone, and the walk goes back until a page has a row of the one before. What
// stands between a row that is known and the end of a page is then whole, so that
// no record is missed that was there all the time. New rows in front of a page
// only make it begin earlier.
type walk struct {
	q     query
	key   func(json.RawMessage) (string, error) // what names a row and where it stands in the order
	known []json.RawMessage                     // the page before
	last  string                                // key of the last row that was read
	row   int                                   // and its number then; 0 at the beginning
	hint  int                                   // how many rows there are; -1 until that was asked
	short bool                                  // the page before was not full
	lost  int                                   // how often in a row the walk had to go back
}

// maxLost bounds how often in a row a walk goes back: a company that has other
// rows every time cannot be read.
const maxLost = 20

// walk walks everything by Id, which never changes. after is the position of the
// page after which it begins; where that is none, or its record is gone, it begins
// anew.
func (q query) walk(after string) *walk {
	w := &walk{q: q, key: rowID, hint: -1}
	number, id, _ := strings.Cut(after, ":")
	if row, err := strconv.Atoi(number); err == nil && row > 0 && id != "" {
		w.row, w.last = row, id
	}
	return w
}

// pages yields the pages in order, each with the rows that the ones before did
// not have.
func (w *walk) pages(ctx context.Context, ahead int) iter.Seq2[entityPage, error] {
	return func(yield func(entityPage, error) bool) {
		for {
			calls, lost := 0, false
			for page, err := range w.forward(ctx, ahead) {
				if err == nil {
					page, lost, err = w.join(page)
				}
				if calls = page.calls; lost {
					break
				}
				w.lost = 0
				if !yield(page, err) || err != nil {
					return
				}
			}
			if !lost {
				return
			}
			page, err := w.back(ctx)
			page.calls += calls
			if !yield(page, err) || err != nil || w.short {
				return
			}
		}
	}
}

// forward yields the pages from the last row on. When the first is full the
// company is asked how many rows there are, so that the others can be read several
// at once without asking for pages beyond the end. The count is a hint only: what
// ends the pages is a short one with nothing behind it.
func (w *walk) forward(ctx context.Context, ahead int) iter.Seq2[entityPage, error] {
	return func(yield func(entityPage, error) bool) {
		if w.hint < 0 {
			page, err := w.q.page(ctx, max(w.row, 1))
			if err == nil && w.q.full(page) {
				var calls int
				w.hint, calls, err = w.q.count(ctx)
				page.calls += calls
			}
			if !yield(page, err) || err != nil {
				return
			}
		}
		for page, err := range w.hinted(ctx, ahead) {
			ended := w.short && len(page.entities) == 0
			if !yield(page, err) || err != nil || ended {
				return
			}
		}
		for !w.short {
			page, err := w.q.page(ctx, max(w.row, 1))
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// hinted reads the pages from the last row up to the hinted count, several at
// once.
func (w *walk) hinted(ctx context.Context, ahead int) iter.Seq2[entityPage, error] {
	first, step := w.row, w.q.c.page-1
	return connectors.InOrder(ctx, ahead, func(context.Context) iter.Seq[connectors.Job[entityPage]] {
		return func(yield func(connectors.Job[entityPage]) bool) {
			for at := first; at < w.hint; at += step {
				if !yield(func(ctx context.Context) (entityPage, error) { return w.q.page(ctx, at) }) {
					return
				}
			}
		}
	})
}

// join leaves the rows in a page that the walk has not had yet. lost says that
// rows between the page before and this one are missing.
func (w *walk) join(page entityPage) (joined entityPage, lost bool, err error) {
	if len(page.entities) == 0 && w.short { // asked for ahead: nothing is there
		page.position = w.position()
		return page, false, nil
	}
	at, err := w.meet(page)
	if err != nil || at < 0 && page.start > 1 {
		return page, err == nil, err
	}
	rows := page.entities
	page.whole = w.row == 0 && !w.q.full(page)
	w.short, w.row, w.known = !w.q.full(page), 0, rows
	if len(rows) > 0 {
		w.row = page.start + len(rows) - 1
		if w.last, err = w.key(rows[len(rows)-1]); err != nil {
			return page, false, w.q.c.transport.Broken(w.q.op(), "%v", err)
		}
	}
	page.entities = rows[at+1:]
	page.position = w.position()
	return page, false, nil
}

// position is what a walk that goes on after the last row is told.
func (w *walk) position() string { return fmt.Sprintf("%d:%s", w.row, w.last) }

// meet returns which row of a page is the last that is known; -1: none.
func (w *walk) meet(page entityPage) (int, error) {
	if len(page.entities) == 0 || w.last == "" {
		return -1, nil
	}
	// Undisturbed it is the first, and the last of the page before.
	if first, err := w.key(page.entities[0]); err == nil && first == w.last {
		return 0, nil
	}
	known := map[string]bool{w.last: true}
	for _, raw := range w.known {
		if key, err := w.key(raw); err == nil {
			known[key] = true
		}
	}
	at := -1
	for n, raw := range page.entities {
		key, err := w.key(raw)
		if err != nil {
			return -1, w.q.c.transport.Broken(w.q.op(), "%v", err)
		}
		if known[key] {
			at = n
		}
	}
	return at, nil
}

// back goes back, further each time, to a page that has a row of the one before,
// or to the beginning.
func (w *walk) back(ctx context.Context) (page entityPage, err error) {
	if w.lost++; w.lost > maxLost {
		return page, w.q.c.transport.Broken(w.q.op(), "other rows at every request; the list cannot be read")
	}
	calls, lost := 0, true
	for at, step := w.row, max(w.q.c.page-1, 1); lost && err == nil; step *= 2 {
		at = max(at-step, 1)
		page, err = w.q.page(ctx, at)
		calls += page.calls
		if err == nil {
			page, lost, err = w.join(page)
		}
	}
	page.calls = calls
	return page, err
}

// A stamped row is what a walk has to know of an entity.
type stamped struct {
	ID       value `json:"Id"`
	MetaData struct {
		Updated value `json:"LastUpdatedTime"`
	} `json:"MetaData"`
	Status value `json:"status"`
}

// readRow reads the little that a walk needs. Members of another type than
// documented are told when the entity is converted.
func readRow(raw json.RawMessage) (stamped, error) {
	var row stamped
	_ = json.Unmarshal(raw, &row)
	if row.ID.Plain() == "" {
		return row, errNoID
	}
	return row, nil
}

// rowID names a row of a walk by Id.
func rowID(raw json.RawMessage) (string, error) {
	row, err := readRow(raw)
	return row.ID.Plain(), err
}

// rowStamp returns when a row was changed last.
func rowStamp(raw json.RawMessage) (id string, at time.Time, err error) {
	row, err := readRow(raw)
	if err != nil {
		return "", at, err
	}
	in := &connectors.Reader{}
	at = in.Instant("LastUpdatedTime", row.MetaData.Updated)
	if at.IsZero() {
		return "", at, fmt.Errorf("entity %s without a LastUpdatedTime that can be read", row.ID.Plain())
	}
	return row.ID.Plain(), at, nil
}
