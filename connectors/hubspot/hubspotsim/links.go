package hubspotsim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// links are the associations: by direction and record id, the ids of the
// neighbours. An association stands in both directions, whichever record of
// the dataset names it, and need not lead to a record that exists.
type links struct {
	neighbours map[direction]map[string][]string
	// labels are the types that stand between two records beside the unlabelled
	// one, which always does.
	labels map[direction]map[pair][]associationType
	// named are the labels of an account's own, which only a dataset can bring.
	named map[direction]map[associationType]string
}

// A pair is two record ids in the order of a direction.
type pair struct{ id, neighbour string }

func newLinks() links {
	return links{map[direction]map[string][]string{}, map[direction]map[pair][]associationType{}, map[direction]map[associationType]string{}}
}

// knows reports whether a type is one of the direction.
func (l links) knows(d direction, t associationType) bool {
	_, own := l.named[d][t]
	return own || t == d.typeOf() || t == primaries[d]
}

// label is the text of a type, empty for the unlabelled one.
func (l links) label(d direction, t associationType) string {
	if t == primaries[d] {
		return primaryLabel
	}
	return l.named[d][t]
}

// of are the neighbours of a record.
func (l links) of(d direction, id string) []string { return l.neighbours[d][id] }

// types are the types between two associated records, the unlabelled one first.
func (l links) types(d direction, id, neighbour string) []associationType {
	return append([]associationType{d.typeOf()}, l.labels[d][pair{id, neighbour}]...)
}

// standing are the types between two records, none where they are not associated.
func (l links) standing(d direction, id, neighbour string) []associationType {
	if !l.has(d, id, neighbour) {
		return nil
	}
	return l.types(d, id, neighbour)
}

// leads reports whether a record is a contact that has a primary company.
func (l links) leads(o *object, id string) bool {
	d := direction{contacts, companies}
	return o == contacts && slices.ContainsFunc(l.of(d, id), func(company string) bool { return slices.Contains(l.types(d, id, company), primaries[d]) })
}

// relate associates two records both ways, with labels beside the unlabelled
// type. The types are those of d that links.knows; the primary type stands in the
// other direction as well, and a contact's last primary company is not primary
// any more.
func (l links) relate(d direction, id, neighbour string, types []associationType) {
	l.join(d, id, neighbour)
	l.join(d.reverse(), neighbour, id)
	for _, t := range types {
		switch t {
		case d.typeOf():
		case primaries[d]:
			l.demote(d, id, neighbour)
			l.mark(d, id, neighbour, t)
			l.mark(d.reverse(), neighbour, id, primaries[d.reverse()])
		default:
			l.mark(d, id, neighbour, t)
		}
	}
}

// demote takes from a contact the company that is its primary one.
func (l links) demote(d direction, id, neighbour string) {
	contact, toCompany := id, d
	if d.from != contacts {
		contact, toCompany = neighbour, d.reverse()
	}
	for _, company := range l.of(toCompany, contact) {
		l.unmark(toCompany, contact, company, primaries[toCompany])
		l.unmark(toCompany.reverse(), company, contact, primaries[toCompany.reverse()])
	}
}

// unrelate ends the association of two records, with all its labels.
func (l links) unrelate(d direction, id, neighbour string) {
	l.part(d, id, neighbour)
	l.part(d.reverse(), neighbour, id)
}

// unlabel takes types away: the unlabelled one with all that is between the two
// records ("Associations" page), a label alone.
func (l links) unlabel(d direction, id, neighbour string, types []associationType) {
	for _, t := range types {
		switch t {
		case d.typeOf():
			l.unrelate(d, id, neighbour)
		case primaries[d]:
			l.unmark(d.reverse(), neighbour, id, primaries[d.reverse()])
			l.unmark(d, id, neighbour, t)
		default:
			l.unmark(d, id, neighbour, t)
		}
	}
}

func (l links) mark(d direction, id, neighbour string, t associationType) {
	if l.labels[d] == nil {
		l.labels[d] = map[pair][]associationType{}
	}
	between := pair{id, neighbour}
	if !slices.Contains(l.labels[d][between], t) {
		l.labels[d][between] = append(l.labels[d][between], t)
	}
}

func (l links) unmark(d direction, id, neighbour string, t associationType) {
	between := pair{id, neighbour}
	left := slices.DeleteFunc(l.labels[d][between], func(other associationType) bool { return other == t })
	if len(left) == 0 {
		delete(l.labels[d], between)
		return
	}
	l.labels[d][between] = left
}

// read adds the associations member of a dataset record: by object name, a
// list of ids, or what HubSpot itself answers (an object with results, whose
// entries have an id). Types the portal does not serve are passed over.
func (l links) read(o *object, id string, raw []byte) error {
	if len(raw) > 0 && !isObject(raw) && string(raw) != "null" {
		return fmt.Errorf("associations: %s is no object", raw)
	}
	for key, value := range members(raw) {
		to, unknown := objectNamed(strings.ReplaceAll(unquote(key), " ", "_"))
		if unknown != nil {
			continue
		}
		for entry := range elements(member(value, "results")) {
			neighbour, err := linkedID(entry)
			if err != nil || neighbour == "" {
				return fmt.Errorf("associations %s: %s names no record", key, entry)
			}
			d := direction{o, to}
			l.add(d, id, neighbour)
			l.add(d.reverse(), neighbour, id)
			if err := l.readTypes(d, id, neighbour, member(entry, "associationTypes")); err != nil {
				return fmt.Errorf("associations %s: %w", key, err)
			}
		}
	}
	return nil
}

// readTypes takes the labels that HubSpot's own answers have beside an id. Those
// of an account's own stand in the direction alone in which they are told.
func (l links) readTypes(d direction, id, neighbour string, raw []byte) error {
	if !isArray(raw) {
		return nil
	}
	var told []struct {
		Category string  `json:"category"`
		TypeID   int     `json:"typeId"`
		Label    *string `json:"label"`
	}
	if err := json.Unmarshal(raw, &told); err != nil {
		return fmt.Errorf("associationTypes: %w", err)
	}
	for _, t := range told {
		kind := associationType{t.Category, t.TypeID}
		switch {
		case kind == primaries[d]:
			l.mark(d.reverse(), neighbour, id, primaries[d.reverse()])
		case t.Label == nil:
			continue
		case l.named[d] == nil:
			l.named[d] = map[associationType]string{kind: *t.Label}
		default:
			l.named[d][kind] = *t.Label
		}
		l.mark(d, id, neighbour, kind)
	}
	return nil
}

// member is a member of an object; of anything else it is the thing itself.
func member(raw []byte, name string) []byte {
	if !isObject(raw) {
		return raw
	}
	for key, value := range members(raw) {
		if unquote(key) == name {
			return value
		}
	}
	return nil
}

func linkedID(entry []byte) (string, error) {
	for _, name := range []string{"id", "toObjectId"} {
		if value := member(entry, name); value != nil {
			return scalar(value)
		}
	}
	return "", nil
}

func (l links) add(d direction, id, neighbour string) {
	if l.neighbours[d] == nil {
		l.neighbours[d] = map[string][]string{}
	}
	l.neighbours[d][id] = append(l.neighbours[d][id], neighbour)
}

// settle sorts every list and drops what was named from both sides.
func (l links) settle() {
	for _, lists := range l.neighbours {
		for id, list := range lists {
			slices.SortFunc(list, compareIDs)
			lists[id] = slices.Compact(list)
		}
	}
}

// join adds a neighbour in its place.
func (l links) join(d direction, id, neighbour string) {
	at, found := slices.BinarySearchFunc(l.of(d, id), neighbour, compareIDs)
	if found {
		return
	}
	if l.neighbours[d] == nil {
		l.neighbours[d] = map[string][]string{}
	}
	l.neighbours[d][id] = slices.Insert(l.of(d, id), at, neighbour)
}

// part takes a neighbour away, with the labels between.
func (l links) part(d direction, id, neighbour string) {
	if at, found := slices.BinarySearchFunc(l.of(d, id), neighbour, compareIDs); found {
		l.neighbours[d][id] = slices.Delete(l.of(d, id), at, at+1)
		delete(l.labels[d], pair{id, neighbour})
	}
}

// drop takes all neighbours of a record away, both ways.
func (l links) drop(o *object, id string) {
	for d, lists := range l.neighbours {
		if d.from != o {
			continue
		}
		for _, neighbour := range slices.Clone(lists[id]) {
			l.unrelate(d, id, neighbour)
		}
		delete(lists, id)
	}
}

// has reports whether two records are associated.
func (l links) has(d direction, id, neighbour string) bool {
	_, found := slices.BinarySearchFunc(l.of(d, id), neighbour, compareIDs)
	return found
}

// page is the part of a record's neighbours that begins at after (empty: the
// first one), at most limit long, and where the next one begins.
func (l links) page(d direction, id, after string, limit int) (neighbours []string, next string) {
	list := l.of(d, id)
	if after != "" {
		at, _ := slices.BinarySearchFunc(list, after, compareIDs)
		list = list[at:]
	}
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], list[limit]
}
