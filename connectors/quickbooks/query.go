package quickbooks

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"
)

// pageSize is the largest page of a query (learn/explore-the-quickbooks-online-api,
// "data queries").
const pageSize = 1000

// A query reads entities of a kind.
type query struct {
	c      *Client
	entity string
	also   string // what is not among *, with a comma before it
	where  string // with a blank before it, or empty
	order  string
}

// names is a query for a name list: without its condition the inactive ones
// are left out ("data queries").
func (c *Client) names(entity string) query {
	return query{c: c, entity: entity, where: " WHERE Active IN (true, false)", order: "Id"}
}

// items is names for Item, with Sku named: * was seen to leave it out
// (github.com/ej2/python-quickbooks/issues/373).
func (c *Client) items() query {
	q := c.names("Item")
	q.also = ", Sku"
	return q
}

func (c *Client) transactions(entity string) query { return query{c: c, entity: entity, order: "Id"} }

// instantForm is a time as the documents write it, with an offset instead of a Z.
const instantForm = "2006-01-02T15:04:05.999999999-07:00"

// since asks for what was changed at that instant or later, oldest change first.
func (q query) since(t time.Time) query {
	with := " WHERE "
	if q.where != "" {
		with = q.where + " AND "
	}
	q.where = with + "MetaData.LastUpdatedTime >= '" + t.UTC().Format(instantForm) + "'"
	q.order = "MetaData.LastUpdatedTime, Id"
	return q
}

func (q query) op() string { return "query quickbooks:" + q.entity }

// An entityPage is one page of a query, its entities unread.
type entityPage struct {
	start    int // row number of the first, as it was then
	entities []json.RawMessage
	calls    int
	position string // where a walk of everything goes on after it
	whole    bool   // it is all there is
}

func (q query) full(p entityPage) bool { return len(p.entities) >= q.c.page }

// page reads one page. It is ordered: without an order, records that are changed
// meanwhile move to the front and others are missed.
func (q query) page(ctx context.Context, start int) (entityPage, error) {
	page := entityPage{start: start}
	statement := fmt.Sprintf("SELECT *%s FROM %s%s ORDERBY %s STARTPOSITION %d MAXRESULTS %d", q.also, q.entity, q.where, q.order, start, q.c.page)
	answer, calls, err := q.c.read(ctx, q.op(), "query", url.Values{"query": {statement}})
	page.calls = calls
	if err != nil {
		return page, err
	}
	got, err := decodeResponse(answer.Body, q.entity)
	switch {
	case err != nil:
		return page, q.c.undecoded(q.op(), answer, err)
	case len(got.entities) > q.c.page:
		return page, q.c.transport.Broken(q.op(), "%d entities where %d were asked for", len(got.entities), q.c.page)
	}
	page.entities = got.entities
	return page, nil
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
	case err != nil:
		return 0, calls, q.c.undecoded(op, answer, err)
	case got.total < 0:
		return 0, calls, q.c.transport.Broken(op, "no totalCount")
	}
	return got.total, calls, nil
}
