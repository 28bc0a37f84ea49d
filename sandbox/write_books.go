package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// The accounts of the company.
const (
	accountSales       = 1
	accountUndeposited = 4
	accountReceivable  = 84
	accountDiscounts   = 86
)

func (w *world) writeQuickBooksMasters(out *output) {
	w.writeCompany(out)
	w.writePreferences(out)
	w.writeAccounts(out)
	w.writeTaxCodes(out)
	for _, c := range w.customers {
		if c.books != 0 {
			w.writeCustomer(out, c)
		}
	}
	w.writeCategories(out)
	for _, p := range w.products {
		if p.in(quickbooks) {
			w.writeItem(out, p)
		}
	}
	w.writeVendors(out)
}

// founded is when the company's first records were made.
func (w *world) founded() time.Time { return (w.first - 500).midnight().Add(15 * time.Hour) }

func (w *world) writeCompany(out *output) {
	w.entity(out, 1, w.founded())
	out.str("CompanyName", "Fernhollow Goods")
	out.str("LegalName", "Fernhollow Goods LLC")
	out.str("Country", "US")
	out.str("FiscalYearStartMonth", "January")
	out.str("DefaultTimeZone", w.portal.String())
	out.str("SupportedLanguages", "en")
	out.list("NameValue")
	for _, nv := range [][2]string{{"NeoEnabled", "true"}, {"SubscriptionStatus", "PAID"}, {"OfferingSku", "QuickBooks Online Plus"}, {"ItemCategoriesFeature", "true"}} {
		out.item()
		out.str("Name", nv[0])
		out.str("Value", nv[1])
		out.end()
	}
	out.endList()
	out.put("quickbooks/CompanyInfo.json")
}

func (w *world) writePreferences(out *output) {
	w.entity(out, 1, w.founded())
	out.raw("AccountingInfoPrefs", `{"FirstMonthOfFiscalYear":"January","UseAccountNumbers":false,"TaxYearMonth":"January","ClassTrackingPerTxn":false,"TrackDepartments":false}`)
	out.raw("ProductAndServicesPrefs", `{"ForSales":true,"ForPurchase":true,"QuantityWithPriceAndRate":true,"QuantityOnHand":true}`)
	out.raw("SalesFormsPrefs", fmt.Sprintf(`{"CustomTxnNumbers":true,"AllowDeposit":true,"AllowDiscount":true,"DefaultDiscountAccount":"%d","AllowEstimates":true,"AllowServiceDate":false,"AllowShipping":true,"AutoApplyPayments":false,"AutoApplyCredit":false}`, accountDiscounts))
	out.raw("TaxPrefs", `{"UsingSalesTax":true,"TaxGroupCodeRef":{"value":"2"}}`)
	out.raw("CurrencyPrefs", `{"MultiCurrencyEnabled":true,"HomeCurrency":{"value":"USD"}}`)
	out.put("quickbooks/Preferences.json")
}

func (w *world) writeAccounts(out *output) {
	for _, a := range []struct {
		id                         int64
		name, class, kind, subtype string
	}{
		{accountSales, "Sales of Product Income", "Revenue", "Income", "SalesOfProductIncome"},
		{accountUndeposited, "Undeposited Funds", "Asset", "Other Current Asset", "UndepositedFunds"},
		{accountReceivable, "Accounts Receivable (A/R)", "Asset", "Accounts Receivable", "AccountsReceivable"},
		{accountDiscounts, "Discounts given", "Revenue", "Income", "DiscountsRefundsGiven"},
	} {
		w.entity(out, a.id, w.founded())
		out.str("Name", a.name)
		out.str("FullyQualifiedName", a.name)
		out.bool("SubAccount", false)
		out.bool("Active", true)
		out.str("Classification", a.class)
		out.str("AccountType", a.kind)
		out.str("AccountSubType", a.subtype)
		out.currency("USD")
		out.put("quickbooks/Account.jsonl")
	}
}

// writeTaxCodes writes the two codes of lines, which are no records of the
// company and so have no version, and the codes of transactions.
func (w *world) writeTaxCodes(out *output) {
	for _, pseudo := range []struct {
		id, name string
		taxable  bool
	}{{"TAX", "Taxable", true}, {"NON", "Nontaxable", false}} {
		out.reset()
		out.str("domain", "QBO")
		out.bool("sparse", false)
		out.str("Id", pseudo.id)
		out.str("Name", pseudo.id)
		out.str("Description", pseudo.name)
		out.bool("Active", true)
		out.bool("Hidden", false)
		out.bool("Taxable", pseudo.taxable)
		out.bool("TaxGroup", false)
		out.put("quickbooks/TaxCode.jsonl")
	}
	w.entity(out, 1, w.founded())
	out.str("DisplayName", "Department of Revenue")
	out.bool("TaxTrackedOnPurchases", false)
	out.bool("TaxTrackedOnSales", true)
	out.put("quickbooks/TaxAgency.jsonl")
	for _, r := range w.rates {
		w.writeTaxCode(out, r)
	}
}

func (w *world) writeTaxCode(out *output, r *rate) {
	w.entity(out, int64(r.code), w.founded())
	out.str("Name", r.label)
	out.str("Description", r.label)
	out.bool("Active", true)
	out.bool("Hidden", false)
	out.bool("Taxable", true)
	out.bool("TaxGroup", true)
	out.begin("SalesTaxRateList")
	out.list("TaxRateDetail")
	for i, p := range r.parts {
		out.item()
		out.ref("TaxRateRef", strconv.Itoa(p.id), p.name)
		out.str("TaxTypeApplicable", "TaxOnAmount")
		out.int("TaxOrder", int64(i))
		out.end()
	}
	out.endList()
	out.end()
	out.raw("PurchaseTaxRateList", `{"TaxRateDetail":[]}`)
	out.put("quickbooks/TaxCode.jsonl")
	for _, p := range r.parts {
		w.entity(out, int64(p.id), w.founded())
		out.str("Name", p.name)
		out.str("Description", p.name)
		out.bool("Active", true)
		out.raw("RateValue", decimal(p.value, 3, 0))
		out.ref("AgencyRef", "1", "")
		out.str("SpecialTaxType", "NONE")
		out.str("DisplayType", "ReadOnly")
		out.put("quickbooks/TaxRate.jsonl")
	}
}

// deleted adds what QuickBooks adds to the name of an inactive record.
func deleted(name string, inactive bool) string {
	if inactive {
		return name + " (deleted)"
	}
	return name
}

func (w *world) writeCustomer(out *output, c *customer) {
	w.entity(out, c.books, c.created.Add(time.Hour))
	name := deleted(c.firm[quickbooks], c.inactive)
	out.bool("Taxable", true)
	out.bool("Job", false)
	out.bool("BillWithParent", false)
	out.raw("Balance", amount(c.balance, c.currency))
	out.raw("BalanceWithJobs", amount(c.balance, c.currency))
	out.currency(c.currency)
	out.str("PreferredDeliveryMethod", "Print")
	out.str("GivenName", c.first)
	out.str("FamilyName", c.last)
	out.str("FullyQualifiedName", name)
	out.str("CompanyName", c.firm[quickbooks])
	out.str("DisplayName", name)
	out.str("PrintOnCheckName", c.firm[quickbooks])
	out.bool("Active", !c.inactive)
	if c.email[quickbooks] != "" {
		out.begin("PrimaryEmailAddr")
		out.str("Address", c.email[quickbooks])
		out.end()
	}
	out.ref("DefaultTaxCodeRef", "2", "")
	out.put("quickbooks/Customer.jsonl")
}

// writeCategories writes items that group others. They are no products.
func (w *world) writeCategories(out *output) {
	for n, name := range []string{"Goods", "Services"} {
		w.entity(out, w.ids.item.id(len(w.products)+n), w.founded())
		out.str("Name", name)
		out.bool("Active", true)
		out.str("FullyQualifiedName", name)
		out.str("Type", "Category")
		out.put("quickbooks/Item.jsonl")
	}
}

func (w *world) writeItem(out *output, p *product) {
	w.entity(out, p.id[quickbooks], w.founded().Add(time.Duration(p.n)*time.Minute))
	name := deleted(p.name[quickbooks], p.inactive)
	out.str("Name", name)
	out.str("Description", p.name[quickbooks])
	out.opt("Sku", p.sku[quickbooks])
	out.bool("Active", !p.inactive)
	out.str("FullyQualifiedName", name)
	out.bool("Taxable", true)
	out.raw("UnitPrice", decimal(p.price, 2, 0))
	out.str("Type", []string{"NonInventory", "NonInventory", "Service"}[p.n%3])
	out.ref("IncomeAccountRef", strconv.Itoa(accountSales), "Sales of Product Income")
	out.raw("PurchaseCost", "0")
	out.bool("TrackQtyOnHand", false)
	out.put("quickbooks/Item.jsonl")
}

func (w *world) writeVendors(out *output) {
	for n, name := range []string{"Pinegate Freight", `"Quill" & Sons`, "Stromværk"} {
		w.entity(out, w.ids.customer.id(len(w.customers)+n), w.founded())
		out.raw("Balance", "0")
		out.bool("Vendor1099", false)
		out.currency("USD")
		out.str("DisplayName", name)
		out.str("PrintOnCheckName", name)
		out.bool("Active", true)
		out.put("quickbooks/Vendor.jsonl")
	}
}
