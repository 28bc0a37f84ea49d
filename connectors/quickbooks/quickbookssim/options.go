package quickbookssim

import (
	"errors"
	"time"
)

// Options say whom the company admits, what time it is there, and how it
// behaves where the real behaviour is not established. The zero Options are
// refused by New: they would admit nobody.
type Options struct {
	// Token is the one access token that is admitted, Realm the company's id,
	// the element after /v3/company/ in paths.
	Token, Realm string
	// Open admits any bearer token and any realm. A request without a bearer
	// token is refused all the same.
	Open bool

	// Elsewhere are realms of the other host, sandbox companies in production or the
	// other way round: 401 in XML with code 130, Accessing Wrong Cluster.
	Elsewhere []string

	// OAuth makes the company offer a sign-in, whose access tokens are admitted
	// beside Token, which may then be empty; nil offers none.
	OAuth *OAuth

	// Webhooks are told of changes; nil tells nobody.
	Webhooks *Webhooks

	// Now is the company's clock; nil means time.Now.
	Now func() time.Time
	// Latency is how long each answer takes at least. Zero means at once.
	Latency time.Duration

	// PerMinute is how many requests of a realm are served in any minute (500),
	// PerSecond how many of a realm and app in any second (10), InFlight how
	// many of these at once (10 in older texts), and PerMonth how many
	// successful reads in a calendar month (500,000 of the smallest tier; the
	// month is Pacific time here, which is not established). What goes beyond is
	// answered with 429. Zero is no limit.
	PerMinute, PerSecond, InFlight, PerMonth int
	// BatchesPerMinute is how many batches of a realm and app are served in any
	// minute beside that (40), RealmBatchesPerMinute how many of a realm (120), and
	// MailsPerDay how many documents of a realm are sent in any 24 hours (40 in a
	// sandbox company). What goes beyond is answered likewise; zero is no limit.
	BatchesPerMinute, RealmBatchesPerMinute, MailsPerDay int

	// IgnoreProjection answers SELECT Id FROM … with whole entities, as
	// Intuit's texts of 2017 say, instead of the members that were asked for,
	// as clients rely on.
	IgnoreProjection bool
	// StarWithoutSku leaves Sku out of SELECT * FROM Item; SELECT *, Sku has it
	// (github.com/ej2/python-quickbooks/issues/373). By default * is everything, as in
	// the recordings of other entities.
	StarWithoutSku bool
	// PagesWithoutLines leaves Line out of the rows of queries, as the server once did
	// for weeks (github.com/intuit/QuickBooks-V3-PHP-SDK/issues/76, 2017); a read by Id
	// has them.
	PagesWithoutLines bool
	// Latin1Statements refuses statements with characters beyond Latin-1, such as the
	// curly apostrophe, with fault 4000 (github.com/ruckus/quickbooks-ruby/issues/309
	// and intuit/QuickBooks-V3-PHP-SDK/issues/397, until 2021; nothing newer is known).
	Latin1Statements bool
	// CaseSensitive makes =, IN and LIKE tell Ada from ada. By default they do
	// not, as an experiment of December 2025 found for DisplayName; another
	// source contradicts it. Ids, references and the order of rows always
	// distinguish.
	CaseSensitive bool
	// ExactEntityNames refuses FROM customer for FROM Customer, as Intuit's
	// documentation says. By default any case is understood, as in
	// github.com/mcohen01/node-quickbooks/issues/37, and was for change data
	// capture (recorded).
	ExactEntityNames bool
	// BareNumbers accepts TotalAmt > 300 beside the documented TotalAmt >
	// '300'. By default it is fault 4000, as one report has it.
	BareNumbers bool
	// ClampMaxResults serves 1000 rows when more are asked for. By default it
	// is fault 4001, as in github.com/ruckus/quickbooks-ruby/issues/24.
	ClampMaxResults bool
	// LexicalIDs orders and compares Ids as text ("10" before "9") instead of
	// as numbers.
	LexicalIDs bool

	// Change data capture. MaxChanges is how many objects an answer holds at
	// most, 0 the documented 1000; what becomes of more is not established: by
	// default the surplus is left out without a word, with OverflowFaults the
	// answer is a fault; so are a batch's rows beyond its 1000 objects. It looks back
	// 30 days: an older changedSince is taken for one of 30 days, with OverAgeFaults
	// it is a fault, and with OldChanges all of the past is told (as was recorded in
	// 2020 of changes of 2015). By default what changed at the very instant of
	// changedSince is in the answer, with ExclusiveSince it is not.
	// ChangeFaultsInside answers faults with 200 and inside of CDCResponse, where the
	// V3 schema has a place for them.
	MaxChanges                                    int
	OverflowFaults, OverAgeFaults, ExclusiveSince bool
	OldChanges, ChangeFaultsInside                bool

	// ReverseBatches answers the items of a batch last first: no order is promised.
	ReverseBatches bool
	// RequestIDs is what becomes of a requestid that comes again. ReplayFailures
	// keeps refusals too and gives them again; by default a write that was refused
	// may be tried once more under its id (neither is established).
	// IgnoreRequestIDsOfLists does not look at the id where a customer, item or other
	// name is written, as a newsletter of 2017 has it; the documentation knows no
	// such exception.
	RequestIDs                              RequestIDs
	ReplayFailures, IgnoreRequestIDsOfLists bool

	// Writes. KeepSuffix leaves " (deleted)" in the name of an entry that is made
	// active again without a name being sent; by default it goes, which is not
	// established. InactiveNamesTaken has inactive entries hold their names against
	// new ones (Teachworks' help on error 6240); by default the suffix sets them
	// free. UniqueSkus refuses an item whose SKU an active one has; Intuit documents
	// no such rule.
	KeepSuffix, InactiveNamesTaken, UniqueSkus bool
	// DuplicateNumbers takes a document number that another document of its kind
	// has, as a company does whose warning about duplicates is off; by default it is
	// fault 6140. IgnoreSentNumbers gives a new document the next number although
	// one was sent, where Preferences.SalesFormsPrefs.CustomTxnNumbers is off; by
	// default the number counts. Field reports say both.
	DuplicateNumbers, IgnoreSentNumbers bool
	// SentTaxCounts lets TxnTaxDetail.TotalTax stand in a US company without
	// automated sales tax too; by default it is reckoned anew there. It always
	// stands where it is documented to: with automated sales tax.
	SentTaxCounts bool
	// CurrencyOptional gives a new sale without CurrencyRef the customer's currency
	// in a company of several; by default it is fault 2020, as the member is
	// documented to be required there.
	CurrencyOptional bool
	// TaxCalculationOptional takes a new sale without GlobalTaxCalculation for one
	// of TaxExcluded outside the United States; by default it is fault 2020, as the
	// member is documented to be required there.
	TaxCalculationOptional bool
	// UnfitLinkFaults answers a payment for another customer's invoice with fault
	// 620, as Intuit's table of codes has it; by default the money stays unapplied,
	// as its page on payments says.
	UnfitLinkFaults bool
	// SettledFault answers a void of a paid invoice with fault 6450, Intuit's
	// "already settled"; by default it is 6000 (github.com/LanternOps/breeze/
	// issues/5180).
	SettledFault bool

	// TotalCount puts totalCount beside each page, as documentation samples
	// do; the recordings of 2020 have none.
	TotalCount bool
}

// checked returns the options with their defaults filled in, or all that is
// wrong with them.
func (o Options) checked() (Options, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxChanges == 0 {
		o.MaxChanges = maxChanges
	}
	var faults []error
	if o.Webhooks != nil && o.Realm == "" {
		faults = append(faults, errors.New("options: Webhooks is set and Realm is empty: no event could say where it happened"))
	}
	if o.Open {
		return o, errors.Join(faults...)
	}
	if o.Token == "" && o.OAuth == nil {
		faults = append(faults, errors.New("options: Token is empty and Open is not set: nobody could connect"))
	}
	if o.Realm == "" {
		faults = append(faults, errors.New("options: Realm is empty and Open is not set: no path could be right"))
	}
	return o, errors.Join(faults...)
}
