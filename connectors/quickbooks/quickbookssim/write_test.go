package quickbookssim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// shop is a US company that taxes by code: 2 is 8 %, 3 is 7.1 % and 2 %.
var shop = files{
	"Preferences.json": craigs,
	"Customer.jsonl": `{"Id":"1","DisplayName":"Ada","FullyQualifiedName":"Ada","Active":true,"Taxable":true,"Balance":0,"BalanceWithJobs":0,"BillAddr":{"Id":"2","Line1":"4581 Finch St."}}` + "\n" +
		`{"Id":"2","DisplayName":"Bo","FullyQualifiedName":"Bo","Active":true,"Taxable":false,"Balance":0,"BalanceWithJobs":0}` + "\n" +
		`{"Id":"3","DisplayName":"Loft","FullyQualifiedName":"Ada:Loft","Active":true,"Taxable":true,"Job":true,"ParentRef":{"value":"1"},"Level":1,"Balance":0,"BalanceWithJobs":0}` + "\n" +
		`{"Id":"4","DisplayName":"Gone (deleted)","FullyQualifiedName":"Gone (deleted)","Active":false,"Balance":0}` + "\n",
	"Vendor.jsonl": `{"Id":"9","DisplayName":"Pinegate Freight","Active":true,"Balance":0}` + "\n",
	"Item.jsonl": services + "\n" +
		`{"Id":"2","Name":"Pump","FullyQualifiedName":"Pump","Type":"NonInventory","Sku":"P-1","Taxable":true,"UnitPrice":15,"Active":true}` + "\n" +
		`{"Id":"3","Name":"Goods","FullyQualifiedName":"Goods","Type":"Category","Active":true}` + "\n" +
		`{"Id":"5","Name":"Kit","FullyQualifiedName":"Kit","Type":"Group","Active":true,"ItemGroupDetail":{"ItemGroupLine":[{"ItemRef":{"value":"2"},"Qty":2},{"ItemRef":{"value":"1"},"Qty":1}]}}` + "\n",
	"Account.jsonl": `{"Id":"4","Name":"Undeposited Funds","AccountType":"Other Current Asset","AccountSubType":"UndepositedFunds","Active":true}` + "\n" +
		`{"Id":"79","Name":"Sales","AccountType":"Income","Active":true}` + "\n",
	"Term.jsonl": `{"Id":"3","Name":"Net 10","DueDays":10,"Active":true}` + "\n",
	"TaxCode.jsonl": `{"Id":"2","Name":"California","Active":true,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"3"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0}]}}` + "\n" +
		`{"Id":"3","Name":"Tucson","Active":true,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"1"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0},{"TaxRateRef":{"value":"2"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0}]}}` + "\n",
	"TaxRate.jsonl": `{"Id":"1","Name":"AZ State tax","RateValue":7.1,"Active":true}` + "\n" + `{"Id":"2","Name":"Tucson City","RateValue":2,"Active":true}` + "\n" +
		`{"Id":"3","Name":"California","RateValue":8,"EffectiveTaxRate":[{"RateValue":7.5,"EffectiveDate":"2010-01-01T00:00:00-08:00","EndDate":"2019-12-31T00:00:00-08:00"},{"RateValue":8,"EffectiveDate":"2020-01-01T00:00:00-08:00"}],"Active":true}` + "\n",
	"TaxAgency.jsonl": `{"Id":"2","DisplayName":"Arizona","Active":true}` + "\n",
}

// with returns the files with some of them others.
func (f files) with(others files) files {
	out := files{}
	for _, from := range []files{f, others} {
		for name, content := range from {
			out[name] = content
		}
	}
	return out
}

// preferring returns the shop with a text of its preferences another.
func preferring(pairs ...string) files {
	return shop.with(files{"Preferences.json": strings.NewReplacer(pairs...).Replace(craigs)})
}

// wrote carries out a write and returns the entity.
func (s testServer) wrote(t *testing.T, path, body string) *object {
	t.Helper()
	a := s.post(t, path, body)
	if a.status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", path, body, a.status, a.body)
	}
	return entityIn(t, a.body)
}

// stands reads an entity.
func (s testServer) stands(t *testing.T, path string) *object {
	t.Helper()
	a := s.get(t, path)
	if a.status != http.StatusOK {
		t.Fatalf("%s: %d %s", path, a.status, a.body)
	}
	return entityIn(t, a.body)
}

func entityIn(t *testing.T, body string) *object {
	t.Helper()
	o, err := parseObject([]byte(body))
	if err != nil || len(o.members) != 2 || o.members[1].name != "time" {
		t.Fatalf("%v in %s", err, body)
	}
	return o.child(o.members[0].name)
}

// has wants parts of an entity's JSON.
func (o *object) lacks(parts ...string) (missing []string) {
	text := string(o.bytes())
	for _, p := range parts {
		if !strings.Contains(text, p) {
			missing = append(missing, p)
		}
	}
	return missing
}

// sold is the body of an invoice of one line.
func sold(more, amount, detail string) string {
	return `{"CustomerRef":{"value":"1"},` + more + `"Line":[{"Amount":` + amount + `,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":` + detail + `}]}`
}

const pump = `{"ItemRef":{"value":"2"}}`

// TestRefusals: each rule says its code, and the books are as before.
func TestRefusals(t *testing.T) {
	plain := sold("", "15", pump)
	closed := preferring(`"CurrencyPrefs"`, `"AccountingInfoPrefs":{"BookCloseDate":"2026-05-31"},"CurrencyPrefs"`)
	many := preferring(`"MultiCurrencyEnabled":false`, `"MultiCurrencyEnabled":true`)
	canada := shop.with(files{"CompanyInfo.json": `{"Country":"CA","Id":"1"}`})
	for _, tt := range []struct {
		name, path, body string
		code, element    string
		detail           string // a part of it
		in               files  // shop where nil
		options          func(*Options)
	}{
		{name: "no JSON", path: "customer", body: `{`, code: "2010"},
		{name: "a list", path: "customer", body: `[]`, code: "2010"},
		{name: "two objects", path: "customer", body: `{"DisplayName":"x"}{}`, code: "2010"},
		{name: "another letter case", path: "customer", body: `{"displayName":"x"}`, code: "2010", detail: `Unrecognized field "displayName" (class com.intuit.schema.finance.v3.Customer), not marked as ignorable (`},
		{name: "an unknown member of a line", path: "invoice", body: sold("", "15", `{"ItemRef":{"value":"2"},"Sku":"P"}`), code: "2010", detail: `"Sku" (class com.intuit.schema.finance.v3.SalesItemLineDetail)`},
		{name: "a word for an object", path: "invoice", body: `{"CustomerRef":"1"}`, code: "2010"},
		{name: "an object for a word", path: "customer", body: `{"DisplayName":{}}`, code: "2010"},
		{name: "no customer", path: "invoice", body: `{"Line":[{"Amount":1,"DetailType":"SalesItemLineDetail"}]}`, code: "2020", element: "CustomerRef"},
		{name: "no lines", path: "invoice", body: `{"CustomerRef":{"value":"1"}}`, code: "2020", element: "Line", detail: "Required parameter Line is missing in the request"},
		{name: "no currency of several", path: "invoice", body: plain, code: "2020", element: "CurrencyRef", in: many},
		{name: "another currency", path: "invoice", body: sold(`"CurrencyRef":{"value":"EUR"},`, "15", pump), code: "6000", in: many},
		{name: "no amount", path: "invoice", body: `{"CustomerRef":{"value":"1"},"Line":[{"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}]}`, code: "2020", element: "Amount"},
		{name: "no SyncToken", path: "customer", body: `{"Id":"1","sparse":true}`, code: "2020", element: "SyncToken"},
		{name: "no Id", path: "invoice?operation=delete", body: `{"SyncToken":"0"}`, code: "2020", element: "Id"},
		{name: "no type of item", path: "item", body: `{"Name":"x"}`, code: "2020", element: "Type"},
		{name: "no income account", path: "item", body: `{"Name":"x","Type":"Service"}`, code: "2020", element: "IncomeAccountRef"},
		{name: "an inventory without stock", path: "item", body: `{"Name":"x","Type":"Inventory","IncomeAccountRef":{"value":"79"}}`, code: "2020", element: "TrackQtyOnHand"},
		{name: "an inventory without an account for its stock", path: "item", code: "6430", element: "AssetAccountRef", in: shop.with(files{
			"Account.jsonl": shop["Account.jsonl"] + `{"Id":"80","Name":"Cost of Goods Sold","AccountType":"Cost of Goods Sold"}` + "\n"}),
			body: `{"Name":"x","Type":"Inventory","TrackQtyOnHand":true,"QtyOnHand":1,"InvStartDate":"2026-01-01","IncomeAccountRef":{"value":"79"},"ExpenseAccountRef":{"value":"80"},"AssetAccountRef":{"value":"80"}}`},
		{name: "sold before it was there", path: "invoice", body: sold(`"TxnDate":"2025-12-31",`, "15", `{"ItemRef":{"value":"6"}}`), code: "6270",
			in: shop.with(files{"Item.jsonl": `{"Id":"6","Name":"Rake","Type":"Inventory","InvStartDate":"2026-01-01","Active":true}` + "\n"})},
		{name: "a sum of 16 digits", path: "invoice", body: sold("", "1000000000000000", pump), code: "2140", element: "Amount"},
		{name: "an Id of letters", path: "customer", body: `{"Id":"x","SyncToken":"0"}`, code: "2030", element: "Id"},
		{name: "a colon in a name", path: "customer", body: `{"DisplayName":"a:b"}`, code: "2040", element: "DisplayName"},
		{name: "a tab in a first name", path: "customer", body: `{"GivenName":"a\tb"}`, code: "2040", element: "GivenName"},
		{name: "a long number", path: "invoice", body: sold(`"DocNumber":"`+strings.Repeat("9", 33)+`",`, "15", pump), code: "2050", element: "DocNumber", detail: "Min:0 Max:21 supported. Supplied length:33"},
		{name: "a long name", path: "item", body: `{"Name":"` + strings.Repeat("ä", 101) + `"}`, code: "2050", element: "Name", detail: "Max:100 supported. Supplied length:101"},
		{name: "no day", path: "invoice", body: sold(`"TxnDate":"2026-02-30",`, "15", pump), code: "2060", element: "TxnDate"},
		{name: "no amount but a word", path: "invoice", body: sold("", `"much"`, pump), code: "2110", element: "Amount"},
		{name: "no status", path: "invoice", body: sold(`"EmailStatus":"Sent",`, "15", pump), code: "2170", detail: "Invalid Enumeration : Sent"},
		{name: "no kind of line", path: "invoice", body: `{"CustomerRef":{"value":"1"},"Line":[{"Amount":1,"DetailType":"Odd"}]}`, code: "2170", detail: "Odd"},
		{name: "no e-mail address", path: "customer", body: `{"DisplayName":"x","PrimaryEmailAddr":{"Address":"a@b"}}`, code: "2210", element: "Address"},
		{name: "no flag", path: "customer", body: `{"DisplayName":"x","Taxable":"yes"}`, code: "2230", element: "Taxable"},
		{name: "an unknown customer", path: "invoice", body: strings.Replace(plain, `"1"`, `"540123582"`, 1), code: "2500", detail: "Invalid Reference Id : Names element id 540123582 not found"},
		{name: "an inactive customer", path: "invoice", body: strings.Replace(plain, `"1"`, `"4"`, 1), code: "2500", detail: "has been made inactive"},
		{name: "an unknown item", path: "invoice", body: sold("", "15", `{"ItemRef":{"value":"77"}}`), code: "2500", detail: "Items element id 77 not found"},
		{name: "an unknown tax code", path: "invoice", body: sold(`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"9"}},`, "15", pump), code: "2500"},
		{name: "a custom field that is not there", path: "invoice", body: sold(`"CustomField":[{"DefinitionId":"2","StringValue":"x"}],`, "15", pump), code: "3000"},
		{name: "an old version", path: "customer", body: `{"Id":"1","SyncToken":"7","sparse":true}`, code: "5010", detail: "were working on this at the same time"},
		{name: "a deleted invoice", path: "invoice", body: `{"Id":"999","SyncToken":"0","sparse":true}`, code: "610"},
		{name: "an estimate of nobody", path: "invoice", body: sold(`"LinkedTxn":[{"TxnId":"7","TxnType":"Estimate"}],`, "15", pump), code: "620"},
		{name: "a payment of nothing", path: "payment", body: `{"CustomerRef":{"value":"1"},"TotalAmt":5,"Line":[{"Amount":5,"LinkedTxn":[{"TxnId":"7","TxnType":"Invoice"}]}]}`, code: "620"},
		{name: "a customer below itself", path: "customer", body: `{"Id":"3","SyncToken":"0","sparse":true,"ParentRef":{"value":"3"}}`, code: "900"},
		{name: "a customer below its own job", path: "customer", body: `{"Id":"1","SyncToken":"0","sparse":true,"ParentRef":{"value":"3"}}`, code: "900"},
		{name: "a category sold", path: "invoice", body: sold("", "15", `{"ItemRef":{"value":"3"}}`), code: "6000"},
		{name: "less than nothing", path: "invoice", body: sold("", "-15", pump), code: "6000", detail: "Transaction amount must be 0 or greater."},
		{name: "a category made inactive", path: "item", body: `{"Id":"3","SyncToken":"0","sparse":true,"Active":false}`, code: "6000"},
		{name: "a discount where there is none", path: "invoice", body: `{"CustomerRef":{"value":"1"},"Line":[{"Amount":1,"DetailType":"DiscountLineDetail"}]}`, code: "6000", in: preferring(`"AllowDiscount":true`, `"AllowDiscount":false`)},
		{name: "an account of no type", path: "account", body: `{"Name":"x"}`, code: "6010"},
		{name: "a cent off", path: "invoice", body: sold("", "1861.07", `{"ItemRef":{"value":"2"},"Qty":14.50,"UnitPrice":128.35}`), code: "6070", detail: "Supplied value:1,861.07"},
		{name: "a name of blanks", path: "customer", body: `{"DisplayName":"  ","GivenName":" "}`, code: "6080"},
		{name: "an item's name of blanks", path: "item", body: `{"Name":" ","Type":"Service","IncomeAccountRef":{"value":"79"}}`, code: "2020", element: "Name"},
		{name: "no name", path: "customer", body: `{"CompanyName":"x"}`, code: "6080"},
		{name: "a bare discount", path: "invoice", body: `{"CustomerRef":{"value":"1"},"Line":[{"DetailType":"DiscountLineDetail"}]}`, code: "6090"},
		{name: "a numbered code on a line", path: "invoice", body: sold("", "15", `{"ItemRef":{"value":"2"},"TaxCodeRef":{"value":"10"}}`), code: "6100", element: "TaxCodeRef", detail: "Supplied value: 10"},
		{name: "no tax calculation", path: "invoice", body: plain, code: "2020", element: "GlobalTaxCalculation", in: canada},
		{name: "a line without code", path: "invoice", body: sold(`"GlobalTaxCalculation":"TaxExcluded",`, "15", pump), code: "6000", detail: "Make sure all your transactions have a GST/HST rate before you save.", in: canada},
		{name: "tax that does not apply", path: "invoice", body: sold(`"GlobalTaxCalculation":"NotApplicable","TxnTaxDetail":{"TotalTax":1},`, "15", pump), code: "6170", in: canada},
		{name: "a job without parent", path: "customer", body: `{"DisplayName":"x","Job":true}`, code: "6150"},
		{name: "CustomSalesTax", path: "invoice", body: sold(`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"CustomSalesTax"}},`, "15", pump), code: "6160"},
		{name: "CustomSalesTax later", path: "invoice", body: `{"Id":"7","SyncToken":"0","sparse":true,"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"CustomSalesTax"}}}`, code: "6230", in: shop.with(files{
			"Invoice.jsonl": `{"Id":"7","SyncToken":"0","CustomerRef":{"value":"1"},"TxnDate":"2026-01-01","TotalAmt":5,"Balance":5,"Line":[{"Id":"1","Amount":5.00,"DetailType":"SalesItemLineDetail"}]}` + "\n"})},
		{name: "closed books", path: "invoice", body: sold(`"TxnDate":"2026-05-31",`, "15", pump), code: "6200", in: closed},
		{name: "e-mail without address", path: "customer", body: `{"DisplayName":"x","PreferredDeliveryMethod":"Email"}`, code: "6420"},
		{name: "a name in capitals", path: "customer", body: `{"DisplayName":"ADA"}`, code: "6240", detail: "The name supplied already exists. : null"},
		{name: "a name with blanks", path: "customer", body: `{"DisplayName":" Pinegate  freight "}`, code: "6240"},
		{name: "a vendor's name", path: "employee", body: `{"GivenName":"Pinegate","FamilyName":"Freight"}`, code: "6240"},
		{name: "an item's name", path: "item", body: `{"Name":"pump","Type":"Service","IncomeAccountRef":{"value":"79"}}`, code: "6240"},
		{name: "an inactive one's name", path: "customer", body: `{"DisplayName":"Gone"}`, code: "6240", options: func(o *Options) { o.InactiveNamesTaken = true }},
		{name: "an SKU", path: "item", body: `{"Name":"x","Sku":"P-1","Type":"Service","IncomeAccountRef":{"value":"79"}}`, code: "6000", options: func(o *Options) { o.UniqueSkus = true }},
		{name: "a name deleted", path: "customer?operation=delete", body: `{"Id":"1","SyncToken":"0"}`, code: "500"},
		{name: "an operation that there is not", path: "invoice?operation=erase", body: `{"Id":"1","SyncToken":"0"}`, code: "500", detail: "Operation erase of Invoice is not supported."},
		{name: "a tax code", path: "taxcode", body: `{"Name":"x"}`, code: "500"},
		{name: "a bundle", path: "item", body: `{"Name":"x","Type":"Group"}`, code: "500"},
		{name: "a void of an estimate", path: "estimate?operation=void", body: `{"Id":"1","SyncToken":"0"}`, code: "500"},
		{name: "tax without a name", path: "taxservice/taxcode", body: `{"TaxRateDetails":[]}`, code: "2020", element: "TaxCode"},
		{name: "a tax rate's name", path: "taxservice/taxcode", code: "6240", detail: "Another tax rate is already using this \nname.",
			body: `{"TaxCode":"x","TaxRateDetails":[{"TaxRateName":"Tucson City","RateValue":"3.5","TaxAgencyId":"2","TaxApplicableOn":"Sales"}]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := testOptions()
			if tt.options != nil {
				tt.options(&o)
			}
			in := tt.in
			if in == nil {
				in = shop
			}
			s := serve(t, in, o)
			a := s.post(t, tt.path, tt.body)
			var body struct{ Fault struct{ Error []faultError } }
			if err := json.Unmarshal([]byte(a.body), &body); err != nil || a.status != http.StatusBadRequest || len(body.Fault.Error) != 1 {
				t.Fatalf("%d %s", a.status, a.body)
			}
			f := body.Fault.Error[0]
			if f.Code != tt.code || !strings.Contains(f.Detail, tt.detail) || tt.element != "" && (f.Element == nil || *f.Element != tt.element) {
				t.Errorf("got %s", a.body)
			}
			if len(s.Control().Writes()) != 0 {
				t.Errorf("it was written")
			}
		})
	}
}

// A full update clears what it leaves out, a sparse one leaves it, and a list that
// is sent replaces the one there was.
func TestUpdates(t *testing.T) {
	s := serve(t, shop, testOptions())
	made := s.wrote(t, "customer", `{"DisplayName":"Cy","CompanyName":"Cy & Co","Notes":"first","PrimaryPhone":{"FreeFormNumber":"1"},"CurrencyRef":{"value":"EUR"}}`)
	if m := made.lacks(`"Id":"10"`, `"SyncToken":"0"`, `"Notes":"first"`, `"CurrencyRef":{"value":"USD","name":"United States Dollar"}`); m != nil {
		t.Errorf("no %v in %s", m, made.bytes())
	}
	sparse := s.wrote(t, "customer", `{"Id":"10","SyncToken":"0","sparse":true,"Notes":"","CompanyName":"Cy"}`)
	if m := sparse.lacks(`"SyncToken":"1"`, `"CompanyName":"Cy"`, `"PrimaryPhone":{"FreeFormNumber":"1"}`); m != nil || sparse.has("Notes") {
		t.Errorf("no %v in %s", m, sparse.bytes())
	}
	full := s.wrote(t, "customer?operation=update", `{"Id":"10","SyncToken":"1","DisplayName":"Cyd","Balance":7,"MetaData":{}}`)
	if m := full.lacks(`"SyncToken":"2"`, `"DisplayName":"Cyd"`, `"PrintOnCheckName":"Cyd"`, `"Balance":0`, `"Active":true`); m != nil || full.has("PrimaryPhone") || full.has("CompanyName") {
		t.Errorf("no %v in %s", m, full.bytes())
	}
	var verbs []string
	for _, w := range s.Control().Writes() {
		verbs = append(verbs, w.Verb+" "+w.Object+" "+w.ID)
	}
	if got := strings.Join(verbs, ", "); got != "create Customer 10, update Customer 10, update Customer 10" {
		t.Errorf("wrote %s", got)
	}
}

// Of lines, those that the document knows by Id stay, others get new Ids, and what
// is not sent is gone.
func TestLineIdentity(t *testing.T) {
	s := serve(t, shop, testOptions())
	line := func(id, amount string) string {
		return `{` + id + `"Amount":` + amount + `,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":` + pump + `}`
	}
	ids := func(o *object) string {
		var out []string
		for _, l := range o.list("Line") {
			out = append(out, l.text("Id")+"/"+l.text("LineNum")+"="+l.text("Amount"))
		}
		return strings.Join(out, " ")
	}
	o := s.wrote(t, "invoice", `{"CustomerRef":{"value":"1"},"Line":[`+line("", "1")+","+line(`"Id":"-1",`, "2")+`]}`)
	if got := ids(o); got != "1/1=1.00 2/2=2.00 /=3.00" {
		t.Errorf("got %s", got)
	}
	o = s.wrote(t, "invoice", `{"Id":"`+o.text("Id")+`","SyncToken":"0","sparse":true,"Line":[`+line(`"Id":"2",`, "4")+","+line("", "8")+","+line(`"Id":"77",`, "16")+`]}`)
	if got := ids(o); got != "2/1=4.00 3/2=8.00 4/3=16.00 /=28.00" {
		t.Errorf("got %s", got)
	}
	o = s.wrote(t, "invoice", at(o, `,"sparse":true,"Line":[`+line(`"Id":"3",`, "1")+","+line(`"Id":"3",`, "2")+`]`))
	if got := ids(o); got != "3/1=1.00 5/2=2.00 /=3.00" {
		t.Errorf("one Id twice: got %s", got)
	}
}
