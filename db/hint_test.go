package db_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// message is a delivery of hints about a portal's invoices.
func message(name, portal string, ids ...string) reconcile.Delivery {
	d := reconcile.Delivery{
		System: reconcile.HubSpot, Key: fmt.Sprintf("%064s", name), At: day(1), Until: day(1).Add(10 * time.Minute), Hints: map[string][]reconcile.Hint{},
	}
	for _, id := range ids {
		d.Hints[portal] = append(d.Hints[portal], reconcile.Hint{Object: reconcile.ObjectInvoices, ID: id, At: day(1)})
	}
	return d
}

func deliver(t *testing.T, store *db.DB, d reconcile.Delivery, want reconcile.Receipt) {
	t.Helper()
	got, err := store.Deliver(t.Context(), d)
	must(t, err)
	equal(t, got, want)
}

func hinted(t *testing.T, repo *db.Repo, filing int64, want ...string) {
	t.Helper()
	got, err := repo.HintsAfter(t.Context(), reconcile.HubSpot, reconcile.ObjectInvoices, filing)
	must(t, err)
	equal(t, got, reconcile.Hints{IDs: want})
}

func TestHints(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "62515"}))
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.QuickBooks, ID: "9130"}))
		n, err := repo.Filings(ctx, reconcile.HubSpot)
		if must(t, err); n != 0 {
			t.Errorf("%d filings", n)
		}
		deliver(t, store, message("a", "62515", "1", "2", "2"), reconcile.Receipt{Filed: 3})
		deliver(t, store, message("b", "62515", "3"), reconcile.Receipt{Filed: 1})
		deliver(t, store, message("b", "62515", "4"), reconcile.Receipt{Again: true})
		deliver(t, store, message("c", "9130", "5"), reconcile.Receipt{Foreign: 1}) // a company of another system
		deliver(t, store, message("d", "", "5"), reconcile.Receipt{Foreign: 1})
		hinted(t, repo, 0, "1", "2", "3")
		deliver(t, store, message("e", "62515", "2"), reconcile.Receipt{Filed: 1}) // told of once more
		n, err = repo.Filings(ctx, reconcile.HubSpot)
		if must(t, err); n != 3 {
			t.Errorf("%d filings", n)
		}
		hinted(t, repo, 2, "2")
		hinted(t, repo, 0, "2") // the others are forgotten
		other, err := repo.HintsAfter(ctx, reconcile.QuickBooks, reconcile.ObjectInvoices, 0)
		must(t, err)
		equal(t, other, reconcile.Hints{})

		late := message("b", "62515", "6") // as long as it is remembered
		late.At = late.Until
		deliver(t, store, late, reconcile.Receipt{Again: true})
		late.At = late.Until.Add(time.Microsecond)
		deliver(t, store, late, reconcile.Receipt{Filed: 1})
	})
}

// TestHintsOfOthers: V10. What is told of a portal reaches the workspace that has it and
// no other.
func TestHintsOfOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "62515"}))
		must(t, store.EnsureWorkspace(ctx, "other"))
		other, err := store.As(ctx, reconcile.LocalActor("eve"), "other")
		must(t, err)
		must(t, other.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "77"}))
		both := message("a", "62515", "1")
		both.Hints["77"] = message("", "77", "2", "3").Hints["77"]
		both.Hints["78"] = message("", "78", "4").Hints["78"]
		deliver(t, store, both, reconcile.Receipt{Filed: 3, Foreign: 1})
		hinted(t, repo, 0, "1")
		hinted(t, other, 0, "2", "3")
		hinted(t, other, 1)
		hinted(t, repo, 0, "1") // still there
	})
}

// TestHintsFlood: beyond a bound hints collapse into one that stands for all, until a
// pull has taken it. Those that come meanwhile do not make the next one a flood, too.
func TestHintsFlood(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "62515"}))
		ids := make([]string, reconcile.MostHints)
		for n := range ids {
			ids[n] = fmt.Sprint(n + 1)
		}
		deliver(t, store, message("a", "62515", ids...), reconcile.Receipt{Filed: len(ids)})
		slices.Sort(ids)
		hinted(t, repo, 0, ids...)
		for _, name := range []string{"b", "c"} {
			deliver(t, store, message(name, "62515", "x"+name), reconcile.Receipt{Filed: 1})
			all, err := repo.HintsAfter(ctx, reconcile.HubSpot, reconcile.ObjectInvoices, 0)
			must(t, err)
			equal(t, all, reconcile.Hints{Flooded: true})
		}
		hinted(t, repo, 2, "xc") // b was taken, c was not
		hinted(t, repo, 3)
		deliver(t, store, message("d", "62515", "1"), reconcile.Receipt{Filed: 1})
		hinted(t, repo, 3, "1")
	})
}

// TestHintsAtOnce: deliveries that come at the same time are all filed, each once, and
// a filing that is seen has none before it that is not.
func TestHintsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, store *db.DB, repo *db.Repo) {
		ctx := t.Context()
		must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "62515"}))
		const most = 40
		var all sync.WaitGroup
		for n := range 2 * most {
			all.Go(func() {
				if _, err := store.Deliver(ctx, message(fmt.Sprint(n/2), "62515", fmt.Sprint(n/2+1))); err != nil {
					t.Error(err)
				}
			})
		}
		taken := map[string]bool{}
		for at := int64(0); at < most; {
			filing, err := repo.Filings(ctx, reconcile.HubSpot)
			must(t, err)
			told, err := repo.HintsAfter(ctx, reconcile.HubSpot, reconcile.ObjectInvoices, at)
			must(t, err)
			for _, id := range told.IDs {
				taken[id] = true
			}
			if len(taken) < int(filing) {
				t.Fatalf("%d of %d filings are seen", len(taken), filing)
			}
			at = filing
		}
		all.Wait()
		if n, err := repo.Filings(ctx, reconcile.HubSpot); err != nil || n != most || len(taken) != most {
			t.Errorf("%d filings, %d taken: %v", n, len(taken), err)
		}
	})
}

// TestHintedIsOfCompared: what a pull took is taken when its run has compared.
func TestHintedIsOfCompared(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *db.DB, repo *db.Repo) {
		ctx := t.Context()
		run := start(t, repo, reconcile.Run{})
		must(t, repo.SaveCertificate(ctx, run.ID, reconcile.Certificate{System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Watermark: day(1), Hinted: 7}))
		for _, tt := range []struct {
			state reconcile.RunState
			want  int64
		}{{reconcile.RunComparing, 0}, {reconcile.RunComplete, 7}} {
			run.State = tt.state
			must(t, repo.SaveRun(ctx, run))
			h, err := repo.PullHistory(ctx, reconcile.HubSpot, reconcile.ObjectInvoices)
			if must(t, err); h.Hinted != tt.want {
				t.Errorf("%s: hinted %d, want %d", tt.state, h.Hinted, tt.want)
			}
		}
	})
}

// TestHintsFiledAndTaken: on PostgreSQL a pull takes hints when nobody is filing any.
// Both would change the same rows, each in another order, and wait for each other.
func TestHintsFiledAndTaken(t *testing.T) {
	address := dbtest.Postgres(t)
	store := open(t, address)
	repo, ctx := as(t, store), t.Context()
	must(t, repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "62515"}))
	deliver(t, store, message("a", "62515", "1"), reconcile.Receipt{Filed: 1})
	filer, err := pgx.Connect(ctx, address)
	must(t, err)
	tx, err := filer.Begin(ctx)
	must(t, err)
	_, err = tx.Exec(ctx, "UPDATE hint_filings SET filing = filing + 1")
	must(t, err)
	soon, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if told, err := repo.HintsAfter(soon, reconcile.HubSpot, reconcile.ObjectInvoices, 1); err == nil {
		t.Errorf("taken while others were filed: %v", told)
	}
	must(t, tx.Rollback(ctx))
	must(t, filer.Close(ctx))
	hinted(t, repo, 0, "1")
}
