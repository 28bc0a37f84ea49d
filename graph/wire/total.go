package wire

import "github.com/tieout/tieout/reconcile"

// A ControlTotal is one of the domain's with the direction that it was judged
// in, so that it can say whether it ties.
type ControlTotal struct {
	Total  reconcile.ControlTotal
	Source reconcile.System
}

// CurrencyCode returns the currency.
func (c *ControlTotal) CurrencyCode() string { return c.Total.Currency }

// Month returns YYYY-MM, or nil for invoices without a date.
func (c *ControlTotal) Month() *string { return TextOrNull(c.Total.Month) }

// Hubspot returns HubSpot's side.
func (c *ControlTotal) Hubspot() ControlTotalSide {
	return ControlTotalSide{c.Total.HubSpot, c.Total.Currency}
}

// Quickbooks returns QuickBooks' side.
func (c *ControlTotal) Quickbooks() ControlTotalSide {
	return ControlTotalSide{c.Total.QuickBooks, c.Total.Currency}
}

// Differences returns the classes that have a difference, in their fixed order.
func (c *ControlTotal) Differences() []ClassifiedDifference {
	list := []ClassifiedDifference{}
	for _, class := range reconcile.DifferenceClasses {
		if v, ok := c.Total.Differences[class]; ok {
			list = append(list, ClassifiedDifference{class, reconcile.Money{Minor: v, Currency: c.Total.Currency}})
		}
	}
	return list
}

// Unexplained returns the differences without a class.
func (c *ControlTotal) Unexplained() reconcile.Money {
	return reconcile.Money{Minor: c.Total.Unexplained(), Currency: c.Total.Currency}
}

// Check returns by how much the totals do not tie.
func (c *ControlTotal) Check() reconcile.Money {
	return reconcile.Money{Minor: c.Total.Check(c.Source), Currency: c.Total.Currency}
}

// A ControlTotalSide is one system's part of a control total.
type ControlTotalSide struct {
	side     reconcile.SideTotal
	currency string
}

// Population returns all invoices.
func (s *ControlTotalSide) Population() InvoiceTally { return s.tally(s.side.Population) }

// InScope returns those that the tie-out counts.
func (s *ControlTotalSide) InScope() InvoiceTally { return s.tally(s.side.InScope) }

// Matched returns those in pairs.
func (s *ControlTotalSide) Matched() InvoiceTally { return s.tally(s.side.Matched) }

// OnlyHere returns those without a partner.
func (s *ControlTotalSide) OnlyHere() InvoiceTally { return s.tally(s.side.OnlyHere) }

// Pending returns those that are younger than the grace.
func (s *ControlTotalSide) Pending() InvoiceTally { return s.tally(s.side.Pending) }

// Excluded returns those out of scope, by reason in their fixed order.
func (s *ControlTotalSide) Excluded() []ExcludedInvoices {
	list := []ExcludedInvoices{}
	for _, reason := range reconcile.ExclusionReasons {
		if t, ok := s.side.Excluded[reason]; ok {
			list = append(list, ExcludedInvoices{reason, s.tally(t)})
		}
	}
	return list
}

// Unreadable returns how many have an unknown amount.
func (s *ControlTotalSide) Unreadable() int { return s.side.Unreadable }

func (s *ControlTotalSide) tally(t reconcile.Tally) InvoiceTally {
	return InvoiceTally{t.Count, reconcile.Money{Minor: t.Amount, Currency: s.currency}}
}

// An InvoiceTally is a number of invoices and the sum of their totals.
type InvoiceTally struct {
	Count  int
	Amount reconcile.Money
}

// ExcludedInvoices are the invoices out of scope for one reason.
type ExcludedInvoices struct {
	Reason   reconcile.ExclusionReason
	Invoices InvoiceTally
}

// A ClassifiedDifference is the part of the differences with one cause.
type ClassifiedDifference struct {
	Class  reconcile.DifferenceClass
	Amount reconcile.Money
}

// Settings are the rules of the workspace in one version.
type Settings struct {
	Version int
	Values  []reconcile.SettingValue
}

// TextOrNull returns nil for an empty text.
func TextOrNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
