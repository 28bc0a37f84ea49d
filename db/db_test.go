package db_test

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/govalues/decimal"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }

// onBoth runs a test on a migrated store of each kind, with the repository of its
// default workspace.
func onBoth(t *testing.T, run func(t *testing.T, store *db.DB, repo *db.Repo)) {
	t.Helper()
	for _, kind := range []struct {
		name    string
		address func(testing.TB) string
	}{{"SQLite", dbtest.SQLite}, {"PostgreSQL", dbtest.Postgres}} {
		t.Run(kind.name, func(t *testing.T) {
			store := open(t, kind.address(t))
			run(t, store, as(t, store))
		})
	}
}

// open opens and migrates a store with the default workspace.
func open(tb testing.TB, address string) *db.DB {
	tb.Helper()
	store, err := db.Open(tb.Context(), address)
	must(tb, err)
	tb.Cleanup(func() { must(tb, store.Close()) })
	_, _, err = store.Migrate(tb.Context())
	must(tb, err)
	must(tb, store.EnsureWorkspace(tb.Context(), reconcile.DefaultWorkspace))
	return store
}

// as returns the repository of the default workspace.
func as(tb testing.TB, store *db.DB) *db.Repo {
	tb.Helper()
	repo, err := store.As(tb.Context(), reconcile.LocalActor("ann"), reconcile.DefaultWorkspace)
	must(tb, err)
	return repo
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func wantErr(tb testing.TB, got, want error) {
	tb.Helper()
	if !errors.Is(got, want) {
		tb.Errorf("got error %v, want %v", got, want)
	}
}

// wantText checks that an error says all of the words.
func wantText(tb testing.TB, got error, words ...string) {
	tb.Helper()
	if got == nil {
		tb.Errorf("got no error, want one that says %q", words)
		return
	}
	for _, w := range words {
		if !strings.Contains(got.Error(), w) {
			tb.Errorf("got error %q, want it to say %q", got, w)
		}
	}
}

var exact = cmp.Options{
	cmp.AllowUnexported(reconcile.Date{}, decimal.Decimal{}), cmpopts.EquateEmpty(),
	cmpopts.IgnoreUnexported(reconcile.Certificate{}),
}

func equal[T any](tb testing.TB, got, want T) {
	tb.Helper()
	if diff := cmp.Diff(want, got, exact); diff != "" {
		tb.Errorf("-want +got:\n%s", diff)
	}
}

// day is an instant of the n-th day of the tests' calendar.
func day(n int) time.Time { return time.Date(2026, 3, n, 2, 0, 0, 123000, time.UTC) }

// start starts a run that pulls.
func start(tb testing.TB, repo *db.Repo, run reconcile.Run) reconcile.Run {
	tb.Helper()
	if run.State == "" {
		run.State = reconcile.RunPulling
	}
	if run.AsOf.IsZero() {
		run.AsOf = day(1)
	}
	run, err := repo.StartRun(tb.Context(), run)
	must(tb, err)
	return run
}

// finish ends a run.
func finish(tb testing.TB, repo *db.Repo, run reconcile.Run, state reconcile.RunState) {
	tb.Helper()
	run.State, run.FinishedAt = state, run.AsOf.Add(time.Minute)
	if state == reconcile.RunFailed {
		run.Problem = "it failed"
	}
	must(tb, repo.SaveRun(tb.Context(), run))
}

// nextRun is a run after the one under way.
func nextRun(tb testing.TB, repo *db.Repo, before reconcile.Run) reconcile.Run {
	tb.Helper()
	finish(tb, repo, before, reconcile.RunComplete)
	return start(tb, repo, reconcile.Run{AsOf: before.AsOf.AddDate(0, 0, 1)})
}

// anInvoice makes an invoice of one line, as it is filed.
func anInvoice(s reconcile.System, id, number string) reconcile.Filed {
	i := reconcile.Invoice{
		System: s, ID: id, Number: number, Status: reconcile.StatusOpen, Currency: "USD", Total: 2500, Balance: 2500,
		Date: reconcile.DateOf(day(1), time.UTC), CustomerID: "c1", CreatedAt: day(1), UpdatedAt: day(2),
		Lines: []reconcile.Line{{SKU: "PROD-001", ProductID: "p1", Name: "Consulting", Quantity: decimal.MustParse("2"), Price: decimal.MustParse("12.50"), Amount: 2500}},
	}
	return reconcile.Filed{Invoice: i, Entry: entryOf(0, i), Basis: reconcile.BasisHash{1}}
}

// entryOf makes the entry of an invoice, in the way of reconcile.Masters.File but
// without masters.
func entryOf(row int64, i reconcile.Invoice) reconcile.Entry {
	e := reconcile.Entry{
		System: i.System, Row: row, ID: i.ID, MatchKey: "n" + i.Number, Date: i.Date, Currency: i.Currency, Status: i.Status,
		Total: i.Total, Balance: i.Balance, Created: i.CreatedAt.Unix(), Flags: reconcile.FlagNoSKU, Twin: 1<<63 + 7,
	}
	copy(e.Digest[:], i.Number)
	return e
}

// storeInvoices files invoices of one system and returns how many changed.
func storeInvoices(tb testing.TB, repo *db.Repo, run reconcile.Run, filed ...reconcile.Filed) int {
	tb.Helper()
	page := reconcile.Page{System: filed[0].Invoice.System, Object: reconcile.ObjectInvoices, Pull: &reconcile.Pull{Run: run.ID}}
	for _, f := range filed {
		page.Invoices = append(page.Invoices, f.Invoice)
	}
	n, err := repo.StoreInvoices(tb.Context(), run.ID, page, filed)
	must(tb, err)
	return n
}

// miss has records missed by a complete pull of a run.
func miss(tb testing.TB, repo *db.Repo, run reconcile.Run, s reconcile.System, o reconcile.Object, ids ...string) {
	tb.Helper()
	gone, err := repo.CloseMissed(tb.Context(), run.ID, s, o, ids)
	must(tb, err)
	equal(tb, gone, reconcile.Gone{Missed: len(ids)})
}

// closeUnsighted ends a pull of everything that began in its run.
func closeUnsighted(tb testing.TB, repo *db.Repo, run reconcile.Run, s reconcile.System, o reconcile.Object) reconcile.Gone {
	tb.Helper()
	gone, err := repo.CloseUnsighted(tb.Context(), run.ID, run.ID, s, o)
	must(tb, err)
	return gone
}

// entries reads all entries of a system.
func entries(tb testing.TB, repo *db.Repo, s reconcile.System, from string) []reconcile.Entry {
	tb.Helper()
	var list []reconcile.Entry
	for e, err := range repo.Entries(tb.Context(), s, from) {
		must(tb, err)
		list = append(list, e)
	}
	return list
}
