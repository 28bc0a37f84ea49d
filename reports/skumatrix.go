package reports

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

const sheetMatrix = "SKU matrix"

// kindColumnOfMatrix is the letter of the column of match kinds, which the Summary
// counts again.
const kindColumnOfMatrix = "D"

// matrixList is the population: every product is in one of its rows.
func matrixList(currencies []string) skuList[reconcile.SKURow] {
	type row = reconcile.SKURow
	columns := []column[row]{
		{header: "Key", width: 22, value: func(_ *book, r *row) cell { return text(r.Key) }},
		onSide("SKU HubSpot", 22, reconcile.HubSpot, skuOf),
		onSide("SKU QuickBooks", 22, reconcile.QuickBooks, skuOf),
		{header: "Match kind", width: 13, value: func(_ *book, r *row) cell { return text(string(r.Kind)).as(kindLook(r)) }},
		{header: "HubSpot product id", width: 21, value: func(b *book, r *row) cell { return b.productIDs(reconcile.HubSpot, r) }},
		{header: "QuickBooks item id", width: 14, value: func(b *book, r *row) cell { return b.productIDs(reconcile.QuickBooks, r) }},
		onSide("Name HubSpot", 28, reconcile.HubSpot, nameOf),
		onSide("Name QuickBooks", 28, reconcile.QuickBooks, nameOf),
		{header: "Active HubSpot", width: 11, value: func(_ *book, r *row) cell { return activeCell(r.HubSpot) }},
		{header: "Active QuickBooks", width: 11, value: func(_ *book, r *row) cell { return activeCell(r.QuickBooks) }},
		onSide("Type HubSpot", 14, reconcile.HubSpot, typeOf),
		onSide("Type QuickBooks", 14, reconcile.QuickBooks, typeOf),
		{header: "Price HubSpot", width: 12, figure: true, value: func(_ *book, r *row) cell { return exact(priceOf(r.HubSpot)) }},
		{header: "Price QuickBooks", width: 12, figure: true, value: func(_ *book, r *row) cell { return exact(priceOf(r.QuickBooks)) }},
		{header: "Price difference", width: 12, figure: true, value: func(_ *book, r *row) cell {
			return difference(priceOf(r.HubSpot), priceOf(r.QuickBooks))
		}},
		{header: "Price currency", width: 10, value: func(b *book, _ *row) cell { return text(b.priceCurrency()) }},
	}
	for _, s := range reconcile.Systems {
		columns = append(columns,
			column[row]{header: "Last invoiced " + s.Title(), width: 12, value: func(_ *book, r *row) cell { return day(lastInvoiced(r.Side(s))) }},
			column[row]{header: "Uses 12 m " + s.Title(), width: 11, figure: true, value: func(_ *book, r *row) cell { return count(uses(r.Side(s))) }},
		)
		for _, currency := range currencies {
			columns = append(columns, column[row]{
				header: "Revenue 12 m " + s.Title() + " " + currency, width: 15, figure: true,
				value: func(_ *book, r *row) cell { return amountIn(revenueOf(r.Side(s)), currency) },
			})
		}
	}
	columns = append(columns, blockedColumns(currencies, func(r *row) *row { return r })...)
	return skuList[row]{
		name: sheetMatrix, table: "SkuMatrix", shows: "the full join of both catalogues, a row for each normalised SKU",
		lead:    "Every product of both systems is in exactly one row. The key is the SKU without blanks and case.",
		columns: append(columns, codesColumn(func(r *row) *row { return r })), id: rowID,
		blocked: func(r *row) map[string]int64 { return r.BlockedAmounts },
	}
}

// rowID names a row: by its key, or by the product that has none.
func rowID(r *reconcile.SKURow) string {
	for _, s := range reconcile.Systems {
		if side := r.Side(s); r.Key == "" && len(side) > 0 {
			return productRow(&side[0].Product)
		}
	}
	return strconv.Quote(r.Key)
}

func productRow(p *reconcile.Product) string { return string(p.System) + "/" + p.ID }

// onSide shows a value of the products that a row has in a system.
func onSide(header string, chars float64, s reconcile.System, of func(*reconcile.AuditedProduct) string) column[reconcile.SKURow] {
	return column[reconcile.SKURow]{header: header, width: chars, value: func(_ *book, r *reconcile.SKURow) cell {
		return text(joined(r.Side(s), of))
	}}
}

func skuOf(p *reconcile.AuditedProduct) string  { return p.SKU }
func nameOf(p *reconcile.AuditedProduct) string { return p.Name }
func typeOf(p *reconcile.AuditedProduct) string { return p.Kind }
func idOf(p *reconcile.AuditedProduct) string   { return p.ID }

// joined lists distinct values in the order of the products.
func joined(side []reconcile.AuditedProduct, of func(*reconcile.AuditedProduct) string) string {
	var list []string
	for n := range side {
		if v := of(&side[n]); v != "" && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return strings.Join(list, ", ")
}

// productIDs shows the ids of a row's products; a single one leads to its page.
func (b *book) productIDs(s reconcile.System, r *reconcile.SKURow) cell {
	side := r.Side(s)
	if len(side) == 1 {
		return b.productID(&side[0].Product)
	}
	return text(joined(side, idOf))
}

func (b *book) productID(p *reconcile.Product) cell {
	c := text(p.ID)
	c.link = b.linkTo(p.System, "product", p.ID)
	return c
}

func activeCell(side []reconcile.AuditedProduct) cell {
	active := 0
	for _, p := range side {
		if p.Active {
			active++
		}
	}
	switch {
	case len(side) == 0:
		return cell{}
	case active == len(side):
		return text("active")
	case active == 0:
		return text("inactive").as(lookNeutral)
	}
	return text(fmt.Sprintf("%d of %d active", active, len(side)))
}

func kindLook(r *reconcile.SKURow) look {
	switch {
	case r.Covered():
		return lookGood
	case r.Kind == reconcile.KindNoneHubSpot, r.Kind == reconcile.KindNoneQuickBooks, r.Kind == reconcile.KindExact:
		return lookCaution
	}
	return lookBad
}

// priceOf is the price of a row in a system, nothing where there are several.
func priceOf(side []reconcile.AuditedProduct) string {
	if len(side) != 1 {
		return ""
	}
	return side[0].Price.String()
}

// priceCurrency is that of catalogue prices: each system's home currency.
func (b *book) priceCurrency() string {
	hs, qb := b.in.HubSpot.Currency, b.in.QuickBooks.Currency
	if hs == qb || qb == "" {
		return hs
	}
	return hs + " / " + qb
}

func lastInvoiced(side []reconcile.AuditedProduct) (last reconcile.Date) {
	for _, p := range side {
		if last.Before(p.LastInvoiced) {
			last = p.LastInvoiced
		}
	}
	return last
}

// uses adds up the invoices of products; one that has two of them counts twice.
func uses(side []reconcile.AuditedProduct) (n int) {
	for _, p := range side {
		n += p.Invoices
	}
	return n
}

// revenueOf adds up the revenue of products. The audit has refused sums of a whole
// system that are out of range.
func revenueOf(side []reconcile.AuditedProduct) map[string]int64 {
	sums := map[string]int64{}
	for _, p := range side {
		for currency, minor := range p.Revenue {
			sums[currency] += minor
		}
	}
	return sums
}

// amountIn is an amount of one currency; nothing where there is none.
func amountIn(amounts map[string]int64, currency string) cell {
	minor, ok := amounts[currency]
	if !ok {
		return cell{}
	}
	return money(reconcile.Money{Minor: minor, Currency: currency})
}

// blockedColumns are the invoices that a row keeps back.
func blockedColumns[T any](currencies []string, row func(*T) *reconcile.SKURow) []column[T] {
	columns := []column[T]{{header: "Blocked invoices", width: 10, figure: true, value: func(_ *book, v *T) cell { return count(row(v).Blocked) }}}
	for _, currency := range currencies {
		columns = append(columns, column[T]{header: "Blocked amount " + currency, width: 15, figure: true, value: func(_ *book, v *T) cell {
			return amountIn(row(v).BlockedAmounts, currency)
		}})
	}
	return columns
}

func codesColumn[T any](row func(*T) *reconcile.SKURow) column[T] {
	return column[T]{header: "Finding codes", width: 22, value: func(_ *book, v *T) cell {
		var list []string
		for _, code := range row(v).Codes {
			list = append(list, string(code))
		}
		return wrapped(strings.Join(list, ", "))
	}}
}
