package graph_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/graph"
	"github.com/tieout/tieout/reconcile"
)

type shownConnection struct {
	System, Via, State                               string
	CompanyID, CompanyName, ConnectedBy, ConnectedAt *string
	ExpiresAt, Problem                               *string
	DaysToExpiry                                     *int
	Events                                           []struct{ Kind, At string }
	Reads                                            *struct {
		Used  int
		Limit *int
	}
	AvailableActions []struct {
		Action          string
		DisabledReasons []struct{ Code string }
	}
}

// actions lists the actions, each with why it cannot be done.
func (c shownConnection) actions() string {
	var list []string
	for _, a := range c.AvailableActions {
		text := a.Action
		for _, reason := range a.DisabledReasons {
			text += " " + reason.Code
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

const connectionFields = `system via state companyId companyName connectedBy connectedAt expiresAt problem daysToExpiry events { kind at }
  reads { used limit } availableActions { action disabledReasons { code } }`

// connection asks for the connection of a system.
func (w *world) connection(system reconcile.System) shownConnection {
	w.t.Helper()
	list := get[struct{ Connections []shownConnection }](w, `{ connections { `+connectionFields+` } }`).Connections
	if len(list) != 2 || list[0].System != "hubspot" || list[1].System != "quickbooks" {
		w.t.Fatalf("connections: %s", jsonText(list))
	}
	if system == reconcile.HubSpot {
		return list[0]
	}
	return list[1]
}

// TestConnectionStates: a sign-in and what runs use are told apart, in all states.
func TestConnectionStates(t *testing.T) {
	app, noApp := graph.Access{}, graph.Access{NoApp: errors.New("no app")}
	token := graph.Access{Token: true, Metered: true}
	for name, tt := range map[string]struct {
		access  graph.Access
		ends    time.Duration // of the sign-in; 0: there is none
		undone  bool          // somebody disconnected
		want    string        // via, state, actions
		problem string
	}{
		"never":             {app, 0, false, "NONE DISCONNECTED CONNECT, RECONNECT NOT_CONNECTED, DISCONNECT NOT_CONNECTED", ""},
		"never, no app":     {noApp, 0, false, "NONE DISCONNECTED CONNECT APP_NOT_SET_UP, RECONNECT NOT_CONNECTED APP_NOT_SET_UP, DISCONNECT NOT_CONNECTED", ""},
		"connected":         {app, 91 * 24 * time.Hour, false, "SIGN_IN CONNECTED CONNECT ALREADY_CONNECTED, RECONNECT, DISCONNECT", ""},
		"expiring":          {app, 24 * time.Hour, false, "SIGN_IN EXPIRING CONNECT ALREADY_CONNECTED, RECONNECT, DISCONNECT", ""},
		"ended":             {app, -time.Hour, false, "SIGN_IN NEEDS_RECONNECT CONNECT ALREADY_CONNECTED, RECONNECT, DISCONNECT", "the sign-in has expired"},
		"disconnected":      {app, time.Hour, true, "NONE DISCONNECTED CONNECT, RECONNECT NOT_CONNECTED, DISCONNECT NOT_CONNECTED", ""},
		"token":             {token, 0, false, "TOKEN DISCONNECTED CONNECT, RECONNECT NOT_CONNECTED, DISCONNECT NOT_CONNECTED", ""},
		"token and sign-in": {token, 91 * 24 * time.Hour, false, "TOKEN CONNECTED CONNECT ALREADY_CONNECTED, RECONNECT, DISCONNECT", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := emptyWorld(t)
			w.signIns.access[reconcile.HubSpot] = tt.access
			if tt.ends != 0 {
				w.connect(reconcile.HubSpot, "77", today.Add(tt.ends))
			}
			if tt.undone {
				w.must(w.repo.Disconnect(t.Context(), reconcile.HubSpot, ""))
			}
			got := w.connection(reconcile.HubSpot)
			if s := got.Via + " " + got.State + " " + got.actions(); s != tt.want {
				t.Errorf("got  %s\nwant %s", s, tt.want)
			}
			problem := ""
			if got.Problem != nil {
				problem = *got.Problem
			}
			if problem != tt.problem || (got.ConnectedBy != nil) != (tt.ends != 0) || (got.DaysToExpiry != nil) != (tt.ends != 0 && !tt.undone) {
				t.Errorf("got %s", jsonText(got))
			}
			if (got.Reads != nil) != tt.access.Metered || (got.Reads != nil && got.Reads.Limit != nil) {
				t.Errorf("reads without a limit: %s", jsonText(got.Reads))
			}
		})
	}
}

// TestConnectionCompany: what a run has told is known without a sign-in.
func TestConnectionCompany(t *testing.T) {
	w := newWorld(t)
	if c := w.connection(reconcile.HubSpot); *c.CompanyID != "77" || *c.CompanyName != "Acme" || c.ConnectedAt != nil {
		t.Errorf("from a run: %s", jsonText(c))
	}
	if c := emptyWorldConnection(t); c.CompanyID != nil || c.CompanyName != nil || len(c.Events) != 0 {
		t.Errorf("from nothing: %s", jsonText(c))
	}
}

func emptyWorldConnection(t *testing.T) shownConnection {
	t.Helper()
	return emptyWorld(t).connection(reconcile.HubSpot)
}

// TestConnectionEvents: newest first, of one system, and never more than asked for.
func TestConnectionEvents(t *testing.T) {
	w := emptyWorld(t)
	for range 25 {
		w.connect(reconcile.HubSpot, "77", time.Time{})
	}
	w.connect(reconcile.QuickBooks, "99", time.Time{})
	hs := w.connection(reconcile.HubSpot)
	if len(hs.Events) != 20 || hs.Events[0].Kind != "RECONNECTED" || hs.ExpiresAt != nil {
		t.Errorf("by default: %s", jsonText(hs))
	}
	if at, err := time.Parse(time.RFC3339, hs.Events[0].At); err != nil || at.IsZero() {
		t.Errorf("at %q: %v", hs.Events[0].At, err)
	}
	if qb := w.connection(reconcile.QuickBooks); len(qb.Events) != 1 || qb.Events[0].Kind != "CONNECTED" {
		t.Errorf("of the other: %s", jsonText(qb.Events))
	}
	const query = `query($first: Int!) { connections { events(first: $first) { kind } } }`
	all := get[struct{ Connections []shownConnection }](w, query, "first", 250).Connections[0].Events
	if len(all) != 25 || all[24].Kind != "CONNECTED" {
		t.Errorf("all: %s", jsonText(all))
	}
	for _, first := range []int{0, 251} {
		if a := w.ask(query, "first", first); !strings.Contains(a.codes(), "PAGE_SIZE_INVALID") {
			t.Errorf("first %d: %s", first, a.body)
		}
	}
}

// TestConnectionStart begins a sign-in where there is an app for it.
func TestConnectionStart(t *testing.T) {
	w := emptyWorld(t)
	const query = `mutation($system: System!) { connectionStart(input: { system: $system, clientMutationId: "c-1" }) {
  authorizeUrl expiresAt userErrors { code message path retryable } clientMutationId } }`
	type start struct {
		ConnectionStart struct {
			AuthorizeURL, ExpiresAt, ClientMutationID *string
			UserErrors                                userErrors
		}
	}
	for system, want := range map[string]string{"hubspot": "APP_NOT_SET_UP input/system", "both": "INPUT_INVALID input/system", "quickbooks": ""} {
		got := get[start](w, query, "system", system).ConnectionStart
		if got.UserErrors.codes() != want || (got.AuthorizeURL != nil) != (want == "") || (got.ExpiresAt != nil) != (want == "") || *got.ClientMutationID != "c-1" {
			t.Errorf("%s: %s", system, jsonText(got))
		}
	}
	if got := strings.Join(w.signIns.begun, ", "); got != "local:ann quickbooks" {
		t.Errorf("begun: %s", got)
	}
	w.signIns.err = errBroken
	if a := w.ask(query, "system", "quickbooks"); a.codes() != "INTERNAL" || strings.Contains(a.body, "consent.example") {
		t.Errorf("broken: %s", a.body)
	}
}

// TestConnectionDisconnect forgets a sign-in once, and tells when the vendor did not
// hear of it.
func TestConnectionDisconnect(t *testing.T) {
	w := emptyWorld(t)
	const query = `mutation($system: System!) { connectionDisconnect(input: { system: $system, clientMutationId: "c-1" }) {
  connection { ` + connectionFields + ` } warnings { code message path } userErrors { code path } clientMutationId } }`
	type disconnect struct {
		ConnectionDisconnect struct {
			Connection           *shownConnection
			Warnings, UserErrors userErrors
			ClientMutationID     *string
		}
	}
	w.connect(reconcile.QuickBooks, "99", time.Time{})
	w.signIns.unrevoked = errors.New("no answer")
	for _, tt := range []struct{ system, warnings, errors string }{
		{"hubspot", "", "NOT_CONNECTED input/system"},
		{"both", "", "INPUT_INVALID input/system"},
		{"quickbooks", "NOT_REVOKED input/system", ""},
		{"quickbooks", "", "NOT_CONNECTED input/system"},
	} {
		got := get[disconnect](w, query, "system", tt.system).ConnectionDisconnect
		if got.Warnings.codes() != tt.warnings || got.UserErrors.codes() != tt.errors || (got.Connection != nil) != (tt.errors == "") || *got.ClientMutationID != "c-1" {
			t.Errorf("%s: %s", tt.system, jsonText(got))
		}
		if c := got.Connection; c != nil && (c.State != "DISCONNECTED" || c.Via != "NONE" || *c.CompanyID != "99" || c.Events[0].Kind != "DISCONNECTED" || !strings.Contains(got.Warnings[0].Message, "no answer")) {
			t.Errorf("disconnected: %s", jsonText(got))
		}
	}
}
