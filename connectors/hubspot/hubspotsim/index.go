package hubspotsim

import (
	"cmp"
	"math"
	"slices"
	"sync"
	"time"
)

// An index is what the search sees of a table's records: the same as everybody
// some time after each write (Options.IndexLag), and nothing that is archived
// ("Search the CRM" page).
type index struct {
	records []*record // sorted by id
	change  *property // tells the last change
	// waiting are the writes that the search does not see yet, oldest first.
	waiting []write

	// The records by their last change, then id; those that tell none at the
	// end. It is made when it is first needed, and then kept.
	mu     sync.Mutex // of the making
	byTime []dated
}

// A write is a version of a record on its way into the index.
type write struct {
	record *record
	seen   time.Time // from when on
}

// A dated record stands with its last change, in ms since 1970.
type dated struct {
	*record
	ms    int64
	known bool
}

func (x *index) dated(r *record) dated {
	value, _ := r.text(x.change)
	ms, known := instant(value)
	return dated{r, ms, known}
}

func (d dated) compare(other dated) int {
	if d.known != other.known {
		return cmp.Compare(toInt(other.known), toInt(d.known))
	}
	return cmp.Or(cmp.Compare(d.ms, other.ms), compareIDs(d.id, other.id))
}

// ordered are the records by their last change.
func (x *index) ordered() []dated {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.byTime == nil {
		x.byTime = make([]dated, len(x.records))
		for i, r := range x.records {
			x.byTime[i] = x.dated(r)
		}
		slices.SortFunc(x.byTime, dated.compare)
	}
	return x.byTime
}

// changed are the records that changed from low to high, both included, in the
// order of their change.
func (x *index) changed(low, high int64) []dated {
	all := x.ordered()
	place := func(ms int64) int {
		at, _ := slices.BinarySearchFunc(all, ms, func(d dated, ms int64) int {
			if !d.known || d.ms >= ms {
				return 1
			}
			return -1
		})
		return at
	}
	from, to := place(low), place(math.MaxInt64)
	if high < math.MaxInt64 {
		to = max(place(high+1), from)
	}
	return all[from:to]
}

// write brings a version of a record into the index when it is seen.
func (x *index) write(r *record, seen, now time.Time) {
	x.waiting = append(x.waiting, write{r, seen})
	if !seen.After(now) {
		x.settle(now)
	}
}

// due reports whether a write has come to be seen.
func (x *index) due(now time.Time) bool {
	return slices.ContainsFunc(x.waiting, func(w write) bool { return !w.seen.After(now) })
}

// settle takes the writes that have come to be seen. A version that comes after
// a newer one changes nothing.
func (x *index) settle(now time.Time) {
	var still []write
	newer := map[string]bool{}
	for _, w := range slices.Backward(x.waiting) {
		switch {
		case newer[w.record.id]:
		case w.seen.After(now):
			still = append(still, w)
		default:
			newer[w.record.id] = true
			x.put(w.record)
		}
	}
	slices.Reverse(still)
	x.waiting = still
}

func (x *index) put(r *record) {
	x.remove(r.id)
	x.records = slices.Insert(x.records, from(x.records, r.id), r)
	if x.byTime != nil {
		d := x.dated(r)
		at, _ := slices.BinarySearchFunc(x.byTime, d, dated.compare)
		x.byTime = slices.Insert(x.byTime, at, d)
	}
}

// remove takes a record out.
func (x *index) remove(id string) {
	at, found := slices.BinarySearchFunc(x.records, id, byID)
	if !found {
		return
	}
	if x.byTime != nil {
		in, _ := slices.BinarySearchFunc(x.byTime, x.dated(x.records[at]), dated.compare)
		x.byTime = slices.Delete(x.byTime, in, in+1)
	}
	x.records = slices.Delete(x.records, at, at+1)
}

// drop takes a record out, with all that is waiting to come in.
func (x *index) drop(id string) {
	x.waiting = slices.DeleteFunc(x.waiting, func(w write) bool { return w.record.id == id })
	x.remove(id)
}
