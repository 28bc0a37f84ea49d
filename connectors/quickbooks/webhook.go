package quickbooks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// signatureHeader carries the signature of a message (develop/webhooks, "validating
// the notification").
const signatureHeader = "Intuit-Signature" // as net/http spells it

// remembered is how long a message is known again. Nothing in it says when it was
// sent, and Intuit sends it until it is acknowledged, so that the same message is no
// forgery; events that are older are no hints any more.
const remembered = 31 * 24 * time.Hour

// A Webhook takes what Intuit posts for all companies of an app.
type Webhook struct {
	// Verifiers are the app's verifier token, and while it is replaced the one before.
	Verifiers []connectors.Secret
}

// Receive proves that a message comes from Intuit and reads its events. Errors are
// connectors.ErrForged and connectors.ErrBroken, and never hold what was sent.
func (h Webhook) Receive(p connectors.Post) (connectors.Notice, error) {
	if err := h.verify(p); err != nil {
		return connectors.Notice{}, fmt.Errorf("quickbooks webhook: %w", err)
	}
	key := sha256.Sum256(p.Body)
	n := connectors.Notice{Key: hex.EncodeToString(key[:]), Until: p.At.Add(remembered)}
	if err := addEvents(&n, p.Body); err != nil {
		return connectors.Notice{}, fmt.Errorf("quickbooks webhook: no list of events: %w", connectors.ErrBroken)
	}
	return n, nil
}

func (h Webhook) verify(p connectors.Post) error {
	signatures := p.Header[signatureHeader]
	if len(signatures) != 1 {
		return fmt.Errorf("%w: %d signatures, want one", connectors.ErrForged, len(signatures))
	}
	given, err := base64.StdEncoding.DecodeString(signatures[0])
	if err != nil {
		return fmt.Errorf("%w: its signature is no base64", connectors.ErrForged)
	}
	proven := slices.ContainsFunc(h.Verifiers, func(v connectors.Secret) bool {
		mac := hmac.New(sha256.New, []byte(v.Reveal()))
		mac.Write(p.Body)
		return hmac.Equal(given, mac.Sum(nil))
	})
	if !proven {
		return fmt.Errorf("%w: the signature is not that of the verifier token and the body", connectors.ErrForged)
	}
	return nil
}

// A cloudEvent is an event as Intuit sends them since 2026: CloudEvents 1.0.
type cloudEvent struct {
	Type  value `json:"type"` // such as qbo.invoice.updated.v1
	Time  value `json:"time"`
	ID    value `json:"intuitentityid"`
	Realm value `json:"intuitaccountid"`
}

// notifications are events as Intuit sent them until then.
type notifications struct {
	List *[]struct {
		Realm  value `json:"realmId"`
		Change struct {
			Entities []struct {
				Name    value `json:"name"`
				ID      value `json:"id"`
				Deleted value `json:"deletedId"` // of a merge: the id that is gone
				Updated value `json:"lastUpdated"`
			} `json:"entities"`
		} `json:"dataChangeEvent"`
	} `json:"eventNotifications"`
}

// addEvents reads either form. A message may be of several companies.
func addEvents(n *connectors.Notice, body []byte) error {
	body = bytes.TrimSpace(body)
	if bytes.HasPrefix(body, []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(body, &list); err != nil {
			return err
		}
		for _, raw := range list {
			addCloudEvent(n, raw)
		}
		return nil
	}
	var old notifications
	if err := json.Unmarshal(body, &old); err != nil {
		return err
	}
	if old.List == nil { // a single event, or nothing that is known
		addCloudEvent(n, body)
		return nil
	}
	for _, of := range *old.List {
		for _, c := range of.Change.Entities {
			e := event(of.Realm, c.Name.Plain(), c.Updated)
			n.Add(e, c.ID.Plain())
			if gone := c.Deleted.Plain(); gone != "" {
				n.Add(e, gone)
			}
		}
	}
	return nil
}

func addCloudEvent(n *connectors.Notice, raw json.RawMessage) {
	var c cloudEvent
	if err := json.Unmarshal(raw, &c); err != nil {
		n.Passed++
		return
	}
	words := strings.Split(c.Type.Plain(), ".")
	if len(words) < 3 || words[0] != "qbo" {
		n.Passed++
		return
	}
	n.Add(event(c.Realm, words[1], c.Time), c.ID.Plain())
}

// event is one of a company's, but for the id of its record. Payments are passed over:
// one changes when its invoice was last changed; tax codes are read by every pull.
func event(realm value, name string, at value) connectors.Event {
	e := connectors.Event{System: reconcile.QuickBooks, Company: realm.Plain()}
	switch strings.ToLower(name) {
	case "invoice":
		e.Object = reconcile.ObjectInvoices
	case "item":
		e.Object = reconcile.ObjectProducts
	case "customer":
		e.Object = reconcile.ObjectCustomers
	}
	in := &connectors.Reader{}
	e.At = in.Instant("time", at)
	return e
}
