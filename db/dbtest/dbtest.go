// Package dbtest gives tests real databases: an empty SQLite file, or an empty
// database in a PostgreSQL cluster that the test process starts for itself from
// the installed binaries. A missing PostgreSQL fails the test and says how to
// install it: a suite that skips proves nothing.
//
// One cluster serves a process. Packages that use Postgres stop it at the end:
//
//	func TestMain(m *testing.M) { os.Exit(dbtest.Main(m)) }
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// SQLite returns the address of a store that does not exist yet.
func SQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite:" + filepath.Join(tb.TempDir(), "tieout.db")
}

var (
	shared    *cluster
	sharedErr error
	start     sync.Once
	databases atomic.Int64
)

// Postgres returns the address of an empty database that is dropped when the test
// ends.
func Postgres(tb testing.TB) string {
	tb.Helper()
	start.Do(func() { shared, sharedErr = startCluster() })
	if sharedErr != nil {
		tb.Fatalf("start PostgreSQL: %v", sharedErr)
	}
	name := fmt.Sprintf("tieout_%d", databases.Add(1))
	if err := shared.exec("CREATE DATABASE " + pgx.Identifier{name}.Sanitize()); err != nil {
		tb.Fatalf("create database %s: %v", name, err)
	}
	tb.Cleanup(func() {
		if err := shared.exec("DROP DATABASE " + pgx.Identifier{name}.Sanitize() + " WITH (FORCE)"); err != nil {
			tb.Errorf("drop database %s: %v", name, err)
		}
	})
	return shared.address(name)
}

// Main runs the tests of a package and stops the cluster, if they started one. It
// returns the exit code.
func Main(m *testing.M) int {
	result := m.Run()
	if shared != nil {
		if err := shared.stop(); err != nil {
			fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
			return 1
		}
	}
	return result
}

// exec runs one statement in the cluster's own database.
func (c *cluster) exec(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.address("postgres"))
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, statement)
	return errors.Join(err, conn.Close(ctx))
}
