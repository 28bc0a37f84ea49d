package quickbooks

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// A busy company is changed while it is read: at random, before requests. It knows
// which versions of its records there were since it was last marked.
type busy struct {
	*quickbookssim.Company
	t       testing.TB
	r       *rand.Rand
	changes int            // of a request at most; 0: it is quiet
	now     map[string]int // version by entity and Id
	marked  map[string]int // at the mark
	gone    map[string]int // version when it was deleted
}

var versioned = map[string]string{"Invoice": "DocNumber", "Customer": "DisplayName"}

func newBusy(t testing.TB, ds *sandbox.Dataset, seed uint64, o quickbookssim.Options) *busy {
	o.Open = true
	c, err := quickbookssim.New(ds, o)
	if err != nil {
		t.Fatal(err)
	}
	return &busy{Company: c, t: t, r: rand.New(rand.NewPCG(seed, 1)), now: map[string]int{}, gone: map[string]int{}}
}

func (b *busy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if b.changes > 0 {
		for range b.r.IntN(b.changes + 1) {
			b.change()
		}
		time.Sleep(time.Duration(b.r.IntN(3)) * time.Second / 2)
	}
	b.Company.ServeHTTP(w, r)
}

func (b *busy) mark() { b.marked, b.gone = maps.Clone(b.now), map[string]int{} }

func (b *busy) create(entity string) {
	id, err := b.Create(entity, fmt.Sprintf(`{%q:"0","TotalAmt":1,"Balance":1,"Active":true}`, versioned[entity]))
	if err != nil {
		b.t.Fatal(err)
	}
	b.now[entity+" "+id] = 0
}

// change makes one change that people could make.
func (b *busy) change() {
	entity := []string{"Invoice", "Customer"}[b.r.IntN(2)]
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(b.now)), func(key string) bool { return key[:1] != entity[:1] })
	verb := b.r.IntN(10)
	if len(keys) == 0 || verb < 2 {
		b.create(entity)
		return
	}
	key := keys[b.r.IntN(len(keys))]
	id, err := key[len(entity)+1:], error(nil)
	switch {
	case verb < 5 && entity == "Invoice":
		b.gone[key] = b.now[key]
		delete(b.now, key)
		err = b.Delete(entity, id)
	default:
		b.now[key]++
		err = b.Update(entity, id, fmt.Sprintf(`{%q:"%d"}`, versioned[entity], b.now[key]))
		if err == nil && verb < 5 {
			err = b.Deactivate(entity, id)
		}
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// check holds what was pulled against what there was since the mark.
func (b *busy) check(seed uint64, entity string, wanted func(key string) bool, pulled map[string][]int) {
	b.t.Helper()
	for key, first := range b.marked {
		last, there := b.now[key]
		if key[:1] == entity[:1] && there && wanted(key) && len(pulled[key]) == 0 {
			b.t.Fatalf("seed %d: %s was missed; it was there all the time, version %d to %d", seed, key, first, last)
		}
	}
	for key, versions := range pulled {
		last, there := b.now[key]
		if !there {
			last = b.gone[key]
		}
		for _, v := range versions {
			if v < b.marked[key] || v > last {
				b.t.Fatalf("seed %d: %s came as version %d; it was %d to %d", seed, key, v, b.marked[key], last)
			}
		}
	}
}

// versions pulls an object and returns the versions that came, by entity and Id.
func versions(t testing.TB, c *Client, w connectors.Want) map[string][]int {
	t.Helper()
	got := map[string][]int{}
	add := func(key, version string) {
		v, err := strconv.Atoi(version)
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
		got[key] = append(got[key], v)
	}
	for page, err := range c.Pull(t.Context(), w) {
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range page.Invoices {
			add("Invoice "+i.ID, i.Number)
		}
		for _, p := range page.Customers {
			add("Customer "+p.ID, p.Name)
		}
	}
	return got
}

func noBooks(t *testing.T) *sandbox.Dataset {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "quickbooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	ds, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

// today ends the time before the simulator's records.
func today() { time.Sleep(time.Until(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC))) }

// schedules is how many random ones each test goes through; TIEOUT_CAMPAIGN times
// as many where that is set.
func schedules(t *testing.T) uint64 {
	t.Helper()
	const most = 500
	times := os.Getenv("TIEOUT_CAMPAIGN")
	if times == "" {
		return most
	}
	n, err := strconv.ParseUint(times, 10, 16)
	if err != nil {
		t.Fatalf("TIEOUT_CAMPAIGN: %v", err)
	}
	return n * most
}

var pulledObjects = map[string]reconcile.Object{"Invoice": reconcile.ObjectInvoices, "Customer": reconcile.ObjectCustomers}

// Whatever people do between the requests, a pull of everything misses no record
// that was there all the time, and each is as it was at some instant within.
func TestFullPullOfABusyCompany(t *testing.T) {
	ds := noBooks(t)
	synctest.Test(t, func(t *testing.T) {
		today()
		for seed := range schedules(t) {
			b := newBusy(t, ds, seed, quickbookssim.Options{LexicalIDs: seed%2 == 1})
			for range b.r.IntN(60) {
				b.create([]string{"Invoice", "Customer"}[b.r.IntN(2)])
			}
			c := newClient(t, b, connectors.Options{Rate: connectors.Unpaced, InFlight: 1})
			c.page = 3 + b.r.IntN(6)
			for entity, o := range pulledObjects {
				b.mark()
				b.changes = 1 + b.r.IntN(3)
				got := versions(t, c, connectors.Want{Object: o})
				b.check(seed, entity, func(string) bool { return true }, got)
			}
		}
	})
}

// A mirror that is kept by incremental pulls, each since the one before began,
// misses nothing either, and after a pull in quiet it is the company. Where the
// counts tell that it is not, because not every deletion could be told, everything
// is pulled.
func TestIncrementalPullsOfABusyCompany(t *testing.T) {
	ds := noBooks(t)
	synctest.Test(t, func(t *testing.T) {
		today()
		full := uint64(0)
		for seed := range schedules(t) {
			r := rand.New(rand.NewPCG(seed, 2))
			o := quickbookssim.Options{
				MaxChanges: []int{4, 12, 1000}[seed%3], OverflowFaults: seed%2 == 0, ExclusiveSince: seed%5 < 2, LexicalIDs: seed%7 < 3,
			}
			b := newBusy(t, ds, seed, o)
			for range 10 + r.IntN(30) {
				b.create([]string{"Invoice", "Customer"}[r.IntN(2)])
			}
			c := newClient(t, b, connectors.Options{Rate: connectors.Unpaced, InFlight: 1})
			c.page, c.captureSize = 3+r.IntN(6), o.MaxChanges
			mirror := maps.Clone(b.now)
			var at time.Time
			for round := range 3 {
				since := at
				if round == 0 {
					since = time.Now()
				}
				changed := map[string]bool{} // between the pulls
				before := maps.Clone(b.now)
				time.Sleep(time.Duration(r.IntN(20)) * time.Minute)
				for range r.IntN(12) {
					b.change()
				}
				for key, v := range b.now {
					if old, there := before[key]; !there || old != v {
						changed[key] = true
					}
				}
				time.Sleep(time.Duration(r.IntN(3)) * time.Second)
				at = time.Now()
				b.mark()
				b.changes = r.IntN(3)
				if round == 2 {
					b.changes = 0
				}
				if _, err := c.Company(t.Context()); err != nil {
					t.Fatal(err)
				}
				for entity, object := range pulledObjects {
					got := versions(t, c, connectors.Want{Object: object, Since: since})
					b.check(seed, entity, func(key string) bool { return changed[key] }, got)
					for key, list := range got {
						if len(list) > 1 {
							t.Fatalf("seed %d: %s came %d times", seed, key, len(list))
						}
						mirror[key] = list[0]
					}
					deleted, _, err := c.Deleted(t.Context(), object, since)
					if err != nil {
						t.Fatal(err)
					}
					for _, id := range deleted {
						if _, there := b.now[entity+" "+id]; there {
							t.Fatalf("seed %d: %s %s is said to be deleted", seed, entity, id)
						}
						delete(mirror, entity+" "+id)
					}
				}
			}
			if !maps.Equal(mirror, b.now) {
				if o.MaxChanges == 1000 {
					t.Fatalf("seed %d: the mirror has %v, the company %v", seed, mirror, b.now)
				}
				for key, v := range b.now {
					if got, there := mirror[key]; !there || got != v {
						t.Fatalf("seed %d: %s is %d, in the mirror %d", seed, key, v, got)
					}
				}
				full++ // deletions that could not be told any more
			}
		}
		if most := schedules(t) / 2; full == 0 || full > most {
			t.Errorf("%d mirrors had a deletion that was not told; some should, but not more than %d", full, most)
		}
	})
}

// Pages before a cut and those of the pull that goes on from there are those of an
// undisturbed one, each record once.
func TestPullGoesOnAfterACut(t *testing.T) {
	ds := noBooks(t)
	for seed := range schedules(t) / 2 {
		b := newBusy(t, ds, seed, quickbookssim.Options{LexicalIDs: seed%2 == 1})
		for range b.r.IntN(50) {
			b.create("Invoice")
		}
		c := newClient(t, b, unpaced)
		c.page = 2 + b.r.IntN(6)
		cut, position := b.r.IntN(12), ""
		ids := map[string]int{}
		for page, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Invoices {
				ids[i.ID]++
			}
			position = page.Position
			if cut--; cut < 0 {
				break
			}
		}
		for page, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices, After: position}) {
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range page.Invoices {
				ids[i.ID]++
			}
		}
		if len(ids) != len(b.now) {
			t.Fatalf("seed %d: %d invoices of %d, cut at %q", seed, len(ids), len(b.now), position)
		}
		for id, n := range ids {
			if n != 1 {
				t.Fatalf("seed %d: invoice %s came %d times, cut at %q", seed, id, n, position)
			}
		}
	}
}

// A pull goes on although the company has changed since the cut; where the record
// that it would go on after is gone, it begins anew.
func TestPullGoesOnInABusyCompany(t *testing.T) {
	ds := noBooks(t)
	synctest.Test(t, func(t *testing.T) {
		today()
		for seed := range schedules(t) / 2 {
			b := newBusy(t, ds, seed, quickbookssim.Options{LexicalIDs: seed%2 == 1})
			for range 20 + b.r.IntN(20) {
				b.create("Invoice")
			}
			c := newClient(t, b, connectors.Options{Rate: connectors.Unpaced, InFlight: 1})
			c.page = 3 + b.r.IntN(5)
			b.mark()
			b.changes = 2
			cut, position := b.r.IntN(4), ""
			got := map[string][]int{}
			for page, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices}) {
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range page.Invoices {
					v, _ := strconv.Atoi(i.Number)
					got["Invoice "+i.ID] = append(got["Invoice "+i.ID], v)
				}
				position = page.Position
				if cut--; cut < 0 {
					break
				}
			}
			for range b.r.IntN(10) {
				b.change()
			}
			for key, list := range versions(t, c, connectors.Want{Object: reconcile.ObjectInvoices, After: position}) {
				got[key] = append(got[key], list...)
			}
			b.check(seed, "Invoice", func(string) bool { return true }, got)
		}
	})
	for _, after := range []string{"x", "0:1", "7", "-3:1"} {
		if w := (query{}).walk(after); w.row != 0 || w.last != "" {
			t.Errorf("%q is taken for row %d after %q", after, w.row, w.last)
		}
	}
}
