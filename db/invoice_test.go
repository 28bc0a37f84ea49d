package db_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

func TestStoreInvoices(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		first := start(t, repo, reconcile.Run{})
		a, b, blank := anInvoice(reconcile.HubSpot, "1", "A"), anInvoice(reconcile.HubSpot, "2", nul), anInvoice(reconcile.HubSpot, "3", "")
		if n := storeInvoices(t, repo, first, a, b, blank, a); n != 3 {
			t.Errorf("stored %d new invoices, want 3", n)
		}
		if n := storeInvoices(t, repo, first, a, b, blank); n != 0 {
			t.Errorf("stored %d changed invoices, want none", n)
		}
		got, err := repo.InvoicesByNumber(ctx, nul)
		must(t, err)
		b.Entry.Row = got[0].Entry.Row
		equal(t, got, []reconcile.Filed{b})
		if e := entries(t, repo, reconcile.HubSpot, "")[0]; e.MatchKey != "" || e.ID != "3" {
			t.Errorf("the blank number has entry %+v", e)
		}

		// The same record with another entry keeps its version and row.
		b.Entry.Digest[0], b.Basis = 'x', reconcile.BasisHash{2}
		if n := storeInvoices(t, repo, first, b); n != 0 {
			t.Errorf("another basis counts as %d changed invoices", n)
		}
		filed, err := repo.InvoiceByID(ctx, reconcile.HubSpot, "2")
		must(t, err)
		equal(t, filed, b)

		miss(t, repo, first, reconcile.HubSpot, reconcile.ObjectInvoices, "3")
		second := nextRun(t, repo, first)
		a.Invoice.Total, a.Entry.Total = 99, 99
		if n := storeInvoices(t, repo, second, a, b); n != 1 {
			t.Errorf("stored %d changed invoices, want 1", n)
		}
		equal(t, closeUnsighted(t, repo, second, reconcile.HubSpot, reconcile.ObjectInvoices), reconcile.Gone{Deleted: 1})
		n, err := repo.CountInvoices(ctx, reconcile.HubSpot)
		if must(t, err); n != 2 {
			t.Errorf("%d invoices are current, want 2", n)
		}
		versions, err := store.Raw().NewSelect().Table("invoices").Where("to_run = ?", second.ID).Count(ctx)
		if must(t, err); versions != 2 {
			t.Errorf("%d versions ended, want 2", versions)
		}
		_, err = repo.InvoiceByID(ctx, reconcile.HubSpot, "3")
		wantErr(t, err, reconcile.ErrNotFound)
	})
}

// What of a page of invoices cannot be read is filed with it.
func TestUnreadableInvoices(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		first := start(t, repo, reconcile.Run{})
		u := reconcile.Unreadable{System: reconcile.HubSpot, Object: "line_items", ID: "77", Of: "1", Field: "lines[#1].price", Problem: "no number", Raw: []byte("x")}
		page := reconcile.Page{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Unreadable: []reconcile.Unreadable{u}}
		_, err := repo.StoreInvoices(ctx, first.ID, page, []reconcile.Filed{anInvoice(reconcile.HubSpot, "1", "A")})
		must(t, err)
		got, err := repo.Unreadable(ctx)
		must(t, err)
		equal(t, got, page.Unreadable)
		second := nextRun(t, repo, first)
		storeInvoices(t, repo, second, anInvoice(reconcile.HubSpot, "1", "A"))
		got, err = repo.Unreadable(ctx)
		must(t, err)
		equal(t, got, nil)
	})
}

func TestInvoices(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		storeInvoices(t, repo, run, anInvoice(reconcile.HubSpot, "1", "A"), anInvoice(reconcile.HubSpot, "2", "B"))
		list := entries(t, repo, reconcile.HubSpot, "")
		rows := []int64{list[1].Row, list[0].Row, list[1].Row}
		got, err := repo.Invoices(t.Context(), rows)
		must(t, err)
		if got[0].Number != "B" || got[1].Number != "A" || got[2].Number != "B" {
			t.Errorf("got %v for rows %v", got, rows)
		}
		_, err = repo.Invoices(t.Context(), []int64{list[0].Row, 999_999})
		wantErr(t, err, reconcile.ErrNotFound)
	})
}

// Both databases order by bytes, whatever the letters: a comparison merges two
// streams and trusts the order.
func TestEntriesOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		numbers := []string{"b", "a", "B", "A", "ä", "Z", "z", "\u00df", "ss", "\U0001F600", "\uffff", "\x00", "\x00\x00", "\x01", "\x02", "a\x00", "a\x01", "a b", "ab",
			"-1", "_", "", "10", "9", strings.Repeat("long", 1000) + "1", strings.Repeat("long", 1000) + "2", "lon", "longlonh"}
		var filed []reconcile.Filed
		for n, number := range numbers {
			filed = append(filed, anInvoice(reconcile.QuickBooks, fmt.Sprint(n), number))
		}
		filed = append(filed, anInvoice(reconcile.QuickBooks, "a", "b"), anInvoice(reconcile.QuickBooks, "B", "b"))
		storeInvoices(t, repo, start(t, repo, reconcile.Run{}), filed...)
		list := entries(t, repo, reconcile.QuickBooks, "")
		if len(list) != len(filed) {
			t.Fatalf("got %d entries, want %d", len(list), len(filed))
		}
		byKey := func(a, b reconcile.Entry) int {
			if c := strings.Compare(a.MatchKey, b.MatchKey); c != 0 {
				return c
			}
			return strings.Compare(a.ID, b.ID)
		}
		if !slices.IsSortedFunc(list, byKey) {
			t.Errorf("entries are not in byte order: %q", keysOf(list))
		}
		for _, e := range list { // what is not cut is as it was
			if n := slices.IndexFunc(filed, func(f reconcile.Filed) bool { return f.Invoice.ID == e.ID }); len(filed[n].Invoice.Number) < 500 {
				want := filed[n].Entry
				want.Row = e.Row
				if want.MatchKey == "n" {
					want.MatchKey = ""
				}
				equal(t, e, want)
			}
		}
		for _, from := range []string{"nb", "n\x00", "n\U0001F600"} {
			want := slices.DeleteFunc(keysOf(list), func(k string) bool { return k < from })
			equal(t, keysOf(entries(t, repo, reconcile.QuickBooks, from)), want)
		}
		got, err := repo.EntriesByKey(t.Context(), reconcile.QuickBooks, "nb")
		must(t, err)
		equal(t, []string{got[0].ID, got[1].ID, got[2].ID}, []string{"0", "B", "a"})
	})
}

func keysOf(list []reconcile.Entry) []string {
	keys := make([]string, len(list))
	for n, e := range list {
		keys[n] = e.MatchKey
	}
	return keys
}

// A comparison reads entries from the index alone.
func TestEntriesUseTheCoveringIndex(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		run := start(t, repo, reconcile.Run{})
		for from := 0; from < 3000; from += 1000 {
			storeInvoices(t, repo, run, manyInvoices(from, 1000, 1)...)
		}
		explain, want := "EXPLAIN QUERY PLAN ", "COVERING INDEX invoices_entries"
		if store.Postgres() {
			closeUnsighted(t, repo, run, reconcile.HubSpot, reconcile.ObjectInvoices) // the end of a pull
			explain, want = "EXPLAIN ", "Index Only Scan using invoices_entries"
		}
		rows, err := store.Stream().QueryContext(t.Context(), explain+db.EntrySelect+" AND match_key >= ? ORDER BY match_key, external_id", store.By("invoices_entries"), 1, 1, "")
		must(t, err)
		defer rows.Close()
		var plan []string
		for rows.Next() {
			var a, b, c int
			var line string
			if store.Postgres() {
				must(t, rows.Scan(&line))
			} else {
				must(t, rows.Scan(&a, &b, &c, &line))
			}
			plan = append(plan, line)
		}
		must(t, rows.Err())
		if !strings.Contains(strings.Join(plan, "\n"), want) || len(plan) > 2 {
			t.Errorf("plan: %q, want %s alone", plan, want)
		}
	})
}

func TestTwinEntries(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		a, b, none := anInvoice(reconcile.HubSpot, "1", "A"), anInvoice(reconcile.HubSpot, "2", "B"), anInvoice(reconcile.HubSpot, "3", "C")
		b.Entry.Twin, none.Entry.Twin = 5, 0
		storeInvoices(t, repo, start(t, repo, reconcile.Run{}), a, b, none)
		for _, tt := range []struct {
			twin uint64
			want []string
		}{{a.Entry.Twin, []string{"nA"}}, {5, []string{"nB"}}, {0, nil}, {6, nil}} {
			got, err := repo.TwinEntries(t.Context(), reconcile.HubSpot, tt.twin)
			must(t, err)
			equal(t, keysOf(got), tt.want)
		}
	})
}

// Refile is called while Stale is read, in batches that end anywhere: nobody waits
// for the other, and every stale invoice comes once.
func TestRefileWhileStaleIsRead(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		const n = 3*db.StaleAtATime + 17
		filed := manyInvoices(0, n, 1)
		for i := range filed { // more than one wrong basis, on both sides of the right one
			filed[i].Basis = reconcile.BasisHash{byte(1 + 3*(i%3))}
		}
		run := start(t, repo, reconcile.Run{})
		storeInvoices(t, repo, run, filed...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		basis, seen := reconcile.BasisHash{5}, map[int64]bool{}
		var batch []reconcile.Entry
		for stale, err := range repo.Stale(ctx, reconcile.HubSpot, basis) {
			must(t, err)
			if seen[stale.Row] {
				t.Fatalf("row %d came twice", stale.Row)
			}
			seen[stale.Row] = true
			e := entryOf(stale.Row, stale.Invoice)
			e.Total = 4711
			if batch = append(batch, e); len(batch) == 130 {
				must(t, repo.Refile(ctx, run.ID, batch, basis))
				batch = batch[:0]
			}
		}
		must(t, repo.Refile(ctx, run.ID, batch, basis))
		if len(seen) != n {
			t.Errorf("%d invoices were stale, want %d", len(seen), n)
		}
		for stale, err := range repo.Stale(ctx, reconcile.HubSpot, basis) {
			t.Fatalf("still stale: %v %v", stale, err)
		}
		for _, e := range entries(t, repo, reconcile.HubSpot, "") {
			if e.Total != 4711 {
				t.Fatalf("entry %s was not replaced", e.ID)
			}
		}
	})
}

// Streams that are left early, and many at a time, leave room for everything else.
func TestStreamsLeaveRoom(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		run := start(t, repo, reconcile.Run{})
		storeInvoices(t, repo, run, manyInvoices(0, 2000, 1)...)
		for range 50 {
			for _, err := range repo.Entries(ctx, reconcile.HubSpot, "") {
				must(t, err)
				break
			}
		}
		var nest func(depth int)
		nest = func(depth int) {
			for e, err := range repo.Entries(ctx, reconcile.HubSpot, "") {
				must(t, err)
				if depth > 0 {
					nest(depth - 1)
				}
				_, err = repo.Invoices(ctx, []int64{e.Row})
				must(t, err)
				must(t, repo.Heartbeat(ctx, run.ID))
				return
			}
		}
		nest(10)
	})
}

// A linked invoice is matched by its link, whatever its number.
func TestLinks(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		link := func(hs, qb string) error {
			_, err := store.Raw().NewRaw("INSERT INTO links (workspace, hubspot_id, quickbooks_id, actor, at) VALUES (1, ?, ?, 'local:ann', 1)", hs, qb).Exec(ctx)
			return err
		}
		must(t, link("1", "9"))
		if link("1", "10") == nil || link("2", "9") == nil {
			t.Error("a record is in two links")
		}
		storeInvoices(t, repo, run, anInvoice(reconcile.HubSpot, "1", "A"), anInvoice(reconcile.HubSpot, "2", "B"))
		storeInvoices(t, repo, run, anInvoice(reconcile.QuickBooks, "9", "X"), anInvoice(reconcile.QuickBooks, "1", "Y"))
		want := func() {
			t.Helper()
			equal(t, keysOf(entries(t, repo, reconcile.HubSpot, "")), []string{"l1", "nB"})
			equal(t, keysOf(entries(t, repo, reconcile.QuickBooks, "")), []string{"l1", "nY"})
		}
		want()
		for _, s := range reconcile.Systems {
			for stale, err := range repo.Stale(ctx, s, reconcile.BasisHash{7}) {
				must(t, err)
				must(t, repo.Refile(ctx, run.ID, []reconcile.Entry{entryOf(stale.Row, stale.Invoice)}, reconcile.BasisHash{7}))
			}
		}
		want()
	})
}

// Both databases tell the same of the same history of pulls.
func TestDatabasesAgree(t *testing.T) {
	var told [][]reconcile.Entry
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		random := rand.New(rand.NewPCG(1, 2))
		run := start(t, repo, reconcile.Run{})
		var all []reconcile.Entry
		for range 5 {
			run = nextRun(t, repo, run)
			for _, s := range reconcile.Systems {
				var page []reconcile.Filed
				for id := range 60 {
					if random.IntN(4) == 0 {
						continue
					}
					f := anInvoice(s, fmt.Sprint(id), fmt.Sprint("É-", id%50))
					f.Invoice.Total = int64(random.IntN(3))
					f.Entry.Total, f.Basis[0] = f.Invoice.Total, byte(random.IntN(2))
					page = append(page, f)
				}
				changed := storeInvoices(t, repo, run, page...)
				gone := closeUnsighted(t, repo, run, s, reconcile.ObjectInvoices)
				for _, e := range entries(t, repo, s, "") {
					e.Row = 0
					all = append(all, e)
				}
				all = append(all, reconcile.Entry{Total: int64(changed), Balance: int64(gone.Deleted), Created: int64(gone.Missed)})
			}
		}
		told = append(told, all)
	})
	if len(told) == 2 {
		equal(t, told[0], told[1])
	}
}
