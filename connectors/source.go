// Package connectors holds the contract that both vendor connectors keep, the
// kinds of errors they return, and the transport they share.
package connectors

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A Source reads one vendor system in full. What compares is given Sources
// only; a Source cannot write.
type Source interface {
	// System says which system it reads.
	System() reconcile.System
	// Company returns what the system says of itself.
	Company(ctx context.Context) (Identity, error)
	// Pull reads what is wanted. The pages come in a fixed order; the first error
	// ends the pull: ErrTooOld where the system cannot tell any more what has
	// changed since, so that everything has to be read. A record that cannot be
	// understood is in its page's Unreadable, never left out and never zero; an
	// unreadable invoice is also in Invoices with its Unreadable mark, so that it
	// still pairs.
	Pull(ctx context.Context, w Want) iter.Seq2[reconcile.Page, error]
	// Count returns how many records of the object the system claims to have,
	// and how many requests asking took. It is asked after the pull.
	Count(ctx context.Context, o reconcile.Object) (claimed, calls int, err error)
	// Deleted returns the ids of records that the system says were deleted since,
	// as far as it tells, and how many requests asking took. It is asked where
	// fewer records are claimed than the mirror has.
	Deleted(ctx context.Context, o reconcile.Object, since time.Time) (ids []string, calls int, err error)
}

// An Identity is what a system says of itself.
type Identity struct {
	reconcile.Company
	// At is when it said so, by its own clock; zero where it does not tell.
	At    time.Time
	Calls int // requests that asking took
}

// A Want says what of an object is to be pulled.
type Want struct {
	Object reconcile.Object
	// Since asks for what has changed since then, by this machine's clock; zero asks
	// for everything. What was changed a while before is read as well, as far as
	// the system's index lags behind and clocks differ. Tax rates are always read
	// as a whole.
	Since time.Time
	// Also are ids of records to be read beside what has changed since: events told of
	// them. One that is gone brings nothing. Lines are ids of line items whose invoices
	// are read in the same way. Both go with Since only.
	Also, Lines []string
	// After is the Position of the last page that an earlier pull of everything
	// brought, which this one goes on after.
	After string
}

// The kinds of errors. Detail is in APIError.
var (
	// ErrUnreachable: no answer came: DNS, connection, TLS, time-out.
	ErrUnreachable = errors.New("unreachable")
	// ErrDenied: the system refused the credentials or the rights behind them.
	ErrDenied = errors.New("access denied")
	// ErrNotFound: there is no such record.
	ErrNotFound = errors.New("not found")
	// ErrThrottled: the system's rate limit was still exceeded after all retries.
	ErrThrottled = errors.New("rate limit exceeded")
	// ErrBroken: the answer could not be understood: cut off, not JSON, a fault
	// where there should be records.
	ErrBroken = errors.New("answer not understood")
	// ErrTooOld: the system does not tell any more what has changed since then.
	ErrTooOld = errors.New("too long ago to tell what has changed")
)
