package batch

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/reconcile"
)

func (w *world) background(base context.Context) *Background {
	return &Background{Base: base, Runner: func(reconcile.Actor) (*Runner, error) { return w.runner(), nil }}
}

// TestBackground: Start returns while the run goes on, its caller may leave, a
// second is refused, and Wait waits.
func TestBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slow()
		w.store.fail = func(call string, _ int) error {
			if call == "source.Pull hubspot products" {
				time.Sleep(time.Minute)
			}
			return nil
		}
		b := w.background(t.Context())
		began := time.Now()
		request, done := context.WithCancel(t.Context())
		run, err := b.Start(request, byHand)
		done()
		if err != nil || run.ID != 1 || run.State != reconcile.RunPulling || time.Since(began) != 0 {
			t.Fatalf("%+v after %s: %v", run, time.Since(began), err)
		}
		if _, err := b.Start(t.Context(), byHand); !errors.Is(err, reconcile.ErrRunning) {
			t.Errorf("a second run: %v, want ErrRunning", err)
		}
		synctest.Wait()
		if run, err := w.store.LatestRun(t.Context()); !errors.Is(err, reconcile.ErrNotFound) {
			t.Errorf("ended already: %+v", run)
		}
		b.Wait()
		if ended := w.store.run(1); ended.State != reconcile.RunComplete || time.Since(began) < time.Minute {
			t.Errorf("ended %+v after %s", ended.Run, time.Since(began))
		}
		if _, err := b.Start(t.Context(), byHand); err != nil {
			t.Errorf("a run after the first: %v", err)
		}
		b.Wait()
	})
}

// TestBackgroundEnds: when the program ends, the runs under way are cancelled, and
// none is filed any more.
func TestBackgroundEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := slow()
		w.store.fail = func(call string, _ int) error {
			if call == "source.Pull hubspot products" {
				time.Sleep(time.Minute)
			}
			return nil
		}
		base, end := context.WithCancel(t.Context())
		b := w.background(base)
		if _, err := b.Start(t.Context(), byHand); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		end()
		b.Wait()
		if got := w.store.runs[0].State; got != reconcile.RunCancelled {
			t.Errorf("stored as %s", got)
		}
		scheduled := Order{Actor: reconcile.ActorSchedule, Schedule: "nightly", Date: date("2026-11-01")}
		if _, err := b.Start(t.Context(), scheduled); !errors.Is(err, context.Canceled) || len(w.store.runs) != 1 {
			t.Errorf("%d runs, the last %v", len(w.store.runs), err)
		}
	})
}

// TestBackgroundTells: a run whose end cannot be stored is told in the log: nobody
// waits for its error.
func TestBackgroundTells(t *testing.T) {
	w := newWorld()
	w.mixed()
	w.store.fail = func(call string, _ int) error {
		if call == "SaveRun COMPLETE" {
			return errFault
		}
		return nil
	}
	var log bytes.Buffer
	b := &Background{Base: t.Context(), Runner: func(reconcile.Actor) (*Runner, error) {
		r := w.runner()
		r.Log = slog.New(slog.NewTextHandler(&log, nil))
		return r, nil
	}}
	if _, err := b.Start(t.Context(), byHand); err != nil {
		t.Fatal(err)
	}
	b.Wait()
	if text := log.String(); !strings.Contains(text, "level=ERROR") || !strings.Contains(text, errFault.Error()) {
		t.Errorf("log:\n%s", text)
	}
}

// TestBackgroundWithoutRunner: what keeps a runner from being made is the caller's
// to know.
func TestBackgroundWithoutRunner(t *testing.T) {
	b := &Background{Base: t.Context(), Runner: func(reconcile.Actor) (*Runner, error) { return nil, errFault }}
	if _, err := b.Start(t.Context(), byHand); !errors.Is(err, errFault) {
		t.Errorf("error %v", err)
	}
}
