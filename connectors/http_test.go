package connectors

import (
	"compress/gzip"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// These go over real HTTP, with the transport's own RoundTripper.
func overHTTP(t *testing.T, h http.Handler, o Options) *Transport {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	o.Rate = Unpaced
	transport, err := NewTransport(plainVendor(), server.URL, Secret(testToken), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.client.CloseIdleConnections)
	return transport
}

func TestOverHTTP(t *testing.T) {
	var asked atomic.Int64
	transport := overHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if asked.Add(1) == 1 { // says more than it sends
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(wholeBody))
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = z.Write([]byte(wholeBody))
		_ = z.Close()
	}), Options{})
	a, calls, err := transport.Read(t.Context(), listing)
	if err != nil || string(a.Body) != wholeBody || calls != 2 {
		t.Errorf("got %q, %d calls, %v", a.Body, calls, err)
	}
}

func TestRedirectTakesTheTokenNowhere(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	t.Cleanup(other.Close)
	transport := overHTTP(t, http.RedirectHandler(other.URL+"/x", http.StatusTemporaryRedirect), Options{})
	_, _, err := transport.Read(t.Context(), listing)
	checkError(t, err, ErrBroken, "307 answer not understood: redirect to 127.0.0.1:")
	if asked.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

func TestBombIsCapped(t *testing.T) {
	transport := overHTTP(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		blanks := []byte(strings.Repeat(" ", 1<<20))
		for range 70 {
			if _, err := z.Write(blanks); err != nil {
				return
			}
		}
		_ = z.Close()
	}), Options{})
	_, _, err := transport.Read(t.Context(), listing)
	checkError(t, err, ErrBroken, "more than 64 MiB")
}

func TestUnreachableSaysWhatToDo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	transport, err := NewTransport(plainVendor(), address, Secret(testToken), Options{Attempts: 1})
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = transport.Read(t.Context(), Request{Op: "list hubspot:invoices", Path: "/x", Query: map[string][]string{"after": {"cursor"}}})
	checkError(t, err, ErrUnreachable, "list hubspot:invoices: unreachable: no answer from "+address+": dial tcp")
	checkError(t, err, ErrUnreachable, "check the network, and TIEOUT_HUBSPOT_URL if it should be another address")
	if strings.Contains(err.Error(), "cursor") {
		t.Errorf("the query is in the error %v", err)
	}
}
