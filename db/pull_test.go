package db_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

const invoices = reconcile.ObjectInvoices

// history reads what is known of the pulls of HubSpot's invoices.
func history(t *testing.T, repo *db.Repo) reconcile.PullHistory {
	t.Helper()
	h, err := repo.PullHistory(t.Context(), reconcile.HubSpot, invoices)
	must(t, err)
	return h
}

// certified stores a certificate of HubSpot's invoices.
func certified(t *testing.T, repo *db.Repo, run reconcile.Run, c reconcile.Certificate) {
	t.Helper()
	c.System, c.Object = reconcile.HubSpot, invoices
	must(t, repo.SaveCertificate(t.Context(), run.ID, c))
}

// TestWatermarks: of the certificates of runs that compared, the last complete one
// counts, and the last one of everything.
func TestWatermarks(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		equal(t, history(t, repo), reconcile.PullHistory{})
		run := start(t, repo, reconcile.Run{Full: true})
		stored, err := repo.Run(t.Context(), run.ID)
		must(t, err)
		if !stored.Full {
			t.Error("the run was not asked for everything")
		}
		certified(t, repo, run, reconcile.Certificate{Watermark: day(1), Aside: 3})
		equal(t, history(t, repo), reconcile.PullHistory{}) // the run has not ended
		whole := reconcile.PullHistory{Watermark: day(1), Full: day(1), Aside: 3}
		changes := reconcile.PullHistory{Watermark: day(4), Full: day(1), Aside: 4}
		for n, tt := range []struct {
			end  reconcile.RunState
			next reconcile.Certificate // of the next run
			want reconcile.PullHistory
		}{
			{reconcile.RunComplete, reconcile.Certificate{Watermark: day(2), Since: day(1)}, whole},
			{reconcile.RunFailed, reconcile.Certificate{Watermark: day(3), Since: day(1)}, whole},
			{reconcile.RunCancelled, reconcile.Certificate{Watermark: day(4), Since: day(1), Aside: 4}, whole},
			{reconcile.RunIncomplete, reconcile.Certificate{Watermark: day(5), Since: day(4), Problem: "broken"}, changes},
			{reconcile.RunIncomplete, reconcile.Certificate{Watermark: day(6)}, changes},
			{reconcile.RunComplete, reconcile.Certificate{}, reconcile.PullHistory{Watermark: day(6), Full: day(6)}},
		} {
			finish(t, repo, run, tt.end)
			if got := history(t, repo); got != tt.want {
				t.Errorf("after run %d: %+v, want %+v", n+1, got, tt.want)
			}
			run = start(t, repo, reconcile.Run{})
			certified(t, repo, run, tt.next)
		}
	})
}

// pulled stores a page of a pull that began in a run.
func pulled(t *testing.T, repo *db.Repo, run, began reconcile.Run, position string, ids ...string) {
	t.Helper()
	page := reconcile.Page{System: reconcile.HubSpot, Object: invoices, Position: position}
	page.Pull = &reconcile.Pull{Run: began.ID, StartedAt: day(1), Position: position, Certificate: reconcile.Certificate{
		System: reconcile.HubSpot, Object: invoices, Received: len(ids), Changed: 40, Sums: map[string]int64{"USD": 5}, Hash: "ab",
	}}
	var filed []reconcile.Filed
	for _, id := range ids {
		filed = append(filed, anInvoice(reconcile.HubSpot, id, id))
		page.Invoices = append(page.Invoices, filed[len(filed)-1].Invoice)
	}
	_, err := repo.StoreInvoices(t.Context(), run.ID, page, filed)
	must(t, err)
}

// TestUnfinishedPull: a pull is known with the page it has come to, until a run that
// compared has completed it or it cannot go on.
func TestUnfinishedPull(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		first := start(t, repo, reconcile.Run{})
		pulled(t, repo, first, first, "p1", "1", "2")
		pulled(t, repo, first, first, "p2", "3")
		finish(t, repo, first, reconcile.RunFailed)
		got := history(t, repo).Unfinished
		want := reconcile.Pull{Run: first.ID, StartedAt: day(1), Position: "p2", Certificate: reconcile.Certificate{
			System: reconcile.HubSpot, Object: invoices, Received: 1, Changed: 41, Sums: map[string]int64{"USD": 5}, Hash: "ab",
		}}
		if got == nil {
			t.Fatal("the pull is not known")
		}
		equal(t, *got, want)

		// Another run goes on: what the first has sighted counts.
		second := start(t, repo, reconcile.Run{})
		pulled(t, repo, second, first, "p3", "4")
		ids, err := repo.Sighted(t.Context(), first.ID, reconcile.HubSpot, invoices)
		must(t, err)
		if got := strings.Join(ids, " "); len(ids) != 4 {
			t.Errorf("sighted %s", got)
		}
		gone, err := repo.CloseUnsighted(t.Context(), second.ID, first.ID, reconcile.HubSpot, invoices)
		must(t, err)
		equal(t, gone, reconcile.Gone{})
		certified(t, repo, second, reconcile.Certificate{Watermark: day(1)})
		if history(t, repo).Unfinished == nil {
			t.Error("completed by a run that has not ended")
		}
		finish(t, repo, second, reconcile.RunIncomplete)
		if h := history(t, repo); h.Unfinished != nil {
			t.Errorf("completed: %+v", h.Unfinished)
		}
		third := start(t, repo, reconcile.Run{})
		pulled(t, repo, third, third, "p1", "1")
		if h := history(t, repo); h.Unfinished == nil || h.Unfinished.Run != third.ID {
			t.Errorf("a new pull: %+v", h.Unfinished)
		}
		certified(t, repo, third, reconcile.Certificate{Watermark: day(2)})
		finish(t, repo, third, reconcile.RunComplete)
		if h := history(t, repo); h.Unfinished != nil {
			t.Errorf("completed by the run in which it began: %+v", h.Unfinished)
		}
		fourth := start(t, repo, reconcile.Run{})
		pulled(t, repo, fourth, fourth, "p1", "1")
		pulled(t, repo, fourth, fourth, "", "2")
		if h := history(t, repo); h.Unfinished != nil {
			t.Errorf("it cannot go on: %+v", h.Unfinished)
		}
	})
}

// TestPullIsStoredWithItsPage: a page that is refused leaves no position.
func TestPullIsStoredWithItsPage(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		finish(t, repo, run, reconcile.RunFailed)
		page := reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectProducts, Position: "p", Products: []reconcile.Product{{System: reconcile.HubSpot, ID: "1"}}}
		page.Pull = &reconcile.Pull{Run: run.ID, StartedAt: day(1), Position: "p"}
		_, err := repo.StoreMasters(t.Context(), run.ID, page)
		wantErr(t, err, reconcile.ErrEnded)
		h, err := repo.PullHistory(t.Context(), reconcile.HubSpot, reconcile.ObjectProducts)
		must(t, err)
		if n, err := repo.Known(t.Context(), reconcile.HubSpot, reconcile.ObjectProducts, nil); err != nil || n != 0 || h.Unfinished != nil {
			t.Errorf("%d records, %+v, %v", n, h.Unfinished, err)
		}
	})
}

// TestMissed: a record that a complete pull does not show is missed and otherwise as
// it was; it is gone when a pull does not show it after a complete run, and there
// again when it is shown.
func TestMissed(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		pulled(t, repo, run, run, "", "1", "2", "3", "4")
		hs := reconcile.HubSpot
		check := func(known, current int, gone, want reconcile.Gone) {
			t.Helper()
			n, err := repo.Known(t.Context(), hs, invoices, nil)
			must(t, err)
			m, err := repo.CountInvoices(t.Context(), hs)
			must(t, err)
			if n != known || m != current || gone != want {
				t.Errorf("%d known, %d current, %+v; want %d, %d, %+v", n, m, gone, known, current, want)
			}
		}
		missed := func(ids ...string) reconcile.Gone {
			t.Helper()
			gone, err := repo.CloseMissed(t.Context(), run.ID, hs, invoices, ids)
			must(t, err)
			return gone
		}
		check(3, 4, missed("4", "unknown"), reconcile.Gone{Missed: 1})
		check(3, 4, missed("4"), reconcile.Gone{Missed: 1}) // the same run sees it but once
		run = nextRun(t, repo, run)
		pulled(t, repo, run, run, "", "1", "2")
		check(2, 3, closeUnsighted(t, repo, run, hs, invoices), reconcile.Gone{Missed: 1, Deleted: 1})
		for _, state := range []reconcile.RunState{reconcile.RunIncomplete, reconcile.RunFailed} { // do not count
			finish(t, repo, run, state)
			run = start(t, repo, reconcile.Run{})
			check(2, 3, missed(), reconcile.Gone{Missed: 1})
		}
		run = nextRun(t, repo, run)
		page := reconcile.Page{System: hs, Object: invoices, Invoices: []reconcile.Invoice{anInvoice(hs, "3", "3").Invoice}}
		_, err := repo.StoreInvoices(t.Context(), run.ID, page, []reconcile.Filed{anInvoice(hs, "3", "3")})
		must(t, err)
		check(3, 3, missed(), reconcile.Gone{})
		run = nextRun(t, repo, run)
		check(2, 3, missed("3"), reconcile.Gone{Missed: 1})
		run = nextRun(t, repo, run)
		check(2, 2, missed(), reconcile.Gone{Deleted: 1})
		n, err := repo.Known(t.Context(), hs, invoices, []string{"1", "1", "3", "77"})
		if must(t, err); n != 1 {
			t.Errorf("%d known without 1, want 1", n)
		}
		var many []string
		for n := range 1203 {
			many = append(many, fmt.Sprint("n", n))
		}
		pulled(t, repo, run, run, "", many...)
		n, err = repo.Known(t.Context(), hs, invoices, many[1:])
		if must(t, err); n != 3 {
			t.Errorf("%d known without many, want 3", n)
		}
		check(2, 1205, missed(many...), reconcile.Gone{Missed: 1203})
	})
}

// TestUnreadableParts: what cannot be read goes with its record: it ends when the record
// is read again without it, is missed with it, and keeps it from being missed.
func TestUnreadableParts(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx, hs, products := t.Context(), reconcile.HubSpot, reconcile.ObjectProducts
		part := func(id, of, field string) reconcile.Unreadable {
			return reconcile.Unreadable{System: hs, Object: "products", ID: id, Of: of, Field: field, Problem: "no number"}
		}
		run := start(t, repo, reconcile.Run{})
		page := func(whole bool, list []reconcile.Product, parts ...reconcile.Unreadable) {
			t.Helper()
			p := reconcile.Page{System: hs, Object: products, Products: list, Unreadable: parts}
			if whole {
				p.Pull = &reconcile.Pull{Run: run.ID}
			}
			_, err := repo.StoreMasters(ctx, run.ID, p)
			must(t, err)
		}
		check := func(want ...reconcile.Unreadable) {
			t.Helper()
			got, err := repo.Unreadable(ctx)
			must(t, err)
			equal(t, got, want)
		}
		a, b := reconcile.Product{System: hs, ID: "1", SKU: "A"}, reconcile.Product{System: hs, ID: "2", SKU: "B"}
		page(true, []reconcile.Product{a, b}, part("71", "1", "x"), part("72", "1", "y"), part("9", "", "price"))
		check(part("71", "1", "x"), part("72", "1", "y"), part("9", "", "price"))
		page(false, []reconcile.Product{b})
		check(part("71", "1", "x"), part("72", "1", "y"), part("9", "", "price"))
		page(false, []reconcile.Product{a}, part("71", "1", "x"))
		check(part("71", "1", "x"), part("9", "", "price"))
		page(false, []reconcile.Product{{System: hs, ID: "9"}})
		check(part("71", "1", "x"))

		// What has become unreadable as a whole is not gone.
		run = nextRun(t, repo, run)
		page(true, []reconcile.Product{a}, part("2", "", "price"), part("71", "1", "x"))
		equal(t, closeUnsighted(t, repo, run, hs, products), reconcile.Gone{Missed: 1}) // 9
		check(part("2", "", "price"), part("71", "1", "x"))

		// A part is missed with its record.
		run = nextRun(t, repo, run)
		gone, err := repo.CloseMissed(ctx, run.ID, hs, products, []string{"1"})
		must(t, err)
		equal(t, gone, reconcile.Gone{Missed: 1, Deleted: 1})
		check(part("2", "", "price"), part("71", "1", "x"))
		run = nextRun(t, repo, run)
		_, err = repo.CloseMissed(ctx, run.ID, hs, products, nil)
		must(t, err)
		check(part("2", "", "price"))
	})
}
