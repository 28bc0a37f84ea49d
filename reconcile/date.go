package reconcile

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Date is a calendar day without time or zone: a business date. The zero
// value is no date.
type Date struct {
	// days counts from 1970-01-01, which is 1; the day before is -1. That leaves 0
	// for no date and keeps the order.
	days int32
}

// DateOf returns the calendar day of an instant in a zone.
func DateOf(t time.Time, zone *time.Location) Date {
	y, m, d := t.In(zone).Date()
	return newDate(y, m, d)
}

func newDate(y int, m time.Month, d int) Date {
	return fromEpoch(int32(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)) // divides without rest
}

func fromEpoch(n int32) Date {
	if n >= 0 {
		n++
	}
	return Date{n}
}

// epoch returns the days since 1970-01-01.
func (d Date) epoch() int32 {
	if d.days > 0 {
		return d.days - 1
	}
	return d.days
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return newDate(t.Date()), nil
}

// DateFromDays makes a date of the number that Days returned.
func DateFromDays(n int32) Date {
	return Date{n}
}

// Days returns the date as a number that orders like the dates; 0 is no date.
// It is what the mirror stores.
func (d Date) Days() int32 { return d.days }

// IsZero reports whether there is no date.
func (d Date) IsZero() bool { return d.days == 0 }

// Time returns midnight UTC of the date.
func (d Date) Time() time.Time { return time.Unix(int64(d.epoch())*86400, 0).UTC() }

// String returns YYYY-MM-DD, or nothing for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format(time.DateOnly)
}

// Month returns YYYY-MM, or nothing for no date.
func (d Date) Month() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format("2006-01")
}

// monthNumber counts months from year 0; -1 for no date.
func (d Date) monthNumber() int {
	if d.IsZero() {
		return -1
	}
	y, m, _ := d.Time().Date()
	return 12*y + int(m) - 1
}

// Before reports whether d is earlier than e.
func (d Date) Before(e Date) bool { return d.days < e.days }

// Sub returns the number of days from e to d.
func (d Date) Sub(e Date) int { return int(d.epoch() - e.epoch()) }

// AddDays returns the date n days later.
func (d Date) AddDays(n int) Date { return fromEpoch(d.epoch() + int32(n)) }

// MarshalJSON writes "YYYY-MM-DD".
func (d Date) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }

// UnmarshalJSON reads "YYYY-MM-DD", or an empty string for no date.
func (d *Date) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == "" {
		*d = Date{}
		return nil
	}
	v, err := ParseDate(s)
	if err != nil {
		return err
	}
	*d = v
	return nil
}
