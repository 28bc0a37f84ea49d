package reconcile

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestNearKeys(t *testing.T) {
	for _, tt := range []struct {
		a, b      string
		near      bool
		spelled   string
		foldEqual bool
	}{
		{"PROD-001", "prod-001", true, "they differ in upper and lower case only", true},
		{"Straße", "STRASSE", true, "they differ in upper and lower case only", true},
		{"K", "\u212a", true, "they differ in upper and lower case only", true}, // Kelvin
		{"PROD-001 ", "PROD-001", true, "trailing blank", false},
		{"\tPROD-001", "PROD-001", true, "leading blank", false},
		{"PROD -001", "PROD-001", true, "blanks differ", false},
		{"PROD-001\u00a0", "prod-001", true, "trailing blank, and upper and lower case differ", false},
		{"PROD-001", "PROD\u2010001", false, "", false},
		{"PROD-001", "PR\u039fD-001", false, "", false},
		{"caf\u00e9", "cafe\u0301", false, "", false}, // composed and decomposed stay different
		{"I", "\u0131", false, "", false},             // Turkish dotless i
	} {
		if got := NearKey(tt.a) == NearKey(tt.b); got != tt.near {
			t.Errorf("%q and %q: near %t, want %t", tt.a, tt.b, got, tt.near)
		}
		if got := Fold(tt.a) == Fold(tt.b); got != tt.foldEqual {
			t.Errorf("%q and %q: equal when folded %t, want %t", tt.a, tt.b, got, tt.foldEqual)
		}
		if got := spellOut(tt.a, tt.b); tt.near && got != tt.spelled {
			t.Errorf("%q and %q: %q, want %q", tt.a, tt.b, got, tt.spelled)
		}
	}
}

func FuzzNearKey(f *testing.F) {
	for _, s := range []string{"PROD-001", " a\u00a0b ", "ẞ", "ΣΣ", "İ", "\u0345\u0399"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			return // vendors' answers are JSON, which holds valid text only
		}
		key := NearKey(s)
		if NearKey(key) != key {
			t.Errorf("%q has the key %q, which has the key %q", s, key, NearKey(key))
		}
		if strings.ContainsFunc(key, unicode.IsSpace) {
			t.Errorf("%q has the key %q with a blank", s, key)
		}
		if NearKey(" "+s+"\n") != key {
			t.Errorf("outer blanks count in %q", s)
		}
		if strings.ToUpper(s) == s && NearKey(strings.ToLower(s)) != key && isASCII(s) {
			t.Errorf("case counts in %q", s)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
