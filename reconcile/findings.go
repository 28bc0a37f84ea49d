package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// twinDays is how far apart the dates of twins may lie.
const twinDays = 7

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

// crowdFindings raises INVOICE_DUPLICATE for invoices of one number.
func (c *Comparison) crowdFindings() {
	for _, system := range Systems {
		for _, crowd := range c.crowds[system] {
			ids, stake := make([]string, len(crowd.entries)), map[string]int64{}
			for n, e := range crowd.entries {
				ids[n] = e.ID
				if n > 0 {
					stake[e.Currency] += max(e.Total, -e.Total)
				}
			}
			first := crowd.entries[0]
			f := Finding{
				Code: InvoiceDuplicate, Subject: subject(system, "number", crowd.number), System: system, Record: ids[0], Number: crowd.number, Field: "number",
				Amount: money(stake), Date: first.Date, Invoices: len(ids), RootCause: string(InvoiceDuplicate) + ":" + crowd.number,
				Cause: fmt.Sprintf("%d invoices hold the number", len(ids)),
			}
			c.place(&f, system, ids[0], strings.Join(ids, ", "))
			f.Message = fmt.Sprintf("%s has %d invoices with the number %s: %s", system.Title(), len(ids), crowd.number, strings.Join(ids, ", "))
			c.emit(f)
			for _, e := range crowd.entries {
				c.rival(e.Row, fmt.Sprintf("%s invoices %s with the same number", system.Title(), strings.Join(without(ids, e.ID), ", ")))
			}
		}
	}
}

func without(ids []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(s string) bool { return s == id })
}

func (c *Comparison) rival(row int64, text string) { c.rivals[row] = append(c.rivals[row], text) }

// Alike raises INVOICE_DUPLICATE for invoices of one system that agree in
// customer, currency, date and total under different numbers. They come in the
// order of rows.
func (c *Comparison) Alike(rows []int64, invoices []Invoice) {
	order := make([]int, len(invoices))
	for n := range order {
		order[n] = n
	}
	slices.SortFunc(order, func(a, b int) int { return CompareIDs(invoices[a].ID, invoices[b].ID) })
	ids := make([]string, len(order))
	for n, at := range order {
		ids[n] = invoices[at].ID
	}
	first := invoices[order[0]]
	c.m.Resolve(&first)
	f := Finding{
		Code: InvoiceDuplicate, Subject: subject(first.System, "alike", first.ID), System: first.System, Record: first.ID, Number: first.Number, Field: "total",
		Amount: first.Money(first.Total * int64(len(ids)-1)).Abs(), Customer: cmp.Or(first.Email, c.customerName(&first)), Date: first.Date, Invoices: len(ids),
		RootCause: string(InvoiceDuplicate) + ":" + first.Number, Cause: "same customer, date and total under different numbers",
	}
	c.place(&f, first.System, first.ID, strings.Join(ids, ", "))
	f.Message = fmt.Sprintf("%s has %d invoices of %s over %s for the same customer: %s", first.System.Title(), len(ids), first.Date, first.Money(first.Total), strings.Join(ids, ", "))
	c.emit(f)
	for n, row := range rows {
		c.rival(row, fmt.Sprintf("%s invoices %s with the same customer, date and total", first.System.Title(), strings.Join(without(ids, invoices[n].ID), ", ")))
	}
}

// twinCandidates raises INVOICE_TWIN_CANDIDATE for unpaired invoices, one of each
// system, of the same customer, currency and total within a week.
func (c *Comparison) twinCandidates() {
	hs, qb := c.twinOrder(HubSpot), c.twinOrder(QuickBooks)
	from := 0
	for _, h := range hs {
		for from < len(qb) && (qb[from].Twin < h.Twin || (qb[from].Twin == h.Twin && h.Date.Sub(qb[from].Date) > twinDays)) {
			from++
		}
		for _, q := range qb[from:] {
			if q.Twin != h.Twin || q.Date.Sub(h.Date) > twinDays {
				break
			}
			c.emitTwin(h, q)
		}
	}
}

// twinOrder returns the unpaired invoices of a system that have a customer and
// are past the grace, by twin hash and date.
func (c *Comparison) twinOrder(s System) []Entry {
	var list []Entry
	for _, e := range c.unpaired[s] {
		if e.Twin != 0 && !c.s.pending(&e, c.in.AsOf) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Twin, b.Twin), cmp.Compare(a.Date.Days(), b.Date.Days()), CompareIDs(a.ID, b.ID))
	})
	return list
}

func (c *Comparison) emitTwin(h, q Entry) {
	src := h
	if c.src == QuickBooks {
		src = q
	}
	f := Finding{
		Code: InvoiceTwinCandidate, Subject: "twin/" + h.ID + "/" + q.ID, System: Both, Record: src.ID, Number: src.Number(), Field: "number",
		HubSpotID: h.ID, QuickBooksID: q.ID, HubSpot: h.Number(), QuickBooks: q.Number(), Amount: Money{src.Total, src.Currency}.Abs(), Date: src.Date,
		RootCause: string(InvoiceTwinCandidate) + ":" + src.Number(), Cause: "same customer, currency and total, at most 7 days apart",
	}
	f.Message = fmt.Sprintf("HubSpot invoice %s of %s and QuickBooks invoice %s of %s agree in customer and total (%s): one invoice under two numbers?",
		orNone(h.Number()), h.Date, orNone(q.Number()), q.Date, f.Amount)
	c.emit(f)
	c.rival(h.Row, fmt.Sprintf("QuickBooks invoice %s (%s)", orNone(q.Number()), q.ID))
	c.rival(q.Row, fmt.Sprintf("HubSpot invoice %s (%s)", orNone(h.Number()), h.ID))
}

// taxFindings raises TAX_UNMAPPED for rates in use.
func (c *Comparison) taxFindings() {
	for _, by := range c.causes(TaxUnmapped) {
		if by.system != c.src {
			continue
		}
		f := Finding{Code: TaxUnmapped, Subject: subject(by.system, "tax_rate", by.id), System: by.system, Record: by.id, Field: "tax_code", Cause: "no mapping, and unmapped_tax is fail"}
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

// causes lists the causes of a code, on one record each, that are in use, in a
// fixed order.
func (c *Comparison) causes(code Code) []cause {
	var list []cause
	for by := range c.usage {
		if by.code == code {
			list = append(list, by)
		}
	}
	slices.SortFunc(list, func(a, b cause) int {
		return cmp.Or(cmp.Compare(a.system, b.system), CompareIDs(a.id, b.id), cmp.Compare(strconv.FormatBool(a.isCo), strconv.FormatBool(b.isCo)))
	})
	return list
}

// stake sets what a finding on a master keeps back: the unsynced invoices of the
// causes, and its effects.
func (c *Comparison) stake(f *Finding, by cause, also ...cause) {
	amounts := map[string]int64{}
	for _, b := range append([]cause{by}, also...) {
		if u := c.inUse[b]; u != nil {
			f.Invoices += u.invoices
			for currency, v := range u.amounts {
				amounts[currency] += v
			}
		}
	}
	if u := c.usage[by]; u != nil {
		f.Effects = u.effects
	}
	f.Amount = money(amounts)
	if f.Amount.Currency == "" {
		f.Amount.Currency = c.m.Company(c.src).Currency
	}
}

func keepsBack(f *Finding) string {
	if f.Invoices == 0 {
		return ""
	}
	return fmt.Sprintf("; it keeps back %d invoices over %s", f.Invoices, f.Amount)
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
