package hubspotsim

import (
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// A selection is the choice of properties that an answer shows, prepared once
// for all its records.
type selection struct {
	properties []*property // sorted by name, each once
	keys       []string    // `"name":`
	slot       []int       // by property number: its place here, or -1
	values     [][]byte    // of the record being written
	omitEmpty  bool
	table      *table
	history    []*property // whose past is shown
}

// choose prepares the properties of that name. A name that no property has is
// dropped without a word ("Line items", "Contacts" pages).
func (p *Portal) choose(t *table, names []string) *selection {
	s := &selection{slot: make([]int, len(t.defined)), omitEmpty: p.options.OmitEmpty, table: t}
	for i := range s.slot {
		s.slot[i] = -1
	}
	names = slices.Clone(names)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if property := t.byName[name]; property != nil {
			s.slot[property.number] = len(s.properties)
			s.properties = append(s.properties, property)
			s.keys = append(s.keys, string(append(appendString(nil, name), ':')))
		}
	}
	s.values = make([][]byte, len(s.properties))
	return s
}

// orDefault is names, or the defaults when there are none.
func orDefault(names, defaults []string) []string {
	if len(names) == 0 {
		return defaults
	}
	return names
}

// appendRecord appends a record ("CRM objects" page, record shape), with its
// associations to the given types.
func (p *Portal) appendRecord(b []byte, s *selection, o *object, r *record, inline []*object) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, r.id)
	b = append(b, `,"properties":{`...)
	b = s.appendValues(b, r)
	b = append(b, '}')
	if len(s.history) > 0 {
		b = s.appendHistory(b, r)
	}
	b = append(b, `,"createdAt":"`...)
	b = append(b, r.createdAt...)
	b = append(b, `","updatedAt":"`...)
	b = append(b, r.updatedAt...)
	b = append(b, `","archived":`...)
	if r.archived {
		b = append(b, "true"...)
	} else {
		b = append(b, "false"...)
	}
	b = append(b, r.further...)
	b = p.appendInline(b, o, r.id, inline)
	return append(b, '}')
}

func (s *selection) appendValues(b []byte, r *record) []byte {
	clear(s.values)
	for number, literal := range r.values() {
		if at := s.slot[number]; at >= 0 {
			s.values[at] = literal
		}
	}
	first := true
	for i, p := range s.properties {
		if s.values[i] == nil && p.derived == fromDataset && s.omitEmpty {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, s.keys[i]...)
		b = appendValue(b, p, s.values[i], r)
	}
	return b
}

func appendValue(b []byte, p *property, literal []byte, r *record) []byte {
	if literal != nil {
		return append(b, literal...)
	}
	switch p.derived {
	case fromID:
		return appendString(b, r.id)
	case fromCreated:
		return appendString(b, r.createdAt)
	case fromUpdated:
		return appendString(b, r.updatedAt)
	}
	return append(b, "null"...)
}

// appendInline appends the associations member of a record.
func (p *Portal) appendInline(b []byte, o *object, id string, inline []*object) []byte {
	first := true
	for _, to := range inline {
		d := direction{o, to}
		neighbours, next := p.links.page(d, id, "", associationPage)
		if len(neighbours) == 0 {
			continue
		}
		if first {
			b = append(b, `,"associations":{`...)
		} else {
			b = append(b, ',')
		}
		first = false
		b = appendString(b, p.inlineKey(to))
		b = append(b, `:{"results":`...)
		b = p.appendNamed(b, d, id, neighbours)
		b = appendPaging(b, next, "")
		b = append(b, '}')
	}
	if !first {
		b = append(b, '}')
	}
	return b
}

func (p *Portal) inlineKey(to *object) string {
	if to == lineItems && !p.options.UnderscoreKeys {
		return "line items"
	}
	return to.name
}

// appendPaging appends the paging member, where there is a next page.
func appendPaging(b []byte, next, link string) []byte {
	if next == "" {
		return b
	}
	b = append(b, `,"paging":{"next":{"after":`...)
	b = appendString(b, next)
	if link != "" {
		b = append(b, `,"link":`...)
		b = appendString(b, link)
	}
	return append(b, "}}"...)
}

// separated adds the comma before a further element.
func separated(b []byte) []byte {
	if len(b) > 0 {
		return append(b, ',')
	}
	return b
}

// batchReply is the answer of a batch ("Batch answers" of the specifications):
// with errors it is partial, see Options.Partial.
func (p *Portal) batchReply(c *call, results []byte, problems []*apiError, started time.Time) (reply, error) {
	return p.batchAnswer(c, http.StatusOK, results, problems, started)
}

// batchAnswer is a batchReply with another status for a batch without errors.
func (p *Portal) batchAnswer(c *call, status int, results []byte, problems []*apiError, started time.Time) (reply, error) {
	b := append([]byte(`{"status":"COMPLETE","results":[`), results...)
	b = append(b, ']')
	if len(problems) > 0 {
		list, err := json.Marshal(problems)
		if err != nil {
			return reply{}, err
		}
		count, err := json.Marshal(len(problems))
		if err != nil {
			return reply{}, err
		}
		b = append(append(b, `,"numErrors":`...), count...)
		b = append(append(b, `,"errors":`...), list...)
		if p.options.Partial == Partial207 || p.options.Partial == PartialByVersion && c.version != september {
			status = http.StatusMultiStatus
		}
	}
	b = append(b, `,"startedAt":"`...)
	b = started.UTC().AppendFormat(b, timestamp)
	b = append(b, `","completedAt":"`...)
	b = p.now().UTC().AppendFormat(b, timestamp)
	return reply{status, append(b, `"}`...)}, nil
}
