package quickbooks

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

// entity is what all entities have.
type entity struct {
	ID       value `json:"Id"`
	MetaData struct {
		Created value `json:"CreateTime"`
		Updated value `json:"LastUpdatedTime"`
	} `json:"MetaData"`
	Active value `json:"Active"`
}

// decode reads an entity. A member of another type than documented makes it
// unreadable, named as in domain; the others are read all the same.
func decode(raw json.RawMessage, into any, id *value, domain map[string]string) (*connectors.Reader, error) {
	in := &connectors.Reader{}
	if err := json.Unmarshal(raw, into); err != nil {
		member := "record"
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			member = wrong.Field
		}
		top, _, _ := strings.Cut(member, ".")
		field := domain[top]
		if field == "" {
			field = "record"
		}
		in.Fail(field, "%s is not of the documented type", member)
	}
	if id.Plain() == "" {
		return nil, errNoID
	}
	return in, nil
}

// unreadable is what there is to tell of an entity that in could not read.
func unreadable(in *connectors.Reader, kind, id string, raw []byte) reconcile.Unreadable {
	u := in.Unreadable()
	u.System, u.Object, u.ID, u.Raw = reconcile.QuickBooks, kind, id, raw
	return u
}

// readActive reads whether an entity is active; those that do not say are, and
// those that do not say it readably count as inactive: nothing is to rely on them.
func readActive(in *connectors.Reader, v value) bool {
	active, told := in.Bool("active", v)
	return active || !told && v.IsAbsent()
}

// plainName is a name without the suffix that QuickBooks gives inactive ones.
func plainName(name string, active bool) string {
	if active {
		return name
	}
	return strings.TrimSuffix(name, " (deleted)")
}

type item struct {
	entity
	Name        value `json:"Name"`
	SKU         value `json:"Sku"`
	Description value `json:"Description"`
	Type        value `json:"Type"`
	Price       value `json:"UnitPrice"`
}

// addItem puts an item into a page. Categories are items to QuickBooks, but
// nothing that is sold. One that cannot be read in full is told of, and still
// holds its SKU where that can be read.
func addItem(page *reconcile.Page, raw json.RawMessage) error {
	var w item
	in, err := decode(raw, &w, &w.ID, nil)
	if err != nil {
		return err
	}
	p := reconcile.Product{System: reconcile.QuickBooks, ID: w.ID.Plain()}
	p.SKU = in.Text("sku", w.SKU)
	p.Kind = in.Text("kind", w.Type)
	known := !in.Failed()
	p.Active = readActive(in, w.Active)
	p.Name = plainName(in.Text("name", w.Name), p.Active)
	p.Description = in.Text("description", w.Description)
	p.Price, _ = in.Number("price", w.Price) // an item without a price has none
	p.UpdatedAt = in.Instant("updated_at", w.MetaData.Updated)
	if in.Failed() {
		page.Unreadable = append(page.Unreadable, unreadable(in, "Item", p.ID, raw))
	}
	if known && p.Kind != "Category" {
		page.Products = append(page.Products, p)
	}
	return nil
}

type customer struct {
	entity
	Name  value `json:"DisplayName"`
	Email struct {
		Address value `json:"Address"`
	} `json:"PrimaryEmailAddr"`
}

// addCustomer puts a customer into a page. One that cannot be read in full is
// told of, and still holds its e-mail where that can be read.
func addCustomer(page *reconcile.Page, raw json.RawMessage) error {
	var w customer
	in, err := decode(raw, &w, &w.ID, map[string]string{"PrimaryEmailAddr": "email"})
	if err != nil {
		return err
	}
	c := reconcile.Customer{System: reconcile.QuickBooks, ID: w.ID.Plain()}
	c.Email = in.Text("email", w.Email.Address)
	known := !in.Failed()
	c.Active = readActive(in, w.Active)
	c.Name = plainName(in.Text("name", w.Name), c.Active)
	c.CreatedAt = in.Instant("created_at", w.MetaData.Created)
	c.UpdatedAt = in.Instant("updated_at", w.MetaData.Updated)
	if in.Failed() {
		page.Unreadable = append(page.Unreadable, unreadable(in, "Customer", c.ID, raw))
	}
	if known {
		page.Customers = append(page.Customers, c)
	}
	return nil
}

type taxCode struct {
	entity
	Name  value `json:"Name"`
	Sales struct {
		Rates []struct {
			Rate ref `json:"TaxRateRef"`
		} `json:"TaxRateDetail"`
	} `json:"SalesTaxRateList"`
}

// addTaxCode puts a tax code into a page. Its percentage is the sum of its
// sales tax rates.
func addTaxCode(page *reconcile.Page, raw json.RawMessage, percents map[string]decimal.Decimal) error {
	var w taxCode
	in, err := decode(raw, &w, &w.ID, map[string]string{"SalesTaxRateList": "percent"})
	if err != nil {
		return err
	}
	t := reconcile.TaxRate{System: reconcile.QuickBooks, ID: w.ID.Plain(), Active: readActive(in, w.Active)}
	t.Name = plainName(in.Text("name", w.Name), t.Active)
	for _, r := range w.Sales.Rates {
		sum, err := t.Percent.Add(percents[r.Rate.Value.Plain()])
		t.Percent = in.Exact("percent", sum, err)
	}
	if in.Failed() {
		page.Unreadable = append(page.Unreadable, unreadable(in, "TaxCode", t.ID, raw))
		return nil
	}
	page.TaxRates = append(page.TaxRates, t)
	return nil
}

type taxRate struct {
	entity
	Percent value `json:"RateValue"`
}

// readTaxRate reads the percentage of a tax rate. known is false when there is
// none that can be read; its code is then without it.
func readTaxRate(raw json.RawMessage) (id string, percent decimal.Decimal, known bool, err error) {
	var w taxRate
	in, err := decode(raw, &w, &w.ID, nil)
	if err != nil {
		return "", percent, false, err
	}
	percent, known = in.Number("percent", w.Percent)
	return w.ID.Plain(), percent, known && !in.Failed(), nil
}
