package reports

import (
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// differentColumns: a row for each difference between paired invoices.
var differentColumns = withStars(
	colID, colSeverity, colCode, colState, colNumber, colHubSpotID, colQuickBooksID, colCustomer, colCurrency,
	findingColumn{header: "Field", width: 24, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(f.Field) }},
	findingColumn{header: "HubSpot value", width: 18, value: func(_ *book, f *reconcile.FindingRecord) cell { return pairValue(f, f.HubSpot) }},
	findingColumn{header: "QuickBooks value", width: 18, value: func(_ *book, f *reconcile.FindingRecord) cell { return pairValue(f, f.QuickBooks) }},
	findingColumn{header: "Difference", width: 14, figure: true, value: signedDifference},
	findingColumn{header: "Class", width: 11, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(pairClasses[f.Code].words) }},
	atStake("Money at stake"), colCause,
	findingColumn{header: "Effects", width: 40, value: func(_ *book, f *reconcile.FindingRecord) cell { return wrapped(effectWords(f)) }},
	colFirstSeen, colFirstSeenISO, colAge, colAction,
)

// A pairClass says what a difference between paired invoices is about, and
// whether its values are figures.
type pairClass struct {
	words   string
	figures bool
}

var pairClasses = map[reconcile.Code]pairClass{
	reconcile.LineMissing:     {"line", false},
	reconcile.LineExtra:       {"line", false},
	reconcile.LinePrice:       {"price", true},
	reconcile.LineQuantity:    {"qty", true},
	reconcile.InvoiceDiscount: {"discount", true},
	reconcile.TaxAmount:       {"tax", true},
	reconcile.TaxZeroed:       {"tax", true},
	reconcile.InvoiceTotal:    {"total", true},
	reconcile.InvoiceBalance:  {"balance", true},
	reconcile.InvoiceDate:     {"date", false},
	reconcile.InvoiceDueDate:  {"due date", false},
	reconcile.InvoiceCurrency: {"currency", false},
	reconcile.InvoiceCustomer: {"customer", false},
	reconcile.InvoiceStatus:   {"status", false},
	reconcile.VoidOneSide:     {"void", false},
}

// pairValue shows a figure as a number and everything else as text.
func pairValue(f *reconcile.FindingRecord, value string) cell {
	if !pairClasses[f.Code].figures {
		return text(value)
	}
	return exact(value)
}

// signedDifference is source less destination, where both are figures.
func signedDifference(b *book, f *reconcile.FindingRecord) cell {
	if !pairClasses[f.Code].figures {
		return cell{}
	}
	if b.src == reconcile.QuickBooks {
		return difference(f.QuickBooks, f.HubSpot)
	}
	return difference(f.HubSpot, f.QuickBooks)
}

// effectWords joins what the finding explains besides.
func effectWords(f *reconcile.FindingRecord) string {
	words := make([]string, len(f.Effects))
	for n, e := range f.Effects {
		words[n] = strings.TrimSpace(e.Number+" "+e.Field) + ": HubSpot " + orNone(e.HubSpot) + ", QuickBooks " + orNone(e.QuickBooks)
	}
	return strings.Join(words, "; ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
