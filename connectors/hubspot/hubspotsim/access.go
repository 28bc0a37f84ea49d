package hubspotsim

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// A caller is whom a request's bearer admits.
type caller struct {
	signedIn bool     // an app that people sign in to, not the one of the static token
	scopes   []string // what it may do; nil is everything
}

// callerKey is where a request's context has its caller.
type callerKey struct{}

// admits looks at a request's bearer: whom it admits, or why it is turned away.
func (p *Portal) admits(authorization string) (caller, *apiError) {
	scheme, bearer, _ := strings.Cut(authorization, " ")
	bearer = strings.TrimSpace(bearer)
	if !strings.EqualFold(scheme, "Bearer") || bearer == "" {
		return caller{}, errUnauthorized
	}
	if p.signIn != nil {
		switch token, known := p.signIn.Inspect(bearer); {
		case !known || token.Refresh:
		case token.Live:
			return caller{true, token.Scopes}, nil
		case !token.Revoked:
			return caller{}, expired(token.Expires, p.now())
		}
	}
	static := p.options.Open || subtle.ConstantTimeCompare([]byte(bearer), []byte(p.options.Token)) == 1
	switch {
	case static && !p.dead.Load():
		return caller{false, p.options.Scopes}, nil
	case p.options.MalformedExpired:
		return caller{}, expired(time.Unix(0, 0), p.now())
	}
	return caller{}, errUnauthorized
}

// expired is the refusal of an access token past its life. It tells how long, in the
// largest unit that fits, as callers report it.
func expired(at, now time.Time) *apiError {
	ago, unit := now.Sub(at), time.Second
	word := "second"
	for _, u := range []struct {
		word string
		unit time.Duration
	}{{"minute", time.Minute}, {"hour", time.Hour}, {"day", 24 * time.Hour}} {
		if ago >= 2*u.unit {
			word, unit = u.word, u.unit
		}
	}
	e := refusal(http.StatusUnauthorized, "EXPIRED_AUTHENTICATION",
		fmt.Sprintf("The OAuth token used to make this call expired %d %s(s) ago.", ago/unit, word))
	e.Context = map[string][]string{"expire time": {wire(at)}}
	return e
}

// missingScopes is the refusal of a call for which any one of some scopes is needed
// ("CRM objects" page; the inner text is third parties').
func missingScopes(required []string) *apiError {
	const page = "https://developers.hubspot.com/scopes"
	e := refusal(http.StatusForbidden, "MISSING_SCOPES",
		"This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "+page+".")
	e.Errors = []errorDetail{{Message: "One or more of the following scopes are required.", Context: map[string][]string{"requiredGranularScopes": required}}}
	e.Links = map[string]string{"scopes": page}
	return e
}

// allowed refuses a call that its token has no scope for.
func (c *call) allowed(e endpoint) error {
	who, _ := c.Context().Value(callerKey{}).(caller)
	required := c.required(e)
	if who.scopes == nil || len(required) == 0 || slices.ContainsFunc(who.scopes, func(s string) bool { return slices.Contains(required, s) }) {
		return nil
	}
	return missingScopes(required)
}

// required are the scopes of which a call needs one (specifications; for what
// properties of products and order-level objects take the mapping is inferred).
// None is needed for the account's details.
func (c *call) required(e endpoint) []string {
	read := func(o *object) string { return "crm.objects." + o.scope() + ".read" }
	write := func(o *object) string { return "crm.objects." + o.scope() + ".write" }
	kind, _, _ := strings.Cut(e.kind, ".")
	switch kind {
	case "", "search": // of the object in the path
		if e.writes {
			return append([]string{write(c.object)}, c.object.commerce()...)
		}
		return append([]string{read(c.object)}, c.object.commerce()...)
	case "associations":
		return []string{read(c.object), write(c.object), read(c.to), write(c.to)}
	case "properties", "property_groups":
		schema := "crm.schemas." + c.object.scope()
		switch {
		case !e.writes:
			return append([]string{read(c.object), write(c.object), schema + ".read"}, c.object.commerce()...)
		case c.object.schema():
			return []string{schema + ".write"}
		}
		return []string{"e-commerce"}
	case "tax_rates":
		return []string{"tax_rates.read", "crm.objects.quotes.read", "crm.objects.quotes.write", "cpq.quotes.read", "cpq.quotes.write"}
	}
	return nil
}

// scope is what an object is called in scopes: taxes, discounts and fees are under
// line items.
func (o *object) scope() string {
	switch o {
	case taxes, discounts, fees:
		return lineItems.name
	case payments:
		return "commercepayments"
	}
	return o.name
}

// commerce is the older scope that stands for those of some objects, not of taxes.
func (o *object) commerce() []string {
	switch o {
	case products, lineItems, discounts, fees:
		return []string{"e-commerce"}
	}
	return nil
}

// schema reports whether there is a scope for the object's properties.
func (o *object) schema() bool {
	switch o {
	case contacts, companies, invoices, payments:
		return true
	}
	return false
}
