package connectortest

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"
)

// Switches are the fields of a simulator's Options that choose among behaviours. A
// connector has to bring the same under each of their values.
type Switches[O any] struct {
	// Values are what each switch is set to, one after the other, by the name of its
	// field, that of a field of a field as "Writing.Strict".
	Values map[string][]func(*O)
	// Others are the fields that are no switch: a limit, a clock, a token.
	Others []string
	// Open makes a fixture with options.
	Open func(t testing.TB, o O) Fixture
}

// Run pulls everything and what has changed under each value, and fails the test for
// an exported field that is neither a switch nor one of the others.
func (s Switches[O]) Run(t *testing.T) {
	s.complete(t)
	var usual O
	want := s.sight(t, usual)
	for name, values := range s.Values {
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

// complete holds the tables against the fields.
func (s Switches[O]) complete(t *testing.T) {
	fields := fieldsOf(reflect.TypeFor[O](), "", s.Others)
	for _, name := range fields {
		switch _, isSwitch := s.Values[name]; {
		case isSwitch == slices.Contains(s.Others, name):
			t.Errorf("%s of %v is to be one of Values or of Others", name, reflect.TypeFor[O]())
		case isSwitch && len(s.Values[name]) == 0:
			t.Errorf("%s has no value", name)
		}
	}
	for name := range s.Values {
		if !slices.Contains(fields, name) {
			t.Errorf("there is no field %s", name)
		}
	}
	for _, name := range s.Others {
		if !slices.Contains(fields, name) {
			t.Errorf("there is no field %s", name)
		}
	}
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

func field(o reflect.Value, path string) any {
	for o.Kind() == reflect.Struct {
		for n := range o.NumField() {
			name := o.Type().Field(n).Name
			if name == path {
				v := o.Field(n)
				if v.Kind() == reflect.Func { // two functions are never equal
					return v.IsNil()
				}
				return v.Interface()
			}
			if len(path) > len(name) && path[:len(name)+1] == name+"." {
				o, path = o.Field(n), path[len(name)+1:]
				break
			}
		}
	}
	return nil
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
