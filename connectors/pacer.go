package connectors

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// A Limit is how many requests a vendor serves in any stretch of time of a
// length.
type Limit struct {
	Requests int
	Per      time.Duration
}

// Rate is how many requests a second keep within the limit with its Margin to
// spare; 0 where nothing is limited.
func (l Limit) Rate() float64 {
	if l.Requests <= 0 || l.Per <= 0 {
		return 0
	}
	return float64(l.Requests) / l.Per.Seconds() * Margin
}

// Slowest is the rate that keeps within several limits at once.
func Slowest(limits ...Limit) float64 {
	slowest := limits[0].Rate()
	for _, l := range limits[1:] {
		slowest = min(slowest, l.Rate())
	}
	return slowest
}

// A pacer spaces the requests that count against the same limits, and bounds
// how many of them are under way.
//
// Evenly spaced requests keep within a window wherever it begins. After a pause
// nothing is caught up on, for a burst may be more than the vendor's own window
// still has room for.
type pacer struct {
	slots chan struct{}
	turns chan struct{} // its one holder is the next to be sent
	most  float64       // requests a second; never more, whatever the vendor grants

	limiter *rate.Limiter // nil: unpaced

	mu     sync.Mutex
	resume time.Time   // no request before this instant
	learnt Limit       // what the vendor last said
	sent   []time.Time // in the last learnt.Per, or since the beginning
}

// newPacer returns a pacer of so many requests a second; Unpaced for no limit.
func newPacer(perSecond float64, inFlight int) *pacer {
	p := &pacer{slots: make(chan struct{}, inFlight), turns: make(chan struct{}, 1), most: perSecond}
	if perSecond > 0 {
		p.limiter = rate.NewLimiter(rate.Limit(perSecond), 1)
	}
	return p
}

// enter waits for a slot and then for its turn, so that what the pacing lets
// pass is sent at once and the spacing on the wire is even. Who has entered
// must leave.
func (p *pacer) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	err := p.turn(ctx)
	if err != nil {
		p.leave()
	}
	return err
}

func (p *pacer) leave() { <-p.slots }

// turn waits until the vendor may be called: evenly spaced, and after what it
// asked for. Only one request waits for the time, the others for that one, so
// that what is learnt meanwhile goes for all of them.
func (p *pacer) turn(ctx context.Context) error {
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for rested := true; rested; {
		if _, err := p.rest(ctx); err != nil {
			return err
		}
		if p.limiter == nil {
			return ctx.Err()
		}
		if err := p.limiter.Wait(ctx); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return context.DeadlineExceeded // the limiter foresees it
		}
		// A refusal may have come meanwhile. After a rest the spacing begins anew.
		var err error
		if rested, err = p.rest(ctx); err != nil {
			return err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.within(time.Now()), time.Now())
	return nil
}

// rest waits until the vendor has been left alone for as long as it asked, and
// says whether there was anything to wait for.
func (p *pacer) rest(ctx context.Context) (rested bool, err error) {
	for ; ; rested = true {
		p.mu.Lock()
		wait := time.Until(p.resume)
		p.mu.Unlock()
		if wait <= 0 {
			return rested, nil
		}
		if err := sleep(ctx, wait); err != nil {
			return rested, err
		}
	}
}

// hold lets no request pass for a while: what exceeded the limit once would
// exceed it again.
func (p *pacer) hold(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := time.Now().Add(d); at.After(p.resume) {
		p.resume = at
	}
}

// within returns the requests of the stretch that the limit counts.
func (p *pacer) within(now time.Time) []time.Time {
	span := p.learnt.Per
	if span <= 0 {
		span = longestWindow
	}
	n := 0
	for n < len(p.sent) && now.Sub(p.sent[n]) > span {
		n++
	}
	return p.sent[n:]
}

// What a vendor says of its limit is believed within these bounds: no window
// longer than a minute, since longer ones are budgets and not rates.
const longestWindow = time.Minute

// learn goes by a limit that the vendor told, where it is narrower than what
// was configured. What was sent before is made up for: the next request waits
// until it would have come had all of the window been spaced by the new limit.
func (p *pacer) learn(l Limit) {
	if p.limiter == nil || l.Rate() <= 0 || l.Per > longestWindow {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l == p.learnt {
		return
	}
	p.learnt = l
	now := time.Now()
	p.sent = p.within(now)
	perSecond := min(l.Rate(), p.most)
	slower := rate.Limit(perSecond) < p.limiter.Limit()
	p.limiter.SetLimit(rate.Limit(perSecond))
	if !slower || len(p.sent) == 0 {
		return
	}
	spaced := time.Duration(float64(len(p.sent)) / perSecond * float64(time.Second))
	if at := p.sent[0].Add(spaced); at.After(p.resume) {
		p.resume = at
	}
}
