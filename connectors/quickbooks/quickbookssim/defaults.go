package quickbookssim

import "fmt"

// defaults are the singletons of a company whose dataset has none: a US
// company in Pacific time, one currency, own transaction numbers. Members as
// in developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities/
// companyinfo and /preferences.
var defaults = map[string]string{
	"CompanyInfo": `{"CompanyName":"Sandbox Company","LegalName":"Sandbox Company","Country":"US","FiscalYearStartMonth":"January",` +
		`"DefaultTimeZone":"America/Los_Angeles","SupportedLanguages":"en",` +
		`"NameValue":[{"Name":"SubscriptionStatus","Value":"PAID"},{"Name":"ItemCategoriesFeature","Value":"true"}],"Id":"1"}`,
	"Preferences": `{"AccountingInfoPrefs":{"CustomerTerminology":"Customers"},` +
		`"ProductAndServicesPrefs":{"ForSales":true,"ForPurchase":true,"QuantityWithPriceAndRate":true,"QuantityOnHand":true},` +
		`"SalesFormsPrefs":{"CustomTxnNumbers":true,"AllowDeposit":false,"AllowDiscount":true,"AllowShipping":true,"AllowServiceDate":false,"AutoApplyPayments":false,"AutoApplyCredit":false},` +
		`"TaxPrefs":{"UsingSalesTax":true},` +
		`"CurrencyPrefs":{"MultiCurrencyEnabled":false,"HomeCurrency":{"value":"USD"}},"Id":"1"}`,
}

// pseudoTaxCodes are those that every US company has: the two that lines name, and
// one that no document may. They carry no SyncToken (quickbooks-ruby,
// spec/fixtures/tax_codes.xml).
var pseudoTaxCodes = []struct {
	id             string
	taxable, group bool
}{{"TAX", true, false}, {"NON", false, false}, {customSalesTax, true, true}}

// customSalesTax is the code that no document may name.
const customSalesTax = "CustomSalesTax"

const pseudoTaxCode = `{"Name":%[1]q,"Description":%[1]q,"Active":true,"Taxable":%[2]t,"TaxGroup":%[3]t,"domain":"QBO","sparse":false,"Id":%[1]q,` +
	`"MetaData":{"CreateTime":"2014-09-18T12:17:04-07:00","LastUpdatedTime":"2014-09-18T12:17:04-07:00"}}`

// addPseudoTaxCodes adds them to the tax codes of a US company unless the dataset
// has them. A company that names no country is a US one.
func (c *Company) addPseudoTaxCodes() error {
	var country string
	info := c.tables["CompanyInfo"].rows[0].raw
	members(info, 0, func(name []byte, at span) {
		if string(name) == "Country" {
			country = scalar(at.of(info))
		}
	})
	if country != "" && country != "US" {
		return nil
	}
	codes := c.tables["TaxCode"]
	for _, code := range pseudoTaxCodes {
		if codes.byID[code.id] != nil {
			continue
		}
		if err := codes.add(fmt.Appendf(nil, pseudoTaxCode, code.id, code.taxable, code.group)); err != nil {
			return err
		}
	}
	codes.sortByID()
	return nil
}
