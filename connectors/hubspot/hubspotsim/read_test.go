package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
)

// numbered are records with the ids 1 to n, not in order.
func numbered(n int) string {
	var b strings.Builder
	for i := n; i > 0; i-- {
		fmt.Fprintf(&b, "{\"id\":\"%d\"}\n", i)
	}
	return b.String()
}

const oneInvoice = `{"id":"44446244097","properties":{"hs_number":"INV-1","hs_currency":"USD","hs_amount_billed":20.50,"hs_invoice_billable":false,` +
	`"hs_comments":null,"hs_language":"","acme_key":"k\u00e9y"},"createdAt":"2026-03-08T14:54:17.333Z","updatedAt":"2026-03-09T09:00:00.011Z","url":"https://app/1",` +
	`"associations":{"contacts":["5"],"line_items":["8","9"]}}`

func TestRecordShape(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		options    Options
		want       string
	}{
		{"default properties", "/crm/objects/2026-03/invoices/44446244097", Options{},
			`{"hs_createdate":"2026-03-08T14:54:17.333Z","hs_lastmodifieddate":"2026-03-09T09:00:00.011Z","hs_object_id":"44446244097"}`},
		{"numbers and bools are strings", "/crm/v3/objects/invoice/44446244097?properties=hs_amount_billed,hs_invoice_billable", Options{},
			`{"hs_amount_billed":"20.50","hs_invoice_billable":"false"}`},
		{"empty is null, undefined is dropped", "/crm/objects/2026-09/0-53/44446244097?properties=hs_comments,hs_language&properties=hs_due_date,hs_total_amount,acme_key", Options{},
			`{"hs_comments":null,"hs_language":null,"hs_due_date":null,"acme_key":"kéy"}`},
		{"empty is absent", "/crm/v3/objects/invoice/44446244097?properties=hs_comments,hs_language,hs_number,hs_due_date,hs_object_id", Options{OmitEmpty: true},
			`{"hs_number":"INV-1","hs_object_id":"44446244097"}`},
		{"lastmodifieddate is of contacts alone", "/crm/v3/objects/invoice/44446244097?properties=lastmodifieddate,createdate", Options{},
			`{"createdate":"2026-03-08T14:54:17.333Z"}`},
		{"only undefined properties", "/crm/v3/objects/invoice/44446244097?properties=nothing", Options{}, `{}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, files{"invoices.jsonl": oneInvoice}, tt.options)
			status, got := c.get(tt.path)
			c.want(status, got, 200, `{"id":"44446244097","properties":`+tt.want+
				`,"createdAt":"2026-03-08T14:54:17.333Z","updatedAt":"2026-03-09T09:00:00.011Z","archived":false,"url":"https://app/1"}`)
		})
	}
}

func TestMissingMembersAreFilledIn(t *testing.T) {
	for _, tt := range []struct{ name, record, want string }{
		{"nothing but an id", `{"id":1}`,
			`{"id":"1","properties":{"createdate":"2020-01-01T00:00:00.000Z","lastmodifieddate":"2020-01-01T00:00:00.000Z"},` +
				`"createdAt":"2020-01-01T00:00:00.000Z","updatedAt":"2020-01-01T00:00:00.000Z","archived":false}`},
		{"dates in properties", `{"id":"1","properties":{"createdate":"2026-01-02T03:04:05Z","lastmodifieddate":"1767323045000"}}`,
			`{"id":"1","properties":{"createdate":"2026-01-02T03:04:05Z","lastmodifieddate":"1767323045000"},` +
				`"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05.000Z","archived":false}`},
		{"no updatedAt", `{"id":"1","createdAt":"2026-01-02"}`,
			`{"id":"1","properties":{"createdate":"2026-01-02T00:00:00.000Z","lastmodifieddate":"2026-01-02T00:00:00.000Z"},` +
				`"createdAt":"2026-01-02T00:00:00.000Z","updatedAt":"2026-01-02T00:00:00.000Z","archived":false}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, files{"contacts.jsonl": tt.record}, Options{})
			status, got := c.get("/crm/v3/objects/contacts/1?properties=createdate,lastmodifieddate")
			c.want(status, got, 200, tt.want)
		})
	}
}

func TestDefaultProperties(t *testing.T) {
	for _, tt := range []struct{ object, list, found string }{
		{"contacts", "createdate email firstname hs_object_id lastmodifieddate lastname", "createdate email firstname hs_object_id lastmodifieddate lastname"},
		{"companies", "createdate domain hs_lastmodifieddate hs_object_id name", "createdate domain hs_lastmodifieddate hs_object_id name"},
		{"products", "createdate description hs_lastmodifieddate hs_object_id name price", "createdate description hs_lastmodifieddate hs_object_id name price"},
		{"line_items", "amount createdate hs_lastmodifieddate hs_object_id price quantity", "amount createdate hs_lastmodifieddate hs_object_id price quantity"},
		{"invoices", "hs_createdate hs_lastmodifieddate hs_object_id", "createdate hs_lastmodifieddate hs_object_id"},
		{"taxes", "hs_createdate hs_lastmodifieddate hs_object_id", "createdate hs_lastmodifieddate hs_object_id"},
		{"discounts", "hs_createdate hs_lastmodifieddate hs_object_id", "createdate hs_lastmodifieddate hs_object_id"},
		{"fees", "hs_createdate hs_lastmodifieddate hs_object_id", "createdate hs_lastmodifieddate hs_object_id"},
		{"commerce_payments", "hs_createdate hs_lastmodifieddate hs_object_id", "createdate hs_lastmodifieddate hs_object_id"},
	} {
		t.Run(tt.object, func(t *testing.T) {
			c := serve(t, files{tt.object + ".jsonl": `{"id":"1"}`}, Options{})
			_, listed := c.get("/crm/v3/objects/" + tt.object)
			_, read := c.post("/crm/v3/objects/"+tt.object+"/batch/read", `{"inputs":[{"id":"1"}]}`)
			_, found := c.post("/crm/v3/objects/"+tt.object+"/search", `{}`)
			for _, a := range []struct {
				answer map[string]any
				want   string
			}{{listed, tt.list}, {read, tt.list}, {found, tt.found}} {
				if got := propertyNames(a.answer); got != a.want {
					t.Errorf("got %s, want %s", got, a.want)
				}
			}
		})
	}
}

func TestSegments(t *testing.T) {
	c := serve(t, nil, Options{})
	for _, segments := range []string{
		"contacts contact 0-1", "companies company 0-2", "products product 0-7", "line_items line_item 0-8", "invoices invoice 0-53",
		"taxes tax 0-86", "discounts discount 0-84", "fees fee 0-85", "commerce_payments commerce_payment 0-101",
	} {
		for segment := range strings.FieldsSeq(segments) {
			for _, base := range []string{"/crm/v3/objects/", "/crm/objects/2026-03/", "/crm/objects/2026-09/"} {
				status, got := c.get(base + segment)
				c.want(status, got, 200, `{"results":[]}`)
			}
		}
	}
}

func TestListPages(t *testing.T) {
	c := serve(t, files{"products.jsonl": numbered(112)}, Options{})
	_, first := c.get("/crm/v3/objects/products")
	if got := ids(first); got != "1 2 3 4 5 6 7 8 9 10" || after(first) != "11" {
		t.Errorf("by default: got %s, then %q", got, after(first))
	}
	_, all := c.get("/crm/objects/2026-03/products?limit=100&properties=name")
	if n := len(all["results"].([]any)); n != 100 || after(all) != "101" {
		t.Errorf("got %d records, then %q", n, after(all))
	}
	link := all["paging"].(map[string]any)["next"].(map[string]any)["link"]
	if link != "https://api.hubapi.com/crm/objects/2026-03/products?after=101&limit=100&properties=name" {
		t.Errorf("got link %v", link)
	}
	_, last := c.get("/crm/v3/objects/products?limit=12&after=101")
	if got := ids(last); got != "101 102 103 104 105 106 107 108 109 110 111 112" || last["paging"] != nil {
		t.Errorf("the last page: got %s, then %v", got, last["paging"])
	}
	status, beyond := c.get("/crm/v3/objects/products?after=999")
	c.want(status, beyond, 200, `{"results":[]}`)
}

func TestClampLimit(t *testing.T) {
	c := serve(t, files{"products.jsonl": numbered(201)}, Options{ClampLimit: true})
	_, listed := c.get("/crm/v3/objects/products?limit=500")
	_, found := c.post("/crm/v3/objects/products/search", `{"limit":500}`)
	if l, f := len(listed["results"].([]any)), len(found["results"].([]any)); l != 100 || f != 200 {
		t.Errorf("got %d listed and %d found, want 100 and 200", l, f)
	}
	status, got := c.get("/crm/v3/objects/products?limit=0")
	c.refused(status, got, 400, "VALIDATION_ERROR", "between 1 and 100")
}

func TestArchived(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": `{"id":"1"}` + "\n" +
		`{"id":"2","archived":true,"archivedAt":"2026-05-05T05:05:05.005Z","properties":{"email":"a@b.test"}}`}, Options{})
	for _, tt := range []struct{ path, want string }{
		{"/crm/v3/objects/contacts", "1"},
		{"/crm/v3/objects/contacts?archived=false", "1"},
		{"/crm/v3/objects/contacts?archived=true", "2"},
	} {
		if _, got := c.get(tt.path); ids(got) != tt.want {
			t.Errorf("%s: got %s, want %s", tt.path, ids(got), tt.want)
		}
	}
	status, got := c.get("/crm/v3/objects/contacts/2")
	c.refused(status, got, 404, "OBJECT_NOT_FOUND", "resource not found")
	status, got = c.get("/crm/v3/objects/contacts/2?archived=true&properties=email")
	c.want(status, got, 200, `{"id":"2","properties":{"email":"a@b.test"},"createdAt":"2020-01-01T00:00:00.000Z",`+
		`"updatedAt":"2020-01-01T00:00:00.000Z","archived":true,"archivedAt":"2026-05-05T05:05:05.005Z"}`)
	status, got = c.get("/crm/v3/objects/contacts/a@b.test?idProperty=email&archived=true")
	c.refused(status, got, 404, "OBJECT_NOT_FOUND", "resource not found")
	if _, got = c.post("/crm/v3/objects/contacts/batch/read?archived=true", `{"inputs":[{"id":"1"},{"id":"2"}]}`); ids(got) != "2" {
		t.Errorf("batch read: got %s, want 2", ids(got))
	}
}

func TestIDProperty(t *testing.T) {
	c := serve(t, files{
		"contacts.jsonl": `{"id":"3","properties":{"email":"Ann@Acme.test","hs_additional_emails":"ann@home.test;bob@acme.test"}}` + "\n" +
			`{"id":"2","properties":{"email":"bob@acme.test"}}` + "\n" + `{"id":"4","properties":{"email":"ann@acme.test "}}`,
		"invoices.jsonl": `{"id":"1","properties":{"acme_key":"K/1"}}`,
	}, Options{Unique: map[string][]string{"invoices": {"acme_key", "never_set"}}})
	for _, tt := range []struct {
		path string
		want string // id, or the refusal's message
	}{
		{"contacts/ann@acme.test?idProperty=email", "3"},
		{"contacts/ANN%40HOME.TEST?idProperty=email", "3"},
		{"contacts/bob@acme.test?idProperty=email", "2"},
		{"contacts/eve@acme.test?idProperty=email", "resource not found"},
		{"contacts/2?idProperty=hs_object_id", "2"},
		{"contacts/bob?idProperty=firstname", "not a unique identifier property"},
		{"contacts/bob?idProperty=nickname", `Property "nickname" does not exist`},
		{"companies/acme.test?idProperty=domain", "not a unique identifier property"},
		{"invoices/K%2F1?idProperty=acme_key", "1"},
		{"invoices/K%2F1?idProperty=never_set", "resource not found"},
		{"invoices/K%2F1", "resource not found"},
	} {
		_, got := c.get("/crm/v3/objects/" + tt.path)
		id, _ := got["id"].(string)
		message, _ := got["message"].(string)
		if id != tt.want && !(id == "" && strings.Contains(message, tt.want)) {
			t.Errorf("%s: got %v, want %s", tt.path, got, tt.want)
		}
	}
	status, got := c.post("/crm/v3/objects/contacts/batch/read", `{"idProperty":"email","inputs":[{"id":"bob@acme.test"},{"id":"x@y.test"},{"id":"Ann@home.test"}]}`)
	if status != 207 || ids(got) != "2 3" {
		t.Errorf("batch read: got %d %v", status, got)
	}
	status, got = c.post("/crm/v3/objects/contacts/batch/read", `{"idProperty":"nickname","inputs":[{"id":"bob"}]}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", "nickname")
}

func TestBatchRead(t *testing.T) {
	const head = `{"status":"COMPLETE","results":[` +
		`{"id":"1","properties":{"email":null},"createdAt":"2020-01-01T00:00:00.000Z","updatedAt":"2020-01-01T00:00:00.000Z","archived":false},` +
		`{"id":"2","properties":{"email":null},"createdAt":"2020-01-01T00:00:00.000Z","updatedAt":"2020-01-01T00:00:00.000Z","archived":false}],`
	const tail = `"startedAt":"2026-11-22T08:00:00.005Z","completedAt":"2026-11-22T08:00:00.005Z"}`
	const missing = `"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND","message":` +
		`"Could not get some CONTACT objects, they may be deleted or not exist. Check that ids are valid.","context":{"ids":["7","8"]}}],`
	for _, tt := range []struct {
		name, base, inputs string
		partial            PartialForm
		status             int
		want               string
	}{
		{"in the order of ids, once each", "/crm/v3/objects", `{"id":"2"},{"id":1},{"id":"2"}`, PartialByVersion, 200, head + tail},
		{"missing ones, v3", "/crm/v3/objects", `{"id":"7"},{"id":"2"},{"id":"1"},{"id":"8"}`, PartialByVersion, 207, head + missing + tail},
		{"missing ones, 2026-03", "/crm/objects/2026-03", `{"id":"7"},{"id":"2"},{"id":"1"},{"id":"8"}`, PartialByVersion, 207, head + missing + tail},
		{"missing ones, 2026-09", "/crm/objects/2026-09", `{"id":"7"},{"id":"2"},{"id":"1"},{"id":"8"}`, PartialByVersion, 200, head + missing + tail},
		{"missing ones, 2026-09 with 207", "/crm/objects/2026-09", `{"id":"7"},{"id":"2"},{"id":"1"},{"id":"8"}`, Partial207, 207, head + missing + tail},
		{"missing ones, v3 with 200", "/crm/v3/objects", `{"id":"7"},{"id":"2"},{"id":"1"},{"id":"8"}`, Partial200, 200, head + missing + tail},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, files{"contacts.jsonl": numbered(3)}, Options{Partial: tt.partial})
			status, got := c.post(tt.base+"/contacts/batch/read", `{"properties":["email","nickname"],"inputs":[`+tt.inputs+`]}`)
			c.want(status, got, tt.status, tt.want)
		})
	}
}

func TestSilentMissing(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": numbered(1)}, Options{SilentMissing: true})
	status, got := c.post(crm+"contacts/batch/read", `{"inputs":[{"id":"7"},{"id":"1"}]}`)
	if status != 200 || ids(got) != "1" || got["errors"] != nil || got["numErrors"] != nil {
		t.Errorf("got %d %v", status, got)
	}
}

func TestBatchReadLimit(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": numbered(101)}, Options{})
	for n, want := range map[int]int{100: 200, 101: 400} {
		status, got := c.post("/crm/objects/2026-09/contacts/batch/read", `{"inputs":[`+inputs(n)+`]}`)
		if status != want {
			t.Errorf("%d inputs: got %d, want %d", n, status, want)
		}
		if want == 400 {
			c.refused(status, got, 400, "VALIDATION_ERROR", "100")
		}
	}
}

// inputs are the inputs of a batch with the ids 1 to n.
func inputs(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"id":"%d"}`, i+1)
	}
	return strings.Join(list, ",")
}

func TestInlineAssociations(t *testing.T) {
	for _, tt := range []struct {
		name, path string
		options    Options
		want       string
	}{
		{"get", "invoices/44446244097?associations=contacts,line_items,companies", Options{},
			`{"contacts":{"results":[{"id":"5","type":"invoice_to_contact"}]},` +
				`"line items":{"results":[{"id":"8","type":"invoice_to_line_item"},{"id":"9","type":"invoice_to_line_item"}]}}`},
		{"with underscore", "invoices/44446244097?associations=0-8&associations=line_item", Options{UnderscoreKeys: true},
			`{"line_items":{"results":[{"id":"8","type":"invoice_to_line_item"},{"id":"9","type":"invoice_to_line_item"}]}}`},
		{"the other way", "line_items/9?associations=invoices", Options{},
			`{"invoices":{"results":[{"id":"44446244097","type":"line_item_to_invoice"}]}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, files{"invoices.jsonl": oneInvoice, "line_items.jsonl": `{"id":"9"}`}, tt.options)
			status, got := c.get("/crm/v3/objects/" + tt.path)
			c.want(status, map[string]any{"associations": got["associations"]}, 200, `{"associations":`+tt.want+`}`)
			object, query, _ := strings.Cut(tt.path, "?")
			object, _, _ = strings.Cut(object, "/")
			status, got = c.get("/crm/v3/objects/" + object + "?" + query)
			record := got["results"].([]any)[0].(map[string]any)
			c.want(status, map[string]any{"associations": record["associations"]}, 200, `{"associations":`+tt.want+`}`)
		})
	}
	c := serve(t, files{"invoices.jsonl": oneInvoice}, Options{})
	if _, got := c.get("/crm/v3/objects/invoices/44446244097?associations=companies"); got["associations"] != nil {
		t.Errorf("no companies: got associations %v", got["associations"])
	}
}
