package db_test

import (
	"strings"
	"testing"

	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// TestNotingReadsNoTable: whether changes are noted is asked for every page, and must
// not read the invoices of all other workspaces when the own one has none yet.
func TestNotingReadsNoTable(t *testing.T) {
	store := open(t, dbtest.SQLite(t))
	for _, o := range []reconcile.Object{reconcile.ObjectProducts, reconcile.ObjectInvoices} {
		query, err := as(t, store).Noting(t.Context(), reconcile.HubSpot, o)
		must(t, err)
		for _, line := range plan(t, store, query) {
			if strings.HasPrefix(line, "SCAN") {
				t.Errorf("%s: %s", query, line)
			}
		}
	}
}
