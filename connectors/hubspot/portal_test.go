package hubspot

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// inProcess carries requests to a handler without a network.
type inProcess struct{ http.Handler }

func (h inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func newClient(t *testing.T, h http.Handler, api string, o connectors.Options) *Client {
	t.Helper()
	o.RoundTripper = inProcess{h}
	c, err := New(Config{API: api, Token: "token", Transport: o})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// files are the files of a dataset's hubspot folder, by name.
type files map[string]string

func (f files) portal(t *testing.T, o hubspotsim.Options) *hubspotsim.Portal {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "hubspot"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range f {
		if err := os.WriteFile(filepath.Join(dir, "hubspot", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ds, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Open = true
	p, err := hubspotsim.New(ds, o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// object is a line of a dataset file. Properties and associations are JSON
// members.
func object(id, properties, associations string) string {
	return fmt.Sprintf(`{"id":%q,"properties":{%s},"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-02-01T00:00:00Z","archived":false,"associations":{%s}}`+"\n",
		id, properties, associations)
}

// population is a portal of n invoices with three lines each, and of all that
// is in a portal besides.
func population(n int) files {
	var invoices, lines, contacts strings.Builder
	for i := range n {
		first := 100_000 + 3*i
		contact := fmt.Sprintf(`"contacts":["%d"],`, 500+i%20)
		switch i % 50 {
		case 7: // none: the company is billed
			contact = ""
		case 8: // several
			contact = `"contacts":["503","502"],`
		}
		invoices.WriteString(object(fmt.Sprint(5000+i), fmt.Sprintf(`"hs_number":"INV-%d","hs_currency":"USD","hs_invoice_status":"open","hs_invoice_date":"2026-03-09T03:30:00Z","hs_amount_billed":"31.80","hs_balance_due":"31.80"`, i),
			contact+fmt.Sprintf(`"companies":["900"],"line_items":["%d","%d","%d"]`, first, first+1, first+2)))
		for l := range 3 {
			lines.WriteString(object(fmt.Sprint(first+l), fmt.Sprintf(`"hs_sku":"PROD-%d","price":"5.0","quantity":"2","amount":"10.00","hs_tax_rate_group_id":"15","hs_position_on_quote":"%d"`, l, l), ""))
		}
	}
	for i := range 20 {
		contacts.WriteString(object(fmt.Sprint(500+i), fmt.Sprintf(`"email":"c%d@x.test","firstname":"Ann","lastname":"Lee","createdate":"2025-01-%02dT00:00:00Z"`, i, 28-i), ""))
	}
	return files{
		"account.json":     `{"portalId":77,"timeZone":"America/New_York","companyCurrency":"USD","additionalCurrencies":["EUR"]}`,
		"invoices.jsonl":   invoices.String(),
		"line_items.jsonl": lines.String(),
		"contacts.jsonl":   contacts.String(),
		"companies.jsonl":  object("900", `"name":"Acme"`, ""),
		"products.jsonl":   object("1", `"name":"Thing","hs_sku":"PROD-0","price":"5.00","hs_product_type":"service"`, ""),
		"tax_rates.jsonl":  `{"id":"15","name":"state","label":"State","percentageRate":6,"active":true,"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-01T00:00:00Z"}` + "\n",
	}
}

// pulled is all that a pull yielded.
type pulled struct {
	reconcile.Page
	pages int
}

func pull(t *testing.T, c *Client, o reconcile.Object) (pulled, error) {
	t.Helper()
	return pullWanted(t, c, connectors.Want{Object: o})
}

func pullWanted(t *testing.T, c *Client, w connectors.Want) (pulled, error) {
	t.Helper()
	var all pulled
	for p, err := range c.Pull(t.Context(), w) {
		all.Calls += p.Calls
		if err != nil {
			return all, err
		}
		all.pages++
		all.Received += p.Received
		all.Invoices = append(all.Invoices, p.Invoices...)
		all.Products = append(all.Products, p.Products...)
		all.Customers = append(all.Customers, p.Customers...)
		all.TaxRates = append(all.TaxRates, p.TaxRates...)
		all.Unreadable = append(all.Unreadable, p.Unreadable...)
	}
	return all, nil
}

func mustPull(t *testing.T, c *Client, o reconcile.Object) pulled {
	t.Helper()
	all, err := pull(t, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// mustPullSince pulls what has changed since then.
func mustPullSince(t *testing.T, c *Client, o reconcile.Object, since time.Time) pulled {
	t.Helper()
	all, err := pullWanted(t, c, connectors.Want{Object: o, Since: since})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// ids are the ids of what was pulled, in its order.
func (p pulled) ids() []string {
	var ids []string
	for _, i := range p.Invoices {
		ids = append(ids, i.ID)
	}
	for _, r := range p.Products {
		ids = append(ids, r.ID)
	}
	for _, r := range p.Customers {
		ids = append(ids, r.ID)
	}
	return ids
}

// A watch tells a portal its time.
type watch struct {
	mu  sync.Mutex
	now time.Time
}

func (w *watch) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// set moves the watch to a time.
func (w *watch) set(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// rounds is how many random cases a test tries: more of them in a campaign.
func rounds(few, many int) uint64 {
	if os.Getenv("TIEOUT_CAMPAIGN") != "" {
		return uint64(many)
	}
	return uint64(few)
}

// must fails the test where a change of a portal is refused.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var unpaced = connectors.Options{Rate: connectors.Unpaced}

// rewriter changes the answers of a handler.
type rewriter struct {
	http.Handler
	change func(path string, body string) string
}

func (rw rewriter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got := httptest.NewRecorder()
	rw.Handler.ServeHTTP(got, r)
	w.Header().Set("Content-Type", got.Header().Get("Content-Type"))
	w.WriteHeader(got.Code)
	_, _ = io.WriteString(w, rw.change(r.URL.Path, got.Body.String()))
}
