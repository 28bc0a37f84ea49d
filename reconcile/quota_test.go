package reconcile

import (
	"testing"
	"time"
)

// A month ends in UTC, wherever one asks.
func TestQuotaMonth(t *testing.T) {
	east := time.FixedZone("east", 2*60*60)
	for _, tt := range []struct {
		at          time.Time
		month, next string
	}{
		{time.Date(2026, 12, 31, 23, 59, 59, 0, time.UTC), "2026-12", "2027-01-01T00:00:00Z"},
		{time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), "2027-01", "2027-02-01T00:00:00Z"},
		{time.Date(2027, 1, 1, 1, 59, 0, 0, east), "2026-12", "2027-01-01T00:00:00Z"},
	} {
		if month, next := QuotaMonth(tt.at); month != tt.month || next.Format(time.RFC3339) != tt.next {
			t.Errorf("%s: %s until %s, want %s until %s", tt.at, month, next, tt.month, tt.next)
		}
	}
}
