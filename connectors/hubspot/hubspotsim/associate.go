package hubspotsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tieout/tieout/sandbox/control"
)

// A pairing is what a request says of two records.
type pairing struct {
	direction
	id, neighbour string
	types         []associationType
}

// joins has two records associated, beside the unlabelled type with the types of
// the pairing.
func (p *Portal) joins(j pairing) {
	s := p.begin(app())
	s.relate(j.direction, j.id, j.neighbour, j.types)
	s.logs("associate", j)
	s.commit()
}

// parts ends the types of a pairing, and all there is between its records where it
// names none. Where nothing is, nothing happens.
func (p *Portal) parts(j pairing) {
	if !p.links.has(j.direction, j.id, j.neighbour) {
		return
	}
	s := p.begin(app())
	s.unrelate(j.direction, j.id, j.neighbour, j.types)
	s.logs("dissociate", j)
	s.commit()
}

// logs has a pairing in the log of writes: under the first record's id, with the
// other and the type ids in its body.
func (s *session) logs(verb string, j pairing) {
	body := append([]byte(`{"to":`), appendString(nil, j.to.name+"/"+j.neighbour)...)
	body = append(body, `,"types":[`...)
	for i, t := range append([]associationType{j.typeOf()}, j.types...) {
		if i > 0 {
			body = append(body, ',')
		}
		body = strconv.AppendInt(body, int64(t.id), 10)
	}
	body = append(body, "]}"...)
	s.log = append(s.log, control.Write{At: s.at, Verb: verb, Object: j.from.name, ID: j.id, Body: body})
}

// joinable refuses a pairing that HubSpot does not have: of a type of the other
// direction or none, of records that do not exist, and a second invoice for a line
// item ("Line items" page: a line item belongs to one parent).
func (p *Portal) joinable(d direction, id, neighbour string, specs []associationSpec) (pairing, error) {
	j := pairing{direction: d, id: id, neighbour: neighbour}
	if _, listed := associationTypes[d]; !listed {
		return j, invalid("Objects of type %s cannot be associated with objects of type %s", d.from.typeID, d.to.typeID)
	}
	var err error
	if j.types, err = p.links.asked(d, specs); err != nil {
		return j, err
	}
	if err := p.exist(d, id, neighbour); err != nil {
		return j, err
	}
	if err := p.onlyParent(j); err != nil {
		return j, err
	}
	return j, p.pairEdit(j, true)
}

// exist refuses a pairing with a record that does not exist, as it was observed
// (HubSpot's Node client, issue 646).
func (p *Portal) exist(d direction, id, neighbour string) error {
	for _, side := range []struct {
		o  *object
		id string
	}{{d.from, id}, {d.to, neighbour}} {
		if err := p.stands(side.o, side.id); err != nil {
			return err
		}
	}
	return nil
}

// stands refuses one side of a pairing that does not exist.
func (p *Portal) stands(o *object, id string) error {
	if find(p.tables[o].live, id) != nil {
		return nil
	}
	e := invalid("One or more associations are invalid")
	name := strings.ToUpper(o.singular)
	e.Context = map[string][]string{"INVALID_OBJECT_IDS": {name + "=" + id + " is not valid"}, "objectId": {id}, "objectType": {name}}
	return e
}

// onlyParent refuses a second invoice for a part of one. The text is invented.
func (p *Portal) onlyParent(j pairing) error {
	part, id, invoice := j.from, j.id, j.neighbour
	if j.from == invoices {
		part, id, invoice = j.to, j.neighbour, j.id
	} else if j.to != invoices {
		return nil
	}
	others := p.links.of(direction{part, invoices}, id)
	if !slices.Contains(billedParts, part) || p.options.SharedLineItems || len(others) == 0 || slices.Contains(others, invoice) {
		return nil
	}
	return invalid("%s %s already belongs to invoice %s: it has one parent", label(part.singular), id, others[0])
}

// associateDefault answers PUT .../{id}/associations/default/{to}/{toId}.
func (p *Portal) associateDefault(c *call) (reply, error) {
	started := p.now()
	j, err := p.joinable(direction{c.object, c.to}, c.PathValue("id"), c.PathValue("toId"), nil)
	if err != nil {
		return reply{}, err
	}
	p.joins(j)
	return p.batchReply(c, appendBothWays(nil, j), nil, started)
}

// appendBothWays appends the unlabelled types of both directions of a pairing.
func appendBothWays(b []byte, j pairing) []byte {
	for _, way := range []pairing{j, {direction: j.reverse(), id: j.neighbour, neighbour: j.id}} {
		kind := way.typeOf()
		b = append(separated(b), `{"from":{"id":`...)
		b = appendString(b, way.id)
		b = append(b, `},"to":{"id":`...)
		b = appendString(b, way.neighbour)
		b = append(b, `},"associationSpec":{"associationCategory":"`...)
		b = append(b, kind.category...)
		b = append(b, `","associationTypeId":`...)
		b = strconv.AppendInt(b, int64(kind.id), 10)
		b = append(b, `}}`...)
	}
	return b
}

// associateTyped answers PUT .../{id}/associations/{to}/{toId}, whose body are
// the types. They come beside those that stand already.
func (p *Portal) associateTyped(c *call) (reply, error) {
	var specs []associationSpec
	if err := c.decode(&specs); err != nil {
		return reply{}, err
	}
	if len(specs) == 0 {
		return reply{}, invalid("Invalid input: at least one association type is required")
	}
	j, err := p.joinable(direction{c.object, c.to}, c.PathValue("id"), c.PathValue("toId"), specs)
	if err != nil {
		return reply{}, err
	}
	p.joins(j)
	return reply{http.StatusCreated, p.appendPair(nil, c.version, j)}, nil
}

// appendPair appends what stands between two records, with the labels in words.
func (p *Portal) appendPair(b []byte, version string, j pairing) []byte {
	b = append(b, `{"fromObjectTypeId":"`...)
	b = append(b, j.from.typeID...)
	b = append(b, `","fromObjectId":`...)
	b = p.appendID(b, version, j.id)
	b = append(b, `,"toObjectTypeId":"`...)
	b = append(b, j.to.typeID...)
	b = append(b, `","toObjectId":`...)
	b = p.appendID(b, version, j.neighbour)
	b = append(b, `,"labels":[`...)
	var labels []byte
	for _, t := range p.links.types(j.direction, j.id, j.neighbour) {
		if label := p.links.label(j.direction, t); label != "" {
			labels = appendString(separated(labels), label)
		}
	}
	return append(append(b, labels...), `]}`...)
}

// deleteAssociations answers DELETE .../{id}/associations/{to}/{toId}, which ends
// what there is and is no error where there is nothing.
func (p *Portal) deleteAssociations(c *call) (reply, error) {
	j := pairing{direction: direction{c.object, c.to}, id: c.PathValue("id"), neighbour: c.PathValue("toId")}
	if err := p.pairEdit(j, false); err != nil {
		return reply{}, err
	}
	p.parts(j)
	return reply{status: http.StatusNoContent}, nil
}
