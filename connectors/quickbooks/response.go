package quickbooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/tieout/tieout/connectors"
)

// A faultFound is a fault in a body where entities belong.
type faultFound struct{ raw json.RawMessage }

func (f *faultFound) Error() string { return "a fault" }

// undecoded is the error of an answer that could not be decoded.
func (c *Client) undecoded(op string, a connectors.Answer, err error) error {
	var found *faultFound
	if !errors.As(err, &found) {
		return c.transport.Broken(op, "%v", err)
	}
	a.Body = fmt.Appendf(nil, `{"Fault":%s}`, found.raw)
	return c.faultInside(op, a)
}

// A response is the QueryResponse of a body.
type response struct {
	entity   string // the kind of the entities; empty where there are none
	entities []json.RawMessage
	total    int // -1 when there is none
}

// decodeResponse reads the body of a query entity by entity, keeping each as
// its bytes. Member names are told apart by case: the gateway's fault has a
// queryResponse that is none.
func decodeResponse(body []byte, entity string) (response, error) {
	got := response{total: -1}
	d := json.NewDecoder(bytes.NewReader(body))
	found := false
	err := members(d, func(name string) error {
		switch name {
		case "Fault", "fault":
			return foundFault(d)
		case "QueryResponse":
			found = true
			return got.decode(d, entity)
		}
		return skip(d)
	})
	if err == nil && !found {
		err = errors.New("no QueryResponse")
	}
	return got, err
}

// decode reads a QueryResponse of one of the kinds. maxResults is the number of
// rows that were sent: fewer were lost on the way.
func (r *response) decode(d *json.Decoder, kinds ...string) error {
	sent := -1
	err := members(d, func(name string) error {
		if slices.Contains(kinds, name) {
			r.entity = name
			return r.decodeEntities(d)
		}
		switch name {
		case "Fault", "fault":
			return foundFault(d)
		case "maxResults":
			return d.Decode(&sent)
		case "totalCount":
			return d.Decode(&r.total)
		}
		return skip(d)
	})
	if err == nil && sent > 0 && sent != len(r.entities) {
		err = fmt.Errorf("%d entities where maxResults says %d", len(r.entities), sent)
	}
	return err
}

func (r *response) decodeEntities(d *json.Decoder) error {
	return elements(d, func() error {
		var raw json.RawMessage
		err := d.Decode(&raw)
		r.entities = append(r.entities, raw)
		return err
	})
}

// decodeChanges reads the body of change data capture: one QueryResponse for
// each kind that was asked for, empty where nothing changed, in whatever order.
func decodeChanges(body []byte, kinds ...string) ([]response, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	var list []response
	found := false
	err := members(d, func(name string) error {
		switch name {
		case "Fault", "fault":
			return foundFault(d)
		case "CDCResponse":
			found = true
			return elements(d, func() error {
				return members(d, func(name string) error {
					switch name {
					case "Fault", "fault":
						return foundFault(d)
					case "QueryResponse":
						return elements(d, func() error {
							list = append(list, response{total: -1})
							return list[len(list)-1].decode(d, kinds...)
						})
					}
					return skip(d)
				})
			})
		}
		return skip(d)
	})
	if err == nil && !found {
		err = errors.New("no CDCResponse")
	}
	return list, err
}

// elements walks the elements of a list; each reads itself.
func elements(d *json.Decoder, each func() error) error {
	if err := expect(d, '['); err != nil {
		return err
	}
	for d.More() {
		if err := each(); err != nil {
			return err
		}
	}
	return expect(d, ']')
}

// members walks the members of an object; each reads its own value.
func members(d *json.Decoder, each func(name string) error) error {
	if err := expect(d, '{'); err != nil {
		return err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return err
		}
		if err := each(fmt.Sprint(name)); err != nil {
			return err
		}
	}
	return expect(d, '}')
}

func expect(d *json.Decoder, want json.Delim) error {
	got, err := d.Token()
	if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("%v where %v belongs", got, want)
	}
	return nil
}

func skip(d *json.Decoder) error {
	var raw json.RawMessage
	return d.Decode(&raw)
}

// foundFault reads a fault; null is none.
func foundFault(d *json.Decoder) error {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return err
	}
	if string(raw) == "null" {
		return nil
	}
	return &faultFound{raw}
}
