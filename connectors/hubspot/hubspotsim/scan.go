package hubspotsim

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// members walks the members of a JSON object, key literal and value, without
// decoding them. The input must be valid JSON, as every line of a
// sandbox.Dataset is; what is no object has no members. Decoding half a million
// records into maps would take most of the time of loading them.
func members(raw []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		at := skipSpace(raw, 0)
		if at == len(raw) || raw[at] != '{' {
			return
		}
		for at = skipSpace(raw, at+1); raw[at] != '}'; {
			colon := skipString(raw, at)
			key := raw[at:colon]
			at = skipSpace(raw, skipSpace(raw, colon)+1)
			end := skipValue(raw, at)
			if !yield(key, raw[at:end]) {
				return
			}
			at = nextChild(raw, end)
		}
	}
}

// elements walks the elements of a JSON array likewise.
func elements(raw []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		at := skipSpace(raw, 0)
		if at == len(raw) || raw[at] != '[' {
			return
		}
		for at = skipSpace(raw, at+1); raw[at] != ']'; {
			end := skipValue(raw, at)
			if !yield(raw[at:end]) {
				return
			}
			at = nextChild(raw, end)
		}
	}
}

// nextChild returns the position of the next child, or of the closing bracket,
// after a child that ends at at.
func nextChild(raw []byte, at int) int {
	at = skipSpace(raw, at)
	if raw[at] == ',' {
		at = skipSpace(raw, at+1)
	}
	return at
}

func skipSpace(raw []byte, at int) int {
	for at < len(raw) && (raw[at] == ' ' || raw[at] == '\t' || raw[at] == '\r' || raw[at] == '\n') {
		at++
	}
	return at
}

// skipString returns the position after the string literal that begins at at.
func skipString(raw []byte, at int) int {
	for at++; raw[at] != '"'; at++ {
		if raw[at] == '\\' {
			at++
		}
	}
	return at + 1
}

// skipValue returns the position after the value that begins at at.
func skipValue(raw []byte, at int) int {
	for depth := 0; at < len(raw); {
		switch raw[at] {
		case '"':
			at = skipString(raw, at)
		case '{', '[':
			depth++
			at++
		case '}', ']':
			depth--
			at++
		default:
			at = skipPlain(raw, at)
		}
		if depth == 0 {
			break
		}
	}
	return at
}

// skipPlain passes a number, a word, or the punctuation between values.
func skipPlain(raw []byte, at int) int {
	for at++; at < len(raw); at++ {
		switch raw[at] {
		case '"', '{', '[', '}', ']', ',', ' ', '\t', '\r', '\n':
			return at
		}
	}
	return at
}

// isObject reports whether valid JSON is an object.
func isObject(raw []byte) bool {
	at := skipSpace(raw, 0)
	return at < len(raw) && raw[at] == '{'
}

// isArray reports whether valid JSON is an array.
func isArray(raw []byte) bool {
	at := skipSpace(raw, 0)
	return at < len(raw) && raw[at] == '['
}

// unquote decodes a valid JSON string literal.
func unquote(literal []byte) string {
	inner := literal[1 : len(literal)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return string(inner)
	}
	var text string
	if err := json.Unmarshal(literal, &text); err != nil {
		return string(inner) // cannot happen: a valid literal always decodes
	}
	return text
}

// appendString appends s as a JSON string literal.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			literal, err := json.Marshal(s)
			if err != nil { // cannot happen: a string always encodes
				return append(b, `""`...)
			}
			return append(b, literal...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
