package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// TestRuns lists the runs of a store, newest first.
func TestRuns(t *testing.T) {
	t.Parallel()
	truth, dir := world(t, sandbox.Options{Invoices: 20, Seed: 1, Defects: 0.1})
	c := simulated(t, dir, dbtest.SQLite(t))
	c.settings(truth)
	c.want(0, "schedule", "set", "nightly", "03:00")
	if out := c.want(0, "runs"); !strings.Contains(out, "no run yet") {
		t.Errorf("without a run: %s", out)
	}
	c.reconcile(2)
	second := c.reconcile(2)
	lines := strings.Split(strings.TrimSpace(c.want(0, "runs")), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "RUN ") || !strings.HasPrefix(lines[1], "2 ") || !strings.Contains(lines[1], "COMPLETE") || !strings.Contains(lines[1], "NOT_TIED_OUT") {
		t.Errorf("lines %q", lines)
	}
	var newest reconcile.Run
	first, _, _ := strings.Cut(c.want(0, "runs", "-json"), "\n")
	if err := json.Unmarshal([]byte(first), &newest); err != nil || newest.ID != second.ID || newest.Counts != second.Counts {
		t.Errorf("%v: %+v, want %+v", err, newest, second)
	}
}
