package hubspotsim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// send sends a request with a JSON body, or none; the answer to a 204 is nil.
func (c *client) send(method, path, body string) (int, map[string]any) {
	c.t.Helper()
	req, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	must(c.t, err)
	req.Header.Set("Authorization", c.bearer)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	must(c.t, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	must(c.t, err)
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

// A bad value is refused in the shape that the "CRM objects" page shows, all bad
// ones at once.
func TestBadValues(t *testing.T) {
	c := serve(t, nil, Options{})
	status, got := c.send("POST", crm+"contacts", `{"properties":{"nickname":"A","email":"none","hs_object_id":"7"}}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", `Property values were not valid: [{"isValid":false,"message":"Email address none is invalid","error":"INVALID_EMAIL","name":"email",`)
	if got := codes(got); got != "INVALID_EMAIL[email] READ_ONLY_VALUE[hs_object_id] PROPERTY_DOESNT_EXIST[nickname]" {
		t.Errorf("codes %s", got)
	}
	if message := got["message"].(string); !strings.Contains(message, `{"isValid":false,"message":"Property \"nickname\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"nickname","localizedErrorMessage":"Property \"nickname\" does not exist","portalId":62515}]`) {
		t.Errorf("message %s", message)
	}
}

func TestValuesAsTheyAreKept(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": `{"id":"5","percentageRate":7}` + "\n"}, Options{})
	for _, tt := range []struct{ object, property, value, want string }{
		{"contacts", "email", `"  Ann@Example.TEST "`, "ann@example.test"},
		{"contacts", "email", `"a b@x.test"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"\"a\"@x.test"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"a@x"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"a@x.t1"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"a@x.test,b@x.test"`, "INVALID_EMAIL[email]"},
		{"contacts", "firstname", `5`, "5"},
		{"contacts", "firstname", `false`, "false"},
		{"contacts", "firstname", `null`, ""},
		{"contacts", "lifecyclestage", `"lead"`, "lead"},
		{"contacts", "lifecyclestage", `"Lead"`, "INVALID_OPTION[lifecyclestage]"},
		{"line_items", "price", `10`, "10"},
		{"line_items", "price", `"1.50"`, "1.50"},
		{"line_items", "price", `1.5e1`, "15"},
		{"line_items", "price", `-1`, "INVALID_NUMBER[price]"},
		{"line_items", "quantity", `"-2.5"`, "-2.5"},
		{"line_items", "quantity", `"two"`, "INVALID_NUMBER[quantity]"},
		{"line_items", "quantity", `"--2"`, "INVALID_NUMBER[quantity]"},
		{"line_items", "quantity", `"."`, "INVALID_NUMBER[quantity]"},
		{"line_items", "quantity", `1e99`, "INVALID_NUMBER[quantity]"},
		{"line_items", "amount", `"2"`, "READ_ONLY_VALUE[amount]"},
		{"line_items", "hs_tax_rate_group_id", `5`, "5"},
		{"line_items", "hs_tax_rate_group_id", `6`, "INVALID_OPTION[hs_tax_rate_group_id]"},
		{"line_items", "hs_product_id", `6`, "INVALID_OPTION[hs_product_id]"},
		{"line_items", "hs_recurring_billing_start_date", `"2026-02-28"`, "2026-02-28"},
		{"line_items", "hs_recurring_billing_start_date", `1772236800000`, "2026-02-28"},
		{"line_items", "hs_recurring_billing_start_date", `1772236800001`, "INVALID_DATE[hs_recurring_billing_start_date]"},
		{"line_items", "hs_recurring_billing_start_date", `"2026-02-28T00:00:00.000Z"`, "2026-02-28"},
		{"line_items", "hs_recurring_billing_start_date", `"2026-02-30"`, "INVALID_DATE[hs_recurring_billing_start_date]"},
		{"invoices", "hs_due_date", `"2026-02-28T10:00:00+02:00"`, "2026-02-28T08:00:00.000Z"},
		{"invoices", "hs_due_date", `"1729859279"`, "1970-01-21T00:30:59.279Z"}, // seconds: 1970
		{"invoices", "hs_due_date", `1729859279000`, "2024-10-25T12:27:59.000Z"},
		{"invoices", "hs_due_date", `"2026-02-28"`, "2026-02-28T00:00:00.000Z"},
		{"invoices", "hs_due_date", `"soon"`, "INVALID_LONG[hs_due_date]"},
		{"invoices", "hs_due_date", `9223372036854775807`, "INVALID_LONG[hs_due_date]"},
		{"invoices", "hs_currency", `"usd"`, "INVALID_OPTION[hs_currency]"},
		{"invoices", "hs_allow_partial_payments", `true`, "true"},
		{"invoices", "hs_allow_partial_payments", `"yes"`, "INVALID_OPTION[hs_allow_partial_payments]"},
		{"invoices", "hs_balance_due", `1`, "READ_ONLY_VALUE[hs_balance_due]"},
		{"invoices", "hs_amount_billed", `1`, "READ_ONLY_VALUE[hs_amount_billed]"},
		{"invoices", "hs_invoice_status", `"overdue"`, "INVALID_OPTION[hs_invoice_status]"},
		{"invoices", "hs_collect_address_types", `"billing_address;shipping_address"`, "billing_address;shipping_address"},
		{"invoices", "hs_collect_address_types", `"billing_address;home"`, "INVALID_OPTION[hs_collect_address_types]"},
	} {
		properties := map[string]json.RawMessage{tt.property: json.RawMessage(tt.value)}
		if tt.object == "invoices" && tt.property != "hs_currency" {
			properties["hs_currency"] = json.RawMessage(`"EUR"`)
		}
		body, err := json.Marshal(map[string]any{"properties": properties})
		must(t, err)
		status, got := c.send("POST", crm+tt.object, string(body))
		is := codes(got)
		if status == 201 {
			is = c.values(tt.object, got["id"].(string), tt.property)
			c.send("DELETE", crm+tt.object+"/"+got["id"].(string), "")
		}
		if is != tt.want {
			t.Errorf("%s.%s %s: %d %s, want %s", tt.object, tt.property, tt.value, status, is, tt.want)
		}
	}
}

// A leading semicolon adds to a list, a stage of life goes forward only, and a
// cleared value is gone.
func TestValuesThatDependOnThoseBefore(t *testing.T) {
	c := serve(t, nil, Options{})
	contact, invoice := c.made("contacts", `{"properties":{"lifecyclestage":"customer"}}`), c.made("invoices", `{"properties":{"hs_currency":"EUR"}}`)
	for _, tt := range []struct{ object, id, property, value, want string }{
		{"invoices", invoice, "hs_collect_address_types", ";billing_address", "billing_address"},
		{"invoices", invoice, "hs_collect_address_types", ";shipping_address;billing_address", "billing_address;shipping_address"},
		{"invoices", invoice, "hs_collect_address_types", "shipping_address", "shipping_address"},
		{"contacts", contact, "lifecyclestage", "lead", "customer"},
		{"contacts", contact, "lifecyclestage", "", ""},
		{"contacts", contact, "lifecyclestage", "lead", "lead"},
		{"contacts", contact, "lifecyclestage", "evangelist", "evangelist"},
	} {
		c.mustSet(tt.object, tt.id, fmt.Sprintf("%q:%q", tt.property, tt.value))
		if got := c.values(tt.object, tt.id, tt.property); got != tt.want {
			t.Errorf("%s after %q is %q, want %q", tt.property, tt.value, got, tt.want)
		}
	}
}

// An address that another contact has is told with that contact's id, in one of
// two shapes; another unique value in the words of bad values.
func TestConflicts(t *testing.T) {
	for _, form := range []ConflictForm{ConflictShort, ConflictLong} {
		c := serve(t, files{"contacts.jsonl": `{"id":"7","properties":{"email":"a@x.test","hs_additional_emails":"b@x.test;c@x.test","key":"K1"}}` + "\n" +
			`{"id":"8","properties":{"email":"d@x.test"}}` + "\n"}, Options{Unique: map[string][]string{"contacts": {"key"}}, Writing: Writing{Conflict: form}})
		for _, address := range []string{"a@x.test", "A@X.test", "c@x.test"} {
			for _, request := range [][2]string{{"POST", crm + "contacts"}, {"PATCH", crm + "contacts/8"}} {
				status, got := c.send(request[0], request[1], `{"properties":{"email":"`+address+`"}}`)
				category := map[ConflictForm]string{ConflictShort: "CONFLICT", ConflictLong: "OBJECT_ALREADY_EXISTS"}[form]
				c.refused(status, got, 409, category, "Contact already exists. Existing ID: 7")
				if long := got["error"] == "CONTACT_EXISTS" && fmt.Sprint(got["identityProfile"]) == "map[identity:[] vid:7]" &&
					strings.Contains(fmt.Sprint(got["errors"]), "in:email message:A contact with email "+strings.ToLower(address)+" already exists. Existing ID: 7"); long != (form == ConflictLong) {
					t.Errorf("long %v: %v", long, got)
				}
			}
		}
		status, got := c.send("PATCH", crm+"contacts/8", `{"properties":{"key":"k1"}}`)
		c.refused(status, got, 400, "VALIDATION_ERROR", `"error":"CONFLICTING_UNIQUE_VALUE","name":"key"`)
		if codes(got) != "CONFLICTING_UNIQUE_VALUE[key]" {
			t.Errorf("codes %s", codes(got))
		}
		c.mustSet("contacts", "7", `"key":"K2","email":"z@x.test"`)
		c.mustSet("contacts", "8", `"key":"K1","email":"a@x.test"`)
		if _, got := c.get(crm + "contacts/K1?idProperty=key"); got["id"] != "8" {
			t.Errorf("by key: %v", got)
		}
	}
	c := serve(t, nil, Options{Writing: Writing{KeepEmailCase: true}})
	if got := c.values("contacts", c.made("contacts", `{"properties":{"email":"Ann@X.test"}}`), "email"); got != "Ann@X.test" {
		t.Errorf("kept as %s", got)
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
