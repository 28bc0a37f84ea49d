package quickbookssim

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
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

// A batch is one request's items on their way.
type batch struct {
	*Company
	realm, requestID string
	as               reading
	room             int // for how many objects the answer has
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
	of := &batch{c, realm, r.URL.Query().Get("requestid"), readingOf(r), maxBatchObjects}
	answers := make([][]byte, len(items))
	for n, item := range items {
		answers[n] = of.answer(item)
	}
	if c.options.ReverseBatches {
		slices.Reverse(answers)
	}
	body := append([]byte(`{"BatchItemResponse":[`), bytes.Join(answers, []byte(","))...)
	c.write(w, http.StatusOK, append(body, `],"time":"`+c.timestamp()+`"}`...))
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

// answer answers one item with its bId.
func (b *batch) answer(item batchItem) []byte {
	var done outcome
	switch {
	case item["Query"] != nil:
		done = itemOutcome(b.query(item.text("Query")))
	case item["CDCQuery"] != nil:
		done = itemOutcome(b.changesOf(item["CDCQuery"]))
	default:
		done = b.write(item)
		b.room--
	}
	if bID := item["bId"]; bID != nil {
		return appendMember(done.body, "bId", string(bID))
	}
	return done.body
}

// itemOutcome is an item's answer, the object that its bId joins.
func itemOutcome(body []byte, err error) outcome {
	if err == nil {
		return outcome{http.StatusOK, body}
	}
	f := asFault(err)
	return outcome{f.status, append(append([]byte(`{"Fault":`), f.body()...), '}')}
}

// write carries an item out. It is remembered by the batch's requestid with the bId
// behind it, as Intuit's SDKs join them and the server counts them.
func (b *batch) write(item batchItem) outcome {
	o, err := b.operationOf(item)
	if err != nil {
		return itemOutcome(nil, err)
	}
	id := ""
	if b.requestID != "" {
		id = b.requestID + item.text("bId")
	}
	if utf8.RuneCountInString(id) > maxRequestID {
		return itemOutcome(nil, tooLongJoined(id))
	}
	o.requestID = id
	return b.once(b.realm, id, o.table, func() outcome {
		b.counts.add("write." + strings.ToLower(o.table.kind.name))
		entity, err := b.carryOut(o)
		return itemOutcome(appendMember([]byte(`{}`), o.table.kind.name, string(entity)), err)
	})
}

// operationOf reads what an item does to the entity among its members.
func (b *batch) operationOf(item batchItem) (operation, error) {
	o := operation{verb: verb(item.text("operation"))}
	entities := 0
	for name := range item {
		if t := b.tables[name]; t != nil {
			o.table, o.body = t, item[name]
			entities++
		}
	}
	switch {
	case entities > 1:
		return o, faultOf("2600", "")
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

// query answers a statement with at most as many rows as there is room for.
func (b *batch) query(statement string) ([]byte, error) {
	response, rows, err := b.queryResponse(statement, b.room, b.as)
	if err != nil {
		b.counts.add("query.invalid")
		return nil, err
	}
	b.room -= rows
	return appendMember([]byte(`{}`), "QueryResponse", string(response)), nil
}

// changesOf answers what change data capture is asked for in a batch.
func (b *batch) changesOf(raw json.RawMessage) ([]byte, error) {
	var q struct{ Entities, ChangedSince string }
	if err := json.Unmarshal(raw, &q); err != nil {
		return nil, malformed(err)
	}
	b.counts.add("cdc")
	lists, err := b.changes(q.Entities, q.ChangedSince, min(b.room, b.options.MaxChanges), b.as.late)
	if err != nil {
		return nil, err
	}
	for _, l := range lists {
		b.room -= len(l.rows) + len(l.deleted)
	}
	return appendMember([]byte(`{}`), "CDCResponse", string(b.changeResponse(lists))), nil
}
