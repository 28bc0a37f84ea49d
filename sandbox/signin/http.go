package signin

import (
	"crypto/subtle"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

var page = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Connect an app</title>
<h1>Connect {{.Client}} to {{.Company}}?</h1>
<p>It asks for: {{.Scope}}</p>
<form method="post"><button name="answer" value="allow">Connect</button> <button name="answer" value="deny">Cancel</button></form>
</html>
`))

// Authorize serves the address to which a person is sent: a page with a button, and
// the redirect that follows it. add is what the vendor adds to the redirect.
func (s *Server) Authorize(w http.ResponseWriter, r *http.Request, add url.Values) {
	query := r.URL.Query()
	back, err := url.Parse(query.Get("redirect_uri"))
	switch {
	case query.Get("client_id") != s.options.ClientID:
		http.Error(w, "no such app", http.StatusBadRequest)
		return
	case err != nil || !redirects(back):
		http.Error(w, "redirect_uri is not allowed", http.StatusBadRequest)
		return
	case !s.complete(query):
		http.Error(w, "want response_type=code, scope and state", http.StatusBadRequest)
		return
	case query.Has("code_challenge") && query.Get("code_challenge_method") != "S256":
		http.Error(w, "want code_challenge_method=S256", http.StatusBadRequest)
		return
	}
	scopes, ok := s.scopes(query)
	if !ok {
		http.Error(w, "the company cannot give a scope that is required", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodPost && s.options.Consent == ConsentPage {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]string{"Client": query.Get("client_id"), "Company": s.options.Company, "Scope": strings.Join(scopes, " ")}) // the caller has gone
		return
	}
	answer := url.Values{}
	if query.Has("state") {
		answer.Set("state", query.Get("state"))
	}
	if r.PostFormValue("answer") == "deny" {
		answer.Set("error", "access_denied")
	} else {
		answer.Set("code", s.authorize(query.Get("redirect_uri"), query.Get("code_challenge"), scopes...))
		for name, values := range add {
			answer[name] = values
		}
	}
	back.RawQuery = answer.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound) //nolint:gosec // where to is the protocol's business; see redirects
}

// complete reports whether a request for a consent says all that it must.
func (s *Server) complete(query url.Values) bool {
	kind := query.Get("response_type")
	if s.options.Terse && kind == "" {
		kind = "code"
	}
	return kind == "code" && query.Get("scope") != "" && (s.options.Terse || query.Get("state") != "")
}

// scopes are those that a consent gives, sorted: all that are asked for, of the
// optional ones those that the company has. It has none to give for a request that
// cannot do without one that it does not have.
func (s *Server) scopes(query url.Values) (given []string, ok bool) {
	withheld := func(scope string) bool { return slices.Contains(s.options.Withheld, scope) }
	given = strings.Fields(query.Get("scope"))
	if slices.ContainsFunc(given, withheld) {
		return nil, false
	}
	given = append(given, slices.DeleteFunc(strings.Fields(query.Get("optional_scope")), withheld)...)
	slices.Sort(given)
	return slices.Compact(given), true
}

// redirects reports whether an address may be redirected to: https anywhere, plain
// HTTP on this machine, as both vendors allow for development.
func redirects(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || (u.Scheme == "http" && (u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())))
}

// A Shape is how a vendor writes answers down.
type Shape struct {
	Success func(Tokens) any
	Failure func(Refusal) (status int, body any)
}

// Token serves the token endpoint, for an app that gave its id and secret.
func (s *Server) Token(w http.ResponseWriter, form url.Values, id, secret string, shape Shape) {
	s.mu.Lock()
	s.requests++
	n := s.requests
	s.mu.Unlock()
	fault := NoFault
	if s.options.Fault != nil {
		fault = s.options.Fault(n)
	}
	switch fault {
	case LostRequest:
		panic(http.ErrAbortHandler)
	case Throttled:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		return
	case Unavailable:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	tokens, refused := s.give(form, id, secret)
	switch fault {
	case LostAnswer:
		panic(http.ErrAbortHandler)
	case UnavailableAfter:
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	status, body := http.StatusOK, any(nil)
	if refused == "" {
		body = shape.Success(tokens)
	} else {
		status, body = shape.Failure(refused)
	}
	Write(w, status, body, fault == CutAnswer)
}

func (s *Server) give(form url.Values, id, secret string) (Tokens, Refusal) {
	if !s.App(id, secret) {
		return Tokens{}, InvalidClient
	}
	switch form.Get("grant_type") {
	case "authorization_code":
		return s.exchange(form.Get("code"), form.Get("redirect_uri"), form.Get("code_verifier"))
	case "refresh_token":
		return s.use(form.Get("refresh_token"))
	case "":
		return Tokens{}, InvalidRequest
	}
	return Tokens{}, UnsupportedType
}

// App reports whether an id and secret are the app's.
func (s *Server) App(id, secret string) bool {
	return subtle.ConstantTimeCompare([]byte(id+"\n"+secret), []byte(s.options.ClientID+"\n"+s.options.ClientSecret)) == 1
}

// Write writes a JSON answer, or half of it.
func Write(w http.ResponseWriter, status int, body any, cut bool) {
	raw, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(raw)))
	w.WriteHeader(status)
	if cut {
		raw = raw[:len(raw)/2]
	}
	_, _ = w.Write(raw) // the caller has gone
	if cut {
		_ = http.NewResponseController(w).Flush() // or what was written would be dropped with the connection
		panic(http.ErrAbortHandler)
	}
}
