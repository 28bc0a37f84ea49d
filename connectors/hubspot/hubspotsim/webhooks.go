package hubspotsim

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/sandbox/hooks"
)

// Webhooks are whom an app has told of every change in the portal, its own among
// them ("Webhooks API" page). Nothing is posted before Portal.Webhooks delivers.
type Webhooks struct {
	// URL is posted to, signed with the app's client Secret.
	URL, Secret string
	// AppID is the app; 0 is the one that the portal's sign-in is for.
	AppID int
	// Client is what posts; nil is a plain one.
	Client *http.Client
	// Twice and Reversed: neither order nor once is promised.
	Twice, Reversed bool
	// Older adds the headers of signature version 1, which HubSpot still documents
	// for the same messages; whether new apps get them is not established.
	Older bool
}

// The limits of a delivery ("Webhooks API" page).
const (
	webhookEvents  = 100
	webhookTimeout = 5 * time.Second
)

// webhookWaits are the pauses before the ten further attempts, which the page spreads
// over 24 hours; how is not documented.
var webhookWaits = []time.Duration{
	time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 4 * time.Hour, 6 * time.Hour, 7 * time.Hour,
}

func (p *Portal) newWebhooks(h *Webhooks) *hooks.Sender {
	if h == nil {
		return nil
	}
	return hooks.New(hooks.Options{
		URL: h.URL, Client: h.Client, Now: p.now, Most: webhookEvents, Timeout: webhookTimeout, Waits: webhookWaits,
		Encode: encodeEvents, Sign: h.sign, Twice: h.Twice, Reversed: h.Reversed,
	})
}

// Webhooks sends what the portal's app is told of, when it is told to Deliver; nil
// without Options.Webhooks.
func (p *Portal) Webhooks() *hooks.Sender { return p.webhooks }

// changed is told of all that one change did, when it has taken effect. The
// portal's lock is held: it must not wait for anybody.
func (p *Portal) changed(events ...event) {
	if p.webhooks == nil {
		return
	}
	nth := 0
	for _, e := range events {
		for _, n := range p.notices(e) {
			nth++
			n["eventId"] = nth // one change's first event is as good as another's: eventId is not unique
			p.webhooks.Add(n)
		}
	}
}

// A notice is one event as it is posted, but for the number of the attempt.
type notice map[string]any

// classic are the objects that have kinds of events of their own; of all others
// events are object.creation and so on, with the type ("Webhooks" specification).
var classic = []*object{contacts, companies, products, lineItems}

// notices are what is posted of an event: for an association one a type.
func (p *Portal) notices(e event) []notice {
	switch e.kind {
	case merging:
		return []notice{p.notice(e, notice{
			"primaryObjectId": number(e.merged[0]), "mergedObjectIds": numbers(e.merged[1:]), "newObjectId": number(e.newID), "numberOfPropertiesMoved": e.moved,
		})}
	case associationChange:
		if e.object == products { // the one that has no such events
			return nil
		}
		list := make([]notice, len(e.types))
		for i, t := range e.types {
			list[i] = p.notice(e, p.association(e, t))
		}
		return list
	case propertyChange:
		return []notice{p.notice(e, notice{"objectId": number(e.id), "propertyName": e.property, "propertyValue": e.value})}
	case creation:
		return []notice{p.notice(e, notice{"objectId": number(e.id), "changeFlag": "NEW"})}
	}
	return []notice{p.notice(e, notice{"objectId": number(e.id)})}
}

// association are the members of an association event. Those with the types of both
// ends are third parties'.
func (p *Portal) association(e event, t associationType) notice {
	d := direction{e.object, e.to}
	n := notice{
		"fromObjectId": number(e.id), "toObjectId": number(e.toID), "associationType": strings.ToUpper(d.name()), "associationRemoved": e.removed,
		"isPrimaryAssociation": t == primaries[d] || !e.removed && slices.Contains(p.links.types(d, e.id, e.toID), primaries[d]),
	}
	if !slices.Contains(classic, e.object) {
		n["fromObjectTypeId"], n["toObjectTypeId"], n["associationCategory"], n["associationTypeId"] = e.object.typeID, e.to.typeID, t.category, t.id
	}
	return n
}

// notice adds to the members of one kind of event those of all.
func (p *Portal) notice(e event, n notice) notice {
	kind := e.object.singular
	if !slices.Contains(classic, e.object) {
		kind, n["objectTypeId"] = "object", e.object.typeID
	}
	kind += "." + string(e.kind)
	n["subscriptionType"], n["subscriptionId"] = kind, subscription(kind, e.object, e.property)
	n["portalId"], n["appId"], n["occurredAt"] = p.account.members["portalId"], cmp.Or(p.options.Webhooks.AppID, appID), e.at.UnixMilli()
	n["changeSource"], n["sourceId"] = e.source, e.sourceID
	return n
}

// subscription is the id of what the app has asked for: one for every kind, object
// and property.
func subscription(kind string, o *object, property string) uint32 {
	sum := fnv.New32a()
	_, _ = fmt.Fprint(sum, kind, "/", o.typeID, "/", property) // a hash takes everything
	return 1_000_000 + sum.Sum32()%9_000_000
}

// number is an id as JSON number, where it is one.
func number(id string) any {
	if digits(id) {
		return json.Number(strings.TrimLeft(id[:len(id)-1], "0") + id[len(id)-1:])
	}
	return id
}

func numbers(ids []string) []any {
	list := make([]any, len(ids))
	for i, id := range ids {
		list[i] = number(id)
	}
	return list
}

func encodeEvents(events []any, attempt int) ([]byte, error) {
	list := make([]notice, len(events))
	for i, e := range events {
		list[i] = notice{"attemptNumber": attempt}
		for name, value := range e.(notice) {
			list[i][name] = value
		}
	}
	return json.Marshal(list)
}

// signed is the address as it is signed: a few characters are decoded, the rest stays
// ("Validating requests" page).
var signed = strings.NewReplacer(
	"%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
)

// sign sets the headers of signature version 3: the HMAC of method, address, body and
// time, in base64.
func (h *Webhooks) sign(r *http.Request, body []byte, at time.Time) {
	stamp := strconv.FormatInt(at.UnixMilli(), 10)
	sum := hmac.New(sha256.New, []byte(h.Secret))
	sum.Write([]byte(r.Method + signed.Replace(h.URL)))
	sum.Write(body)
	sum.Write([]byte(stamp))
	r.Header.Set("X-HubSpot-Request-Timestamp", stamp)
	r.Header.Set("X-HubSpot-Signature-v3", base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	if h.Older {
		older := sha256.Sum256(append([]byte(h.Secret), body...))
		r.Header.Set("X-HubSpot-Signature", hex.EncodeToString(older[:]))
		r.Header.Set("X-HubSpot-Signature-Version", "v1")
	}
}
