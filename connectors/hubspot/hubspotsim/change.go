package hubspotsim

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Create makes a record and returns its id, the next after all of its object. A
// property that the object does not have, and an e-mail address that another
// contact has, are refused as the API would.
func (p *Portal) Create(object string, properties map[string]string) (id string, err error) {
	p.data.Lock()
	defer p.data.Unlock()
	t, err := p.table(object)
	if err != nil {
		return "", err
	}
	at := p.now()
	r := &record{id: t.nextID(), createdAt: wire(at), updatedAt: wire(at), created: at.UnixMilli()}
	if r.properties, err = t.with(r, properties); err != nil {
		return "", err
	}
	if err := t.admit(r); err != nil {
		return "", err
	}
	t.live = slices.Insert(t.live, from(t.live, r.id), r)
	p.written(t, r, at)
	return r.id, nil
}

// Update changes properties of a record, an empty value clears one, and with
// them when it was last changed. An edited line item changes its invoice only
// with Options.LineBumpsInvoice.
func (p *Portal) Update(object, id string, properties map[string]string) error {
	p.data.Lock()
	defer p.data.Unlock()
	t, r, err := p.existing(object, id)
	if err != nil {
		return err
	}
	changed := *r
	if changed.properties, err = t.with(r, properties); err != nil {
		return err
	}
	if err := t.admit(&changed); err != nil {
		return err
	}
	p.replace(t, &changed)
	if t.object == lineItems && p.options.LineBumpsInvoice {
		p.touchInvoices(id)
	}
	return nil
}

// Archive deletes a record as far as HubSpot does: it is in no list but that of
// archived records, not found by id, not searched, and associated with nothing.
func (p *Portal) Archive(object, id string) error {
	p.data.Lock()
	defer p.data.Unlock()
	t, r, err := p.existing(object, id)
	if err != nil {
		return err
	}
	archived := *r
	archived.archived = true
	archived.further += `,"archivedAt":"` + wire(p.now()) + `"`
	t.live = slices.Delete(t.live, from(t.live, id), from(t.live, id)+1)
	t.archived = slices.Insert(t.archived, from(t.archived, id), &archived)
	t.release(r)
	t.searched.drop(id)
	p.links.drop(t.object, id)
	return nil
}

// Associate associates two records, both ways. Neither counts as changed.
func (p *Portal) Associate(object, id, with, withID string) error {
	return p.relate(object, id, with, withID, func(l links, d direction) { l.relate(d, id, withID, nil) })
}

// Dissociate ends an association, both ways. Neither record counts as changed.
func (p *Portal) Dissociate(object, id, from, fromID string) error {
	return p.relate(object, id, from, fromID, func(l links, d direction) { l.unrelate(d, id, fromID) })
}

func (p *Portal) relate(object, id, other, otherID string, do func(links, direction)) error {
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
	do(p.links, direction{a.object, b.object})
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

// replace puts a new version of a record in the place of the old one.
func (p *Portal) replace(t *table, r *record) {
	at := p.now()
	r.updatedAt = wire(at)
	place := from(t.live, r.id)
	t.release(t.live[place])
	t.live[place] = r
	p.written(t, r, at)
}

// written has a version found by its unique values, and by the search in time.
func (p *Portal) written(t *table, r *record, at time.Time) {
	t.claim(r)
	seen := at
	if p.options.IndexLag != nil {
		seen = at.Add(p.options.IndexLag(at))
	}
	t.searched.write(r, seen, at)
}

// touchInvoices changes nothing of a line's invoices but when they were changed.
func (p *Portal) touchInvoices(line string) {
	t := p.tables[invoices]
	for _, id := range p.links.of(direction{lineItems, invoices}, line) {
		if r := find(t.live, id); r != nil {
			touched := *r
			touched.properties, _ = t.with(r, nil) // no property, so none that is unknown
			p.replace(t, &touched)
		}
	}
}

// nextID is an id after those of all records that the table ever had.
func (t *table) nextID() string {
	last := int64(0)
	for _, records := range [][]*record{t.live, t.archived} {
		if len(records) > 0 {
			if n, err := strconv.ParseInt(records[len(records)-1].id, 10, 64); err == nil {
				last = max(last, n)
			}
		}
	}
	return strconv.FormatInt(last+1, 10)
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

// admit refuses a record with a unique value of another one ("Contacts" page:
// e-mail addresses; the message is the long-standing one).
func (t *table) admit(r *record) error {
	for name, value := range t.claims(r) {
		if holder, taken := t.unique[name][fold(value)]; taken && holder != r.id {
			return refusal(http.StatusConflict, "CONFLICT", fmt.Sprintf("%s already exists. Existing ID: %s", label(t.object.singular), holder))
		}
	}
	return nil
}

// wire writes an instant as HubSpot does.
func wire(at time.Time) string { return at.UTC().Format(timestamp) }
