package quickbookssim

import (
	"bytes"
	"fmt"
	"math/big"
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
	set   settings // read when they are first asked for
}

// An edit is one entity as it will be.
type edit struct {
	table  *table
	before *object // as it is in the books, nil when it is new
	after  *object // nil when it is deleted
	id     string
	event  string // "Create", "Update", "Delete", "Void"; "" for what no webhook tells of
	aside  bool   // it is changed by what happens to another; without a change nothing happened
	kept   bool   // its SyncToken stays
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
	return inBooks(t, id)
}

func inBooks(t *table, id string) *object {
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

// put has the operation's own entity be like this from now on.
func (p *posting) put(t *table, o *object, event string) {
	id := o.text("Id")
	p.edits = append(p.edits, &edit{table: t, id: id, before: inBooks(t, id), after: o, event: event})
}

// drop has the operation's own entity be no more.
func (p *posting) drop(t *table, id string) {
	p.edits = append(p.edits, &edit{table: t, id: id, before: inBooks(t, id), event: "Delete"})
}

// aside returns another entity to be changed, nil where there is none.
func (p *posting) aside(t *table, id string) *object {
	if e := p.staged(t, id); e != nil {
		return e.after
	}
	o := inBooks(t, id)
	if o != nil {
		p.edits = append(p.edits, &edit{table: t, id: id, before: inBooks(t, id), after: o, event: "Update", aside: true})
	}
	return o
}

// touch gives an entity the stamp of the posting, and the next version.
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

// settle ends the posting: customers owe what they owe now, and what was changed on
// the side gets its version and stamp.
func (p *posting) settle() {
	p.settleBalances()
	for _, e := range p.edits {
		if e.aside && sameLinks(e.before, e.after) { // taken off and put back, maybe in another order
			e.after.set("LinkedTxn", e.before.get("LinkedTxn"))
		}
	}
	p.edits = slices.DeleteFunc(p.edits, func(e *edit) bool {
		return e.aside && bytes.Equal(e.before.bytes(), e.after.bytes())
	})
	for _, e := range p.edits {
		if e.aside {
			p.touch(e.after, !e.kept)
		}
	}
}

func sameLinks(a, b *object) bool {
	links := b.list("LinkedTxn")
	if len(links) != len(a.list("LinkedTxn")) {
		return false
	}
	for _, l := range a.list("LinkedTxn") {
		if !slices.ContainsFunc(links, func(o *object) bool { return bytes.Equal(o.bytes(), l.bytes()) }) {
			return false
		}
	}
	return true
}

// openOf is what a transaction adds to its customer's balance.
func openOf(kind string, o *object) *big.Rat {
	switch {
	case o == nil:
	case kind == "Invoice":
		return o.amount("Balance")
	case kind == "CreditMemo":
		return minus(new(big.Rat), o.amount("Balance"))
	case kind == "Payment":
		return minus(new(big.Rat), o.amount("UnappliedAmt"))
	}
	return new(big.Rat)
}

// settleBalances moves the balances of customers by what their transactions' open
// amounts moved. That changes their stamp and leaves their SyncToken (recorded: a
// customer after an invoice was deleted).
func (p *posting) settleBalances() {
	type debt struct {
		customer string
		moved    *big.Rat
		members  []string
	}
	var debts []debt
	for _, e := range p.edits {
		for _, part := range []struct {
			o    *object
			sign int64
		}{{e.before, -1}, {e.after, 1}} {
			switch {
			case part.o == nil:
			case e.table.kind.name == "Customer": // whom it stands below, which may be another than before
				debts = append(debts, debt{part.o.ref("ParentRef"), times(part.o.amount("BalanceWithJobs"), ratOf(part.sign)), []string{"BalanceWithJobs"}})
			case part.o.ref("CustomerRef") != "":
				debts = append(debts, debt{part.o.ref("CustomerRef"), times(openOf(e.table.kind.name, part.o), ratOf(part.sign)), []string{"Balance", "BalanceWithJobs"}})
			}
		}
	}
	for _, d := range debts {
		if d.moved.Sign() != 0 {
			p.owe(d.customer, d.moved, d.members)
		}
	}
}

// owe adds to members of a customer, and to the balances with jobs from there up.
func (p *posting) owe(id string, moved *big.Rat, member []string) {
	for range maxLevel + 1 {
		o := p.aside(p.tables["Customer"], id)
		if o == nil {
			return
		}
		e := p.staged(p.tables["Customer"], id)
		e.kept, e.event = true, ""
		for _, name := range member {
			o.set(name, sumOf(plus(o.amount(name), moved), digitsOf(o.ref("CurrencyRef"))))
		}
		id, member = o.ref("ParentRef"), member[len(member)-1:]
	}
}

// commit puts everything into the books and tells of it.
func (p *posting) commit() error {
	p.settle()
	rows := make([]*row, len(p.edits))
	for i, e := range p.edits {
		if e.after == nil {
			continue
		}
		r, err := e.table.newRow(parts[e.table.kind.name].inOrder(e.after).bytes())
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
