package control

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// An Effect is what a rule does to a request.
type Effect string

// The effects. Those that say after carry the request out first, so that its caller
// cannot know whether it was.
const (
	Delay       Effect = "delay"        // nothing but Rule.Delay
	Drop        Effect = "drop"         // the connection breaks before anything is done
	DropAfter   Effect = "drop_after"   // it breaks afterwards
	Refuse      Effect = "refuse"       // Rule.Status in the vendor's form, and nothing is done
	RefuseAfter Effect = "refuse_after" // Rule.Status in the vendor's form, and it was done
	Cut         Effect = "cut"          // half of the answer, then the connection breaks
	HTML        Effect = "html"         // a page of a machine in between, with Rule.Status
	WrongType   Effect = "wrong_type"   // the right answer as text/plain
	Twice       Effect = "twice"        // it is delivered twice; the second answer is told
	Stale       Effect = "stale"        // a read shows records as they were before their last change
	DeadToken   Effect = "dead_token"   // every access token ends before it is looked at
)

var effects = []Effect{Delay, Drop, DropAfter, Refuse, RefuseAfter, Cut, HTML, WrongType, Twice, Stale, DeadToken}

// A Rule strikes requests with a fault.
type Rule struct {
	// Method is the one it strikes, "" any. Path is a regular expression on path and
	// query, such as /invoice\?.*operation=void; "" strikes any.
	Method string `json:"method,omitempty"`
	Path   string `json:"path,omitempty"`
	// Skip is how many of these requests pass first, Times how many are struck then;
	// 0 is all.
	Skip  int `json:"skip,omitempty"`
	Times int `json:"times,omitempty"`

	Effect Effect `json:"effect"`
	// Delay is waited for before, whatever the effect.
	Delay Duration `json:"delay,omitempty"`
	// Status and Code are what Refuse and RefuseAfter answer with, Status what HTML
	// does; 0 is 503. Code is an error code of the vendor's, such as 5010 or DAILY.
	// RetryAfter, in seconds, is told in a header unless it is 0.
	Status     int    `json:"status,omitempty"`
	Code       string `json:"code,omitempty"`
	RetryAfter int    `json:"retryAfter,omitempty"`
}

// A Duration is written as 1.5s in JSON.
type Duration time.Duration

// MarshalJSON writes it as time.Duration does.
func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(time.Duration(d).String()) }

// UnmarshalJSON reads what time.ParseDuration takes.
func (d *Duration) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return fmt.Errorf("a duration such as \"1.5s\": %w", err)
	}
	parsed, err := time.ParseDuration(text)
	*d = Duration(parsed)
	return err
}

func (r Rule) refuse(w http.ResponseWriter, req *http.Request, v Vendor) {
	if r.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(r.RetryAfter))
	}
	v.Refuse(w, req, r.Status, r.Code)
}

// An armed rule counts what it met.
type armed struct {
	Rule
	id        int
	path      *regexp.Regexp
	met, hits int
}

// A Fault is a rule as it stands.
type Fault struct {
	ID int `json:"id"`
	Rule
	// Hits is how many requests it struck.
	Hits int `json:"hits"`
}

// Strike puts a rule in force, after those that are. The first rule that has
// something to do to a request strikes it.
func (c *Control) Strike(r Rule) (Fault, error) {
	if !slices.Contains(effects, r.Effect) {
		return Fault{}, fmt.Errorf("effect %q: want one of %v", r.Effect, effects)
	}
	if r.Skip < 0 || r.Times < 0 || r.Delay < 0 {
		return Fault{}, fmt.Errorf("skip %d, times %d, delay %v: want none below zero", r.Skip, r.Times, time.Duration(r.Delay))
	}
	if r.Effect == Delay && r.Delay == 0 {
		return Fault{}, errors.New("effect delay: want a delay, such as \"2s\"")
	}
	if err := c.answers(&r); err != nil {
		return Fault{}, err
	}
	path, err := regexp.Compile(r.Path)
	if err != nil {
		return Fault{}, fmt.Errorf("path %q: %w", r.Path, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serial++
	a := &armed{Rule: r, id: c.serial, path: path}
	c.rules = append(c.rules, a)
	return a.fault(), nil
}

// answers completes the status of a rule, and refuses a status or a code that its
// effect has no use for or the vendor does not know.
func (c *Control) answers(r *Rule) error {
	refuses := r.Effect == Refuse || r.Effect == RefuseAfter
	if !refuses && r.Code != "" || !refuses && r.Effect != HTML && r.Status != 0 {
		return fmt.Errorf("effect %s: has no status or code of its own; they are for refuse and refuse_after, status for html too", r.Effect)
	}
	if refuses || r.Effect == HTML {
		r.Status = cmp.Or(r.Status, http.StatusServiceUnavailable)
		if r.Status < 200 || r.Status > 599 {
			return fmt.Errorf("status %d: want one of an answer, 200 to 599", r.Status)
		}
	}
	if r.Code == "" {
		return nil
	}
	return c.vendor.Check(r.Status, r.Code)
}

// Clear ends all rules, and what DeadToken did to a token that nobody can renew.
func (c *Control) Clear() {
	c.mu.Lock()
	c.rules = nil
	c.mu.Unlock()
	c.vendor.Revive()
}

// Faults returns the rules in force, and those that have struck their Times.
func (c *Control) Faults() []Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	faults := make([]Fault, len(c.rules))
	for i, a := range c.rules {
		faults[i] = a.fault()
	}
	return faults
}

func (a *armed) fault() Fault { return Fault{ID: a.id, Rule: a.Rule, Hits: a.hits} }

// struck returns the rule that strikes a request, nil for none.
func (c *Control) struck(r *http.Request) *armed {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, a := range c.rules {
		if (a.Method != "" && a.Method != r.Method) || !a.path.MatchString(r.URL.RequestURI()) {
			continue
		}
		if a.met++; a.met > a.Skip && (a.Times == 0 || a.hits < a.Times) {
			a.hits++
			return a
		}
	}
	return nil
}
