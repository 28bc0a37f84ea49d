package reconcile

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// A ProductChangeKind says what has happened to a product.
type ProductChangeKind string

// The changes, in the order in which those of one product are listed.
const (
	ProductAdded       ProductChangeKind = "ADDED"
	ProductRemoved     ProductChangeKind = "REMOVED"
	ProductSKU         ProductChangeKind = "SKU"
	ProductName        ProductChangeKind = "NAME"
	ProductActivated   ProductChangeKind = "ACTIVATED"
	ProductDeactivated ProductChangeKind = "DEACTIVATED"
	ProductPrice       ProductChangeKind = "PRICE"
)

// A ProductChange is one difference between a product then and now.
type ProductChange struct {
	System        System
	ID            string
	SKU           string // now, or the last one
	Kind          ProductChangeKind
	Before, After string
	// ChangedAt is when the vendor says that the product was last changed; zero for
	// a product that is gone, and where the vendor does not say.
	ChangedAt time.Time
}

// CompareProducts tells what has happened to the products of both systems between
// two points in time, by system and id.
func CompareProducts(before, after []Product) []ProductChange {
	was := make(map[productID]*Product, len(before))
	for n := range before {
		was[productID{before[n].System, before[n].ID}] = &before[n]
	}
	var list []ProductChange
	is := make(map[productID]bool, len(after))
	for n := range after {
		p := &after[n]
		id := productID{p.System, p.ID}
		is[id] = true
		list = append(list, productChanges(was[id], p)...)
	}
	for n := range before {
		p := &before[n]
		if !is[productID{p.System, p.ID}] {
			list = append(list, ProductChange{System: p.System, ID: p.ID, SKU: p.SKU, Kind: ProductRemoved, Before: productWords(p)})
		}
	}
	slices.SortStableFunc(list, func(a, b ProductChange) int {
		return cmp.Or(cmp.Compare(a.System, b.System), CompareIDs(a.ID, b.ID))
	})
	return list
}

// productChanges compares a product with what it was; nil if it was not.
func productChanges(was, is *Product) []ProductChange {
	change := func(kind ProductChangeKind, before, after string) ProductChange {
		return ProductChange{System: is.System, ID: is.ID, SKU: is.SKU, Kind: kind, Before: before, After: after, ChangedAt: is.UpdatedAt}
	}
	if was == nil {
		return []ProductChange{change(ProductAdded, "", productWords(is))}
	}
	var list []ProductChange
	if was.SKU != is.SKU {
		list = append(list, change(ProductSKU, was.SKU, is.SKU))
	}
	if was.Name != is.Name {
		list = append(list, change(ProductName, was.Name, is.Name))
	}
	switch {
	case !was.Active && is.Active:
		list = append(list, change(ProductActivated, "inactive", "active"))
	case was.Active && !is.Active:
		list = append(list, change(ProductDeactivated, "active", "inactive"))
	}
	if was.Price.Cmp(is.Price) != 0 {
		list = append(list, change(ProductPrice, was.Price.String(), is.Price.String()))
	}
	return list
}

// productWords is a product in one line.
func productWords(p *Product) string {
	words := []string{orNone(p.SKU), orNone(p.Name), p.Price.String()}
	if !p.Active {
		words = append(words, "inactive")
	}
	return strings.Join(words, ", ")
}
