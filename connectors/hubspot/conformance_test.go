package hubspot

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
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/connectortest"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

// The contract of a source, held against the simulator, or with -live against the
// portal of TIEOUT_HUBSPOT_TOKEN, at TIEOUT_HUBSPOT_URL where that is set.
func TestConformance(t *testing.T) {
	if connectortest.Live() {
		connectortest.Run(t, livePortal)
		return
	}
	ds := world(t)
	connectortest.Run(t, func(t testing.TB) connectortest.Fixture { return conforming(t, ds, hubspotsim.Options{}) })
}

// Whatever HubSpot does where its documents leave it open, the same is brought.
func TestSwitches(t *testing.T) {
	ds := world(t)
	type options = hubspotsim.Options
	connectortest.Switches[options]{
		Values: map[string][]func(*options){
			"IndexLag": {
				func(o *options) { o.IndexLag = func(time.Time) time.Duration { return 20 * time.Minute } },
				func(o *options) {
					o.IndexLag = func(at time.Time) time.Duration { return time.Duration(at.UnixNano()%7) * time.Minute }
				},
			},
			"ToObjectID":       {func(o *options) { o.ToObjectID = hubspotsim.IDNumber }, func(o *options) { o.ToObjectID = hubspotsim.IDString }},
			"Partial":          {func(o *options) { o.Partial = hubspotsim.Partial207 }, func(o *options) { o.Partial = hubspotsim.Partial200 }},
			"Unique":           {func(o *options) { o.Unique = map[string][]string{"products": {"hs_sku"}} }},
			"Scopes":           {func(o *options) { o.Scopes = scopes }},
			"Writing.Conflict": {func(o *options) { o.Writing.Conflict = hubspotsim.ConflictLong }},
			"Writing.Rounding": {func(o *options) { o.Writing.Rounding = hubspotsim.RoundInvoice }},
		},
		Others: []string{"Token", "Open", "Now", "OAuth", "Webhooks", "Latency", "Quota", "Daily", "Writing.NumberPrefix"},
		Open:   func(t testing.TB, o options) connectortest.Fixture { t.Helper(); return conforming(t, ds, o) },
	}.Run(t)
}

func livePortal(t testing.TB) connectortest.Fixture {
	t.Helper()
	token := os.Getenv("TIEOUT_HUBSPOT_TOKEN")
	if token == "" {
		t.Fatal("-live: set TIEOUT_HUBSPOT_TOKEN to the token of a portal that may be read")
	}
	return connectortest.Fixture{System: reconcile.HubSpot, Base: os.Getenv("TIEOUT_HUBSPOT_URL"), Token: token, Open: connect(largest)}
}

// connect opens a client of certain sizes.
func connect(s sizes) func(testing.TB, connectortest.Connection) connectors.Source {
	return func(t testing.TB, to connectortest.Connection) connectors.Source {
		t.Helper()
		o := connectors.Options{RoundTripper: to.RoundTripper}
		if to.Unpaced {
			o.Rate = connectors.Unpaced
		}
		c, err := New(Config{BaseURL: to.Base, API: os.Getenv("TIEOUT_HUBSPOT_API"), Tokens: to.Tokens, Transport: o})
		must(t, err)
		c.sizes = s
		return c
	}
}

// world is a portal of 150 invoices, of which some cannot be read.
func world(t testing.TB) *sandbox.Dataset {
	t.Helper()
	dir := t.TempDir()
	_, err := sandbox.Generate(dir, sandbox.Options{Invoices: 150, Causes: []string{
		"unreadable_total_in_hubspot", "unreadable_date_in_hubspot", "unreadable_price_in_hubspot",
	}})
	must(t, err)
	ds, err := sandbox.Open(dir)
	must(t, err)
	return ds
}

const portalToken = "pat-na1-00000000-conformance"

// conforming is a fixture of a portal with options.
func conforming(t testing.TB, ds *sandbox.Dataset, o hubspotsim.Options) connectortest.Fixture {
	t.Helper()
	o.Token = portalToken
	o.OAuth = &hubspotsim.OAuth{Options: signin.Options{ClientID: "app", ClientSecret: "secret", Consent: signin.ConsentAuto}}
	portal, err := hubspotsim.New(ds, o)
	must(t, err)
	k := known(t, ds)
	return connectortest.Fixture{
		System: reconcile.HubSpot, Handler: portal, Token: portalToken, Open: connect(tenth),
		Company:    reconcile.Company{System: reconcile.HubSpot, ID: "20771043", TimeZone: "America/New_York", Currency: "USD", MultiCurrency: true},
		IDs:        k.ids,
		Unreadable: k.unreadable,
		Change:     func(t testing.TB) connectortest.Changes { t.Helper(); return k.change(t, portal) },
		SignIn:     func(t testing.TB) string { t.Helper(); return signInto(t, portal) },
		Control:    portal.Control(),
		ReadsBy:    regexp.MustCompile(`/(search|batch/read)$`),
	}
}

// objectFiles are HubSpot's names of the objects.
var objectFiles = map[reconcile.Object]string{
	reconcile.ObjectTaxRates: "tax_rates", reconcile.ObjectProducts: "products", reconcile.ObjectCustomers: "contacts",
	reconcile.ObjectCompanies: "companies", reconcile.ObjectInvoices: "invoices",
}

// facts are what a dataset says.
type facts struct {
	ids        map[reconcile.Object][]string
	unreadable []string
	// line is one of invoice.
	line, invoice string
}

func known(t testing.TB, ds *sandbox.Dataset) facts {
	t.Helper()
	k := facts{ids: map[reconcile.Object][]string{}}
	for o, file := range objectFiles {
		for raw, err := range ds.HubSpot(file) {
			must(t, err)
			var r struct {
				ID           string              `json:"id"`
				Associations map[string][]string `json:"associations"`
			}
			must(t, json.Unmarshal(raw, &r))
			k.ids[o] = append(k.ids[o], r.ID)
			if lines := r.Associations["line_items"]; len(lines) > 0 && len(k.ids[o]) > 20 {
				k.line, k.invoice = lines[0], r.ID
			}
		}
	}
	truth, err := ds.Truth()
	must(t, err)
	for _, f := range truth.Findings {
		if f.Code == "RECORD_UNREADABLE" && f.System == "hubspot" {
			object := "invoices"
			if f.Field == "price" {
				object = "line_items"
			}
			k.unreadable = append(k.unreadable, object+" "+f.Record)
		}
	}
	slices.Sort(k.unreadable)
	return k
}

// change does what people do in a day.
func (k facts) change(t testing.TB, p *hubspotsim.Portal) (c connectortest.Changes) {
	t.Helper()
	c.Changed, c.Deleted = map[reconcile.Object][]string{}, map[reconcile.Object][]string{}
	edit := func(o reconcile.Object, property string, at ...int) {
		for _, n := range at {
			must(t, p.Update(objectFiles[o], k.ids[o][n], map[string]string{property: "changed"}))
			c.Changed[o] = append(c.Changed[o], k.ids[o][n])
		}
	}
	edit(reconcile.ObjectInvoices, "hs_comments", 3, 4, 5, 40, 41, 70, 100, 101, 102, 103, 104, 105, 106, 107, 108)
	edit(reconcile.ObjectProducts, "name", 0, 7)
	edit(reconcile.ObjectCustomers, "lastname", 2)
	edit(reconcile.ObjectCompanies, "name", 1)
	must(t, p.Update("line_items", k.line, map[string]string{"name": "changed"}))
	c.Changed[reconcile.ObjectInvoices] = append(c.Changed[reconcile.ObjectInvoices], k.invoice)
	for _, o := range []reconcile.Object{reconcile.ObjectInvoices, reconcile.ObjectProducts, reconcile.ObjectCustomers} {
		must(t, p.Archive(objectFiles[o], k.ids[o][10]))
		c.Deleted[o] = append(c.Deleted[o], k.ids[o][10])
	}
	made, err := p.Create("products", map[string]string{"name": "made", "hs_sku": "NEW-1"})
	must(t, err)
	c.Changed[reconcile.ObjectProducts] = append(c.Changed[reconcile.ObjectProducts], made)
	return c
}

// signInto gives a consent and takes an access token for it.
func signInto(t testing.TB, p http.Handler) string {
	t.Helper()
	const redirect = "http://localhost/callback"
	ask := httptest.NewRecorder()
	p.ServeHTTP(ask, httptest.NewRequest("GET", "/oauth/authorize?"+url.Values{
		"client_id": {"app"}, "redirect_uri": {redirect}, "response_type": {"code"}, "state": {"s"}, "scope": {strings.Join(scopes, " ")},
	}.Encode(), nil))
	back, err := url.Parse(ask.Header().Get("Location"))
	must(t, err)
	r := httptest.NewRequest("POST", "/oauth/2026-03/token", strings.NewReader(url.Values{
		"grant_type": {"authorization_code"}, "code": {back.Query().Get("code")}, "redirect_uri": {redirect}, "client_id": {"app"}, "client_secret": {"secret"},
	}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	got := httptest.NewRecorder()
	p.ServeHTTP(got, r)
	var tokens struct {
		Access string `json:"access_token"`
	}
	must(t, json.Unmarshal(got.Body.Bytes(), &tokens))
	if tokens.Access == "" {
		t.Fatalf("no token: %s", got.Body)
	}
	return tokens.Access
}
