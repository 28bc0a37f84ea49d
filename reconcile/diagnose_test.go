package reconcile

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wantGates are the gates as the product lists them.
var wantGates = []string{
	"connections usable", "pull complete", "sync enabled", "direction set and fitting", "start date", "status filter",
	"skip integration source", "not already paired, no duplicate", "accounting period open", "currency supported",
	"customer", "every line's SKU", "every taxed line mapped", "number free in destination", "payment prerequisites", "grace",
}

// A gateCase changes an invoice that nothing keeps back, and says which gate then
// fails with which code, and what the invoice's state becomes.
type gateCase struct {
	name     string
	settings []string // key, value
	hubspot  string   // the invoice, or the whole side when it starts with {
	change   func(*Case, *world)
	gate     Gate
	code     string
	state    PairState
	setting  string // a part of the setting's value
	record   string // the record's value
}

func diagnoseOne(t *testing.T, tt *gateCase) Diagnosis {
	t.Helper()
	w := &world{settings: with(DefaultSettings(), append([]string{"direction", string(HubSpotToQuickBooks), "invoices_enabled", "true"}, tt.settings...)...)}
	hubspot := tt.hubspot
	if !strings.HasPrefix(hubspot, "{") {
		hubspot = `{"invoices":[{"id":"101","number":"A-1"` + hubspot + `}]}`
	}
	w.read(t, HubSpot, hubspot)
	w.read(t, QuickBooks, "")
	c := Case{Invoice: &w.invoices[0], AsOf: asOf}
	if tt.change != nil {
		tt.change(&c, w)
	}
	m := NewMasters(w.data, w.settings)
	m.Resolve(c.Invoice)
	return m.Diagnose(c)
}

func TestGates(t *testing.T) {
	partner := func(i Invoice) *Invoice {
		i.System, i.ID = QuickBooks, "201"
		return &i
	}
	for _, tt := range []gateCase{
		{name: "nothing keeps it back", state: OneSided},
		{name: "connection", change: func(c *Case, _ *world) { c.Unusable = map[System]string{QuickBooks: "login expired"} },
			gate: GateConnections, code: "CONNECTION_UNUSABLE", state: Unknown, record: "quickbooks"},
		{name: "pull", change: func(c *Case, _ *world) { c.PullProblem = "timeout" }, gate: GatePull, code: "PULL_INCOMPLETE", state: Unknown},
		{name: "sync off", settings: []string{"invoices_enabled", "false"}, gate: GateEnabled, code: "SYNC_DISABLED", state: OneSided, setting: "invoices_enabled=false"},
		{name: "direction unset", settings: []string{"direction", ""}, gate: GateDirection, code: "DIRECTION_UNSET", state: OneSided, setting: "direction=unset", record: "hubspot"},
		{name: "direction the other way", settings: []string{"direction", string(QuickBooksToHubSpot)}, gate: GateDirection, code: "DIRECTION_OTHER", state: OneSided, setting: "direction=quickbooks_to_hubspot", record: "hubspot"},
		{name: "start date", settings: []string{"start_date", "2026-10-02"}, gate: GateStartDate, code: "BEFORE_START_DATE", state: Excluded, setting: "start_date=2026-10-02", record: "2026-10-01"},
		{name: "on the start date", settings: []string{"start_date", "2026-10-01"}, state: OneSided},
		{name: "status", hubspot: `,"status":"draft"`, gate: GateStatus, code: "STATUS_NOT_SELECTED", state: Excluded, setting: "status_filter=open,paid", record: "draft"},
		{name: "integration", hubspot: `,"integration":true,"source":"INTEGRATION"`, gate: GateIntegration, code: "MADE_BY_INTEGRATION", state: Excluded, setting: "skip_integration_source=true", record: "INTEGRATION"},
		{name: "integration, not skipped", hubspot: `,"integration":true`, settings: []string{"skip_integration_source", "false"}, state: OneSided},
		{name: "rival", change: func(c *Case, _ *world) { c.Rivals = []string{"QuickBooks invoice 7"} }, gate: GateUnique, code: "POSSIBLE_DUPLICATE", state: Blocked, record: "A-1"},
		{name: "closed period", change: func(_ *Case, w *world) { w.data.Companies[1].BooksClosed = date("2026-10-01") },
			gate: GatePeriod, code: "PERIOD_CLOSED", state: Blocked, setting: "books closed through 2026-10-01", record: "2026-10-01"},
		{name: "the day after the closed period", change: func(_ *Case, w *world) { w.data.Companies[1].BooksClosed = date("2026-09-30") }, state: OneSided},
		{name: "currency", hubspot: `,"currency":"EUR"`, gate: GateCurrency, code: "CURRENCY_NOT_SUPPORTED", state: Blocked, setting: "home currency USD", record: "EUR"},
		{name: "currency of a company with several", hubspot: `,"currency":"EUR"`, change: func(_ *Case, w *world) { w.data.Companies[1].MultiCurrency = true }, state: OneSided},
		{name: "no customer", hubspot: `,"customerId":""`, gate: GateCustomer, code: "CUSTOMER_MISSING", state: Blocked, setting: "create_customers=false"},
		{name: "e-mail missing", hubspot: `{"customers":[{"id":"1","name":"Ann"}],"invoices":[{"id":"101","number":"A-1"}]}`, gate: GateCustomer, code: "EMAIL_MISSING", state: Blocked, record: "Ann"},
		{name: "e-mail invalid", hubspot: `{"customers":[{"id":"1","email":"ann at example.com"}],"invoices":[{"id":"101","number":"A-1"}]}`, gate: GateCustomer, code: "EMAIL_INVALID", state: Blocked, record: "ann at example.com"},
		{name: "e-mail not found", hubspot: `{"customers":[{"id":"1","email":"eve@example.com"}],"invoices":[{"id":"101","number":"A-1"}]}`, gate: GateCustomer, code: "EMAIL_NOT_FOUND", state: Blocked, setting: "email_match=exact", record: "eve@example.com"},
		{name: "e-mail to be created", settings: []string{"create_customers", "true"}, hubspot: `{"customers":[{"id":"1","email":"eve@example.com"}],"invoices":[{"id":"101","number":"A-1"}]}`, state: OneSided},
		{name: "e-mail in another case is not created", settings: []string{"create_customers", "true"}, hubspot: `{"customers":[{"id":"1","email":"ANN@example.com"}],"invoices":[{"id":"101","number":"A-1"}]}`, gate: GateCustomer, code: "EMAIL_CASE", state: Blocked, record: "ANN@example.com"},
		{name: "e-mail in another case, normalized", settings: []string{"email_match", "normalized"}, hubspot: `{"customers":[{"id":"1","email":"ANN@example.com"}],"invoices":[{"id":"101","number":"A-1"}]}`, state: OneSided},
		{name: "no lines", hubspot: `,"lines":[]`, gate: GateLines, code: "NO_LINES", state: Blocked, record: "0 lines"},
		{name: "a blank SKU", hubspot: `,"lines":[{},{"sku":" "}]`, gate: GateLines, code: "SKU_MISSING", state: Blocked},
		{name: "SKU not found", hubspot: `,"lines":[{},{"sku":"NEW"}]`, gate: GateLines, code: "SKU_NOT_FOUND", state: Blocked, setting: "create_products=false", record: "NEW"},
		{name: "SKU to be created", hubspot: `,"lines":[{},{"sku":"NEW"}]`, settings: []string{"create_products", "true"}, state: OneSided},
		{name: "SKU in another case is not created", hubspot: `,"lines":[{"sku":"prod-001"}]`, settings: []string{"create_products", "true"}, gate: GateLines, code: "SKU_CASE", state: Blocked, record: "prod-001"},
		{name: "SKU inactive", change: func(_ *Case, w *world) { w.data.Products[2].Active = false }, gate: GateLines, code: "SKU_INACTIVE_USED", state: Blocked, record: "PROD-001"},
		{name: "SKU twice", change: func(_ *Case, w *world) { w.data.Products[3].SKU = "PROD-001" }, gate: GateLines, code: "SKU_DUPLICATE", state: Blocked, record: "PROD-001"},
		{name: "tax unmapped", hubspot: `,"lines":[{"taxRateId":"7"}]`, gate: GateTax, code: "TAX_UNMAPPED", state: Blocked, setting: "unmapped_tax=fail", record: "VAT 20 (7)"},
		{name: "tax mapped", hubspot: `,"lines":[{"taxRateId":"7"}]`, settings: []string{"tax_mapping", "7=17"}, state: OneSided},
		{name: "number too long", change: func(c *Case, _ *world) { c.Invoice.Number = strings.Repeat("é", 22) }, gate: GateNumber, code: "NUMBER_TOO_LONG", state: Blocked, record: strings.Repeat("é", 22)},
		{name: "number as long as may be", change: func(c *Case, _ *world) { c.Invoice.Number = strings.Repeat("é", 21) }, state: OneSided},
		{name: "no number", hubspot: `,"number":" "`, gate: GateNumber, code: "NUMBER_MISSING", state: Blocked},
		{name: "grace", hubspot: `,"createdAt":"2026-10-31T23:30:00Z"`, gate: GateGrace, code: "WITHIN_GRACE", state: Pending, setting: "grace=1h", record: "2026-10-31T23:30:00Z"},
		{name: "matched", change: func(c *Case, _ *world) { c.Paired, c.Partner = Matched, partner(*c.Invoice) }, gate: GateUnique, code: "ALREADY_PAIRED", state: Matched, record: "A-1"},
		{name: "different", change: func(c *Case, _ *world) { c.Paired, c.Partner = Different, partner(*c.Invoice) }, gate: GateUnique, code: "ALREADY_PAIRED", state: Different},
		{name: "the partner is unreadable", change: func(c *Case, _ *world) { c.Paired, c.Partner = Unknown, partner(*c.Invoice) }, gate: GateUnique, code: "ALREADY_PAIRED", state: Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := diagnoseOne(t, &tt)
			if d.State != tt.state {
				t.Errorf("%s, want %s; %+v", d.State, tt.state, d.Reasons)
			}
			checkGates(t, &d)
			for _, g := range d.Gates {
				switch {
				case g.Gate != tt.gate && g.Answer == Fail:
					t.Errorf("gate %d %s fails too: %+v", g.Gate, g.Name, g)
				case g.Gate == tt.gate && (g.Answer != Fail || g.Code != tt.code):
					t.Errorf("gate %d says %s %s, want %s", g.Gate, g.Answer, g.Code, tt.code)
				case g.Gate == tt.gate && (!strings.Contains(g.Setting, tt.setting) || (tt.record != "" && g.Record != tt.record)):
					t.Errorf("setting %q, record %q; want %q, %q", g.Setting, g.Record, tt.setting, tt.record)
				}
			}
		})
	}
}

// checkGates: all sixteen, in order, named, each with a sentence, each failing one
// with a code and a fix.
func checkGates(t failer, d *Diagnosis) {
	t.Helper()
	if len(d.Gates) != len(wantGates) {
		t.Errorf("%d gates, want %d", len(d.Gates), len(wantGates))
		return
	}
	for n, g := range d.Gates {
		if g.Gate != Gate(n+1) || g.Name != wantGates[n] || g.Text == "" {
			t.Errorf("gate %d is %+v, want %d %s with a text", n, g, n+1, wantGates[n])
		}
		fixed := g.Fix != "" || g.Code == "ALREADY_PAIRED" // nothing to mend
		if g.Answer == Fail && (g.Code == "" || !fixed) {
			t.Errorf("gate %d fails without code or fix: %+v", g.Gate, g)
		}
		if g.Answer != Fail && (g.Code != "" || g.Fix != "") {
			t.Errorf("gate %d does not fail, but has code or fix: %+v", g.Gate, g)
		}
	}
}

// TestStatePrecedence lets one thing after the other keep an invoice back, the
// state that counts less first.
func TestStatePrecedence(t *testing.T) {
	c := gateCase{}
	add := func(state PairState, reasons string, change func()) {
		t.Helper()
		change()
		d := diagnoseOne(t, &c)
		var codes []string
		for _, r := range d.Reasons {
			codes = append(codes, r.Code)
		}
		if got := strings.Join(codes, " "); d.State != state || got != reasons {
			t.Errorf("%s for %s; want %s for %s", d.State, got, state, reasons)
		}
	}
	more := func(change func(*Case, *world)) func() {
		return func() {
			before := c.change
			c.change = func(c *Case, w *world) {
				if before != nil {
					before(c, w)
				}
				change(c, w)
			}
		}
	}
	add(OneSided, "", func() {})
	add(OneSided, "SYNC_DISABLED DIRECTION_UNSET", func() { c.settings = []string{"invoices_enabled", "false", "direction", ""} })
	add(Blocked, "POSSIBLE_DUPLICATE SYNC_DISABLED DIRECTION_UNSET", more(func(c *Case, _ *world) { c.Rivals = []string{"another"} }))
	add(Blocked, "POSSIBLE_DUPLICATE NUMBER_MISSING SYNC_DISABLED DIRECTION_UNSET", more(func(c *Case, _ *world) { c.Invoice.Number = "" }))
	add(Pending, "WITHIN_GRACE", more(func(c *Case, _ *world) { c.Invoice.CreatedAt = asOf.Add(-time.Minute) }))
	add(Excluded, "STATUS_NOT_SELECTED", more(func(c *Case, _ *world) { c.Invoice.Status = StatusDraft }))
	add(Excluded, "STATUS_NOT_SELECTED MADE_BY_INTEGRATION", more(func(c *Case, _ *world) { c.Invoice.Integration = true }))
	add(Unknown, "RECORD_UNREADABLE", more(func(c *Case, _ *world) { c.Invoice.Unreadable = true }))
	add(Unknown, "PULL_INCOMPLETE", more(func(c *Case, _ *world) { c.PullProblem = "timeout" }))
}

// TestStateOfPairs: a pair in scope stands above what keeps writing back; its
// scope is SRC's answer, whichever half is asked about.
func TestStateOfPairs(t *testing.T) {
	for _, tt := range []struct {
		name     string
		paired   PairState
		src, dst string
		want     PairState
		reasons  string
	}{
		{"matched", Matched, "", "", Matched, ""},
		{"different, young and sync off", Different, `,"createdAt":"2026-10-31T23:59:00Z"`, "", Different, ""},
		{"SRC is out of scope by status", Matched, `,"status":"voided"`, "", Matched, ""},
		{"SRC is out of scope by date", Different, `,"date":"2026-09-01"`, "", Different, ""},
		{"DST's own status does not count", Different, "", `,"status":"voided"`, Different, ""},
		{"DST's own date does not count", Different, "", `,"date":"2026-09-01"`, Different, ""},
		{"an integration made both", Matched, `,"integration":true`, `,"integration":true`, Matched, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &world{settings: with(DefaultSettings(), "start_date", "2026-09-15")}
			w.read(t, HubSpot, `{"invoices":[{"id":"101","number":"A-1"`+tt.src+`}]}`)
			w.read(t, QuickBooks, `{"invoices":[{"id":"201","number":"A-1"`+tt.dst+`}]}`)
			m := NewMasters(w.data, w.settings)
			src, dst := &w.invoices[0], &w.invoices[1]
			d := m.Diagnose(Case{Invoice: src, Partner: dst, Paired: tt.paired, AsOf: asOf})
			checkGates(t, &d)
			if d.State != tt.want || (tt.reasons == "") != (len(d.Reasons) == 0) || (tt.reasons != "" && d.Reasons[0].Code != tt.reasons) {
				t.Errorf("asked of SRC: %s %+v, want %s %s", d.State, d.Reasons, tt.want, tt.reasons)
			}
			d = m.Diagnose(Case{Invoice: dst, Partner: src, Paired: tt.paired, AsOf: asOf})
			checkGates(t, &d)
			if d.State != tt.want || (tt.reasons != "" && d.Reasons[0].Code != tt.reasons) {
				t.Errorf("asked of DST: %s %+v, want %s %s", d.State, d.Reasons, tt.want, tt.reasons)
			}
		})
	}
}

func TestAmbiguousSaysWhy(t *testing.T) {
	d := diagnoseOne(t, &gateCase{change: func(c *Case, _ *world) {
		c.Paired, c.Rivals = Ambiguous, []string{"HubSpot invoice 102 with the same number"}
	}})
	if d.State != Ambiguous || len(d.Reasons) != 1 || d.Reasons[0].Code != "AMBIGUOUS" || !strings.Contains(d.Reasons[0].Text, "102") {
		t.Errorf("%s %+v", d.State, d.Reasons)
	}
	d = diagnoseOne(t, &gateCase{hubspot: `,"integration":true`, change: func(c *Case, _ *world) { c.Paired = Ambiguous }})
	if d.State != Excluded { // it is not paired, so its source counts, as in the comparison
		t.Errorf("made by an integration: %s, want EXCLUDED", d.State)
	}
}

// TestGatesOfRandomInvoices: every gate answers, whatever the invoice.
func TestGatesOfRandomInvoices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(newDice(t, 0))
		m := NewMasters(w.data, w.settings)
		for _, i := range w.invoices {
			m.Resolve(&i)
			d := m.Diagnose(Case{Invoice: &i, AsOf: asOf})
			checkGates(t, &d)
			e := m.File(i)
			want := w.settings.AloneState(&e, false, asOf)
			if d.State != want && !(d.State == Blocked && want == OneSided) {
				t.Errorf("the gates say %s, the entry alone %s: %+v", d.State, want, i)
			}
		}
	})
}

// TestRootCauses: an unsynced invoice names the same root cause as the finding on
// the master that keeps it back, so that one task is one group.
func TestRootCauses(t *testing.T) {
	for _, name := range []string{"SKU_CASE/yes, on an unsynced invoice", "SKU_NOT_FOUND/yes, on a line only", "SKU_MISSING/yes, inactive and used by an unsynced invoice",
		"SKU_DUPLICATE/yes, with an unsynced invoice of the other system", "EMAIL_MISSING/yes, on an unsynced invoice", "EMAIL_NOT_FOUND/yes",
		"EMAIL_CASE/yes, on an unsynced invoice", "EMAIL_AMBIGUOUS/yes, with an unsynced invoice", "TAX_UNMAPPED/yes, a code of QuickBooks on an unsynced invoice"} {
		code, section, _ := strings.Cut(name, "/")
		for _, d := range []Direction{HubSpotToQuickBooks, QuickBooksToHubSpot} {
			out := readRule(t, code)[section].world(t, d).compare()
			at := slices.IndexFunc(out.findings, func(f Finding) bool { return f.Code == Code(code) })
			if at < 0 {
				continue // the code asks about SRC only
			}
			for _, f := range out.findings {
				if (f.Code == InvoiceOnlyInSource || f.Code == InvoiceOnlyInDestination) && f.RootCause != out.findings[at].RootCause {
					t.Errorf("%s %s: the invoice's root cause is %q, the finding's %q", name, d, f.RootCause, out.findings[at].RootCause)
				}
			}
		}
	}
}
