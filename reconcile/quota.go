package reconcile

import "time"

// QuotaMonth returns the month, such as 2026-11, whose quota a request at an instant
// counts against, and when the next one begins. Months are of UTC.
func QuotaMonth(at time.Time) (month string, next time.Time) {
	at = at.UTC()
	return at.Format("2006-01"), time.Date(at.Year(), at.Month()+1, 1, 0, 0, 0, 0, time.UTC)
}
