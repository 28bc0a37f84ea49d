package reports

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tieout/tieout/reconcile"
	"github.com/xuri/excelize/v2"
)

// tie is one row of the second half of a block, as it is in the workbook.
type tie struct {
	row                        int
	label                      string
	live, written, tick, cause string // raw values; cause is the live check's formula
}

// ties reads the second halves of the blocks, by currency.
func (w *written) ties() map[string][]tie {
	w.t.Helper()
	rows, err := w.GetRows(sheetSummary, excelize.Options{RawCellValue: true})
	if err != nil {
		w.t.Fatal(err)
	}
	out, currency, heads := map[string][]tie{}, "", []string(nil)
	for n, r := range rows {
		switch {
		case len(r) == 0:
			heads = nil
		case len(r[0]) > 18 && r[0][:18] == "Control totals in ":
			currency = r[0][18:]
		case slices.Contains(r, tieHeads[0].header):
			heads = r
		case heads != nil:
			at := slices.Index(heads, "Check, as the sheet computes it")
			formula, err := w.GetCellFormula(sheetSummary, address(at+1, n+1))
			if err != nil {
				w.t.Fatal(err)
			}
			out[currency] = append(out[currency], tie{n + 1, r[0], r[at], r[at+1], r[at+2], formula})
		}
	}
	return out
}

func TestCheckIsZeroThreeTimes(t *testing.T) {
	for _, src := range reconcile.Systems {
		in := sample()
		in.Source = src
		if src == reconcile.QuickBooks { // differences are source less destination
			for n := range in.Totals {
				for class := range in.Totals[n].Differences {
					in.Totals[n].Differences[class] *= -1
				}
			}
		}
		all := write(t, in).ties()
		for currency, rows := range map[string]int{"EUR": 2, "JPY": 2, "KWD": 2, "USD": 4} {
			if len(all[currency]) != rows {
				t.Fatalf("source %s, %s: %d rows, want %d", src, currency, len(all[currency]), rows)
			}
			for _, r := range all[currency] {
				if r.live != "0" || r.written != "0" || r.tick != "OK" || r.cause == "" {
					t.Errorf("source %s, %s %s: %+v", src, currency, r.label, r)
				}
			}
		}
	}
}

// TestCheckShowsWhatDoesNotTie: a cent that no column explains is not called OK.
func TestCheckShowsWhatDoesNotTie(t *testing.T) {
	in := sample()
	in.Totals[len(in.Totals)-1].HubSpot.InScope.Amount++
	rows := write(t, in).ties()["USD"]
	for n, want := range []tie{{live: "0", tick: "OK"}, {live: "0", tick: "OK"}, {live: "0.01", tick: "NOT ZERO"}, {live: "0.01", tick: "NOT ZERO"}} {
		if got := rows[n]; got.live != want.live || got.written != want.live || got.tick != want.tick {
			t.Errorf("%s: %+v, want %s, %s", got.label, got, want.live, want.tick)
		}
	}
}

// TestTotalsAreRecomputed: below each row of totals the sheet adds up by itself.
func TestTotalsAreRecomputed(t *testing.T) {
	w := write(t, sample())
	row := 0
	for n := 1; n < 200; n++ { // the last block is USD
		if w.raw(sheetSummary, fmt.Sprintf("A%d", n)) == "Recomputed" {
			row = n
		}
	}
	formula, err := w.GetCellFormula(sheetSummary, fmt.Sprintf("C%d", row))
	if want := fmt.Sprintf("ROUND(SUM(C%d:C%d),2)", row-4, row-2); err != nil || formula != want {
		t.Errorf("formula %q, %v, want %q", formula, err, want)
	}
	total, again := w.raw(sheetSummary, fmt.Sprintf("C%d", row-1)), w.raw(sheetSummary, fmt.Sprintf("C%d", row))
	if total != "1519731.82" || again != total {
		t.Errorf("total %s, recomputed %s", total, again)
	}
}

// TestTooManyDigits: amounts that a number cannot hold stay text, and no formula
// pretends to add them up.
func TestTooManyDigits(t *testing.T) {
	in := sample()
	in.Totals = []reconcile.ControlTotal{{Currency: "IDR", Month: "2026-11"}}
	c := &in.Totals[0]
	c.HubSpot.InScope = reconcile.Tally{Count: 1, Amount: 1_234_567_890_123_456_789}
	c.HubSpot.Population, c.HubSpot.OnlyHere = c.HubSpot.InScope, c.HubSpot.InScope
	w := write(t, in)
	for _, r := range w.ties()["IDR"] {
		if r.cause != "" || r.live != "0" || r.tick != "OK" {
			t.Errorf("%+v", r)
		}
	}
	row := w.find(sheetSummary, "C", "12345678901234567.89")
	if kind, err := w.GetCellType(sheetSummary, fmt.Sprintf("C%d", row)); err != nil || kind != excelize.CellTypeInlineString {
		t.Errorf("type %v, %v", kind, err)
	}
}

func TestSummaryFigures(t *testing.T) {
	w := write(t, sample())
	for label, want := range map[string]string{"Invoices in HubSpot": "1,240 ", "Match rate": "97.54% ", "Unsynced invoices": "5 ", "Matched but different": "8 "} {
		if got := w.shown(sheetSummary, fmt.Sprintf("B%d", w.find(sheetSummary, "A", label))); got != want {
			t.Errorf("%s = %q, want %q", label, got, want)
		}
	}
	if charts := part(t, w.bytes, "xl/charts/chart1.xml"); len(charts) == 0 {
		t.Error("no chart")
	}
	in := sample()
	in.Run.Verdict, in.Run.Counts = reconcile.VerdictUnknown, reconcile.Counts{}
	w = write(t, in)
	w.find(sheetSummary, "A", nothingInScope)
	w.find(sheetSummary, "B", "nothing in scope")
}

// TestTopRootCauses: five of each currency, and never one currency against another.
func TestTopRootCauses(t *testing.T) {
	var groups []reconcile.FindingGroup
	for n := range 8 {
		groups = append(groups, reconcile.FindingGroup{Key: fmt.Sprintf("cause %d", n), Amounts: []reconcile.Money{
			{Minor: int64(n * 100), Currency: "USD"}, {Minor: int64(1_000_000 - n), Currency: "JPY"},
		}})
	}
	b := &book{mismatches: &Mismatches{RootCauses: groups}}
	var got []string
	for _, c := range b.topRootCauses() {
		got = append(got, c.group.Key[6:]+" "+c.amount.Currency)
	}
	want := []string{"0 JPY", "1 JPY", "2 JPY", "3 JPY", "4 JPY", "7 USD", "6 USD", "5 USD", "4 USD", "3 USD"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
