package quickbookssim

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/sandbox/control"
)

// The bounds of change data capture (learn/explore-the-quickbooks-online-api/
// change-data-capture): objects of an answer, all entities together, and how
// far back it looks.
const (
	maxChanges = 1000
	lookBack   = 30 * 24 * time.Hour
)

// noChanges are the entities whose changes are not captured (same page), in lower
// case.
var noChanges = []string{"taxcode", "taxrate", "taxagency", "journalcode", "timeactivity", "companyinfo", "preferences"}

// A changeList is what changed of one entity.
type changeList struct {
	table   *table
	rows    []*row
	deleted []tombstone
}

// serveChanges answers GET /cdc?entities=…&changedSince=….
func (c *Company) serveChanges(w http.ResponseWriter, r *http.Request) {
	c.counts.add("cdc")
	query := r.URL.Query()
	lists, err := c.changes(query.Get("entities"), query.Get("changedSince"), c.options.MaxChanges, control.IsStale(r.Context()))
	switch {
	case err != nil && c.options.ChangeFaultsInside:
		c.writeEnvelope(w, "CDCResponse", fmt.Appendf(nil, `[{"Fault":%s}]`, asFault(err).body()))
		return
	case err != nil:
		c.writeFault(w, err)
		return
	}
	c.writeEnvelope(w, "CDCResponse", c.changeResponse(lists))
}

// changeResponse is the CDCResponse of what changed of several entities.
func (c *Company) changeResponse(lists []changeList) []byte {
	var b bytes.Buffer
	b.WriteString(`[{"QueryResponse":[`)
	for n, l := range lists {
		if n > 0 {
			b.WriteByte(',')
		}
		c.writeChanges(&b, l)
	}
	b.WriteString(`]}]`)
	return b.Bytes()
}

func (c *Company) changes(entities, changedSince string, room int, late bool) ([]changeList, error) {
	if entities == "" || changedSince == "" {
		return nil, missing("entities, changedSince")
	}
	since, err := (comparison{zone: c.pacific}).parseInstant(changedSince)
	if err != nil {
		return nil, faultOf("2070", "changedSince: "+changedSince)
	}
	if oldest := c.options.Now().Add(-lookBack); since.Before(oldest) && !c.options.OldChanges {
		if c.options.OverAgeFaults {
			return nil, faultOf("2190", "changedSince is more than 30 days ago")
		}
		since = oldest
	}
	c.books.RLock()
	defer c.books.RUnlock()
	var lists []changeList
	for name := range strings.SplitSeq(entities, ",") {
		name = strings.TrimSpace(name)
		if slices.Contains(noChanges, strings.ToLower(name)) {
			return nil, faultOf("2000", name+" is not supported by change data capture")
		}
		t, err := c.tableNamed(name)
		if err != nil {
			return nil, err
		}
		if late {
			t = t.asBefore()
		}
		l := t.changedSince(since, c.options.ExclusiveSince)
		if room < len(l.rows)+len(l.deleted) && c.options.OverflowFaults {
			return nil, faultOf("10100", "more than "+strconv.Itoa(room)+" objects")
		}
		l.rows = l.rows[:min(len(l.rows), room)]
		room -= len(l.rows)
		l.deleted = l.deleted[:min(len(l.deleted), room)]
		room -= len(l.deleted)
		lists = append(lists, l)
	}
	return lists, nil
}

// changedSince returns what changed since then, oldest change first. Stamps have
// no fractions of a second, and neither has what they are compared with.
func (t *table) changedSince(since time.Time, exclusive bool) changeList {
	since = since.Truncate(time.Second)
	if exclusive {
		since = since.Add(time.Second)
	}
	i := t.index[updated]
	rows := t.ordered([]ordering{{property: i}})
	at, _ := slices.BinarySearchFunc(rows, since, func(r *row, since time.Time) int { return t.valueOf(r, i).moment.Compare(since) })
	d, _ := slices.BinarySearchFunc(t.tombstones, since, func(s tombstone, since time.Time) int { return s.at.Compare(since) })
	return changeList{t, slices.Clone(rows[at:]), slices.Clone(t.tombstones[d:])}
}

// writeChanges writes what changed of one entity: an empty object for nothing,
// and no startPosition where there are only deletions (captures of the XML form,
// PHP-SDK issue 431).
func (c *Company) writeChanges(b *bytes.Buffer, l changeList) {
	n := len(l.rows) + len(l.deleted)
	b.WriteByte('{')
	for i, r := range l.rows {
		b.WriteString(separator(i, l.table))
		b.Write(r.raw)
	}
	for i, d := range l.deleted {
		b.WriteString(separator(len(l.rows)+i, l.table))
		fmt.Fprintf(b, `{"domain":"QBO","status":"Deleted","Id":"%s","MetaData":{"LastUpdatedTime":"%s"}}`,
			d.id, d.at.In(c.pacific).Format("2006-01-02T15:04:05-07:00"))
	}
	if n > 0 {
		b.WriteByte(']')
		if len(l.rows) > 0 {
			b.WriteString(`,"startPosition":1`)
		}
		fmt.Fprintf(b, `,"maxResults":%d`, n)
		if c.options.TotalCount || len(l.rows) == 0 {
			fmt.Fprintf(b, `,"totalCount":%d`, n)
		}
	}
	b.WriteByte('}')
}

// separator stands before the i-th object of a list.
func separator(i int, t *table) string {
	if i == 0 {
		return `"` + t.kind.name + `":[`
	}
	return ","
}
