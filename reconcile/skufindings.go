package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// skuFindings raises what is wrong with SKUs.
func (c *Comparison) skuFindings() {
	for _, system := range Systems {
		c.skuMissing(system)
		c.skuDuplicates(system)
	}
	pairs := map[cause]bool{}
	for _, system := range Systems {
		c.skuMatches(system, pairs)
	}
	for by := range c.usage {
		if by.code == SKUCase || by.code == SKUSpace {
			pairs[by] = true
		}
	}
	for _, by := range sortedPairs(pairs) {
		c.skuPairFinding(by)
	}
}

func sortedPairs(pairs map[cause]bool) []cause {
	list := make([]cause, 0, len(pairs))
	for by := range pairs {
		list = append(list, by)
	}
	slices.SortFunc(list, func(a, b cause) int { return cmp.Or(cmp.Compare(a.hs, b.hs), cmp.Compare(a.qb, b.qb)) })
	return list
}

func (c *Comparison) sortedProducts(s System) []*Product {
	list := make([]*Product, 0, len(c.m.sides[s].products))
	for _, p := range c.m.sides[s].products {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *Product) int { return CompareIDs(a.ID, b.ID) })
	return list
}

func (c *Comparison) skuMissing(s System) {
	for _, p := range c.sortedProducts(s) {
		by := cause{code: SKUMissing, system: s, id: p.ID}
		if !isBlank(p.SKU) || (!p.Active && c.usage[by] == nil && c.inUse[by] == nil) {
			continue
		}
		f := Finding{Code: SKUMissing, Subject: subject(s, "product", p.ID), System: s, Record: p.ID, Field: "sku", Cause: "the product has no SKU", Locus: productLocus(s, p.ID)}
		c.place(&f, s, p.ID, "")
		c.stake(&f, by)
		f.Message = fmt.Sprintf("%s product %s (%s) has no SKU%s", s.Title(), orNone(p.Name), p.ID, keepsBack(&f))
		f.RootCause = string(SKUMissing) + ":" + p.ID
		c.emit(f)
	}
}

func (c *Comparison) skuDuplicates(s System) {
	x := &c.m.sides[s].bySKU
	for _, sku := range sortedKeys(x) {
		live := x.live(sku)
		if len(live) < 2 {
			continue
		}
		ids := make([]string, len(live))
		for n, p := range live {
			ids[n] = p.ID
		}
		f := Finding{Code: SKUDuplicate, Subject: subject(s, "sku", sku), System: s, Record: ids[0], Number: sku, Field: "sku", Cause: fmt.Sprintf("%d active products hold it", len(ids)), Locus: skuLocus(sku)}
		c.place(&f, s, ids[0], strings.Join(ids, ", "))
		c.stake(&f, cause{code: SKUNotFound, system: s.Other(), id: sku})
		f.Message = fmt.Sprintf("%d active %s products hold SKU %s: %s%s", len(ids), s.Title(), sku, strings.Join(ids, ", "), keepsBack(&f))
		f.RootCause = string(SKUDuplicate) + ":" + sku
		c.emit(f)
	}
}

func sortedKeys[T keyed](x *index[T]) []string {
	keys := make([]string, 0, len(x.exact))
	for key := range x.exact {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// skuMatches looks every SKU of a system up in the other: those of active
// products and those of lines of unsynced invoices. Near pairs are collected,
// what has no match at all is raised.
func (c *Comparison) skuMatches(s System, pairs map[cause]bool) {
	own, other := &c.m.sides[s].bySKU, &c.m.sides[s.Other()].bySKU
	skus := map[string]string{} // to the record that holds it
	for _, sku := range sortedKeys(own) {
		if live := own.live(sku); len(live) > 0 {
			skus[sku] = live[0].ID
		}
	}
	for by, u := range c.inUse {
		if by.code == SKUNotFound && by.system == s && skus[by.id] == "" {
			skus[by.id] = u.lowest
			if known := own.exact[by.id]; len(known) > 0 {
				skus[by.id] = known[0].ID
			}
		}
	}
	keys := make([]string, 0, len(skus))
	for sku := range skus {
		keys = append(keys, sku)
	}
	slices.Sort(keys)
	for _, sku := range keys {
		if len(other.exact[sku]) > 0 {
			continue
		}
		near := other.nearOf(sku, NearKey)
		for _, n := range near {
			hs, qb := sku, n
			if s == QuickBooks {
				hs, qb = n, sku
			}
			if code := c.m.skuPair(hs, qb); code != "" {
				pairs[cause{code: code, hs: hs, qb: qb}] = true
			}
		}
		if len(near) == 0 {
			c.skuNotFound(s, sku, skus[sku])
		}
	}
}

func (c *Comparison) skuNotFound(s System, sku, record string) {
	f := Finding{Code: SKUNotFound, Subject: subject(s, "sku", sku), System: s, Record: record, Number: sku, Field: "sku", Cause: "not in " + s.Other().Title(), Locus: skuLocus(sku)}
	c.place(&f, s, record, sku)
	c.stake(&f, cause{code: SKUNotFound, system: s, id: sku})
	f.Message = fmt.Sprintf("SKU %s is in %s only%s", sku, s.Title(), keepsBack(&f))
	f.RootCause = string(SKUNotFound) + ":" + sku
	c.emit(f)
}

func (c *Comparison) skuPairFinding(by cause) {
	f := c.nearPair(by, "sku", "SKU", c.holder(HubSpot, by.hs), c.holder(QuickBooks, by.qb),
		cause{code: SKUNotFound, system: HubSpot, id: by.hs}, cause{code: SKUNotFound, system: QuickBooks, id: by.qb})
	f.Locus = skuLocus(by.hs)
	c.emit(f)
}

// nearPair makes the finding of two near keys, which are the field of records hs
// and qb that word names. It keeps back what is behind any of the causes.
func (c *Comparison) nearPair(by cause, field, word, hs, qb string, behind ...cause) Finding {
	f := Finding{
		Code: by.code, Subject: fmt.Sprintf("%s/%q/%q", field, by.hs, by.qb), System: Both, Field: field, HubSpotID: hs, QuickBooksID: qb,
		HubSpot: by.hs, QuickBooks: by.qb, Cause: spellOut(by.hs, by.qb),
	}
	f.Record, f.Number = hs, by.hs
	if c.src == QuickBooks {
		f.Record, f.Number = qb, by.qb
	}
	c.stake(&f, by, behind...)
	f.Message = fmt.Sprintf("HubSpot %s %q and QuickBooks %s %q: %s%s", word, by.hs, word, by.qb, f.Cause, keepsBack(&f))
	f.RootCause = string(by.code) + ":" + f.Number
	return f
}

// holder returns the lowest record of a system that holds a SKU: a product, else
// an unsynced invoice.
func (c *Comparison) holder(s System, sku string) string {
	if id := c.m.sides[s].bySKU.lowest(sku); id != "" {
		return id
	}
	if u := c.inUse[cause{code: SKUNotFound, system: s, id: sku}]; u != nil {
		return u.lowest
	}
	return ""
}
