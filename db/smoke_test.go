package db_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/govalues/decimal"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func TestSmoke(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB) {
		repo := as(t, store)
		ctx := t.Context()
		run, err := repo.StartRun(ctx, reconcile.Run{AsOf: time.Now(), State: reconcile.RunPulling})
		must(t, err)
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "1"}))
		must(t, repo.SaveStep(ctx, run.ID, reconcile.Step{Name: "pull", State: reconcile.StepRunning}))
		n, err := repo.StoreMasters(ctx, run.ID, reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectProducts,
			Products:   []reconcile.Product{{System: reconcile.HubSpot, ID: "1", SKU: "A\x00 b"}, {System: reconcile.HubSpot, ID: "2", SKU: "B"}},
			Customers:  []reconcile.Customer{{System: reconcile.HubSpot, ID: "1", Email: "a@b"}, {System: reconcile.HubSpot, ID: "1", Company: true}},
			TaxRates:   []reconcile.TaxRate{{System: reconcile.HubSpot, ID: "1"}},
			Unreadable: []reconcile.Unreadable{{System: reconcile.HubSpot, Object: "products", ID: "3", Raw: []byte{0, 1, 2}}}})
		must(t, err)
		if n != 6 {
			t.Errorf("changed %d", n)
		}
		var filed []reconcile.Filed
		for i := range 1200 {
			inv := reconcile.Invoice{System: reconcile.HubSpot, ID: fmt.Sprint(i), Number: fmt.Sprintf("INV-%d'", i), Total: 100, Currency: "USD", Status: reconcile.StatusOpen,
				Lines: []reconcile.Line{{SKU: "A", Quantity: decimal.MustParse("1"), Price: decimal.MustParse("1.00")}}}
			filed = append(filed, reconcile.Filed{Invoice: inv, Entry: reconcile.Entry{ID: inv.ID, MatchKey: "n" + inv.Number, Twin: 1 << 63, Total: 100}})
		}
		page := reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices}
		n, err = repo.StoreInvoices(ctx, run.ID, page, filed)
		must(t, err)
		n2, err := repo.StoreInvoices(ctx, run.ID, page, filed)
		must(t, err)
		if n != 1200 || n2 != 0 {
			t.Errorf("stored %d %d", n, n2)
		}
		count := 0
		for e, err := range repo.Entries(ctx, reconcile.HubSpot, "") {
			must(t, err)
			if count == 0 {
				t.Log(e)
			}
			count++
		}
		for st, err := range repo.Stale(ctx, reconcile.HubSpot, reconcile.BasisHash{1}) {
			must(t, err)
			must(t, repo.Refile(ctx, []reconcile.Entry{{Row: st.Row, ID: st.Invoice.ID, MatchKey: "n" + st.Invoice.Number, Total: 7}}, reconcile.BasisHash{1}))
			count++
		}
		if count != 2400 {
			t.Error(count)
		}
		m, err := repo.Masters(ctx)
		must(t, err)
		t.Logf("%+v", m)
		u, err := repo.Unreadable(ctx)
		must(t, err)
		t.Logf("%+v", u)
		f := reconcile.Finding{ID: "x", Code: "LINE_PRICE", Severity: reconcile.High, System: reconcile.Both, Field: "lines[A].price"}
		for range 2 {
			c, err := repo.See(ctx, run, []reconcile.Finding{f})
			must(t, err)
			t.Log(c)
			f.Message = "other"
		}
		run2 := run
		run.State = reconcile.RunComplete
		must(t, repo.SaveRun(ctx, run))
		run2, err = repo.StartRun(ctx, reconcile.Run{AsOf: time.Now(), State: reconcile.RunPulling, Schedule: "nightly", Date: reconcile.DateFromDays(3)})
		must(t, err)
		c, err := repo.Unseen(ctx, run2, true)
		must(t, err)
		t.Log(c)
		ev, err := repo.FindingEvents(ctx, "x")
		must(t, err)
		t.Log(ev)
		o, a, err := repo.Tally(ctx)
		must(t, err)
		t.Log(o, a)
		closed, err := repo.CloseUnsighted(ctx, run2.ID, reconcile.HubSpot, reconcile.ObjectInvoices)
		must(t, err)
		if closed != 1200 {
			t.Error(closed)
		}
		s, v, err := repo.SetSettings(ctx, map[string]string{"grace": "2h", "start_date": ""})
		must(t, err)
		t.Log(v, s)
	})
}
