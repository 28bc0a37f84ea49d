package hubspotsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tieout/tieout/sandbox/control"
)

// An input is what is written to one record.
type input struct {
	ID           text            `json:"id"`
	IDProperty   string          `json:"idProperty"`
	Trace        string          `json:"objectWriteTraceId"`
	Properties   map[string]text `json:"properties"`
	Associations []association   `json:"associations"`

	raw json.RawMessage // as it was sent
}

// UnmarshalJSON keeps what was sent beside what it says.
func (in *input) UnmarshalJSON(raw []byte) error {
	type plain input
	in.raw = slices.Clone(raw)
	return json.Unmarshal(raw, (*plain)(in))
}

// wrote is a record as a write left it.
type wrote struct {
	*record
	trace string
	made  bool
}

// createOne answers POST /crm/objects/{version}/{type}.
func (p *Portal) createOne(c *call) (reply, error) {
	in, err := c.input()
	if err != nil {
		return reply{}, err
	}
	s := p.begin(app())
	r, err := s.create(p.tables[c.object], in)
	return s.end(c, http.StatusCreated, r, in, err)
}

// updateOne answers PATCH /crm/objects/{version}/{type}/{id}.
func (p *Portal) updateOne(c *call) (reply, error) {
	in, err := c.input()
	if err != nil {
		return reply{}, err
	}
	in.ID, in.IDProperty = text(c.PathValue("id")), c.query.Get("idProperty")
	s := p.begin(app())
	r, err := s.update(p.tables[c.object], in)
	return s.end(c, http.StatusOK, r, in, err)
}

// archiveOne answers DELETE /crm/objects/{version}/{type}/{id}: 204, also for what
// is archived already. What HubSpot says to an id that never was is not documented; it
// is taken for the same.
func (p *Portal) archiveOne(c *call) (reply, error) {
	s := p.begin(app())
	if err := s.remove(p.tables[c.object], c.PathValue("id"), nil); err != nil {
		s.cancel()
		return reply{}, err
	}
	s.commit()
	return reply{status: http.StatusNoContent}, nil
}

// input reads the body of a write to one record.
func (c *call) input() (*input, error) {
	in := &input{}
	return in, c.decode(in)
}

// end commits or cancels a session for one record, and answers with the record.
func (s *session) end(c *call, status int, w *wrote, in *input, err error) (reply, error) {
	if err != nil {
		s.cancel()
		return reply{}, err
	}
	s.commit()
	t := s.p.tables[c.object]
	return reply{status, s.p.appendWritten(nil, s.p.chooseWritten(t, in), t, w)}, nil
}

// create makes a record of an input.
func (s *session) create(t *table, in *input) (*wrote, error) {
	values, err := s.p.checked(t, nil, in.Properties)
	if err != nil {
		return nil, err
	}
	if err := required(t.object, values); err != nil {
		return nil, err
	}
	ties, err := s.tiesOf(t.object, in.Associations)
	if err != nil {
		return nil, err
	}
	switch t.object {
	case invoices:
		err = s.newInvoice(t, values)
	case lineItems:
		err = s.fromProduct(values)
	}
	if err == nil {
		err = s.partEdit(t, "", nil, ties)
	}
	if err != nil {
		return nil, err
	}
	r := s.blank(t)
	if r.properties, err = t.with(r, s.signed(values)); err != nil {
		return nil, err
	}
	if err := s.put(t, r); err != nil {
		return nil, err
	}
	for _, tie := range ties {
		s.relate(tie.direction, r.id, tie.neighbour, tie.types)
	}
	s.wrote("create", t, r.id, in)
	return &wrote{r, in.Trace, true}, nil
}

// update changes the record that an input names.
func (s *session) update(t *table, in *input) (*wrote, error) {
	r, err := t.lookup(in.IDProperty, string(in.ID), false)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errNotFound
	}
	return s.updated(t, r, in)
}

func (s *session) updated(t *table, r *record, in *input) (*wrote, error) {
	values, err := s.p.checked(t, r, in.Properties)
	if err != nil {
		return nil, err
	}
	if t.object == invoices {
		err = s.invoiceEdit(t, r, values)
	} else {
		err = s.partEdit(t, r.id, values, nil)
	}
	if err != nil {
		return nil, err
	}
	if err := s.edit(t, r, values); err != nil {
		return nil, err
	}
	s.wrote("update", t, r.id, in)
	return &wrote{find(t.live, r.id), in.Trace, false}, nil
}

// remove archives a record, with an invoice its line items; one that is gone
// already stays so.
func (s *session) remove(t *table, id string, in *input) error {
	r := find(t.live, id)
	if r == nil {
		return nil
	}
	var err error
	if t.object == invoices {
		err = s.removal(t, r)
	} else {
		err = s.partEdit(t, id, nil, nil)
	}
	if err != nil {
		return err
	}
	s.archive(t, r)
	s.wrote("archive", t, id, in)
	return nil
}

// wrote adds to the log of writes.
func (s *session) wrote(verb string, t *table, id string, in *input) {
	w := control.Write{At: s.at, Verb: verb, Object: t.object.name, ID: id}
	if in != nil {
		w.RequestID, w.Body = in.Trace, in.raw
	}
	s.log = append(s.log, w)
}

// signed adds to the values of a new record who made it ("Record source" knowledge
// base page; the values of records that private apps wrote).
func (s *session) signed(values map[string]string) map[string]string {
	all := map[string]string{"hs_object_source": s.by.Source, "hs_object_source_id": s.by.ID, "hs_object_source_label": s.by.Source}
	if s.by.Label != "" {
		all["hs_object_source_detail_1"] = s.by.Label
	}
	if s.by.User != 0 {
		all["hs_object_source_user_id"] = strconv.FormatInt(s.by.User, 10)
	}
	maps.Copy(all, values)
	return all
}

// required refuses a new record without the properties that it must have ("CRM
// objects" page, table of required properties; for products their own page says
// none). The words are those that users report for other objects.
func required(o *object, values map[string]string) error {
	var missing []string
	for _, alternatives := range requirements[o] {
		if !slices.ContainsFunc(alternatives, func(name string) bool { return values[name] != "" }) {
			missing = append(missing, alternatives...)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	e := invalid("Error creating %s. Some required properties were not set.", strings.ToUpper(o.singular))
	e.Context = map[string][]string{"properties": missing}
	e.Errors = []errorDetail{{Message: fmt.Sprintf("Required: %s", strings.Join(missing, ", ")), Code: "MISSING_REQUIRED_PROPERTY"}}
	return e
}

// requirements are, of each of several lists, one property that must be given.
var requirements = map[*object][][]string{
	invoices:  {{"hs_currency"}},
	companies: {{"name", "domain"}},
	products:  {{"name"}},
	payments:  {{"hs_initial_amount"}, {"hs_initiated_date"}},
}

// chooseWritten is what the answer to a write shows: the defaults, and what was
// written.
func (p *Portal) chooseWritten(t *table, inputs ...*input) *selection {
	names := slices.Clone(t.object.defaults)
	for _, in := range inputs {
		names = slices.AppendSeq(names, maps.Keys(in.Properties))
	}
	if t.object == invoices {
		names = append(names, "hs_invoice_status", "hs_number", "hs_amount_billed", "hs_balance_due")
	}
	return p.choose(t, names)
}

// appendWritten appends a record with what the answer to a write has beside it.
func (p *Portal) appendWritten(b []byte, s *selection, t *table, w *wrote) []byte {
	b = p.appendRecord(b, s, t.object, find(t.live, w.id), nil) // as the whole session left it
	if w.trace != "" {
		b = append(b[:len(b)-1], `,"objectWriteTraceId":`...)
		b = append(appendString(b, w.trace), '}')
	}
	return b
}
