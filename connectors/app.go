package connectors

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/tieout/tieout/reconcile"
)

// An Endpoint is where and how a vendor gives out tokens.
type Endpoint struct {
	// Authorize is where a person is sent to, Token where codes and refresh tokens
	// are taken, Revoke where a consent is ended, all in full. Introspect tells
	// whether an access token is good; empty where the vendor has none.
	Authorize, Token, Revoke, Introspect string
	// Scopes are asked for.
	Scopes []string
	// Style is how the app's id and secret are sent. It is never found out by
	// trying: a try with a refresh token may use it up.
	Style oauth2.AuthStyle
	// PKCE says that the vendor takes a code verifier (RFC 7636).
	PKCE bool
	// Header goes with every request to Token.
	Header http.Header
	// RevokeJSON says that Revoke takes JSON, not a form.
	RevokeJSON bool
}

// An App is Tieout as a vendor knows it.
type App struct {
	System   reconcile.System
	Endpoint Endpoint
	ID       string
	Secret   Secret
	// RoundTripper carries the requests; nil is an http.Transport of its own.
	RoundTripper http.RoundTripper
}

// Check refuses an app that is not set up.
func (a *App) Check() error {
	if a.ID == "" || a.Secret == "" {
		return fmt.Errorf("no app of %s is set up: set %s and %s to the id and secret of yours", a.System.Title(), setting(a.System, "CLIENT_ID"), setting(a.System, "CLIENT_SECRET"))
	}
	return nil
}

// tokenDeadline bounds one request for tokens. It is well below refreshLease, so that
// the right to ask does not run out while one asks.
const tokenDeadline = 15 * time.Second

// A granted is what a vendor gave out: a pair of tokens and how long they last.
type granted struct {
	access, refresh     Secret
	accessIn, refreshIn time.Duration
	hardIn              time.Duration // 0: the vendor told none
	company             string        // HubSpot's hub_id; "" elsewhere
	wait                time.Duration // beside an error: how long the vendor wants to be left alone
}

func (a *App) config(redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: a.ID, ClientSecret: a.Secret.Reveal(), RedirectURL: redirect, Scopes: a.Endpoint.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: a.Endpoint.Authorize, TokenURL: a.Endpoint.Token, AuthStyle: a.Endpoint.Style},
	}
}

// client returns an HTTP client that follows no redirects, for one with the app's
// secret would go to another host.
func (a *App) client() *http.Client {
	rt := a.RoundTripper
	if rt == nil {
		rt = newRoundTripper(1)
	}
	return &http.Client{
		Transport:     withHeader{rt, a.Endpoint.Header},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// withHeader adds a header to requests.
type withHeader struct {
	next   http.RoundTripper
	header http.Header
}

func (w withHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("Accept", "application/json")
	for name, values := range w.header {
		r.Header[name] = values
	}
	return w.next.RoundTrip(r)
}

// address is where a person gives the consent.
func (a *App) address(redirect, state, verifier string) string {
	var options []oauth2.AuthCodeOption
	if a.Endpoint.PKCE {
		options = append(options, oauth2.S256ChallengeOption(verifier))
	}
	return a.config(redirect).AuthCodeURL(state, options...)
}

// exchange takes tokens for a code.
func (a *App) exchange(ctx context.Context, code, redirect, verifier string) (granted, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, a.client()), tokenDeadline)
	defer cancel()
	var options []oauth2.AuthCodeOption
	if a.Endpoint.PKCE {
		options = append(options, oauth2.VerifierOption(verifier))
	}
	t, err := a.config(redirect).Exchange(ctx, code, options...)
	if err != nil {
		return granted{}, a.fault("sign in to "+string(a.System), err, Secret(code))
	}
	if t.RefreshToken == "" {
		return granted{}, &APIError{System: a.System, Op: "sign in to " + string(a.System), Kind: ErrBroken, Message: "no refresh token"}
	}
	return grantedOf(t), nil
}

// use takes tokens for a refresh token, by one request.
func (a *App) use(ctx context.Context, refresh Secret) (granted, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, a.client()), tokenDeadline)
	defer cancel()
	t, err := a.config("").TokenSource(ctx, &oauth2.Token{RefreshToken: refresh.Reveal()}).Token()
	if err != nil {
		return granted{wait: waitOf(err)}, a.fault("refresh "+string(a.System)+":token", err, refresh)
	}
	return grantedOf(t), nil
}

func grantedOf(t *oauth2.Token) granted {
	seconds := func(name string) time.Duration {
		n, _ := t.Extra(name).(float64) // what is not a number was not told
		return lifeOf(n)
	}
	g := granted{
		access: Secret(t.AccessToken), refresh: Secret(t.RefreshToken), accessIn: lifeOf(float64(t.ExpiresIn)),
		refreshIn: seconds("x_refresh_token_expires_in"), hardIn: seconds("x_refresh_token_hard_expires_in"),
	}
	if id, ok := t.Extra("hub_id").(float64); ok {
		g.company = fmt.Sprintf("%.0f", id)
	}
	if g.accessIn == 0 { // RFC 6749 leaves it out where it is known otherwise; here it is not
		g.accessIn = unknownLife
	}
	return g
}

// lifeOf is a life of so many seconds; one below zero was not told, and one beyond a
// century is no more than that.
func lifeOf(seconds float64) time.Duration {
	const century = 100 * 365 * 24 * 3600
	return time.Duration(max(min(seconds, century), 0)) * time.Second
}

// unknownLife is how long an access token is taken for good whose life the vendor did
// not tell.
const unknownLife = 10 * time.Minute

// fault makes an error of a request for tokens that brought none. It repeats nothing
// of the answer's body but code and description.
func (a *App) fault(op string, err error, secrets ...Secret) *APIError {
	e := &APIError{System: a.System, Op: op, Kind: ErrUnreachable}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		e.Message = "no answer that can be read: " + clean(reason(err))
		return e
	}
	message := refused.ErrorDescription
	for _, s := range append(secrets, a.Secret) {
		message = s.hide(message)
	}
	e.Status, e.Code, e.Message = refused.Response.StatusCode, clean(refused.ErrorCode), clean(message)
	switch {
	case e.Status == http.StatusTooManyRequests:
		e.Kind = ErrThrottled
	case e.Status >= 500 || e.Status < 400 && e.Code == "":
		e.Kind = ErrBroken
	default:
		e.Kind = ErrDenied
	}
	if e.Code == "invalid_client" {
		e.Message = "check " + setting(a.System, "CLIENT_ID") + " and " + setting(a.System, "CLIENT_SECRET")
	}
	return e
}

// waitOf is how long a refusal asks to wait.
func waitOf(err error) time.Duration {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return 0
	}
	wait, _ := retryAfter(refused.Response.Header.Get("Retry-After"), time.Now())
	return wait
}

// refusedGrant reports whether the vendor does not accept the refresh token or code
// any more (RFC 6749, section 5.2). With a status that means an outage it says nothing.
func refusedGrant(err error) bool {
	var e *APIError
	return errors.As(err, &e) && e.Code == "invalid_grant" && errors.Is(err, ErrDenied)
}

// unclear reports whether a request for tokens may have been carried out although no
// tokens came: only a refusal in so many words says that it was not.
func unclear(err error) bool { return err != nil && !errors.Is(err, ErrDenied) }

// maxTokenAnswer bounds what is read of an answer about a token.
const maxTokenAnswer = 1 << 20

// ask sends a request about a token and returns the answer's body.
func (a *App) ask(ctx context.Context, op, address, contentType string, body []byte, basic bool) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, tokenDeadline)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", op, err)
	}
	req.Header.Set("Content-Type", contentType)
	if basic {
		req.SetBasicAuth(a.ID, a.Secret.Reveal())
	}
	resp, err := a.client().Do(req)
	if err != nil {
		return nil, &APIError{System: a.System, Op: op, Kind: ErrUnreachable, Message: "no answer: " + clean(reason(err))}
	}
	defer resp.Body.Close() // read, or given up
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenAnswer))
	switch {
	case resp.StatusCode >= 300:
		return nil, &APIError{System: a.System, Op: op, Status: resp.StatusCode, Kind: kindOf(resp.StatusCode)}
	case err != nil:
		return nil, &APIError{System: a.System, Op: op, Kind: ErrBroken, Message: "cut off"}
	}
	return answer, nil
}

// form is what the token's endpoints take in a body, the app's id and secret with it.
func (a *App) form(token Secret, hint string) []byte {
	return []byte(url.Values{"client_id": {a.ID}, "client_secret": {a.Secret.Reveal()}, "token": {token.Reveal()}, "token_type_hint": {hint}}.Encode())
}

const formType = "application/x-www-form-urlencoded"

// introspect asks whether an access token is good (RFC 7662).
func (a *App) introspect(ctx context.Context, access Secret) (active bool, err error) {
	op := "introspect " + string(a.System) + ":token"
	answer, err := a.ask(ctx, op, a.Endpoint.Introspect, formType, a.form(access, "access_token"), false)
	if err != nil {
		return false, err
	}
	var told struct {
		Active *bool `json:"active"`
	}
	if err := json.Unmarshal(answer, &told); err != nil || told.Active == nil {
		return false, &APIError{System: a.System, Op: op, Kind: ErrBroken, Message: "it does not say whether the token is active"}
	}
	return *told.Active, nil
}

// revoke ends the consent that a refresh token came from.
func (a *App) revoke(ctx context.Context, refresh Secret) error {
	op := "revoke " + string(a.System) + ":token"
	if !a.Endpoint.RevokeJSON {
		_, err := a.ask(ctx, op, a.Endpoint.Revoke, formType, a.form(refresh, "refresh_token"), false)
		return err
	}
	body, err := json.Marshal(map[string]string{"token": refresh.Reveal()})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	_, err = a.ask(ctx, op, a.Endpoint.Revoke, "application/json", body, true)
	return err
}
