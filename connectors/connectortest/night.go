package connectortest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A night is all that a run asks of a source, one object after the other.
type night struct {
	company reconcile.Company
	of      map[reconcile.Object]*pulled
}

// pulled is what came of one object.
type pulled struct {
	pages      []reconcile.Page
	records    []string // as texts that tell all of them, in the order in which they came
	values     []string // as texts that tell all but when they were changed, and no bytes
	ids        []string // of what was received, in that order
	unreadable []string // as in Fixture
	updated    map[string]time.Time
	received   int
	claimed    int
	deleted    []string
}

// run asks a source what a run asks: everything, or what has changed since then. What
// came before an error is told with it.
func run(ctx context.Context, src connectors.Source, since time.Time) (*night, error) {
	n := &night{of: map[reconcile.Object]*pulled{}}
	who, err := src.Company(ctx)
	if err != nil {
		return n, err
	}
	n.company = who.Company
	for _, o := range reconcile.Objects(src.System()) {
		p, err := pull(ctx, src, connectors.Want{Object: o, Since: since})
		n.of[o] = p
		if err != nil {
			return n, err
		}
		if p.claimed, _, err = src.Count(ctx, o); err != nil {
			return n, err
		}
		if since.IsZero() {
			continue
		}
		if p.deleted, _, err = src.Deleted(ctx, o, since); err != nil {
			return n, err
		}
	}
	return n, nil
}

func pull(ctx context.Context, src connectors.Source, w connectors.Want) (*pulled, error) {
	p := &pulled{updated: map[string]time.Time{}}
	for page, err := range src.Pull(ctx, w) {
		if err != nil {
			return p, err
		}
		p.add(page)
	}
	return p, nil
}

// add adds a page.
func (p *pulled) add(page reconcile.Page) {
	p.pages = append(p.pages, page)
	p.received += page.Received
	known := map[string]bool{}
	for _, r := range page.Invoices {
		undated := r
		undated.UpdatedAt, undated.Version = time.Time{}, ""
		p.record(known, r.ID, r.UpdatedAt, r, undated)
	}
	for _, r := range page.Products {
		undated := r
		undated.UpdatedAt = time.Time{}
		p.record(known, r.ID, r.UpdatedAt, r, undated)
	}
	for _, r := range page.Customers {
		undated := r
		undated.UpdatedAt = time.Time{}
		p.record(known, r.ID, r.UpdatedAt, r, undated)
	}
	for _, r := range page.TaxRates {
		p.record(known, r.ID, time.Time{}, r, r)
	}
	for _, u := range page.Unreadable {
		told := fmt.Sprintf("%s %s of %q: %s: %s", u.Object, u.ID, u.Of, u.Field, u.Problem)
		p.values = append(p.values, told)
		p.records = append(p.records, fmt.Sprintf("%s: %s", told, u.Raw))
		p.unreadable = append(p.unreadable, u.Object+" "+u.ID)
		if u.Of == "" && !known[u.ID] {
			p.ids = append(p.ids, u.ID)
		}
	}
}

func (p *pulled) record(known map[string]bool, id string, updated time.Time, r, undated any) {
	known[id] = true
	p.ids = append(p.ids, id)
	p.updated[id] = updated
	p.records = append(p.records, fmt.Sprintf("%+v", r))
	p.values = append(p.values, fmt.Sprintf("%+v", undated))
}

// differs says where two nights differ, in the records and their order, counts and
// deletions; empty: nowhere.
func (n *night) differs(other *night) string {
	if n.company != other.company {
		return fmt.Sprintf("company %+v, not %+v", n.company, other.company)
	}
	for _, o := range slices.Sorted(maps.Keys(other.of)) {
		got, want := n.of[o], other.of[o]
		if got == nil {
			return fmt.Sprintf("no %s", o)
		}
		if d := difference(got.records, want.records); d != "" {
			return fmt.Sprintf("%s: %s", o, d)
		}
		if d := difference(got.deleted, want.deleted); d != "" {
			return fmt.Sprintf("deleted %s: %s", o, d)
		}
		if got.claimed != want.claimed || got.received != want.received {
			return fmt.Sprintf("%s: %d claimed and %d received, not %d and %d", o, got.claimed, got.received, want.claimed, want.received)
		}
	}
	return ""
}

// values is what a night brought, in an order that is not that of its coming.
func (n *night) values() []string {
	lines := []string{fmt.Sprintf("%+v", n.company)}
	for _, o := range slices.Sorted(maps.Keys(n.of)) {
		p := n.of[o]
		lines = append(lines, fmt.Sprintf("%s: %d claimed, %d received, gone %v", o, p.claimed, p.received, sorted(p.deleted)))
		lines = append(lines, slices.Sorted(slices.Values(p.values))...)
	}
	return lines
}

// difference says where two lists differ first.
func difference(got, want []string) string {
	for n := range min(len(got), len(want)) {
		if got[n] != want[n] {
			return fmt.Sprintf("number %d of %d is\n%s\nwant\n%s", n, len(got), got[n], want[n])
		}
	}
	if len(got) != len(want) {
		return fmt.Sprintf("%d where %d belong", len(got), len(want))
	}
	return ""
}

// sorted is a list in the order of ids.
func sorted(ids []string) []string {
	return slices.SortedFunc(slices.Values(ids), reconcile.CompareIDs)
}
