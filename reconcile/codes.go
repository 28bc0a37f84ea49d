package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
)

// The finding codes. Part of the API: never renamed.
const (
	InvoiceOnlyInSource      Code = "INVOICE_ONLY_IN_SOURCE"
	InvoiceOnlyInDestination Code = "INVOICE_ONLY_IN_DESTINATION"
	InvoiceDuplicate         Code = "INVOICE_DUPLICATE"
	InvoiceTwinCandidate     Code = "INVOICE_TWIN_CANDIDATE"
	LineMissing              Code = "LINE_MISSING"
	LineExtra                Code = "LINE_EXTRA"
	LinePrice                Code = "LINE_PRICE"
	LineQuantity             Code = "LINE_QUANTITY"
	InvoiceDiscount          Code = "INVOICE_DISCOUNT"
	TaxAmount                Code = "TAX_AMOUNT"
	TaxZeroed                Code = "TAX_ZEROED"
	InvoiceTotal             Code = "INVOICE_TOTAL"
	InvoiceBalance           Code = "INVOICE_BALANCE"
	InvoiceDate              Code = "INVOICE_DATE"
	InvoiceDueDate           Code = "INVOICE_DUE_DATE"
	InvoiceCurrency          Code = "INVOICE_CURRENCY"
	InvoiceCustomer          Code = "INVOICE_CUSTOMER"
	InvoiceStatus            Code = "INVOICE_STATUS"
	VoidOneSide              Code = "VOID_ONE_SIDE"
	SKUMissing               Code = "SKU_MISSING"
	SKUNotFound              Code = "SKU_NOT_FOUND"
	SKUCase                  Code = "SKU_CASE"
	SKUSpace                 Code = "SKU_SPACE"
	SKUDuplicate             Code = "SKU_DUPLICATE"
	EmailMissing             Code = "EMAIL_MISSING"
	EmailNotFound            Code = "EMAIL_NOT_FOUND"
	EmailCase                Code = "EMAIL_CASE"
	EmailSpace               Code = "EMAIL_SPACE"
	EmailAmbiguous           Code = "EMAIL_AMBIGUOUS"
	TaxUnmapped              Code = "TAX_UNMAPPED"
	RecordUnreadable         Code = "RECORD_UNREADABLE"
	PullIncomplete           Code = "PULL_INCOMPLETE"
	ScheduleMissed           Code = "SCHEDULE_MISSED"
	ConnectionUnauthorized   Code = "CONNECTION_UNAUTHORIZED"
	TokenExpiring            Code = "TOKEN_EXPIRING" //nolint:gosec // a code, no token
)

// A Rule is the catalogue's entry of one code: what it means, how urgent it is
// and what may be done about it.
type Rule struct {
	Code     Code         `json:"code"`
	Severity Severity     `json:"severity"`
	Family   Family       `json:"family"`
	Meaning  string       `json:"meaning"`
	Actions  []ActionVerb `json:"actions"`
	// Absence says that the code claims that something is not there: a partner, an
	// exact match, a SKU or e-mail behind an id. Such a code is not raised from an
	// incomplete pull.
	Absence bool `json:"absence"`
}

// A Family groups codes for pictures and lists.
type Family string

// The families.
const (
	FamilyUnsynced Family = "Unsynced invoices"
	FamilyContent  Family = "Matched but different"
	FamilySKU      Family = "SKUs"
	FamilyCustomer Family = "Customers"
	FamilyTax      Family = "Tax"
	FamilyPull     Family = "Pull"
)

// Rules is the catalogue of all codes, in the order in which they are printed.
var Rules = []Rule{
	{InvoiceOnlyInSource, High, FamilyUnsynced, "the invoice is in the source only", []ActionVerb{SyncInvoice, Link, Accept}, true},
	{InvoiceOnlyInDestination, High, FamilyUnsynced, "the invoice is in the destination only", []ActionVerb{Link, VoidInvoice, Accept}, true},
	{InvoiceDuplicate, High, FamilyUnsynced, "several invoices of one system hold the same number, or the same customer, date and total", []ActionVerb{Link, VoidInvoice, Accept}, false},
	{InvoiceTwinCandidate, Medium, FamilyUnsynced, "two unpaired invoices agree in customer, currency and total and lie at most 7 days apart", []ActionVerb{Link, Accept}, true},
	{LineMissing, High, FamilyContent, "a SKU is on the source's invoice only", []ActionVerb{SetField, Accept}, true},
	{LineExtra, High, FamilyContent, "a SKU is on the destination's invoice only", []ActionVerb{SetField, Accept}, true},
	{LinePrice, High, FamilyContent, "the net unit prices of a SKU differ", []ActionVerb{SetField, Accept}, false},
	{LineQuantity, High, FamilyContent, "the quantities of a SKU differ", []ActionVerb{SetField, Accept}, false},
	{InvoiceDiscount, High, FamilyContent, "the order-level discounts differ", []ActionVerb{SetField, Accept}, false},
	{TaxAmount, High, FamilyTax, "the tax amounts differ", []ActionVerb{SetField, Accept}, false},
	{TaxZeroed, High, FamilyTax, "one side has tax, the other has none", []ActionVerb{SetField, Accept}, false},
	{InvoiceTotal, High, FamilyContent, "the totals differ by more than lines, discount and tax explain", []ActionVerb{SetField, Accept}, false},
	{InvoiceBalance, Medium, FamilyContent, "the balances differ by more than the totals do: different payments", []ActionVerb{SetField, Accept}, false},
	{InvoiceDate, Medium, FamilyContent, "the invoice dates differ", []ActionVerb{SetField, Accept}, false},
	{InvoiceDueDate, Low, FamilyContent, "the due dates differ", []ActionVerb{SetField, Accept}, false},
	{InvoiceCurrency, High, FamilyContent, "the currencies differ; amounts are not compared", []ActionVerb{SetField, Accept}, false},
	{InvoiceCustomer, High, FamilyContent, "the invoice is on different customers", []ActionVerb{SetField, SetEmail, Accept}, true},
	{InvoiceStatus, Medium, FamilyContent, "the statuses differ", []ActionVerb{SetField, Accept}, false},
	{VoidOneSide, High, FamilyContent, "the invoice is voided on one side only; amounts are not compared", []ActionVerb{VoidInvoice, Accept}, false},
	{SKUMissing, High, FamilySKU, "an active or used product has no SKU", []ActionVerb{SetSKU, Accept}, false},
	{SKUNotFound, High, FamilySKU, "the SKU is in one system only, and nothing is like it", []ActionVerb{CreateProduct, SetSKU, Accept}, true},
	{SKUCase, High, FamilySKU, "the SKUs are equal but for upper and lower case", []ActionVerb{SetSKU, Accept}, true},
	{SKUSpace, High, FamilySKU, "the SKUs are equal but for blanks", []ActionVerb{SetSKU, Accept}, true},
	{SKUDuplicate, High, FamilySKU, "several active products of one system hold the SKU", []ActionVerb{SetSKU, Accept}, false},
	{EmailMissing, High, FamilyCustomer, "a customer with an invoice has no e-mail", []ActionVerb{SetEmail, Accept}, false},
	{EmailNotFound, High, FamilyCustomer, "the customer's e-mail is not in the destination, and nothing is like it", []ActionVerb{CreateCustomer, SetEmail, Accept}, true},
	{EmailCase, Medium, FamilyCustomer, "the e-mails are equal but for upper and lower case", []ActionVerb{SetEmail, Accept}, true},
	{EmailSpace, Medium, FamilyCustomer, "the e-mails are equal but for blanks", []ActionVerb{SetEmail, Accept}, true},
	{EmailAmbiguous, High, FamilyCustomer, "several active customers of one system hold the e-mail", []ActionVerb{SetEmail, Accept}, false},
	{TaxUnmapped, High, FamilyTax, "a tax rate in use has no mapping", []ActionVerb{MapTax, Accept}, false},
	{RecordUnreadable, High, FamilyPull, "a value of the record cannot be understood; its bytes are kept", []ActionVerb{SetField}, false},
	{PullIncomplete, High, FamilyPull, "the pull received less than the system claims to have", nil, false},
	{ScheduleMissed, High, FamilyPull, "nothing ran on a date that a schedule was due on", nil, false},
	{ConnectionUnauthorized, High, FamilyPull, "the system refuses the stored sign-in; somebody has to connect again", nil, false},
	{TokenExpiring, Medium, FamilyPull, "the stored sign-in ends soon, and somebody has to connect again", nil, false},
}

// RuleOf returns the catalogue's entry of a code.
func RuleOf(code Code) (Rule, bool) {
	for _, r := range Rules {
		if r.Code == code {
			return r, true
		}
	}
	return Rule{}, false
}

// RulesVersion names the meaning of the rules; it is part of every digest basis
// and changes when a rule changes.
const RulesVersion = "1"

// RuleSetHash names the rules and the settings that a run judges by, for reports.
func RuleSetHash(s Settings) string {
	h := framed{}
	h.text("tieout/rules", RulesVersion)
	for _, r := range Rules {
		h.text(string(r.Code), string(r.Severity), r.Meaning)
	}
	for _, v := range s.Values() {
		h.text(string(v.Key), v.Value)
	}
	sum := sha256.Sum256(h.buf)
	return hex.EncodeToString(sum[:8])
}

// BlockingCodes lists the codes of what keeps invoices back: their money at stake
// is that of unsynced invoices, which have findings of their own.
func BlockingCodes() []Code {
	var list []Code
	for _, r := range Rules {
		if r.Family == FamilySKU || r.Family == FamilyCustomer || r.Code == TaxUnmapped {
			list = append(list, r.Code)
		}
	}
	return list
}

// InvoiceCodes lists the codes whose record is an invoice.
func InvoiceCodes() []Code {
	var list []Code
	for _, r := range Rules {
		if r.Family == FamilyUnsynced || r.Family == FamilyContent || r.Code == TaxAmount || r.Code == TaxZeroed {
			list = append(list, r.Code)
		}
	}
	return list
}
