package hubspotsim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

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

func (w *watch) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWatch() *watch { return &watch{now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)} }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

const record1 = `{"id":"7","properties":{"name":"Thing","hs_sku":"A","hs_lastmodifieddate":"2026-01-02T00:00:00Z"},"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-01-02T00:00:00Z"}` + "\n"

// What is made and edited is in every answer, with the time of the change.
func TestCreateAndUpdate(t *testing.T) {
	w := newWatch()
	c := serve(t, files{"products.jsonl": record1}, Options{Now: w.Now})
	w.pass(5 * time.Millisecond)
	must(t, c.portal.Update("products", "7", map[string]string{"name": "Thing 2", "hs_sku": ""}))
	w.pass(time.Second)
	id, err := c.portal.Create("product", map[string]string{"name": "New"})
	must(t, err)
	const first = `{"id":"7","properties":{"hs_lastmodifieddate":"2026-11-22T08:00:00.005Z","hs_sku":null,"name":"Thing 2"},` +
		`"createdAt":"2026-01-01T00:00:00Z","updatedAt":"2026-11-22T08:00:00.005Z","archived":false}`
	const second = `{"id":"8","properties":{"hs_lastmodifieddate":"2026-11-22T08:00:01.005Z","hs_sku":null,"name":"New"},` +
		`"createdAt":"2026-11-22T08:00:01.005Z","updatedAt":"2026-11-22T08:00:01.005Z","archived":false}`
	const asked = "?properties=name,hs_sku,hs_lastmodifieddate"
	status, got := c.get("/crm/objects/2026-03/products" + asked)
	c.want(status, got, 200, `{"results":[`+first+`,`+second+`]}`)
	status, got = c.get("/crm/objects/2026-03/products/" + id + asked)
	c.want(status, got, 200, second)
	for _, since := range []string{"2026-11-22T08:00:01Z", "1795334401000"} {
		status, got = c.post("/crm/objects/2026-03/products/search",
			`{"properties":["name","hs_sku","hs_lastmodifieddate"],"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"`+since+`"}]}`)
		c.want(status, got, 200, `{"total":1,"results":[`+second+`]}`)
	}
}

// Archived records are told apart, and associated with nothing.
func TestArchive(t *testing.T) {
	w := newWatch()
	c := serve(t, files{
		"invoices.jsonl":   `{"id":"1","properties":{},"associations":{"line_items":["2","3"]}}` + "\n",
		"line_items.jsonl": `{"id":"2","properties":{}}` + "\n" + `{"id":"3","properties":{}}` + "\n",
	}, Options{Now: w.Now, ReportNoAssociations: true})
	must(t, c.portal.Archive("line_items", "2"))
	_, got := c.get("/crm/objects/2026-03/line_items")
	if ids(got) != "3" {
		t.Errorf("listed: %s", ids(got))
	}
	status, got := c.get("/crm/objects/2026-03/line_items?archived=true&properties=hs_object_id")
	c.want(status, got, 200, `{"results":[{"id":"2","properties":{"hs_object_id":"2"},"createdAt":"2020-01-01T00:00:00.000Z","updatedAt":"2020-01-01T00:00:00.000Z","archived":true,"archivedAt":"2026-11-22T08:00:00.000Z"}]}`)
	status, got = c.get("/crm/objects/2026-03/line_items/2")
	c.refused(status, got, 404, "OBJECT_NOT_FOUND", "not found")
	if _, got = c.post("/crm/objects/2026-03/line_items/search", `{}`); ids(got) != "3" {
		t.Errorf("found: %s", ids(got))
	}
	_, got = c.post("/crm/associations/2026-03/invoices/line_items/batch/read", `{"inputs":[{"id":"1"}]}`)
	if to := fmt.Sprint(got["results"]); strings.Contains(to, "toObjectId:2") || !strings.Contains(to, "toObjectId:3") {
		t.Errorf("associated with %s", to)
	}
	_, got = c.post("/crm/associations/2026-03/line_items/invoices/batch/read", `{"inputs":[{"id":"2"}]}`)
	if to := fmt.Sprint(got["results"]); to != "[]" {
		t.Errorf("the archived one is associated with %s", to)
	}
	id, err := c.portal.Create("line_items", nil)
	if must(t, err); id != "4" {
		t.Errorf("the next id is %s", id)
	}
}

// Associations change on both sides, and neither record is changed by it.
func TestAssociateAndDissociate(t *testing.T) {
	w := newWatch()
	c := serve(t, files{"invoices.jsonl": `{"id":"1","properties":{}}` + "\n", "contacts.jsonl": `{"id":"9","properties":{}}` + "\n" + `{"id":"10","properties":{}}` + "\n"}, Options{Now: w.Now})
	neighbours := func(from, to, id string) string {
		_, got := c.post("/crm/associations/2026-03/"+from+"/"+to+"/batch/read", `{"inputs":[{"id":"`+id+`"}]}`)
		var list []string
		for _, r := range got["results"].([]any) {
			for _, n := range r.(map[string]any)["to"].([]any) {
				list = append(list, n.(map[string]any)["toObjectId"].(string))
			}
		}
		return strings.Join(list, " ")
	}
	for _, id := range []string{"10", "9", "10"} {
		must(t, c.portal.Associate("invoices", "1", "contacts", id))
	}
	if a, b := neighbours("invoices", "contacts", "1"), neighbours("contacts", "invoices", "10"); a != "9 10" || b != "1" {
		t.Errorf("associated: %q, %q", a, b)
	}
	must(t, c.portal.Dissociate("contacts", "10", "invoices", "1"))
	if a, b := neighbours("invoices", "contacts", "1"), neighbours("contacts", "invoices", "10"); a != "9" || b != "" {
		t.Errorf("dissociated: %q, %q", a, b)
	}
	if _, got := c.get("/crm/objects/2026-03/invoices/1"); got["updatedAt"] != longAgo {
		t.Errorf("changed at %v", got["updatedAt"])
	}
}

func TestLineBumpsInvoice(t *testing.T) {
	for _, bumps := range []bool{false, true} {
		w := newWatch()
		c := serve(t, files{"invoices.jsonl": `{"id":"1","properties":{"hs_number":"N","hs_lastmodifieddate":"2026-01-02T00:00:00Z"},"associations":{"line_items":["2"]}}` + "\n",
			"line_items.jsonl": `{"id":"2","properties":{}}` + "\n"}, Options{Now: w.Now, LineBumpsInvoice: bumps})
		must(t, c.portal.Update("line_items", "2", map[string]string{"name": "x"}))
		_, got := c.post("/crm/objects/2026-03/invoices/search", `{"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"2026-11-22"}]}`)
		if found := ids(got) == "1"; found != bumps {
			t.Errorf("bumps %v, but found %v", bumps, found)
		}
		if _, got = c.get("/crm/objects/2026-03/invoices/1?properties=hs_number"); !strings.Contains(fmt.Sprint(got["properties"]), "hs_number:N") {
			t.Errorf("got %v", got)
		}
	}
}

// The search sees a write when its lag is over, a later version before that if
// its lag is shorter; the list and what is archived it sees at once.
func TestIndexLag(t *testing.T) {
	w := newWatch()
	lag := 10 * time.Second
	c := serve(t, files{"products.jsonl": record1}, Options{Now: w.Now, IndexLag: func(time.Time) time.Duration { return lag }})
	names := func() string {
		var list []string
		_, got := c.post("/crm/objects/2026-03/products/search", `{"properties":["name"],"sorts":[{"propertyName":"hs_lastmodifieddate","direction":"DESCENDING"}]}`)
		for _, r := range got["results"].([]any) {
			list = append(list, r.(map[string]any)["properties"].(map[string]any)["name"].(string))
		}
		return strings.Join(list, " ")
	}
	want := func(found string) {
		t.Helper()
		if got := names(); got != found {
			t.Errorf("found %s, want %s", got, found)
		}
	}
	want("Thing")
	must(t, c.portal.Update("products", "7", map[string]string{"name": "B"}))
	_, err := c.portal.Create("products", map[string]string{"name": "New"})
	must(t, err)
	want("Thing")
	w.pass(lag - time.Millisecond)
	want("Thing")
	w.pass(time.Millisecond)
	want("New B")
	must(t, c.portal.Update("products", "7", map[string]string{"name": "C"}))
	w.pass(time.Second)
	lag = 2 * time.Second
	must(t, c.portal.Update("products", "7", map[string]string{"name": "D"}))
	w.pass(2 * time.Second)
	want("D New")
	w.pass(time.Minute)
	want("D New")
	must(t, c.portal.Update("products", "7", map[string]string{"name": "E"}))
	must(t, c.portal.Archive("products", "7"))
	want("New")
	w.pass(time.Minute)
	want("New")
}

func TestChangesThatAreRefused(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": `{"id":"1","properties":{"email":"a@x.test","hs_additional_emails":"b@x.test"}}` + "\n" + `{"id":"2","properties":{}}` + "\n"}, Options{})
	p := c.portal
	create := func(object string, properties map[string]string) error {
		_, err := p.Create(object, properties)
		return err
	}
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"unknown object":          {create("deals", nil), "deals"},
		"unknown property":        {create("contacts", map[string]string{"nickname": "A"}), `"nickname" does not exist`},
		"an e-mail that is taken": {create("contacts", map[string]string{"email": "A@x.test"}), "Contact already exists. Existing ID: 1"},
		"a further one":           {p.Update("contacts", "2", map[string]string{"email": "b@x.test"}), "Existing ID: 1"},
		"no such record":          {p.Update("contacts", "3", nil), "contacts 3"},
		"archive nothing":         {p.Archive("contacts", "3"), "contacts 3"},
		"associate nothing":       {p.Associate("contacts", "1", "companies", "3"), "companies 3"},
		"dissociate nothing":      {p.Dissociate("contacts", "3", "contacts", "1"), "contacts 3"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, tt.err, tt.want)
		}
	}
	must(t, p.Update("contacts", "1", map[string]string{"email": "c@x.test"}))
	must(t, p.Update("contacts", "2", map[string]string{"email": "a@x.test"})) // free now
	must(t, p.Archive("contacts", "1"))
	must(t, create("contacts", map[string]string{"email": "b@x.test"})) // too
	if status, got := c.get("/crm/objects/2026-03/contacts/a@x.test?idProperty=email"); status != 200 || got["id"] != "2" {
		t.Errorf("got %d %v", status, got)
	}
}

// The order by change that the index keeps is the one that sorting would make,
// whatever changed, and so is what it finds in a time.
func TestIndexKeepsItsOrder(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 1))
		w := newWatch()
		c := serve(t, files{"products.jsonl": record1 + strings.ReplaceAll(record1, `"id":"7"`, `"id":"70"`)}, Options{Now: w.Now})
		for range 60 {
			w.pass(time.Duration(rng.IntN(3)) * time.Millisecond)
			live := c.portal.tables[products].live
			switch n := rng.IntN(5); {
			case n < 2 || len(live) == 0:
				_, err := c.portal.Create("products", nil)
				must(t, err)
			case n == 2:
				must(t, c.portal.Archive("products", live[rng.IntN(len(live))].id))
			default:
				must(t, c.portal.Update("products", live[rng.IntN(len(live))].id, nil))
			}
			x := c.portal.tables[products].searched
			x.ordered() // so that it is kept from here on
			fresh := &index{records: c.portal.tables[products].live, change: x.change}
			same := func(a, b dated) bool { return a.record == b.record }
			if !slices.EqualFunc(x.ordered(), fresh.ordered(), same) || !slices.Equal(x.records, fresh.records) {
				t.Fatalf("seed %d: not in order", seed)
			}
			low := w.now.UnixMilli() - rng.Int64N(30)
			high := low + rng.Int64N(20)
			for _, op := range []string{"GT", "GTE", "LT", "LTE", "EQ", "BETWEEN"} {
				compare(t, c.portal, fmt.Sprintf(`{"propertyName":"hs_lastmodifieddate","operator":%q,"value":"%d","highValue":"%d"}`, op, low, high))
			}
		}
	}
}

// compare searches with a filter, and with it in two groups, which the index
// makes nothing of.
func compare(t *testing.T, p *Portal, filter string) {
	t.Helper()
	table := p.tables[products]
	for _, direction := range []string{"ASCENDING", "DESCENDING"} {
		var found [2][]*record
		for n, groups := range []string{`{"filters":[` + filter + `]}`, `{"filters":[` + filter + `]},{"filters":[` + filter + `]}`} {
			in := &searchBody{}
			must(t, decode([]byte(`{"filterGroups":[`+groups+`],"sorts":[{"propertyName":"hs_lastmodifieddate","direction":"`+direction+`"}]}`), in))
			q, err := p.compile(table, in)
			must(t, err)
			found[n] = q.run(table.searched)
		}
		if !slices.Equal(found[0], found[1]) {
			t.Fatalf("%s %s: %d records, else %d", filter, direction, len(found[0]), len(found[1]))
		}
	}
}

// Requests and changes may be under way at once; the race detector watches.
func TestChangesWhileItServes(t *testing.T) {
	w := newWatch()
	c := serve(t, files{"invoices.jsonl": numbered(50), "line_items.jsonl": numbered(50)}, Options{Now: w.Now, IndexLag: func(time.Time) time.Duration { return time.Millisecond }})
	var work sync.WaitGroup
	for n := range 4 {
		work.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(n), 5))
			for range 40 {
				w.pass(time.Millisecond)
				id, err := c.portal.Create("invoices", map[string]string{"hs_number": "x"})
				if err != nil {
					t.Error(err)
				}
				_ = c.portal.Update("invoices", id, map[string]string{"hs_number": "y"}) // another may have archived it
				_ = c.portal.Associate("invoices", id, "line_items", fmt.Sprint(1+rng.IntN(50)))
				_ = c.portal.Archive("invoices", fmt.Sprint(1+rng.IntN(120)))
			}
		})
		work.Go(func() {
			for range 20 {
				c.get("/crm/objects/2026-03/invoices?limit=100")
				c.post("/crm/objects/2026-03/invoices/search", `{"sorts":[{"propertyName":"hs_lastmodifieddate","direction":"DESCENDING"}]}`)
				c.post("/crm/associations/2026-03/line_items/invoices/batch/read", `{"inputs":[{"id":"1"},{"id":"2"}]}`)
			}
		})
	}
	work.Wait()
}
