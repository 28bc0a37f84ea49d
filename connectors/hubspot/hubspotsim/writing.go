package hubspotsim

// Writing chooses how a Portal takes what is written, where HubSpot's own documents
// leave it open or an account setting decides. The zero value is the better
// evidence, and the settings as strict as they go.
type Writing struct {
	// KeepEmailCase stores addresses as they were written. Otherwise in lower case,
	// which no page says and everybody reports.
	KeepEmailCase bool
	// Conflict is the body of the 409 for an address that another contact has.
	Conflict ConflictForm
	// TakeTwice takes an id that stands twice in a batch update or upsert: the later
	// input has the last word. Otherwise the batch is refused, as users of batch
	// upsert report.
	TakeTwice bool
	// TracedCreateOnly has trace ids make a partial success of batch create alone
	// (the "CRM objects" page promises no more). Otherwise of update and upsert too,
	// whose specifications list 207 and take trace ids.
	TracedCreateOnly bool
	// EmailUpsertReplaces has an upsert by e-mail clear what it leaves out: one
	// reading of "partial upserts are not supported" with e-mail ("Contacts" page).
	// Otherwise the other one: such a batch succeeds or fails whole.
	EmailUpsertReplaces bool
	// KeepPrimaryID has a merge keep the id of its primary record, as in accounts of
	// the "Primary ID Preservation" beta. Otherwise it makes a record with a new id.
	KeepPrimaryID bool

	// NumberPrefix precedes the numbers that the account gives to invoices; empty is
	// "INV-".
	NumberPrefix string
	// NumberReadOnly refuses a written hs_number. Whether it can be written is not
	// documented; third parties write it.
	NumberReadOnly bool
	// BilledReadOnly refuses a written hs_amount_billed, which otherwise invoices take
	// that are not billable: third parties write it, no page says that it can be.
	BilledReadOnly bool
	// MirrorsAreDrafts has a non-billable invoice begin as a draft as well. Third
	// parties create them open, paid and voided; no page says that they may.
	MirrorsAreDrafts bool
	// RefusePastDue refuses a billable invoice a due date that has passed, as a third
	// party reports. No page says so, and the date's default is the instant of creation.
	RefusePastDue bool
	// Void takes the status voided for an open invoice. No page documents a way to
	// void by API; otherwise it is refused.
	Void bool
	// EditOpen is the account's setting to edit finalized invoices: as long as
	// nothing is paid ("Manage invoices" knowledge base page). Whether the API follows
	// it, and with which properties, is not documented: an account's own properties
	// and the owner may always be written.
	EditOpen bool
	// DeleteOpen is the account's setting to delete invoices that are not paid
	// ("Invoices" page).
	DeleteOpen bool
	// KeepLines leaves the line items of a deleted invoice. Documented is that those
	// of a quote go with it; otherwise those of an invoice do too.
	KeepLines bool
	// Rounding says where derived amounts are rounded.
	Rounding RoundingForm
}

// ConflictForm is the body of the answer to an address that is taken.
type ConflictForm int

// Both stand in reports of users; in both the message ends in "Existing ID: " and
// the id.
const (
	ConflictShort ConflictForm = iota // long-standing: category CONFLICT
	ConflictLong                      // category OBJECT_ALREADY_EXISTS with an identityProfile
)

// RoundingForm is where derived amounts are rounded, half up, to the digits of
// the currency. HubSpot's rule is not documented.
type RoundingForm int

// The places.
const (
	RoundLines   RoundingForm = iota // every amount and tax by itself
	RoundInvoice                     // the invoice's total alone
)
