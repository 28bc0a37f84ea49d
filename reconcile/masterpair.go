package reconcile

import (
	"cmp"
	"iter"
	"slices"
)

// A MatchKind says how the records of the two systems meet under one key, a SKU or
// an e-mail.
type MatchKind string

// The kinds. Every row of a SKU audit and every pair has exactly one.
const (
	KindExact          MatchKind = "EXACT"
	KindCase           MatchKind = "CASE"
	KindSpace          MatchKind = "SPACE"
	KindAmbiguous      MatchKind = "AMBIGUOUS"
	KindNoneHubSpot    MatchKind = "NONE_HS"
	KindNoneQuickBooks MatchKind = "NONE_QBO"
	KindBlank          MatchKind = "BLANK"
)

// A MasterPair is what the two systems have under one key: products under a SKU, or
// customers under an e-mail, as they are compared without case and blanks. A record
// without a key is a pair of its own.
type MasterPair[T any] struct {
	// Key is what the records meet under: the near key of their SKUs or e-mails;
	// empty for a record without one.
	Key string
	// Name names the pair among those of its kind: the key, or for a record without
	// one what RecordName makes of it.
	Name       string
	Kind       MatchKind
	HubSpot    MasterSide[T]
	QuickBooks MasterSide[T]
	// Near are the keys of both that would match but for case or blanks, at most MostNear.
	Near []NearKeys
}

// MostNear bounds the near keys that a pair spells out.
const MostNear = 50

// A ProductPair is what the catalogues have under one SKU, as the SKU audit judges it.
// A CustomerPair is the same under one e-mail.
type (
	ProductPair  = MasterPair[Product]
	CustomerPair = MasterPair[Customer]
)

// A MasterSide is what one system has under a key.
type MasterSide[T any] struct {
	System  System
	Records []T      // the active ones first, then by id
	Keys    []string // distinct, as they are written, in byte order; no empty one
	Active  int      // how many records are active
	// Duplicate says that several active records meet here, and not each has one
	// exact match.
	Duplicate bool
}

// Covered reports whether each key of the pair has its exact match, both active.
func (p *MasterPair[T]) Covered() bool {
	return p.Kind == KindExact && p.HubSpot.Active > 0 && p.QuickBooks.Active > 0
}

// NearKeys are a key of each system that would match but for case or blanks.
type NearKeys struct {
	HubSpot, QuickBooks string
	Kind                MatchKind // KindCase or KindSpace
	Difference          string    // spelled out
}

// A PairTally is what the unresolved findings on a pair add up to.
type PairTally struct {
	Findings int
	Invoices int     // that they keep back, added up over the findings
	Amounts  []Money // the totals of those by currency, without currencies that have none
}

// RecordName names the pair of a record without a key. It begins with a blank, as no
// near key does; the rest is the subject of a finding on the record.
func RecordName(subject string) string { return " " + subject }

// PairKey names the product or customer pair that a finding is about; it is empty for
// findings about something else.
func (f *Finding) PairKey() string {
	rule, _ := RuleOf(f.Code)
	switch {
	case f.Code == SKUMissing, f.Code == EmailMissing:
		return RecordName(f.Subject)
	case rule.Family == FamilySKU:
		return NearKey(f.Number)
	case rule.Family == FamilyCustomer:
		return NearEmail(f.Number)
	}
	return ""
}

// FamilyCodes lists the codes of a family.
func FamilyCodes(family Family) []Code {
	var list []Code
	for _, r := range Rules {
		if r.Family == family {
			list = append(list, r.Code)
		}
	}
	return list
}

// PairProducts judges the products of both systems that share a near key, or one
// product without a SKU. There must be at least one.
func PairProducts(products []Product) ProductPair {
	first := &products[0]
	return newMasterPair(products, NearKey(first.SKU), subject(first.System, "product", first.ID), verbatim)
}

// PairCustomers judges the customers of both systems that share a near e-mail, or one
// customer without an e-mail. There must be at least one.
func PairCustomers(match EmailMatch, customers []Customer) CustomerPair {
	first, same, kind := &customers[0], verbatim, "customer"
	if match == EmailNormalized {
		same = NearEmail
	}
	if first.Company {
		kind = "company"
	}
	return newMasterPair(customers, NearEmail(first.Email), subject(first.System, kind, first.ID), same)
}

func verbatim(key string) string { return key }

// newMasterPair judges the records under a key. same makes of a key what has to be
// equal for a match.
func newMasterPair[T any, P interface {
	*T
	keyed
}](records []T, key, subject string, same func(string) string) MasterPair[T] {
	var sides [2][]P
	for n := range records {
		at := 0
		if P(&records[n]).in() == QuickBooks {
			at = 1
		}
		sides[at] = append(sides[at], &records[n])
	}
	hs, qb := sides[0], sides[1]
	pair := MasterPair[T]{Key: key, Name: key, Kind: KindBlank, HubSpot: newMasterSide[T](HubSpot, hs), QuickBooks: newMasterSide[T](QuickBooks, qb)}
	if key == "" {
		pair.Name = RecordName(subject)
		return pair
	}
	pair.Kind = matchKind(holders(hs), holders(qb), same)
	for _, side := range []*MasterSide[T]{&pair.HubSpot, &pair.QuickBooks} {
		side.Duplicate = side.Active > 1 && pair.Kind != KindExact
	}
	for near := range nearKeys(hs, qb, same) {
		if len(pair.Near) == MostNear {
			break
		}
		pair.Near = append(pair.Near, near)
	}
	return pair
}

func newMasterSide[T any, P interface {
	*T
	keyed
}](s System, records []P) MasterSide[T] {
	side := MasterSide[T]{System: s}
	for _, key := range distinctKeys(records, verbatim) {
		if key != "" {
			side.Keys = append(side.Keys, key)
		}
	}
	slices.SortFunc(records, func(a, b P) int { return cmp.Or(compareLive(a, b), CompareIDs(a.id(), b.id())) })
	for _, r := range records {
		side.Records = append(side.Records, *r)
		if r.live() {
			side.Active++
		}
	}
	return side
}

// compareLive puts active records first.
func compareLive(a, b keyed) int {
	switch {
	case a.live() == b.live():
		return 0
	case a.live():
		return -1
	}
	return 1
}

func pointers[T any](list []T) []*T {
	out := make([]*T, len(list))
	for n := range list {
		out[n] = &list[n]
	}
	return out
}

// holders are the records that count under a key: the active ones, or all where none
// is active.
func holders[T keyed](side []T) []T {
	var live []T
	for _, r := range side {
		if r.live() {
			live = append(live, r)
		}
	}
	if len(live) > 0 {
		return live
	}
	return side
}

// matchKind says how the holders of both systems meet under a key that is not blank.
func matchKind[T keyed](hs, qb []T, same func(string) string) MatchKind {
	switch {
	case len(hs) == 0:
		return KindNoneHubSpot
	case len(qb) == 0:
		return KindNoneQuickBooks
	}
	a, b := distinctKeys(hs, same), distinctKeys(qb, same)
	switch {
	case slices.Equal(a, b) && len(a) == len(hs) && len(b) == len(qb):
		return KindExact
	case len(hs) > 1 || len(qb) > 1:
		return KindAmbiguous
	}
	return nearKind(hs[0].key(), qb[0].key())
}

// nearKind tells a difference in case alone from one in blanks.
func nearKind(a, b string) MatchKind {
	if Fold(a) == Fold(b) {
		return KindCase
	}
	return KindSpace
}

// distinctKeys are the distinct keys of records, sorted.
func distinctKeys[T keyed](list []T, same func(string) string) []string {
	keys := make([]string, len(list))
	for n, r := range list {
		keys[n] = same(r.key())
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// nearKeys are the keys of the holders that do not match and nearly do: one of the
// two must have no exact match in the other system.
func nearKeys[T keyed](hs, qb []T, same func(string) string) iter.Seq[NearKeys] {
	return func(yield func(NearKeys) bool) {
		here, there := distinctKeys(hs, verbatim), distinctKeys(qb, verbatim)
		for _, a := range distinctKeys(holders(hs), verbatim) {
			_, aMatches := slices.BinarySearch(there, a)
			for _, b := range distinctKeys(holders(qb), verbatim) {
				_, bMatches := slices.BinarySearch(here, b)
				if same(a) == same(b) || (aMatches && bMatches) {
					continue
				}
				if !yield(NearKeys{HubSpot: a, QuickBooks: b, Kind: nearKind(a, b), Difference: SpellOut(a, b)}) {
					return
				}
			}
		}
	}
}
