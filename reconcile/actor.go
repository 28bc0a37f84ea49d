package reconcile

import (
	"fmt"
	"strings"
)

// An Actor is who caused a change: "local:USER" from the command line,
// "schedule", "worker", later a member or a token.
type Actor string

// The actors that are no person.
const (
	ActorSchedule Actor = "schedule"
	ActorWorker   Actor = "worker"
)

// LocalActor is the actor of a command given by an operating-system user.
func LocalActor(user string) Actor {
	if user == "" {
		user = "unknown"
	}
	return Actor("local:" + user)
}

// Check refuses an actor that names nobody.
func (a Actor) Check() error {
	s := string(a)
	if a == ActorSchedule || a == ActorWorker || (strings.HasPrefix(s, "local:") && len(s) > len("local:")) {
		return nil
	}
	return fmt.Errorf("actor %q: want local:USER, schedule or worker", s)
}

// A WorkspaceID names one HubSpot portal paired with one QuickBooks company.
type WorkspaceID string

// DefaultWorkspace is the workspace that the command line works on when none
// is named.
const DefaultWorkspace WorkspaceID = "default"
