package quickbookssim

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A posting is what one operation is about to do to the books. Its entities
// stand for those of the books while the rules look at them, and enter the books
// together or not at all. It lives while the books are locked.
type posting struct {
	*Company
	op    operation
	at    time.Time // the instant of all its changes
	edits []*edit
}

// An edit is one entity as it will be.
type edit struct {
	table *table
	id    string
	after *object // nil when it is deleted
	event string  // "Create", "Update", "Delete", "Void"; "" for what no webhook tells of
}

func (c *Company) newPosting(o operation) *posting {
	return &posting{Company: c, op: o, at: c.options.Now()}
}

// find returns a copy of an entity as the posting has it, nil where there is none.
func (p *posting) find(t *table, id string) *object {
	if e := p.staged(t, id); e != nil {
		if e.after == nil {
			return nil
		}
		return e.after.clone()
	}
	r := t.byID[id]
	if r == nil {
		return nil
	}
	o, err := parseObject(r.raw)
	if err != nil {
		return nil // cannot be: the dataset holds JSON objects
	}
	return o
}

func (p *posting) staged(t *table, id string) *edit {
	i := slices.IndexFunc(p.edits, func(e *edit) bool { return e.table == t && e.id == id })
	if i < 0 {
		return nil
	}
	return p.edits[i]
}

// put has an entity be like this from now on.
func (p *posting) put(t *table, o *object, event string) {
	id := o.text("Id")
	if e := p.staged(t, id); e != nil {
		e.after = o
		return
	}
	p.edits = append(p.edits, &edit{table: t, id: id, after: o, event: event})
}

// drop has an entity be no more.
func (p *posting) drop(t *table, id string) {
	p.edits = append(p.edits, &edit{table: t, id: id, event: "Delete"})
}

// touch gives an entity the stamp of the posting, and what is not a bare change of
// a sum the next version too.
func (p *posting) touch(o *object, version bool) {
	if version {
		n, _ := strconv.Atoi(o.text("SyncToken")) // what is no number begins anew
		o.set("SyncToken", strconv.Itoa(n+1))
	}
	meta := o.child("MetaData").clone()
	meta.fill("CreateTime", longAgo)
	meta.set("LastUpdatedTime", p.stamp())
	o.set("MetaData", meta)
}

// stamp is the posting's instant as MetaData has it.
func (p *posting) stamp() string { return p.at.In(p.pacific).Format(stampForm) }

// commit puts everything into the books and tells of it.
func (p *posting) commit() error {
	rows := make([]*row, len(p.edits))
	for i, e := range p.edits {
		if e.after == nil {
			continue
		}
		r, err := e.table.newRow(e.table.kind.inOrder(e.after).bytes())
		if err != nil {
			return fmt.Errorf("%s %s: %w", e.table.kind.name, e.id, err)
		}
		rows[i] = r
	}
	for i, e := range p.edits {
		e.table.replace(e.table.byID[e.id], rows[i])
		if e.after == nil {
			e.table.tombstones = append(e.table.tombstones, tombstone{e.id, p.at})
		}
		if e.event != "" {
			p.changed(event{entity: e.table.kind.name, id: e.id, operation: e.event, at: p.at})
		}
	}
	return nil
}
