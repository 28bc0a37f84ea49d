package hubspot

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/tieout/tieout/connectors"
)

// A listPage is one page of a list, its records unread.
type listPage struct {
	records []json.RawMessage
	after   string // cursor of the next page; empty on the last
	calls   int
	// position is the id of the last record so far, where the list is in the
	// order of ids.
	position string
}

// A cursor walks a list.
type cursor struct {
	c      *Client
	op     string
	object string // that the search knows; empty: none
	path   string
	query  url.Values
	// decode says that cursors arrive percent-encoded.
	decode bool
}

// list is the walk over all records of an object, with the properties that P
// names.
func list[P any](c *Client, object string) cursor {
	return cursor{c: c, op: "list hubspot:" + object, object: object, path: c.paths.objects + object, query: url.Values{
		"limit":      {strconv.Itoa(c.sizes.page)},
		"properties": {strings.Join(properties[P](), ",")},
	}}
}

// pages yields the pages one after the other: each says where the next begins.
// The first error ends them.
func (l cursor) pages(ctx context.Context) iter.Seq2[listPage, error] { return l.pagesFrom(ctx, "") }

// pagesFrom yields the pages that begin at a cursor.
func (l cursor) pagesFrom(ctx context.Context, after string) iter.Seq2[listPage, error] {
	return func(yield func(listPage, error) bool) {
		seen := map[string]bool{after: true}
		for {
			page, err := l.page(ctx, after)
			if err == nil && page.after != "" && seen[page.after] {
				err = l.comesAgain(page.after)
			}
			if !yield(page, err) || err != nil || page.after == "" {
				return
			}
			after = page.after
			seen[after] = true
		}
	}
}

func (l cursor) comesAgain(after string) error {
	return l.c.transport.Broken(l.op, "the page after %q is said to come again", after)
}

func (l cursor) page(ctx context.Context, after string) (listPage, error) {
	query := l.query
	if after != "" {
		query = url.Values{"after": {after}}
		for name, values := range l.query {
			query[name] = values
		}
	}
	answer, calls, err := l.c.transport.Read(ctx, connectors.Request{Op: l.op, Path: l.path, Query: query})
	if err != nil {
		return listPage{calls: calls}, err
	}
	var body struct {
		Results []json.RawMessage `json:"results"`
		Paging  paging            `json:"paging"`
	}
	if err := json.Unmarshal(answer.Body, &body); err != nil || body.Results == nil {
		return listPage{calls: calls}, l.c.transport.Broken(l.op, "no list of results")
	}
	next := body.Paging.Next.After.Plain()
	if l.decode {
		next = decodeCursor(next)
	}
	return listPage{records: body.Results, after: next, calls: calls}, nil
}

// paging says where the next page begins. Its link is not followed: samples
// show it with paths and hosts of other API versions.
type paging struct {
	Next struct {
		After value `json:"after"`
	} `json:"next"`
}

// decodeCursor undoes the percent-encoding with which the cursors of the tax
// rate library arrive (Tax Rates API, sample: "MTU5NzAyMzA%3D"), lest it be
// applied twice.
func decodeCursor(after string) string {
	plain, err := url.PathUnescape(after)
	if err != nil {
		return after // not encoded after all
	}
	return plain
}
