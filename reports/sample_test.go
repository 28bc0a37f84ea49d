package reports

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// berlin is the zone of the sample: summer and winter differ in it.
var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// asOf is the instant of the sample's run: Monday, 2026-11-23, 06:00 in Berlin.
var asOf = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)

const portal, realm = "44117302", "9130357946812345679"

// sample is a run of a company that sells in four currencies.
func sample() Mismatches {
	all := sampleFindings()
	run := reconcile.Run{
		ID: 412, Workspace: "northwind", State: reconcile.RunComplete, Verdict: reconcile.NotTiedOut, Actor: reconcile.ActorSchedule,
		AsOf: asOf, StartedAt: asOf, FinishedAt: asOf.Add(14 * time.Minute), Settings: 7,
		Counts: reconcile.Counts{
			HubSpotInvoices: 1240, QuickBooksInvoices: 1229, InScope: 1180, Matched: 1151, Different: 12, OnlyHubSpot: 11, OnlyQuickBooks: 4,
			Ambiguous: 2, Excluded: 60, Pending: 3, Unknown: 1, Compared: 40, Open: len(all), Opened: 6, Reopened: 1, Resolved: 9,
		},
	}
	settings := reconcile.DefaultSettings()
	settings.TimeZone = berlin.String()
	values := settings.Values()
	for n := range values {
		if values[n].Key == "time_zone" {
			values[n].ChangedBy, values[n].ChangedAt = reconcile.LocalActor("ops"), asOf.AddDate(0, -3, 0)
		}
	}
	return Mismatches{Ground: Ground{
		Workspace: "northwind", Environment: "production",
		HubSpot:    reconcile.Company{System: reconcile.HubSpot, ID: portal, Name: "Northwind Traders", TimeZone: "Europe/Berlin", Currency: "USD"},
		QuickBooks: reconcile.Company{System: reconcile.QuickBooks, ID: realm, Name: "Northwind Traders Inc.", TimeZone: "America/Los_Angeles", Currency: "USD"},
		Run:        run, Source: reconcile.HubSpot, Zone: berlin,
		RuleSetHash: "5d0c6a91be3f7742", Version: "v0.4.0 (commit 1f3a77c)", GeneratedAt: run.FinishedAt,
		Certificates: sampleCertificates(), Settings: values, Rules: reconcile.Rules,
	}, Totals: sampleTotals(), RootCauses: sampleCauses(all), Findings: serve(all)}
}

// serve streams findings as a store does: those of the codes, in their order.
func serve(all []reconcile.FindingRecord) func([]reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
	return func(codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
		return func(yield func(reconcile.FindingRecord, error) bool) {
			for _, f := range all {
				if slices.Contains(codes, f.Code) && !yield(f, nil) {
					return
				}
			}
		}
	}
}

// found makes a finding of the catalogue's rule, known for so many days.
func found(code reconcile.Code, system reconcile.System, number string, minor int64, currency string, days int) reconcile.FindingRecord {
	rule, ok := reconcile.RuleOf(code)
	if !ok {
		panic("no rule " + code)
	}
	id := fmt.Sprintf("90071992547%08d", len(number)*7919+int(minor%1000)) // 19 digits
	f := reconcile.FindingRecord{State: reconcile.FindingOpen, FirstSeen: asOf.AddDate(0, 0, -days), LastSeen: asOf, FirstRun: 300, LastRun: 412}
	f.Finding = reconcile.Finding{
		Code: code, Severity: rule.Severity, System: system, Record: id, Number: number, Actions: rule.Actions,
		Amount: reconcile.Money{Minor: minor, Currency: currency}, Cause: rule.Meaning, Message: "Invoice " + number + ": " + rule.Meaning + ".",
		Subject: "invoice/hubspot/" + id, Customer: "billing@" + strings.ToLower(strings.Trim(number, "=+-@")) + ".example", Date: mustDate("2026-10-05"),
	}
	if system != reconcile.QuickBooks {
		f.HubSpotID = id
	}
	if system != reconcile.HubSpot {
		f.QuickBooksID = "8" + fmt.Sprint(minor%997)
	}
	f.ID = reconcile.Identify("northwind", code, f.Subject, number)
	return f
}

func sampleFindings() []reconcile.FindingRecord {
	pair := func(code reconcile.Code, number, field, hs, qb string, minor int64, currency string, days int) reconcile.FindingRecord {
		f := found(code, reconcile.Both, number, minor, currency, days)
		f.Field, f.HubSpot, f.QuickBooks = field, hs, qb
		return f
	}
	blocked := found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, "INV-2026-0412", 482_000, "USD", 12)
	blocked.Reasons = []reconcile.Reason{
		{Gate: int(reconcile.GateCustomer), Code: "EMAIL_NOT_FOUND", Text: "no QuickBooks customer has the e-mail ap@contoso.example", Fix: "create the customer in QuickBooks"},
		{Gate: int(reconcile.GateLines), Code: "SKU_NOT_FOUND", Text: "SKU CHAIR-900 is not in QuickBooks; SKU DESK-1 is inactive in QuickBooks", Fix: "create the product"},
	}
	accepted := found(reconcile.InvoiceOnlyInDestination, reconcile.QuickBooks, "000731", 9_950, "USD", 95)
	accepted.State = reconcile.FindingAccepted
	effect := pair(reconcile.SKUCase, "prod-001", "sku", "prod-001", "PROD-001", 12_00, "USD", 3)
	effect.Subject, effect.Invoices = "sku/prod-001/PROD-001", 14
	effect.Cause = `position 1: U+0070 LATIN SMALL LETTER P instead of U+0050 LATIN CAPITAL LETTER P`
	total := pair(reconcile.InvoiceTotal, "INV-2026-0377", "total", "1204.50", "1199.00", 550, "USD", 40)
	total.Effects = []reconcile.Effect{{Subject: "invoice/hubspot/1", Number: "INV-2026-0377", Field: "balance", HubSpot: "1204.50", QuickBooks: ""}}
	missing := found(reconcile.EmailMissing, reconcile.HubSpot, "Fabrikam GmbH", 77_000, "EUR", 20)
	missing.Subject, missing.Invoices = "company/hubspot/"+missing.Record, 3
	return []reconcile.FindingRecord{
		blocked, accepted,
		found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, "INV-2026-0413", 1_250_000, "JPY", 1),
		found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, "INV-2026-0414", 1_234_567, "KWD", 33),
		found(reconcile.InvoiceDuplicate, reconcile.QuickBooks, "1007", 30_000, "USD", 64),
		found(reconcile.InvoiceTwinCandidate, reconcile.Both, "INV-2026-0401", 45_025, "EUR", 6),
		total,
		pair(reconcile.LinePrice, "INV-2026-0380", "lines[PROD-001].price", "12.3456700", "12.34", 57, "USD", 9),
		pair(reconcile.LineQuantity, "INV-2026-0381", "lines[PROD-002].quantity", "3", "2.5", 4_000, "USD", 9),
		pair(reconcile.LineMissing, "INV-2026-0382", "lines[PROD-003]", "2 × 10.00", "", 2_000, "USD", 9),
		pair(reconcile.TaxZeroed, "INV-2026-0383", "tax", "19.00", "0.00", 1_900, "EUR", 2),
		pair(reconcile.InvoiceTotal, "INV-2026-0384", "total", "125000", "125001", 1, "JPY", 2),
		pair(reconcile.InvoiceBalance, "INV-2026-0385", "balance", "10.125", "-0.125", 10_250, "KWD", 2),
		pair(reconcile.InvoiceDueDate, "INV-2026-0386", "due_date", "2026-11-01", "2026-11-15", 0, "USD", 2),
		pair(reconcile.InvoiceStatus, "INV-2026-0387", "status", "paid", "open", 0, "USD", 70),
		effect, missing,
		found(reconcile.SKUNotFound, reconcile.HubSpot, "CHAIR-900", 482_000, "USD", 12),
		found(reconcile.TaxUnmapped, reconcile.HubSpot, "MwSt. 19 %", 30_00, "EUR", 5),
		pair(reconcile.RecordUnreadable, "INV-2026-0399", "total", "1,234.5", "", 0, "USD", 1),
	}
}

func sampleTotals() []reconcile.ControlTotal {
	total := func(currency, month string, matched, onlyHS, onlyQB int64, diff map[reconcile.DifferenceClass]int64) reconcile.ControlTotal {
		c := reconcile.ControlTotal{Currency: currency, Month: month, Differences: diff}
		c.HubSpot.Matched = reconcile.Tally{Count: 400, Amount: matched + c.SumDifferences()}
		c.QuickBooks.Matched = reconcile.Tally{Count: 400, Amount: matched}
		c.HubSpot.OnlyHere, c.QuickBooks.OnlyHere = reconcile.Tally{Count: 3, Amount: onlyHS}, reconcile.Tally{Count: 1, Amount: onlyQB}
		for _, s := range []*reconcile.SideTotal{&c.HubSpot, &c.QuickBooks} {
			s.InScope = reconcile.Tally{Count: s.Matched.Count + s.OnlyHere.Count, Amount: s.Matched.Amount + s.OnlyHere.Amount}
			s.Excluded = map[reconcile.ExclusionReason]reconcile.Tally{reconcile.ExcludedByStatus: {Count: 10, Amount: 90_000}}
			s.Population = reconcile.Tally{Count: s.InScope.Count + 10, Amount: s.InScope.Amount + 90_000}
		}
		return c
	}
	return []reconcile.ControlTotal{
		total("EUR", "2026-10", 14_204_025, 45_025, 45_025, map[reconcile.DifferenceClass]int64{reconcile.ClassTax: 1_900}),
		total("JPY", "2026-11", 88_125_001, 1_250_000, 0, map[reconcile.DifferenceClass]int64{reconcile.ClassUnexplained: -1}),
		total("KWD", "2026-11", 5_000_125, 1_234_567, 0, nil),
		total("USD", "2026-09", 61_200_310, 0, 9_950, map[reconcile.DifferenceClass]int64{reconcile.ClassPrice: 57, reconcile.ClassQuantity: 4_000}),
		total("USD", "2026-10", 58_114_222, 482_000, 0, map[reconcile.DifferenceClass]int64{reconcile.ClassLine: 2_000, reconcile.ClassPrice: -57}),
		total("USD", "2026-11", 31_900_100, 0, 0, map[reconcile.DifferenceClass]int64{reconcile.ClassUnexplained: 550}),
	}
}

func sampleCertificates() []reconcile.Certificate {
	var list []reconcile.Certificate
	for n, system := range reconcile.Systems {
		for k, object := range reconcile.Objects(system) {
			c := reconcile.Certificate{
				System: system, Object: object, Claimed: 1000 + 17*k, Received: 1000 + 17*k + n, Pages: 11, Duplicates: n, Calls: 12,
				FirstChange: asOf.AddDate(-1, 0, 0), LastChange: asOf.Add(-time.Hour), StartedAt: asOf, FinishedAt: asOf.Add(time.Duration(k+n) * time.Minute),
				Hash: strings.Repeat("3f9a0c17", 8),
			}
			if object == reconcile.ObjectInvoices {
				c.Sums = map[string]int64{"USD": 151_000_000, "EUR": 14_300_000, "JPY": 89_000_000, "KWD": 6_234_692}
			}
			list = append(list, c)
		}
	}
	return list
}

func sampleCauses(all []reconcile.FindingRecord) []reconcile.FindingGroup {
	var groups []reconcile.FindingGroup
	for _, f := range all {
		groups = append(groups, reconcile.FindingGroup{
			Key: string(f.Code) + " " + f.Number, Findings: 1, Invoices: max(1, f.Invoices), Amounts: []reconcile.Money{f.Amount}, Oldest: f.FirstSeen, Sample: f,
		})
	}
	return groups
}

func mustDate(s string) reconcile.Date {
	d, err := reconcile.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// written is a workbook that was written and opened again.
type written struct {
	*excelize.File
	t     *testing.T
	bytes []byte
	sum   Summary
}

func write(t *testing.T, in Mismatches) *written { return writeLimited(t, in, maxRows) }

func writeLimited(t *testing.T, in Mismatches, rows int) *written {
	t.Helper()
	var buf bytes.Buffer
	sum, err := writeMismatches(&buf, in, rows)
	if err != nil {
		t.Fatal(err)
	}
	return open(t, buf.Bytes(), sum)
}

func open(t *testing.T, raw []byte, sum Summary) *written {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return &written{f, t, raw, sum}
}

// raw is what a cell holds, before any format.
func (w *written) raw(sheet, at string) string {
	w.t.Helper()
	v, err := w.GetCellValue(sheet, at, excelize.Options{RawCellValue: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// shown is what a reader sees of a cell.
func (w *written) shown(sheet, at string) string {
	w.t.Helper()
	v, err := w.GetCellValue(sheet, at)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// column finds a column of a list by its header.
func (w *written) column(sheet, header string) string {
	w.t.Helper()
	rows, err := w.GetRows(sheet)
	if err != nil {
		w.t.Fatal(err)
	}
	for n, v := range rows[listHead-1] {
		if v == header {
			name, _ := excelize.ColumnNumberToName(n + 1)
			return name
		}
	}
	w.t.Fatalf("sheet %s has no column %q", sheet, header)
	return ""
}

// find returns the row of a sheet whose cell in a column holds a value.
func (w *written) find(sheet, column, value string) int {
	w.t.Helper()
	rows, err := w.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		w.t.Fatal(err)
	}
	n, err := excelize.ColumnNameToNumber(column)
	if err != nil {
		w.t.Fatal(err)
	}
	for r, row := range rows {
		if len(row) >= n && row[n-1] == value {
			return r + 1
		}
	}
	w.t.Fatalf("sheet %s: no %q in column %s", sheet, value, column)
	return 0
}
