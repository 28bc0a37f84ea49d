package quickbookssim

import "slices"

// The members of sales documents, in the order in which they were recorded; those
// that no recording shows stand where the V3 schema has them. What is known and
// does nothing here is QuickBooks' own.

// salesFields are those of a sales document, whose class they share; before is
// what stands before domain.
func salesFields(before ...field) []field {
	return slices.Concat(before, entityHead, []field{
		listOf("CustomField", &customFieldPart),
		word("DocNumber", 21), own("TxnSource"), day("TxnDate"), ref("DepartmentRef", "Department"),
		namedRef("CurrencyRef", ""), decimal("ExchangeRate"), word("PrivateNote", 4000),
		choice("TxnStatus", "Accepted", "Closed", "Pending", "Rejected", "Converted"),
		word("AcceptedBy", 0), day("AcceptedDate"), day("ExpirationDate"),
		listOf("LinkedTxn", &linkPart), listOf("Line", &salesLinePart), objectOf("TxnTaxDetail", &taxDetailPart),
		namedRef("CustomerRef", "Customer"), objectOf("CustomerMemo", &memoPart), objectOf("BillAddr", &addressPart),
		objectOf("ShipAddr", &addressPart), yesNo("FreeFormAddress"), objectOf("ShipFromAddr", &addressPart),
		namedRef("ProjectRef", ""), namedRef("ClassRef", "Class"), ref("SalesTermRef", "Term"), day("DueDate"),
		choice("GlobalTaxCalculation", "TaxExcluded", "TaxInclusive", "NotApplicable"),
		namedRef("ShipMethodRef", ""), day("ShipDate"), word("TrackingNum", 0), word("PONumber", 25), word("FOB", 0),
		own("TotalAmt"), own("HomeTotalAmt"), yesNo("ApplyTaxAfterDiscount"),
		choice("PrintStatus", "NotSet", "NeedToPrint", "PrintComplete"),
		choice("EmailStatus", "NotSet", "NeedToSend", "EmailSent"), objectOf("BillEmail", &emailPart),
		objectOf("BillEmailCc", &emailPart), objectOf("BillEmailBcc", &emailPart), own("Balance"), own("HomeBalance"),
		own("RemainingCredit"), namedRef("PaymentMethodRef", "PaymentMethod"), word("PaymentRefNum", 21),
		namedRef("DepositToAccountRef", "Account"), sum("Deposit"), objectOf("DeliveryInfo", &part{"DeliveryInfo", []field{
			choice("DeliveryType", "Email", "Tradeshift"), word("DeliveryTime", 0), own("DeliveryErrorType"),
		}}),
		yesNo("AutoDocNumber"), word("TransactionLocationType", 0), ref("SalesRepRef", ""),
		own("RecurringInfo"), own("callToAction"), own("ECloudStatusTimeStamp"), own("TaxFormNum"), own("TaxFormType"),
		own("InvoiceEx"), own("InvoiceLink"), own("EInvoiceStatus"), own("RecurDataRef"), own("invoiceStatus"),
		own("invoiceStatusLog"), own("LessCIS"), own("ConvenienceFeeDetail"), own("DiscountRate"), own("DiscountAmt"),
		own("PaymentDetailsMessage"), own("RemitToRef"), own("Tag"), own("TxnApprovalInfo"), own("AttachableRef"),
		own("CreditCardPayment"), own("CheckPayment"), own("PaymentType"), own("ARAccountRef"), own("TemplateRef"),
		own("PriceLevelRef"), own("FinanceCharge"), own("GovtTxnRefIdentifier"), own("HeaderMessage"), own("FooterMessage"),
	})
}

var (
	taxLinePart = part{"Line", []field{
		sum("Amount"), choice("DetailType", "TaxLineDetail"), objectOf("TaxLineDetail", &part{"TaxLineDetail", []field{
			ref("TaxRateRef", "TaxRate"), yesNo("PercentBased"), decimal("TaxPercent"), sum("NetAmountTaxable"),
			sum("TaxInclusiveAmount"), sum("OverrideDeltaAmount"), own("ServiceDate"),
		}}),
	}}
	taxDetailPart = part{"TxnTaxDetail", []field{
		own("DefaultTaxCodeRef"), ref("TxnTaxCodeRef", ""), sum("TotalTax"), listOf("TaxLine", &taxLinePart),
		own("TaxReviewStatus"), yesNo("UseAutomatedSalesTax"),
	}}
	customFieldPart = part{"CustomField", []field{word("DefinitionId", 0), word("Name", 0), word("Type", 0), word("StringValue", 31)}}
	salesItemPart   = part{"SalesItemLineDetail", []field{
		day("ServiceDate"), namedRef("ItemRef", "Item"), ref("ClassRef", "Class"), decimal("UnitPrice"), decimal("RatePercent"), decimal("Qty"),
		own("ItemAccountRef"), ref("TaxCodeRef", ""), decimal("DiscountRate"), sum("DiscountAmt"), sum("TaxInclusiveAmt"),
		own("TaxClassificationRef"), own("MarkupInfo"), own("PriceLevelRef"), own("UOMRef"), own("DeferredRevenue"),
	}}
	discountPart = part{"DiscountLineDetail", []field{
		yesNo("PercentBased"), decimal("DiscountPercent"), namedRef("DiscountAccountRef", "Account"),
		ref("ClassRef", "Class"), ref("TaxCodeRef", ""), own("ServiceDate"),
	}}
	salesLinePart = part{"Line", salesLineFields(
		objectOf("GroupLineDetail", &part{"GroupLineDetail", []field{
			namedRef("GroupItemRef", "Item"), decimal("Quantity"), own("ServiceDate"), own("UOMRef"),
			listOf("Line", &part{"Line", salesLineFields()}),
		}}))}
)

// salesLineFields are the members of a line; groups do not nest.
func salesLineFields(group ...field) []field {
	return append([]field{
		word("Id", 0), decimal("LineNum"), word("Description", 4000), sum("Amount"), listOf("LinkedTxn", &linkPart),
		word("DetailType", 0), objectOf("SalesItemLineDetail", &salesItemPart),
		objectOf("SubTotalLineDetail", &part{"SubTotalLineDetail", []field{own("ItemRef"), own("ServiceDate")}}),
		objectOf("DiscountLineDetail", &discountPart),
		objectOf("DescriptionLineDetail", &part{"DescriptionLineDetail", []field{day("ServiceDate"), ref("TaxCodeRef", "")}}),
		own("LineEx"), own("CustomField"),
	}, group...)
}
