package reconcile

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"time"
)

// A Group is the invoices of both systems that meet under one match key. An
// empty key never pairs: its group has a single invoice.
type Group struct {
	Key        string
	HubSpot    []Entry
	QuickBooks []Entry
}

// Side returns the group's invoices of one system.
func (g *Group) Side(s System) []Entry {
	if s == QuickBooks {
		return g.QuickBooks
	}
	return g.HubSpot
}

// Merge joins two streams of entries, each ordered by the bytes of the match key,
// into groups in key order. It holds one group at a time. The first error ends
// it, as does an entry out of order, which would be taken for one without a
// partner; a group that the error may have cut short is not passed on.
func Merge(hs, qb iter.Seq2[Entry, error]) iter.Seq2[Group, error] {
	return func(yield func(Group, error) bool) {
		left, stopLeft := iter.Pull2(hs)
		defer stopLeft()
		right, stopRight := iter.Pull2(qb)
		defer stopRight()
		l, r := cursor{next: left, system: HubSpot}, cursor{next: right, system: QuickBooks}
		l.advance()
		r.advance()
		for l.ok || r.ok {
			var g Group
			if l.err == nil && r.err == nil {
				g = nextGroup(&l, &r)
			}
			if err := cmp.Or(l.err, r.err); err != nil {
				yield(Group{}, err)
				return
			}
			if !yield(g, nil) {
				return
			}
		}
	}
}

type cursor struct {
	system System
	next   func() (Entry, error, bool)
	entry  Entry
	err    error
	ok     bool
}

func (c *cursor) advance() {
	last := c.entry.MatchKey
	c.entry, c.err, c.ok = c.next()
	c.entry.System = c.system
	if c.ok && c.err == nil && c.entry.MatchKey < last {
		c.err = fmt.Errorf("merge: %s entries out of order: %q after %q", c.system, c.entry.MatchKey, last)
	}
}

// take collects the entries of one key. Of the empty key it takes one.
func (c *cursor) take(key string) []Entry {
	var out []Entry
	for c.ok && c.err == nil && c.entry.MatchKey == key {
		out = append(out, c.entry)
		c.advance()
		if key == "" {
			break
		}
	}
	return out
}

func nextGroup(l, r *cursor) Group {
	switch {
	case !r.ok || (l.ok && l.entry.MatchKey < r.entry.MatchKey) || (l.ok && l.entry.MatchKey == ""):
		key := l.entry.MatchKey
		return Group{Key: key, HubSpot: l.take(key)}
	case !l.ok || r.entry.MatchKey < l.entry.MatchKey:
		key := r.entry.MatchKey
		return Group{Key: key, QuickBooks: r.take(key)}
	}
	key := l.entry.MatchKey
	return Group{Key: key, HubSpot: l.take(key), QuickBooks: r.take(key)}
}

// A Weighed group is a group with its standing before anything but entries is
// known: pairs whose digests agree are settled by it.
type Weighed struct {
	Group
	// State is Matched, Different (digests differ or a flag asks for a closer
	// look), OneSided (each invoice of the group by itself), Ambiguous, Excluded
	// or Unknown (an unreadable partner).
	State PairState
	// Reason is why the group is excluded.
	Reason ExclusionReason
	// Dropped are invoices of a crowded group that are out of scope and so leave
	// the others to pair, or to stand alone.
	Dropped []Entry
}

// Weigh judges a group by its entries alone.
func (s *Settings) Weigh(g Group) Weighed {
	w := Weighed{Group: g}
	if len(g.HubSpot) > 1 || len(g.QuickBooks) > 1 {
		w.thin(s)
	}
	hs, qb := w.HubSpot, w.QuickBooks
	switch {
	case len(hs) == 0 || len(qb) == 0:
		w.State = OneSided
	case len(hs) > 1 || len(qb) > 1:
		w.State = Ambiguous
	default:
		w.weighPair(s, &hs[0], &qb[0])
	}
	return w
}

func (w *Weighed) weighPair(s *Settings, hs, qb *Entry) {
	src := hs
	if s.Source() == QuickBooks {
		src = qb
	}
	if w.Reason = s.exclusion(src, true); w.Reason != "" {
		w.State = Excluded
		return
	}
	if (hs.Flags|qb.Flags)&FlagUnreadable != 0 {
		w.State = Unknown
		return
	}
	w.State = agreement(hs, qb)
}

// agreement is the state of a pair as far as its entries tell.
func agreement(hs, qb *Entry) PairState {
	if hs.Digest != qb.Digest || hs.Flags.Look() || qb.Flags.Look() {
		return Different
	}
	return Matched
}

// PairState is the state of the group's pair, also of one that is out of scope;
// empty when the group is no pair.
func (w *Weighed) PairState() PairState {
	if len(w.HubSpot) != 1 || len(w.QuickBooks) != 1 {
		return ""
	}
	hs, qb := &w.HubSpot[0], &w.QuickBooks[0]
	if (hs.Flags|qb.Flags)&FlagUnreadable != 0 {
		return Unknown
	}
	return agreement(hs, qb)
}

// thin drops the invoices that are out of scope from the sides of a group that
// have several. One invoice on each side then pairs; one that is left alone is
// told of as one-sided. Where a number stays doubled the group is ambiguous.
func (w *Weighed) thin(s *Settings) {
	hs, hsOut := s.kept(w.HubSpot)
	qb, qbOut := s.kept(w.QuickBooks)
	switch lone := min(len(hs), len(qb)) == 0; {
	case len(w.HubSpot) == 0 || len(w.QuickBooks) == 0:
		return // one-sided: each is judged by itself
	case lone && max(len(hs), len(qb)) != 1:
		return
	case lone && len(w.Side(s.Source())) > 1 && s.allOut(w.Side(s.Source())):
		// Whichever of them is the partner, the pair is out of scope.
		src := w.Side(s.Source())
		if s.Source() == HubSpot {
			hs, hsOut = src[:1], src[1:]
		} else {
			qb, qbOut = src[:1], src[1:]
		}
	}
	w.HubSpot, w.QuickBooks, w.Dropped = hs, qb, slices.Concat(hsOut, qbOut)
}

// kept splits the invoices of one side of a group into those that are in scope
// and the others. A single one is kept: as a partner it is judged by SRC.
func (s *Settings) kept(side []Entry) (in, out []Entry) {
	if len(side) == 1 {
		return side, nil
	}
	for _, e := range side {
		if s.exclusion(&e, false) == "" {
			in = append(in, e)
		} else {
			out = append(out, e)
		}
	}
	return in, out
}

// allOut reports whether invoices would be out of scope even with a partner.
func (s *Settings) allOut(side []Entry) bool {
	return !slices.ContainsFunc(side, func(e Entry) bool { return s.exclusion(&e, true) == "" })
}

// exclusion says why an invoice is out of scope (gates 5 to 7), or "". An
// unreadable invoice cannot be judged and stays in.
func (s *Settings) exclusion(e *Entry, paired bool) ExclusionReason {
	switch {
	case e.Flags&FlagUnreadable != 0:
		return ""
	case !s.StartDate.IsZero() && e.Date.Before(s.StartDate):
		return ExcludedByStartDate
	case !s.selects(e.Status):
		return ExcludedByStatus
	case !paired && s.SkipIntegrationSource && e.Flags&FlagIntegration != 0:
		return ExcludedByIntegration
	}
	return ""
}

func (s *Settings) selects(status Status) bool {
	return slices.Contains(s.StatusFilter, status)
}

// AloneState is the state of an invoice without a partner as far as its entry
// tells: what keeps an unsynced one back is Diagnose's answer.
func (s *Settings) AloneState(e *Entry, crowded bool, asOf time.Time) PairState {
	switch {
	case e.Flags&FlagUnreadable != 0:
		return Unknown
	case s.exclusion(e, false) != "":
		return Excluded
	case crowded:
		return Ambiguous
	case s.pending(e, asOf):
		return Pending
	}
	return OneSided
}

// NearInTime reports whether two dates are near enough for twins.
func NearInTime(a, b Date) bool {
	days := a.Sub(b)
	return max(days, -days) <= twinDays
}
