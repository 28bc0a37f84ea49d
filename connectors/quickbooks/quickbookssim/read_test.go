package quickbookssim

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	s := serve(t, books, testOptions())
	invoice := strings.SplitN(books["Invoice.jsonl"], "\n", 2)[0]
	const notFound = `{"Fault":{"Error":[{"Message":"Object Not Found","Detail":"Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.","code":"610","element":""}],"type":"ValidationFault"},"time":"` + testTime + `"}`
	for _, tt := range []struct {
		name, path string
		status     int
		want       string // the whole body, or a part of it with … at its ends
	}{
		{"entity, byte for byte", "invoice/100?minorversion=75", 200, `{"Invoice":` + invoice + `,"time":"` + testTime + `"}`},
		{"missing", "invoice/7", 400, notFound},
		{"missing kind", "bill/7", 400, notFound},
		{"not a number", "invoice/1.5", 400, `{"Fault":{"Error":[{"Message":"Invalid ID","Detail":"Id should be a valid number. Supplied value:1.5","code":"2030","element":"Id"}],"type":"ValidationFault"}}`},
		{"inactive", "customer/9", 200, `…"DisplayName":"Zed (deleted)"…`},
		{"pseudo tax code", "taxcode/TAX", 200, `…"Taxable":true…`},
		{"pseudo tax code that documents may not name", "taxcode/CustomSalesTax", 200, `…"Taxable":true,"TaxGroup":true,"domain":"QBO","sparse":false,"Id":"CustomSalesTax","MetaData"…`},
		{"default preferences", "preferences", 200, `…"CustomTxnNumbers":true…`},
		{"one currency", "preferences", 200, `…"CurrencyPrefs":{"MultiCurrencyEnabled":false,"HomeCurrency":{"value":"USD"}}…`},
		{"default company", "companyinfo/1", 200, `…"Country":"US"…`},
		{"default zone", "companyinfo/1", 200, `…"DefaultTimeZone":"America/Los_Angeles"…`},
		{"realm of the path", "/v3/company/4711/companyinfo/4711", 200, `…"CompanyName"…`},
		{"another realm", "/v3/company/4711/companyinfo/4712", 400, notFound},
		{"no id", "invoice", 400, `…"code":"500"…`},
		{"too long a path", "invoice/100/lines", 400, `…/v3/company/1/invoice/100/lines is not supported.…`},
		{"unknown kind", "custmoer/1", 400, `…"code":"500"…`},
		{"outside of the API", "/v3/nothing", 404, ``},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.get(t, tt.path)
			if a.status != tt.status {
				t.Errorf("status %d, want %d", a.status, tt.status)
			}
			part := strings.Trim(tt.want, "…")
			if !strings.Contains(a.body, part) || part == tt.want && part != "" && a.body != part {
				t.Errorf("got  %s\nwant %s", a.body, tt.want)
			}
		})
	}
}

func TestSingletonsByQuery(t *testing.T) {
	s := serve(t, files{"Preferences.json": "{\n  \"Id\": \"1\",\n  \"TaxPrefs\": {\"PartnerTaxEnabled\": true}\n}\n"}, testOptions())
	prefs := s.rows(t, "SELECT * FROM Preferences")
	if len(prefs.rows) != 1 || prefs.rows[0]["TaxPrefs"].(map[string]any)["PartnerTaxEnabled"] != true {
		t.Errorf("Preferences: %v", prefs.rows)
	}
	info := s.rows(t, "SELECT * FROM CompanyInfo")
	if len(info.rows) != 1 || info.rows[0]["Country"] != "US" || info.rows[0]["SyncToken"] != "0" {
		t.Errorf("CompanyInfo: %v", info.rows)
	}
}

func TestWritesAreRefused(t *testing.T) {
	s := serve(t, books, testOptions())
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		a := s.do(t, s.request(t, method, "invoice/100", "{}"))
		if code, _ := a.faultOf(t); a.status != http.StatusBadRequest || code != "500" {
			t.Errorf("%s: %d %s", method, a.status, a.body)
		}
	}
}

func TestPacificTime(t *testing.T) {
	o := testOptions()
	winter := noon.AddDate(0, 6, 0)
	o.Now = func() time.Time { return winter }
	if body := serve(t, nil, o).get(t, "preferences").body; !strings.Contains(body, `"time":"2027-01-01T11:00:00.250-08:00"`) {
		t.Errorf("got %s", body)
	}
}

func TestPseudoTaxCodes(t *testing.T) {
	for _, tt := range []struct {
		name string
		f    files
		want string
	}{
		{"a US company has all three", files{"TaxCode.jsonl": `{"Id":"2","Name":"California"}`}, "CustomSalesTax NON TAX 2"},
		{"those of the dataset stay", files{"TaxCode.jsonl": `{"Id":"TAX","Name":"Taxed","Active":false}`}, "CustomSalesTax NON"},
		{"elsewhere there are none", files{"CompanyInfo.json": `{"Id":"1","Country":"CA"}`, "TaxCode.jsonl": `{"Id":"3","Name":"HST"}`}, "3"},
		{"a company without country is a US one", files{"CompanyInfo.json": `{"Id":"1"}`}, "CustomSalesTax NON TAX"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := serve(t, tt.f, testOptions()).rows(t, "SELECT * FROM TaxCode ORDERBY Id").ids(); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
