package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// pairFinding makes the finding of one difference of a pair.
func (c *Comparison) pairFinding(src, hs, qb *Invoice, d Difference) Finding {
	rule, _ := RuleOf(d.Code)
	f := Finding{
		Code: d.Code, Subject: subject(HubSpot, "pair", hs.ID), System: Both, Record: src.ID, Number: src.Number, Field: d.Field,
		HubSpotID: hs.ID, QuickBooksID: qb.ID, HubSpot: d.HubSpot, QuickBooks: d.QuickBooks,
		Amount: src.Money(d.Amount), Customer: cmp.Or(src.Email, c.customerName(src)), Date: src.Date, Cause: rule.Meaning,
	}
	f.Message = fmt.Sprintf("invoice %s: %s: HubSpot %s, QuickBooks %s", src.Number, fieldWords(d.Field), orNone(d.HubSpot), orNone(d.QuickBooks))
	f.RootCause = string(d.Code) + ":" + src.Number
	if sku, ok := lineSKU(d.Field); ok {
		f.RootCause = string(d.Code) + ":" + sku
	}
	return f
}

func (c *Comparison) customerName(i *Invoice) string {
	if customer := c.m.Customer(i); customer != nil {
		return customer.Name
	}
	return ""
}

// SKU returns the SKU that a finding is about, if any: within the field of one on a
// line, the number of one on a SKU, and of one on an invoice the SKU that keeps it
// back.
func (f *Finding) SKU() string {
	if sku, ok := lineSKU(f.Field); ok && f.Code != RecordUnreadable { // there it is a position
		return sku
	}
	root, value, _ := strings.Cut(f.RootCause, ":")
	switch {
	case root == string(SKUMissing): // about a product, by its id
		return ""
	case strings.HasPrefix(string(f.Code), "SKU_"):
		return f.Number
	case strings.HasPrefix(root, "SKU_"):
		return value
	}
	return ""
}

// lineSKU returns the SKU of a field such as lines[SKU].price.
func lineSKU(field string) (string, bool) {
	rest, ok := strings.CutPrefix(field, "lines[")
	if !ok {
		return "", false
	}
	end := strings.LastIndex(rest, "]")
	if end < 0 {
		return "", false
	}
	return rest[:end], true
}

func fieldWords(field string) string {
	sku, ok := lineSKU(field)
	if !ok {
		return strings.ReplaceAll(field, "_", " ")
	}
	switch {
	case strings.HasSuffix(field, "].price"):
		return "net price of SKU " + orNone(sku)
	case strings.HasSuffix(field, "].quantity"):
		return "quantity of SKU " + orNone(sku)
	}
	return "SKU " + orNone(sku)
}

func orNone(s string) string {
	if s == "" {
		return "(none)"
	}
	return s
}

// aloneFinding makes the finding of an unsynced invoice with every reason that
// keeps it back.
func (c *Comparison) aloneFinding(i *Invoice, d *Diagnosis) Finding {
	code := InvoiceOnlyInSource
	if i.System != c.src {
		code = InvoiceOnlyInDestination
	}
	f := Finding{
		Code: code, Subject: subject(i.System, "invoice", i.ID), System: i.System, Record: i.ID, Number: i.Number,
		Amount: i.Money(i.Total).Abs(), Customer: cmp.Or(i.Email, c.customerName(i)), Date: i.Date, Reasons: d.Reasons,
	}
	c.place(&f, i.System, i.ID, i.Money(i.Total).String())
	texts := make([]string, len(d.Reasons))
	for n, r := range d.Reasons {
		texts[n] = r.Text
	}
	f.Cause = strings.Join(texts, "; ")
	if f.Cause == "" {
		f.Cause = "nothing keeps it back; it has not been synced yet"
	}
	f.Message = fmt.Sprintf("invoice %s over %s is in %s only: %s", orNone(i.Number), f.Amount, i.System.Title(), f.Cause)
	f.RootCause = rootOf(d)
	return f
}

// place sets a finding's record and value on one system.
func (c *Comparison) place(f *Finding, s System, id, value string) {
	if s == HubSpot {
		f.HubSpotID, f.HubSpot = id, value
	} else {
		f.QuickBooksID, f.QuickBooks = id, value
	}
}

// rootOf names what one task would clear: the first reason beyond the switches,
// with what it is about.
func rootOf(d *Diagnosis) string {
	for _, g := range d.Gates {
		if g.Answer != Fail || g.Gate == GateEnabled || g.Gate == GateDirection {
			continue
		}
		if g.about != "" {
			return g.Code + ":" + g.about
		}
		return g.Code
	}
	for _, r := range d.Reasons {
		return r.Code
	}
	return "NOT_SYNCED_YET"
}

// taxFindings raises TAX_UNMAPPED for rates in use.
func (c *Comparison) taxFindings() {
	for _, by := range c.causes(TaxUnmapped) {
		if by.system != c.src {
			continue
		}
		f := Finding{Code: TaxUnmapped, Subject: subject(by.system, "tax_rate", by.id), System: by.system, Record: by.id, Field: "tax_code", Cause: "no mapping, and unmapped_tax is fail",
			Locus: taxRateLocus(by.system, by.id)}
		value := by.id
		if r := c.m.TaxRate(by.system, by.id); r != nil {
			f.Number = r.Name
			value = fmt.Sprintf("%s, %s %%", r.Name, r.Percent)
		}
		c.place(&f, by.system, by.id, value)
		c.stake(&f, by)
		f.Message = fmt.Sprintf("tax rate %s (%s) is used but not mapped%s", orNone(f.Number), by.id, keepsBack(&f))
		f.RootCause = string(TaxUnmapped) + ":" + (&diagnosing{m: c.m, i: &Invoice{System: by.system}}).rateName(by.id)
		c.emit(f)
	}
}

// pullFindings raises RECORD_UNREADABLE and PULL_INCOMPLETE.
func (c *Comparison) pullFindings() {
	for _, u := range c.in.Unreadable {
		f := Finding{
			Code: RecordUnreadable, Subject: subject(u.System, u.Object, u.ID), System: u.System, Record: u.ID, Number: u.Number, Field: u.Field,
			Cause: u.Problem, Message: fmt.Sprintf("%s %s %s: %s: %s", u.System.Title(), u.Object, u.ID, u.Field, u.Problem), RootCause: string(RecordUnreadable) + ":" + u.ID,
		}
		c.place(&f, u.System, u.ID, u.Problem)
		f.Amount.Currency = c.m.Company(c.src).Currency
		c.emit(f)
	}
	for _, p := range c.in.Problems {
		f := Finding{
			Code: PullIncomplete, Subject: subject(p.System, "pull", string(p.Object)), System: p.System, Record: string(p.Object), Field: "records",
			Cause: p.Problem, Message: fmt.Sprintf("the pull of %s from %s is not complete: %s", p.Object, p.System.Title(), p.Problem), RootCause: string(PullIncomplete),
		}
		c.place(&f, p.System, "", fmt.Sprintf("%d of %d", p.Received, p.Claimed))
		f.Amount.Currency = c.m.Company(c.src).Currency
		c.emit(f)
	}
}

// scheduleFindings raises SCHEDULE_MISSED, the oldest date of a schedule first.
func (c *Comparison) scheduleFindings() {
	zone := c.s.Location()
	for _, h := range c.in.Schedules {
		for _, d := range slices.Backward(h.Untold(c.in.Run, zone)) {
			f := Finding{
				Code: ScheduleMissed, Subject: "schedule/" + h.Name + "/" + d.Date.String(), System: Both, Record: d.Date.String(), Field: "schedule",
				Cause: "nothing was there to start it when it was due", RootCause: string(ScheduleMissed) + ":" + h.Name,
			}
			f.Message = fmt.Sprintf("schedule %s did not run on %s: %s", h.Name, d.Date, f.Cause)
			f.Amount.Currency = c.m.Company(c.src).Currency
			c.emit(f)
		}
	}
}
