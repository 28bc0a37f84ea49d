package hubspotsim

import (
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A filter is one condition of a search.
type filter struct {
	Property string `json:"propertyName"`
	Operator string `json:"operator"`
	Value    *text  `json:"value"`
	High     *text  `json:"highValue"`
	Values   []text `json:"values"`
}

// A query is a search made ready to run: a record matches if it matches all
// conditions of one of the groups, and the free text.
type query struct {
	groups     [][]condition
	text       string
	searched   []*property
	sort       *property
	descending bool
	// narrow says that only records match that changed from low to high, in ms
	// since 1970.
	narrow    bool
	low, high int64
}

// A condition reports whether a record fulfils a filter.
type condition func(*record) bool

// compile makes a search ready to run, and refuses names and operators that
// do not exist.
func (p *Portal) compile(t *table, in *searchBody) (*query, error) {
	q := &query{text: strings.ToLower(in.Query), low: math.MinInt64, high: math.MaxInt64}
	for _, name := range t.object.searched {
		q.searched = append(q.searched, t.byName[name])
	}
	for _, group := range in.FilterGroups {
		conditions := []condition{}
		for _, f := range group.Filters {
			c, err := p.condition(t, f)
			if err != nil {
				return nil, err
			}
			if len(in.FilterGroups) > 1 || !q.narrowBy(f, t.object.modified()) {
				conditions = append(conditions, c)
			}
		}
		q.groups = append(q.groups, conditions)
	}
	for _, rule := range in.Sorts {
		if q.sort = t.byName[rule.Property]; q.sort == nil {
			return nil, unknownProperty(rule.Property)
		}
		q.descending = rule.Direction == "DESCENDING"
	}
	return q, nil
}

// narrowBy takes a filter for the time of change that a query is about, and
// reports whether that is all it says.
func (q *query) narrowBy(f filter, changed string) bool {
	if f.Property != changed || f.Value == nil {
		return false
	}
	at := read(kindDatetime, string(*f.Value)).ms // the condition has been made of it
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	switch f.Operator {
	case "GTE":
		low = at
	case "GT":
		low = at + 1
	case "LTE":
		high = at
	case "LT":
		high = at - 1
	case "EQ":
		low, high = at, at
	default:
		return false
	}
	q.narrow, q.low, q.high = true, max(q.low, low), min(q.high, high)
	return true
}

func (q *query) matches(r *record) bool {
	if q.text != "" && !slices.ContainsFunc(q.searched, func(p *property) bool {
		value, _ := r.text(p)
		return strings.Contains(strings.ToLower(value), q.text)
	}) {
		return false
	}
	fulfils := func(c condition) bool { return c(r) }
	return len(q.groups) == 0 || slices.ContainsFunc(q.groups, func(group []condition) bool {
		return !slices.ContainsFunc(group, func(c condition) bool { return !fulfils(c) })
	})
}

// condition makes one filter ready to run ("Search the CRM" page, operators).
// A record without a value fulfils no operator but NOT_HAS_PROPERTY.
func (p *Portal) condition(t *table, f filter) (condition, error) {
	if name, ok := strings.CutPrefix(f.Property, "associations."); ok {
		return p.associated(t.object, name, f)
	}
	property := t.byName[f.Property]
	if property == nil {
		return nil, unknownProperty(f.Property)
	}
	if f.Operator == "NOT_HAS_PROPERTY" {
		return func(r *record) bool { value, _ := r.text(property); return value == "" }, nil
	}
	test, err := f.test(property.kind)
	if err != nil {
		return nil, err
	}
	return func(r *record) bool {
		value, _ := r.text(property)
		return value != "" && test(value)
	}, nil
}

// associated is the condition on the pseudo-property associations.{type}.
func (p *Portal) associated(o *object, name string, f filter) (condition, error) {
	to, unknown := objectNamed(name)
	if unknown != nil {
		return nil, unknown
	}
	if f.Operator != "EQ" || f.Value == nil {
		return nil, invalid("The filter on associations.%s takes operator EQ and a value", name)
	}
	return func(r *record) bool { return p.links.has(direction{o, to}, r.id, string(*f.Value)) }, nil
}

// test makes the test of a value that is not empty.
func (f filter) test(k kind) (func(string) bool, error) {
	if f.Operator == "HAS_PROPERTY" {
		return func(string) bool { return true }, nil
	}
	if f.Operator == "IN" || f.Operator == "NOT_IN" {
		return f.oneOf(k)
	}
	if f.Value == nil {
		return nil, invalid("The filter on %s with operator %q needs a value", f.Property, f.Operator)
	}
	if f.Operator == "CONTAINS_TOKEN" || f.Operator == "NOT_CONTAINS_TOKEN" {
		wanted, pattern := f.Operator == "CONTAINS_TOKEN", strings.ToLower(string(*f.Value))
		return func(value string) bool { return containsToken(strings.ToLower(value), pattern) == wanted }, nil
	}
	low := read(k, string(*f.Value))
	high := low
	if f.Operator == "BETWEEN" {
		if f.High == nil {
			return nil, invalid("The filter on %s with operator BETWEEN needs a highValue", f.Property)
		}
		high = read(k, string(*f.High))
	}
	holds, known := ranges[f.Operator]
	if !known {
		return nil, invalid("Invalid operator %q in the filter on %s", f.Operator, f.Property)
	}
	if !low.ok || !high.ok {
		return nil, invalid("Invalid value %q in the filter on %s: the property is of type %s", *f.Value, f.Property, k)
	}
	return func(value string) bool {
		v := read(k, value)
		return v.ok && holds(v.compare(low), v.compare(high))
	}, nil
}

// ranges are the operators that compare a value with a lower and upper bound,
// which are the same but for BETWEEN.
var ranges = map[string]func(low, high int) bool{
	"EQ":      func(low, _ int) bool { return low == 0 },
	"NEQ":     func(low, _ int) bool { return low != 0 },
	"LT":      func(low, _ int) bool { return low < 0 },
	"LTE":     func(low, _ int) bool { return low <= 0 },
	"GT":      func(low, _ int) bool { return low > 0 },
	"GTE":     func(low, _ int) bool { return low >= 0 },
	"BETWEEN": func(low, high int) bool { return low >= 0 && high <= 0 },
}

// oneOf is the test of IN and NOT_IN. Values for strings must be given in
// lower case ("Search the CRM" page): others equal nothing.
func (f filter) oneOf(k kind) (func(string) bool, error) {
	if len(f.Values) == 0 {
		return nil, invalid("The filter on %s with operator %s needs values", f.Property, f.Operator)
	}
	wanted := f.Operator == "IN"
	values := make([]operand, len(f.Values))
	for i, value := range f.Values {
		values[i] = read(k, string(value))
		if k == kindString {
			values[i].text = string(value)
		}
	}
	return func(value string) bool {
		v := read(k, value)
		return slices.ContainsFunc(values, func(o operand) bool { return o.ok && v.ok && v.compare(o) == 0 }) == wanted
	}, nil
}

// An operand is a value ready to be compared with another of its kind.
type operand struct {
	ok     bool
	text   string
	number *big.Rat
	ms     int64 // also a number that is short and whole, such as an id
}

// short is how many digits an int64 holds at least.
const short = 18

// read makes an operand: a number exactly, an instant in milliseconds, an
// enumeration as it is, and any other text in lower case.
func read(k kind, value string) operand {
	switch k {
	case kindNumber:
		if len(value) <= short && digits(value) {
			n, _ := strconv.ParseInt(value, 10, 64) // it has digits only
			return operand{ok: true, ms: n}
		}
		if strings.Trim(value, "0123456789.+-") != "" { // no exponents: they may be endless
			return operand{}
		}
		number, ok := new(big.Rat).SetString(value)
		return operand{ok: ok, number: number}
	case kindDate, kindDatetime:
		ms, ok := instant(value)
		return operand{ok: ok, ms: ms}
	case kindEnum:
		return operand{ok: true, text: value}
	}
	return operand{ok: true, text: strings.ToLower(value)}
}

func (o operand) compare(other operand) int {
	switch {
	case o.number != nil || other.number != nil:
		return o.rational().Cmp(other.rational())
	case o.ms != other.ms:
		if o.ms < other.ms {
			return -1
		}
		return 1
	}
	return strings.Compare(o.text, other.text)
}

func (o operand) rational() *big.Rat {
	if o.number != nil {
		return o.number
	}
	return new(big.Rat).SetInt64(o.ms)
}

// containsToken reports whether value has all words of the pattern, each of
// which may begin or end with * for any text. Both are in lower case.
func containsToken(value, pattern string) bool {
	tokens := append(strings.FieldsFunc(value, func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }), strings.Fields(value)...)
	words := strings.Fields(pattern)
	return len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool {
		return !slices.ContainsFunc(tokens, func(token string) bool { return like(token, word) })
	})
}

func like(token, word string) bool {
	rest, open := strings.CutPrefix(word, "*")
	core, openEnd := strings.CutSuffix(rest, "*")
	switch {
	case open && openEnd:
		return strings.Contains(token, core)
	case open:
		return strings.HasSuffix(token, core)
	case openEnd:
		return strings.HasPrefix(token, core)
	}
	return token == word
}
