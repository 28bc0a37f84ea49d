package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

// WebhookPath is where a vendor posts events to.
func WebhookPath(s reconcile.System) string { return webhooksPath + string(s) }

const webhooksPath = "/webhooks/"

// The limits of webhooks. HubSpot wants an answer within 5 s, Intuit within 3
// (developer.intuit.com, develop/webhooks).
const (
	webhookBytes = 2 << 20
	// webhookTime is how long a message may take to come, filingTime how long it is
	// tried to file it: a store may be busy with a page of a pull.
	webhookTime = 5 * time.Second
	filingTime  = 1500 * time.Millisecond
	// webhooksAtOnce is how many messages are filed at a time; HubSpot sends ten at once
	// unless told otherwise. readAtOnce is how many are read, by anybody who knows the
	// address: it bounds the memory that they take before their signatures are looked at.
	webhooksAtOnce = 16
	readAtOnce     = 32
)

// A Receiver proves who sent a message to a webhook and reads it: connectors.ErrForged,
// connectors.ErrBroken.
type Receiver interface {
	Receive(p connectors.Post) (connectors.Notice, error)
}

// Webhooks says which vendors' events are taken.
type Webhooks map[reconcile.System]Receiver

// webhooks returns the handler of all webhooks. Vendors reach it through a proxy, under
// a name that is not this machine's; what proves them is the signature.
func webhooks(c Config) http.Handler {
	mux := http.NewServeMux()
	for system, receiver := range c.Webhooks {
		mux.Handle(WebhookPath(system), &webhook{
			system: system, receiver: receiver, store: c.Store, now: c.API.Now, log: c.API.Log,
			readers: make(chan struct{}, readAtOnce), slots: make(chan struct{}, webhooksAtOnce),
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusNotFound, "no such webhook, or it is not set up\n")
	})
	return mux
}

type webhook struct {
	system   reconcile.System
	receiver Receiver
	store    *db.DB
	now      func() time.Time
	log      *slog.Logger
	readers  chan struct{}
	slots    chan struct{}
}

// ServeHTTP proves a message, files what it tells, and only then says that it was taken:
// what is not taken the vendor sends again.
func (h *webhook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	post, status, problem := h.read(w, r)
	if problem != "" {
		say(w, status, problem+"\n")
		return
	}
	notice, err := h.receiver.Receive(post)
	switch {
	case errors.Is(err, connectors.ErrForged):
		h.log.WarnContext(r.Context(), "webhook refused", "system", h.system, "error", err)
		say(w, http.StatusUnauthorized, "not signed as agreed\n")
		return
	case err != nil: // the same would come again, and Intuit would hold back all that comes after it
		h.log.WarnContext(r.Context(), "webhook not understood", "system", h.system, "error", err)
		say(w, http.StatusOK, "ok\n")
		return
	}
	delivery, stale := deliveryOf(h.system, notice, post.At)
	receipt, err := h.file(r.Context(), delivery)
	if err != nil {
		h.log.ErrorContext(r.Context(), "webhook", "system", h.system, "error", err)
		w.Header().Set("Retry-After", "1")
		say(w, http.StatusServiceUnavailable, busy+"\n")
		return
	}
	h.log.InfoContext(r.Context(), "webhook", "system", h.system, "events", len(notice.Events), "filed", receipt.Filed, "foreign", receipt.Foreign,
		"stale", stale, "passed", notice.Passed, "again", receipt.Again)
	if receipt.Again && notice.Once {
		say(w, http.StatusUnauthorized, "this message came before\n")
		return
	}
	say(w, http.StatusOK, "ok\n")
}

const busy = "busy; send it again"

// read reads a message that is not too long, too slow or of another kind.
func (h *webhook) read(w http.ResponseWriter, r *http.Request) (p connectors.Post, status int, problem string) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return p, http.StatusMethodNotAllowed, "want POST"
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" && !(strings.HasPrefix(media, "application/cloudevents") && strings.HasSuffix(media, "+json")) {
		return p, http.StatusUnsupportedMediaType, "want application/json"
	}
	select {
	case h.readers <- struct{}{}:
		defer func() { <-h.readers }()
	default:
		w.Header().Set("Retry-After", "1")
		return p, http.StatusServiceUnavailable, busy
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(webhookTime)) // where there is no connection there is no need
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhookBytes))
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return p, http.StatusRequestEntityTooLarge, "too long"
	case err != nil:
		return p, http.StatusRequestTimeout, "the message did not come whole in time"
	}
	return connectors.Post{Method: r.Method, Header: r.Header, Body: body, At: h.now()}, 0, ""
}

// deliveryOf is what of a notice is filed. Events that come too late are left out.
func deliveryOf(s reconcile.System, n connectors.Notice, at time.Time) (d reconcile.Delivery, stale int) {
	d = reconcile.Delivery{System: s, Key: n.Key, Until: n.Until, At: at, Hints: map[string][]reconcile.Hint{}}
	for _, e := range n.Events {
		hint := reconcile.Hint{Object: e.Object, ID: e.ID, At: e.At}
		if hint.Stale(at) {
			stale++
			continue
		}
		d.Hints[e.Company] = append(d.Hints[e.Company], hint)
	}
	return d, stale
}

var errBusy = errors.New("the store is busy")

// file files a delivery, or says that the store is busy in good time. What is filed all
// the same after that harms nobody: the vendor sends it again.
func (h *webhook) file(ctx context.Context, d reconcile.Delivery) (reconcile.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, filingTime)
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		cancel()
		return reconcile.Receipt{}, errBusy
	}
	type outcome struct {
		receipt reconcile.Receipt
		err     error
	}
	done := make(chan outcome, 1)
	go func() { // a store may be deaf to a context while it waits for another process
		defer func() { cancel(); <-h.slots }()
		receipt, err := h.store.Deliver(ctx, d)
		done <- outcome{receipt, err}
	}()
	select {
	case o := <-done:
		return o.receipt, o.err
	case <-ctx.Done():
		return reconcile.Receipt{}, errBusy
	}
}
