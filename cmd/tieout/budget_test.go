package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/tieout/tieout/sandbox"
)

// The month's reads are counted from run to run: one is warned of its end, and then
// none begins.
func TestBudgetOfAMonth(t *testing.T) {
	dir := t.TempDir()
	if _, err := sandbox.Generate(dir, sandbox.Options{Invoices: 5, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	c := simulated(t, dir, "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	c.env["TIEOUT_QUICKBOOKS_BUDGET"] = "10"
	_, stderr, code := c.run("reconcile")
	if code == 1 || !strings.Contains(stderr, "QuickBooks: 9 of the 10 requests of ") || strings.Count(stderr, "are used; when all are") != 2 { // on the terminal and in the log
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	_, stderr, code = c.run("reconcile")
	if code != 1 || !strings.Contains(stderr, "ask QuickBooks who it is") || !strings.Contains(stderr, "the 10 requests of ") || !strings.Contains(stderr, "TIEOUT_QUICKBOOKS_BUDGET") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
	c.env["TIEOUT_QUICKBOOKS_BUDGET"] = "0"
	if _, stderr, code := c.run("reconcile"); code == 1 {
		t.Errorf("without a limit: exit code %d\n%s", code, stderr)
	}
	c.env["TIEOUT_QUICKBOOKS_BUDGET"] = "-1"
	if _, stderr, _ := c.run("reconcile"); !strings.Contains(stderr, `quickbooks_budget = "-1": want how many, or 0 for no limit`) {
		t.Errorf("got %s", stderr)
	}
}
