package sandbox

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// A system is one of the two vendors.
type system int

const (
	hubspot system = iota
	quickbooks
)

func (s system) String() string {
	if s == hubspot {
		return "hubspot"
	}
	return "quickbooks"
}

func (s system) other() system { return 1 - s }

// both is the system column of findings on pairs.
const both = "both"

// Each customer has at most visits invoices, one in every stretch of
// stretchDays, so that no two of them can be near in date by accident.
const (
	visits      = 11
	stretchDays = 60
	spreadDays  = 40 // the invoice's date within its stretch
)

// A world is the company that is being written: its master data in memory,
// its invoices made one at a time from the seed and their number.
type world struct {
	opt      Options
	src, dst system
	asOf     time.Time
	young    bool           // an AsOf was given, so young invoices may be made
	portal   *time.Location // HubSpot's zone: business dates
	books    *time.Location // the zone of QuickBooks' change times
	first    day

	customers     []*customer
	regulars      int // the customers that slots draw on: customers[:regulars]
	products      []*product
	pool          int // the products that lines draw on: products[:pool]
	rates         []*rate
	plan          map[int]planned
	truth         *Truth
	ids           sequences
	nextLine      int
	nextPart      int
	nextOrderPart int
}

// sequences are the ids of the two systems. QuickBooks numbers all
// transactions in one sequence.
type sequences struct {
	contact, company, product, invoice, line, discount, tax sequence
	customer, item, transaction                             sequence
}

// Streams keep the random numbers of one part of the world apart from those
// of the others.
const (
	streamIDs = iota + 1
	streamProducts
	streamCustomers
	streamInvoices
	streamPlan
	streamDates
)

func (w *world) rng(stream, n int) *rand.Rand {
	return rand.New(rand.NewPCG(w.opt.Seed, uint64(stream)<<40|uint64(n)))
}

func newWorld(o Options) (*world, error) {
	w := &world{opt: o, asOf: o.AsOf, young: !o.AsOf.IsZero(), src: hubspot, dst: quickbooks}
	if !w.young {
		w.asOf = defaultAsOf
	}
	if o.Direction == QuickBooksToHubSpot {
		w.src, w.dst = quickbooks, hubspot
	}
	for name, zone := range map[string]**time.Location{"America/New_York": &w.portal, "America/Los_Angeles": &w.books} {
		z, err := time.LoadLocation(name)
		if err != nil {
			return nil, fmt.Errorf("generate dataset: %w", err)
		}
		*zone = z
	}
	w.first = dayOf(w.asOf.In(w.portal)) - visits*stretchDays - 10
	w.regulars = max(visits, o.Invoices/10)
	w.pool = min(max(o.Invoices/5, 50), 20_000)
	w.makeSequences()
	w.makeRates()
	w.makeProducts()
	w.makeCustomers()
	w.truth = w.newTruth()
	return w, nil
}

func (w *world) makeSequences() {
	const wide = 1<<31 - 1 // HubSpot's ids are sparse
	r := w.rng(streamIDs, 0)
	n, c, p := int64(w.opt.Invoices), int64(w.regulars), int64(w.pool)
	w.ids = sequences{
		contact:     newSequence(9_100_000_000, wide, r),
		company:     newSequence(8_900_000_000, wide, r),
		product:     newSequence(98_800_000_000, wide, r),
		invoice:     newSequence(99_000_000_000, wide, r),
		line:        newSequence(9_000_000_000, wide, r),
		discount:    newSequence(99_500_000_000, wide, r),
		tax:         newSequence(8_500_000_000, wide, r),
		customer:    newSequence(1, 2*(c+n)+1000, r),
		item:        newSequence(1, 2*(p+2*n)+1000, r),
		transaction: newSequence(100, transactions*n+100, r),
	}
}

// A slot's numbers in the sequence of QuickBooks transactions.
const (
	transactionInvoice = iota
	transactionPayment
	transactionCopy
	transactionCopyPayment
	transactions
)

// number is the invoice number of a slot. Here and there two numbers differ
// only in a leading zero.
func (w *world) number(slot int) string {
	switch slot % 400 {
	case 205:
		return fmt.Sprintf("%d", 500_000+slot)
	case 206:
		return fmt.Sprintf("0%d", 500_000+slot-1)
	}
	return fmt.Sprintf("INV-%07d", 1_000_000+slot)
}

// date is the business date of a slot: somewhere in the first part of its
// customer's stretch, so that those of two slots are at least three weeks apart.
func (w *world) date(slot int) day {
	_, visit := w.customerOf(slot)
	return w.first + day(visit*stretchDays+w.rng(streamDates, slot).IntN(spreadDays))
}

// customerOf returns the customer of a slot, and which of the customer's
// stretches of time it falls in.
func (w *world) customerOf(slot int) (*customer, int) {
	return w.customers[slot%w.regulars], slot / w.regulars
}
