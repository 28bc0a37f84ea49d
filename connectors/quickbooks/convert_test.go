package quickbooks

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

func convertOne(t testing.TB, raw string) (reconcile.Invoice, []reconcile.Unreadable) {
	t.Helper()
	var page reconcile.Page
	if err := addInvoice(&page, json.RawMessage(raw), "USD"); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return page.Invoices[0], page.Unreadable
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at.UTC()
}

func day(t testing.TB, s string) reconcile.Date {
	t.Helper()
	d, err := reconcile.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Every field that is used, held against what the real server sent.
func TestRecordedInvoices(t *testing.T) {
	created := reconcile.Invoice{
		System: reconcile.QuickBooks, ID: "266", Version: "0", Number: "1043", Status: reconcile.StatusOpen,
		Date: day(t, "2020-09-29"), DueDate: day(t, "2020-10-29"), Currency: "USD", CustomerID: "1",
		Lines: []reconcile.Line{{ProductID: "1", Name: "Services", Quantity: one, Price: decimal.MustNew(100, 0), Amount: 10000}},
		Total: 10000, Balance: 10000,
		CreatedAt: instant(t, "2020-09-29T12:58:07Z"), UpdatedAt: instant(t, "2020-09-29T12:58:07Z"),
	}
	before := created
	before.ID, before.Number = "264", "1041"
	before.CreatedAt, before.UpdatedAt = instant(t, "2020-09-29T11:46:06Z"), instant(t, "2020-09-29T11:46:06Z")
	voided := before
	voided.Version, voided.Status, voided.Total, voided.Balance = "1", reconcile.StatusVoided, 0, 0
	voided.UpdatedAt = instant(t, "2022-09-02T12:58:56Z")
	voided.Lines = []reconcile.Line{{ProductID: "1", Name: "Services", Quantity: one}}
	for name, want := range map[string]reconcile.Invoice{
		"invoice_create_200": created, "invoice_before_void_200": before, "invoice_void_200": voided,
	} {
		var envelope struct{ Invoice json.RawMessage }
		if err := json.Unmarshal(recorded(t, name), &envelope); err != nil {
			t.Fatal(err)
		}
		got, troubles := convertOne(t, string(envelope.Invoice))
		if diff := cmp.Diff(want, got, byValue); diff != "" || len(troubles) != 0 {
			t.Errorf("%s: %s %+v", name, diff, troubles)
		}
	}
}

func TestRecordedCustomers(t *testing.T) {
	got, err := decodeResponse(recorded(t, "query_customers_200"), "Customer")
	if err != nil || len(got.entities) != 41 {
		t.Fatalf("got %d, %v", len(got.entities), err)
	}
	var page reconcile.Page
	for _, raw := range got.entities {
		if err := addCustomer(&page, raw); err != nil {
			t.Fatal(err)
		}
	}
	if len(page.Customers) != 41 || len(page.Unreadable) != 0 {
		t.Errorf("got %d customers, unreadable %+v", len(page.Customers), page.Unreadable)
	}
	want := []reconcile.Customer{
		{System: reconcile.QuickBooks, ID: "1", Name: "Amy's Bird Sanctuary", Email: "Birds@Intuit.com", Active: true,
			CreatedAt: instant(t, "2015-10-01T23:48:43Z"), UpdatedAt: instant(t, "2020-09-29T13:02:35Z")},
		{System: reconcile.QuickBooks, ID: "67", Name: "Araborn", Active: true,
			CreatedAt: instant(t, "2018-04-12T11:08:01Z"), UpdatedAt: instant(t, "2018-04-12T11:08:01Z")},
	}
	if diff := cmp.Diff(want, page.Customers[:2]); diff != "" {
		t.Error(diff)
	}
}

// A vendor has the members of a customer that are read; one of the recorded
// ones is inactive.
func TestRecordedInactiveName(t *testing.T) {
	got, err := decodeResponse(recorded(t, "query_inactive_vendors_200"), "Vendor")
	if err != nil {
		t.Fatal(err)
	}
	var page reconcile.Page
	for _, raw := range got.entities {
		if err := addCustomer(&page, raw); err != nil {
			t.Fatal(err)
		}
	}
	var inactive []string
	for _, c := range page.Customers {
		if !c.Active {
			inactive = append(inactive, c.Name)
		}
		if strings.Contains(c.Name, "(deleted)") {
			t.Errorf("got name %q", c.Name)
		}
	}
	if diff := cmp.Diff([]string{"United States Treasury"}, inactive); diff != "" {
		t.Error(diff)
	}
}

// A sales receipt has the lines of an invoice, with quantities.
func TestRecordedLines(t *testing.T) {
	got, err := decodeResponse(recorded(t, "query_salesreceipts_200"), "SalesReceipt")
	if err != nil {
		t.Fatal(err)
	}
	i, troubles := convertOne(t, string(got.entities[0]))
	want := []reconcile.Line{{ProductID: "4", Name: "Design", Quantity: decimal.MustNew(45, 1), Price: decimal.MustNew(75, 0), Amount: 33750}}
	if diff := cmp.Diff(want, i.Lines, byValue); diff != "" || len(troubles) != 0 || i.Total != 33750 {
		t.Errorf("%s %+v", diff, troubles)
	}
}

func TestRecordedCounts(t *testing.T) {
	count, err := decodeResponse(recorded(t, "query_count_200"), "Customer")
	if err != nil || count.total != 41 {
		t.Errorf("got %+v, %v", count, err)
	}
	empty, err := decodeResponse(recorded(t, "query_empty_200"), "Customer")
	if err != nil || len(empty.entities) != 0 || empty.total != -1 {
		t.Errorf("got %+v, %v", empty, err)
	}
}

// invoiceOf is an invoice with the given lines and further members.
func invoiceOf(lines, more string) string {
	return `{"Id":"7","SyncToken":"3","DocNumber":"INV-7","TxnDate":"2026-03-08","TotalAmt":100.00,"Balance":100.00,"Line":[` + lines + `]` + more + `}`
}

func sale(amount, detail string) string {
	return `{"Amount":` + amount + `,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}` + detail + `}}`
}

func TestLine(t *testing.T) {
	for _, tt := range []struct{ name, line, want string }{
		{"plain", sale("9.00", `,"Qty":2,"UnitPrice":4.5`), "2 × 4.5 = 900"},
		{"amount only", sale("100.00", ""), "1 × 100 = 10000"},
		{"half a cent goes up, as stated", sale("1861.08", `,"Qty":14.50,"UnitPrice":128.35`), "14.5 × 128.35 = 186108"},
		{"seven decimals", sale("7.96", `,"Qty":15,"UnitPrice":0.5306667`), "15 × 0.5306667 = 796"},
		{"discount in percent", sale("90", `,"Qty":2,"UnitPrice":50,"DiscountRate":10`), "2 × 45 = 9000"},
		{"discount amount of the line", sale("90", `,"Qty":4,"UnitPrice":25,"DiscountAmt":10`), "4 × 22.5 = 9000"},
		{"discount amount that does not divide", sale("25", `,"Qty":3,"UnitPrice":10,"DiscountAmt":5`), "3 × 8.333333333333333333 = 2500"},
		{"quantity without price", sale("100", `,"Qty":4`), "4 × 25 = 10000"},
		{"quantity that does not divide", sale("100", `,"Qty":3`), "1 × 100 = 10000"},
		{"price without quantity", sale("100", `,"UnitPrice":50`), "1 × 100 = 10000"},
		{"as a void leaves it", sale("0", `,"Qty":0`), "1 × 0 = 0"},
		{"negative", sale("-10.00", `,"Qty":-2,"UnitPrice":5`), "-2 × 5 = -1000"},
	} {
		i, troubles := convertOne(t, invoiceOf(tt.line, ""))
		if len(troubles) != 0 || len(i.Lines) != 1 {
			t.Errorf("%s: %d lines, unreadable %+v", tt.name, len(i.Lines), troubles)
			continue
		}
		l := i.Lines[0]
		if got := fmt.Sprintf("%s × %s = %d", l.Quantity, l.Price, l.Amount); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestKindsOfLines(t *testing.T) {
	group := `{"Id":"1","Amount":0,"DetailType":"GroupLineDetail","GroupLineDetail":{"GroupItemRef":{"value":"9"},"Quantity":1,"Line":[` +
		sale("5", "") + `,` + sale("6", "") + `]}}`
	shipping := `{"Amount":12.50,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"SHIPPING_ITEM_ID"}}}`
	for _, tt := range []struct{ name, lines, want string }{ // lines, discount, shipping, fee
		{"subtotal", sale("5", "") + `,{"Amount":5,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}`, "1 0 0 0"},
		{"only a subtotal", `{"Amount":75.00,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}`, "0 0 0 0"},
		{"text", `{"Description":"Thanks","DetailType":"DescriptionOnly","DescriptionLineDetail":{}}`, "0 0 0 0"},
		{"text as a sale", `{"Description":"Thanks","DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}`, "0 0 0 0"},
		{"discount", `{"Amount":10.50,"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":true,"DiscountPercent":10}}`, "0 1050 0 0"},
		{"shipping twice", shipping + "," + shipping, "0 0 2500 0"},
		{"gratuity", strings.Replace(shipping, "SHIPPING", "GRATUITY", 1), "0 0 0 1250"},
		{"group", group, "2 0 0 0"},
		{"amount without item", `{"Amount":5,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}`, "1 0 0 0"},
	} {
		i, troubles := convertOne(t, invoiceOf(tt.lines, ""))
		if got := fmt.Sprint(len(i.Lines), i.Discount, i.Shipping, i.Fee); got != tt.want || len(troubles) != 0 {
			t.Errorf("%s: got %s, want %s, unreadable %+v", tt.name, got, tt.want, troubles)
		}
	}
}

func TestTaxCodeOfALine(t *testing.T) {
	for _, tt := range []struct{ code, invoice, want string }{
		{"TAX", `,"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":8}`, "2"},
		{"TAX", `,"TxnTaxDetail":{"TotalTax":8}`, "TAX"},
		{"TAX", ``, "TAX"},
		{"NON", `,"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":8}`, ""},
		{"", ``, ""},
		{"5", `,"TxnTaxDetail":{"TotalTax":8}`, "5"},
	} {
		i, troubles := convertOne(t, invoiceOf(sale("1", `,"TaxCodeRef":{"value":"`+tt.code+`"}`), tt.invoice))
		if len(troubles) != 0 || i.Lines[0].TaxRateID != tt.want {
			t.Errorf("%s%s: got %q, unreadable %+v", tt.code, tt.invoice, i.Lines[0].TaxRateID, troubles)
		}
		if want := int64(800); strings.Contains(tt.invoice, "TotalTax") && i.Tax != want {
			t.Errorf("got tax %d, want %d", i.Tax, want)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		total, balance, note string
		want                 reconcile.Status
	}{
		{"100", "100", "", reconcile.StatusOpen},
		{"100", "40", "", reconcile.StatusOpen},
		{"100", "0", "", reconcile.StatusPaid},
		{"0", "0", "", reconcile.StatusPaid},
		{"0", "0", "Voided", reconcile.StatusVoided},
		{"0.00", "0.00", "Voided - see 1042", reconcile.StatusVoided},
		{"100", "0", "Voided cheque came back", reconcile.StatusPaid},
		{"0", "0", "was Voided", reconcile.StatusPaid},
	} {
		i, troubles := convertOne(t, `{"Id":"1","Line":[],"TotalAmt":`+tt.total+`,"Balance":`+tt.balance+`,"PrivateNote":"`+tt.note+`"}`)
		if i.Status != tt.want || len(troubles) != 0 {
			t.Errorf("%+v: got %s", tt, i.Status)
		}
	}
}

func TestHeader(t *testing.T) {
	i, troubles := convertOne(t, invoiceOf("", `,"CurrencyRef":{"value":"JPY"},"CustomerRef":{"value":"12","name":"x"},"BillEmail":{"Address":"a@b.test"},"DueDate":"2026-04-08"`))
	want := reconcile.Invoice{
		System: reconcile.QuickBooks, ID: "7", Version: "3", Number: "INV-7", Status: reconcile.StatusOpen, Date: day(t, "2026-03-08"),
		DueDate: day(t, "2026-04-08"), Currency: "JPY", CustomerID: "12", BillEmail: "a@b.test", Total: 100, Balance: 100,
	}
	if diff := cmp.Diff(want, i, byValue); diff != "" || len(troubles) != 0 {
		t.Errorf("%s %+v", diff, troubles)
	}
	i, _ = convertOne(t, `{"Id":"7","TotalAmt":10.005,"Balance":1.0049,"Line":[`+sale("0.125", "")+`]}`)
	beyond := map[string]string{"total": "10.005", "balance": "1.0049", "lines[#1].amount": "0.125"}
	if diff := cmp.Diff(beyond, i.Beyond); diff != "" || i.Total != 1001 || i.Balance != 100 || i.Number != "" {
		t.Errorf("%s %+v", diff, i)
	}
}

func TestUnreadable(t *testing.T) {
	ok := sale("1", "")
	for _, tt := range []struct{ name, raw, field string }{
		{"total as text", strings.Replace(invoiceOf("", ""), `"TotalAmt":100.00`, `"TotalAmt":"100.00"`, 1), "total"},
		{"no total", strings.Replace(invoiceOf("", ""), `"TotalAmt":100.00,`, "", 1), "total"},
		{"no balance", strings.Replace(invoiceOf("", ""), `"Balance":100.00,`, "", 1), "balance"},
		{"total null", strings.Replace(invoiceOf("", ""), `"TotalAmt":100.00`, `"TotalAmt":null`, 1), "total"},
		{"date", strings.Replace(invoiceOf("", ""), "2026-03-08", "yesterday", 1), "date"},
		{"due date", invoiceOf("", `,"DueDate":20260408`), "due_date"},
		{"currency", invoiceOf("", `,"CurrencyRef":{"value":"dollar"}`), "currency"},
		{"currency as text", invoiceOf("", `,"CurrencyRef":"USD"`), "currency"},
		{"customer", invoiceOf("", `,"CustomerRef":{"value":7}`), "customer"},
		{"tax", invoiceOf("", `,"TxnTaxDetail":{"TotalTax":"8"}`), "tax"},
		{"tax is a list", invoiceOf("", `,"TxnTaxDetail":[]`), "tax"},
		{"lines are none", invoiceOf("", `,"Line":{}`), "lines"},
		{"no lines of a total", `{"Id":"7","DocNumber":"INV-7","TxnDate":"2026-03-08","TotalAmt":100.00,"Balance":100.00}`, "lines"},
		{"created", invoiceOf("", `,"MetaData":{"CreateTime":"then"}`), "created_at"},
		{"price", invoiceOf(ok+","+sale("1", `,"Qty":1,"UnitPrice":"abc"`), ""), "lines[#2].price"},
		{"quantity", invoiceOf(sale("1", `,"Qty":"1"`), ""), "lines[#1].quantity"},
		{"amount", invoiceOf(sale(`"1"`, ""), ""), "lines[#1].amount"},
		{"no amount", invoiceOf(`{"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"1"}}}`, ""), "lines[#1].amount"},
		{"line discount", invoiceOf(sale("1", `,"Qty":1,"UnitPrice":1,"DiscountRate":"ten"`), ""), "lines[#1].discount"},
		{"type of line", invoiceOf(`{"Amount":1,"DetailType":"AccountBasedExpenseLineDetail"}`, ""), "lines[#1].type"},
		{"no type of line", invoiceOf(`{"Amount":1}`, ""), "lines[#1].type"},
		{"line is no object", invoiceOf(`7`, ""), "lines[#1]"},
		{"discount without amount", invoiceOf(`{"DetailType":"DiscountLineDetail"}`, ""), "lines[#1].amount"},
		{"in a group", invoiceOf(`{"DetailType":"GroupLineDetail","GroupLineDetail":{"Line":[`+ok+`,`+sale(`"x"`, "")+`]}}`, ""), "lines[#1].lines[#2].amount"},
		{"group in a group", invoiceOf(`{"DetailType":"GroupLineDetail","GroupLineDetail":{"Line":[{"DetailType":"GroupLineDetail"}]}}`, ""), "lines[#1].lines[#1].type"},
		{"NUL in the note", invoiceOf("", `,"PrivateNote":"a\u0000b"`), "note"},
	} {
		i, troubles := convertOne(t, tt.raw)
		if len(troubles) != 1 || !i.Unreadable {
			t.Errorf("%s: unreadable %v, %+v", tt.name, i.Unreadable, troubles)
			continue
		}
		u := troubles[0]
		if u.System != reconcile.QuickBooks || u.Object != "Invoice" || u.ID != "7" || u.Number != "INV-7" || i.Number != "INV-7" ||
			u.Field != tt.field || u.Problem == "" || string(u.Raw) != tt.raw {
			t.Errorf("%s: got %+v", tt.name, u)
		}
	}
	i, troubles := convertOne(t, strings.Replace(invoiceOf(ok, ""), `"INV-7"`, `1001`, 1))
	if len(troubles) != 1 || troubles[0].Field != "number" || i.Number != "" || len(i.Lines) != 1 {
		t.Errorf("got %+v, %+v", i, troubles)
	}
	var page reconcile.Page
	if err := addInvoice(&page, json.RawMessage(invoiceOf("", "")), ""); err != nil || len(page.Unreadable) != 1 || page.Unreadable[0].Field != "currency" {
		t.Errorf("without a home currency: %+v, %v", page.Unreadable, err)
	}
}

func TestUnreadableMasters(t *testing.T) {
	for _, tt := range []struct {
		add  adder
		raw  string
		kind string
		path string
		kept string // the SKU or e-mail by which the record still counts
	}{
		{addItem, `{"Id":"1","Name":"x","Sku":"A","UnitPrice":"5"}`, "Item", "price", "A"},
		{addItem, `{"Id":"1","Type":"Category","Sku":"A","UnitPrice":"5"}`, "Item", "price", ""},
		{addItem, `{"Id":"1","Type":7,"Sku":"A"}`, "Item", "kind", ""},
		{addItem, `{"Id":"1","Sku":7}`, "Item", "sku", ""},
		{addItem, `{"Id":"1","Sku":"A","Active":"yes"}`, "Item", "active", "A"},
		{addCustomer, `{"Id":"1","Active":1,"PrimaryEmailAddr":{"Address":"a@b.test"}}`, "Customer", "active", "a@b.test"},
		{addCustomer, `{"Id":"1","PrimaryEmailAddr":"a@b.test"}`, "Customer", "email", ""},
		{addCustomer, `{"Id":"1","DisplayName":"a\u0000","PrimaryEmailAddr":{"Address":"a@b.test"}}`, "Customer", "name", "a@b.test"},
		{func(p *reconcile.Page, raw json.RawMessage) error { return addTaxCode(p, raw, nil) }, `{"Id":"1","SalesTaxRateList":7}`, "TaxCode", "percent", ""},
	} {
		var page reconcile.Page
		if err := tt.add(&page, json.RawMessage(tt.raw)); err != nil {
			t.Errorf("%s: %v", tt.raw, err)
			continue
		}
		kept := ""
		for _, p := range page.Products {
			if kept += p.SKU; tt.path == "active" && p.Active {
				t.Errorf("%s: active", tt.raw)
			}
		}
		for _, c := range page.Customers {
			kept += c.Email
		}
		if kept != tt.kept || len(page.TaxRates) != 0 || len(page.Unreadable) != 1 {
			t.Errorf("%s: kept %q, %d rates, unreadable %+v", tt.raw, kept, len(page.TaxRates), page.Unreadable)
			continue
		}
		if u := page.Unreadable[0]; u.Object != tt.kind || u.Field != tt.path || u.ID != "1" || string(u.Raw) != tt.raw {
			t.Errorf("%s: got %+v", tt.raw, u)
		}
	}
}

func TestTaxCodeWithUnknownRate(t *testing.T) {
	var page reconcile.Page
	raw := `{"Id":"2","Name":"California (deleted)","Active":false,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"3"}},{"TaxRateRef":{"value":"4"}}]}}`
	if err := addTaxCode(&page, json.RawMessage(raw), map[string]decimal.Decimal{"3": decimal.MustNew(8, 0)}); err != nil {
		t.Fatal(err)
	}
	want := []reconcile.TaxRate{{System: reconcile.QuickBooks, ID: "2", Name: "California", Percent: decimal.MustNew(8, 0)}}
	if diff := cmp.Diff(want, page.TaxRates, byValue); diff != "" {
		t.Error(diff)
	}
}
