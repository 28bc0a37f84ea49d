package reconcile

import (
	"fmt"
	"slices"
	"strings"
)

// A fault is what one SKU or e-mail has against it; without a code it is none.
type fault struct {
	code             Code
	text, fix, about string
}

func (d *diagnosing) customer() GateResult {
	s := d.setting("email_match") + " " + d.setting("create_customers")
	customer := d.m.Customer(d.i)
	if customer == nil {
		return fail("CUSTOMER_MISSING", s, d.i.CustomerID, "the invoice has no customer", "set a contact on the invoice in "+d.i.System.Title())
	}
	f := d.email(customer)
	if f.code == "" {
		return pass(s, customer.Email, f.text)
	}
	record := customer.Email
	if isBlank(record) {
		record = customer.Name
	}
	return f.result(s, record)
}

func (f fault) result(setting, record string) GateResult {
	r := fail(string(f.code), setting, record, f.text, f.fix)
	r.about = f.about
	return r
}

// email judges a customer's e-mail: present, well-formed, one match, or creation
// allowed.
func (d *diagnosing) email(customer *Customer) fault {
	email, to := customer.Email, d.to.Title()
	switch {
	case isBlank(email):
		return fault{EmailMissing, fmt.Sprintf("customer %s has no e-mail", named(customer)), "set the customer's e-mail in " + d.i.System.Title(), named(customer)}
	case !wellFormed(email):
		return fault{"EMAIL_INVALID", fmt.Sprintf("%q is not an e-mail address", email), "correct the e-mail in " + d.i.System.Title(), email}
	}
	switch found := d.m.customersByEmail(d.to, email); {
	case len(found) == 1:
		return fault{text: fmt.Sprintf("one %s customer has the e-mail: %s", to, found[0].ID)}
	case len(found) > 1:
		return fault{EmailAmbiguous, fmt.Sprintf("%d %s customers have the e-mail %s", len(found), to, email), "leave the e-mail on one of them", found[0].Email}
	}
	if near := d.m.sides[d.to].byEmail.nearOf(email, NearEmail); len(near) > 0 {
		return fault{nearCode(email, near[0], EmailCase, EmailSpace), fmt.Sprintf("%s has %q for %q: %s", to, near[0], email, spellOut(email, near[0])),
			"make the e-mails equal, or settings set email_match=normalized", d.ofSource(email, near[0])}
	}
	if d.m.Settings.CreateCustomers {
		return fault{text: "not in " + to + " yet; it would be created"}
	}
	return fault{EmailNotFound, fmt.Sprintf("no %s customer has the e-mail %s", to, email), "create the customer in " + to + ", or settings set create_customers=true", email}
}

// ofSource picks SRC's key of two near ones, by which their finding is called.
func (d *diagnosing) ofSource(own, near string) string {
	if d.i.System == d.m.Settings.Source() {
		return own
	}
	return near
}

func named(c *Customer) string {
	if c.Name != "" {
		return c.Name + " (" + c.ID + ")"
	}
	return c.ID
}

// wellFormed asks little: one @ with something on both sides, a dot in the
// domain, no blanks inside. QuickBooks wants @ and dot (fault 2210).
func wellFormed(email string) bool {
	local, domain, ok := strings.Cut(strings.TrimSpace(email), "@")
	return ok && local != "" && strings.Contains(domain, ".") && !strings.ContainsAny(domain, "@ ") && !strings.Contains(local, " ")
}

func (d *diagnosing) lines() GateResult {
	s := d.setting("create_products")
	if len(d.i.Lines) == 0 {
		return fail("NO_LINES", s, "0 lines", "the invoice has no lines", "add a line")
	}
	var first fault
	var problems, keys []string
	for _, sku := range distinctSKUs(d.i.Lines) {
		f := d.line(sku)
		if f.code == "" {
			continue
		}
		if problems = append(problems, f.text); len(problems) == 1 {
			first = f
		}
		keys = append(keys, sku)
	}
	if first.code == "" {
		return pass(s, fmt.Sprintf("%d lines", len(d.i.Lines)), "every line's SKU has one active match")
	}
	first.text = strings.Join(problems, "; ")
	return first.result(s, strings.Join(keys, ", "))
}

func distinctSKUs(lines []Line) []string {
	list := make([]string, 0, len(lines))
	for _, l := range lines {
		list = append(list, l.SKU)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// line says why a line's SKU keeps the invoice back.
func (d *diagnosing) line(sku string) fault {
	to := d.to.Title()
	if sku == "" {
		return fault{SKUMissing, "a line has no SKU", "set the product's SKU in " + d.i.System.Title(), d.bareProduct()}
	}
	x := &d.m.sides[d.to].bySKU
	switch live := x.live(sku); {
	case len(live) == 1:
		return fault{}
	case len(live) > 1:
		return fault{SKUDuplicate, fmt.Sprintf("%d active %s products hold SKU %s", len(live), to, sku), "leave the SKU on one of them", sku}
	case len(x.exact[sku]) > 0:
		return fault{"SKU_INACTIVE_USED", fmt.Sprintf("SKU %s is inactive in %s", sku, to), "make the product active in " + to, sku}
	}
	if near := x.nearOf(sku, NearKey); len(near) > 0 {
		return fault{nearCode(sku, near[0], SKUCase, SKUSpace), fmt.Sprintf("%s has SKU %q for %q: %s", to, near[0], sku, spellOut(sku, near[0])), "make the SKUs equal", d.ofSource(sku, near[0])}
	}
	if d.m.Settings.CreateProducts {
		return fault{}
	}
	return fault{SKUNotFound, fmt.Sprintf("SKU %s is not in %s", sku, to), "create the product in " + to + ", or settings set create_products=true", sku}
}

// bareProduct returns the product of the first line without a SKU.
func (d *diagnosing) bareProduct() string {
	at := slices.IndexFunc(d.i.Lines, func(l Line) bool { return l.SKU == "" })
	return d.i.Lines[at].ProductID
}
