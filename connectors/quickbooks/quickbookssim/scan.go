package quickbookssim

import (
	"bytes"
	"encoding/json"
)

// A span is a stretch of a record's bytes; the zero span is nothing.
type span struct{ from, to uint32 }

func (s span) of(raw []byte) []byte { return raw[s.from:s.to] }

// members calls visit with each member of the JSON object that begins at from.
// raw must be valid JSON there: package sandbox has checked what it hands out.
func members(raw []byte, from int, visit func(name []byte, value span)) {
	for i := skipSpace(raw, from) + 1; ; {
		i = skipSpace(raw, i)
		switch raw[i] {
		case '}':
			return
		case ',':
			i = skipSpace(raw, i+1)
		}
		end := skipString(raw, i)
		name := raw[i+1 : end-1]
		colon := skipSpace(raw, end)
		start := skipSpace(raw, colon+1)
		i = skipValue(raw, start)
		visit(name, span{uint32(start), uint32(i)})
	}
}

func skipSpace(raw []byte, i int) int {
	for i < len(raw) && (raw[i] == ' ' || raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string whose quote is at i.
func skipString(raw []byte, i int) int {
	for i++; raw[i] != '"'; i++ {
		if raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the index after the value that begins at i.
func skipValue(raw []byte, i int) int {
	switch raw[i] {
	case '"':
		return skipString(raw, i)
	case '{', '[':
		return skipNested(raw, i)
	}
	if n := bytes.IndexAny(raw[i:], ",]} \t\r\n"); n >= 0 {
		return i + n
	}
	return len(raw)
}

// skipNested returns the index after the object or array that opens at i.
func skipNested(raw []byte, i int) int {
	for depth := 0; ; {
		switch raw[i] {
		case '"':
			i = skipString(raw, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
}

// scalar returns the text that a JSON value is compared by: a string's
// content, a number or boolean as it is written, the value of a reference
// ({"value":"1","name":"Services"}), the address of an e-mail. It returns ""
// for null and whatever else cannot be compared.
func scalar(value []byte) string {
	if len(value) == 0 {
		return ""
	}
	switch value[0] {
	case '"':
		return unquote(value)
	case '{':
		var s string
		members(value, 0, func(name []byte, at span) {
			if n := string(name); n == "value" || n == "Address" {
				s = scalar(at.of(value))
			}
		})
		return s
	case '[', 'n':
		return ""
	}
	return string(value)
}

func unquote(quoted []byte) string {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1])
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return "" // cannot be: the record was checked to be valid JSON
	}
	return s
}
