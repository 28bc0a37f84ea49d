package connectors

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// A TokenSource gives the access token that requests are sent with. It is safe for
// concurrent use.
type TokenSource interface {
	// Token returns the access token of the moment, renewed if need be.
	Token(ctx context.Context) (Secret, error)
	// Renew is told that the vendor refused a token, in a way that may mean that it
	// has expired. It returns the token to send the request with once more, or ""
	// where there is no other and no reason to think that another would help.
	Renew(ctx context.Context, refused Secret) (Secret, error)
}

// Token returns the secret: as a TokenSource it is a token that never changes.
func (s Secret) Token(context.Context) (Secret, error) { return s, nil }

// Renew returns "": there is no other token.
func (s Secret) Renew(context.Context, Secret) (Secret, error) { return "", nil }

// checkSource refuses a source that can give nothing.
func checkSource(tokens TokenSource) error {
	if tokens == nil {
		return errors.New("no access token")
	}
	if s, static := tokens.(Secret); static {
		return s.check()
	}
	return nil
}

// recent is how many of the tokens last used are taken out of messages: answers to
// requests sent before a renewal may come after it.
const recent = 4

// A scrubber takes the tokens that were used out of what vendors say.
type scrubber struct {
	mu   sync.Mutex
	used []Secret
}

// uses remembers a token.
func (s *scrubber) uses(token Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.used, token) {
		s.used = append(s.used[max(len(s.used)-recent+1, 0):], token)
	}
}

// scrub makes a message fit for errors and logs: without the tokens, and clean.
func (s *scrubber) scrub(message string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, token := range s.used {
		message = token.hide(message)
	}
	return clean(message)
}
