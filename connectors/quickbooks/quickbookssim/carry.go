package quickbookssim

import "strconv"

// takes reports whether entities of the kind can be written so: names are made
// inactive and never deleted, and taxes come from the tax service.
func (k *kind) takes(v verb) bool {
	switch {
	case k.name == "TaxCode" || k.name == "TaxRate":
		return false
	case k.class == singleton:
		return v == verbUpdate
	case k.class == nameList:
		return v == verbCreate || v == verbUpdate
	}
	return true
}

func (p *posting) create(body *object) (id string, err error) {
	t := p.op.table
	o := body.clone()
	id = p.nextID(t)
	o.set("Id", id)
	o.set("SyncToken", strconv.Itoa(0))
	o.set("MetaData", &object{members: []member{{"CreateTime", p.stamp()}, {"LastUpdatedTime", p.stamp()}}})
	o.drop("sparse")
	p.put(t, o, "Create")
	return id, nil
}

func (p *posting) update(before, body *object) error {
	after := body.clone()
	if body.text("sparse") == "true" {
		after = before.clone()
		for _, m := range body.members {
			after.set(m.name, m.value)
		}
	}
	after.drop("sparse")
	after.set("SyncToken", before.text("SyncToken"))
	after.set("MetaData", before.get("MetaData"))
	p.touch(after, true)
	p.put(p.op.table, after, "Update")
	return nil
}

func (p *posting) delete(before *object) error {
	p.drop(p.op.table, before.text("Id"))
	return nil
}

func (p *posting) void(before *object) error {
	p.touch(before, true)
	p.put(p.op.table, before, "Void")
	return nil
}

func (k *kind) checkMembers(*object) error { return nil }
func (k *kind) inOrder(o *object) *object  { return o }
