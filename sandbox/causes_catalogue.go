package sandbox

func catalogueKinds() []kind {
	return []kind{
		{name: "sku_only_in_hubspot", note: "an unused product of HubSpot alone",
			plant: func(p *planting) { skuOnlyIn(p, hubspot) }},
		{name: "sku_only_in_quickbooks", note: "an unused product of QuickBooks alone",
			plant: func(p *planting) { skuOnlyIn(p, quickbooks) }},
		{name: "sku_not_in_hubspot_catalogue", note: "HubSpot's line has the SKU, but no product holds it there", slots: 1,
			want: want{open: true}, plant: skuNotInCatalogue},
		{name: "sku_on_line_only", note: "an unsynced line with a SKU that no product holds", slots: 1, only: HubSpotToQuickBooks, plant: skuOnLineOnly},
		{name: "sku_duplicate_in_hubspot", note: "two active products of HubSpot hold the SKU", slots: 1, want: want{open: true},
			plant: func(p *planting) { skuDuplicate(p, hubspot) }},
		{name: "sku_duplicate_in_quickbooks", note: "two active items of QuickBooks hold the SKU", slots: 1, want: want{open: true},
			plant: func(p *planting) { skuDuplicate(p, quickbooks) }},
	}
}

// skuOnlyIn plants a product in one system and expects it to be missed in the
// other.
func skuOnlyIn(p *planting, s system) *product {
	p.number = p.sku()
	a := p.product(twice(p.number), s)
	p.w.on(s, "SKU_NOT_FOUND", p.number, a.id[s], "sku")
	return a
}

func skuNotFound(p *planting) {
	a := skuOnlyIn(p, p.w.src)
	p.edit(0, func(d *doc) { d.use(a); d.alone(d.w.src) })
}

// skuNotInCatalogue sells a QuickBooks item in HubSpot by a line of its own:
// the lines agree, the catalogues do not.
func skuNotInCatalogue(p *planting) {
	a := skuOnlyIn(p, quickbooks)
	p.edit(0, func(d *doc) {
		d.use(a)
		l := d.sides[hubspot].lines[0]
		l.product, l.sku = nil, a.sku[quickbooks]
	})
}

// skuOnLineOnly writes a SKU on a HubSpot line that no product of either
// system holds.
func skuOnLineOnly(p *planting) {
	p.number = "LINE-" + p.w.number(p.slots[0])
	p.edit(0, func(d *doc) {
		l := d.src().lines[0]
		l.product, l.sku, l.lean = nil, p.number, false
		d.alone(hubspot)
		d.w.on(hubspot, "SKU_NOT_FOUND", p.number, d.src().id, "sku")
	})
}

// skuDuplicate gives one system a second product with the SKU. Invoices use
// one or the other, which makes no difference to their lines.
func skuDuplicate(p *planting, s system) {
	p.number = p.sku()
	a := p.product(twice(p.number), hubspot, quickbooks)
	b := p.product(twice(p.number), s)
	p.w.on(s, "SKU_DUPLICATE", p.number, min(a.id[s], b.id[s]), "sku")
	p.edit(0, func(d *doc) {
		d.use(a)
		if p.n%2 == 0 {
			d.sides[s].lines[0].product = b
		}
	})
}
