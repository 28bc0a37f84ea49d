package quickbookssim

import (
	"bytes"
	"fmt"
	"net/http"
	"sync"
	"unicode/utf8"
)

// RequestIDs is what becomes of a write whose requestid the company has seen.
type RequestIDs int

// The first answer is given again byte for byte, whatever is in the second body
// and whatever became of the record since (learn/learn-basic-field-definitions
// #request-id; github.com/LanternOps/breeze/issues/4624 for a record deleted in
// between); or the id means nothing; or the write is refused with 6000, as somebody
// met it who sent a batch twice (github.com/ruckus/quickbooks-ruby/pull/344).
const (
	RequestIDsReplayed RequestIDs = iota
	RequestIDsIgnored
	RequestIDsRefused
)

// maxRequestID is how long a requestid may be, in characters; that of a batch with
// the bId of an item behind it.
const maxRequestID = 50

// An outcome is how one write was answered.
type outcome struct {
	status int
	body   []byte
}

// A replay is the outcome of the first write of a requestid. It is locked while
// that one is under way: who comes second waits for its answer.
type replay struct {
	mu    sync.Mutex
	first *outcome
}

// replays are the outcomes of a company by realm and requestid. They are kept for
// ever: how long Intuit keeps them is not documented.
type replays struct {
	mu sync.Mutex
	by map[string]*replay
}

func (r *replays) of(key string) *replay {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[string]*replay{}
	}
	if r.by[key] == nil {
		r.by[key] = &replay{}
	}
	return r.by[key]
}

// once has a write done unless the company remembers its requestid. Without an id
// it is done.
func (c *Company) once(realm, requestID string, t *table, write func() outcome) outcome {
	ofList := t != nil && t.kind.class == nameList && c.options.IgnoreRequestIDsOfLists
	if requestID == "" || ofList || c.options.RequestIDs == RequestIDsIgnored {
		return write()
	}
	r := c.replays.of(realm + "\n" + requestID)
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.first == nil:
	case c.options.RequestIDs == RequestIDsRefused:
		return c.faultOutcome(faultOf("6000", ""))
	default:
		return *r.first
	}
	done := write()
	if done.status < http.StatusMultipleChoices || c.options.ReplayFailures {
		r.first = &done
	}
	return done
}

// answerOnce answers a write that may carry a requestid.
func (c *Company) answerOnce(w http.ResponseWriter, r *http.Request, realm string, t *table, serve http.HandlerFunc) {
	id := r.URL.Query().Get("requestid")
	if utf8.RuneCountInString(id) > maxRequestID {
		c.writeFault(w, faultOf("2130", "Invalid Request Id Format: at most 50 characters"))
		return
	}
	done := c.once(realm, id, t, func() outcome {
		answer := &recording{ResponseWriter: w, status: http.StatusOK}
		serve(answer, r)
		return outcome{answer.status, answer.body.Bytes()}
	})
	c.write(w, done.status, done.body)
}

// tooLongJoined is what the items of a batch are refused with whose requestid and
// bId are too long together (github.com/intuit/QuickBooks-V3-Java-SDK/issues/180).
func tooLongJoined(id string) *fault {
	return faultOf("6000", fmt.Sprintf("Business Validation Error: You cannot enter more than %d characters in the request_id field. You tried entering %.10s..., which is %d characters.",
		maxRequestID, id, utf8.RuneCountInString(id)))
}

// A recording keeps an answer instead of sending it; headers go their way.
type recording struct {
	http.ResponseWriter
	status int
	body   bytes.Buffer
}

func (r *recording) WriteHeader(status int)      { r.status = status }
func (r *recording) Write(b []byte) (int, error) { return r.body.Write(b) }
