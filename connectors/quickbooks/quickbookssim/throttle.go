package quickbookssim

import (
	"maps"
	"net/http"
	"sync"
	"time"
)

// The names of the limits, for Refused.
const (
	limitMinute   = "minute"
	limitSecond   = "second"
	limitInFlight = "in_flight"
	limitMonth    = "month"
)

// A rolling counts the requests of the last span.
type rolling struct {
	span time.Duration
	seen []time.Time // of the last span, oldest first
}

// count is how many requests there were in the span that ends at now. One that
// is a whole span old is outside.
func (r *rolling) count(now time.Time) int {
	for len(r.seen) > 0 && !r.seen[0].After(now.Add(-r.span)) {
		r.seen = r.seen[1:]
	}
	return len(r.seen)
}

// A throttle holds the limits of a company and what they turned away.
type throttle struct {
	mu        sync.Mutex
	minutes   map[string]*rolling // by realm
	seconds   map[string]*rolling // by realm and app
	inFlight  map[string]int      // by realm and app
	month     string
	reads     int // answered in the month
	turnedOff map[string]int
}

func newThrottle() *throttle {
	return &throttle{minutes: map[string]*rolling{}, seconds: map[string]*rolling{}, inFlight: map[string]int{}, turnedOff: map[string]int{}}
}

func rollingOf(by map[string]*rolling, key string, span time.Duration) *rolling {
	if by[key] == nil {
		by[key] = &rolling{span: span}
	}
	return by[key]
}

// Refused returns how many requests each limit turned away: "minute", "second",
// "in_flight" and "month".
func (c *Company) Refused() map[string]int {
	c.throttle.mu.Lock()
	defer c.throttle.mu.Unlock()
	return maps.Clone(c.throttle.turnedOff)
}

// begin counts a request against the limits, or returns the name of the one
// that is reached. What is refused counts against none: Intuit does not say.
// The bearer token stands for the app. Whoever begins must end.
func (c *Company) begin(realm, app string) (end func(status int), refused string) {
	t := c.throttle
	t.mu.Lock()
	defer t.mu.Unlock()
	now := c.options.Now() // in here, so that requests are counted in the order of time
	if month := now.In(c.pacific).Format("2006-01"); month != t.month {
		t.month, t.reads = month, 0
	}
	key := realm + " " + app
	minute, second := rollingOf(t.minutes, realm, time.Minute), rollingOf(t.seconds, key, time.Second)
	reached := func(n, limit int) bool { return limit > 0 && n >= limit }
	switch {
	case reached(t.reads, c.options.PerMonth):
		refused = limitMonth
	case reached(minute.count(now), c.options.PerMinute):
		refused = limitMinute
	case reached(second.count(now), c.options.PerSecond):
		refused = limitSecond
	case reached(t.inFlight[key], c.options.InFlight):
		refused = limitInFlight
	}
	if refused != "" {
		t.turnedOff[refused]++
		return func(int) {}, refused
	}
	minute.seen, second.seen = append(minute.seen, now), append(second.seen, now)
	t.inFlight[key]++
	return func(status int) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.inFlight[key]--
		if status < http.StatusMultipleChoices {
			t.reads++
		}
	}, ""
}

// A statusWriter remembers the status that was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// writeThrottled answers 429, in XML also where JSON was asked for (recorded;
// github.com/intuit/QuickBooks-V3-PHP-SDK/issues/54). No Retry-After was ever
// recorded with it.
func (c *Company) writeThrottled(w http.ResponseWriter) {
	writeGatewayXML(w, http.StatusTooManyRequests, c.timestamp(), "SERVICE", "3001",
		"message=ThrottleExceeded; errorCode=003001; statusCode=429", "The request limit was reached.  Try again later")
}
