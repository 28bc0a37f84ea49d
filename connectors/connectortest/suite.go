package connectortest

import (
	"bytes"
	"log"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Run holds a connector against the contract. open makes a new fixture; with -live
// it is a real system, and nothing but the reading part is run.
func Run(t *testing.T, open func(t testing.TB) Fixture) {
	saysNothing(t)
	if Live() { // once for all, what is missing or wrong
		if _, err := overTCP(t, open(t)).open(t).Company(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range reading {
		t.Run(c.name, func(t *testing.T) { c.test(t, overTCP(t, open(t))) })
	}
	if Live() {
		return
	}
	for _, c := range timely {
		t.Run(c.name, func(t *testing.T) { tonight(t, open, c.test) })
	}
	underFaults(t, open)
}

// saysNothing fails the test when it is over and something was logged: what a source
// has to tell are its errors.
func saysNothing(t *testing.T) {
	var text said
	before, out, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(&text, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(out) // which the line before leaves as it is
		log.SetFlags(flags)
		if text.Len() > 0 {
			t.Errorf("it was logged: %s", text.String())
		}
	})
}

// said is what was logged.
type said struct {
	mu sync.Mutex
	bytes.Buffer
}

func (s *said) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Buffer.Write(line)
}

// start is when virtual time begins in tests.
var start = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

// tonight tests a fixture in virtual time, and that nothing goes on when it is over.
func tonight(t *testing.T, open func(t testing.TB) Fixture, test func(*testing.T, *system)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		test(t, inMemory(t, open(t)))
	})
}
