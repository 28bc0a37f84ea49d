package sandbox

// addLines gives the invoice its lines, each of another product.
func (d *doc) addLines(s *side, wanted *want) {
	count := 1 + int(d.r.Float64()*(2*d.w.opt.Lines-1))
	if wanted != nil {
		count = max(count, 2)
	}
	seen := map[*product]bool{}
	for len(s.lines) < count {
		p := d.w.products[d.r.IntN(d.w.pool)]
		if seen[p] {
			count = min(count, max(2, d.w.pool/2)) // few products: be content with fewer lines
			continue
		}
		plain := wanted != nil && len(s.lines) < 2
		if plain && (p.bulk || p.price == 0) {
			continue
		}
		seen[p] = true
		s.lines = append(s.lines, d.newLine(p, s.currency, plain))
	}
	if wanted == nil && d.r.IntN(40) == 0 {
		s.lines = append(s.lines, d.atOtherPrice(s.lines[0], s.currency))
	}
}

// newLine makes a line of a product. A plain one is in whole pieces, without
// discount, and costs a thousand minor units at least.
func (d *doc) newLine(p *product, currency string, plain bool) *line {
	l := &line{product: p, list: p.price * cent(currency), qty: oneUnit * (1 + d.r.Int64N(9))}
	if plain {
		l.list = max(l.list, 1000*cent(currency))
		return l
	}
	switch {
	case p.bulk:
		l.list, l.qty = pow10(priceDigits)/8, 8*oneUnit*(1+d.r.Int64N(50))
	case p.price%4 == 0 && d.r.IntN(4) == 0:
		l.qty += []int64{250, 500, 750}[d.r.IntN(3)]
	}
	if !p.bulk && l.qty%oneUnit == 0 && p.price > 0 {
		d.discountLine(l, p, currency)
	}
	return l
}

// discountLine reduces some lines, in money per unit or in percent.
func (d *doc) discountLine(l *line, p *product, currency string) {
	switch d.r.IntN(10) {
	case 0:
		l.off = cent(currency) * d.r.Int64N(p.price)
	case 1:
		if p.price%20 == 0 {
			l.percent = []int64{5, 10, 20, 50, 100}[d.r.IntN(5)]
		}
	}
}

// atOtherPrice is a second line of the same product at another net price.
func (d *doc) atOtherPrice(l *line, currency string) *line {
	other := *l
	other.list, other.off, other.percent = l.net()+cent(currency)*100, 0, 0
	other.qty = 8 * oneUnit
	return &other
}

// vary lets the two systems write the same lines in their own ways.
func (d *doc) vary(wanted *want) {
	for i, l := range d.sides[hubspot].lines {
		q := d.sides[quickbooks].lines[i]
		whole := l.qty == oneUnit && l.net()%cent(d.sides[hubspot].currency) == 0
		l.bare = l.qty == oneUnit && d.r.IntN(2) == 0
		q.bare = whole && d.r.IntN(3) == 0
		switch d.r.IntN(16) {
		case 0:
			l.lean = true
		case 1:
			l.alone = true
		}
		if wanted != nil && i == 0 {
			continue
		}
		switch d.r.IntN(12) {
		case 0:
			l.split = true
		case 1:
			q.split = true
		}
	}
}

// pieces are the quantities a line is written with: two when it is split, as
// far as whole pieces allow.
func (l *line) pieces(currency string) []int64 {
	step := int64(oneUnit)
	if l.net()%cent(currency) != 0 {
		step = 8 * oneUnit
	}
	if !l.split || l.qty%step != 0 || l.qty < 2*step {
		return []int64{l.qty}
	}
	first := l.qty / step / 2 * step
	return []int64{first, l.qty - first}
}
