package connectortest

import (
	"strings"
	"testing"
	"unicode"
)

// CheckLine fails the test for a text that is not fit for a line of a log.
func CheckLine(t *testing.T, text string) {
	t.Helper()
	const most = 2000
	if strings.ContainsFunc(text, unicode.IsControl) || len(text) > most || strings.ToValidUTF8(text, "") != text {
		t.Fatalf("%d bytes: %q", len(text), text)
	}
}
