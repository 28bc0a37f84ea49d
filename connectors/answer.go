package connectors

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// A failure is an attempt that brought no records.
type failure struct {
	err error
	// again says that the same request may succeed later, wait when at the
	// earliest, everybody that this holds for all requests.
	again, everybody bool
	wait             time.Duration
	// expired is the token that was refused, if it may have expired.
	expired Secret
}

// send sends a request once and reads its answer to the end.
func (t *Transport) send(ctx context.Context, r Request, token Secret) (Answer, *failure) {
	limited, cancel := context.WithTimeout(ctx, t.deadline)
	defer cancel()
	req, err := t.request(limited, r, token)
	if err != nil {
		return Answer{}, &failure{err: err}
	}
	resp, err := t.client.Do(req)
	if err != nil {
		return Answer{}, t.unreachable(ctx, r, err)
	}
	defer resp.Body.Close() // read to the end or given up: nothing to learn
	if at, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
		t.dated.Store(&at)
	}
	if t.vendor.Limit != nil && !r.Search {
		if l, told := t.vendor.Limit(resp.Header); told {
			t.pacer.learn(l)
		}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case ctx.Err() != nil:
		return Answer{}, &failure{err: fmt.Errorf("%s: %w", r.Op, ctx.Err())}
	case len(body) > maxBody:
		return Answer{}, t.broken(r, resp, false, fmt.Sprintf("more than %d MiB", maxBody>>20))
	case resp.StatusCode >= 300:
		return Answer{}, t.refused(r, resp, body, token)
	case err != nil:
		return Answer{}, t.broken(r, resp, true, "cut off: "+reason(err))
	case resp.ContentLength >= 0 && int64(len(body)) != resp.ContentLength:
		return Answer{}, t.broken(r, resp, true, fmt.Sprintf("cut off: %d of %d bytes", len(body), resp.ContentLength))
	case !isJSON(resp.Header):
		return Answer{}, t.broken(r, resp, true, fmt.Sprintf("%s instead of JSON", mediaType(resp.Header)))
	case !isObject(body):
		return Answer{}, t.broken(r, resp, true, "cut off: no whole JSON object")
	}
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, nil
}

// unreachable is the failure of a request without an answer.
func (t *Transport) unreachable(ctx context.Context, r Request, err error) *failure {
	if ctx.Err() != nil {
		return &failure{err: fmt.Errorf("%s: %w", r.Op, ctx.Err())}
	}
	e := t.Error(r.Op, 0, Refusal{Kind: ErrUnreachable})
	// Not scrubbed: the base URL may look like an address with a user.
	e.Message = fmt.Sprintf("no answer from %s: %s; check the network, and %s if it should be another address",
		t.base, reason(err), setting(t.vendor.System, "URL"))
	return &failure{err: e, again: true}
}

// reason is the text of a network error, without the URL that net/http puts
// in front of it.
func reason(err error) string {
	var of *url.Error
	if errors.As(err, &of) {
		err = of.Err
	}
	var timeout net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout() {
		return "timed out"
	}
	return err.Error()
}

// broken is the failure of a success that could not be understood.
func (t *Transport) broken(r Request, resp *http.Response, again bool, problem string) *failure {
	told := t.vendor.Refusal(resp.StatusCode, resp.Header, nil)
	return &failure{again: again, err: t.Error(r.Op, resp.StatusCode,
		Refusal{Kind: ErrBroken, Message: problem, RequestID: told.RequestID})}
}

// refused is the failure of an answer that says no.
func (t *Transport) refused(r Request, resp *http.Response, body []byte, token Secret) *failure {
	status := resp.StatusCode
	told := t.vendor.Refusal(status, resp.Header, body)
	if told.Kind == nil {
		told.Kind = kindOf(status)
	}
	switch {
	case status < 400:
		told.Code, told.Message = "", "redirect to "+host(resp.Header.Get("Location"))+" not followed; check "+setting(t.vendor.System, "URL")
	case status == http.StatusNotFound && told.Code == "": // not of the vendor's making
		told.Message = "nothing of " + t.vendor.System.Title() + " is at " + t.base.String() + "; check " + setting(t.vendor.System, "URL")
	case errors.Is(told.Kind, ErrDenied):
		told.Message = "check the access token (" + setting(t.vendor.System, "TOKEN") + ") and its rights: " + told.Message
	}
	throttled := errors.Is(told.Kind, ErrThrottled)
	f := &failure{
		err:       t.Error(r.Op, status, told),
		again:     !told.Final && (throttled || status >= 500 || status == http.StatusLocked),
		everybody: throttled,
		wait:      told.Wait,
	}
	if asked, ok := retryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
		f.wait = asked
	}
	if told.Expired {
		f.expired = token
	}
	return f
}

func kindOf(status int) error {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return ErrDenied
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusTooManyRequests:
		return ErrThrottled
	}
	return ErrBroken
}

// host is the host of a redirect; the rest of it is not ours to repeat.
func host(location string) string {
	u, err := url.Parse(location)
	if err != nil || u.Host == "" {
		return "another path"
	}
	return u.Host
}

// The waits between attempts.
const (
	firstWait = 500 * time.Millisecond
	longWait  = 30 * time.Second
	// Retry-After is honoured between these: not a request at once, nor a run
	// that hangs for a day.
	minRetryAfter = time.Second
	maxRetryAfter = 2 * time.Minute
)

// backoff is the wait after the n-th attempt: doubling, and at random between
// half and all of it, so that requests that failed together part.
func backoff(n int) time.Duration {
	d := min(firstWait<<min(n-1, 10), longWait)
	return d/2 + rand.N(d/2) //nolint:gosec // parting requests needs no secrecy
}

// retryAfter reads the header of that name: seconds or a date
// (RFC 9110, section 10.2.3). What cannot be right is clamped.
func retryAfter(value string, now time.Time) (wait time.Duration, ok bool) {
	if value == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		wait = time.Duration(max(min(seconds, int64(maxRetryAfter/time.Second)), 0)) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	} else {
		return 0, false
	}
	return max(min(wait, maxRetryAfter), minRetryAfter), true
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || media == "" {
		return "an unnamed media type"
	}
	return media
}

func isJSON(h http.Header) bool { return mediaType(h) == "application/json" }

// isObject tells a whole JSON object from one that was cut off, at a glance;
// decoding finds the rest.
func isObject(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) >= 2 && body[0] == '{' && body[len(body)-1] == '}'
}

// newRoundTripper is an http.Transport with a limit for every phase.
func newRoundTripper(inFlight int) http.RoundTripper {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           inFlight,
		MaxIdleConnsPerHost:    inFlight,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  defaultDeadline - time.Second,
		MaxResponseHeaderBytes: 1 << 20,
	}
}
