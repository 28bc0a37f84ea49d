package hooks

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"
)

// A lab is a sender of numbers, a receiver of them, and a clock that the test holds.
type lab struct {
	*Sender
	now    time.Time
	answer func(w http.ResponseWriter, r *http.Request)
	mu     sync.Mutex
	posts  []string // bodies with their attempt, as received
}

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func newLab(t *testing.T, o Options) *lab {
	t.Helper()
	l := &lab{now: start}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v, %s with %v", err, r.Method, r.Header)
		}
		l.mu.Lock()
		l.posts = append(l.posts, string(body)+" "+r.Header.Get("Signed"))
		l.mu.Unlock()
		if l.answer != nil {
			l.answer(w, r)
		}
	}))
	t.Cleanup(server.Close)
	o.URL, o.Now = server.URL, func() time.Time { return l.now }
	if o.Encode == nil {
		o.Encode = func(events []any, attempt int) ([]byte, error) {
			raw, err := json.Marshal(events)
			return fmt.Appendf(nil, "%s #%d", raw, attempt), err
		}
	}
	o.Sign = func(r *http.Request, body []byte, at time.Time) {
		r.Header.Set("Signed", fmt.Sprintf("%d bytes at %s", len(body), at.Format("04:05")))
	}
	l.Sender = New(o)
	return l
}

// received are the POSTs since the last time.
func (l *lab) received() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	posts := l.posts
	l.posts = nil
	return posts
}

func status(code int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// gets delivers, and wants the receiver to have got these bodies.
func (l *lab) gets(t *testing.T, taken int, want ...string) {
	t.Helper()
	l.received()
	got, err := l.Deliver(t.Context())
	if err != nil || got != taken {
		t.Errorf("%d taken, %v; want %d", got, err, taken)
	}
	for i, w := range want {
		want[i] = fmt.Sprintf("%s %d bytes at %s", w, len(w), l.now.Format("04:05"))
	}
	if posts := l.received(); !slices.Equal(posts, want) {
		t.Errorf("got  %v\nwant %v", posts, want)
	}
}

func (l *lab) stands(t *testing.T, waiting, givenUp int) {
	t.Helper()
	if w, g := l.Waiting(), l.GivenUp(); w != waiting || g != givenUp {
		t.Errorf("%d wait and %d are given up, want %d and %d", w, g, waiting, givenUp)
	}
}

func TestBatches(t *testing.T) {
	l := newLab(t, Options{Most: 2})
	l.gets(t, 0)
	l.Add(1, 2, 3)
	l.stands(t, 3, 0)
	l.gets(t, 2, "[1,2] #0", "[3] #0")
	l.stands(t, 0, 0)
	l.gets(t, 0)
}

func TestOneEach(t *testing.T) {
	l := newLab(t, Options{})
	l.Add(1, 2)
	l.gets(t, 2, "[1] #0", "[2] #0")
}

func TestReversedAndTwice(t *testing.T) {
	l := newLab(t, Options{Most: 2, Reversed: true, Twice: true})
	l.Add(1, 2, 3)
	l.gets(t, 2, "[3,2] #0", "[3,2] #0", "[1] #0", "[1] #0")
}

// A failure is due again after each wait and given up after the last. Others go on
// meanwhile.
func TestWaits(t *testing.T) {
	l := newLab(t, Options{Most: 1, Waits: []time.Duration{time.Second, time.Minute}})
	l.answer = status(http.StatusInternalServerError)
	l.Add(1)
	l.gets(t, 0, "[1] #0")
	l.Add(2)
	l.answer = nil
	l.gets(t, 1, "[2] #0")
	l.answer = status(http.StatusInternalServerError)
	l.now = start.Add(time.Second - 1)
	l.gets(t, 0)
	l.now = start.Add(time.Second)
	l.gets(t, 0, "[1] #1")
	l.now = l.now.Add(59 * time.Second)
	l.gets(t, 0)
	l.stands(t, 1, 0)
	l.now = l.now.Add(time.Second)
	l.gets(t, 0, "[1] #2")
	l.stands(t, 0, 1)
	l.now = l.now.Add(time.Hour)
	l.gets(t, 0)
}

func TestForever(t *testing.T) {
	l := newLab(t, Options{Waits: []time.Duration{time.Second, time.Minute}, Forever: true})
	l.answer = status(http.StatusInternalServerError)
	l.Add(1)
	l.gets(t, 0, "[1] #0")
	for n, wait := range []time.Duration{time.Second, time.Minute, time.Minute, time.Minute} {
		l.now = l.now.Add(wait)
		l.gets(t, 0, fmt.Sprintf("[1] #%d", n+1))
	}
	l.stands(t, 1, 0)
}

func TestHoldBack(t *testing.T) {
	l := newLab(t, Options{Most: 1, Waits: []time.Duration{time.Second}, HoldBack: true})
	l.answer = status(http.StatusInternalServerError)
	l.Add(1, 2)
	l.gets(t, 0, "[1] #0")
	l.answer = nil
	l.gets(t, 0)
	l.stands(t, 2, 0)
	l.now = l.now.Add(time.Second)
	l.gets(t, 2, "[1] #1", "[2] #0")
}

// What counts as taken is an answer in the two hundreds, in time.
func TestTaken(t *testing.T) {
	slow := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	for name, tt := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request)
		taken   int
		timeout time.Duration
	}{
		"200": {status(200), 1, 0},
		"204": {status(204), 1, 0},
		"400": {status(400), 0, 0},
		"503": {status(503), 0, 0},
		"elsewhere": {func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			}
		}, 0, 0},
		"broken":    {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 0, 0},
		"no answer": {slow, 0, 50 * time.Millisecond},
	} {
		l := newLab(t, Options{Timeout: tt.timeout})
		l.answer = tt.answer
		l.Add(1)
		if taken, err := l.Deliver(t.Context()); err != nil || taken != tt.taken {
			t.Errorf("%s: %d taken, %v", name, taken, err)
		}
		var answered *Answered
		if failure := l.Failure(); (failure == nil) != (tt.taken == 1) || errors.As(failure, &answered) != (name == "400" || name == "503" || name == "elsewhere") {
			t.Errorf("%s: failure %v", name, failure)
		}
		if n := len(l.received()); n != 1 && tt.timeout == 0 {
			t.Errorf("%s: %d POSTs", name, n)
		}
	}
}

// A caller who leaves loses no event.
func TestLeaving(t *testing.T) {
	l := newLab(t, Options{Most: 5})
	ctx, leave := context.WithCancel(t.Context())
	l.answer = func(http.ResponseWriter, *http.Request) { leave() }
	l.Add(1, 2)
	if _, err := l.Deliver(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	l.stands(t, 2, 0)
	l.answer = nil
	l.gets(t, 1, "[1,2] #0")
}

func TestNotEncoded(t *testing.T) {
	wrong := errors.New("no such event")
	l := newLab(t, Options{Encode: func([]any, int) ([]byte, error) { return nil, wrong }})
	l.Add(1)
	if _, err := l.Deliver(t.Context()); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
	l.stands(t, 1, 0)
}

// Several may add and deliver at once: everything arrives once.
func TestAtOnce(t *testing.T) {
	l := newLab(t, Options{Most: 1})
	var work sync.WaitGroup
	for n := range 4 {
		work.Go(func() {
			for i := range 10 {
				l.Add(n*10 + i)
				if _, err := l.Deliver(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	posts := l.received()
	slices.Sort(posts)
	if all, n := len(posts), len(slices.Compact(posts)); n != 40 || all != 40 {
		t.Errorf("%d POSTs, %d of them different", all, n)
	}
}
