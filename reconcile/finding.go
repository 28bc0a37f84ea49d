package reconcile

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// A Code names a kind of finding. Codes are part of the API: never renamed.
type Code string

// A Severity orders findings by how soon somebody should look.
type Severity string

// The severities.
const (
	High   Severity = "HIGH"
	Medium Severity = "MEDIUM"
	Low    Severity = "LOW"
)

// A FindingID identifies a finding over all runs.
type FindingID string

// Identify makes a finding's id of workspace, code, subject and field, never of
// values, so that the same disagreement next week is the same finding.
func Identify(ws WorkspaceID, code Code, subject, field string) FindingID {
	h := sha256.New()
	for _, part := range []string{"tieout/finding/v1", string(ws), string(code), subject, field} {
		var size [4]byte
		binary.BigEndian.PutUint32(size[:], uint32(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	return FindingID(strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(h.Sum(nil)[:15])))
}

// A Finding is one disagreement between the two systems, or one thing that
// keeps them from being compared.
type Finding struct {
	ID       FindingID `json:"id"`
	Code     Code      `json:"code"`
	Severity Severity  `json:"severity"`
	// Subject is what the finding is about, such as "invoice/hubspot/4711"; part
	// of the identity.
	Subject string `json:"subject"`
	System  System `json:"system"`
	// Record is the vendor's id on System, SRC's for Both.
	Record string `json:"record"`
	// Number is the invoice number, else the SKU, e-mail or rate name.
	Number string `json:"number"`
	// Field is the domain path of what differs, such as "lines[SKU].price".
	Field string `json:"field"`
	// HubSpotID and QuickBooksID are the vendors' ids of the records concerned,
	// where there is one.
	HubSpotID    string `json:"hubspotId,omitempty"`
	QuickBooksID string `json:"quickbooksId,omitempty"`
	// HubSpot and QuickBooks are the two values, as text.
	HubSpot    string `json:"hubspot"`
	QuickBooks string `json:"quickbooks"`
	// Amount is the money at stake, not negative.
	Amount Money `json:"amount"`
	// Invoices is how many invoices the finding keeps back; 0 for findings on a pair.
	Invoices int `json:"invoices,omitempty"`
	// Customer is the e-mail (or name) and Date the business date of the invoice concerned.
	Customer string `json:"customer,omitempty"`
	Date     Date   `json:"date,omitzero"`
	// Cause says why, in one clause; Message is the whole sentence.
	Cause   string `json:"cause"`
	Message string `json:"message"`
	// RootCause groups findings that one task would clear.
	RootCause string `json:"rootCause"`
	// Reasons are the failing gates of an unsynced invoice: what concerns the invoice
	// in gate order, then the switches that keep everything back.
	Reasons []Reason `json:"reasons,omitempty"`
	// Effects are the differences that this finding explains; they are not
	// raised again.
	Effects []Effect `json:"effects,omitempty"`
	// Actions are what may be done about it, best first.
	Actions []ActionVerb `json:"actions,omitempty"`
	// Locus is where it arises.
	Locus Locus `json:"-"`
}

// An Effect is a difference that a finding explains.
type Effect struct {
	Subject    string `json:"subject"`
	Number     string `json:"number"`
	Field      string `json:"field"`
	HubSpot    string `json:"hubspot"`
	QuickBooks string `json:"quickbooks"`
}

// A Reason is one failing gate.
type Reason struct {
	Gate int    `json:"gate"`
	Code string `json:"code"`
	Text string `json:"text"`
	Fix  string `json:"fix"`
}

// An ActionVerb names what can be done about a finding.
type ActionVerb string

// The verbs.
const (
	SyncInvoice    ActionVerb = "SYNC_INVOICE"
	CreateProduct  ActionVerb = "CREATE_PRODUCT"
	SetSKU         ActionVerb = "SET_SKU"
	CreateCustomer ActionVerb = "CREATE_CUSTOMER"
	SetEmail       ActionVerb = "SET_EMAIL"
	MapTax         ActionVerb = "MAP_TAX"
	Link           ActionVerb = "LINK"
	VoidInvoice    ActionVerb = "VOID_INVOICE"
	SetField       ActionVerb = "SET_FIELD"
	Accept         ActionVerb = "ACCEPT"
)

// A FindingState is where a finding stands.
type FindingState string

// The finding states.
const (
	FindingOpen          FindingState = "OPEN"
	FindingPlanned       FindingState = "PLANNED"
	FindingAwaitingProof FindingState = "AWAITING_PROOF"
	FindingResolved      FindingState = "RESOLVED"
	FindingAccepted      FindingState = "ACCEPTED"
)

// An EventKind is something that happened to a finding.
type EventKind string

// The event kinds.
const (
	EventOpened   EventKind = "OPENED"
	EventChanged  EventKind = "CHANGED"
	EventResolved EventKind = "RESOLVED"
	EventReopened EventKind = "REOPENED"
)

// A FindingRecord is a finding as the store keeps it, with its life so far.
type FindingRecord struct {
	Finding
	State     FindingState `json:"state"`
	FirstRun  RunID        `json:"firstRun"`
	LastRun   RunID        `json:"lastRun"` // the last run that saw it
	FirstSeen time.Time    `json:"firstSeen"`
	LastSeen  time.Time    `json:"lastSeen"`
	// ResolvedRun is the run that proved it gone; 0 while it is not.
	ResolvedRun RunID     `json:"resolvedRun,omitempty"`
	ResolvedAt  time.Time `json:"resolvedAt,omitzero"`
	// Reopened counts how often it came back.
	Reopened int `json:"reopened"`
}

// A FindingEvent is one entry of a finding's history.
type FindingEvent struct {
	Finding FindingID `json:"finding"`
	Run     RunID     `json:"run"`
	Kind    EventKind `json:"kind"`
	At      time.Time `json:"at"`
	Actor   Actor     `json:"actor"`
	// HubSpot and QuickBooks are the values at that time.
	HubSpot    string `json:"hubspot"`
	QuickBooks string `json:"quickbooks"`
}

// FindingCounts counts what a run did to findings.
type FindingCounts struct{ Opened, Changed, Reopened, Resolved int }

// Plus adds counts up.
func (c FindingCounts) Plus(d FindingCounts) FindingCounts {
	return FindingCounts{c.Opened + d.Opened, c.Changed + d.Changed, c.Reopened + d.Reopened, c.Resolved + d.Resolved}
}

// A Proof is what the end of a run says of findings that it did not see.
type Proof struct {
	// Complete: every certificate of the run is.
	Complete bool
	// Unjudged are the subjects that the run could not compare, because a record
	// is unreadable now, with where they lie. Nothing about them was seen to agree:
	// what stands on one stands there from now on.
	Unjudged map[string]Locus
	// Judged are the loci that the run judged; nil: all. What was seen elsewhere by
	// the run Since stands.
	Judged map[Locus]bool
	Since  RunID
}

// Holds reports whether a finding on a subject that was not seen is gone.
func (p Proof) Holds(subject string) bool {
	_, unjudged := p.Unjudged[subject]
	return p.Complete && !unjudged
}

// Advance is a finding's life over runs: what a run that saw the finding (or did
// not) makes of its state. before is empty for a finding never seen. A finding
// is resolved only by proof: a complete run that judged its subject and did not see
// it; an event of "" means
// that nothing happened worth a line.
func Advance(before FindingState, seen, changed, proven bool) (FindingState, EventKind) {
	switch {
	case seen && before == "":
		return FindingOpen, EventOpened
	case seen && before == FindingResolved:
		return FindingOpen, EventReopened
	case seen && before == FindingAwaitingProof:
		return FindingOpen, EventChanged // the proof failed: it is still there
	case seen && changed:
		return before, EventChanged
	case !seen && proven && before != FindingResolved && before != "":
		return FindingResolved, EventResolved
	}
	return before, ""
}
