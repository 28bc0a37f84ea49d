package reconcile

import (
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // on machines without a zone database too

	"pgregory.net/rapid"
)

func TestDue(t *testing.T) {
	for _, tt := range []struct{ name, zone, at, date, want string }{
		{"plain", "UTC", "02:00", "2026-10-05", "2026-10-05T02:00:00Z"},
		{"east", "Asia/Tokyo", "02:00", "2026-10-05", "2026-10-04T17:00:00Z"},
		{"half an hour", "Asia/Kolkata", "02:00", "2026-10-05", "2026-10-04T20:30:00Z"},
		{"three quarters", "Asia/Kathmandu", "02:00", "2026-10-05", "2026-10-04T20:15:00Z"},
		{"far east", "Pacific/Kiritimati", "02:00", "2026-10-05", "2026-10-04T12:00:00Z"},
		{"far west", "Pacific/Pago_Pago", "23:59", "2026-10-05", "2026-10-06T10:59:00Z"},
		{"gap", "Europe/Berlin", "02:30", "2026-03-29", "2026-03-29T01:00:00Z"},
		{"start of the gap", "Europe/Berlin", "02:00", "2026-03-29", "2026-03-29T01:00:00Z"},
		{"end of the gap", "Europe/Berlin", "03:00", "2026-03-29", "2026-03-29T01:00:00Z"},
		{"off the quarter in the gap", "Europe/Berlin", "02:20", "2026-03-29", "2026-03-29T01:00:00Z"},
		{"before the gap", "Europe/Berlin", "01:59", "2026-03-29", "2026-03-29T00:59:00Z"},
		{"fold, first of two", "Europe/Berlin", "02:30", "2026-10-25", "2026-10-25T00:30:00Z"},
		{"end of the fold", "Europe/Berlin", "03:00", "2026-10-25", "2026-10-25T02:00:00Z"},
		{"fold in New York", "America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30:00Z"},
		{"last minute before the fold", "America/New_York", "01:59", "2026-11-01", "2026-11-01T05:59:00Z"},
		{"gap at midnight", "America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T03:00:00Z"},
		{"amid a gap at midnight", "America/Sao_Paulo", "00:30", "2018-11-04", "2018-11-04T03:00:00Z"},
		{"after a gap at midnight", "America/Sao_Paulo", "02:00", "2018-11-04", "2018-11-04T04:00:00Z"},
		{"fold at midnight", "America/Sao_Paulo", "23:30", "2018-02-17", "2018-02-18T01:30:00Z"},
		{"gap at midnight in Cairo", "Africa/Cairo", "00:15", "2024-04-26", "2024-04-25T22:00:00Z"},
		{"gap of half an hour", "Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:30:00Z"},
		{"fold of half an hour", "Australia/Lord_Howe", "01:45", "2026-04-05", "2026-04-04T14:45:00Z"},
		{"a day that never was", "Pacific/Apia", "02:00", "2011-12-30", "2011-12-30T10:00:00Z"},
	} {
		s := Schedule{Name: "nightly", At: tt.at}
		got, err := s.Due(date(tt.date), zone(t, tt.zone))
		if err != nil || got.UTC().Format(time.RFC3339) != tt.want {
			t.Errorf("%s: %s %s in %s is %s, %v; want %s", tt.name, tt.date, tt.at, tt.zone, got.UTC().Format(time.RFC3339), err, tt.want)
		}
	}
	for _, at := range []string{"", "24:00", "2 o'clock", "02:60", "02:00:00", "2:30", "02:5"} {
		if _, err := (Schedule{At: at}).Due(date("2026-10-05"), time.UTC); err == nil {
			t.Errorf("%q is a time", at)
		}
		if _, _, err := (Schedule{At: at}).LatestDue(asOf, time.UTC); err == nil {
			t.Errorf("%q is a time", at)
		}
	}
}

// TestDueIsTheFirstInstant checks the definition minute by minute: at the instant
// the wall shows the wanted time or later, and never did before.
func TestDueIsTheFirstInstant(t *testing.T) {
	zones := []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "Asia/Beirut", "America/Havana", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		z := zone(t, few(t, "zone", zones...))
		day := date("2005-01-01").AddDays(rapid.IntRange(0, 8000).Draw(t, "day"))
		minute := rapid.IntRange(0, 24*60-1).Draw(t, "minute")
		want := day.Time().Add(time.Duration(minute) * time.Minute)
		due, err := Schedule{At: want.Format("15:04")}.Due(day, z)
		if err != nil {
			t.Fatal(err)
		}
		first := time.Time{}
		for at := want.Add(-16 * time.Hour); first.IsZero(); at = at.Add(time.Minute) {
			local := at.In(z)
			shown := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), 0, 0, time.UTC)
			if !shown.Before(want) {
				first = at
			}
		}
		if !due.Equal(first) {
			t.Fatalf("%s %s in %s is due at %s, want %s", day, want.Format("15:04"), z, due.UTC(), first.UTC())
		}
	})
}

func TestLatestDue(t *testing.T) {
	for _, tt := range []struct{ zone, at, now, want string }{
		{"UTC", "02:00", "2026-10-05T01:59:59Z", "2026-10-04"},
		{"UTC", "02:00", "2026-10-05T02:00:00Z", "2026-10-05"},
		{"Asia/Tokyo", "02:00", "2026-10-04T17:00:00Z", "2026-10-05"},
		{"America/New_York", "02:00", "2026-10-05T05:59:00Z", "2026-10-04"},
		{"America/Sao_Paulo", "00:30", "2018-11-04T02:59:00Z", "2018-11-03"},
		{"America/Sao_Paulo", "00:30", "2018-11-04T03:00:00Z", "2018-11-04"},
		{"Africa/Cairo", "00:00", "2024-04-25T21:59:59Z", "2024-04-25"},
		{"Africa/Cairo", "00:00", "2024-04-25T22:00:00Z", "2024-04-26"},
		{"Europe/Berlin", "02:30", "2026-10-25T00:30:00Z", "2026-10-25"}, // once, not at the second 02:30 again
		{"Europe/Berlin", "02:30", "2026-10-25T01:30:00Z", "2026-10-25"},
		{"Pacific/Apia", "02:00", "2011-12-30T09:59:00Z", "2011-12-29"},
		{"Pacific/Apia", "02:00", "2011-12-30T11:00:00Z", "2011-12-30"},
		{"Pacific/Apia", "02:00", "2011-12-30T12:00:00Z", "2011-12-31"},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		z := zone(t, tt.zone)
		s := Schedule{Name: "nightly", At: tt.at}
		got, due, err := s.LatestDue(now, z)
		if err != nil || got.String() != tt.want || due.After(now) {
			t.Errorf("%s at %s in %s: %s at %s, %v; want %s", tt.at, tt.now, tt.zone, got, due.UTC(), err, tt.want)
		}
		if again, err := s.Due(got, z); err != nil || !again.Equal(due) {
			t.Errorf("due at %s and at %s, %v", due, again, err)
		}
	}
}

func TestNextDue(t *testing.T) {
	for _, tt := range []struct{ zone, at, now, want string }{
		{"UTC", "02:00", "2026-10-05T01:59:59Z", "2026-10-05T02:00:00Z"},
		{"UTC", "02:00", "2026-10-05T02:00:00Z", "2026-10-06T02:00:00Z"},
		{"Pacific/Kiritimati", "23:59", "2026-10-05T12:00:00Z", "2026-10-06T09:59:00Z"},
		{"America/New_York", "02:30", "2026-03-08T06:59:59Z", "2026-03-08T07:00:00Z"},
		{"America/New_York", "02:30", "2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"},
		{"Africa/Cairo", "00:00", "2024-04-25T21:59:59Z", "2024-04-25T22:00:00Z"},
		{"Pacific/Apia", "00:00", "2011-12-30T09:59:00Z", "2011-12-30T10:00:00Z"},
		{"Pacific/Apia", "00:00", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"}, // the 30th and the 31st at once
	} {
		got, err := Schedule{At: tt.at}.NextDue(instant(tt.now), zone(t, tt.zone))
		if err != nil || !got.Equal(instant(tt.want)) {
			t.Errorf("%s at %s in %s: next at %s, %v; want %s", tt.at, tt.now, tt.zone, got, err, tt.want)
		}
	}
	if _, err := (Schedule{At: "25:00"}).NextDue(asOf, time.UTC); err == nil {
		t.Error("25:00 is due")
	}
}

func instant(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestScheduleCheck(t *testing.T) {
	for _, name := range []string{"", "Nightly", "a b", "-a", "a/b", "ä", strings.Repeat("a", 41)} {
		if (Schedule{Name: name, At: "02:00"}).Check() == nil {
			t.Errorf("%q is a name", name)
		}
	}
	for _, name := range []string{"nightly", "0", "month_end-2", strings.Repeat("a", 40)} {
		if err := (Schedule{Name: name, At: "23:59"}).Check(); err != nil {
			t.Error(err)
		}
	}
	if err := (Schedule{Name: "A", At: "2"}).Check(); err == nil || !strings.Contains(err.Error(), "name") || !strings.Contains(err.Error(), "HH:MM") {
		t.Errorf("both faults are %v", err)
	}
}

// TestInPlaceOf: saved as it was a schedule stays set up since then; changed or
// enabled again it is set up anew.
func TestInPlaceOf(t *testing.T) {
	before, now := Nightly, asOf
	before.Since = asOf.AddDate(0, 0, -9)
	off := before
	off.Enabled = false
	for _, tt := range []struct {
		name    string
		before  Schedule
		at      string
		enabled bool
		want    time.Time
	}{
		{"new", Schedule{}, "02:00", true, now},
		{"as it was", before, "02:00", true, before.Since},
		{"another time", before, "03:00", true, now},
		{"disabled", before, "02:00", false, before.Since},
		{"enabled again", off, "02:00", true, now},
		{"disabled still", off, "02:00", false, before.Since},
	} {
		s := Schedule{Name: "nightly", At: tt.at, Enabled: tt.enabled, Since: asOf.AddDate(1, 0, 0)}
		if got := s.InPlaceOf(tt.before, now); !got.Since.Equal(tt.want) || got.At != tt.at || got.Enabled != tt.enabled {
			t.Errorf("%s: %+v, want it set up %s", tt.name, got, tt.want)
		}
	}
}

func TestMissing(t *testing.T) {
	newest := func(s string) []ScheduleDate { return []ScheduleDate{{Date: date(s), State: DateRan}} }
	for _, tt := range []struct {
		name, since, zone string
		dates             []ScheduleDate
		want              string
	}{
		{"the date before ran", "2026-09-01T09:00:00Z", "UTC", newest("2026-10-09"), ""},
		{"two nights", "2026-09-01T09:00:00Z", "UTC", newest("2026-10-07"), "2026-10-08 2026-10-09"},
		{"it ran already", "2026-09-01T09:00:00Z", "UTC", newest("2026-10-10"), ""},
		{"never ran, set up before the time", "2026-10-08T01:59:00Z", "UTC", nil, "2026-10-08 2026-10-09"},
		{"never ran, set up after the time", "2026-10-08T02:01:00Z", "UTC", nil, "2026-10-09"},
		{"set up anew after older dates", "2026-10-09T01:00:00Z", "UTC", newest("2026-09-01"), "2026-10-09"},
		{"set up on the evening before, by the zone", "2026-10-07T16:59:00Z", "Asia/Tokyo", nil, "2026-10-08 2026-10-09"},
		{"never ran, and nobody knows since when", "", "UTC", nil, ""},
	} {
		h := ScheduleHistory{Schedule: Nightly, Dates: tt.dates}
		if tt.since != "" {
			h.Since = instant(tt.since)
		}
		missing, err := h.Missing(date("2026-10-10"), zone(t, tt.zone))
		got := strings.Trim(fmt.Sprint(missing), "[]")
		if err != nil || got != tt.want {
			t.Errorf("%s: missed %s, %v; want %s", tt.name, got, err, tt.want)
		}
	}
	h := ScheduleHistory{Schedule: Schedule{At: "25:00"}, Dates: newest("2026-10-01")}
	if _, err := h.Missing(date("2026-10-10"), time.UTC); err == nil {
		t.Error("25:00 is due")
	}
}
