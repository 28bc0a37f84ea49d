package connectors

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A Ledger keeps how many requests a system has served in a month, beyond the
// end of the process.
type Ledger interface {
	// Spend adds n requests of a month such as 2026-11 and returns how many it has
	// now. With n = 0 it only tells.
	Spend(ctx context.Context, s reconcile.System, month string, n int) (used int, err error)
}

// A Budget is how many reads a month a vendor serves before it refuses everything
// until the month is over: Intuit 500,000 on its smallest tier (App Partner
// Program, CorePlus calls). The count is of successes, as the vendor's is, also of
// those whose answer was of no use; an answer that never came may have counted
// there and does not here, and what other programs read with the same app is not
// known here at all. Months are of UTC; where Intuit's begin is not documented.
//
// A Budget is safe for use by several goroutines.
type Budget struct {
	Ledger Ledger
	// Limit is how many requests a month are sent; 0: they are only counted.
	Limit int
	// Warn hears when a month is nearly used, once in each.
	Warn func(text string)

	mu      sync.Mutex
	month   string         // that used is of
	used    int            // as the ledger last said
	warned  string         // month that was warned of
	pending map[string]int // by month: served and not in the ledger yet
}

// nearly is the part of a month's budget at which it is time to say so.
const nearly = 0.9

// allow says why nothing may be sent any more; empty: there is room.
func (b *Budget) allow(ctx context.Context, s reconcile.System) (refusal string, err error) {
	now := time.Now().UTC()
	month, next := reconcile.QuotaMonth(now)
	b.mu.Lock()
	known := b.month == month
	b.mu.Unlock()
	if !known {
		if err := b.spend(ctx, s, month, 0); err != nil {
			return "", err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Limit > 0 && b.month == month && b.used >= b.Limit {
		return fmt.Sprintf("the %d requests of %s (UTC) are used up; they begin anew on %s; the limit is %s",
			b.Limit, now.Format("January 2006"), next.Format("2006-01-02 15:04 UTC"), setting(s, "BUDGET")), nil
	}
	return "", nil
}

// served counts one request, in memory.
func (b *Budget) served() {
	month, _ := reconcile.QuotaMonth(time.Now())
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pending == nil {
		b.pending = map[string]int{}
	}
	b.pending[month]++
}

// settle writes down what was served, also when the caller has given up.
func (b *Budget) settle(ctx context.Context, s reconcile.System) error {
	b.mu.Lock()
	pending := b.pending
	b.pending = nil
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for month, n := range pending {
		if err := b.spend(ctx, s, month, n); err != nil {
			return err
		}
	}
	return nil
}

func (b *Budget) spend(ctx context.Context, s reconcile.System, month string, n int) error {
	used, err := b.Ledger.Spend(ctx, s, month, n)
	if err != nil {
		return fmt.Errorf("count %s requests of %s: %w", s, month, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if month > b.month {
		b.month, b.used = month, 0
	}
	if month == b.month {
		b.used = max(b.used, used)
	}
	if b.Limit > 0 && float64(b.used) >= nearly*float64(b.Limit) && b.warned != b.month && b.Warn != nil {
		b.warned = b.month
		b.Warn(fmt.Sprintf("%s: %d of the %d requests of %s (UTC) are used; when all are, nothing is read until the month is over", s.Title(), b.used, b.Limit, b.month))
	}
	return nil
}

// A counted RoundTripper counts successes.
type counted struct {
	http.RoundTripper
	budget *Budget
}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err == nil && resp.StatusCode >= 200 && resp.StatusCode < 300 {
		c.budget.served()
	}
	return resp, err
}

// Read sends a request until it succeeds or has failed for good, within the
// month's budget where there is one. calls is how often it was sent.
func (t *Transport) Read(ctx context.Context, r Request) (a Answer, calls int, err error) {
	if t.budget == nil {
		return t.repeat(ctx, r)
	}
	refusal, err := t.budget.allow(ctx, t.vendor.System)
	switch {
	case err != nil:
		return Answer{}, 0, fmt.Errorf("%s: %w", r.Op, err)
	case refusal != "":
		return Answer{}, 0, t.Error(r.Op, 0, Refusal{Kind: ErrThrottled, Message: refusal})
	}
	a, calls, err = t.repeat(ctx, r)
	if failed := t.budget.settle(ctx, t.vendor.System); failed != nil && err == nil {
		err = fmt.Errorf("%s: %w", r.Op, failed)
	}
	return a, calls, err
}
