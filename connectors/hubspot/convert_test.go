package hubspot

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"

	"github.com/tieout/tieout/reconcile"
)

func newYork(t testing.TB) *time.Location {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func recordOf[P any](t testing.TB, id, properties string) *record[P] {
	r, err := parse[P](json.RawMessage(object(id, properties, "")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// given is an invoice with its parts, as JSON members of their properties.
type given struct {
	invoice                       string // in place of the usual members
	lines, discounts, fees, taxes []string
}

const usual = `"hs_number":"INV-1","hs_currency":"USD","hs_invoice_status":"open"`

func (g given) convert(t testing.TB) (reconcile.Invoice, []reconcile.Unreadable) {
	if g.invoice == "" {
		g.invoice = usual
	}
	p := parts{
		discounts: charges(t, 20, g.discounts), fees: charges(t, 30, g.fees), taxes: charges(t, 40, g.taxes),
	}
	for n, l := range g.lines {
		p.lines = append(p.lines, recordOf[lineProperties](t, fmt.Sprint(10+n), l))
	}
	about := portal{zone: newYork(t), percents: map[string]decimal.Decimal{"6": decimal.MustNew(6, 0), "0": {}}}
	return convertInvoice(recordOf[invoiceProperties](t, "1", g.invoice), p, about)
}

func charges(t testing.TB, first int, properties []string) []*chargeRecord {
	var list []*chargeRecord
	for n, p := range properties {
		list = append(list, recordOf[chargeProperties](t, fmt.Sprint(first+n), p))
	}
	return list
}

func TestLine(t *testing.T) {
	for _, tt := range []struct {
		name, properties string
		want             string // quantity × price = amount
	}{
		{"plain", `"price":"15.0","quantity":"2","amount":"30.00"`, "2 × 15 = 3000"},
		{"quantity null counts as one", `"price":"15.0","quantity":null,"amount":"15.00"`, "1 × 15 = 1500"},
		{"numbers instead of texts", `"price":15.5,"quantity":2,"amount":31`, "2 × 15.5 = 3100"},
		{"discount per unit, as recorded", `"price":"15.0","discount":"10","quantity":null,"hs_total_discount":"10.00","amount":"5.00"`, "1 × 5 = 500"},
		{"discount in percent", `"price":"15.0","hs_discount_percentage":"10","quantity":"3","amount":"40.50"`, "3 × 13.5 = 4050"},
		{"percentage and its total", `"price":"10","hs_discount_percentage":"50","hs_total_discount":"10.00","quantity":"2","amount":"10"`, "2 × 5 = 1000"},
		{"both discounts", `"price":"100","discount":"5","hs_discount_percentage":"10","quantity":"1","amount":"85"`, "1 × 85 = 8500"},
		{"total discount that divides", `"price":"10","quantity":"4","hs_total_discount":"10","amount":"30"`, "4 × 7.5 = 3000"},
		{"total discount that does not", `"price":"10","quantity":"3","hs_total_discount":"5","amount":"25"`, "3 × 8.333333333333333333 = 2500"},
		{"amount only", `"amount":"75.00","quantity":"5"`, "1 × 75 = 7500"},
		{"no amount", `"price":"128.35","quantity":"14.50"`, "14.5 × 128.35 = 186108"},
		{"amount stated otherwise", `"price":"10","quantity":"2","amount":"19.99"`, "2 × 10 = 1999"},
		{"five decimals", `"price":"0.12345","quantity":"1000","amount":"123.45"`, "1000 × 0.12345 = 12345"},
		{"nothing for free", `"price":"0","quantity":"1","amount":"0"`, "1 × 0 = 0"},
		{"empty properties", `"price":"10","quantity":"","discount":"","hs_discount_percentage":"","amount":""`, "1 × 10 = 1000"},
	} {
		i, troubles := given{lines: []string{tt.properties}}.convert(t)
		if len(troubles) != 0 {
			t.Errorf("%s: unreadable %+v", tt.name, troubles)
			continue
		}
		l := i.Lines[0]
		if got := fmt.Sprintf("%s × %s = %d", l.Quantity, l.Price, l.Amount); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestLineNames(t *testing.T) {
	i, _ := given{lines: []string{
		`"price":"1","name":"Second","hs_position_on_quote":"10","hs_sku":" PROD-001 ","hs_product_id":"77","hs_tax_rate_group_id":"6"`,
		`"price":"1","name":"First","hs_position_on_quote":"9","hs_sku":null`,
	}}.convert(t)
	want := []reconcile.Line{
		{Name: "First", Quantity: decimal.MustNew(1, 0), Price: decimal.MustNew(1, 0), Amount: 100},
		{Name: "Second", SKU: " PROD-001 ", ProductID: "77", TaxRateID: "6", Quantity: decimal.MustNew(1, 0), Price: decimal.MustNew(1, 0), Amount: 100},
	}
	if diff := cmp.Diff(want, i.Lines, byValue); diff != "" {
		t.Error(diff)
	}
}

func TestAmounts(t *testing.T) {
	line := func(more string) string { return `"price":"50","quantity":"2","amount":"100.00"` + more }
	plain := []string{line("")}
	taxed := `,"hs_tax_rate_group_id":"6"`
	for _, tt := range []struct {
		name string
		given
		want string // discount, fee, tax, total, balance
	}{
		{"total and balance stated", given{invoice: usual + `,"hs_amount_billed":"100.00","hs_balance_due":"40.0"`, lines: plain}, "0 0 0 10000 4000"},
		{"total computed", given{lines: plain}, "0 0 0 10000 10000"},
		{"fixed discount", given{lines: plain, discounts: []string{`"hs_type":"FIXED","hs_value":"12.5"`}}, "1250 0 0 8750 8750"},
		{"discount in percent", given{lines: plain, discounts: []string{`"hs_type":"PERCENT","hs_value":"12.345"`}}, "1235 0 0 8765 8765"},
		{"discounts in their order", given{lines: plain, discounts: []string{
			`"hs_type":"PERCENT","hs_value":"10","hs_sort_order":"2"`, `"hs_type":"FIXED","hs_value":"50","hs_sort_order":"1"`}}, "5500 0 0 4500 4500"},
		{"fee in percent, after the discount", given{lines: plain, discounts: []string{`"hs_type":"FIXED","hs_value":"50"`}, fees: []string{`"hs_type":"PERCENT","hs_value":"10"`}}, "5000 500 0 5500 5500"},
		{"order-level tax, after both", given{
			lines: plain, discounts: []string{`"hs_type":"FIXED","hs_value":"50"`}, fees: []string{`"hs_type":"FIXED","hs_value":"5"`},
			taxes: []string{`"hs_type":"PERCENT","hs_value":"10"`, `"hs_type":"FIXED","hs_value":"1.23"`}}, "5000 500 673 6173 6173"},
		{"half a cent of order-level tax goes up", given{lines: []string{`"price":"0.50"`}, taxes: []string{`"hs_type":"PERCENT","hs_value":"1"`}}, "0 0 1 51 51"},
		{"tax stated by lines", given{lines: []string{line(taxed + `,"hs_tax_amount":"6.5"`), line(`,"hs_tax_amount":"0.25"`)}}, "0 0 675 20675 20675"},
		{"tax of a rate, per rate", given{lines: []string{
			`"price":"0.25","hs_tax_rate_group_id":"6"`, `"price":"0.25","hs_tax_rate_group_id":"6"`, `"price":"0.25"`}}, "0 0 3 78 78"},
		{"the line's own percentage before the library's", given{lines: []string{line(taxed + `,"hs_tax_rate":"7"`)}}, "0 0 700 10700 10700"},
		{"a rate of nothing", given{invoice: usual + `,"hs_tax":"9"`, lines: []string{line(`,"hs_tax_rate_group_id":"0"`)}}, "0 0 0 10000 10000"},
		{"only the invoice tells", given{invoice: usual + `,"hs_tax":"6.00"`, lines: plain}, "0 0 600 10600 10600"},
		{"lines before the invoice", given{invoice: usual + `,"hs_tax":"9"`, lines: []string{line(taxed)}}, "0 0 600 10600 10600"},
		{"a rate that is gone, told by the invoice", given{invoice: usual + `,"hs_tax":"5"`, lines: []string{line(`,"hs_tax_rate_group_id":"99"`)}}, "0 0 500 10500 10500"},
		{"a rate that is gone, told by the total", given{invoice: usual + `,"hs_amount_billed":"104.00"`, lines: []string{line(`,"hs_tax_rate_group_id":"99"`)}}, "0 0 400 10400 10400"},
		{"paid", given{invoice: strings.Replace(usual, "open", "paid", 1), lines: plain}, "0 0 0 10000 0"},
		{"draft", given{invoice: strings.Replace(usual, "open", "draft", 1), lines: plain}, "0 0 0 10000 10000"},
		{"voided", given{invoice: strings.Replace(usual, "open", "voided", 1), lines: plain}, "0 0 0 10000 0"},
		{"no lines", given{}, "0 0 0 0 0"},
	} {
		i, troubles := tt.convert(t)
		if len(troubles) != 0 || i.Unreadable {
			t.Errorf("%s: unreadable %+v", tt.name, troubles)
		}
		if got := fmt.Sprint(i.Discount, i.Fee, i.Tax, i.Total, i.Balance); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestDigitsBeyondTheMinorUnit(t *testing.T) {
	i, troubles := given{
		invoice: usual + `,"hs_amount_billed":"10.005","hs_balance_due":"10.004"`,
		lines:   []string{`"price":"10.005","amount":"10.005","hs_tax_amount":"0.0049"`},
	}.convert(t)
	want := map[string]string{"total": "10.005", "balance": "10.004", "lines[#1].amount": "10.005", "tax": "0.0049"}
	if diff := cmp.Diff(want, i.Beyond); diff != "" || len(troubles) != 0 {
		t.Errorf("%s %+v", diff, troubles)
	}
	if i.Total != 1001 || i.Balance != 1000 || i.Lines[0].Amount != 1001 || i.Tax != 0 {
		t.Errorf("got %+v", i)
	}
	i, _ = given{invoice: strings.Replace(usual, "USD", "JPY", 1) + `,"hs_amount_billed":"1500.00"`}.convert(t)
	if i.Total != 1500 || i.Beyond != nil {
		t.Errorf("got %d yen, beyond %v", i.Total, i.Beyond)
	}
}

func TestBusinessDate(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`"2026-03-09T03:30:00Z"`, "2026-03-08"},      // daylight saving begins that day
		{`"2026-03-09T04:30:00.000Z"`, "2026-03-09"},  // by then an hour is lost
		{`"2026-01-01T04:59:59.999Z"`, "2025-12-31"},  // the year before
		{`"2026-01-01T00:30:00-05:00"`, "2026-01-01"}, // another offset
		{`"1767243600000"`, "2026-01-01"},             // milliseconds: midnight in New York
		{`1767243600000`, "2026-01-01"},
		{`"2026-01-01"`, "2026-01-01"},
		{`""`, ""},
		{`null`, ""},
	} {
		i, troubles := given{invoice: usual + `,"hs_invoice_date":` + tt.text + `,"hs_due_date":` + tt.text}.convert(t)
		if i.Date.String() != tt.want || i.DueDate != i.Date || len(troubles) != 0 {
			t.Errorf("%s: got %s, want %s, unreadable %+v", tt.text, i.Date, tt.want, troubles)
		}
	}
}

func TestSource(t *testing.T) {
	for _, tt := range []struct {
		properties  string
		integration bool
		source      string
	}{
		{`"hs_object_source":"CRM_UI"`, false, "CRM_UI"},
		{`"hs_object_source":"INTEGRATION","hs_object_source_label":"INTEGRATION","hs_object_source_detail_1":"Data Sync"`, true, "INTEGRATION: Data Sync"},
		{`"hs_object_source":"API","hs_object_source_label":"INTERNAL_PROCESSING"`, false, "INTERNAL_PROCESSING"},
		{`"hs_object_source":null`, false, ""},
	} {
		i, _ := given{invoice: usual + "," + tt.properties}.convert(t)
		if i.Integration != tt.integration || i.Source != tt.source {
			t.Errorf("%s: got %v, %q", tt.properties, i.Integration, i.Source)
		}
	}
}

func TestUnreadable(t *testing.T) {
	with := func(more string) given { return given{invoice: usual + "," + more, lines: []string{`"price":"1"`}} }
	for _, tt := range []struct {
		name string
		given
		object, id, field string
	}{
		{"total", with(`"hs_amount_billed":"12,50"`), "invoices", "1", "total"},
		{"balance", with(`"hs_balance_due":"much"`), "invoices", "1", "balance"},
		{"tax", with(`"hs_tax":"6 %"`), "invoices", "1", "tax"},
		{"date", with(`"hs_invoice_date":"yesterday"`), "invoices", "1", "date"},
		{"due date", with(`"hs_due_date":"2026-02-30"`), "invoices", "1", "due_date"},
		{"date out of range", with(`"hs_invoice_date":"9223372036854775807"`), "invoices", "1", "date"},
		{"status", given{invoice: `"hs_number":"INV-1","hs_currency":"USD","hs_invoice_status":"OPEN"`}, "invoices", "1", "status"},
		{"no status", given{invoice: `"hs_number":"INV-1","hs_currency":"USD"`}, "invoices", "1", "status"},
		{"no currency", given{invoice: `"hs_number":"INV-1","hs_invoice_status":"open"`}, "invoices", "1", "currency"},
		{"currency in lower case", given{invoice: strings.Replace(usual, "USD", "usd", 1)}, "invoices", "1", "currency"},
		{"first of several", with(`"hs_balance_due":"much","hs_amount_billed":"12,50"`), "invoices", "1", "total"},
		{"a list", with(`"hs_amount_billed":["1"]`), "invoices", "1", "total"},
		{"NUL", with(`"hs_object_source":"a\u0000b"`), "invoices", "1", "source"},
		{"price", given{lines: []string{`"price":"ten"`}}, "line_items", "10", "price"},
		{"quantity", given{lines: []string{`"price":"1"`, `"price":"1","quantity":"1,5"`}}, "line_items", "11", "quantity"},
		{"amount", given{lines: []string{`"price":"1","amount":"$5"`}}, "line_items", "10", "amount"},
		{"line discount", given{lines: []string{`"price":"1","discount":"half"`}}, "line_items", "10", "discount"},
		{"line without any money", given{lines: []string{`"quantity":"1"`}}, "line_items", "10", "price"},
		{"NUL in a SKU", given{lines: []string{`"price":"1","hs_sku":"PROD\u0000"`}}, "line_items", "10", "sku"},
		{"too many digits", given{lines: []string{`"price":"0.123456789012345678901"`}}, "line_items", "10", "price"},
		{"product of too many digits", given{lines: []string{`"price":"0.1234567891","quantity":"0.1234567891"`}}, "line_items", "10", "amount"},
		{"line tax", given{lines: []string{`"price":"1","hs_tax_amount":"x"`}}, "line_items", "10", "tax"},
		{"type of a discount", given{discounts: []string{`"hs_type":"percent","hs_value":"1"`}}, "discounts", "20", "type"},
		{"value of a fee", given{fees: []string{`"hs_type":"FIXED","hs_value":"1,5"`}}, "fees", "30", "value"},
		{"tax without a value", given{taxes: []string{`"hs_type":"FIXED"`}}, "taxes", "40", "value"},
		{"rate that nobody knows", given{lines: []string{`"price":"1","hs_tax_rate_group_id":"99"`}}, "invoices", "1", "tax"},
	} {
		i, troubles := tt.convert(t)
		if len(troubles) != 1 || !i.Unreadable || i.Number != "INV-1" {
			t.Errorf("%s: unreadable %v, number %q, %+v", tt.name, i.Unreadable, i.Number, troubles)
			continue
		}
		u := troubles[0]
		if u.System != reconcile.HubSpot || u.Object != tt.object || u.ID != tt.id || u.Field != tt.field || u.Number != "INV-1" {
			t.Errorf("%s: got %s %s %s of %q", tt.name, u.Object, u.ID, u.Field, u.Number)
		}
		of := "1"
		if tt.object == "invoices" {
			of = "" // it is told for itself
		}
		if u.Of != of {
			t.Errorf("%s: a part of %q, want %q", tt.name, u.Of, of)
		}
		if u.Problem == "" || !json.Valid(u.Raw) || !strings.Contains(string(u.Raw), `"id":"`+tt.id+`"`) {
			t.Errorf("%s: problem %q, raw %s", tt.name, u.Problem, u.Raw)
		}
	}
}

// Every record with a bad value is told, and what could be read is there.
func TestSeveralUnreadable(t *testing.T) {
	i, troubles := given{
		invoice: usual + `,"hs_amount_billed":"12,50","hs_balance_due":"7.00"`,
		lines:   []string{`"price":"ten"`, `"price":"ten"`, `"price":"1","hs_sku":"A"`},
	}.convert(t)
	if len(troubles) != 3 || !i.Unreadable || len(i.Lines) != 3 || i.Lines[2].SKU != "A" || i.Balance != 700 {
		t.Errorf("got %+v, %d troubles", i, len(troubles))
	}
}

func TestWrongShapes(t *testing.T) {
	for _, raw := range []string{`{"id":"1","properties":7}`, `{"id":1,"properties":null,"createdAt":{}}`, `{"id":"1","properties":[]}`} {
		r, err := parse[invoiceProperties](json.RawMessage(raw))
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		i, troubles := convertInvoice(r, parts{}, portal{zone: time.UTC})
		if len(troubles) != 1 || i.ID != "1" {
			t.Errorf("%s: got %+v", raw, troubles)
		}
	}
	for _, raw := range []string{`7`, `{}`, `[]`, `{"id":null}`, `{"id":""}`} {
		if _, err := parse[invoiceProperties](json.RawMessage(raw)); err == nil {
			t.Errorf("%s is a record", raw)
		}
	}
}

func TestUnreadableMasters(t *testing.T) {
	for _, tt := range []struct {
		add          func(*reconcile.Page, json.RawMessage) error
		raw          string
		object, path string
		kept         string // the SKU, e-mail or id by which the record still counts
	}{
		{addProduct, object("1", `"hs_sku":"A","price":"free"`, ""), "products", "price", "A"},
		{addProduct, object("1", `"hs_sku":"A\u0000"`, ""), "products", "sku", ""},
		{addContact, object("1", `"email":{}`, ""), "contacts", "email", ""},
		{addContact, object("1", `"email":"a@b.test","createdate":"long ago"`, ""), "contacts", "created_at", "a@b.test"},
		{addCompany, object("1", `"name":"\ud800"`, ""), "companies", "name", "1"},
		{addTaxRate, `{"id":"1","name":"x","percentageRate":"six"}`, "tax_rates", "percent", ""},
		{addTaxRate, `{"id":"1","name":"x"}`, "tax_rates", "percent", ""},
	} {
		var page reconcile.Page
		if err := tt.add(&page, json.RawMessage(tt.raw)); err != nil {
			t.Errorf("%s: %v", tt.raw, err)
			continue
		}
		kept := ""
		for _, p := range page.Products {
			kept += p.SKU
		}
		for _, c := range page.Customers {
			kept += c.Email
			if c.Company {
				kept += c.ID
			}
		}
		if kept != tt.kept || len(page.TaxRates) != 0 || len(page.Unreadable) != 1 {
			t.Errorf("%s: kept %q, %d rates, unreadable %+v", tt.raw, kept, len(page.TaxRates), page.Unreadable)
			continue
		}
		if u := page.Unreadable[0]; u.Of != "" || u.Object != tt.object || u.Field != tt.path || u.ID != "1" || string(u.Raw) != tt.raw {
			t.Errorf("%s: got %+v", tt.raw, u)
		}
	}
}

func TestOldestContact(t *testing.T) {
	contact := func(id, created string) *contactRecord {
		return recordOf[contactProperties](t, id, `"createdate":"`+created+`"`)
	}
	records := map[string]*contactRecord{
		"9": contact("9", "2024-01-01T00:00:00Z"), "10": contact("10", "2024-01-01T00:00:00Z"),
		"3": contact("3", "2025-01-01T00:00:00Z"), "4": contact("4", "long ago"),
	}
	for _, tt := range []struct {
		ids, want  string
		unreadable int
	}{{"3 10 9", "9", 0}, {"10 3", "10", 0}, {"3 77", "3", 0}, {"77 78", "", 0}, {"3 4", "3", 1}} {
		if b := oldest(strings.Fields(tt.ids), records); b.customer != tt.want || len(b.unreadable) != tt.unreadable {
			t.Errorf("%s: got %+v", tt.ids, b)
		}
	}
}

// A contact that is told with an invoice is told as a part of it.
func TestUnreadableContactOfAnInvoice(t *testing.T) {
	p := parts{bill: oldest([]string{"4"}, map[string]*contactRecord{"4": recordOf[contactProperties](t, "4", `"createdate":"long ago"`)})}
	_, troubles := convertInvoice(recordOf[invoiceProperties](t, "1", usual), p, portal{zone: time.UTC})
	if len(troubles) != 1 || troubles[0].Object != "contacts" || troubles[0].ID != "4" || troubles[0].Of != "1" || troubles[0].Number != "INV-1" {
		t.Errorf("got %+v", troubles)
	}
}
