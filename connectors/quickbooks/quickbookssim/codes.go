package quickbookssim

import (
	"cmp"
	"net/http"
)

// A codeText is what a fault of a code says. detail is the text that goes with
// it when nothing is known of the record; rules write their own.
type codeText struct {
	message, detail string
	element         *string // "" where it is sent empty, nil where it is not sent
}

// unnamed is the member element as it comes with most business rules: there,
// and empty.
var unnamed = new(string)

func named(element string) *string { return &element }

// codes are the fault codes of the Accounting API. Messages and details of
// 500, 610, 2010, 2030, 4001, 5010 and 6240 are recorded, those of 400, 2020,
// 2050, 2500, 4000, 6000, 6070, 6100, 6140, 6190 and 6540 from threads and
// fixtures that quote the server; the others are Intuit's
// develop/troubleshooting/error-codes, whose texts describe rather than quote.
var codes = map[string]codeText{
	"100": {"General Authentication Error", "AuthenticationErrorGeneral: SRV-110-Authentication Failure, statusCode: 401", nil},
	"110": {"Authentication OAuth Error", "AuthenticationOAuthError: token rejected, statusCode: 401", nil},
	// github.com/minimul/qbo_api/issues/96; the number in the detail is the blog's of 8 June 2017.
	"120": {"Authorization Failure", "AuthorizationFailure: -11014-You do not have access to this company, statusCode: 401", nil},
	"130": {"Accessing Wrong Cluster", "WrongClusterError: Accessing Wrong Cluster, statusCode: 401", nil},
	"140": {"Company Locked Out", "CompanyLockedOut: the company is locked, statusCode: 400", nil},
	"150": {"Company Under Maintenance", "CompanyUnderMaintenance: the company is under maintenance, statusCode: 400", nil},

	"400": {"MalformedRequest", "Batch Request is Empty", nil}, // PHP-SDK issue 528
	"500": {"Unsupported Operation", "Operation is not supported.", nil},
	"600": {"Duplicate Request ID", "Duplicate Request ID", nil},
	"610": {"Object Not Found", "Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.", unnamed},
	"620": {"Txn ID Cannot Be Linked", "The Txn ID you're trying to use can't be linked.", unnamed},
	"630": {"Duplicate Object", "There's already an object with these properties.", unnamed},
	"700": {"Parent Reference Invalid", "The parent isn't a valid reference.", unnamed},
	"800": {"Cannot delete object", "The object can't be deleted due to existing dependencies.", unnamed},
	"900": {"Parent cannot be child", "The same object can't be the parent or child of itself.", unnamed},

	"1000": {"Operation failed", "Operation failed.", nil},
	"1010": {"Create Failed", "Object creation failed.", nil},
	"1020": {"Update Failed", "Object update failed.", nil},
	"1040": {"Batch size exceeds allowed limit", "The batch size for the batch request is too big. The batch limit size is 30.", nil},
	"1050": {"Invalid Content Type", "Content type not supported.", nil},

	"2000": {"Invalid or unsupported object name", "The specified object name is unsupported or invalid.", nil},
	"2010": {"Request has invalid or unsupported property", "Property Name: specified is unsupported or invalid", nil},
	"2020": {"Required param missing, need to supply the required value for the API", "Required parameter Line is missing in the request", named("Line")},
	"2030": {"Invalid ID", "Id should be a valid number. Supplied value:1.5", named("Id")},
	"2040": {"Invalid String", "Element contains invalid characters.", nil},
	"2050": {"String length is either shorter or longer than supported by specification", "String length specified does not match the supported length. Min:0 Max:21 supported. Supplied length:33", named("DocNumber")},
	"2060": {"Invalid Date Format", "The date format isn't valid.", nil},
	"2070": {"Invalid Date", "The date value must be a valid value.", nil},
	"2080": {"Invalid Number Format", "The number format supplied isn't valid.", nil},
	"2090": {"Invalid Number", "The number supplied isn't supported.", nil},
	"2100": {"Invalid Decimal Format", "The decimal format isn't valid.", nil},
	"2110": {"Invalid Decimal", "The decimal supplied isn't supported.", nil},
	"2120": {"Invalid Type", "The specified type isn't compatible or supported.", nil},
	"2130": {"Invalid Request Id Format", "The format of request ID is invalid and not supported.", nil},
	"2140": {"Invalid Amount", "The amount value isn't supported.", nil},
	"2150": {"Invalid Percent", "The percent value is invalid and not supported.", nil},
	"2160": {"Invalid Quantity", "The quantity value is invalid and not supported.", nil},
	"2170": {"Invalid Enumeration", "Invalid Enumeration : HAS_BEEN_BILLED", nil},
	"2180": {"Invalid String Range", "The string range isn't valid.", nil},
	"2190": {"Invalid Date Range", "The date range isn't valid.", nil},
	"2200": {"Malformed Website Address Format", "The URL isn't in the correct format.", nil},
	"2210": {"Invalid Email Address Format", "Email Address does not conform to the RFC 822 format.", nil},
	"2220": {"Invalid Currency Type", "The specified currency type isn't valid.", nil},
	"2230": {"Invalid Boolean", "The specified boolean value isn't valid.", nil},
	"2240": {"Invalid Number Range", "The specified number isn't within the valid range.", nil},
	"2250": {"Missing lines", "You must enter at least one split line.", unnamed},
	"2260": {"MissingPostingType", "A posting type is required.", nil},
	"2270": {"MissingTaxApplicableOn", "The TaxApplicableOn entity is required.", nil},
	"2280": {"MissingTaxAmount", "A tax amount is required with TaxCodeRef applied.", nil},
	"2290": {"NegativeAmount", "Negative amounts aren't supported on transaction lines.", nil},
	"2300": {"Amount on debits not equal to credits", "Balance the debits and credits for the account.", nil},
	"2500": {"Invalid Reference Id", "Invalid Reference Id : Names element id 540123582 not found", unnamed},
	"2600": {"Invalid Request Conflict Element in Request", "Conflicting elements found in the request.", nil},

	"3000": {"Invalid Custom Field", "The custom field for the specified object isn't valid.", nil},
	"4000": {"Error parsing query", "QueryParserError: Encountered \"<EOF>\" at line 1, column 1.", nil},
	"4001": {"Invalid query", "QueryValidationError: invalid context declaration", nil},
	"4002": {"The query could not be processed due to unexpected errors", "QueryProcessingError: the query could not be processed", nil},
	"5000": {"Deprecated field", "The request has a deprecated field.", nil},
	"5010": {"Stale Object Error", "Stale Object Error : You and Jane Example were working on this at the same time. Jane Example finished before you did, so your work was not saved.", unnamed},
	"5020": {"Permission Denied Error", "Permission Denied Error : You do not have permission to access this feature.", unnamed},
	"5030": {"Feature Not Supported Error", "Feature Not Supported Error : The feature you requested is not supported.", unnamed},

	// The 6000 that passes (quickbooks-ruby pull request 344 and fixtures of 2024).
	"6000": {"A business validation error has occurred while processing your request", "Business Validation Error: An unexpected error occurred while accessing or saving your data. Please wait a few minutes and try again. If the problem persists, contact customer support.", unnamed},
	"6010": {"Invalid Account.AccountType && Account.SubType", "You must specify either an Account.AccountType or an Account.AccountSubType.", nil},
	"6060": {"Account.OpenBalanceDate must be specified with Account.OpenBalance", "A value for the Account.OpenBalanceDate field is required.", nil},
	"6070": {"Amount calculation incorrect in the request", "Amount is not equal to UnitPrice * Qty. Supplied value:1,861.07", nil},
	"6080": {"No Name Provided", "At least one of Title, GivenName, MiddleName, FamilyName, DisplayName, Suffix must be given.", nil},
	"6090": {"Discount Line missing required info", "A discount amount or percent is required.", nil},
	"6100": {"Invalid Line TaxCode in the request", "Valid line TaxCodes for US should be TAX or NON. Supplied value: 10", named("TaxCodeRef")},
	"6110": {"MAS Transaction cannot be updated", "The requested transaction can't be updated since it's a MAS transaction.", unnamed},
	"6120": {"MAS Transaction cannot be deleted", "The requested transaction can't be deleted since it's a MAS transaction.", unnamed},
	"6130": {"Cannot change who customer bills with", "You can't change who this customer bills with because there are invoices connected to a parent account.", unnamed},
	"6140": {"Duplicate Document Number Error", "Duplicate Document Number Error : You must specify a different number. This number has already been used.  DocNumber=1043 is assigned to TxnType=Invoice with TxnId=266", unnamed},
	"6150": {"ParentRef Required Validation Error", "A ParentRef is required.", nil},
	"6160": {"Invalid TaxCodeRef Error", "CustomSalesTax can't be used to create a transaction.", nil},
	"6170": {"Invalid TxnTaxDetail Error", "TxnTaxDetail isn't allowed when GlobalTaxCalculation is set to NotApplicable.", nil},
	"6180": {"Sub Level Limit", "You can nest up to 5 levels.", nil},
	"6190": {"Invalid Company Status Error", "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks Online Plus because your trial or subscription period ended.", unnamed},
	"6200": {"Account Period Closed Error", "Account Period Closed Error : The account period has closed and the books cannot be updated through this service.", unnamed},
	"6210": {"Account Period Closed, Cannot Update Through Services Error", "The account period has closed and the account books cannot be updated through through the QBO Services API. Please use the QBO website to make these changes.", unnamed},
	"6220": {"Delete List Has Balance Error", "Delete List Has Balance Error : The object you're trying to delete has an open balance.", unnamed},
	"6230": {"Invalid TaxCodeRef Error", "You can't update transactions to use CustomSalesTax.", nil},
	"6240": {"Duplicate Name Exists Error", "The name supplied already exists. : null", nil},
	"6250": {"Invalid Sales Customer", "The specified customer doesn't exist, or is inactive.", unnamed},
	"6270": {"Inventory Txn Dated Before Item Start Date", "Transactions with inventory items can't be dated earlier than the inventory start date.", unnamed},
	"6280": {"Delete Customer Has Unbilled Expenses Error", "This customer can't be deleted because they have unbilled charges.", unnamed},
	"6400": {"Deleting linkedPurchase results in invalid Invoice", "The purchase can't be deleted since it would invalidate a linked invoice.", unnamed},
	"6420": {"Email address is required", "An email address is required for this customer since the delivery type is \"email.\"", unnamed},
	"6430": {"Invalid account type used", "Invalid account type.", nil},
	"6440": {"Transaction Detail Information Required", "You must select a product or service or an account for each split line that has an amount or a billable customer.", unnamed},
	"6450": {"Attempt to Void Transaction failed", "Since the transaction is already settled, you can't void it.", unnamed},
	"6460": {"Invoice MAS Transaction Deposit Amount mismatch", "The invoice deposit amount and credit card amount don't match.", unnamed},
	"6470": {"TaxLiabilityAccount or TaxRateError", "You either selected a tax on a transaction that's not allowed, or haven't specified a tax rate.", unnamed},
	"6480": {"Matched Transaction Delete Error", "You can't delete this transaction. It's matched to another transaction that was categorized into a different financial account.", unnamed},
	"6520": {"Missing Tracked Inventory Item Quantity", "The tracked inventory item must have a quantity.", unnamed},
	"6540": {"Deposited Transaction cannot be changed", "This transaction has been deposited. If you want to change or delete it, you must first edit the deposit it appears on and remove it.", unnamed},

	"10000": {"An application error has occurred while processing your request", "System Failure Error: Internal error", nil},
	"10100": {"Result Set Big", "The result for the query is too large.", nil},
	"10200": {"Company Reset", "Company has been reset. Request for CUD is stale.", nil},
}

// faultOf is a fault of a code with the code's message, the detail that is given
// or else the usual one, and the code's element.
func faultOf(code, detail string) *fault {
	text, known := codes[code]
	if !known {
		text = codeText{message: "Fault " + code, detail: "Fault " + code + " on command"}
	}
	f := &fault{status: http.StatusBadRequest, typ: "ValidationFault", err: faultError{text.message, cmp.Or(detail, text.detail), code, text.element}}
	switch code {
	case "100", "110", "130":
		f.status, f.typ = http.StatusUnauthorized, "AuthenticationFault"
	case "120":
		f.status, f.typ = http.StatusUnauthorized, "AuthorizatonFault" // the schema's spelling
	case "2030":
		f.untimed = true
	case "10000":
		f.status, f.typ = http.StatusInternalServerError, "SystemFault"
	}
	return f
}
