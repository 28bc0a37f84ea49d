// Package hubspot reads a HubSpot portal: invoices with their line items,
// products, contacts, companies and tax rates, in the form in which they are
// compared.
//
// Lists are read by cursor, 100 records a page, what has changed by search, 200
// a page, what they point at in batches; no request is ever made for a single
// record. No record is taken for gone because a search does not find it. The facts about HubSpot's API
// that this rests on are named beside the code by the page of
// https://developers.hubspot.com/docs that states them.
package hubspot

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // business dates need the portal's zone on machines without a zone database too

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// DefaultBaseURL is HubSpot's API.
const DefaultBaseURL = "https://api.hubapi.com"

// DefaultAPI is the API version that is used when none is named.
const DefaultAPI = "2026-03"

// APIs are the API versions that a Client speaks. Dated versions come out in
// March and September and are served for 18 months; v3 ends in September 2027
// (changelog, "Legacy APIs and legacy apps: what's going unsupported and when").
var APIs = []string{"2026-03", "2026-09", "v3"}

const (
	// inFlight is enough to use the quota at 800 ms a request.
	inFlight = 16
	// batchesInFlight leaves to the lists a part of these: they lead to all
	// batches, so that none should wait behind a chunk's thirty.
	batchesInFlight = 12
)

// What may be asked of HubSpot.
var (
	// Private apps and service keys of Professional and Enterprise portals have
	// 190 requests in 10 s ("API usage guidelines"). Portals and apps with less
	// say so in the headers of their answers.
	quota = connectors.Limit{Requests: 190, Per: 10 * time.Second}
	// Searches are outside of these ("Search the CRM", limits).
	searches = connectors.Limit{Requests: 5, Per: time.Second}
)

// Config says which portal a Client reads, and how.
type Config struct {
	// BaseURL is where the API is; empty is DefaultBaseURL.
	BaseURL string
	// API is one of APIs; empty is DefaultAPI.
	API string
	// Token is a service key, or the token of a private app.
	Token connectors.Secret
	// Tokens gives the access tokens in the place of Token; nil: Token it is.
	Tokens connectors.TokenSource
	// Transport sets limits other than HubSpot's own.
	Transport connectors.Options
}

// A Client reads one portal. It implements connectors.Source.
type Client struct {
	transport *connectors.Transport
	paths     paths
	batches   chan struct{} // holds one for each batch read under way

	sizes sizes

	mu     sync.Mutex
	zone   *time.Location           // of the portal; nil before it was asked for
	rates  []json.RawMessage        // the tax rate library when it was last read; nil before that
	totals map[reconcile.Object]int // what searches told of which the count is not asked yet
}

// sizes are how much is asked for in one request, and read by one cursor.
type sizes struct {
	page   int // of a list ("CRM objects" page)
	found  int // of a search ("Search the CRM", limits)
	batch  int // inputs of a batch read ("CRM objects" page)
	chunk  int // inputs of an association batch read ("Associations" page): invoices that are completed together
	first  int // records of a list's first segment
	others int // and of another at most
}

// largest are the largest sizes that HubSpot takes, and of segments so many that a
// list of a few thousand records is read by several cursors too.
var largest = sizes{page: 100, found: 200, batch: 100, chunk: 1000, first: 300, others: 1000}

var _ connectors.Source = (*Client)(nil)

func (c Config) tokens() connectors.TokenSource {
	if c.Tokens == nil {
		return c.Token
	}
	return c.Tokens
}

// New returns a client. It asks nothing of HubSpot yet.
func New(c Config) (*Client, error) {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	if c.API == "" {
		c.API = DefaultAPI
	}
	if !slices.Contains(APIs, c.API) {
		return nil, fmt.Errorf("hubspot connection: API version %q: want one of %s (see TIEOUT_HUBSPOT_API)", c.API, strings.Join(APIs, ", "))
	}
	t, err := connectors.NewTransport(connectors.Vendor{
		System: reconcile.HubSpot, Rate: quota.Rate(), InFlight: inFlight, Searches: searches.Rate(), Limit: limitOf, Refusal: refusal,
	}, c.BaseURL, c.tokens(), c.Transport)
	if err != nil {
		return nil, err
	}
	return &Client{transport: t, paths: pathsOf(c.API), batches: make(chan struct{}, batchesInFlight), sizes: largest, totals: map[reconcile.Object]int{}}, nil
}

// paths are the beginnings of the paths of one API version.
type paths struct{ objects, associations, taxRates, account string }

func pathsOf(api string) paths {
	if api == "v3" {
		return paths{
			objects: "/crm/v3/objects/", associations: "/crm/v4/associations/",
			taxRates: "/tax-rates/v1/tax-rates", account: "/account-info/v3/details",
		}
	}
	return paths{
		objects: "/crm/objects/" + api + "/", associations: "/crm/associations/" + api + "/",
		taxRates: "/tax-rates/" + api + "/tax-rates",
		// The 2026-09 specifications have no account information.
		account: "/account-info/2026-03/details",
	}
}

// System returns reconcile.HubSpot.
func (c *Client) System() reconcile.System { return reconcile.HubSpot }

// Company returns what the portal says of itself (account information,
// "Retrieve account details").
func (c *Client) Company(ctx context.Context) (connectors.Identity, error) {
	company, calls, err := c.readAccount(ctx)
	return connectors.Identity{Company: company, At: c.transport.Dated(), Calls: calls}, err
}

func (c *Client) readAccount(ctx context.Context) (company reconcile.Company, calls int, err error) {
	const op = "read hubspot:account"
	answer, calls, err := c.transport.Read(ctx, connectors.Request{Op: op, Path: c.paths.account})
	if err != nil {
		return reconcile.Company{}, calls, err
	}
	var details struct {
		PortalID   value   `json:"portalId"`
		TimeZone   value   `json:"timeZone"`
		Currency   value   `json:"companyCurrency"`
		Additional []value `json:"additionalCurrencies"`
	}
	if err := json.Unmarshal(answer.Body, &details); err != nil {
		return reconcile.Company{}, calls, c.transport.Broken(op, "%v", err)
	}
	company = reconcile.Company{
		System: reconcile.HubSpot, ID: details.PortalID.Plain(), TimeZone: details.TimeZone.Plain(),
		Currency: details.Currency.Plain(), MultiCurrency: len(details.Additional) > 0,
	}
	if company.ID == "" {
		return reconcile.Company{}, calls, c.transport.Broken(op, "no portalId")
	}
	if company.TimeZone == "" {
		company.TimeZone = "UTC"
	}
	zone, err := time.LoadLocation(company.TimeZone)
	if err != nil {
		return reconcile.Company{}, calls, c.transport.Broken(op, "the portal's time zone is not known: %v", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.zone = zone
	return company, calls, nil
}

// portalZone returns the zone in which the portal's instants are dates, and
// how many requests it took to find out.
func (c *Client) portalZone(ctx context.Context) (zone *time.Location, calls int, err error) {
	c.mu.Lock()
	zone = c.zone
	c.mu.Unlock()
	if zone != nil {
		return zone, 0, nil
	}
	_, calls, err = c.readAccount(ctx)
	if err != nil {
		return nil, calls, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.zone, calls, nil
}

// Count returns how many records there are, as the search index counts them;
// the index may lag behind by moments ("Search the CRM"). Where the search that
// brought all changes told it, it is not asked again. The tax rate library has
// no search: what was listed last is counted.
func (c *Client) Count(ctx context.Context, o reconcile.Object) (claimed, calls int, err error) {
	if o == reconcile.ObjectTaxRates {
		rates, calls, err := c.knownRates(ctx)
		return len(rates), calls, err
	}
	name, err := objectName(o)
	if err != nil {
		return 0, 0, err
	}
	if total, told := c.takeTotal(o); told {
		return total, 0, nil
	}
	got, calls, err := c.search(ctx, "count hubspot:"+name, name, query{Limit: 1})
	return got.total, calls, err
}

// keepTotal keeps what a search told for the next Count.
func (c *Client) keepTotal(o reconcile.Object, total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.totals[o] = total
}

// takeTotal returns what was kept, once.
func (c *Client) takeTotal(o reconcile.Object) (total int, told bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total, told = c.totals[o]
	delete(c.totals, o)
	return total, told
}

// objectName is HubSpot's name of an object of the CRM.
func objectName(o reconcile.Object) (string, error) {
	switch o {
	case reconcile.ObjectInvoices, reconcile.ObjectProducts, reconcile.ObjectCompanies:
		return string(o), nil
	case reconcile.ObjectCustomers:
		return "contacts", nil
	}
	return "", fmt.Errorf("hubspot has no %s", o)
}
