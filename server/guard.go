package server

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/tieout/tieout/graph"
)

// policy lets pages load their own scripts and styles from here and nothing from
// anywhere else; nothing in the text of a page is carried out.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// headers sets what every answer says of itself. No answer is stored: Intuit
// demands it of pages with QuickBooks data
// (https://developer.intuit.com/app/developer/qbo/docs/go-live/publish-app/security-requirements).
func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// hosts answers only what was sent to a name of this machine. A page elsewhere
// whose name is made to mean this machine would otherwise be of our origin.
func hosts(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host := r.Host
		if name, _, err := net.SplitHostPort(host); err == nil {
			host = name
		}
		if !loopback(strings.Trim(host, "[]")) {
			refuse(w, http.StatusMisdirectedRequest, "HOST_REFUSED", "this server answers to localhost only")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers in the form of a GraphQL error, with code and sentence.
func refuse(w http.ResponseWriter, status int, code, message string) {
	type extensions struct {
		Code string `json:"code"`
	}
	type fault struct {
		Message    string     `json:"message"`
		Extensions extensions `json:"extensions"`
	}
	raw, err := json.Marshal(map[string][]fault{"errors": {{message, extensions{code}}}})
	if err != nil { // texts always marshal
		panic(err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that went away needs no answer
}

// observed gives every request an id, logs one line of it, and turns a panic
// into an answer.
func observed(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.ToLower(rand.Text()[:16])
		w.Header().Set("X-Request-Id", id)
		r = r.WithContext(graph.WithRequestID(r.Context(), id))
		seen := &recorder{ResponseWriter: w}
		began := time.Now()
		defer func() {
			if fault := recover(); fault != nil {
				log.Error("panic", "request", id, "fault", fmt.Sprintf("%T", fault), "stack", string(debug.Stack()))
				if seen.status == 0 {
					refuse(seen, http.StatusInternalServerError, "INTERNAL", "the server failed; its log has the details under request "+id)
				}
			}
			log.Info("http", "request", id, "method", r.Method, "route", r.Pattern, "status", seen.status, "bytes", seen.bytes, "took", time.Since(began))
		}()
		next.ServeHTTP(seen, r)
	})
}

// A recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// WriteHeader remembers the status.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
