package wire

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// A Period is a length of time in calendar units and clock time, as ISO 8601
// writes it: P1M is a month, however long that month is.
type Period struct {
	years, months, days int
	clock               time.Duration
}

var periodForm = regexp.MustCompile(`^([+-]?)P(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?$`)

// ParsePeriod reads an ISO 8601 duration without fractions, such as -P7D.
func ParsePeriod(text string) (Period, error) {
	parts := periodForm.FindStringSubmatch(text)
	if parts == nil || text[len(text)-1] == 'P' || text[len(text)-1] == 'T' {
		return Period{}, fmt.Errorf("duration %.40q: want ISO 8601, such as -P7D", text)
	}
	var n [7]int
	for i, digits := range parts[2:] {
		if digits == "" {
			continue
		}
		v, err := strconv.Atoi(digits)
		if err != nil {
			return Period{}, fmt.Errorf("duration %.40q: %w", text, err)
		}
		if parts[1] == "-" {
			v = -v
		}
		n[i] = v
	}
	clock := time.Duration(n[4])*time.Hour + time.Duration(n[5])*time.Minute + time.Duration(n[6])*time.Second
	return Period{years: n[0], months: n[1], days: 7*n[2] + n[3], clock: clock}, nil
}

// From returns the instant that lies the period after t.
func (p Period) From(t time.Time) time.Time {
	return t.AddDate(p.years, p.months, p.days).Add(p.clock)
}
