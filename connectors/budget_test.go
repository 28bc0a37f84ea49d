package connectors

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/reconcile"
)

// A book is a ledger in memory.
type book struct {
	mu     sync.Mutex
	spent  map[string]int
	broken error
}

func (b *book) Spend(_ context.Context, s reconcile.System, month string, n int) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent == nil {
		b.spent = map[string]int{}
	}
	b.spent[string(s)+" "+month] += n
	return b.spent[string(s)+" "+month], b.broken
}

// What the vendor serves counts, also where its answer is of no use, and nothing
// else does.
func TestBudgetCountsSuccesses(t *testing.T) {
	for name, tt := range map[string]struct {
		replies []reply
		want    int
	}{
		"success":            {[]reply{good}, 1},
		"cut off, repeated":  {[]reply{cut(wholeBody, 100), good}, 2},
		"HTML with 200":      {[]reply{says(200, "<html>", "Content-Type: text/html"), good}, 2},
		"an outage":          {[]reply{says(503, ""), good}, 1},
		"throttled":          {[]reply{says(429, ""), good}, 1},
		"denied":             {[]reply{says(401, "")}, 0},
		"never an answer":    {[]reply{breaks(errors.New("reset"))}, 0},
		"redirected":         {[]reply{says(307, "", "Location: https://e.example.com")}, 0},
		"served for nothing": {[]reply{cut(wholeBody, 100)}, 5},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ledger := &book{}
				transport := newTest(t, &script{replies: tt.replies}, Options{Budget: &Budget{Ledger: ledger, Limit: 100}})
				_, _, _ = transport.Read(t.Context(), listing) // what it counts is the question
				if diff := cmp.Diff(map[string]int{"hubspot 2000-01": tt.want}, ledger.spent); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}

// A month that is used up begins no request; the next one does.
func TestBudgetEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := &book{}
		var heard []string
		budget := func() *Budget {
			return &Budget{Ledger: ledger, Limit: 20, Warn: func(text string) { heard = append(heard, text) }}
		}
		s := &script{replies: []reply{good}}
		readAll(t, newTest(t, s, Options{Budget: budget()}), 17)
		if len(heard) != 0 {
			t.Errorf("heard %q at 17 of 20", heard)
		}
		transport := newTest(t, s, Options{Budget: budget()}) // of another process
		readAll(t, transport, 3)
		if len(heard) != 1 || !strings.HasSuffix(heard[0], " of the 20 requests of 2000-01 (UTC) are used; when all are, nothing is read until the month is over") {
			t.Errorf("heard %q", heard)
		}
		_, calls, err := transport.Read(t.Context(), listing)
		checkError(t, err, ErrThrottled, "list hubspot:invoices: rate limit exceeded: the 20 requests of January 2000 (UTC) are used up; they begin anew on 2000-02-01 00:00 UTC; the limit is TIEOUT_HUBSPOT_BUDGET")
		if calls != 0 || len(s.asked) != 20 {
			t.Errorf("%d calls, %d requests", calls, len(s.asked))
		}
		time.Sleep(time.Until(time.Date(2000, 1, 31, 23, 59, 59, 0, time.UTC)))
		if _, _, err := transport.Read(t.Context(), listing); err == nil {
			t.Error("served in the last second")
		}
		time.Sleep(time.Second)
		readAll(t, transport, 1)
		if diff := cmp.Diff(map[string]int{"hubspot 2000-01": 20, "hubspot 2000-02": 1}, ledger.spent); diff != "" {
			t.Error(diff)
		}
	})
}

// A request that is served after midnight is the next month's.
func TestBudgetOverMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2000, 12, 31, 23, 59, 59, 0, time.UTC)))
		ledger := &book{}
		readAll(t, newTest(t, &script{replies: []reply{good}, takes: 2 * time.Second}, Options{Budget: &Budget{Ledger: ledger, Limit: 20}}), 2)
		if diff := cmp.Diff(map[string]int{"hubspot 2000-12": 0, "hubspot 2001-01": 2}, ledger.spent); diff != "" {
			t.Error(diff)
		}
	})
}

// Without a limit requests are only counted; one that cannot be counted is an
// error, and one whose caller has given up is counted all the same.
func TestBudgetIsWrittenDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ledger := &book{}
		transport := newTest(t, &script{replies: []reply{good}}, Options{Budget: &Budget{Ledger: ledger}})
		readAll(t, transport, 30)
		if ledger.spent["hubspot 2000-01"] != 30 {
			t.Errorf("got %v", ledger.spent)
		}
		if err := (&Budget{Ledger: ledger, pending: map[string]int{"2000-01": 2}}).settle(cancelled(t), reconcile.HubSpot); err != nil || ledger.spent["hubspot 2000-01"] != 32 {
			t.Errorf("got %v, %v", ledger.spent, err)
		}
		ledger.broken = errors.New("disk full")
		_, _, err := transport.Read(t.Context(), listing)
		if err == nil || !strings.Contains(err.Error(), "list hubspot:invoices: count hubspot requests of 2000-01: disk full") {
			t.Errorf("got %v", err)
		}
	})
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
