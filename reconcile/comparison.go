package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Input is what a comparison is given besides the invoices.
type Input struct {
	Workspace  WorkspaceID
	Run        RunID // the run at work
	AsOf       time.Time
	Masters    *Masters
	Unreadable []Unreadable
	// Problems are the certificates that are not complete; empty: all are.
	Problems []Certificate
	// Schedules are the schedules of the workspace.
	Schedules []ScheduleHistory
	// Connections are the stored sign-ins that the run used.
	Connections []Connection
	// Judged are the loci whose findings are wanted; nil: all. What lies at them has
	// to be fed as a whole.
	Judged map[Locus]bool
	// Emit receives every finding, once.
	Emit func(Finding)
}

// A Comparison compares two mirrored systems. It is fed in order: Add for every
// weighed group, Pair for the pairs that Add asked for, then Alone for every
// invoice that Unpaired lists, then Finish. It holds the unpaired entries, a few
// words of every other invoice in scope (twinEntry), and what masters need, not the
// invoices.
type Comparison struct {
	in       Input
	m        *Masters
	s        *Settings
	src      System
	totals   Totals
	counts   Counts
	unpaired map[System][]Entry     // in scope
	crowds   map[System][]crowd     // in scope, several under one number
	twins    map[System][]twinEntry // in scope: for same customer, date and total
	rivals   map[int64][]string     // by row
	grouped  []Entry                // in scope and ambiguous, with something to look at
	isGroup  map[int64]bool         // rows of grouped
	usage    map[cause]*usage
	inUse    map[cause]*usage // unsynced invoices by SKU, customer or tax rate
	unjudged map[string]Locus // subjects that cannot be compared, with where they lie
	looks    map[Locus]*closeLook
	look     *closeLook     // the one at work
	shadows  map[int64]bool // rows of invoices that are not judged
	// halfPulled says that not all invoices of both systems are as they are now.
	halfPulled bool
}

// NewComparison starts a comparison.
func NewComparison(in Input) *Comparison {
	return &Comparison{
		in: in, m: in.Masters, s: &in.Masters.Settings, src: in.Masters.Settings.Source(),
		unpaired: map[System][]Entry{}, crowds: map[System][]crowd{}, twins: map[System][]twinEntry{},
		rivals: map[int64][]string{}, isGroup: map[int64]bool{}, usage: map[cause]*usage{}, inUse: map[cause]*usage{}, unjudged: map[string]Locus{},
		looks: map[Locus]*closeLook{}, shadows: map[int64]bool{},
		halfPulled: slices.ContainsFunc(in.Problems, func(p Certificate) bool { return p.Object == ObjectInvoices }),
	}
}

// Add takes a group in. look says that its pair, the first result, has to be
// looked at closely: then Pair must follow.
func (c *Comparison) Add(g Group) (pair [2]Entry, look bool) {
	w := c.s.Weigh(g)
	for _, side := range [][]Entry{g.HubSpot, g.QuickBooks} {
		for n := range side {
			c.populate(&side[n])
		}
	}
	for _, e := range w.Dropped {
		c.exclude(&e, c.s.exclusion(&e, false))
		for _, kept := range w.Side(e.System.Other()) {
			c.rival(kept.Row, fmt.Sprintf("%s invoice %s with the same number, which is out of scope", e.System.Title(), e.ID))
		}
	}
	switch w.State {
	case OneSided:
		c.addUnpaired(&w)
	case Ambiguous:
		c.addAmbiguous(&w)
	case Excluded:
		c.excludePair(&w)
	case Unknown:
		c.addUnknown(&w)
	default:
		c.addPair(&w)
		return [2]Entry{w.HubSpot[0], w.QuickBooks[0]}, w.State == Different
	}
	return pair, false
}

// Shadow takes a group in that is not judged: its invoices may be duplicates or twins
// of those that are.
func (c *Comparison) Shadow(g Group) {
	totals, counts, unjudged := c.totals, c.counts, c.unjudged
	c.totals, c.unjudged = Totals{}, map[string]Locus{}
	c.Add(g)
	c.totals, c.counts, c.unjudged = totals, counts, unjudged
	for _, side := range [][]Entry{g.HubSpot, g.QuickBooks} {
		for n := range side {
			c.shadows[side[n].Row] = true
		}
	}
}

// populate counts an invoice into the population of its system.
func (c *Comparison) populate(e *Entry) {
	if e.System == HubSpot {
		c.counts.HubSpotInvoices++
	} else {
		c.counts.QuickBooksInvoices++
	}
	if e.Flags&FlagUnreadable != 0 {
		c.unjudge(e)
		c.side(e).Unreadable++
		return
	}
	c.side(e).Population.add(e.Total)
}

func (c *Comparison) side(e *Entry) *SideTotal { return c.totals.at(e).Side(e.System) }

// sign is 1 for SRC and -1 for DST: differences are SRC less DST.
func (c *Comparison) sign(s System) int64 {
	if s == c.src {
		return 1
	}
	return -1
}

func (c *Comparison) exclude(e *Entry, why ExclusionReason) {
	c.counts.Excluded++
	c.side(e).exclude(why, Tally{1, e.Total})
}

func (c *Comparison) excludePair(w *Weighed) {
	c.counts.Excluded++
	for _, e := range []*Entry{&w.HubSpot[0], &w.QuickBooks[0]} {
		why := w.Reason
		if e.System != c.src {
			why = ExcludedByPartner
		}
		if e.Flags&FlagUnreadable == 0 { // its amount is unknown
			c.side(e).exclude(why, Tally{1, e.Total})
		}
	}
}

// addUnknown takes in a pair that cannot be compared because a side is unreadable.
func (c *Comparison) addUnknown(w *Weighed) {
	c.counts.Unknown++
	c.counts.InScope++
	for _, e := range []*Entry{&w.HubSpot[0], &w.QuickBooks[0]} {
		c.unjudge(e)
		if e.Flags&FlagUnreadable == 0 {
			c.side(e).InScope.add(e.Total)
			c.totals.at(e).differ(ClassUnreadable, c.sign(e.System)*e.Total)
		}
	}
}

// unjudge notes that nothing can be said of an invoice, nor of its pair.
func (c *Comparison) unjudge(e *Entry) {
	c.unjudged[subject(e.System, "invoice", e.ID)] = e.Locus()
	if e.System == HubSpot {
		c.unjudged[subject(HubSpot, "pair", e.ID)] = e.Locus()
	}
}

// Proof says what the comparison proves of findings that it did not raise.
func (c *Comparison) Proof() Proof {
	return Proof{Complete: len(c.in.Problems) == 0, Unjudged: c.unjudged, Judged: c.in.Judged}
}

// addAmbiguous takes in invoices of which it cannot be said who is whose partner.
func (c *Comparison) addAmbiguous(w *Weighed) {
	var readable []Entry
	counts := false
	for _, e := range slices.Concat(w.HubSpot, w.QuickBooks) {
		if why := c.s.exclusion(&e, false); why != "" {
			c.exclude(&e, why)
			continue
		}
		counts = true
		if e.Flags&FlagUnreadable != 0 {
			continue
		}
		readable = append(readable, e)
		c.side(&e).InScope.add(e.Total)
		c.totals.at(&e).differ(ClassDuplicate, c.sign(e.System)*e.Total)
		if e.Flags.Look() {
			c.grouped, c.isGroup[e.Row] = append(c.grouped, e), true
		}
	}
	if counts {
		c.counts.InScope++
		c.counts.Ambiguous++
	}
	c.crowd(readable)
}

func (c *Comparison) addUnpaired(w *Weighed) {
	var inScope []Entry
	for _, e := range slices.Concat(w.HubSpot, w.QuickBooks) {
		if why := c.s.exclusion(&e, false); why != "" {
			c.exclude(&e, why)
			continue
		}
		c.counts.InScope++
		if e.Flags&FlagUnreadable != 0 {
			c.counts.Unknown++
			continue
		}
		inScope = append(inScope, e)
		c.side(&e).InScope.add(e.Total)
		c.side(&e).OnlyHere.add(e.Total)
		c.unpaired[e.System] = append(c.unpaired[e.System], e)
	}
	c.crowd(inScope)
}

// addPair takes a pair in scope in. Where digests agree and nothing asks for a
// closer look it is matched and done.
func (c *Comparison) addPair(w *Weighed) {
	c.counts.InScope++
	hs, qb := &w.HubSpot[0], &w.QuickBooks[0]
	for _, e := range []*Entry{hs, qb} {
		c.side(e).InScope.add(e.Total)
		c.side(e).Matched.add(e.Total)
		c.twin(e)
	}
	if w.State == Matched {
		c.counts.Matched++
	}
}

// Pair looks closely at a pair that Add asked for.
func (c *Comparison) Pair(pair [2]Entry, hs, qb Invoice) {
	c.m.Resolve(&hs)
	c.m.Resolve(&qb)
	v := c.m.ComparePair(&hs, &qb)
	counts := Counts{Compared: 1, Different: 1}
	if len(v.Differences) == 0 && len(v.Covered) == 0 {
		counts = Counts{Compared: 1, Matched: 1}
	}
	var totals Totals
	c.classes(&totals, &v, &pair[0], &pair[1])
	c.looked(&pair[0], &totals, counts, &hs, &qb)
	for _, covered := range v.Covered {
		c.use(c.usage, covered.By).effect(covered.Effect)
	}
	for _, i := range []*Invoice{&hs, &qb} {
		c.useMasters(i)
	}
	src := &hs
	if c.src == QuickBooks {
		src = &qb
	}
	for _, d := range v.Differences {
		f := c.pairFinding(src, &hs, &qb, d)
		f.Locus = pair[0].Locus()
		c.emit(f)
	}
}

// classes enters the differences of a pair into the control totals. Where the
// partner belongs to another month or currency, each block gets what it needs to
// tie by itself.
func (c *Comparison) classes(t *Totals, v *PairVerdict, hs, qb *Entry) {
	src, dst := hs, qb
	if c.src == QuickBooks {
		src, dst = qb, hs
	}
	at, other := t.at(src), t.at(dst)
	if src.Currency != dst.Currency {
		at.differ(ClassCurrency, src.Total)
		other.differ(ClassCurrency, -dst.Total)
		return
	}
	for class, amount := range v.Classes {
		at.differ(class, amount)
	}
	if at != other {
		at.differ(ClassDate, dst.Total)
		other.differ(ClassDate, -dst.Total)
	}
}

// Unpaired lists the invoices in scope that Alone has to be told of: the unpaired
// ones, and the ambiguous ones that use something with a fault of its own.
func (c *Comparison) Unpaired() []Entry {
	c.crowdFindings()
	c.twinCandidates()
	all := slices.Concat(c.unpaired[HubSpot], c.unpaired[QuickBooks], c.grouped)
	return slices.DeleteFunc(all, func(e Entry) bool { return c.shadows[e.Row] })
}

// Alone judges an invoice that Unpaired lists.
func (c *Comparison) Alone(e Entry, i Invoice) {
	c.m.Resolve(&i)
	var totals Totals
	var counts Counts
	pending := c.s.pending(&e, c.in.AsOf)
	switch {
	case c.isGroup[e.Row]:
	case pending:
		totals.at(&e).Side(e.System).Pending.add(e.Total)
		counts.Pending = 1
	case e.System == HubSpot:
		counts.OnlyHubSpot = 1
	default:
		counts.OnlyQuickBooks = 1
	}
	look := c.looked(&e, &totals, counts, &i)
	c.useMasters(&i)
	if c.isGroup[e.Row] {
		return // its number is on several invoices, and that has its finding
	}
	if look.Pending = look.Pending || pending; pending {
		return
	}
	d := c.m.Diagnose(Case{Invoice: &i, Rivals: c.rivals[e.Row], PullProblem: c.Problem(), AsOf: c.in.AsOf})
	for _, by := range c.blockers(&i) {
		c.use(c.inUse, by).invoice(&i)
	}
	f := c.aloneFinding(&i, &d)
	f.Locus = e.Locus()
	c.emit(f)
}

// Problem says which pulls are not complete, and why; empty when all are.
func (c *Comparison) Problem() string {
	var list []string
	for _, p := range c.in.Problems {
		if !slices.Contains(list, p.Problem) {
			list = append(list, p.Problem)
		}
	}
	return strings.Join(list, "; ")
}

// emit passes a finding on, unless the pull is not complete and the code claims
// that something is not there, or compares invoices of which one may be an old one; or
// nobody asked about its locus.
func (c *Comparison) emit(f Finding) {
	rule, ok := RuleOf(f.Code)
	if !ok {
		panic(fmt.Sprintf("finding %s is not in the catalogue", f.Code))
	}
	if rule.Absence && len(c.in.Problems) > 0 || c.halfPulled && strings.HasPrefix(f.Subject, "pair/") {
		return
	}
	if c.in.Judged != nil && f.Locus != "" && !c.in.Judged[f.Locus] {
		return
	}
	f.Severity, f.Actions = rule.Severity, rule.Actions
	f.ID = Identify(c.in.Workspace, f.Code, f.Subject, f.Field)
	c.in.Emit(f)
}

// Finish raises the findings on groups, masters, records, pulls, schedules and
// connections, and returns the control totals and counts.
func (c *Comparison) Finish() ([]ControlTotal, Counts) {
	c.skuFindings()
	c.emailFindings()
	c.taxFindings()
	c.pullFindings()
	c.scheduleFindings()
	c.connectionFindings()
	return c.totals.List(), c.counts
}
