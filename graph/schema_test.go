package graph_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/tieout/tieout/reconcile"
)

func schema(t *testing.T) *ast.Schema {
	t.Helper()
	raw, err := os.ReadFile("../schema.graphql")
	if err != nil {
		t.Fatal(err)
	}
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: string(raw)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestDescriptions: the schema is the documentation, so every word of it is
// described, in a sentence.
func TestDescriptions(t *testing.T) {
	check := func(what, text string) {
		if text == "" || !strings.HasSuffix(text, ".") {
			t.Errorf("%s: %q", what, text)
		}
	}
	for name, def := range schema(t).Types {
		if def.BuiltIn {
			continue
		}
		check(name, def.Description)
		for _, f := range def.Fields {
			if strings.HasPrefix(f.Name, "__") {
				continue
			}
			check(name+"."+f.Name, f.Description)
			for _, a := range f.Arguments {
				check(name+"."+f.Name+"("+a.Name+")", a.Description)
			}
		}
		for _, v := range def.EnumValues {
			check(name+"."+v.Name, v.Description)
		}
	}
}

// paged says whether a type is a page of a list. A Connection by itself is how a
// system is reached.
func paged(name string) bool { return strings.HasSuffix(name, "Connection") && name != "Connection" }

// TestConventions: connections, payloads and scalars look alike.
func TestConventions(t *testing.T) {
	s := schema(t)
	for name, def := range s.Types {
		if paged(name) {
			for field, want := range map[string]string{"edges": "[" + strings.TrimSuffix(name, "Connection") + "Edge!]!", "pageInfo": "PageInfo!"} {
				if f := def.Fields.ForName(field); f == nil || f.Type.String() != want {
					t.Errorf("%s.%s: want %s", name, field, want)
				}
			}
		}
		if strings.HasSuffix(name, "Payload") && (def.Fields.ForName("userErrors") == nil || def.Fields.ForName("clientMutationId") == nil) {
			t.Errorf("%s: want userErrors and clientMutationId", name)
		}
		if def.Kind == ast.Scalar && !def.BuiltIn && def.Directives.ForName("specifiedBy") == nil {
			t.Errorf("scalar %s: want @specifiedBy", name)
		}
		for _, f := range def.Fields {
			if f.Type.Name() == "Float" {
				t.Errorf("%s.%s is a Float", name, f.Name)
			}
			if args := f.Arguments; paged(f.Type.Name()) && (args.ForName("first") == nil || args.ForName("after") == nil) {
				t.Errorf("%s.%s: a connection wants first and after", name, f.Name)
			}
		}
	}
	for _, f := range s.Mutation.Fields {
		if len(f.Arguments) != 1 || f.Arguments[0].Name != "input" || !strings.HasSuffix(f.Type.Name(), "Payload") {
			t.Errorf("mutation %s: want one input and a payload", f.Name)
		}
	}
}

// TestCodes: the API knows every code that findings.md promises, and no other.
func TestCodes(t *testing.T) {
	raw, err := os.ReadFile("../docs/findings.md")
	if err != nil {
		t.Fatal(err)
	}
	known := schema(t).Types["FindingCode"].EnumValues
	promised := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		cell, _, _ := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		for _, code := range regexp.MustCompile(`\b[A-Z]+(_[A-Z]+)+\b`).FindAllString(cell, -1) {
			if strings.HasPrefix(line, "| "+code[:3]) {
				promised[code] = true
			}
		}
	}
	if len(promised) < 30 {
		t.Fatalf("%d codes in findings.md", len(promised))
	}
	for code := range promised {
		if known.ForName(code) == nil {
			t.Errorf("%s is not in the schema", code)
		}
	}
	for _, v := range known {
		if !promised[v.Name] {
			t.Errorf("%s is not in findings.md", v.Name)
		}
	}
}

// TestWords: the schema's enums are the domain's words.
func TestWords(t *testing.T) {
	s := schema(t)
	for name, want := range map[string][]string{
		"DifferenceClass": texts(reconcile.DifferenceClasses), "ExclusionReason": texts(reconcile.ExclusionReasons),
		"RecordObject": texts(reconcile.Objects(reconcile.HubSpot)),
	} {
		var got []string
		for _, v := range s.Types[name].EnumValues {
			got = append(got, v.Name)
		}
		if strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}

func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for n, v := range list {
		out[n] = string(v)
	}
	return out
}
