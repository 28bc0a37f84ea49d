package quickbookssim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// The bounds of a batch: items (learn/explore-the-quickbooks-online-api/batch),
// and objects in one answer (the limits page).
const (
	maxBatchItems   = 30
	maxBatchObjects = 1000
)

// A batchItem is one request of a batch: an operation on the one entity among its
// members, a query, or a question for changes.
type batchItem map[string]json.RawMessage

func (i batchItem) text(name string) string {
	var s string
	_ = json.Unmarshal(i[name], &s) // what is no string is not there
	return s
}

// serveBatch answers POST /batch: 200 though items were refused, each item for
// itself.
func (c *Company) serveBatch(w http.ResponseWriter, r *http.Request, realm string) {
	c.counts.add("batch")
	items, err := batchOf(w, r)
	if err != nil {
		c.writeFault(w, err)
		return
	}
	b := []byte(`{"BatchItemResponse":[`)
	answers, room := make([][]byte, len(items)), maxBatchObjects
	for n, item := range items {
		answers[n] = c.answerItem(item, realm, r.URL.Query().Get("requestid"), &room)
	}
	if c.options.ReverseBatches {
		slices.Reverse(answers)
	}
	for n, answer := range answers {
		if n > 0 {
			b = append(b, ',')
		}
		b = append(b, answer...)
	}
	c.write(w, http.StatusOK, append(b, `],"time":"`+c.timestamp()+`"}`...))
}

func batchOf(w http.ResponseWriter, r *http.Request) ([]batchItem, error) {
	raw, err := bodyOf(w, r)
	if err != nil {
		return nil, err
	}
	var body struct{ BatchItemRequest []batchItem }
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, malformed(err)
	}
	switch n := len(body.BatchItemRequest); {
	case n == 0:
		return nil, faultOf("400", "")
	case n > maxBatchItems:
		return nil, faultOf("1040", "")
	}
	return body.BatchItemRequest, nil
}

// answerItem answers one item with its bId. A write is remembered by the batch's
// requestid with the bId behind it, as Intuit's SDKs join them and the server
// counts them. room is how many objects may still be in the answer.
func (c *Company) answerItem(item batchItem, realm, requestID string, room *int) []byte {
	var done outcome
	switch {
	case item["Query"] != nil:
		done = c.itemOutcome(c.batchQuery(item.text("Query"), room))
	case item["CDCQuery"] != nil:
		done = c.itemOutcome(c.batchChanges(item["CDCQuery"], room))
	default:
		done = c.batchWrite(item, realm, requestID)
		*room--
	}
	if bID := item["bId"]; bID != nil {
		return appendMember(done.body, "bId", string(bID))
	}
	return done.body
}

// itemOutcome is an item's answer, the object that its bId joins.
func (c *Company) itemOutcome(body []byte, err error) outcome {
	if err == nil {
		return outcome{http.StatusOK, body}
	}
	f := asFault(err)
	return outcome{f.status, append(append([]byte(`{"Fault":`), f.body()...), '}')}
}

func (c *Company) batchWrite(item batchItem, realm, requestID string) outcome {
	o, err := c.operationOfItem(item)
	if err != nil {
		return c.itemOutcome(nil, err)
	}
	id := ""
	if requestID != "" {
		id = requestID + item.text("bId")
	}
	if len(id) > maxRequestID {
		return c.itemOutcome(nil, tooLongJoined(id))
	}
	o.requestID = id
	return c.once(realm, id, o.table, func() outcome {
		c.counts.add("write." + strings.ToLower(o.table.kind.name))
		entity, err := c.carryOut(o)
		return c.itemOutcome(appendMember([]byte(`{}`), o.table.kind.name, string(entity)), err)
	})
}

// operationOfItem reads what an item does to the entity among its members.
func (c *Company) operationOfItem(item batchItem) (operation, error) {
	o := operation{verb: verb(item.text("operation"))}
	for name := range item {
		if t := c.tables[name]; t != nil {
			o.table, o.body = t, item[name]
		}
	}
	switch {
	case o.table == nil:
		return o, faultOf("2000", "")
	case o.verb == "":
		return o, missing("operation")
	}
	switch item.text("optionsData") {
	case "void":
		o.verb = verbVoid
	case "allowduplicatedocnum":
		o.allowDuplicate = true
	}
	return o, nil
}

// batchQuery answers a statement with at most as many rows as there is room for.
func (c *Company) batchQuery(query string, room *int) ([]byte, error) {
	response, rows, err := c.queryResponse(query, *room, reading{})
	if err != nil {
		c.counts.add("query.invalid")
		return nil, err
	}
	*room -= rows
	return appendMember([]byte(`{}`), "QueryResponse", string(response)), nil
}

func (c *Company) batchChanges(raw json.RawMessage, room *int) ([]byte, error) {
	var q struct{ Entities, ChangedSince string }
	if err := json.Unmarshal(raw, &q); err != nil {
		return nil, malformed(err)
	}
	c.counts.add("cdc")
	lists, err := c.changes(q.Entities, q.ChangedSince, min(*room, c.options.MaxChanges), false)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		*room -= len(l.rows) + len(l.deleted)
	}
	return appendMember([]byte(`{}`), "CDCResponse", string(c.changeResponse(lists))), nil
}
