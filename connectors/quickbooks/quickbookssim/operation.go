package quickbookssim

import (
	"encoding/json"

	"github.com/tieout/tieout/sandbox/control"
)

// A verb is what an operation does.
type verb string

const (
	verbCreate verb = "create"
	verbUpdate verb = "update"
	verbDelete verb = "delete"
	verbVoid   verb = "void"
)

// An operation is one write of the API, a request's or a batch item's.
type operation struct {
	verb           verb
	table          *table
	body           json.RawMessage // the entity as it was sent, without an envelope
	requestID      string          // as sent, for the log
	allowDuplicate bool            // of document numbers
}

// carryOut does an operation, or refuses it with a *fault and leaves the books as
// they were. It returns the entity as it is answered, without an envelope. A creation
// of what carries an Id, or of what there is one of, is an update.
func (c *Company) carryOut(o operation) (entity []byte, err error) {
	body, err := parseObject(o.body)
	if err != nil {
		return nil, malformed(err)
	}
	if o.verb == verbCreate && (body.text("Id") != "" || o.table.kind.class == singleton) {
		o.verb = verbUpdate
	}
	c.books.Lock()
	defer c.books.Unlock()
	p := c.newPosting(o)
	id, err := p.carryOut(body)
	if err != nil {
		return nil, err
	}
	if err := p.commit(); err != nil {
		return nil, err
	}
	if len(p.edits) > 0 {
		c.control.Wrote(control.Write{
			At: p.at, Verb: string(o.verb), Object: o.table.kind.name, ID: id, RequestID: o.requestID, Body: o.body,
		})
	}
	if r := o.table.byID[id]; r != nil {
		return r.raw, nil
	}
	return []byte(`{"domain":"QBO","status":"Deleted","Id":"` + id + `"}`), nil
}

// carryOut finds what the operation is about, checks that it may be changed and
// changes it. It returns its Id.
func (p *posting) carryOut(body *object) (id string, err error) {
	t := p.op.table
	if !t.kind.takes(p.op.verb) {
		return "", unsupportedVerb(t.kind, p.op.verb)
	}
	if err := parts[t.kind.name].check(body); err != nil {
		return "", err
	}
	if p.op.verb == verbCreate {
		return p.create(body)
	}
	before, err := p.current(body)
	if err != nil {
		return "", err
	}
	id = before.text("Id")
	switch p.op.verb {
	case verbDelete:
		return id, p.delete(before)
	case verbVoid:
		return id, p.void(before)
	}
	return id, p.update(before, body)
}

// current returns what a body names, in the version that it names.
func (p *posting) current(body *object) (*object, error) {
	id := body.text("Id")
	switch {
	case p.op.table.kind.class == singleton:
		id = p.op.table.rows[0].id
	case id == "":
		return nil, missing("Id")
	case !isNumber(id):
		return nil, invalidID(id)
	}
	before := p.find(p.op.table, id)
	switch {
	case before == nil:
		return nil, objectNotFound()
	case body.text("SyncToken") == "":
		return nil, missing("SyncToken")
	case body.text("SyncToken") != before.text("SyncToken"):
		return nil, faultOf("5010", "")
	}
	return before, nil
}
