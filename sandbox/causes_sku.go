package sandbox

import (
	"fmt"
	"strings"
)

func skuKinds() []kind {
	paired := want{open: true}
	return []kind{
		{name: "sku_case_unsynced", note: "the SKU differs in case, the invoice is unsynced", slots: 1, plant: unsynced(skuCaseOf)},
		{name: "sku_case_and_price", note: "the SKU differs in case, and so does the price", slots: 1, want: want{open: true, plain: true}, plant: skuCaseAndPrice},
		{name: "sku_case_beside_exact", note: "DST has the SKU, and once more in another case", plant: skuCaseBesideExact},
		{name: "sku_two_near", note: "two SKUs of SRC are one of DST but for case", plant: skuTwoNear},
		{name: "sku_space", note: "the SKU differs in blanks, on a paired invoice", slots: 1, want: paired, plant: skuSpace},
		{name: "sku_space_unsynced", note: "the SKU differs in blanks, the invoice is unsynced", slots: 1, plant: unsynced(skuSpaceOf)},
		{name: "sku_missing_in_hubspot", note: "the line's product is a copy without SKU in HubSpot", slots: 1, want: paired,
			plant: func(p *planting) { skuMissingCopy(p, hubspot) }},
		{name: "sku_missing_in_quickbooks", note: "the line's product is a copy without SKU in QuickBooks", slots: 1, want: paired,
			plant: func(p *planting) { skuMissingCopy(p, quickbooks) }},
		{name: "sku_lost", note: "the product lost its SKU in one system", slots: 1, want: paired, plant: skuLost},
		{name: "sku_missing_everywhere", note: "the product has no SKU in either system", slots: 1, want: paired, plant: skuMissingEverywhere},
		{name: "sku_missing_unsynced", note: "a product without SKU on an unsynced invoice", slots: 1, plant: skuMissingUnsynced},
		{name: "sku_missing_unused", note: "an active product without SKU, not used", plant: skuMissingUnused},
	}
}

// sku makes a SKU for a planted product. Its number keeps it apart from all
// others.
func (p *planting) sku() string { return fmt.Sprintf("ZQ-%06d-ak", len(p.w.products)) }

// product plants a product with a SKU for each of the systems it is in.
func (p *planting) product(skus [2]string, in ...system) *product {
	n := len(p.w.products)
	a := p.w.addProduct("", goodsName(p.w.rng(streamProducts, n), n), in...)
	a.sku, a.planted = skus, true
	return a
}

// use puts a product on the first line of both sides.
func (d *doc) use(a *product) {
	for _, s := range d.sides {
		l := s.lines[0]
		l.product, l.lean, l.alone = a, false, false
	}
}

// onBothLines uses the product on a paired invoice whose sides agree in all else.
func (p *planting) onBothLines(a *product) {
	p.edit(0, func(d *doc) { d.use(a) })
}

// skuPair expects a finding on two near SKUs of one product.
func (p *planting) skuPair(code string, a *product) {
	p.number = a.sku[p.w.src]
	p.w.expect(code, both, a.sku[p.w.src], a.id[p.w.src], "sku")
}

func skuCaseOf(p *planting) *product {
	sku := p.sku()
	skus := [2]string{sku, strings.ToUpper(sku)}
	if p.n%2 == 1 {
		skus = [2]string{strings.ToUpper(sku), strings.ToLower(sku)}
	}
	a := p.product(skus, hubspot, quickbooks)
	p.skuPair("SKU_CASE", a)
	return a
}

func skuSpaceOf(p *planting) *product {
	sku := p.sku()
	skus := [][2]string{{sku, sku + " "}, {sku, strings.Replace(sku, "-", " -", 1)}, {" " + sku, sku}, {sku + " ", strings.ToUpper(sku)}}[p.n%4]
	a := p.product(skus, hubspot, quickbooks)
	p.skuPair("SKU_SPACE", a)
	return a
}

// unsynced uses a planted product on an invoice that DST does not have.
func unsynced(plant func(*planting) *product) func(*planting) {
	return func(p *planting) {
		a := plant(p)
		p.edit(0, func(d *doc) { d.use(a); d.alone(d.w.src) })
	}
}

func skuCase(p *planting) { p.onBothLines(skuCaseOf(p)) }

func skuSpace(p *planting) { p.onBothLines(skuSpaceOf(p)) }

// skuCaseAndPrice differs in price too: that is compared under SRC's SKU.
func skuCaseAndPrice(p *planting) {
	a := skuCaseOf(p)
	p.edit(0, func(d *doc) {
		d.use(a)
		priceChanged(d, p.n)
	})
}

// skuCaseBesideExact gives DST a further product whose SKU has no exact match.
func skuCaseBesideExact(p *planting) {
	sku := p.sku()
	a := p.product(twice(sku), hubspot, quickbooks)
	p.product(twice(strings.ToUpper(sku)), p.w.dst)
	p.skuPair("SKU_CASE", a)
}

// skuTwoNear gives SRC two products that are near the same one of DST.
func skuTwoNear(p *planting) {
	sku := p.sku()
	a := p.product(twice(sku), p.w.src)
	b := p.product(twice(strings.ToLower(sku)), p.w.src)
	p.product(twice(strings.ToUpper(sku)), p.w.dst)
	p.skuPair("SKU_CASE", b)
	p.skuPair("SKU_CASE", a)
}

// skuMissing expects a product to be reported as without SKU.
func (p *planting) skuMissing(s system, a *product) {
	p.w.on(s, "SKU_MISSING", "", a.id[s], "sku")
}

// skuMissingCopy gives one system a second record of the product, without
// SKU, and uses that one on the invoice. The line difference is an effect.
func skuMissingCopy(p *planting, s system) {
	a := p.product(twice(p.sku()), hubspot, quickbooks)
	bare := p.product([2]string{}, s)
	p.number = a.sku[s]
	p.skuMissing(s, bare)
	p.edit(0, func(d *doc) {
		d.use(a)
		d.sides[s].lines[0].product = bare
	})
}

// skuLost leaves the SKU in one of the systems only, where nothing matches it.
func skuLost(p *planting) {
	s := system(p.n % 2)
	skus := twice(p.sku())
	p.number, skus[s] = skus[s], ""
	a := p.product(skus, hubspot, quickbooks)
	p.skuMissing(s, a)
	p.w.on(s.other(), "SKU_NOT_FOUND", p.number, a.id[s.other()], "sku")
	p.onBothLines(a)
}

func skuMissingEverywhere(p *planting) {
	a := p.product([2]string{}, hubspot, quickbooks)
	p.skuMissing(hubspot, a)
	p.skuMissing(quickbooks, a)
	p.onBothLines(a)
}

func skuMissingUnsynced(p *planting) {
	a := p.product([2]string{}, p.w.src)
	p.skuMissing(p.w.src, a)
	p.edit(0, func(d *doc) { d.use(a); d.alone(d.w.src) })
}

func skuMissingUnused(p *planting) {
	s := system(p.n % 2)
	a := p.product([2]string{}, s)
	p.number = a.name[s]
	p.skuMissing(s, a)
}
