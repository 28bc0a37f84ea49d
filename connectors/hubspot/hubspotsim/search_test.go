package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
)

// searchable are contacts, invoices and line items that differ in what the
// operators look at.
func searchable() files {
	return files{
		"contacts.jsonl": `{"id":"1","createdAt":"2026-01-03T00:00:00.000Z","properties":{"email":"ann@acme.test","firstname":"Ann Mary"}}` + "\n" +
			`{"id":"2","createdAt":"2026-01-02T00:00:00.000Z","properties":{"email":"BOB@acme.test","firstname":"Bob","lastname":""}}` + "\n" +
			`{"id":"3","createdAt":"2026-01-01T00:00:00.000Z","properties":{"email":"eve@other.test","lastname":"Ann"}}` + "\n" +
			`{"id":"4","archived":true,"properties":{"email":"old@acme.test"}}`,
		"invoices.jsonl": `{"id":"1","updatedAt":"2026-02-01T00:00:00.000Z","properties":{"hs_amount_billed":"9.50","hs_invoice_status":"open","hs_invoice_billable":"true"},"associations":{"contacts":["2"]}}` + "\n" +
			`{"id":"2","updatedAt":"2026-02-03T00:00:00.000Z","properties":{"hs_amount_billed":"10.0","hs_invoice_status":"Open"}}` + "\n" +
			`{"id":"3","updatedAt":"2026-02-02T00:00:00.500Z","properties":{"hs_amount_billed":"100","hs_invoice_status":"paid"}}` + "\n" +
			`{"id":"4","properties":{"hs_invoice_status":"draft"}}`,
	}
}

func TestSearchFilters(t *testing.T) {
	c := serve(t, searchable(), Options{})
	one := func(filter string) string { return `{"filterGroups":[{"filters":[` + filter + `]}]}` }
	for _, tt := range []struct{ name, object, body, want string }{
		{"everything, oldest first", "contacts", `{}`, "3 2 1"},
		{"EQ in any case", "contacts", one(`{"propertyName":"email","operator":"EQ","value":"bob@ACME.test"}`), "2"},
		{"EQ of a number", "invoices", one(`{"propertyName":"hs_amount_billed","operator":"EQ","value":10}`), "2"},
		{"EQ of an enumeration by case", "invoices", one(`{"propertyName":"hs_invoice_status","operator":"EQ","value":"open"}`), "1"},
		{"EQ of a bool", "invoices", one(`{"propertyName":"hs_invoice_billable","operator":"EQ","value":true}`), "1"},
		{"NEQ needs a value", "contacts", one(`{"propertyName":"firstname","operator":"NEQ","value":"bob"}`), "1"},
		{"LT", "invoices", one(`{"propertyName":"hs_amount_billed","operator":"LT","value":"10"}`), "1"},
		{"LTE", "invoices", one(`{"propertyName":"hs_amount_billed","operator":"LTE","value":"10"}`), "1 2"},
		{"GT", "invoices", one(`{"propertyName":"hs_amount_billed","operator":"GT","value":"10"}`), "3"},
		{"GTE of an instant in ms", "invoices", one(`{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"1769990400500"}`), "2 3"},
		{"GT of an instant", "invoices", one(`{"propertyName":"hs_lastmodifieddate","operator":"GT","value":"2026-02-02T00:00:00.500Z"}`), "2"},
		{"BETWEEN dates", "invoices", one(`{"propertyName":"hs_lastmodifieddate","operator":"BETWEEN","value":"2026-02-01","highValue":"2026-02-03"}`), "1 2 3"},
		{"IN", "contacts", one(`{"propertyName":"email","operator":"IN","values":["bob@acme.test","eve@other.test"]}`), "3 2"},
		{"IN with capitals", "contacts", one(`{"propertyName":"email","operator":"IN","values":["BOB@acme.test"]}`), ""},
		{"NOT_IN", "invoices", one(`{"propertyName":"hs_invoice_status","operator":"NOT_IN","values":["open","draft"]}`), "2 3"},
		{"HAS_PROPERTY", "contacts", one(`{"propertyName":"lastname","operator":"HAS_PROPERTY"}`), "3"},
		{"NOT_HAS_PROPERTY", "contacts", one(`{"propertyName":"lastname","operator":"NOT_HAS_PROPERTY"}`), "2 1"},
		{"CONTAINS_TOKEN", "contacts", one(`{"propertyName":"firstname","operator":"CONTAINS_TOKEN","value":"mary"}`), "1"},
		{"CONTAINS_TOKEN is no part", "contacts", one(`{"propertyName":"firstname","operator":"CONTAINS_TOKEN","value":"mar"}`), ""},
		{"CONTAINS_TOKEN with *", "contacts", one(`{"propertyName":"email","operator":"CONTAINS_TOKEN","value":"*@ACME.test"}`), "2 1"},
		{"CONTAINS_TOKEN with * behind", "contacts", one(`{"propertyName":"firstname","operator":"CONTAINS_TOKEN","value":"ma*"}`), "1"},
		{"CONTAINS_TOKEN between *", "contacts", one(`{"propertyName":"email","operator":"CONTAINS_TOKEN","value":"*the*"}`), "3"},
		{"NOT_CONTAINS_TOKEN", "contacts", one(`{"propertyName":"email","operator":"NOT_CONTAINS_TOKEN","value":"acme"}`), "3"},
		{"filters are joined by and", "contacts", one(`{"propertyName":"email","operator":"CONTAINS_TOKEN","value":"acme"},{"propertyName":"firstname","operator":"EQ","value":"Bob"}`), "2"},
		{"groups are joined by or", "contacts", `{"filterGroups":[{"filters":[{"propertyName":"lastname","operator":"EQ","value":"Ann"}]},` +
			`{"filters":[{"propertyName":"firstname","operator":"EQ","value":"Bob"}]}]}`, "3 2"},
		{"bare filters", "contacts", `{"filters":[{"propertyName":"lastname","operator":"EQ","value":"Ann"}]}`, "3"},
		{"associations", "invoices", one(`{"propertyName":"associations.contact","operator":"EQ","value":"2"}`), "1"},
		{"hs_object_id", "contacts", one(`{"propertyName":"hs_object_id","operator":"EQ","value":"3"}`), "3"},
		{"free text", "contacts", `{"query":"ANN"}`, "3 1"},
		{"sorted", "invoices", `{"sorts":[{"propertyName":"hs_amount_billed","direction":"ASCENDING"}]}`, "1 2 3 4"},
		{"sorted downwards", "invoices", `{"sorts":[{"propertyName":"hs_amount_billed","direction":"DESCENDING"}]}`, "3 2 1 4"},
		{"sorted by a string rule", "invoices", `{"sorts":["hs_lastmodifieddate"]}`, "4 1 3 2"},
		{"sorted by a string rule downwards", "invoices", `{"sorts":["-hs_lastmodifieddate"]}`, "2 3 1 4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, got := c.post("/crm/objects/2026-03/"+tt.object+"/search", tt.body)
			if status != 200 || ids(got) != tt.want || fmt.Sprint(got["total"]) != fmt.Sprint(len(strings.Fields(tt.want))) {
				t.Errorf("got %d, %s of %v, want %s", status, ids(got), got, tt.want)
			}
		})
	}
}

func TestSearchRefuses(t *testing.T) {
	c := serve(t, searchable(), Options{})
	filter := `{"propertyName":"email","operator":"EQ","value":"a"}`
	group := func(n int) string { return `{"filters":[` + strings.Repeat(filter+",", n-1) + filter + `]}` }
	for _, tt := range []struct{ name, body, want string }{
		{"unknown property", `{"filters":[{"propertyName":"nickname","operator":"EQ","value":"a"}]}`, `Property "nickname" does not exist`},
		{"the other objects' last change", `{"filters":[{"propertyName":"hs_lastmodifieddate","operator":"GTE","value":"0"}]}`, "hs_lastmodifieddate"},
		{"unknown operator", `{"filters":[{"propertyName":"email","operator":"LIKE","value":"a"}]}`, `operator "LIKE"`},
		{"no value", `{"filters":[{"propertyName":"email","operator":"EQ"}]}`, "needs a value"},
		{"no high value", `{"filters":[{"propertyName":"email","operator":"BETWEEN","value":"a"}]}`, "highValue"},
		{"no values", `{"filters":[{"propertyName":"email","operator":"IN","value":"a"}]}`, "needs values"},
		{"no date", `{"filters":[{"propertyName":"createdate","operator":"GT","value":"yesterday"}]}`, "type datetime"},
		{"no number", `{"filters":[{"propertyName":"hs_object_id","operator":"GT","value":"1e9"}]}`, "type number"},
		{"associations with IN", `{"filters":[{"propertyName":"associations.company","operator":"IN","values":["1"]}]}`, "EQ"},
		{"associations to nothing", `{"filters":[{"propertyName":"associations.widget","operator":"EQ","value":"1"}]}`, "widget"},
		{"sort by an unknown property", `{"sorts":["nickname"]}`, "nickname"},
		{"two sorts", `{"sorts":["email","firstname"]}`, "sorts"},
		{"six groups", `{"filterGroups":[` + strings.Repeat(group(1)+",", 5) + group(1) + `]}`, "filter groups"},
		{"seven filters in a group", `{"filterGroups":[` + group(7) + `]}`, "filters in a group"},
		{"nineteen filters", `{"filterGroups":[` + strings.Repeat(group(5)+",", 3) + group(4) + `]}`, "Too many filters: 19"},
		{"limit 201", `{"limit":201}`, "200"},
		{"after is a word", `{"after":"x"}`, "integer"},
		{"after below 0", `{"after":"-1"}`, "integer"},
		{"past 10,000", `{"after":"10000","limit":1}`, "10000"},
		{"reaching past 10,000", `{"after":9999,"limit":2}`, "10000"},
		{"a long body", `{"query":"` + strings.Repeat("é", 3000) + `"}`, "characters"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c.t = t
			status, got := c.post("/crm/v3/objects/contacts/search", tt.body)
			c.refused(status, got, 400, "VALIDATION_ERROR", tt.want)
		})
	}
	c.t = t
	_, got := c.post("/crm/v3/objects/contacts/search", `{"sorts":["nickname"]}`)
	c.want(0, map[string]any{"errors": got["errors"]}, 0,
		`{"errors":[{"message":"Property \"nickname\" does not exist","code":"PROPERTY_DOESNT_EXIST","context":{"propertyName":["nickname"]}}]}`)
}

// What is just within the limits is taken.
// The list of filters outside of groups is a group.
func TestBareFiltersAreAGroup(t *testing.T) {
	c := serve(t, searchable(), Options{})
	const filter = `{"propertyName":"email","operator":"HAS_PROPERTY"}`
	status, got := c.post(crm+"contacts/search", `{"filters":[`+strings.Repeat(filter+",", 6)+filter+`]}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", "Too many filters in a group: 7")
	groups := strings.Repeat(`,{"filters":[`+filter+`]}`, 5)[1:]
	status, got = c.post(crm+"contacts/search", `{"filterGroups":[`+groups+`],"filters":[`+filter+`]}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", "Too many filter groups: 6")
}

func TestSearchLimits(t *testing.T) {
	c := serve(t, searchable(), Options{})
	filter := `{"propertyName":"email","operator":"HAS_PROPERTY"}`
	group := func(n int) string { return `{"filters":[` + strings.Repeat(filter+",", n-1) + filter + `]}` }
	for _, body := range []string{
		`{"filterGroups":[` + group(6) + `,` + group(3) + `,` + group(3) + `,` + group(3) + `,` + group(3) + `]}`,
		`{"limit":200,"after":"9800"}`,
		`{"query":"` + strings.Repeat("é", 3000-len(`{"query":""}`)) + `"}`,
	} {
		if status, got := c.post("/crm/v3/objects/contacts/search", body); status != 200 {
			t.Errorf("%.60s: %d %v", body, status, got)
		}
	}
}

// Free text looks at what the page lists for an object, and at nothing else.
func TestSearchText(t *testing.T) {
	c := serve(t, files{"products.jsonl": `{"id":"1","properties":{"name":"Blue chair"}}` + "\n" + `{"id":"2","properties":{"description":"a CHAIR of wood"}}` + "\n" +
		`{"id":"3","properties":{"hs_sku":"chair-3"}}` + "\n" + `{"id":"4","properties":{"price":"40.50"}}` + "\n" + `{"id":"5","properties":{"hs_url":"https://chair.test"}}`}, Options{})
	for text, want := range map[string]string{"chair": "1 2 3", "40.5": "4", "https": ""} {
		if _, got := c.post("/crm/objects/2026-09/products/search", `{"query":"`+text+`"}`); ids(got) != want {
			t.Errorf("%s: got %s, want %s", text, ids(got), want)
		}
	}
}

func TestSearchPages(t *testing.T) {
	c := serve(t, files{"products.jsonl": numbered(10050)}, Options{})
	_, first := c.post("/crm/v3/objects/products/search", `{"properties":["name"]}`)
	if len(first["results"].([]any)) != 10 || after(first) != "10" || fmt.Sprint(first["total"]) != "10050" {
		t.Errorf("by default: got %v", first)
	}
	_, page := c.post("/crm/v3/objects/products/search", `{"limit":200,"after":"9800"}`)
	if len(page["results"].([]any)) != 200 || after(page) != "10000" {
		t.Errorf("the last page that may be asked for: got %d records, then %q", len(page["results"].([]any)), after(page))
	}
	_, last := c.post("/crm/v3/objects/products/search", `{"limit":100,"after":"100","filters":[{"propertyName":"hs_object_id","operator":"LTE","value":"150"}]}`)
	if len(last["results"].([]any)) != 50 || last["paging"] != nil {
		t.Errorf("the last page: got %v", last)
	}
	status, beyond := c.post("/crm/v3/objects/products/search", `{"after":"20","filters":[{"propertyName":"hs_object_id","operator":"LTE","value":"15"}]}`)
	c.want(status, beyond, 200, `{"total":15,"results":[]}`)
}
