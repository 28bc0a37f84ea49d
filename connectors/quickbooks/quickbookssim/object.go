package quickbookssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"slices"
)

// An object is a JSON object that is being worked on: its members keep their
// order, and numbers the way they are written. A value is a string, a
// json.Number, a bool, nil, an *object or an []any of these.
type object struct {
	members []member
}

// A member is one member of an object.
type member struct {
	name  string
	value any
}

// parseObject reads a JSON object and nothing behind it. Of members of one name
// the last counts.
func parseObject(raw []byte) (*object, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := decodeValue(d, 0)
	if err != nil {
		return nil, err
	}
	o, ok := v.(*object)
	if !ok {
		return nil, errNotObject
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errNotObject
	}
	return o, nil
}

// maxDepth bounds how deep bodies nest; invoices have six levels.
const maxDepth = 64

func decodeValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	if depth > maxDepth {
		return nil, errNotObject
	}
	switch token {
	case json.Delim('{'):
		return decodeObject(d, depth)
	case json.Delim('['):
		list := []any{}
		for d.More() {
			v, err := decodeValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	return token, nil
}

func decodeObject(d *json.Decoder, depth int) (*object, error) {
	o := &object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := decodeValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		o.set(name.(string), v) // a decoder gives nothing else here
	}
	_, err := d.Token()
	return o, err
}

func (o *object) index(name string) int {
	return slices.IndexFunc(o.members, func(m member) bool { return m.name == name })
}

// has reports whether there is a member, be it null.
func (o *object) has(name string) bool { return o.index(name) >= 0 }

// get returns a member's value, nil for none.
func (o *object) get(name string) any {
	if i := o.index(name); i >= 0 {
		return o.members[i].value
	}
	return nil
}

// set gives a member a value, in its place or at the end.
func (o *object) set(name string, v any) {
	if i := o.index(name); i >= 0 {
		o.members[i].value = v
		return
	}
	o.members = append(o.members, member{name, v})
}

// fill gives a member a value unless it has one.
func (o *object) fill(name string, v any) {
	if o.get(name) == nil {
		o.set(name, v)
	}
}

// drop takes members out.
func (o *object) drop(names ...string) {
	o.members = slices.DeleteFunc(o.members, func(m member) bool { return slices.Contains(names, m.name) })
}

// text returns a member that is a string or is written like one, "" otherwise.
func (o *object) text(name string) string { return textOf(o.get(name)) }

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

// child returns a member that is an object; an empty one that is not part of o
// otherwise, so that looking further finds nothing.
func (o *object) child(name string) *object {
	if child, ok := o.get(name).(*object); ok {
		return child
	}
	return &object{}
}

// ref returns the Id that a reference names.
func (o *object) ref(name string) string { return o.child(name).text("value") }

// list returns the objects of a member that is an array.
func (o *object) list(name string) []*object {
	values, _ := o.get(name).([]any)
	var out []*object
	for _, v := range values {
		if o, ok := v.(*object); ok {
			out = append(out, o)
		}
	}
	return out
}

// setList makes a member an array of objects.
func (o *object) setList(name string, list []*object) {
	values := make([]any, len(list))
	for i, l := range list {
		values[i] = l
	}
	o.set(name, values)
}

// amount returns a number, 0 for what is none.
func (o *object) amount(name string) *big.Rat {
	if r, err := parseAmount(o.text(name)); err == nil {
		return r
	}
	return new(big.Rat)
}

// clone returns a copy that shares nothing.
func (o *object) clone() *object {
	out := &object{members: make([]member, len(o.members))}
	for i, m := range o.members {
		out.members[i] = member{m.name, cloneValue(m.value)}
	}
	return out
}

func cloneValue(v any) any {
	switch v := v.(type) {
	case *object:
		return v.clone()
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = cloneValue(v[i])
		}
		return out
	}
	return v
}

// bytes writes the object; members without a value are left out, as QuickBooks
// does.
func (o *object) bytes() []byte { return appendObject(nil, o) }

func appendObject(b []byte, o *object) []byte {
	b = append(b, '{')
	first := true
	for _, m := range o.members {
		if m.value == nil {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(b, encode(m.name)...), ':')
		b = appendValue(b, m.value)
	}
	return append(b, '}')
}

func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case *object:
		return appendObject(b, v)
	case []any:
		b = append(b, '[')
		for i := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v[i])
		}
		return append(b, ']')
	case json.Number:
		return append(b, v...)
	}
	return append(b, encode(v)...)
}
