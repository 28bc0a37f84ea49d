package hubspotsim

import "strings"

// The properties that HubSpot's pages name, by object type. A name that ends
// in "!" cannot be written: HubSpot derives it. Names that only third parties
// use (hs_amount_paid, hs_subtotal, hs_tax, hs_title, hs_external_createdate
// and so on) are not among them: whether they exist is not established, and a
// program that asks for them should find out here. A dataset that has them
// defines them.

// everywhere are properties of every object ("Properties" page; knowledge base
// page on the record source property).
var everywhere = map[kind]string{
	kindString:   "hs_object_source_id! hs_object_source_label! hs_object_source_detail_1! hs_object_source_detail_2! hs_object_source_detail_3! hs_object_source_user_id!",
	kindNumber:   "hs_object_id!",
	kindEnum:     "hs_object_source! hubspot_owner_id",
	kindDatetime: "createdate!",
}

var known = map[*object]map[kind]string{
	// "Contacts" page, and the default properties that people fill in (knowledge base).
	contacts: {
		kindString: "email firstname lastname phone mobilephone fax company jobtitle salutation website message address city state zip country " +
			"hs_additional_emails! hs_merged_object_ids!",
		kindNumber: "annualrevenue",
		kindEnum:   "lifecyclestage hs_lead_status",
	},
	// "Companies" page, and likewise.
	companies: {
		kindString: "name domain website description about_us phone address address2 city state zip country timezone hs_merged_object_ids!",
		kindNumber: "annualrevenue numberofemployees",
		kindEnum:   "lifecyclestage hs_lead_status industry type hs_additional_domains!",
	},
	// "Products" page.
	products: {
		kindString: "name description hs_sku hs_recurring_billing_period hs_folder hs_url hs_images",
		kindNumber: "price hs_cost_of_goods_sold",
		kindEnum:   "recurringbillingfrequency hs_product_type",
	},
	// "Line items" page, and the computed ones of recorded line items.
	lineItems: {
		kindString: "name description hs_sku hs_product_id hs_recurring_billing_period hs_tier_ranges hs_tier_prices hs_tax_rate_group_id hs_tax_label!",
		kindNumber: "quantity price amount! discount hs_discount_percentage hs_total_discount! hs_pre_discount_amount! hs_tax_rate! hs_tax_amount! " +
			"hs_auto_tax_amount! hs_post_tax_amount! hs_position_on_quote hs_cost_of_goods_sold hs_term_in_months! hs_tcv! hs_acv! hs_arr! hs_mrr!",
		kindEnum: "hs_line_item_currency_code recurringbillingfrequency hs_pricing_model",
		kindDate: "hs_recurring_billing_start_date hs_recurring_billing_end_date",
	},
	// "Invoices" page. Whether hs_number and hs_amount_billed can be written is
	// not established; third parties write both.
	invoices: {
		kindString: "hs_number hs_purchase_order_number hs_comments hs_tax_id hs_language hs_locale hs_invoice_link! hs_pdf_download_link! " +
			"hs_recipient_shipping_address hs_recipient_shipping_address2 hs_recipient_shipping_city hs_recipient_shipping_state " +
			"hs_recipient_shipping_zip hs_recipient_shipping_country hs_recipient_company_address hs_recipient_company_address2 " +
			"hs_recipient_company_city hs_recipient_company_state hs_recipient_company_zip",
		kindNumber:   "hs_amount_billed hs_balance_due!",
		kindBool:     "hs_invoice_billable hs_allow_partial_payments",
		kindDatetime: "hs_invoice_date hs_due_date",
		kindEnum: "hs_currency hs_invoice_status hs_allowed_payment_methods hs_invoice_payment_collection_method " +
			"hs_collect_address_types hs_custom_fields",
	},
	// "Taxes", "Discounts" and "Fees" pages: one shape.
	taxes:     orderLevel,
	discounts: orderLevel,
	fees:      orderLevel,
	// "CRM objects" page, properties required on create; "Payments" page.
	payments: {
		kindString:   "hs_customer_email",
		kindEnum:     "hs_latest_status",
		kindNumber:   "hs_initial_amount",
		kindDatetime: "hs_initiated_date",
	},
}

var orderLevel = map[kind]string{
	kindString: "hs_label",
	kindNumber: "hs_value hs_sort_order",
	kindEnum:   "hs_type",
}

// enumerations are the documented values of enumerations.
var enumerations = map[string][]string{
	"hs_invoice_status":                    {"draft", "open", "paid", "voided"},
	"hs_invoice_payment_collection_method": {"manual", "none"},
	"hs_collect_address_types":             {"billing_address", "shipping_address"},
	"hs_type":                              {"PERCENT", "FIXED"},
	"hs_pricing_model":                     {"volume", "graduated", "stairstep"},
	"hs_product_type":                      {"inventory", "non_inventory", "service"},
	"lifecyclestage":                       stages,
}

// knownProperties are the properties of an object type that need no dataset.
func knownProperties(o *object) []property {
	var list []property
	for _, names := range []map[kind]string{everywhere, known[o]} {
		for _, k := range []kind{kindString, kindNumber, kindBool, kindDate, kindDatetime, kindEnum} {
			for name := range strings.FieldsSeq(names[k]) {
				bare, readOnly := strings.CutSuffix(name, "!")
				list = append(list, property{name: bare, kind: k, readOnly: readOnly, known: true, derived: derivation(bare)})
			}
		}
	}
	list = append(list, property{name: o.modified(), kind: kindDatetime, readOnly: true, known: true, derived: fromUpdated})
	if o != contacts { // whose pages know createdate alone
		list = append(list, property{name: "hs_createdate", kind: kindDatetime, readOnly: true, known: true, derived: fromCreated})
	}
	return list
}

func derivation(name string) source {
	switch name {
	case "hs_object_id":
		return fromID
	case "createdate":
		return fromCreated
	}
	return fromDataset
}
