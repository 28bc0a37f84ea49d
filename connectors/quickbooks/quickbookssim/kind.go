package quickbookssim

// A kind is one kind of entity of the Accounting API.
type kind struct {
	// name is what queries and envelopes call it; in lower case it is the
	// path element.
	name string
	// class decides the order of rows without ORDERBY, and what Active means.
	class class
	// properties are those that can be filtered or sorted by, beside the ones
	// that all kinds have.
	properties []property
	// others are members that exist and can be selected, no more. Members that
	// occur in the dataset are added to them.
	others []string
}

type class int

const (
	// transaction rows come most recently updated first.
	transaction class = iota
	// nameList rows come by full name, and the inactive ones only when a
	// query asks for them.
	nameList
	// singleton kinds have one row per company.
	singleton
)

// A property is a member, or member of a member, with a name in queries.
type property struct {
	name string
	typ  valueType
	use  use // zero: read by the simulator itself, no name in queries
}

// use says which clauses take a property.
type use int

const (
	filterable use = 1 << iota
	sortable
	both = filterable | sortable
)

// everyKind are the properties that all entities have; the V3 schema calls
// them "Filterable: ALL".
var everyKind = []property{
	{"Id", identifier, both},
	{"MetaData.CreateTime", instant, both},
	{"MetaData.LastUpdatedTime", instant, both},
}

// everyList are the properties of name lists. The three names, of which a
// kind has one or two, are here for the default order; which of them exist in
// queries is said per kind.
var everyList = []property{
	{"Active", flag, filterable},
	{"FullyQualifiedName", text, 0},
	{"DisplayName", text, 0},
	{"Name", text, 0},
}

// everyMember are the members that all entities have and no query filters by.
var everyMember = []string{"SyncToken", "MetaData", "domain", "sparse"}

// kinds are the entities that can be queried and read. What is filterable and
// sortable is from the entity pages of Intuit's documentation
// (developer.intuit.com/app/developer/qbo/docs/api/accounting/all-entities),
// the comments of the V3 schema, and what clients were seen to use. For the
// kinds at the end, which Tieout has no business with, it is the least that
// is certain.
var kinds = []kind{
	{"CompanyInfo", singleton, nil, []string{"CompanyName", "LegalName", "Country", "DefaultTimeZone", "FiscalYearStartMonth", "NameValue", "SupportedLanguages"}},
	{"Preferences", singleton, nil, []string{"AccountingInfoPrefs", "CurrencyPrefs", "ProductAndServicesPrefs", "SalesFormsPrefs", "TaxPrefs", "OtherPrefs"}},
	{"Customer", nameList, []property{
		{"DisplayName", text, both},
		{"GivenName", text, both},
		{"MiddleName", text, both},
		{"FamilyName", text, both},
		{"FullyQualifiedName", text, both},
		{"CompanyName", text, both},
		{"PrimaryEmailAddr", text, filterable},
		{"ParentRef", reference, filterable},
		{"Job", flag, filterable},
		{"Balance", amount, both},
		{"BalanceWithJobs", amount, sortable},
	}, []string{"CustomerTypeRef", "BillAddr", "ShipAddr", "PrimaryPhone", "Notes", "Taxable", "DefaultTaxCodeRef", "CurrencyRef", "PrintOnCheckName", "Level", "Title", "Suffix"}},
	{"Item", nameList, []property{
		{"Name", text, both},
		{"Type", text, both},
		{"Sku", text, both},
		{"FullyQualifiedName", text, filterable},
	}, []string{"Description", "UnitPrice", "PurchaseCost", "Taxable", "SalesTaxCodeRef", "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef", "QtyOnHand", "TrackQtyOnHand", "InvStartDate", "SubItem", "ParentRef", "Level"}},
	{"Account", nameList, []property{
		{"Name", text, both},
		{"FullyQualifiedName", text, both},
		{"AccountType", text, both},
		{"AccountSubType", text, both},
		{"Classification", text, both},
	}, []string{"AcctNum", "CurrentBalance", "Description", "SubAccount", "CurrencyRef"}},
	{"TaxCode", nameList, []property{
		{"Name", text, both},
		{"Hidden", flag, filterable},
	}, []string{"Description", "Taxable", "TaxGroup", "SalesTaxRateList", "PurchaseTaxRateList", "TaxCodeConfigType"}},
	{"TaxRate", nameList, []property{
		{"Name", text, both},
	}, []string{"Description", "RateValue", "AgencyRef", "EffectiveTaxRate", "SpecialTaxType", "DisplayType"}},
	{"TaxAgency", nameList, []property{
		{"DisplayName", text, both},
	}, []string{"TaxTrackedOnPurchases", "TaxTrackedOnSales", "TaxRegistrationNumber"}},
	{"Vendor", nameList, []property{
		{"DisplayName", text, both},
		{"GivenName", text, both},
		{"MiddleName", text, both},
		{"FamilyName", text, both},
		{"CompanyName", text, both},
		{"PrintOnCheckName", text, both},
	}, []string{"PrimaryEmailAddr", "PrimaryPhone", "BillAddr", "TaxIdentifier", "TermRef", "Balance", "AcctNum", "Vendor1099", "CurrencyRef"}},
	{"Employee", nameList, []property{
		{"DisplayName", text, both},
		{"GivenName", text, both},
		{"MiddleName", text, both},
		{"FamilyName", text, both},
		{"PrintOnCheckName", text, both},
	}, []string{"PrimaryPhone", "PrimaryAddr", "PrimaryEmailAddr"}},
	{"Invoice", transaction, []property{
		{"DocNumber", text, both},
		{"TxnDate", date, both},
		{"DueDate", date, both},
		{"Balance", amount, both},
		{"TotalAmt", amount, both},
		{"CustomerRef", reference, filterable},
		{"SalesTermRef", reference, filterable},
		{"ProjectRef", reference, filterable},
	}, []string{"Line", "LinkedTxn", "TxnTaxDetail", "CurrencyRef", "ExchangeRate", "BillEmail", "BillAddr", "ShipAddr", "CustomerMemo", "PrivateNote", "CustomField", "EmailStatus", "PrintStatus", "ApplyTaxAfterDiscount", "GlobalTaxCalculation", "Deposit"}},
	{"Payment", transaction, []property{
		{"TxnDate", date, both},
		{"PaymentRefNum", text, both},
		{"TotalAmt", amount, filterable},
		{"CustomerRef", reference, filterable},
		{"ProjectRef", reference, filterable},
	}, []string{"DocNumber", "Line", "UnappliedAmt", "ProcessPayment", "DepositToAccountRef", "PaymentMethodRef", "CurrencyRef", "ExchangeRate", "PrivateNote"}},
	{"CreditMemo", transaction, salesDocument, salesMembers},
	{"Estimate", transaction, salesDocument, salesMembers},
	{"SalesReceipt", transaction, salesDocument, salesMembers},
	{"RefundReceipt", transaction, salesDocument, salesMembers},
	{"Bill", transaction, purchaseDocument, nil},
	{"BillPayment", transaction, purchaseDocument, nil},
	{"VendorCredit", transaction, purchaseDocument, nil},
	{"PurchaseOrder", transaction, purchaseDocument, nil},
	{"Purchase", transaction, document, nil},
	{"Deposit", transaction, document, nil},
	{"JournalEntry", transaction, document, nil},
	{"Transfer", transaction, document, nil},
	{"Class", nameList, namedOnly, nil},
	{"Department", nameList, namedOnly, nil},
	{"PaymentMethod", nameList, namedOnly, nil},
	{"Term", nameList, namedOnly, nil},
}

var (
	document = []property{
		{"DocNumber", text, both},
		{"TxnDate", date, both},
		{"TotalAmt", amount, both},
	}
	salesDocument = append([]property{
		{"DueDate", date, both},
		{"Balance", amount, both},
		{"CustomerRef", reference, filterable},
	}, document...)
	salesMembers     = []string{"Line", "LinkedTxn", "TxnTaxDetail", "CurrencyRef", "BillEmail", "PrivateNote", "CustomField"}
	purchaseDocument = append([]property{
		{"DueDate", date, both},
		{"Balance", amount, both},
		{"VendorRef", reference, filterable},
	}, document...)
	namedOnly = []property{
		{"Name", text, both},
		{"FullyQualifiedName", text, both},
	}
)

// allProperties returns the properties of the kind, each once; one that the
// kind names itself overrides what is common.
func (k *kind) allProperties() []property {
	props := append([]property(nil), everyKind...)
	if k.class == nameList {
		props = append(props, everyList...)
	}
own:
	for _, p := range k.properties {
		for i := range props {
			if props[i].name == p.name {
				props[i] = p
				continue own
			}
		}
		props = append(props, p)
	}
	return props
}
