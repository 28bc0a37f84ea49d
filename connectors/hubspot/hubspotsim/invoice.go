package hubspotsim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The rules of an invoice's life are the "Invoices" page's. How HubSpot words its
// refusals is not documented: every message below is made up, only status and
// category are those of other refusals.
const (
	draft  = "draft"
	open   = "open"
	paid   = "paid"
	voided = "voided"

	firstNumber = 1001
)

// property is the value of a property by name, empty when the record has none.
func (t *table) value(r *record, name string) string {
	if p := t.byName[name]; p != nil {
		value, _ := r.text(p)
		return value
	}
	return ""
}

// billable reports whether an invoice is one that HubSpot bills: one that is not
// mirrors an invoice of another system, and nothing of it is checked or derived.
func (t *table) billable(invoice *record) bool {
	return t.value(invoice, "hs_invoice_billable") != "false"
}

// status is an invoice's status, draft where the dataset has none.
func (t *table) status(invoice *record) string {
	if status := t.value(invoice, "hs_invoice_status"); status != "" {
		return status
	}
	return draft
}

// newInvoice checks the values of an invoice that is made, and fills in what the
// account gives it: its dates are now, its number is the next.
func (s *session) newInvoice(t *table, values map[string]string) error {
	own := values["hs_invoice_billable"] != "false"
	status := values["hs_invoice_status"]
	if status != "" && status != draft && (own || s.p.options.Writing.MirrorsAreDrafts) {
		return invalid("An invoice is created as draft; it cannot be created as %s", status)
	}
	if err := s.derivedOrPast(own, values); err != nil {
		return err
	}
	for name, otherwise := range map[string]string{
		"hs_invoice_status": draft, "hs_invoice_billable": "true", "hs_invoice_date": wire(s.at), "hs_due_date": wire(s.at),
	} {
		if values[name] == "" {
			values[name] = otherwise
		}
	}
	if values["hs_number"] == "" {
		values["hs_number"] = s.p.nextNumber(t)
	}
	return nil
}

// derivedOrPast refuses a billable invoice a total of its own, and a due date that
// has passed where the portal does (Writing.RefusePastDue).
func (s *session) derivedOrPast(billable bool, values map[string]string) error {
	_, billed := values["hs_amount_billed"]
	due := values["hs_due_date"]
	switch {
	case !billable:
		return nil
	case billed:
		return s.p.valueFaults([]valueFault{{"hs_amount_billed", codeReadOnly,
			`"hs_amount_billed" is a read only property of a billable invoice; it is derived from its line items.`}})
	case s.p.options.Writing.RefusePastDue && due != "" && due < wire(s.at): // both are written alike
		return s.p.valueFaults([]valueFault{{"hs_due_date", codeDate, due + " is in the past."}})
	}
	return nil
}

// nextNumber is the account's next invoice number. Its counter begins after the
// highest number with the prefix, of a dataset that has any.
func (p *Portal) nextNumber(t *table) string {
	prefix := p.options.Writing.NumberPrefix
	if prefix == "" {
		prefix = "INV-"
	}
	if t.counter == 0 {
		t.counter = firstNumber - 1
		for _, r := range slices.Concat(t.live, t.archived) {
			if rest, ours := strings.CutPrefix(t.value(r, "hs_number"), prefix); ours && digits(rest) && len(rest) <= short {
				n, _ := strconv.ParseInt(rest, 10, 64) // it has few digits, and no more
				t.counter = max(t.counter, n)
			}
		}
	}
	t.counter++
	return prefix + strconv.FormatInt(t.counter, 10)
}

// invoiceEdit checks what is written to an invoice, and adds what follows from it.
func (s *session) invoiceEdit(t *table, r *record, values map[string]string) error {
	if billable, given := values["hs_invoice_billable"]; given && (billable != "false") != t.billable(r) {
		return invalid("hs_invoice_billable can be set when an invoice is created only")
	}
	if !t.billable(r) {
		return nil
	}
	if err := s.derivedOrPast(true, values); err != nil {
		return err
	}
	is := t.status(r)
	if next, given := values["hs_invoice_status"]; given && next != is {
		if err := s.transition(r, is, next); err != nil {
			return err
		}
		switch {
		case next == voided:
			values["hs_balance_due"] = "0"
		case s.p.prepaid(t, r):
			values["hs_invoice_status"] = paid
		}
	}
	if !t.restricted(r, values) {
		return nil
	}
	return s.p.editable(r)
}

// restricted reports whether values change anything of a record that only an invoice
// that can be edited has changed. A status is looked at by itself.
func (t *table) restricted(r *record, values map[string]string) bool {
	for name, value := range values {
		if t.value(r, name) != value && name != "hs_invoice_status" && name != "hs_balance_due" && !t.free(name) {
			return true
		}
	}
	return false
}

// free reports whether a property may be written whatever the invoice's status.
func (t *table) free(name string) bool {
	p := t.byName[name]
	return name == "hubspot_owner_id" || p != nil && !p.known
}

// transition checks a change of status.
func (s *session) transition(r *record, is, next string) error {
	switch {
	case is == draft && next == open:
		return s.openable(r)
	case is == open && next == voided && s.p.options.Writing.Void:
		return nil
	case next == paid:
		return invalid("Invoice %s cannot be set to paid: an invoice is paid by a payment", r.id)
	}
	return invalid("The status of invoice %s cannot change from %s to %q", r.id, is, next)
}

// openable refuses to open an invoice without a contact or without a line item.
func (s *session) openable(r *record) error {
	for _, needed := range []*object{contacts, lineItems} {
		if len(s.p.links.of(direction{invoices, needed}, r.id)) == 0 {
			return invalid("Invoice %s cannot be opened: it needs at least one %s", r.id, strings.ReplaceAll(needed.singular, "_", " "))
		}
	}
	return nil
}

// editable refuses an edit of an invoice that is not a draft any more, unless the
// account allows it and nothing is paid (Writing.EditOpen).
func (p *Portal) editable(r *record) error {
	t := p.tables[invoices]
	status := t.status(r)
	switch {
	case status == draft || !t.billable(r):
		return nil
	case status == open && p.options.Writing.EditOpen && len(p.links.of(direction{invoices, payments}, r.id)) == 0:
		return nil
	}
	return invalid("Invoice %s is %s and cannot be edited", r.id, status)
}

// billedParts are the objects that an invoice's amounts are made of, payments
// apart.
var billedParts = []*object{lineItems, discounts, fees, taxes}

// partEdit refuses to make, change or remove a part of an invoice that cannot be
// edited. The part is one that is there, by id, or one that ties make a part.
func (s *session) partEdit(t *table, id string, values map[string]string, ties []tie) error {
	if !slices.Contains(billedParts, t.object) {
		return nil
	}
	if is := find(t.live, id); is != nil && values != nil && !t.restricted(is, values) {
		return nil
	}
	wholes := slices.Clone(s.p.links.of(direction{t.object, invoices}, id))
	for _, tie := range ties {
		if tie.to == invoices {
			wholes = append(wholes, tie.neighbour)
		}
	}
	for _, whole := range wholes {
		if err := s.p.editableID(whole); err != nil {
			return err
		}
	}
	return nil
}

func (p *Portal) editableID(invoice string) error {
	r := find(p.tables[invoices].live, invoice)
	if r == nil {
		return nil
	}
	return p.editable(r)
}

// pairEdit refuses to make something a part of an invoice that cannot be edited, or no
// part of it any more, where it is not so already.
func (p *Portal) pairEdit(j pairing, joins bool) error {
	switch {
	case p.links.has(j.direction, j.id, j.neighbour) == joins:
		return nil
	case j.from == invoices && slices.Contains(billedParts, j.to):
		return p.editableID(j.id)
	case j.to == invoices && slices.Contains(billedParts, j.from):
		return p.editableID(j.neighbour)
	}
	return nil
}

// removal checks that an invoice may be deleted: a draft always, an open one by the
// account's setting, a paid or voided one never.
func (s *session) removal(t *table, r *record) error {
	status := t.status(r)
	if status == draft || status == open && s.p.options.Writing.DeleteOpen {
		return nil
	}
	return invalid("Invoice %s is %s and cannot be deleted", r.id, status)
}

// fromProduct fills in what a new line item takes from its product ("Line items"
// page). What HubSpot says to a product that does not exist is not documented.
func (s *session) fromProduct(values map[string]string) error {
	id := values["hs_product_id"]
	if id == "" {
		return nil
	}
	t := s.p.tables[products]
	r := find(t.live, id)
	if r == nil {
		return s.p.valueFaults([]valueFault{{"hs_product_id", codeOption, fmt.Sprintf("Product %s does not exist", id)}})
	}
	for _, name := range []string{
		"name", "description", "hs_sku", "price", "hs_cost_of_goods_sold", "recurringbillingfrequency", "hs_recurring_billing_period",
	} {
		if _, given := values[name]; !given {
			values[name] = t.value(r, name)
		}
	}
	return nil
}

// recipients are the invoice's properties that are copied from a contact or company
// that it is associated with ("Invoices" page: their details are inherited; which
// ones is not told).
var recipients = map[*object][][2]string{
	contacts: {
		{"address", "hs_recipient_shipping_address"}, {"city", "hs_recipient_shipping_city"}, {"state", "hs_recipient_shipping_state"},
		{"zip", "hs_recipient_shipping_zip"}, {"country", "hs_recipient_shipping_country"},
	},
	companies: {
		{"address", "hs_recipient_company_address"}, {"address2", "hs_recipient_company_address2"}, {"city", "hs_recipient_company_city"},
		{"state", "hs_recipient_company_state"}, {"zip", "hs_recipient_company_zip"},
	},
}

// inheritDetails copies to an invoice what it has no value for yet.
func (s *session) inheritDetails(invoiceID string, of *object, id string) {
	t := s.p.tables[invoices]
	invoice, from := find(t.live, invoiceID), find(s.p.tables[of].live, id)
	if invoice == nil || from == nil {
		return
	}
	values := map[string]string{}
	for _, names := range recipients[of] {
		if value := s.p.tables[of].value(from, names[0]); value != "" && t.value(invoice, names[1]) == "" {
			values[names[1]] = value
		}
	}
	s.derive(t, invoice, values)
}
