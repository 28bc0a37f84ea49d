package hubspotsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// send sends a request with a JSON body, or none; the answer to a 204 is nil.
func (c *client) send(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	res, raw := c.exchange(method, path, body, contentTypeOf(body))
	if res.StatusCode == http.StatusNoContent {
		if len(raw) > 0 || res.Header.Get("Content-Type") != "" {
			c.t.Errorf("%s %s: 204 with %q %s", method, path, res.Header.Get("Content-Type"), raw)
		}
		return res.StatusCode, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var got map[string]any
	if err := decoder.Decode(&got); err != nil {
		c.t.Fatalf("%s %s: %d %v in %s", method, path, res.StatusCode, err, raw)
	}
	return res.StatusCode, got
}

const crm = "/crm/objects/2026-03/"

// made creates a record and returns its id.
func (c *client) made(object, body string) string {
	c.t.Helper()
	status, got := c.send("POST", crm+object, body)
	if status != 201 {
		c.t.Fatalf("create %s %s: %d %v", object, body, status, got)
	}
	return got["id"].(string)
}

// values reads properties of a record, in the order asked for; null is "".
func (c *client) values(object, id string, names ...string) string {
	c.t.Helper()
	status, got := c.get(crm + object + "/" + id + "?properties=" + strings.Join(names, ","))
	if status != 200 {
		c.t.Fatalf("%s %s: %d %v", object, id, status, got)
	}
	list := make([]string, len(names))
	for i, name := range names {
		list[i], _ = got["properties"].(map[string]any)[name].(string)
	}
	return strings.Join(list, "|")
}

// set patches a record.
func (c *client) set(object, id, properties string) (int, map[string]any) {
	c.t.Helper()
	return c.send("PATCH", crm+object+"/"+id, `{"properties":{`+properties+`}}`)
}

func (c *client) mustSet(object, id, properties string) {
	c.t.Helper()
	if status, got := c.set(object, id, properties); status != 200 {
		c.t.Fatalf("%s %s %s: %d %v", object, id, properties, status, got)
	}
}

// written is the log of writes, in words.
func (c *client) written() string {
	var list []string
	for _, w := range c.portal.Control().Writes() {
		list = append(list, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", w.Verb, w.Object, w.ID, w.RequestID)))
	}
	return strings.Join(list, ", ")
}

// codes are the codes and property names of the errors of a refusal.
func codes(answer map[string]any) string {
	var list []string
	details, _ := answer["errors"].([]any)
	for _, d := range details {
		detail := d.(map[string]any)
		context, _ := detail["context"].(map[string]any)
		list = append(list, fmt.Sprint(detail["code"], context["propertyName"]))
	}
	return strings.Join(list, " ")
}

// A record is made, changed and archived by one request each, under every version
// and name of its type.
func TestWriteOne(t *testing.T) {
	for _, base := range []string{"/crm/v3/objects/contacts", "/crm/objects/2026-03/contact", "/crm/objects/2026-09/0-1"} {
		t.Run(base, func(t *testing.T) {
			w := newWatch()
			c := serve(t, nil, Options{Now: w.Now})
			status, got := c.send("POST", base, `{"properties":{"email":"A@X.test","firstname":"Ann","phone":49}}`)
			c.want(status, got, 201, `{"id":"1","properties":{"createdate":"2026-11-22T08:00:00.000Z","email":"a@x.test","firstname":"Ann","hs_object_id":"1",
				"lastmodifieddate":"2026-11-22T08:00:00.000Z","lastname":null,"phone":"49"},
				"createdAt":"2026-11-22T08:00:00.000Z","updatedAt":"2026-11-22T08:00:00.000Z","archived":false}`)
			if got := c.values("contacts", "1", "hs_object_source", "hs_object_source_id", "hs_object_source_label", "hs_object_source_detail_1"); got != "INTEGRATION|54321|INTEGRATION|Private app" {
				t.Errorf("source %s", got)
			}
			w.pass(1e9)
			status, got = c.send("PATCH", base+"/1", `{"properties":{"firstname":"","lastname":"Lee"}}`)
			c.want(status, got, 200, `{"id":"1","properties":{"createdate":"2026-11-22T08:00:00.000Z","email":"a@x.test","firstname":null,"hs_object_id":"1",
				"lastmodifieddate":"2026-11-22T08:00:01.000Z","lastname":"Lee"},
				"createdAt":"2026-11-22T08:00:00.000Z","updatedAt":"2026-11-22T08:00:01.000Z","archived":false}`)
			if status, _ := c.send("PATCH", base+"/A@x.test?idProperty=email", `{"properties":{"phone":true}}`); status != 200 || c.values("contacts", "1", "phone") != "true" {
				t.Errorf("by e-mail: %d", status)
			}
			for range 2 {
				if status, got := c.send("DELETE", base+"/1", ""); status != 204 {
					t.Errorf("archive: %d %v", status, got)
				}
			}
			status, got = c.send("PATCH", base+"/1", `{"properties":{}}`)
			c.refused(status, got, 404, "OBJECT_NOT_FOUND", "not found")
			if status, _ := c.get(base + "/1?archived=true"); status != 200 {
				t.Errorf("archived: %d", status)
			}
			if got := c.written(); got != "create contacts 1, update contacts 1, update contacts 1, archive contacts 1" {
				t.Errorf("log: %s", got)
			}
			if got := string(c.portal.Control().Writes()[1].Body); got != `{"properties":{"firstname":"","lastname":"Lee"}}` {
				t.Errorf("log: %s", got)
			}
			if got := c.portal.Requests(); got["contacts.create"] != 1 || got["contacts.update"] != 3 || got["contacts.archive"] != 2 {
				t.Errorf("requests: %v", got)
			}
		})
	}
}

func TestWriteRefusals(t *testing.T) {
	c := serve(t, files{"companies.jsonl": `{"id":"1","properties":{}}` + "\n"}, Options{})
	for _, tt := range []struct {
		name, method, path, body, contentType string
		status                                int
		category, message                     string
	}{
		{"a form", "POST", crm + "contacts", "email=a", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE", "application/json"},
		{"put", "PUT", crm + "contacts/1", "{}", "application/json", 405, "METHOD_NOT_ALLOWED", "Not Allowed"},
		{"patch of the type", "PATCH", crm + "contacts", "{}", "application/json", 405, "METHOD_NOT_ALLOWED", "Not Allowed"},
		{"no body", "POST", crm + "contacts", "", "application/json", 400, "VALIDATION_ERROR", "Invalid input JSON"},
		{"an object as value", "POST", crm + "contacts", `{"properties":{"email":{}}}`, "application/json", 400, "VALIDATION_ERROR", "Invalid input JSON"},
		{"an input that is a number", "POST", crm + "contacts/batch/create", `{"inputs":[5]}`, "application/json", 400, "VALIDATION_ERROR", "Invalid input JSON"},
		{"an input that is null", "POST", crm + "contacts/batch/create", `{"inputs":[null]}`, "application/json", 400, "VALIDATION_ERROR", "null"},
		{"no inputs", "POST", crm + "contacts/batch/update", `{}`, "application/json", 400, "VALIDATION_ERROR", "inputs"},
		{"101 inputs", "POST", crm + "contacts/batch/archive", `{"inputs":[` + strings.Repeat(`{"id":"1"},`, 100) + `{"id":"1"}]}`, "application/json", 400, "VALIDATION_ERROR", "100"},
		{"too large", "POST", crm + "contacts", `{"properties":{"firstname":"` + strings.Repeat("x", maxBody) + `"}}`, "application/json", 413, "VALIDATION_ERROR", "too large"},
		{"a long address", "PATCH", crm + "contacts/" + strings.Repeat("7", maxURL), `{}`, "application/json", 414, "VALIDATION_ERROR", "URI Too Long"},
		{"unknown record", "PATCH", crm + "contacts/77", `{}`, "application/json", 404, "OBJECT_NOT_FOUND", "not found"},
		{"not unique", "PATCH", crm + "contacts/77?idProperty=phone", `{}`, "application/json", 400, "VALIDATION_ERROR", "phone"},
		{"a company with no name", "POST", crm + "companies", `{"properties":{"phone":"1"}}`, "application/json", 400, "VALIDATION_ERROR", "Error creating COMPANY. Some required properties were not set."},
		{"an invoice without currency", "POST", crm + "invoices", `{"properties":{}}`, "application/json", 400, "VALIDATION_ERROR", "INVOICE"},
		{"a product without name", "POST", crm + "products", `{}`, "application/json", 400, "VALIDATION_ERROR", "PRODUCT"},
		{"a payment without date", "POST", crm + "commerce_payments", `{"properties":{"hs_initial_amount":1}}`, "application/json", 400, "VALIDATION_ERROR", "PAYMENT"},
		{"merge of invoices", "POST", crm + "invoices/merge", `{}`, "application/json", 404, "OBJECT_NOT_FOUND", "not found"},
		{"erasure of a company", "POST", crm + "companies/gdpr-delete", `{}`, "application/json", 404, "OBJECT_NOT_FOUND", "not found"},
		{"upsert without id", "POST", crm + "contacts/batch/upsert", `{"inputs":[{"idProperty":"email","properties":{}}]}`, "application/json", 400, "VALIDATION_ERROR", "id"},
		{"upsert by no key", "POST", crm + "companies/batch/upsert", `{"inputs":[{"id":"x","idProperty":"domain","properties":{}}]}`, "application/json", 400, "VALIDATION_ERROR", "domain"},
		{"upsert by an id that is none", "POST", crm + "companies/batch/upsert", `{"inputs":[{"id":"9"}]}`, "application/json", 404, "OBJECT_NOT_FOUND", "not found"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			status, got := c.do(tt.method, tt.path, tt.body, tt.contentType)
			c.refused(status, got, tt.status, tt.category, tt.message)
		})
	}
	if got := c.written(); got != "" {
		t.Errorf("refused, but written: %s", got)
	}
}

// A record is made with its associations, or not at all.
func TestCreateWithAssociations(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": numbered(2), "line_items.jsonl": numbered(1), "companies.jsonl": numbered(1)}, Options{})
	to := func(id string, types ...int) string {
		var list []string
		for _, n := range types {
			list = append(list, fmt.Sprintf(`{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":%d}`, n))
		}
		return fmt.Sprintf(`{"to":{"id":%s},"types":[%s]}`, id, strings.Join(list, ","))
	}
	create := func(object, properties string, associations ...string) (int, map[string]any) {
		return c.send("POST", crm+object, `{"properties":{`+properties+`},"associations":[`+strings.Join(associations, ",")+`]}`)
	}
	const eur = `"hs_currency":"EUR"`
	for _, tt := range []struct {
		name, association, message string
	}{
		{"a type of the other direction", to("1", 178), "not valid"},
		{"a type that is none", to("1", 9999), "not valid"},
		{"types of two objects", to("1", 177, 409), "not valid"},
		{"no type", to("1"), "not valid"},
		{"a type of one's own to a product", `{"to":{"id":1},"types":[{"associationCategory":"USER_DEFINED","associationTypeId":1}]}`, "not valid"},
		{"a contact that is none", to("9", 177), "associations are invalid"},
	} {
		status, got := create("invoices", eur, to("2", 177), tt.association)
		c.t = t
		c.refused(status, got, 400, "VALIDATION_ERROR", tt.message)
	}
	if _, got := c.get(crm + "invoices"); ids(got) != "" {
		t.Fatalf("made %s", ids(got))
	}
	if status, got := create("invoices", eur, to(`"1"`, 177), to("2", 177), to("1", 409)); status != 201 {
		t.Fatalf("%d %v", status, got)
	}
	status, got := c.get(crm + "invoices/1?associations=contacts,line_items&properties=hs_currency")
	if inline := fmt.Sprint(got["associations"]); status != 200 || inline != "map[contacts:map[results:[map[id:1 type:invoice_to_contact] map[id:2 type:invoice_to_contact]]] line items:map[results:[map[id:1 type:invoice_to_line_item]]]]" {
		t.Errorf("%d %s", status, inline)
	}
	status, got = create("invoices", eur, to("1", 409))
	c.refused(status, got, 400, "VALIDATION_ERROR", "already belongs to invoice 1")
	status, got = create("invoices", eur)
	if status != 201 {
		t.Fatalf("%d %v", status, got)
	}
	status, got = create("line_items", `"name":"x"`, to("1", 410), to("2", 410))
	c.refused(status, got, 400, "VALIDATION_ERROR", "exactly one invoice")
	free := c.made("line_items", `{}`)
	two := `{"properties":{` + eur + `},"associations":[` + to(free, 409) + `]}`
	if got := c.batched(marchBase+"invoices", "create", two+","+two); got != "400 VALIDATION_ERROR" {
		t.Errorf("one line item for two: %s", got)
	}
	contact, _ := create("contacts", `"email":"n@x.test"`, to("1", 279, 1))
	if _, got := c.post("/crm/v4/associations/companies/contacts/batch/read", `{"inputs":[{"id":"1"}]}`); contact != 201 || !strings.Contains(fmt.Sprint(got["results"]), "label:Primary typeId:2") {
		t.Errorf("%d %v", contact, got["results"])
	}
}

// The events of a change are those of the record, then of each of its values.
func TestEventsOfACreation(t *testing.T) {
	c := serve(t, nil, Options{})
	p := c.portal
	p.data.Lock()
	s := p.begin(app())
	r, err := s.create(p.tables[contacts], &input{Properties: map[string]text{"email": "a@x.test"}})
	must(t, err)
	s.commit()
	p.data.Unlock()
	var kinds []string
	for _, e := range s.events {
		kinds = append(kinds, strings.TrimSpace(fmt.Sprintf("%s %s %s", e.kind, e.property, e.source)))
		if e.id != r.id || e.object != contacts || !e.at.Equal(c.portal.now()) || e.sourceID != "54321" {
			t.Errorf("event %+v", e)
		}
	}
	slices.Sort(kinds[1:])
	if got := strings.Join(kinds, ", "); got != "creation  INTEGRATION, propertyChange email INTEGRATION, propertyChange hs_object_source INTEGRATION, "+
		"propertyChange hs_object_source_detail_1 INTEGRATION, propertyChange hs_object_source_id INTEGRATION, propertyChange hs_object_source_label INTEGRATION" {
		t.Errorf("events %s", got)
	}
}
