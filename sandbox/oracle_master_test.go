package sandbox

import (
	"cmp"
	"slices"
	"strings"
)

// skus finds what is wrong with SKUs, and which of them belong together.
func (f *finder) skus() {
	holders := map[string]map[string][]good{"hubspot": {}, "quickbooks": {}}
	for system, goods := range f.products {
		for _, g := range goods {
			if g.active && g.sku != "" {
				holders[system][g.sku] = append(holders[system][g.sku], g)
			}
		}
		for sku, held := range holders[system] {
			slices.SortFunc(held, func(a, b good) int { return cmp.Or(cmp.Compare(len(a.id), len(b.id)), cmp.Compare(a.id, b.id)) })
			if len(held) > 1 {
				f.add("SKU_DUPLICATE", system, sku, held[0].id, "sku")
			}
		}
	}
	other := map[string]string{f.src: f.dst, f.dst: f.src}
	for system := range holders {
		near := map[string][]string{}
		for sku := range holders[other[system]] {
			near[fold(sku)] = append(near[fold(sku)], sku)
		}
		for sku, held := range holders[system] {
			if len(holders[other[system]][sku]) > 0 {
				continue
			}
			for _, n := range near[fold(sku)] {
				f.nearPair(system, sku, n)
			}
			if len(near[fold(sku)]) == 0 {
				f.add("SKU_NOT_FOUND", system, sku, held[0].id, "sku")
			}
		}
	}
	for dst, src := range f.pairs {
		for sku := range strings.SplitSeq(src, "\n") {
			code := "SKU_SPACE"
			if strings.EqualFold(sku, dst) {
				code = "SKU_CASE"
			}
			f.add(code, both, sku, holders[f.src][sku][0].id, "sku")
		}
	}
	lines := map[string]string{}
	for _, b := range f.lonely(f.src) {
		for sku := range b.lines {
			if _, held := holders[f.src][sku]; !held && sku != "" {
				if at, ok := lines[sku]; !ok || lowerID(b.id, at) {
					lines[sku] = b.id
				}
			}
		}
	}
	for sku, id := range lines {
		f.add("SKU_NOT_FOUND", f.src, sku, id, "sku")
	}
}

func fold(s string) string { return strings.ToLower(strings.ReplaceAll(s, " ", "")) }

func (f *finder) nearPair(system, sku, near string) {
	src, dst := sku, near
	if system == f.dst {
		src, dst = near, sku
	}
	if known := f.pairs[dst]; known == "" {
		f.pairs[dst] = src
	} else if !slices.Contains(strings.Split(known, "\n"), src) {
		f.pairs[dst] += "\n" + src
	}
}

// emails finds what is wrong with e-mails.
func (f *finder) emails() {
	holders := map[string]map[string][]string{"hubspot": {}, "quickbooks": {}}
	for system, parties := range f.customers {
		for _, p := range parties {
			if p.active && p.email != "" {
				holders[system][p.email] = append(holders[system][p.email], p.id)
			}
		}
		for email, ids := range holders[system] {
			slices.SortFunc(ids, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
			if len(ids) > 1 {
				f.add("EMAIL_AMBIGUOUS", system, email, ids[0], "email")
			}
		}
	}
	near := map[string]string{}
	for email := range holders[f.dst] {
		near[fold(email)] = email
	}
	matched := map[string]bool{}
	for email, ids := range holders[f.src] {
		other := near[fold(email)]
		switch {
		case len(holders[f.dst][email]) > 0:
		case other == "":
			matched[email] = true
		case strings.EqualFold(email, other):
			f.add("EMAIL_CASE", both, email, ids[0], "email")
		default:
			f.add("EMAIL_SPACE", both, email, ids[0], "email")
		}
	}
	seen := map[string]bool{}
	for _, b := range f.lonely(f.src) {
		if c := b.customer; matched[c.email] && !seen[c.id] {
			seen[c.id] = true
			f.add("EMAIL_NOT_FOUND", f.src, c.email, c.id, "email")
		}
	}
}
