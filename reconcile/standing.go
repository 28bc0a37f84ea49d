package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"
)

// A Standing is what a comparison found by looking closely at the invoices of a
// locus. It is kept, so that a later comparison need look only where something has
// changed.
type Standing struct {
	Locus Locus `json:"-"`
	// Totals and Counts are what the close look added to those of the run.
	Totals []ControlTotal `json:"totals,omitempty"`
	Counts Counts         `json:"counts"`
	// Touched are the loci of the products, customers and tax rates that the
	// judgement rests on, Counted those among them whose findings count it.
	Touched []Locus `json:"-"`
	Counted []Locus `json:"-"`
	// Pending says that time alone will change it: an invoice is within the grace.
	Pending bool `json:"-"`
}

// A Compared is what a comparison of everything, kept up by those of changes, says
// of a workspace.
type Compared struct {
	Run      RunID
	FullAt   time.Time // of the last comparison of everything
	Premises Premises
	Totals   []ControlTotal
	Counts   Counts
}

// Premises name what, besides the records, a comparison rests on: the rules, the
// settings, and what the two systems say of themselves.
type Premises [8]byte

// Premises are those of a comparison with these masters.
func (m *Masters) Premises() Premises {
	h := sha256.New()
	body, err := json.Marshal([]any{RulesVersion, m.Settings, m.companies[HubSpot], m.companies[QuickBooks]})
	if err != nil {
		panic(fmt.Sprintf("premises: %v", err)) // settings and companies always marshal
	}
	h.Write(body)
	return Premises(h.Sum(nil)[:8])
}

// Tallied are the control totals and counts of groups as far as entries tell:
// without what looking closely adds.
func (m *Masters) Tallied(groups []Group) ([]ControlTotal, Counts) {
	c := NewComparison(Input{Masters: m})
	for _, g := range groups {
		c.Add(g)
	}
	return c.totals.List(), c.counts
}

// An EntryChange is an invoice that has come, changed or gone since the last
// comparison. Before or After is nil where there was or is none.
type EntryChange struct{ Before, After *Entry }

// A Change is a master that has come, changed or gone since the last comparison.
type Change[T any] struct{ Before, After *T }

// MasterChanges are what has happened to the masters of the mirror since the last
// comparison.
type MasterChanges struct {
	Products  []Change[Product]
	Customers []Change[Customer]
	TaxRates  []Change[TaxRate]
	// Again are the masters that have changed more than once since then, also those that
	// came and went. A run that published nothing may have filed invoices by what they
	// said in between.
	Again []MasterID
}

// A MasterID names a product, customer, company or tax rate.
type MasterID struct {
	System System
	Object Object
	ID     string
}

// Loci are where what has happened to masters can have changed findings. What a
// comparison does not read, such as the time of the change, does not count.
func (c *MasterChanges) Loci() []Locus {
	var loci []Locus
	for _, p := range c.Products {
		loci = append(loci, lociOf(p, (*Product).Loci, func(p *Product) { p.UpdatedAt = time.Time{} })...)
	}
	for _, x := range c.Customers {
		loci = append(loci, lociOf(x, (*Customer).Loci, func(x *Customer) { x.UpdatedAt = time.Time{} })...)
	}
	for _, r := range c.TaxRates {
		loci = append(loci, lociOf(r, (*TaxRate).Loci, func(*TaxRate) {})...)
	}
	slices.Sort(loci)
	return slices.Compact(loci)
}

func lociOf[T any](c Change[T], loci func(*T) []Locus, strip func(*T)) []Locus {
	var out []Locus
	var told [2]string
	for n, side := range []*T{c.Before, c.After} {
		if side == nil {
			continue
		}
		out = append(out, loci(side)...)
		bare := *side
		strip(&bare)
		body, err := json.Marshal(&bare)
		if err != nil {
			panic(fmt.Sprintf("change: %v", err)) // the nouns of this package always marshal
		}
		told[n] = string(body)
	}
	if told[0] == told[1] {
		return nil
	}
	return out
}

// MovedProducts and MovedCustomers are, by system, the ids of records by which
// entries may have changed: those that came or went, those whose SKU, e-mail or name
// is another now, and those that changed more than once, whatever they are now.
func (c *MasterChanges) MovedProducts(s System) []string {
	var ids []string
	for _, p := range c.Products {
		if moved(p, func(p *Product) bool { return p.System == s }, func(p *Product) string { return p.SKU }) {
			ids = append(ids, cmp.Or(p.Before, p.After).ID)
		}
	}
	return append(ids, c.again(s, ObjectProducts)...)
}

// MovedCustomers is MovedProducts for customers, or for HubSpot's companies.
func (c *MasterChanges) MovedCustomers(s System, company bool) []string {
	var ids []string
	for _, x := range c.Customers {
		if moved(x, func(x *Customer) bool { return x.System == s && x.Company == company }, func(x *Customer) string { return x.Email + "\x00" + x.Name }) {
			ids = append(ids, cmp.Or(x.Before, x.After).ID)
		}
	}
	if company {
		return append(ids, c.again(s, ObjectCompanies)...)
	}
	return append(ids, c.again(s, ObjectCustomers)...)
}

func (c *MasterChanges) again(s System, o Object) []string {
	var ids []string
	for _, m := range c.Again {
		if m.System == s && m.Object == o {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

func moved[T any](c Change[T], of func(*T) bool, text func(*T) string) bool {
	switch {
	case !of(cmp.Or(c.Before, c.After)):
		return false
	case c.Before == nil || c.After == nil:
		return true
	}
	return text(c.Before) != text(c.After)
}

// A closeLook collects what looking closely at the invoices of a locus adds.
type closeLook struct {
	Standing
	totals Totals
}

// looked notes that an invoice of the entry's locus was looked at closely: what that
// adds to the run's totals and counts, and the invoices judged, resolved.
func (c *Comparison) looked(e *Entry, totals *Totals, counts Counts, invoices ...*Invoice) *closeLook {
	at := e.Locus()
	look := c.looks[at]
	if look == nil {
		look = &closeLook{Standing: Standing{Locus: at}}
		c.looks[at] = look
	}
	look.Counts = look.Counts.Plus(counts, 1)
	look.totals.merge(totals.List(), 1)
	c.counts = c.counts.Plus(counts, 1)
	c.totals.merge(totals.List(), 1)
	for _, i := range invoices {
		look.Touched = append(look.Touched, c.m.touched(i)...)
	}
	c.look = look
	return look
}

// Standings are the standings of the comparison, by locus. It has to have finished.
func (c *Comparison) Standings() iter.Seq[Standing] {
	return func(yield func(Standing) bool) {
		for _, at := range slices.Sorted(maps.Keys(c.looks)) {
			s := c.looks[at].Standing
			s.Totals = c.looks[at].totals.List()
			s.Touched, s.Counted = distinctLoci(s.Touched), distinctLoci(s.Counted)
			if !yield(s) {
				return
			}
		}
	}
}

func distinctLoci(loci []Locus) []Locus {
	slices.Sort(loci)
	return slices.Compact(loci)
}
