package sandbox

import (
	"errors"
	"fmt"
	"strings"
)

// checkMasters makes sure that the master data hold no disagreement but those
// planted: SKUs and e-mails that are near each other must all be in both
// systems, and none may be held twice in one.
func (w *world) checkMasters() error {
	skus, emails := newNearness("SKU"), newNearness("e-mail")
	for _, p := range w.products {
		for s := range system(2) {
			if p.in(s) && !p.inactive && !p.planted {
				skus.add(s, p.sku[s])
			}
		}
	}
	for _, c := range w.customers {
		for s := range system(2) {
			if c.id(s) != 0 && !c.inactive && !c.planted {
				emails.add(s, c.email[s])
			}
		}
		for _, o := range c.others {
			if o.email != "" {
				emails.add(hubspot, o.email)
				emails.add(quickbooks, o.email) // a colleague is not expected in QuickBooks, but nobody else may be near
			}
		}
	}
	if err := skus.check(); err != nil {
		return err
	}
	return emails.check()
}

// A nearness holds the values of both systems under the key that near values
// share.
type nearness struct {
	what   string
	values map[string]*[2][]string
}

func newNearness(what string) *nearness { return &nearness{what, map[string]*[2][]string{}} }

// nearKey is equal for values that a careless reader takes for one.
func nearKey(value string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '_' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(value))
}

func (n *nearness) add(s system, value string) {
	key := nearKey(value)
	if n.values[key] == nil {
		n.values[key] = &[2][]string{}
	}
	n.values[key][s] = append(n.values[key][s], value)
}

func (n *nearness) check() error {
	for key, held := range n.values {
		if key == "" {
			return fmt.Errorf("self-check: an unplanted %s is blank", n.what)
		}
		seen := map[string]int{}
		for _, v := range held[hubspot] {
			seen[v]++
		}
		for _, v := range held[quickbooks] {
			seen[v] += 10
		}
		for v, count := range seen {
			if count != 11 {
				return fmt.Errorf("self-check: the unplanted %s %q is not held once by each system", n.what, v)
			}
		}
	}
	return nil
}

// A checker looks at each invoice before it is written.
type checker struct {
	w    *world
	last map[*customer]day // of the customer's latest ordinary invoice
}

func newChecker(w *world) *checker {
	return &checker{w: w, last: make(map[*customer]day, w.regulars)}
}

// document makes sure that an invoice agrees on both sides where nothing was
// planted, and that the invoices of a customer are too far apart to be taken
// for each other.
func (c *checker) document(d *doc) error {
	for _, s := range append(d.sides[:], d.extra...) {
		if s != nil {
			if err := errors.Join(c.sums(s), c.references(s)); err != nil {
				return fmt.Errorf("self-check: %s invoice %d (%s): %w", s.system, s.id, s.number, err)
			}
		}
	}
	h := c.w.habit(d.slot)
	if h == youngSource || h == youngDest {
		return nil // one for a customer, and later than all the others
	}
	customer, _ := c.w.customerOf(d.slot)
	date := c.w.date(d.slot)
	for _, s := range append(d.sides[:], d.extra...) {
		if s != nil && (s.date < date || s.date > date+9) {
			return fmt.Errorf("self-check: invoice %s is dated %s, too far from %s", s.number, s.date, date)
		}
	}
	if last, ok := c.last[customer]; ok && date <= last+9+7 {
		return fmt.Errorf("self-check: two invoices of %q within a week of %s", customer.firm, date)
	}
	c.last[customer] = date
	if _, planted := c.w.plan[d.slot]; !planted && d.sides[hubspot] != nil && d.sides[quickbooks] != nil && (h == ordinary || h == gratis || h == long) {
		return c.agree(d.sides[hubspot], d.sides[quickbooks])
	}
	return nil
}

// sums makes sure that no amount went out of bounds.
func (c *checker) sums(s *side) error {
	switch {
	case len(s.lines) == 0:
		return errors.New("it has no lines")
	case s.subtotal < 0 || s.discount < 0 || s.tax < 0 || s.total < 0:
		return errors.New("an amount is negative")
	case s.paid < 0 || s.paid > s.total:
		return fmt.Errorf("paid is %d of a total of %d", s.paid, s.total)
	case s.total == 0 && s.note != "" && s.status != "voided":
		return errors.New("a total of zero with a note could be taken for a void")
	case s.rate == nil && s.tax != 0:
		return errors.New("it has tax without a rate")
	}
	for _, l := range s.lines {
		if l.net() < 0 || l.qty <= 0 {
			return fmt.Errorf("a line has net price %d and quantity %d", l.net(), l.qty)
		}
	}
	return nil
}

// references makes sure that the side names only what its system has.
func (c *checker) references(s *side) error {
	switch {
	case s.system == hubspot && s.customer != nil && s.customer.id(hubspot) == 0,
		s.system == quickbooks && (s.customer == nil || s.customer.books == 0 || s.customer.inactive):
		return errors.New("its customer is not in the system")
	case s.system == quickbooks && s.customer.currency != s.currency:
		return fmt.Errorf("it is in %s, its customer in %s", s.currency, s.customer.currency)
	}
	for _, l := range s.lines {
		if l.product == nil && (s.system == quickbooks || l.sku == "" || l.lean) || l.product != nil && !l.product.in(s.system) {
			return errors.New("a line's product is not in the system")
		}
	}
	return nil
}

// agree makes sure that two sides agree in all that is compared.
func (c *checker) agree(a, b *side) error {
	same := a.number == b.number && a.customer == b.customer && a.currency == b.currency && a.date == b.date && a.due == b.due &&
		(a.status == b.status || a.total == 0) && a.discount == b.discount && a.tax == b.tax && a.total == b.total && a.paid == b.paid &&
		len(a.lines) == len(b.lines)
	for i := 0; same && i < len(a.lines); i++ {
		l, q := a.lines[i], b.lines[i]
		same = l.skuIn(hubspot) == q.skuIn(quickbooks) && l.net() == q.net() && l.qty == q.qty
	}
	if !same {
		return fmt.Errorf("self-check: the two sides of unplanted invoice %s do not agree", a.number)
	}
	return nil
}
