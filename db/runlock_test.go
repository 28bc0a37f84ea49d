package db_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
)

// onTwo runs a test on two programs that have the same store open.
func onTwo(t *testing.T, run func(t *testing.T, one, two *db.DB)) {
	for name, address := range map[string]func(testing.TB) string{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(name, func(t *testing.T) {
			at := address(t)
			two := open(t, at)
			one, err := db.Open(t.Context(), at)
			must(t, err)
			run(t, one, two)
		})
	}
}

// TestDeadProcess: a run whose process has died is FAILED as soon as another is to
// start, and one whose process lives is not, however long it is silent.
func TestDeadProcess(t *testing.T) {
	onTwo(t, func(t *testing.T, one, two *db.DB) {
		ctx, mine, other := t.Context(), as(t, one), as(t, two)
		run := start(t, mine, reconcile.Run{})
		for _, silent := range []bool{false, true} {
			if silent {
				_, err := two.Raw().NewRaw("UPDATE runs SET heartbeat_at = 1").Exec(ctx)
				must(t, err)
			}
			_, err := other.StartRun(ctx, reconcile.Run{AsOf: day(1)})
			wantErr(t, err, reconcile.ErrRunning)
		}
		must(t, mine.Heartbeat(ctx, run.ID))
		must(t, one.Close()) // as when the process dies
		next := start(t, other, reconcile.Run{})
		dead, err := other.Run(ctx, run.ID)
		must(t, err)
		if dead.State != reconcile.RunFailed || dead.Problem != "the process ended before the run did" || next.ID <= run.ID {
			t.Errorf("the dead run is %+v", dead)
		}
	})
}

// TestLockEndsWithTheRun: whoever has ended a run, or could not begin one, is in
// nobody's way.
func TestLockEndsWithTheRun(t *testing.T) {
	onTwo(t, func(t *testing.T, one, two *db.DB) {
		ctx, mine, other := t.Context(), as(t, one), as(t, two)
		nightly := reconcile.Run{Schedule: "nightly", Date: reconcile.DateFromDays(20000), AsOf: day(1)}
		run := start(t, mine, nightly)
		_, err := other.StartRun(ctx, nightly) // it need not wait for the run to end
		wantErr(t, err, reconcile.ErrAlreadyRan)
		finish(t, mine, run, reconcile.RunCancelled)
		_, err = mine.StartRun(ctx, nightly)
		wantErr(t, err, reconcile.ErrAlreadyRan)
		run = start(t, other, reconcile.Run{})
		_, err = mine.StartRun(ctx, reconcile.Run{AsOf: day(1)})
		wantErr(t, err, reconcile.ErrRunning)

		// An end that is refused is an end as well.
		_, err = one.Raw().NewRaw("UPDATE runs SET state = 'FAILED', problem = 'x' WHERE id = ?", run.ID).Exec(ctx)
		must(t, err)
		run.State, run.FinishedAt = reconcile.RunComplete, day(2)
		wantErr(t, other.SaveRun(ctx, run), reconcile.ErrEnded)
		finish(t, mine, start(t, mine, reconcile.Run{}), reconcile.RunComplete)
		must(t, one.Close())
	})
}

// TestWorkspacesHaveLocksOfTheirOwn: a run in one workspace is in nobody's way in
// another.
func TestWorkspacesHaveLocksOfTheirOwn(t *testing.T) {
	onTwo(t, func(t *testing.T, one, two *db.DB) {
		must(t, two.EnsureWorkspace(t.Context(), "other"))
		other, err := two.As(t.Context(), reconcile.ActorSchedule, "other")
		must(t, err)
		start(t, as(t, one), reconcile.Run{})
		start(t, other, reconcile.Run{})
		must(t, one.Close())
	})
}

// TestLockRefused: a lock that cannot be taken at all is told, and is no run under way.
func TestLockRefused(t *testing.T) {
	address := dbtest.SQLite(t)
	repo := as(t, open(t, address))
	must(t, os.Mkdir(strings.TrimPrefix(address, "sqlite:")+"-run-1", 0o700))
	_, err := repo.StartRun(t.Context(), reconcile.Run{AsOf: day(1)})
	wantText(t, err, "lock the workspace for a run", "tieout.db-run-1")
	if errors.Is(err, reconcile.ErrRunning) {
		t.Errorf("%v", err)
	}
}

// TestLockOfALinkedFile: a store that is opened by another name is the same store.
func TestLockOfALinkedFile(t *testing.T) {
	at := dbtest.SQLite(t)
	link := filepath.Join(t.TempDir(), "linked.db")
	must(t, os.Symlink(strings.TrimPrefix(at, "sqlite:"), link))
	mine := as(t, open(t, at))
	start(t, mine, reconcile.Run{})
	_, err := as(t, open(t, "sqlite:"+link)).StartRun(t.Context(), reconcile.Run{AsOf: day(1)})
	wantErr(t, err, reconcile.ErrRunning)
}
