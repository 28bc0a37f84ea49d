package hubspotsim

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

var propertyBases = map[string]string{v3: "/crm/v3/properties", march: "/crm/properties/2026-03", september: "/crm/properties/2026-09"}

// key is the body of a property that serves as a key.
const key = `{"name":"acme_external_id","label":"Acme external id","groupName":"invoiceinformation","type":"string","fieldType":"text","hasUniqueValue":true}`

func TestCreateProperty(t *testing.T) {
	for version, base := range propertyBases {
		w := newWatch()
		c := serve(t, people(), Options{Now: w.Now})
		req, err := http.NewRequest("POST", c.url+base+"/invoice", strings.NewReader(key))
		must(t, err)
		req.Header = http.Header{"Authorization": {c.bearer}, "Content-Type": {"application/json"}}
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		if at := res.Header.Get("Location"); res.StatusCode != 201 || at != "https://api.hubapi.com"+base+"/invoice/acme_external_id" {
			t.Errorf("%s: %d at %q", version, res.StatusCode, at)
		}
		c.sent("GET", base+"/invoices/acme_external_id", "", 200, `"hasUniqueValue":true`, `"hubspotDefined":false`, `"archived":false`,
			`"readOnlyValue":false`, `"label":"Acme external id"`, `"createdAt":"2026-11-22T08:00:00.000Z"`, `"displayOrder":-1`)
		c.sent("GET", base+"/invoices", "", 200, `"acme_external_id"`)
		c.sent("POST", base+"/invoices", key, 409, `"message":"A property named 'acme_external_id' already exists."`, `"category":"OBJECT_ALREADY_EXISTS"`,
			`"subCategory":"Properties.PROPERTY_WITH_NAME_EXISTS"`)
		c.sent("POST", base+"/invoices", strings.Replace(key, "acme_external_id", "hs_number", 1), 409, "hs_number")
		c.sent("GET", base+"/invoices/other", "", 404, `"category":"OBJECT_NOT_FOUND"`)
		// It can be written and serves as idProperty at once.
		must(t, c.portal.Update("invoices", "21", map[string]string{"acme_external_id": "K-1"}))
		c.sent("GET", "/crm/objects/2026-03/invoices/k-1?idProperty=acme_external_id", "", 200, `"id":"21"`)
		if err := c.portal.Update("invoices", "22", map[string]string{"acme_external_id": "K-1"}); err == nil {
			t.Errorf("%s: a second holder of the key", version)
		}
		if log := c.portal.Control().Writes(); len(log) != 1 || log[0].Object != "properties" || log[0].ID != "invoices/acme_external_id" || log[0].Verb != "create" {
			t.Errorf("%s: written %+v", version, log)
		}
	}
}

func TestPropertyRefused(t *testing.T) {
	c := serve(t, people(), Options{})
	for _, tt := range []struct{ change, want string }{
		{`"name":"acme_external_id"/"name":""`, "name"},
		{`"name":"acme_external_id"/"name":"Acme Id"`, "Invalid property name"},
		{`"label":"Acme external id"/"label":null`, "label"},
		{`"type":"string"/"type":"text"`, "Invalid type"},
		{`"type":"string"/"type":"number"`, `Invalid fieldType \"text\" for type number`},
		{`"fieldType":"text"/"fieldType":""`, "fieldType"},
		{`"groupName":"invoiceinformation"/"groupName":"nowhere"`, "Property group"},
		{`"type":"string","fieldType":"text"/"type":"enumeration","fieldType":"select"`, "needs options"},
		{`"type":"string","fieldType":"text"/"type":"bool","fieldType":"booleancheckbox"`, `"code":"INVALID_BOOLEAN_OPTION"`},
		{`"type":"string","fieldType":"text"/"type":"enumeration","fieldType":"select","options":[{"label":"A","value":"a"},{"label":"B","value":"a"}]`, "Invalid options"},
		{`{/[`, "Invalid input JSON"},
	} {
		old, fresh, _ := strings.Cut(tt.change, "/")
		c.sent("POST", "/crm/properties/2026-03/invoices", strings.Replace(key, old, fresh, 1), 400, tt.want, `"category":"VALIDATION_ERROR"`)
	}
	c.sent("POST", "/crm/properties/2026-03/invoices", strings.Replace(key, `{`, `{"calculationFormula":"nothing + 1",`, 1), 404, "OBJECT_NOT_FOUND")
	c.sent("PATCH", "/crm/properties/2026-03/invoices/acme_external_id", `{}`, 404)
	c.sent("DELETE", "/crm/properties/2026-03/invoices/acme_external_id", "", 404)
	c.sent("PATCH", "/crm/properties/2026-03/invoices/hs_number", `{"label":"x"}`, 400, "read only")
	c.sent("DELETE", "/crm/properties/2026-03/invoices/hs_number", "", 400, "defined by HubSpot")
	if log := c.portal.Control().Writes(); len(log) != 0 {
		t.Errorf("written %+v", log)
	}
}

func TestTenUniqueProperties(t *testing.T) {
	c := serve(t, people(), Options{Unique: map[string][]string{"invoices": {"one"}}})
	body := func(n int) string {
		return strings.Replace(key, "acme_external_id", fmt.Sprintf("key_%d", n), 1)
	}
	for n := range 9 {
		c.sent("POST", "/crm/properties/2026-03/invoices", body(n), 201)
	}
	c.sent("POST", "/crm/properties/2026-03/invoices", body(9), 400, "10")
	c.sent("POST", "/crm/properties/2026-03/invoices", strings.Replace(body(9), "true", "false", 1), 201)
	c.sent("POST", "/crm/properties/2026-03/contacts", strings.Replace(body(0), "invoiceinformation", "contactinformation", 1), 201)
	c.sent("DELETE", "/crm/properties/2026-03/invoices/key_0", "", 204)
	c.sent("POST", "/crm/properties/2026-03/invoices", body(10), 201)
}

func TestUpdateProperty(t *testing.T) {
	w := newWatch()
	c := serve(t, people(), Options{Now: w.Now})
	const path = "/crm/properties/2026-03/invoices/color"
	c.sent("POST", "/crm/properties/2026-03/invoices", `{"name":"color","label":"Color","groupName":"invoiceinformation","type":"enumeration","fieldType":"select",`+
		`"options":[{"label":"Red","value":"red","displayOrder":0,"hidden":false},{"label":"Blue","value":"blue","displayOrder":1,"hidden":false}]}`, 201)
	w.pass(time.Second)
	got := c.sent("PATCH", path, `{"label":"Colour","hasUniqueValue":true,"name":"other","dataSensitivity":"sensitive"}`, 200, `"label":"Colour"`, `"name":"color"`, `"hasUniqueValue":false`,
		`"value":"red"`, `"value":"blue"`, `"non_sensitive"`, `"createdAt":"2026-11-22T08:00:00.000Z"`, `"updatedAt":"2026-11-22T08:00:01.000Z"`)
	if now := c.sent("GET", path, "", 200); now != got {
		t.Errorf("got %s, then %s", got, now)
	}
	if got := c.sent("PATCH", path, `{"options":[{"label":"Green","value":"green","displayOrder":0,"hidden":false}]}`, 200, `"green"`); strings.Contains(got, "red") {
		t.Errorf("options stay: %s", got)
	}
	c.sent("PATCH", path, `{"type":"number","options":[{"label":"Black","value":"black"}]}`, 400)
	c.sent("GET", path, "", 200, `"green"`) // nothing of it is in force
	c.sent("PATCH", path, `{"type":"string","fieldType":"textarea"}`, 200, `"textarea"`)
}

// An archived property is in no record and cannot be written; its name has it back,
// values and all.
func TestArchiveProperty(t *testing.T) {
	w := newWatch()
	c := serve(t, people(), Options{Now: w.Now})
	const all, path, invoice = "/crm/properties/2026-03/invoices", "/crm/properties/2026-03/invoices/acme_external_id", "/crm/objects/2026-03/invoices/21?properties=acme_external_id"
	c.sent("POST", all, key, 201)
	must(t, c.portal.Update("invoices", "21", map[string]string{"acme_external_id": "K-1"}))
	w.pass(time.Hour)
	c.sent("DELETE", path, "", 204)
	c.sent("DELETE", path, "", 204)
	c.sent("GET", path, "", 404)
	c.sent("GET", path+"?archived=true", "", 200, `"archived":true`, `"archivedAt":"2026-11-22T09:00:00.000Z"`)
	if got := c.sent("GET", all, "", 200); strings.Contains(got, "acme_external_id") {
		t.Error("an archived property is listed")
	}
	if got := c.sent("GET", all+"?archived=true", "", 200, "acme_external_id"); strings.Contains(got, "hs_number") {
		t.Error("others are listed with the archived ones")
	}
	if got := c.sent("GET", invoice, "", 200); strings.Contains(got, "K-1") {
		t.Error(got)
	}
	if c.portal.Update("invoices", "21", map[string]string{"acme_external_id": "K-2"}) == nil {
		t.Error("an archived property was written")
	}
	c.sent("GET", "/crm/objects/2026-03/invoices/K-1?idProperty=acme_external_id", "", 400, "PROPERTY_DOESNT_EXIST")
	c.sent("POST", all, strings.Replace(key, "Acme external id", "Again", 1), 201, `"label":"Again"`, `"createdAt":"2026-11-22T08:00:00.000Z"`, `"archived":false`)
	c.sent("GET", path+"?archived=true", "", 404)
	c.sent("GET", invoice, "", 200, "K-1")
	c.sent("GET", "/crm/objects/2026-03/invoices/K-1?idProperty=acme_external_id", "", 200, `"id":"21"`)
}

func TestPropertyInUse(t *testing.T) {
	c := serve(t, people(), Options{})
	const all = "/crm/properties/2026-09/invoices"
	number := `{"label":"X","groupName":"invoiceinformation","type":"number","fieldType":"number","name":`
	c.sent("POST", all, number+`"amount_a"}`, 201)
	c.sent("POST", all, number+`"amount_b","calculationFormula":"round(amount_a, 2) + 1"}`, 201, `"calculated":true`, `"fieldType":"calculation_equation"`, `"readOnlyValue":true`)
	c.sent("DELETE", all+"/amount_a", "", 400, "amount_a is currently used in 1 places and cannot be deleted", `"subCategory":"PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"`)
	c.sent("DELETE", all+"/amount_b", "", 204)
	c.sent("DELETE", all+"/amount_a", "", 204)
}

func TestPropertyGroups(t *testing.T) {
	for version, base := range propertyBases {
		c := serve(t, people(), Options{})
		groups := base + "/invoices/groups"
		c.sent("GET", groups, "", 200, `{"archived":false,"name":"invoiceinformation","label":"Invoiceinformation","displayOrder":0}`)
		c.sent("POST", groups, `{"name":"tieout","label":"Tie"}`, 201, `"label":"Tie"`, `"displayOrder":-1`)
		c.sent("POST", groups, `{"name":"tieout","label":"Tie"}`, 409, "OBJECT_ALREADY_EXISTS")
		c.sent("POST", groups, `{"name":"tieout2"}`, 400)
		c.sent("PATCH", groups+"/tieout", `{"label":"Tieout","displayOrder":3}`, 200, `"label":"Tieout"`)
		c.sent("GET", groups+"/tieout", "", 200, `{"archived":false,"name":"tieout","label":"Tieout","displayOrder":3}`)
		c.sent("POST", base+"/invoices", strings.Replace(key, "invoiceinformation", "tieout", 1), 201)
		c.sent("DELETE", groups+"/tieout", "", 400, `"subCategory":"PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"`)
		c.sent("DELETE", base+"/invoices/acme_external_id", "", 204)
		c.sent("DELETE", groups+"/tieout", "", 204)
		for _, method := range []string{"GET", "PATCH", "DELETE"} {
			c.sent(method, groups+"/tieout", "{}", 404)
		}
		c.sent("POST", groups, `{"name":"tieout","label":"Again"}`, 201, `"label":"Again"`)
		if n := len(c.portal.Control().Writes()); n != 6 {
			t.Errorf("%s: %d writes", version, n)
		}
	}
}

func TestUniqueCase(t *testing.T) {
	for _, exact := range []bool{false, true} {
		c := serve(t, files{"invoices.jsonl": `{"id":"21","properties":{"k":"Ab"}}` + "\n" + `{"id":"22","properties":{}}`, "contacts.jsonl": `{"id":"1","properties":{"email":"A@b.test"}}`},
			Options{Unique: map[string][]string{"invoices": {"k"}}, UniqueCase: exact})
		want := map[bool]int{false: 200, true: 404}[exact]
		c.sent("GET", "/crm/objects/2026-03/invoices/aB?idProperty=k", "", want)
		c.sent("GET", "/crm/objects/2026-03/contacts/a@B.test?idProperty=email", "", 200)
		if err := c.portal.Update("invoices", "22", map[string]string{"k": "AB"}); (err == nil) != exact {
			t.Errorf("exact %v: %v", exact, err)
		}
	}
}

func TestPropertyBatches(t *testing.T) {
	for version, base := range propertyBases {
		c := serve(t, people(), Options{})
		batch := base + "/invoices/batch/"
		second := strings.Replace(key, "acme_external_id", "second", 1)
		c.sent("POST", batch+"create", `{"inputs":[`+key+`,`+second+`]}`, 201, `"status":"COMPLETE"`, `"name":"second"`)
		c.sent("POST", batch+"create", `{"inputs":[`+key+`,`+strings.Replace(key, "acme_external_id", "third", 1)+`]}`, 207, `"numErrors":1`, `"name":["acme_external_id"]`,
			"Properties.PROPERTY_WITH_NAME_EXISTS", `"name":"third"`)
		c.sent("POST", batch+"read", `{"archived":false,"inputs":[{"name":"second"},{"name":"hs_number"}]}`, 200, `"name":"second"`, `"name":"hs_number"`)
		c.sent("POST", batch+"read", `{"archived":false,"inputs":[{"name":"second"},{"name":"nothing"}]}`, 207, `"numErrors":1`, `"context":{"name":["nothing"]}`)
		c.sent("POST", batch+"archive", `{"inputs":[{"name":"second"},{"name":"nothing"}]}`, 204)
		c.sent("POST", batch+"archive", `{"inputs":[{"name":"hs_number"}]}`, 400)
		c.sent("POST", batch+"read", `{"archived":true,"inputs":[{"name":"second"}]}`, 200, `"archived":true`)
		for _, verb := range []string{"create", "read", "archive"} {
			c.sent("POST", batch+verb, `{}`, 400, "inputs")
		}
		if n := len(c.portal.Control().Writes()); n != 4 {
			t.Errorf("%s: %d writes", version, n)
		}
	}
}
