package quickbookssim

import "slices"

// The members of what is no sale and no name. Of purchases and the books' own
// transactions, which Tieout has no business with, it is what the documentation's
// samples send.

var paymentLinePart = part{"Line", []field{
	own("Id"), own("LineNum"), own("Description"), sum("Amount"), own("DetailType"), listOf("LinkedTxn", &linkPart), own("LineEx"),
}}

var paymentFields = slices.Concat([]field{
	namedRef("CustomerRef", "Customer"), ref("ARAccountRef", "Account"), ref("DepositToAccountRef", "Account"),
	namedRef("PaymentMethodRef", "PaymentMethod"), word("PaymentRefNum", 21), sum("TotalAmt"), own("UnappliedAmt"), yesNo("ProcessPayment"),
}, entityHead, []field{
	word("DocNumber", 21), day("TxnDate"), namedRef("ProjectRef", ""), namedRef("CurrencyRef", ""), decimal("ExchangeRate"), word("PrivateNote", 4000),
	own("LinkedTxn"), listOf("Line", &paymentLinePart), own("CreditCardPayment"), own("TxnSource"), own("TransactionLocationType"), own("TaxExemptionRef"),
	own("AttachableRef"), own("PaymentType"), own("TxnStatus"),
})

// bookLinePart is a line of any other transaction; what hangs on it is not looked
// into.
var bookLinePart = part{"Line", []field{
	word("Id", 0), decimal("LineNum"), word("Description", 4000), sum("Amount"), listOf("LinkedTxn", &linkPart), word("DetailType", 0),
	loose("AccountBasedExpenseLineDetail"), loose("ItemBasedExpenseLineDetail"), loose("DepositLineDetail"), loose("JournalEntryLineDetail"),
	loose("CustomField"), loose("LineEx"),
}}

// bookFields are the members of such a transaction, with those of its own.
func bookFields(more ...field) []field {
	return slices.Concat(entityHead, []field{
		word("DocNumber", 21), day("TxnDate"), ref("DepartmentRef", "Department"), namedRef("CurrencyRef", ""), decimal("ExchangeRate"),
		word("PrivateNote", 4000), own("TxnSource"), own("LinkedTxn"), listOf("Line", &bookLinePart), loose("TxnTaxDetail"),
		choice("GlobalTaxCalculation", "TaxExcluded", "TaxInclusive", "NotApplicable"), own("HomeTotalAmt"), own("HomeBalance"),
		own("AttachableRef"), own("RecurDataRef"), own("TransactionLocationType"), own("CustomField"), own("Tag"),
	}, more)
}

var (
	billFields = bookFields(namedRef("VendorRef", "Vendor"), namedRef("APAccountRef", "Account"), ref("SalesTermRef", "Term"), day("DueDate"),
		own("TotalAmt"), own("Balance"), objectOf("VendorAddr", &addressPart))
	billPaymentFields = bookFields(namedRef("VendorRef", "Vendor"), namedRef("APAccountRef", "Account"), choice("PayType", "Check", "CreditCard"),
		loose("CheckPayment"), loose("CreditCardPayment"), sum("TotalAmt"), yesNo("ProcessBillPayment"))
	vendorCreditFields  = bookFields(namedRef("VendorRef", "Vendor"), namedRef("APAccountRef", "Account"), own("TotalAmt"), own("Balance"))
	purchaseOrderFields = bookFields(namedRef("VendorRef", "Vendor"), namedRef("APAccountRef", "Account"), day("DueDate"), own("TotalAmt"),
		objectOf("VendorAddr", &addressPart), objectOf("ShipAddr", &addressPart), namedRef("ShipTo", ""), word("POStatus", 0), word("Memo", 4000),
		objectOf("POEmail", &emailPart), word("EmailStatus", 0))
	purchaseFields = bookFields(namedRef("AccountRef", "Account"), choice("PaymentType", "Cash", "Check", "CreditCard"), namedRef("PaymentMethodRef", "PaymentMethod"),
		namedRef("EntityRef", ""), yesNo("Credit"), own("TotalAmt"), word("PrintStatus", 0), loose("PurchaseEx"))
	depositFields      = bookFields(namedRef("DepositToAccountRef", "Account"), own("TotalAmt"), loose("CashBack"))
	journalEntryFields = bookFields(yesNo("Adjustment"), own("TotalAmt"))
	transferFields     = bookFields(namedRef("FromAccountRef", "Account"), namedRef("ToAccountRef", "Account"), sum("Amount"))

	companyInfoFields = slices.Concat([]field{
		word("CompanyName", 1024), word("LegalName", 1024), objectOf("CompanyAddr", &addressPart), objectOf("CustomerCommunicationAddr", &addressPart),
		objectOf("LegalAddr", &addressPart), objectOf("CustomerCommunicationEmailAddr", &emailPart), objectOf("PrimaryPhone", &phonePart),
		own("CompanyStartDate"), word("FiscalYearStartMonth", 0), own("Country"), objectOf("Email", &emailPart), objectOf("WebAddr", &sitePart),
		own("SupportedLanguages"), own("DefaultTimeZone"), own("NameValue"), word("EmployerId", 0),
	}, entityHead)
	preferencesFields = slices.Concat([]field{
		loose("AccountingInfoPrefs"), loose("ProductAndServicesPrefs"), loose("SalesFormsPrefs"), loose("EmailMessagesPrefs"),
		loose("VendorAndPurchasesPrefs"), loose("TimeTrackingPrefs"), loose("TaxPrefs"), loose("CurrencyPrefs"), loose("ReportPrefs"), loose("OtherPrefs"),
	}, entityHead)
	paylessFields = []field{yesNo("AllowIPNPayment"), yesNo("AllowOnlinePayment"), yesNo("AllowOnlineCreditCardPayment"), yesNo("AllowOnlineACHPayment")}
)

// parts are the classes of the entities that can be written.
var parts = map[string]*part{
	"Customer":      {"Customer", customerFields},
	"Vendor":        {"Vendor", vendorFields},
	"Employee":      {"Employee", employeeFields},
	"Item":          {"Item", itemFields},
	"Account":       {"Account", accountFields},
	"Class":         {"Class", nestedFields("Class")},
	"Department":    {"Department", nestedFields("Department")},
	"PaymentMethod": {"PaymentMethod", paymentMethodFields},
	"Term":          {"Term", termFields},
	"TaxAgency":     {"TaxAgency", agencyFields},
	"Invoice":       {"Invoice", salesFields(paylessFields...)},
	"CreditMemo":    {"CreditMemo", salesFields()},
	"Estimate":      {"Estimate", salesFields()},
	"SalesReceipt":  {"SalesReceipt", salesFields()},
	"RefundReceipt": {"RefundReceipt", salesFields()},
	"Payment":       {"Payment", paymentFields},
	"Bill":          {"Bill", billFields},
	"BillPayment":   {"BillPayment", billPaymentFields},
	"VendorCredit":  {"VendorCredit", vendorCreditFields},
	"PurchaseOrder": {"PurchaseOrder", purchaseOrderFields},
	"Purchase":      {"Purchase", purchaseFields},
	"Deposit":       {"Deposit", depositFields},
	"JournalEntry":  {"JournalEntry", journalEntryFields},
	"Transfer":      {"Transfer", transferFields},
	"CompanyInfo":   {"CompanyInfo", companyInfoFields},
	"Preferences":   {"Preferences", preferencesFields},
}
