package reconcile

import (
	"errors"
	"fmt"
	"time"
)

// A ConnectionState says whether a system of a workspace can be reached by the
// sign-in that is stored.
type ConnectionState string

// The states. Expiring is a connected one whose sign-in ends within WarnDays.
const (
	Connected      ConnectionState = "CONNECTED"
	Expiring       ConnectionState = "EXPIRING"
	NeedsReconnect ConnectionState = "NEEDS_RECONNECT"
	Disconnected   ConnectionState = "DISCONNECTED"
)

// WarnDays are the days before the end of a sign-in from which on its owner is
// warned, each time more urgently. The first is also where Expiring begins.
var WarnDays = [...]int{90, 30, 7}

// A Connection is the sign-in to one system as people see it: without its tokens.
type Connection struct {
	System System `json:"system"`
	// State is as it is stored: never Expiring, which depends on the time (see At).
	State ConnectionState `json:"state"`
	// CompanyID is the portal or realm id, CompanyName what the system calls it.
	CompanyID   string    `json:"companyId"`
	CompanyName string    `json:"companyName,omitempty"`
	ConnectedBy Actor     `json:"connectedBy"`
	ConnectedAt time.Time `json:"connectedAt"`
	// Generation counts the pairs of tokens that were given out since the first
	// connect.
	Generation int `json:"generation"`
	// AccessExpires is when the access token ends, which a refresh renews.
	AccessExpires time.Time `json:"accessExpires,omitzero"`
	// RefreshExpires is when the refresh token ends unless it is used before,
	// HardExpires when somebody has to sign in again whatever is done; zero where
	// the system tells none, as HubSpot does.
	RefreshExpires time.Time `json:"refreshExpires,omitzero"`
	HardExpires    time.Time `json:"hardExpires,omitzero"`
	LastRefresh    time.Time `json:"lastRefresh,omitzero"`
	// Problem says why the connection is not usable, and what to do.
	Problem string `json:"problem,omitempty"`
}

// Expires is when somebody has to sign in again unless the connection is used
// before; zero when never.
func (c Connection) Expires() time.Time {
	if c.RefreshExpires.IsZero() || (!c.HardExpires.IsZero() && c.HardExpires.Before(c.RefreshExpires)) {
		return c.HardExpires
	}
	return c.RefreshExpires
}

// DaysLeft is how many whole days are left until Expires, not below 0; ok is
// false when it never does.
func (c Connection) DaysLeft(now time.Time) (days int, ok bool) {
	at := c.Expires()
	if at.IsZero() {
		return 0, false
	}
	return max(int(at.Sub(now)/(24*time.Hour)), 0), true
}

// Warning is the smallest of WarnDays that the connection's end is within; 0 when
// it is further away.
func (c Connection) Warning(now time.Time) (within int) {
	left, ends := c.DaysLeft(now)
	for _, days := range WarnDays {
		if ends && left < days {
			within = days
		}
	}
	return within
}

// At is the state at an instant. A sign-in whose end has passed needs a reconnect
// even before anybody has tried it.
func (c Connection) At(now time.Time) ConnectionState {
	at := c.Expires()
	switch {
	case c.State != Connected:
		return c.State
	case !at.IsZero() && !at.After(now):
		return NeedsReconnect
	case c.Warning(now) > 0:
		return Expiring
	}
	return Connected
}

// Usable returns why the system cannot be called by this connection, or nil: an
// ErrNotConnected.
func (c Connection) Usable() error {
	switch c.State {
	case Connected:
		return nil
	case NeedsReconnect:
		return fmt.Errorf("%w: %s needs reconnect: %s; run: tieout connect %s", ErrNotConnected, c.System.Title(), c.Problem, c.System)
	}
	return fmt.Errorf("%w: %s is disconnected; run: tieout connect %s", ErrNotConnected, c.System.Title(), c.System)
}

// Sealed is what only the holder of a key can read.
type Sealed struct {
	Key  string `json:"key"` // id of the key
	Body []byte `json:"body"`
}

// A Binding is what a sealed value belongs to: moved anywhere else it cannot be
// opened.
type Binding struct {
	Workspace WorkspaceID
	System    System
	Purpose   Purpose
}

// A Purpose is what a sealed value is for.
type Purpose string

// The purposes: a pair of tokens, and the proof of a sign-in that was begun.
const (
	PurposeTokens   Purpose = "tokens"
	PurposeVerifier Purpose = "verifier"
)

// Empty reports whether nothing is sealed.
func (s Sealed) Empty() bool { return len(s.Body) == 0 }

// A Credential is a connection with its pairs of tokens, sealed.
type Credential struct {
	Connection
	// Grant counts the consents: a pair belongs to the one that it came from.
	Grant int `json:"grant"`
	// Current is the pair in use, Previous the one before, kept until
	// PreviousUntil for the case that the vendor has lost the newer one.
	Current       Sealed    `json:"current"`
	Previous      Sealed    `json:"previous"`
	PreviousUntil time.Time `json:"previousUntil,omitzero"`
	// RefreshStarted is when a refresh of this generation was begun, which has not
	// ended as far as is known; zero when none was.
	RefreshStarted time.Time `json:"refreshStarted,omitzero"`
}

// PreviousKept is how long the pair before the current one is kept.
const PreviousKept = 48 * time.Hour

// A Lease is the right to refresh one system's credential, until it runs out by the
// store's clock.
type Lease struct {
	System System
	Holder string
	Epoch  int
}

// An Authorization is a sign-in that was begun and not finished yet. It is good for
// one use, before it expires.
type Authorization struct {
	System      System
	StateHash   string // the state's SHA-256, in hexadecimal digits
	Verifier    Sealed // for PKCE; empty where the vendor has none
	RedirectURI string
	Actor       Actor // who began it
	Expires     time.Time
}

// The kinds of refusals around connections.
var (
	// ErrNotConnected: there is no sign-in that can be used; somebody has to
	// connect.
	ErrNotConnected = errors.New("not connected")
	// ErrLeased: somebody else is refreshing the credential.
	ErrLeased = errors.New("the credential is being refreshed")
	// ErrMoved: the credential is not the one any more that the caller knows.
	ErrMoved = errors.New("the credential has moved on")
	// ErrKeyRetired: what was to be stored is sealed with a key that was taken out
	// of use meanwhile.
	ErrKeyRetired = errors.New("the sealing key was taken out of use")
)

// A ConnectionEventKind is what happened to a connection.
type ConnectionEventKind string

// The kinds of events.
const (
	EventConnected      ConnectionEventKind = "CONNECTED"
	EventReconnected    ConnectionEventKind = "RECONNECTED"
	EventRefreshed      ConnectionEventKind = "REFRESHED"
	EventNeedsReconnect ConnectionEventKind = "NEEDS_RECONNECT"
	EventDisconnected   ConnectionEventKind = "DISCONNECTED"
)

// A ConnectionEvent is a line of a connection's journal.
type ConnectionEvent struct {
	System     System              `json:"system"`
	Kind       ConnectionEventKind `json:"kind"`
	Actor      Actor               `json:"actor"`
	At         time.Time           `json:"at"`
	CompanyID  string              `json:"companyId"`
	Generation int                 `json:"generation"`
	Detail     string              `json:"detail,omitempty"`
}
