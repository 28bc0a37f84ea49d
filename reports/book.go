package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// maxRows is how many rows a sheet of Excel has.
// Source: Excel specifications and limits, "Worksheet size".
const maxRows = 1_048_576

// The sheets that are not lists of findings, beside those of lists.
const (
	sheetCover        = "Cover"
	sheetSummary      = "Summary"
	sheetCompleteness = "Completeness"
	sheetParameters   = "Parameters"
	sheetMeta         = "_meta"
)

// A report says which workbook it is.
type report struct {
	title    string // of the Cover
	code     string
	version  string
	summary  string // what the Summary shows
	schema   string // of its rows, for the way back
	settings string // the name of the sheet of parameters
}

// A book is a workbook while it is being made.
type book struct {
	report report
	in     *Ground
	file   *excelize.File
	styles [lookCount]int
	zone   *time.Location
	src    reconcile.System
	asOf   reconcile.Date // the run's, in the zone: ages are counted to it
	limit  int            // rows of a sheet

	rules    map[reconcile.Code]reconcile.Rule
	meta     *meta
	contents []*content
	titles   []printTitle
	openBy   map[reconcile.Family]int // open findings by family

	mismatches *Mismatches // of a mismatch workbook
}

// A content is what the Cover tells of one sheet.
type content struct {
	name    string
	shows   string
	rows    int
	parts   int // sheets it takes; 0 until it is written
	atStake tally
}

// A printTitle names rows and columns that are printed on every page of a sheet.
type printTitle struct{ sheet, spans string }

func newBook(in *Ground, r report, rowsPerSheet int) (*book, error) {
	b := &book{
		report: r, in: in, file: excelize.NewFile(), zone: in.Zone, src: in.Source, limit: rowsPerSheet,
		rules: map[reconcile.Code]reconcile.Rule{}, openBy: map[reconcile.Family]int{},
	}
	if b.zone == nil {
		b.zone = time.UTC
	}
	if b.src == "" {
		b.src = reconcile.HubSpot
	}
	b.asOf = reconcile.DateOf(in.Run.AsOf, b.zone)
	for _, r := range in.Rules {
		b.rules[r.Code] = r
	}
	var err error
	if b.styles, err = makeStyles(b.file); err != nil {
		b.file.Close()
		return nil, err
	}
	b.list(sheetSummary, r.summary)
	return b, nil
}

// publish makes all sheets, in the order in which they are read, lets them be
// filled, and hands the file out. The workbook's own sheets are listed before.
func (b *book) publish(w io.Writer, fill func() error) (Summary, error) {
	defer b.file.Close() // removes what excelize spilled to disk; the workbook is out by then
	out := &countingWriter{w: w, hash: sha256.New()}
	if err := b.prepare(); err != nil {
		return Summary{}, err
	}
	b.meta = b.newMeta()
	for _, next := range []func() error{fill, b.meta.close, b.finish} {
		if err := next(); err != nil {
			return Summary{}, err
		}
	}
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return newZipWriter(out) })
	if err := b.file.Write(io.Discard); err != nil { // what excelize returns is empty: the zip writer has written
		return Summary{}, err
	}
	return Summary{RowCounts: b.rowCounts(), AtStake: b.atStake(), SHA256: hex.EncodeToString(out.hash.Sum(nil)), Bytes: out.n}, nil
}

// prepare makes the sheets, empty; those that prove come last.
func (b *book) prepare() error {
	if err := b.file.SetSheetName("Sheet1", sheetCover); err != nil {
		return err
	}
	b.list(sheetCompleteness, "what each pull received, and whether that was everything")
	b.list(b.report.settings, "every setting in force, and what each finding code means")
	for _, c := range b.contents {
		if _, err := b.file.NewSheet(c.name); err != nil {
			return err
		}
	}
	if _, err := b.file.NewSheet(sheetMeta); err != nil {
		return err
	}
	return b.properties()
}

func (b *book) list(name, shows string) {
	b.contents = append(b.contents, &content{name: name, shows: shows, atStake: tally{}})
}

// content returns what the Cover tells of a sheet that prepare has listed.
func (b *book) content(name string) *content {
	for _, c := range b.contents {
		if c.name == name {
			return c
		}
	}
	panic("no sheet " + name)
}

// properties are the file's own; excelize would put its author's name there.
func (b *book) properties() error {
	made := b.in.GeneratedAt.UTC().Format(time.RFC3339)
	if err := b.file.SetDocProps(&excelize.DocProperties{
		Title: b.report.title + " " + clean(string(b.in.Workspace)), Subject: fmt.Sprintf("run %d", b.in.Run.ID),
		Creator: "Tieout", LastModifiedBy: "Tieout", Created: made, Modified: made, Identifier: b.report.code + "/" + b.report.version,
	}); err != nil {
		return err
	}
	return b.file.SetAppProps(&excelize.AppProperties{Application: "Tieout"})
}

// finish sets what concerns the workbook as a whole.
func (b *book) finish() error {
	for _, t := range b.titles {
		if err := b.file.SetDefinedName(&excelize.DefinedName{
			Name: "_xlnm.Print_Titles", Scope: t.sheet, RefersTo: t.refers(),
		}); err != nil {
			return err
		}
	}
	for _, name := range b.meta.names {
		if err := b.file.SetSheetVisible(name, false); err != nil {
			return err
		}
	}
	return nil
}

// footer stands under every page.
func (b *book) footer() string {
	who := strings.ReplaceAll(clean(string(b.in.Workspace)), "&", "&&")
	if len(who) > 60 {
		who = ""
	}
	return fmt.Sprintf("&L&8%s by Tieout %s · run %d · as of %s&R&8&A · page &P of &N", b.report.title, who, b.in.Run.ID, b.asOf)
}

func (b *book) rowCounts() map[string]int {
	counts := map[string]int{}
	for _, c := range b.contents {
		counts[c.name] = c.rows
	}
	delete(counts, sheetSummary)
	return counts
}

func (b *book) atStake() map[string][]reconcile.Money {
	out := map[string][]reconcile.Money{}
	for _, c := range b.contents {
		if sums := c.atStake.list(); len(sums) > 0 {
			out[c.name] = sums
		}
	}
	return out
}

// refers writes the spans as references of the sheet.
func (t printTitle) refers() string {
	spans := strings.Split(t.spans, ",")
	for n := range spans {
		spans[n] = quoteSheet(t.sheet) + "!" + spans[n]
	}
	return strings.Join(spans, ",")
}

// quoteSheet writes a sheet's name as references do.
func quoteSheet(name string) string { return "'" + strings.ReplaceAll(name, "'", "''") + "'" }
