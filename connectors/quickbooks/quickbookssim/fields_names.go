package quickbookssim

import "slices"

// The members of name lists, in the order in which they were recorded; an item's is
// that of the documentation's samples.

// personFields are what customers, vendors and employees have behind MetaData.
func personFields(full ...field) []field {
	return slices.Concat(
		[]field{word("Title", 16), word("GivenName", 100), word("MiddleName", 100), word("FamilyName", 100), word("Suffix", 16)},
		full,
		[]field{
			word("CompanyName", 100), word("DisplayName", 500), word("PrintOnCheckName", 110), yesNo("Active"),
			objectOf("PrimaryPhone", &phonePart), objectOf("AlternatePhone", &phonePart), objectOf("Mobile", &phonePart),
			objectOf("Fax", &phonePart), objectOf("PrimaryEmailAddr", &emailPart), objectOf("WebAddr", &sitePart),
			own("IntuitId"), own("UserId"), own("OtherContactInfo"), own("ContactName"), own("AltContactName"), own("AttachableRef"),
			own("CustomField"), own("Source"), own("V4IDPseudonym"),
		})
}

var customerFields = slices.Concat([]field{
	yesNo("Taxable"), objectOf("BillAddr", &addressPart), objectOf("ShipAddr", &addressPart), word("Notes", 2000), yesNo("Job"),
	yesNo("BillWithParent"), ref("ParentRef", "Customer"), own("Level"), namedRef("CustomerTypeRef", ""),
	ref("SalesTermRef", "Term"), ref("PaymentMethodRef", "PaymentMethod"), own("Balance"), day("OpenBalanceDate"), own("BalanceWithJobs"),
	namedRef("CurrencyRef", ""), choice("PreferredDeliveryMethod", "Print", "Email", "None"), word("ResaleNum", 16),
	decimal("TaxExemptionReasonId"), ref("ARAccountRef", "Account"), own("IsProject"), own("ClientEntityId"), own("RootCustomerRef"),
	word("AcctNum", 0), word("BusinessNumber", 10), word("GSTIN", 15), word("PrimaryTaxIdentifier", 0),
}, entityHead, personFields(own("FullyQualifiedName")), []field{ref("DefaultTaxCodeRef", "TaxCode")})

var vendorFields = slices.Concat([]field{
	objectOf("BillAddr", &addressPart), objectOf("ShipAddr", &addressPart), word("TaxIdentifier", 20), ref("TermRef", "Term"), own("Balance"), word("AcctNum", 100), yesNo("Vendor1099"),
	namedRef("CurrencyRef", ""), decimal("BillRate"), decimal("CostRate"), word("Notes", 4000), word("BusinessNumber", 10), ref("APAccountRef", "Account"),
}, entityHead, personFields())

var employeeFields = slices.Concat([]field{
	word("SSN", 100), objectOf("PrimaryAddr", &addressPart), yesNo("BillableTime"), decimal("BillRate"), decimal("CostRate"), word("EmployeeNumber", 100),
	day("BirthDate"), choice("Gender", "Male", "Female"), day("HiredDate"), day("ReleasedDate"), yesNo("Organization"), word("Notes", 0),
}, entityHead, personFields())

var itemFields = slices.Concat([]field{
	word("Name", 100), word("Description", 4000), word("Sku", 100), yesNo("Active"), yesNo("SubItem"), ref("ParentRef", "Item"), own("Level"),
	own("FullyQualifiedName"), yesNo("Taxable"), yesNo("SalesTaxIncluded"), decimal("UnitPrice"),
	choice("Type", "Inventory", "NonInventory", "Service", "Group", "Category"),
	namedRef("IncomeAccountRef", "Account"), word("PurchaseDesc", 1000), decimal("PurchaseCost"),
	namedRef("ExpenseAccountRef", "Account"), namedRef("AssetAccountRef", "Account"), yesNo("TrackQtyOnHand"), decimal("QtyOnHand"),
	day("InvStartDate"), decimal("ReorderPoint"), ref("SalesTaxCodeRef", "TaxCode"), ref("PurchaseTaxCodeRef", "TaxCode"), yesNo("PurchaseTaxIncluded"),
	ref("ClassRef", "Class"), namedRef("PrefVendorRef", "Vendor"), own("ItemGroupDetail"), own("TaxClassificationRef"),
	word("ManPartNum", 0), own("Source"), own("ItemCategoryType"), own("AttachableRef"),
}, entityHead)

var accountFields = slices.Concat([]field{
	word("Name", 100), yesNo("SubAccount"), ref("ParentRef", "Account"), word("Description", 100), own("FullyQualifiedName"), yesNo("Active"),
	own("Classification"), word("AccountType", 0), word("AccountSubType", 0), word("AcctNum", 20), own("CurrentBalance"), own("CurrentBalanceWithSubAccounts"),
	namedRef("CurrencyRef", ""), ref("TaxCodeRef", "TaxCode"), word("TxnLocationType", 0), own("OpeningBalance"), own("OpeningBalanceDate"),
}, entityHead)

// nestedFields are those of a list whose entries may stand below one another.
func nestedFields(of string) []field {
	return slices.Concat([]field{
		word("Name", 100), yesNo("SubClass"), yesNo("SubDepartment"), ref("ParentRef", of), own("FullyQualifiedName"), yesNo("Active"),
		objectOf("Address", &addressPart),
	}, entityHead)
}

var (
	paymentMethodFields = slices.Concat([]field{
		word("Name", 31), yesNo("Active"), choice("Type", "CREDIT_CARD", "NON_CREDIT_CARD"),
	}, entityHead)
	termFields = slices.Concat([]field{
		word("Name", 31), yesNo("Active"), own("Type"), decimal("DiscountPercent"), decimal("DueDays"), decimal("DiscountDays"),
		decimal("DayOfMonthDue"), decimal("DueNextMonthDays"), decimal("DiscountDayOfMonth"),
	}, entityHead)
	agencyFields = slices.Concat([]field{
		word("DisplayName", 100), yesNo("TaxTrackedOnPurchases"), yesNo("TaxTrackedOnSales"), word("TaxRegistrationNumber", 0),
		own("TaxAgencyConfig"), own("LastFileDate"),
	}, entityHead)
)
