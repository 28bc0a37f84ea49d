package quickbookssim

import "fmt"

// What is said of a write that cannot be. The codes are Intuit's (develop/
// troubleshooting/error-codes). A text is quoted where its comment says from where,
// else it is Intuit's table of codes in other words.

// malformed is fault 2010 for what is no JSON object; its text is inferred.
func malformed(err error) error {
	return faultOf("2010", "Property Name:"+err.Error()+" specified is unsupported or invalid")
}

// missing is fault 2020, as quoted for Line.
func missing(name string) error {
	return faultOf("2020", "Required parameter "+name+" is missing in the request").withElement(name)
}

// invalidString is fault 2040.
func invalidString(name string) error {
	return validationFault("2040", "Invalid String", "String contains characters that are not supported").withElement(name)
}

// tooLong is fault 2050; its detail was quoted for DocNumber.
func tooLong(name string, maximum, length int) error {
	return validationFault("2050", "String length is either shorter or longer than supported by specification",
		fmt.Sprintf("String length specified does not match the supported length. Min:0 Max:%d supported. Supplied length:%d", maximum, length)).
		withElement(name)
}

// invalidEnumeration is fault 2170 (Intuit's blog of 2017-06-08).
func invalidEnumeration(text string) error {
	return validationFault("2170", "Invalid Enumeration", "Invalid Enumeration : "+text)
}

// invalidReference is fault 2500, as quoted for a customer.
func invalidReference(entity, id string) error {
	group := groupsOf[entity]
	if group == "" {
		group = entity
	}
	return validationFault("2500", "Invalid Reference Id", "Invalid Reference Id : "+group+" element id "+id+" not found").withElement("")
}

// inactiveReference is fault 2500 for what was made inactive (Intuit's blog of
// 2017-06-08).
func inactiveReference() error {
	return validationFault("2500", "Invalid Reference Id", "Invalid Reference Id : Something you're trying to use has been made inactive. "+
		"Check the fields with accounts, customers, items, vendors or employees.").withElement("")
}

// stale is fault 5010, recorded as the item of a batch.
func stale() error { return faultOf("5010", "") }

// businessFault is fault 6000.
func businessFault(detail string) error {
	return validationFault("6000", "A business validation error has occurred while processing your request", "Business Validation Error: "+detail).
		withElement("")
}

// wrongAmount is fault 6070, quoted in 2026.
func wrongAmount(supplied string) error {
	return validationFault("6070", "Amount calculation incorrect in the request", "Amount is not equal to UnitPrice * Qty. Supplied value:"+supplied)
}

// nameless is fault 6080 (IPP error codes).
func nameless() error {
	return validationFault("6080", "No Name Provided", "Title, GivenName, MiddleName, FamilyName, DisplayName, Suffix - one of these must be non-empty")
}

// bareDiscount is fault 6090 (IPP error codes).
func bareDiscount() error {
	return validationFault("6090", "Discount Line missing required info.", "Discount amount or percent should be provided.")
}

// americanTaxCode is fault 6100, quoted.
func americanTaxCode(code string) error {
	return validationFault("6100", "Invalid Line TaxCode in the request", "Valid line TaxCodes for US should be TAX or NON. Supplied value: "+code).
		withElement("TaxCodeRef")
}

// duplicateNumber is fault 6140, quoted.
func duplicateNumber(number, kind, id string) error {
	return validationFault("6140", "Duplicate Document Number Error", fmt.Sprintf(
		"Duplicate Document Number Error : You must specify a different number. This number has already been used.  DocNumber=%s is assigned to TxnType=%s with TxnId=%s",
		number, kind, id)).withElement("")
}

// ownParent is fault 900, tooDeep fault 6180.
func ownParent() error {
	return validationFault("900", "Parent cannot be child", "The same object cannot be the parent or child of itself").withElement("ParentRef")
}

func tooDeep() error {
	return validationFault("6180", "Invalid nesting level", "Entries nest four levels below the first").withElement("ParentRef")
}

// booksClosed is fault 6200.
func booksClosed() error {
	return validationFault("6200", "Account Period Closed", "The accounting period has closed and the account books cannot be updated through this transaction date.").withElement("")
}

// openBalance is fault 6220 (github.com/ruckus/quickbooks-ruby/issues/390).
func openBalance(entity string) error {
	who := map[string]string{"Customer": "customer", "Vendor": "vendor"}[entity]
	return validationFault("6220", "Delete List Has Balance Error", "The entity you are trying to delete has an open balance. : This "+who+
		" cannot be deleted because it has a non-zero balance").withElement("")
}

// duplicateName is fault 6240 as recorded.
func duplicateName() error {
	return validationFault("6240", "Duplicate Name Exists Error", "The name supplied already exists. : null")
}

// deposited is fault 6540 (Intuit's blog of 2017-06-08).
func deposited() error {
	return validationFault("6540", "Deposited Transaction cannot be changed",
		"This transaction has been deposited. If you want to change or delete it, you must first edit the deposit it appears on and remove it.").withElement("")
}

// unlinkable is fault 620.
func unlinkable(id string) error {
	return validationFault("620", "Transaction cannot be linked", "Txn ID "+id+" cannot be linked").withElement("")
}

// unsupportedVerb is fault 500 for what an entity does not take; the text is by
// analogy with the one recorded for a path.
func unsupportedVerb(k *kind, v verb) error {
	return faultOf("500", "Operation "+string(v)+" of "+k.name+" is not supported.")
}
