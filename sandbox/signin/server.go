// Package signin is the sign-in that both simulators offer: an OAuth 2
// authorization server in memory, with a clock of its own, rotating refresh tokens
// and faults that strike the token endpoint.
//
// It knows what a token is worth and nothing of how a vendor writes it down: paths,
// credentials in header or body, and the bodies of answers and errors are the
// simulators'. Where vendors' documents leave open what becomes of a refresh token
// that was replaced, Options.Grace and Options.Rotation choose.
package signin

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Options say who may sign in and what becomes of tokens.
type Options struct {
	// ClientID and ClientSecret are the one app's.
	ClientID, ClientSecret string
	// Company is what the consent is given for, as the consent page names it.
	Company string
	// Consent says how it is given.
	Consent Consent
	// Terse lets a request for a consent leave out response_type and state.
	Terse bool
	// Withheld are scopes that the company does not have to give: a request that
	// asks for one among its optional scopes gets the others, one that cannot do
	// without it none.
	Withheld []string
	// Now is the server's clock; nil is time.Now.
	Now func() time.Time
	// Access and Refresh begin the tokens.
	Access, Refresh string
	// AccessLength is how many characters an access token has; 0 is 300.
	AccessLength int
	// AccessLife is how long an access token is good for. RefreshLife is how long
	// a refresh token is after it was last used, HardLife how long after the
	// consent whatever is done; 0 is for ever.
	AccessLife, RefreshLife, HardLife time.Duration
	// Rotation says when a refresh gives out another refresh token.
	Rotation Rotation
	// Grace is how long a refresh token that was replaced goes on working.
	Grace time.Duration
	// Fault is asked at every request to the token endpoint, by its number from 1
	// on; nil is no fault.
	Fault func(n int) Fault
}

// Consent is how a consent is given.
type Consent int

// By a button on a page, or at once, so that a script needs no browser.
const (
	ConsentPage Consent = iota
	ConsentAuto
)

// Rotation is when a refresh gives out another refresh token.
type Rotation int

// Each time, on the first refresh after a day, or never.
const (
	RotateAlways Rotation = iota
	RotateDaily
	RotateNever
)

// Fault is what strikes a request to the token endpoint.
type Fault int

// The faults. Those named after the answer carry the request out first.
const (
	NoFault          Fault = iota
	LostRequest            // the connection breaks before anything is done
	LostAnswer             // it breaks afterwards
	Throttled              // 429
	Unavailable            // 503, and nothing is done
	UnavailableAfter       // 503, and it was done
	CutAnswer              // 200 with half of the body
)

// A Refusal is an OAuth error code, such as invalid_grant.
type Refusal string

// The refusals (RFC 6749, section 5.2). A code that is not accepted is told from a
// refresh token, because HubSpot does.
const (
	InvalidRequest  Refusal = "invalid_request"
	InvalidClient   Refusal = "invalid_client"
	InvalidGrant    Refusal = "invalid_grant"
	InvalidCode     Refusal = "invalid_code"
	UnsupportedType Refusal = "unsupported_grant_type"
)

// Tokens are what a successful request to the token endpoint brings.
type Tokens struct {
	Access, Refresh string
	// Scopes are what the consent was given for.
	Scopes []string
	// ExpiresIn is the access token's life, RefreshIn the refresh token's if it is
	// not used, HardIn the time until the consent ends; 0 for ever.
	ExpiresIn, RefreshIn, HardIn time.Duration
}

// A grant is one consent.
type grant struct {
	given   time.Time
	scopes  []string
	revoked bool
	current *refresh
}

type refresh struct {
	value    string
	of       *grant
	issued   time.Time
	used     time.Time
	replaced time.Time // zero while it is the newest
}

type access struct {
	of      *grant
	expires time.Time
}

type code struct {
	redirect, challenge string
	scopes              []string
	expires             time.Time
}

// A Server is one authorization server. It is safe for concurrent use.
type Server struct {
	options Options

	mu        sync.Mutex
	serial    int
	issued    []string
	requests  int
	refreshes int
	codes     map[string]code
	refresh   map[string]*refresh
	access    map[string]access
}

// New returns a server.
func New(o Options) *Server {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Server{options: o, codes: map[string]code{}, refresh: map[string]*refresh{}, access: map[string]access{}}
}

// codeLife is short, as both vendors say without a figure.
const codeLife = time.Minute

// token makes a value that is unlike any other of this server, of a length at which
// tokens are seen: access tokens have several hundred bytes.
func (s *Server) token(prefix string, length int) string {
	s.serial++
	value := prefix
	for n := 0; len(value) < length; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d/%d", s.options.ClientSecret, prefix, s.serial, n))
		value += base64.RawURLEncoding.EncodeToString(sum[:])
	}
	s.issued = append(s.issued, value[:length])
	return value[:length]
}

// Issued returns every code and token that was ever given out.
func (s *Server) Issued() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.issued)
}

// authorize gives out a code for scopes.
func (s *Server) authorize(redirect, challenge string, scopes ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	value := s.token("code-", 40)
	s.codes[value] = code{redirect, challenge, scopes, s.options.Now().Add(codeLife)}
	return value
}

// exchange gives tokens for a code, once.
func (s *Server) exchange(value, redirect, verifier string) (Tokens, Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	c, known := s.codes[value]
	delete(s.codes, value)
	sum := sha256.Sum256([]byte(verifier))
	proved := c.challenge == "" || c.challenge == base64.RawURLEncoding.EncodeToString(sum[:])
	if !known || redirect != c.redirect || !proved || !now.Before(c.expires) {
		return Tokens{}, InvalidCode
	}
	g := &grant{given: now, scopes: c.scopes}
	s.renew(g, now)
	return s.issue(g, now), ""
}

// use gives tokens for a refresh token.
func (s *Server) use(value string) (Tokens, Refusal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	r := s.refresh[value]
	if !s.honours(r, now) {
		return Tokens{}, InvalidGrant
	}
	s.refreshes++
	g := r.of
	r.used, g.current.used = now, now
	switch s.options.Rotation {
	case RotateAlways:
		s.renew(g, now)
	case RotateDaily:
		if now.Sub(g.current.issued) >= 24*time.Hour {
			s.renew(g, now)
		}
	}
	return s.issue(g, now), ""
}

// honours reports whether a refresh token works.
func (s *Server) honours(r *refresh, now time.Time) bool {
	o := &s.options
	switch {
	case r == nil || r.of.revoked:
		return false
	case o.HardLife > 0 && now.Sub(r.of.given) >= o.HardLife:
		return false
	case o.RefreshLife > 0 && now.Sub(r.used) >= o.RefreshLife:
		return false
	}
	return r.replaced.IsZero() || now.Sub(r.replaced) < o.Grace
}

// renew replaces the refresh token of a grant.
func (s *Server) renew(g *grant, now time.Time) {
	if g.current != nil {
		g.current.replaced = now
	}
	g.current = &refresh{value: s.token(s.options.Refresh, 60), of: g, issued: now, used: now}
	s.refresh[g.current.value] = g.current
}

// issue gives out a new access token with the grant's newest refresh token.
func (s *Server) issue(g *grant, now time.Time) Tokens {
	t := Tokens{Access: s.token(s.options.Access, cmp.Or(s.options.AccessLength, 300)), Refresh: g.current.value, Scopes: g.scopes, ExpiresIn: s.options.AccessLife, RefreshIn: s.options.RefreshLife}
	s.access[t.Access] = access{g, now.Add(t.ExpiresIn)}
	if s.options.HardLife > 0 {
		t.HardIn = g.given.Add(s.options.HardLife).Sub(now)
	}
	return t
}

// Live reports whether an access token is good.
func (s *Server) Live(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.access[token]
	return known && !a.of.revoked && s.options.Now().Before(a.expires)
}

// Expire ends all access tokens at once, before their time.
func (s *Server) Expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	for token, a := range s.access {
		if now.Before(a.expires) {
			s.access[token] = access{a.of, now}
		}
	}
}

// Revoke ends the consent that a token came from. It reports whether the token is
// one.
func (s *Server) Revoke(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.refresh[token]; r != nil {
		r.of.revoked = true
		return true
	}
	a, known := s.access[token]
	if known {
		a.of.revoked = true
	}
	return known
}

// RevokeAll ends all consents, as a user does who uninstalls the app.
func (s *Server) RevokeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.refresh {
		r.of.revoked = true
	}
}

// Honours reports whether a refresh token would be accepted now.
func (s *Server) Honours(token string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.honours(s.refresh[token], s.options.Now())
}

// Refreshes is how many refreshes were carried out, their answers lost or not, and
// Requests how many requests came to the token endpoint.
func (s *Server) Refreshes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refreshes
}

// Requests: see Refreshes.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}
