package hubspotsim

// An object is one CRM object type that the portal serves.
type object struct {
	name     string // plural path segment, and file name in a dataset
	singular string // singular path segment
	typeID   string // as in "CRM objects", table of object type ids
	// defaults are the properties of a list, get or batch read that asks for
	// none ("Contacts", "Invoices" pages); found are those of a search
	// ("Search the CRM", table of default properties).
	defaults, found []string
	// searched are the properties that the free-text query of a search looks
	// at ("Search the CRM", table of searchable properties).
	searched []string
	// group is the property group of its known properties.
	group string
}

// bare are the defaults of objects whose pages name no others.
var (
	bare      = []string{"hs_createdate", "hs_lastmodifieddate", "hs_object_id"}
	bareFound = []string{"createdate", "hs_lastmodifieddate", "hs_object_id"}

	contactDefaults  = []string{"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"}
	companyDefaults  = []string{"createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"}
	productDefaults  = []string{"createdate", "description", "hs_lastmodifieddate", "hs_object_id", "name", "price"}
	lineItemDefaults = []string{"amount", "createdate", "hs_lastmodifieddate", "hs_object_id", "price", "quantity"}
)

// The object types.
var (
	contacts = &object{"contacts", "contact", "0-1", contactDefaults, contactDefaults,
		[]string{"firstname", "lastname", "email", "hs_additional_emails", "phone", "company"}, "contactinformation"}
	companies = &object{"companies", "company", "0-2", companyDefaults, companyDefaults,
		[]string{"name", "domain", "phone"}, "companyinformation"}
	products = &object{"products", "product", "0-7", productDefaults, productDefaults,
		[]string{"name", "description", "price", "hs_sku"}, "productinformation"}
	lineItems = &object{"line_items", "line_item", "0-8", lineItemDefaults, lineItemDefaults,
		[]string{"name", "description", "hs_sku"}, "lineiteminformation"}
	invoices  = &object{"invoices", "invoice", "0-53", bare, bareFound, []string{"hs_number"}, "invoiceinformation"}
	taxes     = &object{"taxes", "tax", "0-86", bare, bareFound, []string{"hs_label"}, "taxinformation"}
	discounts = &object{"discounts", "discount", "0-84", bare, bareFound, []string{"hs_label"}, "discountinformation"}
	fees      = &object{"fees", "fee", "0-85", bare, bareFound, []string{"hs_label"}, "feeinformation"}
	payments  = &object{"commerce_payments", "commerce_payment", "0-101", bare, bareFound, nil, "commercepaymentinformation"}

	objects = []*object{contacts, companies, products, lineItems, invoices, taxes, discounts, fees, payments}
)

// objectNamed finds an object type by what a path may call it: plural,
// singular or type id.
func objectNamed(segment string) (*object, *apiError) {
	for _, o := range objects {
		if segment == o.name || segment == o.singular || segment == o.typeID {
			return o, nil
		}
	}
	return nil, invalid("Unable to infer object type from: %s", segment)
}

// modified is the name of the property that tells the last change: it is
// another one for contacts than for all else ("Search the CRM" page).
func (o *object) modified() string {
	if o == contacts {
		return "lastmodifieddate"
	}
	return "hs_lastmodifieddate"
}
