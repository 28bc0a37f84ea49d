package quickbooks

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
)

// TestAlso: what events told of is read beside what has changed, each record once, by
// queries that name a hundred. What is gone is no error.
func TestAlso(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		today()
		company := books(400).company(t, quickbookssim.Options{})
		since := time.Now()
		time.Sleep(time.Hour)
		update(t, company, "Invoice", 7, `{"Balance":1}`)
		if err := company.Delete("Invoice", "8"); err != nil {
			t.Fatal(err)
		}
		want := connectors.Want{Object: reconcile.ObjectInvoices, Since: since, Also: []string{"8", "7", "9999"}}
		for n := range 250 {
			want.Also = append(want.Also, fmt.Sprint(n+100))
		}
		read := func(w connectors.Want) (ids []string) {
			for p, err := range newClient(t, company, unpaced).Pull(t.Context(), w) {
				if err != nil {
					t.Fatal(err)
				}
				for _, i := range p.Invoices {
					ids = append(ids, i.ID)
				}
				for _, r := range p.Customers {
					ids = append(ids, r.ID)
				}
				for _, r := range p.Products {
					ids = append(ids, r.ID)
				}
			}
			return ids
		}
		before := company.Requests()["query.Invoice"]
		got := read(want)
		if len(got) != 251 || got[0] != "7" || slices.Contains(got, "8") {
			t.Errorf("%d invoices: %v", len(got), got)
		}
		if n := company.Requests()["query.Invoice"] - before; n != 3 {
			t.Errorf("%d queries", n)
		}
		if got := read(connectors.Want{Object: reconcile.ObjectCustomers, Since: since, Also: []string{"2", "3"}}); !slices.Equal(got, []string{"2"}) {
			t.Errorf("an inactive customer: %v", got)
		}
		if got := read(connectors.Want{Object: reconcile.ObjectProducts, Since: since, Also: []string{"1", "3"}}); !slices.Equal(got, []string{"1", "3"}) {
			t.Errorf("items: %v", got)
		}
	})
}
