package quickbookssim

import (
	"fmt"
	"strings"
	"testing"
)

// What a sale comes to: sums, taxes and what is filled in.
func TestSales(t *testing.T) {
	item := func(id, amount, code string) string {
		return `{"Amount":` + amount + `,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"` + id + `"},"TaxCodeRef":{"value":"` + code + `"}}}`
	}
	invoice := func(more string, lines ...string) string {
		return `{"CustomerRef":{"value":"1"},` + more + `"Line":[` + strings.Join(lines, ",") + `]}`
	}
	by := func(code string) string { return `"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"` + code + `"}},` }
	canada := shop.with(files{
		"CompanyInfo.json": `{"Country":"CA","Id":"1"}`,
		"Preferences.json": strings.Replace(craigs, `"USD"`, `"CAD"`, 1),
		"TaxCode.jsonl":    `{"Id":"5","Name":"HST ON","Active":true,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"7"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0}]}}` + "\n" + `{"Id":"6","Name":"Compound","Active":true,"SalesTaxRateList":{"TaxRateDetail":[{"TaxRateRef":{"value":"9"},"TaxTypeApplicable":"TaxOnAmountPlusTax","TaxOrder":1},{"TaxRateRef":{"value":"8"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":0}]}}` + "\n",
		"TaxRate.jsonl":    `{"Id":"7","Name":"HST","RateValue":13}` + "\n" + `{"Id":"8","Name":"GST","RateValue":5}` + "\n" + `{"Id":"9","Name":"QST","RateValue":9.5}` + "\n",
	})
	automated := preferring(`"UsingSalesTax":true`, `"UsingSalesTax":true,"PartnerTaxEnabled":true`)
	many := preferring(`"MultiCurrencyEnabled":false`, `"MultiCurrencyEnabled":true`).with(files{
		"Customer.jsonl": `{"Id":"1","DisplayName":"Aki","FullyQualifiedName":"Aki","Active":true,"Taxable":true,"Balance":0,"BalanceWithJobs":0,"CurrencyRef":{"value":"JPY"}}` + "\n",
	})
	for _, tt := range []struct {
		name, body string
		path       string // invoice where empty
		in         files
		options    func(*Options)
		want       []string
		none       string // a member that is not there
	}{
		{name: "one line per rate, each rounded by itself", body: invoice(by("3"), item("2", "422.00", "TAX")),
			want: []string{`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"3"},"TotalTax":38.40,"TaxLine":[{"Amount":29.96,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"1"},"PercentBased":true,"TaxPercent":7.1,"NetAmountTaxable":422.00}},{"Amount":8.44,`, `"TotalAmt":460.40`, `"Balance":460.40`}},
		{name: "on the sum of the taxable lines", body: invoice(by("2"), item("2", "0.05", "TAX"), item("2", "0.05", "TAX"), item("1", "262.50", "NON")),
			want: []string{`"TotalTax":0.01`, `"NetAmountTaxable":0.10`, `{"Amount":262.60,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}}`, `"TotalAmt":262.61`}},
		{name: "the rate of the day", body: invoice(`"TxnDate":"2019-12-31",`+by("2"), item("2", "100", "TAX")), want: []string{`"TaxPercent":7.5`, `"TotalTax":7.50`, `"TxnDate":"2019-12-31"`, `"DueDate":"2020-01-30"`}},
		{name: "a taxable item is taxed", body: sold(by("2"), "100", pump), want: []string{`"TaxCodeRef":{"value":"TAX"}`, `"TotalTax":8.00`}},
		{name: "not that of an exempt customer", body: strings.Replace(sold(by("2"), "100", pump), `"1"`, `"2"`, 1), want: []string{`"TaxCodeRef":{"value":"NON"}`, `"TotalTax":0}`}},
		{name: "without a code there is no tax", body: sold("", "80", pump), want: []string{`"TaxCodeRef":{"value":"TAX"}`, `"TxnTaxDetail":{"TotalTax":0}`, `"TotalAmt":80.00`}},
		{name: "no tax where it is not used", in: preferring(`"UsingSalesTax":true`, `"UsingSalesTax":false`), body: sold(by("2"), "80", pump), want: []string{`"TaxCodeRef":{"value":"NON"}`, `"TotalTax":0}`}},
		{name: "a total is reckoned anew", body: sold(`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":99},`, "100", pump), want: []string{`"TotalTax":8.00`}},
		{name: "or stands", options: func(o *Options) { o.SentTaxCounts = true }, body: sold(`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"},"TotalTax":9},`, "100", pump),
			want: []string{`"TotalTax":9.00,"TaxLine":[{"Amount":9.00,`, `"OverrideDeltaAmount":1.00`, `"TotalAmt":109.00`}},
		{name: "automated: the engine's code", in: automated, body: sold(by("3"), "100", pump), want: []string{`"TxnTaxCodeRef":{"value":"2"},"TotalTax":8.00`}},
		{name: "automated: a total stands", in: automated, body: sold(`"TxnTaxDetail":{"TotalTax":7.77},`, "100", pump), want: []string{`"TotalTax":7.77,"TaxLine":[{"Amount":7.77,`, `"TotalAmt":107.77`}},
		{name: "automated: whatever was sent", in: automated, body: sold(`"TxnTaxDetail":{"TotalTax":7.77,"UseAutomatedSalesTax":true},`, "100", pump), want: []string{`"TotalTax":8.00`, `"TotalAmt":108.00`}},
		{name: "automated: a line of tax stands", in: automated, body: sold(`"TxnTaxDetail":{"TotalTax":7.5,"TaxLine":[{"Amount":7.5,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"1"},"TaxPercent":7.5}}]},`, "100", pump), want: []string{`"TotalTax":7.50,"TaxLine":[{"Amount":7.50,"DetailType":"TaxLineDetail","TaxLineDetail":{"TaxRateRef":{"value":"1"},"TaxPercent":7.5}}]`}},

		{name: "half up", body: sold("", "1861.08", `{"ItemRef":{"value":"1"},"Qty":14.50,"UnitPrice":128.35}`), want: []string{`"Amount":1861.08`, `"UnitPrice":128.35,"Qty":14.5,`}},
		{name: "prices at their scale", body: sold("", "7.96", `{"ItemRef":{"value":"1"},"Qty":15.000,"UnitPrice":0.5306667}`), want: []string{`"UnitPrice":0.5306667,"Qty":15,`}},
		{name: "a discount by percent", body: invoice(by("2"), item("2", "99.99", "TAX"), `{"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":true,"DiscountPercent":10}}`),
			want: []string{`{"Amount":99.99,"DetailType":"SubTotalLineDetail","SubTotalLineDetail":{}},{"Amount":10.00,"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":true,"DiscountPercent":10}}`, `"TotalTax":8.00`, `"TotalAmt":97.99`}},
		{name: "tax after it", body: invoice(`"ApplyTaxAfterDiscount":true,`+by("2"), item("2", "60", "TAX"), item("1", "40", "NON"), `{"Amount":10,"DetailType":"DiscountLineDetail","DiscountLineDetail":{}}`),
			want: []string{`"PercentBased":false`, `"NetAmountTaxable":54.00`, `"TotalTax":4.32`, `"TotalAmt":94.32`}},
		{name: "a bundle", body: invoice("", `{"DetailType":"GroupLineDetail","GroupLineDetail":{"GroupItemRef":{"value":"5"},"Quantity":3}}`),
			want: []string{`"Amount":0,"DetailType":"GroupLineDetail","GroupLineDetail":{"GroupItemRef":{"value":"5","name":"Kit"},"Quantity":3,"Line":[{"Id":"2","LineNum":1,"Amount":90.00,`, `"UnitPrice":15,"Qty":6`, `"TotalAmt":90.00`}},
		{name: "a text", body: invoice("", item("1", "5", "NON"), `{"Description":"thanks","DetailType":"DescriptionOnly","DescriptionLineDetail":{}}`), want: []string{`{"Id":"2","LineNum":2,"Description":"thanks","DetailType":"DescriptionOnly","DescriptionLineDetail":{}}`, `"TotalAmt":5.00`}},
		{name: "the item that stands for none", in: preferring(`"AllowDiscount":true`, `"DefaultItem":{"value":"1"}`), body: invoice("", `{"Amount":5,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{}}`), want: []string{`"ItemRef":{"value":"1","name":"Services"}`}},
		{name: "shipping", body: invoice("", item("1", "5", "NON"), item("SHIPPING_ITEM_ID", "2.5", "NON")), want: []string{`{"Amount":5.00,"DetailType":"SubTotalLineDetail"`, `"ItemRef":{"value":"SHIPPING_ITEM_ID"}`, `"TotalAmt":7.50`}},
		{name: "a deposit", body: sold(`"Deposit":30,`, "100", pump), want: []string{`"TotalAmt":100.00`, `"Balance":70.00`, `"Deposit":30.00`}},

		{name: "Canada: by line", in: canada, body: invoice(`"GlobalTaxCalculation":"TaxExcluded",`, item("1", "10.61", "5")), want: []string{`"TotalTax":1.38`, `"TotalAmt":11.99`, `"GlobalTaxCalculation":"TaxExcluded"`}},
		{name: "Canada: a bundle's prices have it in them", in: canada, body: invoice(`"GlobalTaxCalculation":"TaxInclusive",`, item("1", "9.00", "5"), item("1", "3.00", "5"), `{"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":true,"DiscountPercent":20}}`),
			want: []string{`"Amount":7.96`, `"TaxInclusiveAmt":9.00`, `{"Amount":10.61,"DetailType":"SubTotalLineDetail"`, `"Amount":2.12`, `"TotalTax":1.11`, `"NetAmountTaxable":8.49`, `"TotalAmt":9.60`}},
		{name: "Canada: tax on tax", in: canada, options: func(o *Options) { o.TaxCalculationOptional = true }, body: invoice("", item("1", "100", "6")), want: []string{`"TotalTax":14.98`, `"Amount":5.00`, `"Amount":9.98`, `"NetAmountTaxable":105.00`}},
		{name: "Canada: tax on tax in the price", in: canada, body: invoice(`"GlobalTaxCalculation":"TaxInclusive",`, item("1", "114.98", "6")),
			want: []string{`"Amount":100.00`, `"TotalTax":14.98`, `{"Amount":5.00,"DetailType":"TaxLineDetail"`, `{"Amount":9.98,"DetailType":"TaxLineDetail"`, `"NetAmountTaxable":105.00`, `"TotalAmt":114.98`}},
		{name: "Canada: not applicable", in: canada, body: invoice(`"GlobalTaxCalculation":"NotApplicable",`, item("1", "100", "5")), want: []string{`"SalesItemLineDetail":{"ItemRef":{"value":"1","name":"Services"}}`, `"TxnTaxDetail":{"TotalTax":0}`, `"CurrencyRef":{"value":"CAD","name":"Canadian Dollar"}`}},

		{name: "yen", in: many, body: sold(`"CurrencyRef":{"value":"JPY"},"ExchangeRate":0.0067,`+by("2"), "1005", pump), want: []string{`"CurrencyRef":{"value":"JPY","name":"Japanese Yen"},"ExchangeRate":0.0067`, `"Amount":1005,`, `"TotalTax":80`, `"TotalAmt":1085,"HomeTotalAmt":7.27`, `"Balance":1085,"HomeBalance":7.27`}},
		{name: "the customer's currency", in: many, options: func(o *Options) { o.CurrencyOptional = true }, body: sold("", "1005", pump), want: []string{`"CurrencyRef":{"value":"JPY","name":"Japanese Yen"},"ExchangeRate":1,`}},
		{name: "terms", body: sold(`"SalesTermRef":{"value":"3","name":"x"},"TxnDate":"2026-02-20",`, "5", pump), want: []string{`"SalesTermRef":{"value":"3"},"DueDate":"2026-03-02"`}},
		{name: "today is the company's", in: shop.with(files{"CompanyInfo.json": `{"Id":"1","DefaultTimeZone":"Asia/Tokyo"}`}), body: sold("", "5", pump), want: []string{`"TxnDate":"2026-07-02"`}},
		{name: "the customer's address", body: sold("", "5", pump), want: []string{`"BillAddr":{"Id":"2","Line1":"4581 Finch St."}`}, none: "BillEmail"},
		{name: "an address of its own", body: sold(`"BillAddr":{"Line1":"1 Main St."},`, "5", pump), want: []string{`"BillAddr":{"Id":"1000001","Line1":"1 Main St."}`}},
		{name: "a sum at the scale of money", body: sold("", "5", `{"ItemRef":{"value":"2"},"DiscountAmt":5}`), want: []string{`"DiscountAmt":5.00`}},
		{name: "a custom field", body: sold(`"CustomField":[{"DefinitionId":"1","StringValue":"12"}],`, "5", pump), want: []string{`"CustomField":[{"DefinitionId":"1","Name":"Crew #","Type":"StringType","StringValue":"12"}]`}},
		{name: "names are QuickBooks'", body: `{"CustomerRef":{"value":"3","name":"x"},"Line":[` + item("2", "5", "TAX") + `]}`, want: []string{`"CustomerRef":{"value":"3","name":"Ada:Loft"}`, `"ItemRef":{"value":"2","name":"Pump"}`}},
		{name: "an estimate", path: "estimate", body: invoice("", item("1", "5", "NON")), want: []string{`"TxnStatus":"Pending"`, `"DocNumber":"1001"`}, none: "Balance"},
		{name: "a sales receipt of nobody", path: "salesreceipt", body: `{"Line":[` + item("1", "5", "NON") + `]}`, want: []string{`"Balance":0`, `"DepositToAccountRef":{"value":"4","name":"Undeposited Funds"}`}, none: "CustomerRef"},
		{name: "a credit memo", path: "creditmemo", body: invoice("", item("1", "5", "NON")), want: []string{`"Balance":5.00`, `"RemainingCredit":5.00`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := testOptions()
			if tt.options != nil {
				tt.options(&o)
			}
			in, path := tt.in, tt.path
			if in == nil {
				in = shop
			}
			if path == "" {
				path = "invoice"
			}
			s := serve(t, in, o)
			got := s.wrote(t, path, tt.body)
			if m := got.lacks(tt.want...); m != nil {
				t.Errorf("no %v in\n%s", m, got.bytes())
			}
			if tt.none != "" && got.has(tt.none) {
				t.Errorf("%s in %s", tt.none, got.bytes())
			}
			if read := s.stands(t, path+"/"+got.text("Id")); string(read.bytes()) != string(got.bytes()) {
				t.Errorf("read\n%s wrote\n%s", read.bytes(), got.bytes())
			}
			again := s.wrote(t, path, `{"Id":"`+got.text("Id")+`","SyncToken":"0","sparse":true,"Line":`+string(appendValue(nil, got.get("Line")))+`}`)
			if a, b := again.text("TotalAmt"), got.text("TotalAmt"); a != b && !strings.Contains(tt.name, "stands") {
				t.Errorf("its own lines sent back come to %s, not %s", a, b)
			}
		})
	}
}

// Sums of an invoice that a sparse update does not touch stay as they are, also when
// nobody can say how they came about.
func TestUntouchedSums(t *testing.T) {
	s := serve(t, shop.with(files{"Invoice.jsonl": `{"Id":"103","SyncToken":"0","CustomerRef":{"value":"1"},"TxnDate":"2026-01-01","TotalAmt":629.10,"Balance":629.10,` +
		`"Line":[{"Id":"1","Amount":320.00,"DetailType":"SalesItemLineDetail"}],"TxnTaxDetail":{"TotalTax":46.60}}` + "\n"}), testOptions())
	o := s.wrote(t, "invoice", `{"Id":"103","SyncToken":"0","sparse":true,"PrivateNote":"x"}`)
	if m := o.lacks(`"TotalAmt":629.10`, `"TotalTax":46.60`, `"PrivateNote":"x"`, `"SyncToken":"1"`); m != nil {
		t.Errorf("no %v in %s", m, o.bytes())
	}
}

func TestDocNumbers(t *testing.T) {
	custom := preferring(`"CustomTxnNumbers":false`, `"CustomTxnNumbers":true`)
	first := files{"Invoice.jsonl": `{"Id":"266","DocNumber":"1043","TxnDate":"2026-01-01","Balance":0}` + "\n"}
	for _, tt := range []struct {
		name    string
		in      files
		query   string
		more    string
		options func(*Options)
		want    string // a number, or a code with 6140's detail behind it
	}{
		{name: "the next", in: shop, want: "1044"},
		{name: "one that is sent", in: shop, more: `"DocNumber":"77",`, want: "77"},
		{name: "or ignored", in: shop, more: `"DocNumber":"77",`, options: func(o *Options) { o.IgnoreSentNumbers = true }, want: "1044"},
		{name: "one that is taken", in: shop, more: `"DocNumber":"1043",`, want: "6140 DocNumber=1043 is assigned to TxnType=Invoice with TxnId=266"},
		{name: "as asked", in: shop, more: `"DocNumber":"1043",`, query: "?include=allowduplicatedocnum", want: "1043"},
		{name: "without a warning", in: shop, more: `"DocNumber":"1043",`, options: func(o *Options) { o.DuplicateNumbers = true }, want: "1043"},
		{name: "people's own", in: custom, more: `"DocNumber":"A-1",`, want: "A-1"},
		{name: "none", in: custom, want: ""},
		{name: "generated", in: custom, more: `"DocNumber":"AUTO_GENERATE",`, want: "1044"},
		{name: "generated likewise", in: custom, more: `"AutoDocNumber":true,`, want: "1044"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := testOptions()
			if tt.options != nil {
				tt.options(&o)
			}
			s := serve(t, tt.in.with(first), o)
			a := s.post(t, "invoice"+tt.query, sold(tt.more, "5", pump))
			if code, detail, refused := strings.Cut(tt.want, " "); refused {
				if got, text := a.faultOf(t); got != code || !strings.Contains(text, detail) {
					t.Errorf("got %s", a.body)
				}
				return
			}
			if got := entityIn(t, a.body).text("DocNumber"); got != tt.want {
				t.Errorf("got %q", got)
			}
		})
	}
	s := serve(t, custom.with(first), testOptions())
	s.wrote(t, "invoice", sold(`"DocNumber":"B",`, "5", pump))
	for n, want := range []string{"B", ""} { // its own number is no duplicate; a full update without one clears it
		o := s.wrote(t, "invoice", fmt.Sprintf(`{"Id":"267","SyncToken":"%d","DocNumber":"%s",`, n, want)+strings.TrimPrefix(sold("", "5", pump), "{"))
		if o.text("DocNumber") != want {
			t.Errorf("got %s", o.bytes())
		}
	}
}
