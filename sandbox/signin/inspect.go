package signin

import "time"

// A Token is what the server knows of a token that it gave out.
type Token struct {
	Refresh bool // not an access token
	Live    bool // it is good now
	Revoked bool // its consent has ended
	Scopes  []string
	Expires time.Time // of an access token
}

// Inspect tells of a token; false is one that the server does not know.
func (s *Server) Inspect(token string) (Token, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	if r := s.refresh[token]; r != nil {
		return Token{Refresh: true, Live: s.honours(r, now), Revoked: r.of.revoked, Scopes: r.of.scopes}, true
	}
	a, known := s.access[token]
	if !known {
		return Token{}, false
	}
	return Token{Live: !a.of.revoked && now.Before(a.expires), Revoked: a.of.revoked, Scopes: a.of.scopes, Expires: a.expires}, true
}
