package quickbooks

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
)

var byValue = cmp.Options{
	cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Equal(b) }),
	cmp.Comparer(func(a, b reconcile.Date) bool { return a == b }),
}

// Whatever QuickBooks' documents leave open, the same records come out.
func TestPullUnderEveryReading(t *testing.T) {
	for name, o := range map[string]quickbookssim.Options{
		"as evidence has it": {},
		"strict":             {CaseSensitive: true, ExactEntityNames: true, TotalCount: true},
		"ids as text":        {LexicalIDs: true, ClampMaxResults: true, IgnoreProjection: true, BareNumbers: true},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, books(2500).company(t, o), unpaced)
			got := mustPull(t, c, reconcile.ObjectInvoices)
			ids := map[string]bool{}
			for _, i := range got.Invoices {
				ids[i.ID] = true
			}
			if got.Received != 2500 || len(ids) != 2500 || got.pages != 3 || len(got.Unreadable) != 0 {
				t.Errorf("received %d, %d invoices, %d pages", got.Received, len(ids), got.pages)
			}
			if l := got.Invoices[0].Lines[0]; l.ProductID != "1" || l.Amount != 1000 || l.Price.String() != "5" {
				t.Errorf("got %+v", l)
			}
		})
	}
}

// A pull takes a request a thousand records, and one for the count where there
// are more. Another one only makes sure that a full last page is the last.
func TestRequestsOfAPull(t *testing.T) {
	for n, want := range map[int]int{0: 1, 1: 1, 999: 1, 1000: 3, 1001: 3, 2500: 4, 3000: 5, 12345: 14} {
		company := books(n).company(t, quickbookssim.Options{})
		c := newClient(t, company, unpaced)
		got := mustPull(t, c, reconcile.ObjectInvoices)
		asked := company.Requests()
		if sum := asked["query.Invoice"] + asked["query.Invoice.count"]; sum != want || got.Calls != want+2 || got.Received != n {
			t.Errorf("%d invoices: %d queries and %d calls, want %d and company info and preferences; received %d", n, sum, got.Calls, want, got.Received)
		}
	}
}

// Invoices that come without the lines they have are not taken for such as have none.
func TestPagesWithoutLines(t *testing.T) {
	got := mustPull(t, newClient(t, books(2).company(t, quickbookssim.Options{PagesWithoutLines: true}), unpaced), reconcile.ObjectInvoices)
	if len(got.Unreadable) != 2 || got.Unreadable[0].Field != "lines" || got.Received != 2 {
		t.Errorf("received %d, unreadable %+v", got.Received, got.Unreadable)
	}
}

func TestPagesComeInOrder(t *testing.T) {
	got := mustPull(t, newClient(t, books(7300).company(t, quickbookssim.Options{}), unpaced), reconcile.ObjectInvoices)
	if !slices.IsSortedFunc(got.Invoices, func(a, b reconcile.Invoice) int { return reconcile.CompareIDs(a.ID, b.ID) }) {
		t.Error("not in the order of ids")
	}
}

func TestPullIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, books(60_000).company(t, quickbookssim.Options{Latency: 350 * time.Millisecond}), connectors.Options{})
		start := time.Now()
		got := mustPull(t, c, reconcile.ObjectInvoices)
		// The first pages, of which each says whether there are more, take their time.
		ideal := time.Duration(float64(got.Calls) / float64(perMinute.Requests) * float64(perMinute.Per))
		if took := time.Since(start); took > ideal*105/100+5*350*time.Millisecond || took < ideal {
			t.Errorf("%d calls took %v, at the full quota %v", got.Calls, took, ideal)
		}
	})
}

func TestMasters(t *testing.T) {
	c := newClient(t, books(1).company(t, quickbookssim.Options{}), unpaced)
	got := mustPull(t, c, reconcile.ObjectProducts)
	products := []reconcile.Product{
		{System: reconcile.QuickBooks, ID: "1", SKU: "PROD-0", Name: "Thing", Description: "It", Kind: "Service", Price: decimal.MustNew(55, 1), Active: true},
		{System: reconcile.QuickBooks, ID: "3", Name: "Old", Kind: "NonInventory"},
	}
	for n := range got.Products {
		got.Products[n].UpdatedAt = time.Time{}
	}
	if diff := cmp.Diff(products, got.Products, byValue); diff != "" || got.Received != 3 { // with the category
		t.Errorf("received %d %s", got.Received, diff)
	}
	got = mustPull(t, c, reconcile.ObjectCustomers)
	if len(got.Customers) != 2 || got.Customers[0].Name != "Acme" || !got.Customers[0].Active || got.Customers[0].Email != "" {
		t.Errorf("got %+v", got.Customers)
	}
	if gone := got.Customers[1]; gone.Name != "Gone" || gone.Active || gone.Email != "g@x.test" {
		t.Errorf("got %+v", gone)
	}
	got = mustPull(t, c, reconcile.ObjectTaxRates)
	percents := map[string]string{}
	for _, r := range got.TaxRates {
		percents[r.ID] = r.Name + " " + r.Percent.String()
	}
	if diff := cmp.Diff(map[string]string{"3": "Tucson 9.1", "TAX": "TAX 0", "NON": "NON 0", "CustomSalesTax": "CustomSalesTax 0"}, percents); diff != "" {
		t.Error(diff)
	}
	for _, o := range reconcile.Objects(reconcile.QuickBooks) {
		claimed, calls, err := c.Count(t.Context(), o)
		want := 1
		if o == reconcile.ObjectTaxRates { // their one page told it
			want = 0
		}
		if err != nil || calls != want || claimed != mustPull(t, c, o).Received {
			t.Errorf("%s: claims %d in %d calls, %v", o, claimed, calls, err)
		}
	}
}

func TestCompany(t *testing.T) {
	closed, _ := reconcile.ParseDate("2025-12-31")
	for _, tt := range []struct {
		name, info, prefs string
		want              reconcile.Company
	}{
		{"nothing told", `{"Id":"1"}`, `{"Id":"1"}`, reconcile.Company{TimeZone: "UTC", Currency: "USD"}},
		{"all told", `{"Id":"1","CompanyName":"Acme","Country":"CA","DefaultTimeZone":"America/Toronto"}`,
			`{"Id":"1","SalesFormsPrefs":{"CustomTxnNumbers":true},"CurrencyPrefs":{"MultiCurrencyEnabled":true,"HomeCurrency":{"value":"CAD"}},"AccountingInfoPrefs":{"BookCloseDate":"2025-12-31"}}`,
			reconcile.Company{Name: "Acme", Country: "CA", TimeZone: "America/Toronto", Currency: "CAD", MultiCurrency: true, CustomNumbers: true, BooksClosed: closed}},
		{"one currency", `{"Id":"1","Country":"GB"}`, `{"Id":"1","CurrencyPrefs":{"MultiCurrencyEnabled":false}}`, reconcile.Company{Country: "GB", TimeZone: "UTC", Currency: "GBP"}},
		{"a country without a known currency", `{"Id":"1","Country":"FR"}`, `{"Id":"1"}`, reconcile.Company{Country: "FR", TimeZone: "UTC"}},
	} {
		c := newClient(t, files{"CompanyInfo.json": tt.info, "Preferences.json": tt.prefs}.company(t, quickbookssim.Options{}), unpaced)
		tt.want.System, tt.want.ID = reconcile.QuickBooks, c.realm
		if got, err := c.Company(t.Context()); err != nil || got.Company != tt.want {
			t.Errorf("%s: got %+v, %v, want %+v", tt.name, got, err, tt.want)
		}
	}
	for name, h := range map[string]http.Handler{
		"fault in a success": answering(200, "application/json", string(recorded(t, "fault_400_query_entity"))),
		"nothing in it":      answering(200, "application/json", `{}`),
		"wrong type":         answering(200, "application/json", `{"CompanyInfo":{"Country":7},"Preferences":{}}`),
	} {
		if _, err := newClient(t, h, unpaced).Company(t.Context()); !errors.Is(err, connectors.ErrBroken) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// A list is a company of so many customers, of whom it counts others. Each page in
// cut is cut once to a number of rows.
type list struct {
	rows, count int
	cut         map[int]int
	strange     bool // other rows at every request
	asked       int
}

func (l *list) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	l.asked++
	query := r.URL.Query().Get("query")
	if strings.Contains(query, "count(*)") {
		fmt.Fprintf(w, `{"QueryResponse":{"totalCount":%d},"time":"t"}`, l.count)
		return
	}
	_, rest, _ := strings.Cut(query, "STARTPOSITION ")
	at, _ := strconv.Atoi(strings.Fields(rest)[0])
	n := max(min(pageSize, l.rows-at+1), 0)
	if cut, ok := l.cut[at]; ok {
		n = cut
		delete(l.cut, at)
	}
	rows := make([]string, n)
	for n := range rows {
		id := at + n
		if l.strange {
			id += l.asked * 1_000_000
		}
		rows[n] = fmt.Sprintf(`{"Id":"%d","DisplayName":"x"}`, id)
	}
	if len(rows) == 0 {
		fmt.Fprint(w, `{"QueryResponse":{},"time":"t"}`)
		return
	}
	fmt.Fprintf(w, `{"QueryResponse":{"Customer":[%s],"startPosition":%d,"maxResults":%d},"time":"t"}`, strings.Join(rows, ","), at, len(rows))
}

func TestPagesThatDrift(t *testing.T) {
	for _, tt := range []struct {
		name  string
		list  list
		want  int // -1: broken
		asked int
	}{
		{"as counted", list{rows: 2005, count: 2005}, 2005, 4},
		{"more than counted", list{rows: 3007, count: 1500}, 3007, 5},
		{"fewer than counted", list{rows: 1900, count: 3500}, 1900, 5}, // and nothing two pages on
		{"counted as none", list{rows: 1003}, 1003, 3},
		{"short in the middle", list{rows: 3005, count: 3005, cut: map[int]int{1000: 900}}, 3005, 8}, // a page back, and on again
		{"more than asked for", list{rows: 1001, cut: map[int]int{1: 1001}}, -1, 1},
		{"other rows every time", list{rows: 2000, count: 2000, strange: true}, -1, 0},
	} {
		c := newClient(t, &tt.list, connectors.Options{Rate: connectors.Unpaced, InFlight: 1})
		got, err := pull(t, c, reconcile.ObjectCustomers)
		if tt.want < 0 && !errors.Is(err, connectors.ErrBroken) || tt.want >= 0 && (err != nil || got.Received != tt.want) {
			t.Errorf("%s: received %d, %v", tt.name, got.Received, err)
		}
		if tt.asked > 0 && tt.list.asked > tt.asked {
			t.Errorf("%s: %d requests, want %d", tt.name, tt.list.asked, tt.asked)
		}
	}
}

func TestBrokenPages(t *testing.T) {
	for _, tt := range []struct{ name, body, want string }{
		{"fault", string(recorded(t, "fault_400_query_entity")), "200 4001 answer not understood: Invalid query: QueryValidationError: invalid context declaration: Custmoer (request 1-5f732f5f-25dc)"},
		{"fault within", `{"QueryResponse":{"Fault":{"Error":[{"code":"x"}]}}}`, "200 x answer not understood"},
		{"gateway fault", string(recorded(t, "fault_401_token_expired")), "200 3200 access denied"},
		{"another entity", `{"QueryResponse":{"Item":[]}}`, ""},
		{"no QueryResponse", `{"time":"t"}`, "no QueryResponse"},
		{"lower case", `{"queryResponse":{"Customer":[]}}`, "no QueryResponse"},
		{"no list", `{"QueryResponse":{"Customer":{}}}`, "{ where [ belongs"},
		{"no object", `{"QueryResponse":[]}`, "[ where { belongs"},
		{"rows lost", `{"QueryResponse":{"Customer":[{"Id":"1"}],"startPosition":1,"maxResults":2}}`, "1 entities where maxResults says 2"},
		{"no id", `{"QueryResponse":{"Customer":[{"DisplayName":"x"}]}}`, "an entity without an Id"},
		{"no entity", `{"QueryResponse":{"Customer":[null]}}`, "an entity without an Id"},
		{"not JSON", `{"QueryResponse":{"Customer":[{"Id":"1",}]}}`, "invalid character"},
	} {
		_, err := pull(t, newClient(t, answering(200, "application/json", tt.body), unpaced), reconcile.ObjectCustomers)
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: got %v", tt.name, err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "query quickbooks:Customer: ") {
			t.Errorf("%s: got %v", tt.name, err)
		}
	}
}

func TestRequestForm(t *testing.T) {
	var asked *http.Request
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		answering(200, "application/json", `{"QueryResponse":{}}`).ServeHTTP(w, r)
	})
	mustPull(t, newClient(t, h, unpaced), reconcile.ObjectCustomers)
	want := "https://quickbooks.api.intuit.com/v3/company/4620816365291273680/query?minorversion=75&query=SELECT%20%2A%20FROM%20Customer%20WHERE%20Active%20IN%20%28true%2C%20false%29%20ORDERBY%20Id%20STARTPOSITION%201%20MAXRESULTS%201000"
	if asked.URL.String() != want || asked.Header.Get("Accept") != "application/json" {
		t.Errorf("asked %s", asked.URL)
	}
}

// The bubbles fail where a goroutine outlives its pull.
func TestPullEndsWithItsConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, books(9000).company(t, quickbookssim.Options{Latency: 350 * time.Millisecond}), connectors.Options{})
		pages := 0
		for _, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices}) {
			if err != nil {
				t.Fatal(err)
			}
			if pages++; pages == 2 {
				break
			}
		}
	})
}

func TestPullEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, books(30_000).company(t, quickbookssim.Options{Latency: 350 * time.Millisecond}), connectors.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		var last error
		for _, err := range c.Pull(ctx, connectors.Want{Object: reconcile.ObjectInvoices}) {
			last = err
		}
		if took := time.Since(start); !errors.Is(last, context.DeadlineExceeded) || took > 3*time.Second {
			t.Errorf("ended after %v with %v", took, last)
		}
	})
}

func TestConfig(t *testing.T) {
	for _, c := range []Config{{Realm: "1"}, {Token: "x"}, {Realm: "1/../2", Token: "x"}, {Realm: "1", Token: "x", BaseURL: "quickbooks"}} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
	c := newClient(t, http.NotFoundHandler(), unpaced)
	if _, err := pull(t, c, reconcile.ObjectCompanies); err == nil {
		t.Error("companies can be pulled")
	}
	if _, _, err := c.Count(t.Context(), reconcile.ObjectCompanies); err == nil {
		t.Error("companies can be counted")
	}
}
