package hubspotsim

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"
)

// A propertyBatch is the body of a batch of the properties API. How many inputs it
// may have is not told; the limit of object batches is assumed.
type propertyBatch[T any] struct {
	Archived bool `json:"archived"`
	Inputs   []T  `json:"inputs"`
}

// A propertyRef names a property in a batch.
type propertyRef struct {
	Name string `json:"name"`
}

// propertyInputs reads a batch.
func propertyInputs[T any](c *call) (in propertyBatch[T], err error) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	return in, checkInputs(len(in.Inputs), in.Inputs == nil, maxBatchInputs)
}

// batchReadProperties answers POST /crm/properties/{version}/{type}/batch/read.
func (p *Portal) batchReadProperties(c *call) (reply, error) {
	started := p.now()
	in, err := propertyInputs[propertyRef](c)
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	var results []byte
	var problems []*apiError
	for _, input := range in.Inputs {
		property := t.properties(in.Archived)[input.Name]
		if property == nil {
			e := refusal(http.StatusNotFound, categoryNotFound, "resource not found")
			e.Context = map[string][]string{"name": {input.Name}}
			problems = append(problems, e)
			continue
		}
		if results, err = appendDefinition(results, define(t.object, property)); err != nil {
			return reply{}, err
		}
	}
	return p.propertyReply(c, http.StatusOK, results, problems, started)
}

// propertyReply is the answer of a batch of properties: 207 with errors in 2026-09 too
// (specification).
func (p *Portal) propertyReply(c *call, status int, results []byte, problems []*apiError, started time.Time) (reply, error) {
	got, err := p.batchAnswer(c, status, results, problems, started)
	if len(problems) > 0 && p.options.Partial == PartialByVersion {
		got.status = http.StatusMultiStatus
	}
	return got, err
}

func appendDefinition(b []byte, d definition) ([]byte, error) {
	raw, err := json.Marshal(d)
	return append(separated(b), raw...), err
}

// batchCreateProperties answers POST .../batch/create: 201, or 207 with what was
// refused among the errors.
func (p *Portal) batchCreateProperties(c *call) (reply, error) {
	started := p.now()
	in, err := propertyInputs[json.RawMessage](c)
	if err != nil {
		return reply{}, err
	}
	var results []byte
	var problems []*apiError
	for _, raw := range in.Inputs {
		d := newDefinition()
		if err := decode(raw, &d); err != nil {
			return reply{}, err
		}
		var refused *apiError
		if err := p.makeProperty(c, &d); errors.As(err, &refused) {
			e := *refused
			e.Context = map[string][]string{"name": {d.Name}}
			problems = append(problems, &e)
			continue
		}
		if results, err = appendDefinition(results, d); err != nil {
			return reply{}, err
		}
	}
	return p.propertyReply(c, http.StatusCreated, results, problems, started)
}

// batchArchiveProperties answers POST .../batch/archive: 204, whatever the properties
// were before ("Archive a batch of properties" page). The first that cannot be archived
// ends it.
func (p *Portal) batchArchiveProperties(c *call) (reply, error) {
	in, err := propertyInputs[propertyRef](c)
	if err != nil {
		return reply{}, err
	}
	for _, input := range in.Inputs {
		if err := p.shelve(c, input.Name); err != nil {
			return reply{}, err
		}
	}
	return reply{status: http.StatusNoContent}, nil
}
