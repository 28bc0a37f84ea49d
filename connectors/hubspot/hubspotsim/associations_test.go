package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
)

// associated is a dataset whose invoice 10 has 1,001 line items, contact 5 and
// contact 99, which does not exist; whose contact 5 repeats it; and whose
// contact 6 has associations as HubSpot answers them.
func associated() files {
	items := make([]string, 1001)
	for i := range items {
		items[i] = fmt.Sprintf(`"%d"`, len(items)-i)
	}
	return files{
		"invoices.jsonl": `{"id":"10","associations":{"contacts":["99","5"],"line_items":[` + strings.Join(items, ",") + `],"deals":["3"]}}` + "\n" + `{"id":"11"}`,
		"contacts.jsonl": `{"id":"5","associations":{"invoices":[10]}}` + "\n" +
			`{"id":"6","associations":{"companies":{"results":[{"id":"7","type":"contact_to_company"},{"toObjectId":8}]},"line items":{"results":[{"id":"1"}]}}}`,
	}
}

func TestBatchAssociations(t *testing.T) {
	const number, text = `5`, `"5"`
	for _, tt := range []struct {
		name, base string
		form       IDForm
		want       string
	}{
		{"v4", "/crm/v4/associations", IDByVersion, number},
		{"2026-03", "/crm/associations/2026-03", IDByVersion, text},
		{"2026-09", "/crm/associations/2026-09", IDByVersion, text},
		{"v4 with strings", "/crm/v4/associations", IDString, text},
		{"2026-03 with numbers", "/crm/associations/2026-03", IDNumber, number},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, associated(), Options{ToObjectID: tt.form})
			nowhere := strings.ReplaceAll(tt.want, "5", "99")
			status, got := c.post(tt.base+"/invoices/contacts/batch/read", `{"inputs":[{"id":"11"},{"id":"10"},{"id":"12"}]}`)
			c.want(status, got, 200, `{"status":"COMPLETE","results":[{"from":{"id":"10"},"to":[`+
				`{"toObjectId":`+tt.want+`,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":177,"label":null}]},`+
				`{"toObjectId":`+nowhere+`,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":177,"label":null}]}]}],`+
				`"startedAt":"2026-11-22T08:00:00.005Z","completedAt":"2026-11-22T08:00:00.005Z"}`)
		})
	}
}

func TestAssociationsBothWays(t *testing.T) {
	c := serve(t, associated(), Options{})
	for _, tt := range []struct {
		from, to, id string
		want         string // ids and type
	}{
		{"0-1", "0-53", "5", "10:178"},
		{"contact", "invoice", "99", "10:178"},
		{"line_items", "invoices", "1001", "10:410"},
		{"contacts", "companies", "6", "7:279 8:279"},
		{"companies", "contacts", "8", "6:280"},
		{"contacts", "line_items", "6", "1:1"},
		{"line_items", "contacts", "1", "6:1"},
		{"invoices", "companies", "10", ""},
	} {
		status, got := c.post("/crm/v4/associations/"+tt.from+"/"+tt.to+"/batch/read", `{"inputs":[{"id":"`+tt.id+`"}]}`)
		if found := typed(got); status != 200 || found != tt.want {
			t.Errorf("%s %s to %s: got %d %s, want %s", tt.from, tt.id, tt.to, status, found, tt.want)
		}
	}
}

// typed are the neighbours of the first result, with their first type ids.
func typed(answer map[string]any) string {
	results := answer["results"].([]any)
	if len(results) == 0 {
		return ""
	}
	return neighbours(results[0].(map[string]any)["to"].([]any))
}

func neighbours(to []any) string {
	var list []string
	for _, n := range to {
		kind := n.(map[string]any)["associationTypes"].([]any)[0].(map[string]any)
		list = append(list, fmt.Sprintf("%v:%v", n.(map[string]any)["toObjectId"], kind["typeId"]))
	}
	return strings.Join(list, " ")
}

func TestAssociationTypes(t *testing.T) {
	for _, tt := range []struct {
		from, to *object
		want     associationType
	}{
		{invoices, contacts, associationType{"HUBSPOT_DEFINED", 177}}, {contacts, invoices, associationType{"HUBSPOT_DEFINED", 178}},
		{invoices, companies, associationType{"HUBSPOT_DEFINED", 179}}, {companies, invoices, associationType{"HUBSPOT_DEFINED", 180}},
		{invoices, lineItems, associationType{"HUBSPOT_DEFINED", 409}}, {lineItems, invoices, associationType{"HUBSPOT_DEFINED", 410}},
		{invoices, discounts, associationType{"HUBSPOT_DEFINED", 411}}, {fees, invoices, associationType{"HUBSPOT_DEFINED", 414}},
		{taxes, invoices, associationType{"HUBSPOT_DEFINED", 416}}, {invoices, payments, associationType{"HUBSPOT_DEFINED", 541}},
		{products, invoices, associationType{"USER_DEFINED", 1}},
	} {
		if got := (direction{tt.from, tt.to}).typeOf(); got != tt.want {
			t.Errorf("%s: got %v, want %v", direction{tt.from, tt.to}.name(), got, tt.want)
		}
	}
}

func TestAssociationPages(t *testing.T) {
	c := serve(t, associated(), Options{})
	var pages []int
	cursor := ""
	for {
		_, got := c.post("/crm/associations/2026-03/invoices/line_items/batch/read", `{"inputs":[{"id":"10","after":"`+cursor+`"}]}`)
		result := got["results"].([]any)[0].(map[string]any)
		pages = append(pages, len(result["to"].([]any)))
		if cursor = after(result); cursor == "" {
			break
		}
	}
	if fmt.Sprint(pages) != "[500 500 1]" {
		t.Errorf("got pages of %v", pages)
	}
}

func TestBatchAssociationsLimit(t *testing.T) {
	c := serve(t, nil, Options{})
	status, _ := c.post("/crm/v4/associations/invoices/contacts/batch/read", `{"inputs":[`+inputs(1000)+`]}`)
	if status != 200 {
		t.Errorf("1000 inputs: got %d", status)
	}
	status, got := c.post("/crm/v4/associations/invoices/contacts/batch/read", `{"inputs":[`+inputs(1001)+`]}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", "1000")
	status, got = c.post("/crm/v4/associations/invoices/contacts/batch/read", `{}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", "inputs")
}

func TestReportNoAssociations(t *testing.T) {
	for base, want := range map[string]int{"/crm/v4/associations": 207, "/crm/associations/2026-03": 207, "/crm/associations/2026-09": 200} {
		c := serve(t, associated(), Options{ReportNoAssociations: true})
		status, got := c.post(base+"/invoices/contacts/batch/read", `{"inputs":[{"id":"11"}]}`)
		c.want(status, got, want, `{"status":"COMPLETE","results":[],"numErrors":1,"errors":[{"status":"error","category":"OBJECT_NOT_FOUND",`+
			`"subCategory":"crm.associations.NO_ASSOCIATIONS_FOUND","message":"No invoice_to_contact associations were found for 11",`+
			`"context":{"fromObjectId":["11"]}}],"startedAt":"2026-11-22T08:00:00.005Z","completedAt":"2026-11-22T08:00:00.005Z"}`)
	}
}

func TestListAssociations(t *testing.T) {
	c := serve(t, associated(), Options{})
	for _, tt := range []struct{ path, want string }{
		{"/crm/v4/objects/invoices/10/associations/contacts", `{"results":[` +
			`{"toObjectId":5,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":177,"label":null}]},` +
			`{"toObjectId":99,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":177,"label":null}]}]}`},
		{"/crm/objects/2026-03/0-53/10/associations/contact?limit=1", `{"results":[` +
			`{"toObjectId":"5","associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":177,"label":null}]}],"paging":{"next":{"after":"99",` +
			`"link":"https://api.hubapi.com/crm/objects/2026-03/0-53/10/associations/contact?after=99&limit=1"}}}`},
		{"/crm/v4/objects/invoices/10/associations/contacts?after=99", `{"results":[` +
			`{"toObjectId":99,"associationTypes":[{"category":"HUBSPOT_DEFINED","typeId":177,"label":null}]}]}`},
		{"/crm/v4/objects/invoices/11/associations/contacts", `{"results":[]}`},
	} {
		status, got := c.get(tt.path)
		c.want(status, got, 200, tt.want)
	}
	_, all := c.get("/crm/v4/objects/invoices/10/associations/line_items")
	if n := len(all["results"].([]any)); n != 500 || after(all) != "501" {
		t.Errorf("by default: got %d neighbours, then %q", n, after(all))
	}
	status, got := c.get("/crm/v4/objects/invoices/10/associations/line_items?limit=501")
	c.refused(status, got, 400, "VALIDATION_ERROR", "500")
	status, got = c.get("/crm/v4/objects/invoices/12/associations/contacts")
	c.refused(status, got, 404, "OBJECT_NOT_FOUND", "resource not found")
	status, got = c.get("/crm/objects/2026-09/invoices/10/associations/contacts")
	c.refused(status, got, 404, "OBJECT_NOT_FOUND", "resource not found")
}

func TestLegacyAssociationList(t *testing.T) {
	c := serve(t, associated(), Options{LegacyAssociationList: true})
	status, got := c.get("/crm/objects/2026-03/invoice/10/associations/contacts")
	c.want(status, got, 200, `{"results":[{"id":"5","type":"invoice_to_contact"},{"id":"99","type":"invoice_to_contact"}]}`)
	_, got = c.get("/crm/v4/objects/invoice/10/associations/contacts")
	if found := neighbours(got["results"].([]any)); found != "5:177 99:177" {
		t.Errorf("v4: got %s", found)
	}
}
