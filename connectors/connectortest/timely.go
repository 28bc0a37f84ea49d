package connectortest

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox/control"
)

// timely are the clauses that take a clock.
var timely = []clause{
	{"brings what was changed and nothing else", bringsChanges},
	{"brings what was told of beside it", bringsWhatWasToldOf},
	{"says when that was too long ago", saysTooOld},
	{"brings the same where a replica lags behind", bringsTheSameStale},
	{"brings later what a stale read hid", bringsWhatWasHidden},
	{"stops while it waits", stopsWhileItWaits},
	{"stops while nobody answers", stopsWhileNobodyAnswers},
}

func bringsChanges(t *testing.T, s *system) {
	time.Sleep(24 * time.Hour)
	since := time.Now()
	time.Sleep(time.Hour)
	want := s.Change(t)
	time.Sleep(time.Hour)
	src := s.open(t)
	changed := undisturbed(t, src, since)
	s.areAll(t, changed, want)
	if d := undisturbed(t, src, since).differs(changed); d != "" {
		t.Errorf("the second time: %s", d)
	}
	all := undisturbed(t, s.open(t), time.Time{})
	for o, p := range changed.of {
		for _, r := range p.records {
			if !slices.Contains(all.of[o].records, r) {
				t.Errorf("%s: among everything it is another: %s", o, r)
			}
		}
		if p.claimed != all.of[o].received {
			t.Errorf("%s: %d claimed, %d are there", o, p.claimed, all.of[o].received)
		}
	}
	time.Sleep(time.Hour)
	s.areAll(t, undisturbed(t, s.open(t), time.Now()), Changes{})
}

// What is wanted beside the changes comes with them, each record once. What is gone, or
// was never there, brings nothing.
func bringsWhatWasToldOf(t *testing.T, s *system) {
	time.Sleep(24 * time.Hour)
	since := time.Now()
	time.Sleep(time.Hour)
	want := s.Change(t)
	time.Sleep(time.Hour)
	for _, o := range reconcile.Objects(s.System) {
		if o == reconcile.ObjectTaxRates { // always all of them
			continue
		}
		moved := slices.Concat(want.Changed[o], want.Deleted[o])
		unmoved := slices.DeleteFunc(slices.Clone(s.IDs[o]), func(id string) bool { return slices.Contains(moved, id) })
		told := []string{unmoved[0], unmoved[len(unmoved)-1]}
		p, err := pull(t.Context(), s.open(t), connectors.Want{Object: o, Since: since, Also: slices.Concat(told, moved, []string{"999999999999999999"})})
		if err != nil {
			t.Fatal(err)
		}
		if d := difference(sorted(p.ids), sorted(slices.Concat(want.Changed[o], told))); d != "" || p.received != len(p.ids) {
			t.Errorf("%s: %d received: %s", o, p.received, d)
		}
	}
}

// areAll fails the test where a night brought other changes than those.
func (s *system) areAll(t *testing.T, n *night, want Changes) {
	t.Helper()
	for o, p := range n.of {
		if o == reconcile.ObjectTaxRates { // always all of them
			continue
		}
		if d := difference(sorted(p.ids), sorted(want.Changed[o])); d != "" {
			t.Errorf("changed %s: %s", o, d)
		}
		if d := difference(sorted(p.deleted), sorted(want.Deleted[o])); d != "" {
			t.Errorf("deleted %s: %s", o, d)
		}
	}
}

func saysTooOld(t *testing.T, s *system) {
	since := time.Now()
	want := s.Change(t)
	if s.Reach == 0 {
		time.Sleep(365 * 24 * time.Hour)
		s.areAll(t, undisturbed(t, s.open(t), since), want)
		return
	}
	time.Sleep(s.Reach + time.Hour)
	before := s.asked()
	for _, o := range reconcile.Objects(s.System) {
		p, err := pull(t.Context(), s.open(t), connectors.Want{Object: o, Since: since})
		if o == reconcile.ObjectTaxRates {
			before = s.asked()
			continue
		}
		if !errors.Is(err, connectors.ErrTooOld) || p.received > 0 {
			t.Errorf("%s: %d, %v", o, p.received, err)
		}
	}
	if n := s.asked() - before; n != 0 {
		t.Errorf("%d requests for what cannot be answered", n)
	}
}

// A replica that lags behind shows what was not changed as it is.
func bringsTheSameStale(t *testing.T, s *system) {
	want := undisturbed(t, s.open(t), time.Time{})
	struck := s.strike(t, control.Rule{Effect: control.Stale})
	if d := undisturbed(t, s.open(t), time.Time{}).differs(want); d != "" || struck() == 0 {
		t.Errorf("struck %d times: %s", struck(), d)
	}
}

// A replica that lags behind by minutes hides a change from the pull that begins
// then. The next one asks from the instant at which that pull began.
func bringsWhatWasHidden(t *testing.T, s *system) {
	time.Sleep(24 * time.Hour)
	last := time.Now().Add(-time.Hour)
	want := s.Change(t)
	time.Sleep(time.Minute)
	this := time.Now()
	s.strike(t, control.Rule{Effect: control.Stale})
	hidden := undisturbed(t, s.open(t), last)
	s.Control.Clear()
	time.Sleep(24 * time.Hour)
	next := undisturbed(t, s.open(t), this)
	s.areAll(t, next, want)
	for o, p := range hidden.of {
		for n, id := range sorted(p.ids) {
			if n > 0 && sorted(p.ids)[n-1] == id {
				t.Errorf("%s %s came twice", o, id)
			}
		}
	}
}

// Who gives up does not wait for the end of a rate limit.
func stopsWhileItWaits(t *testing.T, s *system) {
	s.strike(t, control.Rule{Effect: control.Refuse, Status: http.StatusTooManyRequests, RetryAfter: 60, Skip: 1})
	s.stopsIn(t, 20*time.Second)
}

func stopsWhileNobodyAnswers(t *testing.T, s *system) {
	s.strike(t, control.Rule{Effect: control.Delay, Delay: control.Duration(time.Hour), Skip: 1})
	s.stopsIn(t, 20*time.Second)
}

// stopsIn fails the test where a night that is cancelled after a while goes on.
func (s *system) stopsIn(t *testing.T, after time.Duration) {
	t.Helper()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), after)
	defer cancel()
	_, err := run(ctx, s.open(t), time.Time{})
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != after {
		t.Errorf("ended after %v with %v", took, err)
	}
	nothingGoesOn(t)
}
