package hubspot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
)

// Whatever HubSpot's documents leave open, the same records come out.
func TestPullUnderEveryReading(t *testing.T) {
	want := wantInvoice()
	for name, o := range map[string]hubspotsim.Options{
		"as evidence has it": {},
		"ids as numbers":     {ToObjectID: hubspotsim.IDNumber, OmitEmpty: true, ClampLimit: true},
		"ids as strings":     {ToObjectID: hubspotsim.IDString, Partial: hubspotsim.Partial200, ReportNoAssociations: true},
		"partial as 207":     {Partial: hubspotsim.Partial207, ReportNoAssociations: true, UnderscoreKeys: true},
	} {
		portal := population(120).portal(t, o)
		for _, api := range APIs {
			t.Run(name+"/"+api, func(t *testing.T) {
				got := mustPull(t, newClient(t, portal, api, unpaced), reconcile.ObjectInvoices)
				if got.Received != 120 || len(got.Invoices) != 120 || len(got.Unreadable) != 0 {
					t.Fatalf("received %d, %d invoices, unreadable %+v", got.Received, len(got.Invoices), got.Unreadable)
				}
				if diff := cmp.Diff(want, got.Invoices[0], byValue); diff != "" {
					t.Error(diff)
				}
				for n, customer := range map[int]string{1: "501", 7: "900", 8: "503"} {
					if i := got.Invoices[n]; i.CustomerID != customer || i.OnCompany != (customer == "900") {
						t.Errorf("invoice %d bills %q (company %v), want %s", n, i.CustomerID, i.OnCompany, customer)
					}
				}
			})
		}
	}
}

var byValue = cmp.Options{
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b reconcile.Date) bool { return a == b }),
}

func wantInvoice() reconcile.Invoice {
	i := reconcile.Invoice{
		System: reconcile.HubSpot, ID: "5000", Version: "2026-02-01T00:00:00Z", Number: "INV-0", Status: reconcile.StatusOpen,
		Currency: "USD", CustomerID: "500", Tax: 180, Total: 3180, Balance: 3180,
		CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), UpdatedAt: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC),
	}
	i.Date, _ = reconcile.ParseDate("2026-03-08") // 22:30 or 23:30 the day before in New York
	for n := range 3 {
		i.Lines = append(i.Lines, reconcile.Line{
			SKU: fmt.Sprintf("PROD-%d", n), Quantity: decimal.MustNew(2, 0), Price: decimal.MustNew(5, 0), Amount: 1000, TaxRateID: "15",
		})
	}
	return i
}

// The requests of a pull are those of docs: one a hundred records, two a
// thousand invoices for associations, a few at the start, and a search
// for each segment.
func TestRequestsOfAPull(t *testing.T) {
	portal := population(2350).portal(t, hubspotsim.Options{})
	c := newClient(t, portal, "", unpaced)
	if _, err := c.Company(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := mustPull(t, c, reconcile.ObjectInvoices)
	want := map[string]int{
		"account": 1, "tax_rates": 1, "discounts.list": 1, "fees.list": 1, "taxes.list": 1,
		"invoices.list": 24, "search": 6, "associations.batch_read": 9, "contacts.batch_read": 3, "line_items.batch_read": 71,
	}
	if diff := cmp.Diff(want, portal.Requests()); diff != "" {
		t.Error(diff)
	}
	sum := -1 // the account was asked before
	for _, n := range portal.Requests() {
		sum += n
	}
	if got.Calls != sum || got.pages != 3 {
		t.Errorf("pages say %d calls in %d pages, want %d in 3", got.Calls, got.pages, sum)
	}
}

// The pull stays within the quota and uses it. It takes virtual time.
func TestPullIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		portal := population(3000).portal(t, hubspotsim.Options{Latency: 50 * time.Millisecond})
		c := newClient(t, portal, "", connectors.Options{})
		start := time.Now()
		got := mustPull(t, c, reconcile.ObjectInvoices)
		ideal := time.Duration(float64(got.Calls-portal.Requests()["search"]) / float64(quota.Requests) * float64(quota.Per))
		if took := time.Since(start); took > ideal*115/100 || took < ideal {
			t.Errorf("%d calls took %v, at the full quota %v", got.Calls, took, ideal)
		}
	})
}

func TestMasters(t *testing.T) {
	c := newClient(t, population(1).portal(t, hubspotsim.Options{}), "", unpaced)
	company, err := c.Company(t.Context())
	if want := (reconcile.Company{System: reconcile.HubSpot, ID: "77", TimeZone: "America/New_York", Currency: "USD", MultiCurrency: true}); err != nil || company.Company != want {
		t.Errorf("got %+v, %v", company, err)
	}
	january := func(day int) time.Time { return time.Date(2025, 1, day, 0, 0, 0, 0, time.UTC) }
	february := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	got := mustPull(t, c, reconcile.ObjectCustomers)
	want := reconcile.Customer{System: reconcile.HubSpot, ID: "500", Name: "Ann Lee", Email: "c0@x.test", Active: true, CreatedAt: january(28), UpdatedAt: february}
	if got.Received != 20 || got.Customers[0] != want {
		t.Errorf("got %d, %+v", got.Received, got.Customers[0])
	}
	got = mustPull(t, c, reconcile.ObjectCompanies)
	if got.Received != 1 || got.Customers[0].ID != "900" || got.Customers[0].Name != "Acme" || !got.Customers[0].Company {
		t.Errorf("got %+v", got.Customers)
	}
	got = mustPull(t, c, reconcile.ObjectProducts)
	product := reconcile.Product{System: reconcile.HubSpot, ID: "1", SKU: "PROD-0", Name: "Thing", Kind: "service", Price: decimal.MustNew(5, 0), Active: true, UpdatedAt: february}
	if diff := cmp.Diff([]reconcile.Product{product}, got.Products, byValue); diff != "" {
		t.Error(diff)
	}
	got = mustPull(t, c, reconcile.ObjectTaxRates)
	rate := reconcile.TaxRate{System: reconcile.HubSpot, ID: "15", Name: "state", Percent: decimal.MustNew(6, 0), Active: true}
	if diff := cmp.Diff([]reconcile.TaxRate{rate}, got.TaxRates, byValue); diff != "" {
		t.Error(diff)
	}
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		asked := 1
		if o == reconcile.ObjectTaxRates {
			asked = 0 // they were listed
		}
		claimed, calls, err := c.Count(t.Context(), o)
		if err != nil || calls != asked || claimed != mustPull(t, c, o).Received {
			t.Errorf("%s: claims %d in %d calls, %v", o, claimed, calls, err)
		}
	}
}

// Cursors of the tax rate library arrive percent-encoded.
func TestTaxRateCursor(t *testing.T) {
	var rates strings.Builder
	for n := range 250 {
		fmt.Fprintf(&rates, `{"id":"%d","name":"r%d","label":"R","percentageRate":%d.5,"active":true,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}`+"\n", 1000+n, n, n%20)
	}
	for _, api := range APIs {
		c := newClient(t, files{"tax_rates.jsonl": rates.String()}.portal(t, hubspotsim.Options{}), api, unpaced)
		if got := mustPull(t, c, reconcile.ObjectTaxRates); got.Received != 250 || got.Calls != 3 {
			t.Errorf("%s: received %d in %d calls", api, got.Received, got.Calls)
		}
	}
}

// The tax rate library is listed once a run: what was read last serves the
// invoices and the count. What could not be read does not.
func TestTaxRatesAreListedOnce(t *testing.T) {
	portal := population(3).portal(t, hubspotsim.Options{})
	broken := false
	h := rewriter{portal, func(path, body string) string {
		if broken && strings.Contains(path, "tax-rates") {
			return strings.Replace(body, "results", "rows", 1)
		}
		return body
	}}
	c := newClient(t, h, "", unpaced)
	listed := func(want int) {
		t.Helper()
		got := mustPull(t, c, reconcile.ObjectInvoices)
		claimed, calls, err := c.Count(t.Context(), reconcile.ObjectTaxRates)
		if n := portal.Requests()["tax_rates"]; n != want || claimed != 1 || calls != 0 || err != nil || got.Invoices[0].Tax != 180 {
			t.Errorf("listed %d times, want %d; claimed %d in %d calls, %v", n, want, claimed, calls, err)
		}
	}
	mustPull(t, c, reconcile.ObjectTaxRates)
	listed(1)
	mustPull(t, c, reconcile.ObjectTaxRates)
	listed(2)
	broken = true
	if _, err := pull(t, c, reconcile.ObjectTaxRates); err == nil {
		t.Error("a broken list is taken")
	}
	broken = false
	listed(4)
}

// An invoice with more neighbours than an association page holds.
func TestManyLines(t *testing.T) {
	f := population(2)
	ids := make([]string, 1200)
	var lines strings.Builder
	for n := range ids {
		ids[n] = fmt.Sprintf("%q", fmt.Sprint(700_000+n))
		lines.WriteString(object(fmt.Sprint(700_000+n), `"price":"1.00","amount":"1.00"`, ""))
	}
	f["line_items.jsonl"] += lines.String()
	f["invoices.jsonl"] += object("9000", `"hs_number":"MANY","hs_currency":"USD","hs_invoice_status":"draft"`, `"line_items":[`+strings.Join(ids, ",")+`]`)
	got := mustPull(t, newClient(t, f.portal(t, hubspotsim.Options{}), "", unpaced), reconcile.ObjectInvoices)
	if last := got.Invoices[2]; len(last.Lines) != 1200 || last.Total != 120_000 || last.Balance != 120_000 {
		t.Errorf("%d lines, total %d, balance %d", len(last.Lines), last.Total, last.Balance)
	}
}

// A line that HubSpot reports as not found was deleted; one that is missing
// without a word ends the pull.
func TestMissingLines(t *testing.T) {
	f := population(1)
	f["line_items.jsonl"] = strings.SplitAfterN(f["line_items.jsonl"], "\n", 2)[1]
	for _, o := range []hubspotsim.Options{{Partial: hubspotsim.Partial200}, {Partial: hubspotsim.Partial207}} {
		portal := f.portal(t, o)
		got := mustPull(t, newClient(t, portal, "", unpaced), reconcile.ObjectInvoices)
		if lines := got.Invoices[0].Lines; len(lines) != 2 || lines[0].SKU != "PROD-1" {
			t.Errorf("got lines %+v", lines)
		}
		silent := rewriter{portal, func(path, body string) string {
			if strings.Contains(path, "objects/2026-03/line_items/batch/read") {
				before, _, _ := strings.Cut(body, `,"numErrors"`)
				return before + "}"
			}
			return body
		}}
		_, err := pull(t, newClient(t, silent, "", unpaced), reconcile.ObjectInvoices)
		if !errors.Is(err, connectors.ErrBroken) || !strings.Contains(err.Error(), "missing without a word, such as 100000") {
			t.Errorf("got %v", err)
		}
	}
}

func TestBrokenAnswers(t *testing.T) {
	for name, tt := range map[string]struct{ at, old, new, want string }{
		"no results":           {"/objects/2026-03/invoices", `"results"`, `"rows"`, "list hubspot:invoices: answer not understood: no list of results"},
		"no id":                {"/objects/2026-03/invoices", `"id"`, `"key"`, "a record without an id"},
		"another error":        {"objects/2026-03/line_items/batch/read", `"startedAt"`, `"numErrors":1,"errors":[{"category":"RATE_LIMITS","message":"m"}],"startedAt"`, "read hubspot:line_items: RATE_LIMITS answer not understood: m"},
		"untold error":         {"objects/2026-03/line_items/batch/read", `"startedAt"`, `"numErrors":3,"startedAt"`, "3 errors, none of them told"},
		"association to no id": {"line_items/batch/read", `"toObjectId"`, `"to"`, "an association without toObjectId"},
		"association error":    {"invoices/contacts/batch/read", `"startedAt"`, `"errors":[{"category":"FORBIDDEN"}],"startedAt"`, "read hubspot:invoices/contacts: FORBIDDEN"},
		"no time zone":         {"/account-info", `America/New_York`, `Mars/Olympus`, "time zone is not known"},
		"no portal":            {"/account-info", `"portalId"`, `"portal"`, "no portalId"},
		"page that comes back": {"/objects/2026-03/invoices", `"after":"5100"`, `"after":"5000"`, "said to come again"},
	} {
		t.Run(name, func(t *testing.T) {
			h := rewriter{population(250).portal(t, hubspotsim.Options{}), func(path, body string) string {
				if strings.Contains(path, tt.at) {
					return strings.ReplaceAll(body, tt.old, tt.new)
				}
				return body
			}}
			_, err := pull(t, newClient(t, h, "", unpaced), reconcile.ObjectInvoices)
			if !errors.Is(err, connectors.ErrBroken) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// The bubbles fail where a goroutine outlives its pull.
func TestPullEndsWithItsConsumer(t *testing.T) {
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, population(3500).portal(t, hubspotsim.Options{Latency: 50 * time.Millisecond}), "", connectors.Options{})
			for _, err := range c.Pull(t.Context(), connectors.Want{Object: o}) {
				if err != nil {
					t.Error(err)
				}
				break
			}
		})
	}
}

func TestPullEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, population(3500).portal(t, hubspotsim.Options{Latency: 50 * time.Millisecond}), "", connectors.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		start := time.Now()
		var last error
		for _, err := range c.Pull(ctx, connectors.Want{Object: reconcile.ObjectInvoices}) {
			last = err
		}
		if took := time.Since(start); !errors.Is(last, context.DeadlineExceeded) || took > 5*time.Second+100*time.Millisecond {
			t.Errorf("ended after %v with %v", took, last)
		}
	})
}

func TestEmptyPortal(t *testing.T) {
	c := newClient(t, files{}.portal(t, hubspotsim.Options{}), "", unpaced)
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		got := mustPull(t, c, o)
		if got.Received != 0 || got.pages != 1 || got.Calls == 0 {
			t.Errorf("%s: received %d in %d pages, %d calls", o, got.Received, got.pages, got.Calls)
		}
	}
}

func TestUnknownObject(t *testing.T) {
	c := newClient(t, files{}.portal(t, hubspotsim.Options{}), "", unpaced)
	if _, err := pull(t, c, "deals"); err == nil {
		t.Error("deals can be pulled")
	}
	if _, _, err := c.Count(t.Context(), "deals"); err == nil {
		t.Error("deals can be counted")
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{API: "2025-03", Token: "x"}, {}, {Token: "x", BaseURL: "ftp://x"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
