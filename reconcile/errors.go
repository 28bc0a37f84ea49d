package reconcile

import "errors"

// The kinds of refusals that stores return and others test with errors.Is.
var (
	// ErrNotFound: there is no such record in the workspace.
	ErrNotFound = errors.New("not found")
	// ErrRunning: another run of the workspace is under way.
	ErrRunning = errors.New("another run is under way")
	// ErrEnded: the run has ended, by itself or because it was taken for dead.
	ErrEnded = errors.New("it has ended")
	// ErrAlreadyRan: the schedule has run for that date.
	ErrAlreadyRan = errors.New("the schedule has already run for that date")
)
