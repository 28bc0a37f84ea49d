package reconcile

import (
	"slices"
	"time"

	"github.com/govalues/decimal"
)

// A Status is the state of an invoice, in the four words both systems can be
// brought to. HubSpot: hs_invoice_status. QuickBooks has none; it is derived
// from amounts, balance and note (see the quickbooks connector).
type Status string

// The statuses.
const (
	StatusDraft  Status = "draft"
	StatusOpen   Status = "open"
	StatusPaid   Status = "paid"
	StatusVoided Status = "voided"
)

// An Invoice is one invoice of one system in the canonical form that is
// compared. Amounts are minor units of Currency.
type Invoice struct {
	System   System `json:"system"`
	ID       string `json:"id"`
	Version  string `json:"version,omitempty"` // QuickBooks SyncToken; HubSpot updatedAt
	Number   string `json:"number"`            // byte for byte; blank never pairs
	Status   Status `json:"status"`
	Date     Date   `json:"date"`
	DueDate  Date   `json:"dueDate,omitzero"`
	Currency string `json:"currency"`

	// CustomerID is the vendor's id of the invoice's customer: a HubSpot contact
	// (the oldest of several) or company, a QuickBooks customer. Empty: none.
	CustomerID string `json:"customerId,omitempty"`
	// OnCompany says that CustomerID is a HubSpot company: there is no contact.
	OnCompany bool `json:"onCompany,omitempty"`
	// BillEmail is the address on a QuickBooks invoice; shown, never matched.
	BillEmail string `json:"billEmail,omitempty"`

	Lines    []Line `json:"lines,omitempty"`
	Discount int64  `json:"discount,omitempty"` // order-level, positive lowers the total
	Fee      int64  `json:"fee,omitempty"`
	Shipping int64  `json:"shipping,omitempty"`
	Tax      int64  `json:"tax,omitempty"`
	Total    int64  `json:"total"`
	Balance  int64  `json:"balance"`
	// Beyond keeps, by field, exact decimals whose digits go beyond the minor unit.
	Beyond map[string]string `json:"beyond,omitempty"`

	// Integration says that an integration made the record (HubSpot:
	// hs_object_source INTEGRATION).
	Integration bool      `json:"integration,omitempty"`
	Source      string    `json:"source,omitempty"` // who made it, as the vendor says
	CreatedAt   time.Time `json:"createdAt,omitzero"`
	UpdatedAt   time.Time `json:"updatedAt,omitzero"`
	// Unreadable says that a value of the record could not be understood: what
	// could be read is here, nothing of it is compared.
	Unreadable bool `json:"unreadable,omitempty"`

	// Email is the customer's e-mail; Masters.Resolve fills it in.
	Email string `json:"-"`
}

// A Line is one line of an invoice. Its quantity and price are exact; its
// amount is what the vendor states, in minor units.
type Line struct {
	// SKU is the line's own SKU (HubSpot hs_sku). Masters.Resolve fills it in
	// from the product where the line has none.
	SKU       string          `json:"sku,omitempty"`
	ProductID string          `json:"productId,omitempty"`
	Name      string          `json:"name,omitempty"`
	Quantity  decimal.Decimal `json:"quantity"`
	Price     decimal.Decimal `json:"price"` // net unit price: after the line's own discounts
	Amount    int64           `json:"amount"`
	// TaxRateID is the HubSpot tax rate (hs_tax_rate_group_id) or the QuickBooks
	// tax code of the line. Empty: not taxed.
	TaxRateID string `json:"taxRateId,omitempty"`
}

// Money returns an amount of the invoice in its currency.
func (i *Invoice) Money(minor int64) Money { return Money{Minor: minor, Currency: i.Currency} }

// Paid returns what was paid: total less balance, minor units.
func (i *Invoice) Paid() int64 { return i.Total - i.Balance }

// Charges returns fees and shipping together: HubSpot knows fees only,
// QuickBooks a shipping line only.
func (i *Invoice) Charges() int64 { return i.Fee + i.Shipping }

// A Product is a HubSpot product or a QuickBooks item.
type Product struct {
	System      System          `json:"system"`
	ID          string          `json:"id"`
	SKU         string          `json:"sku,omitempty"`
	Name        string          `json:"name,omitempty"`
	Description string          `json:"description,omitempty"`
	Kind        string          `json:"kind,omitempty"` // as the vendor says: Service, Inventory, …
	Price       decimal.Decimal `json:"price,omitzero"`
	Active      bool            `json:"active"`
	UpdatedAt   time.Time       `json:"updatedAt,omitzero"`
}

// A Customer is a HubSpot contact or company, or a QuickBooks customer.
type Customer struct {
	System System `json:"system"`
	ID     string `json:"id"`
	// Company says that it is a HubSpot company, which has no e-mail. Contacts
	// and companies may share ids: HubSpot ids are unique by object type only.
	Company   bool      `json:"company,omitempty"`
	Name      string    `json:"name,omitempty"`
	Email     string    `json:"email,omitempty"`
	Active    bool      `json:"active"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
}

// A TaxRate is a HubSpot tax rate or a QuickBooks tax code.
type TaxRate struct {
	System  System          `json:"system"`
	ID      string          `json:"id"`
	Name    string          `json:"name,omitempty"`
	Percent decimal.Decimal `json:"percent,omitzero"` // 6.25 means 6.25 %
	Active  bool            `json:"active"`
}

// Unreadable tells of a record that could not be understood.
type Unreadable struct {
	System  System `json:"system"`
	Object  string `json:"object"` // the vendor's own name of the object, such as line_items
	ID      string `json:"id"`
	Of      string `json:"of,omitempty"`     // id of the pulled record that it is a part of; empty: it is that record
	Number  string `json:"number,omitempty"` // of the invoice, where it could be read
	Field   string `json:"field"`            // domain path of the value
	Problem string `json:"problem"`
	Raw     []byte `json:"raw"` // the vendor's bytes, as received
}

// SKUsFrom returns the ids of the products that the invoice takes SKUs from, because
// its lines have none of their own.
func (i *Invoice) SKUsFrom() []string {
	var ids []string
	for n := range i.Lines {
		if l := &i.Lines[n]; isBlank(l.SKU) && l.ProductID != "" && !slices.Contains(ids, l.ProductID) {
			ids = append(ids, l.ProductID)
		}
	}
	return ids
}

// A Page is one portion of a pull: records of one object of one system.
type Page struct {
	System   System
	Object   Object
	Received int // vendor records in it, readable or not
	Calls    int // vendor requests it took
	// Position is where a pull of everything goes on after this page; empty where
	// it cannot.
	Position string
	// Pull is the pull of everything that the page belongs to, as it is once the page
	// is stored: both are stored at once. Nil for a page of changes. The consumer of
	// the page sets it.
	Pull       *Pull
	Invoices   []Invoice
	Products   []Product
	Customers  []Customer
	TaxRates   []TaxRate
	Unreadable []Unreadable
}
