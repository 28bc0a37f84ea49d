package sandbox

import (
	"fmt"
	"math/rand/v2"
)

// A product is one article as the two systems hold it.
type product struct {
	n        int
	id       [2]int64 // zero where the system does not have it
	sku      [2]string
	name     [2]string
	price    int64 // list price in minor units, whatever the currency
	bulk     bool  // sold by the eight at an eighth of a unit each
	inactive bool  // in QuickBooks: kept after deletion
	planted  bool  // belongs to a cause: the self-check expects nothing of it
}

// in tells whether the system has the product.
func (p *product) in(s system) bool { return p.id[s] != 0 }

func (w *world) makeProducts() {
	for n := range w.pool {
		r := w.rng(streamProducts, n)
		p := w.addProduct(productSKU(r, n), goodsName(r, n), hubspot, quickbooks)
		p.price, p.bulk = listPrice(r, n), n%30 == 7
	}
	for n := w.pool; n < w.pool+2+w.pool/100; n++ {
		w.makeInactive(n)
	}
}

// makeInactive adds an item that was deleted in QuickBooks. Every other one
// was made again: its SKU is that of an active product.
func (w *world) makeInactive(n int) {
	sku := fmt.Sprintf("GONE-%05d", n)
	if n%2 == 0 {
		sku = w.products[n-w.pool].sku[quickbooks]
	}
	p := w.addProduct(sku, twice(fmt.Sprintf("Former article %05d", n)), quickbooks)
	p.inactive, p.price = true, 1000
}

// addProduct adds an active product with the same SKU in each of the systems.
func (w *world) addProduct(sku string, names [2]string, in ...system) *product {
	p := &product{n: len(w.products), name: names, price: 2500}
	for _, s := range in {
		p.sku[s] = sku
		p.id[s] = w.ids.product.id(p.n)
		if s == quickbooks {
			p.id[s] = w.ids.item.id(p.n)
		}
	}
	w.products = append(w.products, p)
	return p
}

// productSKU is the SKU of product n. Each holds a number of its own, so that
// none is near another, save the pairs that differ only in case: both systems
// have both of such a pair.
func productSKU(r *rand.Rand, n int) string {
	switch n % 25 {
	case 4:
		return fmt.Sprintf("KX-%05d-ab", n)
	case 5:
		return fmt.Sprintf("KX-%05d-AB", n-1)
	case 9:
		return fmt.Sprintf("CAFE\u0301-%05d", n) // decomposed in both systems
	case 14:
		return fmt.Sprintf("KIT %05d BLUE", n)
	case 19:
		return fmt.Sprintf("00%05d", n)
	case 22:
		return fmt.Sprintf(`R&D/%05d.β"`, n)
	}
	return fmt.Sprintf("%s-%05d", pick(r, []string{"PRD", "SVC", "TL", "hw", "Sub", "X9"}), n)
}

// listPrice is in minor units; every 40th article is given away.
func listPrice(r *rand.Rand, n int) int64 {
	switch {
	case n%40 == 6:
		return 0
	case n%3 == 0:
		return 20 * (1 + r.Int64N(2000)) // can be reduced by 5 % steps
	}
	return 100 + r.Int64N(30_000)
}
