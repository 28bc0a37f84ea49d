package reconcile

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is found into the rule files")

// A ruleCase is one case of a rule file: sections NAME/hubspot, NAME/quickbooks,
// NAME/settings, and what is found in each direction. NAME starts with "yes"
// where the code of the file has to be found, with "no" where it must not.
type ruleCase struct{ hubspot, quickbooks, settings string }

func (c ruleCase) world(t *testing.T, d Direction) *world {
	t.Helper()
	w := &world{settings: with(DefaultSettings(), "direction", string(d))}
	for line := range strings.Lines(c.settings) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		w.settings = with(w.settings, key, value)
	}
	w.read(t, HubSpot, c.hubspot)
	w.read(t, QuickBooks, c.quickbooks)
	return w
}

// TestRules runs testdata/rules: a file for each code of the catalogue. Every
// code needs a case that raises it and a near miss that does not.
func TestRules(t *testing.T) {
	for _, rule := range Rules {
		t.Run(string(rule.Code), func(t *testing.T) {
			path := filepath.Join("testdata", "rules", string(rule.Code)+".txtar")
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			cases, names := splitCases(t, archive)
			yes, no := 0, 0
			for _, name := range names {
				if strings.HasPrefix(name, "yes") {
					yes++
				} else {
					no++
				}
				t.Run(name, func(t *testing.T) { runRule(t, archive, rule.Code, name, cases[name]) })
			}
			if yes == 0 || no == 0 {
				t.Errorf("%d cases raise the code, %d are near misses; want one of each", yes, no)
			}
			if *update && !t.Failed() {
				if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	files, err := filepath.Glob("testdata/rules/*.txtar")
	if err != nil || len(files) != len(Rules) {
		t.Errorf("%d rule files for %d codes, %v", len(files), len(Rules), err)
	}
}

func splitCases(t *testing.T, a *txtar.Archive) (map[string]ruleCase, []string) {
	t.Helper()
	cases := map[string]ruleCase{}
	var names []string
	for _, f := range a.Files {
		name, part, _ := strings.Cut(f.Name, "/")
		c, known := cases[name]
		if !known {
			names = append(names, name)
			if !strings.HasPrefix(name, "yes") && !strings.HasPrefix(name, "no") {
				t.Fatalf("case %q: want a name that starts with yes or no", name)
			}
		}
		switch part {
		case "hubspot":
			c.hubspot = string(f.Data)
		case "quickbooks":
			c.quickbooks = string(f.Data)
		case "settings":
			c.settings = string(f.Data)
		case "from hubspot", "from quickbooks":
		default:
			t.Fatalf("section %q: want hubspot, quickbooks, settings, from hubspot or from quickbooks", f.Name)
		}
		cases[name] = c
	}
	return cases, names
}

// runRule compares the case's world in both directions.
func runRule(t *testing.T, a *txtar.Archive, code Code, name string, c ruleCase) {
	found := false
	for _, d := range []Direction{HubSpotToQuickBooks, QuickBooksToHubSpot} {
		w := c.world(t, d)
		out := w.compare()
		checkTotals(t, w, out)
		checkAgain(t, w, out)
		got := ""
		for _, f := range out.findings {
			got += f.print()
			found = found || f.Code == code
		}
		section := name + "/from " + string(d.Source())
		at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == section })
		if at < 0 {
			after := slices.IndexFunc(a.Files, func(f txtar.File) bool { return strings.HasPrefix(f.Name, name+"/") })
			for after < len(a.Files) && strings.HasPrefix(a.Files[after].Name, name+"/") {
				after++
			}
			a.Files = slices.Insert(a.Files, after, txtar.File{Name: section})
			at = after
		}
		if *update {
			a.Files[at].Data = []byte(got)
		}
		if diff := cmp.Diff(string(a.Files[at].Data), got); diff != "" {
			t.Errorf("from %s (-want +got):\n%s", d.Source(), diff)
		}
	}
	if want := strings.HasPrefix(name, "yes"); found != want {
		t.Errorf("%s raised: %t, want %t", code, found, want)
	}
}

// checkTotals holds the control totals to their equation, block by block and
// summed by currency, and the counts to the invoices that came in.
func checkTotals(t failer, w *world, out outcome) {
	t.Helper()
	src := w.settings.Source()
	byCurrency := map[string][]ControlTotal{}
	for n := range out.totals {
		b := &out.totals[n]
		byCurrency[b.Currency] = append(byCurrency[b.Currency], *b)
		if off := b.Check(src); off != 0 {
			t.Errorf("%s %s does not tie by %d: %+v", b.Currency, b.Month, off, b)
		}
		for _, s := range Systems {
			side := b.Side(s)
			sum := side.InScope
			for _, x := range side.Excluded {
				sum = sum.plus(x)
			}
			if sum != side.Population {
				t.Errorf("%s %s %s: in scope and excluded are %+v, the population is %+v", s, b.Currency, b.Month, sum, side.Population)
			}
		}
	}
	invoices := 0
	for _, blocks := range byCurrency {
		sum := SumTotals(blocks)
		if off := sum.Check(src); off != 0 {
			t.Errorf("%s does not tie by %d: %+v", sum.Currency, off, sum)
		}
		for _, s := range Systems {
			invoices += sum.Side(s).Population.Count + sum.Side(s).Unreadable
		}
	}
	c := out.counts
	if invoices != len(w.invoices) || c.HubSpotInvoices+c.QuickBooksInvoices != invoices {
		t.Errorf("%d invoices in the totals, %d in the counts, want %d", invoices, c.HubSpotInvoices+c.QuickBooksInvoices, len(w.invoices))
	}
	if sum := c.Matched + c.Different + c.OnlyHubSpot + c.OnlyQuickBooks + c.Ambiguous + c.Pending + c.Unknown; sum != c.InScope {
		t.Errorf("%d in scope, but the states add up to %d: %+v", c.InScope, sum, c)
	}
}

// checkAgain compares the world again with everything handed over in the opposite
// order: the findings stay, with their ids, and no id is given twice.
func checkAgain(t failer, w *world, out outcome) {
	t.Helper()
	r := *w
	r.invoices = reversed(w.invoices)
	r.data.Products, r.data.Customers, r.data.TaxRates = reversed(w.data.Products), reversed(w.data.Customers), reversed(w.data.TaxRates)
	again := r.compare()
	if diff := cmp.Diff(out.findings, again.findings, cmpopts.EquateComparable(Date{})); diff != "" {
		t.Errorf("the findings depend on the order of the input (-first +second):\n%s", diff)
	}
	if diff := cmp.Diff(out.totals, again.totals); diff != "" {
		t.Errorf("the totals depend on the order of the input:\n%s", diff)
	}
	ids := map[FindingID]Finding{}
	for _, f := range out.findings {
		if twin, twice := ids[f.ID]; twice {
			t.Errorf("two findings have one id:\n%+v\n%+v", f, twin)
		}
		ids[f.ID] = f
		if want := Identify("test", f.Code, f.Subject, f.Field); f.ID != want {
			t.Errorf("%s: id %s, want %s", f.Code, f.ID, want)
		}
	}
	if len(slices.Collect(maps.Keys(ids))) != len(out.findings) {
		t.Errorf("%d ids for %d findings", len(ids), len(out.findings))
	}
}

func reversed[T any](list []T) []T {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

func readRule(t *testing.T, code string) map[string]ruleCase {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "rules", code+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	cases, _ := splitCases(t, archive)
	return cases
}
