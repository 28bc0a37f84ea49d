package hubspotsim

import "strconv"

// A direction is an ordered pair of object types.
type direction struct{ from, to *object }

// An associationType is one type of a direction: the unlabelled one or a label.
type associationType struct {
	category string
	id       int
}

const (
	hubspotDefined = "HUBSPOT_DEFINED"
	userDefined    = "USER_DEFINED"
)

// associationTypes are HubSpot's own unlabelled types ("Associations" page,
// tables of type ids).
var associationTypes = map[direction]int{
	{invoices, contacts}: 177, {contacts, invoices}: 178,
	{invoices, companies}: 179, {companies, invoices}: 180,
	{invoices, lineItems}: 409, {lineItems, invoices}: 410,
	{invoices, discounts}: 411, {discounts, invoices}: 412,
	{invoices, fees}: 413, {fees, invoices}: 414,
	{invoices, taxes}: 415, {taxes, invoices}: 416,
	{invoices, payments}: 541, {payments, invoices}: 542,
	{contacts, companies}: 279, {companies, contacts}: 280,
}

// primaries are HubSpot's own labels: of a contact's companies one is the
// primary one (the same tables).
var primaries = map[direction]associationType{
	{contacts, companies}: {hubspotDefined, 1}, {companies, contacts}: {hubspotDefined, 2},
}

const primaryLabel = "Primary"

// typeOf is the unlabelled association type of a direction. Between two types
// for which the page lists none it is what an account's own first type would be.
func (d direction) typeOf() associationType {
	if id, ok := associationTypes[d]; ok {
		return associationType{hubspotDefined, id}
	}
	return associationType{userDefined, 1}
}

func (d direction) reverse() direction { return direction{d.to, d.from} }

// name is the type in words, as inline associations have it ("Invoices" page:
// invoice_to_line_item).
func (d direction) name() string { return d.from.singular + "_to_" + d.to.singular }

// An associationSpec is a type as a request names it. The number may be written
// as text, as HubSpot's client libraries for dynamic languages do.
type associationSpec struct {
	Category string `json:"associationCategory"`
	TypeID   text   `json:"associationTypeId"`
}

// asked are the types of specs, all of which must be types of the direction. What
// is a type of the other direction is told apart ("Associations" page: the id is
// that whose from is the record in the path); the texts are third parties'.
func (l links) asked(d direction, specs []associationSpec) ([]associationType, error) {
	types := make([]associationType, len(specs))
	for i, s := range specs {
		id, err := strconv.Atoi(string(s.TypeID))
		types[i] = associationType{s.Category, id}
		switch {
		case err != nil:
			return nil, invalid("Invalid input: associationTypeId %q is not an integer", s.TypeID)
		case l.knows(d, types[i]):
		case l.knows(d.reverse(), types[i]):
			return nil, invalid("invalid from object type %s for associations to be created. expected: %s", d.from.typeID, d.to.typeID)
		default:
			return nil, invalid("association type id %s of category %s doesn't exist between %s and %s", s.TypeID, s.Category, d.from.typeID, d.to.typeID)
		}
	}
	return types, nil
}
