package hubspotsim

import (
	"fmt"
	"slices"
	"strings"
)

// The limits of object reads ("CRM objects" page).
const (
	defaultPage    = 10
	maxPage        = 100
	maxBatchInputs = 100
)

// list answers GET /crm/objects/{version}/{type}. Its after is the id of the
// next record.
func (p *Portal) list(c *call) (reply, error) {
	past := c.words("propertiesWithHistory")
	most := maxPage
	if len(past) > 0 {
		most = maxPageWithHistory
	}
	limit, err := p.limit(c, defaultPage, most)
	if err != nil {
		return reply{}, err
	}
	archived, _, err := c.flag("archived")
	if err != nil {
		return reply{}, err
	}
	inline, err := c.inline()
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	records := c.records(t, archived)
	if after := c.query.Get("after"); after != "" {
		if !digits(after) && find(records, after) == nil {
			return reply{}, invalid("Invalid value for query parameter after: %q", after)
		}
		records = records[from(records, after):]
	}
	next := ""
	if len(records) > limit {
		next = records[limit].id
		records = records[:limit]
	}
	s := p.choose(t, orDefault(c.words("properties"), c.object.defaults)).withHistory(past)
	b := append(make([]byte, 0, 64<<10), `{"results":[`...)
	for i, r := range records {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.appendRecord(b, s, c.object, r, inline)
	}
	b = appendPaging(append(b, ']'), next, c.link(next))
	return ok(append(b, '}'))
}

// get answers GET /crm/objects/{version}/{type}/{id}.
func (p *Portal) get(c *call) (reply, error) {
	archived, _, err := c.flag("archived")
	if err != nil {
		return reply{}, err
	}
	inline, err := c.inline()
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	r, err := c.lookup(t, c.query.Get("idProperty"), c.PathValue("id"), archived)
	if err != nil {
		return reply{}, err
	}
	if r == nil {
		return reply{}, errNotFound
	}
	s := p.choose(t, orDefault(c.words("properties"), c.object.defaults)).withHistory(c.words("propertiesWithHistory"))
	return ok(p.appendRecord(nil, s, c.object, r, inline))
}

// inline are the object types whose associations the query asks for.
func (c *call) inline() ([]*object, error) {
	var list []*object
	for _, name := range c.words("associations") {
		o, unknown := objectNamed(name)
		if unknown != nil {
			return nil, unknown
		}
		if !slices.Contains(list, o) {
			list = append(list, o)
		}
	}
	return list, nil
}

// batchRead answers POST /crm/objects/{version}/{type}/batch/read. Results
// come in the order of their ids, not of the inputs: HubSpot promises none.
func (p *Portal) batchRead(c *call) (reply, error) {
	started := p.now()
	archived, _, err := c.flag("archived")
	if err != nil {
		return reply{}, err
	}
	var in struct {
		Inputs []struct {
			ID text `json:"id"`
		} `json:"inputs"`
		Properties []string `json:"properties"`
		Past       []string `json:"propertiesWithHistory"`
		IDProperty string   `json:"idProperty"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := checkInputs(len(in.Inputs), in.Inputs == nil, maxBatchInputs); err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	var found []*record
	var missing []string
	for _, input := range in.Inputs {
		r, err := c.lookup(t, in.IDProperty, string(input.ID), archived)
		if err != nil {
			return reply{}, err
		}
		if r == nil {
			missing = append(missing, string(input.ID))
		} else {
			found = append(found, r)
		}
	}
	sortByID(found)
	s := p.choose(t, orDefault(in.Properties, c.object.defaults)).withHistory(in.Past)
	var results []byte
	for _, r := range slices.Compact(found) {
		results = p.appendRecord(separated(results), s, c.object, r, nil)
	}
	if p.options.SilentMissing {
		missing = nil
	}
	return p.batchReply(c, results, notFound(c.object, missing), started)
}

// notFound is the one error of a batch read for all ids it did not find.
func notFound(o *object, ids []string) []*apiError {
	if len(ids) == 0 {
		return nil
	}
	e := refusal(errNotFound.code, categoryNotFound, fmt.Sprintf(
		"Could not get some %s objects, they may be deleted or not exist. Check that ids are valid.", strings.ToUpper(o.singular)))
	e.Context = map[string][]string{"ids": ids}
	return []*apiError{e}
}
