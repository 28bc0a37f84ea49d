package quickbookssim

import (
	"maps"
	"net/http"
	"sync"
	"time"
)

// The names of the limits, for Refused.
const (
	limitMinute       = "minute"
	limitSecond       = "second"
	limitInFlight     = "in_flight"
	limitMonth        = "month"
	limitBatches      = "batches"
	limitRealmBatches = "realm_batches"
	limitMails        = "mails"
)

// A call is a kind of request that has limits of its own.
type call int

const (
	callRead call = iota
	callWrite
	callBatch
	callMail
)

// callOf tells what a request with a path below the realm is.
func callOf(r *http.Request, path []string) call {
	switch last := path[len(path)-1]; {
	case r.Method != http.MethodPost, last == "query":
		return callRead
	case last == "batch":
		return callBatch
	case last == "send":
		return callMail
	}
	return callWrite
}

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

// A window is one limit that a request counts against: so many in a span, of a key.
type window struct {
	name, key string
	span      time.Duration
	limit     int // 0: none
}

// A throttle holds the limits of a company and what they turned away.
type throttle struct {
	mu        sync.Mutex
	seen      map[string]*rolling // by name and key of a window
	inFlight  map[string]int      // by realm and app
	month     string
	reads     int // answered in the month
	turnedOff map[string]int
}

func newThrottle() *throttle {
	return &throttle{seen: map[string]*rolling{}, inFlight: map[string]int{}, turnedOff: map[string]int{}}
}

func (t *throttle) rolling(w window) *rolling {
	key := w.name + " " + w.key
	if t.seen[key] == nil {
		t.seen[key] = &rolling{span: w.span}
	}
	return t.seen[key]
}

// windows are the limits that a call of an app counts against.
func (o *Options) windows(realm, app string, what call) []window {
	w := []window{{limitMinute, realm, time.Minute, o.PerMinute}, {limitSecond, app, time.Second, o.PerSecond}}
	switch what {
	case callBatch:
		w = append(w, window{limitBatches, app, time.Minute, o.BatchesPerMinute}, window{limitRealmBatches, realm, time.Minute, o.RealmBatchesPerMinute})
	case callMail:
		w = append(w, window{limitMails, realm, 24 * time.Hour, o.MailsPerDay})
	}
	return w
}

// Refused returns how many requests each limit turned away: "minute", "second",
// "in_flight", "month", "batches", "realm_batches" and "mails".
func (c *Company) Refused() map[string]int {
	c.throttle.mu.Lock()
	defer c.throttle.mu.Unlock()
	return maps.Clone(c.throttle.turnedOff)
}

// begin counts a request against the limits, or returns the name of the one
// that is reached. What is refused counts against none: Intuit does not say.
// The bearer token stands for the app. Of the month only reads count, a batch for
// one (neither its weight nor its kind is established). Whoever begins must end.
func (c *Company) begin(realm, token string, what call) (end func(status int), refused string) {
	t, app := c.throttle, realm+" "+token
	t.mu.Lock()
	defer t.mu.Unlock()
	now := c.options.Now() // in here, so that requests are counted in the order of time
	if month := now.In(c.pacific).Format("2006-01"); month != t.month {
		t.month, t.reads = month, 0
	}
	windows := c.options.windows(realm, app, what)
	if refused = t.reached(c.options, windows, app, now); refused != "" {
		t.turnedOff[refused]++
		return func(int) {}, refused
	}
	for _, w := range windows {
		seen := t.rolling(w)
		seen.seen = append(seen.seen, now)
	}
	t.inFlight[app]++
	return func(status int) {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.inFlight[app]--
		if status < http.StatusMultipleChoices && (what == callRead || what == callBatch) {
			t.reads++
		}
	}, ""
}

// reached returns the name of the limit that is reached, "" for none.
func (t *throttle) reached(o Options, windows []window, app string, now time.Time) string {
	over := func(n, limit int) bool { return limit > 0 && n >= limit }
	if over(t.reads, o.PerMonth) {
		return limitMonth
	}
	for _, w := range windows {
		if over(t.rolling(w).count(now), w.limit) {
			return w.name
		}
	}
	if over(t.inFlight[app], o.InFlight) {
		return limitInFlight
	}
	return ""
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
