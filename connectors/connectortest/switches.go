package connectortest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// Switches are the fields of a simulator's Options that choose among behaviours. A
// connector has to bring the same under each of their values.
type Switches[O any] struct {
	// Values are what each switch is set to, one after the other, by the name of its
	// field, that of a field of a field as "Writing.Void". Fields of type bool need
	// none: they are set to true.
	Values map[string][]func(*O)
	// Others are the fields that are no switch: a limit, a clock, a token.
	Others []string
	// Open makes a fixture with options.
	Open func(t testing.TB, o O) Fixture
}

// Run pulls everything and what has changed under each value, and fails the test for
// an exported field that is neither a switch nor one of the others.
func (s Switches[O]) Run(t *testing.T) {
	var usual O
	want := s.sight(t, usual)
	for name, values := range s.complete(t) {
		for n, set := range values {
			t.Run(fmt.Sprintf("%s %d", name, n), func(t *testing.T) {
				o := usual
				set(&o)
				if reflect.DeepEqual(field(reflect.ValueOf(o), name), field(reflect.ValueOf(usual), name)) {
					t.Errorf("the value of %s is its default", name)
				}
				if d := difference(s.sight(t, o), want); d != "" {
					t.Error(d)
				}
			})
		}
	}
}

// complete holds the tables against the fields, and returns all switches.
func (s Switches[O]) complete(t *testing.T) map[string][]func(*O) {
	o := reflect.TypeFor[O]()
	fields := fieldsOf(o, "", s.Others)
	all := maps.Clone(s.Values)
	for _, name := range fields {
		var usual O
		_, isSwitch := s.Values[name]
		if _, isBool := field(reflect.ValueOf(usual), name).(bool); isBool && !isSwitch && !slices.Contains(s.Others, name) {
			isSwitch = true
			all[name] = []func(*O){func(o *O) { at(reflect.ValueOf(o).Elem(), name).SetBool(true) }}
		}
		if isSwitch == slices.Contains(s.Others, name) || isSwitch && len(all[name]) == 0 {
			t.Errorf("%s of %v is to be one of Values, with values, or one of Others", name, o)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(s.Values)), s.Others) {
		if !slices.Contains(fields, name) {
			t.Errorf("there is no field %s in %v", name, o)
		}
	}
	return all
}

// fieldsOf are the exported fields of a struct, those of structs in it by path.
func fieldsOf(o reflect.Type, path string, whole []string) (names []string) {
	for f := range o.Fields() {
		name := path + f.Name
		switch {
		case !f.IsExported():
		case f.Type.Kind() == reflect.Struct && !slices.Contains(whole, name):
			names = append(names, fieldsOf(f.Type, name+".", whole)...)
		default:
			names = append(names, name)
		}
	}
	return names
}

// at is the field of a path.
func at(o reflect.Value, path string) reflect.Value {
	for name := range strings.SplitSeq(path, ".") {
		o = o.FieldByName(name)
	}
	return o
}

// field is what it holds, of a function whether there is none: two are never equal.
func field(o reflect.Value, path string) any {
	v := at(o, path)
	if v.Kind() == reflect.Func {
		return v.IsNil()
	}
	return v.Interface()
}

// sight is what a connector brings of a system with options: everything, then what
// has changed, without the order that some switches are about.
func (s Switches[O]) sight(t *testing.T, o O) (lines []string) {
	tonight(t, func(t testing.TB) Fixture { return s.Open(t, o) }, func(t *testing.T, s *system) {
		lines = undisturbed(t, s.open(t), time.Time{}).values()
		since := time.Now()
		time.Sleep(time.Hour)
		want := s.Change(t)
		time.Sleep(time.Hour)
		changed := undisturbed(t, s.open(t), since)
		s.areAll(t, changed, want)
		lines = append(lines, changed.values()...)
		lines = append(lines, undisturbed(t, s.open(t), time.Time{}).values()...)
	})
	return lines
}
