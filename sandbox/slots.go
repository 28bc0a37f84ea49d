package sandbox

import "time"

// A habit is what a slot naturally is, cause or no cause.
type habit int

const (
	ordinary    habit = iota
	draft             // HubSpot alone has it, and not yet as an invoice
	draftPair         // a draft in SRC that DST has already
	voidPair          // voided in both
	voidHubSpot       // voided, in HubSpot alone
	voidBooks         // voided, in QuickBooks alone
	voidSource        // voided in SRC, open in DST: out of scope
	integration       // HubSpot alone has it, from an integration
	youngSource       // younger than the grace, in SRC alone
	youngDest         // younger than the grace, in DST alone
	gratis            // everything on it is free
	long              // a thousand lines
)

// habit returns what a slot is. The numbers spread all kinds over any two
// hundred invoices.
func (w *world) habit(slot int) habit {
	if w.opt.Invoices >= 500 && slot%50_000 == 250 {
		return long
	}
	switch slot % 200 {
	case 17, 117:
		return draft
	case 55:
		if w.src == hubspot {
			return draftPair
		}
	case 33, 133:
		return voidPair
	case 71:
		return voidHubSpot
	case 89:
		return voidBooks
	case 161:
		return voidSource
	case 41, 141:
		return integration
	case 63:
		return gratis
	case 7, 107:
		if w.young && slot < w.regulars { // one for a customer at most
			return youngSource + habit(slot/100%2)
		}
	}
	return ordinary
}

// document makes the invoice of a slot, with its natural trouble or its cause.
func (w *world) document(slot int) *doc {
	planned, planted := w.plan[slot]
	var d *doc
	if planted {
		d = w.base(slot, planned.want)
		planned.edit(d)
	} else {
		d = w.base(slot, nil)
		d.live(w.habit(slot))
	}
	for _, s := range append(d.sides[:], d.extra...) {
		if s != nil {
			s.settle()
		}
	}
	return d
}

// live gives the invoice the trouble of its habit. None of it is a finding.
func (d *doc) live(h habit) {
	switch h {
	case draft, draftPair:
		d.toDraft(h)
	case voidPair:
		d.void(hubspot)
		d.void(quickbooks)
	case voidHubSpot:
		d.void(hubspot)
		d.drop(quickbooks)
	case voidBooks:
		d.void(quickbooks)
		d.drop(hubspot)
	case voidSource:
		d.void(d.w.src)
	case integration:
		d.drop(quickbooks)
		d.sides[hubspot].source = "INTEGRATION"
	case youngSource, youngDest:
		d.toYoung(h)
	case gratis:
		d.toGratis()
	case long:
		d.toLong()
	}
}

// drop takes the invoice away from a system. What is left was not made by an
// integration, for such ones are out of scope.
func (d *doc) drop(s system) {
	d.sides[s] = nil
	d.sides[s.other()].source = "CRM_UI"
}

func (d *doc) void(s system) {
	d.sides[s].status, d.sides[s].paid = "voided", 0
}

// toDraft makes a draft of the HubSpot side. A draft alone has no number, and
// may use a rate that is not mapped.
func (d *doc) toDraft(h habit) {
	a := d.sides[hubspot]
	a.status, a.paid = "draft", 0
	if h == draft {
		d.drop(quickbooks)
		a.number = ""
		a.lines[0].taxed, a.orderTax, a.rate = a.currency == "USD", false, nil
		if a.currency == "USD" {
			a.rate = d.w.draftRate()
			a.tax = a.rate.on(a.taxable())
		}
	}
}

// toYoung makes the invoice a few minutes old, in one system alone.
func (d *doc) toYoung(h habit) {
	keep := d.w.src
	if h == youngDest {
		keep = d.w.dst
	}
	d.drop(keep.other())
	s := d.sides[keep]
	s.created = d.w.asOf.Add(-time.Duration(1+d.r.IntN(50)) * time.Minute)
	s.date = dayOf(s.created.In(d.w.portal))
	s.due = s.date + 30
	s.dateAt, s.evening = s.created, false
	s.status, s.paid = "open", 0
}

// toGratis makes everything on the invoice free: a total of 0.00, which
// HubSpot may call open though nothing is due.
func (d *doc) toGratis() {
	for _, s := range d.sides {
		s.untax()
		s.discount, s.percent, s.paid, s.note = 0, 0, 0, ""
		for _, l := range s.lines {
			l.list, l.off, l.percent = 0, 0, 0
		}
		s.status = "open"
	}
	if d.slot%400 == 63 {
		d.sides[hubspot].status = "paid"
	}
}

// toLong makes an invoice of a thousand lines, which is more than QuickBooks
// takes when there is tax on it.
func (d *doc) toLong() {
	for i := len(d.sides[hubspot].lines); i < 1000; i++ {
		l := d.newLine(d.w.products[d.r.IntN(d.w.pool)], d.sides[hubspot].currency, false)
		for _, s := range d.sides {
			copied := *l
			s.lines = append(s.lines, &copied)
		}
	}
	for _, s := range d.sides {
		s.untax()
		s.discount, s.percent, s.paid, s.status = 0, 0, 0, "open"
		for _, l := range s.lines {
			l.split = false
		}
	}
}
