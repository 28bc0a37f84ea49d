package hubspot

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// A drifting portal is changed by others between the requests of a pull. It
// remembers what every record was, from which change to which.
type drifting struct {
	t      *testing.T
	portal *hubspotsim.Portal
	watch  *watch

	mu      sync.Mutex
	rng     *rand.Rand
	left    int // changes that are still to come
	step    int // changes so far
	made    int // versions so far
	records map[string]*remembered
}

// remembered is the history of a record. Its text says which version it is.
type remembered struct {
	object, id string
	invoice    string // of a line
	made       time.Time
	versions   []version
	gone       int // change after which it is archived
}

type version struct {
	text string
	from int
	at   time.Time
}

// texts are the properties that tell a version, by HubSpot's name of the object.
var texts = map[string]string{"products": "name", "contacts": "firstname", "invoices": "hs_number", "line_items": "name"}

func newDrifting(t *testing.T, ds *sandbox.Dataset, rng *rand.Rand) *drifting {
	d := &drifting{t: t, rng: rng, watch: &watch{now: lastNight.Add(-time.Hour)}, records: map[string]*remembered{}}
	var err error
	if d.portal, err = hubspotsim.New(ds, hubspotsim.Options{Open: true, Now: d.watch.Now, Writing: hubspotsim.Writing{KeepLines: true}}); err != nil {
		t.Fatal(err)
	}
	return d
}

// RoundTrip has the portal answer, after some changes.
func (d *drifting) RoundTrip(r *http.Request) (*http.Response, error) {
	d.mu.Lock()
	for n := d.rng.IntN(4); n > 0 && d.left > 0; n-- {
		d.left--
		d.change()
	}
	d.mu.Unlock()
	return inProcess{d.portal}.RoundTrip(r)
}

// change makes, edits or archives a record. The others of the test's objects are
// as likely, whichever is pulled: what is pulled points at some of them.
func (d *drifting) change() {
	d.step++
	d.watch.set(d.watch.Now().Add(time.Duration(d.rng.IntN(3)) * time.Millisecond))
	live := d.live()
	if len(live) == 0 || d.rng.IntN(3) == 0 {
		d.create([]string{"products", "contacts", "invoices", "invoices"}[d.rng.IntN(4)])
		return
	}
	switch r := live[d.rng.IntN(len(live))]; {
	case d.rng.IntN(4) == 0:
		must(d.t, d.portal.Archive(r.object, r.id))
		r.gone = d.step
	default:
		d.version(r)
		must(d.t, d.portal.Update(r.object, r.id, map[string]string{texts[r.object]: r.versions[len(r.versions)-1].text}))
	}
}

// live are the records that are not archived, in a fixed order.
func (d *drifting) live() []*remembered {
	var live []*remembered
	for _, key := range slices.Sorted(maps.Keys(d.records)) {
		if r := d.records[key]; r.gone == math.MaxInt {
			live = append(live, r)
		}
	}
	return live
}

func (d *drifting) version(r *remembered) {
	d.made++
	r.versions = append(r.versions, version{fmt.Sprintf("v%d", d.made), d.step, d.watch.Now()})
}

// create makes a record, an invoice with its lines and a contact.
func (d *drifting) create(object string) *remembered {
	r := &remembered{object: object, made: d.watch.Now(), gone: math.MaxInt}
	d.version(r)
	properties := map[string]string{texts[object]: r.versions[0].text}
	if object == "invoices" {
		properties["hs_currency"], properties["hs_invoice_status"] = "USD", "open"
	}
	var err error
	r.id, err = d.portal.Create(object, properties)
	must(d.t, err)
	d.records[object+"/"+r.id] = r
	if object == "invoices" {
		for range d.rng.IntN(3) {
			l := d.create("line_items")
			l.invoice = r.id
			must(d.t, d.portal.Associate("invoices", r.id, "line_items", l.id))
		}
	}
	return r
}

// throughout reports whether a record existed from one change to another.
func (r *remembered) throughout(start, end int) bool {
	return r.versions[0].from <= start && r.gone > end
}

// was reports whether a record had a text at some instant from one change to
// another.
func (r *remembered) was(text string, start, end int) bool {
	for n, v := range r.versions {
		until := r.gone
		if n+1 < len(r.versions) {
			until = r.versions[n+1].from
		}
		if v.text == text {
			return v.from <= end && until > start
		}
	}
	return false
}

// changedSince reports whether a record had been changed since then when a pull
// began.
func (r *remembered) changedSince(since time.Time, start int) bool {
	at := time.Time{}
	for _, v := range r.versions {
		if v.from <= start {
			at = v.at
		}
	}
	return !at.Before(since)
}

// TestDrift pulls portals that change between the requests, everything or what has
// changed. Whatever existed throughout the pull comes, and everything that comes
// is as it was at some instant of the pull.
func TestDrift(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Mkdir(filepath.Join(dir, "hubspot"), 0o755))
	ds, err := sandbox.Open(dir)
	must(t, err)
	objects := []reconcile.Object{reconcile.ObjectProducts, reconcile.ObjectCustomers, reconcile.ObjectInvoices}
	for seed := range rounds(1000, 50_000) {
		rng := rand.New(rand.NewPCG(seed, 4))
		d := newDrifting(t, ds, rng)
		d.some(rng.IntN(30))
		since := lastNight
		d.watch.set(since.Add(-overlap))
		d.some(rng.IntN(30))
		w := connectors.Want{Object: objects[seed%3]}
		if seed/3%2 == 0 {
			w.Since = since
		}
		d.pull(seed, w)
	}
}

func (d *drifting) some(changes int) {
	for range changes {
		d.change()
	}
}

func (d *drifting) pull(seed uint64, w connectors.Want) {
	c, err := New(Config{Token: "token", Transport: connectors.Options{Rate: connectors.Unpaced, RoundTripper: d}})
	must(d.t, err)
	small(c, d.rng)
	d.left = 40
	start := d.step
	got, err := pullWanted(d.t, c, w)
	must(d.t, err)
	d.mu.Lock()
	defer d.mu.Unlock()
	fault := d.judge(w, got, start)
	if fault != "" {
		d.t.Fatalf("seed %d, %s since %v, sizes %+v: %s", seed, w.Object, w.Since, c.sizes, fault)
	}
}

// judge returns what is wrong with a pull that began after a change.
func (d *drifting) judge(w connectors.Want, got pulled, start int) string {
	object, end := inHubSpot[w.Object], d.step
	came := map[string]reconcile.Invoice{}
	for id, text := range got.texts() {
		r := d.records[object+"/"+id]
		if !r.was(text, start, end) {
			return fmt.Sprintf("%s is %s, which it was not from change %d to %d: %+v", id, text, start, end, r)
		}
		came[id] = reconcile.Invoice{}
	}
	for _, i := range got.Invoices {
		came[i.ID] = i
	}
	for _, r := range d.records {
		invoice := r.id
		switch {
		case !r.throughout(start, end):
			continue
		case r.object == "line_items" && object == "invoices":
			invoice = r.invoice
			if owner := d.records["invoices/"+invoice]; !owner.throughout(start, end) {
				continue
			}
		case r.object != object:
			continue
		}
		i, there := came[invoice]
		switch since := w.Since.Add(-overlap); {
		case !there && w.Since.IsZero():
			return fmt.Sprintf("%s %s is missing", r.object, r.id)
		case !there && r.changedSince(since, start) && (r.object == object || r.made.Before(since)):
			return fmt.Sprintf("%s %s has changed and is missing: %+v", r.object, r.id, r)
		case there && r.object == "line_items" && !slices.ContainsFunc(i.Lines, func(l reconcile.Line) bool { return r.was(l.Name, start, end) }):
			return fmt.Sprintf("invoice %s has no line %s, but %+v", invoice, r.id, i.Lines)
		}
	}
	return ""
}

// texts are what tells the versions of what was pulled, by id: of a record that
// came twice the first.
func (p pulled) texts() map[string]string {
	texts := map[string]string{}
	note := func(id, text string) {
		if _, twice := texts[id]; !twice {
			texts[id] = text
		}
	}
	for _, i := range p.Invoices {
		note(i.ID, i.Number)
	}
	for _, r := range p.Products {
		note(r.ID, r.Name)
	}
	for _, r := range p.Customers {
		note(r.ID, strings.TrimSpace(r.Name))
	}
	return texts
}
