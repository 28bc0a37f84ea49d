package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
)

// A line item comes to quantity times price less discount, and tax by the rate of
// the library.
func TestLineAmounts(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": `{"id":"5","label":"VAT","percentageRate":7.25}` + "\n"}, Options{})
	const names = "hs_pre_discount_amount hs_total_discount amount hs_tax_rate hs_tax_label hs_tax_amount hs_post_tax_amount"
	for _, tt := range []struct{ properties, want string }{
		{`"price":"5"`, "5.00|0.00|5.00||||5.00"},
		{`"price":"15.0","discount":"10"`, "15.00|10.00|5.00||||5.00"}, // the recorded line item
		{`"price":"3.335","quantity":"3"`, "10.01|0.00|10.01||||10.01"},
		{`"price":"0.335","quantity":"1"`, "0.34|0.00|0.34||||0.34"},
		{`"price":"10","quantity":"0"`, "0.00|0.00|0.00||||0.00"},
		{`"price":"10","quantity":"-1.5"`, "-15.00|0.00|-15.00||||-15.00"},
		{`"price":"10","quantity":"4","discount":"0.25"`, "40.00|1.00|39.00||||39.00"},
		{`"price":"10","quantity":"4","hs_discount_percentage":"12.5"`, "40.00|5.00|35.00||||35.00"},
		{`"price":"10","quantity":"4","discount":"1","hs_discount_percentage":"50"`, "40.00|4.00|36.00||||36.00"},
		{`"price":"10","hs_tax_rate_group_id":"5"`, "10.00|0.00|10.00|7.25|VAT|0.73|10.73"},
		{`"price":"1000","hs_line_item_currency_code":"JPY","hs_discount_percentage":"0.05"`, "1000|1|1000||||1000"}, // 0.5 and 999.5
		{`"price":"1.2345","hs_line_item_currency_code":"KWD"`, "1.235|0.000|1.235||||1.235"},
		{`"quantity":"4"`, "||||||"},
	} {
		id := c.made("line_items", `{"properties":{`+tt.properties+`}}`)
		if got := c.values("line_items", id, strings.Fields(names)...); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.properties, got, tt.want)
		}
	}
	id := c.made("line_items", `{"properties":{"price":"10","hs_tax_rate_group_id":"5"}}`)
	c.mustSet("line_items", id, `"hs_tax_rate_group_id":"","quantity":3`)
	if got := c.values("line_items", id, strings.Fields(names)...); got != "30.00|0.00|30.00||||30.00" {
		t.Errorf("without the rate: %s", got)
	}
}

// A line item that loses its price comes to nothing, as one that never had any.
func TestPriceCleared(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": `{"id":"5","percentageRate":10}` + "\n"}, Options{})
	invoice, line := c.lined("")
	c.mustSet("line_items", line, `"hs_tax_rate_group_id":"5"`)
	c.mustSet("line_items", line, `"price":""`)
	if got := c.values("line_items", line, "hs_pre_discount_amount", "amount", "hs_tax_amount", "hs_post_tax_amount") + " " + c.values("invoices", invoice, "hs_amount_billed"); got != "||| 0.00" {
		t.Errorf("got %s", got)
	}
}

// part makes a part of an invoice.
func (c *client) part(object, invoice, properties string) string {
	c.t.Helper()
	back := map[string]int{"line_items": 410, "discounts": 412, "fees": 414, "taxes": 416, "commerce_payments": 542}[object]
	return c.made(object, fmt.Sprintf(`{"properties":{%s},"associations":[{"to":{"id":%q},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":%d}]}]}`, properties, invoice, back))
}

// An invoice comes to its line items, less discounts, with fees and taxes, each kind
// of what the ones before it made, and follows every change of them.
func TestInvoiceAmounts(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": `{"id":"5","label":"VAT","percentageRate":10}` + "\n"}, Options{})
	invoice := c.made("invoices", `{"properties":{"hs_currency":"EUR"}}`)
	want := func(step, billed string) {
		t.Helper()
		if got := c.values("invoices", invoice, "hs_amount_billed", "hs_balance_due"); got != billed+"|"+billed {
			t.Errorf("%s: %s, want %s", step, got, billed)
		}
	}
	first := c.part("line_items", invoice, `"price":"100"`)
	want("a line item", "100.00")
	c.part("line_items", invoice, `"price":"50","quantity":2,"hs_tax_rate_group_id":"5"`)
	want("a taxed one", "210.00")
	discount := c.part("discounts", invoice, `"hs_type":"PERCENT","hs_value":"10","hs_sort_order":1`)
	want("10 % off", "190.00") // of 200; the lines' own tax stays
	c.part("discounts", invoice, `"hs_type":"FIXED","hs_value":"20","hs_sort_order":0`)
	want("20 off before", "172.00") // 200 - 20 - 18 + 10
	c.part("fees", invoice, `"hs_type":"PERCENT","hs_value":"5"`)
	want("a fee of 5 %", "180.10") // 162 + 8.10 + 10
	tax := c.part("taxes", invoice, `"hs_type":"PERCENT","hs_value":"20"`)
	want("a tax of 20 %", "214.12") // 170.10 + 34.02 + 10
	c.part("taxes", invoice, `"hs_type":"FIXED","hs_value":"1.005"`)
	want("a tax of 1.005", "215.13")
	c.mustSet("line_items", first, `"quantity":"0"`)
	want("a quantity of 0", "101.73") // 100 - 20 - 8 = 72, + 3.60, + 15.12 + 1.01, + 10
	if status, _ := c.send("DELETE", crm+"discounts/"+discount, ""); status != 204 {
		t.Fatal(status)
	}
	want("no 10 % off", "111.81") // 80 + 4 + 16.80 + 1.01 + 10
	c.send("DELETE", "/crm/v4/objects/taxes/"+tax+"/associations/invoices/"+invoice, "")
	want("no tax of 20 %", "95.01")
	must(t, c.portal.Update("line_items", first, map[string]string{"quantity": "1"}))
	want("edited by a person", "200.01") // 180 + 9 + 1.01 + 10
	c.part("fees", invoice, `"hs_type":"PERCENT","hs_value":"10","hs_sort_order":1`)
	want("a second fee, of what the first is of", "218.01")
	c.part("commerce_payments", invoice, `"hs_initial_amount":"200","hs_initiated_date":"2026-11-01"`)
	if got := c.values("invoices", invoice, "hs_amount_billed", "hs_balance_due", "hs_invoice_status"); got != "218.01|18.01|draft" {
		t.Errorf("paid in part: %s", got)
	}
	c.part("commerce_payments", invoice, `"hs_initial_amount":"18.01","hs_initiated_date":"2026-11-01"`)
	if got := c.values("invoices", invoice, "hs_amount_billed", "hs_balance_due", "hs_invoice_status"); got != "218.01|0.00|draft" {
		t.Errorf("a draft that is paid: %s", got)
	}
}

// Amounts are rounded by line, or once for the invoice.
func TestRounding(t *testing.T) {
	for form, want := range map[RoundingForm]string{RoundLines: "1.00|1.02", RoundInvoice: "0.98|1.01"} {
		c := serve(t, nil, Options{Writing: Writing{Rounding: form}})
		three := c.made("invoices", `{"properties":{"hs_currency":"EUR"}}`)
		for range 3 {
			c.part("line_items", three, `"price":"0.325"`) // 0.33, or 0.975 in all
		}
		taxed := c.made("invoices", `{"properties":{"hs_currency":"EUR"}}`)
		c.part("line_items", taxed, `"price":"0.95"`)
		for range 2 {
			c.part("fees", taxed, `"hs_type":"FIXED","hs_value":"0.015"`) // 0.02, or 0.03 in all
		}
		c.part("discounts", three, `"hs_type":"FIXED","hs_value":"-0.005"`) // a discount below zero adds
		c.part("taxes", taxed, `"hs_type":"PERCENT","hs_value":"3"`)        // of 0.99: 0.03; or 0.0294 of 0.98
		got := c.values("invoices", three, "hs_amount_billed") + "|" + c.values("invoices", taxed, "hs_amount_billed")
		if got != want {
			t.Errorf("form %d: %s, want %s", form, got, want)
		}
	}
}

// What a dataset says of amounts stands until something of the invoice is written,
// and where a part cannot be read.
func TestAmountsOfADataset(t *testing.T) {
	dataset := files{
		"invoices.jsonl": `{"id":"1","properties":{"hs_currency":"EUR","hs_amount_billed":"77.0","hs_balance_due":"70.0"},"associations":{"line_items":["1","2"]},"updatedAt":"2026-01-01T00:00:00Z"}` + "\n" +
			`{"id":"2","properties":{"hs_currency":"EUR","hs_amount_billed":"n/a"},"associations":{"line_items":["3"]}}` + "\n",
		"line_items.jsonl": `{"id":"1","properties":{"price":"5.0","amount":"6.0","hs_tax_rate_group_id":"5"}}` + "\n" + `{"id":"2","properties":{"amount":"3"}}` + "\n" +
			`{"id":"3","properties":{"price":"five"}}` + "\n",
		"tax_rates.jsonl": `{"id":"5","percentageRate":10}` + "\n",
	}
	c := serve(t, dataset, Options{})
	c.mustSet("line_items", "1", `"name":"x"`)
	c.mustSet("invoices", "1", `"hs_comments":"x"`)
	if got := c.values("invoices", "1", "hs_amount_billed", "hs_balance_due") + " " + c.values("line_items", "1", "amount"); got != "77.0|70.0 6.0" {
		t.Errorf("names edited: %s", got)
	}
	c.mustSet("line_items", "2", `"quantity":"9"`)
	if got := c.values("invoices", "1", "hs_amount_billed", "hs_balance_due"); got != "9.60|9.60" {
		t.Errorf("another line item edited: %s", got) // 6.0 + 10 %, 3
	}
	c.mustSet("line_items", "1", `"quantity":"2"`)
	if got := c.values("invoices", "1", "hs_amount_billed") + " " + c.values("line_items", "1", "amount", "hs_tax_amount"); got != "14.00 10.00|1.00" {
		t.Errorf("edited: %s", got)
	}
	c.part("line_items", "2", `"price":"1"`)
	if got := c.values("invoices", "2", "hs_amount_billed"); got != "1.00" {
		t.Errorf("beside a line item that cannot be read, and has no amount: %s", got)
	}
	must(t, c.portal.Update("invoices", "2", map[string]string{"hs_amount_billed": "55"}))
	must(t, c.portal.Update("line_items", "3", map[string]string{"amount": "much"}))
	c.part("line_items", "2", `"price":"1"`)
	if got := c.values("invoices", "2", "hs_amount_billed"); got != "55" {
		t.Errorf("with an amount that cannot be read: %s", got)
	}
	own, err := c.portal.Create("invoices", map[string]string{"hs_currency": "EUR", "hs_amount_billed": "12"})
	must(t, err)
	if got := c.values("invoices", own, "hs_amount_billed"); got != "12" {
		t.Errorf("an amount that a person states: %s", got)
	}
}
