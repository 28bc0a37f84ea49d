package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

// asProgram makes the test's own binary be the program.
const asProgram = "TIEOUT_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		_ = os.Unsetenv(asProgram) // it means nothing to the program
		main()
	}
	os.Exit(m.Run())
}

// A signedWorld is the program in processes of its own, with simulators that it signs
// in to over HTTP.
type signedWorld struct {
	t       *testing.T
	dir     string // of the store
	env     []string
	hs, qb  *httptest.Server
	servers map[string]*signin.Server
	secrets [][]byte // what must never be shown, besides what the servers give out
	printed bytes.Buffer
}

const canarySecret = "canary-client-secret-0123456789"

func newSignedWorld(t *testing.T) *signedWorld {
	t.Helper()
	truth, data := world(t, sandbox.Options{Invoices: 60, Seed: 3})
	ds, err := sandbox.Open(data)
	check(t, err)
	app := signin.Options{ClientID: "app", ClientSecret: canarySecret, Consent: signin.ConsentAuto}
	portal, err := hubspotsim.New(ds, hubspotsim.Options{OAuth: &hubspotsim.OAuth{Options: app}})
	check(t, err)
	company, err := quickbookssim.New(ds, quickbookssim.Options{OAuth: &quickbookssim.OAuth{Options: app}, Realm: "9130"})
	check(t, err)
	w := &signedWorld{t: t, dir: t.TempDir(), hs: httptest.NewServer(portal), qb: httptest.NewServer(company)}
	t.Cleanup(w.hs.Close)
	t.Cleanup(w.qb.Close)
	w.servers = map[string]*signin.Server{"hubspot": portal.SignIn(), "quickbooks": company.SignIn()}
	w.secrets = append(emails(t, data), []byte(canarySecret))
	w.env = append(os.Environ(), asProgram+"=1", "TIEOUT_DB=sqlite:"+filepath.Join(w.dir, "tieout.db"), "TIEOUT_VERBOSE=true",
		"TIEOUT_HUBSPOT_URL="+w.hs.URL, "TIEOUT_HUBSPOT_CLIENT_ID=app", "TIEOUT_HUBSPOT_CLIENT_SECRET="+canarySecret,
		"TIEOUT_QUICKBOOKS_URL="+w.qb.URL, "TIEOUT_QUICKBOOKS_CLIENT_ID=app", "TIEOUT_QUICKBOOKS_CLIENT_SECRET="+canarySecret,
		"TIEOUT_SYNC_DIRECTION="+truth.Direction, "TIEOUT_REPORTS_DIR="+filepath.Join(w.dir, "reports"))
	return w
}

// emails are the addresses of a dataset's contacts. They belong in the store, and in no
// log.
func emails(t *testing.T, data string) [][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join(data, "hubspot", "contacts.jsonl"))
	check(t, err)
	defer f.Close()
	var list [][]byte
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var contact struct {
			Properties struct {
				Email string `json:"email"`
			} `json:"properties"`
		}
		check(t, json.Unmarshal(lines.Bytes(), &contact))
		if strings.Contains(contact.Properties.Email, "@") {
			list = append(list, []byte(contact.Properties.Email))
		}
	}
	if len(list) == 0 {
		t.Fatal("no e-mail in the dataset")
	}
	return list
}

func (w *signedWorld) command(args ...string) *exec.Cmd {
	c := exec.CommandContext(w.t.Context(), os.Args[0], args...)
	c.Env = w.env
	return c
}

// want runs the program, and fails the test on another exit code.
func (w *signedWorld) want(code int, args ...string) (stdout, stderr string) {
	w.t.Helper()
	var out, errs bytes.Buffer
	c := w.command(args...)
	c.Stdout, c.Stderr = &out, &errs
	w.ended(c.Run(), code, out.String()+errs.String(), args)
	w.printed.Write(errs.Bytes())
	if args[0] != "findings" { // which prints the data
		w.printed.Write(out.Bytes())
	}
	return out.String(), errs.String()
}

func (w *signedWorld) ended(err error, code int, printed string, args []string) {
	w.t.Helper()
	got := 0
	var exited *exec.ExitError
	if errors.As(err, &exited) {
		got = exited.ExitCode()
	} else if err != nil {
		w.t.Fatal(err)
	}
	if got != code {
		w.t.Fatalf("tieout %s: exit code %d, want %d\n%s", strings.Join(args, " "), got, code, printed)
	}
}

var consentAddress = regexp.MustCompile(`http://\S+/(oauth/authorize|connect/oauth2)\?\S+`)

// connect signs in as a person does: by the address that the program prints.
func (w *signedWorld) connect(system string, code int) string {
	w.t.Helper()
	c := w.command("connect", "-listen", "127.0.0.1:0", system)
	out, err := c.StdoutPipe()
	check(w.t, err)
	var errs bytes.Buffer
	c.Stderr = &errs
	check(w.t, c.Start())
	var printed strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		printed.WriteString(lines.Text() + "\n")
		if address := consentAddress.FindString(lines.Text()); address != "" {
			page, err := http.Get(address)
			check(w.t, err)
			_, err = io.Copy(&w.printed, page.Body)
			check(w.t, err)
			page.Body.Close()
		}
	}
	w.ended(c.Wait(), code, printed.String()+errs.String(), []string{"connect", system})
	w.printed.WriteString(printed.String() + errs.String())
	return printed.String() + errs.String()
}

// connections returns what connections -json prints, by system.
func (w *signedWorld) connections() map[reconcile.System]connectionLine {
	w.t.Helper()
	out, _ := w.want(0, "connections", "-json")
	var lines []connectionLine
	check(w.t, json.Unmarshal([]byte(out), &lines))
	by := map[reconcile.System]connectionLine{}
	for _, l := range lines {
		by[l.System] = l
	}
	return by
}

// keep remembers the bytes of the keys, as text and raw, as secrets.
func (w *signedWorld) keep() {
	w.t.Helper()
	raw, err := os.ReadFile(filepath.Join(w.dir, "tieout.db.key"))
	check(w.t, err)
	var file struct {
		Key []struct {
			KeyData struct{ Value string } `json:"keyData"`
		} `json:"key"`
	}
	check(w.t, json.Unmarshal(raw, &file))
	for _, k := range file.Key {
		bytes, err := base64.StdEncoding.DecodeString(k.KeyData.Value)
		check(w.t, err)
		w.secrets = append(w.secrets, []byte(k.KeyData.Value), bytes[len(bytes)-32:])
	}
	if len(file.Key) == 0 {
		w.t.Fatal("no key in the key file")
	}
}

// tokens are all codes and tokens that were ever given out.
func (w *signedWorld) tokens() [][]byte {
	var list [][]byte
	for _, s := range w.servers {
		for _, token := range s.Issued() {
			list = append(list, []byte(token))
		}
	}
	return list
}

// watch looks for secrets in the files of the store, the write-ahead log among them, as
// long as the test lasts. E-mails are data and belong there.
func (w *signedWorld) watch() (stop func()) {
	end := make(chan struct{})
	var watching sync.WaitGroup
	seen := map[string]int{}
	watching.Go(func() {
		for {
			tokens := append(w.tokens(), []byte(canarySecret))
			files, _ := os.ReadDir(w.dir) // it goes on being read
			for _, f := range files {
				if strings.HasSuffix(f.Name(), ".key") || f.IsDir() {
					continue
				}
				content, err := os.ReadFile(filepath.Join(w.dir, f.Name()))
				if err != nil {
					continue // gone meanwhile
				}
				seen[f.Name()]++
				for _, token := range tokens {
					if bytes.Contains(content, token) {
						w.t.Errorf("%s holds %.12s…", f.Name(), token)
					}
				}
			}
			select {
			case <-end:
				return
			case <-time.After(10 * time.Millisecond):
			}
		}
	})
	return func() {
		close(end)
		watching.Wait()
		if seen["tieout.db"] == 0 || seen["tieout.db-wal"] == 0 {
			w.t.Errorf("the store was not looked at: %v", seen)
		}
	}
}

// TestSignIn goes through the life of two connections with the program in processes of
// its own, and then looks for every secret in all that it printed and stored.
func TestSignIn(t *testing.T) {
	t.Parallel()
	w := newSignedWorld(t)
	_, errs := w.want(1, "reconcile")
	for _, way := range []string{"tieout connect hubspot", "TIEOUT_HUBSPOT_TOKEN", "tieout connect quickbooks", "TIEOUT_QUICKBOOKS_TOKEN"} {
		if !strings.Contains(errs, way) {
			t.Errorf("without a connection %s is not named: %s", way, errs)
		}
	}
	stop := w.watch()
	if said := w.connect("hubspot", 0); !strings.Contains(said, "connected: HubSpot portal ") {
		t.Error(said)
	}
	if said := w.connect("quickbooks", 0); !strings.Contains(said, "connected: QuickBooks company 9130 (") {
		t.Error(said)
	}
	w.keep()
	for _, s := range w.servers {
		s.Expire() // so that the run has to refresh
	}
	w.want(2, "reconcile")
	w.want(0, "key", "rotate")
	w.keep()
	w.want(2, "reconcile")
	got := w.connections()
	for _, system := range reconcile.Systems {
		if c := got[system]; c.State != reconcile.Connected || c.Generation != 2 || !c.LastRefresh.After(c.ConnectedAt) {
			t.Errorf("%s: %+v", system, c)
		}
	}
	if got[reconcile.HubSpot].DaysLeft != nil || *got[reconcile.QuickBooks].DaysLeft != 100 {
		t.Errorf("days left: %+v", got)
	}
	if out, _ := w.want(0, "connections"); !strings.Contains(out, "CONNECTED") || !strings.Contains(out, "100") {
		t.Error(out)
	}

	w.servers["quickbooks"].RevokeAll() // somebody removes the app
	w.want(1, "reconcile")
	out, _ := w.want(0, "findings", "-json", "-code", "CONNECTION_UNAUTHORIZED")
	if !strings.Contains(out, `"system":"quickbooks","number":"","record":"9130","field":"connection"`) {
		t.Errorf("no finding on the connection: %s", out)
	}
	if c := w.connections()[reconcile.QuickBooks]; c.State != reconcile.NeedsReconnect || c.Problem == "" {
		t.Errorf("after the app was removed: %+v", c)
	}
	w.connect("quickbooks", 0)
	w.want(2, "reconcile")
	if out, _ := w.want(0, "findings", "-json", "-code", "CONNECTION_UNAUTHORIZED"); out != "" {
		t.Errorf("connected again, and the finding is still open: %s", out)
	}

	w.want(0, "disconnect", "hubspot")
	w.qb.Close()
	if _, errs := w.want(0, "disconnect", "quickbooks"); !strings.Contains(errs, "remove the app there") {
		t.Errorf("the vendor could not be reached: %s", errs)
	}
	for _, c := range w.connections() {
		if c.State != reconcile.Disconnected || c.CompanyID == "" {
			t.Errorf("disconnected: %+v", c)
		}
	}
	for _, token := range w.servers["hubspot"].Issued() {
		if w.servers["hubspot"].Honours(token) {
			t.Error("HubSpot still accepts a refresh token")
		}
	}
	if _, errs := w.want(1, "reconcile"); !strings.Contains(errs, "disconnected") {
		t.Error(errs)
	}
	stop()
	for _, secret := range slices.Concat(w.secrets, w.tokens()) {
		if bytes.Contains(w.printed.Bytes(), secret) {
			t.Errorf("printed: %.12q…", secret)
		}
	}
}

// TestCallbackOfServe finishes a sign-in at the running server that another process
// began, once.
func TestCallbackOfServe(t *testing.T) {
	t.Parallel()
	w := newSignedWorld(t)
	w.connect("quickbooks", 0)
	w.connect("hubspot", 0)
	env := environment(w.env)
	delete(env, asProgram)
	c := &call{t, env}
	s := c.serve(regexp.MustCompile(`(http://127\S+)`), "serve", "-listen", "127.0.0.1:0")
	p := &program{env: env, stdout: io.Discard, stderr: io.Discard}
	cfg, err := p.config(p.root())
	check(t, err)
	store, err := p.open(t.Context(), cfg)
	check(t, err)
	t.Cleanup(func() { check(t, store.Close()) })
	sealer, err := store.vault(t.Context(), cfg)
	check(t, err)
	address, state, err := cfg.signIn(sealer, store.Repo).Begin(t.Context(), "local:ann", reconcile.HubSpot, s.url+"/oauth/callback")
	check(t, err)
	var back string
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error { back = r.URL.String(); return nil }}
	for n, tt := range []struct {
		address string
		status  int
		says    string
	}{
		{s.url + "/oauth/callback?code=x&state=forged", http.StatusBadRequest, "was not begun here"},
		{address, http.StatusOK, "is connected"},
		{"", http.StatusBadRequest, "was finished before"},
	} {
		if tt.address == "" {
			tt.address = back
		}
		r, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), http.MethodGet, tt.address, nil)
		check(t, err)
		answer, err := client.Do(r)
		check(t, err)
		body, err := io.ReadAll(answer.Body)
		check(t, err)
		answer.Body.Close()
		if answer.StatusCode != tt.status || !strings.Contains(string(body), tt.says) || strings.Contains(string(body), state) {
			t.Errorf("%d: %d %s", n, answer.StatusCode, body)
		}
	}
	events, err := store.ConnectionEvents(t.Context(), reconcile.HubSpot, 1)
	check(t, err)
	if events[0].Kind != reconcile.EventReconnected || events[0].Actor != "local:ann" {
		t.Errorf("journal: %+v", events)
	}
	s.stop()
	for _, token := range w.tokens() {
		if strings.Contains(s.out.String(), string(token)) {
			t.Errorf("printed: %.12s…", token)
		}
	}
}
