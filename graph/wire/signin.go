package wire

import (
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A ConnectionVia is what runs reach a system by.
type ConnectionVia string

// The ways.
const (
	ViaSignIn ConnectionVia = "SIGN_IN"
	ViaToken  ConnectionVia = "TOKEN"
	ViaNone   ConnectionVia = "NONE"
)

// A SystemConnection is how the workspace reaches one system. What is not known, or
// not there, is nil.
type SystemConnection struct {
	ID              string
	System          reconcile.System
	Via             ConnectionVia
	State           reconcile.ConnectionState
	CompanyID       *string
	CompanyName     *string
	ConnectedBy     *string
	ConnectedAt     *time.Time
	AccessExpiresAt *time.Time
	ExpiresAt       *time.Time
	DaysToExpiry    *int
	LastRefreshAt   *time.Time
	Problem         *string
}

// NewSystemConnection tells of a sign-in as it is at an instant. Of a system that nobody
// has ever signed in to it has the state Disconnected and no times.
func NewSystemConnection(id string, via ConnectionVia, c reconcile.Connection, now time.Time) SystemConnection {
	shown := SystemConnection{
		ID: id, System: c.System, Via: via, State: c.At(now),
		CompanyID: TextOrNull(c.CompanyID), CompanyName: TextOrNull(c.CompanyName), ConnectedBy: TextOrNull(string(c.ConnectedBy)),
		ConnectedAt: timeOrNull(c.ConnectedAt), AccessExpiresAt: timeOrNull(c.AccessExpires), ExpiresAt: timeOrNull(c.Expires()),
		LastRefreshAt: timeOrNull(c.LastRefresh), Problem: TextOrNull(c.Problem),
	}
	if days, ends := c.DaysLeft(now); ends {
		shown.DaysToExpiry = &days
	}
	if shown.State == reconcile.NeedsReconnect && shown.Problem == nil {
		shown.Problem = TextOrNull("the sign-in has expired")
	}
	return shown
}

func timeOrNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
