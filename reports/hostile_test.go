package reports

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// TestLinksOfDigitsOnly: nothing but digits of an id gets into a link.
func TestLinksOfDigitsOnly(t *testing.T) {
	in := sample()
	bad := found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, "X", 1, "USD", 1)
	bad.HubSpotID = "1/../../evil?x=1"
	in.Findings = serve([]reconcile.FindingRecord{bad})
	raw := write(t, in).bytes
	for _, f := range readParts(t, raw) {
		if strings.HasSuffix(f.name, ".rels") && strings.Contains(f.body, "evil") {
			t.Errorf("%s has it", f.name)
		}
	}
}

// onlyAddresses is what a formula may be made of: functions, addresses, digits
// and the words of the check.
var onlyAddresses = regexp.MustCompile(`^(ROUND|SUM|IF|"OK"|"NOT ZERO"|"DIFFERS"|[A-Z]{1,2}[0-9]+|[0-9]+|[(),:=+\-]|&lt;&gt;)+$`)

var formulas = regexp.MustCompile(`<f>([^<]*)</f>`)

// TestNoFormulaFromData: what looks like a formula stays text, in every column,
// and comes back as it was.
func TestNoFormulaFromData(t *testing.T) {
	in := sample()
	nasty := []string{"=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1+1", "\r=1+1", `=HYPERLINK("http://evil.example","x")`, "=cmd|' /C calc'!A0", "_x0041_", "＝1+1", "'=1", "<f>1</f>", "🧾 =1"}
	var all []reconcile.FindingRecord
	for _, r := range reconcile.Rules {
		for n, s := range nasty {
			f := found(r.Code, reconcile.Both, s, 100, "USD", n)
			f.HubSpotID, f.QuickBooksID, f.Record, f.Field, f.HubSpot, f.QuickBooks = s, s, s, s, s, s
			f.Customer, f.Cause, f.Message, f.RootCause, f.Subject = s, s, s, s, s
			f.Reasons = []reconcile.Reason{{Gate: 12, Code: s, Text: s, Fix: s}}
			f.Effects = []reconcile.Effect{{Number: s, Field: s, HubSpot: s, QuickBooks: s}}
			f.ID = reconcile.Identify("northwind", r.Code, s, "")
			all = append(all, f)
		}
	}
	in.Findings, in.RootCauses = serve(all), sampleCauses(all)
	in.Workspace, in.Environment, in.Version, in.RuleSetHash = "=1+1", "=1+1", "=1+1", "=1+1"
	in.HubSpot.ID, in.HubSpot.Name, in.QuickBooks.ID = "=1+1", "=1+1", "=1+1"
	in.Certificates[0].Problem, in.Certificates[0].Hash = "=1+1", "=1+1"
	for n := range in.Settings {
		in.Settings[n].Value, in.Settings[n].Meaning, in.Settings[n].ChangedBy = "=1+1", "=1+1", "=1+1"
	}
	w := write(t, in)
	made := 0
	for _, f := range readParts(t, w.bytes) {
		if strings.Contains(f.name, "externalLink") || strings.Contains(f.body, "evil.example") && strings.HasSuffix(f.name, ".rels") {
			t.Errorf("%s leads outside", f.name)
		}
		if !strings.HasPrefix(f.name, "xl/worksheets/sheet") {
			continue
		}
		for _, m := range formulas.FindAllStringSubmatch(f.body, -1) {
			made++
			if plain := strings.ReplaceAll(m[1], "&#34;", `"`); !onlyAddresses.MatchString(plain) {
				t.Errorf("%s has the formula %s", f.name, plain)
			}
		}
	}
	if made == 0 {
		t.Error("no formula at all: the check cells are gone")
	}
	for n, s := range nasty {
		at := fmt.Sprintf("%s%d", w.column("Matched but different", "Invoice no."), listHead+1+n)
		if got := w.raw("Matched but different", at); got != clean(s) {
			t.Errorf("%q came back as %q", s, got)
		}
	}
}

type partBody struct{ name, body string }

func readParts(t *testing.T, raw []byte) []partBody {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	var list []partBody
	for _, f := range r.File {
		list = append(list, partBody{f.Name, part(t, raw, f.Name)})
	}
	return list
}

func TestLongTextIsCutAndMarked(t *testing.T) {
	in := sample()
	f := found(reconcile.InvoiceOnlyInSource, reconcile.HubSpot, "LONG", 1, "USD", 1)
	f.Customer = strings.Repeat("long 🧾 ", 10_000)
	in.Findings = serve([]reconcile.FindingRecord{f})
	w := write(t, in)
	const sheet = "Only in one system"
	got := w.raw(sheet, fmt.Sprintf("%s%d", w.column(sheet, "Customer"), listHead+1))
	if got != clean(f.Customer) || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-10:])
	}
}

// TestRandomCells: 100,000 cells of random text come back as they were, and none
// of them is a formula.
func TestRandomCells(t *testing.T) {
	alphabet := []rune("=+-@\t\r\n\x00'\"&<>_x0041_ ﹦＝,;:|!()[]{}0123456789abcXYZéßµΜ中🧾\u202e\u200b\ufeff")
	random := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		runes := make([]rune, 1+random.IntN(24))
		for n := range runes {
			runes[n] = alphabet[random.IntN(len(alphabet))]
		}
		return string(runes)
	}
	all := make([]reconcile.FindingRecord, 12_500)
	for n := range all {
		f := found(reconcile.InvoiceStatus, reconcile.Both, word(), int64(n), "USD", n%100)
		f.HubSpotID, f.QuickBooksID, f.Field, f.HubSpot, f.QuickBooks, f.Customer, f.Cause = word(), word(), word(), word(), word(), word(), word()
		f.ID = reconcile.FindingID(fmt.Sprint(n))
		all[n] = f
	}
	in := sample()
	in.Findings, in.RootCauses, in.Totals = serve(all), nil, nil
	w := write(t, in)
	for _, p := range readParts(t, w.bytes) {
		if strings.HasPrefix(p.name, "xl/worksheets/") && strings.Contains(p.body, "<f>") {
			t.Errorf("%s has a formula", p.name)
		}
	}
	const sheet = "Matched but different"
	rows, err := w.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	for n, header := range rows[listHead-1] {
		at[header] = n
	}
	for n, f := range all {
		row := rows[listHead+n]
		for header, want := range map[string]string{
			"Invoice no.": f.Number, "HubSpot id": f.HubSpotID, "QuickBooks id": f.QuickBooksID, "Field": f.Field,
			"HubSpot value": f.HubSpot, "QuickBooks value": f.QuickBooks, "Customer": f.Customer, "Cause": f.Cause,
		} {
			if got := row[at[header]]; got != clean(want) {
				t.Fatalf("row %d, %s: %q came back as %q", n, header, want, got)
			}
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "=1+1", "a\tb", "\xff", "🧾", strings.Repeat("é🧾", 20_000)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := clean(s)
		if units := len(utf16.Encode([]rune(got))); units > maxCell || !utf8.ValidString(got) {
			t.Errorf("clean(%q): %d units, %q", s, units, got)
		}
		if strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("clean(%q) = %q: a control character", s, got)
		}
		if clean(got) != got {
			t.Errorf("clean(%q) = %q, and cleaned again %q", s, got, clean(got))
		}
	})
}

func FuzzExact(f *testing.F) {
	for _, s := range []string{"0", "-0.10", "12.3456700", "9007199254740993", "1e5", "."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c := exact(s)
		if c.kind != numberCell {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if got, ok2 := new(big.Rat).SetString(strconv.FormatFloat(c.number, 'f', -1, 64)); !ok || !ok2 || want.Cmp(got) != 0 {
			t.Errorf("exact(%q) is %v", s, c.number)
		}
	})
}
