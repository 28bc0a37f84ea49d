package reports

import (
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
)

func TestMoneyCell(t *testing.T) {
	for _, tt := range []struct {
		in     reconcile.Money
		kind   cellKind
		text   string
		number float64
		look   look
	}{
		{reconcile.Money{Minor: 1250, Currency: "USD"}, numberCell, "12.50", 12.5, lookNumber + 2},
		{reconcile.Money{Minor: -1, Currency: "USD"}, numberCell, "-0.01", -0.01, lookNumber + 2},
		{reconcile.Money{Minor: 1250, Currency: "JPY"}, numberCell, "1250", 1250, lookNumber},
		{reconcile.Money{Minor: 1250, Currency: "KWD"}, numberCell, "1.250", 1.25, lookNumber + 3},
		{reconcile.Money{Minor: 999_999_999_999_999, Currency: "USD"}, numberCell, "9999999999999.99", 9999999999999.99, lookNumber + 2},
		{reconcile.Money{Minor: 1_000_000_000_000_001, Currency: "USD"}, textCell, "10000000000000.01", 0, lookTextRight},
	} {
		got := money(tt.in)
		if got.kind != tt.kind || got.text != tt.text || got.number != tt.number || got.look != tt.look {
			t.Errorf("money(%v) = %+v", tt.in, got)
		}
	}
}

func TestExactRefusesWhatIsNoDecimal(t *testing.T) {
	for _, s := range []string{"", "-", ".", "1.", ".5", "1e5", "0x10", "+1", "1,234.5", "NaN", "Inf", "=1+1", " 1", "2 × 10.00", "1_000"} {
		if got := exact(s); got.kind != textCell || got.text != s {
			t.Errorf("exact(%q) = %+v, want the same text", s, got)
		}
	}
}

func TestDifference(t *testing.T) {
	for _, tt := range []struct{ a, b, want string }{
		{"1204.50", "1199.00", "5.50"},
		{"12.34", "12.3456700", "-0.0056700"},
		{"0.1", "0.3", "-0.2"},
		{"10.125", "-0.125", "10.250"},
		{"3", "2.5", "0.5"},
		{"9007199254740993", "9007199254740992", "1"},
		{"12.50", "", ""},
		{"paid", "open", ""},
	} {
		if got := difference(tt.a, tt.b); got.text != tt.want {
			t.Errorf("difference(%q, %q) = %q, want %q", tt.a, tt.b, got.text, tt.want)
		}
	}
}

// TestStamp: a stamp shows the clocks of the zone, in summer and in winter.
func TestStamp(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want float64 // Excel's day number; 2026-01-01 is 46023
	}{
		{time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC), 46023 + 13.0/24},
		{time.Date(2026, 7, 1, 22, 0, 0, 0, time.UTC), 46023 + 182}, // midnight in Berlin: the next day
	} {
		if got := stamp(tt.at, berlin); got.kind != numberCell || got.number != tt.want {
			t.Errorf("stamp(%s) = %+v, want %v", tt.at, got, tt.want)
		}
	}
	if got := stamp(time.Time{}, berlin); got.kind != emptyCell {
		t.Errorf("no instant: %+v", got)
	}
	if got := day(mustDate("1899-12-31")); got.kind != textCell || got.text != "1899-12-31" {
		t.Errorf("a day that readers show differently: %+v", got)
	}
}
