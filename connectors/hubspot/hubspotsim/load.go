package hubspotsim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tieout/tieout/sandbox"
)

// longAgo is when a record was made that does not say so itself.
const longAgo = "2020-01-01T00:00:00.000Z"

// load fills the portal from the dataset.
func (p *Portal) load(ds *sandbox.Dataset) error {
	for name := range p.options.Unique {
		if _, unknown := objectNamed(name); unknown != nil {
			return fmt.Errorf("options: unique properties of unknown object %q", name)
		}
	}
	files := []string{"account.json", "tax_rates.jsonl"}
	for _, o := range objects {
		files = append(files, o.name+".jsonl")
	}
	if err := ds.Known("hubspot", files...); err != nil {
		return err
	}
	p.tables, p.links = map[*object]*table{}, newLinks()
	for _, o := range objects {
		t := newTable(o)
		t.exact = p.options.UniqueCase
		if err := eachLine(ds, o.name, t.loader(p.links)); err != nil {
			return err
		}
		sortByID(t.live)
		sortByID(t.archived)
		unique := p.options.Unique[o.name]
		if o == contacts {
			unique = append([]string{"email"}, unique...)
		}
		t.index(unique)
		t.searched = &index{records: slices.Clone(t.live), change: t.byName[o.modified()]}
		p.tables[o] = t
	}
	writing, t := p.options.Writing, p.tables[invoices]
	t.byName["hs_number"].readOnly, t.byName["hs_amount_billed"].readOnly = writing.NumberReadOnly, writing.BilledReadOnly
	p.links.settle()
	if err := p.loadTaxRates(ds); err != nil {
		return err
	}
	return p.loadAccount(ds)
}

// eachLine hands every record of a dataset file to take and names file and
// line in its errors.
func eachLine(ds *sandbox.Dataset, name string, take func(json.RawMessage) error) error {
	path := filepath.Join(ds.Dir(), "hubspot", name+".jsonl")
	nth := 0
	for raw, err := range ds.HubSpot(name) {
		if err != nil {
			return err // names file and line itself
		}
		if err := take(raw); err != nil {
			return fmt.Errorf("%s:%d: %w", path, lineNumber(path, nth), err)
		}
		nth++
	}
	return nil
}

// lineNumber finds the line of the nth record of a file: a dataset may have
// empty lines, which its reader passes over without a word.
func lineNumber(path string, nth int) int {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nth + 1 // the file has gone since: the best that can be said
	}
	number := 0
	for line := range bytes.Lines(raw) {
		number++
		if len(bytes.TrimRight(line, "\r\n")) == 0 {
			continue
		}
		if nth == 0 {
			break
		}
		nth--
	}
	return number
}

func sortByID(records []*record) {
	slices.SortFunc(records, func(a, b *record) int { return compareIDs(a.id, b.id) })
}

// loader returns the function that takes the lines of the table's file.
func (t *table) loader(l links) func(json.RawMessage) error {
	seen := map[string]bool{}
	return func(raw json.RawMessage) error {
		r, err := t.read(raw, l)
		if err != nil {
			return err
		}
		if seen[r.id] {
			return fmt.Errorf("id %q: another record of the file has it", r.id)
		}
		seen[r.id] = true
		if r.archived {
			t.archived = append(t.archived, r)
		} else {
			t.live = append(t.live, r)
		}
		return nil
	}
}

// read makes a record of one line, and adds its associations to the links.
func (t *table) read(raw json.RawMessage, l links) (*record, error) {
	if !isObject(raw) {
		return nil, errors.New("not a JSON object")
	}
	r := &record{}
	var associations []byte
	var further []byte
	var err error
	for key, value := range members(raw) {
		switch name := unquote(key); name {
		case "id":
			r.id, err = scalar(value)
		case "properties":
			r.properties, err = t.pack(value)
		case "createdAt":
			r.createdAt, err = scalar(value)
		case "updatedAt":
			r.updatedAt, err = scalar(value)
		case "archived":
			r.archived = string(value) == "true"
		case "associations":
			associations = value
		default:
			further = append(append(append(append(further, ','), key...), ':'), value...)
		}
		if err != nil {
			return nil, fmt.Errorf("member %s: %w", key, err)
		}
	}
	if r.id == "" {
		return nil, errors.New("a record without an id")
	}
	r.further = string(further)
	if err := t.date(r); err != nil {
		return nil, fmt.Errorf("id %q: %w", r.id, err)
	}
	if err := l.read(t.object, r.id, associations); err != nil {
		return nil, fmt.Errorf("id %q: %w", r.id, err)
	}
	return r, nil
}

// pack makes packed properties of a properties member, and defines those that
// are new. Null and the empty text are no values.
func (t *table) pack(raw []byte) ([]byte, error) {
	if !isObject(raw) {
		return nil, errors.New("not a JSON object")
	}
	b := make([]byte, 0, len(raw))
	for key, value := range members(raw) {
		literal, k, err := wireValue(value)
		if err != nil {
			return nil, fmt.Errorf("property %s: %w", key, err)
		}
		p := t.byName[string(key[1:len(key)-1])]
		if p == nil {
			p = t.named(unquote(key), k)
		}
		if len(literal) > len(`""`) { // writing "" clears a property: it has no value
			b = packed(b, p.number, literal)
		}
	}
	return slices.Clone(b), nil // the room of names and punctuation is given back
}

// named is the property of that name, defined now if need be.
func (t *table) named(name string, k kind) *property {
	if p := t.byName[name]; p != nil {
		return p
	}
	return t.define(property{name: name, kind: k})
}

// date fills in when the record was made and last changed: from its own
// members, else from the properties that say the same, else longAgo. A
// property may hold anything; one that is no time says nothing here.
func (t *table) date(r *record) error {
	fill := func(at *string, otherwise string, properties ...string) (err error) {
		for _, name := range properties {
			if p := t.byName[name]; *at == "" && p != nil {
				value, _ := (&record{properties: r.properties}).text(p)
				if _, ok := instant(value); ok {
					*at = value
				}
			}
		}
		if *at == "" {
			*at = otherwise
		}
		*at, err = wireTime(*at)
		return err
	}
	if err := fill(&r.createdAt, longAgo, "createdate", "hs_createdate"); err != nil {
		return fmt.Errorf("createdAt: %w", err)
	}
	r.created, _ = instant(r.createdAt) // fill has seen that it is one
	if err := fill(&r.updatedAt, r.createdAt, t.object.modified()); err != nil {
		return fmt.Errorf("updatedAt: %w", err)
	}
	return nil
}

// scalar reads a member that HubSpot sends as a string; a number will do, and
// null is empty.
func scalar(raw []byte) (string, error) {
	literal, _, err := wireValue(raw)
	if literal == nil || err != nil {
		return "", err
	}
	return unquote(literal), nil
}

// wireValue is a property value of the dataset as it goes over the wire: a
// string literal, or nil for null ("Properties" page: all values are strings).
// The kind is what a property would be that has only such values.
func wireValue(raw []byte) (literal []byte, k kind, err error) {
	switch raw[0] {
	case '"':
		return raw, kindString, nil
	case 'n':
		return nil, kindString, nil
	case 't', 'f':
		return quoted(string(raw)), kindBool, nil
	case '{', '[':
		return nil, "", errors.New("neither text, number nor bool")
	}
	text, err := plainNumber(string(raw))
	return quoted(text), kindNumber, err
}

func quoted(text string) []byte { return append(append([]byte{'"'}, text...), '"') }

// plainNumber writes a JSON number without exponent and with every digit.
func plainNumber(text string) (string, error) {
	_, exponent, found := strings.Cut(strings.ToLower(text), "e")
	if !found {
		return text, nil
	}
	if len(exponent) > 4 { // beyond e+999: no amount of anything
		return "", fmt.Errorf("number %s out of range", text)
	}
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return "", fmt.Errorf("number %s cannot be read", text)
	}
	digits, _ := number.FloatPrec()
	return number.FloatString(digits), nil
}
