package hubspotsim

import (
	"bytes"
	"iter"
	"maps"
	"slices"
	"strings"
)

// A table holds the records of one object type, sorted by id, and its
// properties by number and by name.
type table struct {
	object         *object
	live, archived []*record
	defined        []*property
	byName         map[string]*property
	shelved        map[string]*property // archived properties
	groups         []*group
	// exact has unique values of custom properties compared by case: see
	// Options.UniqueCase.
	exact bool
	// unique finds the id of the live record that holds a value of a unique
	// property: by property name, then by folded value.
	unique   map[string]map[string]string
	searched *index
	last     int64 // the last id that was given to a new record
	counter  int64 // the last number that was given to an invoice
	// past are the versions of what the portal has changed, oldest first: by id,
	// then by number of the property.
	past map[string]map[int][]version
}

func newTable(o *object) *table {
	t := &table{
		object: o, byName: map[string]*property{}, shelved: map[string]*property{}, unique: map[string]map[string]string{},
		past: map[string]map[int][]version{},
	}
	t.groups = []*group{{Name: o.group, Label: label(o.group)}}
	for _, p := range knownProperties(o) {
		t.define(p)
	}
	return t
}

// define adds a property.
func (t *table) define(p property) *property {
	p.number = len(t.defined)
	t.defined = append(t.defined, &p)
	t.byName[p.name] = &p
	return &p
}

// records are the archived records, or those that are not: no answer of
// HubSpot's mixes the two ("CRM objects" page, archived).
func (t *table) records(archived bool) []*record {
	if archived {
		return t.archived
	}
	return t.live
}

// from returns the position of the first record whose id is not before id.
func from(records []*record, id string) int {
	at, _ := slices.BinarySearchFunc(records, id, byID)
	return at
}

func byID(r *record, id string) int { return compareIDs(r.id, id) }

// find returns the record with an id, or nil.
func find(records []*record, id string) *record {
	if at, found := slices.BinarySearchFunc(records, id, byID); found {
		return records[at]
	}
	return nil
}

// set puts a record, live or archived, in the place of the one with its id; nil
// leaves none there.
func (t *table) set(id string, r *record) {
	at, alive := slices.BinarySearchFunc(t.live, id, byID)
	switch {
	case alive && r != nil && !r.archived:
		t.release(t.live[at])
		t.live[at] = r
		t.claim(r)
		return
	case alive:
		t.release(t.live[at])
		t.live = slices.Delete(t.live, at, at+1)
	}
	if at, found := slices.BinarySearchFunc(t.archived, id, byID); found {
		t.archived = slices.Delete(t.archived, at, at+1)
	}
	switch {
	case r == nil:
	case r.archived:
		t.archived = slices.Insert(t.archived, from(t.archived, id), r)
	default:
		t.live = slices.Insert(t.live, from(t.live, id), r)
		t.claim(r)
	}
}

// differences are the properties whose values two versions of a record do not
// share, each with the later value; nil is a record without any.
func (t *table) differences(was, is *record) iter.Seq2[*property, string] {
	return func(yield func(*property, string) bool) {
		if was == nil {
			was = &record{}
		}
		earlier := map[int][]byte{}
		for number, literal := range was.values() {
			earlier[number] = literal
		}
		for number, literal := range is.values() {
			old := earlier[number]
			delete(earlier, number)
			if bytes.Equal(old, literal) || old != nil && unquote(old) == unquote(literal) { // the same text, escaped otherwise
				continue
			}
			if !yield(t.defined[number], unquote(literal)) {
				return
			}
		}
		for _, number := range slices.Sorted(maps.Keys(earlier)) {
			if t.defined[number] != t.searched.change && !yield(t.defined[number], "") {
				return
			}
		}
	}
}

// lookup returns the record that idProperty identifies by value, or nil. An
// empty idProperty is the record id. A property that is not unique is refused.
func (t *table) lookup(idProperty, value string, archived bool) (*record, error) {
	if idProperty == "" || idProperty == "hs_object_id" {
		return find(t.records(archived), value), nil
	}
	ids, ok := t.unique[idProperty]
	switch {
	case t.byName[idProperty] == nil:
		return nil, unknownProperty(idProperty)
	case !ok:
		return nil, invalid("Property %q cannot be used as idProperty: it is not a unique identifier property", idProperty)
	case archived:
		return nil, nil // the values of archived records are free again
	}
	return find(t.live, ids[t.fold(idProperty, value)]), nil
}

// fold is the form in which unique values of a property are compared. HubSpot
// finds e-mail addresses in any case ("Search the CRM" page); for other properties
// the rule is not documented: see Options.UniqueCase.
func (t *table) fold(name, value string) string {
	if t.exact && name != "email" {
		return value
	}
	return strings.ToLower(strings.TrimSpace(value))
}

// index fills the unique properties from the live records. Where a dataset
// breaks uniqueness, the lowest id holds the value.
func (t *table) index(names []string) {
	for _, name := range names {
		p := t.byName[name]
		if p == nil {
			p = t.define(property{name: name, kind: kindString})
		}
		p.unique = true
		t.unique[name] = map[string]string{}
	}
	for _, r := range t.live {
		t.claim(r)
	}
}

// claims are the unique values of a record, by property. The further addresses
// of contacts are unique among all addresses ("Contacts" page).
func (t *table) claims(r *record) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for name := range t.unique {
			if value, _ := r.text(t.byName[name]); t.fold(name, value) != "" && !yield(name, value) {
				return
			}
		}
		if t.object != contacts {
			return
		}
		list, _ := r.text(t.byName["hs_additional_emails"])
		for value := range strings.SplitSeq(list, ";") {
			if t.fold("email", value) != "" && !yield("email", value) {
				return
			}
		}
	}
}

// claim has a record found by its unique values that no other holds.
func (t *table) claim(r *record) {
	for name, value := range t.claims(r) {
		if _, taken := t.unique[name][t.fold(name, value)]; !taken {
			t.unique[name][t.fold(name, value)] = r.id
		}
	}
}

// release gives the unique values of a record free.
func (t *table) release(r *record) {
	for name, value := range t.claims(r) {
		if t.unique[name][t.fold(name, value)] == r.id {
			delete(t.unique[name], t.fold(name, value))
		}
	}
}
