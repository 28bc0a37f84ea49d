package quickbookssim

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tieout/tieout/sandbox/control"
)

// A stale read shows what was before the last change, in every way of reading.
func TestStaleReads(t *testing.T) {
	s := serve(t, shop, testOptions())
	o := s.wrote(t, "invoice", sold("", "30", pump))
	id := o.text("Id")
	stale := func(path string) string {
		r := httptest.NewRequest(http.MethodGet, "/v3/company/1/"+path, http.NoBody)
		r.Header.Set("Authorization", "Bearer token")
		r.Header.Set("Accept", "application/json")
		w := httptest.NewRecorder()
		staled(t, s.Company, w, r)
		return w.Body.String()
	}
	const since = "cdc?changedSince=2026-06-30&entities=Invoice"
	query := "query?query=" + strings.ReplaceAll("SELECT * FROM Invoice", " ", "%20")
	for _, path := range []string{"invoice/" + id, query, since} {
		if got := stale(path); strings.Contains(got, `"Id":"`+id+`"`) {
			t.Errorf("created already: %s: %s", path, got)
		}
	}
	s.wrote(t, "invoice", at(o, `,"sparse":true,"PrivateNote":"new"`))
	for _, path := range []string{"invoice/" + id, query, since} {
		if got := stale(path); !strings.Contains(got, `"Id":"`+id+`"`) || strings.Contains(got, "new") {
			t.Errorf("changed already: %s: %s", path, got)
		}
	}
	s.wrote(t, "invoice?operation=delete", `{"Id":"`+id+`","SyncToken":"1"}`)
	for _, path := range []string{"invoice/" + id, query, since} {
		if got := stale(path); !strings.Contains(got, `"PrivateNote":"new"`) || strings.Contains(got, "Deleted") {
			t.Errorf("deleted already: %s: %s", path, got)
		}
	}
}

// staled serves one request as a replica that lags behind.
func staled(t *testing.T, c *Company, w http.ResponseWriter, r *http.Request) {
	t.Helper()
	if _, err := c.Control().Strike(control.Rule{Effect: control.Stale, Times: 1}); err != nil {
		t.Fatal(err)
	}
	c.ServeHTTP(w, r)
	c.Control().Clear()
}
