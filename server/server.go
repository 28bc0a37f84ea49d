package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph"
)

// A Config is what the server works with.
type Config struct {
	Store   *db.DB       // asked for its health
	API     graph.Config // what the GraphQL API works with; its Log is the server's, too
	Version string       // of the program, shown on the status page
	SignIn  Finisher     // finishes sign-ins to the vendors
	// Webhooks are the vendors whose events are taken.
	Webhooks Webhooks
}

// New returns the handler of all routes.
func New(c Config) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/graphql", graph.New(c.API))
	mux.Handle("GET /reports/{id}", downloads{c})
	mux.Handle("GET /healthz", http.HandlerFunc(healthy))
	mux.Handle("GET /readyz", readiness{c})
	mux.Handle("GET /{$}", status{c})
	mux.Handle("GET "+CallbackPath, Callback(c.SignIn))
	explorer(mux)

	origins := http.NewCrossOriginProtection()
	origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusForbidden, "CROSS_ORIGIN_REFUSED", "requests from pages of another origin are refused")
	}))
	all := http.NewServeMux()
	all.Handle(webhooksPath, webhooks(c))
	all.Handle("/", hosts(origins.Handler(mux)))
	return observed(c.API.Log, headers(all))
}

// The limits of a connection. A download may take its time, a request may not.
const (
	headerTime  = 5 * time.Second
	readTime    = 15 * time.Second
	writeTime   = 2 * time.Minute
	idleTime    = time.Minute
	headerBytes = 16 << 10
	drainTime   = 10 * time.Second
)

// Listen opens an address such as 127.0.0.1:8080. It refuses one that other
// machines could reach.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: want an address such as 127.0.0.1:8080: %w", address, err)
	}
	if !loopback(host) {
		return nil, fmt.Errorf("listen on %q: other machines could reach it and sign-in does not exist yet; listen on 127.0.0.1", address)
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", address, err)
	}
	if at, ok := l.Addr().(*net.TCPAddr); !ok || !at.IP.IsLoopback() { // a name server that lies about localhost
		return nil, errors.Join(fmt.Errorf("listen on %q: it is not this machine's own address; listen on 127.0.0.1", address), l.Close())
	}
	return l, nil
}

// loopback says whether a host is a name or address of this machine alone.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Serve answers requests on a listener until ctx ends, and then finishes those
// under way.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	s := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       readTime,
		WriteTimeout:      writeTime,
		IdleTimeout:       idleTime,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := s.Shutdown(drain); err != nil {
		return fmt.Errorf("stop serving on %s: %w", l.Addr(), errors.Join(err, s.Close()))
	}
	return nil
}
