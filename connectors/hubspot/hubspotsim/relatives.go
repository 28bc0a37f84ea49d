package hubspotsim

import "net/http"

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
// none of the object's, types of several objects, and a record that does not exist
// are refused; what HubSpot says to them is not documented.
func (s *session) tiesOf(o *object, list []association) ([]tie, error) {
	var ties []tie
	parents := 0
	for _, a := range list {
		d, types, err := s.p.typesOf(o, a)
		if err != nil {
			return nil, err
		}
		id := string(a.To.ID)
		if find(s.p.tables[d.to].live, id) == nil {
			return nil, refusal(http.StatusNotFound, categoryNotFound, "No "+d.to.singular+" with ID "+id+" exists to be associated with")
		}
		if o == lineItems && d.to == invoices {
			parents++
		}
		if parents > 1 || o == invoices && d.to == lineItems && len(s.p.links.of(d.reverse(), id)) > 0 {
			return nil, invalid("A line item belongs to exactly one invoice: %s", id)
		}
		ties = append(ties, tie{direction: d, neighbour: id, types: types})
	}
	return ties, nil
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
