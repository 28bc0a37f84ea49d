package hubspot

import (
	"context"
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"time"

	"github.com/tieout/tieout/connectors"
)

// A touched is what is known of the invoices that changed: whether an edited
// line item changes its invoice is not documented, so that those whose lines
// alone were edited are found by their lines.
type touched struct {
	reads
	read map[string]bool // invoices that are in hand already
	told int64           // requests of reads that a page has told
}

// changedInvoices yields the invoices that have changed since then, then those of
// which a line item has, and those that are wanted also.
func (c *Client) changedInvoices(changed reading, w connectors.Want) reading {
	return func(ctx context.Context) iter.Seq2[listPage, error] {
		return func(yield func(listPage, error) bool) {
			t := &touched{reads: reads{c: c}, read: map[string]bool{}}
			for page, err := range changed(ctx) {
				if !yield(page, err) || err != nil {
					return
				}
				t.note(page.records)
			}
			if !t.byLines(ctx, w.Since.Add(-overlap), yield) {
				return
			}
			t.hinted(ctx, w, yield)
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
func (t *touched) byLines(ctx context.Context, since time.Time, yield func(listPage, error) bool) (goOn bool) {
	h := changesOf[struct{}](t.c, "line_items")
	h.only = []filter{{"createdate", "LT", strconv.FormatInt(since.UnixMilli(), 10)}}
	var lines []string
	calls := 0
	for page, err := range h.walk(ctx, since) {
		if calls += page.calls; err != nil {
			yield(listPage{calls: calls}, err)
			return false
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
				return false
			}
		}
	}
	invoices, err := t.invoicesOf(ctx, lines)
	invoices.calls += calls
	return yield(invoices, err) && err == nil
}

// hinted yields the invoices that are wanted also, by themselves or by their lines.
func (t *touched) hinted(ctx context.Context, w connectors.Want, yield func(listPage, error) bool) {
	for ids := range slices.Chunk(w.Also, t.c.sizes.chunk) {
		page, err := readAlso[invoiceProperties](ctx, t.c, "invoices", slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return t.read[id] }), w.Since.Add(-overlap))
		t.note(page.records)
		if !yield(page, err) || err != nil {
			return
		}
	}
	for lines := range slices.Chunk(w.Lines, t.c.sizes.chunk) {
		invoices, err := t.invoicesOf(ctx, lines)
		if !yield(invoices, err) || err != nil {
			return
		}
	}
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
