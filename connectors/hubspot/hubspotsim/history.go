package hubspotsim

import (
	"encoding/json"
	"slices"
	"time"
)

// maxPageWithHistory is the page size of a list with property history: the
// specification says that it is smaller, users report this number.
const maxPageWithHistory = 50

// A version is one value that a property has had.
type version struct {
	value string // empty when it was cleared
	at    time.Time
	by    Author
	nth   int // change of the record, 0 for what the dataset says
}

// remember notes a change of one property. What was before the first of them is the
// dataset's.
func (t *table) remember(was, r *record, p *property, v version) {
	if t.past[r.id] == nil {
		t.past[r.id] = map[int][]version{}
	}
	past := t.past[r.id]
	if was != nil && past[p.number] == nil {
		past[p.number] = t.told(was, p)
	}
	past[p.number] = append(past[p.number], v)
}

// told is the one version that a record itself tells of: its value, since the
// record was made and by whom, or none.
func (t *table) told(r *record, p *property) []version {
	value, _ := r.text(p)
	if value == "" {
		return nil
	}
	by := Author{Source: t.value(r, "hs_object_source"), ID: t.value(r, "hs_object_source_id"), Label: t.value(r, "hs_object_source_label")}
	if by.Source == "" {
		by = person(nil)
	}
	since := r.created
	if p == t.searched.change {
		since, _ = instant(value) // what is no time is as old as the record
		since = max(since, r.created)
	}
	return []version{{value: value, at: time.UnixMilli(since), by: by}}
}

// versions are what a property of a record has been, newest first.
func (t *table) versions(r *record, p *property) []version {
	list, changed := t.past[r.id][p.number]
	if !changed {
		return t.told(r, p)
	}
	list = slices.DeleteFunc(slices.Clone(list), func(v version) bool { return v.nth > r.version })
	slices.Reverse(list)
	return list
}

// A versionShown is a version as an answer has it ("CRM objects" specification).
type versionShown struct {
	Value     string `json:"value"`
	Timestamp string `json:"timestamp"`
	Source    string `json:"sourceType"`
	SourceID  string `json:"sourceId,omitempty"`
	Label     string `json:"sourceLabel,omitempty"`
	User      int64  `json:"updatedByUserId,omitempty"`
}

// appendHistory appends the member propertiesWithHistory of a record.
func (s *selection) appendHistory(b []byte, r *record) []byte {
	b = append(b, `,"propertiesWithHistory":{`...)
	for i, p := range s.history {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(b, p.name), ":["...)
		for n, v := range s.table.versions(r, p) {
			if n > 0 {
				b = append(b, ',')
			}
			shown, err := json.Marshal(versionShown{v.value, wire(v.at), v.by.Source, v.by.ID, v.by.Label, v.by.User})
			if err != nil { // cannot happen: it is text and a number
				shown = []byte("{}")
			}
			b = append(b, shown...)
		}
		b = append(b, ']')
	}
	return append(b, '}')
}

// withHistory adds to a selection the properties whose past is asked for; a name
// that no property has is dropped, as it is of properties.
func (s *selection) withHistory(names []string) *selection {
	names = slices.Clone(names)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if p := s.table.byName[name]; p != nil {
			s.history = append(s.history, p)
		}
	}
	return s
}
