package quickbookssim

import "fmt"

// What is said of a write that cannot be, where it says of what; the rest stands in
// the table of codes.

// malformed is fault 2010 for what is no JSON object; its text is inferred.
func malformed(err error) error {
	return faultOf("2010", "Property Name:"+err.Error()+" specified is unsupported or invalid")
}

// missing is fault 2020, as quoted for Line.
func missing(name string) error {
	return faultOf("2020", "Required parameter "+name+" is missing in the request").withElement(name)
}

// tooLong is fault 2050, as quoted for DocNumber.
func tooLong(name string, maximum, length int) error {
	return faultOf("2050", fmt.Sprintf("String length specified does not match the supported length. Min:0 Max:%d supported. Supplied length:%d", maximum, length)).
		withElement(name)
}

// invalidEnumeration is fault 2170 (Intuit's blog of 8 June 2017).
func invalidEnumeration(text string) error {
	return faultOf("2170", "Invalid Enumeration : "+text)
}

// groups are what fault 2500 calls the lists.
var groups = map[string]string{"Customer": "Names", "Vendor": "Names", "Employee": "Names", "Account": "Accounts", "Item": "Items"}

// invalidReference is fault 2500, as quoted for a customer.
func invalidReference(entity, id string) error {
	group := groups[entity]
	if group == "" {
		group = entity
	}
	return faultOf("2500", "Invalid Reference Id : "+group+" element id "+id+" not found")
}

// inactiveReference is fault 2500 for what was made inactive (same blog).
func inactiveReference() error {
	return faultOf("2500", "Invalid Reference Id : Something you're trying to use has been made inactive. "+
		"Check the fields with accounts, customers, items, vendors or employees.")
}

// businessFault is fault 6000.
func businessFault(detail string) error {
	return faultOf("6000", "Business Validation Error: "+detail)
}

// wrongAmount is fault 6070, as quoted in 2026.
func wrongAmount(supplied string) error {
	return faultOf("6070", "Amount is not equal to UnitPrice * Qty. Supplied value:"+supplied)
}

// americanTaxCode is fault 6100, quoted.
func americanTaxCode(code string) error {
	return faultOf("6100", "Valid line TaxCodes for US should be TAX or NON. Supplied value: "+code)
}

// duplicateNumber is fault 6140, quoted.
func duplicateNumber(number, kind, id string) error {
	return faultOf("6140", fmt.Sprintf(
		"Duplicate Document Number Error : You must specify a different number. This number has already been used.  DocNumber=%s is assigned to TxnType=%s with TxnId=%s",
		number, kind, id))
}

// openBalance is fault 6220 (github.com/ruckus/quickbooks-ruby/issues/390, for a
// customer).
func openBalance(who string) error {
	return faultOf("6220", "The entity you are trying to delete has an open balance. : This "+who+" cannot be deleted because it has a non-zero balance")
}

// unsupportedVerb is fault 500 for what an entity does not take; the text is by
// analogy with the one recorded for a path.
func unsupportedVerb(k *kind, v verb) error {
	return faultOf("500", "Operation "+string(v)+" of "+k.name+" is not supported.")
}
