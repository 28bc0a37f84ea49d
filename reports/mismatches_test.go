package reports

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

func TestSheets(t *testing.T) {
	w := write(t, sample())
	want := []string{
		"Cover", "Summary", "Only in one system", "Matched but different", "Customers & e-mails", "SKU blockers", "Tax",
		"Unreadable & incomplete", "Completeness", "Parameters", "_meta",
	}
	if got := w.GetSheetList(); !slices.Equal(got, want) {
		t.Errorf("sheets %q, want %q", got, want)
	}
	for _, name := range want {
		visible, err := w.GetSheetVisible(name)
		if err != nil || visible != (name != "_meta") {
			t.Errorf("sheet %s: visible %t, %v", name, visible, err)
		}
	}
	if index := w.GetActiveSheetIndex(); index != 0 {
		t.Errorf("opens at sheet %d, want the Cover", index)
	}
}

func TestSummaryOfWriting(t *testing.T) {
	w := write(t, sample())
	want := map[string]int{
		"Only in one system": 6, "Matched but different": 9, "Customers & e-mails": 1, "SKU blockers": 2, "Tax": 1,
		"Unreadable & incomplete": 1, "Completeness": 9, "Parameters": 19,
	}
	if !maps.Equal(w.sum.RowCounts, want) {
		t.Errorf("row counts %v, want %v", w.sum.RowCounts, want)
	}
	stake := fmt.Sprint(w.sum.AtStake["Only in one system"])
	if stake != "[450.25 EUR 1250000 JPY 1234.567 KWD 5219.50 USD]" {
		t.Errorf("at stake %s", stake)
	}
	hash := sha256.Sum256(w.bytes)
	if w.sum.SHA256 != hex.EncodeToString(hash[:]) || w.sum.Bytes != int64(len(w.bytes)) {
		t.Errorf("summary %s, %d bytes; the file has %x, %d", w.sum.SHA256, w.sum.Bytes, hash, len(w.bytes))
	}
}

// TestSameBytes: two downloads of one run compare equal.
func TestSameBytes(t *testing.T) {
	first := write(t, sample()).bytes
	for range 5 {
		if again := write(t, sample()).bytes; !bytes.Equal(first, again) {
			t.Fatal("the same run gave other bytes")
		}
	}
}

func TestZip(t *testing.T) {
	raw := write(t, sample()).bytes
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		if y := f.Modified.Year(); y != 1980 && !f.Modified.IsZero() {
			t.Errorf("%s is dated %s", f.Name, f.Modified)
		}
	}
	if names[0] != contentTypes || !slices.IsSorted(names[1:]) {
		t.Errorf("order of parts %q", names)
	}
	types := part(t, raw, contentTypes)
	for _, name := range names[1:] {
		if strings.HasSuffix(name, ".xml") && !strings.Contains(types, `"/`+name+`"`) {
			t.Errorf("%s has no content type", name)
		}
	}
}

func part(t *testing.T, raw []byte, name string) string {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestListCells(t *testing.T) {
	w := write(t, sample())
	const one, two = "Only in one system", "Matched but different"
	for _, tt := range []struct {
		sheet, number, header, raw, shown string
		kind                              excelize.CellType
	}{
		{one, "INV-2026-0412", "Total", "4820", "4,820.00 ", excelize.CellTypeUnset},
		{one, "INV-2026-0413", "Total", "1250000", "1,250,000 ", excelize.CellTypeUnset},
		{one, "INV-2026-0414", "Total", "1234.567", "1,234.567 ", excelize.CellTypeUnset},
		{one, "INV-2026-0412", "HubSpot id", "9007199254700102947", "9007199254700102947", excelize.CellTypeInlineString},
		{one, "000731", "Side", "QuickBooks only", "QuickBooks only", excelize.CellTypeInlineString},
		{one, "000731", "Bucket", ">90", ">90", excelize.CellTypeInlineString},
		{one, "000731", "Age days", "95", "95 ", excelize.CellTypeUnset},
		{one, "INV-2026-0412", "Invoice date", "46300", "2026-10-05", excelize.CellTypeUnset},
		{one, "INV-2026-0412", "First seen (Europe/Berlin)", "46337.25", "2026-11-11 06:00", excelize.CellTypeUnset},
		{one, "INV-2026-0412", "First seen (ISO, UTC)", "2026-11-11T05:00:00Z", "2026-11-11T05:00:00Z", excelize.CellTypeInlineString},
		{one, "INV-2026-0412", "Primary gate", "EMAIL_NOT_FOUND", "EMAIL_NOT_FOUND", excelize.CellTypeInlineString},
		{one, "INV-2026-0412", "Blocking SKU(s)", "SKU CHAIR-900 is not in QuickBooks; SKU DESK-1 is inactive in QuickBooks", "", excelize.CellTypeInlineString},
		{two, "INV-2026-0377", "Difference", "5.5", "5.50 ", excelize.CellTypeUnset},
		{two, "INV-2026-0380", "HubSpot value", "12.34567", "12.3456700 ", excelize.CellTypeUnset},
		{two, "INV-2026-0380", "Difference", "0.00567", "0.0056700 ", excelize.CellTypeUnset},
		{two, "INV-2026-0384", "Difference", "-1", "-1 ", excelize.CellTypeUnset},
		{two, "INV-2026-0387", "Difference", "", "", excelize.CellTypeUnset},
		{two, "INV-2026-0386", "HubSpot value", "2026-11-01", "2026-11-01", excelize.CellTypeInlineString},
		{two, "INV-2026-0383", "Class", "tax", "tax", excelize.CellTypeInlineString},
		{two, "INV-2026-0377", "Effects", "INV-2026-0377 balance: HubSpot 1204.50, QuickBooks none", "", excelize.CellTypeInlineString},
	} {
		at := fmt.Sprintf("%s%d", w.column(tt.sheet, tt.header), w.find(tt.sheet, w.column(tt.sheet, "Invoice no."), tt.number))
		if got := w.raw(tt.sheet, at); got != tt.raw {
			t.Errorf("%s %s of %s holds %q, want %q", tt.sheet, tt.header, tt.number, got, tt.raw)
		}
		if got := w.shown(tt.sheet, at); tt.shown != "" && got != tt.shown {
			t.Errorf("%s %s of %s shows %q, want %q", tt.sheet, tt.header, tt.number, got, tt.shown)
		}
		if kind, err := w.GetCellType(tt.sheet, at); err != nil || kind != tt.kind {
			t.Errorf("%s %s of %s: type %v, %v, want %v", tt.sheet, tt.header, tt.number, kind, err, tt.kind)
		}
	}
}

func TestLinks(t *testing.T) {
	w := write(t, sample())
	const sheet = "Only in one system"
	for _, tt := range []struct{ number, header, want string }{
		{"INV-2026-0412", "HubSpot id", "https://app.hubspot.com/contacts/" + portal + "/record/0-53/9007199254700102947"},
		{"INV-2026-0401", "QuickBooks id", "https://app.qbo.intuit.com/app/invoice?txnId=8160"},
	} {
		at := fmt.Sprintf("%s%d", w.column(sheet, tt.header), w.find(sheet, w.column(sheet, "Invoice no."), tt.number))
		if _, got, err := w.GetCellHyperLink(sheet, at); err != nil || got != tt.want {
			t.Errorf("%s of %s leads to %q, %v, want %q", tt.header, tt.number, got, err, tt.want)
		}
	}
}

func TestLocks(t *testing.T) {
	w := write(t, sample())
	const sheet = "Only in one system"
	locked := func(sheet, at string) bool {
		t.Helper()
		id, err := w.GetCellStyle(sheet, at)
		if err != nil {
			t.Fatal(err)
		}
		style, err := w.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return style.Protection == nil || style.Protection.Locked
	}
	rows, err := w.GetRows(sheet)
	if err != nil {
		t.Fatal(err)
	}
	stars := 0
	for n, header := range rows[listHead-1] {
		at := address(n+1, listHead+1)
		star := strings.HasPrefix(header, "★")
		if star {
			stars++
			if v := w.raw(sheet, at); v != "" {
				t.Errorf("%s holds %q", header, v)
			}
		}
		if locked(sheet, at) == star {
			t.Errorf("%s: locked %t", header, !star)
		}
	}
	if stars != 5 {
		t.Errorf("%d ★ columns, want 5", stars)
	}
	for _, name := range w.GetSheetList() {
		p, err := w.GetSheetProtection(name)
		if err != nil || p.Password != "" || !p.AutoFilter {
			t.Errorf("sheet %s: protection %+v, %v", name, p, err)
		}
	}
	lists, err := w.GetDataValidations(sheet)
	if err != nil || len(lists) != 2 || lists[0].Formula1 != `"Fix,Accept,Investigate"` {
		t.Errorf("validations %+v, %v", lists, err)
	}
}

func TestTables(t *testing.T) {
	w := write(t, sample())
	names := map[string]bool{}
	for _, l := range lists {
		tables, err := w.GetTables(l.name)
		if err != nil || len(tables) != 1 || names[tables[0].Name] {
			t.Fatalf("sheet %s: tables %+v, %v", l.name, tables, err)
		}
		names[tables[0].Name] = true
		panes, err := w.GetPanes(l.name)
		if err != nil || !panes.Freeze || panes.YSplit != listHead {
			t.Errorf("sheet %s: panes %+v, %v", l.name, panes, err)
		}
	}
	for _, d := range w.GetDefinedName() {
		if d.Name == "_xlnm.Print_Titles" && d.Scope == "Tax" && d.RefersTo == "'Tax'!$A:$A,'Tax'!$4:$4" {
			return
		}
	}
	t.Errorf("no print titles: %+v", w.GetDefinedName())
}

// TestMeta: the hidden sheet names for each row of data its finding, and a hash
// that moves when the row says something else, and only then.
func TestMeta(t *testing.T) {
	hashes := func(in Mismatches) map[string]string {
		w := write(t, in)
		rows, err := w.GetRows(sheetMeta, excelize.Options{RawCellValue: true})
		if err != nil {
			t.Fatal(err)
		}
		if rows[0][1] != metaSchema || rows[1][1] != "412" || rows[2][1] != "northwind" {
			t.Errorf("head %v", rows[:4])
		}
		out := map[string]string{}
		for _, r := range rows[5:] {
			out[r[2]] = r[3]
			if got := w.raw(r[0], "A"+r[1]); got != r[2] {
				t.Errorf("%s row %s shows %q, meta says %q", r[0], r[1], got, r[2])
			}
		}
		return out
	}
	before := hashes(sample())
	if len(before) != len(sampleFindings()) {
		t.Errorf("%d rows, want %d", len(before), len(sampleFindings()))
	}
	in := sample()
	all := sampleFindings()
	all[0].Amount.Minor++
	in.Findings = serve(all)
	for id, hash := range hashes(in) {
		if moved := hash != before[id]; moved != (id == string(all[0].ID)) {
			t.Errorf("finding %s: hash moved: %t", id, moved)
		}
	}
}

func TestZeroFindings(t *testing.T) {
	in := sample()
	in.Findings, in.RootCauses, in.Totals = serve(nil), nil, nil
	in.Run.Verdict, in.Run.Counts.Open = reconcile.TiedOut, 0
	in.Certificates[0].Since = in.Run.AsOf.AddDate(0, 0, -1)
	w := write(t, in)
	w.find(sheetCompleteness, "D", "changes since "+in.Certificates[0].Since.In(berlin).Format("2006-01-02 15:04"))
	w.find(sheetCompleteness, "D", "everything")
	for _, l := range lists {
		if got := w.raw(l.name, address(1, listHead+1)); got != nothingFound {
			t.Errorf("sheet %s says %q", l.name, got)
		}
		if n := w.sum.RowCounts[l.name]; n != 0 {
			t.Errorf("sheet %s counts %d rows", l.name, n)
		}
	}
	w.find(sheetCover, "A", "  TIED OUT")
	w.find(sheetCompleteness, "C", "COMPLETE")
	w.find(sheetParameters, "A", "time_zone")
	w.find(sheetParameters, "A", "INVOICE_DUPLICATE")
}

func TestVerdicts(t *testing.T) {
	for _, tt := range []struct {
		name        string
		change      func(*reconcile.Run)
		want, means string
	}{
		{"tied out", func(r *reconcile.Run) { r.Verdict = reconcile.TiedOut }, "  TIED OUT", "Nothing is open"},
		{"with items", func(r *reconcile.Run) { r.Verdict = reconcile.TiedOutWithItems }, "  TIED OUT, WITH ITEMS", "accepted or are still pending"},
		{"not tied out", func(r *reconcile.Run) {}, "  NOT TIED OUT", "do not agree"},
		{"nothing in scope", func(r *reconcile.Run) { r.Verdict, r.Counts = reconcile.VerdictUnknown, reconcile.Counts{} }, "  UNKNOWN", "No invoice is in scope"},
		{"incomplete", func(r *reconcile.Run) { r.State, r.Problem = reconcile.RunIncomplete, "page 7 never came" }, "  UNKNOWN", "Nothing can be said"},
		{"failed, whatever it says", func(r *reconcile.Run) { r.State, r.Verdict = reconcile.RunFailed, reconcile.TiedOut }, "  UNKNOWN", "Nothing can be said"},
	} {
		in := sample()
		tt.change(&in.Run)
		w := write(t, in)
		if got := w.raw(sheetCover, "A4"); got != tt.want {
			t.Errorf("%s: verdict %q, want %q", tt.name, got, tt.want)
		}
		if got := w.raw(sheetCover, "A5"); !strings.Contains(got, tt.means) {
			t.Errorf("%s: means %q", tt.name, got)
		}
		loud := w.raw(sheetCover, "A6")
		if (loud != "") != (in.Run.State != reconcile.RunComplete) || (loud != "" && !strings.Contains(loud, "not to be relied on")) {
			t.Errorf("%s: loud line %q", tt.name, loud)
		}
		if !strings.Contains(loud, in.Run.Problem) && !strings.Contains(loud, sentence(in.Run.Problem)) {
			t.Errorf("%s: loud line %q does not say why", tt.name, loud)
		}
	}
}

func TestCoverIdsAreText(t *testing.T) {
	w := write(t, sample())
	for label, want := range map[string]string{"HubSpot portal id": portal, "QuickBooks realm id": realm} {
		at := fmt.Sprintf("B%d", w.find(sheetCover, "A", label))
		if kind, err := w.GetCellType(sheetCover, at); w.raw(sheetCover, at) != want || kind != excelize.CellTypeInlineString || err != nil {
			t.Errorf("%s = %q as %v, %v", label, w.raw(sheetCover, at), kind, err)
		}
	}
}

// TestContinues: a list that is longer than a sheet goes on with another, and the
// Cover says so.
func TestContinues(t *testing.T) {
	in := sample()
	var all []reconcile.FindingRecord
	for n := range 250 {
		all = append(all, found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, fmt.Sprintf("INV-%03d", n), 100, "USD", 1))
	}
	in.Findings = serve(all)
	w := writeLimited(t, in, listHead+listFooter+100)
	list := w.GetSheetList()
	want := []string{"Only in one system", "Only in one system (2)", "Only in one system (3)", "Matched but different"}
	if !slices.Equal(list[2:6], want) {
		t.Fatalf("sheets %q", list)
	}
	if n := w.sum.RowCounts["Only in one system"]; n != 250 {
		t.Errorf("%d rows", n)
	}
	rows := 0
	for n, name := range want[:3] {
		row := w.find(name, "A", "Rows")
		part, err := strconv.Atoi(w.raw(name, fmt.Sprintf("B%d", row)))
		if err != nil {
			t.Error(err)
		}
		rows += part
		if got, want := w.raw(name, fmt.Sprintf("A%d", listHead+1)), string(all[n*100].ID); got != want {
			t.Errorf("sheet %s begins with %s, want %s", name, got, want)
		}
	}
	if rows != 250 {
		t.Errorf("the parts count %d rows", rows)
	}
	at := w.find(sheetCover, "A", "Only in one system")
	if got := w.raw(sheetCover, fmt.Sprintf("B%d", at)); !strings.Contains(got, "goes on for 3 sheets") {
		t.Errorf("the Cover says %q", got)
	}
	if v, _ := w.GetSheetVisible("_meta"); v {
		t.Error("_meta can be seen")
	}
}

// TestBrokenStream: an error of the stream is told, and nothing is written.
func TestBrokenStream(t *testing.T) {
	in := sample()
	broken := errors.New("connection lost")
	in.Findings = func([]reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
		return func(yield func(reconcile.FindingRecord, error) bool) { yield(reconcile.FindingRecord{}, broken) }
	}
	var buf bytes.Buffer
	if _, err := WriteMismatches(&buf, in); !errors.Is(err, broken) || buf.Len() != 0 {
		t.Errorf("%v, %d bytes written", err, buf.Len())
	}
}

// TestEveryCodeHasASheet: together the lists ask for every code, each once.
func TestEveryCodeHasASheet(t *testing.T) {
	rules := append(slices.Clone(reconcile.Rules), reconcile.Rule{Code: "BRAND_NEW", Family: "Something else"})
	var asked []reconcile.Code
	for n := range lists {
		asked = append(asked, lists[n].codes(rules)...)
	}
	for _, r := range rules {
		if n := len(slices.DeleteFunc(slices.Clone(asked), func(c reconcile.Code) bool { return c != r.Code })); n != 1 {
			t.Errorf("%s is asked for %d times", r.Code, n)
		}
	}
}

func TestMismatchesName(t *testing.T) {
	for _, tt := range []struct {
		ws   reconcile.WorkspaceID
		at   time.Time
		want string
	}{
		{"default", asOf, "mismatch-default-2026-W48.xlsx"},
		{"default", time.Date(2026, 1, 4, 23, 30, 0, 0, time.UTC), "mismatch-default-2026-W02.xlsx"}, // Monday in Berlin
		{"default", time.Date(2027, 1, 1, 12, 0, 0, 0, time.UTC), "mismatch-default-2026-W53.xlsx"},
		{"../a b", asOf, "mismatch-a-b-2026-W48.xlsx"},
	} {
		if got := MismatchesName(tt.ws, tt.at, berlin); got != tt.want {
			t.Errorf("MismatchesName(%s, %s) = %s, want %s", tt.ws, tt.at, got, tt.want)
		}
	}
}
