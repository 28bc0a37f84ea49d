package hubspotsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/tieout/tieout/sandbox/control"
)

// maxUnique is how many properties with hasUniqueValue an object type may have
// ("Properties" page).
const maxUnique = 10

// kinds are the types that a property may be made with, each with its field types
// ("Properties" page, table of types and field types).
var kinds = map[kind][]string{
	kindBool:     {"booleancheckbox", "calculation_equation"},
	kindDate:     {"date"},
	kindDatetime: {"date"},
	kindEnum:     {"booleancheckbox", "checkbox", "radio", "select", "calculation_equation"},
	kindNumber:   {"number", "calculation_equation"},
	kindPhone:    {"phonenumber"},
	kindString:   {"text", "textarea", "file", "html", "phonenumber", "calculation_equation"},
}

// propertyName is what a name may be. The pages say lower case; that a letter comes
// first and what the refusal says is invented.
var propertyName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// propertyRoutes lists the paths of the properties API below an object type.
func (p *Portal) propertyRoutes(base, version string) {
	p.route(base, version,
		reads("GET", "properties", p.listProperties),
		writes("POST", "properties.create", p.createProperty))
	p.route(base+"/{name}", version,
		reads("GET", "properties", p.getProperty),
		writes("PATCH", "properties.update", p.updateProperty),
		writes("DELETE", "properties.archive", p.archiveProperty))
	p.route(base+"/batch/read", version, reads("POST", "properties", p.batchReadProperties))
	p.route(base+"/batch/create", version, writes("POST", "properties.create", p.batchCreateProperties))
	p.route(base+"/batch/archive", version, writes("POST", "properties.archive", p.batchArchiveProperties))
	p.route(base+"/groups", version,
		reads("GET", "property_groups", p.listGroups),
		writes("POST", "property_groups.create", p.createGroup))
	p.route(base+"/groups/{name}", version,
		reads("GET", "property_groups", p.getGroup),
		writes("PATCH", "property_groups.update", p.updateGroup),
		writes("DELETE", "property_groups.archive", p.archiveGroup))
}

// createProperty answers POST /crm/properties/{version}/{type}.
func (p *Portal) createProperty(c *call) (reply, error) {
	d := newDefinition()
	if err := c.decode(&d); err != nil {
		return reply{}, err
	}
	if err := p.makeProperty(c, &d); err != nil {
		return reply{}, err
	}
	c.header.Set("Location", "https://api.hubapi.com"+c.URL.Path+"/"+d.Name)
	return told(http.StatusCreated, d)
}

func newDefinition() definition { return definition{DisplayOrder: -1, Sensitivity: nonSensitive} }

// makeProperty has a definition that was sent in force. The name of an archived
// property has that one back with the definition that was sent and its old createdAt
// (observed).
func (p *Portal) makeProperty(c *call, d *definition) error {
	t := p.tables[c.object]
	if t.byName[d.Name] != nil {
		e := refusal(http.StatusConflict, "OBJECT_ALREADY_EXISTS", fmt.Sprintf("A property named '%s' already exists.", d.Name))
		e.SubCategory = "Properties.PROPERTY_WITH_NAME_EXISTS"
		return e
	}
	if err := t.checkDefinition(d); err != nil {
		return err
	}
	if d.HasUniqueValue && len(t.uniques()) >= maxUnique {
		return invalid("The maximum number of unique properties for an object type is %d", maxUnique)
	}
	at := wire(p.now())
	d.CreatedAt, d.UpdatedAt, d.ArchivedAt, d.Archived, d.HubSpotDefined = at, at, "", new(bool), false
	if old := t.shelved[d.Name]; old != nil {
		d.CreatedAt = define(t.object, old).CreatedAt
	}
	t.take(d)
	p.wroteDefinition(c, "create", d.Name)
	return nil
}

// take has a definition in force, for a new property, one that was archived or one
// that it changes.
func (t *table) take(d *definition) {
	p := t.byName[d.Name]
	if old := t.shelved[d.Name]; old != nil {
		p = old
		delete(t.shelved, d.Name)
		t.byName[d.Name] = p
	}
	if p == nil {
		p = t.define(property{name: d.Name})
	}
	d.Modification = &modification{Archivable: true, ReadOnlyValue: d.Calculated}
	p.kind, p.readOnly, p.said = d.Type, d.Calculated, d
	if d.HasUniqueValue && !p.unique {
		p.unique = true
		t.unique[p.name] = map[string]string{}
		for _, r := range t.live {
			t.claim(r)
		}
	}
}

// uniques are the custom properties with hasUniqueValue.
func (t *table) uniques() []string {
	return slices.DeleteFunc(slices.Collect(maps.Keys(t.unique)), func(name string) bool { return t.byName[name].known })
}

// updateProperty answers PATCH .../{name}. What is left out stays; a list of options
// replaces the one before; name, hasUniqueValue and dataSensitivity are passed over
// (observed).
func (p *Portal) updateProperty(c *call) (reply, error) {
	t := p.tables[c.object]
	property := t.byName[c.PathValue("name")]
	if property == nil {
		return reply{}, errNotFound
	}
	is := define(t.object, property)
	if is.Modification.ReadOnlyDefinition {
		return reply{}, invalid("Property %q is read only: its definition cannot be changed", is.Name)
	}
	d := is
	d.Options, d.Modification, d.Archived = slices.Clone(is.Options), nil, nil
	if err := c.decode(&d); err != nil {
		return reply{}, err
	}
	d.Name, d.HasUniqueValue, d.Sensitivity, d.External, d.Referenced = is.Name, is.HasUniqueValue, is.Sensitivity, is.External, is.Referenced
	d.CreatedAt, d.UpdatedAt, d.ArchivedAt, d.Archived, d.HubSpotDefined = is.CreatedAt, wire(p.now()), "", new(bool), false
	if err := t.checkDefinition(&d); err != nil {
		return reply{}, err
	}
	t.take(&d)
	p.wroteDefinition(c, "update", d.Name)
	return told(http.StatusOK, d)
}

// archiveProperty answers DELETE .../{name}: 204, also for one that is archived.
func (p *Portal) archiveProperty(c *call) (reply, error) {
	t, name := p.tables[c.object], c.PathValue("name")
	if t.byName[name] == nil && t.shelved[name] == nil {
		return reply{}, errNotFound
	}
	return reply{status: http.StatusNoContent}, p.shelve(c, name)
}

// shelve archives a property, where it is not. That HubSpot's own cannot be is told by
// their modificationMetadata.
func (p *Portal) shelve(c *call, name string) error {
	t := p.tables[c.object]
	property := t.byName[name]
	if property == nil {
		return nil
	}
	d := define(t.object, property)
	if !d.Modification.Archivable {
		return invalid("Property %q is defined by HubSpot and cannot be deleted", d.Name)
	}
	if n := t.uses(d.Name); n > 0 {
		e := invalid("%s is currently used in %d places and cannot be deleted", d.Name, n)
		e.SubCategory = "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"
		return e
	}
	d.Archived, d.ArchivedAt = new(true), wire(p.now())
	property.said, property.unique = &d, false
	delete(t.unique, name)
	delete(t.byName, name)
	t.shelved[name] = property
	p.wroteDefinition(c, "archive", name)
	return nil
}

// identifier finds the names in a formula, functions with their bracket.
var identifier = regexp.MustCompile(`"[^"]*"|'[^']*'|[a-z][a-z0-9_]*\(?`)

// named are the properties that a formula names.
func (d *definition) named() []string {
	return slices.DeleteFunc(identifier.FindAllString(d.Formula, -1), func(s string) bool {
		return strings.HasSuffix(s, "(") || s[0] == '"' || s[0] == '\''
	})
}

// uses is how many calculations need a property.
func (t *table) uses(name string) int {
	n := 0
	for _, p := range t.byName {
		if p.said != nil && p.name != name && slices.Contains(p.said.named(), name) {
			n++
		}
	}
	return n
}

// checkDefinition refuses a definition that no property can have. The texts are
// invented, but for the one code that is told.
func (t *table) checkDefinition(d *definition) error {
	for _, member := range []struct{ name, value string }{
		{"name", d.Name}, {"label", d.Label}, {"type", string(d.Type)}, {"fieldType", d.FieldType}, {"groupName", d.GroupName},
	} {
		if member.value == "" {
			return invalid("Invalid input: required member %s is missing", member.name)
		}
	}
	fields, known := kinds[d.Type]
	switch {
	case !propertyName.MatchString(d.Name):
		return invalid("Invalid property name %q: lower-case letters, digits and underscores, a letter first", d.Name)
	case !known:
		return invalid("Invalid type %q", d.Type)
	case !slices.Contains(fields, d.FieldType):
		return invalid("Invalid fieldType %q for type %s", d.FieldType, d.Type)
	case t.group(d.GroupName) == nil:
		return invalid("Property group %q does not exist", d.GroupName)
	}
	if err := d.checkOptions(); err != nil {
		return err
	}
	for _, name := range d.named() {
		if t.byName[name] == nil {
			return refusal(http.StatusNotFound, categoryNotFound, fmt.Sprintf("Property %q of the formula does not exist", name)) // the status was observed
		}
	}
	if d.Calculated = d.Formula != ""; d.Calculated {
		d.FieldType = "calculation_equation" // whatever was sent (observed)
	}
	return nil
}

// checkOptions refuses an enumeration without options, and a bool whose options are
// not true and false (observed, with that code).
func (d *definition) checkOptions() error {
	if d.Options == nil {
		d.Options = []option{}
	}
	values := map[string]bool{}
	for _, o := range d.Options {
		if o.Label == "" || o.Value == "" || values[o.Value] {
			return invalid("Invalid options: each needs a label and a value of its own")
		}
		values[o.Value] = true
	}
	switch {
	case d.Type == kindBool && (len(values) != 2 || !values["true"] || !values["false"]):
		e := invalid("A bool property has exactly the options true and false")
		e.Errors = []errorDetail{{Message: e.Message, Code: "INVALID_BOOLEAN_OPTION"}}
		return e
	case d.Type == kindEnum && len(values) == 0 && !d.External && d.Formula == "":
		return invalid("Invalid input: an enumeration needs options")
	}
	return nil
}

// wroteDefinition logs what the API changed of a property or group.
func (p *Portal) wroteDefinition(c *call, verb, name string) {
	what := "properties"
	if strings.Contains(c.URL.Path, "/groups") {
		what = "property_groups"
	}
	body := json.RawMessage(c.content)
	if !json.Valid(body) { // a DELETE
		body = nil
	}
	p.control.Wrote(control.Write{At: p.now(), Verb: verb, Object: what, ID: c.object.name + "/" + name, Body: body})
}
