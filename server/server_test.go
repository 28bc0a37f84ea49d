package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/graph"
	"github.com/tieout/tieout/server"
)

// TestListen: only this machine's own addresses, until there is a sign-in.
func TestListen(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "localhost:0", "127.0.0.2:0"} {
		l, err := server.Listen(t.Context(), address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
			continue
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	for address, want := range map[string]string{
		":8080": "sign-in does not exist yet; listen on 127.0.0.1", "0.0.0.0:8080": "sign-in does not exist yet", "[::]:8080": "sign-in does not exist yet",
		"192.0.2.1:8080": "sign-in does not exist yet", "example.com:80": "sign-in does not exist yet",
		"8080": "want an address such as 127.0.0.1:8080", "127.0.0.1": "want an address such as", "127.0.0.1:99999": "listen on",
	} {
		l, err := server.Listen(t.Context(), address)
		if err == nil {
			t.Errorf("%s: %v, want a refusal", address, l.Close())
			continue
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
}

// TestServe answers until its context ends, and finishes what is under way.
func TestServe(t *testing.T) {
	l, err := server.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	entered := make(chan struct{})
	slow := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-ctx.Done()
		_, _ = io.WriteString(w, "done")
	})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l, slow, slog.New(slog.DiscardHandler)) }()
	answered := make(chan string, 1)
	go func() {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+l.Addr().String(), nil)
		if err != nil {
			answered <- err.Error()
			return
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body) // a broken answer is not "done"
		answered <- string(body)
	}()
	<-entered
	stop()
	if got := <-answered; got != "done" {
		t.Errorf("the request under way: %s", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if err := server.Serve(t.Context(), l, slow, slog.New(slog.DiscardHandler)); err == nil {
		t.Error("serving on a closed listener is no error")
	}
}

// TestHealth: alive is one thing, ready another.
func TestHealth(t *testing.T) {
	s := newSite(t)
	if rec := s.get("/healthz"); rec.Code != 200 || rec.Body.String() != "ok\n" {
		t.Errorf("alive: %d %s", rec.Code, rec.Body)
	}
	if rec := s.get("/readyz"); rec.Code != 200 || rec.Body.String() != "ready\n" {
		t.Errorf("ready: %d %s", rec.Code, rec.Body)
	}
	s.must(s.store.Close())
	if rec := s.get("/healthz"); rec.Code != 200 {
		t.Errorf("alive without a store: %d", rec.Code)
	}
	if rec := s.get("/readyz"); rec.Code != 503 || strings.Contains(rec.Body.String(), "sql") {
		t.Errorf("ready without a store: %d %s", rec.Code, rec.Body)
	}
}

// TestOldSchema: a store that was not migrated is not ready.
func TestOldSchema(t *testing.T) {
	store, err := db.Open(t.Context(), dbtest.SQLite(t))
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t)
	s.handler = server.New(server.Config{Store: store, API: graph.Config{Repo: s.repo, Now: time.Now, Log: slog.New(slog.DiscardHandler)}})
	if rec := s.get("/readyz"); rec.Code != 503 {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if err := store.Close(); err != nil {
		t.Error(err)
	}
}
