package sandbox

import (
	"slices"
)

// A kind is one kind of defect that can be planted. It either edits one
// invoice, or plants master data and the invoices that use it.
type kind struct {
	name string
	note string // what was done, in words
	// only is the one direction in which the defect exists; empty means both.
	only string
	// slots is the number of invoices it takes; they are of different customers.
	slots int
	want  want
	edit  func(d *doc, n int)
	plant func(p *planting)
}

// planned is what is to become of a slot.
type planned struct {
	want *want
	edit func(*doc)
}

// A planting is one planted defect of a kind.
type planting struct {
	w      *world
	kind   *kind
	n      int // how many of its kind there are already
	slots  []int
	number string // what the Cause is filed under, the first invoice if empty
}

// edit plans what becomes of the planting's i-th invoice.
func (p *planting) edit(i int, f func(*doc)) {
	p.w.plan[p.slots[i]] = planned{want: &p.kind.want, edit: f}
}

// currency is that of the planting's invoices.
func (p *planting) currency() string {
	c, _ := p.w.customerOf(p.slots[0])
	return c.currency
}

// makePlan chooses the invoices that get a cause, and plants the master data
// that the causes need. It deals out the kinds in turn, so that each comes up
// twice before the share that was asked for is reached, as far as a fifth of
// the invoices allows.
func (w *world) makePlan() {
	w.plan = map[int]planned{}
	if w.opt.Defects == NoDefects {
		return
	}
	dealt := w.kinds()
	target := int(float64(w.opt.Invoices)*w.opt.Defects + 0.5)
	budget := max(target, w.opt.Invoices/5)
	free, taken := w.freeSlots(), 0
	for round := 0; round < 2 || len(w.plan) < target; round++ {
		before := len(w.truth.Causes)
		for i := range dealt {
			k := &dealt[i]
			if round >= 2 && len(w.plan) >= target {
				break
			}
			cost := max(k.slots, 1)
			if round >= w.most(k) || taken+cost > budget {
				continue
			}
			if rest, ok := w.plantOne(k, round, free); ok {
				free, taken = rest, taken+cost
			}
		}
		if len(w.truth.Causes) == before {
			return
		}
	}
}

// kinds are the kinds that were asked for and exist in the direction.
func (w *world) kinds() []kind {
	return slices.DeleteFunc(kinds(), func(k kind) bool {
		return k.only != "" && k.only != w.opt.Direction ||
			len(w.opt.Causes) > 0 && !slices.Contains(w.opt.Causes, k.name)
	})
}

// most is how often a kind may be planted: a company has few tax rates, and
// not more unused products than used ones.
func (w *world) most(k *kind) int {
	switch {
	case k.name == "tax_unmapped":
		return 3
	case k.slots == 0:
		return max(2, w.pool/200)
	}
	return w.opt.Invoices
}

// freeSlots lists the slots that a cause may take, in no order.
func (w *world) freeSlots() []int {
	n := w.opt.Invoices
	walk := newSequence(0, int64(max(n, 3)), w.rng(streamPlan, 0))
	var free []int
	for i := range int(walk.size) {
		if slot := int(walk.id(i)); slot < n && w.habit(slot) == ordinary {
			free = append(free, slot)
		}
	}
	return free
}

// plantOne plants one defect, if there are invoices left that fit it, and
// returns the slots that are still free.
func (w *world) plantOne(k *kind, n int, free []int) ([]int, bool) {
	p := &planting{w: w, kind: k, n: n}
	for i := 0; i < len(free) && len(p.slots) < k.slots; i++ {
		if w.fits(k, free[i], p.slots) {
			p.slots = append(p.slots, free[i])
		}
	}
	if len(p.slots) < k.slots {
		return free, false
	}
	if k.edit != nil {
		p.edit(0, func(d *doc) { k.edit(d, n) })
	} else {
		k.plant(p)
	}
	if p.number == "" && len(p.slots) > 0 {
		p.number = w.number(p.slots[0])
	}
	w.truth.Causes = append(w.truth.Causes, Cause{Name: k.name, Number: p.number, Note: k.note})
	// What was passed over is near the front: deleting there is cheap.
	for _, slot := range p.slots {
		i := slices.Index(free, slot)
		copy(free[1:i+1], free[:i])
		free = free[1:]
	}
	return free, true
}

// fits tells whether a kind may take a slot beside those it has: in its
// currency, and of other customers in other stretches of time, so that the
// invoices can be given one customer.
func (w *world) fits(k *kind, slot int, taken []int) bool {
	c, visit := w.customerOf(slot)
	if k.want.dollars && c.currency != "USD" {
		return false
	}
	for _, t := range taken {
		if other, v := w.customerOf(t); other == c || v == visit {
			return false
		}
	}
	return true
}
