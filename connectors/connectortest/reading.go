package connectortest

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// A clause is a part of the contract.
type clause struct {
	name string
	test func(*testing.T, *system)
}

// reading are the clauses that hold of any system, also of one that others use.
var reading = []clause{
	{"says who it is", saysWhoItIs},
	{"brings everything once", bringsEverythingOnce},
	{"goes on after each position", goesOn},
	{"brings what was changed of late", bringsWhatIsNew},
	{"stops when nobody listens", stops},
	{"stops at once", stopsAtOnce},
	{"is denied with a wrong token", isDenied},
	{"does not know all objects", refusesObjects},
}

func saysWhoItIs(t *testing.T, s *system) {
	src := s.open(t)
	if src.System() != s.System {
		t.Errorf("it is %s", src.System())
	}
	who, err := src.Company(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := time.LoadLocation(who.TimeZone); err != nil || who.ID == "" || len(who.Currency) != 3 || who.System != s.System || who.Calls < 1 {
		t.Errorf("got %+v, %v", who, err)
	}
	const apart = 10 * time.Minute
	if d := time.Since(who.At); d < -apart || d > apart {
		t.Errorf("its clock says %v, %v away", who.At, d)
	}
	if s.Handler != nil && who.Company != s.Company {
		t.Errorf("got %+v, want %+v", who.Company, s.Company)
	}
}

func bringsEverythingOnce(t *testing.T, s *system) {
	src := s.open(t)
	first := undisturbed(t, src, time.Time{})
	for o, p := range first.of {
		if p.claimed != p.received || len(p.ids) > p.received {
			t.Errorf("%s: %d claimed, %d received, %d told", o, p.claimed, p.received, len(p.ids))
		}
		ids := sorted(p.ids)
		if once := slices.Compact(slices.Clone(ids)); len(once) != len(ids) {
			t.Errorf("%s: %d records come more than once", o, len(ids)-len(once))
		}
		if s.Handler == nil {
			continue
		}
		if d := difference(ids, sorted(s.IDs[o])); d != "" {
			t.Errorf("%s: %s", o, d)
		}
	}
	if d := undisturbed(t, src, time.Time{}).differs(first); d != "" {
		t.Errorf("the second time: %s", d)
	}
	if s.Handler == nil {
		return
	}
	var unreadable []string
	for _, p := range first.of {
		unreadable = append(unreadable, p.unreadable...)
	}
	slices.Sort(unreadable)
	if d := difference(unreadable, s.Unreadable); d != "" || len(unreadable) == 0 {
		t.Errorf("unreadable: %s", d)
	}
}

// undisturbed is a night without a fault.
func undisturbed(t *testing.T, src connectors.Source, since time.Time) *night {
	t.Helper()
	n, err := run(t.Context(), src, since)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// positions is how many places of a pull are tried to go on at, evenly spread.
const positions = 6

func goesOn(t *testing.T, s *system) {
	told := 0
	for _, o := range reconcile.Objects(s.System) {
		whole := s.everything(t, o)
		before := &pulled{updated: map[string]time.Time{}}
		step := len(whole.pages)/positions + 1
		for n, page := range whole.pages {
			before.add(page)
			if page.Position == "" || n%step != 0 {
				continue
			}
			told++
			rest, err := pull(t.Context(), s.open(t), connectors.Want{Object: o, After: page.Position})
			if err != nil {
				t.Fatal(err)
			}
			if d := difference(slices.Concat(before.records, rest.records), whole.records); d != "" {
				t.Errorf("%s, after %q: %s", o, page.Position, d)
			}
		}
	}
	if told == 0 {
		t.Error("no page has a position")
	}
}

// everything is all of one object.
func (s *system) everything(t *testing.T, o reconcile.Object) *pulled {
	t.Helper()
	p, err := pull(t.Context(), s.open(t), connectors.Want{Object: o})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What says of itself that it was changed since then is among the changes.
func bringsWhatIsNew(t *testing.T, s *system) {
	for _, o := range reconcile.Objects(s.System) {
		whole := s.everything(t, o)
		since := time.Now().Add(-24 * time.Hour)
		recent, err := pull(t.Context(), s.open(t), connectors.Want{Object: o, Since: since})
		if err != nil {
			t.Fatal(err)
		}
		for id, at := range whole.updated {
			if at.After(since) && !slices.Contains(recent.ids, id) {
				t.Errorf("%s %s of %v is not among what was changed since %v", o, id, at, since)
			}
		}
		if o == reconcile.ObjectTaxRates && len(recent.ids) != len(whole.ids) {
			t.Errorf("%d tax rates of %d", len(recent.ids), len(whole.ids))
		}
	}
}

func stops(t *testing.T, s *system) {
	for _, o := range reconcile.Objects(s.System) {
		for _, err := range s.open(t).Pull(t.Context(), connectors.Want{Object: o}) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		nothingGoesOn(t)
	}
}

func stopsAtOnce(t *testing.T, s *system) {
	for _, o := range reconcile.Objects(s.System) {
		ctx, cancel := context.WithCancel(t.Context())
		pages := 0
		var err error
		for _, err = range s.open(t).Pull(ctx, connectors.Want{Object: o}) {
			pages++
			cancel()
		}
		if pages > 1 && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %d pages after it was cancelled, and %v", o, pages-1, err)
		}
		cancel()
		nothingGoesOn(t)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := run(ctx, s.open(t), time.Time{}); !errors.Is(err, context.Canceled) || len(n.of) > 0 {
		t.Errorf("got %v", err)
	}
}

// nothingGoesOn fails the test where a connector's goroutine is still there.
func nothingGoesOn(t *testing.T) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for stack := range strings.SplitSeq(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, "created by github.com/tieout/tieout/connectors") && !strings.Contains(stack, "created by github.com/tieout/tieout/connectors/connectortest") {
			t.Errorf("left behind: %s", stack)
		}
	}
}

func isDenied(t *testing.T, s *system) {
	const wrong = "no-such-token-0123456789"
	src := s.with(t, connectors.Secret(wrong))
	_, err := src.Company(t.Context())
	s.denied(t, err)
	for _, o := range reconcile.Objects(s.System) {
		p, err := pull(t.Context(), src, connectors.Want{Object: o})
		s.denied(t, err)
		if p.received > 0 {
			t.Errorf("%d %s for a wrong token", p.received, o)
		}
		if _, _, err := src.Count(t.Context(), o); err == nil && o != reconcile.ObjectTaxRates {
			t.Errorf("%s counted for a wrong token", o)
		}
	}
}

// denied fails the test where an error does not say that the token is refused, of
// which system, and what to do.
func (s *system) denied(t *testing.T, err error) {
	t.Helper()
	setting := "TIEOUT_" + strings.ToUpper(string(s.System)) + "_TOKEN"
	var told *connectors.APIError
	if !errors.Is(err, connectors.ErrDenied) || !errors.As(err, &told) || told.System != s.System || !strings.Contains(err.Error(), setting) {
		t.Errorf("got %v", err)
		return
	}
	s.discreet(t, err.Error())
}

func refusesObjects(t *testing.T, s *system) {
	src := s.open(t)
	for _, err := range src.Pull(t.Context(), connectors.Want{Object: "cabbages"}) {
		if err == nil {
			t.Error("cabbages were pulled")
		}
	}
	if _, _, err := src.Count(t.Context(), "cabbages"); err == nil {
		t.Error("cabbages were counted")
	}
	if _, _, err := src.Deleted(t.Context(), "cabbages", time.Now()); err == nil {
		t.Error("cabbages were deleted")
	}
}
