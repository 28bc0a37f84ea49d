package hubspotsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The windows that HubSpot counts in ("API usage guidelines" page; for searches
// "Search the CRM", limits, which are outside the ten seconds).
const (
	quotaSpan   = 10 * time.Second
	searchQuota = 5
	searchSpan  = time.Second

	// secondsOfQuota are the seconds of its span: the headers on single seconds tell
	// their part of it. They are deprecated, and nothing is refused by them.
	secondsOfQuota = int(quotaSpan / time.Second)
)

// The names of the limits, as the answers have them.
const (
	policyDaily       = "DAILY"
	policyTenSecondly = "TEN_SECONDLY_ROLLING"
	policySecondly    = "SECONDLY"
)

// A window admits no more than limit requests in any stretch of its span,
// wherever that begins: of every request that it admitted it knows when.
type window struct {
	limit    int
	span     time.Duration
	admitted []time.Time // the last limit ones, as a ring
	next     int
}

// full reports whether the request of now would be one too many. The oldest of
// the last limit ones decides: it must be a whole span ago.
func (w *window) full(now time.Time) bool {
	return len(w.admitted) == w.limit && now.Sub(w.admitted[w.next]) < w.span
}

func (w *window) admit(now time.Time) {
	if len(w.admitted) < w.limit {
		w.admitted = append(w.admitted, now)
		return
	}
	w.admitted[w.next] = now
	w.next = (w.next + 1) % w.limit
}

// left is how many more requests would be admitted at once.
func (w *window) left(now time.Time) int { return w.limit - w.within(now, w.span) }

// within is how many requests it admitted in the last stretch of time.
func (w *window) within(now time.Time, span time.Duration) int {
	n := 0
	for _, at := range w.admitted {
		if now.Sub(at) < span {
			n++
		}
	}
	return n
}

// A meter holds a portal's limits and what they turned away. The ten seconds are
// each app's own, all else is the portal's.
type meter struct {
	mu        sync.Mutex
	limit     int              // in ten seconds; 0: none
	apps      map[bool]*window // by whether it has signed in: that app, and the one of the token
	search    window
	daily     int // 0: no limit
	day       string
	today     int // requests admitted on day
	turnedOff map[string]int
}

func newMeter(o Options) *meter {
	return &meter{
		limit: o.Quota, search: window{limit: searchQuota, span: searchSpan},
		apps:  map[bool]*window{false: {limit: o.Quota, span: quotaSpan}, true: {limit: o.Quota, span: quotaSpan}},
		daily: o.Daily, turnedOff: map[string]int{},
	}
}

// A reading is what the headers tell after a request.
type reading struct{ remaining, secondly, daily int }

// take admits a request or returns the policy that refuses it, and what the
// headers tell.
func (m *meter) take(now func() time.Time, zone *time.Location, signedIn, search bool) (policy string, r reading) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := now() // in here, so that requests are admitted in the order of time
	if day := at.In(zone).Format(time.DateOnly); day != m.day {
		m.day, m.today = day, 0
	}
	app := m.apps[signedIn]
	w, name := app, policyTenSecondly
	if search {
		w, name = &m.search, policySecondly
	}
	switch {
	case m.daily > 0 && m.today >= m.daily:
		policy = policyDaily
	case m.limit > 0 && w.full(at):
		policy = name
	default:
		m.today++
		if m.limit > 0 {
			w.admit(at)
		}
	}
	if policy != "" {
		m.turnedOff[policy]++
	}
	return policy, reading{app.left(at), max(0, m.limit/secondsOfQuota-app.within(at, time.Second)), m.daily - m.today}
}

// Refused tells how many requests each limit turned away, by policyName.
func (p *Portal) Refused() map[string]int {
	p.meter.mu.Lock()
	defer p.meter.mu.Unlock()
	return maps.Clone(p.meter.turnedOff)
}

// meters counts a request against the limits, tells them in its headers, and
// returns the policy that refuses it, or nothing. Answers to searches have no
// such headers, and those to an app that has signed in none on the day.
func (p *Portal) meters(w http.ResponseWriter, r *http.Request, who caller) (policy string) {
	if p.options.Quota == 0 && p.options.Daily == 0 {
		return ""
	}
	search := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/search")
	policy, now := p.meter.take(p.now, p.account.zone, who.signedIn, search)
	if search {
		return policy
	}
	set := func(name string, n int) { w.Header().Set("X-HubSpot-RateLimit-"+name, strconv.Itoa(n)) }
	if p.options.Quota > 0 {
		set("Max", p.options.Quota)
		set("Remaining", now.remaining)
		set("Interval-Milliseconds", int(quotaSpan.Milliseconds()))
		set("Secondly", p.options.Quota/secondsOfQuota)
		set("Secondly-Remaining", now.secondly)
	}
	if p.options.Daily > 0 && !p.options.NoDailyHeaders && !who.signedIn {
		set("Daily", p.options.Daily)
		set("Daily-Remaining", now.daily)
	}
	return policy
}

// limited answers 429. The body is the one that is quoted of the "API usage
// guidelines", or the other that callers report (Options.RateLimitCategory); a
// Retry-After is not documented.
func (p *Portal) limited(w http.ResponseWriter, policy string) {
	limit := strings.ToLower(policy)
	kind, category := "RATE_LIMIT", ""
	if p.options.RateLimitCategory {
		kind, category = "", "RATE_LIMITS"
	}
	body, err := json.Marshal(struct {
		Status      string `json:"status"`
		Message     string `json:"message"`
		ErrorType   string `json:"errorType,omitempty"`
		Category    string `json:"category,omitempty"`
		Correlation string `json:"correlationId"`
		Policy      string `json:"policyName"`
		Request     string `json:"requestId"`
	}{"error", "You have reached your " + limit + " limit.", kind, category, p.correlationID(), policy, p.correlationID()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, reply{http.StatusTooManyRequests, body})
}
