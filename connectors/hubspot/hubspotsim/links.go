package hubspotsim

import (
	"fmt"
	"slices"
	"strings"
)

// A direction is an ordered pair of object types.
type direction struct{ from, to *object }

// links are the associations: by direction and record id, the ids of the
// neighbours. An association stands in both directions, whichever record of
// the dataset names it, and need not lead to a record that exists.
type links map[direction]map[string][]string

// An associationType is the unlabelled type of a direction.
type associationType struct {
	category string
	id       int
}

// associationTypes are HubSpot's own types ("Associations" page, tables of
// type ids). Its primary types (1, 2) are labels that a dataset cannot tell.
var associationTypes = map[direction]int{
	{invoices, contacts}: 177, {contacts, invoices}: 178,
	{invoices, companies}: 179, {companies, invoices}: 180,
	{invoices, lineItems}: 409, {lineItems, invoices}: 410,
	{invoices, discounts}: 411, {discounts, invoices}: 412,
	{invoices, fees}: 413, {fees, invoices}: 414,
	{invoices, taxes}: 415, {taxes, invoices}: 416,
	{invoices, payments}: 541, {payments, invoices}: 542,
	{contacts, companies}: 279, {companies, contacts}: 280,
}

// typeOf is the association type of a direction. Between two types for which
// the page lists none it is what an account's own first type would be.
func (d direction) typeOf() associationType {
	if id, ok := associationTypes[d]; ok {
		return associationType{"HUBSPOT_DEFINED", id}
	}
	return associationType{"USER_DEFINED", 1}
}

// name is the type in words, as inline associations have it ("Invoices" page:
// invoice_to_line_item).
func (d direction) name() string { return d.from.singular + "_to_" + d.to.singular }

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
			l.add(direction{o, to}, id, neighbour)
			l.add(direction{to, o}, neighbour, id)
		}
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
	if l[d] == nil {
		l[d] = map[string][]string{}
	}
	l[d][id] = append(l[d][id], neighbour)
}

// settle sorts every list and drops what was named from both sides.
func (l links) settle() {
	for _, lists := range l {
		for id, list := range lists {
			slices.SortFunc(list, compareIDs)
			lists[id] = slices.Compact(list)
		}
	}
}

// join adds a neighbour in its place.
func (l links) join(d direction, id, neighbour string) {
	at, found := slices.BinarySearchFunc(l[d][id], neighbour, compareIDs)
	if found {
		return
	}
	if l[d] == nil {
		l[d] = map[string][]string{}
	}
	l[d][id] = slices.Insert(l[d][id], at, neighbour)
}

// part takes a neighbour away.
func (l links) part(d direction, id, neighbour string) {
	if at, found := slices.BinarySearchFunc(l[d][id], neighbour, compareIDs); found {
		l[d][id] = slices.Delete(l[d][id], at, at+1)
	}
}

// drop takes all neighbours of a record away, both ways.
func (l links) drop(o *object, id string) {
	for d, lists := range l {
		if d.from != o {
			continue
		}
		for _, neighbour := range lists[id] {
			l.part(direction{d.to, o}, neighbour, id)
		}
		delete(lists, id)
	}
}

// has reports whether two records are associated.
func (l links) has(d direction, id, neighbour string) bool {
	_, found := slices.BinarySearchFunc(l[d][id], neighbour, compareIDs)
	return found
}

// page is the part of a record's neighbours that begins at after (empty: the
// first one), at most limit long, and where the next one begins.
func (l links) page(d direction, id, after string, limit int) (neighbours []string, next string) {
	list := l[d][id]
	if after != "" {
		at, _ := slices.BinarySearchFunc(list, after, compareIDs)
		list = list[at:]
	}
	if len(list) <= limit {
		return list, ""
	}
	return list[:limit], list[limit]
}
