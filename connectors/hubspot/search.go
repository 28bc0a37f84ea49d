package hubspot

import (
	"context"
	"encoding/json"

	"github.com/tieout/tieout/connectors"
)

// A query is the body of a search ("Search the CRM" page).
type query struct {
	Groups     []group  `json:"filterGroups,omitempty"`
	Sorts      []sorted `json:"sorts,omitempty"`
	Properties []string `json:"properties,omitempty"`
	Limit      int      `json:"limit"`
	// After is an offset. It is "0" in all searches but those for marks: what is
	// found moves while it is read, and ends at 10,000.
	After string `json:"after,omitempty"`
}

// A group is a number of filters of which all must hold.
type group struct {
	Filters []filter `json:"filters"`
}

type filter struct {
	Property string `json:"propertyName"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

type sorted struct {
	Property  string `json:"propertyName"`
	Direction string `json:"direction"`
}

// The properties and words of searches.
const (
	objectID   = "hs_object_id"
	ascending  = "ASCENDING"
	descending = "DESCENDING"
)

// found is the answer of a search.
type found struct {
	total   int // of all that match
	records []json.RawMessage
	more    bool // more match than are here
}

// search sends a search.
func (c *Client) search(ctx context.Context, op, object string, q query) (found, int, error) {
	body, err := json.Marshal(q)
	if err != nil { // texts always marshal
		return found{}, 0, err
	}
	answer, calls, err := c.transport.Read(ctx, connectors.Request{
		Op: op, Path: c.paths.objects + object + "/search", Body: body, Search: true,
	})
	if err != nil {
		return found{}, calls, err
	}
	var got struct {
		Total   *int              `json:"total"`
		Results []json.RawMessage `json:"results"`
		Paging  paging            `json:"paging"`
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil || got.Total == nil || *got.Total < 0 {
		return found{}, calls, c.transport.Broken(op, "no total")
	}
	if got.Results == nil {
		return found{}, calls, c.transport.Broken(op, "no list of results")
	}
	return found{*got.Total, got.Results, got.Paging.Next.After.Plain() != ""}, calls, nil
}
