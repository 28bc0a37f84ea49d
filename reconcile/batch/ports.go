// Package batch carries out runs: it pulls both systems into the mirror,
// compares them and publishes what differs, step by step. It is the effectful
// part around package reconcile, which decides.
package batch

import (
	"context"
	"iter"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A Mirror keeps every record of both systems of one workspace, with history.
type Mirror interface {
	// StoreMasters files the products, customers, tax rates and unreadable
	// records of a page under a run. Unchanged records are only sighted, changed
	// ones get a new version; none of them is missed any more, and what of them can
	// be read again is unreadable no more. It returns how many were new or changed.
	// Where the page belongs to a pull of everything the records are sighted in the
	// run in which that began, and how it stands is stored with the page.
	StoreMasters(ctx context.Context, run reconcile.RunID, page reconcile.Page) (int, error)
	// StoreInvoices files invoices in the same way.
	StoreInvoices(ctx context.Context, run reconcile.RunID, page reconcile.Page, filed []reconcile.Filed) (int, error)
	// CloseUnsighted ends a complete pull of everything that began in a run. Of the
	// records that were not sighted since then, those that were missed in a complete
	// run before are gone: their current version ends. The others are missed from now
	// on, which changes nothing else of them.
	CloseUnsighted(ctx context.Context, run, began reconcile.RunID, s reconcile.System, o reconcile.Object) (reconcile.Gone, error)
	// CloseMissed ends a complete pull of changes in the same way: what was missed
	// before has not been sighted again, and deleted are the ids that the system says
	// are gone.
	CloseMissed(ctx context.Context, run reconcile.RunID, s reconcile.System, o reconcile.Object, deleted []string) (reconcile.Gone, error)
	// Known returns how many records of an object the mirror has now, without those
	// that are missed and without these ids.
	Known(ctx context.Context, s reconcile.System, o reconcile.Object, without []string) (int, error)
	// Sighted returns the ids of an object's records that were sighted by pulls of
	// everything that began in a run or later.
	Sighted(ctx context.Context, began reconcile.RunID, s reconcile.System, o reconcile.Object) ([]string, error)
	// SetCompany files what a system says of itself; Company returns it, or
	// reconcile.ErrNotFound before the first run.
	SetCompany(ctx context.Context, c reconcile.Company) error
	Company(ctx context.Context, s reconcile.System) (reconcile.Company, error)
	// Masters returns the current products, customers and tax rates of both systems.
	Masters(ctx context.Context) (reconcile.MasterData, error)
	// MastersFor returns of them at least what these invoices point at, what in either
	// system could be their SKUs or e-mails, what lies at the loci, and all tax rates.
	MastersFor(ctx context.Context, invoices []reconcile.Invoice, loci ...reconcile.Locus) (reconcile.MasterData, error)
	// Unreadable returns the records of both systems that cannot be read now.
	Unreadable(ctx context.Context) ([]reconcile.Unreadable, error)
	// Stale streams the current invoices of a system that were filed under
	// another basis; Refile stores their new entries, by row, under a run. It may be
	// called while Stale streams: an invoice that has been refiled does not come again.
	Stale(ctx context.Context, s reconcile.System, basis reconcile.BasisHash) iter.Seq2[reconcile.StaleInvoice, error]
	Refile(ctx context.Context, run reconcile.RunID, entries []reconcile.Entry, basis reconcile.BasisHash) error
	// Entries streams the current entries of a system by match key and id, in byte
	// order, from the match key from on.
	Entries(ctx context.Context, s reconcile.System, from string) iter.Seq2[reconcile.Entry, error]
	// Invoices loads invoices by row, in the order of rows.
	Invoices(ctx context.Context, rows []int64) ([]reconcile.Invoice, error)
}

// Changes keep what has changed in the mirror of one workspace since its last complete
// comparison, and what that one found where it looked closely.
type Changes interface {
	// CountChanges returns how many records have come, changed or gone.
	CountChanges(ctx context.Context) (int, error)
	// ChangedEntries and ChangedMasters return them as they were and are.
	ChangedEntries(ctx context.Context) ([]reconcile.EntryChange, error)
	ChangedMasters(ctx context.Context) (reconcile.MasterChanges, error)
	// Pointing returns the rows of a system's current invoices that point at products,
	// customers or companies.
	Pointing(ctx context.Context, s reconcile.System, o reconcile.Object, ids []string) ([]int64, error)
	// EntriesAt and EntriesOfTwins return current entries of both systems by where they
	// lie, HubSpot's first, each system's in the order of Mirror.Entries.
	EntriesAt(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Entry, error)
	EntriesOfTwins(ctx context.Context, twins []uint64) ([]reconcile.Entry, error)
	// Compared returns what the last complete comparison says: reconcile.ErrNotFound
	// before the first, and when its run did not end COMPLETE.
	Compared(ctx context.Context) (reconcile.Compared, error)
	// ForgetCompared is called before a comparison publishes anything: one that is not
	// saved afterwards leaves findings of which only the next of everything knows.
	ForgetCompared(ctx context.Context, run reconcile.RunID) error
	// SaveCompared stores the next, with its standings in place of those of the loci
	// that it judged (nil: all). What had changed is settled by it.
	SaveCompared(ctx context.Context, c reconcile.Compared, judged map[reconcile.Locus]bool, standings iter.Seq[reconcile.Standing]) error
	// StandingsAt returns the standings of loci, Touching the loci of those that rest
	// on something at one of these (or only those that findings there count), Waiting
	// the loci of those that time alone changes.
	StandingsAt(ctx context.Context, loci []reconcile.Locus) ([]reconcile.Standing, error)
	Touching(ctx context.Context, loci []reconcile.Locus, counted bool) ([]reconcile.Locus, error)
	Waiting(ctx context.Context) ([]reconcile.Locus, error)
}

// Hints keep what events told of the records of one workspace. Each filing of hints of a
// system has a number, one more than that before it.
type Hints interface {
	// Filings returns the number of the last filing; 0: there was none.
	Filings(ctx context.Context, s reconcile.System) (int64, error)
	// HintsAfter returns the hints of an object of all later filings. Those up to it have
	// been read for, and are forgotten.
	HintsAfter(ctx context.Context, s reconcile.System, o reconcile.Object, filing int64) (reconcile.Hints, error)
}

// Findings keeps the findings of one workspace with their events.
type Findings interface {
	// See records that a run saw these findings, and what reconcile.Advance makes
	// of it.
	See(ctx context.Context, run reconcile.Run, findings []reconcile.Finding) (reconcile.FindingCounts, error)
	// Unseen advances the open findings that the run did not see: those whose
	// absence the proof holds for are resolved, the others stay as they are.
	Unseen(ctx context.Context, run reconcile.Run, proof reconcile.Proof) (reconcile.FindingCounts, error)
	// Tally returns how many findings are open and accepted.
	Tally(ctx context.Context) (open, accepted int, err error)
}

// Journal keeps runs, their steps, certificates and control totals.
type Journal interface {
	// StartRun files a run and gives it its id. A scheduled run that its schedule
	// and date already have is refused with reconcile.ErrAlreadyRan; a run while
	// another is under way with reconcile.ErrRunning. A run whose process has died is
	// not under way: it is stored as FAILED first, and so is one of this process that
	// has been silent for two minutes.
	StartRun(ctx context.Context, run reconcile.Run) (reconcile.Run, error)
	// SaveRun stores the run's state, verdict, settings version, counts and
	// problem. A run that has ended does not change its state any more:
	// reconcile.ErrEnded.
	SaveRun(ctx context.Context, run reconcile.Run) error
	// Heartbeat says that the run is still under way, as SaveRun and SaveStep do.
	// One that was taken for dead meanwhile, because its lock was lost or its own
	// process saw none for two minutes, is refused with reconcile.ErrEnded.
	Heartbeat(ctx context.Context, run reconcile.RunID) error
	// SaveStep stores one step of a run, by name. A run that has ended has no more:
	// reconcile.ErrEnded.
	SaveStep(ctx context.Context, run reconcile.RunID, step reconcile.Step) error
	SaveCertificate(ctx context.Context, run reconcile.RunID, c reconcile.Certificate) error
	// PullHistory returns what is known of earlier pulls of an object.
	PullHistory(ctx context.Context, s reconcile.System, o reconcile.Object) (reconcile.PullHistory, error)
	SaveTotals(ctx context.Context, run reconcile.RunID, totals []reconcile.ControlTotal) error
	// ScheduleHistories returns the schedules by name, each with its newest dates,
	// at most so many.
	ScheduleHistories(ctx context.Context, most int) ([]reconcile.ScheduleHistory, error)
	// Settings returns the settings in force and their version; 0 before the
	// first change.
	Settings(ctx context.Context) (reconcile.Settings, int, error)
}

// A Progress hears how far the work is. Its methods are called from several
// goroutines.
type Progress interface {
	// Step tells of a step: done of total records; total is 0 while it is unknown.
	Step(name string, done, total int)
	// Note tells of something worth a line.
	Note(text string)
}

// A Clock tells the time.
type Clock func() time.Time
