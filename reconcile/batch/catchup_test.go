package batch

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// whole makes the ticker's runs carry out all of a run.
func (n *night) whole() {
	n.Start = func(ctx context.Context, o Order) (reconcile.Run, error) { return n.runner().Run(ctx, o) }
}

// became lists what became of the schedules: name, date, state.
func (n *night) became() []string {
	n.store.mu.Lock()
	defer n.store.mu.Unlock()
	var out []string
	for _, d := range n.store.dates {
		out = append(out, fmt.Sprintf("%s %s %s", d.Schedule, d.Date, d.State))
	}
	return out
}

// since is a schedule set up at an instant.
func since(hhmm, instant string) reconcile.Schedule {
	s := at(hhmm)
	var err error
	if s.Since, err = time.Parse(time.RFC3339, instant); err != nil {
		panic(err)
	}
	return s
}

// count counts the findings that are listed with a prefix and a suffix.
func (n *night) count(prefix, suffix string) (found int) {
	for _, line := range n.store.list() {
		if strings.HasPrefix(line, prefix) && strings.HasSuffix(line, suffix) {
			found++
		}
	}
	return found
}

// TestThirtyDaysDown: after thirty days of downtime one run catches up, for the
// newest date. The others are missed, once each, and told until the schedule has
// a complete run on its own date.
func TestThirtyDaysDown(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", since("02:00", "2026-05-20T12:00:00Z"))
	n.both(1, "1001")
	n.whole()
	n.store.dates = []reconcile.ScheduleDate{{Schedule: "nightly", Date: date("2026-05-31"), State: reconcile.DateRan}}
	n.Tick(t.Context())
	n.is("2026-07-01T13:00:00Z")
	for range 5 {
		n.Tick(t.Context())
		n.clock.add(tick)
	}
	same(t, "ran", n.ran(), "nightly 2026-06-01 2026-06-01T02:00:00Z", "nightly 2026-07-01 2026-07-01T13:00:00Z")
	if told := n.store.told("MissDate"); len(told) != 29 || told[0] != "MissDate nightly 2026-06-02" || told[28] != "MissDate nightly 2026-06-30" {
		t.Errorf("missed %v", told)
	}
	if open := n.count("SCHEDULE_MISSED", "OPEN"); open != 29 || len(n.became()) != 32 {
		t.Errorf("%d open, dates %v", open, n.became())
	}
	if _, err := n.runner().Run(t.Context(), byHand); err != nil {
		t.Fatal(err)
	}
	if open := n.count("SCHEDULE_MISSED", "OPEN"); open != 29 {
		t.Errorf("%d open after a run by hand", open)
	}
	n.hs.breaks[reconcile.ObjectInvoices] = breakdown{0, errFault}
	n.is("2026-07-02T02:00:00Z")
	n.Tick(t.Context())
	if open := n.count("SCHEDULE_MISSED", "OPEN"); open != 29 {
		t.Errorf("%d open after a night without a complete run", open)
	}
	delete(n.hs.breaks, reconcile.ObjectInvoices)
	n.is("2026-07-03T02:00:00Z")
	n.Tick(t.Context())
	if _, err := n.runner().Run(t.Context(), byHand); err != nil {
		t.Fatal(err)
	}
	if resolved := n.count("SCHEDULE_MISSED", "RESOLVED"); resolved != 29 || n.count("SCHEDULE_MISSED", "") != 29 {
		t.Errorf("after a complete run on its own date: %v", n.store.list())
	}
}

// TestDownSinceTheStart: what a new schedule has missed counts from when it was set
// up, also when it never ran.
func TestDownSinceTheStart(t *testing.T) {
	n := newNight("2026-06-04T13:00:00Z", since("02:00", "2026-06-01T09:00:00Z"))
	n.Tick(t.Context())
	same(t, "dates", n.became(), "nightly 2026-06-02 MISSED", "nightly 2026-06-03 MISSED", "nightly 2026-06-04 RAN")
}

// TestDownRacing: of several tickers that come up at the same time one starts the
// run, and each date is missed once.
func TestDownRacing(t *testing.T) {
	noon := since("12:00", "2026-05-31T02:00:00Z")
	noon.Name = "noon"
	n := newNight("2026-06-01T02:00:00Z", at("02:00"), noon)
	n.Tick(t.Context())
	other := *n.Ticker
	for range 3 { // down for ten days, three times
		n.clock.add(10 * 24 * time.Hour)
		var both sync.WaitGroup
		for _, ticker := range []*Ticker{n.Ticker, &other} {
			both.Go(func() { ticker.Tick(t.Context()) })
		}
		both.Wait()
	}
	times, missed := map[string]int{}, 0
	for _, d := range n.store.dates {
		times[d.Schedule+" "+d.Date.String()]++
		if d.State == reconcile.DateMissed {
			missed++
		}
	}
	if len(times) != 62 || len(n.store.dates) != 62 || missed != 54 || len(n.store.runs) != 8 {
		t.Errorf("%d dates, %d missed, %d runs: %v", len(times), missed, len(n.store.runs), n.became())
	}
	if warned := strings.Count(n.log.String(), "schedule missed"); warned != 54 {
		t.Errorf("told %d times of a missed date", warned)
	}
}

// TestFailedStaysTaken: a date whose run failed is neither run again nor missed.
func TestFailedStaysTaken(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", at("02:00"))
	n.whole()
	n.hs.denied = "company"
	n.Tick(t.Context())
	n.clock.add(time.Hour)
	n.Tick(t.Context())
	n.hs.denied = ""
	n.is("2026-06-02T02:00:00Z")
	n.Tick(t.Context())
	same(t, "dates", n.became(), "nightly 2026-06-01 RAN", "nightly 2026-06-02 RAN")
	if n.store.runs[0].State != reconcile.RunFailed || n.store.runs[1].State != reconcile.RunComplete {
		t.Errorf("runs %s and %s", n.store.runs[0].State, n.store.runs[1].State)
	}
	if found := n.count("SCHEDULE_MISSED", ""); found > 0 {
		t.Errorf("findings %v", n.store.list())
	}
}

// TestLongerThanADay: while a run goes on for more than a day the next night waits,
// tried at every tick; when the one after it is due the night that waited is
// missed. At the end the newest date runs.
func TestLongerThanADay(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", at("02:00"))
	n.busy = true
	n.Tick(t.Context())
	beat := func(to string) {
		for until := n.clock.now(); n.clock.now().Format(time.RFC3339) < to; until = n.clock.now() {
			if err := n.store.Heartbeat(t.Context(), 1); err != nil {
				t.Fatal(until, err)
			}
			n.Tick(t.Context())
			n.clock.add(time.Minute)
		}
	}
	beat("2026-06-03T01:59:00Z")
	same(t, "dates while the second night waits", n.became(), "nightly 2026-06-01 RAN")
	if tries := len(n.store.told("StartRun")); tries != 1+23*60+59 {
		t.Errorf("tried %d times", tries)
	}
	beat("2026-06-03T05:00:00Z")
	same(t, "dates while the third night waits", n.became(), "nightly 2026-06-01 RAN", "nightly 2026-06-02 MISSED")
	long := n.store.runs[0].Run
	long.State = reconcile.RunComplete
	if err := n.store.SaveRun(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	n.whole()
	n.Tick(t.Context())
	same(t, "ran", n.ran(), "nightly 2026-06-01 2026-06-01T02:00:00Z", "nightly 2026-06-03 2026-06-03T05:00:00Z")
	same(t, "findings", n.store.list(), "SCHEDULE_MISSED  schedule OPEN")
	if strings.Contains(n.log.String(), "level=ERROR") {
		t.Errorf("log:\n%s", &n.log)
	}
}

// TestMissingIsTakenUp: when writing down a missed date fails, nothing runs, and the
// next tick goes on where this one stopped.
func TestMissingIsTakenUp(t *testing.T) {
	n := newNight("2026-06-01T02:00:00Z", at("02:00"))
	n.Tick(t.Context())
	n.is("2026-06-05T02:00:00Z")
	n.store.fail = func(call string, _ int) error {
		if call == "MissDate nightly 2026-06-03" {
			return errFault
		}
		return nil
	}
	n.Tick(t.Context())
	same(t, "dates after the fault", n.became(), "nightly 2026-06-01 RAN", "nightly 2026-06-02 MISSED")
	if text := n.log.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, errFault.Error()) {
		t.Errorf("log:\n%s", text)
	}
	n.store.fail = nil
	n.Tick(t.Context())
	same(t, "dates", n.became(), "nightly 2026-06-01 RAN", "nightly 2026-06-02 MISSED", "nightly 2026-06-03 MISSED", "nightly 2026-06-04 MISSED", "nightly 2026-06-05 RAN")
}

// TestClockSetBack: a clock that is set back past midnight runs no date again, and
// none that is older than what has run.
func TestClockSetBack(t *testing.T) {
	n := newNight("2026-06-03T02:00:00Z", at("02:00"))
	n.Tick(t.Context())
	n.is("2026-06-02T23:00:00Z")
	n.Tick(t.Context())
	n.is("2026-06-03T02:00:00Z")
	n.Tick(t.Context())
	same(t, "ran", n.ran(), "nightly 2026-06-03 2026-06-03T02:00:00Z")
}

// TestNightsOfChange ticks through the nights in which clocks are changed: every
// date runs once, at its due instant, and none is missed.
func TestNightsOfChange(t *testing.T) {
	for _, tt := range []struct{ zone, at, from, before, night, after string }{
		{"America/New_York", "02:30", "2026-03-07T00:00:00Z", "03-07 2026-03-07T07:30:00Z", "03-08 2026-03-08T07:00:00Z", "03-09 2026-03-09T06:30:00Z"},
		{"America/New_York", "01:30", "2026-10-31T00:00:00Z", "10-31 2026-10-31T05:30:00Z", "11-01 2026-11-01T05:30:00Z", "11-02 2026-11-02T06:30:00Z"},
		{"Africa/Cairo", "00:00", "2024-04-24T12:00:00Z", "04-25 2024-04-24T22:00:00Z", "04-26 2024-04-25T22:00:00Z", "04-27 2024-04-26T21:00:00Z"},
		{"Africa/Cairo", "23:30", "2024-10-30T12:00:00Z", "10-30 2024-10-30T20:30:00Z", "10-31 2024-10-31T20:30:00Z", "11-01 2024-11-01T21:30:00Z"},
		{"Australia/Lord_Howe", "02:15", "2026-10-02T12:00:00Z", "10-03 2026-10-02T15:45:00Z", "10-04 2026-10-03T15:30:00Z", "10-05 2026-10-04T15:15:00Z"},
		{"Australia/Lord_Howe", "01:45", "2026-04-03T12:00:00Z", "04-04 2026-04-03T14:45:00Z", "04-05 2026-04-04T14:45:00Z", "04-06 2026-04-05T15:15:00Z"},
	} {
		t.Run(tt.zone+" "+tt.at, func(t *testing.T) {
			n := newNight(tt.from, since(tt.at, tt.from))
			n.store.set("time_zone", tt.zone)
			for end := n.clock.now().Add(67 * time.Hour); n.clock.now().Before(end); n.clock.add(5 * time.Minute) {
				n.Tick(t.Context())
			}
			year := tt.from[:5]
			same(t, "ran", n.ran(), "nightly "+year+tt.before, "nightly "+year+tt.night, "nightly "+year+tt.after)
			if len(n.store.dates) != 3 {
				t.Errorf("dates %v", n.became())
			}
		})
	}
}
