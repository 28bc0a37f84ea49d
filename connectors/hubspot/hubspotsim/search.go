package hubspotsim

import (
	"cmp"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of search ("Search the CRM" page, limits).
const (
	maxSearchPage    = 200
	maxSearchResults = 10000
	maxSearchBody    = 3000 // characters
	maxFilterGroups  = 5
	maxGroupFilters  = 6
	maxFilters       = 18
)

// A searchBody is the body of a search.
type searchBody struct {
	FilterGroups []filterGroup `json:"filterGroups"`
	Filters      []filter      `json:"filters"` // a group by itself
	Query        string        `json:"query"`
	Sorts        []sortRule    `json:"sorts"`
	Properties   []string      `json:"properties"`
	Limit        *int          `json:"limit"`
	After        text          `json:"after"`
}

// A filterGroup is filters that all have to hold.
type filterGroup struct {
	Filters []filter `json:"filters"`
}

// A sortRule is an object in HubSpot's pages and a string in its
// specification; both are taken.
type sortRule struct {
	Property  string `json:"propertyName"`
	Direction string `json:"direction"`
}

// UnmarshalJSON takes {propertyName, direction}, or a name with a leading
// minus for descending.
func (s *sortRule) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' {
		name, descending := strings.CutPrefix(unquote(raw), "-")
		s.Property, s.Direction = name, "ASCENDING"
		if descending {
			s.Direction = "DESCENDING"
		}
		return nil
	}
	type plain sortRule
	return json.Unmarshal(raw, (*plain)(s))
}

// search answers POST /crm/objects/{version}/{type}/search. Its after is an
// offset, unlike that of a list; archived records are never found.
func (p *Portal) search(c *call) (reply, error) {
	in, err := readSearch(c)
	if err != nil {
		return reply{}, err
	}
	limit, offset, err := p.searchWindow(in)
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	q, err := p.compile(t, in)
	if err != nil {
		return reply{}, err
	}
	found := q.run(t.searched)
	s := p.choose(t, orDefault(in.Properties, c.object.found))
	b := append([]byte(`{"total":`), strconv.Itoa(len(found))...)
	b = append(b, `,"results":[`...)
	end := min(offset+limit, len(found))
	for i := offset; i < end; i++ {
		if i > offset {
			b = append(b, ',')
		}
		b = p.appendRecord(b, s, c.object, found[i], nil)
	}
	next := ""
	if end < len(found) {
		next = strconv.Itoa(offset + limit)
	}
	return ok(append(appendPaging(append(b, ']'), next, ""), '}'))
}

// readSearch decodes a search and refuses one that is too large.
func readSearch(c *call) (*searchBody, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if n := utf8.RuneCount(body); n > maxSearchBody {
		return nil, invalid("The request body is %d characters long, more than %d", n, maxSearchBody)
	}
	in := &searchBody{}
	if err := decode(body, in); err != nil {
		return nil, err
	}
	if len(in.Filters) > 0 {
		in.FilterGroups = append(in.FilterGroups, filterGroup{in.Filters})
	}
	if len(in.FilterGroups) > maxFilterGroups {
		return nil, invalid("Too many filter groups: %d, the maximum is %d", len(in.FilterGroups), maxFilterGroups)
	}
	all := 0
	for _, group := range in.FilterGroups {
		if len(group.Filters) > maxGroupFilters {
			return nil, invalid("Too many filters in a group: %d, the maximum is %d", len(group.Filters), maxGroupFilters)
		}
		all += len(group.Filters)
	}
	if all > maxFilters {
		return nil, invalid("Too many filters: %d, the maximum is %d", all, maxFilters)
	}
	if len(in.Sorts) > 1 {
		return nil, invalid("Too many sorts: %d, the maximum is 1", len(in.Sorts))
	}
	return in, nil
}

// searchWindow is the part of the results that is asked for. Anything past the
// first 10,000 is refused.
func (p *Portal) searchWindow(in *searchBody) (limit, offset int, err error) {
	limit = defaultPage
	if in.Limit != nil {
		if limit, err = p.checkLimit(*in.Limit, maxSearchPage); err != nil {
			return 0, 0, err
		}
	}
	if in.After != "" {
		offset, err = strconv.Atoi(string(in.After))
		if err != nil || offset < 0 {
			return 0, 0, invalid("Invalid after %q: it must be an integer", in.After)
		}
	}
	if offset > maxSearchResults-limit {
		return 0, 0, invalid("Paging past %d results is not supported: after %d, limit %d", maxSearchResults, offset, limit)
	}
	return limit, offset, nil
}

// run finds the records of a query, in its order.
func (q *query) run(x *index) []*record {
	if q.sort == x.change {
		return q.byChange(x)
	}
	var found []*record
	for r := range q.candidates(x) {
		if q.matches(r) {
			found = append(found, r)
		}
	}
	return q.sorted(found)
}

// candidates are the records that may match: those that changed in the time
// that the query is about, or all.
func (q *query) candidates(x *index) iter.Seq[*record] {
	if !q.narrow {
		return slices.Values(x.records)
	}
	return func(yield func(*record) bool) {
		for _, d := range x.changed(q.low, q.high) {
			if !yield(d.record) {
				return
			}
		}
	}
}

// byChange is a run whose order the index keeps.
func (q *query) byChange(x *index) []*record {
	records := x.ordered()
	if q.narrow {
		records = x.changed(q.low, q.high)
	}
	var found []*record
	dated := 0
	for _, d := range records {
		if q.matches(d.record) {
			found = append(found, d.record)
			dated += toInt(d.known)
		}
	}
	if q.descending {
		slices.Reverse(found[:dated])
	}
	return found
}

// sorted brings records into the order of the query.
func (q *query) sorted(found []*record) []*record {
	if q.narrow { // in the order of ids, where they are equal otherwise
		sortByID(found)
	}
	if q.sort == nil { // "Search the CRM" page: by creation, oldest first
		slices.SortStableFunc(found, func(a, b *record) int { return cmp.Compare(a.created, b.created) })
		return found
	}
	type keyed struct {
		*record
		key operand
	}
	rows := make([]keyed, len(found))
	for i, r := range found {
		rows[i].record = r
		if value, ok := r.text(q.sort); ok {
			rows[i].key = read(q.sort.kind, value)
		}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int { return q.order(a.key, b.key) })
	for i, row := range rows {
		found[i] = row.record
	}
	return found
}

// order compares sort keys; records without a value come last.
func (q *query) order(a, b operand) int {
	if !a.ok || !b.ok {
		return cmp.Compare(toInt(b.ok), toInt(a.ok))
	}
	if q.descending {
		return b.compare(a)
	}
	return a.compare(b)
}

func toInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
