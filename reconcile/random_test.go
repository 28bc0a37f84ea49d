package reconcile

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// dice are thrown for random worlds. A property draws their seed only: what rapid
// draws itself is mostly the first and the smallest, and meets too little.
type dice struct{ *rand.Rand }

func newDice(t *rapid.T, n int) *dice {
	return &dice{rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), uint64(n)))}
}

// pick takes one of a few values, so that much of a random world meets.
func pick[T any](d *dice, values ...T) T { return values[d.IntN(len(values))] }

// few is pick for properties that draw by themselves.
func few[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

func randomSettings(d *dice) Settings {
	return with(DefaultSettings(),
		"direction", pick(d, "", string(HubSpotToQuickBooks), string(QuickBooksToHubSpot)),
		"status_filter", pick(d, "open,paid", "open", "draft,open,paid,voided"),
		"start_date", pick(d, "", "", "", "2026-10-02"),
		"skip_integration_source", pick(d, "true", "false"),
		"email_match", pick(d, string(EmailExact), string(EmailNormalized)),
		"unmapped_tax", pick(d, "fail", "TAX"),
		"tax_mapping", pick(d, "", "7=17"),
	)
}

var randomSKUs = []string{"", "X", "x", "X ", " ", "Y", "y\u00a0"}

func randomMasters(d *dice, s System) (products []Product, customers []Customer) {
	for n := range 5 {
		products = append(products, Product{System: s, ID: fmt.Sprint(n + 8), SKU: pick(d, randomSKUs...), Active: pick(d, true, true, false)})
		customers = append(customers, Customer{System: s, ID: fmt.Sprint(n + 8), Name: "N", Email: pick(d, "", " ", "a@b.co", "A@b.co", "a@b.co ", "c@d.eu"), Active: pick(d, true, true, false)})
	}
	if s == HubSpot {
		customers = append(customers, Customer{System: s, ID: "8", Company: true, Name: "Acme", Active: true})
	}
	return products, customers
}

func randomInvoice(d *dice, s System, id int) Invoice {
	i := Invoice{
		System: s, ID: fmt.Sprint(id),
		Number:     pick(d, "", " ", "A", "A", "B", "b", "C", "D", "E", "F", "G", "H"),
		Status:     pick(d, StatusOpen, StatusOpen, StatusPaid, StatusDraft, StatusVoided),
		Date:       pick(d, date("2026-10-01"), date("2026-10-02"), date("2026-11-03"), Date{}),
		DueDate:    pick(d, Date{}, date("2026-11-30")),
		Currency:   pick(d, "USD", "USD", "EUR", "JPY"),
		CustomerID: pick(d, "", "8", "9", "10", "99"),
		Discount:   pick(d, int64(0), 0, 100), Fee: pick(d, int64(0), 0, 50), Shipping: pick(d, int64(0), 50), Tax: pick(d, int64(0), 7, 8, -3),
		Unreadable:  pick(d, false, false, false, false, true),
		Integration: pick(d, false, false, true),
		CreatedAt:   pick(d, time.Time{}, asOf.Add(-time.Minute), asOf.AddDate(0, -1, 0), asOf.Add(time.Hour)),
	}
	i.OnCompany = s == HubSpot && pick(d, false, false, true)
	for range d.IntN(4) {
		l := Line{
			SKU: pick(d, randomSKUs...), ProductID: pick(d, "", "8", "9", "10", "11"), TaxRateID: pick(d, "", "", "7", "17"),
			Quantity: dec(pick(d, "0", "1", "1.0", "2", "3", "-1", "0.333")), Price: dec(pick(d, "0", "10", "10.00", "10.5", "0.00001")),
		}
		l.Amount = amountOf(&l, i.Currency) + pick(d, int64(0), 0, 0, 1)
		i.Lines = append(i.Lines, l)
		i.Total += l.Amount
	}
	i.Total += i.Tax + i.Charges() - i.Discount + pick(d, int64(0), 0, 0, 1, -250)
	i.Balance = pick(d, i.Total, i.Total, 0, i.Total-5)
	return i
}

func randomWorld(d *dice) *world {
	w := &world{settings: randomSettings(d)}
	for n, s := range Systems {
		w.data.Companies[n] = Company{System: s, Currency: "USD"}
		products, customers := randomMasters(d, s)
		w.data.Products, w.data.Customers = append(w.data.Products, products...), append(w.data.Customers, customers...)
		for id := range d.IntN(9) {
			i := randomInvoice(d, s, id+97) // ids of two and of three digits
			if s == QuickBooks && len(w.invoices) > 0 && pick(d, true, true, false) {
				i = varied(d, pick(d, w.invoices...), i)
			}
			if i.Unreadable {
				w.unreadable = append(w.unreadable, Unreadable{System: s, Object: "invoices", ID: i.ID, Field: "total", Problem: "no amount"})
			}
			w.invoices = append(w.invoices, i)
		}
	}
	w.schedules = []ScheduleHistory{{Schedule: Nightly, Dates: []ScheduleDate{
		{Date: date("2026-10-31"), State: DateRan, Run: pick(d, atWork, 8), RunState: pick(d, RunComplete, RunFailed)},
		{Date: date("2026-10-30"), State: pick(d, DateRan, DateMissed), Run: 7, RunState: RunComplete},
	}}}
	w.signIns = []Connection{{System: pick(d, HubSpot, QuickBooks), CompanyID: "7", State: pick(d, Connected, NeedsReconnect), RefreshExpires: asOf.AddDate(0, 0, pick(d, -1, 20, 101))}}
	if pick(d, true, true, true, false) {
		return w
	}
	w.problems = []Certificate{{System: HubSpot, Object: ObjectInvoices, Claimed: 9, Received: 8, Problem: "HubSpot claims 9 invoices, 8 were received"}}
	return w
}

// varied makes the second system's half of a pair: a copy with one or two things
// taken from another invoice, or none.
func varied(d *dice, i, other Invoice) Invoice {
	i.System, i.ID, i.OnCompany, i.Unreadable = other.System, other.ID, false, other.Unreadable
	i.Lines = slices.Clone(i.Lines)
	if pick(d, true, false, false, false, false) {
		i.Number = "Z" + i.ID // unpaired, but alike
	}
	for range d.IntN(3) {
		pick(d, func() { i.Lines = other.Lines }, func() { i.Date = other.Date }, func() { i.DueDate = other.DueDate }, func() { i.Total = other.Total },
			func() { i.Balance = other.Balance }, func() { i.Status = other.Status }, func() { i.Tax = other.Tax }, func() { i.Discount = other.Discount },
			func() { i.Currency = other.Currency }, func() { i.CustomerID = other.CustomerID }, func() { i.Number = other.Number }, func() { slices.Reverse(i.Lines) },
			func() { i.Fee, i.Shipping = i.Shipping, i.Fee }, func() { oneLine(d, &i, &other) })()
	}
	return i
}

func oneLine(d *dice, i, other *Invoice) {
	if len(i.Lines) == 0 || len(other.Lines) == 0 {
		return
	}
	at, from := &i.Lines[d.IntN(len(i.Lines))], &other.Lines[0]
	pick(d, func() { at.Price = from.Price }, func() { at.Quantity = from.Quantity }, func() { at.SKU, at.ProductID = from.SKU, from.ProductID }, func() { at.Amount = from.Amount })()
}

// TestEveryWorldTies holds any world to what must always be true: control totals
// tie in every block and currency, every invoice is counted, findings do not
// depend on the order of the input, ids are unique, and the input stays as it was.
func TestEveryWorldTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for n := range 10 {
			holds(t, randomWorld(newDice(t, n)))
		}
	})
}

// TestRandomWorldsMeet: a thousand fixed worlds raise every code, so that the
// properties above are about something.
func TestRandomWorldsMeet(t *testing.T) {
	raised := map[Code]int{}
	for n := range uint64(1000) {
		for _, f := range randomWorld(&dice{rand.New(rand.NewPCG(n, 0))}).compare().findings {
			raised[f.Code]++
		}
	}
	for _, r := range Rules {
		if raised[r.Code] == 0 {
			t.Errorf("no random world raises %s: they are too tame", r.Code)
		}
	}
}

func holds(t failer, w *world) {
	before := fmt.Sprintf("%+v", w.invoices)
	out := w.compare()
	checkTotals(t, w, out)
	checkAgain(t, w, out)
	if after := fmt.Sprintf("%+v", w.invoices); after != before {
		t.Errorf("the comparison changed its input:\n%s\n%s", before, after)
	}
	checkNotSilent(t, w, out)
}

// checkNotSilent: a difference in the control totals is never without a finding.
// Two voids are the exception: they agree whatever their amounts.
func checkNotSilent(t failer, w *world, out outcome) {
	if len(out.findings) > 0 {
		return
	}
	if c := out.counts; c.Different+c.OnlyHubSpot+c.OnlyQuickBooks+c.Ambiguous+c.Unknown > 0 {
		t.Errorf("no finding, but the counts are %+v", c)
	}
	for _, b := range out.totals {
		for class, v := range b.Differences {
			if class != ClassVoid {
				t.Errorf("no finding, but %s %s has %d of %s", b.Currency, b.Month, v, class)
			}
		}
		for _, s := range Systems {
			if x := b.Side(s); x.OnlyHere != x.Pending {
				t.Errorf("no finding, but %s %s %s has %+v on one side, %+v pending", s, b.Currency, b.Month, x.OnlyHere, x.Pending)
			}
		}
	}
}

// TestDirectionOfTotals: turning the direction around turns the sign of every
// difference around where scope does not depend on it.
func TestDirectionOfTotals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(newDice(t, 0))
		w.settings = with(w.settings, "direction", string(HubSpotToQuickBooks), "status_filter", "draft,open,paid,voided", "start_date", "")
		there := w.compare()
		w.settings.Direction = QuickBooksToHubSpot
		back := w.compare()
		for n := range there.totals {
			a, b := there.totals[n].SumDifferences(), back.totals[n].SumDifferences()
			if a != -b {
				t.Errorf("%s %s: differences %d one way, %d the other", there.totals[n].Currency, there.totals[n].Month, a, b)
			}
		}
	})
}

// TestDigestSpeaksForThePair: equal digests without flags mean that a close look
// finds nothing, so that it may be left out; and what it finds shows in them.
func TestDigestSpeaksForThePair(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for n := range 50 {
			d := newDice(t, n)
			w := &world{settings: randomSettings(d)}
			for _, s := range Systems {
				products, customers := randomMasters(d, s)
				w.data.Products, w.data.Customers = append(w.data.Products, products...), append(w.data.Customers, customers...)
			}
			hs := randomInvoice(d, HubSpot, 1)
			digestHolds(t, NewMasters(w.data, w.settings), hs, varied(d, hs, randomInvoice(d, QuickBooks, 2)))
		}
	})
}

func digestHolds(t failer, m *Masters, hs, qb Invoice) {
	a, b := m.File(hs), m.File(qb)
	m.Resolve(&hs)
	m.Resolve(&qb)
	v := m.ComparePair(&hs, &qb)
	quiet := a.Digest == b.Digest && !a.Flags.Look() && !b.Flags.Look()
	if found := len(v.Differences) + len(v.Covered); quiet && found > 0 {
		t.Errorf("digests agree and no flag is set, yet a close look finds %+v %+v", v.Differences, v.Covered)
	}
	if quiet && len(v.Classes) > 0 {
		t.Errorf("digests agree, yet amounts differ: %v", v.Classes)
	}
	checkPair(t, m, &hs, &qb, &v)
}

// checkPair: classes add up to the difference of the totals, no field has two
// findings of one code, amounts are not negative.
func checkPair(t failer, m *Masters, hs, qb *Invoice, v *PairVerdict) {
	sum := int64(0)
	for _, amount := range v.Classes {
		sum += amount
	}
	want := hs.Total - qb.Total
	if m.Settings.Source() == QuickBooks {
		want = -want
	}
	if hs.Currency == qb.Currency && sum != want {
		t.Errorf("classes %v add up to %d, the totals differ by %d", v.Classes, sum, want)
	}
	seen := map[string]bool{}
	for _, d := range v.Differences {
		if key := string(d.Code) + d.Field; seen[key] {
			t.Errorf("%s %s twice in %+v", d.Code, d.Field, v.Differences)
		} else {
			seen[key] = true
		}
		if d.Amount < 0 {
			t.Errorf("negative stake: %+v", d)
		}
	}
}
