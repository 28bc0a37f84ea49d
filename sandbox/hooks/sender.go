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
	failure    error // of the last POST; nil when it was taken
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

// Failure is why the last POST was not taken: an *Answered for what was answered,
// otherwise an error of the transport; nil after one that was, or without any.
func (s *Sender) Failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// URL is where the POSTs go.
func (s *Sender) URL() string { return s.options.URL }

// Answered is an answer that takes nothing.
type Answered struct{ Status int }

func (e *Answered) Error() string { return fmt.Sprintf("status %d", e.Status) }

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
		failure, err := s.post(ctx, p)
		if err != nil {
			return taken, err
		}
		if s.settle(p, failure); failure == nil {
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
func (s *Sender) settle(p *post, failure error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failure = failure
	n, ok := p.attempts, failure == nil
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

// post sends a batch; failure is why it was not taken.
func (s *Sender) post(ctx context.Context, p *post) (failure, err error) {
	body, err := s.options.Encode(p.events, p.attempts)
	if err != nil {
		return nil, fmt.Errorf("webhook to %s: %w", s.options.URL, err)
	}
	failure = s.send(ctx, body)
	if failure == nil && s.options.Twice {
		_ = s.send(ctx, body) // it was taken the first time
	}
	return failure, ctx.Err()
}

func (s *Sender) send(ctx context.Context, body []byte) error {
	if s.options.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, s.options.Timeout)
		defer cancel()
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.options.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	s.options.Sign(req, body, s.options.Now())
	answer, err := s.options.Client.Do(req)
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, 1<<20)) // the status says it all
	_ = answer.Body.Close()                                        // nothing was written
	if answer.StatusCode >= http.StatusMultipleChoices {
		return &Answered{answer.StatusCode}
	}
	return nil
}
