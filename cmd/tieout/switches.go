package main

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
)

// noSwitches are the fields of the simulators' options that other flags set, that the
// sandbox prints, or that the simulators fill in themselves.
var noSwitches = []string{
	"Open", "Token", "Realm", "Latency", "Webhooks.URL", "Webhooks.Secret", "Webhooks.Verifier", "OAuth.ClientID", "OAuth.ClientSecret", "OAuth.Consent",
	"OAuth.Company", "OAuth.Access", "OAuth.Refresh", "OAuth.AccessLength", "OAuth.Terse",
}

// turn sets switches of the simulators: NAME[=VALUE], NAME being a field of their
// Options with the vendor before it, such as hubspot.Writing.Void. All faults are told
// at once.
func turn(switches []string, portal *hubspotsim.Options, company *quickbookssim.Options) error {
	fields := map[string]reflect.Value{}
	gather(fields, "hubspot.", "", reflect.ValueOf(portal).Elem())
	gather(fields, "quickbooks.", "", reflect.ValueOf(company).Elem())
	var faults []error
	unknown := false
	for _, s := range switches {
		name, value, given := strings.Cut(s, "=")
		field, known := fields[name]
		if !known {
			unknown = true
			faults = append(faults, fmt.Errorf("-switch %s: there is none of this name", name))
			continue
		}
		if err := set(field, value, given); err != nil {
			faults = append(faults, fmt.Errorf("-switch %s: %w", s, err))
		}
	}
	if unknown {
		faults = append(faults, fmt.Errorf("the switches are %s (those of Webhooks with -webhooks)", strings.Join(slices.Sorted(maps.Keys(fields)), ", ")))
	}
	return errors.Join(faults...)
}

// gather finds the fields that set can set, by name; those of structs by path.
func gather(into map[string]reflect.Value, vendor, path string, o reflect.Value) {
	for f, v := range o.Fields() {
		name := path + f.Name
		if v.Kind() == reflect.Pointer && !v.IsNil() {
			v = v.Elem()
		}
		switch {
		case !f.IsExported() || slices.Contains(noSwitches, name):
		case f.Anonymous:
			gather(into, vendor, path, v)
		case v.Kind() == reflect.Struct:
			gather(into, vendor, name+".", v)
		case v.Kind() == reflect.Bool || v.Kind() == reflect.String || v.CanInt():
			into[vendor+name] = v
		}
	}
}

// set sets a field to a value; one that is not given is true.
func set(field reflect.Value, value string, given bool) error {
	if !given && field.Kind() != reflect.Bool {
		return errors.New("want a value, NAME=VALUE")
	}
	switch {
	case field.Type() == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return errors.New("want a duration such as 1.5s")
		}
		field.SetInt(int64(d))
	case field.Kind() == reflect.Bool:
		on, err := strconv.ParseBool(value)
		if given && err != nil {
			return errors.New("want true or false")
		}
		field.SetBool(on || !given)
	case field.Kind() == reflect.String:
		field.SetString(value)
	default:
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return errors.New("want a number from 0")
		}
		field.SetInt(int64(n))
	}
	return nil
}
