package hubspotsim

// associationRoutes lists the paths of associations ("Associations" page and
// specifications): under the objects for one pair, by themselves for many.
func (p *Portal) associationRoutes() {
	for version, base := range map[string]string{
		v4: "/crm/v4/objects", march: "/crm/objects/2026-03", september: "/crm/objects/2026-09",
	} {
		one := base + "/{type}/{id}/associations/"
		p.route(one+"default/{to}/{toId}", version, writes("PUT", "associations.create", p.associateDefault))
		p.route(one+"{to}/{toId}", version,
			writes("PUT", "associations.create", p.associateTyped),
			writes("DELETE", "associations.delete", p.deleteAssociations))
		if version != september { // whose specification has no list for one record
			p.route(one+"{to}", version, reads("GET", "associations.list", p.listAssociations))
		}
	}
	p.route("/crm/v3/objects/{type}/{id}/associations/{to}", v3, reads("GET", "associations.list", p.listAssociations))
	for version, base := range map[string]string{
		v4: "/crm/v4/associations", march: "/crm/associations/2026-03", september: "/crm/associations/2026-09",
	} {
		p.route(base+"/{type}/{to}/labels", version, reads("GET", "associations.labels", p.listLabels))
		batch := base + "/{type}/{to}/batch/"
		p.route(batch+"read", version, reads("POST", "associations.batch_read", p.batchAssociations))
		p.route(batch+"create", version, writes("POST", "associations.batch_create", p.batchAssociate))
		p.route(batch+"associate/default", version, writes("POST", "associations.batch_create", p.batchAssociateDefault))
		p.route(batch+"archive", version, writes("POST", "associations.batch_archive", p.batchDissociate))
		p.route(batch+"labels/archive", version, writes("POST", "associations.batch_archive", p.batchUnlabel))
	}
}
