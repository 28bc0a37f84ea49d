package connectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// Unpaced, as Options.Rate, sends requests as fast as they come: for
// simulators on the same machine, never for a vendor.
const Unpaced = -1

// Options are the limits of a Transport. A zero field is the vendor's default,
// so that a forgotten option never exceeds a vendor's quota.
type Options struct {
	// RoundTripper carries the requests; nil is an http.Transport of its own.
	RoundTripper http.RoundTripper
	// Rate is how many requests a second are sent at most, evenly spaced;
	// Unpaced for no limit, of the searches neither.
	Rate float64
	// InFlight bounds the requests under way at once, searches apart.
	InFlight int
	// Attempts is how often a request is sent before it has failed; default 5.
	Attempts int
	// Deadline bounds one attempt from its sending to the last byte of its
	// answer; default 125 s.
	Deadline time.Duration
	// Budget is how many requests a month may be sent; nil for as many as there are.
	Budget *Budget
}

// Margin is the part of a vendor's rate limit that is used. Evenly spaced requests
// were never refused by a server that counts in sliding windows; what is left is
// for some that arrive early or late, nearly three of 190 in a window.
const Margin = 0.985

const (
	// Intuit cuts a request off after 120 s (learn/rest-api-features,
	// "limits and throttles"); a little more lets its own answer arrive.
	defaultDeadline = 125 * time.Second
	defaultAttempts = 5
	// maxBody bounds an answer, decompressed. The largest that is asked for,
	// 1,000 QuickBooks invoices, has about 3 MiB.
	maxBody = 64 << 20
)

// A Vendor is what the transport has to know of the system it talks to.
type Vendor struct {
	System reconcile.System
	// Rate and InFlight are the defaults of the Options.
	Rate     float64
	InFlight int
	// Searches is the rate of the requests that the vendor counts apart from
	// all others; 0 where there are none.
	Searches float64
	// Limit reads from an answer the limit that the request counted against;
	// nil where the vendor tells none, as an answer may too.
	Limit func(http.Header) (Limit, bool)
	// Refusal reads an answer that is no success.
	Refusal func(status int, header http.Header, body []byte) Refusal
}

// A Refusal is what a vendor said of a request that it did not serve.
type Refusal struct {
	Code, Message, RequestID string
	// Kind is the kind of error; nil derives it from the status.
	Kind error
	// Wait is how long the vendor wants to be left alone, unless the answer says so
	// in Retry-After.
	Wait time.Duration
	// Expired says that the access token may have expired.
	Expired bool
	// Final says that waiting will not help, such as for a daily limit.
	Final bool
}

// A Transport sends one vendor's requests: evenly paced, a bounded number at
// once, each with a deadline, and again where the answer says that this may
// help. Every request it sends is a read, also those by POST (searches and
// batch reads), so that repeating one is always safe.
type Transport struct {
	vendor Vendor
	base   *url.URL
	client *http.Client
	// Methods of the token source and a pointer, so that printing a Transport
	// cannot show a token.
	token    func(context.Context) (Secret, error)
	renewed  func(context.Context, Secret) (Secret, error)
	scrubber *scrubber
	pacer    *pacer
	searches *pacer
	attempts int
	deadline time.Duration
	budget   *Budget
	dated    atomic.Pointer[time.Time]
}

// searchesInFlight is enough for five searches a second that take half a
// second each.
const searchesInFlight = 3

// NewTransport returns a transport for the API at base. All faults of its
// parameters are told at once.
func NewTransport(v Vendor, base string, tokens TokenSource, o Options) (*Transport, error) {
	u, err := checkBase(base)
	if err = errors.Join(err, checkSource(tokens)); err != nil {
		return nil, fmt.Errorf("%s connection: %w (see %s, %s)", v.System, err, setting(v.System, "URL"), setting(v.System, "TOKEN"))
	}
	t := &Transport{
		vendor:   v,
		base:     u,
		token:    tokens.Token,
		renewed:  tokens.Renew,
		scrubber: &scrubber{},
		attempts: orDefault(o.Attempts, defaultAttempts),
		deadline: orDefault(o.Deadline, defaultDeadline),
	}
	inFlight := orDefault(o.InFlight, max(v.InFlight, 1))
	t.pacer = newPacer(orDefault(o.Rate, v.Rate), inFlight)
	t.searches = t.pacer
	if v.Searches > 0 {
		perSecond := v.Searches
		if o.Rate < 0 {
			perSecond = Unpaced
		}
		t.searches = newPacer(perSecond, min(inFlight, searchesInFlight))
	}
	rt := o.RoundTripper
	if rt == nil {
		rt = newRoundTripper(inFlight + searchesInFlight)
	}
	if t.budget = o.Budget; t.budget != nil {
		rt = counted{rt, t.budget}
	}
	t.client = &http.Client{
		Transport:     rt,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return t, nil
}

func orDefault[T int | float64 | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// setting is the environment variable that a setting of a system comes from.
func setting(s reconcile.System, name string) string {
	return "TIEOUT_" + strings.ToUpper(string(s)) + "_" + name
}

// checkBase reads the address that paths are appended to.
func checkBase(base string) (*url.URL, error) {
	u, err := url.Parse(base)
	switch {
	case err != nil: // its text repeats the address, which may hold a password
		return nil, errors.New("the base URL cannot be read; want something like https://api.example.com")
	case u.User != nil:
		return nil, errors.New("the base URL holds credentials; want scheme, host and path only")
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "":
		return nil, fmt.Errorf("base URL %q: want http:// or https:// and a host", base)
	case u.RawQuery != "" || u.Fragment != "":
		return nil, fmt.Errorf("base URL %q: want scheme, host and path only", base)
	}
	u.Path = strings.TrimRight(u.Path, "/")
	return u, nil
}

// Dated is the vendor's clock as its last answer told it, to the second; zero before an
// answer that does.
func (t *Transport) Dated() time.Time {
	if at := t.dated.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// A Request is one read.
type Request struct {
	// Op names it in errors, such as "list hubspot:invoices".
	Op   string
	Path string
	// Query is sent percent-encoded, blanks too.
	Query url.Values
	// Body is sent by POST, as JSON; without one the request is a GET.
	Body []byte
	// Search says that it counts as one.
	Search bool
}

// An Answer is a success with a JSON object in its body.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// repeat sends a request until it succeeds or has failed for good. calls is how
// often it was sent.
func (t *Transport) repeat(ctx context.Context, r Request) (a Answer, calls int, err error) {
	for renewed := false; ; {
		var f *failure
		sent := false
		a, sent, f = t.attempt(ctx, r)
		if sent {
			calls++
		}
		if f == nil {
			return a, calls, nil
		}
		if f.expired != "" && !renewed {
			renewed = true // once: a token that was just given out and is refused has not expired
			if again, err := t.renew(ctx, r, f); err != nil || again {
				if err != nil {
					return Answer{}, calls, err
				}
				continue
			}
		}
		if !f.again || calls >= t.attempts {
			return Answer{}, calls, f.err
		}
		wait := max(f.wait, backoff(calls))
		if f.everybody {
			t.pace(r).hold(wait)
		}
		if err := sleep(ctx, wait); err != nil {
			return Answer{}, calls, fmt.Errorf("%s: %w", r.Op, err)
		}
	}
}

// renew gets another access token in the place of one that was refused, and reports
// whether there is one.
func (t *Transport) renew(ctx context.Context, r Request, f *failure) (again bool, err error) {
	token, err := t.renewed(ctx, f.expired)
	if err != nil {
		return false, fmt.Errorf("%s: %w", r.Op, err)
	}
	return token != "", nil
}

// pace is the pacer that a request goes by.
func (t *Transport) pace(r Request) *pacer {
	if r.Search {
		return t.searches
	}
	return t.pacer
}

// attempt sends a request once, when it is its turn.
func (t *Transport) attempt(ctx context.Context, r Request) (a Answer, sent bool, f *failure) {
	p := t.pace(r)
	if err := p.enter(ctx); err != nil {
		return Answer{}, false, &failure{err: fmt.Errorf("%s: %w", r.Op, err)}
	}
	defer p.leave()
	token, err := t.token(ctx)
	if err != nil {
		return Answer{}, false, &failure{err: fmt.Errorf("%s: %w", r.Op, err)}
	}
	t.scrubber.uses(token)
	a, f = t.send(ctx, r, token)
	return a, true, f
}

// request makes the HTTP request of r. It has no idempotency header, at which
// net/http would repeat requests unseen.
func (t *Transport) request(ctx context.Context, r Request, token Secret) (*http.Request, error) {
	u := *t.base
	u.Path += r.Path
	u.RawQuery = strings.ReplaceAll(r.Query.Encode(), "+", "%20")
	method := http.MethodGet
	if r.Body != nil {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Op, err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Tieout")
	if r.Body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

// Error makes an error of an answer that the caller could not use.
func (t *Transport) Error(op string, status int, r Refusal) *APIError {
	return &APIError{
		System: t.vendor.System, Op: op, Status: status,
		Code: t.scrubber.scrub(r.Code), Message: t.scrubber.scrub(r.Message), RequestID: t.scrubber.scrub(r.RequestID), Kind: r.Kind,
	}
}

// Broken makes an error of kind ErrBroken.
func (t *Transport) Broken(op, format string, args ...any) *APIError {
	return t.Error(op, 0, Refusal{Kind: ErrBroken, Message: fmt.Sprintf(format, args...)})
}
