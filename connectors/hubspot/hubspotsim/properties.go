package hubspotsim

import (
	"encoding/json"
	"maps"
	"net/http"
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
	kindPhone    kind = "phone_number"
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
	// said is the definition of a property that was made or changed by the API; nil
	// otherwise.
	said *definition
}

// options are the values of an enumeration; none for one that takes any.
func (p *property) options() []option {
	if p.said != nil {
		return p.said.Options
	}
	if p.kind == kindBool {
		return []option{{Label: "Yes", Value: "true"}, {Label: "No", Value: "false", DisplayOrder: 1}}
	}
	list := []option{}
	for i, value := range enumerations[p.name] {
		list = append(list, option{Label: label(value), Value: value, DisplayOrder: i})
	}
	return list
}

// listProperties answers GET /crm/properties/{version}/{type} ("Properties"
// page): all properties that are archived, or that are not, without paging.
func (p *Portal) listProperties(c *call) (reply, error) {
	archived, _, err := c.flag("archived")
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	results := []definition{}
	for _, name := range slices.Sorted(maps.Keys(t.properties(archived))) {
		results = append(results, define(t.object, t.properties(archived)[name]))
	}
	body, err := json.Marshal(map[string]any{"results": results})
	return reply{200, body}, err
}

// getProperty answers GET /crm/properties/{version}/{type}/{name}.
func (p *Portal) getProperty(c *call) (reply, error) {
	archived, _, err := c.flag("archived")
	if err != nil {
		return reply{}, err
	}
	t := p.tables[c.object]
	property := t.properties(archived)[c.PathValue("name")]
	if property == nil {
		return reply{}, errNotFound
	}
	return told(http.StatusOK, define(t.object, property))
}

// told is a reply with a value as its body.
func told(status int, v any) (reply, error) {
	body, err := json.Marshal(v)
	return reply{status, body}, err
}

// properties are those of the table that are archived, or those that are not.
func (t *table) properties(archived bool) map[string]*property {
	if archived {
		return t.shelved
	}
	return t.byName
}

// A definition is a property as the properties API tells it, and as a request
// makes or changes it.
type definition struct {
	Name               string        `json:"name"`
	Label              string        `json:"label"`
	Type               kind          `json:"type"`
	FieldType          string        `json:"fieldType"`
	Description        string        `json:"description"`
	GroupName          string        `json:"groupName"`
	Options            []option      `json:"options"`
	DisplayOrder       int           `json:"displayOrder"`
	Calculated         bool          `json:"calculated"`
	Formula            string        `json:"calculationFormula,omitempty"`
	External           bool          `json:"externalOptions"`
	Referenced         string        `json:"referencedObjectType,omitempty"`
	HasUniqueValue     bool          `json:"hasUniqueValue"`
	Hidden             bool          `json:"hidden"`
	HubSpotDefined     bool          `json:"hubspotDefined"`
	ShowCurrencySymbol bool          `json:"showCurrencySymbol,omitempty"`
	CurrencyProperty   string        `json:"currencyPropertyName,omitempty"`
	NumberHint         string        `json:"numberDisplayHint,omitempty"`
	TextHint           string        `json:"textDisplayHint,omitempty"`
	Modification       *modification `json:"modificationMetadata,omitempty"`
	FormField          bool          `json:"formField"`
	Sensitivity        string        `json:"dataSensitivity"`
	CreatedAt          string        `json:"createdAt,omitempty"`
	UpdatedAt          string        `json:"updatedAt,omitempty"`
	ArchivedAt         string        `json:"archivedAt,omitempty"`
	Archived           *bool         `json:"archived,omitempty"` // not told of HubSpot's own (observed)
}

// An option is one value of an enumeration.
type option struct {
	Label        string `json:"label"`
	Value        string `json:"value"`
	Description  string `json:"description,omitempty"`
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
	if p.said != nil {
		return *p.said
	}
	d := definition{
		Name: p.name, Label: label(p.name), Type: p.kind, FieldType: fieldTypes[p.kind], GroupName: o.group,
		Options: p.options(), DisplayOrder: -1, HasUniqueValue: p.unique, HubSpotDefined: p.known,
		Modification: &modification{Archivable: !p.known, ReadOnlyDefinition: p.known, ReadOnlyValue: p.readOnly},
		Sensitivity:  nonSensitive,
	}
	if !p.known {
		d.CreatedAt, d.UpdatedAt, d.Archived = longAgo, longAgo, new(bool)
	}
	return d
}

const nonSensitive = "non_sensitive"

// label makes a label of a name. HubSpot's own labels differ; no program may
// depend on them, because accounts translate them.
func label(name string) string {
	words := strings.ReplaceAll(strings.TrimPrefix(name, "hs_"), "_", " ")
	if words == "" {
		return name
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
