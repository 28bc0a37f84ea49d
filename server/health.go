package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// healthy says that the process lives.
func healthy(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "ok\n") }

// readiness says whether the store answers and its schema is the program's.
type readiness struct{ Config }

func (h readiness) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.check(r.Context()); err != nil {
		h.API.Log.WarnContext(r.Context(), "not ready", "error", err)
		say(w, http.StatusServiceUnavailable, "not ready: the store does not answer or its schema is not current; the log says more\n")
		return
	}
	say(w, http.StatusOK, "ready\n")
}

// check asks the store, and does not wait long for it.
func (c Config) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	current, latest, err := c.Store.Version(ctx)
	if err != nil {
		return err
	}
	if current != latest {
		return fmt.Errorf("the schema is at version %d, the program wants %d", current, latest)
	}
	return nil
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text) // a client that went away needs no answer
}
