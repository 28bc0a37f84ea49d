package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/sandbox/signin"
)

// TestSwitchesByName: every kind of field is set by its name, those below others too.
func TestSwitchesByName(t *testing.T) {
	portal := hubspotsim.Options{OAuth: &hubspotsim.OAuth{Options: signin.Options{}}}
	var company quickbookssim.Options
	err := turn([]string{
		"hubspot.Writing.Void", "hubspot.ToObjectID=2", "hubspot.Writing.NumberPrefix=R=", "hubspot.OAuth.Grace=1h30m", "hubspot.ClampLimit=true",
		"quickbooks.CurrencyOptional", "quickbooks.MaxChanges=7", "quickbooks.TotalCount=false",
	}, &portal, &company)
	if err != nil {
		t.Fatal(err)
	}
	if !portal.Writing.Void || portal.ToObjectID != hubspotsim.IDString || portal.Writing.NumberPrefix != "R=" || portal.OAuth.Grace != 90*time.Minute || !portal.ClampLimit {
		t.Errorf("%+v", portal)
	}
	if !company.CurrencyOptional || company.MaxChanges != 7 || company.TotalCount {
		t.Errorf("%+v", company)
	}
}

// TestSwitchesRefused: all faults are told at once, with the names that there are.
func TestSwitchesRefused(t *testing.T) {
	var portal hubspotsim.Options
	var company quickbookssim.Options
	err := turn([]string{
		"hubspot.Void", "hubspot.Token=x", "hubspot.ClampLimit=maybe", "quickbooks.MaxChanges", "quickbooks.MaxChanges=-1",
	}, &portal, &company)
	if err == nil {
		t.Fatal("taken")
	}
	for _, want := range []string{
		"-switch hubspot.Void: there is none", "-switch hubspot.Token: there is none", "hubspot.ClampLimit=maybe: want true or false", "quickbooks.MaxChanges: want a value",
		"quickbooks.MaxChanges=-1: want a number", "the switches are hubspot.ClampLimit, ", ", hubspot.Writing.Void, ", ", quickbooks.CurrencyOptional, ",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}
