package reconcile

import (
	"fmt"
	"time"
)

// A Schedule is a standing order to run, once a business date.
type Schedule struct {
	Name    string `json:"name"`
	At      string `json:"at"` // HH:MM, wall clock of the workspace's zone
	Enabled bool   `json:"enabled"`
	// Since is when the schedule was set up; dates due earlier are not caught up.
	Since time.Time `json:"since,omitzero"`
}

// Nightly is the schedule that every workspace starts with.
var Nightly = Schedule{Name: "nightly", At: "02:00", Enabled: true}

// Due returns the instant at which a schedule is due on a date in a zone. A
// skipped wall-clock time is due at the first instant after the gap, a doubled
// one at its first occurrence.
func (s Schedule) Due(date Date, zone *time.Location) (time.Time, error) {
	at, err := time.Parse("15:04", s.At)
	if err != nil {
		return time.Time{}, fmt.Errorf("schedule %s: time %q: want HH:MM", s.Name, s.At)
	}
	d := date.Time()
	return firstInstant(d.Year(), d.Month(), d.Day(), at.Hour(), at.Minute(), zone), nil
}

// firstInstant resolves a wall-clock time. It searches the instants around it,
// because time.Date chooses freely within gaps and folds: the first instant
// whose wall clock is at or past the wanted one.
func firstInstant(year int, month time.Month, day, hour, minute int, zone *time.Location) time.Time {
	want := time.Date(year, month, day, hour, minute, 0, 0, time.UTC)
	low, high := want.Add(-16*time.Hour), want.Add(16*time.Hour) // offsets lie within ±15 h
	for t := low; t.Before(high); t = t.Add(15 * time.Minute) {
		if wall(t, zone).Before(want) {
			continue
		}
		for back := t.Add(-time.Minute); !wall(back, zone).Before(want); back = back.Add(-time.Minute) {
			t = back
		}
		return t.Truncate(time.Minute)
	}
	return want
}

// wall returns what the clock on the wall shows, as if it were UTC.
func wall(t time.Time, zone *time.Location) time.Time {
	_, offset := t.In(zone).Zone()
	return t.Add(time.Duration(offset) * time.Second)
}

// LatestDue returns the newest date that a schedule is due on at an instant, and
// when it was due.
func (s Schedule) LatestDue(now time.Time, zone *time.Location) (Date, time.Time, error) {
	date := DateOf(now, zone)
	for range 3 {
		due, err := s.Due(date, zone)
		if err != nil {
			return Date{}, time.Time{}, err
		}
		if !due.After(now) {
			return date, due, nil
		}
		date = date.AddDays(-1)
	}
	return Date{}, time.Time{}, fmt.Errorf("schedule %s: no date due at %s", s.Name, now)
}
