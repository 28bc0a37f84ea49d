package reconcile

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A Case is everything the gate chain asks about one invoice.
type Case struct {
	Invoice *Invoice // resolved
	Partner *Invoice // resolved; nil when there is none
	// Paired is the standing of the pair: Matched, Different, Ambiguous, Unknown;
	// empty for an invoice without a partner.
	Paired PairState
	// Rivals are other invoices that it could be a duplicate or twin of, in words.
	Rivals []string
	// Unusable says by system why a connection cannot be used; empty: it can.
	Unusable map[System]string
	// PullProblem says why the last pull is not complete; empty: it is.
	PullProblem string
	AsOf        time.Time
}

// Diagnose asks all gates about an invoice. It is the one function that answers
// why an invoice is not synced, for the API, the command line, the workbook and
// the guard in front of writes.
func (m *Masters) Diagnose(c Case) Diagnosis {
	d := diagnosing{m: m, c: &c, i: c.Invoice, to: c.Invoice.System.Other()}
	d.entry = m.File(*c.Invoice)
	gates := []GateResult{
		d.connections(), d.pull(), d.enabled(), d.direction(), d.startDate(), d.status(), d.integration(), d.unique(),
		d.period(), d.currency(), d.customer(), d.lines(), d.tax(), d.number(), d.payment(), d.grace(),
	}
	for n := range gates {
		gates[n].Gate = Gate(n + 1)
		gates[n].Name = gateNames[n]
	}
	out := Diagnosis{Invoice: *c.Invoice, Email: c.Invoice.Email, Partner: c.Partner, Gates: gates}
	out.State, out.Reasons = d.state(gates)
	return out
}

var gateNames = [...]string{
	"connections usable", "pull complete", "sync enabled", "direction set and fitting", "start date", "status filter",
	"skip integration source", "not already paired, no duplicate", "accounting period open", "currency supported",
	"customer", "every line's SKU", "every taxed line mapped", "number free in destination", "payment prerequisites", "grace",
}

type diagnosing struct {
	m     *Masters
	c     *Case
	i     *Invoice
	to    System // the system the invoice would be written to
	entry Entry
}

// state gives the first state that applies, and the failing gates it follows from.
func (d *diagnosing) state(gates []GateResult) (PairState, []Reason) {
	failing := func(from, to Gate) []Reason {
		var out []Reason
		for _, g := range gates[from-1 : to] {
			if g.Answer == Fail {
				out = append(out, Reason{int(g.Gate), g.Code, g.Text, g.Fix})
			}
		}
		return out
	}
	if r := failing(GateConnections, GatePull); len(r) > 0 {
		return Unknown, r
	}
	if d.i.Unreadable {
		return Unknown, []Reason{unreadable(d.i)}
	}
	excluded := failing(GateStartDate, GateIntegration)
	switch {
	case d.c.Paired == Matched || d.c.Paired == MatchedWithVariance || d.c.Paired == Different:
		return d.c.Paired, nil // whether the pair is in scope is the gates' answer
	case len(excluded) > 0:
	case d.c.Paired == Ambiguous:
		return Ambiguous, failing(GateUnique, GateUnique)
	case d.c.Paired == Unknown && d.c.Partner != nil:
		return Unknown, []Reason{unreadable(d.c.Partner)}
	}
	if len(excluded) > 0 {
		return Excluded, excluded
	}
	if r := failing(GateGrace, GateGrace); len(r) > 0 {
		return Pending, r
	}
	if r := failing(GateUnique, GatePayment); len(r) > 0 {
		return Blocked, append(r, failing(GateEnabled, GateDirection)...) // what concerns this invoice first
	}
	return OneSided, failing(GateEnabled, GateDirection)
}

func unreadable(i *Invoice) Reason {
	text := fmt.Sprintf("a value of %s invoice %s cannot be understood", i.System.Title(), i.ID)
	return Reason{0, string(RecordUnreadable), text, "correct the value in " + i.System.Title()}
}

func pass(setting, record, text string) GateResult {
	return GateResult{Answer: Pass, Setting: setting, Record: record, Text: text}
}

func fail(code, setting, record, text, fix string) GateResult {
	return GateResult{Answer: Fail, Code: code, Setting: setting, Record: record, Text: text, Fix: fix}
}

func notApplicable(setting, record, text string) GateResult {
	return GateResult{Answer: NotApplicable, Setting: setting, Record: record, Text: text}
}

func (d *diagnosing) setting(key SettingKey) string {
	v, err := d.m.Settings.Get(key)
	if err != nil {
		panic(err) // the keys below are in the table
	}
	if v == "" {
		v = "unset"
	}
	return string(key) + "=" + v
}

func (d *diagnosing) connections() GateResult {
	for _, s := range Systems {
		if why := d.c.Unusable[s]; why != "" {
			return fail("CONNECTION_UNUSABLE", "", string(s), fmt.Sprintf("%s cannot be reached: %s", s.Title(), why), "connect "+s.Title()+" again")
		}
	}
	return pass("", "hubspot, quickbooks", "both connections were used by the last run")
}

func (d *diagnosing) pull() GateResult {
	if d.c.PullProblem != "" {
		return fail(string(PullIncomplete), "", "", "the last pull is not complete: "+d.c.PullProblem, "run reconcile again")
	}
	return pass("", "", "the last pull of both systems is complete")
}

func (d *diagnosing) enabled() GateResult {
	s := d.setting("invoices_enabled")
	if !d.m.Settings.InvoicesEnabled {
		return fail("SYNC_DISABLED", s, "", "invoice sync is off", "settings set invoices_enabled=true")
	}
	return pass(s, "", "invoice sync is on")
}

func (d *diagnosing) direction() GateResult {
	s := d.setting("direction")
	switch dir := d.m.Settings.Direction; {
	case dir == DirectionUnset:
		return fail("DIRECTION_UNSET", s, string(d.i.System), "no sync direction is set", "settings set direction=hubspot_to_quickbooks, or the other way")
	case dir.Source() != d.i.System:
		return fail("DIRECTION_OTHER", s, string(d.i.System), fmt.Sprintf("invoices flow from %s; this one is in %s", dir.Source().Title(), d.i.System.Title()),
			"enter it in "+dir.Source().Title()+", or void it in "+d.i.System.Title())
	}
	return pass(s, string(d.i.System), "invoices flow from "+d.i.System.Title())
}

func (d *diagnosing) startDate() GateResult {
	judged, whose := d.judged()
	s, date := d.setting("start_date"), judged.Date.String()
	if start := d.m.Settings.StartDate; !start.IsZero() && judged.Date.Before(start) {
		return fail("BEFORE_START_DATE", s, date, fmt.Sprintf("%sdated %s, before the start date %s", whose, date, start), "settings set start_date to an earlier date")
	}
	return pass(s, date, whose+"dated on or after the start date")
}

func (d *diagnosing) status() GateResult {
	judged, whose := d.judged()
	s, status := d.setting("status_filter"), string(judged.Status)
	if !d.m.Settings.selects(judged.Status) {
		return fail("STATUS_NOT_SELECTED", s, status, fmt.Sprintf("%sstatus %s is not selected", whose, status), "settings set status_filter to include "+status)
	}
	return pass(s, status, whose+"status "+status+" is selected")
}

// judged is the invoice that scope is judged on: SRC's of a pair, and then whose
// it is, in words.
func (d *diagnosing) judged() (i *Invoice, whose string) {
	if d.c.Partner != nil && d.i.System != d.m.Settings.Source() {
		return d.c.Partner, "the source invoice of the pair: "
	}
	return d.i, ""
}

func (d *diagnosing) integration() GateResult {
	s, source := d.setting("skip_integration_source"), d.i.Source
	switch {
	case d.c.Paired != "" && d.c.Paired != Ambiguous:
		return notApplicable(s, source, "the invoice is paired; its source does not matter")
	case d.m.Settings.SkipIntegrationSource && d.i.Integration:
		return fail("MADE_BY_INTEGRATION", s, source, "an integration made it", "settings set skip_integration_source=false")
	}
	return pass(s, source, "made by a person, or integrations are not skipped")
}

func (d *diagnosing) unique() GateResult {
	number := d.i.Number
	switch {
	case d.c.Paired == Ambiguous:
		return fail("AMBIGUOUS", "", number, fmt.Sprintf("several invoices hold the number %s: %s", number, strings.Join(d.c.Rivals, "; ")), "renumber or void the duplicates")
	case d.c.Partner != nil:
		return fail("ALREADY_PAIRED", "", number, fmt.Sprintf("already paired with %s invoice %s", d.c.Partner.System.Title(), d.c.Partner.ID), "")
	case len(d.c.Rivals) > 0:
		return fail("POSSIBLE_DUPLICATE", "", number, "possible duplicate of "+strings.Join(d.c.Rivals, "; "), "link the existing one, or void the duplicate")
	}
	return pass("", number, "no partner and no duplicate")
}

func (d *diagnosing) period() GateResult {
	closed := d.m.Company(QuickBooks).BooksClosed
	if closed.IsZero() {
		return pass("", d.i.Date.String(), "no period is closed in QuickBooks")
	}
	if !closed.Before(d.i.Date) {
		return fail("PERIOD_CLOSED", "books closed through "+closed.String(), d.i.Date.String(), "dated in a closed period", "reopen the period in QuickBooks, or date it later")
	}
	return pass("books closed through "+closed.String(), d.i.Date.String(), "dated after the closed period")
}

func (d *diagnosing) currency() GateResult {
	to := d.m.Company(d.to)
	if d.i.Currency == to.Currency || to.MultiCurrency || to.Currency == "" {
		return pass("", d.i.Currency, d.i.Currency+" is supported")
	}
	return fail("CURRENCY_NOT_SUPPORTED", "home currency "+to.Currency, d.i.Currency, fmt.Sprintf("%s keeps its books in %s only", d.to.Title(), to.Currency), "turn multicurrency on in "+d.to.Title())
}

func (d *diagnosing) tax() GateResult {
	s := d.setting("tax_mapping_enabled") + " " + d.setting("unmapped_tax")
	rates := taxRates(d.i.Lines)
	switch {
	case len(rates) == 0:
		return pass(s, "", "no line is taxed")
	case !d.m.Settings.TaxMappingEnabled:
		return notApplicable(s, strings.Join(rates, ", "), "tax mapping is off")
	}
	var missing []string
	for _, id := range rates {
		if !d.m.mappedTax(d.i.System, id) {
			missing = append(missing, d.rateName(id))
		}
	}
	switch {
	case len(missing) == 0:
		return pass(s, strings.Join(rates, ", "), "every taxed line's rate is mapped")
	case !d.m.unmappedFails():
		return pass(s, strings.Join(missing, ", "), "unmapped rates become "+d.m.Settings.UnmappedTax)
	}
	names := strings.Join(missing, ", ")
	return fault{TaxUnmapped, "tax rate " + names + " has no mapping", "settings set tax_mapping to map it", missing[0]}.result(s, names)
}

func taxRates(lines []Line) []string {
	var list []string
	for _, l := range lines {
		if l.TaxRateID != "" {
			list = append(list, l.TaxRateID)
		}
	}
	slices.SortFunc(list, CompareIDs)
	return slices.Compact(list)
}

func (d *diagnosing) rateName(id string) string {
	if r := d.m.TaxRate(d.i.System, id); r != nil && r.Name != "" {
		return r.Name + " (" + id + ")"
	}
	return id
}

// maxDocNumber is the longest invoice number QuickBooks takes, in characters
// (developer pages, Invoice.DocNumber; fault 2050).
const maxDocNumber = 21

func (d *diagnosing) number() GateResult {
	switch n := d.i.Number; {
	case d.c.Partner != nil:
		return notApplicable("", n, "its partner holds the number")
	case d.c.Paired == Ambiguous:
		return fail("NUMBER_TAKEN", "", n, "invoices of "+d.to.Title()+" hold the number", "renumber or void the duplicates")
	case d.to == QuickBooks && utf8.RuneCountInString(n) > maxDocNumber:
		return fail("NUMBER_TOO_LONG", "", n, fmt.Sprintf("QuickBooks takes at most %d characters", maxDocNumber), "shorten the number")
	case isBlank(n):
		return fail("NUMBER_MISSING", "", "", "the invoice has no number", "number it in "+d.i.System.Title())
	}
	return pass("", d.i.Number, "no invoice of "+d.to.Title()+" holds the number")
}

func (d *diagnosing) payment() GateResult {
	return notApplicable("", string(d.i.Status), "payments are not written")
}

func (d *diagnosing) grace() GateResult {
	s := d.setting("grace")
	until := d.i.CreatedAt.Add(d.m.Settings.Grace)
	created := ""
	if !d.i.CreatedAt.IsZero() {
		created = d.i.CreatedAt.UTC().Format(time.RFC3339)
	}
	switch {
	case d.c.Paired != "":
		return notApplicable(s, created, "the invoice is paired")
	case d.young():
		return fail("WITHIN_GRACE", s, created, "made at "+created+", pending until "+until.UTC().Format(time.RFC3339), "wait")
	}
	return pass(s, created, "older than the grace")
}

func (d *diagnosing) young() bool { return d.m.Settings.pending(&d.entry, d.c.AsOf) }

// pending reports whether an unpaired invoice is younger than the grace.
func (s *Settings) pending(e *Entry, asOf time.Time) bool {
	return e.Created != 0 && asOf.Sub(e.CreatedAt()) < s.Grace
}
