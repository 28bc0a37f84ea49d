package reports

import (
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// A findingColumn is a column of a list of findings.
type findingColumn = column[reconcile.FindingRecord]

// The ★ columns come back with the workbook; their headers are how they are known.
const (
	starDecision = "★ Decision"
	starDue      = "★ Due"
)

// decisions are what can be decided on a finding.
var decisions = []string{"Fix", "Accept", "Investigate"}

// withStars adds the columns for the reader's hand.
func withStars(columns ...findingColumn) []findingColumn {
	return append(columns,
		star[reconcile.FindingRecord]("Owner", 16),
		star[reconcile.FindingRecord]("Decision", 13),
		star[reconcile.FindingRecord]("Reason code", 14),
		star[reconcile.FindingRecord]("Comment", 30),
		star[reconcile.FindingRecord]("Due", 12),
	)
}

// The columns that several lists have.
var (
	colID = findingColumn{header: "Finding id", width: 27, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(string(f.ID))
	}}
	colSeverity = findingColumn{header: "Severity", width: 10, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(string(f.Severity)).as(severityLook(f.Severity))
	}}
	colState = findingColumn{header: "State", width: 11, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(string(f.State))
	}}
	colCode = findingColumn{header: "Code", width: 27, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(string(f.Code))
	}}
	colNumber = findingColumn{header: "Invoice no.", width: 14, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(f.Number)
	}}
	colHubSpotID = findingColumn{header: "HubSpot id", width: 21, value: func(b *book, f *reconcile.FindingRecord) cell {
		return b.idCell(reconcile.HubSpot, f)
	}}
	colQuickBooksID = findingColumn{header: "QuickBooks id", width: 14, value: func(b *book, f *reconcile.FindingRecord) cell {
		return b.idCell(reconcile.QuickBooks, f)
	}}
	colCustomer = findingColumn{header: "Customer", width: 28, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(f.Customer)
	}}
	colDate = findingColumn{header: "Invoice date", width: 12, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return day(f.Date)
	}}
	colCurrency = findingColumn{header: "Currency", width: 9, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(f.Amount.Currency)
	}}
	colInvoices = findingColumn{header: "Invoices kept back", width: 11, figure: true, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return count(f.Invoices)
	}}
	colHubSpotValue = findingColumn{header: "HubSpot value", width: 24, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(f.HubSpot)
	}}
	colQuickBooksValue = findingColumn{header: "QuickBooks value", width: 24, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return text(f.QuickBooks)
	}}
	colCause = findingColumn{header: "Cause", width: 44, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return wrapped(f.Cause)
	}}
	colMessage = findingColumn{header: "What was found", width: 52, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return wrapped(f.Message)
	}}
	colFirstSeen = findingColumn{header: "First seen (%)", width: 18, value: func(b *book, f *reconcile.FindingRecord) cell {
		return stamp(f.FirstSeen, b.zone)
	}}
	colFirstSeenISO = findingColumn{header: "First seen (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return iso(f.FirstSeen)
	}}
	colAge = findingColumn{header: "Age days", width: 9, figure: true, value: func(b *book, f *reconcile.FindingRecord) cell {
		if f.FirstSeen.IsZero() {
			return cell{}
		}
		return count(b.age(f))
	}}
	colAction = findingColumn{header: "Suggested action", width: 40, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return wrapped(suggestion(f))
	}}
)

// atStake is the column of a finding's money under the header of its list.
func atStake(header string) findingColumn {
	return findingColumn{header: header, width: 16, figure: true, value: func(_ *book, f *reconcile.FindingRecord) cell {
		return money(f.Amount)
	}}
}

func severityLook(s reconcile.Severity) look {
	switch s {
	case reconcile.High:
		return lookBad
	case reconcile.Medium:
		return lookCaution
	}
	return lookNeutral
}

// idCell shows the id of a system's record, with a link where the vendor has a
// page for it.
func (b *book) idCell(s reconcile.System, f *reconcile.FindingRecord) cell {
	id := f.HubSpotID
	if s == reconcile.QuickBooks {
		id = f.QuickBooksID
	}
	if id == "" && (f.System == s || (f.System == reconcile.Both && s == b.src)) {
		id = f.Record
	}
	if id == "" {
		return cell{}
	}
	c := text(id)
	c.link = b.linkTo(s, subjectKind(f), id)
	return c
}

// age is how many days a finding has been known, by the calendar of the zone.
func (b *book) age(f *reconcile.FindingRecord) int {
	return max(0, b.asOf.Sub(reconcile.DateOf(f.FirstSeen, b.zone)))
}

// actionWords say what an action does.
var actionWords = map[reconcile.ActionVerb]string{
	reconcile.SyncInvoice:    "sync the invoice",
	reconcile.CreateProduct:  "create the product",
	reconcile.SetSKU:         "correct the SKU",
	reconcile.CreateCustomer: "create the customer",
	reconcile.SetEmail:       "correct the e-mail",
	reconcile.MapTax:         "map the tax rate",
	reconcile.Link:           "link the two records",
	reconcile.VoidInvoice:    "void the invoice",
	reconcile.SetField:       "copy the value from the system that owns it",
	reconcile.Accept:         "accept it with a reason",
}

// suggestion says what may be done, best first; what the first failing gate asks
// for comes before all.
func suggestion(f *reconcile.FindingRecord) string {
	var ways []string
	if len(f.Reasons) > 0 && f.Reasons[0].Fix != "" {
		ways = append(ways, f.Reasons[0].Fix)
	}
	for _, verb := range f.Actions {
		words := actionWords[verb]
		if words == "" {
			words = string(verb)
		}
		ways = append(ways, words)
	}
	return sentence(strings.Join(ways, "; or "))
}

// sentence begins with a capital letter.
func sentence(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
