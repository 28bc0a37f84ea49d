package hubspotsim

import (
	"slices"
	"time"

	"github.com/tieout/tieout/sandbox/control"
)

// A session is one change of the portal on its way: records are changed at once,
// so that what follows meets them, and taken back by cancel; associations, and all
// that follows from a change, come with commit, which nothing can refuse any more.
// Either all of it takes effect, at one instant, or nothing. The portal's lock is
// held from begin to commit or cancel.
type session struct {
	p  *Portal
	by Author
	at time.Time
	// before are the records it has touched, as they were; nil for those it made.
	before map[place]*record
	order  []place // of the touching
	ties   []tie
	events []event // beside those that follow from records and ties
	merges bool    // records come and go by a merge: that is the event
	log    []control.Write
}

// A place is where a record stands.
type place struct {
	table *table
	id    string
}

// A tie is an association on its way.
type tie struct {
	direction
	id, neighbour string
	types         []associationType // beside the unlabelled one
	gone          bool              // it ends: with types these alone
}

func (p *Portal) begin(by Author) *session {
	return &session{p: p, by: by, at: p.now(), before: map[place]*record{}}
}

// put has a version of a record take the place of the one before, or of none. A
// unique value that another record has is refused.
func (s *session) put(t *table, r *record) error {
	if taken := t.admit(r); taken != nil {
		return s.p.conflict(taken)
	}
	s.place(t, r)
	return nil
}

// place has a version of a record take its place, whose unique values are its own.
func (s *session) place(t *table, r *record) {
	was := s.touch(t, r.id)
	if !r.archived {
		r.updatedAt = wire(s.at)
	}
	r.version, r.was, r.fresh = 1, nil, was == nil
	if was != nil {
		last := *was
		last.was = nil // one version back is as far as a stale read goes
		r.version, r.was = was.version+1, &last
	}
	t.set(r.id, r)
}

// touch notes a record as it is before the session changes it.
func (s *session) touch(t *table, id string) *record {
	at := place{t, id}
	was, touched := s.before[at]
	if !touched {
		if was = find(t.live, id); was == nil {
			was = find(t.archived, id)
		}
		s.before[at] = was
		s.order = append(s.order, at)
	}
	return was
}

// archive takes a record out of what lives, and with an invoice its line items
// unless Writing.KeepLines.
func (s *session) archive(t *table, r *record) {
	if t.object == invoices && !s.p.options.Writing.KeepLines {
		for _, line := range s.p.partsOf(r.id, lineItems) {
			s.archive(s.p.tables[lineItems], line)
		}
	}
	archived := *r
	archived.archived = true
	archived.further += `,"archivedAt":"` + wire(s.at) + `"`
	s.place(t, &archived)
}

// relate associates two records when the session commits, whose types besides the
// unlabelled one are some that links.knows.
func (s *session) relate(d direction, id, neighbour string, types []associationType) {
	s.ties = append(s.ties, tie{d, id, neighbour, types, false})
}

// unrelate ends an association, or with types these alone, when it commits.
func (s *session) unrelate(d direction, id, neighbour string, types []associationType) {
	s.ties = append(s.ties, tie{d, id, neighbour, types, true})
}

// cancel takes back all that the session did.
func (s *session) cancel() {
	for _, at := range slices.Backward(s.order) {
		at.table.set(at.id, s.before[at])
	}
}

// commit has the session take effect.
func (s *session) commit() {
	for _, tie := range s.ties {
		s.tie(tie)
	}
	s.reckon()
	for _, at := range s.order {
		s.settle(at)
	}
	for _, w := range s.log {
		s.p.control.Wrote(w)
	}
	s.p.changed(s.events...)
}

// tie makes or ends an association, and tells from both ends what that changed.
func (s *session) tie(t tie) {
	l := s.p.links
	ends := [2]tie{t, {direction: t.reverse(), id: t.neighbour, neighbour: t.id}}
	var before [2][]associationType
	for i, end := range ends {
		before[i] = l.standing(end.direction, end.id, end.neighbour)
	}
	switch {
	case !t.gone:
		l.relate(t.direction, t.id, t.neighbour, t.types)
	case len(t.types) == 0:
		l.unrelate(t.direction, t.id, t.neighbour)
	default:
		l.unlabel(t.direction, t.id, t.neighbour, t.types)
	}
	for i, end := range ends {
		after := l.standing(end.direction, end.id, end.neighbour)
		e := event{kind: associationChange, object: end.from, id: end.id, to: end.to, toID: end.neighbour, types: beyond(before[i], after)}
		if e.removed = len(e.types) == 0; e.removed {
			e.types = beyond(after, before[i])
		}
		switch {
		case len(e.types) == 0:
			continue
		case len(after) == 0: // all that there was
			e.types = before[i][:1]
		case len(before[i]) == 0 && len(after) > 1: // a label says it all
			e.types = after[1:]
		}
		s.tell(e)
	}
	switch {
	case t.gone:
	case t.from == invoices && recipients[t.to] != nil:
		s.inheritDetails(t.id, t.to, t.neighbour)
	case t.to == invoices && recipients[t.from] != nil:
		s.inheritDetails(t.neighbour, t.from, t.id)
	}
}

// beyond are the types that some have and others have not.
func beyond(others, some []associationType) []associationType {
	return slices.DeleteFunc(slices.Clone(some), func(t associationType) bool { return slices.Contains(others, t) })
}

// settle has a record that the session touched found by the search in time, and
// tells what became of it.
func (s *session) settle(at place) {
	t, was, r := at.table, s.before[at], find(at.table.live, at.id)
	if r == nil {
		t.searched.drop(at.id)
		s.p.links.drop(t.object, at.id)
		if was != nil && !was.archived && !s.merges {
			s.tell(event{kind: deletion, object: t.object, id: at.id})
		}
		return
	}
	seen := s.at
	if s.p.options.IndexLag != nil {
		seen = s.at.Add(s.p.options.IndexLag(s.at))
	}
	t.searched.write(r, seen, s.at)
	if was == nil && !s.merges {
		s.tell(event{kind: creation, object: t.object, id: at.id})
	}
	t.remember(was, r, t.searched.change, version{r.updatedAt, s.at, s.by, r.version})
	for p, value := range t.differences(was, r) {
		t.remember(was, r, p, version{value, s.at, s.by, r.version})
		s.tell(event{kind: propertyChange, object: t.object, id: at.id, property: p.name, value: value})
	}
}

// tell adds events with what the session knows of them all.
func (s *session) tell(events ...event) {
	for _, e := range events {
		e.at, e.source, e.sourceID = s.at, s.by.Source, s.by.ID
		s.events = append(s.events, e)
	}
}
