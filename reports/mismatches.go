package reports

import (
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// The report's code and version, as the Cover states them. The version changes
// when a sheet, a column or its meaning does.
const (
	MismatchCode    = "MISMATCH"
	MismatchVersion = "1"
)

var mismatchReport = report{
	title: "Mismatch workbook", code: MismatchCode, version: MismatchVersion,
	summary: "control totals, match rate, root causes, findings by family", schema: metaSchema, settings: sheetParameters,
}

// A Ground is what every workbook states of itself: whose books, which run, by
// which rules.
type Ground struct {
	Workspace reconcile.WorkspaceID
	// Environment is a word such as production or sandbox.
	Environment string
	HubSpot     reconcile.Company
	QuickBooks  reconcile.Company
	Run         reconcile.Run
	// Source is the system invoices flow from; HubSpot when it is empty.
	Source reconcile.System
	// Zone is the workspace's; UTC when it is nil.
	Zone *time.Location
	// RuleSetHash names the rules and settings that the run judged by.
	RuleSetHash string
	// Version is the software's version and commit.
	Version string
	// GeneratedAt dates the file: the run's FinishedAt, also when it is zero.
	GeneratedAt time.Time

	Certificates []reconcile.Certificate  // in the order in which they are shown
	Settings     []reconcile.SettingValue // those in force in the run
	Rules        []reconcile.Rule         // the catalogue; every code that a workbook may show
}

// Mismatches is everything a mismatch workbook is made of.
type Mismatches struct {
	Ground

	Totals []reconcile.ControlTotal // by currency and month
	// RootCauses are the groups by root cause; the five with the most money of
	// each currency are shown.
	RootCauses []reconcile.FindingGroup

	// Findings streams the run's findings of the given codes that are not
	// resolved, always in the same order. It is called once for each sheet; the
	// codes of all calls together are those of Rules.
	Findings func(codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error]
}

// A Summary says what was written.
type Summary struct {
	// RowCounts are the rows of data by sheet; continued sheets count as one.
	RowCounts map[string]int
	// AtStake is the control total of each sheet of findings: money at stake, one
	// amount for each currency, by currency.
	AtStake map[string][]reconcile.Money
	SHA256  string // of the bytes, in hex
	Bytes   int64
}

// WriteMismatches writes the mismatch workbook. Nothing is written before all
// findings have been read, so that a stream that breaks off leaves no half file.
func WriteMismatches(w io.Writer, in Mismatches) (Summary, error) {
	return writeMismatches(w, in, maxRows)
}

func writeMismatches(w io.Writer, in Mismatches, rowsPerSheet int) (sum Summary, err error) {
	b, err := newBook(&in.Ground, mismatchReport, rowsPerSheet)
	if err == nil {
		b.mismatches = &in
		for n := range lists {
			b.list(lists[n].name, lists[n].shows)
		}
		sum, err = b.publish(w, b.writeMismatches)
	}
	if err != nil {
		return Summary{}, fmt.Errorf("mismatch workbook of run %d: %w", in.Run.ID, err)
	}
	return sum, nil
}

// writeMismatches makes all sheets. The Cover comes last, because it counts the
// others.
func (b *book) writeMismatches() error {
	for n := range lists {
		if err := b.writeList(&lists[n]); err != nil {
			return err
		}
	}
	for _, next := range []func() error{b.writeCompleteness, b.writeParameters, b.writeSummary, b.writeCover} {
		if err := next(); err != nil {
			return err
		}
	}
	return nil
}

// MismatchesName returns the file name of the workbook of a day, such as
// mismatch-default-2026-W48.xlsx: the ISO week in the workspace's zone.
func MismatchesName(ws reconcile.WorkspaceID, asOf time.Time, zone *time.Location) string {
	if zone == nil {
		zone = time.UTC
	}
	year, week := asOf.In(zone).ISOWeek()
	return fmt.Sprintf("mismatch-%s-%04d-W%02d.xlsx", fileWord(string(ws)), year, week)
}

// fileWord keeps what is harmless in a file name on every system.
func fileWord(s string) string {
	word := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-':
			return r
		}
		return '-'
	}, s)
	return strings.TrimLeft(word, ".-")
}
