package connectors

import (
	"strconv"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// An APIError says what a vendor answered where records were expected, or why
// no answer came. It never holds a token, nor the body of an answer.
type APIError struct {
	System reconcile.System
	// Op is what was asked, of whom, such as "list hubspot:invoices".
	Op string
	// Status is the HTTP status; 0 when no answer came.
	Status int
	// Code is the vendor's own code, such as "3200" or "MISSING_SCOPES".
	Code    string
	Message string
	// RequestID is what the vendor's support asks for: QuickBooks' intuit_tid,
	// HubSpot's correlationId.
	RequestID string
	// Kind is one of the sentinels of this package.
	Kind error
}

func (e *APIError) Error() string {
	var b strings.Builder
	b.WriteString(e.Op + ": ")
	if e.Status != 0 {
		b.WriteString(strconv.Itoa(e.Status) + " ")
	}
	if e.Code != "" {
		b.WriteString(e.Code + " ")
	}
	if e.Kind != nil {
		b.WriteString(e.Kind.Error())
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.RequestID != "" {
		b.WriteString(" (request " + e.RequestID + ")")
	}
	return b.String()
}

// Unwrap returns the kind, for errors.Is.
func (e *APIError) Unwrap() error { return e.Kind }
