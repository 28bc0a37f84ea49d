package hubspot

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
)

// inHubSpot are HubSpot's names of the objects that can be deleted.
var inHubSpot = map[reconcile.Object]string{
	reconcile.ObjectInvoices: "invoices", reconcile.ObjectProducts: "products",
	reconcile.ObjectCustomers: "contacts", reconcile.ObjectCompanies: "companies",
}

// What was archived since is told, shortly before too, and nothing else.
func TestDeleted(t *testing.T) {
	w := &watch{}
	portal := files{}.portal(t, hubspotsim.Options{Now: w.Now})
	for o, name := range inHubSpot {
		var recent []string
		for n := range 450 {
			w.set(lastNight.Add(-48 * time.Hour))
			id, err := portal.Create(name, nil)
			must(t, err)
			switch n % 3 {
			case 0:
				continue
			case 1:
				w.set(lastNight.Add(-overlap - time.Millisecond))
			case 2:
				w.set(lastNight.Add(-overlap))
				recent = append(recent, id)
			}
			must(t, portal.Archive(name, id))
		}
		for _, api := range APIs {
			ids, calls, err := newClient(t, portal, api, unpaced).Deleted(t.Context(), o, lastNight)
			must(t, err)
			slices.SortFunc(ids, reconcile.CompareIDs)
			if diff := cmp.Diff(recent, ids); diff != "" || calls != 3 {
				t.Errorf("%s, %s: in %d calls %s", api, o, calls, diff)
			}
		}
	}
	c := newClient(t, portal, "", unpaced)
	if ids, calls, err := c.Deleted(t.Context(), reconcile.ObjectTaxRates, lastNight); len(ids) != 0 || calls != 0 || err != nil {
		t.Errorf("tax rates: %v, %d, %v", ids, calls, err)
	}
	if _, _, err := c.Deleted(t.Context(), "deals", lastNight); err == nil {
		t.Error("deals can be deleted")
	}
}

// Two contacts that are merged are archived, and a third takes their place
// ("Contacts" page, merge).
func TestMergedContacts(t *testing.T) {
	w := &watch{now: lastNight.Add(time.Hour)}
	portal := population(20).portal(t, hubspotsim.Options{Now: w.Now})
	c := newClient(t, portal, "", unpaced)
	must(t, portal.Archive("contacts", "501"))
	must(t, portal.Archive("contacts", "502"))
	merged, err := portal.Create("contacts", map[string]string{"email": "c1@x.test", "hs_merged_object_ids": "501;502"})
	must(t, err)
	must(t, portal.Associate("invoices", "5001", "contacts", merged))
	ids, _, err := c.Deleted(t.Context(), reconcile.ObjectCustomers, lastNight)
	if diff := cmp.Diff([]string{"501", "502"}, ids); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	got := mustPullSince(t, c, reconcile.ObjectCustomers, lastNight)
	if len(got.Customers) != 1 || got.Customers[0].ID != merged || got.Customers[0].Email != "c1@x.test" {
		t.Errorf("got %+v", got.Customers)
	}
	if claimed, _, err := c.Count(t.Context(), reconcile.ObjectCustomers); claimed != 19 || err != nil {
		t.Errorf("claimed %d, %v", claimed, err)
	}
}

// No record is taken for deleted that the answer does not say is archived.
func TestDeletedIsArchived(t *testing.T) {
	w := &watch{now: lastNight}
	portal := population(3).portal(t, hubspotsim.Options{Now: w.Now})
	must(t, portal.Archive("invoices", "5001"))
	for name, tt := range map[string]struct{ old, new, want string }{
		"live":         {`"archived":true`, `"archived":false`, "record 5001 is not archived"},
		"not said":     {`"archived":true`, `"kept":true`, "record 5001 is not archived"},
		"no id":        {`"id"`, `"key"`, "a record without an id"},
		"no list":      {`"results"`, `"rows"`, "no list of results"},
		"no time":      {`"archivedAt"`, `"at"`, ""},
		"an odd time":  {`"archivedAt":"`, `"archivedAt":"on `, ""},
		"time as null": {fmt.Sprintf(`"archivedAt":%q`, "2026-11-21T02:00:00.000Z"), `"archivedAt":null`, ""},
	} {
		h := rewriter{portal, func(_, body string) string { return strings.ReplaceAll(body, tt.old, tt.new) }}
		ids, _, err := newClient(t, h, "", unpaced).Deleted(t.Context(), reconcile.ObjectInvoices, tonight)
		switch {
		case tt.want != "" && (!errors.Is(err, connectors.ErrBroken) || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: got %v", name, err)
		case tt.want == "" && (err != nil || !slices.Equal(ids, []string{"5001"})):
			t.Errorf("%s: got %v, %v", name, ids, err)
		}
	}
}
