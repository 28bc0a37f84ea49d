// Package control is how a simulator is commanded from outside: faults that strike
// requests, and the log of what was written. Both simulators have one, in Go and
// below the path /_sandbox/ of their address, which belongs to no vendor.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Vendor is what control has to know of the simulator it commands.
type Vendor struct {
	// Serve answers a request as the vendor does.
	Serve http.HandlerFunc
	// Refuse answers with a status in the vendor's form; code is an error code of
	// the vendor's, "" the one that goes with the status.
	Refuse func(w http.ResponseWriter, r *http.Request, status int, code string)
	// Check refuses a status with an error code that Refuse would not know, and says
	// which it does; code is not empty.
	Check func(status int, code string) error
	// Kill ends every access token. Revive lets one that no sign-in can renew work
	// again.
	Kill, Revive func()
	// Requests tells how many requests of each kind there were.
	Requests func() map[string]int
}

// A Control commands one simulator. It is safe for concurrent use.
type Control struct {
	vendor Vendor
	admin  *http.ServeMux

	mu     sync.Mutex
	serial int
	rules  []*armed
	writes []Write
}

// New returns the control of a simulator.
func New(v Vendor) *Control {
	c := &Control{vendor: v}
	c.admin = c.routes()
	return c
}

// A Write is one change that a caller of the API made, as it took effect.
type Write struct {
	At     time.Time `json:"at"`
	Verb   string    `json:"verb"`   // "create", "update", "delete", "void", "archive", "associate", "dissociate", "merge"
	Object string    `json:"object"` // as the vendor calls it: "invoices", "Invoice"
	ID     string    `json:"id"`
	// RequestID is what makes it one operation however often it is sent: requestid
	// of QuickBooks, objectWriteTraceId of HubSpot.
	RequestID string          `json:"requestId,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"` // what was sent for this record
}

// Wrote adds to the log.
func (c *Control) Wrote(w Write) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes = append(c.writes, w)
}

// Writes returns the log, oldest first.
func (c *Control) Writes() []Write {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Write{}, c.writes...)
}

// ServeHTTP answers a request, struck by the faults that are in force.
func (c *Control) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, base) {
		c.admin.ServeHTTP(w, r)
		return
	}
	a := c.struck(r)
	if a == nil {
		c.vendor.Serve(w, r)
		return
	}
	if !Wait(r.Context(), time.Duration(a.Delay)) {
		return // the caller has gone
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // likewise
	}
	again := func(ctx context.Context) *http.Request {
		next := r.Clone(ctx)
		next.Body = io.NopCloser(bytes.NewReader(body))
		return next
	}
	c.strike(r.Context(), w, again, a.Rule)
}

// strike does to a request what a rule says.
func (c *Control) strike(ctx context.Context, w http.ResponseWriter, again func(context.Context) *http.Request, rule Rule) {
	switch rule.Effect {
	case Drop:
		panic(http.ErrAbortHandler)
	case DropAfter:
		c.vendor.Serve(newMemo(), again(ctx))
		panic(http.ErrAbortHandler)
	case Refuse:
		rule.refuse(w, again(ctx), c.vendor)
	case RefuseAfter:
		c.vendor.Serve(newMemo(), again(ctx))
		rule.refuse(w, again(ctx), c.vendor)
	case Cut:
		m := newMemo()
		c.vendor.Serve(m, again(ctx))
		m.header.Set("Content-Length", strconv.Itoa(m.body.Len()))
		m.body.Truncate(m.body.Len() / 2)
		m.copyTo(w)
		_ = http.NewResponseController(w).Flush() // else a short answer would not leave at all; who has gone needs none
		panic(http.ErrAbortHandler)
	case HTML:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(rule.Status)
		_, _ = io.WriteString(w, "<html><body><h1>Service Unavailable</h1></body></html>\n") // who has gone needs no answer
	case WrongType:
		m := newMemo()
		c.vendor.Serve(m, again(ctx))
		m.header.Set("Content-Type", "text/plain")
		m.copyTo(w)
	case Twice:
		c.vendor.Serve(newMemo(), again(ctx))
		c.vendor.Serve(w, again(ctx))
	case Stale:
		c.vendor.Serve(w, again(context.WithValue(ctx, staleKey{}, true)))
	case DeadToken:
		c.vendor.Kill()
		c.vendor.Serve(w, again(ctx))
	default: // Delay: it has passed
		c.vendor.Serve(w, again(ctx))
	}
}

type staleKey struct{}

// IsStale reports whether a read is to show records as they were before their last
// change, as a replica does that lags behind.
func IsStale(ctx context.Context) bool {
	stale, _ := ctx.Value(staleKey{}).(bool)
	return stale
}

// A memo is an answer that is kept.
type memo struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newMemo() *memo { return &memo{header: http.Header{}, status: http.StatusOK} }

func (m *memo) Header() http.Header         { return m.header }
func (m *memo) WriteHeader(status int)      { m.status = status }
func (m *memo) Write(b []byte) (int, error) { return m.body.Write(b) }

func (m *memo) copyTo(w http.ResponseWriter) {
	for name, values := range m.header {
		w.Header()[name] = values
	}
	w.WriteHeader(m.status)
	_, _ = w.Write(m.body.Bytes()) // who has gone needs no answer
}

// Wait reports whether the caller is still there after d.
func Wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
