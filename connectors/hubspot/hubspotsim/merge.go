package hubspotsim

import (
	"cmp"
	"slices"
	"strings"
)

// merge makes one record of two, under a new id unless Writing.KeepPrimaryID. The
// ids it had are in hs_merged_object_ids, and their records are archived; what the
// documents say of them is that they may vanish. A contact keeps both addresses,
// and one record has the associations of both.
func (s *session) merge(t *table, primary, other *record) (*record, error) {
	values, moved := t.mergedValues(primary, other)
	s.archive(t, other)
	r := s.blank(t)
	if s.p.options.Writing.KeepPrimaryID {
		same := *primary
		r = &same
	} else {
		s.archive(t, primary)
		r.createdAt, r.created, r.properties = primary.createdAt, primary.created, primary.properties
	}
	var err error
	if r.properties, err = t.with(r, values); err != nil {
		return nil, err
	}
	if err := s.put(t, r); err != nil {
		return nil, err
	}
	led := s.p.links.leads(t.object, primary.id)
	s.inherit(t.object, primary.id, r.id, false)
	s.inherit(t.object, other.id, r.id, led)
	s.merges = true
	s.tell(event{kind: merging, object: t.object, id: primary.id, merged: []string{primary.id, other.id}, newID: r.id, moved: moved})
	return r, nil
}

// maxIdentities is how many addresses a contact can be merged with ("Handling
// errors" page: 414 beyond).
const maxIdentities = 250

// addresses is how many addresses a contact has; companies have none.
func (t *table) addresses(r *record) int {
	n := 0
	for name := range t.claims(r) {
		n += toInt(name == "email")
	}
	return n
}

// further are the properties that have what else a record is known by, beside the one
// that names it.
var further = map[*object][2]string{contacts: {"email", "hs_additional_emails"}, companies: {"domain", "hs_additional_domains"}}

// mergedValues are what a primary record takes from another one: the values that it
// lacks, how many these are, and what tells of the merge.
func (t *table) mergedValues(primary, other *record) (values map[string]string, moved int) {
	values = map[string]string{"hs_object_id": ""} // of a dataset: a new record has its own
	for number, literal := range other.values() {
		p := t.defined[number]
		if p != t.searched.change && t.byName[p.name] == p && t.value(primary, p.name) == "" {
			values[p.name] = unquote(literal)
			moved++
		}
	}
	joined := func(name string, more ...string) string {
		return list(append([]string{t.value(primary, name), t.value(other, name)}, more...)...)
	}
	values["hs_merged_object_ids"] = joined("hs_merged_object_ids", primary.id, other.id)
	name, beside := further[t.object][0], further[t.object][1]
	is := cmp.Or(t.value(primary, name), t.value(other, name))
	kept := slices.DeleteFunc(strings.Split(joined(beside, t.value(other, name)), ";"), func(one string) bool { return t.fold(name, one) == t.fold(name, is) })
	values[beside] = strings.Join(kept, ";")
	return values, moved
}

// list joins lists that are separated by semicolons.
func list(parts ...string) string {
	var all []string
	for _, part := range parts {
		for one := range strings.SplitSeq(part, ";") {
			if one != "" && !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	return strings.Join(all, ";")
}

// inherit gives a record the associations of another one, with the labels of either
// direction. What was led, by a primary company of its own, is led by no second one.
func (s *session) inherit(o *object, from, to string, led bool) {
	if from == to {
		return
	}
	for _, other := range objects {
		d := direction{o, other}
		for _, neighbour := range s.p.links.of(d, from) {
			if other == o && neighbour == to {
				continue
			}
			there, back := s.p.links.types(d, from, neighbour), s.p.links.types(d.reverse(), neighbour, from)
			if led {
				there = slices.DeleteFunc(there, func(t associationType) bool { return t == primaries[d] })
			}
			back = slices.DeleteFunc(back, func(t associationType) bool { return t == primaries[d.reverse()] }) // comes with the other one
			s.relate(d, to, neighbour, there)
			s.relate(d.reverse(), neighbour, to, back)
		}
	}
}

// erase takes a record away for good, with its past.
func (s *session) erase(t *table, r *record) {
	s.touch(t, r.id)
	t.set(r.id, nil)
	delete(t.past, r.id)
	t.spend(r.id)
	s.tell(event{kind: privacyDeletion, object: t.object, id: r.id})
}
