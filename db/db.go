// Package db keeps what Tieout knows: the mirror of both systems with its
// history, runs, findings and their events, settings, schedules, files.
//
// It works on SQLite, one file and nothing to install, and on PostgreSQL, from
// one set of migrations and with the same queries. Tests run every one of them on
// both.
//
// A store is opened once; what is done with it is done by somebody in a
// workspace:
//
//	store, err := db.Open(ctx, "sqlite:tieout.db")
//	from, to, err := store.Migrate(ctx)
//	err = store.EnsureWorkspace(ctx, reconcile.DefaultWorkspace)
//	repo, err := store.As(ctx, reconcile.LocalActor("ann"), reconcile.DefaultWorkspace)
//
// As is the only way to a repository. No transaction leaves the package, and no
// row: repositories take and return the nouns of package reconcile, and their
// methods fit the ports that package batch declares. Refusals are
// reconcile.ErrNotFound, ErrRunning and ErrAlreadyRan.
package db

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

// A DB is an open store. It is safe for use by several goroutines.
type DB struct {
	name     string // the address without its password, for messages
	postgres bool

	// write is the only way to change anything; on SQLite it has one connection.
	write *bun.DB
	// read answers short questions: rows are read to the end before a method
	// returns, so that nobody holds one of its connections while waiting.
	read *bun.DB
	// stream carries what is read while the caller works on it. A comparison
	// holds two of its connections and asks read for the rest.
	stream *bun.DB

	locks   runLocks
	closers []func() error
	checked atomic.Bool // CheckVersion has passed

	growth struct {
		sync.Mutex
		rows map[string]int // by table, since analyze
	}
}

// Open opens a store: sqlite:PATH, or postgres://USER:PASSWORD@HOST/DATABASE. A
// SQLite file is made when there is none; its directory is not. Open leaves the
// schema alone: see Migrate and CheckVersion.
func Open(ctx context.Context, address string) (*DB, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		return openSQLite(ctx, path)
	}
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		return openPostgres(ctx, address)
	}
	return nil, fmt.Errorf("open store %q: want sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE", redact(address))
}

// Close closes all connections of the store. A run that is still under way counts
// as dead from then on.
func (d *DB) Close() error {
	errs := []error{d.locks.close()}
	for _, closer := range d.closers {
		errs = append(errs, closer())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("close store %s: %w", d.name, err)
	}
	return nil
}

// now returns the instant for heartbeats, in microseconds: the database's own
// clock where several machines share it, this machine's otherwise.
func (d *DB) now() any {
	if d.postgres {
		return bun.Safe("CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
	}
	return time.Now().UnixMicro()
}

// by makes SQLite look up by an index, where without statistics it would read a
// covering one from end to end. PostgreSQL has statistics: see analyze.
func (d *DB) by(index string) bun.Safe {
	if d.postgres {
		return ""
	}
	return bun.Safe("INDEXED BY " + index)
}

var passwordWord = regexp.MustCompile(`(?i)(password=)[^\s&]+`)

// redact hides the password of an address, also of one that cannot be parsed.
func redact(address string) string {
	u, err := url.Parse(address)
	if err == nil && u.Host != "" {
		return passwordWord.ReplaceAllString(u.Redacted(), "${1}xxxxx")
	}
	scheme, rest, found := strings.Cut(address, "://")
	if at := strings.LastIndex(rest, "@"); found && at >= 0 {
		address = scheme + "://xxxxx" + rest[at:]
	}
	return passwordWord.ReplaceAllString(address, "${1}xxxxx")
}
