package connectors

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// A Value is one scalar of a vendor's JSON, of whatever type it came. Decoding
// it never fails, so that one bad value does not hide the others of a record;
// whether it is what belongs there is asked when it is read. The zero Value is
// absent, as null is.
type Value struct {
	kind valueKind
	text string
}

type valueKind byte

const (
	absent valueKind = iota
	stringValue
	numberValue
	boolValue
	compositeValue // an object or array
	brokenValue    // a string that is no Unicode text
)

// UnmarshalJSON keeps any JSON value.
func (v *Value) UnmarshalJSON(raw []byte) error {
	switch raw[0] {
	case 'n':
		*v = Value{}
	case '"':
		*v = textValue(raw)
	case 't', 'f':
		*v = Value{boolValue, string(raw)}
	case '{', '[':
		*v = Value{kind: compositeValue}
	default:
		*v = Value{numberValue, string(raw)}
	}
	return nil
}

// textValue reads a JSON string. encoding/json replaces what is no Unicode by
// U+FFFD without a word; here it is a fault of the value, since an identifier
// changed that way would match nothing.
func textValue(raw []byte) Value {
	if !bytes.ContainsRune(raw, '\\') {
		if !utf8.Valid(raw) {
			return Value{kind: brokenValue}
		}
		return Value{stringValue, string(raw[1 : len(raw)-1])}
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || !utf8.Valid(raw) {
		return Value{kind: brokenValue}
	}
	replaced := strings.Count(s, "\uFFFD")
	meant := bytes.Count(raw, []byte("\uFFFD")) + bytes.Count(bytes.ToLower(raw), []byte(`\ufffd`))
	if replaced > meant {
		return Value{kind: brokenValue}
	}
	return Value{stringValue, s}
}

// IsAbsent reports whether the value is missing or null.
func (v Value) IsAbsent() bool { return v.kind == absent }

// IsBlank reports whether the value is missing, null or an empty string, which
// is how HubSpot writes a property without a value.
func (v Value) IsBlank() bool { return v.kind == absent || v.kind == stringValue && v.text == "" }

// IsTrue reports whether the value is true, or "true".
func (v Value) IsTrue() bool { return v.text == "true" && v.kind != compositeValue }

// Plain returns the text of a string, number or bool as it is, and nothing for
// anything else: for ids and for messages.
func (v Value) Plain() string { return v.text }

// quoted is the value for a message.
func (v Value) quoted() string {
	const most = 60
	if v.kind == compositeValue {
		return "an object or list"
	}
	text := v.text
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	if v.kind == stringValue {
		b, err := json.Marshal(text)
		if err != nil { // strings always marshal
			return "a text"
		}
		return string(b)
	}
	return text
}
