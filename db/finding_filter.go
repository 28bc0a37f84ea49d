package db

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/uptrace/bun"
)

// An Op compares a field of a finding with values.
type Op string

// The comparisons. Gt, Gte, Lt and Lte of a severity mean more and less severe;
// Contains and StartsWith are for texts and mind case; Null, with the value true or
// false, asks for fields that are empty or not.
const (
	Eq         Op = "eq"
	Neq        Op = "neq"
	In         Op = "in"
	Nin        Op = "nin"
	Gt         Op = "gt"
	Gte        Op = "gte"
	Lt         Op = "lt"
	Lte        Op = "lte"
	Contains   Op = "contains"
	StartsWith Op = "startsWith"
	Null       Op = "null"
)

// A FindingTerm is one comparison. In and Nin take any number of values, all
// others one.
type FindingTerm struct {
	Field  FindingField
	Op     Op
	Values []string
}

// A FindingFilter leaves the findings for which all of And, one of Or, the
// opposite of Not and all Terms hold. What is empty asks for nothing: the zero
// value leaves all findings.
type FindingFilter struct {
	And, Or []FindingFilter
	Not     *FindingFilter
	Terms   []FindingTerm
}

// A clause is a piece of a condition with the values of its placeholders.
type clause struct {
	sql  string
	args []any
}

// join puts clauses together. The words come from this package, values never do.
func join(clauses []clause, word string) clause {
	parts := make([]string, len(clauses))
	var all clause
	for n, c := range clauses {
		parts[n] = "(" + c.sql + ")"
		all.args = append(all.args, c.args...)
	}
	all.sql = strings.Join(parts, " "+word+" ")
	return all
}

// deepest bounds how deep filters nest.
const deepest = 16

// clause turns a filter into a condition. It tells the first fault.
func (f *FindingFilter) clause(d *DB, depth int) (clause, error) {
	if depth > deepest {
		return clause{}, fmt.Errorf("filter: nested deeper than %d", deepest)
	}
	all := []clause{{sql: "1 = 1"}}
	for n := range f.And {
		c, err := f.And[n].clause(d, depth+1)
		if err != nil {
			return clause{}, err
		}
		all = append(all, c)
	}
	if len(f.Or) > 0 {
		either := make([]clause, len(f.Or))
		for n := range f.Or {
			var err error
			if either[n], err = f.Or[n].clause(d, depth+1); err != nil {
				return clause{}, err
			}
		}
		all = append(all, join(either, "OR"))
	}
	if f.Not != nil {
		c, err := f.Not.clause(d, depth+1)
		if err != nil {
			return clause{}, err
		}
		all = append(all, clause{"NOT (" + c.sql + ")", c.args})
	}
	for _, t := range f.Terms {
		c, err := t.clause(d)
		if err != nil {
			return clause{}, fmt.Errorf("filter %s %s: %w", t.Field, t.Op, err)
		}
		all = append(all, c)
	}
	return join(all, "AND"), nil
}

// comparisons are the operators that take one value as it is; severities are
// numbered from the most severe on, so that theirs point the other way.
var (
	comparisons = map[Op]string{Eq: "=", Neq: "<>", Gt: ">", Gte: ">=", Lt: "<", Lte: "<="}
	reversed    = map[Op]Op{Gt: Lt, Gte: Lte, Lt: Gt, Lte: Gte}
)

func (t FindingTerm) clause(d *DB) (clause, error) {
	field, err := fieldOf(t.Field)
	if err != nil {
		return clause{}, err
	}
	column := bun.Ident("f." + string(t.Field))
	if t.Op == In || t.Op == Nin {
		return t.list(field, column)
	}
	if len(t.Values) != 1 {
		return clause{}, fmt.Errorf("%d values: want one", len(t.Values))
	}
	switch t.Op {
	case Null:
		return t.null(field, column)
	case Contains, StartsWith:
		return t.part(d, field, column)
	}
	op := t.Op
	if other, ok := reversed[op]; ok && field.kind == kindSeverity {
		op = other
	}
	word, ok := comparisons[op]
	if !ok {
		return clause{}, fmt.Errorf("no such comparison")
	}
	value, err := field.value(t.Values[0])
	return clause{"? " + word + " ?", []any{column, value}}, err
}

func (t FindingTerm) list(field findingField, column bun.Ident) (clause, error) {
	values := make([]any, len(t.Values))
	for n, s := range t.Values {
		var err error
		if values[n], err = field.value(s); err != nil {
			return clause{}, err
		}
	}
	switch {
	case len(values) == 0 && t.Op == In:
		return clause{sql: "1 = 0"}, nil
	case len(values) == 0:
		return clause{sql: "1 = 1"}, nil
	case t.Op == In:
		return clause{"? IN (?)", []any{column, bun.List(values)}}, nil
	}
	return clause{"? NOT IN (?)", []any{column, bun.List(values)}}, nil
}

func (t FindingTerm) null(field findingField, column bun.Ident) (clause, error) {
	empty, err := strconv.ParseBool(t.Values[0])
	if err != nil {
		return clause{}, fmt.Errorf("%q: want true or false", t.Values[0])
	}
	if empty {
		return clause{"? = ?", []any{column, field.empty()}}, nil
	}
	return clause{"? <> ?", []any{column, field.empty()}}, nil
}

// part compares without LIKE, which folds case on one database and not on the
// other.
func (t FindingTerm) part(d *DB, field findingField, column bun.Ident) (clause, error) {
	if field.kind != kindText && field.kind != kindKey {
		return clause{}, fmt.Errorf("the field is no text")
	}
	value := text(t.Values[0]) // not as a key: a part is never cut
	switch {
	case t.Op == StartsWith:
		return clause{"substr(?, 1, length(?)) = ?", []any{column, value, value}}, nil
	case d.postgres:
		return clause{"strpos(?, ?) > 0", []any{column, value}}, nil
	}
	return clause{"instr(?, ?) > 0", []any{column, value}}, nil
}
