package reports

import (
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

// A book is a workbook while it is being made.
type book struct {
	in     *Mismatches
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

func newBook(in *Mismatches, rowsPerSheet int) (*book, error) {
	b := &book{
		in: in, file: excelize.NewFile(), zone: in.Zone, src: in.Source, limit: rowsPerSheet,
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
	if err := b.prepare(); err != nil {
		b.file.Close()
		return nil, err
	}
	return b, nil
}

// prepare makes the styles and all sheets, empty, in the order in which they are read.
func (b *book) prepare() (err error) {
	if b.styles, err = makeStyles(b.file); err != nil {
		return err
	}
	if err := b.file.SetSheetName("Sheet1", sheetCover); err != nil {
		return err
	}
	b.list(sheetSummary, "control totals, match rate, root causes, findings by family")
	for n := range lists {
		b.list(lists[n].name, lists[n].shows)
	}
	b.list(sheetCompleteness, "what each pull received, and whether that was everything")
	b.list(sheetParameters, "every setting in force, and what each finding code means")
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
		Title: "Mismatch workbook " + clean(string(b.in.Workspace)), Subject: fmt.Sprintf("run %d", b.in.Run.ID),
		Creator: "Tieout", LastModifiedBy: "Tieout", Created: made, Modified: made, Identifier: MismatchCode + "/" + MismatchVersion,
	}); err != nil {
		return err
	}
	return b.file.SetAppProps(&excelize.AppProperties{Application: "Tieout"})
}

// write makes all sheets and hands the file out. The Cover comes last, because it
// counts the others.
func (b *book) write(w io.Writer) error {
	b.meta = b.newMeta()
	for n := range lists {
		if err := b.writeList(&lists[n]); err != nil {
			return err
		}
	}
	for _, next := range []func() error{
		b.writeCompleteness, b.writeParameters, b.writeSummary, b.writeCover, b.meta.close, b.finish,
	} {
		if err := next(); err != nil {
			return err
		}
	}
	b.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return newZipWriter(w) })
	return b.file.Write(io.Discard) // what excelize returns is empty: the zip writer has written
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
	return fmt.Sprintf("&L&8Tieout mismatch workbook %s · run %d · as of %s&R&8&A · page &P of &N", who, b.in.Run.ID, b.asOf)
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
	for n := range lists {
		out[lists[n].name] = b.content(lists[n].name).atStake.list()
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
