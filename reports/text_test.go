package reports

import (
	"strings"
	"testing"
	"unicode/utf16"
)

func TestClean(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"plain", "PROD-001", "PROD-001"},
		{"a formula stays what it is", "=1+1", "=1+1"},
		{"spaces stay", " a ", " a "},
		{"controls are shown", "a\tb\nc\rd\x00e\x7f", "a␉b␊c␍d␀e␡"},
		{"C1 controls are named", "a\u0085b", "a‹U+0085›b"},
		{"a turn of the reading order is shown", "100\u202e001", "100‹U+202E›001"},
		{"a zero-width blank is shown", "A\u200bB", "A‹U+200B›B"},
		{"emoji stay, joined ones too", "👩‍👩‍👧 🧾", "👩‍👩‍👧 🧾"},
		{"no character of XML", "a\uffffb", "a\ufffdb"},
		{"no UTF-8", "a\xffb", "a\ufffdb"},
	} {
		if got := clean(tt.in); got != tt.want {
			t.Errorf("%s: clean(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
}

func TestCleanCuts(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		cut      bool
	}{
		{"just fits", strings.Repeat("x", maxCell), false},
		{"one too long", strings.Repeat("x", maxCell+1), true},
		{"100 kB", strings.Repeat("x", 100_000), true},
		{"two bytes each, fits", strings.Repeat("é", maxCell), false},
		{"two units each", strings.Repeat("🧾", maxCell/2+1), true},
		{"two units each, fits", strings.Repeat("🧾", maxCell/2), false},
	} {
		got := clean(tt.in)
		if units := len(utf16.Encode([]rune(got))); units > maxCell {
			t.Errorf("%s: %d units", tt.name, units)
		}
		if marked := strings.HasSuffix(got, "…"); marked != tt.cut {
			t.Errorf("%s: marked as cut: %t, want %t", tt.name, marked, tt.cut)
		}
		if body := strings.TrimSuffix(got, "…"); !strings.HasPrefix(tt.in, body) || (tt.cut && len([]rune(body)) < maxCell/2-1) {
			t.Errorf("%s: not a long beginning of the text", tt.name)
		}
	}
}
