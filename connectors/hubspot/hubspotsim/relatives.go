package hubspotsim

import "slices"

// An association is one entry of the associations of a record that is made.
type association struct {
	To struct {
		ID text `json:"id"`
	} `json:"to"`
	Types []struct {
		Category string `json:"associationCategory"`
		TypeID   int    `json:"associationTypeId"`
	} `json:"types"`
}

// tiesOf are the ties that a new record of an object is made with. A type that is
// none of the object's, types of several objects, a record that does not exist and a
// second invoice of a line item are refused.
func (s *session) tiesOf(o *object, list []association) ([]tie, error) {
	var ties []tie
	for _, a := range list {
		d, types, err := s.p.typesOf(o, a)
		if err != nil {
			return nil, err
		}
		id := string(a.To.ID)
		if err := s.p.stands(d.to, id); err != nil {
			return nil, err
		}
		if err := s.p.onlyParent(pairing{direction: d, neighbour: id}); err != nil {
			return nil, err
		}
		if err := s.onlyInvoice(d, id, ties); err != nil {
			return nil, err
		}
		ties = append(ties, tie{direction: d, neighbour: id, types: types})
	}
	return ties, nil
}

// onlyInvoice is onlyParent for what is on its way: a new part of several invoices, and
// a part that several new invoices name.
func (s *session) onlyInvoice(d direction, id string, ties []tie) error {
	several := false
	switch {
	case d.to == invoices && slices.Contains(billedParts, d.from):
		several = slices.ContainsFunc(ties, func(t tie) bool { return t.direction == d && t.neighbour != id })
	case d.from == invoices && slices.Contains(billedParts, d.to):
		several = slices.ContainsFunc(s.ties, func(t tie) bool { return t.direction == d && t.neighbour == id })
	}
	if !several || s.p.options.SharedLineItems {
		return nil
	}
	return invalid("A part of an invoice belongs to exactly one invoice: %s is the second, or named by two", id)
}

// typesOf are the types of an association that begins at an object, and where they
// lead.
func (p *Portal) typesOf(o *object, a association) (direction, []associationType, error) {
	var types []associationType
	for _, t := range a.Types {
		types = append(types, associationType{t.Category, t.TypeID})
	}
	for _, to := range objects {
		d := direction{o, to}
		if _, listed := associationTypes[d]; !listed {
			continue
		}
		known := 0
		for _, t := range types {
			if p.links.knows(d, t) {
				known++
			}
		}
		if known > 0 && known == len(types) {
			return d, types, nil
		}
	}
	return direction{}, nil, invalid("One or more association types are not valid from %s: %v", o.name, types)
}
