package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
)

// relate associates two records by the API.
func (c *client) relate(object, id, to, toID string) {
	c.t.Helper()
	path := "/crm/v4/objects/" + object + "/" + id + "/associations/default/" + to + "/" + toID
	if status, got := c.send("PUT", path, ""); status != 200 {
		c.t.Fatalf("PUT %s: %d %v", path, status, got)
	}
}

// lined makes a draft with a contact and a line item of 2 x 5.00.
func (c *client) lined(more string) (invoice, line string) {
	c.t.Helper()
	invoice = c.made("invoices", `{"properties":{"hs_currency":"EUR"`+more+`}}`)
	c.relate("invoices", invoice, "contacts", c.made("contacts", `{}`))
	line = c.made("line_items", `{"properties":{"quantity":2,"price":"5"},"associations":[{"to":{"id":`+invoice+`},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":410}]}]}`)
	return invoice, line
}

// opened is a lined invoice that has been opened.
func (c *client) opened() (invoice, line string) {
	c.t.Helper()
	invoice, line = c.lined("")
	c.mustSet("invoices", invoice, `"hs_invoice_status":"open"`)
	return invoice, line
}

// What an account gives an invoice that does not say it itself.
func TestInvoiceDefaults(t *testing.T) {
	const names = "hs_invoice_status hs_invoice_billable hs_number hs_invoice_date hs_due_date hs_amount_billed hs_balance_due"
	for _, tt := range []struct {
		name, dataset, body, want string
		writing                   Writing
	}{
		{"all", "", `"hs_currency":"USD"`, "draft|true|INV-1001|2026-11-22T08:00:00.005Z|2026-11-22T08:00:00.005Z|0.00|0.00", Writing{}},
		{"a prefix", "", `"hs_currency":"USD"`, "draft|true|R/1001|2026-11-22T08:00:00.005Z|2026-11-22T08:00:00.005Z|0.00|0.00", Writing{NumberPrefix: "R/"}},
		{"after others", `{"id":"1","properties":{"hs_number":"INV-2050"}}` + "\n" + `{"id":"2","archived":true,"properties":{"hs_number":"INV-2051"}}` + "\n" + `{"id":"3","properties":{"hs_number":"INV-9x"}}` + "\n",
			`"hs_currency":"JPY"`, "draft|true|INV-2052|2026-11-22T08:00:00.005Z|2026-11-22T08:00:00.005Z|0|0", Writing{}},
		{"none", "", `"hs_currency":"KWD","hs_number":"A","hs_invoice_date":"2026-01-01","hs_due_date":"2026-02-01","hs_invoice_status":"draft"`,
			"draft|true|A|2026-01-01T00:00:00.000Z|2026-02-01T00:00:00.000Z|0.000|0.000", Writing{}},
		{"a mirror", "", `"hs_currency":"USD","hs_invoice_billable":"false","hs_invoice_status":"paid","hs_amount_billed":"12.5","hs_number":"B"`,
			"paid|false|B|2026-11-22T08:00:00.005Z|2026-11-22T08:00:00.005Z|12.5|", Writing{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, files{"invoices.jsonl": tt.dataset}, Options{Writing: tt.writing})
			id := c.made("invoices", `{"properties":{`+tt.body+`}}`)
			if got := c.values("invoices", id, strings.Fields(names)...); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestInvoiceRefusals(t *testing.T) {
	c := serve(t, nil, Options{Writing: Writing{NumberReadOnly: true, MirrorsAreDrafts: true, RefusePastDue: true}})
	for _, tt := range []struct{ body, message string }{
		{`"hs_invoice_status":"open"`, "created as draft"},
		{`"hs_invoice_status":"paid","hs_invoice_billable":false`, "created as draft"},
		{`"hs_number":"A"`, "READ_ONLY_VALUE"},
		{`"hs_amount_billed":"1"`, "READ_ONLY_VALUE"},
		{`"hs_due_date":"2026-11-22T08:00:00.004Z"`, "is in the past"},
	} {
		status, got := c.send("POST", crm+"invoices", `{"properties":{"hs_currency":"USD",`+tt.body+`}}`)
		c.refused(status, got, 400, "VALIDATION_ERROR", tt.message)
	}
	c.made("invoices", `{"properties":{"hs_currency":"USD","hs_due_date":"2026-11-22","hs_invoice_billable":"false"}}`)
	_, number := c.get("/crm/properties/2026-03/invoices/hs_number")
	if number["modificationMetadata"].(map[string]any)["readOnlyValue"] != true {
		t.Errorf("hs_number %v", number)
	}
	strict := serve(t, nil, Options{Writing: Writing{BilledReadOnly: true}})
	code, refused := strict.send("POST", crm+"invoices", `{"properties":{"hs_currency":"USD","hs_invoice_billable":"false","hs_amount_billed":"5"}}`)
	strict.refused(code, refused, 400, "VALIDATION_ERROR", "READ_ONLY_VALUE")
	id := c.made("invoices", `{"properties":{"hs_currency":"USD","hs_due_date":"2026-11-22T08:00:00.005Z"}}`)
	status, got := c.set("invoices", id, `"hs_invoice_billable":"false"`)
	c.refused(status, got, 400, "VALIDATION_ERROR", "when an invoice is created only")
}

// A draft is opened with a contact and a line item, paid by payments alone, and
// voided where the portal takes that.
func TestInvoiceStatus(t *testing.T) {
	c := serve(t, nil, Options{})
	bare := c.made("invoices", `{"properties":{"hs_currency":"USD"}}`)
	refused := func(id, status, part string) {
		t.Helper()
		code, got := c.set("invoices", id, `"hs_invoice_status":"`+status+`"`)
		c.refused(code, got, 400, "VALIDATION_ERROR", part)
	}
	refused(bare, "open", "at least one contact")
	c.relate("invoices", bare, "contacts", c.made("contacts", `{}`))
	refused(bare, "open", "at least one line item")
	refused(bare, "paid", "paid by a payment")
	refused(bare, "voided", "cannot change from draft")
	invoice, _ := c.opened()
	refused(invoice, "paid", "paid by a payment")
	refused(invoice, "voided", "cannot change from open")
	refused(invoice, "draft", "cannot change from open")
	refused(invoice, "", "cannot change from open")
	c.mustSet("invoices", invoice, `"hs_invoice_status":"open"`)
	c.made("commerce_payments", `{"properties":{"hs_initial_amount":"4","hs_initiated_date":"2026-11-01"},"associations":[{"to":{"id":`+invoice+`},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":542}]}]}`)
	if got := c.values("invoices", invoice, "hs_invoice_status", "hs_amount_billed", "hs_balance_due"); got != "open|10.00|6.00" {
		t.Errorf("after a payment: %s", got)
	}
	rest := c.made("commerce_payments", `{"properties":{"hs_initial_amount":"6.00","hs_initiated_date":"2026-11-01"}}`)
	c.relate("commerce_payments", rest, "invoices", invoice)
	if got := c.values("invoices", invoice, "hs_invoice_status", "hs_amount_billed", "hs_balance_due"); got != "paid|10.00|0.00" {
		t.Errorf("after two: %s", got)
	}
	prepaid, _ := c.lined("")
	c.part("commerce_payments", prepaid, `"hs_initial_amount":"10","hs_initiated_date":"2026-11-01"`)
	c.mustSet("invoices", prepaid, `"hs_invoice_status":"open"`)
	if got := c.values("invoices", prepaid, "hs_invoice_status", "hs_balance_due"); got != "paid|0.00" {
		t.Errorf("paid before it was opened: %s", got)
	}
	c = serve(t, nil, Options{Writing: Writing{Void: true}})
	invoice, line := c.opened()
	c.mustSet("invoices", invoice, `"hs_invoice_status":"voided"`)
	if got := c.values("invoices", invoice, "hs_invoice_status", "hs_amount_billed", "hs_balance_due"); got != "voided|10.00|0" {
		t.Errorf("voided: %s", got)
	}
	refused(invoice, "open", "cannot change from voided")
	must(t, c.portal.Update("line_items", line, map[string]string{"price": "9"}))
	if got := c.values("invoices", invoice, "hs_amount_billed", "hs_balance_due"); got != "10.00|0" {
		t.Errorf("edited after it was voided: %s", got)
	}
}

// An invoice that is open is edited by the account's setting, until something is
// paid; an account's own properties and the owner always are.
func TestEditsOfAnOpenInvoice(t *testing.T) {
	for _, setting := range []bool{false, true} {
		c := serve(t, files{"invoices.jsonl": `{"id":"1","properties":{"own":"x"}}` + "\n", "line_items.jsonl": `{"id":"1","properties":{"own":"x"}}` + "\n"}, Options{Writing: Writing{EditOpen: setting}})
		invoice, line := c.opened()
		round, fee := 0, c.made("fees", `{}`)
		edits := func() (list []string) {
			round++
			parent := `"associations":[{"to":{"id":` + invoice + `},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":410}]}]`
			for _, request := range [][3]string{
				{"PATCH", "invoices/" + invoice, fmt.Sprintf(`{"properties":{"hs_comments":"%d"}}`, round)},
				{"PATCH", "line_items/" + line, fmt.Sprintf(`{"properties":{"price":"%d"}}`, 6+round)},
				{"POST", "line_items", `{"properties":{"price":"1"},` + parent + `}`},
				{"PATCH", "line_items/" + line, `{"properties":{"name":"` + fmt.Sprint(round) + `"}}`},
				{"PUT", "invoices/" + invoice + "/associations/default/fees/" + fee, ``},
				{"DELETE", "invoices/" + invoice + "/associations/fees/" + fee, ``},
				{"DELETE", "line_items/" + c.made("line_items", "{}"), ``},
			} {
				status, got := c.send(request[0], crm+request[1], request[2])
				list = append(list, fmt.Sprint(status))
				if status == 400 {
					c.refused(status, got, 400, "VALIDATION_ERROR", "cannot be edited")
				}
			}
			return list
		}
		want := map[bool]string{false: "[400 400 400 400 400 204 204]", true: "[200 200 201 200 200 204 204]"}[setting]
		if got := fmt.Sprint(edits()); got != want {
			t.Errorf("setting %v: %s", setting, got)
		}
		c.mustSet("invoices", invoice, `"own":"y","hubspot_owner_id":"5","hs_currency":"EUR"`)
		c.mustSet("line_items", line, `"own":"y"`)
		c.relate("commerce_payments", c.made("commerce_payments", `{"properties":{"hs_initial_amount":"1","hs_initiated_date":"2026-11-01"}}`), "invoices", invoice)
		if got := fmt.Sprint(edits()); got != "[400 400 400 400 400 204 204]" {
			t.Errorf("setting %v, with a payment: %s", setting, got)
		}
		c.mustSet("invoices", invoice, `"own":"z"`)
	}
}

// What is written as it is is no edit, of an invoice and of its parts.
func TestSameValuesOfALockedInvoice(t *testing.T) {
	c := serve(t, nil, Options{})
	invoice, line := c.opened()
	c.mustSet("invoices", invoice, `"hs_currency":"EUR"`)
	c.mustSet("line_items", line, `"price":"5"`)
	c.mustSet("line_items", line, ``)
	c.relate("line_items", line, "invoices", invoice)
	other := c.made("line_items", `{}`)
	c.sent("DELETE", crm+"line_items/"+other+"/associations/invoices/"+invoice, "", 204)
	c.sent("PUT", crm+"line_items/"+other+"/associations/default/invoices/"+invoice, "", 400)
	c.sent("DELETE", crm+"line_items/"+line+"/associations/invoices/"+invoice, "", 400)
	for _, properties := range []string{`"price":"5","name":"x"`, `"price":"6"`} {
		status, got := c.set("line_items", line, properties)
		c.refused(status, got, 400, "VALIDATION_ERROR", "cannot be edited")
	}
}

// A mirror is neither checked nor derived.
func TestMirrorsAreWrittenAsTheyCome(t *testing.T) {
	c := serve(t, nil, Options{})
	id := c.made("invoices", `{"properties":{"hs_currency":"EUR","hs_invoice_billable":false,"hs_invoice_status":"open","hs_amount_billed":"99"}}`)
	line := c.made("line_items", `{"properties":{"price":"5"}}`)
	c.relate("invoices", id, "line_items", line)
	c.mustSet("line_items", line, `"quantity":"3"`)
	for _, status := range []string{"paid", "voided", "open", "draft", "paid"} {
		c.mustSet("invoices", id, `"hs_invoice_status":"`+status+`","hs_amount_billed":"98","hs_comments":"`+status+`"`)
	}
	if got := c.values("invoices", id, "hs_invoice_status", "hs_amount_billed", "hs_balance_due") + " " + c.values("line_items", line, "amount"); got != "paid|98| 15.00" {
		t.Errorf("got %s", got)
	}
}

// A draft is deleted, an open one by the account's setting, others are not; line
// items go with it.
func TestInvoiceDeletion(t *testing.T) {
	for _, tt := range []struct {
		status  string
		writing Writing
		want    int
	}{
		{"draft", Writing{}, 204}, {"open", Writing{}, 400}, {"open", Writing{DeleteOpen: true}, 204},
		{"paid", Writing{DeleteOpen: true}, 400}, {"voided", Writing{DeleteOpen: true}, 400}, {"draft", Writing{KeepLines: true}, 204},
	} {
		c := serve(t, files{"invoices.jsonl": `{"id":"1","properties":{"hs_invoice_status":"` + tt.status + `"},"associations":{"line_items":["2"]}}` + "\n", "line_items.jsonl": numbered(3)}, Options{Writing: tt.writing})
		status, got := c.send("DELETE", crm+"invoices/1", "")
		if status != tt.want {
			t.Errorf("%+v: %d %v", tt, status, got)
		}
		left := "1 3"
		if tt.want == 400 || tt.writing.KeepLines {
			left = "1 2 3"
		}
		if _, got := c.get(crm + "line_items"); ids(got) != left {
			t.Errorf("%+v: line items %s", tt, ids(got))
		}
		if tt.want == 400 {
			c.refused(status, got, 400, "VALIDATION_ERROR", "cannot be deleted")
		}
	}
}

// An invoice takes over the addresses of its contact and company, where it has none
// of its own.
func TestInvoiceInheritsDetails(t *testing.T) {
	c := serve(t, nil, Options{})
	contact := c.made("contacts", `{"properties":{"address":"1 Way","city":"Ulm","zip":"9"}}`)
	company := c.made("companies", `{"properties":{"name":"N","address":"2 Way","address2":"c/o"}}`)
	invoice := c.made("invoices", `{"properties":{"hs_currency":"EUR","hs_recipient_shipping_city":"Bonn"},"associations":[
		{"to":{"id":`+contact+`},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":177}]}]}`)
	c.relate("companies", company, "invoices", invoice)
	if got := c.values("invoices", invoice, "hs_recipient_shipping_address", "hs_recipient_shipping_city", "hs_recipient_shipping_zip",
		"hs_recipient_shipping_country", "hs_recipient_company_address", "hs_recipient_company_address2"); got != "1 Way|Bonn|9||2 Way|c/o" {
		t.Errorf("got %s", got)
	}
}

// A line item takes from its product what it does not say itself.
func TestLineItemFromProduct(t *testing.T) {
	c := serve(t, nil, Options{})
	product := c.made("products", `{"properties":{"name":"P","hs_sku":"S-1","price":"7.5","description":"D","hs_cost_of_goods_sold":3}}`)
	line := c.made("line_items", `{"properties":{"hs_product_id":`+product+`,"quantity":2,"name":"Mine","description":""}}`)
	if got := c.values("line_items", line, "name", "description", "hs_sku", "price", "hs_cost_of_goods_sold", "amount"); got != "Mine||S-1|7.5|3|15.00" {
		t.Errorf("got %s", got)
	}
}
