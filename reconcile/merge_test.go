package reconcile

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// shown prints groups as KEY: HubSpot ids | QuickBooks ids.
func shown(g Group) string {
	ids := func(list []Entry) string {
		var out []string
		for _, e := range list {
			out = append(out, e.ID)
		}
		return strings.Join(out, " ")
	}
	return fmt.Sprintf("%s: %s|%s", g.Key, ids(g.HubSpot), ids(g.QuickBooks))
}

// keyedEntries makes entries of KEY/ID words, in the order given.
func keyedEntries(words string) []Entry {
	var list []Entry
	for _, w := range strings.Fields(words) {
		key, id, _ := strings.Cut(w, "/")
		list = append(list, Entry{MatchKey: key, ID: id})
	}
	return list
}

func TestMerge(t *testing.T) {
	for _, tt := range []struct{ name, hs, qb, want string }{
		{"nothing", "", "", ""},
		{"one side", "nA/1 nB/2", "", "nA: 1| nB: 2|"},
		{"the other side", "", "nA/1", "nA: |1"},
		{"interleaved", "nA/1 nC/2", "nB/3 nC/4 nD/5", "nA: 1| nB: |3 nC: 2|4 nD: |5"},
		{"blank keys stand alone", "/1 /2 nA/3", "/4 nA/5", ": 1| : 2| : |4 nA: 3|5"},
		{"several under a key", "nA/1 nA/2", "nA/3", "nA: 1 2|3"},
		{"links come before numbers", "l7/1 nA/2", "l7/3 nA/4", "l7: 1|3 nA: 2|4"},
		{"a link is no number", "l7/1", "n7/2", "l7: 1| n7: |2"},
		{"bytes, not letters", "nZ/1 na/2", "nB/3 né/4", "nB: |3 nZ: 1| na: 2| né: |4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for g, err := range Merge(stream(keyedEntries(tt.hs)...), stream(keyedEntries(tt.qb)...)) {
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range slices.Concat(g.HubSpot, g.QuickBooks) {
					if e.System != HubSpot && e.System != QuickBooks {
						t.Errorf("%s has no system", e.ID)
					}
				}
				got = append(got, shown(g))
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %q, want %q", s, tt.want)
			}
		})
	}
}

var errBroken = errors.New("the mirror broke off")

// broken streams entries and then fails.
func broken(list ...Entry) func(func(Entry, error) bool) {
	return func(yield func(Entry, error) bool) {
		for _, e := range list {
			if !yield(e, nil) {
				return
			}
		}
		yield(Entry{}, errBroken)
	}
}

// TestMergeEndsWithTheFirstError: the error is the last thing, and no group that
// it may have cut short comes before it.
func TestMergeEndsWithTheFirstError(t *testing.T) {
	whole := keyedEntries("nA/1 nB/2 nB/3 nC/4")
	for name, tt := range map[string]struct {
		hs, qb func(func(Entry, error) bool)
		want   string
	}{
		"at once":             {broken(), stream(whole...), "the mirror broke off"},
		"amid a key":          {broken(whole[:2]...), stream(whole...), "nA: 1|1; the mirror broke off"},
		"on the other side":   {stream(whole...), broken(whole[:1]...), "the mirror broke off"},
		"before the end":      {broken(whole...), stream(whole[:1]...), "nA: 1|1; nB: 2 3|; the mirror broke off"},
		"keys out of order":   {stream(keyedEntries("nB/1 nA/2")...), stream(whole...), `nA: |1; merge: hubspot entries out of order: "nA" after "nB"`},
		"a blank key at last": {stream(whole...), stream(keyedEntries("nD/1 /2")...), `nA: 1|; nB: 2 3|; nC: 4|; merge: quickbooks entries out of order: "" after "nD"`},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for g, err := range Merge(tt.hs, tt.qb) {
				if err != nil {
					got = append(got, err.Error())
					continue
				}
				got = append(got, shown(g))
			}
			if s := strings.Join(got, "; "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

// TestMergeStops: a consumer that has seen enough leaves nothing running.
func TestMergeStops(t *testing.T) {
	before := runtime.NumGoroutine()
	ended := 0
	side := func(yield func(Entry, error) bool) {
		defer func() { ended++ }()
		for n := 0; ; n++ {
			if !yield(Entry{MatchKey: fmt.Sprintf("n%06d", n)}, nil) {
				return
			}
		}
	}
	for range 20 {
		for _, err := range Merge(side, side) {
			if err != nil {
				t.Error(err)
			}
			break
		}
	}
	if ended != 40 {
		t.Errorf("%d of 40 streams were ended", ended)
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines, %d before", after, before)
	}
}

// TestMergeLosesNothing: every entry comes out once, under its key.
func TestMergeLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		side := func(name string) []Entry {
			keys := rapid.SliceOf(rapid.SampledFrom([]string{"", "", "l1", "nA", "nB", "nC"})).Draw(t, name)
			slices.Sort(keys)
			list := make([]Entry, len(keys))
			for n, key := range keys {
				list[n] = Entry{MatchKey: key, Row: int64(n)}
			}
			return list
		}
		hs, qb := side("hubspot"), side("quickbooks")
		var gotHS, gotQB []Entry
		last := ""
		for g, err := range Merge(stream(hs...), stream(qb...)) {
			if err != nil {
				t.Fatal(err)
			}
			if g.Key < last || (g.Key == last && g.Key != "") {
				t.Errorf("key %q after %q", g.Key, last)
			}
			last = g.Key
			if g.Key == "" && len(g.HubSpot)+len(g.QuickBooks) != 1 {
				t.Errorf("a blank key joins %+v", g)
			}
			gotHS, gotQB = append(gotHS, g.HubSpot...), append(gotQB, g.QuickBooks...)
		}
		same := func(a, b Entry) bool { return a.MatchKey == b.MatchKey && a.Row == b.Row }
		if !slices.EqualFunc(hs, gotHS, same) || !slices.EqualFunc(qb, gotQB, same) {
			t.Errorf("%v %v became %v %v", hs, qb, gotHS, gotQB)
		}
	})
}

// TestWeigh tells invoices by letters: o open, v voided, i open and made by an
// integration, u unreadable.
func TestWeigh(t *testing.T) {
	kinds := map[rune]Entry{
		'o': {Status: StatusOpen}, 'v': {Status: StatusVoided}, 'i': {Status: StatusOpen, Flags: FlagIntegration}, 'u': {Flags: FlagUnreadable},
	}
	side := func(s System, letters string) []Entry {
		var list []Entry
		for n, r := range letters {
			e := kinds[r]
			e.System, e.ID = s, fmt.Sprint(n+1)
			list = append(list, e)
		}
		return list
	}
	letters := func(list []Entry) string {
		out := ""
		for _, e := range list {
			for r, k := range kinds {
				if k.Status == e.Status && k.Flags == e.Flags {
					out += string(r)
				}
			}
		}
		return out
	}
	for _, tt := range []struct {
		src, dst string
		state    PairState
		kept     string // SRC | DST
		dropped  string
	}{
		{"o", "o", Matched, "o|o", ""},
		{"o", "", OneSided, "o|", ""},
		{"oo", "", OneSided, "oo|", ""},
		{"ov", "", OneSided, "ov|", ""},
		{"o", "v", Matched, "o|v", ""}, // scope is SRC's answer
		{"v", "o", Excluded, "v|o", ""},
		{"i", "o", Matched, "i|o", ""}, // a paired record's source does not matter
		{"u", "o", Unknown, "u|o", ""},
		{"o", "u", Unknown, "o|u", ""},
		{"v", "u", Excluded, "v|u", ""},
		{"u", "v", Unknown, "u|v", ""},
		{"oo", "o", Ambiguous, "oo|o", ""},
		{"o", "oo", Ambiguous, "o|oo", ""},
		{"ov", "o", Matched, "o|o", "v"},
		{"oi", "o", Matched, "o|o", "i"},
		{"ov", "v", Matched, "o|v", "v"},
		{"o", "ov", Matched, "o|o", "v"},
		{"ov", "ov", Matched, "o|o", "vv"},
		{"oov", "ov", Ambiguous, "oo|o", "vv"},
		{"o", "vv", OneSided, "o|", "vv"},    // any of them could be the partner
		{"vv", "o", Excluded, "v|o", "v"},    // whichever is the partner, the pair is out of scope
		{"vv", "oo", Ambiguous, "vv|oo", ""}, // a number stays doubled
		{"oo", "vv", Ambiguous, "oo|vv", ""},
		{"ii", "o", OneSided, "|o", "ii"},
		{"ou", "o", Ambiguous, "ou|o", ""},
		{"vv", "vv", Ambiguous, "vv|vv", ""},
	} {
		for _, d := range []Direction{HubSpotToQuickBooks, QuickBooksToHubSpot} {
			s := with(DefaultSettings(), "direction", string(d))
			g := Group{Key: "nA", HubSpot: side(HubSpot, tt.src), QuickBooks: side(QuickBooks, tt.dst)}
			if d == QuickBooksToHubSpot {
				g.HubSpot, g.QuickBooks = side(HubSpot, tt.dst), side(QuickBooks, tt.src)
			}
			w := s.Weigh(g)
			kept := letters(w.Side(d.Source())) + "|" + letters(w.Side(d.Destination()))
			if dropped := letters(w.Dropped); w.State != tt.state || kept != tt.kept || dropped != tt.dropped {
				t.Errorf("%s: %s|%s is %s of %s, dropped %q; want %s of %s, %q", d, tt.src, tt.dst, w.State, kept, dropped, tt.state, tt.kept, tt.dropped)
			}
			if w.State == Excluded && w.Reason != ExcludedByStatus {
				t.Errorf("%s|%s is excluded by %q", tt.src, tt.dst, w.Reason)
			}
		}
	}
}

func TestWeighLooksCloser(t *testing.T) {
	s := DefaultSettings()
	for _, tt := range []struct {
		name   string
		hs, qb Entry
		want   PairState
	}{
		{"equal digests", Entry{}, Entry{}, Matched},
		{"other digests", Entry{Digest: Digest{1}}, Entry{}, Different},
		{"a flag", Entry{Flags: FlagNoSKU}, Entry{}, Different},
		{"a flag on the other side", Entry{}, Entry{Flags: FlagNoEmail}, Different},
		{"integration asks for nothing", Entry{Flags: FlagIntegration}, Entry{Flags: FlagIntegration}, Matched},
	} {
		tt.hs.Status, tt.qb.Status = StatusOpen, StatusOpen
		if w := s.Weigh(Group{HubSpot: []Entry{tt.hs}, QuickBooks: []Entry{tt.qb}}); w.State != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, w.State, tt.want)
		}
	}
}

func TestAloneState(t *testing.T) {
	s := DefaultSettings()
	young := asOf.Unix() - 60
	for _, tt := range []struct {
		e       Entry
		crowded bool
		want    PairState
	}{
		{Entry{Status: StatusOpen}, false, OneSided},
		{Entry{Status: StatusOpen, Created: young}, false, Pending},
		{Entry{Status: StatusOpen, Created: asOf.Unix() - 3600}, false, OneSided},
		{Entry{Status: StatusOpen, Created: young}, true, Ambiguous},
		{Entry{Status: StatusDraft, Created: young}, true, Excluded},
		{Entry{Status: StatusDraft, Flags: FlagUnreadable}, true, Unknown},
	} {
		if got := s.AloneState(&tt.e, tt.crowded, asOf); got != tt.want {
			t.Errorf("%+v, crowded %t: %s, want %s", tt.e, tt.crowded, got, tt.want)
		}
	}
}
