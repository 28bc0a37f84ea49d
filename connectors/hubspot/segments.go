package hubspot

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A list tells with each page where the next begins, so that one cursor reads
// a page a round trip: 2.9 a second at 350 ms, where the quota has room for 19.
// So a long list is read in segments, several at once.
//
// A segment begins at a record id: the cursors of lists are ids ("CRM objects"
// page: after is the id of the next record). Which ids lie a segment apart the
// search tells; it has a rate limit of its own. What it says is a hint only.
// Every segment is read past its end, and the first record that it finds there
// must be the one that the next segment found first. Where it is not, or where
// a list turns out not to be in the order of ids, the rest is read by one cursor.

// A walk is one reading of a list in segments.
type walk struct {
	cursor
	width int
	from  string       // goes on after this id; empty: the whole list
	sent  atomic.Int64 // requests not yet told with a page

	last  string // id of the last record that was yielded
	loose bool   // what was yielded is not in the order of ids
}

// segments yields the records of a list that come after an id, or all, in the
// order of pages, read by so many cursors at once.
func (l cursor) segments(ctx context.Context, width int, from string) iter.Seq2[listPage, error] {
	w := &walk{cursor: l, width: width, from: from, last: from}
	return func(yield func(listPage, error) bool) {
		first, mark, err := w.begin(ctx)
		switch {
		case err != nil:
			yield(listPage{calls: w.told()}, err)
			return
		case first.after == "" || mark.id == "":
			w.alone(ctx, first.records, first.after, yield)
			return
		}
		var last segment
		var problem error
		begun := false
		for next, err := range connectors.InOrder(ctx, width, func(ctx context.Context) iter.Seq[connectors.Job[segment]] { return w.jobs(ctx, first, mark) }) {
			if problem = err; err != nil {
				break
			}
			if begun && !last.meets(next) {
				if problem = w.look(ctx, &last); problem != nil || !last.meets(next) {
					break // the rest of last is not read yet
				}
			}
			last, begun = next, true
			w.loose = w.loose || last.loose
			w.last = cmp.Or(last.last, w.last)
			if !yield(w.yields(last.records), nil) {
				return
			}
			if last.loose {
				break
			}
		}
		switch {
		case problem != nil:
			yield(listPage{calls: w.told()}, problem)
		case last.to != "" || last.after != "":
			w.alone(ctx, last.rest, last.after, yield)
		}
	}
}

// begin reads the first page and searches for the first mark, at the same time:
// one after the other would cost every list a round trip.
func (w *walk) begin(ctx context.Context) (first listPage, m mark, err error) {
	var searching sync.WaitGroup
	searching.Go(func() {
		// A search that fails leaves no mark, and the list to one cursor.
		m, _ = w.search(ctx, w.base(), w.c.sizes.first-1)
	})
	first, err = w.counted(ctx, w.from)
	searching.Wait()
	if w.from == "" {
		return first, m, err
	}
	if isNoPlace(err) {
		m = mark{} // nor are marks places
		first, err = w.counted(ctx, "")
	}
	first, err = w.pass(ctx, first, err)
	return first, m, err
}

// base is the id that marks are searched from.
func (w *walk) base() string { return cmp.Or(w.from, "0") }

// isNoPlace reports whether a list refused to begin at an id.
func isNoPlace(err error) bool {
	var told *connectors.APIError
	return errors.As(err, &told) && told.Status >= 400 && told.Status < 500 && errors.Is(err, connectors.ErrBroken)
}

// pass passes over what does not come after from.
func (w *walk) pass(ctx context.Context, page listPage, err error) (listPage, error) {
	seen := map[string]bool{}
	for err == nil {
		for len(page.records) > 0 {
			id, err := idOf(page.records[0])
			if err != nil {
				return page, w.c.transport.Broken(w.op, "%v", err)
			}
			if reconcile.CompareIDs(w.from, id) < 0 {
				return page, nil
			}
			page.records = page.records[1:]
		}
		if page.after == "" {
			break
		}
		if seen[page.after] {
			return page, w.comesAgain(page.after)
		}
		seen[page.after] = true
		page, err = w.counted(ctx, page.after)
	}
	return page, err
}

// told returns how many requests were made since it was last asked.
func (w *walk) told() int { return int(w.sent.Swap(0)) }

// page is what is yielded next.
func (w *walk) yields(records []json.RawMessage) listPage {
	page := listPage{records: records, calls: w.told()}
	if !w.loose {
		page.position = w.last
	}
	return page
}

// alone yields records, and what comes after them by one cursor.
func (w *walk) alone(ctx context.Context, records []json.RawMessage, after string, yield func(listPage, error) bool) {
	if len(records) > 0 || after == "" {
		if err := w.follow(records); !yield(w.yields(records), err) || err != nil || after == "" {
			return
		}
	}
	for page, err := range w.pagesFrom(ctx, after) {
		w.sent.Add(int64(page.calls))
		if err == nil {
			err = w.follow(page.records)
		}
		if !yield(w.yields(page.records), err) || err != nil {
			return
		}
	}
}

// follow watches the order of records that are yielded.
func (w *walk) follow(records []json.RawMessage) error {
	for _, raw := range records {
		id, err := idOf(raw)
		if err != nil {
			return w.c.transport.Broken(w.op, "%v", err)
		}
		w.loose = w.loose || w.last != "" && reconcile.CompareIDs(w.last, id) >= 0
		w.last = id
	}
	return nil
}

// jobs are the readings of the segments, as far as the search knows where they
// begin; the last goes on to the end of the list.
func (w *walk) jobs(ctx context.Context, first listPage, m mark) iter.Seq[connectors.Job[segment]] {
	return func(yield func(connectors.Job[segment]) bool) {
		s := segment{from: w.from, start: &first}
		for mark := range w.marks(ctx, m) {
			if s.from != "" && reconcile.CompareIDs(s.from, mark) >= 0 {
				break // not in order: no marks
			}
			s.to = mark
			if !yield(w.reading(s)) {
				return
			}
			s = segment{from: mark}
		}
		yield(w.reading(s))
	}
}

// A segment is the part of a list after one id up to and with another.
type segment struct {
	from, to string    // empty: from the beginning, to the end
	start    *listPage // its first page, where that is known already

	records     []json.RawMessage
	first, last string // ids of its records
	// rest are records after the segment, beginning with the id beyond, and
	// after is the cursor of what follows them.
	rest          []json.RawMessage
	beyond, after string
	// taken says that beyond is what the cursor says, unread.
	taken bool
	// loose says that the list is not in the order of ids, or that its cursors
	// are no ids: nothing can be said of its end.
	loose bool
}

// meets reports whether the next segment goes on where s ends.
func (s *segment) meets(next segment) bool {
	first := next.first
	if first == "" { // it is empty: what lies beyond both is the same
		first = next.beyond
	}
	return !next.loose && s.beyond == first
}

func (w *walk) reading(s segment) connectors.Job[segment] {
	return func(ctx context.Context) (segment, error) { return w.read(ctx, s) }
}

// read reads a segment page by page, and one record farther. One without an end
// is read no farther than others are: what is left is not to be held at once.
func (w *walk) read(ctx context.Context, s segment) (segment, error) {
	seen := map[string]bool{s.from: true}
	page, previous := s.start, s.from
	if page == nil {
		jumped, err := w.counted(ctx, s.from)
		if err != nil {
			if isNoPlace(err) {
				s.loose = true // no place to begin at
				return s, nil
			}
			return s, err
		}
		page = &jumped
	}
	for {
		if err := s.add(page, &previous); err != nil {
			return s, w.c.transport.Broken(w.op, "%v", err)
		}
		if s.after = page.after; s.after != "" && seen[s.after] {
			return s, w.comesAgain(s.after)
		}
		if previous == s.to && isID(s.after) && !s.loose {
			s.beyond, s.taken = s.after, true
		}
		if s.after == "" || s.beyond != "" || s.loose || s.to == "" && len(s.records) > 2*w.c.sizes.others {
			return s, nil
		}
		seen[s.after] = true
		more, err := w.counted(ctx, s.after)
		if err != nil {
			return s, err
		}
		page = &more
	}
}

// look reads what comes after a segment, where only its cursor is known.
func (w *walk) look(ctx context.Context, s *segment) error {
	if !s.taken {
		return nil
	}
	page, err := w.counted(ctx, s.after)
	if err != nil {
		return err
	}
	previous := s.to
	s.beyond, s.taken, s.after = "", false, page.after
	if err := s.add(&page, &previous); err != nil {
		return w.c.transport.Broken(w.op, "%v", err)
	}
	return nil
}

func isID(after string) bool { return after != "" && strings.Trim(after, "0123456789") == "" }

// add takes the records of a page, each on its side of the segment's end.
// Whether a cursor means the record of its id or the next one, the record at
// which a segment begins belongs to the one before.
func (s *segment) add(page *listPage, previous *string) error {
	for n, raw := range page.records {
		id, err := idOf(raw)
		if err != nil {
			return err
		}
		if s.from != "" && id == s.from && s.first == "" {
			continue
		}
		if *previous != "" && reconcile.CompareIDs(*previous, id) >= 0 {
			s.loose = true
			s.records = append(s.records, page.records[n:]...)
			return nil
		}
		*previous = id
		if s.to != "" && reconcile.CompareIDs(id, s.to) > 0 {
			s.beyond, s.rest = id, page.records[n:]
			return nil
		}
		if s.first == "" {
			s.first = id
		}
		s.last = id
		s.records = append(s.records, raw)
	}
	return nil
}

// idOf reads the id of a record.
func idOf(raw json.RawMessage) (string, error) {
	var record struct {
		ID value `json:"id"`
	}
	if err := json.Unmarshal(raw, &record); err != nil || record.ID.Plain() == "" {
		return "", errNoID
	}
	return record.ID.Plain(), nil
}

// counted reads a page and counts the requests it took.
func (w *walk) counted(ctx context.Context, after string) (listPage, error) {
	page, err := w.page(ctx, after)
	w.sent.Add(int64(page.calls))
	return page, err
}
