package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

// A call is the program as a test calls it: in process, with an environment of
// its own.
type call struct {
	t   *testing.T
	env map[string]string
}

// simulated returns a call whose environment points at simulators of a dataset
// and at a new store.
func simulated(t *testing.T, dir, store string) *call {
	t.Helper()
	hs, qb, err := simulators(dir, true, false)
	if err != nil {
		t.Fatal(err)
	}
	return pointed(t, hs, qb, store)
}

// pointed returns a call that finds the vendors behind two handlers.
func pointed(t *testing.T, hs, qb http.Handler, store string) *call {
	t.Helper()
	hsServer, qbServer := httptest.NewServer(hs), httptest.NewServer(qb)
	t.Cleanup(hsServer.Close)
	t.Cleanup(qbServer.Close)
	return &call{t, map[string]string{
		"TIEOUT_HUBSPOT_URL": hsServer.URL, "TIEOUT_HUBSPOT_TOKEN": "x",
		"TIEOUT_QUICKBOOKS_URL": qbServer.URL, "TIEOUT_QUICKBOOKS_TOKEN": "x", "TIEOUT_QUICKBOOKS_REALM": "1",
		"TIEOUT_DB": store, "TIEOUT_SYNC_DIRECTION": "hubspot_to_quickbooks",
		"TIEOUT_REPORTS_DIR": filepath.Join(t.TempDir(), "reports"),
	}}
}

// run calls the program and returns what it printed and its exit code.
func (c *call) run(args ...string) (stdout, stderr string, code int) {
	c.t.Helper()
	var out, errs bytes.Buffer
	code = run(c.t.Context(), append([]string{"tieout"}, args...), c.env, &out, &errs)
	return out.String(), errs.String(), code
}

// want calls the program and fails the test on another exit code.
func (c *call) want(code int, args ...string) string {
	c.t.Helper()
	stdout, stderr, got := c.run(args...)
	if got != code {
		c.t.Fatalf("tieout %s: exit code %d, want %d\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
	}
	return stdout
}

// reconcile runs a reconciliation and returns the run.
func (c *call) reconcile(code int, flags ...string) reconcile.Run {
	c.t.Helper()
	var r reconcile.Run
	if err := json.Unmarshal([]byte(c.want(code, append([]string{"reconcile", "-json"}, flags...)...)), &r); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// findings returns the open findings.
func (c *call) findings() []findingLine {
	c.t.Helper()
	var list []findingLine
	dec := json.NewDecoder(strings.NewReader(c.want(0, "findings", "-json")))
	for dec.More() {
		var f findingLine
		if err := dec.Decode(&f); err != nil {
			c.t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}
