package hubspot

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A hook is an event of a webhook ("Webhooks API" page, payloads). Of most objects
// events have kinds such as contact.creation; of all, invoices among them, such as
// object.creation with the type of the object ("Generic webhook subscriptions", which
// also tells the types of both ends of an association).
type hook struct {
	Portal     value   `json:"portalId"`
	Kind       value   `json:"subscriptionType"`
	OccurredAt value   `json:"occurredAt"` // ms since 1970
	ID         value   `json:"objectId"`
	Type       value   `json:"objectTypeId"`
	From       value   `json:"fromObjectId"`
	FromType   value   `json:"fromObjectTypeId"`
	To         value   `json:"toObjectId"`
	ToType     value   `json:"toObjectTypeId"`
	Ends       value   `json:"associationType"` // such as LINE_ITEM_TO_INVOICE
	Primary    value   `json:"primaryObjectId"`
	Merged     []value `json:"mergedObjectIds"`
	New        value   `json:"newObjectId"`
}

// hooked are the objects that events are taken of, by name and type id.
var hooked = map[string]reconcile.Object{
	"contact": reconcile.ObjectCustomers, "0-1": reconcile.ObjectCustomers,
	"company": reconcile.ObjectCompanies, "0-2": reconcile.ObjectCompanies,
	"product": reconcile.ObjectProducts, "0-7": reconcile.ObjectProducts,
	"line_item": reconcile.ObjectLineItems, "0-8": reconcile.ObjectLineItems,
	"invoice": reconcile.ObjectInvoices, "0-53": reconcile.ObjectInvoices,
}

// addHook adds what an event tells to a notice. One that cannot be read, or that
// tells of something else, is passed over: it is a hint at most.
func addHook(n *connectors.Notice, raw json.RawMessage) {
	var h hook
	if err := json.Unmarshal(raw, &h); err != nil {
		n.Passed++
		return
	}
	e := connectors.Event{System: reconcile.HubSpot, Company: h.Portal.Plain(), At: h.at()}
	object, what, _ := strings.Cut(h.Kind.Plain(), ".")
	if object == "object" {
		object = h.Type.Plain()
	}
	switch what {
	case "associationChange":
		e.Object, e.ID = h.end(object)
		n.Add(e, e.ID)
	case "merge":
		e.Object = hooked[object]
		n.Add(e, h.merged()...)
	case "creation", "deletion", "propertyChange", "restore", "privacyDeletion":
		e.Object = hooked[object]
		n.Add(e, h.ID.Plain())
	default:
		n.Passed++
	}
}

func (h *hook) at() time.Time {
	ms, err := strconv.ParseInt(h.OccurredAt.Plain(), 10, 64)
	if err != nil || ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// merged are all ids that a merge names.
func (h *hook) merged() []string {
	var ids []string
	for _, v := range append([]value{h.ID, h.Primary, h.New}, h.Merged...) {
		if id := v.Plain(); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// end is the record that a changed association tells of: the invoice at either end,
// else a line item whose other end is not known. Of other associations nothing is
// mirrored.
func (h *hook) end(object string) (reconcile.Object, string) {
	from, to := hooked[h.FromType.Plain()], hooked[h.ToType.Plain()]
	if left, right, ok := strings.Cut(strings.ToLower(h.Ends.Plain()), "_to_"); ok && (from == "" || to == "") {
		from, to = hooked[left], hooked[right]
	}
	if from == "" {
		from = hooked[object]
	}
	known := h.ToType.Plain() != "" || h.Ends.Plain() != ""
	switch {
	case from == reconcile.ObjectInvoices:
		return from, h.From.Plain()
	case to == reconcile.ObjectInvoices:
		return to, h.To.Plain()
	case from == reconcile.ObjectLineItems && !known:
		return from, h.From.Plain()
	}
	return "", ""
}
