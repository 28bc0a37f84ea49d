package hubspot

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
)

// TestAlso: what events told of is read beside what has changed, each record once. What
// is gone is no error, and a line leads to its invoice.
func TestAlso(t *testing.T) {
	w := &watch{now: tonight.Add(-time.Hour)}
	portal := population(200).portal(t, hubspotsim.Options{Now: w.Now})
	must(t, portal.Update("invoices", "5100", map[string]string{"hs_balance_due": "1.80"}))
	must(t, portal.Update("products", "1", map[string]string{"price": "7"}))
	must(t, portal.Archive("contacts", "519"))
	w.set(tonight)
	c := newClient(t, portal, "", unpaced)
	for _, tt := range []struct {
		name string
		want connectors.Want
		ids  []string
	}{
		{"invoices", connectors.Want{Object: reconcile.ObjectInvoices, Also: []string{"5001", "5100", "5002", "999999"}}, []string{"5100", "5001", "5002"}},
		{"lines", connectors.Want{Object: reconcile.ObjectInvoices, Also: []string{"5001"}, Lines: []string{"100004", "100010", "100300", "7"}}, []string{"5100", "5001", "5003"}},
		{"contacts", connectors.Want{Object: reconcile.ObjectCustomers, Also: []string{"519", "503", "500"}}, []string{"500", "503"}},
		{"all gone", connectors.Want{Object: reconcile.ObjectCustomers, Also: []string{"519"}}, nil},
		{"companies", connectors.Want{Object: reconcile.ObjectCompanies, Also: []string{"900"}}, []string{"900"}},
		{"changed anyway", connectors.Want{Object: reconcile.ObjectProducts, Also: []string{"1"}}, []string{"1"}},
	} {
		tt.want.Since = lastNight
		got, err := pullWanted(t, c, tt.want)
		must(t, err)
		if diff := cmp.Diff(tt.ids, got.ids()); diff != "" || got.Received != len(tt.ids) {
			t.Errorf("%s: received %d\n%s", tt.name, got.Received, diff)
		}
	}
}

// TestAddedLine: a line that is added to an invoice or taken from it and changes no
// amount moves neither's last change. Only an event about the association has the invoice
// read anew.
func TestAddedLine(t *testing.T) {
	w := &watch{now: lastNight.Add(-24 * time.Hour)}
	portal := population(20).portal(t, hubspotsim.Options{Now: w.Now})
	free, err := portal.Create("line_items", map[string]string{"name": "Free", "price": "0", "quantity": "1"})
	must(t, err)
	must(t, portal.Associate("invoices", "5000", "line_items", free))
	must(t, portal.Dissociate("invoices", "5000", "line_items", free)) // its amounts are what HubSpot derives
	must(t, portal.Associate("invoices", "5001", "line_items", free))
	w.set(tonight.Add(-time.Hour))
	must(t, portal.Associate("invoices", "5000", "line_items", free))
	must(t, portal.Dissociate("invoices", "5001", "line_items", free))
	w.set(tonight)
	c := newClient(t, portal, "", unpaced)
	if without := mustPullSince(t, c, reconcile.ObjectInvoices, lastNight); len(without.Invoices) > 0 {
		t.Fatalf("%v have changed: the case proves nothing", without.ids())
	}
	var also []string
	for _, e := range hooks(t,
		`"subscriptionType":"object.associationChange","fromObjectId":5000,"fromObjectTypeId":"0-53","toObjectId":`+free+`,"toObjectTypeId":"0-8"`,
		`"subscriptionType":"line_item.associationChange","fromObjectId":`+free+`,"toObjectId":5001,"associationType":"LINE_ITEM_TO_INVOICE","associationRemoved":true`,
	).Events {
		also = append(also, e.ID)
	}
	got, err := pullWanted(t, c, connectors.Want{Object: reconcile.ObjectInvoices, Since: lastNight, Also: also})
	must(t, err)
	if len(got.Invoices) != 2 || len(got.Invoices[0].Lines) != 4 || len(got.Invoices[1].Lines) != 3 {
		t.Errorf("%+v", got.Invoices)
	}
}

// TestAlsoMadeSince: a record that was made since and that the index does not have yet
// is not counted either. It comes with the next pull.
func TestAlsoMadeSince(t *testing.T) {
	w := &watch{now: tonight.Add(-10 * time.Second)}
	portal := population(20).portal(t, hubspotsim.Options{Now: w.Now, IndexLag: func(time.Time) time.Duration { return time.Minute }})
	id, err := portal.Create("products", map[string]string{"name": "New"})
	must(t, err)
	w.set(tonight)
	c := newClient(t, portal, "", unpaced)
	want := connectors.Want{Object: reconcile.ObjectProducts, Since: lastNight, Also: []string{id}}
	got, err := pullWanted(t, c, want)
	must(t, err)
	claimed, _, err := c.Count(t.Context(), want.Object)
	must(t, err)
	if len(got.Products) > 0 || claimed != 1 {
		t.Errorf("%v of %d", got.ids(), claimed)
	}
	w.set(tonight.Add(2 * time.Minute))
	want.Since, want.Also = tonight, nil
	got, err = pullWanted(t, c, want)
	must(t, err)
	if !slices.Equal(got.ids(), []string{id}) {
		t.Errorf("the next pull brings %v", got.ids())
	}
}

// TestAlsoMerged: by the id of a record that was merged another comes, without a word
// of the one that was asked for.
func TestAlsoMerged(t *testing.T) {
	portal := population(20).portal(t, hubspotsim.Options{Now: func() time.Time { return tonight }})
	c := newClient(t, rewriter{portal, func(path, body string) string {
		if strings.HasSuffix(path, "contacts/batch/read") {
			return strings.ReplaceAll(body, `"id":"503"`, `"id":"504"`)
		}
		return body
	}}, "", unpaced)
	got, err := pullWanted(t, c, connectors.Want{Object: reconcile.ObjectCustomers, Since: lastNight, Also: []string{"503", "504"}})
	must(t, err)
	if !slices.Equal(got.ids(), []string{"504"}) {
		t.Errorf("%v", got.ids())
	}
}

// TestAlsoGoneLine: a line item that is not there any more takes nothing from the others,
// in whatever way HubSpot says so. That an invoice is not there would be an error.
func TestAlsoGoneLine(t *testing.T) {
	portal := population(20).portal(t, hubspotsim.Options{Now: func() time.Time { return tonight }})
	for _, tt := range []struct {
		path string
		ids  []string
	}{{"line_items/invoices/batch/read", []string{"5001"}}, {"invoices/line_items/batch/read", nil}} {
		c := newClient(t, rewriter{portal, func(path, body string) string {
			if strings.HasSuffix(path, tt.path) {
				return strings.Replace(body, `{`, `{"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","context":{"ids":["7"]}}],`, 1)
			}
			return body
		}}, "", unpaced)
		got, err := pullWanted(t, c, connectors.Want{Object: reconcile.ObjectInvoices, Since: lastNight, Lines: []string{"7", "100004"}})
		if (err == nil) != (tt.ids != nil) || err == nil && !slices.Equal(got.ids(), tt.ids) {
			t.Errorf("%s: %v: %v", tt.path, got.ids(), err)
		}
	}
}
