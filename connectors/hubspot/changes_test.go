package hubspot

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
)

// tonight is when pulls of changes begin in these tests, lastNight when the one
// before did.
var (
	tonight   = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)
	lastNight = tonight.Add(-24 * time.Hour)
)

// oneContact is a population in which every invoice has one contact.
func oneContact(n int) files {
	f := population(n)
	f["invoices.jsonl"] = strings.NewReplacer(
		`"contacts":["503","502"],`, `"contacts":["503"],`, `"associations":{"companies"`, `"associations":{"contacts":["500"],"companies"`,
	).Replace(f["invoices.jsonl"])
	return f
}

// night does what a run does every night: it asks who the portal is, pulls what
// has changed of one object after the other, and counts each. It returns what it
// received, and its requests by kind.
func night(t *testing.T, portal *hubspotsim.Portal, since time.Time) (received map[reconcile.Object]int, requests map[string]int, all int) {
	t.Helper()
	before := portal.Requests()
	c := newClient(t, portal, "", unpaced)
	if _, err := c.Company(t.Context()); err != nil {
		t.Fatal(err)
	}
	received = map[reconcile.Object]int{}
	told := 1
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		got := mustPullSince(t, c, o, since)
		_, calls, err := c.Count(t.Context(), o)
		must(t, err)
		received[o] = got.Received
		told += got.Calls + calls
	}
	requests = portal.Requests()
	for kind, n := range before {
		if requests[kind] -= n; requests[kind] == 0 {
			delete(requests, kind)
		}
	}
	for _, n := range requests {
		all += n
	}
	if told != all {
		t.Errorf("%d requests were told, %d made", told, all)
	}
	return received, requests, all
}

// Where nothing has changed a run takes seven requests, however large the portal.
func TestRequestsOfAQuietNight(t *testing.T) {
	portal := oneContact(3000).portal(t, hubspotsim.Options{Now: func() time.Time { return tonight }})
	received, requests, all := night(t, portal, lastNight)
	t.Logf("%d requests: %v", all, requests)
	if all > 7 {
		t.Errorf("%d requests, want 7 at most", all)
	}
	if diff := cmp.Diff(map[string]int{"account": 1, "tax_rates": 1, "search": 5}, requests); diff != "" {
		t.Error(diff)
	}
	delete(received, reconcile.ObjectTaxRates)
	for o, n := range received {
		if n != 0 {
			t.Errorf("%s: received %d, of which none has changed", o, n)
		}
	}
}

// With 5,000 changed invoices it takes 187 requests: 25 searches, 10 reads of
// associations, 150 of lines, and those of a quiet night; no more than a tenth
// above.
func TestRequestsOfABusyNight(t *testing.T) {
	const changed = 5000
	w := &watch{}
	portal := oneContact(6000).portal(t, hubspotsim.Options{Now: w.Now})
	for n := range changed {
		w.set(lastNight.Add(time.Hour + time.Duration(n)*10*time.Millisecond))
		must(t, portal.Update("invoices", fmt.Sprint(5500+n), map[string]string{"hs_comments": "changed"}))
	}
	w.set(tonight)
	received, requests, all := night(t, portal, lastNight)
	const ideal = 180 + 7
	t.Logf("%d requests, %.1f %% above %d: %v", all, 100*float64(all-ideal)/ideal, ideal, requests)
	if all > ideal*110/100 {
		t.Errorf("%d requests, want no more than a tenth above %d", all, ideal)
	}
	if received[reconcile.ObjectInvoices] != changed {
		t.Errorf("received %d invoices, want %d", received[reconcile.ObjectInvoices], changed)
	}
}

// What a change brings is what the list would bring.
func TestChangesAreWhole(t *testing.T) {
	w := &watch{now: tonight.Add(-time.Hour)}
	portal := population(300).portal(t, hubspotsim.Options{Now: w.Now})
	for _, id := range []string{"5007", "5008", "5100"} {
		must(t, portal.Update("invoices", id, map[string]string{"hs_balance_due": "1.80"}))
	}
	must(t, portal.Update("contacts", "502", map[string]string{"email": "new@x.test"}))
	must(t, portal.Update("companies", "900", map[string]string{"name": "Acme Ltd"}))
	must(t, portal.Update("products", "1", map[string]string{"price": "6.00"}))
	for _, api := range APIs {
		c := newClient(t, portal, api, unpaced)
		for _, o := range reconcile.Objects(reconcile.HubSpot) {
			all := mustPull(t, c, o)
			changed := func(at time.Time) bool { return !at.Equal(w.now) }
			all.Invoices = slices.DeleteFunc(all.Invoices, func(i reconcile.Invoice) bool { return changed(i.UpdatedAt) })
			all.Customers = slices.DeleteFunc(all.Customers, func(r reconcile.Customer) bool { return changed(r.UpdatedAt) })
			all.Products = slices.DeleteFunc(all.Products, func(r reconcile.Product) bool { return changed(r.UpdatedAt) })
			got := mustPullSince(t, c, o, w.now)
			slices.SortFunc(got.Invoices, func(a, b reconcile.Invoice) int { return reconcile.CompareIDs(a.ID, b.ID) })
			got.Calls, got.pages, got.Received = all.Calls, all.pages, all.Received
			if diff := cmp.Diff(all.Page, got.Page, byValue); diff != "" || len(got.ids())+len(got.TaxRates) == 0 {
				t.Errorf("%s, %s: %s", api, o, diff)
			}
		}
	}
}

// However many records share a time of change, and wherever pages are cut, each
// that has changed comes once.
func TestChangesInPages(t *testing.T) {
	for seed := range rounds(150, 3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := &watch{now: lastNight}
		portal := files{}.portal(t, hubspotsim.Options{Now: w.Now})
		var want []string
		since := lastNight.Add(overlap + 5*time.Millisecond)
		for range rng.IntN(30) {
			w.set(lastNight.Add(time.Duration(rng.IntN(12)) * time.Millisecond))
			id, err := portal.Create("contacts", nil)
			must(t, err)
			if !w.now.Before(since.Add(-overlap)) {
				want = append(want, id)
			}
		}
		c := newClient(t, portal, "", unpaced)
		c.sizes.found = 1 + rng.IntN(6)
		got := mustPullSince(t, c, reconcile.ObjectCustomers, since).ids()
		slices.SortFunc(got, reconcile.CompareIDs)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, pages of %d: %s", seed, c.sizes.found, diff)
		}
	}
}

// An import changes more records at one instant than a search shows.
func TestMoreChangesThanASearchShows(t *testing.T) {
	const many = 10_500
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := files{}.portal(t, hubspotsim.Options{Now: w.Now})
	for n := range many {
		switch n {
		case 100, many - 100:
			w.set(w.now.Add(time.Millisecond))
		}
		_, err := portal.Create("products", map[string]string{"name": "imported"})
		must(t, err)
	}
	c := newClient(t, portal, "", unpaced)
	got := mustPullSince(t, c, reconcile.ObjectProducts, lastNight)
	distinct := map[string]bool{}
	for _, id := range got.ids() {
		distinct[id] = true
	}
	if len(distinct) != many || got.Received != many || got.Calls > many/200+5 {
		t.Errorf("received %d, %d distinct, in %d calls", got.Received, len(distinct), got.Calls)
	}
}

// An edited line brings its invoice, whether the invoice changes with it or not.
func TestLinesEditedAlone(t *testing.T) {
	for _, bumps := range []bool{false, true} {
		w := &watch{now: lastNight.Add(time.Hour)}
		portal := oneContact(20).portal(t, hubspotsim.Options{Now: w.Now, LineBumpsInvoice: bumps})
		must(t, portal.Update("line_items", "100007", map[string]string{"name": "edited"})) // of 5002
		must(t, portal.Update("line_items", "100008", map[string]string{"name": "edited"})) // too
		must(t, portal.Update("line_items", "100030", map[string]string{"name": "edited"})) // of 5010, which has changed itself
		must(t, portal.Update("line_items", "100015", map[string]string{"name": "edited"})) // of 5005, which is deleted
		must(t, portal.Update("invoices", "5010", map[string]string{"hs_comments": "edited"}))
		must(t, portal.Archive("invoices", "5005"))
		id, err := portal.Create("line_items", map[string]string{"name": "new", "amount": "1"})
		must(t, err)
		must(t, portal.Associate("line_items", id, "invoices", "5019")) // whose amount changes with it
		c := newClient(t, portal, "", unpaced)
		got := mustPullSince(t, c, reconcile.ObjectInvoices, lastNight)
		ids := got.ids()
		slices.Sort(ids)
		if diff := cmp.Diff([]string{"5002", "5010", "5019"}, ids); diff != "" {
			t.Errorf("with invoices that change %v: %s", bumps, diff)
		}
		for _, i := range got.Invoices {
			if i.ID == "5002" && (len(i.Lines) != 3 || i.Lines[1].Name != "edited" || i.Lines[2].Name != "edited") {
				t.Errorf("got lines %+v", i.Lines)
			}
		}
		for _, i := range got.Invoices {
			want := int64(3180)
			if i.ID == "5019" {
				want += 100
			}
			if i.Total != want || i.CustomerID == "" {
				t.Errorf("got %+v", i)
			}
		}
	}
}

// Many edited lines are looked up a thousand at a time, their invoices a hundred.
func TestManyLinesEditedAlone(t *testing.T) {
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := oneContact(1000).portal(t, hubspotsim.Options{Now: w.Now})
	for n := range 2500 {
		w.set(w.now.Add(time.Millisecond))
		must(t, portal.Update("line_items", fmt.Sprint(100_000+n), map[string]string{"name": "edited"}))
	}
	c := newClient(t, portal, "", unpaced)
	got := mustPullSince(t, c, reconcile.ObjectInvoices, lastNight)
	requests := portal.Requests()
	if len(got.Invoices) != 834 || requests["invoices.batch_read"] > 10 || requests["associations.batch_read"] != 5 {
		t.Errorf("%d invoices, %v", len(got.Invoices), requests)
	}
	if ids := got.ids(); len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
		t.Error("an invoice came twice")
	}
}

// Under an index that lags up to ten minutes, now more, now less, a mirror that
// is kept by what has changed is the portal in the end.
func TestIndexThatLags(t *testing.T) {
	for seed := range rounds(30, 1000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		w := &watch{now: lastNight}
		portal := files{}.portal(t, hubspotsim.Options{Now: w.Now, IndexLag: func(time.Time) time.Duration {
			return time.Duration(rng.IntN(600)) * time.Second
		}})
		c := newClient(t, portal, "", unpaced)
		c.sizes.found = 4
		truth, mirror := map[string]string{}, map[string]string{}
		since := lastNight.Add(-time.Hour)
		for n := range 40 {
			w.set(w.now.Add(time.Duration(rng.IntN(300)) * time.Second))
			alter(t, portal, rng, truth, fmt.Sprint(n))
			if rng.IntN(4) == 0 {
				since = refresh(t, c, since, w.now, mirror)
			}
		}
		w.set(w.now.Add(10 * time.Minute))
		refresh(t, c, since, w.now, mirror)
		if diff := cmp.Diff(truth, mirror); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}

// alter makes, edits or archives a product.
func alter(t *testing.T, portal *hubspotsim.Portal, rng *rand.Rand, truth map[string]string, name string) {
	t.Helper()
	ids := slices.Sorted(maps.Keys(truth))
	if len(ids) == 0 || rng.IntN(3) == 0 {
		id, err := portal.Create("products", map[string]string{"name": name})
		must(t, err)
		truth[id] = name
		return
	}
	id := ids[rng.IntN(len(ids))]
	if rng.IntN(4) == 0 {
		must(t, portal.Archive("products", id))
		delete(truth, id)
		return
	}
	must(t, portal.Update("products", id, map[string]string{"name": name}))
	truth[id] = name
}

// refresh brings a mirror up to date and returns since when the next one is to
// ask. What the count says is passed over: it lags behind, too.
func refresh(t *testing.T, c *Client, since, now time.Time, mirror map[string]string) time.Time {
	t.Helper()
	for _, p := range mustPullSince(t, c, reconcile.ObjectProducts, since).Products {
		mirror[p.ID] = p.Name
	}
	ids, _, err := c.Deleted(t.Context(), reconcile.ObjectProducts, since)
	must(t, err)
	for _, id := range ids {
		delete(mirror, id)
	}
	return now
}

// The search that brings all changes is the count as well, once.
func TestCountOfTheSearch(t *testing.T) {
	portal := population(30).portal(t, hubspotsim.Options{Now: func() time.Time { return tonight }})
	c := newClient(t, portal, "", unpaced)
	mustPullSince(t, c, reconcile.ObjectInvoices, lastNight)
	_, err := portal.Create("invoices", nil)
	must(t, err)
	for _, want := range []string{"30 in 0 calls", "31 in 1 calls"} {
		claimed, calls, err := c.Count(t.Context(), reconcile.ObjectInvoices)
		if got := fmt.Sprintf("%d in %d calls", claimed, calls); err != nil || got != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	mustPullSince(t, c, reconcile.ObjectInvoices, tonight.Add(time.Hour))
	_, err = portal.Create("invoices", nil)
	must(t, err)
	mustPull(t, c, reconcile.ObjectInvoices)
	if claimed, _, err := c.Count(t.Context(), reconcile.ObjectInvoices); err != nil || claimed != 32 {
		t.Errorf("after a pull of everything: %d, %v", claimed, err)
	}
}

// A search that does not put the newest changes first tells nothing by its first
// page.
func TestNewestChangesComeLast(t *testing.T) {
	w := &watch{now: lastNight.Add(-4 * time.Hour)}
	portal := files{}.portal(t, hubspotsim.Options{Now: w.Now})
	for range 300 {
		w.set(w.now.Add(time.Minute))
		_, err := portal.Create("products", nil)
		must(t, err)
	}
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		must(t, err)
		r.Body = io.NopCloser(strings.NewReader(strings.Replace(string(body), "DESCENDING", "ASCENDING", 1)))
		portal.ServeHTTP(w, r)
	})
	if got := mustPullSince(t, newClient(t, h, "", unpaced), reconcile.ObjectProducts, lastNight); got.Received != 76 {
		t.Errorf("received %d of 76", got.Received)
	}
}

// A search that does not keep to the order of change cannot be walked.
func TestSearchOutOfOrder(t *testing.T) {
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := population(0).portal(t, hubspotsim.Options{Now: w.Now})
	for range 500 {
		w.set(w.now.Add(time.Millisecond))
		_, err := portal.Create("products", nil)
		must(t, err)
	}
	for name, change := range map[string]func(string) string{
		"not sorted": func(body string) string {
			return strings.Replace(body, `"hs_lastmodifieddate":"2026-11-21T03:00:00.1`, `"hs_lastmodifieddate":"2026-11-21T04:00:00.1`, 1)
		},
		"not filtered": func(body string) string { return strings.ReplaceAll(body, "2026-11-21", "2026-10-21") },
		"no time":      func(body string) string { return strings.ReplaceAll(body, `"hs_lastmodifieddate"`, `"changed"`) },
		"no id":        func(body string) string { return strings.ReplaceAll(body, `"id"`, `"key"`) },
		"no total":     func(body string) string { return strings.ReplaceAll(body, `"total"`, `"sum"`) },
		"no results":   func(body string) string { return strings.ReplaceAll(body, `"results"`, `"rows"`) },
	} {
		searches := 0
		h := rewriter{portal, func(path, body string) string {
			if strings.HasSuffix(path, "/products/search") {
				if searches++; searches > 1 { // the first only tells that there is much
					return change(body)
				}
			}
			return body
		}}
		_, err := pullWanted(t, newClient(t, h, "", unpaced), connectors.Want{Object: reconcile.ObjectProducts, Since: lastNight})
		if !errors.Is(err, connectors.ErrBroken) || searches != 2 {
			t.Errorf("%s: got %v after %d searches", name, err, searches)
		}
	}
}
