// Package connectortest is the contract of connectors.Source as a test: what any
// connector must do, while nothing is in the way and under faults. Run takes a
// fixture, which is a simulated system and a connector to it, or with the flag
// -live a real system.
//
// Every request is HTTP as net/http sends and serves it. What takes no time goes
// over TCP with the connector's own transport; what waits, such as for a rate limit,
// is told in virtual time (package testing/synctest) and goes over connections in
// memory, for virtual time stands still while a socket is read.
package connectortest

import (
	"flag"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox/control"
)

var live = flag.Bool("live", false, "run the reading part of the conformance suite against real systems, which the environment names")

// Live reports whether the suite is to run against a real system.
func Live() bool { return *live }

// A Fixture is a system and what is known of it, with a connector. A real system,
// which has no Handler, has System, Base, Token and Open alone.
type Fixture struct {
	System reconcile.System
	// Handler is the simulated system. Its clock is time.Now.
	Handler http.Handler
	// Base is where a real system is.
	Base string
	// Token is an access token that is good.
	Token string
	// Open connects to the system.
	Open func(t testing.TB, c Connection) connectors.Source

	// Company is what the system has to be told as.
	Company reconcile.Company
	// IDs are those of all records.
	IDs map[reconcile.Object][]string
	// Unreadable are the records and parts of records that hold a value which cannot
	// be read, as "invoices 17".
	Unreadable []string
	// Change changes, makes and deletes records.
	Change func(t testing.TB) Changes
	// Reach is how far back the system tells what has changed; 0: for ever.
	Reach time.Duration
	// SignIn gives out an access token that is good, another each time.
	SignIn func(t testing.TB) string
	// Control has requests to the simulated system fail, and knows what was written.
	Control *control.Control
	// ReadsBy matches the paths to which a POST reads.
	ReadsBy *regexp.Regexp
}

// Changes are the ids of the records that a pull of changes has to bring, and of
// those that are gone, by object.
type Changes struct{ Changed, Deleted map[reconcile.Object][]string }

// A Connection is how to connect to a system.
type Connection struct {
	Base   string
	Tokens connectors.TokenSource
	// RoundTripper carries the requests; nil: the connector's own.
	RoundTripper http.RoundTripper
	// Unpaced says that the system is a simulator, which has no quota.
	Unpaced bool
}
