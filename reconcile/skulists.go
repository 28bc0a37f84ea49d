package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A NearSKU is a SKU of each system that would match but for case or blanks.
type NearSKU struct {
	Row                 *SKURow
	HubSpot, QuickBooks AuditedProduct // of several the active one with the lowest id
	Kind                MatchKind      // KindCase or KindSpace
	Difference          string         // spelled out
	// Change is the system whose SKU is proposed to be changed to that of the other.
	// It is empty where several products of a system meet under the key: a change
	// could make one more that holds a SKU already held.
	Change System
}

// To is the SKU that is proposed for both, nothing where no change is.
func (n *NearSKU) To() string {
	switch n.Change {
	case QuickBooks:
		return n.HubSpot.SKU
	case HubSpot:
		return n.QuickBooks.SKU
	}
	return ""
}

// A DuplicateSKU is a key that several active products of one system hold.
type DuplicateSKU struct {
	Row      *SKURow
	System   System
	Products []AuditedProduct // active, by id
	Same     bool             // all hold the same SKU, byte for byte
	Survivor string           // id of the product that is proposed to keep the SKU
}

// A SKUFault is a product whose SKU is missing or malformed.
type SKUFault struct {
	Row      *SKURow
	Product  AuditedProduct
	Problems []string
}

// close makes the lists and counts when all is read.
func (x *skuAuditor) close() SKUAudit {
	for n := range x.audit.Rows {
		row := &x.audit.Rows[n]
		x.near(row)
		for _, s := range Systems {
			x.duplicate(row, s)
			x.count(row, s)
		}
	}
	for _, s := range Systems {
		own := &x.m.sides[s].bySKU
		for sku := range own.exact {
			if len(own.live(sku)) > 0 {
				x.audit.Side(s).Unique++
			}
			if s == HubSpot && x.exactPair(sku) {
				x.audit.ExactPairs++
			}
		}
	}
	return x.audit
}

// near lists the near pairs of a row, by the rule that their findings follow, with
// those of inactive products.
func (x *skuAuditor) near(row *SKURow) {
	hs, qb := holders(pointers(row.HubSpot)), holders(pointers(row.QuickBooks))
	for keys := range nearKeys(pointers(row.HubSpot), pointers(row.QuickBooks), verbatim) {
		pair := NearSKU{
			Row: row, HubSpot: *withSKU(hs, keys.HubSpot), QuickBooks: *withSKU(qb, keys.QuickBooks),
			Kind: keys.Kind, Difference: keys.Difference, Change: QuickBooks,
		}
		switch {
		case len(hs) > 1 || len(qb) > 1:
			pair.Change = ""
		case len(SKUProblems(keys.HubSpot)) > 0 && len(SKUProblems(keys.QuickBooks)) == 0:
			pair.Change = HubSpot // or both would have what is wrong with it
		}
		x.audit.Near = append(x.audit.Near, pair)
	}
}

func withSKU(list []*AuditedProduct, sku string) *AuditedProduct {
	return list[slices.IndexFunc(list, func(p *AuditedProduct) bool { return p.SKU == sku })]
}

func (x *skuAuditor) duplicate(row *SKURow, s System) {
	live := slices.DeleteFunc(slices.Clone(row.Side(s)), func(p AuditedProduct) bool { return !p.Active })
	if len(live) < 2 || row.Key == "" || row.Kind == KindExact {
		return
	}
	d := DuplicateSKU{Row: row, System: s, Products: live, Same: true}
	for _, p := range live {
		d.Same = d.Same && p.SKU == live[0].SKU
	}
	// The one that invoices point at keeps the SKU; then the one that the other
	// system has; then the oldest.
	best := slices.MinFunc(live, func(a, b AuditedProduct) int {
		return cmp.Or(cmp.Compare(b.Invoices, a.Invoices), cmp.Compare(b.LastInvoiced.Days(), a.LastInvoiced.Days()),
			cmp.Compare(x.matches(s, b.SKU), x.matches(s, a.SKU)), CompareIDs(a.ID, b.ID))
	})
	d.Survivor = best.ID
	x.audit.Side(s).Duplicates++
	x.audit.Duplicates = append(x.audit.Duplicates, d)
}

func (x *skuAuditor) matches(s System, sku string) int {
	return min(1, len(x.m.sides[s.Other()].bySKU.live(sku)))
}

// count adds up what a row has of a system.
func (x *skuAuditor) count(row *SKURow, s System) {
	side := x.audit.Side(s)
	for _, p := range row.Side(s) {
		side.Products++
		if p.Active {
			side.Active++
		} else if p.Invoices > 0 {
			side.InactiveUsed++
		}
		if row.Key == "" {
			side.Blank++
		} else {
			side.WithSKU++
		}
		if row.Kind == KindNoneHubSpot || row.Kind == KindNoneQuickBooks {
			side.OneSided++
		}
		if problems := SKUProblems(p.SKU); len(problems) > 0 {
			x.audit.Faults = append(x.audit.Faults, SKUFault{Row: row, Product: p, Problems: problems})
			if row.Key != "" {
				side.Malformed++
			}
		}
	}
}

// LongestSKU is how many characters QuickBooks keeps of a SKU.
// Source: developer.intuit.com, Item entity, attribute Sku: "maximum of 100 chars".
const LongestSKU = 100

// SKUProblems says what is wrong with a SKU by itself, nothing when all is well.
func SKUProblems(sku string) []string {
	if NearKey(sku) == "" {
		if sku == "" {
			return []string{"no SKU"}
		}
		return []string{"nothing but blanks"}
	}
	var list []string
	for _, check := range []struct {
		wrong bool
		words string
	}{
		{strings.TrimLeftFunc(sku, unicode.IsSpace) != sku, "leading blank"},
		{strings.TrimRightFunc(sku, unicode.IsSpace) != sku, "trailing blank"},
		{doubleBlank(sku), "several blanks in a row"},
		{strings.ContainsFunc(sku, hidden), "control or invisible character"},
		{!utf8.ValidString(sku), "bytes that are no text"},
		{utf8.RuneCountInString(sku) > LongestSKU, fmt.Sprintf("longer than the %d characters of QuickBooks", LongestSKU)},
		{strings.ContainsRune("=+-@\t\r", rune(sku[0])), "looks like a formula"},
	} {
		if check.wrong {
			list = append(list, check.words)
		}
	}
	return list
}

// doubleBlank reports blanks in a row between other characters.
func doubleBlank(s string) bool {
	before := false
	for _, r := range strings.TrimSpace(s) {
		blank := unicode.IsSpace(r)
		if blank && before {
			return true
		}
		before = blank
	}
	return false
}

// hidden reports characters that leave no trace, and blanks other than the
// ordinary one, which look the same and are not.
func hidden(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || (unicode.IsSpace(r) && r != ' ')
}
