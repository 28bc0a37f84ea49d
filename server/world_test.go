package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/graph"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
	"github.com/tieout/tieout/server"
)

var today = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// A site is the server over a store of its own.
type site struct {
	t       *testing.T
	store   *db.DB
	repo    *db.Repo
	log     bytes.Buffer
	handler http.Handler
}

type nothing struct{}

var errNothing = errors.New("not in this test")

func (nothing) Start(context.Context, batch.Order) (reconcile.Run, error) {
	panic("a payload: ann@example.com")
}
func (nothing) Export(context.Context, reconcile.Actor, string, reconcile.RunID) (reconcile.ReportFile, error) {
	return reconcile.ReportFile{}, errNothing
}

func newSite(t *testing.T) *site {
	t.Helper()
	return hookedSite(t, dbtest.SQLite(t), nil)
}

// hookedSite is a site at that store which takes events.
func hookedSite(t *testing.T, address string, hooks server.Webhooks) *site {
	t.Helper()
	s := &site{t: t}
	ctx := t.Context()
	var err error
	s.store, err = db.Open(ctx, address)
	s.must(err)
	t.Cleanup(func() { _ = s.store.Close() }) // some tests close it before
	_, _, err = s.store.Migrate(ctx)
	s.must(err)
	s.must(s.store.EnsureWorkspace(ctx, reconcile.DefaultWorkspace))
	s.repo, err = s.store.As(t.Context(), "local:ann", reconcile.DefaultWorkspace)
	s.must(err)
	clock := func() time.Time { return today }
	s.handler = server.New(server.Config{Store: s.store, Version: "1.2.3", Webhooks: hooks, API: graph.Config{
		Repo: s.repo, Starter: nothing{}, Exporter: nothing{}, Explainer: &batch.Explainer{Records: s.repo, Clock: clock},
		Pairs:     &batch.PairLister{Mirror: s.repo, Journal: s.repo, Clock: clock},
		Workspace: reconcile.DefaultWorkspace, Actor: "local:ann", Now: clock, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}})
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// send sends a request to localhost; headers come as name and value in turn.
func (s *site) send(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, "http://localhost:8080"+path, strings.NewReader(body))
	for n := 0; n < len(headers); n += 2 {
		if headers[n] == "Host" {
			r.Host = headers[n+1]
			continue
		}
		r.Header.Set(headers[n], headers[n+1])
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return rec
}

func (s *site) get(path string, headers ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	return s.send(http.MethodGet, path, "", headers...)
}

// run files a run that has ended.
func (s *site) run(change func(*reconcile.Run)) reconcile.Run {
	s.t.Helper()
	run, err := s.repo.StartRun(s.t.Context(), reconcile.Run{State: reconcile.RunPulling, AsOf: today, StartedAt: today})
	s.must(err)
	run.State, run.Verdict, run.FinishedAt = reconcile.RunComplete, reconcile.TiedOut, today.Add(time.Minute)
	run.Counts = reconcile.Counts{InScope: 12, Matched: 12}
	change(&run)
	s.must(s.repo.SaveRun(s.t.Context(), run))
	return run
}

// report files a workbook of that content.
func (s *site) report(name, content string) reconcile.ReportFile {
	s.t.Helper()
	path := filepath.Join(s.t.TempDir(), "workbook")
	s.must(os.WriteFile(path, []byte(content), 0o600))
	sum := sha256.Sum256([]byte(content))
	file, err := s.repo.SaveReportFile(s.t.Context(), reconcile.ReportFile{
		Kind: "mismatches", Name: name, Path: path, Run: 1, SHA256: hex.EncodeToString(sum[:]), Bytes: int64(len(content)), CreatedAt: today,
	})
	s.must(err)
	return file
}
