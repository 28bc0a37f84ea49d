package hubspot

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"

	"github.com/tieout/tieout/connectors"
)

// A record is an object as HubSpot sends it in lists and batch reads ("CRM
// objects" page): its properties are strings or null, or missing.
type record[P any] struct {
	ID         connectors.Value `json:"id"`
	Properties P                `json:"properties"`
	CreatedAt  connectors.Value `json:"createdAt"`
	UpdatedAt  connectors.Value `json:"updatedAt"`
	Archived   connectors.Value `json:"archived"`

	id  string
	raw json.RawMessage
	// mistyped is the member that was not of its documented kind, such as
	// properties that are no object.
	mistyped string
}

// errNoID: nothing can be said of a record without an id.
var errNoID = errors.New("a record without an id")

// parse reads one record. Only a record without an id is an error: nothing
// could be said of it.
func parse[P any](raw json.RawMessage) (*record[P], error) {
	r := &record[P]{raw: raw}
	if err := json.Unmarshal(raw, r); err != nil {
		r.mistyped = "record"
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			r.mistyped = wrong.Field
		}
	}
	r.id = r.ID.Plain()
	if r.id == "" {
		return nil, errNoID
	}
	return r, nil
}

// reader returns a reader of the record's values.
func (r *record[P]) reader() *connectors.Reader {
	in := &connectors.Reader{Loose: true}
	if r.mistyped != "" {
		in.Fail("record", "its member %s is not of the documented type", r.mistyped)
	}
	if strings.ContainsRune(r.id, 0) {
		in.Fail("id", "a NUL character in the id")
	}
	return in
}

// properties lists the properties that a record type names, to ask for them:
// HubSpot sends few by itself.
func properties[P any]() []string {
	t := reflect.TypeFor[P]()
	names := make([]string, t.NumField())
	for n := range names {
		names[n] = t.Field(n).Tag.Get("json")
	}
	return names
}

type (
	value = connectors.Value

	// invoiceProperties: "Invoices" page; hs_tax is a name that third parties
	// use, asked for because an unknown name costs nothing.
	invoiceProperties struct {
		Number       value `json:"hs_number"`
		Status       value `json:"hs_invoice_status"`
		Currency     value `json:"hs_currency"`
		Date         value `json:"hs_invoice_date"`
		DueDate      value `json:"hs_due_date"`
		Billed       value `json:"hs_amount_billed"`
		BalanceDue   value `json:"hs_balance_due"`
		Tax          value `json:"hs_tax"`
		ObjectSource value `json:"hs_object_source"`
		SourceLabel  value `json:"hs_object_source_label"`
		SourceDetail value `json:"hs_object_source_detail_1"`
	}

	// lineProperties: "Line items" page.
	lineProperties struct {
		Name            value `json:"name"`
		SKU             value `json:"hs_sku"`
		ProductID       value `json:"hs_product_id"`
		Quantity        value `json:"quantity"`
		Price           value `json:"price"`
		Amount          value `json:"amount"`
		Discount        value `json:"discount"` // money, per unit
		DiscountPercent value `json:"hs_discount_percentage"`
		TotalDiscount   value `json:"hs_total_discount"`
		TaxRateID       value `json:"hs_tax_rate_group_id"`
		TaxPercent      value `json:"hs_tax_rate"`
		TaxAmount       value `json:"hs_tax_amount"`
		Position        value `json:"hs_position_on_quote"`
	}

	// chargeProperties: "Discounts", "Fees" and "Taxes" pages, of one shape.
	chargeProperties struct {
		Type  value `json:"hs_type"` // PERCENT or FIXED
		Value value `json:"hs_value"`
		Order value `json:"hs_sort_order"`
	}

	// productProperties: "Products" page.
	productProperties struct {
		Name        value `json:"name"`
		SKU         value `json:"hs_sku"`
		Description value `json:"description"`
		Price       value `json:"price"`
		Kind        value `json:"hs_product_type"`
	}

	// contactProperties: "Contacts" page.
	contactProperties struct {
		Email     value `json:"email"`
		FirstName value `json:"firstname"`
		LastName  value `json:"lastname"`
		Created   value `json:"createdate"`
	}

	// companyProperties: "Companies" page.
	companyProperties struct {
		Name value `json:"name"`
	}
)

// A taxRate is a rate of the tax rate library (Tax Rates API specification).
type taxRate struct {
	ID      value `json:"id"`
	Name    value `json:"name"`
	Label   value `json:"label"`
	Percent value `json:"percentageRate"`
	Active  value `json:"active"`
}
