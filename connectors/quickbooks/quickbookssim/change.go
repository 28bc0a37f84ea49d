package quickbookssim

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What people do in the company while it is read. Every change is stamped with
// the company's clock, to the second and in Pacific time as recorded.

// updated is the property that changes move.
const updated = "MetaData.LastUpdatedTime"

// Create files a new entity and returns its Id, the next one where raw has none.
func (c *Company) Create(entity, raw string) (id string, err error) {
	err = c.change("create", entity, "", func(t *table, _ *row) (*row, error) {
		if !isObject(raw) {
			return nil, errNotObject
		}
		body := []byte(raw)
		if idOf(body) == "" {
			body = setMember(body, "Id", strconv.Quote(c.nextID(t)))
		}
		now := c.stamped()
		r, err := t.newRow(setMember(body, "MetaData", `{"CreateTime":"`+now+`","LastUpdatedTime":"`+now+`"}`))
		if err != nil {
			return nil, err
		}
		if t.byID[r.id] != nil {
			return nil, errDuplicateID
		}
		id = r.id
		return r, nil
	})
	return id, err
}

// Update sets members of an entity, given as a JSON object, and raises its
// SyncToken.
func (c *Company) Update(entity, id, members string) error {
	return c.change("update", entity, id, func(t *table, r *row) (*row, error) {
		if !isObject(members) {
			return nil, errNotObject
		}
		return c.edited(t, r, members)
	})
}

const inactiveSuffix = " (deleted)"

// Deactivate makes an entry of a name list inactive, which QuickBooks shows in
// its name too.
func (c *Company) Deactivate(entity, id string) error {
	return c.change("deactivate", entity, id, func(t *table, r *row) (*row, error) {
		if t.kind.class != nameList {
			return nil, errors.New("no name list")
		}
		set := []byte(`{"Active":false}`)
		members(r.raw, 0, func(name []byte, at span) {
			switch n := string(name); n {
			case "Name", "DisplayName", "FullyQualifiedName":
				set = appendMember(set, n, string(encode(strings.TrimSuffix(scalar(at.of(r.raw)), inactiveSuffix)+inactiveSuffix)))
			}
		})
		return c.edited(t, r, string(set))
	})
}

// Delete deletes a transaction. Change data capture tells of it from then on.
func (c *Company) Delete(entity, id string) error {
	return c.change("delete", entity, id, func(t *table, _ *row) (*row, error) {
		if t.kind.class != transaction {
			return nil, errors.New("no transaction; names are made inactive")
		}
		t.tombstones = append(t.tombstones, tombstone{id, c.options.Now()})
		return nil, nil //nolint:nilnil // no row is what is left
	})
}

// change puts what become makes of a row in its place.
func (c *Company) change(verb, entity, id string, become func(*table, *row) (*row, error)) error {
	c.books.Lock()
	defer c.books.Unlock()
	t := c.tables[entity]
	if t == nil {
		return fmt.Errorf("%s %s: no such entity", verb, entity)
	}
	before := t.byID[id]
	if id != "" && before == nil {
		return fmt.Errorf("%s %s %s: not found", verb, entity, id)
	}
	after, err := become(t, before)
	if err != nil {
		return fmt.Errorf("%s %s %s: %w", verb, entity, id, err)
	}
	t.replace(before, after)
	c.changed(event{entity: entity, id: cmp.Or(after, before).id, operation: happened[verb], at: c.options.Now()})
	return nil
}

// happened is what a webhook calls what people do.
var happened = map[string]string{"create": "Create", "update": "Update", "deactivate": "Update", "delete": "Delete"}

// edited returns a row with members set, its SyncToken one higher and its stamp
// that of now.
func (c *Company) edited(t *table, r *row, set string) (*row, error) {
	raw, token, created := r.raw, 0, r.textOf(t.index["MetaData.CreateTime"])
	members([]byte(set), 0, func(name []byte, at span) { raw = setMember(raw, string(name), set[at.from:at.to]) })
	members(r.raw, 0, func(name []byte, at span) {
		if string(name) == "SyncToken" {
			token, _ = strconv.Atoi(scalar(at.of(r.raw))) // what is no number begins anew
		}
	})
	raw = setMember(raw, "SyncToken", strconv.Quote(strconv.Itoa(token+1)))
	raw = setMember(raw, "MetaData", `{"CreateTime":`+string(encode(created))+`,"LastUpdatedTime":"`+c.stamped()+`"}`)
	return t.newRow(raw)
}

// stamped is now as MetaData has it.
func (c *Company) stamped() string {
	return c.options.Now().In(c.pacific).Format(stampForm)
}

// stampForm is how instants are written in MetaData.
const stampForm = "2006-01-02T15:04:05-07:00"

// nextID returns an Id that was never given before.
func (c *Company) nextID(t *table) string {
	sequence := t.kind.sequence()
	if _, ok := c.lastID[sequence]; !ok {
		for _, t := range c.tables {
			if t.kind.sequence() == sequence {
				c.lastID[sequence] = max(c.lastID[sequence], t.highestID())
			}
		}
	}
	c.lastID[sequence]++
	return strconv.Itoa(c.lastID[sequence])
}

// sequence names the Ids that the kind shares: all transactions theirs, customers,
// vendors and employees theirs (recorded: vendor 71 after customer 70), any other
// list has its own.
func (k *kind) sequence() string {
	switch {
	case k.class == transaction:
		return "transactions"
	case slices.Contains(persons, k.name):
		return "persons"
	}
	return k.name
}

func (t *table) highestID() int {
	highest := 0
	for _, r := range t.rows {
		if n, err := strconv.Atoi(r.id); err == nil {
			highest = max(highest, n)
		}
	}
	for _, d := range t.tombstones {
		if n, err := strconv.Atoi(d.id); err == nil {
			highest = max(highest, n)
		}
	}
	return highest
}

func isObject(raw string) bool {
	return json.Valid([]byte(raw)) && strings.HasPrefix(strings.TrimSpace(raw), "{")
}

// setMember returns the object with a member of a value, in the place of the one
// that it has or at its end.
func setMember(object []byte, name, value string) []byte {
	var out []byte
	members(object, 0, func(n []byte, at span) {
		if string(n) == name {
			out = append(out[:0], object[:at.from]...)
			out = append(append(out, value...), object[at.to:]...)
		}
	})
	if out == nil {
		out = appendMember(object, name, value)
	}
	return out
}
