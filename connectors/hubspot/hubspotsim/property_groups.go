package hubspotsim

import (
	"fmt"
	"net/http"
	"slices"
)

// A group is one property group of an object type.
type group struct {
	Archived     bool   `json:"archived"`
	Name         string `json:"name"`
	Label        string `json:"label"`
	DisplayOrder int    `json:"displayOrder"`
}

func (t *table) group(name string) *group {
	for _, g := range t.groups {
		if g.Name == name {
			return g
		}
	}
	return nil
}

// listGroups answers GET /crm/properties/{version}/{type}/groups. Archived ones are
// in no list (observed).
func (p *Portal) listGroups(c *call) (reply, error) {
	return told(http.StatusOK, map[string]any{"results": p.tables[c.object].groups})
}

// getGroup answers GET .../groups/{name}.
func (p *Portal) getGroup(c *call) (reply, error) {
	g := p.tables[c.object].group(c.PathValue("name"))
	if g == nil {
		return reply{}, errNotFound
	}
	return told(http.StatusOK, g)
}

// createGroup answers POST .../groups. The answer for a name that exists is not
// documented; it is that for properties.
func (p *Portal) createGroup(c *call) (reply, error) {
	t := p.tables[c.object]
	g := group{DisplayOrder: -1}
	if err := c.decode(&g); err != nil {
		return reply{}, err
	}
	switch {
	case g.Name == "" || g.Label == "":
		return reply{}, invalid("Invalid input: a property group needs a name and a label")
	case t.group(g.Name) != nil:
		return reply{}, refusal(http.StatusConflict, "OBJECT_ALREADY_EXISTS", fmt.Sprintf("A property group named '%s' already exists.", g.Name))
	}
	g.Archived = false
	t.groups = append(t.groups, &g)
	p.wroteDefinition(c, "create", g.Name)
	return told(http.StatusCreated, g)
}

// updateGroup answers PATCH .../groups/{name}, which changes label and order.
func (p *Portal) updateGroup(c *call) (reply, error) {
	g := p.tables[c.object].group(c.PathValue("name"))
	if g == nil {
		return reply{}, errNotFound
	}
	changed := *g
	if err := c.decode(&changed); err != nil {
		return reply{}, err
	}
	g.Label, g.DisplayOrder = changed.Label, changed.DisplayOrder
	p.wroteDefinition(c, "update", g.Name)
	return told(http.StatusOK, g)
}

// archiveGroup answers DELETE .../groups/{name}. One that holds active properties
// stays (observed: 400 with this subCategory).
func (p *Portal) archiveGroup(c *call) (reply, error) {
	t := p.tables[c.object]
	g := t.group(c.PathValue("name"))
	if g == nil {
		return reply{}, errNotFound
	}
	for _, property := range t.byName {
		if define(t.object, property).GroupName == g.Name {
			e := invalid("Property group %s has active properties and cannot be deleted", g.Name)
			e.SubCategory = "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"
			return reply{}, e
		}
	}
	t.groups = slices.DeleteFunc(t.groups, func(other *group) bool { return other == g })
	p.wroteDefinition(c, "archive", g.Name)
	return reply{status: http.StatusNoContent}, nil
}
