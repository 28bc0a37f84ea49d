package quickbookssim

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// tokenKind is a kind of token, named as the server's parser prints it:
// <IDENTIFIER>, "maxresults", <AND>.
type tokenKind string

const (
	tokenEOF        tokenKind = "<EOF>"
	tokenIdentifier tokenKind = "<IDENTIFIER>"
	tokenQuoted     tokenKind = "<QUOTED_STRING>"
	tokenNumber     tokenKind = "<NUMBER>"
	tokenAnd        tokenKind = "<AND>"
	tokenOr         tokenKind = "<OR>"
)

// keywords, by their lower-case form. The names that the messages give to
// <AND>, <OR>, iterator, maxresults, order, orderby and startposition are the
// server's; the others follow their pattern.
var keywords = makeKeywords("select count from where in like order orderby by asc desc startposition maxresults iterator true false")

func makeKeywords(words string) map[string]tokenKind {
	kinds := map[string]tokenKind{"and": tokenAnd, "or": tokenOr}
	for _, word := range strings.Fields(words) {
		kinds[word] = keyword(word)
	}
	return kinds
}

func keyword(word string) tokenKind { return tokenKind(`"` + word + `"`) }

// A token is one word of a statement and where it begins.
type token struct {
	kind         tokenKind
	image        string // as written
	text         string // of a quoted string: its content
	line, column int
}

// A lexer hands out the tokens of a statement one by one, as the server's
// does: what comes after a syntax error is never looked at, so that an
// apostrophe too many is reported where the parser stumbles.
type lexer struct {
	rest         string
	line, column int // of the first rune of rest
	last         struct{ line, column int }
}

func newLexer(statement string) *lexer {
	return &lexer{rest: statement, line: 1, column: 1}
}

// next returns the next token, and tokenEOF ever after the last one.
func (l *lexer) next() (token, error) {
	for l.rest != "" && strings.ContainsRune(" \t\r\n", rune(l.rest[0])) {
		l.take(1)
	}
	t := token{line: l.line, column: l.column}
	if l.rest == "" {
		t.kind, t.line, t.column = tokenEOF, l.last.line, l.last.column
		return t, nil
	}
	switch c := l.rest[0]; {
	case c == '\'':
		return l.quoted(t)
	case isLetter(c):
		t.image = l.take(run(l.rest, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' }))
		t.kind = tokenIdentifier
		if k, ok := keywords[strings.ToLower(t.image)]; ok {
			t.kind = k
		}
		return t, nil
	case isDigit(c):
		t.image = l.take(run(l.rest, func(c byte) bool { return isDigit(c) || c == '.' }))
		t.kind = tokenNumber
		return t, nil
	}
	for _, mark := range []string{"<=", ">=", "<", ">", "=", ",", "(", ")", "*"} {
		if strings.HasPrefix(l.rest, mark) {
			t.image, t.kind = l.take(len(mark)), keyword(mark)
			return t, nil
		}
	}
	return t, l.lexicalError("")
}

// quoted reads a string: a backslash takes the next rune as it is.
func (l *lexer) quoted(t token) (token, error) {
	var content strings.Builder
	image := l.take(1)
	for l.rest != "" {
		_, size := utf8.DecodeRuneInString(l.rest)
		char := l.take(size)
		image += char
		switch {
		case char == "'":
			t.kind, t.image, t.text = tokenQuoted, image, content.String()
			return t, nil
		case char == `\` && l.rest != "":
			_, size := utf8.DecodeRuneInString(l.rest)
			char = l.take(size)
			image += char
		}
		content.WriteString(char)
	}
	return t, l.lexicalError(image)
}

// take moves past n bytes and returns them.
func (l *lexer) take(n int) string {
	taken := l.rest[:n]
	l.rest = l.rest[n:]
	for _, r := range taken {
		l.last.line, l.last.column = l.line, l.column
		l.column++
		if r == '\n' {
			l.line, l.column = l.line+1, 1
		}
	}
	return taken
}

// lexicalError is worded as in
// github.com/pbrink231/quickbooks-node-promise/issues/1.
func (l *lexer) lexicalError(after string) error {
	encountered := "<EOF>"
	if r, _ := utf8.DecodeRuneInString(l.rest); l.rest != "" {
		image := string(r)
		if r > '~' {
			image = fmt.Sprintf(`\u%04x`, r)
		}
		encountered = fmt.Sprintf(`"%s" (%d),`, image, r)
	}
	return unparsable(fmt.Sprintf(`Invalid content. Lexical error at line %d, column %d.  Encountered: %s after : "%s"`,
		l.line, l.column, encountered, after))
}

// latin1 is the error at the first character beyond Latin-1, nil for none. Such a
// lexer knows nothing else, wherever it stands.
func latin1(statement string) error {
	at := strings.IndexFunc(statement, func(r rune) bool { return r > '\u00ff' })
	if at < 0 {
		return nil
	}
	l := newLexer(statement)
	before := l.take(at)
	quote := max(strings.LastIndexByte(before, '\''), 0)
	return l.lexicalError(before[quote:])
}

func run(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}
