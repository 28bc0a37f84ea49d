package hubspot

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
)

// cursorReadings are what a list's cursor may be, by name: HubSpot's pages call it
// the next record's id and opaque.
var cursorReadings = map[string]func(http.Handler) http.Handler{
	"id of the next record": func(h http.Handler) http.Handler { return h },
	"id of the last record": func(h http.Handler) http.Handler {
		return cursors(h, func(after string) string { return moved(after, -1) }, func(after string) string { return moved(after, 1) })
	},
	"no id": func(h http.Handler) http.Handler {
		return cursors(h, func(after string) string { return "c" + after }, func(after string) string {
			if id, opaque := strings.CutPrefix(after, "c"); opaque {
				return id
			}
			return "nowhere"
		})
	},
}

func moved(id string, by int) string {
	n, _ := strconv.Atoi(id) // the ids of these tests are numbers
	return strconv.Itoa(n + by)
}

// cursors changes the cursors of a handler's lists, and back where they are asked
// for.
func cursors(h http.Handler, out, in func(string) string) http.Handler {
	return rewriter{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("after") != "" && !strings.Contains(r.URL.Path, "tax-rates") {
			q.Set("after", in(q.Get("after")))
			r.URL.RawQuery = q.Encode()
		}
		h.ServeHTTP(w, r)
	}), func(path, body string) string {
		const member = `"next":{"after":"`
		at := strings.LastIndex(body, member)
		if at < 0 || strings.Contains(path, "/batch/") || strings.Contains(path, "/search") {
			return body
		}
		at += len(member)
		end := at + strings.IndexByte(body[at:], '"')
		return body[:at] + out(body[at:end]) + body[end:]
	}}
}

// scattered is a portal of invoices and products whose ids leave gaps and differ
// in length.
func scattered(t *testing.T, rng *rand.Rand) *hubspotsim.Portal {
	var invoices, products strings.Builder
	for id, n := 1+rng.IntN(40), rng.IntN(60); n > 0; n-- {
		invoices.WriteString(object(fmt.Sprint(id), usual, ""))
		products.WriteString(object(fmt.Sprint(id+1), `"name":"Thing"`, ""))
		id += 1 + rng.IntN(4)*rng.IntN(4)
	}
	return files{"invoices.jsonl": invoices.String(), "products.jsonl": products.String()}.portal(t, hubspotsim.Options{})
}

// tenth are a tenth of the largest sizes.
var tenth = sizes{page: 10, found: 20, batch: 10, chunk: 100, first: 30, others: 100}

// small has a client ask for a few records at a time.
func small(c *Client, rng *rand.Rand) {
	c.sizes = sizes{
		page: 1 + rng.IntN(5), found: 1 + rng.IntN(5), batch: 1 + rng.IntN(5), chunk: 1 + rng.IntN(9),
		first: 1 + rng.IntN(8), others: 1 + rng.IntN(12),
	}
}

// pages are the pages of a pull.
func pages(t *testing.T, c *Client, w connectors.Want) []reconcile.Page {
	t.Helper()
	var list []reconcile.Page
	for page, err := range c.Pull(t.Context(), w) {
		must(t, err)
		list = append(list, page)
	}
	return list
}

func idsOfPages(list []reconcile.Page) []string {
	all := []string{}
	for _, page := range list {
		all = append(all, pulled{Page: page}.ids()...)
	}
	return all
}

// The pages before a cut and those of the pull that goes on after it are the
// undisturbed pull: each record once, wherever it is cut.
func TestPullGoesOnAfterItsPosition(t *testing.T) {
	for name, read := range cursorReadings {
		for seed := range rounds(8, 200) {
			rng := rand.New(rand.NewPCG(seed, 3))
			portal := scattered(t, rng)
			for _, o := range []reconcile.Object{reconcile.ObjectProducts, reconcile.ObjectInvoices} {
				c := newClient(t, read(portal), "", unpaced)
				small(c, rng)
				whole := pages(t, c, connectors.Want{Object: o})
				for n, page := range whole {
					if page.Position == "" && page.Received > 0 {
						t.Fatalf("%s, seed %d: page %d of %s has no position", name, seed, n, o)
					}
					if page.Position == "" {
						continue
					}
					small(c, rng)
					rest := pages(t, c, connectors.Want{Object: o, After: page.Position})
					got := append(idsOfPages(whole[:n+1]), idsOfPages(rest)...)
					if diff := cmp.Diff(idsOfPages(whole), got); diff != "" {
						t.Fatalf("%s, seed %d, %s after %s: %s", name, seed, o, page.Position, diff)
					}
				}
			}
		}
	}
}

// The record that a pull goes on after may be gone.
func TestPullGoesOnAfterADeletedRecord(t *testing.T) {
	for name, read := range cursorReadings {
		portal := population(260).portal(t, hubspotsim.Options{})
		c := newClient(t, read(portal), "", unpaced)
		c.sizes = tenth
		whole := pages(t, c, connectors.Want{Object: reconcile.ObjectInvoices})
		if whole[1].Position != "5199" {
			t.Fatalf("%s: position %q", name, whole[1].Position)
		}
		must(t, portal.Archive("invoices", "5199"))
		got := idsOfPages(pages(t, c, connectors.Want{Object: reconcile.ObjectInvoices, After: "5199"}))
		if diff := cmp.Diff(idsOfPages(whole[2:]), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A list that is not in the order of ids has no position from there on; before
// that it has, and what comes after is whole.
func TestPositionOfAListOutOfOrder(t *testing.T) {
	portal := population(90).portal(t, hubspotsim.Options{})
	for disorder, ids := range map[int][2]string{0: {"5005", "5006"}, 5: {"5055", "5056"}} {
		a, b := fmt.Sprintf(`"id":%q`, ids[0]), fmt.Sprintf(`"id":%q`, ids[1])
		h := rewriter{portal, func(path, body string) string {
			if strings.HasSuffix(path, "/objects/2026-03/invoices") {
				return strings.NewReplacer(a, b, b, a).Replace(body)
			}
			return body
		}}
		c := newClient(t, h, "", unpaced)
		c.sizes = tenth
		c.sizes.chunk = 10
		whole := pages(t, c, connectors.Want{Object: reconcile.ObjectInvoices})
		all := idsOfPages(whole)
		if slices.IsSortedFunc(all, reconcile.CompareIDs) || len(all) != 90 {
			t.Fatalf("%d invoices, or in order", len(all))
		}
		for n, page := range whole {
			if told := page.Position != ""; told != (n < disorder) {
				t.Errorf("disorder on page %d: page %d has position %q", disorder, n, page.Position)
			}
			if page.Position == "" {
				continue
			}
			rest := pages(t, c, connectors.Want{Object: reconcile.ObjectInvoices, After: page.Position})
			if diff := cmp.Diff(all, append(idsOfPages(whole[:n+1]), idsOfPages(rest)...)); diff != "" {
				t.Errorf("after %s: %s", page.Position, diff)
			}
		}
	}
}

// A pull of changes and one of tax rates has no position: they are read as a
// whole.
func TestPullsWithoutPosition(t *testing.T) {
	c := newClient(t, population(50).portal(t, hubspotsim.Options{}), "", unpaced)
	since := wantInvoice().UpdatedAt
	for _, o := range reconcile.Objects(reconcile.HubSpot) {
		for _, page := range pages(t, c, connectors.Want{Object: o, Since: since}) {
			if page.Position != "" || page.Received == 0 {
				t.Errorf("%s: position %q after %d records", o, page.Position, page.Received)
			}
		}
	}
}
