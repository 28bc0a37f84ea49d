package hubspotsim

import (
	"slices"
	"strings"
)

// merge makes one record of two, under a new id unless Writing.KeepPrimaryID. The
// ids it had are in hs_merged_object_ids, and their records are archived; what the
// documents say of them is that they may vanish. A contact keeps both addresses,
// and one record has the associations of both.
func (s *session) merge(t *table, primary, other *record) (*record, error) {
	s.archive(t, other)
	r := s.blank(t)
	if s.p.options.Writing.KeepPrimaryID {
		same := *primary
		r = &same
	} else {
		s.archive(t, primary)
		r.createdAt, r.created = primary.createdAt, primary.created
	}
	values, moved := t.mergedValues(primary, other)
	var err error
	if r.properties, err = t.with(r, values); err != nil {
		return nil, err
	}
	if err := s.put(t, r); err != nil {
		return nil, err
	}
	for _, from := range []string{primary.id, other.id} {
		s.inherit(t.object, from, r.id)
	}
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

// mergedValues are the values of the primary record, what it lacks from the other
// one, and how many these are.
func (t *table) mergedValues(primary, other *record) (values map[string]string, moved int) {
	values = map[string]string{}
	for number, literal := range primary.values() {
		values[t.defined[number].name] = unquote(literal)
	}
	for number, literal := range other.values() {
		if p := t.defined[number]; values[p.name] == "" {
			values[p.name] = unquote(literal)
			moved++
		}
	}
	text := func(r *record, name string) string {
		value, _ := r.text(t.byName[name])
		return value
	}
	values["hs_merged_object_ids"] = list(text(primary, "hs_merged_object_ids"), text(other, "hs_merged_object_ids"), primary.id, other.id)
	if t.object == contacts {
		further := list(text(primary, "hs_additional_emails"), text(other, "hs_additional_emails"), text(other, "email"))
		kept := slices.DeleteFunc(strings.Split(further, ";"), func(one string) bool { return one == values["email"] })
		values["hs_additional_emails"] = strings.Join(kept, ";")
	}
	if t.object == companies {
		values["hs_additional_domains"] = list(text(primary, "hs_additional_domains"), text(other, "hs_additional_domains"), text(other, "domain"))
	}
	delete(values, "hs_object_id")
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

// inherit gives a record the associations of another one.
func (s *session) inherit(o *object, from, to string) {
	if from == to {
		return
	}
	for _, other := range objects {
		d := direction{o, other}
		for _, neighbour := range s.p.links.of(d, from) {
			if other != o || neighbour != to {
				s.relate(d, to, neighbour, s.p.links.types(d, from, neighbour))
			}
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
