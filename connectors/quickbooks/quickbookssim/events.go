package quickbookssim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tieout/tieout/sandbox/hooks"
)

// An event is what happened to one entity, as a webhook tells it.
type event struct {
	entity, id string
	operation  string // "Create", "Update", "Delete", "Void", "Emailed", "Merge"
	at         time.Time
}

// Webhooks are whom an app has told of changes (develop/webhooks). Companies whose
// Options have the same Webhooks are companies of one app: one POST may tell of all
// of them.
type Webhooks struct {
	// URL is posted to, with an HMAC under the app's Verifier token in the header
	// intuit-signature.
	URL, Verifier string
	// CloudEvents posts in the format to which Intuit moved in 2026, a bare list of
	// CloudEvents 1.0, instead of eventNotifications.
	CloudEvents bool
	// Client is what posts; nil is http.DefaultClient.
	Client *http.Client
	// Twice and Reversed: no order is promised, nor that a POST comes once.
	Twice, Reversed bool

	start  sync.Once
	sender *hooks.Sender
}

// webhookWaits are the pauses between attempts; the last one is kept for ever (best
// practices of develop/webhooks, policy of February 2026).
var webhookWaits = []time.Duration{
	10 * time.Second, 20 * time.Second, 30 * time.Second, 5 * time.Minute, 20 * time.Minute, 2 * time.Hour, 4 * time.Hour, 6 * time.Hour,
}

// webhookTimeout is how soon an answer has to come (same page). webhookEvents is how
// many events a POST holds at most, which is not documented.
const (
	webhookTimeout = 3 * time.Second
	webhookEvents  = 100
)

// noWebhooks are the entities that no webhook tells of (develop/webhooks/
// entities-and-operations-supported).
var noWebhooks = []string{"TaxCode", "TaxRate", "CompanyInfo"}

// posting starts what sends, by the clock of the first company.
func (h *Webhooks) posting(now func() time.Time) *hooks.Sender {
	h.start.Do(func() {
		encode := encodeNotifications
		if h.CloudEvents {
			encode = encodeCloudEvents
		}
		h.sender = hooks.New(hooks.Options{
			URL: h.URL, Client: h.Client, Now: now, Most: webhookEvents, Timeout: webhookTimeout, Waits: webhookWaits, Forever: true, HoldBack: true,
			Encode: encode, Sign: h.sign, Twice: h.Twice, Reversed: h.Reversed,
		})
	})
	return h.sender
}

func (h *Webhooks) sign(r *http.Request, body []byte, _ time.Time) {
	sum := hmac.New(sha256.New, []byte(h.Verifier))
	sum.Write(body)
	r.Header.Set("intuit-signature", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
}

// Webhooks sends what the company's app is told of, when it is told to Deliver; nil
// without Options.Webhooks.
func (c *Company) Webhooks() *hooks.Sender { return c.webhooks }

// A notice is an event on its way, the same at every attempt.
type notice struct {
	event
	realm string
	nth   uint64
}

// changed is told of every change, in the order in which they took effect and
// while the books are locked.
func (c *Company) changed(e event) {
	if c.webhooks != nil && !slices.Contains(noWebhooks, e.entity) {
		c.webhooks.Add(notice{e, c.options.Realm, c.serial.Add(1)})
	}
}

// The older format: {"eventNotifications":[{"realmId":…,"dataChangeEvent":{"entities":[…]}}]}.
type (
	notification struct {
		Realm   string `json:"realmId"`
		Changes struct {
			Entities []changedEntity `json:"entities"`
		} `json:"dataChangeEvent"`
	}
	changedEntity struct {
		Name        string `json:"name"`
		ID          string `json:"id"`
		Operation   string `json:"operation"`
		LastUpdated string `json:"lastUpdated"`
	}
)

func encodeNotifications(events []any, _ int) ([]byte, error) {
	var body struct {
		Notifications []notification `json:"eventNotifications"`
	}
	for _, e := range events {
		n := e.(notice) // nothing else is added
		at := slices.IndexFunc(body.Notifications, func(of notification) bool { return of.Realm == n.realm })
		if at < 0 {
			at = len(body.Notifications)
			body.Notifications = append(body.Notifications, notification{Realm: n.realm})
		}
		into := &body.Notifications[at].Changes
		into.Entities = append(into.Entities, changedEntity{n.entity, n.id, n.operation, n.at.UTC().Format("2006-01-02T15:04:05.000Z")})
	}
	return json.Marshal(body)
}

type cloudEvent struct {
	Version string `json:"specversion"`
	ID      string `json:"id"`
	Source  string `json:"source"`
	Type    string `json:"type"` // qbo.invoice.created.v1
	Time    string `json:"time"`
	Entity  string `json:"intuitentityid"`
	Realm   string `json:"intuitaccountid"`
	Data    struct {
		Others []alternativeID `json:"alternative_ids"`
	} `json:"data"`
}

type alternativeID struct {
	ID        string `json:"id"`
	Namespace string `json:"namespace"`
}

// pastTense is what CloudEvents call an operation.
var pastTense = map[string]string{
	"Create": "created", "Update": "updated", "Delete": "deleted", "Merge": "merged", "Void": "voided", "Emailed": "emailed",
}

func encodeCloudEvents(events []any, _ int) ([]byte, error) {
	list := make([]cloudEvent, len(events))
	for i, e := range events {
		n := e.(notice) // nothing else is added
		realm, event := sha256.Sum256([]byte(n.realm)), sha256.Sum256(fmt.Appendf(nil, "%s %d", n.realm, n.nth))
		list[i] = cloudEvent{
			Version: "1.0", Source: "intuit." + base64.URLEncoding.EncodeToString(realm[:]),
			ID:   fmt.Sprintf("%x-%x-%x-%x-%x", event[:4], event[4:6], event[6:8], event[8:10], event[10:16]),
			Type: "qbo." + strings.ToLower(n.entity) + "." + pastTense[n.operation] + ".v1",
			Time: n.at.UTC().Format("2006-01-02T15:04:05.000000000Z"), Entity: n.id, Realm: n.realm,
		}
		list[i].Data.Others = []alternativeID{{
			base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "v4.1:%s:%x", n.realm, realm[:5])) + ":" + n.id, "Intuit.sbseg.v4",
		}}
	}
	return json.Marshal(list)
}
