package hubspotsim

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox"
)

// files are the hubspot files of a small dataset, by name.
type files map[string]string

// dataset writes and opens a dataset.
func dataset(t testing.TB, f files) *sandbox.Dataset {
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
	return ds
}

// A client calls a portal over HTTP.
type client struct {
	t      *testing.T
	portal *Portal
	url    string
	bearer string
}

// serve serves a dataset. The token is "key" and the clock stands still,
// unless the options say otherwise.
func serve(t *testing.T, f files, o Options) *client {
	t.Helper()
	if o.Token == "" {
		o.Token = "key"
	}
	if o.Now == nil {
		o.Now = func() time.Time { return time.Date(2026, 11, 22, 8, 0, 0, 5e6, time.UTC) }
	}
	p, err := New(dataset(t, f), o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	return &client{t, p, server.URL, "Bearer key"}
}

// exchange sends a request, with the client's bearer and a content type where there
// are any.
func (c *client) exchange(method, path, body, contentType string) (*http.Response, []byte) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	must(c.t, err)
	if c.bearer != "" {
		req.Header.Set("Authorization", c.bearer)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	must(c.t, err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	must(c.t, err)
	return res, answer
}

// contentTypeOf is that of a body that is JSON, or of none.
func contentTypeOf(body string) string {
	if body == "" {
		return ""
	}
	return "application/json"
}

// do sends a request; a body makes it one with JSON content type.
func (c *client) do(method, path, body, contentType string) (int, map[string]any) {
	c.t.Helper()
	res, raw := c.exchange(method, path, body, contentType)
	if got := res.Header.Get("Content-Type"); got != "application/json;charset=utf-8" {
		c.t.Errorf("%s %s: content type %q", method, path, got)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var answer map[string]any
	if err := decoder.Decode(&answer); err != nil {
		c.t.Fatalf("%s %s: %v in %s", method, path, err, raw)
	}
	return res.StatusCode, answer
}

func (c *client) get(path string) (int, map[string]any) {
	c.t.Helper()
	return c.do("GET", path, "", "")
}

func (c *client) post(path, body string) (int, map[string]any) {
	c.t.Helper()
	return c.do("POST", path, body, "application/json")
}

// want fails unless an answer has the status and equals the JSON.
func (c *client) want(status int, got map[string]any, wantStatus int, want string) {
	c.t.Helper()
	decoder := json.NewDecoder(strings.NewReader(want))
	decoder.UseNumber()
	var expected map[string]any
	if err := decoder.Decode(&expected); err != nil {
		c.t.Fatalf("the test expects no JSON: %v", err)
	}
	if status != wantStatus || !reflect.DeepEqual(got, expected) {
		text, _ := json.Marshal(got) // it was JSON a moment ago
		c.t.Errorf("got  %d %s\nwant %d %s", status, text, wantStatus, want)
	}
}

// refused fails unless an answer is an error envelope with that category, and
// a message that contains part.
func (c *client) refused(status int, got map[string]any, wantStatus int, category, part string) {
	c.t.Helper()
	message, _ := got["message"].(string)
	correlation, _ := got["correlationId"].(string)
	if status != wantStatus || got["status"] != "error" || got["category"] != category ||
		!strings.Contains(message, part) || len(correlation) != 36 {
		c.t.Errorf("got %d %v, want %d %s with %q and a correlationId", status, got, wantStatus, category, part)
	}
}

// ids are the ids of the results of an answer.
func ids(answer map[string]any) string {
	var list []string
	results, _ := answer["results"].([]any)
	for _, r := range results {
		list = append(list, r.(map[string]any)["id"].(string))
	}
	return strings.Join(list, " ")
}

// after is the cursor of the next page, or empty.
func after(answer map[string]any) string {
	paging, _ := answer["paging"].(map[string]any)
	next, _ := paging["next"].(map[string]any)
	cursor, _ := next["after"].(string)
	return cursor
}

func TestAuthorization(t *testing.T) {
	for _, tt := range []struct {
		name, header string
		open         bool
		want         int
	}{
		{"the token", "Bearer key", false, 200},
		{"the scheme in lower case", "bearer key", false, 200},
		{"no header", "", false, 401},
		{"another token", "Bearer other", false, 401},
		{"another scheme", "Basic key", false, 401},
		{"no token", "Bearer ", false, 401},
		{"open, any token", "Bearer other", true, 200},
		{"open, no token", "Bearer ", true, 401},
		{"open, no header", "", true, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, nil, Options{Open: tt.open})
			c.bearer = tt.header
			status, got := c.get("/crm/objects/2026-03/contacts")
			if status != tt.want {
				t.Errorf("got %d, want %d", status, tt.want)
			}
			if tt.want == 401 {
				c.refused(status, got, 401, "INVALID_AUTHENTICATION", "Authentication credentials not found")
			}
		})
	}
}

func TestZeroOptionsAdmitNobody(t *testing.T) {
	p, err := New(dataset(t, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(p)
	defer server.Close()
	c := &client{t, p, server.URL, "Bearer "}
	if status, _ := c.get("/crm/v3/objects/contacts"); status != 401 {
		t.Errorf("got %d, want 401", status)
	}
}

func TestRefusals(t *testing.T) {
	c := serve(t, nil, Options{})
	for _, tt := range []struct {
		name, method, path, body, contentType string
		status                                int
		category, message                     string
	}{
		{"unknown path", "GET", "/crm/v3/nothing", "", "", 404, "OBJECT_NOT_FOUND", "resource not found"},
		{"unknown version", "GET", "/crm/objects/2025-09/contacts", "", "", 404, "OBJECT_NOT_FOUND", "resource not found"},
		{"unknown object", "GET", "/crm/v3/objects/widgets", "", "", 400, "VALIDATION_ERROR", "Unable to infer object type from: widgets"},
		{"unknown object of an association", "POST", "/crm/v4/associations/contacts/widgets/batch/read", "{}", "application/json", 400, "VALIDATION_ERROR", "widgets"},
		{"unknown record", "GET", "/crm/v3/objects/contacts/1", "", "", 404, "OBJECT_NOT_FOUND", "resource not found"},
		{"wrong method", "DELETE", "/crm/v3/objects/contacts", "", "", 405, "METHOD_NOT_ALLOWED", "Method Not Allowed"},
		{"get for post", "GET", "/crm/v3/objects/contacts/batch/read", "", "", 405, "METHOD_NOT_ALLOWED", "Method Not Allowed"},
		{"a form", "POST", "/crm/v3/objects/contacts/batch/read", "inputs=1", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE", "application/json"},
		{"no content type", "POST", "/crm/v3/objects/contacts/search", "{}", "", 415, "UNSUPPORTED_MEDIA_TYPE", "application/json"},
		{"broken JSON", "POST", "/crm/v3/objects/contacts/batch/read", "{\n \"inputs\": [}", "application/json", 400, "VALIDATION_ERROR", "Invalid input JSON on line 2, column 14"},
		{"wrong JSON type", "POST", "/crm/v3/objects/contacts/batch/read", `{"inputs":"1"}`, "application/json", 400, "VALIDATION_ERROR", "Invalid input JSON on line 1"},
		{"wrong id", "POST", "/crm/v3/objects/contacts/batch/read", `{"inputs":[{"id":{}}]}`, "application/json", 400, "VALIDATION_ERROR", "Invalid input JSON"},
		{"no inputs", "POST", "/crm/v3/objects/contacts/batch/read", `{}`, "application/json", 400, "VALIDATION_ERROR", "inputs"},
		{"archived is a word", "GET", "/crm/v3/objects/contacts?archived=yes", "", "", 400, "VALIDATION_ERROR", "archived"},
		{"limit is a word", "GET", "/crm/v3/objects/contacts?limit=ten", "", "", 400, "VALIDATION_ERROR", "limit"},
		{"limit 0", "GET", "/crm/v3/objects/contacts?limit=0", "", "", 400, "VALIDATION_ERROR", "between 1 and 100"},
		{"limit 101", "GET", "/crm/v3/objects/contacts?limit=101", "", "", 400, "VALIDATION_ERROR", "between 1 and 100"},
		{"after is a word", "GET", "/crm/v3/objects/contacts?after=x", "", "", 400, "VALIDATION_ERROR", "after"},
		{"associations to nothing", "GET", "/crm/v3/objects/contacts?associations=widgets", "", "", 400, "VALIDATION_ERROR", "widgets"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			status, got := c.do(tt.method, tt.path, tt.body, tt.contentType)
			c.refused(status, got, tt.status, tt.category, tt.message)
		})
	}
}

func TestCorrelationIDsDiffer(t *testing.T) {
	c := serve(t, nil, Options{})
	_, one := c.get("/nothing")
	_, two := c.get("/nothing")
	if one["correlationId"] == two["correlationId"] {
		t.Errorf("two refusals have the correlation id %v", one["correlationId"])
	}
}

func TestRequests(t *testing.T) {
	c := serve(t, nil, Options{})
	c.get("/crm/v3/objects/0-53")
	c.get("/crm/objects/2026-09/invoice")
	c.get("/crm/v3/objects/contacts/1")
	c.post("/crm/v3/objects/line_item/batch/read", `{"inputs":[]}`)
	c.post("/crm/v3/objects/products/search", `{}`)
	c.post("/crm/v3/objects/contacts/search", `{}`)
	c.post("/crm/v4/associations/invoices/contacts/batch/read", `{"inputs":[]}`)
	c.get("/crm/v4/objects/invoices/1/associations/contacts")
	c.get("/tax-rates/v1/tax-rates")
	c.get("/tax-rates/v1/tax-rates/1")
	c.get("/crm/v3/properties/contacts")
	c.get("/account-info/v3/details")
	c.get("/nothing")
	c.do("PUT", "/crm/v3/objects/contacts", "", "")
	c.bearer = ""
	c.get("/crm/v3/objects/contacts")
	want := map[string]int{
		"invoices.list": 2, "contacts.get": 1, "line_items.batch_read": 1, "search": 2,
		"associations.batch_read": 1, "associations.list": 1, "tax_rates": 2, "properties": 1, "account": 1,
		"unknown": 2, "unauthorized": 1,
	}
	if got := c.portal.Requests(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestConcurrentCalls(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": numbered(50)}, Options{})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, got := c.get("/crm/v3/objects/contacts?limit=2&after=49"); ids(got) != "49 50" {
					t.Errorf("got %s", ids(got))
				}
			}
		})
	}
	all.Wait()
	if got := c.portal.Requests()["contacts.list"]; got != 160 {
		t.Errorf("got %d requests, want 160", got)
	}
}

func TestLatency(t *testing.T) {
	c := serve(t, nil, Options{Latency: 30 * time.Millisecond})
	begin := time.Now()
	c.get("/crm/v3/objects/contacts")
	if took := time.Since(begin); took < 30*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

// propertyNames are the sorted names of the properties of the first result.
func propertyNames(answer map[string]any) string {
	record := answer["results"].([]any)[0].(map[string]any)
	return strings.Join(slices.Sorted(maps.Keys(record["properties"].(map[string]any))), " ")
}
