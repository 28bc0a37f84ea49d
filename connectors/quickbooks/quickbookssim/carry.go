package quickbookssim

// The life of any entity: what a body sets, clears and leaves. The rules of each
// kind are where complete sends it.

// voidable are the kinds whose amounts can be taken away while they stay.
var voidable = map[string]bool{"Invoice": true, "Payment": true, "SalesReceipt": true, "BillPayment": true}

// takes reports whether entities of the kind can be written so: names are made
// inactive and never deleted, codes and rates of tax come from the tax service, and
// the company itself is neither created nor deleted.
func (k *kind) takes(v verb) bool {
	if parts[k.name] == nil {
		return false
	}
	switch v {
	case verbCreate:
		return k.class != singleton
	case verbUpdate:
		return k.name != "TaxAgency"
	case verbDelete:
		return k.class == transaction
	case verbVoid:
		return voidable[k.name]
	}
	return false
}

func (p *posting) create(body *object) (id string, err error) {
	t := p.op.table
	o := p.begun(t)
	d := &draft{posting: p, kind: t.kind, before: &object{}, sent: parts[t.kind.name].accepted(body), after: o, whole: true, fresh: true}
	d.merge()
	if err := d.complete(); err != nil {
		return "", err
	}
	p.put(t, o, "Create")
	return o.text("Id"), nil
}

// begun returns a new entity with what all have.
func (p *posting) begun(t *table) *object {
	meta := &object{members: []member{{"CreateTime", p.stamp()}, {"LastUpdatedTime", p.stamp()}}}
	return &object{members: []member{
		{"domain", "QBO"}, {"sparse", false}, {"Id", p.nextID(t)}, {"SyncToken", "0"}, {"MetaData", meta},
	}}
}

// A draft is one entity on its way to what it will be.
type draft struct {
	*posting
	kind   *kind
	before *object // as it was, empty at its creation
	sent   *object // what of the body counts
	after  *object // as it will be
	whole  bool    // the body is all of it: what it leaves out is cleared
	fresh  bool    // it is being created
}

func (p *posting) update(before, body *object) error {
	t := p.op.table
	sent := parts[t.kind.name].accepted(body)
	if t.kind.class == nameList && before.text("Active") == "false" && sent.text("Active") == "false" {
		return nil // recorded: it stays as it is, its SyncToken included
	}
	d := &draft{posting: p, kind: t.kind, before: before, sent: sent, after: before.clone(), whole: body.text("sparse") != "true"}
	if d.whole {
		d.clear()
	}
	d.merge()
	if err := d.complete(); err != nil {
		return err
	}
	p.touch(d.after, true)
	p.put(t, d.after, "Update")
	return nil
}

// clear takes away what a body could set, as a full update does.
func (d *draft) clear() {
	for _, f := range parts[d.kind.name].fields {
		if !f.own && !keeps(f.name) {
			d.after.drop(f.name)
		}
	}
}

// keeps are the members that no body takes away.
func keeps(name string) bool {
	switch name {
	case "Id", "SyncToken", "sparse", "Active", "Type", "CurrencyRef":
		return true
	}
	return false
}

// merge sets what was sent. A list that was sent replaces the one there is.
func (d *draft) merge() {
	for _, m := range d.sent.members {
		switch {
		case m.name == "Id" || m.name == "SyncToken" || m.name == "sparse":
		case m.value == nil:
			d.after.drop(m.name)
		default:
			d.after.set(m.name, cloneValue(m.value))
		}
	}
	d.after.set("sparse", false)
}

// complete has the rules of its kind look at an entity and fill in what they say.
func (d *draft) complete() error {
	if err := d.refer(); err != nil {
		return err
	}
	switch d.kind.name {
	case "Customer", "Vendor", "Employee":
		return d.completePerson()
	case "Item":
		return d.completeItem()
	case "Invoice", "CreditMemo", "Estimate", "SalesReceipt", "RefundReceipt":
		return d.completeSale()
	case "Payment":
		return d.completePayment()
	case "CompanyInfo", "Preferences":
		return nil
	}
	if d.kind.class == nameList {
		return d.completeName()
	}
	return d.completeEntry()
}

func (p *posting) delete(before *object) error {
	if err := p.mayChange(before, before); err != nil {
		return err
	}
	if err := p.unlink(before); err != nil {
		return err
	}
	p.drop(p.op.table, before.text("Id"))
	return nil
}
