package reconcile

import (
	"fmt"
	"slices"
	"strings"
)

// emailFindings raises what is wrong with customers' e-mails.
func (c *Comparison) emailFindings() {
	c.emailMissing()
	for _, system := range Systems {
		c.emailAmbiguous(system)
	}
	c.emailNotFound()
	pairs := map[cause]bool{}
	hs, qb := &c.m.sides[HubSpot].byEmail, &c.m.sides[QuickBooks].byEmail
	for _, email := range sortedKeys(hs) {
		if len(hs.live(email)) == 0 {
			continue
		}
		for _, near := range qb.nearOf(email, NearEmail) {
			if code := c.m.emailPair(email, near); code != "" {
				pairs[cause{code: code, hs: email, qb: near}] = true
			}
		}
	}
	for by := range c.usage {
		if by.code == EmailCase || by.code == EmailSpace {
			pairs[by] = true
		}
	}
	for _, by := range sortedPairs(pairs) {
		c.emailPairFinding(by)
	}
}

func (c *Comparison) emailMissing() {
	for _, by := range c.causes(EmailMissing) {
		customer := c.m.Customer(&Invoice{System: by.system, CustomerID: by.id, OnCompany: by.isCo})
		if customer == nil {
			continue
		}
		kind := "customer"
		if by.isCo {
			kind = "company"
		}
		f := Finding{
			Code: EmailMissing, Subject: subject(by.system, kind, by.id), System: by.system, Record: by.id, Field: "email",
			Customer: customer.Name, Cause: "the " + kind + " has no e-mail",
			Locus: customerLocus(by.system, by.id, by.isCo),
		}
		c.place(&f, by.system, by.id, "")
		c.stake(&f, by, cause{code: EmailNotFound, system: by.system, id: by.id, isCo: by.isCo})
		f.Message = fmt.Sprintf("%s %s %s has no e-mail%s", by.system.Title(), kind, named(customer), keepsBack(&f))
		f.RootCause = string(EmailMissing) + ":" + named(customer)
		c.emit(f)
	}
}

func (c *Comparison) emailAmbiguous(s System) {
	x := &c.m.sides[s].byEmail
	seen := map[string]bool{}
	for _, email := range sortedKeys(x) {
		key := c.m.emailKey(email)
		found := c.m.customersByEmail(s, email)
		if seen[key] || len(found) < 2 {
			continue
		}
		seen[key] = true
		ids := make([]string, len(found))
		email = found[0].Email // the first key may be an inactive customer's
		var blocked []cause
		for n, customer := range found {
			ids[n] = customer.ID
		}
		for _, customer := range c.m.customersByEmail(s.Other(), email) {
			blocked = append(blocked, cause{code: EmailNotFound, system: s.Other(), id: customer.ID})
		}
		f := Finding{
			Code: EmailAmbiguous, Subject: subject(s, "email", key), System: s, Record: ids[0], Number: email, Field: "email",
			Customer: email, Cause: fmt.Sprintf("%d active customers hold it", len(ids)),
			Locus: emailLocus(email),
		}
		c.place(&f, s, ids[0], strings.Join(ids, ", "))
		c.stake(&f, cause{code: EmailAmbiguous, system: s, id: key}, blocked...)
		f.Message = fmt.Sprintf("%d active %s customers hold the e-mail %s: %s%s", len(ids), s.Title(), email, strings.Join(ids, ", "), keepsBack(&f))
		f.RootCause = string(EmailAmbiguous) + ":" + email
		c.emit(f)
	}
}

// emailNotFound raises EMAIL_NOT_FOUND for SRC customers of unsynced invoices.
func (c *Comparison) emailNotFound() {
	var list []cause
	for by := range c.inUse {
		if by.code == EmailNotFound && by.system == c.src {
			list = append(list, by)
		}
	}
	slices.SortFunc(list, func(a, b cause) int { return CompareIDs(a.id, b.id) })
	other := &c.m.sides[c.src.Other()].byEmail
	for _, by := range list {
		customer := c.m.Customer(&Invoice{System: by.system, CustomerID: by.id, OnCompany: by.isCo})
		if customer == nil || isBlank(customer.Email) {
			continue
		}
		if len(other.exact[customer.Email]) > 0 || len(other.nearOf(customer.Email, NearEmail)) > 0 {
			continue
		}
		f := Finding{
			Code: EmailNotFound, Subject: subject(by.system, "customer", by.id), System: by.system, Record: by.id, Number: customer.Email, Field: "email",
			Customer: customer.Email, Cause: "not in " + c.src.Other().Title(),
			Locus: emailLocus(customer.Email),
		}
		c.place(&f, by.system, by.id, customer.Email)
		c.stake(&f, by)
		f.Message = fmt.Sprintf("no %s customer has the e-mail %s of %s%s", c.src.Other().Title(), customer.Email, named(customer), keepsBack(&f))
		f.RootCause = string(EmailNotFound) + ":" + customer.Email
		c.emit(f)
	}
}

func (c *Comparison) emailPairFinding(by cause) {
	hs, qb := c.m.sides[HubSpot].byEmail.lowest(by.hs), c.m.sides[QuickBooks].byEmail.lowest(by.qb)
	f := c.nearPair(by, "email", "e-mail", hs, qb, slices.Concat(c.holders(HubSpot, by.hs), c.holders(QuickBooks, by.qb))...)
	f.Customer, f.Locus = f.Number, emailLocus(by.hs)
	c.emit(f)
}

// holders are the causes under which customers of an e-mail keep invoices back.
func (c *Comparison) holders(s System, email string) []cause {
	var list []cause
	for _, customer := range c.m.sides[s].byEmail.exact[email] {
		list = append(list, cause{code: EmailNotFound, system: s, id: customer.ID})
	}
	return list
}
