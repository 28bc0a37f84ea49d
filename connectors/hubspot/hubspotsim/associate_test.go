package hubspotsim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// raw sends a JSON request and returns status and body as they are.
func (c *client) raw(method, path, body string) (int, string) {
	c.t.Helper()
	res, answer := c.exchange(method, path, body, contentTypeOf(body))
	return res.StatusCode, string(answer)
}

// sent fails unless a request has that status and its body holds all texts.
func (c *client) sent(method, path, body string, want int, holds ...string) string {
	c.t.Helper()
	status, got := c.raw(method, path, body)
	if status != want {
		c.t.Errorf("%s %s %s: got %d %s, want %d", method, path, body, status, got, want)
	}
	for _, text := range holds {
		if !strings.Contains(got, text) {
			c.t.Errorf("%s %s %s: got %s without %s", method, path, body, got, text)
		}
	}
	return got
}

// between tells all that stands between two types, seen from one record: the
// neighbours with their types and labels.
func (c *client) between(from, id, to string) string {
	c.t.Helper()
	var answer struct {
		Results []struct {
			To    json.Number `json:"toObjectId"`
			Types []struct {
				ID    int     `json:"typeId"`
				Label *string `json:"label"`
			} `json:"associationTypes"`
		} `json:"results"`
	}
	must(c.t, json.Unmarshal([]byte(c.sent("GET", "/crm/v4/objects/"+from+"/"+id+"/associations/"+to, "", 200)), &answer))
	var list []string
	for _, r := range answer.Results {
		text := r.To.String()
		for _, t := range r.Types {
			text += fmt.Sprintf(":%d", t.ID)
			if t.Label != nil {
				text += "=" + *t.Label
			}
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}

// people are two contacts, two companies, two invoices, two line items and a
// product, none of them associated.
func people() files {
	return files{
		"contacts.jsonl":   `{"id":"1","properties":{}}` + "\n" + `{"id":"2","properties":{}}`,
		"companies.jsonl":  `{"id":"11","properties":{}}` + "\n" + `{"id":"12","properties":{}}`,
		"invoices.jsonl":   `{"id":"21","properties":{}}` + "\n" + `{"id":"22","properties":{}}`,
		"line_items.jsonl": `{"id":"31","properties":{}}` + "\n" + `{"id":"32","properties":{}}`,
		"products.jsonl":   `{"id":"41","properties":{}}`,
	}
}

var associationBases = map[string]string{v4: "/crm/v4/objects", march: "/crm/objects/2026-03", september: "/crm/objects/2026-09"}

func TestAssociateDefault(t *testing.T) {
	for version, base := range associationBases {
		c := serve(t, people(), Options{})
		status, got := c.do("PUT", base+"/invoice/21/associations/default/0-1/2", "", "")
		c.want(status, got, 200, `{"status":"COMPLETE","results":[`+
			`{"from":{"id":"21"},"to":{"id":"2"},"associationSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":177}},`+
			`{"from":{"id":"2"},"to":{"id":"21"},"associationSpec":{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":178}}],`+
			`"startedAt":"2026-11-22T08:00:00.005Z","completedAt":"2026-11-22T08:00:00.005Z"}`)
		if a, b := c.between("invoices", "21", "contacts"), c.between("contacts", "2", "invoices"); a != "2:177" || b != "21:178" {
			t.Errorf("%s: %q, %q", version, a, b)
		}
		c.sent("DELETE", base+"/contacts/2/associations/invoices/21", "", 204)
		c.sent("DELETE", base+"/contacts/2/associations/invoices/21", "", 204)
		if a, b := c.between("invoices", "21", "contacts"), c.between("contacts", "2", "invoices"); a+b != "" {
			t.Errorf("%s: deleted, and %q, %q", version, a, b)
		}
		if n := c.portal.Requests(); n["associations.create"] != 1 || n["associations.delete"] != 2 {
			t.Errorf("%v", n)
		}
		if w := c.portal.Control().Writes(); len(w) != 2 || w[0].Verb != "associate" || string(w[0].Body) != `{"to":"contacts/2","types":[177]}` || w[1].Verb != "dissociate" || w[1].ID != "2" {
			t.Errorf("%s: written %+v", version, w)
		}
	}
}

func TestAssociateTyped(t *testing.T) {
	for version, base := range associationBases {
		c := serve(t, people(), Options{})
		id := func(n string) string {
			if version == v4 {
				return n
			}
			return `"` + n + `"`
		}
		const primary = `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]`
		if got, want := c.sent("PUT", base+"/contacts/1/associations/companies/11", primary, 201), `{"fromObjectTypeId":"0-1","fromObjectId":`+id("1")+
			`,"toObjectTypeId":"0-2","toObjectId":`+id("11")+`,"labels":["Primary"]}`; got != want {
			t.Errorf("%s: got %s, want %s", version, got, want)
		}
		c.sent("PUT", base+"/companies/12/associations/contacts/1", `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":"280"}]`, 201, `"labels":[]`)
		if a, b := c.between("contacts", "1", "companies"), c.between("companies", "11", "contacts"); a != "11:279:1=Primary 12:279" || b != "1:280:2=Primary" {
			t.Errorf("%s: %q, %q", version, a, b)
		}
		// The primary one is another.
		c.sent("PUT", base+"/companies/12/associations/contacts/1", `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":2}]`, 201, `"labels":["Primary"]`)
		if a, b := c.between("contacts", "1", "companies"), c.between("companies", "11", "contacts"); a != "11:279 12:279:1=Primary" || b != "1:280" {
			t.Errorf("%s: %q, %q", version, a, b)
		}
	}
}

func TestAssociationRefused(t *testing.T) {
	for version, base := range associationBases {
		c := serve(t, people(), Options{})
		spec := func(id string) string {
			return `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":` + id + `}]`
		}
		for _, tt := range []struct{ path, body, want string }{
			{"/invoices/21/associations/contacts/1", spec("178"), "invalid from object type 0-53 for associations to be created. expected: 0-1"},
			{"/invoices/21/associations/contacts/1", spec("999"), "999"},
			{"/invoices/21/associations/contacts/1", `[{"associationCategory":"USER_DEFINED","associationTypeId":177}]`, "USER_DEFINED"},
			{"/invoices/21/associations/contacts/1", spec(`"x"`), "not an integer"},
			{"/invoices/21/associations/contacts/1", `[]`, "at least one"},
			{"/invoices/21/associations/contacts/1", `{}`, "Invalid input JSON"},
			{"/invoices/21/associations/contacts/9", spec("177"), `"INVALID_OBJECT_IDS":["CONTACT=9 is not valid"],"objectId":["9"],"objectType":["CONTACT"]`},
			{"/invoices/29/associations/contacts/1", spec("177"), "INVOICE=29 is not valid"},
			{"/invoices/21/associations/products/41", spec("177"), "0-7"},
			{"/invoices/21/associations/things/1", spec("177"), "Unable to infer object type from: things"},
		} {
			c.sent("PUT", base+tt.path, tt.body, 400, tt.want, `"category":"VALIDATION_ERROR"`)
		}
		c.sent("PUT", base+"/invoices/21/associations/default/contacts/9", "", 400, "CONTACT=9 is not valid")
		c.sent("POST", base+"/invoices/21/associations/contacts/1", spec("177"), 405)
		if w := c.portal.Control().Writes(); len(w) != 0 {
			t.Errorf("%s: written %+v", version, w)
		}
	}
}

func TestLineItemHasOneParent(t *testing.T) {
	for _, shared := range []bool{false, true} {
		c := serve(t, people(), Options{SharedLineItems: shared})
		want := map[bool]int{false: 400, true: 200}[shared]
		c.sent("PUT", "/crm/v4/objects/invoices/21/associations/default/line_items/31", "", 200)
		c.sent("PUT", "/crm/v4/objects/invoices/21/associations/default/line_items/31", "", 200)
		c.sent("PUT", "/crm/v4/objects/invoices/21/associations/default/line_items/32", "", 200)
		c.sent("PUT", "/crm/v4/objects/invoices/22/associations/default/line_items/31", "", want)
		c.sent("PUT", "/crm/v4/objects/line_items/31/associations/default/invoices/22", "", want)
		if got, want := c.between("line_items", "31", "invoices"), map[bool]string{false: "21:410", true: "21:410 22:410"}[shared]; got != want {
			t.Errorf("shared %v: %q", shared, got)
		}
	}
}

// So have a discount, a fee and a tax.
func TestOrderLevelPartHasOneParent(t *testing.T) {
	for _, shared := range []bool{false, true} {
		c := serve(t, people(), Options{SharedLineItems: shared})
		for object, kind := range map[string]string{"discounts": "412", "fees": "414", "taxes": "416"} {
			part := c.part(object, "21", "")
			c.sent("PUT", "/crm/v4/objects/invoices/22/associations/default/"+object+"/"+part, "", map[bool]int{false: 400, true: 200}[shared])
			tie := func(invoice string) string {
				return `{"to":{"id":` + invoice + `},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":` + kind + `}]}`
			}
			c.sent("POST", crm+object, `{"properties":{},"associations":[`+tie("21")+`,`+tie("22")+`]}`, map[bool]int{false: 400, true: 201}[shared])
		}
	}
}

var batchBases = map[string]string{v4: "/crm/v4/associations", march: "/crm/associations/2026-03", september: "/crm/associations/2026-09"}

func TestBatchAssociate(t *testing.T) {
	for version, base := range batchBases {
		c := serve(t, people(), Options{})
		created, partial := 201, 207
		if version == september {
			created, partial = 200, 200
		}
		one := func(from, to, id string) string {
			return `{"from":{"id":"` + from + `"},"to":{"id":"` + to + `"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":` + id + `}]}`
		}
		path := base + "/contacts/companies/batch/create"
		got := c.sent("POST", path, `{"inputs":[`+one("1", "11", "279")+`,`+one("2", "11", "1")+`]}`, created, `"labels":["Primary"]`, `"labels":[]`, `"status":"COMPLETE"`)
		if strings.Contains(got, "numErrors") {
			t.Errorf("%s: %s", version, got)
		}
		c.sent("POST", path, `{"inputs":[`+one("1", "9", "279")+`,`+one("1", "12", "280")+`,`+one("1", "12", "279")+`]}`, partial,
			`"numErrors":2`, "COMPANY=9 is not valid", `"fromObjectId":["1"]`, `"toObjectId":["12"]`, "invalid from object type 0-1")
		if got := c.between("contacts", "1", "companies"); got != "11:279 12:279" {
			t.Errorf("%s: %q", version, got)
		}
		c.sent("POST", base+"/invoices/contacts/batch/associate/default", `{"inputs":[{"from":{"id":21},"to":{"id":1}},{"from":{"id":"21"},"to":{"id":"2"}}]}`, 200,
			`"associationTypeId":177`, `"associationTypeId":178`)
		if got := c.between("invoices", "21", "contacts"); got != "1:177 2:177" {
			t.Errorf("%s: %q", version, got)
		}
		c.sent("POST", path, `{"inputs":[{"from":{"id":"1"},"to":{"id":"11"}}]}`, 400, "at least one")
		c.sent("POST", path, `{}`, 400, "inputs")
		c.sent("POST", path, `{"inputs":[`+strings.Repeat(one("1", "11", "279")+",", 1999)+one("1", "11", "279")+`]}`, created)
		c.sent("POST", path, `{"inputs":[`+strings.Repeat(one("1", "11", "279")+",", 2000)+one("1", "11", "279")+`]}`, 400, "2000")
	}
}

func TestBatchDissociate(t *testing.T) {
	for version, base := range batchBases {
		c := serve(t, people(), Options{})
		ended := 200
		if version == v4 {
			ended = 204
		}
		label := func(id string) {
			c.sent("PUT", "/crm/v4/objects/contacts/1/associations/companies/11", `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":`+id+`}]`, 201)
		}
		unlabel := func(id string) {
			got := c.sent("POST", base+"/contacts/companies/batch/labels/archive",
				`{"inputs":[{"from":{"id":"1"},"to":{"id":"11"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":`+id+`}]}]}`, ended)
			if (got == "") != (version == v4) {
				t.Errorf("%s: body %q", version, got)
			}
		}
		label("1")
		unlabel("1")
		if a, b := c.between("contacts", "1", "companies"), c.between("companies", "11", "contacts"); a != "11:279" || b != "1:280" {
			t.Errorf("%s: the label is gone: %q, %q", version, a, b)
		}
		label("1")
		unlabel("279") // takes the label with it
		if a, b := c.between("contacts", "1", "companies"), c.between("companies", "11", "contacts"); a+b != "" {
			t.Errorf("%s: all is gone: %q, %q", version, a, b)
		}
		label("279")
		c.sent("PUT", "/crm/v4/objects/contacts/1/associations/default/companies/12", "", 200)
		c.sent("POST", base+"/contacts/companies/batch/archive", `{"inputs":[{"from":{"id":"1"},"to":[{"id":"11"},{"id":"12"},{"id":"13"}]}]}`, ended)
		if got := c.between("contacts", "1", "companies"); got != "" {
			t.Errorf("%s: %q", version, got)
		}
		c.sent("POST", base+"/contacts/companies/batch/labels/archive", `{"inputs":[{"from":{"id":"1"},"to":{"id":"11"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":280}]}]}`, 400)
		c.sent("POST", base+"/contacts/companies/batch/labels/archive", `{"inputs":[{"from":{"id":"1"},"to":{"id":"11"}}]}`, 400)
	}
}

// A dataset brings labels, also an account's own, as HubSpot's answers have them.
func TestLabelsOfDataset(t *testing.T) {
	f := people()
	f["contacts.jsonl"] = `{"id":"1","properties":{},"associations":{"companies":[` +
		`{"toObjectId":11,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":279,"label":null},{"category":"HUBSPOT_DEFINED","typeId":1,"label":"Primary"}]},` +
		`{"toObjectId":12,"associationTypes":[{"category":"USER_DEFINED","typeId":37,"label":"Billing"}]}]}}` + "\n" + `{"id":"2","properties":{}}`
	c := serve(t, f, Options{})
	if a, b := c.between("contacts", "1", "companies"), c.between("companies", "11", "contacts"); a != "11:279:1=Primary 12:279:37=Billing" || b != "1:280:2=Primary" {
		t.Errorf("%q, %q", a, b)
	}
	c.sent("PUT", "/crm/v4/objects/contacts/2/associations/companies/11", `[{"associationCategory":"USER_DEFINED","associationTypeId":37}]`, 201, `"labels":["Billing"]`)
	c.sent("POST", "/crm/v4/associations/contacts/companies/batch/labels/archive",
		`{"inputs":[{"from":{"id":"1"},"to":{"id":"12"},"types":[{"associationCategory":"USER_DEFINED","associationTypeId":37}]}]}`, 204)
	if got := c.between("contacts", "1", "companies"); got != "11:279:1=Primary 12:279" {
		t.Error(got)
	}
}

func TestInlineLabels(t *testing.T) {
	f := files{"contacts.jsonl": `{"id":"1","properties":{},"associations":{"companies":["12",{"toObjectId":11,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":1,"label":"Primary"}]}]}}`}
	const path = "/crm/objects/2026-03/contacts/1?associations=companies"
	c := serve(t, f, Options{})
	c.sent("GET", path, "", 200, `"associations":{"companies":{"results":[{"id":"11","type":"contact_to_company"},{"id":"12","type":"contact_to_company"}]}}`)
	c = serve(t, f, Options{InlineLabels: true})
	c.sent("GET", path, "", 200, `{"results":[{"id":"11","type":"contact_to_company"},{"id":"11","type":"contact_to_company_unlabeled"},{"id":"12","type":"contact_to_company_unlabeled"}]}`)
}

func TestListLabels(t *testing.T) {
	for version, base := range batchBases {
		c := serve(t, people(), Options{})
		if got := c.sent("GET", base+"/contact/company/labels", "", 200); got != `{"results":[{"category":"HUBSPOT_DEFINED","typeId":279,"label":null},{"category":"HUBSPOT_DEFINED","typeId":1,"label":"Primary"}]}` {
			t.Errorf("%s: %s", version, got)
		}
		if got := c.sent("GET", base+"/invoices/products/labels", "", 200); got != `{"results":[]}` {
			t.Errorf("%s: %s", version, got)
		}
	}
}

// A type of v3 is named in words.
func TestListAssociationsOfV3(t *testing.T) {
	c := serve(t, associated(), Options{})
	c.sent("GET", "/crm/v3/objects/invoices/10/associations/contacts", "", 200, `{"results":[{"id":"5","type":"invoice_to_contact"},{"id":"99","type":"invoice_to_contact"}]}`)
}
