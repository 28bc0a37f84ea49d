package reconcile

import (
	"iter"
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

// Merge joins two streams of entries, each ordered by match key, into groups in
// key order. It holds one group at a time. The first error ends it.
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
			if l.err != nil || r.err != nil {
				yield(Group{}, firstError(l.err, r.err))
				return
			}
			if !yield(nextGroup(&l, &r), nil) {
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
	c.entry, c.err, c.ok = c.next()
	c.entry.System = c.system
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

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
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
	// the others to pair.
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
	case hs[0].Flags&FlagUnreadable != 0 || qb[0].Flags&FlagUnreadable != 0:
		w.State = Unknown
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
	w.State = Matched
	if hs.Digest != qb.Digest || hs.Flags.Look() || qb.Flags.Look() {
		w.State = Different
	}
}

// thin drops the invoices that are out of scope from a group of several, when
// that leaves at least one on each side.
func (w *Weighed) thin(s *Settings) {
	if len(w.HubSpot) == 0 || len(w.QuickBooks) == 0 {
		return
	}
	keep := map[System][]Entry{}
	var dropped []Entry
	for _, system := range Systems {
		for _, e := range w.Side(system) {
			if s.exclusion(&e, false) == "" {
				keep[system] = append(keep[system], e)
			} else {
				dropped = append(dropped, e)
			}
		}
	}
	if len(keep[HubSpot]) == 0 || len(keep[QuickBooks]) == 0 {
		return
	}
	w.HubSpot, w.QuickBooks, w.Dropped = keep[HubSpot], keep[QuickBooks], dropped
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
	for _, v := range s.StatusFilter {
		if v == status {
			return true
		}
	}
	return false
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
