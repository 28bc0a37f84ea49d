package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// TestBadCalls wants a clear error that names the thing and the fix, and exit
// code 1.
func TestBadCalls(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.yaml")
	write(t, broken, "db: [unclosed")
	wrong := filepath.Join(dir, "wrong.yaml")
	write(t, wrong, "databse: x\nhubspot_rate: fast\nsync:\n  grace: soon\n  status_filter: [open, cancelled]\n")
	empty := filepath.Join(dir, "empty")
	if err := os.Mkdir(empty, 0o700); err != nil {
		t.Fatal(err)
	}
	odd := filepath.Join(dir, "odd")
	if err := os.MkdirAll(filepath.Join(odd, "quickbooks"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(odd, "quickbooks", "invoice.jsonl"), "")
	store := "sqlite:" + filepath.Join(dir, "x.db")
	books := filepath.Join(dir, "books")
	if err := os.Mkdir(books, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(books, "hubspot"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(books, "tieout.db"), "somebody's")
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"no such command", []string{"recncile"}, []string{"recncile", "tieout help"}},
		{"no such flag", []string{"reconcile", "-fll"}, []string{"fll"}},
		{"configuration file missing", []string{"-config", filepath.Join(dir, "none.yaml"), "reconcile"}, []string{"none.yaml", "no such file"}},
		{"configuration file unreadable", []string{"-config", broken, "reconcile"}, []string{"broken.yaml"}},
		{"all faults of a configuration at once", []string{"-config", wrong, "reconcile"},
			[]string{"databse", "no such key", "hubspot_rate", "from 0 to 1000", "grace", "such as 1h", "cancelled", "draft,open,paid,voided"}},
		{"wrong database", []string{"-db", "mysql://u:secret@h/x", "findings"}, []string{"mysql", "sqlite:PATH", "postgres://"}},
		{"no directory for the database", []string{"-db", "sqlite:" + filepath.Join(dir, "none", "x.db"), "findings"}, []string{"none"}},
		{"database unreachable", []string{"-db", "postgres://u:secret@127.0.0.1:1/x", "findings"}, []string{"127.0.0.1"}},
		{"no tokens", []string{"-db", store, "reconcile"}, []string{"TIEOUT_HUBSPOT_TOKEN", "TIEOUT_QUICKBOOKS_TOKEN", "TIEOUT_QUICKBOOKS_REALM"}},
		{"dataset missing", []string{"sandbox", "-data", filepath.Join(dir, "none")}, []string{"none", "no such file", "quickbooks/Invoice.jsonl", "tieout sandbox -generate"}},
		{"dataset empty", []string{"sandbox", "-data", empty}, []string{"empty", "tieout sandbox -generate"}},
		{"dataset with a file of no object", []string{"sandbox", "-data", odd}, []string{filepath.Join("quickbooks", "invoice.jsonl"), "Invoice.jsonl"}},
		{"webhooks to no address", []string{"sandbox", "-data", empty, "-webhooks", "foo"}, []string{`-webhooks "foo"`, "http://127.0.0.1:8080"}},
		{"webhooks to a path", []string{"sandbox", "-data", empty, "-webhooks", "http://127.0.0.1:8080/x"}, []string{"without a path"}},
		{"no such switch", []string{"sandbox", "-data", books, "-switch", "hubspot.Void"}, []string{"hubspot.Void", "hubspot.Writing.Void", "quickbooks.CurrencyOptional"}},
		{"sandbox without a task", []string{"sandbox"}, []string{"-data", "-generate"}},
		{"setting unknown", []string{"-db", store, "settings", "set", "colour=red"}, []string{"colour", "the keys are", "direction"}},
		{"settings wrong, all at once", []string{"-db", store, "settings", "set", "time_zone=Mars/Olympus", "unmapped_tax=maybe"}, []string{"Mars/Olympus", "Europe/Berlin", "unmapped_tax", "default:CODE"}},
		{"no such code", []string{"-db", store, "findings", "-code", "SKU_WRONG"}, []string{"SKU_WRONG"}},
		{"no such state", []string{"-db", store, "findings", "-state", "DONE"}, []string{"DONE", "RESOLVED"}},
		{"a demo in somebody's directory", []string{"demo", "-dir", books, "-listen", "127.0.0.1:0"}, []string{"books", "not a demo's", "-dir"}},
		{"no store to read", []string{"-db", "sqlite:" + filepath.Join(dir, "typo.db"), "findings"}, []string{"typo.db", "tieout reconcile"}},
		{"no workspace to read", []string{"-db", store, "-workspace", "prodd", "findings"}, []string{"prodd", "not found"}},
		{"nothing compared yet", []string{"-db", store, "findings"}, []string{"tieout reconcile"}},
		{"no record to explain", []string{"-db", store, "explain", ""}, []string{"one invoice number or id"}},
		{"no such invoice", []string{"-db", store, "explain", "INV-NONE"}, []string{"INV-NONE", "reconcile"}},
		{"no run for a report", []string{"-db", store, "report", "mismatches"}, []string{"tieout reconcile"}},
		{"serving other machines", []string{"-db", store, "-hubspot-token", "x", "-quickbooks-token", "x", "-quickbooks-realm", "1", "serve", "-listen", "0.0.0.0:0"}, []string{"127.0.0.1", "sign-in"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &call{t, nil}
			stdout, stderr, code := c.run(tt.args...)
			if code != 1 {
				t.Errorf("exit code %d, want 1", code)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("the error does not say %q:\n%s%s", want, stdout, stderr)
				}
			}
			if strings.Contains(stderr, "secret") {
				t.Errorf("the error tells the password:\n%s", stderr)
			}
		})
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestUnknownVariable wants a variable that looks like ours and is none told, and a
// setting that the environment would take back refused.
func TestUnknownVariable(t *testing.T) {
	t.Parallel()
	c := &call{t, map[string]string{"TIEOUT_DB": dbtest.SQLite(t), "TIEOUT_SYNC_BEGIN_DATE": "2026-01-01", "TIEOUT_SYNC_GRACE": "2h"}}
	if _, stderr, code := c.run("settings", "set", "time_zone=Europe/Berlin"); code != 0 || !strings.Contains(stderr, "TIEOUT_SYNC_BEGIN_DATE means nothing") || !strings.Contains(stderr, "grace") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
	if _, stderr, code := c.run("settings", "set", "grace=3h"); code != 1 || !strings.Contains(stderr, "TIEOUT_SYNC_GRACE") {
		t.Errorf("exit code %d:\n%s", code, stderr)
	}
}

// TestUnreachableVendor wants the failed run stored, with an error that names
// the address.
func TestUnreachableVendor(t *testing.T) {
	t.Parallel()
	_, dir := world(t, sandbox.Options{Invoices: 20, Seed: 1})
	c := simulated(t, dir, dbtest.SQLite(t))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	c.env["TIEOUT_QUICKBOOKS_URL"] = gone.URL
	_, stderr, code := c.run("reconcile")
	if code != 1 || !strings.Contains(stderr, strings.TrimPrefix(gone.URL, "http://")) || !strings.Contains(stderr, "TIEOUT_QUICKBOOKS_URL") {
		t.Errorf("exit code %d, want 1 and the address with the setting's name:\n%s", code, stderr)
	}
	if run := c.repo().lastRun(); run.State != reconcile.RunFailed || !strings.Contains(run.Problem, "QuickBooks") {
		t.Errorf("the run is %s (%s), want FAILED with the reason", run.State, run.Problem)
	}
}

// TestMalformedRecord wants RECORD_UNREADABLE and the raw bytes kept.
func TestMalformedRecord(t *testing.T) {
	t.Parallel()
	truth, dir := world(t, sandbox.Options{Invoices: 200, Seed: 5, Causes: []string{"unreadable_total_in_hubspot"}})
	c := simulated(t, dir, dbtest.SQLite(t))
	c.settings(truth)
	c.reconcile(2)
	if diff := differences(truth, c.findings()); diff != "" {
		t.Fatalf("findings differ from the truth:\n%s", diff)
	}
	kept, err := c.repo().Unreadable(t.Context())
	if err != nil || len(kept) == 0 {
		t.Fatalf("unreadable records kept: %d, %v", len(kept), err)
	}
	for _, u := range kept {
		if !bytes.Contains(u.Raw, []byte(`"hs_amount_billed"`)) || !bytes.Contains(u.Raw, []byte(u.ID)) {
			t.Errorf("raw bytes of %s %s are not the vendor's: %s", u.Object, u.ID, u.Raw)
		}
	}
}

// A wire changes what a vendor answers.
type wire struct {
	vendor http.Handler
	// change may change the answer to a request; nil leaves everything alone.
	change func(r *http.Request, status int, body []byte) (int, []byte)
}

func (w *wire) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if w.change == nil {
		w.vendor.ServeHTTP(out, r)
		return
	}
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(out, err.Error(), http.StatusInternalServerError)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	rec := httptest.NewRecorder()
	w.vendor.ServeHTTP(rec, r)
	r.Body = io.NopCloser(bytes.NewReader(sent))
	status, body := w.change(r, rec.Code, rec.Body.Bytes())
	for key, values := range rec.Header() {
		if key != "Content-Length" {
			out.Header()[key] = values
		}
	}
	out.WriteHeader(status)
	_, _ = out.Write(body) // the client may have gone
}

func asks(r *http.Request, statement string) bool {
	return strings.Contains(r.URL.Query().Get("query"), statement)
}

// TestBrokenAnswers wants every kind of broken answer to end the run INCOMPLETE
// with exit code 1, the reason told, and nothing resolved or opened on absence.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	full := []string{"-full"} // nothing has changed: else what is broken would not be asked for
	for _, tt := range []struct {
		name   string
		system reconcile.System
		change func(r *http.Request, status int, body []byte) (int, []byte)
		object string
		why    string
		flags  []string
	}{
		{"a 200 with a fault in the body", reconcile.QuickBooks, func(r *http.Request, status int, body []byte) (int, []byte) {
			if asks(r, "SELECT * FROM Invoice") {
				return 200, []byte(`{"Fault":{"Error":[{"Message":"An application error has occurred","Detail":"System Failure Error","code":"10000"}],"type":"SystemFault"},"time":"2026-11-20T00:00:00.000-08:00"}`)
			}
			return status, body
		}, "invoices", "10000", full},
		{"a cut page", reconcile.HubSpot, func(r *http.Request, status int, body []byte) (int, []byte) {
			if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/products") {
				return status, body[:len(body)/2]
			}
			return status, body
		}, "products", "products", full},
		{"a page of HTML", reconcile.HubSpot, func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.Contains(r.URL.Path, "associations") {
				return 200, []byte("<html><body>Service unavailable</body></html>")
			}
			return status, body
		}, "invoices", "answer not understood", full},
		{"fewer records than claimed", reconcile.QuickBooks, func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.Contains(strings.ToLower(r.URL.Query().Get("query")), "count(*) from invoice") {
				return status, []byte(`{"QueryResponse":{"totalCount":100000},"time":"2026-11-20T00:00:00.000-08:00"}`)
			}
			return status, body
		}, "invoices", "claims 100000 invoices", full},
		{"an empty answer", reconcile.QuickBooks, func(r *http.Request, status int, body []byte) (int, []byte) {
			if asks(r, "SELECT * FROM Invoice") {
				return 200, []byte(`{"QueryResponse":{},"time":"2026-11-20T00:00:00.000-08:00"}`)
			}
			return status, body
		}, "invoices", "0 were received", full},
		{"nothing where there was something", reconcile.QuickBooks, func(r *http.Request, status int, body []byte) (int, []byte) {
			switch query := strings.ToLower(r.URL.Query().Get("query")); {
			case strings.Contains(query, "count(*) from invoice"):
				return 200, []byte(`{"QueryResponse":{"totalCount":0},"time":"2026-11-20T00:00:00.000-08:00"}`)
			case strings.Contains(query, "from invoice"):
				return 200, []byte(`{"QueryResponse":{},"time":"2026-11-20T00:00:00.000-08:00"}`)
			}
			return status, body
		}, "invoices", "answers that it has no invoices", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			truth, dir := world(t, sandbox.Options{Invoices: 120, Seed: 6, Defects: 0.1})
			hs, qb, err := simulators(dir, true, false)
			if err != nil {
				t.Fatal(err)
			}
			wires := map[reconcile.System]*wire{reconcile.HubSpot: {vendor: hs}, reconcile.QuickBooks: {vendor: qb}}
			c := pointed(t, wires[reconcile.HubSpot], wires[reconcile.QuickBooks], dbtest.SQLite(t))
			c.settings(truth)
			c.reconcile(2)
			before := c.findings()

			wires[tt.system].change = tt.change
			run := c.reconcile(1, tt.flags...)
			if run.State != reconcile.RunIncomplete || run.Verdict != reconcile.VerdictUnknown || run.Counts.Resolved != 0 {
				t.Errorf("run is %s, %s, %d resolved; want INCOMPLETE, UNKNOWN, 0", run.State, run.Verdict, run.Counts.Resolved)
			}
			after := c.findings()
			told, messages := false, []string{}
			for _, f := range after {
				if f.Code == reconcile.PullIncomplete {
					messages = append(messages, f.Message)
				}
				told = told || f.Code == reconcile.PullIncomplete && f.System == tt.system && f.Record == tt.object && strings.Contains(f.Message, tt.why)
			}
			if !told {
				t.Errorf("no PULL_INCOMPLETE on %s %s that says %q: %q", tt.system, tt.object, tt.why, messages)
			}
			if len(after) != len(before)+1 {
				t.Errorf("%d findings open before, %d after; want one more, PULL_INCOMPLETE", len(before), len(after))
			}

			wires[tt.system].change = nil
			c.reconcile(2)
			if diff := differences(truth, c.findings()); diff != "" {
				t.Errorf("after a complete run the findings differ from the truth:\n%s", diff)
			}
		})
	}
}

// TestDenied wants refused credentials told as such, with the fix.
func TestDenied(t *testing.T) {
	t.Parallel()
	_, dir := world(t, sandbox.Options{Invoices: 20, Seed: 1})
	c := simulated(t, dir, dbtest.SQLite(t))
	hs, qb, err := simulators(dir, false, false)
	if err != nil {
		t.Fatal(err)
	}
	c.env = pointed(t, hs, qb, c.env["TIEOUT_DB"]).env
	c.env["TIEOUT_HUBSPOT_TOKEN"] = "wrong-token"
	_, stderr, code := c.run("reconcile")
	if code != 1 || !strings.Contains(stderr, "401") || strings.Contains(stderr, "wrong-token") {
		t.Errorf("exit code %d, want 1, the status and no token:\n%s", code, stderr)
	}
}

// TestSandboxQuota wants the simulators to refuse what the vendors would, and
// only where that was asked for.
func TestSandboxQuota(t *testing.T) {
	t.Parallel()
	_, dir := world(t, sandbox.Options{Invoices: 20, Seed: 1})
	for _, quota := range []bool{false, true} {
		hs, qb, err := simulators(dir, true, quota)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			h     http.Handler
			path  string
			limit int
		}{
			{hs, "/crm/v3/objects/contacts?limit=1", sandboxHubSpotQuota},
			{qb, "/v3/company/1/preferences", sandboxPerSecond},
		} {
			began := time.Now()
			served := 0
			for range 2 * tt.limit {
				r := httptest.NewRequest(http.MethodGet, tt.path, nil)
				r.Header.Set("Authorization", "Bearer x")
				w := httptest.NewRecorder()
				tt.h.ServeHTTP(w, r)
				if w.Code == http.StatusOK {
					served++
				}
			}
			// A slow machine may see a window end.
			if want := tt.limit; !quota && served != 2*want || quota && served != want && time.Since(began) < time.Second {
				t.Errorf("%s, quota %v: %d of %d served", tt.path, quota, served, 2*want)
			}
		}
	}
}

// A testRepo is the store behind a call.
type testRepo struct {
	*db.Repo
	t *testing.T
}

// repo opens the store of a call for a look inside.
func (c *call) repo() *testRepo {
	c.t.Helper()
	d, err := db.Open(c.t.Context(), c.env["TIEOUT_DB"])
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			c.t.Error(err)
		}
	})
	repo, err := d.As(c.t.Context(), reconcile.LocalActor("test"), reconcile.DefaultWorkspace)
	if err != nil {
		c.t.Fatal(err)
	}
	return &testRepo{repo, c.t}
}

func (r *testRepo) lastRun() reconcile.Run {
	r.t.Helper()
	runs, err := r.Runs(r.t.Context(), db.RunQuery{Limit: 1})
	if err != nil || len(runs) == 0 {
		r.t.Fatal(fmt.Errorf("no run: %w", err))
	}
	return runs[0]
}
