package connectortest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/sandbox/control"
)

// A system is a fixture within reach.
type system struct {
	Fixture
	base string
	rt   http.RoundTripper // nil: the connector's own

	served sync.WaitGroup // requests under way

	mu       sync.Mutex
	requests int
	tokens   []string // that were given to connectors
}

// overTCP serves a fixture on the loopback, or goes to where a real one is.
func overTCP(t *testing.T, f Fixture) *system {
	s := &system{Fixture: f, base: f.Base}
	if f.Handler != nil {
		server := httptest.NewServer(s.watched(t))
		t.Cleanup(server.Close)
		s.base = server.URL
	}
	s.keepsPromises(t)
	return s
}

// inMemory serves a fixture over connections in memory.
func inMemory(t *testing.T, f Fixture) *system {
	s := &system{Fixture: f, base: "http://system.test"}
	l := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: s.watched(t), ReadHeaderTimeout: time.Hour}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(l) }) // ends with Close
	client := &http.Transport{DialContext: l.dial, MaxIdleConnsPerHost: 32}
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		serving.Wait()
		s.served.Wait() // those that a fault delays do not see that the caller has gone
	})
	s.rt = client
	s.keepsPromises(t)
	return s
}

// watched is the handler, watched for requests that may write.
func (s *system) watched(t *testing.T) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.served.Add(1)
		defer s.served.Done()
		s.mu.Lock()
		s.requests++
		s.mu.Unlock()
		if r.Method != http.MethodGet && (r.Method != http.MethodPost || !s.ReadsBy.MatchString(r.URL.Path)) {
			t.Errorf("a source sent %s %s", r.Method, r.URL.Path)
		}
		s.Handler.ServeHTTP(w, r)
	})
}

// keepsPromises fails the test when it is over and something was written.
func (s *system) keepsPromises(t *testing.T) {
	if s.Control == nil {
		return
	}
	before := len(s.Control.Writes())
	t.Cleanup(func() {
		if n := len(s.Control.Writes()) - before; n != 0 {
			t.Errorf("a source wrote %d times", n)
		}
	})
}

// strike has requests fail, and returns how many were struck so far.
func (s *system) strike(t *testing.T, r control.Rule) func() int {
	t.Helper()
	struck, err := s.Control.Strike(r)
	if err != nil {
		t.Fatal(err)
	}
	return func() int {
		for _, now := range s.Control.Faults() {
			if now.ID == struck.ID {
				return now.Hits
			}
		}
		return 0
	}
}

// asked is how many requests came.
func (s *system) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// open connects with the token that is good.
func (s *system) open(t *testing.T) connectors.Source { return s.with(t, connectors.Secret(s.Token)) }

// with connects with tokens.
func (s *system) with(t *testing.T, tokens connectors.TokenSource) connectors.Source {
	if token, err := tokens.Token(t.Context()); err == nil {
		s.gave(token.Reveal())
	}
	src := s.Open(t, Connection{Base: s.base, Tokens: tokens, RoundTripper: s.rt, Unpaced: s.Handler != nil})
	s.discreet(t, fmt.Sprintf("%v %+v %#v", src, src, src))
	return src
}

func (s *system) gave(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens = append(s.tokens, token)
}

// discreet fails the test where a text tells a token, or the beginning of one. A
// shorter one, such as a sandbox takes, is no secret and stands in many texts.
func (s *system) discreet(t *testing.T, text string) {
	t.Helper()
	const told = 8
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, token := range s.tokens {
		if len(token) >= told && strings.Contains(text, token[:told]) {
			t.Errorf("a token is in: %s", text)
		}
	}
}

// pipes is a listener of connections in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept returns the next connection.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close refuses all further connections.
func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is the address of no network.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }
