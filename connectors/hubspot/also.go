package hubspot

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/tieout/tieout/connectors"
)

// beside yields what a reading of changes brings, and then those records that are wanted
// also and that it did not.
func beside[P any](ctx context.Context, c *Client, object string, changed iter.Seq2[listPage, error], w connectors.Want) iter.Seq2[listPage, error] {
	if len(w.Also) == 0 {
		return changed
	}
	return func(yield func(listPage, error) bool) {
		missing := make(map[string]bool, len(w.Also))
		for _, id := range w.Also {
			missing[id] = true
		}
		for page, err := range changed {
			if !yield(page, err) || err != nil {
				return
			}
			for _, raw := range page.records {
				if id, err := idOf(raw); err == nil { // the search has read it before
					delete(missing, id)
				}
			}
		}
		for batch := range slices.Chunk(slices.Sorted(maps.Keys(missing)), c.sizes.chunk) {
			page, err := readAlso[P](ctx, c, object, batch, w.Since.Add(-overlap))
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// readAlso reads records that events told of. Unlike other batch reads it takes what
// it gets: a record may be gone, and by the id of one that was merged another comes.
//
// One that was made since and was not found is left to the next pull. The search's
// index lags behind and does not have it yet, and neither does the number of all
// records, which comes from there.
func readAlso[P any](ctx context.Context, c *Client, object string, ids []string, since time.Time) (page listPage, err error) {
	k := &reads{c: c}
	defer func() { page.calls = int(k.sent.Load()) }()
	seen := map[string]bool{}
	for batch := range slices.Chunk(ids, c.sizes.batch) {
		records, _, err := askBatch[P](ctx, k, object, batch)
		if errors.Is(err, connectors.ErrNotFound) { // all of them are gone
			continue
		}
		if err != nil {
			return page, err
		}
		for _, r := range records {
			if !seen[r.id] && !r.madeSince(since) {
				seen[r.id] = true
				page.records = append(page.records, r.raw)
			}
		}
	}
	return page, nil
}

func (r *record[P]) madeSince(at time.Time) bool {
	in := &connectors.Reader{Loose: true}
	return !in.Instant("createdAt", r.CreatedAt).Before(at)
}
