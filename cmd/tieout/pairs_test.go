package main

import (
	"fmt"
	"slices"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// TestPairsAreTheAudit: after a run the list of product pairs is the SKU audit's, row
// by row, with the same findings; and every customer is in one customer pair.
func TestPairsAreTheAudit(t *testing.T) {
	t.Parallel()
	truth, dir := world(t, sandbox.Options{Invoices: 150, Seed: 5, Defects: 0.3})
	c := simulated(t, dir, dbtest.SQLite(t))
	c.settings(truth)
	run := c.reconcile(2)
	store, err := db.Open(t.Context(), c.env["TIEOUT_DB"])
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	repo, err := store.As(t.Context(), reconcile.ActorSchedule, reconcile.DefaultWorkspace)
	if err != nil {
		t.Fatal(err)
	}
	masters, err := repo.Masters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	audit, err := reconcile.AuditSKUs(reconcile.SKUAuditInput{Products: masters.Products, Findings: repo.FindingsOf(t.Context(), run.ID, reconcile.SKUAuditCodes())})
	if err != nil {
		t.Fatal(err)
	}
	pairs, err := repo.ProductPairs(t.Context(), db.PairQuery{Limit: len(masters.Products)})
	if err != nil || len(pairs) != len(audit.Rows) {
		t.Fatalf("%d pairs, %d rows, %v", len(pairs), len(audit.Rows), err)
	}
	names := make([]string, len(pairs))
	for n := range pairs {
		names[n] = pairs[n].Name
	}
	found, err := repo.FindingsOnPairs(t.Context(), reconcile.FamilySKU, names)
	if err != nil {
		t.Fatal(err)
	}
	withFindings := 0
	for n, row := range audit.Rows {
		var codes []reconcile.Code
		for _, f := range found[pairs[n].Name] {
			codes = append(codes, f.Code)
		}
		slices.Sort(codes)
		if len(codes) > 0 {
			withFindings++
		}
		got := fmt.Sprint(pairs[n].Key, pairs[n].Kind, pairs[n].Covered(), len(pairs[n].HubSpot.Records), len(pairs[n].QuickBooks.Records), slices.Compact(codes))
		if want := fmt.Sprint(row.Key, row.Kind, row.Covered(), len(row.HubSpot), len(row.QuickBooks), row.Codes); got != want {
			t.Errorf("pair %s, row %s", got, want)
		}
	}
	if kinds := audit.Kinds(); kinds[reconcile.KindExact] == 0 || kinds[reconcile.KindCase] == 0 || withFindings < 3 {
		t.Errorf("a world that proves little: %v, %d with findings", kinds, withFindings)
	}
	customers, err := repo.CustomerPairs(t.Context(), reconcile.EmailExact, db.PairQuery{Limit: len(masters.Customers)})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, p := range customers {
		count += len(p.HubSpot.Records) + len(p.QuickBooks.Records)
	}
	if count != len(masters.Customers) {
		t.Errorf("%d customers in pairs, %d in all", count, len(masters.Customers))
	}
}
