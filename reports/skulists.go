package reports

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// nearList: SKUs that would match but for case or blanks.
func nearList(currencies []string) skuList[reconcile.NearSKU] {
	type near = reconcile.NearSKU
	row := func(n *near) *reconcile.SKURow { return n.Row }
	columns := []column[near]{
		{header: "SKU HubSpot", width: 22, value: func(_ *book, n *near) cell { return text(n.HubSpot.SKU) }},
		{header: "SKU QuickBooks", width: 22, value: func(_ *book, n *near) cell { return text(n.QuickBooks.SKU) }},
		{header: "Difference", width: 50, value: func(_ *book, n *near) cell { return wrapped(n.Difference) }},
		{header: "Class", width: 9, value: func(_ *book, n *near) cell { return text(string(n.Kind)) }},
		{header: "HubSpot product id", width: 21, value: func(b *book, n *near) cell { return b.productID(&n.HubSpot.Product) }},
		{header: "QuickBooks item id", width: 14, value: func(b *book, n *near) cell { return b.productID(&n.QuickBooks.Product) }},
		{header: "Name HubSpot", width: 26, value: func(_ *book, n *near) cell { return text(n.HubSpot.Name) }},
		{header: "Name QuickBooks", width: 26, value: func(_ *book, n *near) cell { return text(n.QuickBooks.Name) }},
	}
	columns = append(columns, blockedColumns(currencies, row)...)
	columns = append(columns,
		column[near]{header: "Proposed change in", width: 27, value: func(_ *book, n *near) cell {
			if n.Change == "" {
				return text("none: several products meet").as(lookCaution)
			}
			return text(n.Change.Title())
		}},
		column[near]{header: "Proposed SKU", width: 22, value: func(_ *book, n *near) cell { return text(n.To()) }},
		codesColumn(row),
	)
	return skuList[near]{
		name: "Near matches", table: "NearMatches", shows: "SKUs that would match but for case or blanks, with the difference spelled out",
		lead:    "Invoices match SKUs byte for byte. Positions are counted in characters from 1.",
		columns: columns, id: func(n *near) string { return strconv.Quote(n.HubSpot.SKU) + " " + strconv.Quote(n.QuickBooks.SKU) },
	}
}

// A lonely product is one whose key the other system has not.
type lonely struct {
	row     *reconcile.SKURow
	product *reconcile.AuditedProduct
}

// oneSided lists the products of a system whose key the other has not.
func (k *skuBook) oneSided(s reconcile.System) []lonely {
	kind := reconcile.KindNoneQuickBooks
	if s == reconcile.QuickBooks {
		kind = reconcile.KindNoneHubSpot
	}
	var list []lonely
	for n := range k.sku.Audit.Rows {
		row := &k.sku.Audit.Rows[n]
		if row.Kind != kind {
			continue
		}
		side := row.Side(s)
		for p := range side {
			list = append(list, lonely{row, &side[p]})
		}
	}
	return list
}

func oneSidedList(s reconcile.System, currencies []string) skuList[lonely] {
	row := func(l *lonely) *reconcile.SKURow { return l.row }
	columns := []column[lonely]{
		{header: "SKU", width: 22, value: func(_ *book, l *lonely) cell { return text(l.product.SKU) }},
		{header: s.Title() + " id", width: 21, value: func(b *book, l *lonely) cell { return b.productID(&l.product.Product) }},
		{header: "Name", width: 30, value: func(_ *book, l *lonely) cell { return text(l.product.Name) }},
		{header: "Type", width: 14, value: func(_ *book, l *lonely) cell { return text(l.product.Kind) }},
		{header: "Active", width: 10, value: func(_ *book, l *lonely) cell { return activeCell([]reconcile.AuditedProduct{*l.product}) }},
		{header: "Price", width: 12, figure: true, value: func(_ *book, l *lonely) cell { return exact(l.product.Price.String()) }},
		{header: "Last changed (%)", width: 18, value: func(b *book, l *lonely) cell { return stamp(l.product.UpdatedAt, b.zone) }},
		{header: "Last changed (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, l *lonely) cell { return iso(l.product.UpdatedAt) }},
		{header: "Last invoiced", width: 12, value: func(_ *book, l *lonely) cell { return day(l.product.LastInvoiced) }},
		{header: "Invoices 12 m", width: 10, figure: true, value: func(_ *book, l *lonely) cell { return count(l.product.Invoices) }},
	}
	for _, currency := range currencies {
		columns = append(columns, column[lonely]{header: "Revenue 12 m " + currency, width: 15, figure: true, value: func(_ *book, l *lonely) cell {
			return amountIn(l.product.Revenue, currency)
		}})
	}
	columns = append(columns, blockedColumns(currencies, row)...)
	columns = append(columns,
		column[lonely]{header: "Proposed action", width: 40, value: func(_ *book, l *lonely) cell { return wrapped(lonelyAction(s, l.product)) }},
		codesColumn(row),
	)
	return skuList[lonely]{
		name: "Only in " + s.Title(), table: "OnlyIn" + s.Title(), shows: fmt.Sprintf("products whose SKU %s has not, also not nearly", s.Other().Title()),
		lead:    fmt.Sprintf("A row for each product of %s under whose key %s has nothing. What a key keeps back is told once for each of its products.", s.Title(), s.Other().Title()),
		columns: columns, id: func(l *lonely) string { return productRow(&l.product.Product) },
	}
}

func lonelyAction(s reconcile.System, p *reconcile.AuditedProduct) string {
	switch {
	case p.Active:
		return fmt.Sprintf("Create it in %s, or give both the same SKU", s.Other().Title())
	case p.Invoices > 0:
		return "Inactive but invoiced: make it active, or use another product"
	}
	return "None: inactive and not used"
}

// duplicateList: keys that several active products of one system hold.
func duplicateList() skuList[reconcile.DuplicateSKU] {
	type duplicate = reconcile.DuplicateSKU
	each := func(of func(*reconcile.AuditedProduct) string) func(*book, *duplicate) cell {
		return func(_ *book, d *duplicate) cell {
			words := make([]string, len(d.Products))
			for n := range d.Products {
				words[n] = of(&d.Products[n])
			}
			return wrapped(strings.Join(words, ", "))
		}
	}
	return skuList[duplicate]{
		name: "Duplicates", table: "Duplicates", shows: "keys that several active products of one system hold",
		lead: "The product that invoices point at is proposed to keep the SKU; then the one that the other system has, then the oldest.",
		columns: []column[duplicate]{
			{header: "System", width: 13, value: func(_ *book, d *duplicate) cell { return text(d.System.Title()) }},
			{header: "Key", width: 22, value: func(_ *book, d *duplicate) cell { return text(d.Row.Key) }},
			{header: "Held as", width: 24, value: func(_ *book, d *duplicate) cell {
				if d.Same {
					return text("the same SKU").as(lookBad)
				}
				return text("but for case and blanks").as(lookCaution)
			}},
			{header: "Products", width: 10, figure: true, value: func(_ *book, d *duplicate) cell { return count(len(d.Products)) }},
			{header: "Ids", width: 34, value: each(idOf)},
			{header: "SKUs, in the order of ids", width: 34, value: each(skuOf)},
			{header: "Names, in the order of ids", width: 44, value: each(nameOf)},
			{header: "Invoices 12 m, in the order of ids", width: 18, value: each(func(p *reconcile.AuditedProduct) string { return strconv.Itoa(p.Invoices) })},
			{header: "Last invoiced, in the order of ids", width: 26, value: each(func(p *reconcile.AuditedProduct) string { return orWord(p.LastInvoiced.String(), "never") })},
			{header: "Proposed survivor", width: 21, value: func(_ *book, d *duplicate) cell { return text(d.Survivor) }},
			codesColumn(func(d *duplicate) *reconcile.SKURow { return d.Row }),
		},
		id: func(d *duplicate) string { return string(d.System) + " " + strconv.Quote(d.Row.Key) },
	}
}

// faultList: SKUs with which something is wrong by themselves.
func faultList() skuList[reconcile.SKUFault] {
	type fault = reconcile.SKUFault
	return skuList[fault]{
		name: "Missing or malformed", table: "MissingOrMalformed", shows: "products without a SKU, and SKUs with blanks, invisible characters, too many of them",
		lead: "What cannot be seen in a SKU is shown by a sign or its code point.",
		columns: []column[fault]{
			{header: "System", width: 13, value: func(_ *book, f *fault) cell { return text(f.Product.System.Title()) }},
			{header: "Id", width: 21, value: func(b *book, f *fault) cell { return b.productID(&f.Product.Product) }},
			{header: "SKU", width: 30, value: func(_ *book, f *fault) cell { return text(f.Product.SKU) }},
			{header: "Name", width: 30, value: func(_ *book, f *fault) cell { return text(f.Product.Name) }},
			{header: "Problem", width: 40, value: func(_ *book, f *fault) cell { return wrapped(sentence(strings.Join(f.Problems, "; "))) }},
			{header: "Active", width: 10, value: func(_ *book, f *fault) cell { return activeCell([]reconcile.AuditedProduct{f.Product}) }},
			{header: "Last invoiced", width: 12, value: func(_ *book, f *fault) cell { return day(f.Product.LastInvoiced) }},
			{header: "Invoices 12 m", width: 10, figure: true, value: func(_ *book, f *fault) cell { return count(f.Product.Invoices) }},
			codesColumn(func(f *fault) *reconcile.SKURow { return f.Row }),
		},
		id: func(f *fault) string { return productRow(&f.Product.Product) },
	}
}

// changeWords say what has happened to a product.
var changeWords = map[reconcile.ProductChangeKind]string{
	reconcile.ProductAdded: "added", reconcile.ProductRemoved: "removed", reconcile.ProductSKU: "SKU renamed", reconcile.ProductName: "name changed",
	reconcile.ProductActivated: "re-activated", reconcile.ProductDeactivated: "deactivated", reconcile.ProductPrice: "price changed",
}

// changeList: what has happened to the products since the audit before.
func changeList(since reconcile.RunID) skuList[reconcile.ProductChange] {
	type change = reconcile.ProductChange
	lead := fmt.Sprintf("Products as they are in this run, against run %d, that of the SKU audit before.", since)
	if since == 0 {
		lead = "This is the first SKU audit: there is none before to compare with."
	}
	return skuList[change]{
		name: "Changes since last audit", table: "Changes", shows: "products added, removed, renamed, switched on or off, with another price",
		lead: lead,
		columns: []column[change]{
			{header: "System", width: 13, value: func(_ *book, c *change) cell { return text(c.System.Title()) }},
			{header: "Id", width: 21, value: func(b *book, c *change) cell {
				return b.productID(&reconcile.Product{System: c.System, ID: c.ID})
			}},
			{header: "SKU", width: 22, value: func(_ *book, c *change) cell { return text(c.SKU) }},
			{header: "Change", width: 15, value: func(_ *book, c *change) cell { return text(changeWords[c.Kind]) }},
			{header: "Before", width: 36, value: changeValue(func(c *change) string { return c.Before })},
			{header: "After", width: 36, value: changeValue(func(c *change) string { return c.After })},
			{header: "Changed at (%)", width: 18, value: func(b *book, c *change) cell { return stamp(c.ChangedAt, b.zone) }},
			{header: "Changed at (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, c *change) cell { return iso(c.ChangedAt) }},
		},
		id: func(c *change) string { return string(c.System) + "/" + c.ID + " " + string(c.Kind) },
	}
}

// changeValue shows prices as numbers, all else as text.
func changeValue(of func(*reconcile.ProductChange) string) func(*book, *reconcile.ProductChange) cell {
	return func(_ *book, c *reconcile.ProductChange) cell {
		if c.Kind == reconcile.ProductPrice {
			return exact(of(c))
		}
		return wrapped(of(c))
	}
}
