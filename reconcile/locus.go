package reconcile

import (
	"fmt"
	"strconv"
	"strings"
)

// A Locus is a place at which findings arise and disappear together: the invoices
// of one match key, the holders of one SKU but for case and blanks. Whatever
// changes a finding changes something at its locus, so that a comparison which
// judges a locus again, with all that lies there, decides on all its findings.
//
// The empty locus is that of pulls, schedules and unreadable records. Every
// comparison judges it.
type Locus string

// The kinds of loci, as their first letters.
const (
	locusKey      = "k:" // invoices of both systems that meet under a match key
	locusInvoice  = "i:" // an invoice without one
	locusTwin     = "w:" // invoices of one customer, currency and total
	locusSKU      = "s:" // SKUs that differ in case and blanks only
	locusProduct  = "p:" // a product, of whose SKU nothing is left to meet under
	locusEmail    = "e:" // e-mails that differ in case and outer blanks only
	locusCustomer = "c:" // a customer
	locusTaxRate  = "t:" // a tax rate
)

// Locus is where the invoice of an entry is paired or stands alone.
func (e *Entry) Locus() Locus {
	if e.MatchKey != "" {
		return locusKey + Locus(e.MatchKey)
	}
	return locusInvoice + Locus(e.System) + ":" + Locus(e.ID)
}

// MatchKey is the match key of the invoices that meet at the locus; ok is false
// where another kind of locus has none.
func (l Locus) MatchKey() (key string, ok bool) { return strings.CutPrefix(string(l), locusKey) }

// Invoice is the invoice without a match key at the locus, if it is of that kind.
func (l Locus) Invoice() (s System, id string, ok bool) {
	rest, ok := strings.CutPrefix(string(l), locusInvoice)
	system, id, _ := strings.Cut(rest, ":")
	return System(system), id, ok
}

// OfInvoices reports whether invoices lie at the locus, paired or alone.
func (l Locus) OfInvoices() bool {
	return strings.HasPrefix(string(l), locusKey) || strings.HasPrefix(string(l), locusInvoice)
}

// LongLocus is the length, in bytes, beyond which a locus is not kept as it is.
const LongLocus = 1000

// NearSKU and NearEmail are the near key of the SKUs or e-mails at the locus, if
// it is of that kind.
func (l Locus) NearSKU() (key string, ok bool) { return strings.CutPrefix(string(l), locusSKU) }

// NearEmail is NearSKU for e-mails.
func (l Locus) NearEmail() (key string, ok bool) { return strings.CutPrefix(string(l), locusEmail) }

// Product is the product at the locus, if it is of that kind.
func (l Locus) Product() (s System, id string, ok bool) {
	rest, ok := strings.CutPrefix(string(l), locusProduct)
	system, id, _ := strings.Cut(rest, ":")
	return System(system), id, ok
}

// Customer is the customer at the locus, if it is of that kind.
func (l Locus) Customer() (s System, company bool, id string, ok bool) {
	rest, ok := strings.CutPrefix(string(l), locusCustomer)
	system, rest, _ := strings.Cut(rest, ":")
	kind, id, _ := strings.Cut(rest, ":")
	return System(system), kind == string(ObjectCompanies), id, ok
}

// TwinLocus is where the invoices with a twin hash lie.
func TwinLocus(twin uint64) Locus { return locusTwin + Locus(strconv.FormatUint(twin, 16)) }

func skuLocus(sku string) Locus { return locusSKU + Locus(NearKey(sku)) }

func emailLocus(email string) Locus { return locusEmail + Locus(NearEmail(email)) }

func productLocus(s System, id string) Locus {
	return Locus(fmt.Sprintf("%s%s:%s", locusProduct, s, id))
}

func taxRateLocus(s System, id string) Locus {
	return Locus(fmt.Sprintf("%s%s:%s", locusTaxRate, s, id))
}

func customerLocus(s System, id string, company bool) Locus {
	object := ObjectCustomers
	if company {
		object = ObjectCompanies
	}
	return Locus(fmt.Sprintf("%s%s:%s:%s", locusCustomer, s, object, id))
}

// Loci are where findings on a product arise.
func (p *Product) Loci() []Locus {
	loci := []Locus{productLocus(p.System, p.ID)}
	if !isBlank(p.SKU) {
		loci = append(loci, skuLocus(p.SKU))
	}
	return loci
}

// Loci are where findings on a customer arise.
func (c *Customer) Loci() []Locus {
	loci := []Locus{customerLocus(c.System, c.ID, c.Company)}
	if !isBlank(c.Email) {
		loci = append(loci, emailLocus(c.Email))
	}
	return loci
}

// Loci are where findings on a tax rate arise.
func (r *TaxRate) Loci() []Locus { return []Locus{taxRateLocus(r.System, r.ID)} }

// touched are the loci of the products, customers and tax rates that the judgement
// on a resolved invoice rests on, and whose own findings count the invoice.
func (m *Masters) touched(i *Invoice) []Locus {
	var loci []Locus
	for n := range i.Lines {
		l := &i.Lines[n]
		switch {
		case l.SKU != "":
			loci = append(loci, skuLocus(l.SKU))
		case l.ProductID != "":
			loci = append(loci, productLocus(i.System, l.ProductID))
		}
		if l.TaxRateID != "" {
			loci = append(loci, taxRateLocus(i.System, l.TaxRateID))
		}
	}
	if i.CustomerID != "" {
		loci = append(loci, customerLocus(i.System, i.CustomerID, i.OnCompany))
	}
	if !isBlank(i.Email) {
		loci = append(loci, emailLocus(i.Email))
	}
	return loci
}
