package quickbooks

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
)

// A run is what a run asks a source.
type run struct {
	received, calls map[reconcile.Object]int
	requests        map[string]int
}

// runOf pulls every object since an instant and counts it, as a run does, and
// returns what was received and what was asked of the company.
func runOf(t *testing.T, c *Client, company *quickbookssim.Company, since time.Time) run {
	t.Helper()
	before := company.Requests()
	r := run{map[reconcile.Object]int{}, map[reconcile.Object]int{}, map[string]int{}}
	if _, err := c.Company(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, o := range reconcile.Objects(reconcile.QuickBooks) {
		for page, err := range c.Pull(t.Context(), connectors.Want{Object: o, Since: since}) {
			if err != nil {
				t.Fatal(err)
			}
			r.received[o] += page.Received
			r.calls[o] += page.Calls
		}
		if _, _, err := c.Count(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for kind, n := range company.Requests() {
		if n -= before[kind]; n > 0 {
			r.requests[kind] = n
		}
	}
	return r
}

func sum(requests map[string]int) int {
	n := 0
	for _, times := range requests {
		n += times
	}
	return n
}

func tell(requests map[string]int) string {
	var words []string
	for _, kind := range slices.Sorted(maps.Keys(requests)) {
		words = append(words, fmt.Sprintf("%d %s", requests[kind], kind))
	}
	return strings.Join(words, ", ")
}

// What a run costs of the read budget.
func TestRequestsOfARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		company := books(5000).company(t, quickbookssim.Options{})
		c := newClient(t, company, unpaced)
		since := time.Now()
		time.Sleep(time.Hour)
		unchanged := runOf(t, c, company, since)
		want := map[string]int{"companyinfo": 1, "preferences": 1, "query.TaxRate": 1, "query.TaxCode": 1, "cdc": 1, "query.Item.count": 1, "query.Customer.count": 1, "query.Invoice.count": 1}
		if diff := cmp.Diff(want, unchanged.requests); diff != "" {
			t.Error(diff)
		}
		t.Logf("unchanged: %d requests: %s", sum(unchanged.requests), tell(unchanged.requests))

		for n := range 600 {
			update(t, company, "Invoice", n+1, `{"Balance":1}`)
		}
		few := runOf(t, c, company, since)
		if few.received[reconcile.ObjectInvoices] != 600 || sum(few.requests) != 8 {
			t.Errorf("600 changed invoices: %d requests for %v", sum(few.requests), few.received)
		}

		for n := range 5000 {
			if n%50 == 0 {
				time.Sleep(time.Second) // as fast as somebody imports
			}
			update(t, company, "Invoice", n+1, `{"Balance":2}`)
		}
		many := runOf(t, c, company, since)
		if many.received[reconcile.ObjectInvoices] != 5000 || many.requests["query.Invoice"] > 6 || many.requests["cdc"] != 1 {
			t.Errorf("5,000 changed invoices: %s for %v", tell(many.requests), many.received)
		}
		fixed := sum(unchanged.requests) - 1
		t.Logf("5,000 changed invoices: %d requests, %d beside the fixed %d (ideal 6: five pages and the CDC): %s",
			sum(many.requests), sum(many.requests)-fixed, fixed, tell(many.requests))
	})
}

func update(t *testing.T, c *quickbookssim.Company, entity string, id int, members string) {
	t.Helper()
	if err := c.Update(entity, fmt.Sprint(id), members); err != nil {
		t.Fatal(err)
	}
}

// Records that are changed again while the changes are read by query cost nothing:
// they move to the end, and the walk goes by time.
func TestChangesAreReadByTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		company := books(5000).company(t, quickbookssim.Options{})
		since, next := time.Now(), 0
		for n := range 5000 {
			if n%10 == 0 {
				time.Sleep(time.Second)
			}
			update(t, company, "Invoice", n+1, `{"Balance":1}`)
		}
		c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Query().Get("query"), "Invoice") {
				time.Sleep(time.Second)
				next += 7
				update(t, company, "Invoice", next, `{"Balance":2}`)
			}
			company.ServeHTTP(w, r)
		}), unpaced)
		got := map[string]bool{}
		for page, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices, Since: since}) {
			if err != nil {
				t.Fatal(err)
			}
			if page.Received != len(page.Invoices) || page.Position != "" {
				t.Errorf("received %d, %d invoices, position %q", page.Received, len(page.Invoices), page.Position)
			}
			for _, i := range page.Invoices {
				got[i.ID] = true
			}
		}
		if asked := company.Requests()["query.Invoice"]; len(got) != 5000 || asked != 6 {
			t.Errorf("%d invoices in %d queries, want 5000 in 6", len(got), asked)
		}
	})
}

// changed is a company of two customers, an item and three invoices, of which a
// customer was made inactive and an invoice deleted a minute ago.
func changed(t *testing.T, o quickbookssim.Options) (company *quickbookssim.Company, since time.Time) {
	t.Helper()
	company, since = books(3).company(t, o), time.Now()
	time.Sleep(time.Minute)
	if err := errors.Join(company.Deactivate("Customer", "1"), company.Delete("Invoice", "2")); err != nil {
		t.Fatal(err)
	}
	update(t, company, "Invoice", 3, `{"PrivateNote":"Voided","TotalAmt":0,"Balance":0}`)
	time.Sleep(time.Minute)
	return company, since
}

// Whatever the documents leave open of change data capture, the same comes out.
func TestChangesUnderEveryReading(t *testing.T) {
	for name, o := range map[string]quickbookssim.Options{
		"as evidence has it":  {},
		"exact names":         {ExactEntityNames: true, TotalCount: true},
		"after, not at":       {ExclusiveSince: true},
		"old is a fault":      {OverAgeFaults: true},
		"too many are cut":    {MaxChanges: 2},
		"too many are one":    {MaxChanges: 1},
		"too many are faults": {MaxChanges: 2, OverflowFaults: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				today()
				company, since := changed(t, o)
				c := newClient(t, company, unpaced)
				if o.MaxChanges > 0 {
					c.captureSize = o.MaxChanges
				}
				var customers []reconcile.Customer
				var invoices []reconcile.Invoice
				for _, object := range []reconcile.Object{reconcile.ObjectProducts, reconcile.ObjectCustomers, reconcile.ObjectInvoices} {
					for page, err := range c.Pull(t.Context(), connectors.Want{Object: object, Since: since}) {
						if err != nil {
							t.Fatal(err)
						}
						customers, invoices = append(customers, page.Customers...), append(invoices, page.Invoices...)
						if len(page.Products) > 0 {
							t.Errorf("unchanged products came: %v", page.Products)
						}
					}
				}
				if len(customers) != 1 || customers[0].Name != "Acme" || customers[0].Active {
					t.Errorf("customers %+v", customers)
				}
				if len(invoices) != 1 || invoices[0].ID != "3" || invoices[0].Status != reconcile.StatusVoided {
					t.Errorf("invoices %+v", invoices)
				}
				before := company.Requests()["cdc"]
				ids, calls, err := c.Deleted(t.Context(), reconcile.ObjectInvoices, since)
				asked := company.Requests()["cdc"] - before
				switch {
				case err != nil || calls != asked || asked > maxWindows:
					t.Errorf("deleted in %d calls of %d, %v", calls, asked, err)
				case o.MaxChanges == 0 && calls != 0:
					t.Errorf("the answer that was there was asked for again: %d", calls)
				case o.MaxChanges != 1 && !slices.Equal(ids, []string{"2"}):
					t.Errorf("deleted %v", ids)
				case o.MaxChanges == 1 && len(ids) > 1:
					t.Errorf("deleted %v", ids)
				}
				if ids, calls, err := c.Deleted(t.Context(), reconcile.ObjectTaxRates, since); len(ids)+calls != 0 || err != nil {
					t.Errorf("of tax rates: %v, %d, %v", ids, calls, err)
				}
			})
		})
	}
}

// Where there are too many changes for one answer, the deletions that are told
// come from ever shorter a time.
func TestDeletionsAmongManyChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		company := books(60).company(t, quickbookssim.Options{})
		c := newClient(t, company, unpaced)
		c.captureSize = 10
		since := time.Now()
		for n := range 50 {
			time.Sleep(time.Hour)
			update(t, company, "Invoice", n+1, `{"Balance":1}`)
		}
		if err := company.Delete("Invoice", "60"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		ids, calls, err := c.Deleted(t.Context(), reconcile.ObjectInvoices, since)
		if err != nil || !slices.Equal(ids, []string{"60"}) || calls != 1+4 { // 51 hours, 25, 13, 6
			t.Errorf("%v in %d calls, %v", ids, calls, err)
		}
		c.captureSize = 1 // every answer is full, also one without anything
		if _, calls, err := c.Deleted(t.Context(), reconcile.ObjectInvoices, since.Add(time.Second)); err != nil || calls > 1+maxWindows {
			t.Errorf("%d calls, %v", calls, err)
		}
	})
}

func TestTooLongAgo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		company, since := changed(t, quickbookssim.Options{})
		c := newClient(t, company, unpaced)
		time.Sleep(lookBack - overlap - 3*time.Minute)
		want := connectors.Want{Object: reconcile.ObjectInvoices, Since: since}
		if got := versionsOf(t, c, want); got != nil {
			t.Errorf("within reach: %v", got)
		}
		time.Sleep(2 * time.Minute)
		if err := versionsOf(t, c, want); !errors.Is(err, connectors.ErrTooOld) || !strings.Contains(err.Error(), "since 2026-07-01T00:00:00Z") {
			t.Errorf("out of reach: %v", err)
		}
		if _, _, err := c.Deleted(t.Context(), reconcile.ObjectInvoices, since); !errors.Is(err, connectors.ErrTooOld) {
			t.Errorf("out of reach: %v", err)
		}
		if n := company.Requests()["cdc"]; n != 1 {
			t.Errorf("%d requests", n)
		}
		if err := versionsOf(t, c, connectors.Want{Object: reconcile.ObjectTaxRates, Since: since}); err != nil {
			t.Errorf("tax codes are always read whole: %v", err)
		}
	})
}

// versionsOf pulls and returns the error that ended it.
func versionsOf(t *testing.T, c *Client, w connectors.Want) error {
	t.Helper()
	for _, err := range c.Pull(t.Context(), w) {
		if err != nil {
			return err
		}
	}
	return nil
}

// An answer is shared by the objects of a run, and by nothing else.
func TestOneAnswerARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		company, since := changed(t, quickbookssim.Options{})
		c := newClient(t, company, unpaced)
		pull := func(o reconcile.Object, since time.Time) {
			t.Helper()
			if err := versionsOf(t, c, connectors.Want{Object: o, Since: since}); err != nil {
				t.Fatal(err)
			}
		}
		asked := func(want int, when string) {
			t.Helper()
			if got := company.Requests()["cdc"]; got != want {
				t.Errorf("%s: %d requests, want %d", when, got, want)
			}
		}
		pull(reconcile.ObjectProducts, since)
		pull(reconcile.ObjectCustomers, since)
		pull(reconcile.ObjectInvoices, since.In(time.FixedZone("", 3600)))
		asked(1, "three objects")
		pull(reconcile.ObjectInvoices, since)
		asked(2, "invoices again")
		pull(reconcile.ObjectCustomers, since)
		asked(2, "customers of that answer")
		pull(reconcile.ObjectCustomers, since.Add(time.Second))
		asked(3, "another instant")
		if _, err := c.Company(t.Context()); err != nil {
			t.Fatal(err)
		}
		pull(reconcile.ObjectInvoices, since.Add(time.Second))
		asked(4, "another run")
	})
}

func TestChangesThatAreBroken(t *testing.T) {
	const changed = `{"CDCResponse":[{"QueryResponse":[%s]}],"time":"t"}`
	for _, tt := range []struct{ name, body, want string }{
		{"nothing changed", fmt.Sprintf(changed, `{},{},{}`), ""},
		{"in another order", fmt.Sprintf(changed, `{},{"Customer":[{"Id":"1","DisplayName":"x"}],"maxResults":1},{}`), ""},
		{"rows lost", fmt.Sprintf(changed, `{"Customer":[{"Id":"1"}],"maxResults":2}`), "1 entities where maxResults says 2"},
		{"rows of another name", fmt.Sprintf(changed, `{"Customers":[{"Id":"1"}],"maxResults":1}`), "0 entities where maxResults says 1"},
		{"no answer", `{"time":"t"}`, "no CDCResponse"},
		{"no list", `{"CDCResponse":{"QueryResponse":[]}}`, "{ where [ belongs"},
		{"no Id", fmt.Sprintf(changed, `{"Customer":[{"status":"Deleted"}],"maxResults":1}`), "an entity without an Id"},
		{"cut off", `{"CDCResponse":[{"QueryResponse":[{"Customer":[{"Id":"1"}]}`, "EOF"},
		{"gateway fault", string(recorded(t, "fault_401_token_expired")), "200 3200 access denied"},
		{"fault without a code", `{"Fault":{"Error":[]}}`, "200 answer not understood"},
	} {
		c := newClient(t, answering(200, "application/json", tt.body), unpaced)
		err := versionsOf(t, c, connectors.Want{Object: reconcile.ObjectCustomers, Since: time.Now()})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "changes quickbooks:Customer,Item,Invoice: ")) {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

// A fault where changes belong, also with status 200 and wherever it stands, is
// never an answer without changes, nor is one that says that it is not whole: they
// are read by query.
func TestFaultInsteadOfChanges(t *testing.T) {
	const fault = `"Fault":{"Error":[{"Message":"m","code":"10100"}],"type":"ValidationFault"}`
	for _, tt := range []struct {
		status int
		body   string
	}{
		{200, `{` + fault + `}`}, {200, `{"CDCResponse":[{` + fault + `}]}`},
		{200, `{"CDCResponse":[{"QueryResponse":[{},{` + fault + `}]}]}`}, {400, `{` + fault + `}`},
		{200, `{"CDCResponse":[{"QueryResponse":[{"Invoice":[{"Id":"1"}],"maxResults":1,"totalCount":2}]}]}`}, // one is left out
	} {
		synctest.Test(t, func(t *testing.T) {
			today()
			company, since := changed(t, quickbookssim.Options{})
			c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/cdc") {
					answering(tt.status, "application/json", tt.body).ServeHTTP(w, r)
					return
				}
				company.ServeHTTP(w, r)
			}), unpaced)
			var got []reconcile.Invoice
			for page, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices, Since: since}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, page.Invoices...)
			}
			if len(got) != 1 || got[0].ID != "3" {
				t.Errorf("%s: got %+v", tt.body, got)
			}
		})
	}
}

func TestFormOfChanges(t *testing.T) {
	var asked *http.Request
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		answering(200, "application/json", `{"CDCResponse":[{"QueryResponse":[{},{},{}]}]}`).ServeHTTP(w, r)
	}), unpaced)
	since := time.Now().UTC().Truncate(time.Second)
	if err := versionsOf(t, c, connectors.Want{Object: reconcile.ObjectCustomers, Since: since}); err != nil {
		t.Fatal(err)
	}
	want := since.Add(-5*time.Minute).Format("2006-01-02T15:04:05") + "+00:00"
	if q := asked.URL.Query(); q.Get("changedSince") != want || q.Get("entities") != "Customer,Item,Invoice" || !strings.Contains(asked.URL.RawQuery, "%2B00") {
		t.Errorf("asked %s", asked.URL)
	}
}
