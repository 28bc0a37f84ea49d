package tieout_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A tree is what rows are held against.
type tree struct {
	sources []source
	clients []string
}

// faults are the names of a row that mean nothing.
func (t tree) faults(b behaviour) []string {
	var faults []string
	for _, field := range b.fields {
		if !t.option(b.simulator, "Options", strings.Split(field, ".")) {
			faults = append(faults, fmt.Sprintf("%d: %s has no Options field %s", b.line, b.simulator, field))
		}
	}
	for _, test := range b.tests {
		if !t.test(test) {
			faults = append(faults, fmt.Sprintf("%d: there is no test %s", b.line, test))
		}
	}
	return faults
}

// test reports whether a test exists. A subtest's name is found as text in the file
// of its test.
func (t tree) test(name string) bool {
	if m := clientTest.FindStringSubmatch(name); m != nil {
		return slices.Contains(t.clients, m[1])
	}
	if !namedTest.MatchString(name) {
		return false
	}
	pkg, test, _ := strings.Cut(name, ".")
	test, sub, _ := strings.Cut(test, "/")
	return slices.ContainsFunc(t.sources, func(s source) bool {
		return s.test() && strings.TrimSuffix(s.file.Name.Name, "_test") == pkg && s.declares(test) && s.says(sub)
	})
}

// declares reports whether a file has a function of a name.
func (s source) declares(name string) bool {
	return slices.ContainsFunc(s.file.Decls, func(d ast.Decl) bool {
		f, ok := d.(*ast.FuncDecl)
		return ok && f.Recv == nil && f.Name.Name == name
	})
}

// says reports whether a file has a text that as a subtest is called name.
func (s source) says(name string) bool {
	found := name == ""
	ast.Inspect(s.file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && !found {
			text, err := strconv.Unquote(lit.Value)
			found = err == nil && strings.ReplaceAll(text, " ", "_") == name
		}
		return !found
	})
	return found
}

// option reports whether a struct of a package has a field; a path of several leads
// through fields that are structs of the same package or of the sign-in.
func (t tree) option(pkg, structure string, field []string) bool {
	for _, s := range t.sources {
		if s.pkg() != pkg || s.test() {
			continue
		}
		if fields := s.structure(structure); fields != nil {
			return t.leads(pkg, fields, field)
		}
	}
	return false
}

// leads follows the first name of a path among fields, or through an embedded one.
func (t tree) leads(pkg string, fields *ast.FieldList, names []string) bool {
	return slices.ContainsFunc(fields.List, func(f *ast.Field) bool {
		named := slices.ContainsFunc(f.Names, func(id *ast.Ident) bool { return id.Name == names[0] })
		if named && len(names) == 1 {
			return true
		}
		rest := names
		if named {
			rest = names[1:]
		}
		if !named && len(f.Names) > 0 {
			return false
		}
		in, of := structureOf(pkg, f.Type)
		return of != "" && t.option(in, of, rest)
	})
}

// structureOf is the package and name of a field's type.
func structureOf(pkg string, of ast.Expr) (in, name string) {
	switch e := of.(type) {
	case *ast.StarExpr:
		return structureOf(pkg, e.X)
	case *ast.Ident:
		return pkg, e.Name
	case *ast.SelectorExpr:
		if id, ok := e.X.(*ast.Ident); ok && id.Name == "signin" {
			return "sandbox/signin", e.Sel.Name
		}
	}
	return "", ""
}

// structure is a struct type's fields, nil where a file does not declare it.
func (s source) structure(name string) *ast.FieldList {
	for _, d := range s.file.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range decl.Specs {
			if of, ok := spec.(*ast.TypeSpec); ok && of.Name.Name == name {
				if st, ok := of.Type.(*ast.StructType); ok {
					return st.Fields
				}
			}
		}
	}
	return nil
}

// TestSimulatorsPageFails shows the check rows that it must refuse, and the same ones
// right.
func TestSimulatorsPageFails(t *testing.T) {
	sim := simulatorParts["## HubSpot"]
	tree := tree{clients: []string{"HubSpot: reads"}}
	for name, text := range map[string]string{
		sim + "/portal.go":      "package hubspotsim; type Options struct { Lag, Latency int; OAuth *OAuth; Webhooks *struct{} }; type OAuth struct { signin.Options }",
		sim + "/read_test.go":   `package hubspotsim; func TestRead(t *testing.T) { t.Run("by e-mail only", nil) }; func helper() {}`,
		"sandbox/signin/s.go":   "package signin; type Options struct { Grace int }",
		sim + "/filter_test.go": "package hubspotsim_test; func FuzzFilter(f *testing.F) {}",
	} {
		s, err := parse(name, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		tree.sources = append(tree.sources, s)
	}
	for row, want := range map[string]string{
		"| a | exact | `hubspotsim.TestRead` |":                                         "",
		"| a | exact | `hubspotsim.TestRead/by_e-mail_only`, `hubspotsim.FuzzFilter` |": "",
		"| a | exact (medium) | `clientcheck \"HubSpot: reads\"` |":                     "",
		"| a | switch `Lag`, `Latency` | `hubspotsim.TestRead` |":                       "",
		"| a | switch `OAuth.Grace` | `hubspotsim.TestRead` |":                          "",
		"| a \\| b | absent: nobody asked |  |":                                         "",
		"| a | exact | `hubspotsim.TestGone` |":                                         "no test",
		"| a | exact | `hubspotsim.helper` |":                                           "no test",
		"| a | exact | `quickbookssim.TestRead` |":                                      "no test",
		"| a | exact | `hubspotsim.TestRead/by_SKU` |":                                  "no test",
		"| a | exact | `clientcheck \"HubSpot: writes\"` |":                             "no test",
		"| a | switch `Gone` | `hubspotsim.TestRead` |":                                 "no Options field",
		"| a | switch `OAuth.Gone` | `hubspotsim.TestRead` |":                           "no Options field",
		"| a | switch | `hubspotsim.TestRead` |":                                        "names its fields",
		"| a | exact | hubspotsim.TestRead |":                                           "has a test",
		"| a | absent | `hubspotsim.TestRead` |":                                        "has none",
		"| a | maybe | `hubspotsim.TestRead` |":                                         "want exact, switch or absent",
	} {
		rows, faults := behaviours("## HubSpot\n\n" + row)
		for _, b := range rows {
			faults = append(faults, tree.faults(b)...)
		}
		if got := strings.Join(faults, "\n"); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s\n\tgot faults %q\n\twant %q", row, got, want)
		}
	}
}
