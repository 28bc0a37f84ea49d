// Package tieout_test keeps the house in order: which package may import what,
// where a clock may be read, how a file may be named and how long it may be.
// The rules are the tables below; a change to them is a decision and gets a
// line in DECISIONS.md.
package tieout_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tieout/tieout"

// A rule says what the packages at pkg may import beside the standard library.
// Whatever is not listed is refused.
type rule struct {
	pkg     string   // folder below the root
	ours    []string // packages of ours, by folder
	mods    []string // modules of others
	never   []string // parts of the standard library that are refused, with all below them
	inTests []string // packages of ours that its test files may import as well
}

// outside is what a pure package must not know: the machine, the network, the
// clock's cousins and chance.
var outside = []string{"net", "os", "log", "database", "syscall", "runtime", "unsafe", "math/rand", "crypto/rand", "testing"}

// world is what it takes to let a test run against the two simulators.
var world = []string{
	"connectors/hubspot", "connectors/hubspot/hubspotsim",
	"connectors/quickbooks", "connectors/quickbooks/quickbookssim", "sandbox", "sandbox/signin", "sandbox/control", "sandbox/hooks",
}

// wired is all that the program is made of.
var wired = slices.Concat(world, []string{
	"connectors", "connectors/vault", "db", "db/river", "graph", "reconcile", "reconcile/apply", "reconcile/batch",
	"reports", "reports/deliver", "server", "web",
})

// children are the packages that their parent may import: what gqlgen makes for
// graph, and the API's own shapes, which that code names and so cannot be in graph.
var children = []string{"graph/generated", "graph/wire"}

// testMods may be imported by every test file.
var testMods = []string{"github.com/google/go-cmp", "github.com/rogpeppe/go-internal", "pgregory.net/rapid"}

const (
	decimal = "github.com/govalues/decimal"
	xtext   = "golang.org/x/text"
	xsync   = "golang.org/x/sync"
	xtime   = "golang.org/x/time"
	oauth2  = "golang.org/x/oauth2"
	bun     = "github.com/uptrace/bun"
	pgx     = "github.com/jackc/pgx/v5"
	deflate = "github.com/klauspost/compress"
	tink    = "github.com/tink-crypto/tink-go/v2"
)

var rules = []rule{
	{pkg: "."},

	// The domain: pure, so that the same input always gives the same output.
	{pkg: "reconcile", mods: []string{decimal, xtext}, never: outside},
	{pkg: "reconcile/apply", ours: []string{"reconcile"}, mods: []string{decimal}, never: outside},
	{
		pkg:     "reconcile/batch",
		ours:    []string{"reconcile", "reconcile/apply", "connectors"},
		mods:    []string{decimal, "github.com/go-co-op/gocron/v2", xsync},
		never:   []string{"database", "net/http"},
		inTests: append([]string{"db", "db/dbtest"}, world...),
	},

	// The vendors: each connector knows the contract, none knows the other.
	{pkg: "connectors", ours: []string{"reconcile"}, mods: []string{decimal, oauth2, xtime, xsync}, never: []string{"database"}, inTests: world},
	{
		pkg: "connectors/hubspot", ours: []string{"connectors", "reconcile"},
		mods: []string{decimal, oauth2, xsync, xtext, xtime}, never: []string{"database"},
		inTests: []string{"connectors/connectortest", "connectors/hubspot/hubspotsim", "sandbox", "sandbox/control", "sandbox/hooks", "sandbox/signin"},
	},
	{
		pkg: "connectors/quickbooks", ours: []string{"connectors", "reconcile"},
		mods: []string{decimal, oauth2, xsync, xtext, xtime}, never: []string{"database"},
		inTests: []string{"connectors/connectortest", "connectors/quickbooks/quickbookssim", "sandbox", "sandbox/control", "sandbox/hooks", "sandbox/signin"},
	},
	{pkg: "connectors/vault", ours: []string{"reconcile"}, mods: []string{tink}, never: []string{"net", "database"}},
	{pkg: "connectors/connectortest", ours: []string{"connectors", "reconcile", "sandbox/control"}},

	// The other side of the table: nothing of the product's, in tests neither,
	// so that a mistake cannot be made twice and agree with itself.
	{pkg: "sandbox", mods: []string{xtext}},
	{pkg: "sandbox/signin"},
	{pkg: "sandbox/control"},
	{pkg: "sandbox/hooks"},
	{pkg: "connectors/hubspot/hubspotsim", ours: []string{"sandbox", "sandbox/signin", "sandbox/control", "sandbox/hooks"}, mods: []string{xtext}},
	{pkg: "connectors/quickbooks/quickbookssim", ours: []string{"sandbox", "sandbox/signin", "sandbox/control", "sandbox/hooks"}, mods: []string{xtext}},
	{pkg: "nights/oracle", ours: []string{"sandbox"}, mods: []string{xtext}},

	// The store.
	{
		pkg: "db", ours: []string{"reconcile", "reconcile/apply"},
		mods:    []string{bun, pgx, decimal, deflate, xsync, "github.com/gofrs/flock", "github.com/pressly/goose/v3", "modernc.org/sqlite"},
		never:   []string{"net/http", "log"},
		inTests: []string{"db/dbtest", "reconcile/batch"},
	},
	{pkg: "db/dbtest", ours: []string{"db", "reconcile"}, mods: []string{bun, pgx}},
	{pkg: "db/river", ours: []string{"db", "reconcile"}, mods: []string{pgx, "github.com/riverqueue/river"}},

	// What people and programs see.
	{
		pkg: "graph", ours: []string{"reconcile", "reconcile/batch", "db", "graph/generated", "graph/wire"},
		mods:    []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2", decimal},
		never:   []string{"database", "os"},
		inTests: append([]string{"connectors", "db/dbtest"}, world...),
	},
	{
		pkg: "graph/generated", ours: []string{"reconcile", "reconcile/apply", "graph/wire"},
		mods: []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2", decimal},
	},
	{
		pkg: "graph/wire", ours: []string{"reconcile"},
		mods:  []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2", decimal},
		never: []string{"database", "os", "net"},
	},
	{pkg: "reports", ours: []string{"reconcile"}, mods: []string{"github.com/xuri/excelize/v2", decimal, deflate, xtext}, never: outside},
	{pkg: "reports/deliver", ours: []string{"reconcile", "reports"}, mods: []string{"github.com/wneessen/go-mail"}},
	{
		pkg: "server", ours: []string{"graph", "reconcile/batch", "db", "connectors", "reconcile", "reports", "reports/deliver", "web"},
		mods:    []string{"github.com/99designs/gqlgen", "github.com/vektah/gqlparser/v2", xsync, xtime},
		never:   []string{"database"},
		inTests: append([]string{"db/dbtest"}, world...),
	},
	{pkg: "web"},
	{
		pkg: "cmd/tieout", ours: wired,
		mods: []string{
			"github.com/urfave/cli/v3", "github.com/knadh/koanf", "github.com/vbauerster/mpb/v8",
			oauth2, xsync,
		},
		never:   []string{"database"},
		inTests: []string{"db/dbtest"},
	},

	// What judges the whole.
	{pkg: "nights", ours: wired, inTests: []string{"db/dbtest", "nights/oracle"}},
	{pkg: "bench", ours: wired, mods: []string{bun, pgx, decimal}, inTests: []string{"db/dbtest"}},
}

// clockless are the packages whose files, tests included, are told the time
// and never ask for it.
var clockless = []string{"reconcile", "reconcile/apply", "reports"}

// asking are the functions of package time that ask the clock or wait for it.
var asking = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// topLevel are the folders of the root; hidden ones are nobody's business but
// .ci's. bin and demo are made by make and ignored by git.
var topLevel = []string{
	"cmd", "reconcile", "connectors", "sandbox", "db", "graph", "reports", "server", "web", "nights", "bench", "tools", "docs",
	"bin", "demo",
}

// nameless are names that say nothing of what is inside.
var nameless = []string{
	"util", "utils", "common", "helper", "helpers", "model", "models", "types",
	"manager", "managers", "service", "services", "misc", "base", "shared",
}

// maxLines is where a file stops being one room with one purpose.
const maxLines = 500

var unfinished = regexp.MustCompile(`\b(TODO|FIXME|XXX)\b`)

// TestLayout holds the tree as it is against the tables.
func TestLayout(t *testing.T) {
	sources, err := read(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sources {
		for _, check := range []func(source) []string{imports, clocks, names, lengths, skips, marks} {
			for _, fault := range check(s) {
				t.Error(fault)
			}
		}
	}
	for _, fault := range documented(sources) {
		t.Error(fault)
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			folders = append(folders, e.Name())
		}
	}
	for _, fault := range unknown(folders) {
		t.Error(fault)
	}
}

// TestRules: a rule that could never apply, or that lets in a package without
// a rule of its own, is a slip of the pen.
func TestRules(t *testing.T) {
	var pkgs []string
	for _, r := range rules {
		if slices.Contains(pkgs, r.pkg) {
			t.Errorf("%s has two rules; the second is never read", r.pkg)
		}
		pkgs = append(pkgs, r.pkg)
	}
	for _, r := range rules {
		for _, ours := range slices.Concat(r.ours, r.inTests) {
			if !slices.Contains(pkgs, ours) {
				t.Errorf("%s may import %s, which has no rule", r.pkg, ours)
			}
		}
	}
}
