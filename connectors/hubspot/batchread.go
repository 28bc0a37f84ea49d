package hubspot

import (
	"context"
	"encoding/json"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/tieout/tieout/connectors"
)

// The codes that a batch answer may carry without being broken.
const (
	objectNotFound = "OBJECT_NOT_FOUND"
	noAssociations = "crm.associations.NO_ASSOCIATIONS_FOUND"
)

type input struct {
	ID    string `json:"id"`
	After string `json:"after,omitempty"`
}

// A batchAnswer is the answer of a batch read. Its errors may come with status
// 207 (specifications of v3 and 2026-03) or 200 (that of 2026-09): the status
// says nothing.
type batchAnswer struct {
	Results []json.RawMessage `json:"results"`
	Errors  []fault           `json:"errors"`
	NumErrs *int              `json:"numErrors"`
}

// reads are batch reads that belong together, with the requests they took.
type reads struct {
	c    *Client
	sent atomic.Int64
}

// post sends a batch read.
func (k *reads) post(ctx context.Context, op, path string, body any) (batchAnswer, error) {
	var got batchAnswer
	sent, err := json.Marshal(body)
	if err != nil { // ids and names always marshal
		return got, err
	}
	select {
	case k.c.batches <- struct{}{}:
		defer func() { <-k.c.batches }()
	case <-ctx.Done():
		return got, ctx.Err()
	}
	answer, calls, err := k.c.transport.Read(ctx, connectors.Request{Op: op, Path: path, Body: sent})
	k.sent.Add(int64(calls))
	if err != nil {
		return got, err
	}
	if err := json.Unmarshal(answer.Body, &got); err != nil {
		return got, k.c.transport.Broken(op, "%v", err)
	}
	if got.NumErrs != nil && *got.NumErrs > 0 && len(got.Errors) == 0 {
		return got, k.c.transport.Broken(op, "%d errors, none of them told", *got.NumErrs)
	}
	return got, nil
}

// readBatches reads records by id, a hundred at a time, several batches at
// once. Deleted ones are not in the result.
func readBatches[P any](ctx context.Context, k *reads, object string, ids []string) (map[string]*record[P], error) {
	batches := slices.Collect(slices.Chunk(ids, k.c.sizes.batch))
	read := make([][]*record[P], len(batches))
	group, ctx := errgroup.WithContext(ctx)
	for n, batch := range batches {
		group.Go(func() (err error) {
			read[n], err = readBatch[P](ctx, k, object, batch)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	by := make(map[string]*record[P], len(ids))
	for _, records := range read {
		for _, r := range records {
			by[r.id] = r
		}
	}
	return by, nil
}

// readBatch reads up to a hundred records. One that is neither among the
// results nor reported as not found makes the answer a broken one: it might be
// a line that is on the invoice.
func readBatch[P any](ctx context.Context, k *reads, object string, ids []string) ([]*record[P], error) {
	records, missing, err := askBatch[P](ctx, k, object, ids)
	if err != nil {
		return nil, err
	}
	asked := records[:0]
	for _, r := range records {
		if missing[r.id] {
			delete(missing, r.id)
			asked = append(asked, r)
		}
	}
	for id := range missing {
		return nil, k.c.transport.Broken("read hubspot:"+object, "%d records are missing without a word, such as %s", len(missing), id)
	}
	return asked, nil
}

// askBatch asks for up to a hundred records. named are those of the ids that were not
// reported as not found.
func askBatch[P any](ctx context.Context, k *reads, object string, ids []string) (records []*record[P], named map[string]bool, err error) {
	op := "read hubspot:" + object
	body := struct {
		Inputs     []input  `json:"inputs"`
		Properties []string `json:"properties"`
	}{make([]input, len(ids)), properties[P]()}
	named = make(map[string]bool, len(ids))
	for n, id := range ids {
		body.Inputs[n].ID = id
		named[id] = true
	}
	got, err := k.post(ctx, op, k.c.paths.objects+object+"/batch/read", body)
	if err != nil {
		return nil, nil, err
	}
	for _, raw := range got.Results {
		r, err := parse[P](raw)
		if err != nil {
			return nil, nil, k.c.transport.Broken(op, "%v", err)
		}
		records = append(records, r)
	}
	for _, e := range got.Errors {
		if e.code() != objectNotFound {
			return nil, nil, k.told(op, e)
		}
		for _, id := range e.Context.IDs {
			delete(named, id.Plain())
		}
	}
	return records, named, nil
}

// told is the error of a batch answer that carries an error of ours.
func (k *reads) told(op string, f fault) error {
	return k.c.transport.Error(op, 0, connectors.Refusal{
		Kind: connectors.ErrBroken, Code: f.code(), Message: f.Message.Plain(), RequestID: f.CorrelationID.Plain(),
	})
}

// associated reads which records of an object those of another are associated
// with: all in one request, and again those with more than a page of
// neighbours. A record without any is missing from the results or reported;
// neither is an error.
func (k *reads) associated(ctx context.Context, object, to string, ids []string) (map[string][]string, error) {
	op, path := "read hubspot:"+object+"/"+to, k.c.paths.associations+object+"/"+to+"/batch/read"
	inputs := make([]input, len(ids))
	for n, id := range ids {
		inputs[n].ID = id
	}
	neighbours := map[string][]string{}
	seen := map[input]bool{}
	for len(inputs) > 0 {
		got, err := k.associationPage(ctx, op, path, inputs, object == "line_items")
		if err != nil {
			return nil, err
		}
		inputs = nil
		for _, from := range got {
			id := from.From.ID.Plain()
			neighbours[id] = from.appendTo(neighbours[id])
			if after := from.Paging.Next.After.Plain(); after != "" {
				again := input{id, after}
				if seen[again] {
					return nil, k.c.transport.Broken(op, "the page after %q is said to come again", after)
				}
				seen[again] = true
				inputs = append(inputs, again)
			}
		}
	}
	return neighbours, nil
}

// neighbourhood is a result of an association batch read ("Associations"
// page). toObjectId is a number in its samples and a string in the
// specifications.
type neighbourhood struct {
	From struct {
		ID value `json:"id"`
	} `json:"from"`
	To []struct {
		ID value `json:"toObjectId"`
	} `json:"to"`
	Paging paging `json:"paging"`
}

// appendTo adds the neighbours to a list, each once: one may come under
// several labels.
func (n *neighbourhood) appendTo(list []string) []string {
	for _, to := range n.To {
		if id := to.ID.Plain(); !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// associationPage reads a page of neighbours. gone says that a record which is not there
// is no error: of a line item events may tell, of an invoice it would look as if it had
// no lines.
func (k *reads) associationPage(ctx context.Context, op, path string, inputs []input, gone bool) ([]neighbourhood, error) {
	got, err := k.post(ctx, op, path, map[string]any{"inputs": inputs})
	if err != nil {
		return nil, err
	}
	for _, e := range got.Errors {
		if e.SubCategory.Plain() != noAssociations && !(gone && e.code() == objectNotFound) {
			return nil, k.told(op, e)
		}
	}
	list := make([]neighbourhood, len(got.Results))
	for n, raw := range got.Results {
		if err := json.Unmarshal(raw, &list[n]); err != nil || list[n].From.ID.Plain() == "" {
			return nil, k.c.transport.Broken(op, "a result that is no association")
		}
		for _, to := range list[n].To {
			if to.ID.Plain() == "" {
				return nil, k.c.transport.Broken(op, "an association without toObjectId")
			}
		}
	}
	return list, nil
}
