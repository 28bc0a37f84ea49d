package hubspot

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// overlap is how much earlier than asked for a pull of changes begins: for the
// search's index, which lags behind ("Search the CRM": a few moments; minutes
// were seen), and for clocks that differ.
const overlap = 15 * time.Minute

// changes are the records of an object by their last change, as the search
// tells it. Archived ones are not among them.
type changes struct {
	c          *Client
	op, object string
	// modified is the property that tells the last change. It is another one for
	// contacts than for all else ("Search the CRM" page).
	modified   string
	properties []string
	// only holds for all records that are wanted.
	only []filter
}

func changesOf[P any](c *Client, object string) changes {
	h := changes{c: c, op: "search hubspot:" + object, object: object, modified: "hs_lastmodifieddate"}
	if object == "contacts" {
		h.modified = "lastmodifieddate"
	}
	h.properties = append(properties[P](), h.modified)
	return h
}

// A change is a record with its id and the time of its last change, in ms since
// 1970.
type change struct {
	id  string
	at  int64
	raw json.RawMessage
}

// A changePage is what one search found.
type changePage struct {
	found
	changes []change
	calls   int
}

// recent yields what has changed since then. On a quiet day that is one
// request: the newest changes come first, and where one of them is older, all
// others are. What it tells of all records is kept for Count then. Otherwise
// the changes are walked, and the records counted when that is over.
func (h changes) recent(ctx context.Context, o reconcile.Object, since time.Time) iter.Seq2[listPage, error] {
	return func(yield func(listPage, error) bool) {
		h.c.takeTotal(o) // of another pull
		newest, err := h.find(ctx, query{Sorts: []sorted{{h.modified, descending}}})
		calls := newest.calls
		switch from := since.UnixMilli(); {
		case err != nil:
			yield(listPage{calls: calls}, err)
			return
		case newest.reaches(from):
			h.c.keepTotal(o, newest.total)
			yield(listPage{records: newest.since(from), calls: calls}, nil)
			return
		}
		for page, err := range h.walk(ctx, since) {
			page.calls += calls
			calls = 0
			if !yield(page, err) {
				return
			}
		}
	}
}

// reaches reports whether a page of the newest changes has all since then.
func (p *changePage) reaches(since int64) bool {
	newestFirst := slices.IsSortedFunc(p.changes, func(a, b change) int { return cmp.Compare(b.at, a.at) })
	return p.ends() || newestFirst && p.changes[len(p.changes)-1].at < since
}

// since are the records that have changed since then.
func (p *changePage) since(at int64) []json.RawMessage {
	records := []json.RawMessage{}
	for _, c := range p.changes {
		if c.at >= at {
			records = append(records, c.raw)
		}
	}
	return records
}

// walk yields what has changed since then, the oldest change first. Each page
// begins at the last change of the one before, never at an offset: what changes
// meanwhile goes to the end, and what comes after it moves up by as much. So a
// record may come twice, and none is passed over, however many there are.
func (h changes) walk(ctx context.Context, since time.Time) iter.Seq2[listPage, error] {
	return func(yield func(listPage, error) bool) {
		from := filter{h.modified, "GTE", strconv.FormatInt(since.UnixMilli(), 10)}
		seen := map[string]bool{} // of the records at from
		for {
			page, err := h.oldest(ctx, from)
			if !yield(page.without(seen), err) || err != nil || page.ends() {
				return
			}
			first, last := page.changes[0].at, page.changes[len(page.changes)-1].at
			from, seen = filter{h.modified, "GTE", strconv.FormatInt(last, 10)}, page.ids(last)
			if first < last {
				continue
			}
			// The whole page is of one instant, and so may the next ones be.
			for page, err := range h.instant(ctx, from.Value, seen) {
				if !yield(page, err) || err != nil {
					return
				}
			}
			from.Operator, seen = "GT", map[string]bool{}
		}
	}
}

// instant yields what was changed at one instant, in the order of ids.
func (h changes) instant(ctx context.Context, at string, seen map[string]bool) iter.Seq2[listPage, error] {
	return func(yield func(listPage, error) bool) {
		for id := "0"; ; {
			page, err := h.find(ctx, query{
				Groups: []group{{[]filter{{h.modified, "EQ", at}, {objectID, "GT", id}}}},
				Sorts:  []sorted{{objectID, ascending}},
			})
			if err == nil {
				for _, c := range page.changes {
					if reconcile.CompareIDs(id, c.id) >= 0 {
						err = h.c.transport.Broken(h.op, "%s comes after %s", c.id, id)
					}
					id = c.id
				}
			}
			if !yield(page.without(seen), err) || err != nil || page.ends() {
				return
			}
		}
	}
}

// oldest finds the oldest changes from a time on.
func (h changes) oldest(ctx context.Context, from filter) (changePage, error) {
	page, err := h.find(ctx, query{Groups: []group{{[]filter{from}}}, Sorts: []sorted{{h.modified, ascending}}})
	if err != nil {
		return page, err
	}
	least, _ := strconv.ParseInt(from.Value, 10, 64) // it was formatted from one
	if from.Operator == "GT" {
		least++
	}
	for _, c := range page.changes {
		if c.at < least || c.at == never {
			return page, h.c.transport.Broken(h.op, "%s is not where its %s belongs", c.id, h.modified)
		}
		least = c.at
	}
	return page, nil
}

// find sends a search and reads when its records were changed. One that does
// not tell is never older than asked for.
func (h changes) find(ctx context.Context, q query) (changePage, error) {
	q.Properties, q.Limit, q.After = h.properties, h.c.sizes.found, "0"
	for n := range q.Groups {
		q.Groups[n].Filters = append(q.Groups[n].Filters, h.only...)
	}
	got, calls, err := h.c.search(ctx, h.op, h.object, q)
	page := changePage{found: got, calls: calls}
	if err != nil {
		return page, err
	}
	for _, raw := range got.records {
		c, err := h.read(raw)
		if err != nil {
			return page, h.c.transport.Broken(h.op, "%v", err)
		}
		page.changes = append(page.changes, c)
	}
	return page, nil
}

// never is a change at no time that can be told.
const never = math.MaxInt64

func (h changes) read(raw json.RawMessage) (change, error) {
	var r struct {
		ID         value            `json:"id"`
		Properties map[string]value `json:"properties"`
	}
	whole := json.Unmarshal(raw, &r) == nil // what is odd is told where the record is converted
	c := change{id: r.ID.Plain(), at: never, raw: raw}
	if c.id == "" {
		return c, errNoID
	}
	if !whole {
		return c, nil
	}
	text := r.Properties[h.modified].Plain()
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil {
		c.at = ms
	} else if t, err := time.Parse(time.RFC3339, text); err == nil {
		c.at = t.UnixMilli()
	}
	return c, nil
}

// ends reports whether nothing comes after a page.
func (p *changePage) ends() bool { return !p.more || len(p.changes) == 0 }

// without is the page less the records that an earlier one had.
func (p *changePage) without(seen map[string]bool) listPage {
	list := listPage{calls: p.calls}
	for _, c := range p.changes {
		if !seen[c.id] {
			list.records = append(list.records, c.raw)
		}
	}
	return list
}

// ids are those of the records that were changed at one instant.
func (p *changePage) ids(at int64) map[string]bool {
	ids := map[string]bool{}
	for _, c := range p.changes {
		if c.at == at {
			ids[c.id] = true
		}
	}
	return ids
}
