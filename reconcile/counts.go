package reconcile

// FindingCounts counts what a run did to findings.
type FindingCounts struct{ Opened, Changed, Reopened, Resolved int }

// Plus adds counts up.
func (c FindingCounts) Plus(d FindingCounts) FindingCounts {
	return FindingCounts{c.Opened + d.Opened, c.Changed + d.Changed, c.Reopened + d.Reopened, c.Resolved + d.Resolved}
}

// A StaleInvoice is an invoice whose entry has to be made again, because it was
// filed under another basis.
type StaleInvoice struct {
	Row     int64
	Invoice Invoice
}
