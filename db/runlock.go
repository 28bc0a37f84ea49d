package db

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/tieout/tieout/reconcile"
)

// runLocks are the locks that runs of this process hold, one for the run under way
// in a workspace. The operating system, or PostgreSQL, frees them when the process
// dies, however it does: a run without its lock is dead.
type runLocks struct {
	starting sync.Mutex // one StartRun at a time

	sync.Mutex
	held map[int64]runLock // by workspace
	// take takes the lock of a workspace; free is nil where another process has it.
	take func(ctx context.Context, ws int64) (free func() error, err error)
}

// A runLock is held for a run, 0 while that is being filed.
type runLock struct {
	run  reconcile.RunID
	free func() error
}

// claim takes the lock of a workspace for a run to be filed. fresh says that nobody
// held it; otherwise an earlier run of this process does. A lock that another process
// holds is reconcile.ErrRunning.
func (l *runLocks) claim(ctx context.Context, ws int64) (fresh bool, err error) {
	l.Lock()
	defer l.Unlock()
	if _, mine := l.held[ws]; mine {
		return false, nil
	}
	free, err := l.take(ctx, ws)
	if err != nil {
		return false, fmt.Errorf("lock the workspace for a run: %w", err)
	}
	if free == nil {
		return false, fmt.Errorf("%w, of another process", reconcile.ErrRunning)
	}
	if l.held == nil {
		l.held = map[int64]runLock{}
	}
	l.held[ws] = runLock{free: free}
	return true, nil
}

// assign says which run the lock of a workspace is held for.
func (l *runLocks) assign(ws int64, run reconcile.RunID) {
	l.Lock()
	defer l.Unlock()
	if lock, held := l.held[ws]; held { // not after close
		lock.run = run
		l.held[ws] = lock
	}
}

// release frees the lock of a workspace if it is held for that run.
func (l *runLocks) release(ws int64, run reconcile.RunID) error {
	l.Lock()
	defer l.Unlock()
	lock, held := l.held[ws]
	if !held || lock.run != run {
		return nil
	}
	delete(l.held, ws)
	if err := lock.free(); err != nil {
		return fmt.Errorf("unlock the workspace after run %d: %w", run, err)
	}
	return nil
}

// close frees all locks.
func (l *runLocks) close() error {
	l.Lock()
	defer l.Unlock()
	var errs []error
	for _, lock := range l.held {
		errs = append(errs, lock.free())
	}
	l.held = nil
	return errors.Join(errs...)
}

// fileLock locks a file beside the database, one for each workspace. It stays when
// it is unlocked: whoever removed it could remove the next one's.
func fileLock(path string) func(context.Context, int64) (func() error, error) {
	return func(_ context.Context, ws int64) (func() error, error) {
		file := flock.New(fmt.Sprintf("%s-run-%d", path, ws), flock.SetPermissions(0o600))
		locked, err := file.TryLock()
		if err != nil || !locked {
			return nil, err
		}
		return file.Close, nil
	}
}

// unlockTime bounds how long a server that does not answer any more is told of the end
// of a run. Other runs wait for that.
const unlockTime = 10 * time.Second

// advisorySpace keeps our advisory locks apart from others of the database.
const advisorySpace = 0x7469656f // "tieo"

// advisoryLock takes an advisory lock of a session, on a connection of its own:
// PostgreSQL frees it when that ends. See
// https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS.
func advisoryLock(address string) func(context.Context, int64) (func() error, error) {
	return func(ctx context.Context, ws int64) (func() error, error) {
		config, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, errUnparsed
		}
		config.ConnConfig.RuntimeParams["application_name"] = "tieout run"
		conn, err := pgx.ConnectConfig(ctx, config.ConnConfig)
		if err != nil {
			return nil, err
		}
		var locked bool
		err = conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1::int, $2::int)", advisorySpace, ws).Scan(&locked)
		if err != nil || !locked {
			return nil, errors.Join(err, conn.Close(context.WithoutCancel(ctx)))
		}
		return func() error {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTime)
			defer cancel()
			// The server notices a closed connection a little later. One that is lost
			// has no lock to give back.
			if !conn.IsClosed() {
				_, _ = conn.Exec(ctx, "SELECT pg_advisory_unlock($1::int, $2::int)", advisorySpace, ws)
			}
			return conn.Close(ctx)
		}, nil
	}
}
