package quickbooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// Change data capture: one request tells what has changed of all kinds since an
// instant, and what was deleted (learn/explore-the-quickbooks-online-api,
// "change data capture").
const (
	// captureSize is how many objects an answer holds at most, all kinds together.
	// It is not said when there were more.
	captureSize = 1000
	// lookBack keeps within the 30 days that it looks back.
	lookBack = 25 * 24 * time.Hour
	// overlap is read again at every pull, for what had not arrived in the index
	// yet, for clocks that differ, and since it is not documented whether an
	// instant itself belongs to what is after it.
	overlap = 5 * time.Minute
	// maxWindows bounds the requests for the deletions of one kind where there are
	// more changes than an answer holds: the last one looks back 1/128 of the time.
	maxWindows = 8
)

// captured are the kinds that are asked for together. Tax codes and rates are
// not captured.
var captured = []string{"Customer", "Item", "Invoice"}

// changes are what one answer told.
type changes struct {
	since   time.Time
	changed map[string][]json.RawMessage // by kind
	deleted map[string][]string          // ids by kind
	// capped says that there is more than it tells, or that it tells nothing.
	capped bool
	taken  map[reconcile.Object]bool // what was pulled from it
}

// after is the instant that changes are asked from.
func after(since time.Time) (time.Time, error) {
	from := since.Add(-overlap)
	if time.Since(from) > lookBack {
		return from, fmt.Errorf("quickbooks changes since %s: %w", since.UTC().Format(time.RFC3339), connectors.ErrTooOld)
	}
	return from, nil
}

// changesFor returns what changed since, from the answer that the objects of a
// run share. An object that was pulled from it already is pulled anew.
func (c *Client) changesFor(ctx context.Context, o reconcile.Object, since time.Time) (known *changes, calls int, err error) {
	return c.share(ctx, since, func(known *changes) bool {
		again := known.taken[o]
		known.taken[o] = true
		return !again
	})
}

// share returns the answer that is at hand, if it is of that instant and will do,
// or asks for one.
func (c *Client) share(ctx context.Context, since time.Time, do func(*changes) bool) (known *changes, calls int, err error) {
	from, err := after(since)
	if err != nil {
		return nil, 0, err
	}
	c.capture.Lock() // the second who asks waits for the answer
	defer c.capture.Unlock()
	if c.changes != nil && c.changes.since.Equal(since) && do(c.changes) {
		return c.changes, 0, nil
	}
	known, calls, err = c.ask(ctx, from, captured...)
	if err != nil {
		return nil, calls, err
	}
	known.since = since
	if known.capped {
		known.changed = nil // in part, so that nothing is
	}
	do(known)
	c.changes = known
	return known, calls, nil
}

// ask asks for the changes of kinds from an instant on.
func (c *Client) ask(ctx context.Context, from time.Time, kinds ...string) (told *changes, calls int, err error) {
	op := "changes quickbooks:" + strings.Join(kinds, ",")
	told = &changes{changed: map[string][]json.RawMessage{}, deleted: map[string][]string{}, taken: map[reconcile.Object]bool{}}
	answer, calls, err := c.read(ctx, op, "cdc", url.Values{
		"entities": {strings.Join(kinds, ",")}, "changedSince": {from.UTC().Format(instantForm)},
	})
	var list []response
	if err == nil {
		if list, err = decodeChanges(answer.Body, kinds...); err != nil {
			err = c.undecoded(op, answer, err)
		}
	}
	switch {
	case refused(err):
		told.capped = true
		return told, calls, nil
	case err != nil:
		return nil, calls, err
	}
	if err := told.sort(list, c.captureSize); err != nil {
		return nil, calls, c.transport.Broken(op, "%v", err)
	}
	return told, calls, nil
}

// refused says whether a request was turned down for what it asks. That there are
// too many changes may be a fault of that kind; its code is not documented.
func refused(err error) bool {
	var e *connectors.APIError
	return errors.As(err, &e) && errors.Is(err, connectors.ErrBroken) && e.Code != "" && e.Status > 0 && e.Status < http.StatusInternalServerError
}

// sort tells the changed from the deleted. Only a status Deleted means that: it is
// absent on everything else.
func (t *changes) sort(list []response, most int) error {
	all := 0
	for _, r := range list {
		all += len(r.entities)
		t.capped = t.capped || r.total > len(r.entities)
		for _, raw := range r.entities {
			row, err := readRow(raw)
			switch {
			case err != nil:
				return err
			case row.Status.Plain() == "Deleted":
				t.deleted[r.entity] = append(t.deleted[r.entity], row.ID.Plain())
			default:
				t.changed[r.entity] = append(t.changed[r.entity], raw)
			}
		}
	}
	t.capped = t.capped || all >= most
	return nil
}

// Deleted returns the ids of records that were deleted since. It is told by the
// answer from which the run's changes were pulled. Where that had no room for
// everything, the object is asked for alone, and of ever shorter a time while that
// does not suffice either: what was deleted before is then not told.
func (c *Client) Deleted(ctx context.Context, o reconcile.Object, since time.Time) (ids []string, calls int, err error) {
	if o == reconcile.ObjectTaxRates {
		return nil, 0, nil
	}
	k, err := c.kind(o)
	if err != nil {
		return nil, 0, err
	}
	known, calls, err := c.share(ctx, since, func(*changes) bool { return true })
	if err != nil {
		return nil, calls, err
	}
	ids = slices.Clone(known.deleted[k.entity])
	from := since.Add(-overlap)
	for range maxWindows {
		if !known.capped {
			break
		}
		var more int
		known, more, err = c.ask(ctx, from, k.entity)
		calls += more
		if err != nil {
			return nil, calls, err
		}
		ids = append(ids, known.deleted[k.entity]...)
		from = from.Add(time.Since(from) / 2)
	}
	slices.Sort(ids)
	return slices.Compact(ids), calls, nil
}
