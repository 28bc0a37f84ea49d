package hubspotsim

import (
	"encoding/json"
	"slices"
	"strings"
)

// A kind is the type of a property ("Properties" page).
type kind string

const (
	kindString   kind = "string"
	kindNumber   kind = "number"
	kindBool     kind = "bool"
	kindDate     kind = "date"
	kindDatetime kind = "datetime"
	kindEnum     kind = "enumeration"
)

// A source is where the value of a property comes from when a record of the
// dataset has none.
type source int

const (
	fromDataset source = iota
	fromID
	fromCreated
	fromUpdated
)

// A property is one property of an object type.
type property struct {
	number   int // position in its table
	name     string
	kind     kind
	readOnly bool
	known    bool // of HubSpot's own, not of the dataset
	unique   bool
	derived  source
}

// listProperties answers GET /crm/properties/{version}/{type} ("Properties"
// page): all properties, without paging.
func (p *Portal) listProperties(c *call) (reply, error) {
	t := p.tables[c.object]
	sorted := slices.SortedFunc(slices.Values(t.defined), func(a, b *property) int { return strings.Compare(a.name, b.name) })
	results := make([]definition, len(sorted))
	for i, property := range sorted {
		results[i] = define(t.object, property)
	}
	body, err := json.Marshal(map[string]any{"results": results})
	return reply{200, body}, err
}

// getProperty answers GET /crm/properties/{version}/{type}/{name}.
func (p *Portal) getProperty(c *call) (reply, error) {
	t := p.tables[c.object]
	property := t.byName[c.PathValue("name")]
	if property == nil {
		return reply{}, errNotFound
	}
	body, err := json.Marshal(define(t.object, property))
	return reply{200, body}, err
}

// A definition is a property as the properties API tells it.
type definition struct {
	Name           string       `json:"name"`
	Label          string       `json:"label"`
	Type           kind         `json:"type"`
	FieldType      string       `json:"fieldType"`
	Description    string       `json:"description"`
	GroupName      string       `json:"groupName"`
	Options        []option     `json:"options"`
	DisplayOrder   int          `json:"displayOrder"`
	Calculated     bool         `json:"calculated"`
	External       bool         `json:"externalOptions"`
	HasUniqueValue bool         `json:"hasUniqueValue"`
	Hidden         bool         `json:"hidden"`
	HubSpotDefined bool         `json:"hubspotDefined"`
	Modification   modification `json:"modificationMetadata"`
	FormField      bool         `json:"formField"`
	Sensitivity    string       `json:"dataSensitivity"`
}

// An option is one value of an enumeration.
type option struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	DisplayOrder int    `json:"displayOrder"`
	Hidden       bool   `json:"hidden"`
}

// A modification tells what may be changed; readOnlyValue is the word on
// whether a property can be written.
type modification struct {
	Archivable         bool `json:"archivable"`
	ReadOnlyDefinition bool `json:"readOnlyDefinition"`
	ReadOnlyValue      bool `json:"readOnlyValue"`
}

// fieldTypes are the usual field type of each type ("Properties" page, table
// of types and field types).
var fieldTypes = map[kind]string{
	kindString: "text", kindNumber: "number", kindBool: "booleancheckbox",
	kindDate: "date", kindDatetime: "date", kindEnum: "select",
}

func define(o *object, p *property) definition {
	d := definition{
		Name: p.name, Label: label(p.name), Type: p.kind, FieldType: fieldTypes[p.kind], GroupName: o.group,
		Options: []option{}, DisplayOrder: -1, HasUniqueValue: p.unique, HubSpotDefined: p.known,
		Modification: modification{Archivable: !p.known, ReadOnlyDefinition: p.known, ReadOnlyValue: p.readOnly},
		Sensitivity:  "non_sensitive",
	}
	for i, value := range enumerations[p.name] {
		d.Options = append(d.Options, option{Label: label(value), Value: value, DisplayOrder: i})
	}
	return d
}

// label makes a label of a name. HubSpot's own labels differ; no program may
// depend on them, because accounts translate them.
func label(name string) string {
	words := strings.ReplaceAll(strings.TrimPrefix(name, "hs_"), "_", " ")
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
