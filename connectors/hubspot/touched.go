package hubspot

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"time"
)

// A touched is what is known of the invoices that changed: whether an edited
// line item changes its invoice is not documented, so that those whose lines
// alone were edited are found by their lines.
type touched struct {
	reads
	read map[string]bool // invoices that are in hand already
	told int64           // requests of reads that a page has told
}

// changedInvoices yields the invoices that have changed since then, and then
// those of which a line item has.
func (c *Client) changedInvoices(changed reading, since time.Time) reading {
	return func(ctx context.Context) iter.Seq2[listPage, error] {
		return func(yield func(listPage, error) bool) {
			t := &touched{reads: reads{c: c}, read: map[string]bool{}}
			for page, err := range changed(ctx) {
				if !yield(page, err) || err != nil {
					return
				}
				t.note(page.records)
			}
			t.byLines(ctx, since, yield)
		}
	}
}

func (t *touched) note(invoices []json.RawMessage) {
	for _, raw := range invoices {
		if id, err := idOf(raw); err == nil { // the search has read it before
			t.read[id] = true
		}
	}
}

// byLines yields the invoices whose lines were edited since then. Lines that
// were made since then are of invoices that have changed themselves.
func (t *touched) byLines(ctx context.Context, since time.Time, yield func(listPage, error) bool) {
	h := changesOf[struct{}](t.c, "line_items")
	h.only = []filter{{"createdate", "LT", strconv.FormatInt(since.UnixMilli(), 10)}}
	var lines []string
	calls := 0
	for page, err := range h.walk(ctx, since) {
		if calls += page.calls; err != nil {
			yield(listPage{calls: calls}, err)
			return
		}
		for _, raw := range page.records {
			if id, err := idOf(raw); err == nil { // the walk has read it before
				lines = append(lines, id)
			}
		}
		for len(lines) >= t.c.sizes.chunk {
			invoices, err := t.invoicesOf(ctx, lines[:t.c.sizes.chunk])
			invoices.calls += calls
			if lines, calls = lines[t.c.sizes.chunk:], 0; !yield(invoices, err) || err != nil {
				return
			}
		}
	}
	invoices, err := t.invoicesOf(ctx, lines)
	invoices.calls += calls
	yield(invoices, err)
}

// invoicesOf reads the invoices of line items that are not in hand. Those that
// were deleted are not among them.
func (t *touched) invoicesOf(ctx context.Context, lines []string) (page listPage, err error) {
	defer func() {
		sent := t.sent.Load()
		page.calls, t.told = int(sent-t.told), sent
	}()
	if len(lines) == 0 {
		return page, nil
	}
	neighbours, err := t.associated(ctx, "line_items", "invoices", lines)
	if err != nil {
		return page, err
	}
	ids := slices.DeleteFunc(idsOf(neighbours), func(id string) bool { return t.read[id] })
	records, err := readBatches[invoiceProperties](ctx, &t.reads, "invoices", ids)
	if err != nil {
		return page, err
	}
	for _, id := range ids {
		if r := records[id]; r != nil {
			page.records = append(page.records, r.raw)
		}
	}
	t.note(page.records)
	return page, nil
}
