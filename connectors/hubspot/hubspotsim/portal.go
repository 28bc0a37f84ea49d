// Package hubspotsim is a HubSpot portal made from a dataset directory: an
// http.Handler that answers HubSpot's API as HubSpot documents it: objects,
// associations, properties, tax rates, the account, sign-in, limits and webhooks.
//
// It has a truth of its own. It imports nothing of Tieout's but the dataset
// reader, does its own arithmetic and knows nothing of the connector that is
// tested with it, so that the two cannot agree on the same mistake. Where
// HubSpot's documents are silent or contradict each other the behaviour is a
// field of Options, and its comment names the alternatives; everything else
// follows the pages named beside it. What a dataset record says is served as
// it is, with the members that HubSpot always sends filled in where the record
// lacks them:
//
//	dataset lines -> tables (sorted by id) and links (both directions) -> answers
//
// What a Portal serves is changed by the API, and, as people change it, by its
// methods Create, Update, Archive, Associate and Dissociate. Every change is a session:
//
//	checks -> records and ties -> derived amounts -> history, search, log, events
//
// Each answer is what the portal has at one instant, and any number of requests and
// changes may be under way at once.
package hubspotsim

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/control"
	"github.com/tieout/tieout/sandbox/hooks"
	"github.com/tieout/tieout/sandbox/signin"
)

// Options choose who may call a Portal and how it behaves where HubSpot's own
// documents leave it open. The zero value admits nobody and otherwise behaves
// as the better evidence says.
type Options struct {
	// Token is the accepted bearer, such as a service key. Empty accepts none.
	Token string
	// Open accepts any bearer that is not empty.
	Open bool
	// Scopes are what Token, and any bearer of an open portal, may do; nil is
	// everything. What a sign-in's tokens may do is what was consented to.
	Scopes []string
	// MalformedExpired has a bearer that is none answered as one that expired in
	// 1970, as some callers report. Otherwise it is INVALID_AUTHENTICATION.
	MalformedExpired bool
	// Now is the portal's clock; nil is time.Now.
	Now func() time.Time
	// OAuth makes the portal offer a sign-in, whose access tokens are accepted beside
	// Token; nil offers none.
	OAuth *OAuth
	// Webhooks has an app told of changes; nil tells nobody.
	Webhooks *Webhooks
	// Latency is waited for, in real time, before every answer.
	Latency time.Duration

	// Quota is how many requests are served in any 10 s, for each of two apps: that
	// of the token and that of the sign-in. It is 190 of a private app, 110 of an
	// OAuth app, 100 of a small portal; 0 for no limit. With it searches, which are outside of it, have their own
	// limit of 5 in any second. What is refused counts against neither: HubSpot
	// does not say.
	Quota int
	// Daily is how many requests are served from midnight to midnight in the
	// portal's zone, searches included; 0 for no limit.
	Daily int
	// NoDailyHeaders leaves the daily limit out of the headers of all answers, not
	// only of those to the app of the sign-in.
	NoDailyHeaders bool
	// RateLimitCategory has 429 say category RATE_LIMITS, as some callers report,
	// instead of errorType RATE_LIMIT ("API usage guidelines", quoted).
	RateLimitCategory bool

	// IndexLag is how long the search goes on seeing what was before a write,
	// by the instant of the write; nil is not at all. HubSpot says "a few
	// moments" ("Search the CRM" page). A write that is seen before an earlier one
	// of the same record replaces it.
	IndexLag func(written time.Time) time.Duration
	// LineBumpsInvoice has an edited line item change its invoice's last change,
	// also where no amount follows. Whether HubSpot does is not documented;
	// otherwise it does not.
	LineBumpsInvoice bool

	// Unique names, by plural object name, the custom properties that were
	// created with hasUniqueValue and so may serve as idProperty. E-mail of
	// contacts and hs_object_id always may.
	Unique map[string][]string
	// UniqueCase has unique values of custom properties differ by case and outer
	// spaces. Otherwise they do not, as with e-mail addresses, which never do; the
	// rule is not documented.
	UniqueCase bool

	// ClampLimit cuts a limit above the maximum down to it. Otherwise it is
	// refused with 400 VALIDATION_ERROR.
	ClampLimit bool
	// OmitEmpty leaves requested properties without a value out of an answer
	// (the "CRM objects" page). Otherwise they are null (the "Line items" and
	// "Contacts" pages).
	OmitEmpty bool
	// SilentMissing has a batch read say nothing of the records that it did not find.
	// Otherwise one error has all their ids, as callers remember it; the specification
	// has no more than the status for it.
	SilentMissing bool
	// ToObjectID is the form of toObjectId in association answers.
	ToObjectID IDForm
	// Partial is the status of a batch answer that carries errors.
	Partial PartialForm
	// ReportNoAssociations adds an error NO_ASSOCIATIONS_FOUND for every
	// record of an association batch read that has none. Otherwise such
	// records are only missing from the results.
	ReportNoAssociations bool
	// LegacyAssociationList answers the dated single-record association list
	// as {id, type} (the "Invoices" page) instead of the shape of v4 (the
	// 2026-03 specification).
	LegacyAssociationList bool
	// SharedLineItems lets a line item, and a discount, fee or tax, belong to several
	// invoices. Otherwise the API refuses the second ("Line items" page: exactly one
	// parent, "Taxes" page: one to one; whether and how it is refused is not
	// documented, and the first tells of items that are shared).
	SharedLineItems bool
	// InlineLabels lists a neighbour of an inline association once for every type
	// between contact and company, the unlabelled one as contact_to_company_unlabeled,
	// as callers remember it. Otherwise it is listed once.
	InlineLabels bool
	// UnderscoreKeys names inline associations to line items "line_items".
	// Otherwise the key is "line items", with a space.
	UnderscoreKeys bool

	// Writing is how what is written is taken.
	Writing Writing
}

// IDForm is the JSON form of an id in association answers.
type IDForm int

// The "Associations" page shows toObjectId as a number, the specifications of
// the dated versions type it as a string.
const (
	IDByVersion IDForm = iota // number on v4, string on dated versions
	IDNumber
	IDString
)

// PartialForm is the HTTP status of a batch answer that carries errors.
type PartialForm int

// The specifications of v3 and 2026-03 list 207, the one of 2026-09 does not
// and has numErrors in its normal answer.
const (
	PartialByVersion PartialForm = iota // 207 before 2026-09, then 200
	Partial207
	Partial200
)

// A Portal is one simulated HubSpot account. It implements http.Handler.
type Portal struct {
	options Options
	now     func() time.Time
	mux     *http.ServeMux
	data    sync.RWMutex // of tables and links
	tables  map[*object]*table
	links   links
	rates   []taxRate
	account account
	meter   *meter
	signIn  *signin.Server
	control *control.Control
	dead    atomic.Bool // the static token

	webhooks *hooks.Sender // nil: nobody is told of changes

	mu       sync.Mutex
	requests map[string]int
	sequence uint64
}

// New loads the HubSpot side of a dataset. A record without an id, with an id
// that another record of its file has, or with a value HubSpot could not send
// is an error that names file and line; a missing file is an empty list.
func New(ds *sandbox.Dataset, o Options) (*Portal, error) {
	p := &Portal{options: o, now: o.Now, meter: newMeter(o), requests: map[string]int{}}
	if p.now == nil {
		p.now = time.Now
	}
	if err := p.load(ds); err != nil {
		return nil, fmt.Errorf("load hubspot dataset: %w", err)
	}
	p.signIn, p.webhooks = p.newOAuth(o.OAuth), p.newWebhooks(o.Webhooks)
	p.routes()
	p.control = control.New(control.Vendor{Serve: p.serve, Refuse: p.refuseAs, Check: checkCode, Kill: p.kill, Revive: p.revive, Requests: p.Requests})
	return p, nil
}

// Control has the portal fail on command, and tells what was written.
func (p *Portal) Control() *control.Control { return p.control }

// Requests tells how many requests of each kind were admitted so far, whatever was
// answered: of objects such as "invoices.list", "invoices.get",
// "line_items.batch_read" and "contacts.create", "search" (of any object, as HubSpot's
// search limit counts), "associations." with list, labels, create, delete and the same
// of batches, "properties" and "property_groups" alone for reads, "tax_rates",
// "account", and "oauth." with what was asked; "forbidden" for want of a scope, and
// "unauthorized" and "unknown" for those that were turned away for their bearer or
// found no route.
func (p *Portal) Requests() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.requests)
}

// ServeHTTP answers one API call, or one of Control.
func (p *Portal) ServeHTTP(w http.ResponseWriter, r *http.Request) { p.control.ServeHTTP(w, r) }

func (p *Portal) serve(w http.ResponseWriter, r *http.Request) {
	if len(r.URL.RequestURI()) > maxURL {
		p.count("unknown")
		p.refuse(w, errTooLong)
		return
	}
	if p.signs(w, r) {
		return
	}
	who, refused := p.admits(r.Header.Get("Authorization"))
	policy := ""
	if refused == nil {
		policy = p.meters(w, r, who) // when it arrives, not when it is answered
	}
	if !control.Wait(r.Context(), p.options.Latency) {
		return // the caller has gone
	}
	if policy != "" {
		p.limited(w, policy)
		return
	}
	if refused != nil {
		p.count("unauthorized")
		p.refuse(w, refused)
		return
	}
	p.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, who)))
}

func (p *Portal) count(kind string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests[kind]++
}

// correlationID is unlike any other of this portal and the same again in a
// repeated test.
func (p *Portal) correlationID() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sequence++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", p.sequence)
}
