package reports

import "github.com/tieout/tieout/reconcile"

// customerColumns: customers that keep invoices from matching.
var customerColumns = withStars(
	colID, colSeverity, colCode, colState, colHubSpotID, colQuickBooksID,
	findingColumn{header: "HubSpot e-mail", width: 30, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.HubSpot) }},
	findingColumn{header: "QuickBooks e-mail", width: 30, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.QuickBooks) }},
	kindColumn("Difference"), colCustomer, colInvoices, atStake("Amount kept back"), colCurrency, colCause,
	colFirstSeen, colFirstSeenISO, colAge, colAction,
)

// skuColumns: SKUs and products that keep invoices from syncing.
var skuColumns = withStars(
	colID, colSeverity, colCode, colState,
	findingColumn{header: "SKU", width: 22, value: func(b *book, f *reconcile.FindingRecord) cell { return text(b.ownSKU(f)) }},
	kindColumn("Kind"),
	findingColumn{header: "Closest match", width: 22, value: func(b *book, f *reconcile.FindingRecord) cell { return text(b.closestSKU(f)) }},
	colCause,
	findingColumn{header: "In", width: 14, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.System.Title()) }},
	colHubSpotID, colQuickBooksID,
	findingColumn{header: "Invoices blocked", width: 11, figure: true, value: colInvoices.value},
	atStake("Amount blocked"), colCurrency, colFirstSeen, colFirstSeenISO, colAge, colAction,
)

// taxColumns: tax rates without a usable mapping.
var taxColumns = withStars(
	colID, colSeverity, colCode, colState, colHubSpotID, colQuickBooksID,
	findingColumn{header: "Rate", width: 26, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.Number) }},
	colHubSpotValue, colQuickBooksValue, kindColumn("Mapping"),
	findingColumn{header: "Behaviour in force", width: 18, value: func(b *book, _ *reconcile.FindingRecord) cell { return text(b.setting("unmapped_tax")) }},
	colInvoices, atStake("Amount kept back"), colCurrency, colCause, colFirstSeen, colFirstSeenISO, colAge, colAction,
)

// unreadableColumns: records that could not be read, pulls that broke off, and
// codes that no other list knows.
var unreadableColumns = withStars(
	colID, colSeverity, colCode, colState,
	findingColumn{header: "System", width: 14, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.System.Title()) }},
	findingColumn{header: "Record", width: 20, value: func(b *book, f *reconcile.FindingRecord) cell {
		if f.System == reconcile.Both {
			return text(f.Record)
		}
		c := b.idCell(f.System, f)
		if c.kind == emptyCell {
			return text(f.Record)
		}
		return c
	}},
	findingColumn{header: "Number", width: 16, value: colNumber.value},
	findingColumn{header: "Field", width: 22, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.Field) }},
	colHubSpotValue, colQuickBooksValue, colMessage, colCause, atStake("Money at stake"), colCurrency,
	colFirstSeen, colFirstSeenISO, colAge, colAction,
)

// kindWords say in a word or two what is wrong with a SKU, an e-mail or a rate.
var kindWords = map[reconcile.Code]string{
	reconcile.SKUMissing:     "no SKU",
	reconcile.SKUNotFound:    "in one system only",
	reconcile.SKUCase:        "upper and lower case",
	reconcile.SKUSpace:       "blanks",
	reconcile.SKUDuplicate:   "held several times",
	reconcile.EmailMissing:   "missing",
	reconcile.EmailNotFound:  "not found",
	reconcile.EmailCase:      "upper and lower case",
	reconcile.EmailSpace:     "blanks",
	reconcile.EmailAmbiguous: "held several times",
	reconcile.TaxUnmapped:    "unmapped",
}

func kindColumn(header string) findingColumn {
	return findingColumn{header: header, width: 20, value: func(_ *book, f *reconcile.FindingRecord) cell {
		if words := kindWords[f.Code]; words != "" {
			return text(words)
		}
		return text(string(f.Code))
	}}
}

// ownSKU is the SKU a finding is about: of a near pair the source's.
func (b *book) ownSKU(f *reconcile.FindingRecord) string {
	if f.System != reconcile.Both {
		return f.Number
	}
	if b.src == reconcile.QuickBooks {
		return f.QuickBooks
	}
	return f.HubSpot
}

// closestSKU is the destination's SKU of a near pair.
func (b *book) closestSKU(f *reconcile.FindingRecord) string {
	switch {
	case f.System != reconcile.Both:
		return ""
	case b.src == reconcile.QuickBooks:
		return f.HubSpot
	}
	return f.QuickBooks
}

// setting is the value in force of a setting, nothing where it is not told.
func (b *book) setting(key reconcile.SettingKey) string {
	for _, s := range b.in.Settings {
		if s.Key == key {
			return s.Value
		}
	}
	return ""
}
