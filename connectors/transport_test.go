package connectors

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A script is a vendor that answers with its replies in turn, the last one for
// ever, and notes when it was asked.
type script struct {
	replies []func(*http.Request) (*http.Response, error)
	takes   time.Duration

	mu        sync.Mutex
	asked     []time.Time
	now, most int
	last      *http.Request
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := min(len(s.asked), len(s.replies)-1)
	s.asked = append(s.asked, time.Now())
	s.now++
	s.most = max(s.most, s.now)
	s.last = r
	s.mu.Unlock()
	time.Sleep(s.takes)
	s.mu.Lock()
	s.now--
	s.mu.Unlock()
	return s.replies[n](r)
}

type reply = func(*http.Request) (*http.Response, error)

const wholeBody = `{"results":[]}`

// says is a reply with a body, headers as "Name: value".
func says(status int, body string, headers ...string) reply {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json;charset=utf-8"}}
		for _, line := range headers {
			name, value, _ := strings.Cut(line, ": ")
			h.Set(name, value)
		}
		return &http.Response{StatusCode: status, Header: h, ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

// cut is a reply whose body ends before its length.
func cut(body string, length int64) reply {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, ContentLength: length,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	}
}

func breaks(err error) reply {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

var good = says(200, wholeBody)

// plainVendor reads refusals of the form CODE message.
func plainVendor() Vendor {
	return Vendor{System: reconcile.HubSpot, Rate: 19, InFlight: 12, Refusal: func(_ int, h http.Header, body []byte) Refusal {
		code, message, _ := strings.Cut(string(body), " ")
		return Refusal{Code: code, Message: message, RequestID: h.Get("Request-Id")}
	}}
}

const testToken = "secret-token-0123456789"

func newTest(t *testing.T, s http.RoundTripper, o Options) *Transport {
	t.Helper()
	o.RoundTripper = s
	if o.Rate == 0 {
		o.Rate = Unpaced
	}
	transport, err := NewTransport(plainVendor(), "https://api.example.com", Secret(testToken), o)
	if err != nil {
		t.Fatal(err)
	}
	return transport
}

var listing = Request{Op: "list hubspot:invoices", Path: "/crm/invoices"}

// readAll sends n requests at once.
func readAll(t *testing.T, transport *Transport, n int) {
	t.Helper()
	var work sync.WaitGroup
	for range n {
		work.Go(func() {
			if _, _, err := transport.Read(context.Background(), listing); err != nil {
				t.Error(err)
			}
		})
	}
	work.Wait()
}

func TestPacingIsEven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{good}, takes: 350 * time.Millisecond}
		readAll(t, newTest(t, s, Options{Rate: 10, InFlight: 12}), 50)
		for n := 1; n < len(s.asked); n++ {
			if gap := s.asked[n].Sub(s.asked[n-1]).Round(time.Millisecond); gap != 100*time.Millisecond {
				t.Fatalf("request %d came %v after the one before, want 100ms", n, gap)
			}
		}
	})
}

func TestDefaultRateIsTheVendors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{good}}
		transport, err := NewTransport(plainVendor(), "https://api.example.com", Secret(testToken), Options{RoundTripper: s})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		readAll(t, transport, 20)
		if took := time.Since(start).Round(10 * time.Millisecond); took != time.Second {
			t.Errorf("20 requests at 19 a second took %v, want 1s", took)
		}
	})
}

func TestInFlightIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{good}, takes: time.Second}
		readAll(t, newTest(t, s, Options{InFlight: 4}), 30)
		if s.most != 4 {
			t.Errorf("%d requests were under way at once, want 4", s.most)
		}
	})
}

func TestRetries(t *testing.T) {
	reset := errors.New("connection reset by peer")
	for _, tt := range []struct {
		name    string
		replies []reply
		calls   int
		kind    error // nil: succeeds
		text    string
	}{
		{"success", []reply{good}, 1, nil, ""},
		{"multi-status", []reply{says(207, wholeBody)}, 1, nil, ""},
		{"connection lost once", []reply{breaks(reset), good}, 2, nil, ""},
		{"connection never", []reply{breaks(reset)}, 5, ErrUnreachable, "no answer from https://api.example.com: connection reset by peer; check the network, and TIEOUT_HUBSPOT_URL"},
		{"outage", []reply{says(500, ""), says(502, "<html>"), says(503, ""), says(504, ""), good}, 5, nil, ""},
		{"outage that lasts", []reply{says(503, "E5 down")}, 5, ErrBroken, "503 E5 answer not understood: down"},
		{"locked", []reply{says(423, "LOCKED"), good}, 2, nil, ""},
		{"throttled", []reply{says(429, "RATE wait"), good}, 2, nil, ""},
		{"throttled for ever", []reply{says(429, "RATE wait")}, 5, ErrThrottled, "429 RATE rate limit exceeded: wait"},
		{"body cut before its length", []reply{cut(wholeBody, 100), good}, 2, nil, ""},
		{"body cut without a length", []reply{cut(`{"results":[`, -1), good}, 2, nil, ""},
		{"body always cut", []reply{cut(wholeBody, 100)}, 5, ErrBroken, "cut off: 14 of 100 bytes"},
		{"bad request", []reply{says(400, "4000 no")}, 1, ErrBroken, "400 4000"},
		{"token refused", []reply{says(401, "EXPIRED gone")}, 1, ErrDenied, "check the access token (TIEOUT_HUBSPOT_TOKEN) and its rights: gone"},
		{"right missing", []reply{says(403, "MISSING_SCOPES x")}, 1, ErrDenied, "403 MISSING_SCOPES"},
		{"no such path", []reply{says(404, "")}, 1, ErrNotFound, "404 not found"},
		{"a page of HTML", []reply{says(200, "<html></html>", "Content-Type: text/html"), good}, 2, nil, ""},
		{"always a page of HTML", []reply{says(200, "<html></html>", "Content-Type: text/html")}, 5, ErrBroken, "text/html instead of JSON"},
		{"no media type", []reply{says(200, wholeBody, "Content-Type: ")}, 5, ErrBroken, "an unnamed media type instead of JSON"},
		{"redirect", []reply{says(307, "", "Location: https://elsewhere.example.com/x?y=z")}, 1, ErrBroken, "redirect to elsewhere.example.com not followed"},
		{"request id", []reply{says(400, "C m", "Request-Id: 1f3a")}, 1, ErrBroken, "list hubspot:invoices: 400 C answer not understood: m (request 1f3a)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: tt.replies}
				_, calls, err := newTest(t, s, Options{}).Read(t.Context(), listing)
				if calls != tt.calls || len(s.asked) != tt.calls {
					t.Errorf("sent %d times, says %d, want %d", len(s.asked), calls, tt.calls)
				}
				checkError(t, err, tt.kind, tt.text)
			})
		})
	}
}

func checkError(t *testing.T, err, kind error, text string) {
	t.Helper()
	if kind == nil {
		if err != nil {
			t.Errorf("got error %v", err)
		}
		return
	}
	var detail *APIError
	if !errors.Is(err, kind) || !errors.As(err, &detail) {
		t.Fatalf("got error %v, want an APIError of kind %v", err, kind)
	}
	if !strings.Contains(err.Error(), text) {
		t.Errorf("got error\n%v\nwant in it\n%s", err, text)
	}
}

func TestRetryAfter(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of a synctest bubble
	for _, tt := range []struct {
		header   string
		from, to time.Duration
	}{
		{"7", 7 * time.Second, 7 * time.Second},
		{start.Add(20 * time.Second).Format(http.TimeFormat), 20 * time.Second, 20 * time.Second},
		{"1000000000", maxRetryAfter, maxRetryAfter},
		{"-5", minRetryAfter, minRetryAfter},
		{start.Add(-time.Hour).Format(http.TimeFormat), minRetryAfter, minRetryAfter},
		{"soon", firstWait / 2, firstWait},
		{"", firstWait / 2, firstWait},
	} {
		t.Run(tt.header, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{says(429, "RATE", "Retry-After: "+tt.header), good}}
				if _, _, err := newTest(t, s, Options{}).Read(t.Context(), listing); err != nil {
					t.Fatal(err)
				}
				if waited := s.asked[1].Sub(s.asked[0]); waited < tt.from || waited > tt.to {
					t.Errorf("waited %v, want %v to %v", waited, tt.from, tt.to)
				}
			})
		})
	}
}

// A limit that one request exceeded is not tried by the others meanwhile.
func TestThrottlingHoldsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{says(429, "RATE", "Retry-After: 30"), good}}
		transport := newTest(t, s, Options{})
		start := time.Now()
		var work sync.WaitGroup
		work.Go(func() { readAll(t, transport, 1) })
		time.Sleep(time.Second)
		work.Go(func() { readAll(t, transport, 3) })
		work.Wait()
		for _, at := range s.asked[1:] {
			if at.Sub(start) < 30*time.Second {
				t.Errorf("a request came %v after the refusal, want none before 30s", at.Sub(start))
			}
		}
	})
}

func TestFinalRefusalIsNotRepeated(t *testing.T) {
	v := plainVendor()
	v.Refusal = func(int, http.Header, []byte) Refusal { return Refusal{Code: "DAILY", Final: true} }
	s := &script{replies: []reply{says(429, "")}}
	transport, err := NewTransport(v, "https://api.example.com", Secret(testToken), Options{RoundTripper: s})
	if err != nil {
		t.Fatal(err)
	}
	_, calls, err := transport.Read(t.Context(), listing)
	if calls != 1 || !errors.Is(err, ErrThrottled) {
		t.Errorf("got %d calls and %v, want 1 and %v", calls, err, ErrThrottled)
	}
}

// endless is a body without an end; it stops the reader by its own count.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	for n := range p {
		p[n] = ' '
	}
	return len(p), nil
}

func TestBodyIsCapped(t *testing.T) {
	body := &endless{}
	s := &script{replies: []reply{func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: io.NopCloser(body)}, nil
	}}}
	_, calls, err := newTest(t, s, Options{}).Read(t.Context(), listing)
	checkError(t, err, ErrBroken, "more than 64 MiB")
	if calls != 1 || body.read > maxBody+1<<20 {
		t.Errorf("sent %d times, read %d bytes", calls, body.read)
	}
}

// drip is a body that comes byte by byte until the request is cancelled.
type drip struct{ ctx context.Context }

func (d drip) Read(p []byte) (int, error) {
	select {
	case <-time.After(time.Second):
		p[0] = '{'
		return 1, nil
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
	}
}

func TestSlowBodyEndsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{replies: []reply{func(r *http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: io.NopCloser(drip{r.Context()})}, nil
		}}}
		start := time.Now()
		_, _, err := newTest(t, s, Options{Attempts: 1, Deadline: time.Minute}).Read(t.Context(), listing)
		checkError(t, err, ErrBroken, "cut off: timed out")
		if took := time.Since(start); took != time.Minute {
			t.Errorf("took %v, want 1m", took)
		}
	})
}

func TestCancelStopsWaiting(t *testing.T) {
	for name, o := range map[string]Options{
		"backing off": {}, "pacing": {Rate: 0.01}, "waiting for a slot": {InFlight: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{replies: []reply{says(429, "", "Retry-After: 100")}, takes: 30 * time.Second}
				transport := newTest(t, s, o)
				ctx, cancel := context.WithCancel(t.Context())
				start := time.Now()
				var work sync.WaitGroup
				for range 2 {
					work.Go(func() {
						if _, _, err := transport.Read(ctx, listing); !errors.Is(err, context.Canceled) {
							t.Errorf("got error %v", err)
						}
					})
				}
				time.Sleep(time.Second)
				cancel()
				work.Wait()
				if took := time.Since(start); took > 30*time.Second {
					t.Errorf("ended after %v", took)
				}
			})
		})
	}
}

func TestRequestIsWhatIsAsked(t *testing.T) {
	s := &script{replies: []reply{good}}
	transport, err := NewTransport(plainVendor(), "https://api.example.com/gate/", Secret(testToken), Options{RoundTripper: s})
	if err != nil {
		t.Fatal(err)
	}
	r := Request{Op: "x", Path: "/q", Query: map[string][]string{"query": {`a b+c&d'e`}}}
	if _, _, err := transport.Read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if got, want := s.last.URL.String(), "https://api.example.com/gate/q?query=a%20b%2Bc%26d%27e"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
	if s.last.Method != "GET" || s.last.Header.Get("Authorization") != "Bearer "+testToken || s.last.Header.Get("Accept") != "application/json" {
		t.Errorf("asked by %s with %v", s.last.Method, s.last.Header)
	}
	r.Body = []byte(`{}`)
	if _, _, err := transport.Read(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	if s.last.Method != "POST" || s.last.Header.Get("Content-Type") != "application/json" || s.last.ContentLength != 2 {
		t.Errorf("asked by %s with %v", s.last.Method, s.last.Header)
	}
}

func TestBaseURL(t *testing.T) {
	for _, tt := range []struct{ base, want string }{
		{"https://api.hubapi.com", ""},
		{"http://127.0.0.1:9101/", ""},
		{"ftp://api.hubapi.com", "want http:// or https://"},
		{"api.hubapi.com", "want http:// or https://"},
		{"", "want http:// or https://"},
		{"https://", "want http:// or https://"},
		{"https://user:hunter22@api.hubapi.com", "holds credentials"},
		{"https://user:hunter22@api hubapi com", "cannot be read"},
		{"https://api.hubapi.com?x=1", "host and path only"},
	} {
		_, err := NewTransport(plainVendor(), tt.base, Secret(testToken), Options{})
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%q: %v", tt.base, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%q: got %v, want %q", tt.base, err, tt.want)
		case err != nil && strings.Contains(err.Error(), "hunter22"):
			t.Errorf("%q: the password is in the error %v", tt.base, err)
		}
	}
}

func TestTokenMustBeOne(t *testing.T) {
	for _, token := range []Secret{"", "abc def", "abc\n", "äöü"} {
		_, err := NewTransport(plainVendor(), "https://api.example.com", token, Options{})
		if err == nil || !strings.Contains(err.Error(), "TIEOUT_HUBSPOT_TOKEN") {
			t.Errorf("%d bytes: got %v", len(token), err)
		}
	}
}

func TestTokenIsNeverShown(t *testing.T) {
	for _, body := range []string{"401 Token expired: " + testToken, "401 Token expired: " + testToken[:9], testToken + " x", "X a@b.test told"} {
		s := &script{replies: []reply{says(401, body, "Request-Id: "+testToken)}}
		transport := newTest(t, s, Options{})
		_, _, err := transport.Read(t.Context(), listing)
		for _, text := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err), fmt.Sprintf("%+v", transport), fmt.Sprintf("%#v", transport)} {
			if strings.Contains(text, testToken[:minPrefix]) || strings.Contains(text, "a@b.test") {
				t.Errorf("%q: shown in %s", body, text)
			}
		}
	}
}
