package sandbox

import "strings"

func emailKinds() []kind {
	return []kind{
		{name: "email_missing_on_company", note: "billed to a HubSpot company, no contact", slots: 1, plant: emailMissingOnCompany},
		{name: "email_missing_in_quickbooks", note: "a QuickBooks customer without e-mail", slots: 1, plant: emailMissingInQuickBooks},
		{name: "email_missing_unsynced", note: "SRC's customer has no e-mail, the invoice is unsynced", slots: 1, plant: emailMissingUnsynced},
		{name: "email_not_found", note: "SRC's customer is not in DST, the invoice is unsynced", slots: 1, plant: emailNotFound},
		{name: "email_case", note: "the e-mail differs in case, two paired invoices", slots: 2, want: want{dollars: true}, plant: emailCase},
		{name: "email_case_unsynced", note: "the e-mail differs in case, the invoice is unsynced", slots: 1, plant: emailCaseUnsynced},
		{name: "email_space", note: "the e-mail differs in blanks, on a paired invoice", slots: 1, plant: emailSpace},
		{name: "email_space_unsynced", note: "the e-mail differs in blanks, the invoice is unsynced", slots: 1, plant: emailSpaceUnsynced},
		{name: "email_ambiguous", note: "two active QuickBooks customers hold the e-mail", slots: 1, plant: emailAmbiguous},
	}
}

// customer plants a customer that both systems have.
func (p *planting) customer() *customer {
	c := p.w.addCustomer(p.currency())
	c.planted = true
	return c
}

// bill makes all of the planting's invoices a customer's.
func (p *planting) bill(c *customer, then func(*doc)) {
	for i := range p.slots {
		p.edit(i, func(d *doc) {
			d.sides[hubspot].customer, d.sides[quickbooks].customer = c, c
			if then != nil {
				then(d)
			}
		})
	}
}

// keepSource is the fate of an invoice that was never synced.
func keepSource(d *doc) { d.alone(d.w.src) }

// emailMissing takes the customer's e-mail away in one system.
func (p *planting) emailMissing(c *customer, s system) {
	c.email[s] = ""
	p.number = c.firm[s]
	p.w.on(s, "EMAIL_MISSING", "", c.id(s), "email")
}

func emailMissingInHubSpot(p *planting) {
	c := p.customer()
	p.emailMissing(c, hubspot)
	p.bill(c, nil)
}

func emailMissingInQuickBooks(p *planting) {
	c := p.customer()
	p.emailMissing(c, quickbooks)
	p.bill(c, nil)
}

// emailMissingOnCompany has no contact in HubSpot. A company has no e-mail.
func emailMissingOnCompany(p *planting) {
	c := p.customer()
	c.contact, c.company = 0, p.w.ids.company.id(c.n)
	p.emailMissing(c, hubspot)
	p.bill(c, nil)
}

func emailMissingUnsynced(p *planting) {
	c := p.customer()
	p.emailMissing(c, p.w.src)
	p.bill(c, keepSource)
}

func emailNotFound(p *planting) {
	c := p.customer()
	if p.w.dst == quickbooks {
		c.books = 0
	} else {
		c.contact, c.company = 0, 0
	}
	p.number = c.email[p.w.src]
	p.w.on(p.w.src, "EMAIL_NOT_FOUND", p.number, c.id(p.w.src), "email")
	p.bill(c, keepSource)
}

// emailPair gives the customer two spellings of its e-mail. HubSpot keeps
// e-mails in lower case.
func (p *planting) emailPair(code, inBooks string, c *customer) *customer {
	c.email[quickbooks] = inBooks
	p.number = c.email[p.w.src]
	p.w.expect(code, both, p.number, c.id(p.w.src), "email")
	return c
}

func (p *planting) emailCase() *customer {
	c := p.customer()
	spelled := strings.ToUpper(c.email[hubspot][:1]) + c.email[hubspot][1:]
	if p.n%2 == 1 {
		spelled = strings.ToUpper(c.email[hubspot])
	}
	return p.emailPair("EMAIL_CASE", spelled, c)
}

func (p *planting) emailSpace() *customer {
	c := p.customer()
	spelled := []string{c.email[hubspot] + " ", " " + c.email[hubspot], strings.ToUpper(c.email[hubspot]) + " "}[p.n%3]
	return p.emailPair("EMAIL_SPACE", spelled, c)
}

func emailCase(p *planting) { p.bill(p.emailCase(), nil) }

func emailCaseUnsynced(p *planting) { p.bill(p.emailCase(), keepSource) }

func emailSpace(p *planting) { p.bill(p.emailSpace(), nil) }

func emailSpaceUnsynced(p *planting) { p.bill(p.emailSpace(), keepSource) }

// emailAmbiguous gives QuickBooks a second active customer with the e-mail.
func emailAmbiguous(p *planting) {
	c, other := p.customer(), p.customer()
	other.contact, other.company, other.email = 0, 0, c.email
	p.number = c.email[quickbooks]
	p.w.on(quickbooks, "EMAIL_AMBIGUOUS", p.number, min(c.books, other.books), "email")
	p.bill(c, func(d *doc) {
		if p.n%2 == 1 {
			d.sides[quickbooks].customer = other
		}
	})
}
