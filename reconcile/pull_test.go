package reconcile

import (
	"strings"
	"testing"
	"time"
)

func TestPlanPull(t *testing.T) {
	hours := func(n int) time.Time { return asOf.Add(-time.Duration(n) * time.Hour) }
	known := PullHistory{Watermark: hours(24), Full: hours(48)}
	with := func(edit func(*PullHistory)) PullHistory {
		h := known
		edit(&h)
		return h
	}
	broken := func(hoursAgo int, position string) PullHistory {
		return with(func(h *PullHistory) {
			h.Unfinished = &Pull{Run: 7, StartedAt: hours(hoursAgo), Position: position, Certificate: Certificate{Reason: "earlier"}}
		})
	}
	for _, tt := range []struct {
		name   string
		h      PullHistory
		object Object
		full   bool
		since  time.Time
		resume bool
		reason string
	}{
		{"nothing before", PullHistory{}, ObjectInvoices, false, time.Time{}, false, "no complete pull"},
		{"changes", known, ObjectInvoices, false, hours(24), false, ""},
		{"asked for", known, ObjectInvoices, true, time.Time{}, false, "asked for everything"},
		{"tax rates", known, ObjectTaxRates, false, time.Time{}, false, "as a whole"},
		{"a week", with(func(h *PullHistory) { h.Full = hours(7 * 24) }), ObjectProducts, false, time.Time{}, false, "last read 2"},
		{"a second less than a week", with(func(h *PullHistory) { h.Full = hours(7 * 24).Add(time.Second) }), ObjectProducts, false, hours(24), false, ""},
		{"never everything", with(func(h *PullHistory) { h.Full = time.Time{} }), ObjectProducts, false, time.Time{}, false, "last read 0"},
		{"the clock was set back", with(func(h *PullHistory) { h.Watermark = hours(-1) }), ObjectProducts, false, time.Time{}, false, "clock is behind"},
		{"broken off", broken(23, "p"), ObjectInvoices, false, time.Time{}, true, "earlier"},
		{"broken off, and asked for", broken(23, "p"), ObjectInvoices, true, time.Time{}, true, "earlier"},
		{"broken off, tax rates", broken(0, "p"), ObjectTaxRates, false, time.Time{}, false, "as a whole"},
		{"broken off in another time zone", PullHistory{Unfinished: &Pull{StartedAt: hours(1), Position: "p", Certificate: Certificate{TimeZone: "UTC"}}}, ObjectInvoices, false, time.Time{}, false, "no complete pull"},
		{"broken off a day ago", broken(24, "p"), ObjectInvoices, false, hours(24), false, ""},
		{"broken off in the future", broken(-1, "p"), ObjectInvoices, false, hours(24), false, ""},
		{"broken off where it cannot go on", broken(1, ""), ObjectInvoices, false, hours(24), false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			plan := tt.h.Plan(tt.object, tt.full, "", "", asOf)
			if !plan.Since.Equal(tt.since) || (plan.Resume != nil) != tt.resume || !strings.Contains(plan.Reason, tt.reason) || (plan.Reason == "") != (tt.reason == "") {
				t.Errorf("%+v", plan)
			}
		})
	}
}

// TestResumedCertificate: a certificate that goes on says what one that was not cut
// does, wherever it was cut.
func TestResumedCertificate(t *testing.T) {
	pages := func() []Page {
		list := rows(0, 9)
		list[3].Unreadable = true
		return []Page{
			{Invoices: list[:3], Received: 3, Calls: 1},
			{Invoices: list[3:6], Received: 3, Calls: 1, Unreadable: []Unreadable{{ID: "3"}}},
			{Invoices: append(rows(5, 6), list[6:]...), Received: 4, Calls: 2},
		}
	}
	want := NewCertificate(HubSpot, ObjectInvoices, asOf)
	for _, p := range pages() {
		want.Add(&p)
	}
	want.Finish(9, asOf.Add(time.Minute), nil)
	for cut := range 3 {
		c := NewCertificate(HubSpot, ObjectInvoices, asOf)
		var ids []string
		list := pages()
		for n := range list[:cut] {
			c.Add(&list[n])
			for _, i := range list[n].Invoices {
				ids = append(ids, i.ID)
			}
		}
		so := c.SoFar()
		c.Add(&list[cut]) // what the dead run had in hand is not in what it left
		got, err := Resume(so, 4, ids)
		if err != nil {
			t.Fatal(err)
		}
		list = pages()
		for n := range list[cut:] {
			got.Add(&list[cut+n])
		}
		got.Finish(9, asOf.Add(time.Minute), nil)
		if got.Resumed != 4 || got.Repeated() != (cut == 2) { // the third page repeats the second's last
			t.Errorf("cut %d: resumed %d, repeated %t", cut, got.Resumed, got.Repeated())
		}
		if got.Hash != want.Hash || got.Received != want.Received || got.Duplicates != want.Duplicates || got.Calls != want.Calls || got.Pages != want.Pages ||
			got.Sums["USD"] != want.Sums["USD"] || got.Unreadable != 1 || !got.FirstChange.Equal(want.FirstChange) || !got.LastChange.Equal(want.LastChange) {
			t.Errorf("cut %d: %+v\nwant %+v", cut, got, want)
		}
	}
	if _, err := Resume(Certificate{Hash: "x"}, 1, nil); err == nil {
		t.Error("a certificate without a hash was resumed")
	}
}

// TestIncrementalCertificate: fewer records than claimed are complete where only changes
// were asked for; what accounts for the claim is the mirror.
func TestIncrementalCertificate(t *testing.T) {
	c := NewCertificate(QuickBooks, ObjectProducts, asOf)
	c.Since, c.Aside = asOf.Add(-time.Hour), 2
	c.Add(&Page{Products: []Product{{ID: "1"}}, Received: 1})
	if !c.Accounts(7, 5) || c.Accounts(8, 5) || c.Accounts(6, 5) {
		t.Error("5 records and 2 aside account for 7 alone")
	}
	c.Finish(7, asOf, nil)
	c.Settle(5, Gone{Missed: 1, Deleted: 3})
	if c.Mode() != PullIncremental || !c.Complete() || c.Aside != 2 || c.Known != 5 || c.Missed != 1 || c.Deleted != 3 {
		t.Errorf("%+v", c)
	}
	whole := certify(4, nil, Page{Invoices: rows(0, 5)})
	whole.Settle(3, Gone{})
	if whole.Mode() != PullFull || whole.Aside != 2 {
		t.Errorf("%+v", whole)
	}
}
