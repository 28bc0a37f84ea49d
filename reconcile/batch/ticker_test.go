package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A night is a ticker over a world, with runs that end at once or stay under way.
type night struct {
	*world
	*Ticker
	log  bytes.Buffer
	busy bool // runs stay under way
}

func newNight(at string, schedules ...reconcile.Schedule) *night {
	n := &night{world: newWorld()}
	n.store.schedules = schedules
	n.is(at)
	n.Ticker = &Ticker{Schedules: n.store, Start: n.start, Clock: n.store.now, Log: slog.New(slog.NewTextHandler(&n.log, nil))}
	return n
}

func (n *night) start(ctx context.Context, o Order) (reconcile.Run, error) {
	run, err := n.runner().Begin(ctx, o)
	if err != nil || n.busy {
		return run, err
	}
	run.State = reconcile.RunComplete
	return run, n.store.SaveRun(ctx, run)
}

// is sets the clock.
func (n *night) is(at string) {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	n.clock.set(t)
}

// ran lists the runs: schedule, date, when.
func (n *night) ran() []string {
	n.store.mu.Lock()
	defer n.store.mu.Unlock()
	var out []string
	for _, r := range n.store.runs {
		out = append(out, fmt.Sprintf("%s %s %s", r.Schedule, r.Date, r.StartedAt.Format(time.RFC3339)))
	}
	return out
}

func at(hhmm string) reconcile.Schedule {
	return reconcile.Schedule{Name: "nightly", At: hhmm, Enabled: true}
}

func TestDueTimes(t *testing.T) {
	for _, tt := range []struct{ zone, at, from, want string }{
		{"UTC", "02:00", "2026-06-01T02:00:00Z", "nightly 2026-06-02 2026-06-02T02:00:00Z"},
		{"Europe/Berlin", "02:00", "2026-06-01T00:00:00Z", "nightly 2026-06-02 2026-06-02T00:00:00Z"},
		{"America/Los_Angeles", "23:30", "2026-06-01T06:30:00Z", "nightly 2026-06-01 2026-06-02T06:30:00Z"},
		{"Asia/Kolkata", "02:00", "2026-05-31T20:30:00Z", "nightly 2026-06-02 2026-06-01T20:30:00Z"},
		{"Pacific/Kiritimati", "00:00", "2026-06-01T10:00:00Z", "nightly 2026-06-03 2026-06-02T10:00:00Z"},
		{"America/New_York", "02:30", "2026-03-07T07:30:00Z", "nightly 2026-03-08 2026-03-08T07:00:00Z"}, // 02:30 is skipped: 03:00
		{"America/New_York", "01:30", "2026-10-31T05:30:00Z", "nightly 2026-11-01 2026-11-01T05:30:00Z"}, // 01:30 comes twice: the first
	} {
		t.Run(tt.zone+" "+tt.at, func(t *testing.T) {
			n := newNight(tt.from, at(tt.at))
			n.store.set("time_zone", tt.zone)
			n.Tick(t.Context()) // the date before
			end := n.clock.now().Add(25 * time.Hour)
			for n.clock.now().Before(end) {
				n.Tick(t.Context())
				n.clock.add(10 * time.Minute)
			}
			ran := n.ran()
			if len(ran) != 2 || ran[1] != tt.want {
				t.Errorf("ran %v, want as the second %s", ran, tt.want)
			}
		})
	}
}

// TestOneRunPerDate: with two tickers at the same time every date of every
// schedule has one run.
func TestOneRunPerDate(t *testing.T) {
	noon := since("12:00", "2026-05-31T01:00:00Z")
	noon.Name = "noon"
	n := newNight("2026-06-01T01:00:00Z", since("02:00", "2026-05-31T01:00:00Z"), noon)
	other := *n.Ticker
	for range 24 * 5 {
		var both sync.WaitGroup
		for _, ticker := range []*Ticker{n.Ticker, &other} {
			both.Go(func() { ticker.Tick(t.Context()) })
		}
		both.Wait()
		n.clock.add(time.Hour)
	}
	times := map[string]int{}
	for _, r := range n.store.runs {
		times[r.Schedule+" "+r.Date.String()]++
	}
	if len(times) != 12 { // 5 days of each, and the newest missed date of each at the start
		t.Errorf("ran on %v", times)
	}
	for date, runs := range times {
		if runs != 1 {
			t.Errorf("%s has %d runs", date, runs)
		}
	}
	if n.log.Len() == 0 || strings.Contains(n.log.String(), "level=ERROR") {
		t.Errorf("log:\n%s", &n.log)
	}
}

// TestRunningIsTriedAgain: a run by hand at the due time only delays the
// scheduled one.
func TestRunningIsTriedAgain(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", at("02:00"))
	n.busy = true
	byHandRun, err := n.runner().Begin(t.Context(), byHand)
	if err != nil {
		t.Fatal(err)
	}
	n.Tick(t.Context())
	n.clock.add(30 * time.Second)
	n.Tick(t.Context())
	if ran := n.ran(); len(ran) != 1 {
		t.Errorf("beside a run: %v", ran)
	}
	byHandRun.State = reconcile.RunComplete
	if err := n.store.SaveRun(t.Context(), byHandRun); err != nil {
		t.Fatal(err)
	}
	n.Tick(t.Context())
	n.Tick(t.Context())
	same(t, "ran", n.ran(), "  2026-06-01T02:00:00Z", "nightly 2026-06-01 2026-06-01T02:00:30Z")
	if strings.Contains(n.log.String(), "level=ERROR") {
		t.Errorf("log:\n%s", &n.log)
	}
}

// TestCatchUp: after downtime the newest missed date runs, and no other.
func TestCatchUp(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", at("02:00"))
	n.Tick(t.Context())
	n.is("2026-06-05T01:59:59Z") // the fifth is not due yet
	n.Tick(t.Context())
	n.Tick(t.Context())
	n.is("2026-06-05T02:00:00Z")
	n.Tick(t.Context())
	n.is("2026-06-09T13:00:00Z")
	n.Tick(t.Context())
	n.Tick(t.Context())
	same(t, "ran", n.ran(), "nightly 2026-06-01 2026-06-01T02:00:00Z", "nightly 2026-06-04 2026-06-05T01:59:59Z",
		"nightly 2026-06-05 2026-06-05T02:00:00Z", "nightly 2026-06-09 2026-06-09T13:00:00Z")
}

// TestSince: what was due before a schedule was set up is not caught up.
func TestSince(t *testing.T) {
	s := at("02:00")
	s.Since = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	n := newNight("2026-06-01T09:00:00Z", s)
	n.Tick(t.Context())
	if ran := n.ran(); len(ran) > 0 {
		t.Errorf("ran %v", ran)
	}
	n.is("2026-06-02T02:00:00Z")
	n.Tick(t.Context())
	same(t, "ran", n.ran(), "nightly 2026-06-02 2026-06-02T02:00:00Z")
}

// TestBegin: a schedule that nobody has set up begins with the first tick, however
// long the workspace has been there; nothing due earlier runs or is missed, and
// what comes later is kept as always.
func TestBegin(t *testing.T) {
	n := newNight("2026-06-30T13:00:00Z", at("02:00"))
	n.store.fail = func(call string, nth int) error {
		if call == "BeginSchedule nightly" && nth < 4 { // within the first tick
			return errFault
		}
		return nil
	}
	for range 3 {
		n.Tick(t.Context())
		n.clock.add(tick)
	}
	same(t, "dates before the first night", n.became())
	if begun := n.store.schedules[0].Since.Format(time.RFC3339); begun != "2026-06-30T13:00:30Z" || strings.Count(n.log.String(), "level=ERROR") != 1 {
		t.Errorf("begun at %s, log:\n%s", begun, &n.log)
	}
	n.is("2026-07-03T02:00:00Z")
	n.Tick(t.Context())
	same(t, "dates", n.became(), "nightly 2026-07-01 MISSED", "nightly 2026-07-02 MISSED", "nightly 2026-07-03 RAN")
}

// TestSchedulesApart: a schedule that is off does not run, one that is wrong is
// told, and neither keeps the next from running.
func TestSchedulesApart(t *testing.T) {
	off, wrong := at("02:00"), at("25:00")
	off.Name, off.Enabled, wrong.Name = "off", false, "wrong"
	n := newNight("2026-06-01T02:00:00Z", off, wrong, at("02:00"))
	n.Tick(t.Context())
	same(t, "ran", n.ran(), "nightly 2026-06-01 2026-06-01T02:00:00Z")
	if text := n.log.String(); strings.Count(text, "level=ERROR") != 1 || !strings.Contains(text, "schedule=wrong") {
		t.Errorf("log:\n%s", text)
	}
}

// TestTickFails: an error is told, and the next tick tries again.
func TestTickFails(t *testing.T) {
	for _, call := range []string{"Settings", "ScheduleHistories 1", "StartRun"} {
		t.Run(call, func(t *testing.T) {
			n := newNight("2026-06-01T02:00:00Z", since("02:00", "2026-06-01T01:00:00Z"))
			n.store.fail = func(c string, _ int) error {
				if c == call {
					return errFault
				}
				return nil
			}
			n.Tick(t.Context())
			if text := n.log.String(); len(n.store.runs) > 0 || !strings.Contains(text, "level=ERROR") || !strings.Contains(text, errFault.Error()) {
				t.Errorf("%d runs, log:\n%s", len(n.store.runs), text)
			}
			n.store.fail = nil
			n.clock.add(tick)
			n.Tick(t.Context())
			same(t, "ran", n.ran(), "nightly 2026-06-01 2026-06-01T02:00:30Z")
		})
	}
}

// TestTickerRuns: Run ticks at once and then steadily, until its context ends.
func TestTickerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNight("2026-06-01T02:00:00Z", at("02:00"))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- n.Run(ctx) }()
		time.Sleep(time.Second)
		if told := n.store.told("ScheduleHistories"); len(told) != 1 {
			t.Errorf("%d ticks in the first second", len(told))
		}
		time.Sleep(10 * time.Minute)
		if told := n.store.told("ScheduleHistories"); len(told) != 21 {
			t.Errorf("%d ticks in ten minutes", len(told))
		}
		cancel() // between two ticks
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		same(t, "ran", n.ran(), "nightly 2026-06-01 2026-06-01T02:00:00Z")
	})
}

// TestTickAfterTheEnd: a tick of a ticker that has ended does and tells nothing.
func TestTickAfterTheEnd(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", at("02:00"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	n.Tick(ctx)
	if n.log.Len() > 0 || len(n.ran()) > 0 || len(n.store.calls) > 0 {
		t.Errorf("ran %v, calls %v, log:\n%s", n.ran(), n.store.calls, &n.log)
	}
	if err := n.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v", err)
	}
}
