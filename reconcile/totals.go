package reconcile

import (
	"cmp"
	"maps"
	"slices"
)

// A ControlTotal adds up one currency and month of invoices, by the invoices'
// own dates. All amounts are minor units. For every control total, and for every
// sum of control totals of one currency,
//
//	(InScope SRC − InScope DST) = (only SRC − only DST) + Σ differences
//
// holds to the unit; Check says by how much it does not.
type ControlTotal struct {
	Currency string `json:"currency"`
	Month    string `json:"month"` // YYYY-MM; empty for invoices without a date
	// HubSpot and QuickBooks are the two populations.
	HubSpot    SideTotal `json:"hubspot"`
	QuickBooks SideTotal `json:"quickbooks"`
	// Differences are signed, SRC less DST, by class.
	Differences map[DifferenceClass]int64 `json:"differences,omitempty"`
}

// A SideTotal adds up one system's invoices.
type SideTotal struct {
	Population Tally `json:"population"`
	InScope    Tally `json:"inScope"`
	Matched    Tally `json:"matched"` // in pairs, equal or not
	OnlyHere   Tally `json:"onlyHere"`
	Pending    Tally `json:"pending"` // unpaired, younger than the grace; part of OnlyHere
	// Excluded are the invoices out of scope, by reason.
	Excluded map[ExclusionReason]Tally `json:"excluded,omitempty"`
	// Unreadable counts invoices whose amount is unknown; they are in no sum.
	Unreadable int `json:"unreadable,omitempty"`
}

// A Tally is a number of invoices and the sum of their totals in minor units.
type Tally struct {
	Count  int   `json:"count"`
	Amount int64 `json:"amount"`
}

func (t *Tally) add(amount int64) { t.Count++; t.Amount += amount }

func (t Tally) plus(u Tally) Tally { return Tally{t.Count + u.Count, t.Amount + u.Amount} }

func (t Tally) times(sign int) Tally { return Tally{sign * t.Count, int64(sign) * t.Amount} }

// A DifferenceClass says what a difference between paired invoices is made of.
type DifferenceClass string

// The classes. What has none is unexplained: the number to alert on.
const (
	ClassPrice       DifferenceClass = "price"
	ClassQuantity    DifferenceClass = "quantity"
	ClassLine        DifferenceClass = "line" // missing or extra lines
	ClassDiscount    DifferenceClass = "discount"
	ClassTax         DifferenceClass = "tax"
	ClassCurrency    DifferenceClass = "currency"
	ClassVoid        DifferenceClass = "void"
	ClassDate        DifferenceClass = "date" // the partner is dated in another month
	ClassDuplicate   DifferenceClass = "duplicate"
	ClassUnreadable  DifferenceClass = "unreadable"
	ClassUnexplained DifferenceClass = "unexplained"
)

// DifferenceClasses lists the classes in their fixed order.
var DifferenceClasses = []DifferenceClass{
	ClassPrice, ClassQuantity, ClassLine, ClassDiscount, ClassTax, ClassCurrency, ClassVoid, ClassDate,
	ClassDuplicate, ClassUnreadable, ClassUnexplained,
}

// An ExclusionReason says which gate put an invoice out of scope.
type ExclusionReason string

// The reasons.
const (
	ExcludedByStartDate   ExclusionReason = "start_date"
	ExcludedByStatus      ExclusionReason = "status_filter"
	ExcludedByIntegration ExclusionReason = "skip_integration_source"
	// ExcludedByPartner: the SRC invoice of the pair is out of scope.
	ExcludedByPartner ExclusionReason = "partner"
)

// ExclusionReasons lists the reasons in their fixed order.
var ExclusionReasons = []ExclusionReason{ExcludedByStartDate, ExcludedByStatus, ExcludedByIntegration, ExcludedByPartner}

// Side returns the totals of one system.
func (c *ControlTotal) Side(s System) *SideTotal {
	if s == QuickBooks {
		return &c.QuickBooks
	}
	return &c.HubSpot
}

// SumDifferences adds up the differences of all classes.
func (c *ControlTotal) SumDifferences() int64 {
	var sum int64
	for _, v := range c.Differences {
		sum += v
	}
	return sum
}

// Check returns (in scope SRC − in scope DST) − (only SRC − only DST + Σ
// differences), minor units; 0 when the totals tie.
func (c *ControlTotal) Check(src System) int64 {
	s, d := c.Side(src), c.Side(src.Other())
	return (s.InScope.Amount - d.InScope.Amount) - (s.OnlyHere.Amount - d.OnlyHere.Amount + c.SumDifferences())
}

// Unexplained returns the part of the differences that has no class.
func (c *ControlTotal) Unexplained() int64 { return c.Differences[ClassUnexplained] }

// SumTotals adds control totals of one currency up into one without a month.
func SumTotals(totals []ControlTotal) ControlTotal {
	var sum ControlTotal
	for n := range totals {
		t := &totals[n]
		sum.Currency = t.Currency
		sum.HubSpot = sum.HubSpot.plus(&t.HubSpot)
		sum.QuickBooks = sum.QuickBooks.plus(&t.QuickBooks)
		for class, v := range t.Differences {
			sum.differ(class, v)
		}
	}
	return sum
}

func (c *ControlTotal) differ(class DifferenceClass, amount int64) {
	if amount == 0 {
		return
	}
	if c.Differences == nil {
		c.Differences = map[DifferenceClass]int64{}
	}
	c.Differences[class] += amount
	if c.Differences[class] == 0 {
		delete(c.Differences, class)
	}
}

func (s SideTotal) plus(t *SideTotal) SideTotal {
	s.Population = s.Population.plus(t.Population)
	s.InScope = s.InScope.plus(t.InScope)
	s.Matched = s.Matched.plus(t.Matched)
	s.OnlyHere = s.OnlyHere.plus(t.OnlyHere)
	s.Pending = s.Pending.plus(t.Pending)
	s.Unreadable += t.Unreadable
	s.Excluded = maps.Clone(s.Excluded)
	for reason, tally := range t.Excluded {
		s.exclude(reason, tally)
	}
	return s
}

// times returns the total with all its figures multiplied by a sign.
func (s *SideTotal) times(sign int) *SideTotal {
	out := SideTotal{
		Population: s.Population.times(sign), InScope: s.InScope.times(sign), Matched: s.Matched.times(sign),
		OnlyHere: s.OnlyHere.times(sign), Pending: s.Pending.times(sign), Unreadable: sign * s.Unreadable,
	}
	for reason, tally := range s.Excluded {
		out.exclude(reason, tally.times(sign))
	}
	return &out
}

// empty reports whether nothing was added up, or all of it taken away again.
func (s *SideTotal) empty() bool {
	return s.Population == Tally{} && s.InScope == Tally{} && s.Matched == Tally{} && s.OnlyHere == Tally{} && s.Pending == Tally{} &&
		len(s.Excluded) == 0 && s.Unreadable == 0
}

func (s *SideTotal) exclude(reason ExclusionReason, tally Tally) {
	if s.Excluded == nil {
		s.Excluded = map[ExclusionReason]Tally{}
	}
	s.Excluded[reason] = s.Excluded[reason].plus(tally)
	if s.Excluded[reason] == (Tally{}) {
		delete(s.Excluded, reason)
	}
}

// A totalKey is where a control total is kept while it is added up.
type totalKey struct {
	currency string
	month    int // counted from year 0; -1 without a date
}

// Totals collects control totals. The zero value is ready for use.
type Totals struct{ by map[totalKey]*ControlTotal }

func (t *Totals) at(e *Entry) *ControlTotal {
	return t.block(totalKey{e.Currency, e.Date.monthNumber()}, e.Date.Month())
}

func (t *Totals) block(key totalKey, month string) *ControlTotal {
	if t.by == nil {
		t.by = map[totalKey]*ControlTotal{}
	}
	c := t.by[key]
	if c == nil {
		c = &ControlTotal{Currency: key.currency, Month: month}
		t.by[key] = c
	}
	return c
}

// merge adds totals, or takes them away with a sign of -1. Blocks of nothing are
// dropped.
func (t *Totals) merge(list []ControlTotal, sign int) {
	for n := range list {
		from := &list[n]
		key := totalKey{from.Currency, monthOf(from.Month).monthNumber()}
		c := t.block(key, from.Month)
		c.HubSpot = c.HubSpot.plus(from.HubSpot.times(sign))
		c.QuickBooks = c.QuickBooks.plus(from.QuickBooks.times(sign))
		for class, amount := range from.Differences {
			c.differ(class, int64(sign)*amount)
		}
		if c.HubSpot.empty() && c.QuickBooks.empty() && len(c.Differences) == 0 {
			delete(t.by, key)
		}
	}
}

// monthOf is a day of a month YYYY-MM; zero of none.
func monthOf(month string) Date {
	d, err := ParseDate(month + "-01")
	if err != nil {
		return Date{}
	}
	return d
}

// MergeTotals returns the totals of a list with others added and others taken away.
func MergeTotals(list, plus, minus []ControlTotal) []ControlTotal {
	var t Totals
	t.merge(list, 1)
	t.merge(plus, 1)
	t.merge(minus, -1)
	return t.List()
}

// List returns the totals by currency and month.
func (t *Totals) List() []ControlTotal {
	list := make([]ControlTotal, 0, len(t.by))
	for _, c := range t.by {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b ControlTotal) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.Month, b.Month))
	})
	return list
}
