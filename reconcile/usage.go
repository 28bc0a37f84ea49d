package reconcile

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// A cause names the finding on a product or customer that explains something.
type cause struct {
	code   Code
	system System // of a missing SKU or e-mail
	id     string // of the product or customer without one
	isCo   bool   // id is a HubSpot company's
	hs, qb string // the pair of near keys
}

// usage adds up the invoices behind a finding on a product, customer or rate.
type usage struct {
	invoices int
	amounts  map[string]int64 // by currency
	effects  []Effect
	lowest   string // invoice id
}

// maxEffects bounds the effects kept with one finding: they are examples.
const maxEffects = 50

// use adds to what is behind a cause, and notes that the invoices looked at count there.
func (c *Comparison) use(in map[cause]*usage, by cause) *usage {
	c.look.Counted = append(c.look.Counted, c.m.lociOf(by)...)
	u := in[by]
	if u == nil {
		u = &usage{amounts: map[string]int64{}}
		in[by] = u
	}
	return u
}

func (u *usage) effect(e Effect) {
	if len(u.effects) < maxEffects {
		u.effects = append(u.effects, e)
	}
}

func (u *usage) invoice(i *Invoice) {
	u.invoices++
	u.amounts[i.Currency] += i.Total
	if u.lowest == "" || CompareIDs(i.ID, u.lowest) < 0 {
		u.lowest = i.ID
	}
}

// useMasters notes what an in-scope invoice uses that lacks something: products
// without a SKU, customers without an e-mail, unmapped rates.
func (c *Comparison) useMasters(i *Invoice) {
	for _, l := range i.Lines {
		if p := c.m.Product(i.System, l.ProductID); p != nil && l.SKU == "" {
			c.use(c.usage, cause{code: SKUMissing, system: i.System, id: p.ID})
		}
	}
	if customer := c.m.Customer(i); customer != nil && isBlank(customer.Email) {
		c.use(c.usage, cause{code: EmailMissing, system: i.System, id: customer.ID, isCo: customer.Company})
	}
	if i.System == c.src && c.m.unmappedFails() {
		for _, rate := range taxRates(i.Lines) {
			if !c.m.mappedTax(i.System, rate) {
				c.use(c.usage, cause{code: TaxUnmapped, system: i.System, id: rate})
			}
		}
	}
}

// blockers are the SKUs, the customer and the tax rates of an unsynced invoice,
// by which findings on them count what they keep back.
func (c *Comparison) blockers(i *Invoice) []cause {
	var list []cause
	for _, sku := range distinctSKUs(i.Lines) {
		if sku != "" {
			list = append(list, cause{code: SKUNotFound, system: i.System, id: sku})
		}
	}
	seen := map[string]bool{}
	for _, l := range i.Lines {
		if l.SKU == "" && l.ProductID != "" && !seen[l.ProductID] {
			seen[l.ProductID] = true
			list = append(list, cause{code: SKUMissing, system: i.System, id: l.ProductID})
		}
	}
	if i.CustomerID != "" {
		list = append(list, cause{code: EmailNotFound, system: i.System, id: i.CustomerID, isCo: i.OnCompany})
	}
	for _, rate := range taxRates(i.Lines) {
		list = append(list, cause{code: TaxUnmapped, system: i.System, id: rate})
	}
	return list
}

// lociOf are where the findings arise that count what is behind a cause.
func (m *Masters) lociOf(by cause) []Locus {
	switch by.code {
	case SKUMissing:
		return []Locus{productLocus(by.system, by.id)}
	case SKUNotFound:
		return []Locus{skuLocus(by.id)}
	case SKUCase, SKUSpace:
		return []Locus{skuLocus(by.hs)}
	case TaxUnmapped:
		return []Locus{taxRateLocus(by.system, by.id)}
	case EmailCase, EmailSpace:
		return []Locus{emailLocus(by.hs)}
	}
	loci := []Locus{customerLocus(by.system, by.id, by.isCo)}
	if customer := m.Customer(&Invoice{System: by.system, CustomerID: by.id, OnCompany: by.isCo}); customer != nil && !isBlank(customer.Email) {
		loci = append(loci, emailLocus(customer.Email))
	}
	return loci
}

// causes lists the causes of a code, on one record each, that are in use, in a
// fixed order.
func (c *Comparison) causes(code Code) []cause {
	var list []cause
	for by := range c.usage {
		if by.code == code {
			list = append(list, by)
		}
	}
	slices.SortFunc(list, func(a, b cause) int {
		return cmp.Or(cmp.Compare(a.system, b.system), CompareIDs(a.id, b.id), cmp.Compare(strconv.FormatBool(a.isCo), strconv.FormatBool(b.isCo)))
	})
	return list
}

// stake sets what a finding on a master keeps back: the unsynced invoices of the
// causes, and its effects.
func (c *Comparison) stake(f *Finding, by cause, also ...cause) {
	amounts := map[string]int64{}
	for _, b := range append([]cause{by}, also...) {
		if u := c.inUse[b]; u != nil {
			f.Invoices += u.invoices
			for currency, v := range u.amounts {
				amounts[currency] += v
			}
		}
	}
	if u := c.usage[by]; u != nil {
		f.Effects = u.effects
	}
	f.Amount = money(amounts)
	if f.Amount.Currency == "" {
		f.Amount.Currency = c.m.Company(c.src).Currency
	}
}

func keepsBack(f *Finding) string {
	if f.Invoices == 0 {
		return ""
	}
	if f.Invoices == 1 {
		return fmt.Sprintf("; it keeps back one invoice over %s", f.Amount)
	}
	return fmt.Sprintf("; it keeps back %d invoices over %s", f.Invoices, f.Amount)
}

// money makes the money at stake of amounts by currency: the largest, for what is
// spread over several currencies cannot be added up.
func money(amounts map[string]int64) Money {
	var best Money
	for _, currency := range slices.Sorted(maps.Keys(amounts)) {
		if m := (Money{amounts[currency], currency}).Abs(); best.Currency == "" || m.Minor > best.Minor {
			best = m
		}
	}
	return best
}
