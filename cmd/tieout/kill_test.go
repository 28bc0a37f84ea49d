package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// The phases of a run in which a kill may hit it, as the store tells them.
const (
	starting   = "starting" // no run is filed
	pulling    = "pulling"
	storing    = "storing" // some of an object is in the mirror and some is not
	comparing  = "comparing"
	publishing = "publishing" // findings or totals of the run are stored
	ended      = "ended"
)

// TestKilled kills the program at random moments of a run, in every third case its
// successor as well, and lets the next one come to its end: it is what a run without
// kills is. TIEOUT_SEED names the moments; with TIEOUT_CAMPAIGN there are many, and
// every phase has to be hit.
func TestKilled(t *testing.T) {
	t.Parallel()
	_, long := os.LookupEnv("TIEOUT_CAMPAIGN")
	sizes := map[string]int{"SQLite": 8, "PostgreSQL": 3}
	if long {
		sizes = map[string]int{"SQLite": 100, "PostgreSQL": 30}
	}
	seed := number(t, "TIEOUT_SEED", rand.Uint64N(1<<40))
	t.Logf("TIEOUT_SEED=%d", seed)
	bin := filepath.Join(t.TempDir(), "tieout")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	truth, dir := world(t, sandbox.Options{Invoices: 300, Seed: 5, Defects: 0.3})
	hits := map[string]int{}
	for kind, address := range map[string]func(testing.TB) string{"SQLite": dbtest.SQLite, "PostgreSQL": dbtest.Postgres} {
		t.Run(kind, func(t *testing.T) {
			k := newKiller(t, bin, dir, truth, address)
			random := rand.New(rand.NewPCG(seed, uint64(len(kind))))
			for n := range sizes[kind] {
				// The moments are spread over the run, so that all of it is hit.
				k.try(t, n%2, n%3 == 2, (float64(n)+random.Float64())/float64(sizes[kind]), random.Float64(), hits)
			}
		})
	}
	t.Logf("kills by phase: %v", hits)
	for _, phase := range []string{starting, pulling, storing, comparing, publishing} {
		if long && hits[phase] == 0 {
			t.Errorf("no kill has hit a run while %s", phase)
		}
	}
}

// A killer compares runs that were killed with what undisturbed ones left behind:
// the first of a store, and the second.
type killer struct {
	bin     string
	c       *call
	address func(testing.TB) string
	served  *atomic.Int64 // requests
	want    [2]remains
	course  [2]course
}

// A course is how an undisturbed run goes, by which moments are told however slow the
// machine is at the time: so long until it asks the first question, so many of them,
// so long after the last.
type course struct {
	lead, tail time.Duration
	requests   int64
}

func newKiller(t *testing.T, bin, dir string, truth *sandbox.Truth, address func(testing.TB) string) *killer {
	hs, qb, err := simulators(dir, true, false)
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{bin: bin, address: address, served: &atomic.Int64{}}
	var first, last atomic.Int64 // instants, in nanoseconds
	// It answers as slowly as the vendors would, in proportion, so that kills hit
	// requests too.
	delayed := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			first.CompareAndSwap(0, time.Now().UnixNano())
			time.Sleep(4 * time.Millisecond)
			h.ServeHTTP(w, r)
			k.served.Add(1)
			last.Store(time.Now().UnixNano())
		})
	}
	k.c = pointed(t, delayed(hs), delayed(qb), "")
	k.c.settings(truth)
	store := address(t)
	for n := range k.want {
		first.Store(0)
		k.served.Store(0)
		began := time.Now()
		k.finish(t, store)
		k.course[n] = course{time.Unix(0, first.Load()).Sub(began), time.Since(time.Unix(0, last.Load())), k.served.Load()}
		k.want[n] = k.remains(t, store)
	}
	t.Logf("undisturbed runs: %+v", k.course)
	return k
}

// try kills the run of a store that has had so many, at a moment of it, perhaps the
// one after it too, and compares the end.
func (k *killer) try(t *testing.T, earlier int, twice bool, moment, second float64, hits map[string]int) {
	t.Helper()
	store := k.address(t)
	for range earlier {
		k.finish(t, store)
	}
	phase := k.kill(t, store, earlier, moment, hits)
	if twice && phase != ended {
		phase = k.kill(t, store, earlier, second, hits)
	}
	if phase != ended {
		k.finish(t, store)
	}
	if diff := cmp.Diff(k.want[earlier], k.remains(t, store), remainsOptions...); diff != "" {
		t.Errorf("run %d killed at %.3f, twice: %t: it ends otherwise than an undisturbed one (-undisturbed +killed):\n%s", earlier+1, moment, twice, diff)
	}
}

// command is the program on a store.
func (k *killer) command(ctx context.Context, store string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, k.bin, args...)
	env := maps.Clone(k.c.env)
	env["TIEOUT_DB"] = store
	for _, pair := range os.Environ() {
		if !strings.HasPrefix(pair, "TIEOUT_") {
			cmd.Env = append(cmd.Env, pair)
		}
	}
	for key, v := range env {
		cmd.Env = append(cmd.Env, key+"="+v)
	}
	return cmd
}

// finish lets a run come to its end.
func (k *killer) finish(t *testing.T, store string) {
	t.Helper()
	cmd := k.command(t.Context(), store, "reconcile", "-json")
	if out, err := cmd.CombinedOutput(); cmd.ProcessState.ExitCode() != 2 {
		t.Fatalf("reconcile: %v\n%s", err, out)
	}
}

// kill begins a run, kills it at a moment of its course and tells in which phase it was.
func (k *killer) kill(t *testing.T, store string, earlier int, moment float64, hits map[string]int) string {
	t.Helper()
	cmd := k.command(t.Context(), store, "reconcile")
	k.served.Store(0)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		_ = cmd.Wait() // it is killed
		close(over)
	}()
	if moment < watchShare {
		k.await(k.course[earlier], moment, over)
	} else {
		k.watch(t, store, over)
	}
	_ = cmd.Process.Kill() // it may have ended
	<-over
	phase := k.phase(t, store, earlier)
	hits[phase]++
	return phase
}

// The shares of all moments before the first request of a run, until its last, and
// until its end by the clock. The rest are those of publishing, which is too short to
// be hit by chance.
const (
	leadShare    = 0.15
	requestShare = 0.55
	watchShare   = 0.9
)

// watch waits until the store shows that a run publishes, or until it is over.
func (k *killer) watch(t *testing.T, store string, over <-chan struct{}) {
	t.Helper()
	var repo *db.Repo
	end := func() {}
	defer func() { end() }()
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Millisecond / 2):
		}
		if repo == nil {
			if repo, end = k.look(t, store); repo == nil {
				continue
			}
		}
		runs, err := repo.Runs(t.Context(), db.RunQuery{Limit: 1})
		if err != nil {
			t.Fatal(err)
		}
		if len(runs) > 0 && !runs[0].State.Ended() && k.under(t, repo, runs[0].ID) == publishing {
			return
		}
	}
}

// await waits for a moment of a run, from 0 to 1, or until it is over.
func (k *killer) await(c course, moment float64, over <-chan struct{}) {
	wait := func(d time.Duration) {
		select {
		case <-over:
		case <-time.After(d):
		}
	}
	if moment < leadShare {
		wait(time.Duration(moment / leadShare * float64(c.lead)))
		return
	}
	share := (moment - leadShare) / (requestShare - leadShare)
	for float64(k.served.Load()) < min(share, 1)*float64(c.requests) {
		select {
		case <-over:
			return
		case <-time.After(time.Millisecond / 2):
		}
	}
	if moment > requestShare {
		wait(time.Duration((moment - requestShare) / (watchShare - requestShare) * float64(c.tail)))
	}
}

// look opens a store for reading; nil when there is nothing in it yet.
func (k *killer) look(t *testing.T, store string) (*db.Repo, func()) {
	t.Helper()
	d, err := db.Open(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	end := func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	repo, err := d.As(t.Context(), reconcile.LocalActor("ann"), reconcile.DefaultWorkspace)
	if err != nil {
		end()
		return nil, func() {}
	}
	return repo, end
}

// phase tells where the newest run of a store stands.
func (k *killer) phase(t *testing.T, store string, earlier int) string {
	t.Helper()
	repo, end := k.look(t, store)
	defer end()
	if repo == nil {
		return starting
	}
	runs, err := repo.Runs(t.Context(), db.RunQuery{})
	if err != nil {
		t.Fatal(err)
	}
	complete := 0
	for _, r := range runs {
		if r.State == reconcile.RunComplete {
			complete++
		}
	}
	switch {
	case complete > earlier:
		return ended
	case len(runs) == 0 || runs[0].State.Ended():
		return starting
	}
	return k.under(t, repo, runs[0].ID)
}

// under tells where a run under way stands.
func (k *killer) under(t *testing.T, repo *db.Repo, run reconcile.RunID) string {
	t.Helper()
	steps, err := repo.Steps(t.Context(), run)
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(steps, func(s reconcile.Step) bool { return s.Name == "compare" }) {
		totals, err := repo.Totals(t.Context(), run)
		if err != nil {
			t.Fatal(err)
		}
		if len(totals) > 0 {
			return publishing
		}
		for f, err := range repo.StreamFindings(t.Context(), db.FindingQuery{}) {
			if err != nil {
				t.Fatal(err)
			}
			if f.LastRun == run {
				return publishing
			}
		}
		return comparing
	}
	for _, s := range steps {
		name := strings.Split(s.Name, "/")
		if s.State != reconcile.StepRunning || len(name) != 3 {
			continue
		}
		sighted, err := repo.Sighted(t.Context(), run, reconcile.System(name[1]), reconcile.Object(name[2]))
		if err != nil {
			t.Fatal(err)
		}
		if len(sighted) > 0 {
			return storing
		}
	}
	return pulling
}

// remains are what a store shows after a run, without the numbers of runs and what
// depends on how many there were.
type remains struct {
	Counts       reconcile.Counts
	Findings     []findingLine
	Totals       []reconcile.ControlTotal
	Certificates []reconcile.Certificate
	Mirror       map[string]int
}

var remainsOptions = []cmp.Option{cmpopts.IgnoreUnexported(reconcile.Certificate{})}

func (k *killer) remains(t *testing.T, store string) (left remains) {
	t.Helper()
	c := *k.c
	c.t = t
	c.env = map[string]string{"TIEOUT_DB": store}
	left.Findings = c.findings()
	for n := range left.Findings {
		left.Findings[n].FirstRun, left.Findings[n].LastRun = 0, 0
	}
	repo, end := k.look(t, store)
	defer end()
	run, err := repo.LatestRun(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	left.Counts = run.Counts
	left.Counts.Opened, left.Counts.Reopened, left.Counts.Resolved, left.Counts.Calls = 0, 0, 0, 0
	if left.Totals, err = repo.Totals(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	if left.Certificates, err = repo.Certificates(t.Context(), run.ID); err != nil {
		t.Fatal(err)
	}
	left.Mirror = map[string]int{}
	for n := range left.Certificates {
		cert := &left.Certificates[n]
		left.Mirror[fmt.Sprintf("%s %s", cert.System, cert.Object)], err = repo.Known(t.Context(), cert.System, cert.Object, nil)
		if err != nil {
			t.Fatal(err)
		}
		cert.Calls, cert.Changed, cert.Resumed, cert.Reason, cert.Pages = 0, 0, 0, "", 0
		cert.Since, cert.Watermark, cert.StartedAt, cert.FinishedAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	}
	for _, s := range reconcile.Systems {
		if left.Mirror[string(s)+" current"], err = repo.CountInvoices(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range repo.InvoicesAt(t.Context(), run.ID) {
		if err != nil {
			t.Fatal(err)
		}
		left.Mirror["at the run"]++
	}
	return left
}
