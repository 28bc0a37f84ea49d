// Package reconcile decides where HubSpot and QuickBooks disagree, why, and
// what that means for each invoice.
//
// It is the heart of Tieout and knows nothing of the rest: no network, no
// database, no clock, no log. What it is given is data (two mirrored systems,
// the settings, an instant), what it returns is data (findings, gates, control
// totals), and the same input always gives the same output in the same order:
//
//	pages -> Digest -> Merge -> Compare -> []Finding -> Advance -> events
//	              settings, masters --^
//
// It also owns the product's nouns. An Invoice here is neither HubSpot's nor
// QuickBooks': it is the one form in which the two are compared.
package reconcile
