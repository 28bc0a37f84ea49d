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
func (w *window) left(now time.Time) int {
	n := w.limit
	for _, at := range w.admitted {
		if now.Sub(at) < w.span {
			n--
		}
	}
	return n
}

// A meter holds a portal's limits and what they turned away.
type meter struct {
	mu        sync.Mutex
	normal    window
	search    window
	daily     int // 0: no limit
	day       string
	today     int // requests admitted on day
	turnedOff map[string]int
}

func newMeter(o Options) *meter {
	return &meter{
		normal: window{limit: o.Quota, span: quotaSpan}, search: window{limit: searchQuota, span: searchSpan},
		daily: o.Daily, turnedOff: map[string]int{},
	}
}

// take admits a request or returns the policy that refuses it, and what the
// headers tell.
func (m *meter) take(now func() time.Time, zone *time.Location, search bool) (policy string, remaining, dailyRemaining int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := now() // in here, so that requests are admitted in the order of time
	if day := at.In(zone).Format(time.DateOnly); day != m.day {
		m.day, m.today = day, 0
	}
	w, name := &m.normal, policyTenSecondly
	if search {
		w, name = &m.search, policySecondly
	}
	switch {
	case m.daily > 0 && m.today >= m.daily:
		policy = policyDaily
	case m.normal.limit > 0 && w.full(at):
		policy = name
	default:
		m.today++
		if m.normal.limit > 0 {
			w.admit(at)
		}
	}
	if policy != "" {
		m.turnedOff[policy]++
	}
	return policy, m.normal.left(at), m.daily - m.today
}

// Refused tells how many requests each limit turned away, by policyName.
func (p *Portal) Refused() map[string]int {
	p.meter.mu.Lock()
	defer p.meter.mu.Unlock()
	return maps.Clone(p.meter.turnedOff)
}

// meters counts a request against the limits, tells them in its headers, and
// returns the policy that refuses it, or nothing. Answers to searches have no
// such headers.
func (p *Portal) meters(w http.ResponseWriter, r *http.Request) (policy string) {
	if p.options.Quota == 0 && p.options.Daily == 0 {
		return ""
	}
	search := r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/search")
	policy, remaining, dailyRemaining := p.meter.take(p.now, p.account.zone, search)
	if search {
		return policy
	}
	set := func(name string, n int) { w.Header().Set("X-HubSpot-RateLimit-"+name, strconv.Itoa(n)) }
	if p.options.Quota > 0 {
		set("Max", p.options.Quota)
		set("Remaining", remaining)
		set("Interval-Milliseconds", int(quotaSpan.Milliseconds()))
	}
	if p.options.Daily > 0 && !p.options.NoDailyHeaders {
		set("Daily", p.options.Daily)
		set("Daily-Remaining", dailyRemaining)
	}
	return policy
}

// limited answers 429. The body is the one that is quoted of the "API usage
// guidelines"; a Retry-After is not documented.
func (p *Portal) limited(w http.ResponseWriter, policy string) {
	limit := strings.ToLower(policy)
	body, err := json.Marshal(struct {
		Status      string `json:"status"`
		Message     string `json:"message"`
		ErrorType   string `json:"errorType"`
		Correlation string `json:"correlationId"`
		Policy      string `json:"policyName"`
		Request     string `json:"requestId"`
	}{"error", "You have reached your " + limit + " limit.", "RATE_LIMIT", p.correlationID(), policy, p.correlationID()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, reply{http.StatusTooManyRequests, body})
}
