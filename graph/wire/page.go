package wire

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
)

// The sizes of a page.
const (
	DefaultPage = 50
	MaxPage     = 250
)

// A Page is a page that was asked for: how many items, and the key of the item
// after which to go on.
type Page struct {
	First int
	After []string // nil: from the beginning
	// Backwards says that the items are wanted from the end of the list on: they are
	// read in the opposite order.
	Backwards bool
	query     []byte
}

// NewPage reads the arguments of a list. query is everything that makes the list
// the list it is: its name, filter, order. A cursor of another query is refused,
// because going on with it would skip and repeat items unseen.
func NewPage(first int, after *string, query ...any) (Page, error) {
	if first < 1 || first > MaxPage {
		return Page{}, Coded("PAGE_SIZE_INVALID", "a page of %d: want 1 to %d", first, MaxPage)
	}
	raw, err := json.Marshal(query)
	if err != nil {
		return Page{}, fmt.Errorf("hash of the query: %w", err)
	}
	p := Page{First: first, query: raw}
	if after != nil {
		if p.After, err = p.open(*after); err != nil {
			return Page{}, err
		}
	}
	return p, nil
}

// NewWindow is NewPage for a list that is read from either end: first items after a
// cursor, or last items before one.
func NewWindow(first *int, after *string, last *int, before *string, query ...any) (Page, error) {
	size, cursor, backwards := DefaultPage, after, last != nil || before != nil
	switch {
	case backwards && (first != nil || after != nil):
		return Page{}, Coded("PAGE_SIZE_INVALID", "want first and after, or last and before, not some of both")
	case backwards:
		cursor = before
		if last != nil {
			size = *last
		}
	case first != nil:
		size = *first
	}
	p, err := NewPage(size, cursor, query...)
	p.Backwards = backwards
	return p, err
}

// Limit is how many items to read: one more than asked for tells whether the
// list goes on.
func (p Page) Limit() int { return p.First + 1 }

// A cursor is the key of an item, and a sum over the query and the key that tells
// whether they belong together. It guards against mistakes, not against forgery:
// whoever computes it can only ask for what the filter gives anyway.
type cursor struct {
	Key []string `json:"k"`
	Sum []byte   `json:"s"`
}

func (p Page) sum(key []string) []byte {
	raw, err := json.Marshal(key)
	if err != nil { // strings always marshal
		panic(fmt.Sprintf("cursor: %v", err))
	}
	sum := sha256.Sum256(append(raw, p.query...))
	return sum[:9]
}

func (p Page) seal(key []string) string {
	raw, err := json.Marshal(cursor{key, p.sum(key)})
	if err != nil { // strings always marshal
		panic(fmt.Sprintf("cursor: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func (p Page) open(text string) ([]string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	var c cursor
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || len(c.Key) == 0 || !bytes.Equal(c.Sum, p.sum(c.Key)) {
		return nil, Coded("CURSOR_INVALID", "this is no cursor of the list: its filter, order and point in time must be those that the cursor came from")
	}
	return c.Key, nil
}

// Connect makes a connection of the items that were read with p.Limit.
func Connect[T any](p Page, items []T, key func(*T) []string) *Connection[T] {
	c := &Connection[T]{Edges: make([]Edge[T], 0, min(len(items), p.First))}
	c.PageInfo.HasPreviousPage = p.After != nil
	c.PageInfo.HasNextPage = len(items) > p.First
	for n := range min(len(items), p.First) {
		c.Edges = append(c.Edges, Edge[T]{Cursor: p.seal(key(&items[n])), Node: items[n]})
	}
	if p.Backwards {
		slices.Reverse(c.Edges)
		c.PageInfo.HasPreviousPage, c.PageInfo.HasNextPage = c.PageInfo.HasNextPage, c.PageInfo.HasPreviousPage
	}
	if len(c.Edges) > 0 {
		c.PageInfo.StartCursor = &c.Edges[0].Cursor
		c.PageInfo.EndCursor = &c.Edges[len(c.Edges)-1].Cursor
	}
	return c
}

// Slice makes a connection of a list that is in memory as a whole. A cursor
// whose item is gone is refused.
func Slice[T any](p Page, all []T, key func(*T) []string) (*Connection[T], error) {
	rest := all
	if p.After != nil {
		n := slices.IndexFunc(all, func(item T) bool { return slices.Equal(key(&item), p.After) })
		if n < 0 {
			return nil, Coded("CURSOR_INVALID", "after points at an item that is not in the list")
		}
		rest = all[n+1:]
	}
	c := Connect(p, rest, key)
	c.Count = func(context.Context) (int, error) { return len(all), nil }
	return c, nil
}
