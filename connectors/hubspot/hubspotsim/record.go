package hubspotsim

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"
)

// A record is one CRM record. It is never changed after it was made.
type record struct {
	id        string
	createdAt string // as the dataset writes it
	updatedAt string
	created   int64 // createdAt in ms
	archived  bool
	// properties are the values that are not null, packed: the number of the
	// property in its table, the length of the value and the value as a JSON
	// string literal, one after another. A map a record would take five times
	// the memory and be slower to serve.
	properties []byte
	// further are the members of the dataset's object that the portal does
	// not know, ready to follow the others: `,"url":"…"`.
	further string
	// version counts the changes that the portal has seen, 0 for a record of the
	// dataset. was is the record before the last of them; fresh says that there was
	// none.
	version int
	was     *record
	fresh   bool
}

// packed appends one value to packed properties.
func packed(b []byte, property int, literal []byte) []byte {
	b = binary.AppendUvarint(b, uint64(property))
	b = binary.AppendUvarint(b, uint64(len(literal)))
	return append(b, literal...)
}

// values walks the packed properties.
func (r *record) values() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		for b := r.properties; len(b) > 0; {
			property, n := binary.Uvarint(b)
			size, m := binary.Uvarint(b[n:])
			end := n + m + int(size)
			if !yield(int(property), b[n+m:end]) {
				return
			}
			b = b[end:]
		}
	}
}

// text returns the value of a property, and false when it has none.
func (r *record) text(p *property) (string, bool) {
	for number, literal := range r.values() {
		if number == p.number {
			return unquote(literal), true
		}
	}
	switch p.derived {
	case fromID:
		return r.id, true
	case fromCreated:
		return r.createdAt, true
	case fromUpdated:
		return r.updatedAt, true
	}
	return "", false
}

// compareIDs orders ids as numbers. HubSpot's ids are decimal numbers without
// leading zeros, for which this is their order; any other id has a place too.
func compareIDs(a, b string) int {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
}

// digits reports whether text is a decimal number without sign.
func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// timestamp is how HubSpot writes an instant: ISO 8601, UTC, milliseconds.
const timestamp = "2006-01-02T15:04:05.000Z"

// instant reads an instant as HubSpot takes it: ISO 8601, a date (its midnight
// in UTC), or milliseconds since 1970 ("Properties" page, date values).
func instant(text string) (ms int64, ok bool) {
	if digits(strings.TrimPrefix(text, "-")) {
		ms, err := strconv.ParseInt(text, 10, 64)
		return ms, err == nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UnixMilli(), true
		}
	}
	return 0, false
}

// wireTime is text as an answer writes an instant: unchanged if it is one in
// ISO 8601, formatted if it is a date or milliseconds.
func wireTime(text string) (string, error) {
	if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return text, nil
	}
	ms, ok := instant(text)
	if !ok {
		return "", fmt.Errorf("%q is no timestamp", text)
	}
	return time.UnixMilli(ms).UTC().Format(timestamp), nil
}
