package reconcile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/govalues/decimal"
)

// asOf is the instant at which test worlds are compared.
var asOf = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// A world is two small systems in memory, and what a comparison is given.
type world struct {
	data       MasterData
	invoices   []Invoice
	unreadable []Unreadable
	problems   []Certificate
	schedules  []ScheduleHistory
	signIns    []Connection
	settings   Settings
}

// atWork is the run that compares a world.
const atWork RunID = 9

// An outcome is everything that a comparison says.
type outcome struct {
	findings []Finding
	totals   []ControlTotal
	counts   Counts
}

// compare does what the batch does with a mirror, without a database.
func (w *world) compare() outcome {
	var out outcome
	m := NewMasters(w.data, w.settings)
	c := NewComparison(Input{
		Workspace: "test", Run: atWork, AsOf: asOf, Masters: m, Unreadable: w.unreadable, Problems: w.problems, Schedules: w.schedules,
		Connections: w.signIns,
		Emit:        func(f Finding) { out.findings = append(out.findings, f) },
	})
	rows := func(list []int64) []Invoice {
		found := make([]Invoice, len(list))
		for n, row := range list {
			found[n] = w.invoices[row-1]
		}
		return found
	}
	for g, err := range Merge(w.entries(m, HubSpot), w.entries(m, QuickBooks)) {
		if err != nil {
			panic(err)
		}
		if pair, look := c.Add(g); look {
			both := rows([]int64{pair[0].Row, pair[1].Row})
			c.Pair(pair, both[0], both[1])
		}
	}
	for _, list := range c.Suspects() {
		c.Alike(list, rows(list))
	}
	for _, e := range c.Unpaired() {
		c.Alone(e, rows([]int64{e.Row})[0])
	}
	out.totals, out.counts = c.Finish()
	return out
}

// entries streams a system's entries in the order of the mirror's index.
func (w *world) entries(m *Masters, s System) func(func(Entry, error) bool) {
	var list []Entry
	for n, i := range w.invoices {
		if i.System != s {
			continue
		}
		e := m.File(i)
		e.Row = int64(n + 1)
		list = append(list, e)
	}
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Or(cmp.Compare(a.MatchKey, b.MatchKey), cmp.Compare(a.ID, b.ID)) })
	return stream(list...)
}

func stream(list ...Entry) func(func(Entry, error) bool) {
	return func(yield func(Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// A sideFile is one system in a test file. What a record leaves out is filled in
// with something harmless, so that a case says only what it is about.
type sideFile struct {
	Company    Company           `json:"company"`
	Invoices   []json.RawMessage `json:"invoices"`
	Products   []json.RawMessage `json:"products"`
	Customers  []json.RawMessage `json:"customers"`
	TaxRates   []json.RawMessage `json:"taxRates"`
	Unreadable []Unreadable      `json:"unreadable"`
	Problems   []Certificate     `json:"problems"`
	Schedules  []ScheduleHistory `json:"schedules"` // of neither system
	SignIns    []Connection      `json:"connections"`
}

// The records of a side that does not name its own: the same two products and
// customers in both systems.
var plainSides = map[System]string{
	HubSpot: `{"company":{"currency":"USD"},"products":[{"id":"1","sku":"PROD-001"},{"id":"2","sku":"PROD-002"}],
		"customers":[{"id":"1","email":"ann@example.com"},{"id":"2","email":"bob@example.com"}],"taxRates":[{"id":"7","name":"VAT 20"}]}`,
	QuickBooks: `{"company":{"currency":"USD"},"products":[{"id":"11","sku":"PROD-001"},{"id":"12","sku":"PROD-002"}],
		"customers":[{"id":"11","email":"ann@example.com"},{"id":"12","email":"bob@example.com"}],"taxRates":[{"id":"17","name":"Standard"}]}`,
}

func (w *world) read(t *testing.T, s System, text string) {
	t.Helper()
	var f sideFile
	for _, part := range []string{plainSides[s], cmp.Or(text, "{}")} {
		if err := json.Unmarshal([]byte(part), &f); err != nil {
			t.Fatalf("%s: %v\n%s", s, err, part)
		}
	}
	f.Company.System = s
	w.data.Companies[slices.Index(Systems[:], s)] = f.Company
	w.data.Products = append(w.data.Products, decode(t, f.Products, Product{System: s, Active: true})...)
	w.data.Customers = append(w.data.Customers, decode(t, f.Customers, Customer{System: s, Active: true})...)
	w.data.TaxRates = append(w.data.TaxRates, decode(t, f.TaxRates, TaxRate{System: s, Active: true})...)
	for _, raw := range f.Invoices {
		w.invoices = append(w.invoices, readInvoice(t, s, raw))
	}
	for _, u := range f.Unreadable {
		u.System = s
		w.unreadable = append(w.unreadable, u)
	}
	for _, p := range f.Problems {
		p.System = s
		w.problems = append(w.problems, p)
	}
	w.schedules = append(w.schedules, f.Schedules...)
	for _, conn := range f.SignIns {
		conn.System = s
		w.signIns = append(w.signIns, conn)
	}
}

func decode[T any](t *testing.T, list []json.RawMessage, filled T) []T {
	t.Helper()
	out := make([]T, len(list))
	for n, raw := range list {
		out[n] = filled
		if err := json.Unmarshal(raw, &out[n]); err != nil {
			t.Fatalf("%v\n%s", err, raw)
		}
	}
	return out
}

// readInvoice fills in a customer, a line, amounts that add up and a balance that
// fits the status.
func readInvoice(t *testing.T, s System, raw json.RawMessage) Invoice {
	t.Helper()
	var given struct {
		Lines          []json.RawMessage `json:"lines"`
		Total, Balance *int64
	}
	given.Lines = []json.RawMessage{[]byte("{}")}
	if err := json.Unmarshal(raw, &given); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	i := Invoice{System: s, Status: StatusOpen, Date: date("2026-10-01"), DueDate: date("2026-10-31"), Currency: "USD", CustomerID: "1",
		CreatedAt: asOf.AddDate(0, -1, 0)}
	if s == QuickBooks {
		i.CustomerID = "11"
	}
	if err := json.Unmarshal(raw, &i); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	i.Lines = decode(t, given.Lines, Line{SKU: "PROD-001", Quantity: dec("1"), Price: dec("100"), Amount: -1})
	sum := i.Tax - i.Discount + i.Charges()
	for n := range i.Lines {
		l := &i.Lines[n]
		if l.Amount == -1 {
			l.Amount = amountOf(l, i.Currency)
		}
		sum += l.Amount
	}
	if given.Total == nil {
		i.Total = sum
	}
	if given.Balance == nil && i.Status != StatusPaid {
		i.Balance = i.Total
	}
	return i
}

func amountOf(l *Line, currency string) int64 {
	product, err := l.Price.Mul(l.Quantity)
	if err != nil {
		panic(err)
	}
	m, _, err := RoundHalfUp(product, currency)
	if err != nil {
		panic(err)
	}
	return m.Minor
}

func dec(s string) decimal.Decimal { return decimal.MustParse(s) }

func date(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

// with changes settings, which must be legal.
func with(s Settings, keyValues ...string) Settings {
	values := map[string]string{}
	for n := 0; n < len(keyValues); n += 2 {
		values[keyValues[n]] = keyValues[n+1]
	}
	out, err := s.Set(values)
	if err != nil {
		panic(err)
	}
	return out
}

// print writes a finding as the rule files expect it.
func (f *Finding) print() string {
	s := fmt.Sprintf("%s %s %s %q %q hs=%q qb=%q %s\n", f.Code, f.System, f.Record, f.Number, f.Field, f.HubSpot, f.QuickBooks, f.Amount)
	for _, r := range f.Reasons {
		s += fmt.Sprintf("  gate %d %s\n", r.Gate, r.Code)
	}
	for _, e := range f.Effects {
		s += fmt.Sprintf("  effect %q %q hs=%q qb=%q\n", e.Number, e.Field, e.HubSpot, e.QuickBooks)
	}
	return s
}

// A failer is a *testing.T or a *rapid.T.
type failer interface {
	Helper()
	Errorf(format string, args ...any)
}
