package quickbooks

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/connectortest"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

// The contract of a source, held against the simulator, or with -live against the
// company of TIEOUT_QUICKBOOKS_REALM and TIEOUT_QUICKBOOKS_TOKEN, at
// TIEOUT_QUICKBOOKS_URL where that is set.
func TestConformance(t *testing.T) {
	if connectortest.Live() {
		connectortest.Run(t, liveCompany)
		return
	}
	ds := world(t)
	connectortest.Run(t, func(t testing.TB) connectortest.Fixture { return conforming(t, ds, quickbookssim.Options{}) })
}

// Whatever QuickBooks does where that is not established, the same is brought.
func TestSwitches(t *testing.T) {
	ds := world(t)
	type options = quickbookssim.Options
	connectortest.Switches[options]{
		Values: map[string][]func(*options){
			// Less than all changes, but all of one kind; what was deleted in one second
			// with more than that is not told.
			"MaxChanges":     {func(o *options) { o.MaxChanges = 21 }, func(o *options) { o.MaxChanges = 30 }},
			"OverflowFaults": {func(o *options) { o.OverflowFaults = true }, func(o *options) { o.OverflowFaults, o.MaxChanges = true, 21 }},
			"RequestIDs": {
				func(o *options) { o.RequestIDs = quickbookssim.RequestIDsIgnored },
				func(o *options) { o.RequestIDs = quickbookssim.RequestIDsRefused },
			},
			"ChangeFaultsInside": {func(o *options) { o.ChangeFaultsInside = true }, func(o *options) { o.ChangeFaultsInside, o.OverflowFaults, o.MaxChanges = true, true, 21 }},
		},
		Others: []string{
			"PagesWithoutLines", // nothing can be read then: TestPagesWithoutLines
			"Token", "Realm", "Open", "Elsewhere", "OAuth", "Webhooks", "Now", "Latency",
			"PerMinute", "PerSecond", "InFlight", "PerMonth", "BatchesPerMinute", "RealmBatchesPerMinute", "MailsPerDay",
		},
		Open: func(t testing.TB, o options) connectortest.Fixture { t.Helper(); return conforming(t, ds, o) },
	}.Run(t)
}

func liveCompany(t testing.TB) connectortest.Fixture {
	t.Helper()
	for _, name := range []string{"TIEOUT_QUICKBOOKS_TOKEN", "TIEOUT_QUICKBOOKS_REALM"} {
		if os.Getenv(name) == "" {
			t.Fatalf("-live: set %s: the token and realm of a company that may be read", name)
		}
	}
	return connectortest.Fixture{
		System: reconcile.QuickBooks, Base: os.Getenv("TIEOUT_QUICKBOOKS_URL"), Token: os.Getenv("TIEOUT_QUICKBOOKS_TOKEN"),
		Open: connect(os.Getenv("TIEOUT_QUICKBOOKS_REALM"), pageSize, captureSize),
	}
}

// connect opens a client whose pages and change data capture have certain sizes.
func connect(realm string, page, capture int) func(testing.TB, connectortest.Connection) connectors.Source {
	return func(t testing.TB, to connectortest.Connection) connectors.Source {
		t.Helper()
		o := connectors.Options{RoundTripper: to.RoundTripper}
		if to.Unpaced {
			o.Rate = connectors.Unpaced
		}
		c, err := New(Config{BaseURL: to.Base, Realm: realm, Tokens: to.Tokens, Transport: o})
		must(t, err)
		c.page, c.captureSize = page, capture
		return c
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// world is a company of 150 invoices, of which some cannot be read.
func world(t testing.TB) *sandbox.Dataset {
	t.Helper()
	dir := t.TempDir()
	_, err := sandbox.Generate(dir, sandbox.Options{Invoices: 150, Causes: []string{
		"unreadable_total_in_quickbooks", "unreadable_price_in_quickbooks",
	}})
	must(t, err)
	ds, err := sandbox.Open(dir)
	must(t, err)
	return ds
}

const (
	companyToken = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.conformance"
	companyRealm = "9130350000000000"
	// companyPage makes several pages of everything.
	companyPage = 25
)

// conforming is a fixture of a company with options. The connector knows how much an
// answer of change data capture holds.
func conforming(t testing.TB, ds *sandbox.Dataset, o quickbookssim.Options) connectortest.Fixture {
	t.Helper()
	o.Token, o.Realm = companyToken, companyRealm
	o.OAuth = &quickbookssim.OAuth{Options: signin.Options{ClientID: "app", ClientSecret: "secret", Consent: signin.ConsentAuto}}
	company, err := quickbookssim.New(ds, o)
	must(t, err)
	capture := captureSize
	if o.MaxChanges > 0 {
		capture = o.MaxChanges
	}
	k := known(t, ds)
	return connectortest.Fixture{
		System: reconcile.QuickBooks, Handler: company, Token: companyToken, Open: connect(companyRealm, companyPage, capture),
		Company: reconcile.Company{
			System: reconcile.QuickBooks, ID: companyRealm, Name: "Fernhollow Goods", TimeZone: "America/New_York", Currency: "USD", Country: "US",
			MultiCurrency: true, CustomNumbers: true,
		},
		IDs:        k.ids,
		Unreadable: k.unreadable,
		Change:     func(t testing.TB) connectortest.Changes { t.Helper(); return k.change(t, company) },
		Reach:      lookBack,
		SignIn:     func(t testing.TB) string { t.Helper(); return signInto(t, company) },
		Control:    company.Control(),
		ReadsBy:    regexp.MustCompile(`/query$`),
	}
}

// entities are QuickBooks' names of the objects.
var entities = map[reconcile.Object]string{
	reconcile.ObjectTaxRates: "TaxCode", reconcile.ObjectProducts: "Item", reconcile.ObjectCustomers: "Customer", reconcile.ObjectInvoices: "Invoice",
}

// facts are what a dataset says.
type facts struct {
	ids        map[reconcile.Object][]string
	unreadable []string
}

func known(t testing.TB, ds *sandbox.Dataset) facts {
	t.Helper()
	k := facts{ids: map[reconcile.Object][]string{}}
	for o, entity := range entities {
		for raw, err := range ds.QuickBooks(entity) {
			must(t, err)
			var e struct{ ID, Type string }
			must(t, json.Unmarshal(raw, &e))
			if e.Type != "Category" { // an item to QuickBooks, and nothing that is sold
				k.ids[o] = append(k.ids[o], e.ID)
			}
		}
	}
	for _, pseudo := range []string{"TAX", "NON", "CustomSalesTax"} { // which every US company has
		if !slices.Contains(k.ids[reconcile.ObjectTaxRates], pseudo) {
			k.ids[reconcile.ObjectTaxRates] = append(k.ids[reconcile.ObjectTaxRates], pseudo)
		}
	}
	truth, err := ds.Truth()
	must(t, err)
	for _, f := range truth.Findings {
		if f.Code == "RECORD_UNREADABLE" && f.System == "quickbooks" {
			k.unreadable = append(k.unreadable, "Invoice "+f.Record)
		}
	}
	slices.Sort(k.unreadable)
	return k
}

// change does what people do in a day.
func (k facts) change(t testing.TB, c *quickbookssim.Company) (told connectortest.Changes) {
	t.Helper()
	told.Changed, told.Deleted = map[reconcile.Object][]string{}, map[reconcile.Object][]string{}
	edit := func(o reconcile.Object, members string, at ...int) {
		for _, n := range at {
			must(t, c.Update(entities[o], k.ids[o][n], members))
			told.Changed[o] = append(told.Changed[o], k.ids[o][n])
		}
	}
	edit(reconcile.ObjectInvoices, `{"PrivateNote":"changed"}`, 3, 4, 5, 40, 41, 70, 100, 101, 102, 103, 104, 105, 106, 107, 108)
	edit(reconcile.ObjectProducts, `{"Description":"changed"}`, 0, 7)
	edit(reconcile.ObjectCustomers, `{"PrimaryEmailAddr":{"Address":"changed@x.test"}}`, 2)
	for _, n := range []int{10, 50} {
		must(t, c.Delete("Invoice", k.ids[reconcile.ObjectInvoices][n]))
		told.Deleted[reconcile.ObjectInvoices] = append(told.Deleted[reconcile.ObjectInvoices], k.ids[reconcile.ObjectInvoices][n])
	}
	must(t, c.Deactivate("Item", k.ids[reconcile.ObjectProducts][9]))
	told.Changed[reconcile.ObjectProducts] = append(told.Changed[reconcile.ObjectProducts], k.ids[reconcile.ObjectProducts][9])
	made, err := c.Create("Customer", `{"DisplayName":"Made","Active":true}`)
	must(t, err)
	told.Changed[reconcile.ObjectCustomers] = append(told.Changed[reconcile.ObjectCustomers], made)
	return told
}

// signInto gives a consent and takes an access token for it.
func signInto(t testing.TB, c http.Handler) string {
	t.Helper()
	const redirect = "http://localhost/callback"
	ask := httptest.NewRecorder()
	c.ServeHTTP(ask, httptest.NewRequest("GET", "/connect/oauth2?"+url.Values{
		"client_id": {"app"}, "redirect_uri": {redirect}, "response_type": {"code"}, "state": {"s"}, "scope": {"com.intuit.quickbooks.accounting"},
	}.Encode(), nil))
	back, err := url.Parse(ask.Header().Get("Location"))
	must(t, err)
	r := httptest.NewRequest("POST", "/oauth2/v1/tokens/bearer", strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirect},
	}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth("app", "secret")
	got := httptest.NewRecorder()
	c.ServeHTTP(got, r)
	var tokens struct {
		Access string `json:"access_token"`
	}
	must(t, json.Unmarshal(got.Body.Bytes(), &tokens))
	if tokens.Access == "" {
		t.Fatalf("no token: %s", got.Body)
	}
	return tokens.Access
}
