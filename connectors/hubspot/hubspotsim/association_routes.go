package hubspotsim

// associationRoutes lists the paths of associations ("Associations" page and
// specifications): under the objects for one pair, by themselves for many.
func (p *Portal) associationRoutes() {
	for version, base := range map[string]string{
		v4: "/crm/v4/objects", march: "/crm/objects/2026-03", september: "/crm/objects/2026-09",
	} {
		one := base + "/{type}/{id}/associations/"
		p.route(one+"default/{to}/{toId}", version, endpoint{"PUT", "associations.create", p.associateDefault, true})
		p.route(one+"{to}/{toId}", version,
			endpoint{"PUT", "associations.create", p.associateTyped, true},
			endpoint{"DELETE", "associations.delete", p.deleteAssociations, true})
		if version != september { // whose specification has no list for one record
			p.route(one+"{to}", version, reads("GET", "associations.list", p.listAssociations))
		}
	}
	for version, base := range map[string]string{
		v4: "/crm/v4/associations", march: "/crm/associations/2026-03", september: "/crm/associations/2026-09",
	} {
		batch := base + "/{type}/{to}/batch/"
		p.route(batch+"read", version, reads("POST", "associations.batch_read", p.batchAssociations))
		p.route(batch+"create", version, endpoint{"POST", "associations.batch_create", p.batchAssociate, true})
		p.route(batch+"associate/default", version, endpoint{"POST", "associations.batch_create", p.batchAssociateDefault, true})
		p.route(batch+"archive", version, endpoint{"POST", "associations.batch_archive", p.batchDissociate, true})
		p.route(batch+"labels/archive", version, endpoint{"POST", "associations.batch_archive", p.batchUnlabel, true})
	}
}
