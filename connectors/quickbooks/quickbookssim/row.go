package quickbookssim

import (
	"bytes"
	"errors"
)

// A row is one entity: its bytes, and where in them the properties are that
// queries may name. Values are decoded when they are asked for, which keeps a
// company of 100,000 invoices in a few hundred megabytes.
type row struct {
	id     string
	raw    []byte
	values []span // parallel to the table's properties
	past   *row   // as it was before its last change: absent at first, nil for a row of the dataset
}

// absent is the past of a row that was created.
var absent = new(row)

var (
	errNotObject   = errors.New("not a JSON object")
	errNoID        = errors.New("no Id: every entity has one, as a JSON string")
	errDuplicateID = errors.New("duplicate Id")
)

// newRow indexes one entity and completes it with the members that a real
// answer always carries.
func (t *table) newRow(raw []byte) (*row, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' {
		return nil, errNotObject
	}
	id := idOf(raw)
	if id == "" && t.kind.class == singleton {
		id, raw = "1", appendMember(raw, "Id", `"1"`)
	}
	if id == "" {
		return nil, errNoID
	}
	raw = t.complete(raw, id)
	return &row{id: id, raw: raw, values: t.locate(raw)}, nil
}

// textOf returns the text of property i, "" when the row has none.
func (r *row) textOf(i int) string { return scalar(r.values[i].of(r.raw)) }

// valueOf returns property i. A dataset may hold anything there: what does not
// fit the property is unreadable.
func (t *table) valueOf(r *row, i int) value {
	typ, raw := t.properties[i].typ, r.values[i].of(r.raw)
	if typ.plain() && len(raw) > 0 && (raw[0] == '{' || raw[0] == '[') {
		return value{unreadable: true}
	}
	v, err := t.compare.parse(typ, scalar(raw))
	if err != nil {
		return value{unreadable: true}
	}
	return v
}

// idOf returns the Id of an entity, or "" unless it is a JSON string.
func idOf(raw []byte) string {
	var id string
	members(raw, 0, func(name []byte, at span) {
		if string(name) == "Id" && raw[at.from] == '"' {
			id = unquote(at.of(raw))
		}
	})
	return id
}

// locate finds the table's properties in a record, and remembers the names of
// its members.
func (t *table) locate(raw []byte) []span {
	values := make([]span, len(t.properties))
	members(raw, 0, func(name []byte, at span) {
		if i, ok := t.index[string(name)]; ok {
			values[i] = at
		}
		if !t.known[string(name)] {
			t.known[string(name)] = true
		}
		if string(name) != "MetaData" || raw[at.from] != '{' {
			return
		}
		members(raw, int(at.from), func(inner []byte, at span) {
			if i, ok := t.index["MetaData."+string(inner)]; ok {
				values[i] = at
			}
		})
	})
	return values
}

// complete appends what every answer of QuickBooks carries and the record
// lacks, and leaves its own bytes as they are. Only the pseudo tax codes (TAX,
// NON) have no SyncToken.
func (t *table) complete(raw []byte, id string) []byte {
	has := make(map[string]bool, 4)
	members(raw, 0, func(name []byte, _ span) {
		switch n := string(name); n {
		case "SyncToken", "MetaData", "domain", "sparse":
			has[n] = true
		}
	})
	pseudo := t.kind.name == "TaxCode" && !isNumber(id)
	if !has["SyncToken"] && !pseudo {
		raw = appendMember(raw, "SyncToken", `"0"`)
	}
	if !has["MetaData"] {
		raw = appendMember(raw, "MetaData", `{"CreateTime":"`+longAgo+`","LastUpdatedTime":"`+longAgo+`"}`)
	}
	if !has["domain"] {
		raw = appendMember(raw, "domain", `"QBO"`)
	}
	if !has["sparse"] {
		raw = appendMember(raw, "sparse", "false")
	}
	return raw
}

// appendMember returns the object with one member more, at its end.
func appendMember(object []byte, name, value string) []byte {
	head := bytes.TrimRight(object[:len(object)-1], " \t\r\n")
	out := append(make([]byte, 0, len(head)+len(name)+len(value)+8), head...)
	if head[len(head)-1] != '{' {
		out = append(out, ',')
	}
	out = append(out, '"')
	out = append(out, name...)
	out = append(out, '"', ':')
	out = append(out, value...)
	return append(out, '}')
}

// project returns the members of a record that were selected, in the record's
// order. A partial entity says so in its member sparse [inferred].
func (r *row) project(fields map[string]bool) []byte {
	out := []byte{'{', '}'}
	members(r.raw, 0, func(name []byte, at span) {
		n := string(name)
		switch {
		case n == "sparse":
			out = appendMember(out, n, "true")
		case n == "domain" || fields[n]:
			out = appendMember(out, n, string(at.of(r.raw)))
		case n == "MetaData":
			if part := projectMetaData(at.of(r.raw), fields); part != nil {
				out = appendMember(out, n, string(part))
			}
		}
	})
	return out
}

// without returns all members of a record but one.
func (r *row) without(name string) []byte {
	o, err := parseObject(r.raw)
	if err != nil {
		return r.raw // cannot be: the dataset holds JSON objects
	}
	o.drop(name)
	return o.bytes()
}

// projectMetaData returns what of MetaData was selected by its own name, nil
// for nothing.
func projectMetaData(meta []byte, fields map[string]bool) []byte {
	out := []byte{'{', '}'}
	if meta[0] != '{' {
		return nil
	}
	members(meta, 0, func(name []byte, at span) {
		if fields["MetaData."+string(name)] {
			out = appendMember(out, string(name), string(at.of(meta)))
		}
	})
	if len(out) == 2 {
		return nil
	}
	return out
}
