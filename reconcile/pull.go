package reconcile

import (
	"cmp"
	"fmt"
	"time"
)

const (
	// fullEvery is how often everything is pulled, whatever the systems tell of
	// changes: HubSpot does not date changed associations, nor does it tell what was
	// archived, and a record may be missed in other ways.
	fullEvery = 7 * 24 * time.Hour
	// resumable is how old the beginning of a pull of everything may be for another
	// run to go on with it: what was read first has been changed since.
	resumable = 24 * time.Hour
)

// A Pull is a pull of everything of one object of one system, as it stands: what it
// takes to go on with it in a later run.
type Pull struct {
	// Run is the one in which it began; what it brings counts as sighted in that run.
	Run RunID
	// StartedAt is when the pull of the system began in that run.
	StartedAt time.Time
	// Position is where it goes on; empty: it cannot.
	Position string
	// Certificate is that of the pull so far.
	Certificate Certificate
}

// Gone says what a complete pull did not show: records that are missed for the first
// time, and those that were missed in a complete run before and so are deleted.
type Gone struct{ Missed, Deleted int }

// A PullHistory is what is known of the pulls of one object of one system.
type PullHistory struct {
	// Watermark is that of the last complete pull in a run that compared; zero: there
	// is none. Aside is its Certificate's.
	Watermark time.Time
	Aside     int
	// TimeZone, Rates and Hinted are the Certificate's, too.
	TimeZone, Rates string
	Hinted          int64
	// Full is the watermark of the last of these that pulled everything.
	Full time.Time
	// Unfinished is a pull of everything that has stored records and that no run
	// which compared has completed; nil: there is none.
	Unfinished *Pull
}

// A PullPlan says what to pull: what has changed since an instant, or else
// everything, from the beginning or from where an earlier run broke off.
type PullPlan struct {
	Since  time.Time
	Resume *Pull
	// Reason says why everything is pulled.
	Reason string
}

// Plan says what of an object to pull at an instant, from a system that has a time zone
// and tax rates now; full asks for everything.
func (h *PullHistory) Plan(o Object, full bool, zone, rates string, now time.Time) PullPlan {
	switch {
	case o == ObjectTaxRates: // every run reads them anew, and invoices may be read by them
		return PullPlan{Reason: "tax rates are always read as a whole"}
	case h.Unfinished != nil && h.Unfinished.Position != "" && h.Unfinished.age(now) < resumable && h.Unfinished.Certificate.TimeZone == zone && (rates == "" || h.Unfinished.Certificate.Rates == rates):
		return PullPlan{Resume: h.Unfinished, Reason: h.Unfinished.Certificate.Reason}
	case full:
		return PullPlan{Reason: "the run was asked for everything"}
	case h.Watermark.IsZero():
		return PullPlan{Reason: "there is no complete pull before"}
	case h.Watermark.After(now):
		return PullPlan{Reason: fmt.Sprintf("the clock is behind the last pull, of %s", h.Watermark.Format(time.RFC3339))}
	case o == ObjectInvoices && h.TimeZone != zone: // their dates were read by it
		return PullPlan{Reason: fmt.Sprintf("the time zone is %s now; at the last pull it was %s", zone, cmp.Or(h.TimeZone, "not noted"))}
	case o == ObjectInvoices && rates != "" && h.Rates != rates: // their taxes may have been read by them
		return PullPlan{Reason: "the tax rates are not those of the last pull"}
	case now.Sub(h.Full) >= fullEvery:
		return PullPlan{Reason: fmt.Sprintf("everything was last read %s", h.Full.Format(time.RFC3339))}
	}
	return PullPlan{Since: h.Watermark}
}

// age is how long ago a pull began; one that began in the future is too old.
func (p *Pull) age(now time.Time) time.Duration {
	if p.StartedAt.After(now) {
		return resumable
	}
	return now.Sub(p.StartedAt)
}
