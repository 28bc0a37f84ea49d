package reports

import (
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// oneSidedColumns: invoices without a partner, and what may be the same invoice.
var oneSidedColumns = withStars(
	colID, colSeverity, colCode, colState,
	findingColumn{header: "Side", width: 16, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(sideWords(f)) }},
	colNumber, colHubSpotID, colQuickBooksID, colCustomer, colDate, colCurrency, atStake("Total"),
	colFirstSeen, colFirstSeenISO, colAge,
	findingColumn{header: "Bucket", width: 9, value: bucketCell},
	findingColumn{header: "Why not synced", width: 56, value: func(_ *book, f *reconcile.FindingRecord) cell { return wrapped(whyNotSynced(f)) }},
	findingColumn{header: "Primary gate", width: 22, value: func(_ *book, f *reconcile.FindingRecord) cell { return text(primaryGate(f)) }},
	findingColumn{header: "Blocking SKU(s)", width: 30, value: func(_ *book, f *reconcile.FindingRecord) cell { return wrapped(blockingSKUs(f)) }},
	colAction,
)

// sideWords say where the invoice is.
func sideWords(f *reconcile.FindingRecord) string {
	switch f.Code {
	case reconcile.InvoiceOnlyInSource, reconcile.InvoiceOnlyInDestination:
		return f.System.Title() + " only"
	}
	if f.System == reconcile.Both {
		return "both, unpaired"
	}
	return "twice in " + f.System.Title()
}

// A bucket is a span of ages, up to and including days.
type bucket struct {
	days  int
	words string
	look  look
}

var buckets = []bucket{
	{7, "0–7", lookText}, {14, "8–14", lookText}, {30, "15–30", lookText},
	{60, "31–60", lookCaution}, {90, "61–90", lookCaution},
}

func bucketCell(b *book, f *reconcile.FindingRecord) cell {
	if f.FirstSeen.IsZero() {
		return cell{}
	}
	age := b.age(f)
	for _, k := range buckets {
		if age <= k.days {
			return text(k.words).as(k.look)
		}
	}
	return text(">90").as(lookBad)
}

// whyNotSynced joins the sentences of all failing gates.
func whyNotSynced(f *reconcile.FindingRecord) string {
	words := make([]string, len(f.Reasons))
	for n, r := range f.Reasons {
		words[n] = sentence(r.Text) + " (" + r.Code + ")"
	}
	return strings.Join(words, "; ")
}

func primaryGate(f *reconcile.FindingRecord) string {
	if len(f.Reasons) == 0 {
		return ""
	}
	return f.Reasons[0].Code
}

// blockingSKUs is what the gate on SKUs says: which, and why.
func blockingSKUs(f *reconcile.FindingRecord) string {
	var words []string
	for _, r := range f.Reasons {
		if reconcile.Gate(r.Gate) == reconcile.GateLines {
			words = append(words, r.Text)
		}
	}
	return strings.Join(words, "; ")
}
