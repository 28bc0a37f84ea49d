package quickbookssim

import "strings"

// listed are the lists that are looked into also when the dataset has no entry of
// them: a reference to a customer that is not there is always wrong, one to an
// account of a dataset without accounts is not.
var listed = map[string]bool{"Customer": true, "Vendor": true, "Employee": true, "Item": true}

// refer looks up what the entity refers to. What it referred to before may have
// become inactive since.
func (d *draft) refer() error {
	standing := map[string]bool{}
	parts[d.kind.name].references(d.before, func(f field, o *object) { standing[f.refer+"/"+o.text("value")] = true })
	var err error
	parts[d.kind.name].references(d.after, func(f field, o *object) {
		if err == nil {
			err = d.lookUp(f, o, standing[f.refer+"/"+o.text("value")])
		}
	})
	return err
}

// references visits every reference of an object, in lists and parts too.
func (p *part) references(o *object, visit func(field, *object)) {
	for _, f := range p.fields {
		v := o.get(f.name)
		if v == nil || f.part == nil {
			continue
		}
		if f.part == &referencePart {
			visit(f, o.child(f.name))
			continue
		}
		if f.form == aList {
			for _, o := range o.list(f.name) {
				f.part.references(o, visit)
			}
			continue
		}
		f.part.references(o.child(f.name), visit)
	}
}

// lookUp checks one reference and gives it the name that it is answered with.
func (p *posting) lookUp(f field, o *object, standing bool) error {
	o.drop("type")
	if f.refer == "" || strings.HasSuffix(o.text("value"), specialItem) {
		return nil
	}
	t := p.tables[f.refer]
	if len(t.rows) == 0 && !listed[f.refer] {
		return nil
	}
	target := p.find(t, o.text("value"))
	switch {
	case target == nil:
		return invalidReference(f.refer, o.text("value"))
	case target.text("Active") == "false" && !standing:
		return inactiveReference()
	}
	o.drop("name")
	if f.named {
		o.set("name", nameIn(f.refer, target))
	}
	return nil
}

// nameIn is what a reference calls an entity: an item by its own name, anything
// else by its full one.
func nameIn(entity string, o *object) string {
	names := []string{"FullyQualifiedName", "DisplayName", "Name"}
	if entity == "Item" {
		names = []string{"Name"}
	}
	for _, name := range names {
		if s := o.text(name); s != "" {
			return s
		}
	}
	return ""
}
