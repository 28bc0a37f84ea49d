package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// twinDays is how far apart the dates of twins may lie.
const twinDays = 7

type crowd struct {
	number  string
	entries []Entry
}

// A twinEntry is what the search for same customer, date and total keeps of
// every invoice in scope.
type twinEntry struct {
	twin uint64
	date Date
	row  int64
}

// crowd keeps the invoices of one system that hold one number.
func (c *Comparison) crowd(entries []Entry) {
	for _, system := range Systems {
		var of []Entry
		for _, e := range entries {
			if e.System == system {
				of = append(of, e)
			}
		}
		slices.SortFunc(of, func(a, b Entry) int { return CompareIDs(a.ID, b.ID) })
		for n := range of {
			if !slices.ContainsFunc(of[:n], func(e Entry) bool { return e.Twin == of[n].Twin && e.Date == of[n].Date }) {
				c.twin(&of[n]) // invoices of one number count once
			}
		}
		if len(of) > 1 && of[0].Number() != "" {
			c.crowds[system] = append(c.crowds[system], crowd{of[0].Number(), of})
		}
	}
}

// twin keeps an in-scope invoice for the search of same customer, date and total.
func (c *Comparison) twin(e *Entry) {
	if e.Twin != 0 && e.Flags&FlagUnreadable == 0 {
		c.twins[e.System] = append(c.twins[e.System], twinEntry{e.Twin, e.Date, e.Row})
	}
}

// Suspects lists, by rows, the groups of invoices of one system that agree in
// customer, currency, date and total. Alike has to be told of each.
func (c *Comparison) Suspects() [][]int64 {
	var out [][]int64
	for _, system := range Systems {
		list := c.twins[system]
		slices.SortFunc(list, byTwin)
		for from := 0; from < len(list); {
			to := from + 1
			for to < len(list) && list[to].twin == list[from].twin && list[to].date == list[from].date {
				to++
			}
			if to-from > 1 {
				out = append(out, rowsOf(list[from:to]))
			}
			from = to
		}
	}
	c.twins = nil
	return out
}

func rowsOf(list []twinEntry) []int64 {
	rows := make([]int64, len(list))
	for n, t := range list {
		rows[n] = t.row
	}
	return rows
}

func byTwin(a, b twinEntry) int {
	return cmp.Or(cmp.Compare(a.twin, b.twin), cmp.Compare(a.date.Days(), b.date.Days()), cmp.Compare(a.row, b.row))
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
				Cause: fmt.Sprintf("%d invoices hold the number", len(ids)), Locus: first.Locus(),
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
		Locus: TwinLocus(c.m.twin(&first)),
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
		Locus: TwinLocus(h.Twin),
	}
	f.Message = fmt.Sprintf("HubSpot invoice %s of %s and QuickBooks invoice %s of %s agree in customer and total (%s): one invoice under two numbers?",
		orNone(h.Number()), h.Date, orNone(q.Number()), q.Date, f.Amount)
	c.emit(f)
	c.rival(h.Row, fmt.Sprintf("QuickBooks invoice %s (%s)", orNone(q.Number()), q.ID))
	c.rival(q.Row, fmt.Sprintf("HubSpot invoice %s (%s)", orNone(h.Number()), h.ID))
}
