package hubspotsim

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestLoadRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files files
		want  string
	}{
		{"a file of no object", files{"invoicez.jsonl": ""}, "invoicez.jsonl: no object has this file; the nearest name is invoices.jsonl"},
		{"no id", files{"contacts.jsonl": `{"id":"1"}` + "\n\n" + `{"properties":{}}`}, "contacts.jsonl:3: a record without an id"},
		{"an empty id", files{"contacts.jsonl": `{"id":""}`}, "contacts.jsonl:1: a record without an id"},
		{"a null id", files{"contacts.jsonl": `{"id":null}`}, "contacts.jsonl:1: a record without an id"},
		{"the same id twice", files{"invoices.jsonl": "{\"id\":\"7\"}\n{\"id\":\"8\"}\r\n\r\n{\"id\":7}\n"}, `invoices.jsonl:4: id "7": another record of the file has it`},
		{"the same id archived", files{"fees.jsonl": `{"id":"7"}` + "\n" + `{"id":"7","archived":true}`}, `fees.jsonl:2: id "7"`},
		{"a list", files{"contacts.jsonl": `[1]`}, "contacts.jsonl:1: not a JSON object"},
		{"no JSON", files{"contacts.jsonl": `{"id":"1"}` + "\n{"}, "contacts.jsonl:2: not a JSON object"},
		{"a nested value", files{"contacts.jsonl": `{"id":"1","properties":{"email":["a"]}}`}, `contacts.jsonl:1: member "properties": property "email": neither text`},
		{"properties in a list", files{"contacts.jsonl": `{"id":"1","properties":["email"]}`}, `contacts.jsonl:1: member "properties": not a JSON object`},
		{"an endless number", files{"products.jsonl": `{"id":"1","properties":{"price":1e99999}}`}, "products.jsonl:1: member"},
		{"createdAt is no time", files{"contacts.jsonl": `{"id":"1","createdAt":"yesterday"}`}, `contacts.jsonl:1: id "1": createdAt: "yesterday" is no timestamp`},
		{"an association to no id", files{"invoices.jsonl": `{"id":"1","associations":{"contacts":[{}]}}`}, `invoices.jsonl:1: id "1": associations "contacts": {} names no record`},
		{"associations in a list", files{"invoices.jsonl": `{"id":"1","associations":["2"]}`}, `invoices.jsonl:1: id "1": associations: ["2"] is no object`},
		{"a tax rate without id", files{"tax_rates.jsonl": `{"percentageRate":1}`}, "tax_rates.jsonl:1: a tax rate without an id"},
		{"a tax rate without rate", files{"tax_rates.jsonl": `{"id":"1"}`}, `tax_rates.jsonl:1: tax rate "1": percentageRate "" is no number`},
		{"a tax rate twice", files{"tax_rates.jsonl": `{"id":"1","percentageRate":1}` + "\n" + `{"id":"1","percentageRate":2}`}, "tax_rates.jsonl:2: id \"1\""},
		{"an unknown time zone", files{"account.json": `{"timeZone":"Mars/Olympus"}`}, "account.json: timeZone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(dataset(t, tt.files), Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestUniquePropertyOfUnknownObject(t *testing.T) {
	_, err := New(dataset(t, nil), Options{Unique: map[string][]string{"widgets": {"key"}}})
	if err == nil || !strings.Contains(err.Error(), `"widgets"`) {
		t.Errorf("got %v", err)
	}
}

func TestPlainNumber(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"10", "10"}, {"6.50", "6.50"}, {"-0.1", "-0.1"}, {"1e3", "1000"}, {"12.5E-2", "0.125"}, {"1.10e1", "11"},
	} {
		if got, err := plainNumber(tt.in); got != tt.want || err != nil {
			t.Errorf("%s: got %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

// FuzzMembers compares the scanner with the standard decoder.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, ` { "a" : 1 , "b":[1, {"c":"}"}], "d\"e":null,"f":"\\" } `, `{"a":{"b":{}},"c":-1.5e3,"d":true}`, `[]`, `[1,"a",[2]]`, `7`, `"x"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return
		}
		got := map[string][]byte{}
		for key, value := range members(raw) {
			got[unquote(key)] = value
		}
		want := map[string]json.RawMessage{}
		if isObject(raw) {
			if err := json.Unmarshal(raw, &want); err != nil {
				return // deeper than the decoder goes
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%s: got %d members, want %d", raw, len(got), len(want))
		}
		for key, value := range want {
			if !bytes.Equal(got[key], value) {
				t.Errorf("%s: member %q: got %s, want %s", raw, key, got[key], value)
			}
		}
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) == nil {
			n := 0
			for element := range elements(raw) {
				if !bytes.Equal(element, list[n]) {
					t.Errorf("%s: element %d: got %s, want %s", raw, n, element, list[n])
				}
				n++
			}
			if n != len(list) {
				t.Errorf("%s: got %d elements, want %d", raw, n, len(list))
			}
		}
	})
}
