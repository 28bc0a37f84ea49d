package reports

import (
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// The vendors' web applications, to which ids lead.
const (
	hubSpotApp    = "https://app.hubspot.com"
	quickBooksApp = "https://app.qbo.intuit.com"
)

// maxLinks bounds the cells of one sheet that can be clicked. Excel stops at
// 65,530; excelize looks through all links of a sheet for each new one, so that
// every doubling takes four times as long.
const maxLinks = 5_000

// hubSpotTypes are HubSpot's object type ids by kind of subject.
// Source: developers.hubspot.com, Understanding the CRM, object type ids.
var hubSpotTypes = map[string]string{
	"contact": "0-1", "customer": "0-1", "company": "0-2", "product": "0-7", "invoice": "0-53",
}

// quickBooksPages are the pages of QuickBooks that show one record.
var quickBooksPages = map[string]string{
	"invoice": "/app/invoice?txnId=", "customer": "/app/customerdetail?nameId=",
}

// linkTo returns where a record of a system is looked at; nothing where there is
// no such page. Links are built of digits only: whatever else an id may hold
// never becomes part of one.
func (b *book) linkTo(s reconcile.System, kind, id string) string {
	if !allDigits(id) {
		return ""
	}
	if s == reconcile.HubSpot {
		object, portal := hubSpotTypes[kind], b.in.HubSpot.ID
		if object == "" || !allDigits(portal) {
			return ""
		}
		return hubSpotApp + "/contacts/" + portal + "/record/" + object + "/" + id
	}
	page := quickBooksPages[kind]
	if page == "" {
		return ""
	}
	return quickBooksApp + page + id
}

// subjectKind is the kind of record that a finding's subject begins with.
func subjectKind(f *reconcile.FindingRecord) string {
	kind, _, _ := strings.Cut(f.Subject, "/")
	return kind
}
