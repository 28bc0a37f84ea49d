package connectortest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/sandbox/control"
)

// passing are faults that pass: a night under them brings what an undisturbed one
// does. Each strikes at several places of it.
var passing = []struct {
	name  string
	fault control.Rule
}{
	{"429 with Retry-After", control.Rule{Effect: control.Refuse, Status: http.StatusTooManyRequests, RetryAfter: 7, Times: 3}},
	{"429 without", control.Rule{Effect: control.Refuse, Status: http.StatusTooManyRequests, Times: 3}},
	{"429 with an absurd Retry-After", control.Rule{Effect: control.Refuse, Status: http.StatusTooManyRequests, RetryAfter: 1e9, Times: 1}},
	{"500", control.Rule{Effect: control.Refuse, Status: http.StatusInternalServerError, Times: 2}},
	{"503 without a body", control.Rule{Effect: control.Refuse, Status: http.StatusServiceUnavailable, Times: 2}},
	{"504 without a body", control.Rule{Effect: control.Refuse, Status: http.StatusGatewayTimeout, Times: 2}},
	{"502 with a page", control.Rule{Effect: control.HTML, Status: http.StatusBadGateway, Times: 2}},
	{"the connection breaks before", control.Rule{Effect: control.Drop, Times: 3}},
	{"the connection breaks after", control.Rule{Effect: control.DropAfter, Times: 3}},
	{"half of an answer", control.Rule{Effect: control.Cut, Times: 2}},
	{"a page with 200", control.Rule{Effect: control.HTML, Status: http.StatusOK, Times: 2}},
	{"text", control.Rule{Effect: control.WrongType, Times: 2}},
	{"no answer in time", control.Rule{Effect: control.Delay, Delay: control.Duration(10 * time.Minute), Times: 2}},
	{"late answers", control.Rule{Effect: control.Delay, Delay: control.Duration(20 * time.Second)}},
	{"requests delivered twice", control.Rule{Effect: control.Twice}},
}

// lasting are faults that do not pass: a night ends with the right kind of error,
// within its retry budget, and what came before is what belongs there.
var lasting = []struct {
	name  string
	fault control.Rule
	kind  error
	once  bool // it is no use to ask again
}{
	{"429 for ever", control.Rule{Effect: control.Refuse, Status: http.StatusTooManyRequests}, connectors.ErrThrottled, false},
	{"503 for ever", control.Rule{Effect: control.Refuse, Status: http.StatusServiceUnavailable}, connectors.ErrBroken, false},
	{"502 pages for ever", control.Rule{Effect: control.HTML, Status: http.StatusBadGateway}, connectors.ErrBroken, false},
	{"pages with 200 for ever", control.Rule{Effect: control.HTML, Status: http.StatusOK}, connectors.ErrBroken, false},
	{"the connection always breaks", control.Rule{Effect: control.Drop}, connectors.ErrUnreachable, false},
	{"half answers for ever", control.Rule{Effect: control.Cut}, connectors.ErrBroken, false},
	{"text for ever", control.Rule{Effect: control.WrongType}, connectors.ErrBroken, false},
	{"never an answer", control.Rule{Effect: control.Delay, Delay: control.Duration(24 * time.Hour)}, connectors.ErrUnreachable, false},
	{"401 for ever", control.Rule{Effect: control.Refuse, Status: http.StatusUnauthorized}, connectors.ErrDenied, true},
	{"403 for ever", control.Rule{Effect: control.Refuse, Status: http.StatusForbidden}, connectors.ErrDenied, true},
	{"an unknown address", control.Rule{Effect: control.Refuse, Status: http.StatusNotFound}, connectors.ErrNotFound, true},
}

const (
	// retries bounds the requests that a failing night sends: five for each that is
	// under way, of which there are no more than sixteen and three searches, and as
	// much again for those that take their place before the first has failed for good.
	retries = 2 * 5 * (16 + 3)
	// patience bounds what it takes: twice five time-outs of 125 s and the waits
	// between, for a request that others were waited for.
	patience = 25 * time.Minute
	// longWait is what nobody waits for who is not asked to.
	longWait = 90 * time.Second
)

func underFaults(t *testing.T, open func(t testing.TB) Fixture) {
	var calm [2]*night
	var requests [2]int
	for n := range calm {
		tonight(t, open, func(t *testing.T, s *system) {
			since := s.prepared(t, n)
			calm[n] = undisturbed(t, s.open(t), since)
			requests[n] = s.asked()
		})
	}
	for n, of := range []string{"everything", "changes"} {
		for _, f := range passing {
			t.Run(f.name+", "+of, func(t *testing.T) {
				for _, place := range places(requests[n], f.fault.Times > 0) {
					f.fault.Skip = place
					tonight(t, open, func(t *testing.T, s *system) { s.passes(t, n, f.fault, calm[n]) })
				}
			})
		}
		for _, f := range lasting {
			t.Run(f.name+", "+of, func(t *testing.T) {
				for _, place := range places(requests[n], true) {
					f.fault.Skip = place
					tonight(t, open, func(t *testing.T, s *system) { s.fails(t, n, f.fault, f.kind, f.once, calm[n]) })
				}
			})
		}
		for _, f := range tokenFaults {
			t.Run(f.name+", "+of, func(t *testing.T) {
				for _, place := range places(requests[n], true) {
					f.fault.Skip = place
					tonight(t, open, func(t *testing.T, s *system) { s.refreshes(t, n, f.fault, calm[n]) })
				}
			})
		}
	}
}

// prepared changes the system for a night of changes, which it returns the beginning
// of; that of everything has none.
func (s *system) prepared(t *testing.T, n int) (since time.Time) {
	if n == 0 {
		return since
	}
	since = time.Now()
	time.Sleep(time.Hour)
	s.Change(t)
	time.Sleep(time.Hour)
	return since
}

// places are the requests of a night that faults strike at: four or five of them, one
// or two with -short, all in a campaign. A fault that strikes all requests has one
// place.
func places(requests int, some bool) []int {
	step := max(requests/4, 1)
	switch {
	case !some:
		return []int{0}
	case testing.Short():
		step = max(requests-1, 1)
	case os.Getenv("TIEOUT_CAMPAIGN") != "":
		step = 1
	}
	var at []int
	for n := 0; n < requests; n += step {
		at = append(at, n)
	}
	return at
}

// passes fails the test where a fault changes what a night brings, or where it does not
// wait as long as it is asked to, within reason.
func (s *system) passes(t *testing.T, n int, f control.Rule, calm *night) {
	t.Helper()
	since := s.prepared(t, n)
	struck := s.strike(t, f)
	began := time.Now()
	got, err := run(t.Context(), s.open(t), since)
	if err != nil {
		t.Fatalf("struck at request %d: %v", f.Skip, err)
	}
	if d := got.differs(calm); d != "" {
		t.Errorf("struck at request %d: %s", f.Skip, d)
	}
	asked := time.Duration(f.RetryAfter) * time.Second
	if took := time.Since(began); asked > 0 && (took < min(asked, longWait) || took > patience) {
		t.Errorf("struck at request %d: asked to wait %v it took %v", f.Skip, asked, took)
	}
	if struck() == 0 {
		t.Errorf("nothing was struck at request %d", f.Skip)
	}
}

// fails fails the test where a fault that lasts ends a night otherwise than by its
// error, in time, or where what came before it is not the beginning of calm.
func (s *system) fails(t *testing.T, n int, f control.Rule, kind error, once bool, calm *night) {
	t.Helper()
	since := s.prepared(t, n)
	struck := s.strike(t, f)
	began := time.Now()
	got, err := run(t.Context(), s.open(t), since)
	if !errors.Is(err, kind) {
		t.Fatalf("struck from request %d on: got %v, want %v", f.Skip, err, kind)
	}
	s.discreet(t, err.Error())
	var told *connectors.APIError
	if !errors.As(err, &told) || told.System != s.System || !strings.Contains(err.Error(), string(s.System)) {
		t.Errorf("the error does not name the system: %v", err)
	}
	if took := time.Since(began); took > patience || once && took > 0 {
		t.Errorf("it took %v", took)
	}
	if hits := struck(); hits == 0 || hits > retries {
		t.Errorf("struck %d times", hits)
	}
	for o, p := range got.of {
		want := calm.of[o].records
		if len(p.records) > len(want) || difference(p.records, want[:min(len(p.records), len(want))]) != "" {
			t.Errorf("%s: what came before the fault is not what comes first", o)
		}
	}
	nothingGoesOn(t)
}

// tokenFaults strike access tokens. With tokens that can be refreshed they pass, at
// the cost of one refresh.
var tokenFaults = []struct {
	name  string
	fault control.Rule
}{
	{"the token ends", control.Rule{Effect: control.DeadToken, Times: 1}},
	{"401 for a good token", control.Rule{Effect: control.Refuse, Status: http.StatusUnauthorized, Times: 1}},
}

func (s *system) refreshes(t *testing.T, n int, f control.Rule, calm *night) {
	t.Helper()
	since := s.prepared(t, n)
	tokens := &signedIn{t: t, s: s, current: connectors.Secret(s.SignIn(t))}
	struck := s.strike(t, f)
	got, err := run(t.Context(), s.with(t, tokens), since)
	if err != nil {
		t.Fatalf("struck at request %d: %v", f.Skip, err)
	}
	if d := got.differs(calm); d != "" {
		t.Errorf("struck at request %d: %s", f.Skip, d)
	}
	if struck() != 1 || tokens.refreshes != 1 {
		t.Errorf("struck %d times at request %d, refreshed %d times", struck(), f.Skip, tokens.refreshes)
	}
}

// signedIn are tokens that can be refreshed.
type signedIn struct {
	t *testing.T
	s *system

	mu        sync.Mutex
	current   connectors.Secret
	refreshes int
}

// Token returns the token of the moment.
func (k *signedIn) Token(context.Context) (connectors.Secret, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.current, nil
}

// Renew refreshes a token, unless it was refreshed meanwhile.
func (k *signedIn) Renew(_ context.Context, refused connectors.Secret) (connectors.Secret, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if refused != k.current {
		return k.current, nil
	}
	if k.refreshes++; k.refreshes > 3 {
		return "", fmt.Errorf("refreshed %d times", k.refreshes)
	}
	k.current = connectors.Secret(k.s.SignIn(k.t))
	k.s.gave(k.current.Reveal())
	return k.current, nil
}
