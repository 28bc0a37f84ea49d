package dbtest

import (
	"database/sql"
	"strings"
	"testing"
)

// HoldSQLite takes the lock of a SQLite store as another process would in the middle of
// a long transaction, until release is called.
func HoldSQLite(tb testing.TB, address string) (release func()) {
	tb.Helper()
	other, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(address, "sqlite:")+"?_txlock=immediate")
	if err != nil {
		tb.Fatal(err)
	}
	tx, err := other.BeginTx(tb.Context(), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return func() {
		_ = tx.Rollback() // nothing was written
		if err := other.Close(); err != nil {
			tb.Error(err)
		}
	}
}
