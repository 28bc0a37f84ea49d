package reconcile

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// lines compares the grouped lines, SKU by SKU: first SKUs that are equal, then
// near pairs that have a finding of their own, then lines whose product lacks
// its SKU.
func (p *pairing) lines() {
	src, dst := bySKU(p.src.Lines), bySKU(p.dst.Lines)
	for _, sku := range skus(src) {
		if other, ok := dst[sku]; ok {
			p.sku(sku, src[sku], other)
			delete(src, sku)
			delete(dst, sku)
		}
	}
	p.nearSKUs(src, dst)
	p.missingSKUs(src, dst)
	for _, sku := range skus(src) {
		p.sku(sku, src[sku], nil)
	}
	for _, sku := range skus(dst) {
		p.sku(sku, nil, dst[sku])
	}
}

func bySKU(lines []Line) map[string][]lineGroup {
	out := map[string][]lineGroup{}
	for _, g := range groupLines(lines) {
		out[g.sku] = append(out[g.sku], g)
	}
	return out
}

func skus(groups map[string][]lineGroup) []string {
	list := make([]string, 0, len(groups))
	for sku := range groups {
		list = append(list, sku)
	}
	slices.Sort(list)
	return list
}

// nearSKUs compares lines under near SKUs that a finding on the two covers, under
// SRC's SKU.
func (p *pairing) nearSKUs(src, dst map[string][]lineGroup) {
	for _, a := range skus(src) {
		for _, b := range skus(dst) {
			hs, qb := p.sides(a, b)
			code := p.m.skuPair(hs, qb)
			if code == "" {
				continue
			}
			p.cover(cause{code: code, hs: hs, qb: qb}, Effect{Field: lineField(a), HubSpot: hs, QuickBooks: qb})
			p.sku(a, src[a], dst[b])
			delete(src, a)
			delete(dst, b)
			break
		}
	}
}

func (p *pairing) sides(src, dst string) (hs, qb string) {
	if p.src.System == HubSpot {
		return src, dst
	}
	return dst, src
}

// missingSKUs compares the lines whose product lacks its SKU with the lines of
// the other side that are left: those of the same price and quantity, then the
// last one left on each side.
func (p *pairing) missingSKUs(src, dst map[string][]lineGroup) {
	blank, other, system, blankIsSrc := src, dst, p.src.System, true
	if _, ok := src[""]; !ok {
		blank, other, system, blankIsSrc = dst, src, p.dst.System, false
	}
	if _, both := other[""]; both {
		return
	}
	var rest []lineGroup
	for _, g := range blank[""] {
		product := p.m.Product(system, g.productID)
		sku, found := sameLine(g, other)
		if product == nil || !found {
			rest = append(rest, g)
			continue
		}
		p.coverMissing(system, g.productID, sku)
		delete(other, sku)
	}
	blank[""] = rest
	if last := skus(other); len(rest) == 1 && len(last) == 1 && p.m.Product(system, rest[0].productID) != nil {
		p.coverMissing(system, rest[0].productID, last[0])
		if blankIsSrc {
			p.sku(last[0], rest, other[last[0]])
		} else {
			p.sku(last[0], other[last[0]], rest)
		}
		delete(other, last[0])
		rest = nil
	}
	if len(rest) == 0 {
		delete(blank, "")
	}
}

// sameLine finds a SKU of the other side that has exactly one group, of the same
// price and quantity.
func sameLine(g lineGroup, other map[string][]lineGroup) (string, bool) {
	for _, sku := range skus(other) {
		if o := other[sku]; len(o) == 1 && o[0].price.Cmp(g.price) == 0 && o[0].quantity.Cmp(g.quantity) == 0 {
			return sku, true
		}
	}
	return "", false
}

func (p *pairing) coverMissing(system System, product, sku string) {
	e := Effect{Field: lineField(sku), HubSpot: sku, QuickBooks: sku}
	if system == HubSpot {
		e.HubSpot = ""
	} else {
		e.QuickBooks = ""
	}
	p.cover(cause{code: SKUMissing, system: system, id: product}, e)
}

func lineField(sku string) string { return "lines[" + sku + "]" }

// sku compares the groups of one SKU: equal prices first, then what is left in
// the order of prices.
func (p *pairing) sku(sku string, src, dst []lineGroup) {
	var d lineDifferences
	var left, right []lineGroup
	right = slices.Clone(dst)
	for _, s := range src {
		at := slices.IndexFunc(right, func(g lineGroup) bool { return g.price.Cmp(s.price) == 0 })
		if at < 0 {
			left = append(left, s)
			continue
		}
		d.quantity(s, right[at])
		right = slices.Delete(right, at, at+1)
	}
	for len(left) > 0 && len(right) > 0 {
		d.price(left[0], right[0])
		left, right = left[1:], right[1:]
	}
	for _, g := range left {
		d.only(LineMissing, g, true)
	}
	for _, g := range right {
		d.only(LineExtra, g, false)
	}
	p.report(sku, &d)
}

// lineDifferences collects the differences of one SKU by code: a finding each.
type lineDifferences struct {
	byCode  [4]lineDifference // LINE_MISSING, LINE_EXTRA, LINE_PRICE, LINE_QUANTITY
	classes map[DifferenceClass]int64
}

type lineDifference struct {
	src, dst []string
	amount   int64
}

var lineCodes = [4]struct {
	code   Code
	suffix string
}{{LineMissing, ""}, {LineExtra, ""}, {LinePrice, ".price"}, {LineQuantity, ".quantity"}}

func (d *lineDifferences) add(code Code, class DifferenceClass, src, dst string, signed int64) {
	for n := range lineCodes {
		if lineCodes[n].code != code {
			continue
		}
		x := &d.byCode[n]
		if src != "" {
			x.src = append(x.src, src)
		}
		if dst != "" {
			x.dst = append(x.dst, dst)
		}
		x.amount += max(signed, -signed)
	}
	if d.classes == nil {
		d.classes = map[DifferenceClass]int64{}
	}
	d.classes[class] += signed
}

func (d *lineDifferences) quantity(s, t lineGroup) {
	if s.quantity.Cmp(t.quantity) != 0 {
		d.add(LineQuantity, ClassQuantity, plain(s.quantity), plain(t.quantity), s.amount-t.amount)
	}
}

// price reports a difference in price, and one in quantity beside it. The
// amounts' difference is split: the price's part is taken at SRC's quantity, what
// is left is the quantity's.
func (d *lineDifferences) price(s, t lineGroup) {
	all := s.amount - t.amount
	if s.quantity.Cmp(t.quantity) == 0 {
		d.add(LinePrice, ClassPrice, plain(s.price), plain(t.price), all)
		return
	}
	part := s.amount - scaled(t.amount, s.quantity, t.quantity)
	d.add(LinePrice, ClassPrice, plain(s.price), plain(t.price), part)
	d.add(LineQuantity, ClassQuantity, plain(s.quantity), plain(t.quantity), all-part)
}

// scaled returns amount × q ÷ r in minor units; the amount itself when r is zero.
func scaled(amount int64, q, r decimal.Decimal) int64 {
	if r.IsZero() {
		return amount
	}
	ratio, err := q.Quo(r)
	if err != nil {
		return amount
	}
	product, err := ratio.Mul(decimal.MustNew(amount, 0))
	if err != nil {
		return amount
	}
	whole, _, ok := product.Round(0).Int64(0)
	if !ok {
		return amount
	}
	return whole
}

func (d *lineDifferences) only(code Code, g lineGroup, inSrc bool) {
	text := plain(g.quantity) + " × " + plain(g.price)
	if inSrc {
		d.add(code, ClassLine, text, "", g.amount)
	} else {
		d.add(code, ClassLine, "", text, -g.amount)
	}
}

func (p *pairing) report(sku string, d *lineDifferences) {
	for n := range d.byCode {
		x := &d.byCode[n]
		if len(x.src)+len(x.dst) == 0 {
			continue
		}
		hs, qb := p.sides(strings.Join(x.src, "; "), strings.Join(x.dst, "; "))
		p.differ(lineCodes[n].code, lineField(sku)+lineCodes[n].suffix, hs, qb, x.amount)
	}
	for class, v := range d.classes {
		if v != 0 {
			p.out.Classes[class] += v
		}
	}
}
