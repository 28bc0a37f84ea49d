package reconcile

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// few draws small things, so that much of a random world meets.
func few[T any](t *rapid.T, label string, values ...T) T {
	return rapid.SampledFrom(values).Draw(t, label)
}

func randomSettings(t *rapid.T) Settings {
	return with(DefaultSettings(),
		"direction", few(t, "direction", "", string(HubSpotToQuickBooks), string(QuickBooksToHubSpot)),
		"status_filter", few(t, "filter", "open,paid", "open", "draft,open,paid,voided"),
		"start_date", few(t, "start", "", "2026-10-02", "2026-11-01"),
		"skip_integration_source", few(t, "skip", "true", "false"),
		"email_match", few(t, "match", string(EmailExact), string(EmailNormalized)),
		"unmapped_tax", few(t, "unmapped", "fail", "TAX"),
		"tax_mapping", few(t, "mapping", "", "7=17"),
	)
}

var randomSKUs = []string{"", "X", "x", "X ", " ", "Y", "y\u00a0"}

func randomMasters(t *rapid.T, s System) (products []Product, customers []Customer) {
	for n := range 5 {
		products = append(products, Product{System: s, ID: fmt.Sprint(n + 8), SKU: few(t, "sku", randomSKUs...), Active: few(t, "active", true, true, false)})
		customers = append(customers, Customer{System: s, ID: fmt.Sprint(n + 8), Name: "N", Email: few(t, "email", "", " ", "a@b.co", "A@b.co", "a@b.co ", "c@d.eu"), Active: few(t, "active", true, true, false)})
	}
	if s == HubSpot {
		customers = append(customers, Customer{System: s, ID: "8", Company: true, Name: "Acme", Active: true})
	}
	return products, customers
}

func randomInvoice(t *rapid.T, s System, id int) Invoice {
	i := Invoice{
		System: s, ID: fmt.Sprint(id),
		Number:     few(t, "number", "", " ", "A", "A", "B", "b", "C"),
		Status:     few(t, "status", StatusOpen, StatusOpen, StatusPaid, StatusDraft, StatusVoided),
		Date:       few(t, "date", date("2026-10-01"), date("2026-10-02"), date("2026-11-03"), Date{}),
		DueDate:    few(t, "due", Date{}, date("2026-11-30")),
		Currency:   few(t, "currency", "USD", "USD", "EUR", "JPY"),
		CustomerID: few(t, "customer", "", "8", "9", "10", "99"),
		Discount:   few(t, "discount", int64(0), 0, 100), Fee: few(t, "fee", int64(0), 0, 50), Shipping: few(t, "shipping", int64(0), 50), Tax: few(t, "tax", int64(0), 0, 7, -3),
		Unreadable:  few(t, "unreadable", false, false, false, false, true),
		Integration: few(t, "integration", false, false, true),
		CreatedAt:   few(t, "created", time.Time{}, asOf.Add(-time.Minute), asOf.AddDate(0, -1, 0), asOf.Add(time.Hour)),
	}
	i.OnCompany = s == HubSpot && few(t, "company", false, false, true)
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		l := Line{
			SKU: few(t, "sku", randomSKUs...), ProductID: few(t, "product", "", "8", "9", "10", "11"), TaxRateID: few(t, "rate", "", "", "7", "17"),
			Quantity: dec(few(t, "quantity", "0", "1", "1.0", "2", "3", "-1", "0.333")), Price: dec(few(t, "price", "0", "10", "10.00", "10.5", "0.00001")),
		}
		l.Amount = amountOf(&l, i.Currency) + few(t, "off", int64(0), 0, 0, 1)
		i.Lines = append(i.Lines, l)
		i.Total += l.Amount
	}
	i.Total += i.Tax + i.Charges() - i.Discount + few(t, "unexplained", int64(0), 0, 0, 1, -250)
	i.Balance = few(t, "balance", i.Total, i.Total, 0, i.Total-5)
	return i
}

func randomWorld(t *rapid.T) *world {
	w := &world{settings: randomSettings(t)}
	for n, s := range Systems {
		w.data.Companies[n] = Company{System: s, Currency: "USD"}
		products, customers := randomMasters(t, s)
		w.data.Products, w.data.Customers = append(w.data.Products, products...), append(w.data.Customers, customers...)
		for id := range rapid.IntRange(0, 7).Draw(t, "invoices") {
			i := randomInvoice(t, s, id+97) // ids of two and of three digits
			if i.Unreadable {
				w.unreadable = append(w.unreadable, Unreadable{System: s, Object: "invoices", ID: i.ID, Field: "total", Problem: "no amount"})
			}
			w.invoices = append(w.invoices, i)
		}
	}
	if few(t, "complete", true, true, true, false) {
		return w
	}
	w.problems = []Certificate{{System: HubSpot, Object: ObjectInvoices, Claimed: 9, Received: 8, Problem: "HubSpot claims 9 invoices, 8 were received"}}
	return w
}

// TestEveryWorldTies holds any world to what must always be true: control totals
// tie in every block and currency, every invoice is counted, findings do not
// depend on the order of the input, ids are unique, and the input stays as it was.
func TestEveryWorldTies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := randomWorld(t)
		before := fmt.Sprintf("%+v", w.invoices)
		out := w.compare()
		checkTotals(t, w, out)
		checkAgain(t, w, out)
		if after := fmt.Sprintf("%+v", w.invoices); after != before {
			t.Errorf("the comparison changed its input:\n%s\n%s", before, after)
		}
		checkNotSilent(t, w, out)
	})
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
		w := randomWorld(t)
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
		w := &world{settings: randomSettings(t)}
		for _, s := range Systems {
			products, customers := randomMasters(t, s)
			w.data.Products, w.data.Customers = append(w.data.Products, products...), append(w.data.Customers, customers...)
		}
		m := NewMasters(w.data, w.settings)
		hs := randomInvoice(t, HubSpot, 1)
		qb := randomInvoice(t, QuickBooks, 2)
		if few(t, "copy", true, true, false) {
			changes := randomInvoice(t, QuickBooks, 2)
			qb = hs
			qb.System, qb.ID, qb.OnCompany = QuickBooks, "2", false
			qb.Lines = slices.Clone(hs.Lines)
			few(t, "change", func() {}, func() {}, func() { qb.Lines = changes.Lines }, func() { qb.Date = changes.Date }, func() { qb.DueDate = changes.DueDate },
				func() { qb.Total = changes.Total }, func() { qb.Balance = changes.Balance }, func() { qb.Status = changes.Status }, func() { qb.Tax = changes.Tax },
				func() { qb.Discount = changes.Discount }, func() { qb.Currency = changes.Currency }, func() { qb.CustomerID = changes.CustomerID },
				func() { slices.Reverse(qb.Lines) }, func() { qb.Fee, qb.Shipping = qb.Shipping, qb.Fee })()
		}
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
	})
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
