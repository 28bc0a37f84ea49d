package reports

import (
	"fmt"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// coverWidths: labels, words, figures, and a hidden column for stamps as text.
var coverWidths = []width{{32, false}, {64, false}, {10, false}, {18, false}, {10, false}, {24, true}}

const coverColumns = 5

// writeCover writes the first sheet: the verdict, what it is about, what else is
// in the workbook, and where preparer and reviewer sign.
func (b *book) writeCover() error {
	return b.cover(b.verdict(), [2]string{"Period", b.period()}, [2]string{"Findings open after the run", fmt.Sprint(b.in.Run.Counts.Open)})
}

func (b *book) cover(v verdictRow, own ...[2]string) error {
	s := b.open(sheetCover, coverWidths, false)
	s.wide(34, coverColumns, text(b.report.title).as(lookTitle))
	s.wide(18, coverColumns, text(b.companies()).as(lookSubtitle))
	s.blank()
	b.writeVerdict(s, v)
	b.writeSubject(s, own...)
	b.writeContents(s)
	b.writeSignOff(s)
	return s.close(onePage)
}

func (b *book) companies() string {
	return strings.Join([]string{companyWords(b.in.HubSpot), companyWords(b.in.QuickBooks)}, "  ·  ")
}

func companyWords(c reconcile.Company) string {
	if c.Name == "" {
		return c.String()
	}
	return c.System.Title() + ": " + c.Name
}

// A verdictRow says in words what a verdict means.
type verdictRow struct {
	words string
	look  look
	means string
}

var verdicts = map[reconcile.Verdict]verdictRow{
	reconcile.TiedOut: {
		"TIED OUT", lookBannerGood,
		"Every invoice in scope is in both systems and agrees in every compared field. Nothing is open.",
	},
	reconcile.TiedOutWithItems: {
		"TIED OUT, WITH ITEMS", lookBannerCaution,
		"The two systems agree but for items that were accepted or are still pending; they are listed in this workbook.",
	},
	reconcile.NotTiedOut: {
		"NOT TIED OUT", lookBannerBad,
		"The two systems do not agree. The open findings are listed in this workbook, with their causes and what may be done.",
	},
}

// verdict explains the run's verdict; whatever is none of the others is unknown.
func (b *book) verdict() verdictRow {
	if v, ok := verdicts[b.in.Run.Verdict]; ok && !b.broken() {
		return v
	}
	v := verdictRow{"UNKNOWN", lookBannerNeutral, "Nothing can be said about whether the two systems agree."}
	if !b.broken() && b.in.Run.Counts.InScope == 0 {
		v.means = nothingInScope
	}
	return v
}

const nothingInScope = "No invoice is in scope: nothing was compared, and that is not a tie-out. " +
	"Look at start date, status filter and the pulls on the last sheets."

// broken reports a run whose figures are not to be relied on.
func (b *book) broken() bool { return b.in.Run.State != reconcile.RunComplete }

func (b *book) writeVerdict(s *sheet, v verdictRow) {
	s.wide(32, coverColumns, text("  "+v.words).as(v.look))
	s.wide(bodyHeight(v.means, 140), coverColumns, text(v.means).as(lookBody))
	if why := b.loud(); why != "" {
		s.wide(bodyHeight(why, 110), coverColumns, text(why).as(lookLoud))
	}
	s.blank()
}

// loud says why nobody should rely on the figures; nothing when they may.
func (b *book) loud() string {
	if !b.broken() {
		return ""
	}
	var why []string
	if b.in.Run.Problem != "" {
		why = append(why, b.in.Run.Problem)
	}
	for _, c := range b.in.Certificates {
		if !c.Complete() && !strings.Contains(b.in.Run.Problem, c.Problem) {
			why = append(why, fmt.Sprintf("%s %s: %s", c.System.Title(), c.Object, c.Problem))
		}
	}
	if len(why) == 0 {
		why = []string{"no reason was recorded"}
	}
	return fmt.Sprintf("THE RUN IS %s. %s. No finding was resolved by it, and the figures in this workbook are not to be relied on.",
		b.in.Run.State, sentence(strings.TrimRight(strings.Join(why, "; "), ".")))
}

// bodyHeight is the height of a sentence, so many characters to a line.
func bodyHeight(words string, chars float64) float64 {
	return min(400, 17*float64(linesOf(words, chars))+5)
}

// writeSubject says what the workbook is about, with lines of its own.
func (b *book) writeSubject(s *sheet, own ...[2]string) {
	r := &b.in.Run
	s.heading("What this is about")
	pair := func(label, value string) { s.add(0, text(label).as(lookLabel), text(value).as(lookBody)) }
	when := func(label string, t time.Time) {
		label += " (" + b.zone.String() + ")"
		if t.IsZero() {
			pair(label, "none")
			return
		}
		c := stamp(t, b.zone)
		if c.kind == numberCell {
			c = c.as(lookBodyStamp)
		}
		s.add(0, text(label).as(lookLabel), c, cell{}, cell{}, cell{}, iso(t))
	}
	pair("Workspace", string(b.in.Workspace))
	pair("Environment", b.in.Environment)
	pair("HubSpot portal id", b.in.HubSpot.ID)
	pair("QuickBooks realm id", b.in.QuickBooks.ID)
	pair("Invoices flow", b.src.Title()+" to "+b.src.Other().Title())
	for _, p := range own {
		pair(p[0], p[1])
	}
	pair("Time zone", b.zone.String())
	when("As of", r.AsOf)
	when("HubSpot pulled until", b.pulled(reconcile.HubSpot))
	when("QuickBooks pulled until", b.pulled(reconcile.QuickBooks))
	pair("Run", fmt.Sprint(r.ID))
	pair("Run state", string(r.State))
	pair("Report", b.report.code+" version "+b.report.version)
	pair("Rule-set hash", b.in.RuleSetHash)
	s.blank()
}

// period names the invoice months that the control totals span.
func (b *book) period() string {
	first, last := "", ""
	for _, t := range b.mismatches.Totals {
		if t.Month == "" {
			continue
		}
		if first == "" || t.Month < first {
			first = t.Month
		}
		last = max(last, t.Month)
	}
	words := "no dated invoices"
	if first != "" {
		words = "invoices dated " + first + " to " + last
	}
	if start := b.setting("start_date"); start != "" {
		words += "; in scope from " + start
	}
	return words
}

// pulled is when the last pull of a system ended.
func (b *book) pulled(s reconcile.System) time.Time {
	var last time.Time
	for _, c := range b.in.Certificates {
		if c.System == s && c.FinishedAt.After(last) {
			last = c.FinishedAt
		}
	}
	return last
}

// writeContents lists the sheets with their rows and control totals.
func (b *book) writeContents(s *sheet) {
	s.heading("What is in this workbook")
	s.add(18, text("Sheet").as(lookHeader), text("What it shows").as(lookHeader), text("Rows").as(lookHeaderRight),
		text("Money at stake").as(lookHeaderRight), text("Currency").as(lookHeader))
	for _, c := range b.contents {
		b.writeContent(s, c)
	}
	s.blank()
}

func (b *book) writeContent(s *sheet, c *content) {
	name, shows, rows := text(c.name).as(lookBodyLink), text(sentence(c.shows)).as(lookText), count(c.rows)
	name.link = "#" + quoteSheet(c.name) + "!A1"
	if c.parts > 1 {
		shows = text(fmt.Sprintf("%s; goes on for %d sheets, to %s", sentence(c.shows), c.parts, quoteSheet(partName(c.name, c.parts)))).as(lookWrap)
	}
	if c.name == sheetSummary {
		rows = styled(lookText)
	}
	sums := c.atStake.list()
	if len(sums) == 0 {
		s.add(0, name, shows, rows, styled(lookText), styled(lookText))
		return
	}
	for n, m := range sums {
		if n > 0 {
			name, shows, rows = styled(lookText), styled(lookText), styled(lookText)
		}
		s.add(0, name, shows, rows, money(m), text(m.Currency))
	}
}

// writeSignOff leaves room for the two who answer for the figures.
func (b *book) writeSignOff(s *sheet) {
	s.heading("Sign-off")
	s.add(0, text("Prepared by (system)").as(lookLabel), text("Tieout "+b.in.Version).as(lookBody))
	for _, label := range []string{"Preparer", "Prepared on", "Reviewer", "Reviewed on", "Conclusion"} {
		l, height := lookStar, 18.0
		if strings.HasSuffix(label, " on") {
			l = lookStarDate
		}
		if label == "Conclusion" {
			height = 48
		}
		s.add(height, text("★ "+label).as(lookLabel), styled(l))
	}
	s.add(30, cell{}, text("Preparer and reviewer are two people. Fields with a ★ and a yellow ground can be filled in; "+
		"all others are evidence and locked.").as(lookBody))
}
