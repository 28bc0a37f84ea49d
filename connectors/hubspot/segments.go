package hubspot

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"strconv"
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
// search tells; it has a rate limit of its own. What it says is a hint only. Every segment is read past
// its end, and the first record that it finds there must be the one that the
// next segment found first. Where it is not, or where a list turns out not to
// be in the order of ids, the rest is read by one cursor.
const (
	// smallSegment and largeSegment are how many records are between two marks:
	// so many that a list of a few thousand is read by several cursors too.
	smallSegment = 300
	largeSegment = 1000
	// searchDepth is how far into its results a search can be asked ("Search
	// the CRM", limits).
	searchDepth = 10_000
)

// A walk is one reading of a list in segments.
type walk struct {
	cursor
	width int
	sent  atomic.Int64 // requests not yet told with a page
}

// segments yields the records of a list in the order of pages, read by so many
// cursors at once.
func (l cursor) segments(ctx context.Context, width int) iter.Seq2[listPage, error] {
	w := &walk{cursor: l, width: width}
	return func(yield func(listPage, error) bool) {
		first, mark, err := w.begin(ctx)
		if err != nil || first.after == "" {
			first.calls = w.told()
			yield(first, err)
			return
		}
		var last segment
		var problem error
		over := false // nothing is left to be read
		for next, err := range connectors.InOrder(ctx, width, func(ctx context.Context) iter.Seq[connectors.Job[segment]] { return w.jobs(ctx, first, mark) }) {
			if problem = err; err != nil {
				break
			}
			if next.from != "" && !last.meets(next) {
				if problem = w.look(ctx, &last); problem != nil || !last.meets(next) {
					break // the rest of last is not read yet
				}
			}
			last = next
			over = last.to == "" && !last.loose
			if !yield(listPage{records: last.records, calls: w.told()}, nil) {
				return
			}
			if last.loose {
				break
			}
		}
		switch {
		case problem != nil:
			yield(listPage{calls: w.told()}, problem)
		case !over:
			w.alone(ctx, last, yield)
		}
	}
}

// begin reads the first page and searches for the first mark, at the same time:
// one after the other would cost every list a round trip.
func (w *walk) begin(ctx context.Context) (first listPage, mark found, err error) {
	var searching sync.WaitGroup
	searching.Go(func() {
		// A search that fails leaves no mark, and the list to one cursor.
		mark, _ = w.search(ctx, "0", smallSegment-1)
	})
	first, err = w.counted(ctx, "")
	searching.Wait()
	return first, mark, err
}

// told returns how many requests were made since it was last asked.
func (w *walk) told() int { return int(w.sent.Swap(0)) }

// alone reads what is left after a segment by one cursor.
func (w *walk) alone(ctx context.Context, after segment, yield func(listPage, error) bool) {
	if len(after.rest) > 0 && !yield(listPage{records: after.rest, calls: w.told()}, nil) {
		return
	}
	if after.after == "" {
		return
	}
	for page, err := range w.pagesFrom(ctx, after.after) {
		page.calls += w.told()
		if !yield(page, err) {
			return
		}
	}
}

// jobs are the readings of the segments, as far as the search knows where they
// begin; the last goes on to the end of the list.
func (w *walk) jobs(ctx context.Context, first listPage, mark found) iter.Seq[connectors.Job[segment]] {
	return func(yield func(connectors.Job[segment]) bool) {
		s := segment{start: &first}
		for mark := range w.marks(ctx, mark) {
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

	records []json.RawMessage
	first   string // id of the first record
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

// read reads a segment page by page, and one record farther.
func (w *walk) read(ctx context.Context, s segment) (segment, error) {
	seen := map[string]bool{s.from: true}
	page, previous := s.start, s.from
	if page == nil {
		jumped, err := w.counted(ctx, s.from)
		if err != nil {
			var told *connectors.APIError
			if errors.As(err, &told) && told.Status >= 400 && told.Status < 500 && errors.Is(err, connectors.ErrBroken) {
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
			return s, w.c.transport.Broken(w.op, "the page after %q is said to come again", s.after)
		}
		if previous == s.to && isID(s.after) && !s.loose {
			s.beyond, s.taken = s.after, true
		}
		if s.after == "" || s.beyond != "" || s.loose {
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
		var record struct {
			ID value `json:"id"`
		}
		if err := json.Unmarshal(raw, &record); err != nil || record.ID.Plain() == "" {
			return errNoID
		}
		id := record.ID.Plain()
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
		s.records = append(s.records, raw)
	}
	return nil
}

// counted reads a page and counts the requests it took.
func (w *walk) counted(ctx context.Context, after string) (listPage, error) {
	page, err := w.page(ctx, after)
	w.sent.Add(int64(page.calls))
	return page, err
}

// marks yields ids a segment apart, of which the first is known. They end where there is no more than a
// segment left, or where a search fails: what the search would have told can
// be done without.
func (w *walk) marks(ctx context.Context, last found) iter.Seq[string] {
	return func(yield func(string) bool) {
		if last.id == "" || !yield(last.id) {
			return
		}
		base, left := "0", last.total // records after base
		step := min(max(left/w.width, smallSegment), largeSegment)
		for at := smallSegment + step; left > 0; at = step {
			for mark, err := range w.marksAfter(ctx, base, at, step, min(left, searchDepth)) {
				if err != nil || mark.id == "" || !yield(mark.id) {
					return
				}
				last = mark
			}
			if left <= searchDepth {
				return
			}
			// The last mark was at the depth itself or a step before it.
			base, left = last.id, left-searchDepth+(searchDepth-at)%step
		}
	}
}

// marksAfter searches for the marks among so many records after base.
func (w *walk) marksAfter(ctx context.Context, base string, at, step, records int) iter.Seq2[found, error] {
	return connectors.InOrder(ctx, w.width, func(context.Context) iter.Seq[connectors.Job[found]] {
		return func(yield func(connectors.Job[found]) bool) {
			for ; at <= records; at += step {
				offset := at - 1
				if !yield(func(ctx context.Context) (found, error) { return w.search(ctx, base, offset) }) {
					return
				}
			}
		}
	})
}

// found is what a search for a mark tells.
type found struct {
	id    string // empty: there are not so many records
	total int
}

// search finds the record that comes so many after the first one after base.
func (w *walk) search(ctx context.Context, base string, offset int) (found, error) {
	type filter struct {
		Property string `json:"propertyName"`
		Operator string `json:"operator"`
		Value    string `json:"value"`
	}
	const id = "hs_object_id"
	body, err := json.Marshal(map[string]any{
		"filterGroups": []any{map[string]any{"filters": []filter{{id, "GT", base}}}},
		"sorts":        []any{map[string]string{"propertyName": id, "direction": "ASCENDING"}},
		"properties":   []string{id}, "limit": 1, "after": strconv.Itoa(offset),
	})
	if err != nil { // texts always marshal
		return found{}, err
	}
	op := "search for marks, " + w.op
	answer, calls, err := w.c.transport.Read(ctx, connectors.Request{Op: op, Path: w.path + "/search", Body: body, Search: true})
	w.sent.Add(int64(calls))
	if err != nil {
		return found{}, err
	}
	var got struct {
		Total   int `json:"total"`
		Results []struct {
			ID value `json:"id"`
		} `json:"results"`
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil {
		return found{}, w.c.transport.Broken(op, "%v", err)
	}
	f := found{total: got.Total}
	if len(got.Results) > 0 {
		f.id = got.Results[0].ID.Plain()
	}
	return f, nil
}
