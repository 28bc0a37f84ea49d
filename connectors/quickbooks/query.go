package quickbooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"

	"github.com/tieout/tieout/connectors"
)

// pageSize is the largest page of a query (learn/explore-the-quickbooks-online-api,
// "data queries").
const pageSize = 1000

// A query reads all entities of a kind.
type query struct {
	c      *Client
	entity string
	where  string // with a blank before it, or empty
}

// names is a query for a name list: without its condition the inactive ones
// are left out ("data queries").
func (c *Client) names(entity string) query {
	return query{c, entity, " WHERE Active IN (true, false)"}
}

func (c *Client) transactions(entity string) query { return query{c, entity, ""} }

func (q query) op() string { return "query quickbooks:" + q.entity }

// An entityPage is one page of a query, its entities unread.
type entityPage struct {
	entities []json.RawMessage
	calls    int
}

func (p entityPage) full() bool { return len(p.entities) == pageSize }

// pages yields the pages in order. When the first is full the company is asked
// how many entities there are, so that the others can be read several at once
// without asking for pages beyond the end. The count is a hint only: what ends
// the pages is a short one.
func (q query) pages(ctx context.Context, ahead int) iter.Seq2[entityPage, error] {
	return func(yield func(entityPage, error) bool) {
		page, err := q.page(ctx, 1)
		more := err == nil && page.full()
		hint := 0
		if more {
			var calls int
			hint, calls, err = q.count(ctx)
			page.calls += calls
		}
		if !yield(page, err) || err != nil || !more {
			return
		}
		position := 1 + pageSize
		for page, err := range q.hinted(ctx, ahead, position, hint) {
			position += pageSize
			if err == nil && !more && len(page.entities) > 0 {
				err = q.c.transport.Broken(q.op(), "a page shorter than %d in the middle, before position %d", pageSize, position-pageSize)
			}
			more = more && page.full()
			if !yield(page, err) || err != nil {
				return
			}
		}
		for more {
			page, err := q.page(ctx, position)
			position += pageSize
			if !yield(page, err) || err != nil || !page.full() {
				return
			}
		}
	}
}

// hinted reads the pages from a position up to the hinted count, several at
// once.
func (q query) hinted(ctx context.Context, ahead, position, hint int) iter.Seq2[entityPage, error] {
	return connectors.InOrder(ctx, ahead, func(context.Context) iter.Seq[connectors.Job[entityPage]] {
		return func(yield func(connectors.Job[entityPage]) bool) {
			for at := position; at <= hint; at += pageSize {
				if !yield(func(ctx context.Context) (entityPage, error) { return q.page(ctx, at) }) {
					return
				}
			}
		}
	})
}

// page reads one page. It is ordered by Id: without an order, records that are
// changed meanwhile move to the front and others are missed.
func (q query) page(ctx context.Context, position int) (entityPage, error) {
	statement := fmt.Sprintf("SELECT * FROM %s%s ORDERBY Id STARTPOSITION %d MAXRESULTS %d", q.entity, q.where, position, pageSize)
	answer, calls, err := q.c.read(ctx, q.op(), "query", url.Values{"query": {statement}})
	if err != nil {
		return entityPage{calls: calls}, err
	}
	got, err := decodeResponse(answer.Body, q.entity)
	switch {
	case errors.Is(err, errFault):
		return entityPage{calls: calls}, q.c.faultInside(q.op(), answer)
	case err != nil:
		return entityPage{calls: calls}, q.c.transport.Broken(q.op(), "%v", err)
	case len(got.entities) > pageSize:
		return entityPage{calls: calls}, q.c.transport.Broken(q.op(), "%d entities where %d were asked for", len(got.entities), pageSize)
	}
	return entityPage{entities: got.entities, calls: calls}, nil
}

// count asks how many entities there are.
func (q query) count(ctx context.Context) (n, calls int, err error) {
	op := "count quickbooks:" + q.entity
	answer, calls, err := q.c.read(ctx, op, "query", url.Values{"query": {"SELECT count(*) FROM " + q.entity + q.where}})
	if err != nil {
		return 0, calls, err
	}
	got, err := decodeResponse(answer.Body, q.entity)
	switch {
	case errors.Is(err, errFault):
		return 0, calls, q.c.faultInside(op, answer)
	case err != nil:
		return 0, calls, q.c.transport.Broken(op, "%v", err)
	case got.total < 0:
		return 0, calls, q.c.transport.Broken(op, "no totalCount")
	}
	return got.total, calls, nil
}

// errFault says that a body holds a fault where entities belong.
var errFault = errors.New("a fault")

// A response is the QueryResponse of a body.
type response struct {
	entities []json.RawMessage
	total    int // -1 when there is none
}

// decodeResponse reads the body of a query entity by entity, keeping each as
// its bytes. Member names are told apart by case: the gateway's fault has a
// queryResponse that is none.
func decodeResponse(body []byte, entity string) (response, error) {
	got := response{total: -1}
	d := json.NewDecoder(bytes.NewReader(body))
	found := false
	err := members(d, func(name string) error {
		switch name {
		case "Fault", "fault":
			return skipNull(d, errFault)
		case "QueryResponse":
			found = true
			return got.decode(d, entity)
		}
		return skip(d)
	})
	if err == nil && !found {
		err = errors.New("no QueryResponse")
	}
	return got, err
}

// decode reads a QueryResponse. maxResults is the number of rows that were
// sent: fewer were lost on the way.
func (r *response) decode(d *json.Decoder, entity string) error {
	sent := -1
	err := members(d, func(name string) error {
		switch name {
		case entity:
			return r.decodeEntities(d)
		case "Fault", "fault":
			return skipNull(d, errFault)
		case "maxResults":
			return d.Decode(&sent)
		case "totalCount":
			return d.Decode(&r.total)
		}
		return skip(d)
	})
	if err == nil && sent >= 0 && sent != len(r.entities) && r.entities != nil {
		err = fmt.Errorf("%d entities where maxResults says %d", len(r.entities), sent)
	}
	return err
}

func (r *response) decodeEntities(d *json.Decoder) error {
	if err := expect(d, '['); err != nil {
		return err
	}
	for d.More() {
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return err
		}
		r.entities = append(r.entities, raw)
	}
	return expect(d, ']')
}

// members walks the members of an object; each reads its own value.
func members(d *json.Decoder, each func(name string) error) error {
	if err := expect(d, '{'); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := each(fmt.Sprint(name)); err != nil {
			return err
		}
	}
	return expect(d, '}')
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%v where %v belongs", got, want)
	}
	return nil
}

func skip(d *json.Decoder) error {
	var raw json.RawMessage
	return d.Decode(&raw)
}

// skipNull skips a null; anything else is err.
func skipNull(d *json.Decoder, err error) error {
	var raw json.RawMessage
	if bad := d.Decode(&raw); bad != nil {
		return bad
	}
	if string(raw) == "null" {
		return nil
	}
	return err
}
