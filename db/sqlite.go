package db

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Pragmas of every connection; see https://www.sqlite.org/pragma.html. With a
// write-ahead log readers and the writer do not wait for each other. Transactions
// that write take the lock when they begin: one that takes it later is refused at
// once when somebody else wrote meanwhile, whatever the timeout. The log may grow to
// 32 MiB before it is written back: in a pull, pages of indexes change many times.
const (
	writerParams = "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)" +
		"&_pragma=foreign_keys(1)&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(8000)&_txlock=immediate"
	readerParams = "_pragma=busy_timeout(10000)&_pragma=query_only(1)&_pragma=cache_size(-4096)"
)

// readers is how many short questions are answered at a time.
const readers = 4

func openSQLite(ctx context.Context, path string) (*DB, error) {
	name := "sqlite:" + path
	if err := checkPath(path); err != nil {
		return nil, fmt.Errorf("open store %s: %w", name, err)
	}
	one, err := filepath.EvalSymlinks(path) // the same for all who open the file
	if err != nil {
		return nil, fmt.Errorf("open store %s: %w", name, err)
	}
	d := &DB{name: name, locks: runLocks{take: fileLock(one)}}
	// The writer first: it makes the file, and readers may not.
	for _, pool := range []struct {
		to     **bun.DB
		params string
		limit  int // of connections; 0: none
	}{{&d.write, writerParams, 1}, {&d.read, readerParams, readers}, {&d.stream, readerParams, 0}} {
		conns, err := sql.Open("sqlite", sqliteDSN(path, pool.params))
		if err != nil {
			return nil, d.refuse(err)
		}
		conns.SetMaxOpenConns(pool.limit)
		conns.SetMaxIdleConns(max(pool.limit, 2))
		*pool.to = bun.NewDB(conns, sqlitedialect.New())
		d.closers = append(d.closers, conns.Close)
		if err := conns.PingContext(ctx); err != nil {
			return nil, d.refuse(err)
		}
	}
	return d, nil
}

// refuse closes what is open and wraps why the rest is not.
func (d *DB) refuse(err error) error {
	for _, closer := range d.closers {
		_ = closer() // err is what matters
	}
	return fmt.Errorf("open store %s: %w", d.name, err)
}

func checkPath(path string) error {
	if path == "" || path == ":memory:" {
		return fmt.Errorf("want sqlite:PATH with the path of a file")
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil {
		return fmt.Errorf("directory %s: %w", dir, err)
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a directory, want a file", path)
	}
	// Made here, because SQLite would let others of the machine read it; its
	// companions take the file's mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteDSN names the file as a URI, in which ? and # of a path are escaped.
func sqliteDSN(path, params string) string {
	parts := strings.Split(filepath.ToSlash(path), "/")
	for n := range parts {
		parts[n] = url.PathEscape(parts[n])
	}
	return "file:" + strings.Join(parts, "/") + "?" + params
}
