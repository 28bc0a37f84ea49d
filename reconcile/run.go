package reconcile

import "time"

// A RunID names a run. Ids of one workspace ascend with time.
type RunID int64

// A RunState is where a run stands.
type RunState string

// The run states, in the order in which they are passed.
const (
	RunQueued     RunState = "QUEUED"
	RunPulling    RunState = "PULLING"
	RunComparing  RunState = "COMPARING"
	RunApplying   RunState = "APPLYING"
	RunComplete   RunState = "COMPLETE"
	RunIncomplete RunState = "INCOMPLETE"
	RunFailed     RunState = "FAILED"
	RunCancelled  RunState = "CANCELLED"
)

// Ended reports whether a run in this state will not change any more.
func (s RunState) Ended() bool {
	switch s {
	case RunComplete, RunIncomplete, RunFailed, RunCancelled:
		return true
	}
	return false
}

// A Verdict says whether the two systems tie out. It is apart from the state:
// a run may be complete and not tied out.
type Verdict string

// The verdicts.
const (
	TiedOut          Verdict = "TIED_OUT"
	TiedOutWithItems Verdict = "TIED_OUT_WITH_ITEMS"
	NotTiedOut       Verdict = "NOT_TIED_OUT"
	VerdictUnknown   Verdict = "UNKNOWN"
)

// ExitCode is the exit code of a command that ran to this verdict: 0 when the
// systems tie out, 2 when they do not, 1 when nothing can be said.
func (v Verdict) ExitCode() int {
	switch v {
	case TiedOut, TiedOutWithItems:
		return 0
	case NotTiedOut:
		return 2
	}
	return 1
}

// Judge gives the verdict of a run. Nothing in scope is not a tie-out.
func Judge(complete bool, inScope, openFindings, acceptedFindings, pending int) Verdict {
	switch {
	case !complete || inScope == 0:
		return VerdictUnknown
	case openFindings > 0:
		return NotTiedOut
	case acceptedFindings > 0 || pending > 0:
		return TiedOutWithItems
	}
	return TiedOut
}

// A Run is one pass over both systems of a workspace: pull, compare, publish.
type Run struct {
	ID        RunID       `json:"id"`
	Workspace WorkspaceID `json:"workspace"`
	State     RunState    `json:"state"`
	Verdict   Verdict     `json:"verdict"`
	Actor     Actor       `json:"actor"`
	// Schedule and Date are set for scheduled runs, unique by workspace.
	Schedule string `json:"schedule,omitempty"`
	Date     Date   `json:"date,omitzero"`
	// Full asks for everything to be pulled, whatever has changed, and believes a
	// system that says that it has nothing any more.
	Full bool `json:"full,omitempty"`
	// AsOf is the instant the run judges ages and graces by.
	AsOf       time.Time `json:"asOf"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	// Settings is the version of the settings in force.
	Settings int    `json:"settings"`
	Problem  string `json:"problem,omitempty"`
	Counts   Counts `json:"counts"`
}

// Counts are the figures of a run that lists and summaries show.
type Counts struct {
	HubSpotInvoices    int `json:"hubspotInvoices"`
	QuickBooksInvoices int `json:"quickbooksInvoices"`
	InScope            int `json:"inScope"` // pairs and unpaired invoices that the tie-out counts
	Matched            int `json:"matched"`
	Different          int `json:"different"`
	OnlyHubSpot        int `json:"onlyHubspot"`
	OnlyQuickBooks     int `json:"onlyQuickbooks"`
	Ambiguous          int `json:"ambiguous"`
	Excluded           int `json:"excluded"`
	Pending            int `json:"pending"`
	Unknown            int `json:"unknown"`
	Compared           int `json:"compared"` // pairs looked at closely
	Open               int `json:"open"`     // findings open at the end
	Opened             int `json:"opened"`
	Reopened           int `json:"reopened"`
	Resolved           int `json:"resolved"`
	Calls              int `json:"calls"` // vendor requests
}

// Plus adds counts, or takes them away with a sign of -1.
func (c Counts) Plus(d Counts, sign int) Counts {
	c.HubSpotInvoices += sign * d.HubSpotInvoices
	c.QuickBooksInvoices += sign * d.QuickBooksInvoices
	c.InScope += sign * d.InScope
	c.Matched += sign * d.Matched
	c.Different += sign * d.Different
	c.OnlyHubSpot += sign * d.OnlyHubSpot
	c.OnlyQuickBooks += sign * d.OnlyQuickBooks
	c.Ambiguous += sign * d.Ambiguous
	c.Excluded += sign * d.Excluded
	c.Pending += sign * d.Pending
	c.Unknown += sign * d.Unknown
	c.Compared += sign * d.Compared
	c.Open += sign * d.Open
	c.Opened += sign * d.Opened
	c.Reopened += sign * d.Reopened
	c.Resolved += sign * d.Resolved
	c.Calls += sign * d.Calls
	return c
}

// A StepState is where a step stands.
type StepState string

// The step states.
const (
	StepWaiting StepState = "WAITING"
	StepRunning StepState = "RUNNING"
	StepDone    StepState = "DONE"
	StepFailed  StepState = "FAILED"
)

// A Step is one piece of a run: the pull of an object, the comparison.
type Step struct {
	Name       string    `json:"name"` // such as pull/hubspot/invoices
	State      StepState `json:"state"`
	Records    int       `json:"records"`
	Problem    string    `json:"problem,omitempty"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
}
