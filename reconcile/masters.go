package reconcile

import (
	"crypto/sha256"
	"fmt"
	"slices"
)

// MasterData is what invoices point at, of both systems.
type MasterData struct {
	Companies [2]Company // HubSpot's, QuickBooks'
	Products  []Product
	Customers []Customer
	TaxRates  []TaxRate
}

// Percents is a hash of the tax rates of a system as far as taxes are computed by them.
func (d MasterData) Percents(s System) string {
	var list []string
	for n := range d.TaxRates {
		if r := &d.TaxRates[n]; r.System == s {
			list = append(list, fmt.Sprintf("%q %s", r.ID, plain(r.Percent)))
		}
	}
	slices.Sort(list)
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q", list)))
	return fmt.Sprintf("%x", sum[:8])
}

// With returns the data with what other data has in addition.
func (d MasterData) With(other MasterData) MasterData {
	type record struct {
		system  System
		company bool
		id      string
	}
	d.Companies = other.Companies
	d.Products = union(d.Products, other.Products, func(p *Product) any { return record{p.System, false, p.ID} })
	d.Customers = union(d.Customers, other.Customers, func(c *Customer) any { return record{c.System, c.Company, c.ID} })
	d.TaxRates = union(d.TaxRates, other.TaxRates, func(r *TaxRate) any { return record{r.System, false, r.ID} })
	return d
}

func union[T any](list, more []T, key func(*T) any) []T {
	if len(list) == 0 {
		return more
	}
	have := make(map[any]bool, len(list))
	for n := range list {
		have[key(&list[n])] = true
	}
	for n := range more {
		if !have[key(&more[n])] {
			list = append(list, more[n])
		}
	}
	return list
}

// Masters answers questions about products, customers and tax rates under the
// settings in force.
type Masters struct {
	Settings  Settings
	companies map[System]Company
	sides     map[System]*side
	mapped    map[string]bool // QuickBooks tax codes that a HubSpot rate maps to
}

type side struct {
	products  map[string]*Product
	contacts  map[string]*Customer
	companies map[string]*Customer // HubSpot companies
	rates     map[string]*TaxRate
	bySKU     index[*Product]
	byEmail   index[*Customer]
}

// NewMasters indexes master data.
func NewMasters(data MasterData, s Settings) *Masters {
	m := &Masters{Settings: s, companies: map[System]Company{}, sides: map[System]*side{}, mapped: map[string]bool{}}
	for n, system := range Systems {
		m.companies[system] = data.Companies[n]
		m.sides[system] = newSide(system, data)
	}
	for _, code := range s.TaxMapping {
		m.mapped[code] = true
	}
	return m
}

func newSide(system System, data MasterData) *side {
	x := &side{products: map[string]*Product{}, contacts: map[string]*Customer{}, companies: map[string]*Customer{}, rates: map[string]*TaxRate{}}
	var products []*Product
	var customers []*Customer
	for n := range data.Products {
		if p := &data.Products[n]; p.System == system {
			x.products[p.ID] = p
			products = append(products, p)
		}
	}
	for n := range data.Customers {
		c := &data.Customers[n]
		switch {
		case c.System != system:
		case c.Company:
			x.companies[c.ID] = c
		default:
			x.contacts[c.ID] = c
			customers = append(customers, c)
		}
	}
	for n := range data.TaxRates {
		if r := &data.TaxRates[n]; r.System == system {
			x.rates[r.ID] = r
		}
	}
	x.bySKU = newIndex(products, NearKey)
	x.byEmail = newIndex(customers, NearEmail)
	return x
}

// Company returns what a system says of itself.
func (m *Masters) Company(s System) Company { return m.companies[s] }

// Product returns a product by id, or nil.
func (m *Masters) Product(s System, id string) *Product { return m.sides[s].products[id] }

// TaxRate returns a tax rate by id, or nil.
func (m *Masters) TaxRate(s System, id string) *TaxRate { return m.sides[s].rates[id] }

// Customer returns the customer of an invoice, or nil when it has none or the
// mirror does not know it.
func (m *Masters) Customer(i *Invoice) *Customer {
	if i.OnCompany {
		return m.sides[i.System].companies[i.CustomerID]
	}
	return m.sides[i.System].contacts[i.CustomerID]
}

// Resolve fills in what an invoice only points at: the SKUs of its lines, where
// a line has none of its own, and its customer's e-mail. A SKU or e-mail of
// nothing but blanks is none. Lines that the invoice shares with a copy of it are
// not touched.
func (m *Masters) Resolve(i *Invoice) {
	shared := true
	for n := range i.Lines {
		sku := m.sku(i.System, &i.Lines[n])
		if sku == i.Lines[n].SKU {
			continue
		}
		if shared {
			i.Lines, shared = slices.Clone(i.Lines), false
		}
		i.Lines[n].SKU = sku
	}
	if c := m.Customer(i); c != nil {
		i.Email = c.Email
		if isBlank(c.Email) {
			i.Email = ""
		}
	}
}

// sku is the line's own SKU, else that of its product.
func (m *Masters) sku(s System, l *Line) string {
	if !isBlank(l.SKU) {
		return l.SKU
	}
	if p := m.Product(s, l.ProductID); p != nil && !isBlank(p.SKU) {
		return p.SKU
	}
	return ""
}

// emailKey is the e-mail as it is compared.
func (m *Masters) emailKey(email string) string {
	if m.Settings.EmailMatch == EmailNormalized {
		return NearEmail(email)
	}
	return email
}

// mappedTax reports whether a tax rate of a system has a mapping.
func (m *Masters) mappedTax(s System, rate string) bool {
	if s == HubSpot {
		_, ok := m.Settings.TaxMapping[rate]
		return ok
	}
	return m.mapped[rate]
}

// unmappedFails reports whether an unmapped rate keeps an invoice back.
func (m *Masters) unmappedFails() bool { return m.Settings.unmappedFails() }

// skuPair returns the code under which two near SKUs, one of each system, are
// raised, or "" when they are not: one of them must have no exact match in the
// other system.
func (m *Masters) skuPair(hs, qb string) Code {
	if isBlank(hs) || isBlank(qb) || hs == qb || NearKey(hs) != NearKey(qb) {
		return ""
	}
	if len(m.sides[QuickBooks].bySKU.exact[hs]) > 0 && len(m.sides[HubSpot].bySKU.exact[qb]) > 0 {
		return ""
	}
	return nearCode(hs, qb, SKUCase, SKUSpace)
}

// nearCode tells a difference in case alone from one in blanks.
func nearCode(a, b string, inCase, inSpace Code) Code {
	if Fold(a) == Fold(b) {
		return inCase
	}
	return inSpace
}

// emailPair is skuPair for e-mails.
func (m *Masters) emailPair(hs, qb string) Code {
	if m.Settings.EmailMatch == EmailNormalized || isBlank(hs) || isBlank(qb) || hs == qb || NearEmail(hs) != NearEmail(qb) {
		return ""
	}
	if len(m.sides[QuickBooks].byEmail.exact[hs]) > 0 && len(m.sides[HubSpot].byEmail.exact[qb]) > 0 {
		return ""
	}
	return nearCode(hs, qb, EmailCase, EmailSpace)
}

// customersByEmail returns the active customers of a system that an e-mail
// matches under the setting.
func (m *Masters) customersByEmail(s System, email string) []*Customer {
	x := &m.sides[s].byEmail
	if m.Settings.EmailMatch == EmailExact {
		return x.live(email)
	}
	var out []*Customer
	for _, key := range x.near[NearEmail(email)] {
		out = append(out, x.live(key)...)
	}
	slices.SortFunc(out, func(a, b *Customer) int { return CompareIDs(a.ID, b.ID) })
	return out
}
