package reconcile

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// A Schedule is a standing order to run, once a business date.
type Schedule struct {
	Name    string `json:"name"`
	At      string `json:"at"` // HH:MM, wall clock of the workspace's zone
	Enabled bool   `json:"enabled"`
	// Since is when the schedule was set up as it is, or begun; dates due earlier are
	// neither caught up nor missed. It is zero for the one that a workspace gets by
	// itself until a server looks at it for the first time: before, nobody was to keep it.
	Since time.Time `json:"since,omitzero"`
}

// Nightly is the schedule that every workspace starts with.
var Nightly = Schedule{Name: "nightly", At: "02:00", Enabled: true}

// scheduleName is what a schedule may be called: its name is part of the identity
// of findings and stands in command lines.
var scheduleName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,39}$`)

// CheckName refuses a name that a schedule cannot have.
func (s Schedule) CheckName() error {
	if !scheduleName.MatchString(s.Name) {
		return fmt.Errorf("schedule name %q: want 1 to 40 of a-z, 0-9, - and _, the first a letter or digit", s.Name)
	}
	return nil
}

// CheckTime refuses a time that is none.
func (s Schedule) CheckTime() error {
	_, err := s.clock()
	return err
}

// Check tells every fault of a schedule.
func (s Schedule) Check() error { return errors.Join(s.CheckName(), s.CheckTime()) }

// clock returns how long after midnight the schedule's time is.
func (s Schedule) clock() (time.Duration, error) {
	at, err := time.Parse("15:04", s.At)
	if err != nil || len(s.At) != len("15:04") { // Parse takes 2:30 as well
		return 0, fmt.Errorf("schedule %s: time %q: want HH:MM", s.Name, s.At)
	}
	return time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute, nil
}

// InPlaceOf returns the schedule as it is stored in place of another, whose zero
// value stands for none. Saved as it was it stays set up since then; with another
// time, or enabled again, it is set up anew: nobody wants the dates between.
func (s Schedule) InPlaceOf(before Schedule, now time.Time) Schedule {
	s.Since = before.Since
	if before.Name == "" || before.At != s.At || (s.Enabled && !before.Enabled) {
		s.Since = now
	}
	return s
}

// Due returns the instant at which a schedule is due on a date in a zone. A
// skipped wall-clock time is due at the first instant after the gap, a doubled
// one at its first occurrence. A date that a zone skips as a whole is due at the
// first instant after it, like any skipped time; at 00:00 that is when the date
// after it is due as well.
func (s Schedule) Due(date Date, zone *time.Location) (time.Time, error) {
	clock, err := s.clock()
	if err != nil {
		return time.Time{}, err
	}
	return firstInstant(date.Time().Add(clock), zone), nil
}

// firstInstant returns the first instant at which the clock on a zone's wall shows
// a time, given as if it were UTC, or a later one. time.Date would choose freely
// within gaps and folds. It goes from one change of the zone's offset to the next:
// between two the wall runs evenly.
func firstInstant(want time.Time, zone *time.Location) time.Time {
	for t := want.Add(-16 * time.Hour).In(zone); ; { // offsets lie within ±15 h
		_, offset := t.Zone()
		first := want.Add(-time.Duration(offset) * time.Second)
		if first.Before(t) {
			first = t.UTC() // the clock jumped over it
		}
		_, end := t.ZoneBounds()
		if !end.IsZero() && !end.After(t) {
			// Where a zone goes by a rule every year, Go takes a year for 365 days: on
			// the last of a leap year the end lies behind (tzset in time/zoneinfo.go).
			// The wall runs evenly until the year is over.
			end = t.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour).In(zone)
		}
		if end.IsZero() || first.Before(end) {
			return first
		}
		t = end
	}
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

// NextDue returns the first instant after another at which a schedule is due.
func (s Schedule) NextDue(now time.Time, zone *time.Location) (time.Time, error) {
	date, due, err := s.LatestDue(now, zone)
	for err == nil && !due.After(now) {
		date = date.AddDays(1)
		due, err = s.Due(date, zone)
	}
	return due, err
}

// A DateState says what became of a schedule on a business date.
type DateState string

// The states of a date.
const (
	DateRan    DateState = "RAN"    // a run was started
	DateMissed DateState = "MISSED" // nobody was there to start one
)

// A ScheduleDate is what became of a schedule on one business date. There is at
// most one per date, whoever ticks.
type ScheduleDate struct {
	Schedule string    `json:"schedule"`
	Date     Date      `json:"date"`
	State    DateState `json:"state"`
	Run      RunID     `json:"run,omitempty"` // 0 for a missed date
	// RunState is where the run stands; empty for a missed date.
	RunState RunState  `json:"runState,omitempty"`
	At       time.Time `json:"at,omitzero"` // when it was written down
}

// A ScheduleHistory is a schedule with what became of it.
type ScheduleHistory struct {
	Schedule
	Dates []ScheduleDate `json:"dates"` // newest first
}

// Missing returns the dates that a schedule has missed when it is due on a date:
// those after the newest one that is written down, or since it was set up.
func (h *ScheduleHistory) Missing(date Date, zone *time.Location) ([]Date, error) {
	var missing []Date
	next := DateOf(h.Since, zone).AddDays(-1)
	switch {
	case len(h.Dates) > 0:
		next = h.Dates[0].Date.AddDays(1)
	case h.Since.IsZero():
		return nil, nil
	}
	for ; next.Before(date); next = next.AddDays(1) {
		due, err := h.Due(next, zone)
		if err != nil {
			return nil, err
		}
		if !due.Before(h.Since) {
			missing = append(missing, next)
		}
	}
	return missing, nil
}

// Untold returns the missed dates that a run has to tell, newest first. A missed
// date is told until a complete run of its schedule on its own date, not one that
// catches up, shows that the schedule is kept again; or until the schedule is
// disabled or set up anew. The run at work counts as complete: if it ends otherwise
// it resolves nothing.
func (h *ScheduleHistory) Untold(run RunID, zone *time.Location) []ScheduleDate {
	if !h.Enabled {
		return nil
	}
	var untold []ScheduleDate
	for n, d := range h.Dates {
		due, err := h.Due(d.Date, zone)
		kept := d.State == DateRan && (d.RunState == RunComplete || d.Run == run) && !h.catchesUp(n)
		if err != nil || kept || due.Before(h.Since) { // without a time it is never due
			break
		}
		if d.State == DateMissed {
			untold = append(untold, d)
		}
	}
	return untold
}

// catchesUp reports whether the run of the n-th date came after a missed one.
func (h *ScheduleHistory) catchesUp(n int) bool {
	return n+1 < len(h.Dates) && h.Dates[n+1].State == DateMissed
}
