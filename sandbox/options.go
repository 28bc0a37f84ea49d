package sandbox

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// NoDefects as Options.Defects makes a world in which both systems agree.
const NoDefects = -1

// The two sync directions.
const (
	HubSpotToQuickBooks = "hubspot_to_quickbooks"
	QuickBooksToHubSpot = "quickbooks_to_hubspot"
)

const (
	maxInvoices    = 10_000_000
	maxLines       = 100
	maxDefects     = 0.5
	defaultDefects = 0.014
	defaultLines   = 3
)

// defaultAsOf is fixed, so that equal options always give equal bytes.
var defaultAsOf = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

// Options say what world Generate makes.
type Options struct {
	// Invoices is about the number of invoices in each system; at least 1.
	// There is a tenth as many customers, and up to 20,000 products.
	Invoices int
	// Seed chooses among worlds. Equal options give equal bytes.
	Seed uint64
	// Defects is the share of invoices that get a planted cause: zero means
	// 0.014, NoDefects none, and 0.5 is the most. Worlds too small for it get
	// more, so that every kind of cause is planted twice, as long as not more
	// than a fifth of the invoices is taken.
	Defects float64
	// Causes limits the kinds that are planted to these names of CauseNames;
	// empty means all kinds that the direction knows.
	Causes []string
	// Lines is the average number of lines on an invoice; zero means 3.
	Lines float64
	// AsOf is the instant at which the world is seen; zero means
	// 2026-11-20T00:00:00Z. Invoices younger than the grace are made only for
	// an AsOf that is given: without it the truth holds at any later time.
	AsOf time.Time
	// Direction is the sync direction of the expectation; empty means
	// HubSpotToQuickBooks.
	Direction string
}

// complete checks the options, all faults at once, and fills in what is not given.
func (o Options) complete() (Options, error) {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if o.Invoices < 1 || o.Invoices > maxInvoices {
		fault("invoices: %d is not between 1 and %d", o.Invoices, maxInvoices)
	}
	switch {
	case o.Defects == 0:
		o.Defects = defaultDefects
	case o.Defects != NoDefects && !(o.Defects > 0 && o.Defects <= maxDefects):
		fault("defects: %v is not a share between 0 and %v", o.Defects, maxDefects)
	}
	switch {
	case o.Lines == 0:
		o.Lines = defaultLines
	case !(o.Lines >= 1 && o.Lines <= maxLines):
		fault("lines: an average of %v is not between 1 and %d", o.Lines, maxLines)
	}
	switch o.Direction {
	case "":
		o.Direction = HubSpotToQuickBooks
	case HubSpotToQuickBooks, QuickBooksToHubSpot:
	default:
		fault("direction: %q is neither %s nor %s", o.Direction, HubSpotToQuickBooks, QuickBooksToHubSpot)
	}
	if err := checkCauses(o.Causes, o.Direction); err != nil {
		fault("causes: %w", err)
	}
	if len(faults) > 0 {
		return o, fmt.Errorf("generate dataset: %w", errors.Join(faults...))
	}
	return o, nil
}

func checkCauses(names []string, direction string) error {
	for _, name := range names {
		i := slices.IndexFunc(kinds(), func(k kind) bool { return k.name == name })
		if i < 0 {
			return fmt.Errorf("there is no kind %q; the kinds are %s", name, strings.Join(CauseNames(), ", "))
		}
		if only := kinds()[i].only; only != "" && only != direction {
			return fmt.Errorf("kind %s exists only in direction %s", name, only)
		}
	}
	return nil
}

// CauseNames returns the kinds of defects that Generate can plant, the most
// common first.
func CauseNames() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, k.name)
	}
	return names
}
