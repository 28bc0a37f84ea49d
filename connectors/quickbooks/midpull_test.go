package quickbooks

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
)

// A fault answers a page of a pull that has begun, so often; then the company does.
type pullFault struct {
	name        string
	status      int
	contentType string
	body        string
	times       int
	kind        error // nil: the pull recovers
	want        string
}

const (
	forEver  = 1 << 30
	jsonType = "application/json"
)

// What goes wrong while pages are under way ends the pull with an error that says
// so, or passes unnoticed; the pages before it stay, and a pull goes on after them.
func TestFaultsInTheMiddleOfAPull(t *testing.T) {
	unauthorized := string(recorded(t, "fault_401_token_expired"))
	for _, tt := range []pullFault{
		{"401 of the gateway, in lower case", 401, jsonType, unauthorized, forEver, connectors.ErrDenied, "401 3200 access denied: check the access token"},
		{"403", 403, jsonType, `{"fault":{"error":[{"message":"m","code":"3100"}],"type":"SERVICE"}}`, forEver, connectors.ErrDenied, "403 3100"},
		{"429 in XML, once", 429, "application/xml", throttledXML, 1, nil, ""},
		{"429 in XML, for minutes", 429, "application/xml", throttledXML, forEver, connectors.ErrThrottled, "refused 5 times, a minute apart: it may be the app's quota of the month"},
		{"throttle body with 200", 200, "application/xml", throttledXML, forEver, connectors.ErrBroken, "application/xml instead of JSON"},
		{"503, four times", 503, "text/html", "<html>", 4, nil, ""},
		{"503 for long", 503, "text/html", "<html>", forEver, connectors.ErrBroken, "503"},
		{"HTML with 200", 200, "text/html", "<html><body>Maintenance</body></html>", forEver, connectors.ErrBroken, "text/html instead of JSON"},
		{"cut off, once", 200, jsonType, `{"QueryResponse":{"Invoice":[{"Id":"1`, 1, nil, ""},
		{"cut off", 200, jsonType, `{"QueryResponse":{"Invoice":[{"Id":"1`, forEver, connectors.ErrBroken, "cut off"},
		{"fault in a 200", 200, jsonType, `{"Fault":{"Error":[{"Message":"m","code":"10000"}]}}`, forEver, connectors.ErrBroken, "200 10000"},
		{"fewer rows than it says", 200, jsonType, `{"QueryResponse":{"Invoice":[{"Id":"1000"}],"maxResults":2}}`, forEver, connectors.ErrBroken, "1 entities where maxResults says 2"},
		{"no rows where it says some", 200, jsonType, `{"QueryResponse":{"maxResults":2}}`, forEver, connectors.ErrBroken, "0 entities where maxResults says 2"},
		{"fewer rows than there are, once", 200, jsonType, `{"QueryResponse":{},"time":"t"}`, 1, nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				company := books(2500).company(t, quickbookssim.Options{})
				c := newClient(t, tt.in(company), connectors.Options{Rate: connectors.Unpaced, InFlight: 1})
				ids, position, err := pullInvoices(t, c, "")
				if tt.kind == nil {
					if err != nil || len(ids) != 2500 {
						t.Fatalf("%d invoices, %v", len(ids), err)
					}
					return
				}
				if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("got %v\nwant %s", err, tt.want)
				}
				if len(ids) != 1000 {
					t.Errorf("%d invoices before", len(ids))
				}
				rest, _, err := pullInvoices(t, newClient(t, company, unpaced), position)
				if err != nil || len(rest) != 1500 || rest["1000"] || !rest["1001"] {
					t.Errorf("%d invoices after, %v", len(rest), err)
				}
			})
		})
	}
}

// in is a company whose second page of invoices answers with the fault.
func (f *pullFault) in(company http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Query().Get("query"), "STARTPOSITION 1000 ") && f.times > 0 {
			f.times--
			answering(f.status, f.contentType, f.body).ServeHTTP(w, r)
			return
		}
		company.ServeHTTP(w, r)
	})
}

func pullInvoices(t *testing.T, c *Client, from string) (ids map[string]bool, position string, err error) {
	t.Helper()
	ids = map[string]bool{}
	for page, err := range c.Pull(t.Context(), connectors.Want{Object: reconcile.ObjectInvoices, After: from}) {
		if err != nil {
			return ids, position, err
		}
		position = page.Position
		for _, i := range page.Invoices {
			ids[i.ID] = true
		}
	}
	return ids, position, nil
}

// Over real HTTP: a body that drips ends at the deadline, and a redirect to another
// host is not followed.
func TestFaultsOfTheConnection(t *testing.T) {
	company := books(10).company(t, quickbookssim.Options{})
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	t.Cleanup(other.Close)
	for name, tt := range map[string]struct {
		instead http.HandlerFunc
		want    string
	}{
		"slow drip": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", jsonType)
			for range 1000 {
				_, _ = w.Write([]byte(" "))
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		}, "timed out"},
		"redirect": {http.RedirectHandler(other.URL+"/v3", http.StatusTemporaryRedirect).ServeHTTP, "redirect to 127.0.0.1:"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.RawQuery, "Invoice") {
				tt.instead(w, r)
				return
			}
			company.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		c, err := New(Config{BaseURL: server.URL, Realm: "1", Token: "token", Transport: connectors.Options{Rate: connectors.Unpaced, Attempts: 1, Deadline: 1500 * time.Millisecond}})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := pullInvoices(t, c, ""); !errors.Is(err, connectors.ErrBroken) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
