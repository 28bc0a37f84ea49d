package reconcile

import (
	"cmp"
	"time"
)

// An Entry is what a comparison reads of every invoice: enough to pair it, to
// judge its scope, to see whether it differs and to add it up. The rest of the
// invoice is loaded only where digests differ or flags are set. It is stored
// beside the invoice, in a covering index.
type Entry struct {
	System   System
	Row      int64  // the mirror's row
	ID       string // the vendor's id
	MatchKey string // link or number; empty never pairs
	Digest   Digest
	Flags    Flags
	Date     Date
	Currency string
	Status   Status
	Total    int64 // minor units
	Balance  int64
	Created  int64 // Unix seconds
	// Twin is a hash of customer, currency and total; 0 when there is no customer.
	Twin uint64
}

// A Digest is a content hash of the canonical invoice under a Basis.
type Digest [16]byte

// Flags has a bit for each condition of an invoice that needs no partner to be
// found. A pair is looked at closely only if its digests differ or a flag is set.
type Flags uint32

// The flags.
const (
	// FlagUnreadable: a value could not be understood.
	FlagUnreadable Flags = 1 << iota
	// FlagNoSKU: a line has no SKU.
	FlagNoSKU
	// FlagNoEmail: there is a customer without an e-mail.
	FlagNoEmail
	// FlagNoCustomer: there is no customer, or it is not in the mirror.
	FlagNoCustomer
	// FlagUnmapped: a line's tax rate has no mapping.
	FlagUnmapped
	// FlagIntegration: an integration made it. Judged for unpaired invoices only;
	// it does not ask for a closer look.
	FlagIntegration
)

// CompareEntries orders entries of one system as a comparison reads them: by match
// key and id, bytewise.
func CompareEntries(a, b Entry) int {
	return cmp.Or(cmp.Compare(a.MatchKey, b.MatchKey), cmp.Compare(a.ID, b.ID))
}

// Look reports whether the flags ask for a closer look.
func (f Flags) Look() bool { return f&^FlagIntegration != 0 }

// A Filed invoice is an invoice with what the mirror stores beside it.
type Filed struct {
	Invoice Invoice
	Entry   Entry
	Basis   BasisHash
}

// A StaleInvoice is an invoice whose entry has to be made again, because it was
// filed under another basis.
type StaleInvoice struct {
	Row     int64
	Invoice Invoice
}

// A BasisHash names a Basis.
type BasisHash [8]byte

// CreatedAt returns the instant at which the vendor's record was made.
func (e *Entry) CreatedAt() time.Time { return time.Unix(e.Created, 0).UTC() }
