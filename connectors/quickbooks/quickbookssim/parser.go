package quickbookssim

import (
	"math"
	"strconv"
	"strings"
)

// A parser turns the tokens of one statement into a statement. Its methods
// are the rules of the grammar; a syntax error ends it.
type parser struct {
	lex         *lexer
	now         token
	bareNumbers bool
}

// parseStatement reads a whole query. Its errors are faults 4000.
func parseStatement(query string, bareNumbers bool) (*statement, error) {
	p := &parser{lex: newLexer(query), bareNumbers: bareNumbers}
	if err := p.advance(); err != nil {
		return nil, err
	}
	s := &statement{start: 1, limit: defaultMaxResults}
	for _, rule := range []func(*statement) error{p.selection, p.from, p.where, p.orderBy, p.paging} {
		if err := rule(s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) advance() error {
	t, err := p.lex.next()
	p.now = t
	return err
}

// accept takes a token if it is of the kind, and says whether it was.
func (p *parser) accept(k tokenKind) (bool, error) {
	if p.now.kind != k {
		return false, nil
	}
	return true, p.advance()
}

// expect takes a token that must be of the kind.
func (p *parser) expect(k tokenKind) error {
	if p.now.kind != k {
		return p.unexpected(k)
	}
	return p.advance()
}

// expectAll takes several tokens that must follow one another.
func (p *parser) expectAll(ks ...tokenKind) error {
	for _, k := range ks {
		if err := p.expect(k); err != nil {
			return err
		}
	}
	return nil
}

// identifier takes a name.
func (p *parser) identifier() (string, error) {
	name := p.now.image
	return name, p.expect(tokenIdentifier)
}

// unexpected is worded as in github.com/mcohen01/node-quickbooks/issues/56:
// the parser was made with JavaCC, whose messages have this form.
func (p *parser) unexpected(expected ...tokenKind) error {
	var b strings.Builder
	b.WriteString(`Encountered "`)
	if p.now.kind == tokenEOF {
		b.WriteString(string(tokenEOF))
	} else {
		b.WriteString(" " + string(p.now.kind) + ` "` + p.now.image + ` "`)
	}
	b.WriteString(`" at line ` + strconv.Itoa(p.now.line) + ", column " + strconv.Itoa(p.now.column) + ".\nWas expecting")
	if len(expected) > 1 {
		b.WriteString(" one of")
	}
	b.WriteString(":\n")
	for _, k := range expected {
		switch k {
		case p.now.kind:
			// OR and iterator: words of the grammar that nothing implements
		case tokenEOF:
			b.WriteString("    " + string(k) + " \n")
		default:
			b.WriteString("    " + string(k) + " ...\n")
		}
	}
	b.WriteString("    ")
	return unparsable(b.String())
}

func (p *parser) selection(s *statement) error {
	if err := p.expect(keyword("select")); err != nil {
		return err
	}
	if ok, err := p.accept(keyword("count")); ok || err != nil {
		s.count = true
		if err != nil {
			return err
		}
		return p.expectAll(keyword("("), keyword("*"), keyword(")"))
	}
	for {
		if err := p.field(s); err != nil {
			return err
		}
		if more, err := p.accept(keyword(",")); !more || err != nil {
			return err
		}
	}
}

func (p *parser) field(s *statement) error {
	if star, err := p.accept(keyword("*")); star || err != nil {
		s.star = true
		return err
	}
	if p.now.kind != tokenIdentifier {
		return p.unexpected(keyword("*"), keyword("count"), tokenIdentifier)
	}
	s.fields = append(s.fields, p.now.image)
	return p.advance()
}

func (p *parser) from(s *statement) (err error) {
	if err := p.expect(keyword("from")); err != nil {
		return err
	}
	s.entity, err = p.identifier()
	return err
}

func (p *parser) where(s *statement) error {
	more, err := p.accept(keyword("where"))
	for more && err == nil {
		if err = p.condition(s); err == nil {
			more, err = p.accept(tokenAnd)
		}
	}
	return err
}

func (p *parser) condition(s *statement) error {
	name, err := p.identifier()
	if err != nil {
		return err
	}
	c := condition{property: name, operator: p.now.kind}
	switch c.operator {
	case keyword("="), keyword("<"), keyword(">"), keyword("<="), keyword(">="), keyword("like"):
		err = p.advance()
	case keyword("in"):
		if err = p.advance(); err == nil {
			err = p.expect(keyword("("))
		}
	default:
		err = p.unexpected(keyword("<"), keyword("<="), keyword("="), keyword(">"), keyword(">="), keyword("in"), keyword("like"))
	}
	if err != nil {
		return err
	}
	if err := p.literals(&c); err != nil {
		return err
	}
	s.where = append(s.where, c)
	return nil
}

// literals takes the one literal of a comparison, or those of a list and the
// parenthesis that closes it.
func (p *parser) literals(c *condition) error {
	for {
		if err := p.literal(c); err != nil || c.operator != keyword("in") {
			return err
		}
		if more, err := p.accept(keyword(",")); err != nil {
			return err
		} else if !more {
			return p.expect(keyword(")"))
		}
	}
}

func (p *parser) literal(c *condition) error {
	l := literal{text: p.now.text, kind: p.now.kind}
	switch {
	case l.kind == tokenQuoted:
	case l.kind == keyword("true"), l.kind == keyword("false"), l.kind == tokenNumber && p.bareNumbers:
		l.text = strings.ToLower(p.now.image)
	default:
		return p.unexpected(keyword("false"), tokenQuoted, keyword("true"))
	}
	c.literals = append(c.literals, l)
	return p.advance()
}

func (p *parser) orderBy(s *statement) error {
	switch p.now.kind {
	case keyword("orderby"):
		if err := p.advance(); err != nil {
			return err
		}
	case keyword("order"):
		if err := p.expectAll(keyword("order"), keyword("by")); err != nil {
			return err
		}
	default:
		return nil
	}
	for {
		if err := p.orderTerm(s); err != nil {
			return err
		}
		if more, err := p.accept(keyword(",")); !more || err != nil {
			return err
		}
	}
}

func (p *parser) orderTerm(s *statement) error {
	name, err := p.identifier()
	if err != nil {
		return err
	}
	ascending, err := p.accept(keyword("asc"))
	descending := false
	if !ascending && err == nil {
		descending, err = p.accept(keyword("desc"))
	}
	s.orderBy = append(s.orderBy, orderTerm{name, descending})
	return err
}

// paging takes STARTPOSITION and MAXRESULTS, and then the end.
func (p *parser) paging(s *statement) error {
	for p.now.kind != tokenEOF {
		var into *int
		switch p.now.kind {
		case keyword("startposition"):
			into = &s.start
		case keyword("maxresults"):
			into = &s.limit
		default:
			return p.unexpected(p.continuations(s)...)
		}
		if err := p.advance(); err != nil {
			return err
		}
		if err := p.number(into); err != nil {
			return err
		}
	}
	return nil
}

// continuations lists what could have come where a statement goes wrong; the
// list after a condition is the recorded one.
func (p *parser) continuations(s *statement) []tokenKind {
	paging := []tokenKind{keyword("iterator"), keyword("maxresults")}
	switch {
	case len(s.orderBy) > 0:
		return append(append([]tokenKind{tokenEOF, keyword(",")}, paging...), keyword("startposition"))
	case len(s.where) > 0:
		return append(append([]tokenKind{tokenEOF, tokenAnd}, paging...), tokenOr, keyword("order"), keyword("orderby"), keyword("startposition"))
	}
	return append(append([]tokenKind{tokenEOF}, paging...), keyword("order"), keyword("orderby"), keyword("startposition"), keyword("where"))
}

func (p *parser) number(into *int) error {
	if p.now.kind != tokenNumber || strings.Contains(p.now.image, ".") {
		return p.unexpected(tokenNumber)
	}
	n, err := strconv.Atoi(p.now.image)
	if err != nil {
		n = math.MaxInt // more rows than there can be
	}
	*into = n
	return p.advance()
}
