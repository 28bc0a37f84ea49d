package tieout_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A source is one Go file.
type source struct {
	path  string // from the root, with slashes
	lines int
	fset  *token.FileSet
	file  *ast.File
}

func (s source) pkg() string     { return path.Dir(s.path) }
func (s source) test() bool      { return strings.HasSuffix(s.path, "_test.go") }
func (s source) generated() bool { return ast.IsGenerated(s.file) }

func (s source) at(pos token.Pos, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: %s", s.path, s.fset.Position(pos).Line, fmt.Sprintf(format, args...))
}

func parse(name string, text []byte) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return source{path: name, lines: strings.Count(string(text), "\n"), fset: fset, file: file}, err
}

// read parses all Go files of the module; a folder with its own go.mod is
// another one.
func read(root string) ([]source, error) {
	var sources []source
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(name, filepath.ToSlash(below))
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(below), text)
		sources = append(sources, s)
		return err
	})
	return sources, err
}

func enter(name, below string) error {
	base := path.Base(below)
	if below != "." && (base[0] == '.' || slices.Contains([]string{"testdata", "node_modules", "vendor", "bin", "demo"}, base)) {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && below != "." {
		return fs.SkipDir
	}
	return nil
}

// within reports whether a path is one of the trees or below one of them.
func within(name string, trees []string) bool {
	return slices.ContainsFunc(trees, func(tree string) bool {
		return name == tree || strings.HasPrefix(name, tree+"/")
	})
}

// imports checks what a file imports against the rule of its package.
func imports(s source) []string {
	n := slices.IndexFunc(rules, func(r rule) bool { return r.pkg == s.pkg() })
	if n < 0 {
		return []string{s.at(s.file.Package, "package %s has no rule in layout_test.go", s.pkg())}
	}
	var faults []string
	for _, spec := range s.file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			faults = append(faults, s.at(spec.Pos(), "%v", err))
			continue
		}
		if spec.Name != nil && spec.Name.Name == "." {
			faults = append(faults, s.at(spec.Pos(), "%s is imported with a dot: no check could see what is used of it", name))
		}
		if why := refused(rules[n], s, name); why != "" {
			faults = append(faults, s.at(spec.Pos(), "%s may not import %s: %s", s.pkg(), name, why))
		}
	}
	return faults
}

// refused says why a file may not import a package; "" when it may.
func refused(r rule, s source, name string) string {
	if name == module || strings.HasPrefix(name, module+"/") {
		ours := strings.TrimPrefix(strings.TrimPrefix(name, module), "/")
		switch {
		case !s.test() && strings.HasPrefix(ours, r.pkg+"/") && !slices.Contains(children, ours):
			return "a parent never imports its child"
		case slices.Contains(r.ours, ours), s.test() && (ours == r.pkg || slices.Contains(r.inTests, ours)):
			return ""
		}
		return "not among its packages in layout_test.go"
	}
	first, _, _ := strings.Cut(name, "/")
	switch {
	case !strings.Contains(first, "."):
		if !s.test() && within(name, r.never) {
			return "refused to it by layout_test.go"
		}
	case !within(name, r.mods) && !(s.test() && within(name, testMods)):
		return "not among its modules in layout_test.go"
	}
	return ""
}

// clocks finds where a clockless package asks the clock.
func clocks(s source) []string {
	if !slices.Contains(clockless, s.pkg()) {
		return nil
	}
	clock := ""
	for _, spec := range s.file.Imports {
		if spec.Path.Value == `"time"` {
			clock = "time"
			if spec.Name != nil {
				clock = spec.Name.Name
			}
		}
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		if x, f, ok := selected(n); ok && x == clock && slices.Contains(asking, f) {
			faults = append(faults, s.at(n.Pos(), "time.%s in %s, which is told the time", f, s.pkg()))
		}
		return true
	})
	return faults
}

// skips finds tests that skip: what is missing must fail, by name.
func skips(s source) []string {
	if !s.test() {
		return nil
	}
	var faults []string
	ast.Inspect(s.file, func(n ast.Node) bool {
		x, f, ok := selected(n)
		if ok && slices.Contains([]string{"t", "b", "f", "tb", "ts"}, x) && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, f) {
			faults = append(faults, s.at(n.Pos(), "%s.%s: a test does not skip; what is missing fails it", x, f))
		}
		return true
	})
	return faults
}

// selected takes x.f apart.
func selected(n ast.Node) (x, f string, ok bool) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", "", false
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", "", false
	}
	return id.Name, sel.Sel.Name, true
}

// names finds folders, packages and files whose names say nothing.
func names(s source) []string {
	if s.generated() {
		return nil
	}
	file := strings.TrimSuffix(strings.TrimSuffix(path.Base(s.path), ".go"), "_test")
	for _, name := range append(strings.Split(s.pkg(), "/"), s.file.Name.Name, file) {
		if slices.Contains(nameless, name) {
			return []string{s.at(s.file.Package, "the name %s says nothing of what is inside", name)}
		}
	}
	return nil
}

func lengths(s source) []string {
	if s.lines <= maxLines || s.generated() {
		return nil
	}
	return []string{fmt.Sprintf("%s: %d lines; over %d it is more than one room", s.path, s.lines, maxLines)}
}

// marks finds comments that put work off.
func marks(s source) []string {
	if s.generated() {
		return nil
	}
	var faults []string
	for _, group := range s.file.Comments {
		for _, c := range group.List {
			if m := unfinished.FindString(c.Text); m != "" {
				faults = append(faults, s.at(c.Pos(), "%s: do it, or write it down where work is planned", m))
			}
		}
	}
	return faults
}

// documented finds packages without a package comment. A folder of tests alone
// may carry it in a test file; a folder of generated code needs none.
func documented(sources []source) []string {
	type state struct{ code, written, doc, testDoc bool }
	pkgs := map[string]*state{}
	var order []string
	for _, s := range sources {
		p := pkgs[s.pkg()]
		if p == nil {
			p = &state{}
			pkgs[s.pkg()], order = p, append(order, s.pkg())
		}
		doc := strings.HasPrefix(s.file.Doc.Text(), "Package "+s.file.Name.Name+" ") ||
			s.file.Name.Name == "main" && strings.HasPrefix(s.file.Doc.Text(), "Command "+path.Base(s.pkg())+" ")
		p.code = p.code || !s.test()
		p.written = p.written || !s.generated()
		p.doc = p.doc || doc && !s.test()
		p.testDoc = p.testDoc || doc && s.test()
	}
	var faults []string
	for _, name := range order {
		if p := pkgs[name]; p.written && !p.doc && (p.code || !p.testDoc) {
			faults = append(faults, fmt.Sprintf("%s: no comment that begins with \"Package NAME\" (\"Command NAME\" for a program)", name))
		}
	}
	return faults
}

// unknown finds folders of the root that the architecture does not know.
func unknown(folders []string) []string {
	var faults []string
	for _, name := range folders {
		if !slices.Contains(topLevel, name) {
			faults = append(faults, name+": no such folder in the README's tree")
		}
	}
	return faults
}

// TestChecksFail shows each check a file that it must refuse, and one beside it
// that it must let pass: a check that cannot fail checks nothing.
func TestChecksFail(t *testing.T) {
	long := "package db\n" + strings.Repeat("\n", maxLines)
	for _, tt := range []struct {
		check func(source) []string
		path  string
		text  string
		want  string // part of the fault; "" when there must be none
	}{
		{imports, "reconcile/a.go", `package reconcile; import "net/http"`, "refused"},
		{imports, "reconcile/a.go", `package reconcile; import "log/slog"`, "refused"},
		{imports, "reconcile/a.go", `package reconcile; import "math/rand/v2"`, "refused"},
		{imports, "reconcile/a.go", `package reconcile; import "crypto/sha256"`, ""},
		{imports, "reconcile/a.go", `package reconcile; import "github.com/uptrace/bun"`, "not among its modules"},
		{imports, "reconcile/a.go", `package reconcile; import "github.com/govalues/decimal2"`, "not among its modules"},
		{imports, "reconcile/a.go", `package reconcile; import "golang.org/x/text/unicode/norm"`, ""},
		{imports, "reconcile/a.go", `package reconcile; import . "strings"`, "dot"},
		{imports, "reconcile/a_test.go", `package reconcile; import "os"`, ""},
		{imports, "reconcile/a_test.go", `package reconcile; import "github.com/google/go-cmp/cmp"`, ""},
		{imports, "reconcile/a_test.go", `package reconcile_test; import "github.com/tieout/tieout/reconcile"`, ""},
		{imports, "reconcile/a_test.go", `package reconcile; import "github.com/tieout/tieout/sandbox"`, "not among its packages"},
		{imports, "db/a.go", `package db; import "github.com/tieout/tieout/reconcile/batch"`, "not among its packages"},
		{imports, "db/a.go", `package db; import "github.com/tieout/tieout/db/dbtest"`, "a parent never imports its child"},
		{imports, "db/a_test.go", `package db_test; import "github.com/tieout/tieout/db/dbtest"`, ""},
		{imports, "graph/a.go", `package graph; import "github.com/tieout/tieout/graph/generated"`, ""},
		{imports, "connectors/a.go", `package connectors; import "github.com/tieout/tieout/connectors/hubspot"`, "a parent never imports its child"},
		{imports, "connectors/hubspot/a.go", `package hubspot; import "github.com/tieout/tieout/connectors/quickbooks"`, "not among its packages"},
		{imports, "connectors/hubspot/a.go", `package hubspot; import "github.com/tieout/tieout/connectors/hubspot/hubspotsim"`, "child"},
		{imports, "connectors/hubspot/hubspotsim/a_test.go", `package hubspotsim; import "github.com/tieout/tieout/reconcile"`, "not among its packages"},
		{imports, "sandbox/a.go", `package sandbox; import "github.com/tieout/tieout/reconcile"`, "not among its packages"},
		{imports, "reports/a.go", `package reports; import "github.com/tieout/tieout/db"`, "not among its packages"},
		{imports, "cmd/tieout/a.go", `package main; import "github.com/tieout/tieout/db/dbtest"`, "not among its packages"},
		{imports, "cmd/tieout/a.go", `package main; import "github.com/tieout/tieout/server"`, ""},
		{imports, "somewhere/a.go", `package somewhere`, "has no rule"},

		{clocks, "reconcile/a.go", `package reconcile; import "time"; var t = time.Now()`, "time.Now"},
		{clocks, "reconcile/a.go", `package reconcile; import clock "time"; var t = clock.Since`, "time.Since"},
		{clocks, "reports/a_test.go", `package reports; import "time"; var t = time.Now()`, "time.Now"},
		{clocks, "reconcile/a.go", `package reconcile; import "time"; var t = time.Unix(0, 0)`, ""},
		{clocks, "reconcile/batch/a.go", `package batch; import "time"; var t = time.Now()`, ""},

		{names, "util/a.go", `package util`, "util"},
		{names, "db/models/a.go", `package models`, "models"},
		{names, "db/helpers.go", `package db`, "helpers"},
		{names, "db/types_test.go", `package db`, "types"},
		{names, "db/a.go", `package service`, "service"},
		{names, "db/invoices.go", `package db`, ""},
		{names, "graph/generated/models.go", "// Code generated by x, DO NOT EDIT.\n\npackage generated", ""},

		{lengths, "db/a.go", long, "501 lines"},
		{lengths, "db/a.go", strings.TrimSuffix(long, "\n"), ""},
		{lengths, "db/a.go", "// Code generated by x, DO NOT EDIT.\n\n" + long, ""},

		{skips, "db/a_test.go", `package db; func TestA(t *testing.T) { t.Skip() }`, "t.Skip"},
		{skips, "db/a_test.go", `package db; func BenchmarkA(b *testing.B) { if testing.Short() { b.Skipf("") } }`, "b.Skipf"},
		{skips, "db/a_test.go", `package db; func TestA(t *testing.T) { lexer.Skip() }`, ""},

		{marks, "db/a.go", "package db // TO" + "DO: later", "do it"},
		{marks, "db/a.go", "package db\n/* FIX" + "ME */", "do it"},
		{marks, "db/a.go", "package db // nothing to do", ""},
	} {
		s, err := parse(tt.path, []byte(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		faults := strings.Join(tt.check(s), "\n")
		if (faults == "") != (tt.want == "") || !strings.Contains(faults, tt.want) {
			t.Errorf("%s: %.80s\n\tgot faults %q\n\twant %q", tt.path, tt.text, faults, tt.want)
		}
	}
}

// TestDocumentedFails does the same for the check of package comments.
func TestDocumentedFails(t *testing.T) {
	const generated = "// Code generated by x, DO NOT EDIT.\n\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		ok    bool
	}{
		{"none", map[string]string{"a/a.go": "package a"}, false},
		{"of another", map[string]string{"a/a.go": "// Package b is.\npackage a"}, false},
		{"detached", map[string]string{"a/a.go": "// Package a is.\n\npackage a"}, false},
		{"in a test beside code", map[string]string{"a/a.go": "package a", "a/a_test.go": "// Package a is.\npackage a"}, false},
		{"in a test, alone", map[string]string{"a/a_test.go": "// Package a is.\npackage a"}, true},
		{"in one of two", map[string]string{"a/a.go": "// Package a is.\npackage a", "a/b.go": "package a"}, true},
		{"of a program", map[string]string{"cmd/tieout/a.go": "// Command tieout is.\npackage main"}, true},
		{"generated", map[string]string{"a/a.go": generated + "package a"}, true},
		{"generated in part", map[string]string{"a/a.go": generated + "package a", "a/b.go": "package a"}, false},
	} {
		var sources []source
		for name, text := range tt.files {
			s, err := parse(name, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			sources = append(sources, s)
		}
		if faults := documented(sources); (len(faults) == 0) != tt.ok {
			t.Errorf("%s: got faults %q, want ok = %v", tt.name, faults, tt.ok)
		}
	}
}

func TestUnknownFails(t *testing.T) {
	got := unknown([]string{"reconcile", "pkg", "docs", "internal"})
	if len(got) != 2 || !strings.HasPrefix(got[0], "pkg:") || !strings.HasPrefix(got[1], "internal:") {
		t.Errorf("got %q, want faults for pkg and internal", got)
	}
}

// TestRead: a file that is no Go is told, and other modules, test data and
// hidden folders are left alone.
func TestRead(t *testing.T) {
	root := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module m", "a/a.go": "package a", "tools/go.mod": "module tools", "tools/t.go": "package tools",
		"a/testdata/x.go": "no Go at all", ".hidden/h.go": "package h", "web/node_modules/n.go": "package n",
	} {
		write(t, filepath.Join(root, name), text)
	}
	sources, err := read(root)
	if err != nil || len(sources) != 1 || sources[0].path != "a/a.go" {
		t.Errorf("got %d sources, %v; want a/a.go alone", len(sources), err)
	}
	write(t, filepath.Join(root, "a/broken.go"), "packag")
	if _, err := read(root); err == nil {
		t.Error("a file that is no Go was read without an error")
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
