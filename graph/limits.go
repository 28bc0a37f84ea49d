package graph

import (
	"context"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/lexer"
)

// The limits of a document. They are checked in this order, each before the work
// that it bounds.
const (
	MaxTokens     = 2000
	MaxDepth      = 12
	MaxAliases    = 30
	MaxDirectives = 20
	MaxFields     = 2000 // with fragments written out
	MaxComplexity = 20000
)

// introspectionAlias is how many aliases one within introspection counts for:
// introspection costs nothing by complexity, and aliases multiply it.
const introspectionAlias = 6

// limits refuses documents by their form.
type limits struct{}

var (
	_ graphql.HandlerExtension          = limits{}
	_ graphql.OperationParameterMutator = limits{}
	_ graphql.OperationContextMutator   = limits{}
)

// ExtensionName is the extension's name.
func (limits) ExtensionName() string { return "Limits" }

// Validate has nothing to check in a schema.
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters counts tokens before anything is parsed.
func (limits) MutateOperationParameters(_ context.Context, p *graphql.RawParams) *gqlerror.Error {
	lex := lexer.New(&ast.Source{Input: p.Query})
	for range MaxTokens {
		// A text that is no token is told by the parser; here it ends the count.
		if token, _ := lex.ReadToken(); token.Kind == lexer.EOF || token.Kind == lexer.Invalid {
			return nil
		}
	}
	if token, _ := lex.ReadToken(); token.Kind == lexer.EOF {
		return nil
	}
	return coded("TOKEN_LIMIT_EXCEEDED", "the document has more than %d tokens", MaxTokens)
}

// MutateOperationContext measures the operation, fragments written out.
func (limits) MutateOperationContext(_ context.Context, o *graphql.OperationContext) *gqlerror.Error {
	m := measure{fragments: map[string]extent{}}
	e := m.selections(o.Operation.SelectionSet, 1)
	e.directives += len(o.Operation.Directives)
	switch {
	case e.depth > MaxDepth:
		return coded("DEPTH_LIMIT_EXCEEDED", "the document is %d levels deep: at most %d are allowed", e.depth, MaxDepth)
	case e.aliases > MaxAliases:
		return coded("ALIAS_LIMIT_EXCEEDED", "the document has more than %d aliases", MaxAliases)
	case e.directives > MaxDirectives:
		return coded("DIRECTIVE_LIMIT_EXCEEDED", "the document has more than %d directives", MaxDirectives)
	case e.fields > MaxFields:
		return coded("FIELD_LIMIT_EXCEEDED", "the document has more than %d fields", MaxFields)
	}
	return nil
}

// An extent is the size of a selection.
type extent struct{ depth, fields, aliases, directives int }

// huge is where counting stops: fragments that spread fragments grow
// exponentially.
const huge = 1 << 20

func (e *extent) add(f extent) {
	e.depth = max(e.depth, f.depth)
	e.fields = min(e.fields+f.fields, huge)
	e.aliases = min(e.aliases+f.aliases, huge)
	e.directives = min(e.directives+f.directives, huge)
}

// measure measures every fragment once. Validation has refused fragments that
// spread themselves.
type measure struct{ fragments map[string]extent }

func (m measure) selections(set ast.SelectionSet, alias int) extent {
	var e extent
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			e.add(m.field(s, alias))
		case *ast.InlineFragment:
			e.add(m.selections(s.SelectionSet, alias))
			e.add(extent{directives: len(s.Directives)})
		case *ast.FragmentSpread:
			e.add(m.fragment(s, alias))
			e.add(extent{directives: len(s.Directives)})
		}
	}
	return e
}

func (m measure) field(f *ast.Field, alias int) extent {
	introspection := f.Name == "__schema" || f.Name == "__type"
	if introspection {
		alias = introspectionAlias
	}
	e := m.selections(f.SelectionSet, alias)
	e.depth++
	if introspection {
		// Tools ask many levels of it; the parser's own rule bounds its lists.
		e.depth = 1
	}
	e.add(extent{fields: 1, directives: len(f.Directives)})
	if f.Alias != f.Name {
		e.add(extent{aliases: alias})
	}
	return e
}

func (m measure) fragment(s *ast.FragmentSpread, alias int) extent {
	if known, ok := m.fragments[s.Name]; ok {
		return known
	}
	if strings.HasPrefix(s.Definition.TypeCondition, "__") {
		alias = introspectionAlias
	}
	e := m.selections(s.Definition.SelectionSet, alias)
	e.add(extent{directives: len(s.Definition.Directives)})
	m.fragments[s.Name] = e
	return e
}

func coded(code, format string, args ...any) *gqlerror.Error {
	err := gqlerror.Errorf(format, args...)
	err.Extensions = map[string]any{"code": code}
	return err
}
