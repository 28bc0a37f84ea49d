package tieout_test

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A behaviour is a row of docs/simulators.md: what a simulator does, how surely, and
// which tests show it.
type behaviour struct {
	line      int
	simulator string   // folder of the package whose Options have the switches
	how       string   // "exact", "switch" or "absent"
	fields    []string // of a switch
	tests     []string
}

// The simulators' page has a part for each vendor, and one for what lies above them.
var simulatorParts = map[string]string{
	"## HubSpot": "connectors/hubspot/hubspotsim", "## QuickBooks": "connectors/quickbooks/quickbookssim", "## Below Tieout": "cmd/tieout",
}

// clientTests is where the vendors' own clients are tried.
const clientTests = "connectors/clientcheck"

// TestSimulatorsPage: a behaviour that the page promises has a test, and a switch is
// an Options field.
func TestSimulatorsPage(t *testing.T) {
	page, err := os.ReadFile("docs/simulators.md")
	if err != nil {
		t.Fatal(err)
	}
	sources, err := read(".")
	if err != nil {
		t.Fatal(err)
	}
	clients, err := clientTestNames(clientTests)
	if err != nil {
		t.Fatal(err)
	}
	if len(effects(sources)) == 0 {
		t.Error("sandbox/control has no constants of type Effect")
	}
	rows, faults := behaviours(string(page))
	for simulator := range simulatorParts {
		if !slices.ContainsFunc(rows, func(b behaviour) bool { return b.simulator == simulatorParts[simulator] }) {
			t.Errorf("docs/simulators.md: no behaviours below %q", simulator)
		}
	}
	for _, effect := range effects(sources) {
		if !strings.Contains(string(page), "`"+effect+"`") {
			t.Errorf("docs/simulators.md: no word of the effect %s", effect)
		}
	}
	tree := tree{sources: sources, clients: clients}
	for _, b := range rows {
		faults = append(faults, tree.faults(b)...)
	}
	for _, fault := range faults {
		t.Error("docs/simulators.md:" + fault)
	}
}

var (
	code       = regexp.MustCompile("`([^`]+)`")
	namedTest  = regexp.MustCompile(`^[a-z]+\.(Test|Fuzz)\w+(/\S+)?$`)
	clientTest = regexp.MustCompile(`^clientcheck "(.+)"$`)
	clientCall = regexp.MustCompile(`(?m)^test\('([^']+)', `)
)

// behaviours are the rows of a page, and what is wrong with their form. A behaviour
// may hold a bar that is escaped.
func behaviours(page string) (rows []behaviour, faults []string) {
	simulator := ""
	for n, line := range strings.Split(page, "\n") {
		if strings.HasPrefix(line, "## ") {
			simulator = simulatorParts[line]
		}
		if simulator == "" || !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| behaviour |") {
			continue
		}
		cells := strings.Split(strings.ReplaceAll(strings.Trim(line, "| "), `\|`, ""), " | ")
		if len(cells) < 3 {
			cells = append(cells, "", "") // the last cell of an absent behaviour is empty
		}
		how, rest, _ := strings.Cut(cells[1], " ")
		how = strings.TrimRight(how, ":;,")
		b := behaviour{line: n + 1, simulator: simulator, how: how}
		for _, field := range code.FindAllStringSubmatch(rest, -1) {
			b.fields = append(b.fields, field[1])
		}
		for _, test := range code.FindAllStringSubmatch(cells[2], -1) {
			b.tests = append(b.tests, test[1])
		}
		if fault := b.malformed(); fault != "" {
			faults = append(faults, fmt.Sprintf("%d: %s", b.line, fault))
			continue
		}
		rows = append(rows, b)
	}
	return rows, faults
}

// malformed says what a row lacks.
func (b behaviour) malformed() string {
	switch {
	case !slices.Contains([]string{"exact", "switch", "absent"}, b.how):
		return fmt.Sprintf("%q: want exact, switch or absent", b.how)
	case (b.how == "switch") != (len(b.fields) > 0):
		return "a switch names its fields in code, and nothing else does"
	case (b.how == "absent") != (len(b.tests) == 0):
		return "what there is has a test, in code, and what is absent has none"
	}
	return ""
}

// effects are the constants of type Effect of package sandbox/control.
func effects(sources []source) []string {
	var found []string
	for _, s := range sources {
		if s.pkg() != "sandbox/control" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			id, named := spec.Type.(*ast.Ident)
			if text, is := spec.Values[0].(*ast.BasicLit); named && id.Name == "Effect" && is {
				if effect, err := strconv.Unquote(text.Value); err == nil {
					found = append(found, effect)
				}
			}
			return true
		})
	}
	return found
}

// clientTestNames are the names of the tests that drive the vendors' own clients.
func clientTestNames(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.test.js"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, call := range clientCall.FindAllStringSubmatch(string(text), -1) {
			names = append(names, call[1])
		}
	}
	return names, nil
}
