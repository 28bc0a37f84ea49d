// Package hooks posts events to a webhook receiver as a vendor does: in batches,
// signed, again after a failure, and on request twice or in the wrong order. When
// something is sent is for the caller to say, by the clock it is given: Deliver
// sends what is due.
package hooks

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say where events go and how a vendor sends them.
type Options struct {
	URL    string
	Client *http.Client     // nil: one with http.DefaultTransport; redirects are not followed
	Now    func() time.Time // nil: time.Now
	// Most is how many events a POST holds at most.
	Most int
	// Timeout is how long an answer may take before it counts as a failure.
	Timeout time.Duration
	// Waits are how long it is waited after the first failure of a POST, the second
	// and so on; after the last of them it is given up, unless Forever repeats it.
	Waits   []time.Duration
	Forever bool
	// HoldBack keeps later events waiting until those before have been taken.
	HoldBack bool
	// Encode writes the body of the attempt-th POST (from 0) of some events, Sign
	// sets its headers.
	Encode func(events []any, attempt int) ([]byte, error)
	Sign   func(r *http.Request, body []byte, at time.Time)

	// Twice sends every POST that was taken once more; Reversed sends the newest
	// events first. Vendors promise neither order nor once.
	Twice, Reversed bool
}

// A Sender holds events back until they are delivered. It is safe for concurrent
// use; Deliver is not carried out twice at once.
type Sender struct {
	options Options

	delivering sync.Mutex
	mu         sync.Mutex
	events     []any
	posts      []*post
	given      int
}

// A post is one batch on its way.
type post struct {
	events   []any
	attempts int
	due      time.Time
}

// New returns a sender.
func New(o Options) *Sender {
	client := http.Client{}
	if o.Client != nil {
		client = *o.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // it is no acknowledgement
	o.Client = &client
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Sender{options: o}
}

// Add files events for the next delivery.
func (s *Sender) Add(events ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, events...)
}

// Waiting is how many events have not been taken yet.
func (s *Sender) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.events)
	for _, p := range s.posts {
		n += len(p.events)
	}
	return n
}

// GivenUp is how many events never will be.
func (s *Sender) GivenUp() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.given
}

// Deliver sends what is due, and returns how many POSTs were taken. A receiver that
// refuses or fails is no error: its events are due again later.
func (s *Sender) Deliver(ctx context.Context) (taken int, err error) {
	s.delivering.Lock()
	defer s.delivering.Unlock()
	for _, p := range s.batched() {
		if p.due.After(s.options.Now()) {
			if s.options.HoldBack {
				break
			}
			continue
		}
		ok, err := s.post(ctx, p)
		if err != nil {
			return taken, err
		}
		if s.settle(p, ok); ok {
			taken++
		} else if s.options.HoldBack {
			break
		}
	}
	return taken, nil
}

// batched makes posts of the events and returns all that are on their way.
func (s *Sender) batched() []*post {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.options.Reversed {
		slices.Reverse(s.events)
	}
	for batch := range slices.Chunk(s.events, max(s.options.Most, 1)) {
		s.posts = append(s.posts, &post{events: batch})
	}
	s.events = nil
	return slices.Clone(s.posts)
}

// settle notes how a POST ended.
func (s *Sender) settle(p *post, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := p.attempts
	p.attempts++
	switch waits := s.options.Waits; {
	case !ok && n < len(waits):
		p.due = s.options.Now().Add(waits[n])
		return
	case !ok && s.options.Forever && len(waits) > 0:
		p.due = s.options.Now().Add(waits[len(waits)-1])
		return
	case !ok:
		s.given += len(p.events)
	}
	s.posts = slices.DeleteFunc(s.posts, func(q *post) bool { return q == p })
}

// post sends a batch and reports whether it was taken.
func (s *Sender) post(ctx context.Context, p *post) (ok bool, err error) {
	body, err := s.options.Encode(p.events, p.attempts)
	if err != nil {
		return false, fmt.Errorf("webhook to %s: %w", s.options.URL, err)
	}
	ok = s.send(ctx, body)
	if ok && s.options.Twice {
		s.send(ctx, body)
	}
	return ok, ctx.Err()
}

func (s *Sender) send(ctx context.Context, body []byte) bool {
	if s.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.options.Timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.options.URL, bytes.NewReader(body))
	if err != nil {
		return false
	}
	req.Header.Set("Content-Type", "application/json")
	s.options.Sign(req, body, s.options.Now())
	answer, err := s.options.Client.Do(req)
	if err != nil {
		return false
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // the status says it all
	_ = answer.Body.Close()                                        // nothing was written
	return answer.StatusCode < http.StatusMultipleChoices
}
