// Package quickbooks reads a QuickBooks Online company: invoices, items,
// customers and tax codes, in the form in which they are compared.
//
// Everything is read by query, a thousand entities a page, and what has changed
// by change data capture. The facts about the
// Accounting API v3 that this rests on are named beside the code by the page of
// https://developer.intuit.com/app/developer/qbo/docs that states them.
package quickbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// DefaultBaseURL is the API of real companies. Sandbox companies have another,
// https://sandbox-quickbooks.api.intuit.com (learn/explore-the-quickbooks-online-api).
const DefaultBaseURL = "https://quickbooks.api.intuit.com"

const (
	// minorVersion is the floor since August 2025 (minor versions page).
	minorVersion = "75"
	// inFlight keeps within older texts too, which allow ten requests at once
	// instead of ten a second.
	inFlight = 8
)

// What may be asked of a company (learn/rest-api-features, "limits and
// throttles"): the second is of every app for itself.
var (
	perMinute = connectors.Limit{Requests: 500, Per: time.Minute}
	perSecond = connectors.Limit{Requests: 10, Per: time.Second}
)

// Config says which company a Client reads, and how.
type Config struct {
	// BaseURL is where the API is; empty is DefaultBaseURL.
	BaseURL string
	// Realm is the company's id, decimal digits.
	Realm string
	// Token is an access token; it is good for an hour.
	Token connectors.Secret
	// Tokens gives the access tokens in the place of Token; nil: Token it is.
	Tokens connectors.TokenSource
	// Transport sets limits other than QuickBooks' own.
	Transport connectors.Options
}

// A Client reads one company. It implements connectors.Source.
type Client struct {
	transport   *connectors.Transport
	realm       string
	page        int // rows of a page of a query
	captureSize int // objects of an answer of change data capture

	mu       sync.Mutex
	company  *reconcile.Company // nil before it was asked for
	taxCodes int                // how many the last listing had; -1 while that is not known

	capture sync.Mutex
	changes *changes // of this run; nil before they were asked for
}

var _ connectors.Source = (*Client)(nil)

func (c Config) tokens() connectors.TokenSource {
	if c.Tokens == nil {
		return c.Token
	}
	return c.Tokens
}

// New returns a client. It asks nothing of QuickBooks yet.
func New(c Config) (*Client, error) {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
	}
	t, err := connectors.NewTransport(connectors.Vendor{
		System: reconcile.QuickBooks, Rate: connectors.Slowest(perMinute, perSecond), InFlight: inFlight, Refusal: refusal,
	}, c.BaseURL, c.tokens(), c.Transport)
	if err = errors.Join(checkRealm(c.Realm), err); err != nil {
		return nil, err
	}
	return &Client{transport: t, realm: c.Realm, page: pageSize, captureSize: captureSize, taxCodes: -1}, nil
}

func checkRealm(realm string) error {
	if realm == "" || strings.Trim(realm, "0123456789") != "" {
		return fmt.Errorf("quickbooks connection: realm %q: want the company's id, digits only (see TIEOUT_QUICKBOOKS_REALM)", realm)
	}
	return nil
}

// System returns reconcile.QuickBooks.
func (c *Client) System() reconcile.System { return reconcile.QuickBooks }

// read sends one request below the company's path, within the month's budget.
func (c *Client) read(ctx context.Context, op, path string, query url.Values) (connectors.Answer, int, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("minorversion", minorVersion)
	a, calls, err := c.transport.Read(ctx, connectors.Request{Op: op, Path: "/v3/company/" + c.realm + "/" + path, Query: query})
	var refused *connectors.APIError
	if calls > 1 && errors.Is(err, connectors.ErrThrottled) && errors.As(err, &refused) {
		refused.Message += fmt.Sprintf("; refused %d times, a minute apart: it may be the app's quota of the month, which is over with the month", calls)
	}
	return a, calls, err
}

// Company returns what the company says of itself (api/accounting/all-entities,
// CompanyInfo and Preferences). A run begins with it: what an earlier one was told
// has changed is forgotten.
func (c *Client) Company(ctx context.Context) (connectors.Identity, error) {
	c.capture.Lock()
	c.changes = nil
	c.capture.Unlock()
	company, calls, err := c.readCompany(ctx)
	return connectors.Identity{Company: company, At: c.transport.Dated(), Calls: calls}, err
}

// knownCompany returns the company as it was last read, or reads it.
func (c *Client) knownCompany(ctx context.Context) (company reconcile.Company, calls int, err error) {
	c.mu.Lock()
	known := c.company
	c.mu.Unlock()
	if known != nil {
		return *known, 0, nil
	}
	return c.readCompany(ctx)
}

type ref struct {
	Value value `json:"value"`
	Name  value `json:"name"`
}

type companyInfo struct {
	Name     value `json:"CompanyName"`
	Country  value `json:"Country"`
	TimeZone value `json:"DefaultTimeZone"`
}

type preferences struct {
	SalesForms struct {
		CustomNumbers value `json:"CustomTxnNumbers"`
	} `json:"SalesFormsPrefs"`
	Currency struct {
		Multi value `json:"MultiCurrencyEnabled"`
		Home  ref   `json:"HomeCurrency"`
	} `json:"CurrencyPrefs"`
	Accounting struct {
		BookClose value `json:"BookCloseDate"`
	} `json:"AccountingInfoPrefs"`
}

func (c *Client) readCompany(ctx context.Context) (company reconcile.Company, calls int, err error) {
	var info companyInfo
	calls, err = c.readSingle(ctx, "CompanyInfo", "companyinfo/"+c.realm, &info)
	if err != nil {
		return company, calls, err
	}
	var prefs preferences
	more, err := c.readSingle(ctx, "Preferences", "preferences", &prefs)
	calls += more
	if err != nil {
		return company, calls, err
	}
	in := &connectors.Reader{}
	company = convertCompany(in, &info, &prefs)
	company.ID = c.realm
	if in.Failed() {
		u := in.Unreadable()
		return company, calls, c.transport.Broken("read quickbooks:company", "%s: %s", u.Field, u.Problem)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.company = &company
	return company, calls, nil
}

// readSingle reads an entity of which a company has one.
func (c *Client) readSingle(ctx context.Context, entity, path string, into any) (calls int, err error) {
	op := "read quickbooks:" + entity
	answer, calls, err := c.read(ctx, op, path, nil)
	if err != nil {
		return calls, err
	}
	var envelope map[string]json.RawMessage
	if err := json.Unmarshal(answer.Body, &envelope); err != nil {
		return calls, c.transport.Broken(op, "%v", err)
	}
	if envelope[entity] == nil {
		return calls, c.faultInside(op, answer)
	}
	if err := json.Unmarshal(envelope[entity], into); err != nil {
		return calls, c.transport.Broken(op, "%v", err)
	}
	return calls, nil
}

// homeCurrencies are the home currencies of countries, for companies whose
// preferences name none because they have one currency only.
var homeCurrencies = map[string]string{"": "USD", "US": "USD", "USA": "USD", "CA": "CAD", "GB": "GBP", "UK": "GBP", "AU": "AUD"}

func convertCompany(in *connectors.Reader, info *companyInfo, prefs *preferences) reconcile.Company {
	c := reconcile.Company{System: reconcile.QuickBooks}
	c.Name = in.Text("name", info.Name)
	c.Country = in.Text("country", info.Country)
	c.TimeZone = in.Text("time_zone", info.TimeZone)
	if c.TimeZone == "" {
		c.TimeZone = "UTC"
	}
	c.Currency = in.Text("currency", prefs.Currency.Home.Value)
	if c.Currency == "" {
		c.Currency = homeCurrencies[c.Country]
	}
	c.MultiCurrency, _ = in.Bool("multi_currency", prefs.Currency.Multi)
	c.CustomNumbers, _ = in.Bool("custom_numbers", prefs.SalesForms.CustomNumbers)
	c.BooksClosed = in.Day("books_closed", prefs.Accounting.BookClose)
	return c
}
