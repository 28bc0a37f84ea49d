package sandbox

import (
	"time"
	_ "time/tzdata" // the portal's zone must not depend on the machine
)

// A day is a date without a zone: days since 1970-01-01.
type day int

func dayOf(t time.Time) day {
	y, m, d := t.Date()
	return day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func (d day) String() string { return d.midnight().Format(time.DateOnly) }

// midnight is the day's first instant in UTC.
func (d day) midnight() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// in is the instant at which clocks in zone show the given time of the day.
func (d day) in(zone *time.Location, hour, minute, second int) time.Time {
	y, m, dd := d.midnight().Date()
	return time.Date(y, m, dd, hour, minute, second, 0, zone).UTC()
}

// instant writes a time as HubSpot does.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
