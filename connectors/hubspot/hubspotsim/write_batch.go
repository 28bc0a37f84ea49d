package hubspotsim

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// batchCreate answers POST /crm/objects/{version}/{type}/batch/create.
func (p *Portal) batchCreate(c *call) (reply, error) {
	return p.batchWrite(c, http.StatusCreated, true, (*session).create)
}

// batchUpdate answers POST /crm/objects/{version}/{type}/batch/update.
func (p *Portal) batchUpdate(c *call) (reply, error) {
	return p.batchWrite(c, http.StatusOK, !p.options.Writing.TracedCreateOnly, (*session).update)
}

// batchUpsert answers POST /crm/objects/{version}/{type}/batch/upsert. One that
// identifies contacts by e-mail has no partial success (Options.Writing).
func (p *Portal) batchUpsert(c *call) (reply, error) {
	return p.batchWrite(c, http.StatusOK, !p.options.Writing.TracedCreateOnly, (*session).upsert)
}

// A batch is the body of a batch write.
type batch struct {
	Inputs []*input `json:"inputs"`
}

// batchWrite does a batch: as a whole, or, where partial success is offered and
// every input has a trace id of its own, each input by itself ("Handling errors"
// and "CRM objects" pages).
func (p *Portal) batchWrite(c *call, status int, partial bool, do func(*session, *table, *input) (*wrote, error)) (reply, error) {
	started := p.now()
	in, err := c.batch()
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	creates := status == http.StatusCreated
	if err := p.checkBatch(t, in.Inputs, creates); err != nil {
		return reply{}, err
	}
	var done []*wrote
	var problems []*apiError
	if partial && in.traced() {
		done, problems, err = p.eachByItself(t, in.Inputs, do)
	} else {
		done, err = p.allTogether(t, in.Inputs, do)
	}
	if err != nil {
		return reply{}, err
	}
	slices.SortStableFunc(done, func(a, b *wrote) int { return compareIDs(a.id, b.id) })
	s := p.chooseWritten(t, in.Inputs...)
	var results []byte
	for _, w := range done {
		results = p.appendWritten(separated(results), s, t, w)
		if strings.HasSuffix(c.URL.Path, "/upsert") {
			results = append(results[:len(results)-1], `,"new":`...)
			results = append(results, map[bool]string{true: "true}", false: "false}"}[w.made]...)
		}
	}
	return p.batchAnswer(c, status, results, problems, started)
}

func (c *call) batch() (*batch, error) {
	in := &batch{}
	if err := c.decode(in); err != nil {
		return nil, err
	}
	if slices.Contains(in.Inputs, nil) {
		return nil, invalid("Invalid input: an input is null")
	}
	return in, checkInputs(len(in.Inputs), in.Inputs == nil, maxBatchInputs)
}

// traced reports whether every input has a trace id that no other has.
func (b *batch) traced() bool {
	seen := map[string]bool{}
	for _, in := range b.Inputs {
		if in.Trace == "" || seen[in.Trace] {
			return false
		}
		seen[in.Trace] = true
	}
	return len(seen) > 0 && !slices.ContainsFunc(b.Inputs, func(in *input) bool { return in.IDProperty == "email" })
}

// checkBatch refuses an id that stands twice among updates, see Writing.TakeTwice.
func (p *Portal) checkBatch(t *table, inputs []*input, creates bool) error {
	if creates || p.options.Writing.TakeTwice {
		return nil
	}
	seen := map[[2]string]bool{}
	for _, in := range inputs {
		key := [2]string{in.IDProperty, t.fold(in.IDProperty, string(in.ID))}
		if seen[key] {
			return invalid("Duplicate IDs found in batch input: [%s]. IDs must be unique", in.ID)
		}
		seen[key] = true
	}
	return nil
}

func (p *Portal) allTogether(t *table, inputs []*input, do func(*session, *table, *input) (*wrote, error)) ([]*wrote, error) {
	var done []*wrote
	s := p.begin(app())
	for _, in := range inputs {
		w, err := do(s, t, in)
		if err != nil {
			s.cancel()
			return nil, err
		}
		done = append(done, w)
	}
	s.commit()
	return done, nil
}

func (p *Portal) eachByItself(t *table, inputs []*input, do func(*session, *table, *input) (*wrote, error)) (done []*wrote, problems []*apiError, err error) {
	for _, in := range inputs {
		w, err := p.allTogether(t, []*input{in}, do)
		var refused *apiError
		switch {
		case errors.As(err, &refused):
			e := *refused
			e.Context = map[string][]string{"objectWriteTraceId": {in.Trace}}
			maps.Copy(e.Context, refused.Context)
			problems = append(problems, &e)
		case err != nil:
			return nil, nil, err
		default:
			done = append(done, w...)
		}
	}
	return done, problems, nil
}

// upsert changes the record that has a unique value, or makes one. With e-mail see
// Writing.EmailUpsertReplaces.
func (s *session) upsert(t *table, in *input) (*wrote, error) {
	if string(in.ID) == "" {
		return nil, invalid("Invalid input: an input has no id")
	}
	r, err := t.lookup(in.IDProperty, string(in.ID), false)
	if err != nil {
		return nil, err
	}
	byID := in.IDProperty == "" || in.IDProperty == "hs_object_id"
	switch {
	case r == nil && byID:
		return nil, errNotFound
	case r == nil:
		made := *in
		made.Properties = maps.Clone(in.Properties)
		if made.Properties == nil {
			made.Properties = map[string]text{}
		}
		if made.Properties[in.IDProperty] == "" {
			made.Properties[in.IDProperty] = in.ID
		}
		return s.create(t, &made)
	case in.IDProperty == "email" && s.p.options.Writing.EmailUpsertReplaces:
		return s.updated(t, r, t.replacing(r, in))
	}
	return s.updated(t, r, in)
}

// replacing is an input that also clears what the record has and it leaves out.
func (t *table) replacing(r *record, in *input) *input {
	whole := *in
	whole.Properties = map[string]text{}
	for number := range r.values() {
		if p := t.defined[number]; t.byName[p.name] == p && !p.readOnly && p.name != "email" {
			whole.Properties[p.name] = ""
		}
	}
	maps.Copy(whole.Properties, in.Properties)
	return &whole
}

// batchArchive answers POST /crm/objects/{version}/{type}/batch/archive: 204, also
// for what is archived already.
func (p *Portal) batchArchive(c *call) (reply, error) {
	in, err := c.batch()
	if err != nil {
		return reply{}, err
	}
	s := p.begin(app())
	for _, one := range in.Inputs {
		if err := s.remove(p.tables[c.object], string(one.ID), one); err != nil {
			s.cancel()
			return reply{}, err
		}
	}
	s.commit()
	return reply{status: http.StatusNoContent}, nil
}

// mergers are the objects that can be merged.
var mergers = []*object{contacts, companies}

// merge answers POST /crm/objects/{version}/{type}/merge ("CRM objects" page): the
// primary record's values win, the other's fill what it lacks.
func (p *Portal) merge(c *call) (reply, error) {
	if !slices.Contains(mergers, c.object) {
		return reply{}, errNotFound
	}
	var in struct {
		Primary text `json:"primaryObjectId"`
		Other   text `json:"objectIdToMerge"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	primary, other := find(t.live, string(in.Primary)), find(t.live, string(in.Other))
	switch {
	case primary == nil || other == nil:
		return reply{}, errNotFound
	case primary == other:
		return reply{}, invalid("A record cannot be merged with itself: %s", in.Other)
	}
	if t.addresses(primary)+t.addresses(other) > maxIdentities {
		return reply{}, errTooLong
	}
	s := p.begin(app())
	r, err := s.merge(t, primary, other)
	if err == nil {
		s.wrote("merge", t, r.id, &input{raw: c.content})
	}
	return s.end(c, http.StatusOK, &wrote{record: r}, &input{}, err)
}

// gdprDelete answers POST /crm/objects/{version}/contacts/gdpr-delete: the contact
// is gone, from the archived ones too.
func (p *Portal) gdprDelete(c *call) (reply, error) {
	if c.object != contacts {
		return reply{}, errNotFound
	}
	var in struct {
		ID         text   `json:"objectId"`
		IDProperty string `json:"idProperty"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	t := p.tables[contacts]
	r, err := t.lookup(in.IDProperty, string(in.ID), false)
	if err != nil {
		return reply{}, err
	}
	if r == nil && in.IDProperty == "" {
		r = find(t.archived, string(in.ID))
	}
	if r == nil {
		return reply{}, errNotFound
	}
	s := p.begin(app())
	s.erase(t, r)
	s.wrote("delete", t, r.id, &input{raw: json.RawMessage(c.content)})
	s.commit()
	return reply{status: http.StatusNoContent}, nil
}
