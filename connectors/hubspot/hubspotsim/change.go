package hubspotsim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Create makes a record and returns its id, the next after all of its object. A
// property that the object does not have, and an e-mail address that another
// contact has, are refused as the API would; all else that only HubSpot itself
// writes may be written here. Who makes it is somebody at the screen unless by
// says another.
func (p *Portal) Create(object string, properties map[string]string, by ...Author) (id string, err error) {
	p.data.Lock()
	defer p.data.Unlock()
	t, err := p.table(object)
	if err != nil {
		return "", err
	}
	s := p.begin(person(by))
	r := s.blank(t)
	if r.properties, err = t.with(r, s.signed(properties)); err != nil {
		return "", err
	}
	if err := s.put(t, r); err != nil {
		return "", err
	}
	s.commit()
	return r.id, nil
}

// Update changes properties of a record, an empty value clears one, and with
// them when it was last changed. An edited line item changes its invoice where
// amounts follow, and with Options.LineBumpsInvoice always.
func (p *Portal) Update(object, id string, properties map[string]string, by ...Author) error {
	p.data.Lock()
	defer p.data.Unlock()
	t, r, err := p.existing(object, id)
	if err != nil {
		return err
	}
	s := p.begin(person(by))
	if err := s.edit(t, r, properties); err != nil {
		return err
	}
	s.commit()
	return nil
}

// Archive deletes a record as far as HubSpot does: it is in no list but that of
// archived records, not found by id, not searched, and associated with nothing.
func (p *Portal) Archive(object, id string, by ...Author) error {
	p.data.Lock()
	defer p.data.Unlock()
	t, r, err := p.existing(object, id)
	if err != nil {
		return err
	}
	s := p.begin(person(by))
	s.archive(t, r)
	s.commit()
	return nil
}

// Associate associates two records, both ways. Neither counts as changed but for
// what follows from it: amounts of an invoice, and details that it takes over.
func (p *Portal) Associate(object, id, with, withID string) error {
	return p.relate(object, id, with, withID, (*session).relate)
}

// Dissociate ends an association, both ways. Neither record counts as changed.
func (p *Portal) Dissociate(object, id, from, fromID string) error {
	return p.relate(object, id, from, fromID, (*session).unrelate)
}

func (p *Portal) relate(object, id, other, otherID string, do func(*session, direction, string, string, []associationType)) error {
	p.data.Lock()
	defer p.data.Unlock()
	a, _, err := p.existing(object, id)
	if err != nil {
		return err
	}
	b, _, err := p.existing(other, otherID)
	if err != nil {
		return err
	}
	s := p.begin(person(nil))
	do(s, direction{a.object, b.object}, id, otherID, nil)
	s.commit()
	return nil
}

func (p *Portal) table(object string) (*table, error) {
	o, unknown := objectNamed(object)
	if unknown != nil {
		return nil, unknown
	}
	return p.tables[o], nil
}

func (p *Portal) existing(object, id string) (*table, *record, error) {
	t, err := p.table(object)
	if err != nil {
		return nil, nil, err
	}
	r := find(t.live, id)
	if r == nil {
		return nil, nil, fmt.Errorf("%s %s: %w", object, id, errNotFound)
	}
	return t, r, nil
}

// blank is a record of the table that has no values yet, with the next id.
func (s *session) blank(t *table) *record {
	return &record{id: t.nextID(), createdAt: wire(s.at), updatedAt: wire(s.at), created: s.at.UnixMilli()}
}

// edit changes properties of a record, and with a line item its invoice, where
// that shows (Options.LineBumpsInvoice).
func (s *session) edit(t *table, r *record, properties map[string]string) error {
	changed := *r
	var err error
	if changed.properties, err = t.with(r, properties); err != nil {
		return err
	}
	if err := s.put(t, &changed); err != nil {
		return err
	}
	if t.object == lineItems && s.p.options.LineBumpsInvoice {
		return s.bumpInvoices(r.id)
	}
	return nil
}

// bumpInvoices changes nothing of a line's invoices but when they were changed.
func (s *session) bumpInvoices(line string) error {
	t := s.p.tables[invoices]
	for _, id := range s.p.links.of(direction{lineItems, invoices}, line) {
		if r := find(t.live, id); r != nil {
			if err := s.edit(t, r, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// nextID is an id after those of all records that the table ever had.
func (t *table) nextID() string {
	for _, records := range [][]*record{t.live, t.archived} {
		if len(records) > 0 {
			t.spend(records[len(records)-1].id)
		}
	}
	t.last++
	return strconv.FormatInt(t.last, 10)
}

// spend has no later record get an id.
func (t *table) spend(id string) {
	if n, err := strconv.ParseInt(id, 10, 64); err == nil {
		t.last = max(t.last, n)
	}
}

// with are the packed properties of a record with some of them changed. What
// the dataset said of its last change does not hold any more.
func (t *table) with(r *record, properties map[string]string) ([]byte, error) {
	changed := map[int][]byte{t.searched.change.number: nil}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		property := t.byName[name]
		if property == nil {
			return nil, unknownProperty(name)
		}
		changed[property.number] = appendString(nil, properties[name])
	}
	var b []byte
	for number, literal := range r.values() {
		if _, gone := changed[number]; !gone {
			b = packed(b, number, literal)
		}
	}
	for _, number := range slices.Sorted(maps.Keys(changed)) {
		if literal := changed[number]; len(literal) > len(`""`) {
			b = packed(b, number, literal)
		}
	}
	return b, nil
}

// admit refuses a record with a unique value of another one.
func (t *table) admit(r *record) *taken {
	for name, value := range t.claims(r) {
		if holder, is := t.unique[name][t.fold(name, value)]; is && holder != r.id {
			return &taken{t.object, name, value, holder}
		}
	}
	return nil
}

// wire writes an instant as HubSpot does.
func wire(at time.Time) string { return at.UTC().Format(timestamp) }
