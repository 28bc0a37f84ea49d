package hubspot

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// unreadable is what there is to tell of a record that in could not read.
func unreadable(in *connectors.Reader, object, id string, raw []byte) reconcile.Unreadable {
	u := in.Unreadable()
	u.System, u.Object, u.ID, u.Raw = reconcile.HubSpot, object, id, raw
	return u
}

// addProduct puts a product into a page. One whose price or text cannot be read
// is told of, and still holds its SKU.
func addProduct(page *reconcile.Page, raw json.RawMessage) error {
	r, err := parse[productProperties](raw)
	if err != nil {
		return err
	}
	in := r.reader()
	p := reconcile.Product{System: reconcile.HubSpot, ID: r.id, Active: !r.Archived.IsTrue()}
	p.SKU = in.Text("sku", r.Properties.SKU)
	known := !in.Failed()
	p.Name = in.Text("name", r.Properties.Name)
	p.Description = in.Text("description", r.Properties.Description)
	p.Kind = in.Text("kind", r.Properties.Kind)
	p.Price, _ = in.Number("price", r.Properties.Price) // a product without a price has none
	p.UpdatedAt = in.Instant("updated_at", r.UpdatedAt)
	if in.Failed() {
		page.Unreadable = append(page.Unreadable, unreadable(in, "products", r.id, raw))
	}
	if known {
		page.Products = append(page.Products, p)
	}
	return nil
}

// addContact puts a contact into a page. One whose name or age cannot be read
// is told of, and still holds its e-mail.
func addContact(page *reconcile.Page, raw json.RawMessage) error {
	r, err := parse[contactProperties](raw)
	if err != nil {
		return err
	}
	in := r.reader()
	c := reconcile.Customer{System: reconcile.HubSpot, ID: r.id, Active: !r.Archived.IsTrue()}
	c.Email = in.Text("email", r.Properties.Email)
	known := !in.Failed()
	c.Name = strings.TrimSpace(in.Text("name", r.Properties.FirstName) + " " + in.Text("name", r.Properties.LastName))
	c.CreatedAt = in.Instant("created_at", created(r))
	c.UpdatedAt = in.Instant("updated_at", r.UpdatedAt)
	addCustomer(page, c, known, in, "contacts", raw)
	return nil
}

// created is the instant at which a contact was made: its createdate, which a
// merge keeps, else that of the record.
func created(r *record[contactProperties]) value {
	if r.Properties.Created.IsBlank() {
		return r.CreatedAt
	}
	return r.Properties.Created
}

// addCompany puts a company into a page.
func addCompany(page *reconcile.Page, raw json.RawMessage) error {
	r, err := parse[companyProperties](raw)
	if err != nil {
		return err
	}
	in := r.reader()
	c := reconcile.Customer{System: reconcile.HubSpot, ID: r.id, Company: true, Active: !r.Archived.IsTrue()}
	c.Name = in.Text("name", r.Properties.Name)
	c.CreatedAt = in.Instant("created_at", r.CreatedAt)
	c.UpdatedAt = in.Instant("updated_at", r.UpdatedAt)
	addCustomer(page, c, true, in, "companies", raw) // it holds no e-mail
	return nil
}

func addCustomer(page *reconcile.Page, c reconcile.Customer, known bool, in *connectors.Reader, object string, raw []byte) {
	if in.Failed() {
		page.Unreadable = append(page.Unreadable, unreadable(in, object, c.ID, raw))
	}
	if known {
		page.Customers = append(page.Customers, c)
	}
}

// addTaxRate puts a rate of the tax rate library into a page.
func addTaxRate(page *reconcile.Page, raw json.RawMessage) error {
	rate, in, err := readTaxRate(raw)
	switch {
	case err != nil:
		return err
	case in.Failed():
		page.Unreadable = append(page.Unreadable, unreadable(in, "tax_rates", rate.ID, raw))
	default:
		page.TaxRates = append(page.TaxRates, rate)
	}
	return nil
}

func readTaxRate(raw json.RawMessage) (reconcile.TaxRate, *connectors.Reader, error) {
	var w taxRate
	err := json.Unmarshal(raw, &w)
	rate := reconcile.TaxRate{System: reconcile.HubSpot, ID: w.ID.Plain()}
	if err != nil || rate.ID == "" {
		return rate, nil, errors.New("a tax rate without an id")
	}
	in := &connectors.Reader{Loose: true}
	rate.Name = in.Text("name", w.Name)
	if rate.Name == "" {
		rate.Name = in.Text("name", w.Label)
	}
	percent, ok := in.Number("percent", w.Percent)
	if !ok {
		in.Fail("percent", "a tax rate without a percentage")
	}
	rate.Percent = percent
	active, told := in.Bool("active", w.Active)
	rate.Active = active || !told
	return rate, in, nil
}
