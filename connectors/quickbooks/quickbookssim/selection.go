package quickbookssim

import (
	"fmt"
	"slices"
	"strings"
)

// A selection is a statement bound to a table: properties found, literals
// read, limits checked.
type selection struct {
	table *table
	count bool
	order []*row
	tests []func(*row) bool
	// fields are the members to answer with; nil means all.
	fields      map[string]bool
	without     string // the member that * leaves out, "" for none
	start, size int
	exhaustive  bool // count all matches, not only those of the page
}

// bind checks a statement against the company. Its errors are faults 4001,
// and 10000 for a boolean in quotes.
func (c *Company) bind(s *statement, late bool) (*selection, error) {
	t, err := c.tableNamed(s.entity)
	if err != nil {
		return nil, err
	}
	if late {
		t = t.asBefore()
	}
	sel := &selection{table: t, count: s.count, exhaustive: s.count || c.options.TotalCount}
	if sel.fields, err = t.bindFields(s); err != nil {
		return nil, err
	}
	switch {
	case c.options.StarWithoutSku && t.kind.name == "Item" && s.star && !slices.Contains(s.fields, "Sku"):
		sel.without = "Sku"
	case c.options.PagesWithoutLines && t.kind.class == transaction && s.star:
		sel.without = "Line"
	}
	if c.options.IgnoreProjection {
		sel.fields = nil
	}
	if sel.tests, err = t.bindWhere(s.where, c.options.CaseSensitive); err != nil {
		return nil, err
	}
	by, err := t.bindOrder(s.orderBy)
	if err != nil {
		return nil, err
	}
	sel.order = t.ordered(by)
	sel.start, sel.size, err = c.bindPaging(s)
	return sel, err
}

// tableNamed finds an entity by the name in a query.
func (c *Company) tableNamed(name string) (*table, error) {
	if t := c.tables[name]; t != nil {
		return t, nil
	}
	if t := c.byPath[strings.ToLower(name)]; t != nil && !c.options.ExactEntityNames {
		return t, nil
	}
	return nil, invalidQuery("invalid context declaration: " + name)
}

func (t *table) bindFields(s *statement) (map[string]bool, error) {
	fields := make(map[string]bool, len(s.fields))
	for _, name := range s.fields {
		if !t.has(name) {
			return nil, t.noProperty(name)
		}
		fields[name] = true
	}
	if s.star || s.count {
		return nil, nil
	}
	return fields, nil
}

// has says whether the entity has a member or property of the name.
func (t *table) has(name string) bool {
	i, ok := t.index[name]
	return t.known[name] || ok && t.properties[i].use != 0
}

func (t *table) noProperty(name string) error {
	return invalidQuery(fmt.Sprintf("Property %s not found for Entity %s", name, t.kind.name))
}

// property finds a property that must have a use. The text for one that
// cannot be filtered by is in github.com/ruckus/quickbooks-ruby/issues/403;
// the one for sorting is by analogy.
func (t *table) property(name string, u use) (int, error) {
	i, ok := t.index[name]
	switch {
	case !t.has(name):
		return 0, t.noProperty(name)
	case ok && t.properties[i].use&u != 0:
		return i, nil
	case u == sortable:
		return 0, invalidQuery(fmt.Sprintf("property '%s' is not sortable", name))
	}
	return 0, invalidQuery(fmt.Sprintf("property '%s' is not queryable", name))
}

// bindWhere makes one test per condition, and leaves out the inactive rows of
// a name list unless a condition speaks of Active.
func (t *table) bindWhere(where []condition, caseSensitive bool) ([]func(*row) bool, error) {
	var tests []func(*row) bool
	allActive := t.kind.class != nameList
	for _, c := range where {
		test, err := t.bindCondition(c, caseSensitive)
		if err != nil {
			return nil, err
		}
		tests = append(tests, test)
		allActive = allActive || c.property == "Active"
	}
	if !allActive {
		i := t.index["Active"]
		tests = append(tests, func(r *row) bool { return r.textOf(i) != "false" })
	}
	return tests, nil
}

func (t *table) bindCondition(c condition, caseSensitive bool) (func(*row) bool, error) {
	i, err := t.property(c.property, filterable)
	if err != nil {
		return nil, err
	}
	p := t.properties[i]
	fold := strings.ToLower
	if caseSensitive || p.typ != text {
		fold = func(s string) string { return s }
	}
	if c.operator == keyword("like") {
		return t.like(i, c.literals[0].text, fold), nil
	}
	values, err := t.bindLiterals(p, c.literals)
	if err != nil {
		return nil, err
	}
	if c.operator == keyword("=") || c.operator == keyword("in") {
		return t.among(i, values, fold), nil
	}
	return t.compared(i, c.operator, values[0]), nil
}

// bindLiterals reads literals as values of a property. A boolean in quotes,
// and one without where text is meant, is what the server fails to cast:
// github.com/mcohen01/node-quickbooks/issues/37.
func (t *table) bindLiterals(p property, literals []literal) ([]value, error) {
	values := make([]value, len(literals))
	for i, l := range literals {
		bare := l.kind != tokenQuoted && l.kind != tokenNumber
		switch {
		case p.typ == flag && !bare:
			return nil, castFailure("String", "Boolean")
		case p.typ != flag && bare:
			return nil, castFailure("Boolean", "String")
		}
		if strings.TrimSpace(l.text) == "" {
			continue // the documented literal for NULL is a blank
		}
		v, err := t.compare.parse(p.typ, l.text)
		if err != nil {
			return nil, invalidQuery(fmt.Sprintf("value '%s' is not valid for property %s", l.text, p.name))
		}
		values[i] = v
	}
	return values, nil
}

// among tests for equality with one of the values. An Active that is absent
// means true; an unreadable value equals nothing, not even NULL.
func (t *table) among(i int, values []value, fold func(string) string) func(*row) bool {
	typ, active := t.properties[i].typ, t.properties[i].name == "Active"
	keys := make(map[string]bool, len(values))
	for _, v := range values {
		keys[fold(v.key(typ))] = true
	}
	return func(r *row) bool {
		v := t.valueOf(r, i)
		switch {
		case v.unreadable:
			return false
		case active && !v.present:
			return keys["true"]
		}
		return keys[fold(v.key(typ))]
	}
}

// compared tests for order; a row whose property is absent or unreadable is
// never in it.
func (t *table) compared(i int, operator tokenKind, bound value) func(*row) bool {
	typ := t.properties[i].typ
	holds := map[tokenKind]func(int) bool{
		keyword("<"):  func(n int) bool { return n < 0 },
		keyword("<="): func(n int) bool { return n <= 0 },
		keyword(">"):  func(n int) bool { return n > 0 },
		keyword(">="): func(n int) bool { return n >= 0 },
	}[operator]
	return func(r *row) bool {
		v := t.valueOf(r, i)
		return v.present && holds(t.compare.compare(typ, v, bound))
	}
}

// like tests for a pattern whose only wild card is %. An unreadable value is
// like nothing.
func (t *table) like(i int, pattern string, fold func(string) string) func(*row) bool {
	parts := strings.Split(fold(pattern), "%")
	return func(r *row) bool { return !t.valueOf(r, i).unreadable && matches(fold(r.textOf(i)), parts) }
}

// matches says whether s consists of the parts, in order, with anything
// between them.
func matches(s string, parts []string) bool {
	if len(parts) == 1 {
		return s == parts[0]
	}
	first, last := parts[0], parts[len(parts)-1]
	s, ok := strings.CutPrefix(s, first)
	if !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		_, s, ok = strings.Cut(s, part)
		if !ok {
			return false
		}
	}
	return strings.HasSuffix(s, last)
}

func (t *table) bindOrder(terms []orderTerm) ([]ordering, error) {
	var by []ordering
	for _, o := range terms {
		i, err := t.property(o.property, sortable)
		if err != nil {
			return nil, err
		}
		by = append(by, ordering{i, o.descending})
	}
	return by, nil
}

// bindPaging checks STARTPOSITION and MAXRESULTS. The text for 0 is a fixture
// of quickbooks-ruby, the one for more than 1000 its issue 24.
func (c *Company) bindPaging(s *statement) (start, size int, err error) {
	for _, n := range []int{s.start, s.limit} {
		if n < 1 {
			return 0, 0, invalidQuery(fmt.Sprintf("value %d is too small. Min allowed value is 1", n))
		}
	}
	if s.limit > maxMaxResults && !c.options.ClampMaxResults {
		return 0, 0, invalidQuery(fmt.Sprintf("value %d is too large. Max allowed value is %d", s.limit, maxMaxResults))
	}
	return s.start, min(s.limit, maxMaxResults), nil
}

// run returns the rows of the page, which are the caller's, and how many rows
// match in all if the selection is exhaustive.
func (s *selection) run() (page []*row, total int) {
	if len(s.tests) == 0 {
		from := min(s.start-1, len(s.order))
		return slices.Clone(s.order[from:min(from+s.size, len(s.order))]), len(s.order)
	}
	for _, r := range s.order {
		if !s.takes(r) {
			continue
		}
		total++
		if total >= s.start && len(page) < s.size {
			page = append(page, r)
		}
		if len(page) == s.size && !s.exhaustive {
			break
		}
	}
	return page, total
}

func (s *selection) takes(r *row) bool {
	for _, test := range s.tests {
		if !test(r) {
			return false
		}
	}
	return true
}
