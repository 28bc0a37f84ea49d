package quickbooks

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
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

var unpaced = connectors.Options{Rate: connectors.Unpaced}

func newClient(t *testing.T, h http.Handler, o connectors.Options) *Client {
	t.Helper()
	o.RoundTripper = inProcess{h}
	c, err := New(Config{Realm: "4620816365291273680", Token: "token", Transport: o})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// files are the files of a dataset's quickbooks folder, by name.
type files map[string]string

func (f files) company(t *testing.T, o quickbookssim.Options) *quickbookssim.Company {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "quickbooks"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range f {
		if err := os.WriteFile(filepath.Join(dir, "quickbooks", name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ds, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	o.Open = true
	c, err := quickbookssim.New(ds, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// books is a company of n invoices.
func books(n int) files {
	var invoices strings.Builder
	for i := range n {
		fmt.Fprintf(&invoices, `{"Id":"%d","SyncToken":"0","DocNumber":"INV-%d","TxnDate":"2026-03-08","CustomerRef":{"value":"1"},"Line":[{"Amount":10.00,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"},"Qty":2,"UnitPrice":5}}],"TotalAmt":10.00,"Balance":10.00}`+"\n", i+1, i)
	}
	return files{
		"Invoice.jsonl":  invoices.String(),
		"Customer.jsonl": `{"Id":"1","DisplayName":"Acme","Active":true}` + "\n" + `{"Id":"2","DisplayName":"Gone (deleted)","Active":false,"PrimaryEmailAddr":{"Address":"g@x.test"}}` + "\n",
		"Item.jsonl": `{"Id":"1","Name":"Thing","Sku":"PROD-0","Type":"Service","UnitPrice":5.5,"Description":"It","Active":true}` + "\n" +
			`{"Id":"2","Name":"Goods","Type":"Category","Active":true}` + "\n" + `{"Id":"3","Name":"Old (deleted)","Type":"NonInventory","Active":false}` + "\n",
		"TaxRate.jsonl": `{"Id":"1","Name":"AZ","RateValue":7.1,"Active":true}` + "\n" + `{"Id":"2","Name":"Tucson","RateValue":2,"Active":true}` + "\n",
		"TaxCode.jsonl": `{"Id":"3","Name":"Tucson","Active":true,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1"}},{"TaxRateRef":{"value":"2"}}]}}` + "\n",
	}
}

// pulled is all that a pull yielded.
type pulled struct {
	reconcile.Page
	pages int
}

func pull(t *testing.T, c *Client, o reconcile.Object) (pulled, error) {
	t.Helper()
	var all pulled
	for p, err := range c.Pull(t.Context(), connectors.Want{Object: o}) {
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

// answering is a company that answers every request the same.
func answering(status int, contentType, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header()["Intuit-Tid"] = []string{"1-5f732f5f-25dc"}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "recorded", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
