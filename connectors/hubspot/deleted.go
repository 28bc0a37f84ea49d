package hubspot

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// Deleted returns the ids of records that were archived since, or shortly
// before. HubSpot keeps them for 90 days ("CRM objects" page, deleted records);
// contacts and companies that were merged into another are among them. The tax
// rate library tells of none.
func (c *Client) Deleted(ctx context.Context, o reconcile.Object, since time.Time) (ids []string, calls int, err error) {
	if o == reconcile.ObjectTaxRates {
		return nil, 0, nil
	}
	name, err := objectName(o)
	if err != nil {
		return nil, 0, err
	}
	l := cursor{c: c, op: "list archived hubspot:" + name, path: c.paths.objects + name, query: url.Values{
		"limit": {strconv.Itoa(c.sizes.page)}, "archived": {"true"}, "properties": {objectID},
	}}
	for page, err := range l.pages(ctx) {
		calls += page.calls
		if err != nil {
			return nil, calls, err
		}
		for _, raw := range page.records {
			id, at, err := l.archived(raw)
			if err != nil {
				return nil, calls, err
			}
			if !at.Before(since.Add(-overlap)) {
				ids = append(ids, id)
			}
		}
	}
	return ids, calls, nil
}

// archived reads when a record was archived. One that does not say so was just
// now, for all that is known; one that is not archived is not gone.
func (l cursor) archived(raw json.RawMessage) (id string, at time.Time, err error) {
	var r struct {
		ID         value `json:"id"`
		Archived   value `json:"archived"`
		ArchivedAt value `json:"archivedAt"`
	}
	err = json.Unmarshal(raw, &r)
	id = r.ID.Plain()
	switch {
	case err != nil || id == "":
		return "", at, l.c.transport.Broken(l.op, "%v", errNoID)
	case !r.Archived.IsTrue():
		return "", at, l.c.transport.Broken(l.op, "record %s is not archived", id)
	}
	if at, err = time.Parse(time.RFC3339, r.ArchivedAt.Plain()); err != nil {
		at = latest
	}
	return id, at, nil
}

// latest is after all times.
var latest = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
