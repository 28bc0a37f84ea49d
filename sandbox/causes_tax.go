package sandbox

import "fmt"

func taxKinds() []kind {
	return []kind{
		{name: "tax_unmapped", note: "a paired and an unsynced invoice use a rate that is not mapped", slots: 2,
			want: want{dollars: true, taxed: true, open: true}, plant: taxUnmapped},
	}
}

// taxUnmapped adds a rate that the mapping does not have. The tax amounts of
// the paired invoice agree all the same.
func taxUnmapped(p *planting) {
	p.number = fmt.Sprintf("district-%d", len(p.w.rates))
	r := p.w.addRate(p.number, p.number, false, int64(3000+125*p.n))
	record := r.id
	if p.w.src == quickbooks {
		record = int64(r.code)
	}
	p.w.on(p.w.src, "TAX_UNMAPPED", p.number, record, "tax_code")
	p.edit(0, func(d *doc) { d.useRate(r) })
	p.edit(1, func(d *doc) {
		d.useRate(r)
		d.alone(d.w.src)
	})
}
