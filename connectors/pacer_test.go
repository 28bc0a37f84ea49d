package connectors

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A strict vendor counts in sliding windows and refuses what is beyond.
type strict struct {
	limits  []Limit
	takes   time.Duration
	headers http.Header
	refusal reply

	mu       sync.Mutex
	admitted []time.Time
	refused  int
}

func (s *strict) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	now, ok := time.Now(), true
	for _, l := range s.limits {
		n := 0
		for _, at := range s.admitted {
			if now.Sub(at) < l.Per {
				n++
			}
		}
		ok = ok && n < l.Requests
	}
	if ok {
		s.admitted = append(s.admitted, now)
	} else {
		s.refused++
	}
	s.mu.Unlock()
	time.Sleep(s.takes)
	if !ok {
		return s.refusal(r)
	}
	answer, err := good(r)
	for name, values := range s.headers {
		answer.Header[name] = values
	}
	return answer, err
}

// pacedTest is a transport of a vendor with limits, of which Max and Per of an
// answer tell.
func pacedTest(t *testing.T, s *strict, perSecond float64) *Transport {
	t.Helper()
	v := plainVendor()
	v.Rate, v.InFlight = perSecond, 16
	v.Limit = func(h http.Header) (Limit, bool) {
		n, err := strconv.Atoi(h.Get("Max"))
		ms, _ := strconv.Atoi(h.Get("Per"))
		return Limit{n, time.Duration(ms) * time.Millisecond}, err == nil
	}
	transport, err := NewTransport(v, "https://api.example.com", Secret(testToken), Options{RoundTripper: s})
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

const refused429 = "RATE wait"

// At the limit nothing is refused, and hardly anything of it is left unused.
func TestLimitIsUsedAndKept(t *testing.T) {
	for name, tt := range map[string]struct {
		limits []Limit
		n      int
	}{
		"190 in 10 s":                   {[]Limit{{190, 10 * time.Second}}, 2000},
		"110 in 10 s":                   {[]Limit{{110, 10 * time.Second}}, 1000},
		"500 a minute and 10 a second":  {[]Limit{{500, time.Minute}, {10, time.Second}}, 1500},
		"5000 a minute and 10 a second": {[]Limit{{5000, time.Minute}, {10, time.Second}}, 600},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &strict{limits: tt.limits, takes: 350 * time.Millisecond, refusal: says(429, refused429)}
				start := time.Now()
				readAll(t, pacedTest(t, s, Slowest(tt.limits...)), tt.n)
				ideal := time.Duration(float64(tt.n) / Slowest(tt.limits...) * Margin * float64(time.Second))
				if took := time.Since(start); s.refused > 0 || took > ideal*103/100 {
					t.Errorf("%d refused; %d requests took %v, at the full limit %v", s.refused, tt.n, took, ideal)
				}
			})
		})
	}
}

func TestLimitIsLearntFromTheFirstAnswer(t *testing.T) {
	for name, tt := range map[string]struct {
		max, per string
		real     Limit
		want     float64 // requests a second
	}{
		"narrower":          {"100", "10000", Limit{100, 10 * time.Second}, 9.8},
		"much narrower":     {"20", "10000", Limit{20, 10 * time.Second}, 1.96},
		"wider":             {"1900", "10000", Limit{190, 10 * time.Second}, 18.62},
		"none":              {"0", "10000", Limit{190, 10 * time.Second}, 18.62},
		"negative":          {"-7", "10000", Limit{190, 10 * time.Second}, 18.62},
		"in no time":        {"100", "0", Limit{190, 10 * time.Second}, 18.62},
		"in longer than 1m": {"100", "86400000", Limit{190, 10 * time.Second}, 18.62},
		"not told":          {"", "10000", Limit{190, 10 * time.Second}, 18.62},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &strict{
					limits: []Limit{tt.real}, takes: 350 * time.Millisecond, refusal: says(429, refused429),
					headers: http.Header{"Max": {tt.max}, "Per": {tt.per}},
				}
				start := time.Now()
				readAll(t, pacedTest(t, s, 18.62), 300)
				took := time.Since(start).Seconds()
				if got := 300 / took; s.refused > 0 || got < tt.want*0.97 || got > tt.want*1.01 {
					t.Errorf("%d refused; %.2f requests a second, want %.2f", s.refused, got, tt.want)
				}
			})
		})
	}
}

// A vendor that has no room left refuses no more than what is under way, and
// two windows later the pace is what it was.
func TestStormEnds(t *testing.T) {
	for _, header := range []string{"", "Retry-After: 10", "Retry-After: Sat, 01 Jan 2000 00:00:10 GMT"} {
		t.Run(header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				limit := Limit{190, 10 * time.Second}
				s := &strict{limits: []Limit{limit}, takes: 350 * time.Millisecond, refusal: says(429, refused429, "Retry-After: 10")}
				if header != "" {
					s.refusal = says(429, refused429, header)
				}
				for range limit.Requests { // another caller's
					s.admitted = append(s.admitted, time.Now())
				}
				start := time.Now()
				readAll(t, pacedTest(t, s, limit.Rate()), 1000)
				if s.refused == 0 || s.refused > 16 {
					t.Errorf("%d were refused, want 1 to 16", s.refused)
				}
				want := 2*limit.Per + time.Duration(1000/limit.Rate()*float64(time.Second))
				if took := time.Since(start); took > want {
					t.Errorf("took %v, want %v at most", took, want)
				}
			})
		})
	}
}

// What is counted apart is paced apart, and neither waits for the other.
func TestSearchesArePacedApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{good}, takes: 350 * time.Millisecond}
		v := plainVendor()
		v.Searches = Limit{5, time.Second}.Rate()
		transport, err := NewTransport(v, "https://api.example.com", Secret(testToken), Options{RoundTripper: s})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		var work sync.WaitGroup
		for range 49 {
			work.Go(func() {
				search := listing
				search.Search = true
				if _, _, err := transport.Read(t.Context(), search); err != nil {
					t.Error(err)
				}
			})
		}
		readAll(t, transport, 190)
		if took := time.Since(start); took > 190*time.Second/19+400*time.Millisecond {
			t.Errorf("190 reads beside 49 searches took %v, want 10 s", took)
		}
		work.Wait()
		if took := time.Since(start).Round(100 * time.Millisecond); took < 9800*time.Millisecond || took > 10300*time.Millisecond {
			t.Errorf("49 searches took %v, want 10 s", took)
		}
	})
}
