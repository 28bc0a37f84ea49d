package hubspotsim

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// The limits of association reads ("Associations" page).
const (
	maxAssociationInputs = 1000
	associationPage      = 500 // neighbours of one record in one answer
)

// batchAssociations answers POST /crm/v4/associations/{from}/{to}/batch/read
// and its dated forms ("Associations" page). A record with more than 500
// neighbours is paged by itself: its next page is asked for with its id and
// the after of its paging.
func (p *Portal) batchAssociations(c *call) (reply, error) {
	started := p.now()
	var in struct {
		Inputs []struct {
			ID    text `json:"id"`
			After text `json:"after"`
		} `json:"inputs"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := checkInputs(len(in.Inputs), in.Inputs == nil, maxAssociationInputs); err != nil {
		return reply{}, err
	}
	var results []byte
	var problems []*apiError
	d := direction{c.object, c.to}
	for _, input := range in.Inputs {
		id := string(input.ID)
		neighbours, next := p.links.page(d, id, string(input.After), associationPage)
		if len(neighbours) == 0 {
			if p.options.ReportNoAssociations {
				problems = append(problems, noAssociations(d, id))
			}
			continue
		}
		results = separated(results)
		results = append(results, `{"from":{"id":`...)
		results = appendString(results, id)
		results = append(results, `},"to":`...)
		results = p.appendNeighbours(results, d, id, c.version, neighbours)
		results = appendPaging(results, next, c.link(next))
		results = append(results, '}')
	}
	return p.batchReply(c, results, problems, started)
}

// noAssociations is the error of a batch read for a record without neighbours.
func noAssociations(d direction, id string) *apiError {
	e := refusal(http.StatusNotFound, categoryNotFound, "No "+d.name()+" associations were found for "+id)
	e.SubCategory = "crm.associations.NO_ASSOCIATIONS_FOUND"
	e.Context = map[string][]string{"fromObjectId": {id}}
	return e
}

// listAssociations answers GET /crm/v4/objects/{type}/{id}/associations/{to}
// and its 2026-03 form (associations v4 specification: limit 500 by default
// and at most), and that of v3, which names the types in words.
func (p *Portal) listAssociations(c *call) (reply, error) {
	limit, err := p.limit(c, associationPage, associationPage)
	if err != nil {
		return reply{}, err
	}
	id := c.PathValue("id")
	if find(p.tables[c.object].live, id) == nil {
		return reply{}, errNotFound
	}
	d := direction{c.object, c.to}
	neighbours, next := p.links.page(d, id, c.query.Get("after"), limit)
	b := []byte(`{"results":`)
	if c.version == v3 || p.options.LegacyAssociationList && c.version != v4 {
		b = p.appendNamed(b, d, id, neighbours)
	} else {
		b = p.appendNeighbours(b, d, id, c.version, neighbours)
	}
	b = appendPaging(b, next, c.link(next))
	return ok(append(b, '}'))
}

// appendNeighbours appends neighbours of a record in the shape of v4.
func (p *Portal) appendNeighbours(b []byte, d direction, id, version string, neighbours []string) []byte {
	labels, unlabelled := p.links.labels[d], p.appendTypes(nil, d, []associationType{d.typeOf()})
	b = append(b, '[')
	for i, neighbour := range neighbours {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"toObjectId":`...)
		b = p.appendID(b, version, neighbour)
		b = append(b, `,"associationTypes":`...)
		if len(labels) > 0 { // of few types
			b = p.appendTypes(b, d, p.links.types(d, id, neighbour))
		} else {
			b = append(b, unlabelled...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendTypes appends types of a direction with their labels, null for none.
func (p *Portal) appendTypes(b []byte, d direction, types []associationType) []byte {
	b = append(b, '[')
	for i, t := range types {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"category":"`...)
		b = append(b, t.category...)
		b = append(b, `","typeId":`...)
		b = strconv.AppendInt(b, int64(t.id), 10)
		if label := p.links.label(d, t); label != "" {
			b = appendString(append(b, `,"label":`...), label)
		} else {
			b = append(b, `,"label":null`...)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendID appends an id in the form of Options.ToObjectID.
func (p *Portal) appendID(b []byte, version, id string) []byte {
	number := p.options.ToObjectID == IDNumber || p.options.ToObjectID == IDByVersion && version == v4
	if number && digits(id) {
		return append(b, id...)
	}
	return appendString(b, id)
}

// appendNamed appends neighbours of a record with the type in words: once each, or
// once for every type (Options.InlineLabels).
func (p *Portal) appendNamed(b []byte, d direction, id string, neighbours []string) []byte {
	b = append(b, '[')
	for i, neighbour := range neighbours {
		if i > 0 {
			b = append(b, ',')
		}
		if _, labelled := primaries[d]; !labelled || !p.options.InlineLabels {
			b = appendNamedOne(b, neighbour, d.name())
			continue
		}
		if slices.Contains(p.links.types(d, id, neighbour), primaries[d]) {
			b = append(appendNamedOne(b, neighbour, d.name()), ',')
		}
		b = appendNamedOne(b, neighbour, d.name()+"_unlabeled")
	}
	return append(b, ']')
}

func appendNamedOne(b []byte, id, name string) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, id)
	b = append(b, `,"type":"`...)
	b = append(b, name...)
	return append(b, `"}`...)
}

// listLabels answers GET /crm/v4/associations/{from}/{to}/labels: the types that
// there are in one direction, the unlabelled one first.
func (p *Portal) listLabels(c *call) (reply, error) {
	d := direction{c.object, c.to}
	types := []associationType{}
	if _, listed := associationTypes[d]; listed {
		types = append(types, d.typeOf())
	}
	if primary, labelled := primaries[d]; labelled {
		types = append(types, primary)
	}
	own := slices.Collect(maps.Keys(p.links.named[d]))
	slices.SortFunc(own, func(a, b associationType) int {
		return cmp.Or(strings.Compare(a.category, b.category), cmp.Compare(a.id, b.id))
	})
	return ok(append(p.appendTypes([]byte(`{"results":`), d, append(types, own...)), '}'))
}
