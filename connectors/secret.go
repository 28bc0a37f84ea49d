package connectors

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"unicode"
)

// A Secret is a token or key. However it is printed, logged or marshalled it
// shows as ***; only Reveal returns it.
type Secret string

const hidden = "***"

// Reveal returns the secret itself, for the header that carries it.
func (s Secret) Reveal() string { return string(s) }

// String returns ***.
func (s Secret) String() string { return hidden }

// GoString returns ***.
func (s Secret) GoString() string { return hidden }

// Format writes *** for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, hidden) }

// MarshalText returns ***, which JSON and YAML use.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// check refuses a token that no vendor could have given out, such as one read
// from a file together with its line end.
func (s Secret) check() error {
	if s == "" {
		return errors.New("no access token")
	}
	bad := func(r rune) bool { return r <= ' ' || r >= 0x7f }
	if strings.ContainsFunc(string(s), bad) {
		return errors.New("the access token has blanks or control characters in it")
	}
	return nil
}

// minPrefix is the shortest beginning of a token that is taken out of a
// message: Intuit's 401 quotes the token's beginning.
const minPrefix = 6

// maxMessage bounds what is repeated of a vendor's message.
const maxMessage = 300

// hide takes the secret, and beginnings of it, out of a message.
func (s Secret) hide(message string) string {
	for cut := len(s); cut >= minPrefix; cut-- {
		message = strings.ReplaceAll(message, string(s[:cut]), hidden)
	}
	return message
}

// clean makes a vendor's message fit for errors and logs: without e-mail addresses,
// in one line, without what would command a terminal, cut to length.
func clean(message string) string {
	words := strings.FieldsFunc(message, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	for n, w := range words {
		if strings.Contains(w, "@") {
			words[n] = hidden
		}
	}
	message = strings.ToValidUTF8(strings.Join(words, " "), "?")
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "") + "…"
	}
	return message
}
