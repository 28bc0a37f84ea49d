package reconcile

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t failer, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Errorf("%v", err)
	}
	return z
}

func TestDateOf(t *testing.T) {
	at := time.Date(2026, 3, 1, 4, 30, 0, 0, time.UTC)
	for name, want := range map[string]string{"UTC": "2026-03-01", "America/New_York": "2026-02-28", "Pacific/Auckland": "2026-03-01", "Asia/Kolkata": "2026-03-01", "Pacific/Honolulu": "2026-02-28"} {
		if got := DateOf(at, zone(t, name)); got.String() != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	if got := DateOf(time.Unix(0, 0), zone(t, "America/New_York")); got.IsZero() || got.String() != "1969-12-31" {
		t.Errorf("the epoch in New York is %q, want 1969-12-31", got)
	}
}

func TestParseDate(t *testing.T) {
	for _, s := range []string{"2026-10-05", "1969-12-30", "1969-12-31", "1970-01-01", "1970-01-02", "2024-02-29", "0001-01-01", "9999-12-31"} {
		d, err := ParseDate(s)
		if err != nil || d.String() != s || d.IsZero() || DateFromDays(d.Days()) != d || d.Month() != s[:7] {
			t.Errorf("%s: %q, %d days, %v", s, d, d.Days(), err)
		}
	}
	for _, s := range []string{"", "2026-13-01", "2026-02-29", "2026-1-1", "20261005", " 2026-10-05", "2026-10-05T00:00:00Z", "05.10.2026"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("%q is %s, want an error", s, d)
		}
	}
	if none := (Date{}); none.String() != "" || none.Month() != "" || !none.IsZero() || none.Days() != 0 {
		t.Error("no date prints something")
	}
}

// TestDateArithmetic checks days against the calendar, around the epoch too.
func TestDateArithmetic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		base := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
		a := rapid.IntRange(-30000, 30000).Draw(t, "a")
		n := rapid.IntRange(-800, 800).Draw(t, "n")
		first, second := base.AddDate(0, 0, a), base.AddDate(0, 0, a+n)
		d, e := DateOf(first, time.UTC), DateOf(second, time.UTC)
		switch {
		case d.AddDays(n) != e:
			t.Fatalf("%s and %d days are %s, want %s", d, n, d.AddDays(n), e)
		case e.Sub(d) != n:
			t.Fatalf("%s to %s are %d days, want %d", d, e, e.Sub(d), n)
		case d.Before(e) != (n > 0) || (d.Days() < e.Days()) != (n > 0):
			t.Fatalf("%s before %s: %t", d, e, d.Before(e))
		case !d.Time().Equal(first) || d.IsZero():
			t.Fatalf("%s is at %s, want %s", d, d.Time(), first)
		}
	})
}

func TestNearInTime(t *testing.T) {
	for other, want := range map[string]bool{"2026-10-01": true, "2026-10-08": true, "2026-09-24": true, "2026-10-09": false, "2026-09-23": false} {
		if got := NearInTime(date("2026-10-01"), date(other)); got != want {
			t.Errorf("%s: %t, want %t", other, got, want)
		}
	}
}

func TestDateJSON(t *testing.T) {
	var in struct{ A, B Date }
	if err := json.Unmarshal([]byte(`{"A":"2026-10-05","B":""}`), &in); err != nil || in.A != date("2026-10-05") || !in.B.IsZero() {
		t.Errorf("%+v, %v", in, err)
	}
	out, err := json.Marshal(in)
	if err != nil || string(out) != `{"A":"2026-10-05","B":""}` {
		t.Errorf("%s, %v", out, err)
	}
	for _, bad := range []string{`5`, `"yesterday"`} {
		if err := json.Unmarshal([]byte(bad), &in.A); err == nil {
			t.Errorf("%s is a date", bad)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"2026-10-05", "1969-12-31", "0000-01-01", "2026-02-30", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDate(s)
		if err != nil {
			if !d.IsZero() {
				t.Errorf("%q is an error and %s", s, d)
			}
			return
		}
		if d.IsZero() || d.String() != s {
			t.Errorf("%q became %q", s, d)
		}
	})
}
