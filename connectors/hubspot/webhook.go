package hubspot

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
)

// The headers of a signed message ("Validating requests" page).
const (
	signatureHeader = "X-Hubspot-Signature-V3" // as net/http spells it
	timestampHeader = "X-Hubspot-Request-Timestamp"
	// olderHeader carries version 1 or 2, which leave out the time, so that a message
	// could be sent again for ever.
	olderHeader = "X-Hubspot-Signature"
)

// signatureWindow is how far a message's time may be from ours, both ways: the page
// asks to refuse what is older than 300,000 ms.
const signatureWindow = 300_000 * time.Millisecond

// keptFor is how long a message is known again after its time: as long as it may be
// accepted by one server while another, which shares the store, forgets by its own clock,
// one of them slow and the other fast by as much as HubSpot's messages let them be.
const keptFor = 3 * signatureWindow

// A Webhook takes what HubSpot posts to an address.
type Webhook struct {
	Secret connectors.Secret // the app's client secret
	// URL is the address as HubSpot knows it. It is part of what is signed, and what
	// arrives here has been through a proxy.
	URL string
}

// Receive proves that a message comes from HubSpot now, and reads its events. Errors
// are connectors.ErrForged and connectors.ErrBroken, and never hold what was sent.
func (h Webhook) Receive(p connectors.Post) (connectors.Notice, error) {
	sent, signature, err := h.verify(p)
	if err != nil {
		return connectors.Notice{}, fmt.Errorf("hubspot webhook: %w", err)
	}
	key := sha256.Sum256(signature)
	n := connectors.Notice{Key: hex.EncodeToString(key[:]), Until: sent.Add(keptFor), Once: true}
	var events []json.RawMessage
	if err := json.Unmarshal(p.Body, &events); err != nil {
		return connectors.Notice{}, fmt.Errorf("hubspot webhook: no list of events: %w", connectors.ErrBroken)
	}
	for _, raw := range events {
		addHook(&n, raw)
	}
	return n, nil
}

// verify checks signature version 3: the HMAC of method, address, body and time.
func (h Webhook) verify(p connectors.Post) (sent time.Time, signature []byte, err error) {
	signatures, stamps := p.Header[signatureHeader], p.Header[timestampHeader]
	switch {
	case len(signatures) == 0 && len(p.Header[olderHeader]) > 0:
		return sent, nil, fmt.Errorf("%w: its signature is of version 1 or 2, only 3 is accepted", connectors.ErrForged)
	case len(signatures) != 1 || len(stamps) != 1:
		return sent, nil, fmt.Errorf("%w: %d signatures and %d times, want one of each", connectors.ErrForged, len(signatures), len(stamps))
	}
	given, err := base64.StdEncoding.DecodeString(signatures[0])
	if err != nil {
		return sent, nil, fmt.Errorf("%w: its signature is no base64", connectors.ErrForged)
	}
	mac := hmac.New(sha256.New, []byte(h.Secret.Reveal()))
	for _, part := range []string{p.Method, signedURL(h.URL), string(p.Body), stamps[0]} {
		mac.Write([]byte(part))
	}
	if !hmac.Equal(given, mac.Sum(nil)) {
		return sent, nil, fmt.Errorf("%w: the signature is not that of the client secret, the public address and the body", connectors.ErrForged)
	}
	ms, err := strconv.ParseInt(stamps[0], 10, 64)
	if err != nil {
		return sent, nil, fmt.Errorf("%w: its time is no number", connectors.ErrForged)
	}
	sent = time.UnixMilli(ms)
	if off := p.At.Sub(sent); off > signatureWindow || off < -signatureWindow {
		return sent, nil, fmt.Errorf("%w: it was signed %s from now", connectors.ErrForged, off.Round(time.Second))
	}
	return sent, given, nil
}

// decoded are the characters that HubSpot decodes in the address before it signs it
// ("Validating requests" page); the ? before a query is none of them.
var decoded = strings.NewReplacer(
	"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
	"%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";",
)

func signedURL(url string) string { return decoded.Replace(url) }
