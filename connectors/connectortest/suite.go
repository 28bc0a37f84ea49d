package connectortest

import (
	"testing"
	"testing/synctest"
	"time"
)

// Run holds a connector against the contract. open makes a new fixture; with -live
// it is a real system, and nothing but the reading part is run.
func Run(t *testing.T, open func(t testing.TB) Fixture) {
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

// start is when virtual time begins in tests.
var start = time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)

// tonight tests a fixture in virtual time, and that nothing goes on when it is over.
func tonight(t *testing.T, open func(t testing.TB) Fixture, test func(*testing.T, *system)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(start))
		test(t, inMemory(t, open(t)))
	})
}
