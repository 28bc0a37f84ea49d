package connectors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// turning is a source with a new token at each renewal.
type turning struct {
	now     int
	renewed int
	fails   error
}

func (s *turning) token() Secret { return Secret(fmt.Sprintf("turning-token-%d", s.now)) }

func (s *turning) Token(context.Context) (Secret, error) { return s.token(), nil }

func (s *turning) Renew(_ context.Context, refused Secret) (Secret, error) {
	s.renewed++
	if s.fails != nil || refused != s.token() {
		return "", s.fails
	}
	s.now++
	return s.token(), nil
}

// A request is repeated with another token once, and only where the token may have
// expired; answers to it are scrubbed of both.
func TestRenewedOnce(t *testing.T) {
	vendor := plainVendor()
	plain := vendor.Refusal
	expired := true
	vendor.Refusal = func(status int, header http.Header, body []byte) Refusal {
		r := plain(status, header, body)
		r.Expired = expired && status == 401
		return r
	}
	for _, tt := range []struct {
		name           string
		expired        bool
		fails          error
		replies        []reply
		renewed, calls int
		want           error
	}{
		{"helps", true, nil, []reply{says(401, "C no"), says(200, wholeBody)}, 1, 2, nil},
		{"does not help", true, nil, []reply{says(401, "C no turning-token-0"), says(401, "C no turning-token-1")}, 1, 2, ErrDenied},
		{"cannot be had", true, ErrUnreachable, []reply{says(401, "C no")}, 1, 1, ErrUnreachable},
		{"is not what is wrong", false, nil, []reply{says(401, "C no")}, 0, 1, ErrDenied},
	} {
		expired = tt.expired
		source, s := &turning{fails: tt.fails}, &script{replies: tt.replies}
		transport, err := NewTransport(vendor, "https://api.example.com", source, Options{RoundTripper: s, Rate: Unpaced})
		if err != nil {
			t.Fatal(err)
		}
		_, calls, err := transport.Read(t.Context(), listing)
		if !errors.Is(err, tt.want) || source.renewed != tt.renewed || calls != tt.calls {
			t.Errorf("%s: %v after %d renewals and %d calls", tt.name, err, source.renewed, calls)
		}
		if err != nil && strings.Contains(err.Error(), "turning-") {
			t.Errorf("%s: shown in %v", tt.name, err)
		}
	}
}
